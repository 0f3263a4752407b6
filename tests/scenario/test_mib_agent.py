# SPDX-License-Identifier: Apache-2.0
"""CLUSTER-SET-MIB against a running agent, object by object.

The module (as smidump reads it) is compared with what comes through a real snmpd:
syntax, range, access, order, completeness, and how each object refuses a wrong SET.
"""
import os
import random
import shutil
import subprocess

import pytest

import mibfile
from harness import agents, clock, labs, mib as mibs, proc, snmp

pytestmark = pytest.mark.skipif(bool(mibfile.why_not(("SMIDUMP", "smidump"))),
                                reason=str(mibfile.why_not(("SMIDUMP", "smidump"))))

WIRE = {"Integer32": "INTEGER", "Enumeration": "INTEGER", "Unsigned32": "Gauge32",
        "Gauge32": "Gauge32", "Counter32": "Counter32", "Counter64": "Counter64",
        "OctetString": "OCTET STRING", "ObjectIdentifier": "OBJECT IDENTIFIER"}
# of snmpset, which has none for counters
LETTER = {"INTEGER": "i", "Gauge32": "u", "Counter32": "u", "Counter64": "u",
          "OCTET STRING": "s", "OBJECT IDENTIFIER": "o"}

# What this scenario must show; every other column of these tables may be unknown in it.
TABLES = {
    "csRefusalTable", "csClusterTable", "csNodeTable", "csVmTable", "csVmNameTable",
    "csVmSiteTable", "csDiskTable", "csDiskSiteTable", "csFaultDomainTable",
    "csAvailSetTable", "csAvailSetMemberTable", "csEventTable", "csAlarmTable",
}
SCALARS = ("csSet", "csEvent", "csStats")
UNKNOWN_HERE = {
    # nobody measures loads here
    "csClusterCpuLoad", "csClusterMemoryUsed", "csClusterMemoryTotal", "csNodeCpus",
    "csNodeCpuLoad", "csNodeMemoryTotal", "csNodeMemoryUsed", "csNodeLoadAge", "csVmCpuLoad",
    # no moves, no replicas, no hooks; nothing confirmed or acknowledged
    "csVmTargetCluster", "csVmTargetClusterName", "csVmTargetNode", "csVmTargetNodeName",
    "csVmLastMove", "csVmSiteConfirm", "csDiskSiteRole", "csDiskSiteReplicationHealth",
    "csDiskSiteReplicationText", "csAlarmAcknowledgedAt", "csStatsMovesStarted",
    "csStatsMovesSucceeded", "csStatsMovesCancelled", "csStatsMovesRolledBack",
    "csStatsMovesFailed", "csStatsMovesInDoubt", "csStatsHookRuns", "csStatsHookFailures",
    "csStatsHookTimeouts", "csEventClusterName", "csEventVmName",
}


# --- the scenario: two clusters of two servers, two VMs that share disks, one that does not ---
def group(vm, disk, initial):
    resources = [{"name": f"script-{vm}", "type": "script", "vm": True}]
    if disk:
        resources[0]["depends"] = [f"sd-{vm}"]
        resources.insert(0, {"name": f"sd-{vm}", "type": "sd", "lun": f"lun-{vm}"})
    return {"name": f"failover-{vm}", "vm": vm, "autostart": False, "initial": initial,
            "resources": resources}


def world():
    clusters = []
    for name, running in (("east", ("web1", "db1")), ("west", ())):
        servers = [f"{name}{n}" for n in (1, 2)]
        clusters.append({
            "name": name,
            "servers": [{"name": s} for s in servers],
            "accounts": [{"user": labs.USER, "password": labs.PASSWORD}],
            "groups": [group(vm, disk, servers[0] if vm in running else "")
                       for vm, disk in (("web1", True), ("db1", True), ("job1", False))],
        })
    return {"clusters": clusters}


def sites(vm):
    return [{"cluster": c, "group": f"failover-{vm}"} for c in ("east", "west")]


def settings(lab):
    disk = lambda vm: [{"name": f"lun-{vm}", "kind": "shared",
                        "sites": [{"cluster": c, "resource": f"sd-{vm}"}
                                  for c in ("east", "west")]}]
    return lab.settings(
        [lab.cluster("east", **{"fault-domain": "room1"}),
         lab.cluster("west", **{"fault-domain": "room2"})],
        vms=[
            {"name": "web1", "kind": "shared-disk", "sites": sites("web1"),
             "disks": disk("web1"), "availability-set": "front", "memory": 2048,
             "uuid": "6f0a3c52-1d5e-4a0b-9b11-2c55aa9d0f01", "home": "east", "priority": 7},
            {"name": "db1", "kind": "shared-disk", "sites": sites("db1"),
             "disks": disk("db1"), "availability-set": "front"},
            {"name": "j\u00f6b 1", "kind": "stateless", "sites": sites("job1")},
        ],
        **{"fault-domains": [{"name": "room1", "description": "ground floor"},
                             {"name": "room2"}],
           "availability-sets": [{"name": "front", "spread": "cluster",
                                  "enforcement": "soft"}]})


class Served:
    """A lab with a running set, what the module says and two managers."""

    def __init__(self, lab, module):
        self.lab, self.module = lab, module
        self.reader, self.writer = lab.manager, lab.operator
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


def test_the_judge_is_strict():
    """The functions above see what they are for."""
    module = mibfile.load()
    priority, name, state, since = (module.objects["csVm" + n] for n in (
        "Priority", "Name", "OperState", "Since"))
    var = lambda kind, value: snmp.Var((1,), kind, value)
    assert value_problem(priority, var("Gauge32", 1000)) is None
    assert "not a Gauge32" in value_problem(priority, var("INTEGER", 1))
    assert "1001" in value_problem(priority, var("Gauge32", 1001))
    assert "10" in value_problem(state, var("INTEGER", 10))
    assert "0 is not in" in value_problem(name, var("OCTET STRING", b""))
    assert "control" in value_problem(name, var("OCTET STRING", b"a\nb"))
    assert "UTF-8" in value_problem(name, var("OCTET STRING", b"\xff"))
    assert value_problem(since, var("OCTET STRING", bytes.fromhex("07ea0b160d05000000"))) \
        is not None
    assert value_problem(since, var("OCTET STRING", bytes.fromhex("07ea0b160d050000"))) is None
    assert "cut" in index_problem(module, module.objects["csVmNameIndex"], (3, 65, 66))
    assert "ends" in index_problem(module, module.objects["csNodeName"], (1,))
    assert "too much" in index_problem(module, name, (1, 2))
    assert "not in" in index_problem(module, name, (0,))


# --- reading -------------------------------------------------------------------------------
def test_every_instance_is_as_the_module_says(served):
    problems = []
    for var in served.walk():
        obj, index = served.split(var.oid)
        if obj is None:
            problems.append(f"{var!r}: no such object in the module")
        elif obj.access in ("not-accessible", "accessible-for-notify"):
            problems.append(f"{obj.name} is {obj.access} but served")
        else:
            for problem in (value_problem(obj, var),
                            index_problem(served.module, obj, index)):
                if problem:
                    problems.append(f"{obj.name}.{'.'.join(map(str, index))}: {problem}")
    assert problems == []


@with_control
def test_everything_that_must_be_there_is_there(served):
    found = served.instances()
    missing = []
    for obj in served.module.objects.values():
        if obj.access in ("not-accessible", "accessible-for-notify"):
            continue
        wanted = (obj.row.table in TABLES if obj.row is not None
                  else obj.name.startswith(SCALARS))
        if wanted and obj.name not in found and obj.name not in UNKNOWN_HERE:
            missing.append(obj.name)
    assert missing == []


@with_control
def test_rows_are_whole(served):
    """A column known in one row of the model's tables is known or refused in all others."""
    found = served.instances()
    count = lambda name: found[name][0][1].value
    assert len(found["csClusterName"]) == count("csSetClusterCount") == 2
    assert len(found["csNodeName"]) == count("csSetNodeCount") == 4
    assert len(found["csVmName"]) == count("csSetVmCount") == 3
    assert len(found["csDiskName"]) == count("csSetDiskCount") == 2
    assert len(found["csVmSiteGroup"]) == 6
    assert len(found["csDiskSiteResource"]) == 4
    assert len(found["csAvailSetMemberVmName"]) == 2
    for column in ("csVmOperState", "csVmAdminState", "csVmHold", "csVmPriority", "csVmProof"):
        assert [i for i, _ in found[column]] == [i for i, _ in found["csVmName"]], column


@with_control
def test_names_beside_indexes_are_those_of_the_rows(served):
    table = served.reader.table
    clusters = {i[0]: r["csClusterName"] for i, r in table("csClusterTable").items()}
    nodes = {i: r["csNodeName"] for i, r in table("csNodeTable").items()}
    vms = table("csVmTable")
    for (index,), vm in vms.items():
        assert vm["csVmClusterName"] == clusters.get(vm["csVmCluster"], "")
        assert vm["csVmNodeName"] == nodes.get((vm["csVmCluster"], vm["csVmNode"]), "")
        assert vm["csVmHomeClusterName"] == clusters.get(vm["csVmHomeCluster"], "")
        by_name = served.lab.mib.index_of_name(vm["csVmName"])
        assert served.reader.value(
            "csVmNameIndex." + ".".join(map(str, by_name))) == index
    for index, site in table("csVmSiteTable").items():
        assert site["csVmSiteVmName"] == vms[index[:1]]["csVmName"]
        assert site["csVmSiteClusterName"] == clusters[index[1]]
    for disk in table("csDiskTable").values():
        assert disk["csDiskOwnerClusterName"] == clusters.get(disk["csDiskOwnerCluster"], "")
        assert disk["csDiskVmName"] == vms[(disk["csDiskVm"],)]["csVmName"]
    for index, node in table("csNodeTable").items():
        assert node["csNodeClusterName"] == clusters[index[0]]


def test_events_are_contiguous(served):
    """A ring between csEventOldest and csEventNewest, without holes."""
    def steady():
        before = served.reader.value("csEventNewest.0")
        numbers = [i[0] for i in sorted(served.reader.table("csEventTable"))]
        if served.reader.value("csEventNewest.0") != before:
            return None
        return numbers, served.reader.value("csEventOldest.0"), before
    numbers, oldest, newest = clock.wait_for(steady, "no event during a walk")
    assert numbers == list(range(oldest, newest + 1))


def increasing(variables):
    oids = [v.oid for v in variables]
    return all(a < b for a, b in zip(oids, oids[1:]))


def test_walk_by_getnext_is_strictly_increasing(served):
    found = served.walk()
    assert found and increasing(found)


@pytest.mark.parametrize("repetitions", [1, 7, 50])
def test_walk_by_getbulk_is_the_same(served, repetitions):
    def same():
        one = served.steady_walk()
        bulk = served.reader.bulkwalk(served.top, repetitions)
        assert increasing(bulk)
        assert [v.oid for v in bulk] == [v.oid for v in one]
        return True
    clock.wait_for(same, "GETBULK and GETNEXT to find the same", 20)


def test_get_finds_what_the_walk_found(served):
    walked = served.steady_walk()
    for start in range(0, len(walked), 20):
        part = walked[start:start + 20]
        got = served.reader.get(*("." + ".".join(map(str, v.oid)) for v in part))
        for asked, var in zip(part, got):
            if served.split(var.oid)[0].row is not None and var.absent:
                continue  # the row went: an alarm that is over
            assert (var.oid, var.kind) == (asked.oid, asked.kind)


def columns_of(row):
    return [c for c in row.columns if c.access not in ("not-accessible",
                                                       "accessible-for-notify")]


def by_rows(served, row, ask):
    """All instances of a table, read all columns at once; `ask(oids)` gives answers."""
    columns = columns_of(row)
    at = [served.oid(c) for c in columns]
    found = [[] for _ in columns]
    live = list(range(len(columns)))
    while live:
        answers = ask([at[n] for n in live])
        assert answers and len(answers) % len(live) == 0
        ended = set()
        for n, var in enumerate(answers):
            column = live[n % len(live)]
            obj = None if var.absent else served.split(var.oid)[0] if (
                var.oid[:len(served.root)] == served.root) else None
            if obj is not columns[column] or column in ended:
                ended.add(column)
                continue
            assert not found[column] or found[column][-1].oid < var.oid
            found[column].append(var)
            at[column] = "." + ".".join(map(str, var.oid))
        live = [n for n in live if n not in ended]
    return [v.oid for column in found for v in column]


@pytest.mark.parametrize("way", ["getnext", "getbulk"])
def test_all_columns_at_once_find_the_same(served, way):
    ask = {"getnext": lambda oids: served.reader.getnext(*oids),
           "getbulk": lambda oids: served.reader.bulkget(oids, repetitions=5)}[way]
    for row in served.module.rows:
        def same(row=row):
            walked = [v.oid for v in served.reader.walk(served.oid(
                mibfile.Object("", row.oid, None, "")))]
            assert by_rows(served, row, ask) == walked, row.table
            return True
        clock.wait_for(same, f"{row.table} by {way}", 20)


def test_walks_from_anywhere(served):
    """GETNEXT of an OID between, before and behind instances finds the next instance."""
    walked = [v.oid for v in served.steady_walk()]
    rng = random.Random(29009)
    for _ in range(60):
        n = rng.randrange(len(walked) - 1)
        here = walked[n]
        if rng.random() < 0.5:
            asked = here + (rng.randrange(5),)  # behind the instance, before the next
        else:
            asked = here[:-1] + (here[-1] - 1, 4294967295) if here[-1] > 0 else here[:-1]
        wanted = next(o for o in walked if o > asked)
        got = served.reader.getnext("." + ".".join(map(str, asked)))[0]
        obj = served.split(wanted)[0]
        if obj.row is not None and obj.row.table in ("csEventTable", "csAlarmTable"):
            continue
        assert got.oid == wanted, (asked, got, wanted)


def test_hidden_objects_are_not_served(served):
    rows = {r.table: {served.split(v.oid)[1] for v in served.reader.walk(served.oid(
        mibfile.Object("", r.oid, None, "")))} for r in served.module.rows}
    for obj in served.module.objects.values():
        if obj.access == "not-accessible":
            index = min(rows[obj.row.table], default=(1,))
        elif obj.access == "accessible-for-notify":
            index = (0,)
        else:
            continue
        assert served.reader.get(served.oid(obj, index))[0].absent, obj.name


def test_what_is_not_known_is_no_such_instance(served):
    """An object of the module without instances is noSuchInstance, not noSuchObject."""
    found = served.instances()
    silent = [o for o in served.module.objects.values() if o.name not in found
              and o.access in ("read-only", "read-write", "read-create")]
    assert silent
    for obj in silent:
        index = (0,) if obj.row is None else (1,) * len(obj.row.index)
        var = served.reader.get(served.oid(obj, index))[0]
        assert var.kind == "noSuchInstance", (obj.name, var)


# --- writing -------------------------------------------------------------------------------
def refused(served, obj, index, letter, value):
    """The error-status with which a SET is refused; 'noError' when it is accepted."""
    if letter == "i":
        value = int(value)  # a number, no label
    try:
        served.writer.set((served.oid(obj, index), letter, value))
    except snmp.SnmpError as error:
        return error.status
    return "noError"


def as_text(var):
    if isinstance(var.value, bytes):
        return var.value.hex()
    if isinstance(var.value, tuple):
        return "." + ".".join(map(str, var.value))
    return str(var.value)


def test_read_only_objects_refuse(served):
    wrong = {}
    for name, instances in served.instances().items():
        obj = served.module.objects[name]
        if obj.access != "read-only":
            continue
        index, var = instances[0]
        letter = "x" if var.kind == "OCTET STRING" else LETTER[var.kind]
        if letter == "x" and not var.value:
            letter = "s"
        status = refused(served, obj, index, letter, as_text(var))
        if status != "notWritable":
            wrong[name] = status
    assert wrong == {}


def test_hidden_objects_refuse(served):
    for obj in served.module.objects.values():
        if obj.access in ("not-accessible", "accessible-for-notify"):
            index = (0,) if obj.row is None else (1,) * len(obj.row.index)
            letter = LETTER[WIRE[obj.syntax.base]]
            assert refused(served, obj, index, letter, "1") in (
                "notWritable", "noCreation", "noAccess"), obj.name


def writable(served):
    found = served.instances()
    return [(served.module.objects[name], *instances[0]) for name, instances in found.items()
            if served.module.objects[name].access == "read-write"]


def test_some_objects_are_writable(served):
    names = {obj.name for obj, _, _ in writable(served)}
    assert {"csSetSerial", "csClusterAdminState", "csNodeAdminState", "csVmAdminState",
            "csVmHold", "csVmHomeCluster", "csVmPriority", "csAlarmAcknowledge"} <= names


def test_wrong_type_is_refused(served):
    wrong = {}
    for obj, index, var in writable(served):
        tries = {"i": "1", "u": "1", "s": "1", "a": "127.0.0.1", "t": "1", "o": ".1.3"}
        tries.pop(LETTER[var.kind])
        for letter, value in tries.items():
            status = refused(served, obj, index, letter, value)
            if status != "wrongType":
                wrong[f"{obj.name} as {letter}"] = status
    assert wrong == {}


def test_wrong_length_is_refused(served):
    for obj, index, var in writable(served):
        if var.kind == "OCTET STRING":
            longest = max(high for _, high in obj.syntax.ranges)
            assert refused(served, obj, index, "s", "x" * (longest + 1)) == "wrongLength"


def outside(obj):
    """Values of the right type just outside of what the module allows."""
    if obj.syntax.enum:
        return [min(obj.syntax.enum.values()) - 1, max(obj.syntax.enum.values()) + 1,
                2147483647]
    if not obj.syntax.ranges:
        return []  # all of its type is allowed
    lowest, highest = (min(r[0] for r in obj.syntax.ranges),
                       max(r[1] for r in obj.syntax.ranges))
    if obj.syntax.base == "Integer32":
        return [lowest - 1, -2147483648]
    return [highest + 1, 2**32 - 1] + ([lowest - 1] if lowest > 0 else [])


def test_out_of_range_is_refused(served):
    wrong = {}
    for obj, index, var in writable(served):
        if var.kind == "OCTET STRING":
            continue
        for value in outside(obj):
            status = refused(served, obj, index, LETTER[var.kind], str(value))
            if status != "wrongValue":
                wrong[f"{obj.name} = {value}"] = status
    assert wrong == {}


def test_rows_that_are_not_there_refuse(served):
    for obj, index, var in writable(served):
        nowhere = (1,) if obj.row is None else (2147483000,) * len(obj.row.index)
        assert refused(served, obj, nowhere, LETTER[var.kind], as_text(var)) in (
            "noCreation", "inconsistentName"), obj.name


def test_objects_without_instances_refuse(served):
    """Where an engine is not configured a SET says so by an error, and harms nothing."""
    found = served.instances()
    for obj in served.module.objects.values():
        if obj.access not in ("read-write", "read-create") or obj.name in found:
            continue
        index = (0,) if obj.row is None else (1,) * len(obj.row.index)
        if obj.row is not None and obj.row.index[0] in ("csMoveOwner", "csPlacementOwner"):
            index = (1, 97, 1)
        letter = LETTER[WIRE[obj.syntax.base]]
        assert refused(served, obj, index, letter, "1") in (
            "noCreation", "notWritable", "inconsistentName", "inconsistentValue", "wrongValue",
            "resourceUnavailable"), obj.name


def test_writing_back_what_is_there_is_accepted(served):
    for obj, index, var in writable(served):
        if obj.syntax.name == "TestAndIncr":
            continue
        assert refused(served, obj, index, LETTER[var.kind], as_text(var)) == "noError", obj.name
        assert served.reader.get(served.oid(obj, index))[0].value == var.value, obj.name


@with_control
def test_test_and_incr(served):
    now = served.reader.value("csSetSerial.0")
    assert refused(served, served.module.objects["csSetSerial"], (0,), "i",
                   str((now + 5) % 2147483648)) == "inconsistentValue"
    served.writer.set(("csSetSerial.0", "i", now))
    assert served.reader.value("csSetSerial.0") == now + 1


@pytest.mark.parametrize("name, letter, value", [
    ("csClusterAdminState", "i", 2), ("csNodeAdminState", "i", 2), ("csVmHold", "i", 1),
    ("csVmPriority", "u", 999), ("csVmHomeCluster", "u", 0), ("csAlarmAcknowledge", "i", 1)])
def test_a_new_value_is_read_back_at_once(served, name, letter, value):
    obj = served.module.objects[name]
    index, var = served.instances()[name][0]
    served.writer.set((served.oid(obj, index), letter, value))
    assert served.reader.get(served.oid(obj, index))[0].value == value
    served.writer.set((served.oid(obj, index), letter, var.value))
    assert served.reader.get(served.oid(obj, index))[0].value == var.value


@pytest.mark.parametrize("name, letter, value, error", [
    ("csVmPriority", "u", "1001", "wrongValue"), ("csVmHold", "s", "yes", "wrongType"),
    ("csNodeAdminState", "i", "3", "wrongValue"), ("csVmName", "s", "other", "notWritable"),
    ("csVmHomeCluster", "u", "4294967295", "wrongValue")])
def test_a_refusal_tells_why(served, name, letter, value, error):
    obj = served.module.objects[name]
    index, _ = served.instances()[name][0]
    before = served.reader.value("csStatsSetsRefused.0")
    assert refused(served, obj, index, letter, value) == error
    newest = max(served.reader.table("csRefusalTable").items())[1]
    assert newest["csRefusalError"] == error
    assert newest["csRefusalInstance"] == served.root + obj.oid + index
    assert len(newest["csRefusalText"]) > 20
    assert served.reader.value("csStatsSetsRefused.0") == before + 1


@with_control
def test_control_refuses_what_only_it_can_know(served):
    """A cluster that does not exist: right in syntax and range, wrong all the same."""
    index, var = served.instances()["csVmHomeCluster"][0]
    home = served.module.objects["csVmHomeCluster"]
    assert refused(served, home, index, "u", "4711") == "wrongValue"
    assert served.reader.get(served.oid(home, index))[0].value == var.value
    newest = max(served.reader.table("csRefusalTable").items())[1]
    assert newest["csRefusalInstance"] == served.root + home.oid + index
    assert "4711" in newest["csRefusalText"]


def test_one_wrong_varbind_refuses_them_all(served):
    hold, priority = (served.module.objects[n] for n in ("csVmHold", "csVmPriority"))
    (index, var), before = served.instances()["csVmHold"][0], served.reader.value(
        "csStatsSetsAccepted.0")
    with pytest.raises(snmp.SnmpError) as caught:
        served.writer.set((served.oid(hold, index), "i", 3 - var.value),
                          (served.oid(priority, index), "u", 5000))
    assert caught.value.status == "wrongValue"
    assert served.reader.get(served.oid(hold, index))[0].value == var.value
    assert served.reader.value("csStatsSetsAccepted.0") == before
