# SPDX-License-Identifier: Apache-2.0
"""CLUSTER-SET-MIB as it is served: a running agent and what the module says of it.

The fixture `served` starts, in turn, the face alone over a synthetic model and clustersetd
over simulated clusters, each behind a private snmpd. value_problem() and index_problem()
judge one instance. For test_mib_agent.py (reading) and test_mib_sets.py (writing).
"""
import os
import shutil
import subprocess

import pytest

import mibfile
from harness import agents, clock, labs, mib as mibs, proc, snmp, worlds

needs_smidump = pytest.mark.skipif(bool(mibfile.why_not(("SMIDUMP", "smidump"))),
                                   reason=str(mibfile.why_not(("SMIDUMP", "smidump"))))

WIRE = {"Integer32": "INTEGER", "Enumeration": "INTEGER", "Unsigned32": "Gauge32",
        "Gauge32": "Gauge32", "Counter32": "Counter32", "Counter64": "Counter64",
        "OctetString": "OCTET STRING", "ObjectIdentifier": "OBJECT IDENTIFIER"}
# of snmpset, which has none for counters
LETTER = {"INTEGER": "i", "Gauge32": "u", "Counter32": "u", "Counter64": "u",
          "OCTET STRING": "s", "OBJECT IDENTIFIER": "o"}


# --- the scenario: two VMs that share disks, one that has none and an odd name ----------------
VMS = {"web1": "east1", "db1": "east2", "job1": "west1"}


def world():
    return {"clusters": [
        worlds.cluster(name, servers, [
            worlds.group(vm, at if at in servers else "", lun=vm != "job1")
            for vm, at in VMS.items()])
        for name, servers in (("east", ("east1", "east2")), ("west", ("west1", "west2")))]}


def settings(lab):
    pair = worlds.Pair(VMS)
    return lab.settings(
        [lab.cluster("east", **{"fault-domain": "room1"}),
         lab.cluster("west", **{"fault-domain": "room2"})],
        vms=[
            pair.vm_settings("web1", priority=7, memory=2048, vcpus=2, **{
                "availability-set": "front", "uuid": "6f0a3c52-1d5e-4a0b-9b11-2c55aa9d0f01"}),
            pair.vm_settings("db1", **{"availability-set": "front"}),
            {"name": "j\u00f6b 1", "kind": "stateless",
             "sites": [{"cluster": c, "group": "job1"} for c in ("west", "east")]},
        ],
        **{"fault-domains": [{"name": "room1", "description": "ground floor"},
                             {"name": "room2"}],
           "availability-sets": [{"name": "front", "spread": "cluster",
                                  "enforcement": "soft"}]})


class Served:
    """A lab with a running set, what the module says and two managers."""

    def __init__(self, lab, module):
        self.lab, self.module = lab, module
        # with the community: a SET by SNMPv3 takes three times as long
        self.reader, self.writer = lab.manager, lab.manager.as_community("private")
        self.root = lab.mib.root
        self.top = "." + ".".join(map(str, self.root))
        by_oid = {o.oid: o for o in module.objects.values()}
        self.lengths = sorted({len(oid) for oid in by_oid}, reverse=True)
        self.by_oid = by_oid

    def split(self, oid):
        """The object of an instance and its index; (None, oid) when there is none."""
        assert oid[:len(self.root)] == self.root, oid
        below = oid[len(self.root):]
        for n in self.lengths:
            if below[:n] in self.by_oid:
                return self.by_oid[below[:n]], below[n:]
        return None, below

    def oid(self, obj, index=()):
        return ".".join(map(str, ("",) + self.root + obj.oid + tuple(index)))

    def walk(self):
        return self.reader.walk(self.top)

    def steady_walk(self):
        """A walk during which no instance came or went."""
        def same():
            a, b = self.walk(), self.walk()
            return b if [v.oid for v in a] == [v.oid for v in b] else None
        return clock.wait_for(same, "two walks with the same instances", 20)

    def instances(self):
        """object name -> [(index, Var)]"""
        found = {}
        for var in self.walk():
            obj, index = self.split(var.oid)
            if obj is not None:
                found.setdefault(obj.name, []).append((index, var))
        return found


class Facedemo:
    """The face alone over a synthetic model (tests/unit/facedemo.c)."""

    def __init__(self, lab, program):
        self.process = proc.Process("facedemo", [program, "--socket", lab.snmpd.socket],
                                    lab.directory, stdin=subprocess.PIPE,
                                    env={"MIBS": "", "MIBDIRS": "/dev/null"})
        clock.wait_for(lambda: lab.manager.value("csSetName.0", timeout=1, retries=0),
                       "facedemo to serve the MIB", 20, seen=self.process.tail)

    def stop(self):
        self.process.stop()


def start_synthetic(lab):
    lab.started(Facedemo(lab, os.path.join(lab.top_builddir, "tests", "unit", "facedemo")))


def start_clustersetd(lab):
    lab.start_ecxsim(world())
    lab.start_daemon(settings(lab)).polled()


SUBJECTS = {  # what answers: what must be built for it, how it starts
    "face": (["tests/unit/facedemo"], start_synthetic),
    "clustersetd": (["clustersetd", "tests/ecxsim/ecxsim"], start_clustersetd),
}
# for what only control can know
with_control = pytest.mark.parametrize("served", ["clustersetd"], indirect=True,
                                       scope="module")


@pytest.fixture(scope="module", params=sorted(SUBJECTS, reverse=True))
def served(request, top_srcdir, top_builddir):
    programs, start = SUBJECTS[request.param]
    for program in programs:
        if not os.path.exists(os.path.join(top_builddir, program)):
            pytest.skip(f"{program} is not built")
    if not agents.find_program("snmpd", "SNMPD"):
        pytest.skip("snmpd is not installed (Debian: apt-get install snmpd snmp)")
    lab = labs.Lab(top_srcdir, top_builddir, mibs.load(top_srcdir))
    try:
        lab.start_snmpd()
        start(lab)
        made = Served(lab, mibfile.load())
        with pytest.raises(snmp.SnmpError):  # so that csRefusalTable has a row
            made.writer.set(("csSetName.0", "s", "no"))
        yield made
    finally:
        problems = lab.close()
        if problems:
            print(lab.last_logs)
        shutil.rmtree(lab.directory, ignore_errors=True)
    assert not problems, "left behind: " + "; ".join(problems)


# --- one value against one object ------------------------------------------------------------
def date_problem(data):
    if len(data) not in (8, 11):
        return f"DateAndTime of {len(data)} octets"
    fields = (data[2], data[3], data[4], data[5], data[6], data[7])
    limits = ((1, 12), (1, 31), (0, 23), (0, 59), (0, 60), (0, 9))
    if not all(low <= n <= high for n, (low, high) in zip(fields, limits)):
        return f"DateAndTime {data.hex()}"
    return None


def value_problem(obj, var):
    """What is wrong with this value of that object; None when all is right."""
    syntax = obj.syntax
    if var.kind != WIRE[syntax.base]:
        return f"is a {var.kind}, not a {WIRE[syntax.base]}"
    if syntax.enum and var.value not in syntax.enum.values():
        return f"{var.value} is not in {syntax.enum}"
    measure = len(var.value) if isinstance(var.value, bytes) else var.value
    if syntax.ranges and not any(low <= measure <= high for low, high in syntax.ranges):
        return f"{measure} is not in {syntax.ranges}"
    if syntax.name == "DateAndTime":
        return date_problem(var.value)
    if syntax.base == "OctetString":
        try:
            text = var.value.decode("utf-8")
        except UnicodeDecodeError:
            return f"{var.value!r} is not UTF-8"
        if any(ord(c) < 32 or ord(c) == 127 for c in text):
            return f"{text!r} has control characters"
    return None


def index_problem(module, obj, index):
    """What is wrong with the index of an instance; None when all is right."""
    if obj.row is None:
        return None if index == (0,) else "a scalar has the index 0"
    rest = list(index)
    for name in obj.row.index:
        syntax = module.objects[name].syntax
        if not rest:
            return f"ends before {name}"
        first = rest.pop(0)
        measure = first
        if syntax.base == "OctetString":
            octets, rest = rest[:first], rest[first:]
            if len(octets) != first or any(o > 255 for o in octets):
                return f"{name} is cut"
        if syntax.ranges and not any(low <= measure <= high for low, high in syntax.ranges):
            return f"{name} {measure} is not in {syntax.ranges}"
    return f"{rest} is too much" if rest else None
