# SPDX-License-Identifier: Apache-2.0
"""A state file that cannot be written: nothing is promised, nothing is lost, watching goes
on. The daemon's own limit on the size of files stands for a full disk (EFBIG)."""
import resource

import pytest

from harness import clock, snmp


def until(lab, what, condition, seconds=20):
    return clock.wait_for(condition, what, seconds, seen=lab.logs)


def limit(lab, size):
    resource.prlimit(lab.daemon.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def alarms(lab, kind):
    return [r for r in lab.manager.table("csAlarmTable").values() if r["csAlarmType"] == kind]


def vm(lab, name):
    return lab.manager.row("csVmTable", csVmName=name)[1]


def test_full_disk(whole):
    lab = whole()
    until(lab, "all disks to be owned", lambda: all(
        r["csDiskOperState"] == "owned" for r in lab.manager.table("csDiskTable").values()))
    web1 = lab.manager.row("csVmTable", csVmName="web1")[0][0]
    limit(lab, 4096)

    # the first SET that meets it is refused, and so is every later one, with words
    with pytest.raises(snmp.SnmpError) as first:
        lab.operator.set((f"csVmHold.{web1}", "i", "true"))
    assert first.value.status in ("commitFailed", "resourceUnavailable"), first.value
    until(lab, "the alarm", lambda: alarms(lab, "storeFailed"))
    with pytest.raises(snmp.SnmpError) as second:
        lab.operator.set((f"csVmHold.{web1}", "i", "true"))
    assert second.value.status == "resourceUnavailable", second.value
    assert any("state file" in r["csRefusalText"]
               for r in lab.manager.table("csRefusalTable").values())
    assert vm(lab, "web1")["csVmHold"] == "false", "what was refused is not there"

    # the alarm leaves from memory, and watching goes on
    trap = lab.trapd.wait("csAlarmRaised", 20, csAlarmType="storeFailed")
    assert "cannot be written" in trap.values()["csNotifyText"]
    lab.sim.power_off("east", "east1")
    until(lab, "the failover to be seen", lambda: vm(lab, "web1")["csVmNodeName"] == "east2")
    lab.trapd.wait("csVmPlacementChange", 20, csVmName="web1")

    # room again: the alarm clears by itself, SETs are taken, and all of it is on disk
    limit(lab, resource.RLIM_INFINITY)
    until(lab, "the alarm to clear", lambda: not alarms(lab, "storeFailed"), 30)
    lab.operator.set((f"csVmHold.{web1}", "i", "true"))
    events = {i[0]: r["csEventText"] for i, r in lab.manager.table("csEventTable").items()}
    lab.daemon.kill()
    lab.daemon.start()
    lab.daemon.serving()
    until(lab, "the VMs", lambda: len(lab.manager.table("csVmTable")) == 6)
    assert vm(lab, "web1")["csVmHold"] == "true"
    after = {i[0]: r["csEventText"] for i, r in lab.manager.table("csEventTable").items()}
    kept = {number: text for number, text in after.items() if number in events}
    assert kept == events, "no event of the bad time was lost, none has another number"


def test_no_number_is_told_twice(whole):
    """kill -9 while the file cannot be written: the numbers that notifications carried
    from memory are not given to anything else, and the hole is named."""
    lab = whole()
    until(lab, "all disks to be owned", lambda: all(
        r["csDiskOperState"] == "owned" for r in lab.manager.table("csDiskTable").values()))
    limit(lab, 4096)
    lab.sim.power_off("east", "east1")
    lab.trapd.wait("csVmPlacementChange", 20, csVmName="web1")
    until(lab, "the alarm", lambda: alarms(lab, "storeFailed"))
    lab.trapd.wait("csAlarmRaised", 20, csAlarmType="storeFailed")
    newest = lab.manager.value("csEventNewest.0")
    lab.daemon.kill()
    lab.daemon.start()
    lab.daemon.polled()
    lab.sim.power_on("east", "east1")
    lab.trapd.wait("csNodeStateChange", 30, csNodeName="east1", csNodeOperState="online")
    told = {}
    for trap in lab.trapd.traps():
        values = trap.values()
        number = values.get("csNotifySequence")
        if number is not None:
            told.setdefault(number, set()).add((trap.name, values["csNotifyText"]))
    assert {n: what for n, what in told.items() if len(what) > 1} == {}
    started = [r["csEventText"] for i, r in lab.manager.table("csEventTable").items()
               if i[0] > newest and r["csEventType"] == "daemonStarted"]
    assert len(started) == 1 and f"to {newest} of the last run" in started[0], started
    assert not alarms(lab, "storeFailed"), "the new process can write"
