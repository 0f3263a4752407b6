# SPDX-License-Identifier: Apache-2.0
"""An SNMP manager by Net-SNMP's own programs, with typed answers.

Output is asked for numerically and strings as hex (-On -Oe -Ot -Ox), so that parsing
never depends on MIBs, hints or the content of a string.
"""
import os
import re
import subprocess

from . import clock

ABSENT = {
    "No Such Object": "noSuchObject",
    "No Such Instance": "noSuchInstance",
    "No more variables": "endOfMibView",
}
_START = re.compile(r"^(\.\d+(?:\.\d+)*) = ?(.*)$")


class SnmpError(AssertionError):
    """The manager failed: `.status` is the error-status name, or 'timeout'."""

    def __init__(self, status, text, index=None):
        super().__init__(text)
        self.status, self.index = status, index


class Var:
    """One variable binding. `value` is int, bytes, an OID tuple or None (absent);
    `printed` is how the tool wrote it."""

    def __init__(self, oid, kind, value, printed=""):
        self.oid, self.kind, self.value, self.printed = oid, kind, value, printed

    @property
    def absent(self):
        return self.kind in ABSENT.values()

    @property
    def text(self):
        if isinstance(self.value, bytes):
            return self.value.decode("utf-8", "replace")
        return str(self.value)

    def __repr__(self):
        return f"{'.'.join(map(str, self.oid))}={self.kind}:{self.value!r}"


def _value(text):
    for start, kind in ABSENT.items():
        if text.startswith(start):
            return kind, None
    if text in ('""', ""):
        return "OCTET STRING", b""
    kind, _, rest = text.partition(": ")
    rest = rest.strip()
    if kind == "Hex-STRING":
        return "OCTET STRING", bytes.fromhex(rest)
    if kind == "STRING":
        return "OCTET STRING", rest.strip('"').encode()
    if kind == "OID":
        return "OBJECT IDENTIFIER", tuple(int(x) for x in rest.strip(".").split(".") if x)
    if kind in ("INTEGER", "Counter32", "Counter64", "Gauge32", "UInteger32", "Timeticks"):
        number = re.search(r"-?\d+", rest)
        return kind, int(number.group())
    if kind in ("IpAddress", "Network Address"):
        return "IpAddress", bytes(int(x) for x in rest.split("."))
    if re.fullmatch(r"\d+", text):  # Timeticks with -Ot
        return "Timeticks", int(text)
    return kind, rest.encode()


def parse(text):
    """Output of the tools -> [Var]; values may span lines."""
    found, oid, value = [], None, ""

    def close():
        if oid is not None:
            printed = "." + ".".join(map(str, oid)) + " = " + value.strip()
            found.append(Var(oid, *_value(value.strip()), printed))

    for line in text.splitlines():
        m = _START.match(line)
        if m:
            close()
            oid = tuple(int(x) for x in m.group(1).strip(".").split("."))
            value = m.group(2)
        elif oid is not None:
            value += " " + line
    close()
    return found


class Manager:
    """Asks one agent. `v3` names a user of the private snmpd, else a community."""

    def __init__(self, port, directory, mib=None, community="public", v3=None, address="127.0.0.1"):
        self.port, self.directory, self.mib = port, directory, mib
        self.address = address
        self.community, self.v3 = community, v3

    def as_user(self, v3):
        return Manager(self.port, self.directory, self.mib, v3=v3, address=self.address)

    def as_community(self, community):
        return Manager(self.port, self.directory, self.mib, community, address=self.address)

    def credentials(self):
        if self.v3:
            return ["-v3", "-l", "authPriv", "-u", self.v3, "-a", "SHA", "-A", "authpass12",
                    "-x", "AES", "-X", "privpass12"]
        return ["-v2c", "-c", self.community]

    def environment(self):
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "MIBS": "", "MIBDIRS": "/dev/null",
            "SNMPCONFPATH": self.directory, "SNMP_PERSISTENT_DIR": self.directory,
            "HOME": self.directory, "LC_ALL": "C",
        }

    def run(self, tool, *words, timeout=3, retries=1, check=True):
        timeout = clock.scaled(timeout)
        argv = [tool, *self.credentials(), "-On", "-Oe", "-Ot", "-Ox", "-t", f"{timeout:g}",
                "-r", str(retries)]
        # options of the tool (-C...) go before the agent
        options = [w for w in words if w.startswith("-C")]
        rest = [w for w in words if not w.startswith("-C")]
        argv += [*options, f"udp:{self.address}:{self.port}", *rest]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.environment(), text=True, errors="replace",
                              timeout=None)
        if check and done.returncode != 0:
            self._fail(tool, done)
        return done

    @staticmethod
    def _fail(tool, done):
        words = (done.stderr + done.stdout).strip()
        if "Timeout" in words or "No Response" in words:
            raise SnmpError("timeout", f"{tool}: {words}")
        m = re.search(r"Reason:\s*\(?([A-Za-z]+)", words)
        status = m.group(1) if m else "error"
        where = re.search(r"Failed object: (\S+)", words)
        raise SnmpError(status, f"{tool}: {words}", where.group(1) if where else None)

    def oid(self, name):
        oid = self.mib.oid(name) if self.mib else tuple(
            int(x) for x in str(name).strip(".").split("."))
        return "." + ".".join(map(str, oid))

    # --- reading -------------------------------------------------------------------
    def get(self, *names, **more):
        """One Var per name."""
        done = self.run("snmpget", *(self.oid(n) for n in names), **more)
        return parse(done.stdout)

    def value(self, name, **more):
        """One value: int, label of an enumeration, text; None when it is absent."""
        var = self.get(name, **more)[0]
        return self.decode(var)

    def decode(self, var):
        if var.absent:
            return None
        obj = self.mib.find(var.oid)[0] if self.mib else None
        if isinstance(var.value, int) and obj is not None:
            return self.mib.label(obj, var.value)
        if isinstance(var.value, bytes):
            if obj is not None and obj.syntax.startswith(("DateAndTime", "OCTET STRING")):
                return var.value
            return var.value.decode("utf-8", "replace")
        return var.value

    def getnext(self, *names, **more):
        return parse(self.run("snmpgetnext", *(self.oid(n) for n in names), **more).stdout)

    def walk(self, name, **more):
        """GETNEXT walk; only what lies below name."""
        found = parse(self.run("snmpwalk", self.oid(name), **more).stdout)
        return [v for v in found if not v.absent]

    def bulkwalk(self, name, repetitions=25, **more):
        found = parse(self.run("snmpbulkwalk", f"-Cr{repetitions}", self.oid(name), **more).stdout)
        return [v for v in found if not v.absent]

    def bulkget(self, names, non_repeaters=0, repetitions=10, **more):
        return parse(self.run("snmpbulkget", f"-Cn{non_repeaters}", f"-Cr{repetitions}",
                              *(self.oid(n) for n in names), **more).stdout)

    def table(self, name, **more):
        """{index tuple: {column name: decoded value}} of a whole table, read in bulk."""
        rows = {}
        entry = self.mib.oid(name) + (1,)
        for var in self.bulkwalk("." + ".".join(map(str, entry)), **more):
            obj, index = self.mib.find(var.oid)
            if obj is None or len(obj.oid) != len(entry) + 1:
                continue
            rows.setdefault(index, {})[obj.name] = self.decode(var)
        return rows

    def row(self, table, **match):
        """(index, row) of the one row whose columns have these values."""
        found = [(i, r) for i, r in self.table(table).items()
                 if all(r.get(c) == v for c, v in match.items())]
        assert len(found) == 1, f"{table} where {match}: {len(found)} rows"
        return found[0]

    # --- writing ---------------------------------------------------------------------
    def set(self, *triples, timeout=10, retries=0):
        """(name, type letter of snmpset, value)...; SnmpError when refused."""
        words = []
        for name, kind, value in triples:
            if isinstance(value, str) and kind == "i" and self.mib:
                value = self.mib.number(str(name).split(".", maxsplit=1)[0], value)
            words += [self.oid(name), kind, str(value)]
        return parse(self.run("snmpset", *words, timeout=timeout, retries=retries).stdout)
