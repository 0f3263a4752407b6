# SPDX-License-Identifier: Apache-2.0
"""Private snmpd and snmptrapd on loopback ports, configured as we ship and document."""
import os
import re
import shutil

from . import clock, ports, proc, snmp

V3_USER = "operator"


def find_program(name, variable):
    """The program configure found, else the one on the PATH or in sbin; None if absent."""
    found = os.environ.get(variable)
    if found:
        return found
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def shipped_agentx_lines(top_srcdir):
    """The agentX* lines of the snmpd drop-in that we ship (not the permissions)."""
    path = os.path.join(top_srcdir, "conf", "snmpd.conf.d", "clusterset.conf.in")
    with open(path, encoding="utf-8") as f:
        return [x.strip() for x in f if re.match(r"\s*agentX(Timeout|Retries)\b", x)]


class Snmpd:
    """master agentx on a Unix socket, a read-only and (unless `write_community` is false)
    a read-write community and a SNMPv3 authPriv user; traps go to `trap_port` when given."""

    def __init__(self, directory, top_srcdir, mib=None, trap_port=None, extra=(), keep=False,
                 write_community=True):
        self.directory = os.path.join(directory, "snmpd")
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        self.port = ports.free_port()
        self.socket = os.path.join(self.directory, "agentx")
        assert len(self.socket) < 107, f"path too long for a Unix socket: {self.socket}"
        self.conf = os.path.join(self.directory, "snmpd.conf")
        lines = [
            f"agentAddress udp:127.0.0.1:{self.port}",
            "master agentx",
            f"agentXSocket unix:{self.socket}",
            *shipped_agentx_lines(top_srcdir),
            "sysName clusterset-test",
            "rocommunity public 127.0.0.1",
            *(["rwcommunity private 127.0.0.1"] if write_community else []),
            f'createUser {V3_USER} SHA "authpass12" AES "privpass12"',
            f"rwuser {V3_USER} authPriv",
        ]
        if trap_port:
            lines.append(f"trap2sink 127.0.0.1:{trap_port} public")
        lines += extra
        self.write(lines)
        self.keep = keep
        self.process = None
        self.manager = snmp.Manager(self.port, self.directory, mib)
        self.start()

    def write(self, lines):
        with open(self.conf, "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        os.chmod(self.conf, 0o600)

    def start(self):
        log = os.path.join(self.directory, "snmpd.messages")
        self.process = proc.Process(
            "snmpd",
            [find_program("snmpd", "SNMPD"), "-f", "-C", "-c", self.conf, "-Lf", log,
             "-I", "-smux"],
            self.directory, keep=self.keep,
            env={"MIBS": "", "MIBDIRS": "/dev/null", "SNMPCONFPATH": self.directory,
                 # not beside snmpd.conf: snmpd writes a file of that name
                 "SNMP_PERSISTENT_DIR": os.path.join(self.directory, "persist")})
        clock.wait_for(self._answers, "snmpd to answer", 20)

    def _answers(self):
        self.process.check()
        return self.manager.get(".1.3.6.1.2.1.1.3.0", timeout=0.5, retries=0)

    def stop(self):
        if self.process:
            self.process.stop()

    def restart(self, hard=False):
        """Ends it (kill -9 when `hard`) and starts it on the same port and socket."""
        if hard:
            self.process.kill()
        else:
            self.process.stop()
        try:
            os.unlink(self.socket)
        except OSError:
            pass
        self.start()

    @property
    def pid(self):
        return self.process.pid


class Trap:
    """One notification as a real snmptrapd understood it."""

    def __init__(self, variables, mib=None):
        self.vars = variables
        self.mib = mib
        self.oid = next((v.value for v in variables
                         if v.oid == (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)), ())
        obj = mib.find(self.oid)[0] if mib and self.oid else None
        self.name = obj.name if obj is not None and obj.oid == self.oid else (
            ".".join(map(str, self.oid)))

    def values(self):
        """{object name without instance: decoded value}"""
        found = {}
        for v in self.vars[2:]:
            obj, _ = self.mib.find(v.oid) if self.mib else (None, ())
            name = obj.name if obj is not None else ".".join(map(str, v.oid))
            value = v.value
            if isinstance(value, bytes):
                value = value.decode("utf-8", "replace")
            elif isinstance(value, int) and obj is not None:
                value = self.mib.label(obj, value)
            found[name] = value
        return found

    def __repr__(self):
        return f"<trap {self.name} {self.values()}>"


class Snmptrapd:
    """Writes what it receives to a file that traps() reads back as objects."""

    FORMAT = "@TRAP %a\\n%V\\n%v\\n@END\\n"

    def __init__(self, directory, mib=None, keep=False, hexadecimal=True, transport="udp"):
        self.directory = os.path.join(directory, "trapd")
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        self.port = ports.free_port()
        self.file = os.path.join(self.directory, "received")
        self.mib = mib
        conf = os.path.join(self.directory, "snmptrapd.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"snmpTrapdAddr {transport}:127.0.0.1:{self.port}\n"
                    "authCommunity log public\n"
                    "doNotRetainNotificationLogs yes\n"
                    f"format2 {self.FORMAT}\n")
        # strings in hex are parsed without doubt; else they read better
        self.process = proc.Process(
            "snmptrapd",
            [find_program("snmptrapd", "SNMPTRAPD"), "-f", "-C", "-c", conf, "-n", "-On",
             "-Oe", "-Ot", *(["-Ox"] if hexadecimal else []), "-Lf", self.file],
            self.directory, keep=keep,
            env={"MIBS": "", "MIBDIRS": "/dev/null", "SNMPCONFPATH": self.directory,
                 "SNMP_PERSISTENT_DIR": os.path.join(self.directory, "persist")})
        clock.wait_for(lambda: self.process.check() and self.port in ports.listening(),
                       "snmptrapd to listen", 20)

    def raw(self):
        try:
            with open(self.file, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def traps(self, name=None):
        """All notifications so far, oldest first; only those of one type when named."""
        found = []
        for block in re.findall(r"^@TRAP[^\n]*\n(.*?)^@END$", self.raw(), re.S | re.M):
            trap = Trap(snmp.parse(block), self.mib)
            if name is None or trap.name == name:
                found.append(trap)
        return found

    def wait(self, name, seconds=20, after=0, **match):
        """The first trap of that type, past the first `after` ones of all types, whose
        variables have these values."""
        def seen():
            for trap in self.traps()[after:]:
                values = trap.values()
                if trap.name == name and all(values.get(k) == v for k, v in match.items()):
                    return trap
            return None
        return clock.wait_for(seen, f"trap {name} {match or ''}", seconds,
                              seen=lambda: "received: " + repr(self.traps()[after:]))

    def stop(self):
        self.process.stop()
