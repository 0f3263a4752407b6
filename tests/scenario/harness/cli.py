# SPDX-License-Identifier: Apache-2.0
"""clusterset under test: run to its end, or on a terminal of its own.

    done = cli.run(lab, "vm list --json")       # as the SNMPv3 operator
    done.code, done.out, done.err, done.json
    cli.ok(lab, "vm show web1")                 # fails the test unless the code is 0
    with cli.Terminal(lab, "top") as screen:    # a pty: colour, bars, keys
        screen.wait("web1"); screen.send("q"); assert screen.end() == 0

Nothing of the account that runs the tests is read: HOME and Net-SNMP's configuration
are in the lab's directory.
"""
import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import termios
import time

from . import agents, clock

OPERATOR, READER, WRITER = "operator", "public", "private"
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_()].?)")


def program(top_builddir):
    return os.path.join(top_builddir, "clusterset")


class Done:
    """A run that has ended."""

    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def kv(self):
        """--output kv as a dict."""
        return dict(x.split("=", 1) for x in self.out.splitlines() if "=" in x)

    def __repr__(self):
        return (f"<{' '.join(self.argv)}: code {self.code}\n--- stdout\n{self.out}"
                f"--- stderr\n{self.err}>")


def credentials(access):
    """Net-SNMP's options: the v3 user `operator`, or a community."""
    if access == OPERATOR:
        return ["-v3", "-l", "authPriv", "-u", agents.V3_USER, "-a", "SHA", "-A", "authpass12",
                "-x", "AES", "-X", "privpass12"]
    return ["-v2c", "-c", access] if access else []


def environment(lab, **more):
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": lab.directory,
        "SNMPCONFPATH": os.path.join(lab.directory, "snmp-conf"),
        "SNMP_PERSISTENT_DIR": os.path.join(lab.directory, "snmp-conf"),
        "LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "100",
        "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:"
                        + os.environ.get("ASAN_OPTIONS", ""),
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
        "LSAN_OPTIONS": os.environ.get("LSAN_OPTIONS", ""),
    }
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def argv(lab, words, access=OPERATOR, agent=None, options=None):
    """The whole command line; `words` is a list, or one string split like a shell does."""
    words = shlex.split(words) if isinstance(words, str) else list(words)
    if agent is None:
        agent = f"127.0.0.1:{lab.snmpd.port}" if lab.snmpd else "127.0.0.1:9"
    if options is None:
        options = ["-t", f"{clock.scaled(3):g}", "-r", "1"]
    return [program(lab.top_builddir), *(["--agent", agent] if agent else []),
            *credentials(access), *options, *words]


def run(lab, words, access=OPERATOR, agent=None, options=None, env=None, stdin=None,
        seconds=60, wrapper=()):
    """To its end. A sanitizer's report or a signal is never a result: it fails the test."""
    full = [*wrapper, *argv(lab, words, access, agent, options)]
    done = subprocess.run(
        full, input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        cwd=lab.directory, env=environment(lab, **(env or {})), timeout=clock.scaled(seconds))
    result = Done(full[len(wrapper):], done.returncode, done.stdout, done.stderr)
    assert result.code in range(6), f"no exit code of clusterset: {result!r}"
    assert "Sanitizer" not in result.err, repr(result)
    return result


def ok(lab, words, **more):
    done = run(lab, words, **more)
    assert done.code == 0, repr(done)
    return done


def document(lab, words, **more):
    """The JSON document of a command that succeeds."""
    words = shlex.split(words) if isinstance(words, str) else list(words)
    return ok(lab, [*words, "--json"], **more).json


class Terminal:
    """clusterset on a terminal of `columns` by `rows`, its own session and process."""

    def __init__(self, lab, words, access=OPERATOR, agent=None, options=None, env=None,
                 columns=100, rows=40):
        self.argv = argv(lab, words, access, agent, options)
        self.raw = b""
        self.code = None
        settings = environment(lab, **{"TERM": "xterm-256color", "COLUMNS": None, **(env or {})})
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(lab.directory)
            try:
                # a size before anything is drawn; the parent may be late
                fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execve(self.argv[0], self.argv, settings)
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- what it shows -----------------------------------------------------------------
    def read(self, seconds=0.05):
        """Takes what has come; false when the program has closed the terminal."""
        if self.fd is None:
            return False
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            got = os.read(self.fd, 65536)
        except OSError:
            got = b""
        self.raw += got
        return bool(got)

    @property
    def text(self):
        """Everything so far, without colours and cursor movements."""
        return _ESCAPES.sub("", self.raw.decode("utf-8", "replace")).replace("\r", "")

    @property
    def escapes(self):
        return _ESCAPES.findall(self.raw.decode("utf-8", "replace"))

    def position(self):
        return len(self.text)

    def wait(self, words, after=0, seconds=20):
        """Until `words` (a regular expression) shows past position `after`; the position
        behind it."""
        def seen():
            alive = self.read()
            found = re.search(words, self.text[after:])
            if found:
                return after + found.end()
            if not alive:
                raise clock.Final(f"{' '.join(self.argv)} ended without {words!r}:\n{self.text}")
            return 0
        return clock.wait_for(seen, f"{words!r} on the terminal", seconds, every=0,
                              seen=lambda: self.text[-4000:])

    # --- what is done to it --------------------------------------------------------------
    def send(self, keys):
        os.write(self.fd, keys.encode())

    def interrupt(self):
        """Ctrl-C, as the terminal's line discipline gives it."""
        self.send("\x03")

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self, seconds=20):
        """Waits until it has ended; the exit code, or minus the signal."""
        limit = time.monotonic() + clock.scaled(seconds)
        while self.code is None:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > limit:
                raise clock.Late(f"{' '.join(self.argv)} does not end:\n{self.text[-4000:]}")
        while self.read(0):
            if not select.select([self.fd], [], [], 0)[0]:
                break
        assert "Sanitizer" not in self.text, self.text
        return self.code

    def close(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def echoes(screen):
    """Does the terminal show what is typed?"""
    return bool(termios.tcgetattr(screen.fd)[3] & termios.ECHO)
