# SPDX-License-Identifier: Apache-2.0
"""The monitors named in a site are suspended before the stop: they stay so where the VM left,
go on where it is, and only ours are touched, also over a crash."""
from harness.moving import Field, begin


def monitors(m, what, cluster=None):
    return [(p.cluster, p.name) for p in m.posts(what=what, cluster=cluster)
            if p.kind == "monitors" and p.executed]


def order_of(m):
    """'suspend' and 'stop' as they arrived."""
    return [p.what for p in m.posts() if p.what in ("suspend", "stop", "start", "resume")]


def test_suspended_before_the_stop_and_until_it_returns(whole):
    m = begin(whole, Field({"web1": "east1"}, quiet=True))
    m.move("web1", "west")
    m.ends("web1")
    m.runs_at("web1", "west")
    what = order_of(m)
    assert what.index("suspend") < what.index("stop"), what
    assert ("east", "genw-web1") in monitors(m, "suspend")
    assert {name for _, name in monitors(m, "suspend")} == {"genw-web1"}, "exactly the named"
    # at the source it stays suspended, at the target it watches
    assert monitors(m, "resume", "east") == []
    m.sim.wait(cluster="east", monitor="genw-web1", server="east1", status="Suspend")
    m.sim.wait(cluster="west", monitor="genw-web1", status="Normal")
    m.sim.wait(cluster="west", monitor="genw-web1-more", status="Normal")
    # our own suspension is not somebody's maintenance
    assert m.site_row("web1", "east")["csVmSiteBlocked"] == "false"

    m.move("web1", "east")
    m.until("a row", lambda: len(m.rows()) == 2)
    m.ends("web1")
    m.runs_at("web1", "east")
    m.sim.wait(cluster="east", monitor="genw-web1", status="Normal")
    m.sim.wait(cluster="west", monitor="genw-web1", server="west1", status="Suspend")
    m.no_dual()


def test_somebody_elses_suspension_stays(whole):
    """An operator suspended it before: after a move back it is as he left it."""
    m = begin(whole, Field({"web1": "east1"}, quiet=True))
    m.sim.do("monitor-suspend", cluster="east", monitor="genw-web1")
    m.sim.wait(cluster="east", monitor="genw-web1", status="Suspend")
    requests = m.sim.requests(cluster="east", pattern="monitors")["total"]
    m.until("rounds that saw it", lambda: m.sim.requests(
        cluster="east", pattern="monitors")["total"] > requests + 6)
    for there in ("west", "east"):
        m.move("web1", there)
        m.until("it to arrive", lambda there=there: m.vm_row("web1")["csVmClusterName"] == there
                and m.row("web1")["csMoveState"] == "succeeded")
    m.runs_at("web1", "east")
    assert ("east", "genw-web1") not in monitors(m, "suspend")
    assert ("east", "genw-web1") not in monitors(m, "resume")
    m.sim.wait(cluster="east", monitor="genw-web1", status="Suspend")


def test_resumed_after_a_rollback(whole):
    m = begin(whole, Field({"web1": "east1"}, quiet=True))
    m.sim.do("start-fail", cluster="west", resource="vm-web1", count=-1)
    m.move("web1", "west")
    m.ends("web1", "rolledBack")
    m.runs_at("web1", "east")
    m.sim.wait(cluster="east", monitor="genw-web1", status="Normal")
    assert monitors(m, "suspend", "east") == monitors(m, "resume", "east")


def test_resumed_after_a_crash(whole):
    """The journal knew of it before the POST: a new process resumes exactly ours."""
    m = begin(whole, Field({"web1": "east1", "db1": "east2"}, quiet=True))
    m.sim.do("monitor-suspend", cluster="east", monitor="genw-db1")
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    m.lab.daemon.kill()
    m.sim.do("start-fail", cluster="west", resource="vm-web1", count=-1)
    m.complete("east", "web1")
    m.lab.daemon.start().serving()
    m.ends("web1", "rolledBack")
    m.runs_at("web1", "east")
    m.sim.wait(cluster="east", monitor="genw-web1", status="Normal")
    m.sim.wait(cluster="east", monitor="genw-db1", status="Suspend")
    assert monitors(m, "suspend", "east") == monitors(m, "resume", "east") == [
        ("east", "genw-web1")]


def test_monitors_that_cannot_be_suspended(whole):
    """Nothing was changed yet: the move ends, and says why."""
    m = begin(whole, Field({"web1": "east1"}, quiet=True), moves={"tries": 2})
    m.sim.fault("envelope-code", cluster="east", method="POST", path="monitors/*/suspend",
                code=1)
    m.move("web1", "west")
    row = m.ends("web1", "failed")
    assert "monitor" in row["csMoveError"] and "east" in row["csMoveError"]
    assert m.commands("web1") == []
    m.runs_at("web1", "east")
    assert m.alarms("moveFailed")


def test_down_keeps_it_suspended_until_up(whole):
    m = begin(whole, Field({"web1": "east1"}, quiet=True))
    m.intent("csVmAdminState", "web1", "down")
    m.ends("web1")
    m.sim.wait(cluster="east", monitor="genw-web1", server="east1", status="Suspend")
    m.intent("csVmAdminState", "web1", "up")
    m.until("a row", lambda: len(m.rows()) == 2)
    m.ends("web1")
    m.runs_at("web1", "east")
    m.sim.wait(cluster="east", monitor="genw-web1", status="Normal")
