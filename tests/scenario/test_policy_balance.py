# SPDX-License-Identifier: Apache-2.0
"""Balance from a load that is seen to a move that is done: advised and approved, by itself,
rejected, withdrawn. clustersetd, snmpd and ecxsim are real; loads come by a metrics hook."""
import pytest

from harness import cli, clock
from harness.policing import OPEN, Loaded, begin

CROWDED = {"web1": "east1", "web2": "east1", "db1": "east1", "db2": "east1"}


def crowded(**more):
    """All that runs on one of four nodes."""
    return Loaded(CROWDED, {v: 150 for v in CROWDED}, **more)


def spread_out(m):
    """On how many nodes the VMs are now."""
    return {(r["csVmClusterName"], r["csVmNodeName"])
            for r in m.reader.table("csVmTable").values()}


@pytest.mark.deadline(180)
def test_advised_approved_and_done(whole):
    m = begin(whole, crowded())
    assert m.setting("MasterMode") == "automatic"
    assert [r["csPolicyName"] for _, r in sorted(m.reader.table("csPolicyTable").items())] == [
        "balance", "evacuate", "recover", "spread", "home"]
    assert {r["csPolicyMode"] for r in m.reader.table("csPolicyTable").values()} == {"off"}
    assert m.plans() == []
    m.mode("balance", "advise")
    plan = m.proposed(policy="balance")[0]
    assert plan["csPlanSourceName"] == "east" and plan["csPlanVmName"] in CROWDED
    assert plan["csPlanApprove"] == "undecided" and plan["csPlanMoveIndex"] == 0
    assert plan["csPlanBenefit"] > 0 and "csPlanCost" not in plan  # it never moved
    assert m.setting("Imbalance") > 300
    reasons = m.reasons(plan["index"])
    assert reasons and reasons[0]["csPlanReasonWeight"] > 0 and reasons[0]["csPlanReasonText"]
    # told, with the row's state first
    trap = m.until("csPlanReady", lambda: m.trapd.traps("csPlanReady"))[0].values()
    assert trap["csPlanState"] == "proposed" and trap["csPlanPolicyName"] == "balance"
    assert trap["csPlanVmName"] in CROWDED and trap["csPlanSourceName"] == "east"
    assert trap["csPlanTargetName"] in ("east", "west")
    trap = m.until("csImbalance", lambda: m.trapd.traps("csImbalance"))[0].values()
    assert trap["csPolicyImbalance"] > 300 and trap["csSetName"] == "lab"
    assert m.until("the alarm", lambda: m.alarms("imbalance"))
    # nothing moves by itself
    assert m.rows() == [] and m.posts() == []
    # as a person does it
    done = cli.ok(m.lab, f"plan show {plan['index']}")
    assert plan["csPlanVmName"] in done.out and reasons[0]["csPlanReasonText"][:20] in done.out
    assert "wait" in cli.run(m.lab, "status").out
    cli.ok(m.lab, f"plan approve {plan['index']}")
    plan = m.becomes(plan["index"], "done")
    move, = m.rows(plan["csPlanVmName"])
    assert (move["owner"], move["index"]) == ("policy", plan["csPlanMoveIndex"])
    assert move["csMoveState"] == "succeeded" and "balance" in move["csMoveReason"]
    m.runs_at(plan["csPlanVmName"], plan["csPlanTargetName"],
              plan["csPlanTargetNodeName"] or None)
    # what has ended takes no other decision, and the same one again is no other
    m.decide(plan["index"])
    refused = m.refused((f"csPlanApprove.{plan['index']}", "i", "reject"))
    assert refused.status == "inconsistentValue" and str(plan["index"]) in refused.text
    assert m.policy("balance")["csPolicyMoves"] == 1


@pytest.mark.deadline(240)
def test_automatic_until_it_is_even(whole):
    m = begin(whole, crowded(), policies={"max-moves": 1})
    m.mode("balance", "automatic")
    m.until("all of it to be even", lambda: len(spread_out(m)) == 4
            and m.setting("Imbalance") < 150, 120)
    m.until("no plan to be left", lambda: not m.plans(*OPEN), 60)
    moves = len(m.rows())
    assert 3 <= moves <= 5, m.seen()
    assert {r["owner"] for r in m.rows()} == {"policy"}
    assert all(r["csMoveState"] == "succeeded" for r in m.rows())
    m.until("the alarm to go", lambda: not m.alarms("imbalance"))
    # planning its own result gives nothing
    runs = m.policy("balance")["csPolicyLastRun"]
    m.until("some more looks", lambda: m.policy("balance")["csPolicyLastRun"] > runs)
    assert len(m.rows()) == moves and not m.plans(*OPEN)
    m.no_dual()


def test_rejected_is_not_proposed_again(whole):
    m = begin(whole, crowded(), policies={"cool-down": 600})
    m.mode("balance", "advise")
    plan = m.proposed()[0]
    way = [plan[f"csPlan{x}"] for x in ("VmName", "TargetName", "TargetNodeName")]
    cli.ok(m.lab, f"plan reject {plan['index']}")
    assert m.plan(plan["index"])["csPlanState"] == "rejected"
    assert m.plan(plan["index"])["csPlanApprove"] == "reject"
    runs = m.policy("balance")["csPolicyLastRun"]
    m.until("some more looks", lambda: m.policy("balance")["csPolicyLastRun"] > runs)
    assert way not in [[p[f"csPlan{x}"] for x in ("VmName", "TargetName", "TargetNodeName")]
                       for p in m.plans(*OPEN)]
    assert m.rows() == []


def test_a_hold_withdraws_it(whole):
    m = begin(whole, crowded())
    m.mode("balance", "advise")
    plan = m.proposed()[0]
    m.intent("csVmHold", plan["csPlanVmName"], "true")
    m.becomes(plan["index"], "expired")
    assert "hold" in m.reasons(plan["index"])[-1]["csPlanReasonText"] + str(m.reasons(
        plan["index"]))
    refused = m.refused((f"csPlanApprove.{plan['index']}", "i", "approve"))
    assert refused.status == "inconsistentValue"
    assert m.plans(*OPEN, vm=plan["csPlanVmName"]) == []
    # the others are looked at as before
    m.proposed()


def test_off_withdraws_all(whole):
    m = begin(whole, crowded())
    m.mode("balance", "advise")
    m.proposed()
    m.tune("MasterMode", "off")
    m.until("no plan to be left", lambda: not m.plans(*OPEN))
    assert m.policy("balance")["csPolicyEffectiveMode"] == "off"
    assert m.policy("balance")["csPolicyMode"] == "advise"
    m.until("the alarm to go", lambda: not m.alarms("imbalance"))


def test_loads_that_are_not_known_move_nothing(whole):
    m = begin(whole, crowded(), load=None)
    m.mode("balance", "automatic")
    clock.wait_for(lambda: "csPolicyLastRun" in m.policy("balance"), "a look", 20)
    m.until("words", lambda: m.policy("balance")["csPolicyStatusText"])
    assert m.plans() == [] and m.reader.get("csPolicyImbalance.0")[0].absent
