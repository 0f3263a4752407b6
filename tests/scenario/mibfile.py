# SPDX-License-Identifier: Apache-2.0
"""CLUSTER-SET-MIB as data: what smidump says about it, for tests that compare.

load() gives a Mib; every OID in it is a tuple below the root, so that tests do not care
where the module is rooted. Run as a program it prints the numbers of the module in the
form of mib_numbers.txt. It never talks to an agent.
"""
import dataclasses
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
SOURCE = os.path.join(TOP, "mibs", "CLUSTER-SET-MIB.txt")

# Textual conventions of other modules: base type, ranges, enumeration.
FOREIGN = {
    "SnmpAdminString": ("OctetString", [(0, 255)], {}),
    "DateAndTime": ("OctetString", [(8, 8), (11, 11)], {}),
    "TruthValue": ("Enumeration", [], {"true": 1, "false": 2}),
    "RowStatus": ("Enumeration", [], {"active": 1, "notInService": 2, "notReady": 3,
                                      "createAndGo": 4, "createAndWait": 5, "destroy": 6}),
    "StorageType": ("Enumeration", [], {"other": 1, "volatile": 2, "nonVolatile": 3,
                                        "permanent": 4, "readOnly": 5}),
    "TestAndIncr": ("Integer32", [(0, 2147483647)], {}),
    "VariablePointer": ("ObjectIdentifier", [], {}),
}
ACCESS = {"readonly": "read-only", "readwrite": "read-write", "noaccess": "not-accessible",
          "notifyonly": "accessible-for-notify"}


@dataclasses.dataclass
class Syntax:
    base: str  # smidump's word: Unsigned32, OctetString, Enumeration ...
    name: str  # of the textual convention, or base again
    ranges: list  # [(min, max)]: of the number, or of the length
    enum: dict  # label -> number


@dataclasses.dataclass
class Object:
    name: str
    oid: tuple  # below the root, without instance
    syntax: Syntax
    access: str  # read-only, read-write, read-create, not-accessible, accessible-for-notify
    row: "Row" = None  # None: a scalar
    description: str = ""
    units: str = ""


@dataclasses.dataclass
class Row:
    table: str
    oid: tuple
    index: list  # names of objects
    create: bool
    columns: list


@dataclasses.dataclass
class Mib:
    root: tuple
    objects: dict  # name -> Object
    rows: list
    notifications: dict  # name -> (oid, [names of objects])
    groups: dict  # name -> [names]
    types: dict  # name -> Syntax


def base_modules():
    """The directory of SNMPv2-SMI and its like, None where there is none."""
    found = [os.path.join(TOP, "..", "shared", "mibs-base")]
    found += os.environ.get("SMIPATH", "").split(":")
    found += ["/usr/share/snmp/mibs/ietf", "/var/lib/mibs/ietf", "/usr/share/mibs/ietf",
              "/var/lib/snmp/mibs/ietf", "/usr/share/snmp/mibs"]
    for path in found:
        if path and any(os.path.exists(os.path.join(path, "SNMPv2-SMI" + end))
                        for end in ("", ".txt")):
            return os.path.abspath(path)
    return None


def tool(variable, name):
    """A program by configure's variable or the path, None where there is none."""
    return os.environ.get(variable) or shutil.which(name)


def why_not(*programs):
    """Why the MIB cannot be read here; None when it can."""
    for variable, name in programs:
        if not tool(variable, name):
            return f"{name} is not installed (Debian: apt-get install smitools)"
    if not base_modules():
        return "the base MIB modules (SNMPv2-SMI ...) are not installed"
    return None


def smi(variable, name, *args, path=SOURCE):
    """Runs smilint or smidump over the module."""
    env = dict(os.environ, SMIPATH=base_modules(), LC_ALL="C.UTF-8")
    return subprocess.run([tool(variable, name), *args, path], env=env, text=True,
                          capture_output=True, timeout=60, check=False)


def text_of(node, name):
    found = node.find(name)
    return " ".join(found.text.split()) if found is not None and found.text else ""


def typedef(node, types):
    name = node.get("name")
    base = node.get("basetype")
    parent = node.find("parent")
    ranges = [(int(r.get("min")), int(r.get("max"))) for r in node.findall("range")]
    enum = {e.get("name"): int(e.get("number")) for e in node.findall("namednumber")}
    if parent is not None and (inherited := types.get(parent.get("name"))):
        name = name or inherited.name
        ranges = ranges or inherited.ranges
        enum = enum or inherited.enum
    return Syntax(base, name or base, ranges, enum)


def load(path=SOURCE):
    run = smi("SMIDUMP", "smidump", "-f", "xml", path=path)
    tree = ET.fromstring(run.stdout)
    types = {n: Syntax(b, n, r, e) for n, (b, r, e) in FOREIGN.items()}
    for node in tree.iter("typedef"):
        if node.get("name"):
            types[node.get("name")] = typedef(node, types)
    whole = {n.get("name"): tuple(map(int, n.get("oid").split(".")))
             for n in tree.iter() if n.get("oid") and n.get("name")}
    root = whole["clusterSetMIB"]
    mib = Mib(root, {}, [], {}, {}, types)

    def below(node):
        return tuple(map(int, node.get("oid").split(".")))[len(root):]

    def syntax(node):
        node = node.find("syntax")
        inner = node.find("typedef")
        if inner is not None:
            return typedef(inner, types)
        name = node.find("type").get("name")
        return types.get(name) or Syntax(name, name, [], {})

    def add(node, row):
        access = ACCESS[node.find("access").text]
        if access == "read-write" and row is not None and row.create:
            access = "read-create"
        obj = Object(node.get("name"), below(node), syntax(node), access, row,
                     text_of(node, "description"), text_of(node, "units"))
        mib.objects[obj.name] = obj
        if row is not None:
            row.columns.append(obj)

    for node in tree.iter("scalar"):
        add(node, None)
    for table in tree.iter("table"):
        node = table.find("row")
        row = Row(table.get("name"), below(node),
                  [i.get("name") for i in node.find("linkage").findall("index")],
                  node.get("create") == "true", [])
        mib.rows.append(row)
        for column in node.findall("column"):
            add(column, row)
    for node in tree.iter("notification"):
        mib.notifications[node.get("name")] = (
            below(node), [o.get("name") for o in node.iter("object")])
    for node in tree.iter("group"):
        mib.groups[node.get("name")] = [m.get("name") for m in node.iter("member")]
    return mib


def numbers(mib):
    """The contract in lines: every object, notification and enumeration."""
    dotted = lambda oid: ".".join(map(str, oid))
    lines = [f"object {dotted(o.oid)} {o.name} {o.access} {o.syntax.name}"
             for o in sorted(mib.objects.values(), key=lambda o: o.oid)]
    lines += [f"notification {dotted(oid)} {name} {' '.join(objects)}"
              for name, (oid, objects) in sorted(mib.notifications.items(),
                                                 key=lambda n: n[1][0])]
    lines += [f"enum {t.name} {label} {number}" for t in mib.types.values()
              if t.name.startswith("ClusterSet")
              for label, number in t.enum.items()]
    return lines


if __name__ == "__main__":
    print("\n".join(numbers(load())))
    sys.exit(0)
