# SPDX-License-Identifier: Apache-2.0
"""Every notification of a stormy story against CLUSTER-SET-MIB, variable by variable.

Which notification comes when is for the scenarios of the main job; here each one that came
is held to the module and to the event it stands for.
"""
import pytest

import mibfile
from harness import clock, worlds
from mibserved import Served, index_problem, needs_smidump, value_problem

pytestmark = needs_smidump
# what this story must bring about
STORY = {"csClusterStateChange", "csNodeStateChange", "csVmStateChange", "csVmPlacementChange",
         "csDiskConflict", "csAlarmRaised", "csAlarmCleared", "csAvailSetViolation"}


class Front(worlds.Pair):
    """web1 and web2, on different nodes at first, should stay so."""

    SETS = [{"name": "front", "spread": "node", "enforcement": "soft"}]

    def vm_settings(self, vm, **more):
        if vm in ("web1", "web2"):
            more["availability-set"] = "front"
        return super().vm_settings(vm, **more)


def story(lab):
    """A node fails and returns, a cluster is away and returns, a VM runs twice."""
    def cluster_is(name, state):
        def reached():
            rows = lab.manager.table("csClusterTable").values()
            return {r["csClusterName"]: r["csClusterOperState"] for r in rows}[name] == state
        clock.wait_for(reached, f"cluster {name} to be {state}", 30, seen=lab.logs)

    lab.sim.power_off("east", "east1")
    lab.trapd.wait("csVmPlacementChange", 30, csVmName="web1", csVmNodeName="east2")
    lab.trapd.wait("csAvailSetViolation", csAvailSetViolations=1)
    lab.sim.power_on("east", "east1")
    lab.trapd.wait("csAlarmCleared", 30, csAlarmType="serverDown")
    lab.sim.fault("refuse", cluster="west")
    cluster_is("west", "unreachable")
    lab.sim.clear()
    cluster_is("west", "normal")
    lab.sim.do("group-start", cluster="west", group="web1", server="west1")
    lab.trapd.wait("csDiskConflict", 30)
    # refused as long as the start is not over
    clock.wait_for(lambda: lab.sim.do("group-stop", cluster="west", group="web1"),
                   "the second web1 to stop")
    lab.trapd.wait("csAlarmCleared", 30, csAlarmType="vmConflict")


def test_a_move_is_told_as_it_was(whole, module):
    """csMoveStarted, csDiskOwnerChange and csMoveEnded carry what the row then said."""
    lab = whole()
    vm, row = lab.manager.row("csVmTable", csVmName="web1")
    there, other = next((i[0], r["csClusterName"])
                        for i, r in lab.manager.table("csClusterTable").items()
                        if i[0] != row["csVmCluster"])
    key = ".".join(str(n) for n in (2, *b"op", 9))
    lab.manager.as_community("private").set(
        (f"csMoveVm.{key}", "u", vm[0]), (f"csMoveTargetCluster.{key}", "u", there),
        (f"csMoveReason.{key}", "s", "to make room"), (f"csMoveRowStatus.{key}", "i", 4))
    about = {"csMoveVmName": "web1", "csMoveSourceName": row["csVmClusterName"],
             "csMoveTargetName": other, "csMoveReason": "to make room",
             "csNotifyObjectName": "op/9"}
    lab.trapd.wait("csMoveStarted", 30, csMoveState="running", **about)
    lab.trapd.wait("csDiskOwnerChange", 30, csDiskOwnerClusterName="",
                   csNotifyOldClusterName=row["csVmClusterName"], csDiskVmName="web1")
    lab.trapd.wait("csDiskOwnerChange", 30, csDiskOwnerClusterName=other)
    ended = lab.trapd.wait("csMoveEnded", 60, csMoveState="succeeded", csMoveError="",
                           **about)
    assert {v.oid[-len((2, *b"op", 9)):] for v in ended.vars[2:]
            if Served(lab, module).split(v.oid)[0].name.startswith("csMove")} == {
                (2, *b"op", 9)}
    served = Served(lab, module)
    traps = [t for t in lab.trapd.traps() if t.oid[:len(served.root)] == served.root]
    assert [p for t in traps for p in problems_of(served, module, t)] == []
    assert [p for t in traps for p in event_problems(lab, t)] == []


@pytest.fixture(scope="module")
def module():
    return mibfile.load()


def problems_of(served, module, trap):
    """What is wrong with one notification, in words."""
    below = trap.oid[len(served.root):]
    name = next((n for n, (oid, _) in module.notifications.items() if oid == below), None)
    if trap.oid[:len(served.root)] != served.root or name is None:
        return [f"{trap.oid} is no notification of the module"]
    wanted = module.notifications[name][1]
    got, found = [], []
    for var in trap.vars[2:]:
        obj, index = served.split(var.oid)
        if obj is None:
            found.append(f"{name}: {var!r} is no object")
            continue
        got.append(obj.name)
        for problem in (value_problem(obj, var), index_problem(module, obj, index)):
            if problem:
                found.append(f"{name}: {obj.name}{list(index)}: {problem}")
    if got != wanted:
        found.append(f"{name} has {got}, not {wanted}")
    # the columns of one row, or of none
    by_row = {}
    for var in trap.vars[2:]:
        obj, index = served.split(var.oid)
        if obj is not None and obj.row is not None:
            by_row.setdefault(obj.row.table, set()).add(index)
    found += [f"{name}: {table} with {sorted(indexes)}" for table, indexes in by_row.items()
              if len(indexes) > 1]
    return found


def event_problems(lab, trap):
    """What a notification says other than its event; nothing when all is the same."""
    values = trap.values()
    event = lab.manager.table("csEventTable").get((values["csNotifySequence"],))
    if event is None:
        return [f"{trap!r} has no event"]
    said = {"csEventType": trap.name[2].lower() + trap.name[3:],
            "csEventSeverity": values["csNotifySeverity"],
            "csEventObjectName": values["csNotifyObjectName"],
            "csEventText": values["csNotifyText"]}
    return [f"{trap.name} {values['csNotifySequence']}: {column} is {event[column]!r}, "
            f"not {value!r}" for column, value in said.items() if event[column] != value]


def test_every_notification_is_as_the_module_says(whole, module):
    lab = whole(Front(), **{"availability-sets": Front.SETS})
    story(lab)
    served = Served(lab, module)
    traps = [t for t in lab.trapd.traps() if t.oid[:len(served.root)] == served.root]
    assert [p for t in traps for p in problems_of(served, module, t)] == []
    assert [p for t in traps for p in event_problems(lab, t)] == []
    assert sorted(STORY - {t.name for t in traps}) == []
