# SPDX-License-Identifier: Apache-2.0
"""What others do to VMs, with everything real: stops by hand, failures, second controllers."""
from harness import clock, worlds


class Home(worlds.Pair):
    """Two VMs whose groups ECX never starts by itself."""

    def __init__(self):
        super().__init__({"web1": "east1", "db1": "east2"})

    def vm_settings(self, vm, **more):
        entry = super().vm_settings(vm, **more)
        for site in entry["sites"]:
            site["auto-start"] = "manual"
        return entry


def vm(lab, name):
    rows = lab.manager.table("csVmTable").values()
    return next(row for row in rows if row["csVmName"] == name)


def vm_is(lab, name, seconds=30, **want):
    def reached():
        row = vm(lab, name)
        return all(row[column] == value for column, value in want.items())
    clock.wait_for(reached, f"{name} to be {want}", seconds, seen=lambda: vm(lab, name))


def alarms(lab, kind):
    rows = lab.manager.table("csAlarmTable")
    return {i: r["csAlarmText"] for i, r in rows.items() if r["csAlarmType"] == kind}


def do(lab, what, cluster, group, **more):
    """As in the Web UI; refused as long as something else goes on there."""
    clock.wait_for(lambda: lab.sim.do(what, cluster=cluster, group=group, **more),
                   f"{what} of {group} in {cluster}")


def test_a_stop_by_hand_is_respected(whole):
    lab = whole(Home())
    vm_is(lab, "web1", csVmOperState="running", csVmAdminState="up")
    do(lab, "group-stop", "east", "web1")
    trap = lab.trapd.wait("csForeignController", 30, csVmName="web1")
    assert "its intent becomes down" in trap.values()["csNotifyText"]
    vm_is(lab, "web1", csVmOperState="stopped", csVmAdminState="down")
    assert "somebody else stopped it" in vm(lab, "web1")["csVmStatusText"]
    assert vm(lab, "db1")["csVmAdminState"] == "up"
    assert alarms(lab, "vmFailed") == {} and alarms(lab, "foreignController") == {}
    do(lab, "group-start", "east", "web1", server="east2")
    vm_is(lab, "web1", csVmOperState="running", csVmAdminState="up")


def test_a_stop_by_hand_is_undone(whole):
    lab = whole(Home(), moves={"outside-stop": "restart"})
    vm_is(lab, "web1", csVmOperState="running", csVmAdminState="up")
    do(lab, "group-stop", "east", "web1")
    trap = lab.trapd.wait("csForeignController", 30, csVmName="web1")
    assert "it is started again" in trap.values()["csNotifyText"]
    ended = lab.trapd.wait("csMoveEnded", 30)
    assert ended.values()["csMoveState"] == "succeeded"
    vm_is(lab, "web1", csVmOperState="running", csVmAdminState="up",
          csVmClusterName="east")
    assert alarms(lab, "foreignController") == {}


def test_a_failure_is_no_wish(whole):
    lab = whole(Home())
    vm_is(lab, "web1", csVmOperState="running", csVmAdminState="up")
    lab.sim.power_off("east", "east1")
    lab.trapd.wait("csVmPlacementChange", 30, csVmName="web1", csVmNodeName="east2")
    lab.sim.power_off("east", "east2")
    vm_is(lab, "web1", csVmOperState="unknown")
    lab.sim.power_on("east", "east1")
    lab.sim.power_on("east", "east2")
    vm_is(lab, "web1", csVmOperState="stopped")
    clock.wait_for(lambda: len(alarms(lab, "vmFailed")) == 2, "both alarms", 30, seen=lab.logs)
    assert all("wanted up" in text for text in alarms(lab, "vmFailed").values())
    assert vm(lab, "web1")["csVmAdminState"] == "up"
    assert not [t for t in lab.trapd.traps() if t.name == "csForeignController"]


def test_another_controller_is_told_and_stopped_from_being_followed(whole):
    lab = whole(Home())
    vm_is(lab, "web1", csVmOperState="running")
    do(lab, "group-stop", "east", "web1")
    vm_is(lab, "web1", csVmOperState="stopped")
    do(lab, "group-start", "west", "web1", server="west1")
    trap = lab.trapd.wait("csForeignController", 30, csVmName="web1")
    assert "somebody else activated it in west" in trap.values()["csNotifyText"]
    vm_is(lab, "web1", csVmOperState="running", csVmClusterName="west", csVmHold="false")
    assert len(alarms(lab, "foreignController")) == 1
    # its disk was passed on by hand: that is settled before the next one
    lab.trapd.wait("csDiskOwnerChange", 30, csDiskOwnerClusterName="west")
    do(lab, "group-stop", "west", "web1")
    vm_is(lab, "web1", csVmOperState="stopped")
    do(lab, "group-start", "east", "web1", server="east1")
    vm_is(lab, "web1", csVmOperState="running", csVmClusterName="east", csVmHold="true")
    (index, text), = alarms(lab, "foreignController").items()
    assert "2 times by now" in text
    # somebody looked into it
    row = ".".join(map(str, index))
    lab.operator.set((f"csAlarmAcknowledge.{row}", "i", 1))
    lab.operator.set((f"csVmHold.{lab.manager.value('csVmNameIndex.4.119.101.98.49')}", "i", 2))
    clock.wait_for(lambda: alarms(lab, "foreignController") == {}, "the alarm to end", 30,
                   seen=lab.logs)
