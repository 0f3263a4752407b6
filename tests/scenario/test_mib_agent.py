# SPDX-License-Identifier: Apache-2.0
"""Reading CLUSTER-SET-MIB from a running agent, object by object.

The module (as smidump reads it) is compared with what comes through a real snmpd: syntax,
range, order, completeness. How it refuses a wrong SET is in test_mib_sets.py.
"""
import random

import pytest

import mibfile
from harness import clock, snmp
from mibserved import index_problem, needs_smidump, served, value_problem, with_control

pytestmark = needs_smidump
assert served  # the fixture

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
    "csNodeCpuLoad", "csNodeMemoryTotal", "csNodeMemoryUsed", "csNodeLoadAge", "csNodeCpuMean",
    "csNodeMemoryMean", "csVmCpuLoad", "csVmCpuMean", "csVmLoadAge",
    # no move and no reload yet, no replicas, no hooks; nothing acknowledged
    "csSetReloadTime",
    "csVmLastMove", "csVmSince", "csDiskSiteRole", "csDiskSiteReplicationHealth",
    "csDiskSiteReplicationText", "csAlarmAcknowledgedAt", "csStatsHookRuns",
    "csStatsHookFailures", "csStatsHookTimeouts", "csEventClusterName", "csEventVmName",
}


def test_the_judge_is_strict():
    """value_problem() and index_problem() see what they are for."""
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


def odd_oids(served, walked, count):
    """Names around, between and far from instances; also such as nobody would ask for."""
    rng = random.Random(29009)
    odd = (0, 1, 2, 96, 97, 127, 128, 255, 65536, 2147483647, 2147483648, 4294967295)
    for _ in range(count):
        start = rng.choice(walked)
        below = len(served.root)
        kept = start[:rng.randrange(below, len(start) + 1)]
        tail = tuple(rng.choice(odd) for _ in range(rng.choice((0, 1, 1, 2, 3, 8, 60))))
        if rng.random() < 0.3 and len(kept) > below and kept[-1] > 0:
            kept = kept[:-1] + (kept[-1] - 1,)
        yield (kept + tail)[:128]


def test_walks_from_anywhere(served):
    """GETNEXT of any name finds the first instance behind it."""
    moving = ("csEventTable", "csAlarmTable", "csRefusalTable")
    walked = [v.oid for v in served.steady_walk()]
    oids = list(odd_oids(served, walked, 400))
    for start in range(0, len(oids), 10):
        part = oids[start:start + 10]
        got = served.reader.getnext(*("." + ".".join(map(str, o)) for o in part))
        assert len(got) == len(part)
        for asked, var in zip(part, got):
            wanted = next((o for o in walked if o > asked), None)
            if wanted is None:
                assert var.absent or var.oid[:len(served.root)] != served.root, asked
                continue
            obj = served.split(wanted)[0]
            if obj.row is None or obj.row.table not in moving:
                assert var.oid == wanted, (asked, var, wanted)


def test_gets_of_odd_names_are_answered(served):
    """GET of what is no instance is an absence, never an error or a silence."""
    walked = [v.oid for v in served.steady_walk()]
    known = set(walked)
    oids = [o for o in odd_oids(served, walked, 200) if o not in known]
    for start in range(0, len(oids), 10):
        part = oids[start:start + 10]
        for asked, var in zip(part, served.reader.get(*("." + ".".join(map(str, o))
                                                        for o in part))):
            assert var.absent and var.oid == asked


def test_hidden_objects_are_not_served(served):
    rows = {r.table: {served.split(v.oid)[1] for v in served.reader.walk(served.oid(
        mibfile.Object("", r.oid, None, "")))} for r in served.module.rows}
    hidden = []
    for obj in served.module.objects.values():
        if obj.access == "not-accessible":
            hidden.append(served.oid(obj, min(rows[obj.row.table], default=(1,))))
        elif obj.access == "accessible-for-notify":
            hidden.append(served.oid(obj, (0,)))
    assert len(hidden) > 25
    assert [v for start in range(0, len(hidden), 20)
            for v in served.reader.get(*hidden[start:start + 20]) if not v.absent] == []


def test_what_is_not_known_is_no_such_instance(served):
    """An object of the module without instances is noSuchInstance, not noSuchObject."""
    found = served.instances()
    silent = [o for o in served.module.objects.values() if o.name not in found
              and o.access in ("read-only", "read-write", "read-create")]
    assert silent
    for start in range(0, len(silent), 20):
        part = silent[start:start + 20]
        answers = served.reader.get(*(served.oid(
            o, (0,) if o.row is None else (1,) * len(o.row.index)) for o in part))
        for obj, var in zip(part, answers, strict=True):
            assert var.kind == "noSuchInstance", (obj.name, var)


# --- what only control can know, last so that its lab is started once ----------------------
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
        name = vm["csVmName"].encode()
        by_name = (len(name), *name)
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


@with_control
def test_what_nobody_told_is_not_there(served):
    """Not known is noSuchInstance, not an empty text or a made-up figure."""
    vms = {r["csVmName"]: r for r in served.reader.table("csVmTable").values()}
    assert vms["web1"]["csVmUuid"].startswith("6f0a3c52") and vms["web1"]["csVmMemory"] == 2048
    for column in ("csVmUuid", "csVmMemory", "csVmCpuLoad", "csVmLastMove"):
        assert column not in vms["db1"]
    for disk in served.reader.table("csDiskSiteTable").values():
        assert disk["csDiskSiteRole"] == "none"
        assert not {"csDiskSiteReplicationHealth", "csDiskSiteReplicationText"} & set(disk)
    for node in served.reader.table("csNodeTable").values():
        assert node["csNodeLoadSource"] == "none"
        assert not {"csNodeCpuLoad", "csNodeMemoryUsed", "csNodeLoadAge"} & set(node)


@with_control
def test_events_name_what_they_are_about(served):
    seen = set()
    for event in served.reader.table("csEventTable").values():
        column = {"cluster": "csEventClusterName", "vm": "csEventVmName"}.get(
            event["csEventObjectKind"])
        if column:
            assert event[column] == event["csEventObjectName"], event
            seen.add(column)
    assert len(seen) == 2
