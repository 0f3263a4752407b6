# SPDX-License-Identifier: Apache-2.0
"""Moves as CLUSTER-SET-MIB has them: what a SET of csMoveTable and its like is answered.

How a move goes is for the scenarios of moving; here the objects, their values and the
errors of wrong SETs are held to the module.
"""
import itertools

import pytest

from harness import clock, snmp
from mibserved import index_problem, needs_smidump, served, value_problem, with_control

pytestmark = [needs_smidump, with_control]
assert served  # the fixture

CREATE, DESTROY = 4, 6
fresh = itertools.count(1000)


def names(served, table, column):
    return {row[column]: index for index, row in served.reader.table(table).items()}


@pytest.fixture
def web1(served):
    """csVmIndex of web1, csClusterIndex of where it is and of where it is not."""
    vm = names(served, "csVmTable", "csVmName")["web1"][0]
    clusters = names(served, "csClusterTable", "csClusterName")
    here = served.reader.value(f"csVmCluster.{vm}")
    there = next(i[0] for i in clusters.values() if i[0] != here)
    return vm, here, there


def row(owner, index, **columns):
    """The varbinds of a row of csMoveTable, by the end of the columns' names."""
    key = ".".join(str(n) for n in (len(owner.encode()), *owner.encode(), index))
    letters = {"Vm": "u", "TargetCluster": "u", "TargetNode": "u", "Reason": "s"}
    return [(f"csMove{name}.{key}", letters.get(name, "i"), value)
            for name, value in columns.items()]


def answer(served, *varbinds):
    try:
        served.writer.set(*varbinds)
    except snmp.SnmpError as error:
        return error.status
    return "noError"


def newest_refusal(served):
    return max(served.reader.table("csRefusalTable").items())[1]["csRefusalText"]


def moves(served):
    return served.reader.table("csMoveTable")


def key(owner, index):
    return (len(owner), *owner.encode(), index)


# --- what is refused -----------------------------------------------------------------------
@pytest.mark.parametrize("columns, status, words", [
    ({"Vm": 1, "TargetCluster": 1}, "inconsistentName", "csMoveRowStatus"),
    ({"RowStatus": CREATE}, "inconsistentValue", "csMoveVm"),
    ({"RowStatus": CREATE, "Vm": 1}, "inconsistentValue", "csMoveTargetCluster"),
    ({"RowStatus": CREATE, "TargetCluster": 1}, "inconsistentValue", "csMoveVm"),
    ({"RowStatus": 5, "Vm": 1, "TargetCluster": 1}, "wrongValue", "createAndGo"),
    ({"RowStatus": 1, "Vm": 1, "TargetCluster": 1}, "wrongValue", "createAndGo"),
    ({"RowStatus": CREATE, "Vm": 4711, "TargetCluster": 1}, "wrongValue", "4711"),
    ({"RowStatus": CREATE, "Vm": 1, "TargetCluster": 4711}, "wrongValue", "4711"),
    ({"RowStatus": CREATE, "Vm": 1, "TargetCluster": 1, "Mode": 4}, "wrongValue", "planned"),
    ({"RowStatus": CREATE, "Vm": 1, "TargetCluster": 1, "StorageType": 2}, "wrongValue",
     "nonVolatile"),
    ({"RowStatus": CREATE, "Vm": 1, "TargetCluster": 1, "Reason": "two\nlines"},
     "wrongValue", "one line"),
    ({"RowStatus": CREATE, "Vm": 1, "TargetCluster": 1, "Control": 2}, "inconsistentValue",
     "no move yet"),
    ({"Control": 2}, "inconsistentName", "no move op/"),
    ({"Force": 1}, "inconsistentName", "no move op/"),
])
def test_wrong_rows_are_refused(served, columns, status, words):
    before = moves(served)
    assert answer(served, *row("op", next(fresh), **columns)) == status
    assert words in newest_refusal(served)
    assert moves(served) == before


@pytest.mark.parametrize("owner, status", [
    ("set", "inconsistentName"), ("policy", "inconsistentName"), ("hook", "inconsistentName"),
    ("x" * 33, "noCreation"), ("a\nb", "noCreation")])
def test_wrong_owners_are_refused(served, web1, owner, status):
    vm, _, there = web1
    assert answer(served, *row(owner, next(fresh), Vm=vm, TargetCluster=there,
                               RowStatus=CREATE)) == status


def test_what_was_never_there_may_be_destroyed(served):
    assert answer(served, *row("op", next(fresh), RowStatus=DESTROY)) == "noError"


def test_targets_are_checked(served, web1):
    vm, here, there = web1
    before = moves(served)
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", 4711)) == "wrongValue"
    assert "4711" in newest_refusal(served)
    assert answer(served, (f"csVmTargetNode.{vm}", "u", 4711)) == "wrongValue"
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", 0)) == "noError"
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", here)) == "noError"  # it is there
    # all or nothing
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", there),
                  ("csVmTargetCluster.4711", "u", there)) == "noCreation"
    other = next(i[0] for n, i in names(served, "csVmTable", "csVmName").items()
                 if n == "db1")
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", there),
                  (f"csVmTargetCluster.{other}", "u", 4711)) == "wrongValue"
    assert moves(served) == before
    assert served.reader.value(f"csVmTargetCluster.{vm}") == 0
    assert served.reader.value(f"csVmTargetClusterName.{vm}") == ""


def test_nothing_is_to_be_adopted(served):
    assert served.reader.value("csSetAdopt.0") == 0
    assert answer(served, ("csSetAdopt.0", "u", 0)) == "noError"
    assert answer(served, ("csSetAdopt.0", "u", 5)) == "wrongValue"


# --- a dry run: a row without commands --------------------------------------------------------
def dry_run(served, web1, owner="op", **more):
    vm, _, there = web1
    index = next(fresh)
    varbinds = row(owner, index, Vm=vm, TargetCluster=there, Mode=2, RowStatus=CREATE, **more)
    return index, varbinds


def test_any_order_and_every_column(served, web1):
    index, varbinds = dry_run(served, web1, Reason="b\u00fcro", TargetNode=0, Force=2,
                              StorageType=3, Control=1)
    for turn in range(len(varbinds)):
        assert answer(served, *[(name.rsplit(".", 1)[0] + f".{index + 100 * turn}", kind, value)
                                for name, kind, value in
                                varbinds[turn:] + varbinds[:turn]]) == "noError"
    found = moves(served)
    for turn in range(len(varbinds)):
        made = found[key("op", index + 100 * turn)]
        assert made["csMoveReason"] == "b\u00fcro"
        assert made["csMoveVmName"] == "web1"


def test_a_row_reads_as_the_module_says(served, web1):
    vm, here, there = web1
    index, varbinds = dry_run(served, web1, Reason="to make room")
    assert answer(served, *varbinds) == "noError"
    made = clock.wait_for(lambda: moves(served).get(key("op", index)), "the row")
    assert made["csMoveVm"] == vm and made["csMoveTargetCluster"] == there
    assert made["csMoveSourceCluster"] == here
    assert made["csMoveState"] in ("succeeded", "failed")
    assert made["csMoveMode"] == "dryRun" and made["csMoveControl"] == "none"
    assert made["csMoveRowStatus"] == "active"
    assert made["csMoveStorageType"] == "nonVolatile"
    problems = []
    for var in served.reader.walk(served.oid(served.module.objects["csMoveVm"])[:-2]):
        obj, at = served.split(var.oid)
        problems += [p for p in (value_problem(obj, var),
                                 index_problem(served.module, obj, at)) if p]
    assert problems == []


def test_the_same_row_twice_is_one(served, web1):
    index, varbinds = dry_run(served, web1)
    assert answer(served, *varbinds) == "noError"
    before = moves(served)
    assert answer(served, *varbinds) == "inconsistentValue"
    assert moves(served).keys() == before.keys()
    assert answer(served, *row("op", index, Vm=1)) == "inconsistentValue"
    assert answer(served, *row("op", index, Control=2)) == "inconsistentValue"  # it has ended
    assert answer(served, *row("op", index, RowStatus=DESTROY)) == "noError"
    assert key("op", index) not in moves(served)
    assert answer(served, *varbinds) == "inconsistentName"  # the pair was used


def test_index_next_changes_only_when_used(served, web1):
    first = served.reader.value("csMoveIndexNext.0")
    assert served.reader.value("csMoveIndexNext.0") == first
    vm, _, there = web1
    assert answer(served, *row("op", first, Vm=vm, TargetCluster=there, Mode=2,
                               RowStatus=CREATE)) == "noError"
    assert served.reader.value("csMoveIndexNext.0") != first


# --- a move ------------------------------------------------------------------------------------
def test_a_move_by_one_set(served, web1):
    """Every column of its row, the counters, and no second move by the same SET."""
    vm, here, there = web1
    started = served.reader.value("csStatsMovesStarted.0")
    done = served.reader.value("csStatsMovesSucceeded.0")
    before = set(moves(served))
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", there)) == "noError"
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", there)) == "noError"
    made = [i for i in moves(served) if i not in before]
    assert len(made) == 1 and made[0][:4] == key("set", 0)[:4]

    def ended():
        found = moves(served)[made[0]]
        return found if found["csMoveState"] in (
            "succeeded", "failed", "cancelled", "rolledBack", "inDoubt") else None
    found = clock.wait_for(ended, "the move to end", 60, seen=served.lab.logs)
    assert found["csMoveState"] == "succeeded", found
    assert found["csMoveProgress"] == 100 and found["csMoveError"] == ""
    assert found["csMoveSourceCluster"] == here and found["csMoveTargetCluster"] == there
    assert abs(found["csMoveDowntimeMs"] - 1000 * found["csMoveDowntime"]) < 1000
    assert found["csMoveDowntimeMs"] > 0
    assert served.reader.value(f"csVmCluster.{vm}") == there
    assert served.reader.value(f"csVmTargetCluster.{vm}") == 0
    assert answer(served, (f"csVmTargetCluster.{vm}", "u", there)) == "noError"
    assert [i for i in moves(served) if i not in before] == made
    assert served.reader.value("csStatsMovesStarted.0") == started + 1
    assert served.reader.value("csStatsMovesSucceeded.0") == done + 1
    problems = []
    for var in served.walk():
        obj, index = served.split(var.oid)
        if obj is not None and obj.name.startswith("csMove"):
            problems += [p for p in (value_problem(obj, var),
                                     index_problem(served.module, obj, index)) if p]
    assert problems == []


def test_every_column_was_seen(served):
    """After all that, csMoveTable has shown each of its columns."""
    table = next(r for r in served.module.rows if r.table == "csMoveTable")
    shown = set().union(*(r.keys() for r in moves(served).values()))
    hidden = {c.name for c in table.columns if c.access == "not-accessible"}
    assert {c.name for c in table.columns} - shown - hidden == set()
