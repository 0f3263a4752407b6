# SPDX-License-Identifier: Apache-2.0
"""Child processes that cannot outlive us, with their output in a log file.

This process becomes the reaper of all its descendants, and each child is told to die
with it: whatever ends a test run ends its daemons. Processes are ended by process id
only.
"""
import ctypes
import os
import signal
import subprocess
import time

from . import clock

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class ProcessDied(clock.Final):
    """It has ended, and nobody asked it to."""


class Process:
    """A daemon in the foreground. `name` is for messages and the name of its log."""

    def __init__(self, name, argv, directory, env=None, keep=False, preload=None,
                 stdin=subprocess.DEVNULL):
        self.name = name
        self.argv = [str(a) for a in argv]
        self.log = os.path.join(directory, f"{name}.log")
        full = dict(os.environ)
        full.update(env or {})
        full = {k: v for k, v in full.items() if v is not None}
        if preload:
            full["LD_PRELOAD"] = preload
        self._out = open(self.log, "ab")
        self.popen = subprocess.Popen(
            self.argv, stdin=stdin, stdout=self._out, stderr=self._out,
            cwd=directory, env=full, start_new_session=True,
            preexec_fn=None if keep else _die_with_parent)
        self.pid = self.popen.pid
        self.expected_death = False

    def running(self):
        return self.popen.poll() is None

    def check(self):
        """Fails when the process has ended by itself."""
        status = self.popen.poll()
        if status is not None and not self.expected_death:
            raise ProcessDied(
                f"{self.name} (pid {self.pid}) has ended with status {status}:\n{self.tail()}")
        return True

    def signal(self, number):
        self.popen.send_signal(number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def wait(self, seconds=20):
        try:
            return self.popen.wait(clock.scaled(seconds))
        except subprocess.TimeoutExpired:
            raise clock.Late(
                f"{self.name} (pid {self.pid}) has not ended within {clock.scaled(seconds):.0f} s"
                f"\n{self.tail()}") from None

    def kill(self):
        """kill -9, as a power loss would."""
        self.expected_death = True
        if self.running():
            self.popen.kill()
        self.popen.wait()
        self._out.close()

    def stop(self, seconds=10):
        """SIGTERM, then SIGKILL; the exit status. Logs keep what happened."""
        self.expected_death = True
        if self.running():
            self.popen.send_signal(signal.SIGCONT)
            self.popen.terminate()
            end = time.monotonic() + clock.scaled(seconds)
            while self.running() and time.monotonic() < end:
                time.sleep(0.01)
            if self.running():
                self.popen.kill()
        status = self.popen.wait()
        self._out.close()
        return status

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def tail(self, lines=60):
        return "\n".join(f"  {self.name}: {x}" for x in self.text().splitlines()[-lines:])

    # --- what /proc tells ------------------------------------------------------------
    def hidden(self):
        """A daemon that may not be dumped shows its descriptors to root alone."""
        return not os.access(f"/proc/{self.pid}/fd", os.R_OK)

    def fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def fd_targets(self):
        found = []
        for fd in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{self.pid}/fd/{fd}"))
            except OSError:
                pass
        return sorted(found)

    def threads(self):
        """Names of the threads, by thread id."""
        found = {}
        for tid in os.listdir(f"/proc/{self.pid}/task"):
            try:
                with open(f"/proc/{self.pid}/task/{tid}/comm", encoding="ascii") as f:
                    found[int(tid)] = f.read().strip()
            except OSError:
                pass
        return found

    def rss(self):
        """Resident memory in KiB."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0


def children(pid=None):
    """Descendants of pid (default: this process) that live, as {pid: command}."""
    pid = pid or os.getpid()
    found = {}
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
                pids = [int(x) for x in f.read().split()]
        except OSError:
            continue
        for child in pids:
            try:
                with open(f"/proc/{child}/cmdline", "rb") as f:
                    words = f.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
                with open(f"/proc/{child}/stat", encoding="utf-8", errors="replace") as f:
                    state = f.read().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if state == "Z":
                continue
            found[child] = words
            found.update(children(child))
    return found
