# SPDX-License-Identifier: Apache-2.0
"""Names, numbers and enumerations of CLUSTER-SET-MIB, from tests/scenario/mib_numbers.txt.

That file is the contract in lines and test_mib.py holds it to the module, so tests can
speak of csVmOperState and `running` where no MIB compiler and no base modules are.
"""
import os

ROOT = os.environ.get("MIB_ROOT") or "1.3.6.1.4.1.8072.9999.9999.29009"
TRUTH = {1: "true", 2: "false"}
ROW_STATUS = {1: "active", 2: "notInService", 3: "notReady", 4: "createAndGo",
              5: "createAndWait", 6: "destroy"}
STORAGE = {1: "other", 2: "volatile", 3: "nonVolatile", 4: "permanent", 5: "readOnly"}


class Object:
    def __init__(self, name, oid, kind, access="", syntax="", objects=()):
        self.name, self.oid, self.kind = name, oid, kind  # kind: object, notification, table
        self.access, self.syntax, self.objects = access, syntax, objects
        self.enum = None  # number -> label

    def __repr__(self):
        return f"<{self.kind} {self.name} {'.'.join(map(str, self.oid))}>"


def _table_name(names):
    """csVmTable from the names of its columns: their common words."""
    prefix = os.path.commonprefix(names)
    while prefix and not all(n == prefix or n[len(prefix)].isupper() for n in names):
        prefix = prefix[:-1]
    return prefix.removesuffix("Index") + "Table"


class Mib:
    def __init__(self, text, root=ROOT):
        self.root = tuple(int(x) for x in root.split("."))
        self.objects, self._by_oid = {}, {}
        enums = {"TruthValue": TRUTH, "RowStatus": ROW_STATUS, "StorageType": STORAGE}
        rows = {}
        for line in text.splitlines():
            words = line.split()
            if not words or words[0] == "#":
                continue
            if words[0] == "enum":
                enums.setdefault(words[1], {})[int(words[3])] = words[2]
                continue
            oid = self.root + tuple(int(x) for x in words[1].split("."))
            if words[0] == "object":
                self._add(Object(words[2], oid, "object", words[3], words[4]))
                if oid[-2] == 1 and len(oid) - len(self.root) >= 4:  # of an entry
                    rows.setdefault(oid[:-2], []).append(words[2])
            elif words[0] == "notification":
                self._add(Object(words[2], oid, "notification", objects=tuple(words[3:])))
        for oid, names in rows.items():
            self._add(Object(_table_name(names), oid, "table"))
        for obj in self.objects.values():
            obj.enum = enums.get(obj.syntax)

    def _add(self, obj):
        self.objects[obj.name] = obj
        self._by_oid[obj.oid] = obj

    def __getitem__(self, name):
        return self.objects[name]

    def oid(self, name):
        """'csVmName.3', 'csVmTable' or a dotted OID as a tuple of numbers."""
        if isinstance(name, (tuple, list)):
            return tuple(name)
        text = str(name)
        if text.startswith(".") or text[0].isdigit():
            return tuple(int(x) for x in text.strip(".").split("."))
        head, _, tail = text.partition(".")
        return self.objects[head].oid + tuple(int(x) for x in tail.split(".") if x)

    def find(self, oid):
        """The object an instance belongs to and the index left over, or (None, oid)."""
        for n in range(len(oid), len(self.root), -1):
            obj = self._by_oid.get(tuple(oid[:n]))
            if obj is not None:
                return obj, tuple(oid[n:])
        return None, tuple(oid)

    def name(self, oid):
        obj, rest = self.find(oid)
        if obj is None:
            return ".".join(map(str, oid))
        return ".".join([obj.name, *map(str, rest)])

    def columns(self, table):
        """The readable columns of a table, in order."""
        entry = self.objects[table].oid + (1,)
        return [o for oid, o in sorted(self._by_oid.items())
                if oid[:-1] == entry
                and o.access not in ("not-accessible", "accessible-for-notify")]

    def number(self, name, label):
        """The number of an enumeration's label ('running' -> 1)."""
        for number, word in (self.objects[name].enum or {}).items():
            if word == label:
                return number
        raise KeyError(f"{name} has no value {label}")

    @staticmethod
    def label(obj, value):
        return (obj.enum or {}).get(value, value) if obj is not None else value

    @staticmethod
    def name_index(text):
        """A name as a variable-length string index."""
        data = text.encode()
        return (len(data), *data)


def load(top_srcdir):
    """The MIB of the source tree."""
    path = os.path.join(top_srcdir, "tests", "scenario", "mib_numbers.txt")
    with open(path, encoding="ascii") as f:
        return Mib(f.read())
