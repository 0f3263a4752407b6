# SPDX-License-Identifier: Apache-2.0
"""kill -9 with plans: an approval that was answered is not lost, a proposal may be; the
store fails and nothing new begins."""
import pytest

from harness.policing import Loaded, OPEN, begin

VMS = {"web1": "east1", "web2": "east1", "db1": "east1"}
LOADS = {v: 150 for v in VMS}


@pytest.mark.deadline(240)
def test_between_approval_and_move(whole):
    m = begin(whole, Loaded(VMS, LOADS), policies={"max-moves": 0})
    m.mode("balance", "advise")
    plan = m.proposed()[0]
    m.decide(plan["index"])
    assert m.plan(plan["index"])["csPlanState"] == "approved"
    m.lab.daemon.kill()
    m.lab.daemon.start()
    m.lab.daemon.serving()
    assert m.rows() == []
    found = [p for p in m.plans() if p["csPlanVmName"] == plan["csPlanVmName"]
             and p["csPlanState"] in ("approved", "expired")]
    assert found, m.seen()
    m.tune("MaxMoves", 1)
    told = m.until("what became of it", lambda: m.rows(plan["csPlanVmName"])
                   or [p for p in m.plans("expired") if p["index"] == plan["index"]], 60)
    assert told
    if m.rows(plan["csPlanVmName"]):
        m.ends(plan["csPlanVmName"])
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
