# SPDX-License-Identifier: Apache-2.0
"""A lab: one directory, the daemons started in it, and how they are wired together."""
import os
import shutil
import signal
import tempfile
import time

from . import agents, clock, config, daemon, ecxsim, ports, proc

USER, PASSWORD = "clusterset", "correct horse"
READER, READER_PASSWORD = "watcher", "battery staple"


class Lab:
    """Owns what it starts; close() ends all of it and says what was left."""

    def __init__(self, top_srcdir, top_builddir, mib, keep=False, directory=None):
        self.top_srcdir, self.top_builddir, self.mib, self.keep = (
            top_srcdir, top_builddir, mib, keep)
        # short: a Unix socket's path has 107 characters
        self.directory = directory or tempfile.mkdtemp(prefix="cset-")
        self.parts = []
        self.snmpd = self.trapd = self.sim = self.daemon = None
        self.last_logs = ""

    def started(self, part):
        self.parts.append(part)
        return part

    # --- daemons -------------------------------------------------------------------
    def start_snmptrapd(self, **more):
        self.trapd = self.started(agents.Snmptrapd(self.directory, self.mib, keep=self.keep,
                                                   **more))
        return self.trapd

    def start_snmpd(self, **more):
        more.setdefault("trap_port", self.trapd.port if self.trapd else None)
        self.snmpd = self.started(agents.Snmpd(self.directory, self.top_srcdir, self.mib,
                                               keep=self.keep, **more))
        return self.snmpd

    def start_ecxsim(self, world, **more):
        self.sim = self.started(ecxsim.Ecxsim(self.directory, self.top_builddir, world,
                                              keep=self.keep, **more))
        return self.sim

    def start_daemon(self, settings, **more):
        more.setdefault("manager", self.snmpd.manager if self.snmpd else None)
        self.daemon = self.started(daemon.Clustersetd(
            self.directory, self.top_builddir, settings, keep=self.keep, **more))
        return self.daemon

    @property
    def manager(self):
        """A manager with the read-only community."""
        return self.snmpd.manager

    @property
    def operator(self):
        """A manager as the SNMPv3 authPriv user who may write."""
        return self.snmpd.manager.as_user(agents.V3_USER)

    # --- configuration of clustersetd for a simulated world -----------------------------
    def settings(self, clusters, vms=(), patterns=(), **more):
        """Fast enough for tests: a round each 0.3 s, 0.1 s while things move. `poll`,
        `evidence`, `moves` and `agentx` add to what stands here, other sections replace."""
        poll = {"interval": 0.3, "fast-interval": 0.1, "connect-timeout": clock.scaled(1.0),
                "read-timeout": clock.scaled(2.0), "backoff-max": 1.0, "backoff-denied": 2.0,
                "freshness": clock.scaled(3.0)}
        poll.update(more.pop("poll", {}))
        result = {
            "set": {"name": "lab", "description": "a simulated set",
                    "state-dir": os.path.join(self.directory, "state")},
            "agentx": {"socket": self.snmpd.socket if self.snmpd else "/nonexistent",
                       "ping-interval": 2, **more.pop("agentx", {})},
            "poll": poll,
            "evidence": {"command-horizon": 60, "offline-settle": 1.0,
                         **more.pop("evidence", {})},
            "moves": {"stop-timeout": 90, "start-timeout": 90, "release-timeout": 30,
                      "verify-time": 0.5, "retry-delay": 0.2, "repeat-window": 2.0,
                      **more.pop("moves", {})},
        }
        result.update(more)
        result["clusters"] = list(clusters)
        if vms:
            result["vms"] = list(vms)
        if patterns:
            result["vm-patterns"] = list(patterns)
        os.makedirs(result["set"]["state-dir"], mode=0o700, exist_ok=True)
        return result

    def cluster(self, name, **more):
        """The clusters entry for a cluster of the simulated world."""
        path = config.credentials_file(self.directory, "ecx.credentials", USER, PASSWORD)
        entry = {"name": name, "credentials": path,
                 "servers": [{"name": s, "url": self.sim.url(name, s)}
                             for s in self.sim.servers(name)]}
        entry.update(more)
        return entry

    # --- the end -------------------------------------------------------------------
    def logs(self, lines=80):
        text = []
        for part in self.parts:
            process = getattr(part, "process", None)
            if process is None:
                continue
            text.append(f"--- {process.name}: {' '.join(process.argv)}")
            text.append(process.tail(lines))
        if self.trapd is not None:
            text.append("--- received by snmptrapd:")
            text += [f"  {t!r}" for t in self.trapd.traps()[-40:]]
        return "\n".join(text)

    def close(self):
        """Stops everything, last started first; returns complaints in words."""
        problems = []
        for part in reversed(self.parts):
            process = getattr(part, "process", None)
            if process is not None and not process.expected_death and not process.running():
                problems.append(f"{process.name} had ended by itself with status "
                                f"{process.popen.returncode}")
            try:
                part.stop()
            except AssertionError as error:
                problems.append(str(error))
        end = time.monotonic() + clock.scaled(2)
        while (left := proc.children()) and time.monotonic() < end:
            time.sleep(0.02)
        for pid, words in left.items():
            problems.append(f"process {pid} ({words})")
            os.kill(pid, signal.SIGKILL)
        problems += [f"port {p}" for p in ports.left_open()]
        self.last_logs = self.logs()
        ports.release_all()
        return problems

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)
