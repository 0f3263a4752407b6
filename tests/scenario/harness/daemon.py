# SPDX-License-Identifier: Apache-2.0
"""clustersetd under test: its configuration, its life, and when it is ready."""
import os
import shlex
import signal
import subprocess

from . import clock, config, proc


def program(top_builddir):
    return os.path.join(top_builddir, "clustersetd")


class Clustersetd:
    """Runs in the foreground with `settings` (a dict as config.py writes it).

    `manager` asks the snmpd it joins; readiness is read there, never slept for.
    """

    def __init__(self, directory, top_builddir, settings, manager=None, keep=False,
                 preload=None, environment=None, wrapper=(), start=True):
        self.directory = os.path.join(directory, "daemon")
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        self.program = program(top_builddir)
        self.conf = os.path.join(self.directory, "clusterset.conf")
        self.manager, self.keep, self.preload = manager, keep, preload
        self.environment = {
            "MIBS": "", "MIBDIRS": "/dev/null",
            "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:"
                            + os.environ.get("ASAN_OPTIONS", ""),
            "UBSAN_OPTIONS": "print_stacktrace=1",
            **(environment or {})}
        # TEST_WRAPPER: a command that runs the daemon, as make check-valgrind gives
        self.wrapper = list(wrapper) or shlex.split(os.environ.get("TEST_WRAPPER", ""))
        self.process = None
        self.settings = settings
        self.write(settings)
        if start:
            self.start()

    def write(self, settings):
        """The configuration file; takes effect at start or reload()."""
        self.settings = settings
        self.write_text(config.dump(settings))

    def write_text(self, text):
        with open(os.open(self.conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as f:
            f.write(text)

    def argv(self, *options):
        return [*self.wrapper, self.program, "-f", self.conf, *options]

    def start(self, *options):
        self.process = proc.Process("clustersetd", self.argv(*options), self.directory,
                                    keep=self.keep, preload=self.preload,
                                    env=self.environment)
        return self

    def run(self, *options, seconds=20):
        """The program to its end (for -t, or when it must refuse to start)."""
        return subprocess.run(self.argv(*options), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace",
                              env={**os.environ, **self.environment},
                              timeout=clock.scaled(seconds), check=False)

    # --- readiness ---------------------------------------------------------------------
    def serving(self, seconds=20):
        """Waits until it answers through snmpd."""
        def answered():
            self.process.check()
            return self.manager.value("csSetName.0", timeout=1, retries=0) is not None
        clock.wait_for(answered, "clustersetd to serve its MIB", seconds,
                       seen=self.process.tail)
        return self

    def polled(self, clusters=None, seconds=20):
        """Waits until every (named) cluster has a complete round behind it."""
        self.serving(seconds)
        wanted = {c["name"] for c in self.settings["clusters"]} if clusters is None else set(clusters)

        def complete():
            self.process.check()
            rows = {r.get("csClusterName"): r for r in self.manager.table("csClusterTable").values()}
            return wanted <= set(rows) and all(
                rows[n].get("csClusterOperState") in ("normal", "caution") for n in wanted)
        clock.wait_for(complete, f"a complete round of {', '.join(sorted(wanted))}", seconds,
                       seen=lambda: str(self.manager.table("csClusterTable")) + "\n"
                       + self.process.tail())
        return self

    # --- life ----------------------------------------------------------------------
    @property
    def pid(self):
        return self.process.pid

    def reload(self):
        self.process.signal(signal.SIGHUP)

    def log_wait(self, text, seconds=15, after=0):
        """Waits for `text` in the log past position `after`; the position behind it."""
        def found():
            self.process.check()
            at = self.process.text().find(text, after)
            return at + len(text) if at >= 0 else 0
        return clock.wait_for(found, f"'{text}' in the log", seconds, seen=self.process.tail)

    def log_end(self):
        return len(self.process.text())

    def kill(self):
        self.process.kill()

    def stop(self):
        """SIGTERM; a clean end with status 0 is part of the contract."""
        was_running = self.process.running()
        status = self.process.stop(20)
        assert not was_running or status == 0, (
            f"clustersetd ended with status {status} after SIGTERM\n{self.process.tail(120)}")
