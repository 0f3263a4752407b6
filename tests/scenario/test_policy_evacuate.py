# SPDX-License-Identifier: Apache-2.0
"""A cluster or a node that goes into maintenance is drained, by proposals or at once."""
import pytest

from harness.policing import Loaded, OPEN, begin

VMS = {"web1": "east1", "web2": "east2", "db1": "west1"}


@pytest.mark.deadline(240)
def test_a_cluster(whole):
    m = begin(whole, Loaded(VMS), policies={"evacuate": {"mode": "automatic"}})
    m.intent("csClusterAdminState", "east", "maintenance")
    for vm in ("web1", "web2"):
        m.until(f"{vm} to be moved", lambda vm=vm: m.vm_row(vm)["csVmClusterName"] == "west"
                and m.vm_row(vm)["csVmOperState"] == "running", 60)
    m.until("no plan to be left", lambda: not m.plans(*OPEN), 30)
    assert {p["csPlanPolicyName"] for p in m.plans()} == {"evacuate"}
    assert {p["csPlanVmName"] for p in m.plans("done")} == {"web1", "web2"}
    assert m.rows("db1") == []
    m.no_dual()


def test_a_node_is_proposed(whole):
    m = begin(whole, Loaded(VMS), policies={"evacuate": {"mode": "advise"}})
    index = ".".join(map(str, (m.cluster("east"), m.node("east1"))))
    m.writer.set((f"csNodeAdminState.{index}", "i", 2))
    plan = m.proposed(vm="web1")[0]
    assert plan["csPlanPolicyName"] == "evacuate"
    assert (plan["csPlanTargetName"], plan["csPlanTargetNodeName"]) != ("east", "east1")
    assert m.rows() == []
    # it is over before anybody decides
    m.writer.set((f"csNodeAdminState.{index}", "i", 1))
    m.becomes(plan["index"], "expired")
