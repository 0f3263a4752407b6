# SPDX-License-Identifier: Apache-2.0
"""csVmRelease: a cluster is dismantled while clustersetd is down, and the VM that ran in
it can be had again in another one, by an administrator's word."""
import pytest

from harness import clock, snmp, worlds

UP = 1


def alarms(lab):
    return {(r["csAlarmType"], r["csAlarmObjectName"]): r["csAlarmText"]
            for r in lab.manager.table("csAlarmTable").values()}


def events(lab, kind):
    return [r["csEventText"] for r in lab.manager.table("csEventTable").values()
            if r["csEventType"] == kind]


def refusal(lab, *varbinds):
    with pytest.raises(snmp.SnmpError) as caught:
        lab.operator.set(*varbinds)
    newest = max(lab.manager.table("csRefusalTable").items())[1]
    return caught.value.status, newest["csRefusalText"]


def disk(lab):
    return lab.manager.row("csDiskTable", csDiskName="lun-web1")[1]


def settings_without_east(lab, pair, force):
    """As who dismantles a cluster writes them: east is named nowhere any more."""
    vms = [pair.vm_settings(name, home="west") for name in pair.vms]
    for vm in vms:
        for part in [vm] + vm["disks"]:
            part["sites"] = [s for s in part["sites"] if s["cluster"] != "east"]
    return lab.settings([lab.cluster("west")], vms, moves={"force": force})


def restart_with(lab, settings):
    lab.daemon.stop()
    lab.daemon.write(settings)
    lab.daemon.start().polled()


def test_a_dismantled_cluster_is_released(whole):
    pair = worlds.Pair({"web1": "east1", "db1": "west1"})
    lab = whole(pair)
    vm = lab.manager.row("csVmTable", csVmName="web1")[0][0]
    east, west = (lab.manager.row("csClusterTable", csClusterName=c)[0][0]
                  for c in ("east", "west"))
    clock.wait_for(lambda: disk(lab)["csDiskOwnerClusterName"] == "east", "web1 to be adopted")
    assert lab.manager.value(f"csVmRelease.{vm}") == 0
    lab.daemon.stop()
    for server in pair.EAST:
        lab.sim.power_off("east", server)
    lab.daemon.write(settings_without_east(lab, pair, force=False))
    lab.daemon.start().polled()
    assert len(lab.manager.table("csClusterTable")) == 1
    assert lab.manager.value(f"csVmRelease.{vm}") == east
    standing = alarms(lab)
    for key in (("vmInDoubt", "web1"), ("diskInDoubt", "lun-web1")):
        assert f"set csVmRelease.{vm} to {east}" in standing[key]
    release = (f"csVmRelease.{vm}", "u", east)
    assert refusal(lab, release) == (
        "inconsistentValue",
        "vm web1: csVmRelease is switched off: moves.force in the configuration")

    restart_with(lab, settings_without_east(lab, pair, force=True))
    assert refusal(lab, (f"csVmTargetCluster.{vm}", "u", west))[0] == "inconsistentValue"
    assert refusal(lab, (f"csVmRelease.{vm}", "u", east + 7)) == (
        "wrongValue", f"vm web1: csVmRelease is {east} (cluster east), not {east + 7}: "
        "read it again")
    assert refusal(lab, (f"csVmRelease.{vm}", "u", west))[0] == "inconsistentValue"
    lab.operator.set((f"csVmRelease.{vm}", "u", 0))  # does nothing
    assert lab.manager.value(f"csVmRelease.{vm}") == east
    epoch = disk(lab)["csDiskEpoch"]
    lab.operator.set(release)
    assert lab.manager.value(f"csVmRelease.{vm}") == 0
    lab.operator.set(release)  # by a manager that missed the answer
    trap = lab.trapd.wait("csDiskOwnerChange", 15, csDiskOwnerClusterName="")
    assert "released by an operator" in trap.values()["csNotifyText"]
    assert disk(lab)["csDiskEpoch"] == epoch + 1
    assert len(events(lab, "siteReleased")) == 1
    assert sum("csVmRelease" in text for text in events(lab, "alarmCleared")) == 2
    assert not {key for key in alarms(lab) if key[0].endswith("InDoubt")}

    lab.daemon.kill()
    lab.daemon.start().polled()
    assert lab.manager.value(f"csVmRelease.{vm}") == 0
    assert not {key for key in alarms(lab) if key[0].endswith("InDoubt")}
    lab.operator.set((f"csVmAdminState.{vm}", "i", UP))
    clock.wait_for(lambda: lab.manager.value(f"csVmOperState.{vm}") == "running"
                   and disk(lab)["csDiskOwnerClusterName"] == "west",
                   "web1 to run in west", 30, seen=lab.logs)
