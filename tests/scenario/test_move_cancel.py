# SPDX-License-Identifier: Apache-2.0
"""cancel and rollback wherever a move may stand: before anything changed it just ends; later
it brings the VM back; and never before what was sent is known to be over (I7)."""
import pytest

from harness import clock
from harness.moving import Field, begin


@pytest.fixture
def m(whole):
    return begin(whole, Field({"web1": "east1"}, quiet=True))


def stays(m, commands):
    """It runs in east as before, all monitors watch, and only this was commanded."""
    m.runs_at("web1", "east")
    assert m.commands("web1") == commands
    for monitor in ("genw-web1", "genw-web1-more"):
        m.sim.wait(cluster="east", monitor=monitor, status="Normal")
    m.no_dual()


def begun(m, step):
    m.move("web1", "west")
    m.at_step("web1", step)


def held_in_stop(m):
    m.pending("east", "web1", stop_ms=60000)
    begun(m, "stop")
    m.wait_post("web1", "stop")


def held_in_release(m):
    """Stopped, but one server of the source is silent: no proof."""
    held_in_stop(m)
    silent = m.sim.fault("refuse", cluster="east", server="east2")
    m.complete("east", "web1")
    m.at_step("web1", "release")
    return silent


def held_in_start(m):
    m.pending("west", "web1", start_ms=60000)
    begun(m, "start")
    m.wait_post("web1", "start", "west")


@pytest.mark.parametrize("control", ["cancel", "rollback"])
def test_in_the_queue(whole, control):
    m = begin(whole, Field({"web1": "east1", "db1": "east1"}), moves={"limit-set": 1})
    m.pending("east", "db1", stop_ms=60000)
    m.move("db1", "west")
    m.at_step("db1", "stop")
    m.move("web1", "west")
    assert m.row("web1")["csMoveState"] == "accepted"
    m.order("web1", control)
    row = m.ends("web1", "cancelled")
    assert "csMoveStartedAt" not in row, "it never began"
    m.wait_post("db1", "stop")
    m.complete("east", "db1")
    m.ends("db1")
    assert m.commands("web1") == []


def test_in_check(m):
    m.sim.fault("latency", cluster="west", method="GET", path="groups*",
                ms=int(clock.scaled(1200)))
    begun(m, "check")
    m.order("web1", "cancel")
    m.ends("web1", "cancelled")
    m.sim.clear()
    stays(m, [])


def test_in_quiesce(m):
    m.sim.fault("latency", cluster="east", method="POST", path="monitors/*",
                ms=int(clock.scaled(1500)))
    begun(m, "quiesce")
    m.order("web1", "cancel")
    m.ends("web1", "cancelled")
    stays(m, [])


def test_in_stop(m):
    held_in_stop(m)
    m.order("web1", "cancel")
    m.reaches("web1", "cancelling")
    m.order("web1", "cancel")  # the same SET again asks for nothing more
    no = m.refused((m.instance("csMoveControl", "set", m.row("web1")["index"]), "i", "retry"))
    assert no.status == "inconsistentValue"
    # it stays so as long as the stop is out, and is brought back then
    assert m.commands("web1") == ["east stop"]
    m.complete("east", "web1")
    row = m.ends("web1", "cancelled")
    assert "operator" in row["csMoveError"]
    stays(m, ["east stop", "east start"])
    assert m.trapd.wait("csMoveEnded", csMoveState="cancelled")


def test_in_release(m):
    silent = held_in_release(m)
    assert "east" in m.row("web1")["csMoveError"], "what it waits for"
    m.order("web1", "cancel")
    m.sim.clear(silent)
    m.ends("web1", "cancelled")
    stays(m, ["east stop", "east start"])


def test_in_start(m):
    """Our start may still take effect: the target is stopped and proved first."""
    held_in_start(m)
    m.order("web1", "cancel")
    m.reaches("web1", "cancelling")
    m.complete("west", "web1")
    m.ends("web1", "cancelled")
    stays(m, ["east stop", "west start", "west stop", "east start"])
    owners = [o for o, _ in m.owners("web1")]
    assert owners == ["", "west", "", "east"]


@pytest.mark.parametrize("control, end", [("cancel", "cancelled"), ("rollback", "rolledBack")])
def test_in_verify(whole, control, end):
    m = begin(whole, Field({"web1": "east1"}, quiet=True), moves={"verify-time": clock.scaled(5.0)})
    begun(m, "verify")
    m.order("web1", control)
    m.ends("web1", end)
    stays(m, ["east stop", "west start", "west stop", "east start"])
    row = m.row("web1")
    assert row["csMoveDowntimeMs"] > 0
    ended = m.trapd.wait("csMoveEnded").values()
    assert (ended["csMoveState"], ended["csMoveTargetName"]) == (end, "west")


def test_after_the_end(m):
    m.move("web1", "west")
    row = m.ends("web1")
    for control in ("cancel", "rollback", "retry"):
        no = m.refused((m.instance("csMoveControl", "set", row["index"]), "i", control))
        assert no.status == "inconsistentValue" and "ended" in no.text
    m.order(row, "none")  # asks for nothing
    assert m.row("web1")["csMoveState"] == "succeeded"


def test_retry_only_in_doubt(m):
    held_in_stop(m)
    no = m.refused((m.instance("csMoveControl", "set", m.row("web1")["index"]), "i", "retry"))
    assert no.status == "inconsistentValue" and "doubt" in no.text
    m.complete("east", "web1")
    m.ends("web1")


def test_cancel_of_a_group_move_that_was_sent(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", node="east2")
    m.wait_post("web1", "move")
    no = m.refused((m.instance("csMoveControl", "set", m.row("web1")["index"]), "i", "cancel"))
    assert no.status == "inconsistentValue" and "no way back" in no.text
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "east", "east2")
