# SPDX-License-Identifier: Apache-2.0
"""silent-server = "trust-peers": without it a silent server keeps a VM from being
started elsewhere; with it the move says in its events what its proof leaned on."""
import pytest

from harness import clock, worlds


@pytest.fixture
def pair_lab(lab, need_snmpd, need_ecxsim, need_daemon):
    def start(**cluster):
        pair = worlds.Pair({"web1": "east1", "db1": "west1"}, detect_ms=500)
        lab.start_snmptrapd()
        lab.start_snmpd()
        lab.start_ecxsim(pair.world)
        lab.start_daemon(lab.settings(
            [lab.cluster("east", **cluster), lab.cluster("west")],
            [pair.vm_settings("web1"), pair.vm_settings("db1")],
            moves={"release-timeout": 3.0}))
        lab.daemon.polled()
        clock.wait_for(lambda: all(r["csDiskOperState"] == "owned" for r in
                                   lab.manager.table("csDiskTable").values()),
                       "all disks to be owned", 15)
        lab.sim.power_off("east", "east2")
        clock.wait_for(lambda: any(r["csNodeName"] == "east2" and r["csNodeOperState"] == "offline"
                                   for r in lab.manager.table("csNodeTable").values()),
                       "east2 to be down", 15)
        return lab
    return start


def move(lab):
    vm = lab.manager.row("csVmTable", csVmName="web1")[0][0]
    west = lab.manager.row("csClusterTable", csClusterName="west")[0][0]
    lab.operator.set((f"csVmTargetCluster.{vm}", "u", west))
    return clock.wait_for(
        lambda: next((r for r in lab.manager.table("csMoveTable").values()
                      if r["csMoveState"] in ("succeeded", "rolledBack", "failed", "inDoubt")),
                     None), "the move to end", 30, seen=lambda: str(lab.manager.table("csMoveTable")))


def steps(lab):
    return [r["csEventText"] for r in lab.manager.table("csEventTable").values()
            if r["csEventType"] == "moveStep"]


def test_a_silent_server_is_no_proof(pair_lab):
    lab = pair_lab()
    row = move(lab)
    assert row["csMoveState"] != "succeeded"
    assert "cluster east: not all of its servers" in row["csMoveError"]


def test_trusted_peers_are_recorded(pair_lab):
    lab = pair_lab(**{"silent-server": "trust-peers"})
    assert move(lab)["csMoveState"] == "succeeded"
    said = [x for x in steps(lab) if "trust-peers" in x]
    assert said and all("cluster east" in x for x in said)
