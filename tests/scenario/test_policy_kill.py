# SPDX-License-Identifier: Apache-2.0
"""kill -9 with plans: an approval that was answered is not lost, a proposal may be."""
import pytest

from harness.policing import Loaded, OPEN, begin

VMS = {"web1": "east1", "web2": "east1", "db1": "east1"}
LOADS = {v: 150 for v in VMS}


@pytest.mark.deadline(240)
def test_between_approval_and_move(whole):
    """Somebody moves another VM by hand, which takes its time: policies yield to that."""
    m = begin(whole, Loaded({**VMS, "slow": "west1"}, LOADS,
                            sites={v: ["east"] for v in VMS}))
    m.mode("balance", "advise")
    m.proposed()
    m.pending("west", "slow", stop_ms=60000)
    m.sim.do("group-move", cluster="west", group="slow", server="west2")
    m.until("it to be seen", lambda: m.vm_row("slow")["csVmOperState"] == "stopping")
    seen = m.policy("balance")["csPolicyLastRun"]
    m.until("policies to have seen it", lambda: m.policy("balance")["csPolicyLastRun"] > seen)
    plan = m.proposed()[0]
    vm = plan["csPlanVmName"]
    m.decide(plan["index"])
    assert m.plan(plan["index"])["csPlanState"] == "approved"
    m.lab.daemon.kill()
    m.lab.daemon.start()
    m.lab.daemon.serving()
    m.settled_but("slow")
    kept = m.plan(plan["index"])
    assert kept["csPlanState"] == "approved" and kept["csPlanApprove"] == "approve", m.seen()
    assert m.rows() == []
    m.complete("west", "slow")
    m.ends(vm, seconds=60)
    m.becomes(plan["index"], "done")
    m.no_dual()


@pytest.mark.deadline(180)
def test_while_it_moves(whole):
    m = begin(whole, Loaded(VMS, LOADS))
    m.mode("balance", "advise")
    plan = m.proposed()[0]
    vm, source = plan["csPlanVmName"], plan["csPlanSourceName"]
    m.pending(source, vm, stop_ms=3000)
    m.decide(plan["index"])
    m.wait_post(vm, "stop" if plan["csPlanTargetName"] != source else "move")
    m.crash()
    m.ends(vm)
    m.until("the plan to be done or gone", lambda: not [
        p for p in m.plans(*OPEN) if p["index"] == plan["index"]], 30)
    m.runs_at(vm, plan["csPlanTargetName"])
    assert len(m.rows(vm)) == 1, m.seen()
    m.no_dual()


def test_indexes_are_never_used_again(whole):
    m = begin(whole, Loaded(VMS, LOADS))
    m.mode("balance", "advise")
    before = {p["index"] for p in m.proposed()}
    m.crash()
    m.loaded()
    after = {p["index"] for p in m.proposed()}
    assert not before & after and min(after) > max(before)
