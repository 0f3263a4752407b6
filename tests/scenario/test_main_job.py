# SPDX-License-Identifier: Apache-2.0
"""The main job: simulated ECX clusters in, SNMP out, as a real snmpd and snmptrapd see it."""
import pytest

from harness import clock, worlds


def vm(lab, name):
    return lab.manager.row("csVmTable", csVmName=name)[1]


def disk(lab, name):
    return lab.manager.row("csDiskTable", csDiskName=name)[1]


def node(lab, name):
    return lab.manager.row("csNodeTable", csNodeName=name)[1]


def cluster(lab, name):
    return lab.manager.row("csClusterTable", csClusterName=name)[1]


def until(lab, what, condition, seconds=20):
    return clock.wait_for(condition, what, seconds, seen=lab.logs)


def vm_until(lab, name, seconds=20, **columns):
    def reached():
        row = vm(lab, name)
        return row if all(row.get(c) == v for c, v in columns.items()) else None
    return clock.wait_for(reached, f"VM {name} to be {columns}", seconds,
                          seen=lambda: f"{vm(lab, name)}\n{lab.logs()}")


def alarms(lab, **match):
    return [r for r in lab.manager.table("csAlarmTable").values()
            if all(r.get(c) == v for c, v in match.items())]


def test_placement_and_ownership_are_seen(whole):
    lab = whole()
    pair = lab.pair
    for name, server in pair.vms.items():
        row = vm_until(lab, name, csVmOperState="running")
        assert row["csVmClusterName"] == pair.home(name)
        assert row["csVmNodeName"] == server
        assert row["csVmKind"] == "sharedDisk"
        assert row["csVmAdminState"] == "up", "adopted in the state it was seen in"
        assert row["csVmHold"] == "false"
        until(lab, f"the disk of {name} to be owned",
              lambda name=name: disk(lab, f"lun-{name}")["csDiskOperState"] == "owned")
        row = disk(lab, f"lun-{name}")
        assert row["csDiskOwnerClusterName"] == pair.home(name)
        assert row["csDiskOwnerNodeName"] == server
        assert row["csDiskVmName"] == name
        assert row["csDiskEpoch"] == 1
    assert lab.manager.value("csSetVmCount.0") == len(pair.vms)
    assert lab.manager.value("csSetDiskCount.0") == len(pair.vms)
    assert lab.manager.value("csSetClusterCount.0") == 2
    assert lab.manager.value("csSetNodeCount.0") == 4
    east = cluster(lab, "east")
    assert east["csClusterOperState"] == "normal"
    assert (east["csClusterNodes"], east["csClusterNodesOnline"]) == (2, 2)
    assert east["csClusterVmsRunning"] == 3
    assert east["csClusterPollAge"] <= 3
    assert node(lab, "east1")["csNodeVmsRunning"] == 2


def test_a_vm_is_found_by_its_name(whole):
    lab = whole()
    for index, row in lab.manager.table("csVmTable").items():
        instance = lab.mib.oid("csVmNameIndex") + lab.mib.name_index(row["csVmName"])
        (answer,) = lab.manager.get("." + ".".join(map(str, instance)))
        assert (answer.value,) == index


def test_sites_tell_both_sides(whole):
    lab = whole()
    web1 = lab.manager.row("csVmTable", csVmName="web1")[0]
    sites = {r["csVmSiteClusterName"]: r
             for i, r in lab.manager.table("csVmSiteTable").items() if i[:1] == web1}
    assert sites["east"]["csVmSiteOperState"] == "online"
    assert sites["east"]["csVmSiteNodeName"] == "east1"
    assert sites["west"]["csVmSiteOperState"] == "offline"

    # calm rounds do not ask every server, and the evidence says so
    assert sites["west"]["csVmSiteEvidenceText"]
    assert sites["east"]["csVmSiteEvidence"] == "none"
    assert sites["east"]["csVmSitePreference"] == 0 < sites["west"]["csVmSitePreference"]


def test_failover_inside_a_cluster(whole):
    """Power of one node goes: node, VMs, disks, events and traps all tell."""
    lab = whole()
    for name in ("web1", "db1"):
        until(lab, "ownership", lambda n=name: disk(lab, f"lun-{n}")["csDiskOperState"] == "owned")
    seen = len(lab.trapd.traps())
    lab.sim.power_off("east", "east1")
    until(lab, "east1 to be offline", lambda: node(lab, "east1")["csNodeOperState"] == "offline")
    for name in ("web1", "db1"):
        row = vm_until(lab, name, csVmOperState="running", csVmNodeName="east2")
        assert row["csVmClusterName"] == "east"
        until(lab, "the disk to follow",
              lambda n=name: disk(lab, f"lun-{n}")["csDiskOwnerNodeName"] == "east2")
        row = disk(lab, f"lun-{name}")
        assert (row["csDiskOwnerClusterName"], row["csDiskEpoch"]) == ("east", 1), (
            "a failover inside a cluster changes no owner")
    assert vm(lab, "web2")["csVmNodeName"] == "east2"
    assert vm(lab, "mail")["csVmNodeName"] == "west1"

    down = lab.trapd.wait("csNodeStateChange", after=seen, csNodeOperState="offline",
                          csNodeName="east1")
    assert down.values()["csNotifySeverity"] == "critical"
    moved = lab.trapd.wait("csVmPlacementChange", after=seen, csVmName="web1",
                           csVmNodeName="east2", csVmOperState="running")
    values = moved.values()
    assert (values["csNotifyOldClusterName"], values["csNotifyOldNodeName"]) == ("east", "east1")
    # the state varbind is the row's own column instance, so an NMS can match per VM
    web1 = lab.manager.row("csVmTable", csVmName="web1")[0]
    assert lab.mib.oid("csVmOperState") + web1 in [v.oid for v in moved.vars]
    event = lab.manager.table("csEventTable")[(values["csNotifySequence"],)]
    assert event["csEventType"] == "vmPlacementChange"
    assert event["csEventText"] == values["csNotifyText"]
    assert alarms(lab, csAlarmType="serverDown", csAlarmObjectName="east/east1")

    lab.sim.power_on("east", "east1")
    until(lab, "east1 to be back", lambda: node(lab, "east1")["csNodeOperState"] == "online")
    lab.trapd.wait("csAlarmCleared", after=seen, csAlarmType="serverDown")
    assert not alarms(lab, csAlarmType="serverDown")


def test_notifications_of_a_type_have_the_same_variables(whole):
    lab = whole()
    lab.sim.power_off("east", "east1")
    vm_until(lab, "web1", csVmOperState="running", csVmNodeName="east2")
    lab.trapd.wait("csVmPlacementChange", csVmName="db1")
    numbers = []
    for trap in lab.trapd.traps():
        if trap.oid[: len(lab.mib.root)] != lab.mib.root:
            continue
        names = tuple(lab.mib.find(v.oid)[0].name for v in trap.vars[2:])
        assert names == lab.mib[trap.name].objects, trap
        numbers.append(trap.values()["csNotifySequence"])
    assert numbers == sorted(set(numbers)), "each notification once and in order"


def test_a_stop_from_outside(whole):
    lab = whole()
    seen = len(lab.trapd.traps())
    lab.sim.do("group-stop", cluster="west", group="mail")
    row = vm_until(lab, "mail", csVmOperState="stopped")
    assert row["csVmAdminState"] == "up", "somebody's stop changes no intent"
    assert row["csVmNodeName"] == ""
    lab.trapd.wait("csVmStateChange", after=seen, csVmName="mail", csVmOperState="stopped")
    row = disk(lab, "lun-mail")
    assert row["csDiskOwnerClusterName"] == "west", "who stops it still owns it"


def test_a_second_activation_is_a_conflict(whole):
    """A foreign hand starts the VM in the other cluster, too."""
    lab = whole()
    until(lab, "ownership", lambda: disk(lab, "lun-web1")["csDiskOperState"] == "owned")
    seen = len(lab.trapd.traps())
    lab.sim.do("group-start", cluster="west", group="web1", server="west1")
    vm_until(lab, "web1", csVmOperState="conflict")
    until(lab, "the disk's conflict",
          lambda: disk(lab, "lun-web1")["csDiskOperState"] == "conflict")
    assert disk(lab, "lun-web1")["csDiskOwnerClusterName"] == "east", "no owner by conflict"
    trap = lab.trapd.wait("csDiskConflict", after=seen, csDiskName="lun-web1")
    assert trap.values()["csNotifySeverity"] == "critical"
    assert trap.values()["csDiskOperState"] == "conflict"
    lab.trapd.wait("csVmStateChange", after=seen, csVmName="web1", csVmOperState="conflict")
    assert {a["csAlarmType"] for a in alarms(lab, csAlarmSeverity="critical")} >= {
        "vmConflict", "diskConflict"}
    assert lab.manager.value("csSetHealth.0") == "critical"
    oracle = lab.sim.oracle()
    assert oracle["dual_foreign"] > 0 and oracle["dual_by_command"] == 0

    lab.sim.wait(cluster="west", group="web1", status="Online")
    lab.sim.do("group-stop", cluster="west", group="web1")
    vm_until(lab, "web1", csVmOperState="running", csVmClusterName="east")
    lab.trapd.wait("csAlarmCleared", after=seen, csAlarmType="diskConflict")
    assert not alarms(lab, csAlarmType="diskConflict")


def test_a_move_by_hand_changes_the_owner(whole):
    """Down by intent, then started elsewhere by a person: a new owner with a new epoch."""
    lab = whole()
    until(lab, "ownership", lambda: disk(lab, "lun-web2")["csDiskOperState"] == "owned")
    seen = len(lab.trapd.traps())
    # what is down by intent is stopped by clustersetd, and that explains its Offline
    index = lab.manager.row("csVmTable", csVmName="web2")[0][0]
    lab.operator.set((f"csVmAdminState.{index}", "i", "down"))
    lab.sim.wait(cluster="east", group="web2", status="Offline")
    vm_until(lab, "web2", csVmOperState="stopped")
    lab.sim.do("group-start", cluster="west", group="web2", server="west2")
    vm_until(lab, "web2", csVmOperState="running", csVmClusterName="west", csVmNodeName="west2")
    trap = lab.trapd.wait("csDiskOwnerChange", after=seen, csDiskName="lun-web2",
                          csDiskOwnerClusterName="west")
    assert trap.values()["csNotifyOldClusterName"] == "east"
    assert disk(lab, "lun-web2")["csDiskEpoch"] == 2
    assert lab.sim.oracle()["dual_now"] == 0


def test_servers_that_disagree_make_it_unknown(whole):
    """A partition inside east: each half believes something else."""
    lab = whole()
    lab.sim.do("partition", cluster="east")
    until(lab, "web1 to be unknown", lambda: vm(lab, "web1")["csVmOperState"] == "unknown")
    until(lab, "the disk not to be owned without doubt",
          lambda: disk(lab, "lun-web1")["csDiskOwnerClusterName"] == "east")
    assert vm(lab, "mail")["csVmOperState"] == "running", "west is not concerned"
    assert alarms(lab, csAlarmType="serversDisagree")


def test_an_unreachable_cluster_is_unknown_and_ages(whole):
    lab = whole()
    seen = len(lab.trapd.traps())
    fault = lab.sim.fault("refuse", cluster="west")
    until(lab, "west to be unreachable",
          lambda: cluster(lab, "west")["csClusterOperState"] == "unreachable")
    vm_until(lab, "mail", csVmOperState="unknown")
    assert "refused" in cluster(lab, "west")["csClusterStatusText"].lower()
    until(lab, "its age to be told", lambda: cluster(lab, "west")["csClusterPollAge"] >= 2)
    assert lab.manager.value("csSetOldestPollAge.0") >= 2
    assert cluster(lab, "west")["csClusterPollErrors"] > 0
    row = disk(lab, "lun-mail")
    assert row["csDiskOwnerClusterName"] == "west", "silence takes nobody's disk"
    assert vm(lab, "web1")["csVmOperState"] == "running"
    trap = lab.trapd.wait("csClusterStateChange", after=seen, csClusterName="west",
                          csClusterOperState="unreachable")
    assert trap.values()["csNotifySeverity"] == "critical"
    assert alarms(lab, csAlarmType="clusterUnreachable")
    lab.daemon.log_wait("type=alarmRaised severity=critical cluster west: ")
    lab.sim.clear(fault)
    until(lab, "west to be back", lambda: cluster(lab, "west")["csClusterOperState"] == "normal")
    vm_until(lab, "mail", csVmOperState="running", csVmNodeName="west1")
    trap = lab.trapd.wait("csAlarmCleared", after=seen, csAlarmType="clusterUnreachable")
    assert trap.values()["csNotifyText"].startswith("over: cluster west: ")
    lab.daemon.log_wait("type=alarmCleared severity=info over: cluster west: ")


def test_a_silent_server_is_no_lost_cluster(whole):
    """One API of two is gone: the other one still tells, without evidence for moves."""
    lab = whole()
    lab.sim.fault("refuse", cluster="west", server="west1")

    def incomplete():
        row = lab.manager.row("csVmSiteTable", csVmSiteVmName="web1",
                              csVmSiteClusterName="west")[1]
        return row["csVmSiteEvidence"] != "proved"
    until(lab, "the evidence to be incomplete", incomplete)
    assert vm(lab, "mail")["csVmOperState"] == "running"


@pytest.mark.parametrize("kind, more", [
    ("hang", {}), ("reset-mid-body", {"bytes": 20}), ("truncate-json", {}), ("wrong-types", {}),
    ("non-json-body", {}), ("http-status", {"status": 500}), ("empty-body", {})])
def test_answers_that_are_none(whole, kind, more):
    """Whatever a cluster says wrongly is unknown, not a guess, and harms nobody else."""
    lab = whole(poll={"connect-timeout": clock.scaled(0.5), "read-timeout": clock.scaled(0.5)})
    fault = lab.sim.fault(kind, cluster="west", method="GET", **more)
    vm_until(lab, "mail", csVmOperState="unknown", seconds=30)
    assert cluster(lab, "west")["csClusterOperState"] in ("unreachable", "unknown")
    assert cluster(lab, "west")["csClusterStatusText"] != ""
    assert vm(lab, "web1")["csVmOperState"] == "running"
    lab.sim.clear(fault)
    vm_until(lab, "mail", csVmOperState="running", seconds=30)


def test_wrong_password_is_told_and_not_hammered(whole):
    """ECX can lock accounts: after a refusal the next try is late."""
    lab = whole(poll={"backoff-denied": 30})
    lab.sim.fault("unauthorized", cluster="west")
    until(lab, "the alarm", lambda: alarms(lab, csAlarmType="credentials"))
    lab.sim.do("requests-reset")
    asked = lab.sim.requests(cluster="west")["total"]
    age = lab.manager.value("csSetControlAge.0")
    assert age is not None and age <= 2
    until(lab, "some time to pass",
          lambda: cluster(lab, "west")["csClusterPollAge"] >= 3)
    assert lab.sim.requests(cluster="west")["total"] - asked <= 2


def test_another_cluster_behind_a_known_address(lab, need_snmpd, need_ecxsim, need_daemon):
    """Identity: the addresses of east suddenly lead to a cluster that is called otherwise."""
    pair = worlds.Pair()
    lab.start_snmpd()
    lab.start_ecxsim(pair.world)
    settings = pair.settings(lab)
    lab.start_daemon(settings)
    lab.daemon.polled()
    lab.daemon.stop()
    for entry in settings["clusters"]:
        other = "west" if entry["name"] == "east" else "east"
        if entry["name"] == "east":
            entry["servers"] = [{"name": s, "url": lab.sim.url(other, o)} for s, o in zip(
                lab.sim.servers("east"), lab.sim.servers(other))]
    settings["clusters"] = [c for c in settings["clusters"] if c["name"] == "east"]
    settings["clusters"].append(
        {**lab.cluster("west"), "servers": [
            {"name": s, "url": lab.sim.url("east", o)}
            for s, o in zip(lab.sim.servers("west"), lab.sim.servers("east"))]})
    lab.daemon.write(settings)
    lab.daemon.start()
    lab.daemon.serving()
    until(lab, "east to be foreign",
          lambda: cluster(lab, "east")["csClusterOperState"] == "foreign")
    vm_until(lab, "web1", csVmOperState="unknown")
    assert alarms(lab, csAlarmType="clusterIdentity", csAlarmSeverity="critical")


def test_health_sums_up(whole):
    lab = whole()
    # plain http is a standing warning, and nothing else is wrong
    until(lab, "a warning", lambda: lab.manager.value("csSetHealth.0") == "warning")
    assert {a["csAlarmType"] for a in alarms(lab)} <= {"plainHttp", "unpairedGroup"}
    assert lab.manager.value("csSetHealthReason.0")
    assert lab.manager.value("csSetControlAge.0") <= 1
