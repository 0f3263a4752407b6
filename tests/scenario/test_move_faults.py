# SPDX-License-Identifier: Apache-2.0
"""Commands that are refused, fail, get lost or come late, and servers that die on the way:
what a move makes of it, and what it never does (I1, I4, I7)."""
import pytest

from harness import clock
from harness.moving import ENDED, THREE, Field, begin


def rounds(m, cluster, n=30):
    """Waits for so many more requests of rounds: time in which nothing may happen."""
    before = m.sim.requests(cluster=cluster, method="GET")["total"]
    m.until("rounds", lambda: m.sim.requests(cluster=cluster, method="GET")["total"]
            > before + n)


@pytest.fixture
def m(whole):
    return begin(whole, Field({"web1": "east1"}))


# --- stop --------------------------------------------------------------------------------------
def test_a_stop_refused_for_good(m):
    m.sim.fault("envelope-code", cluster="east", method="POST", path="groups/web1/stop*",
                code=1, message="not now")
    m.move("web1", "west")
    row = m.ends("web1", "failed")
    assert "stop" in row["csMoveError"] and "refused" in row["csMoveError"], row
    assert m.commands("web1") == ["east stop"] * 3, "tries"
    m.runs_at("web1", "east")
    alarm = m.alarms("moveFailed")
    assert len(alarm) == 1 and "web1" in alarm[0]["csAlarmText"]
    assert alarm[0]["csAlarmObjectKind"] == "move"
    assert alarm[0]["csAlarmObjectName"] == f"set/{row['index']}"
    ended = m.trapd.wait("csMoveEnded", csMoveState="failed").values()
    assert ended["csMoveError"] == row["csMoveError"]
    assert ended["csNotifySeverity"] not in ("info", "normal")
    # the next one succeeds, and the alarm goes
    m.sim.clear()
    index = m.create("web1", "west")
    m.until("it to end", lambda: m.row("web1")["index"] == index and m.ends("web1"))
    m.until("the alarm to clear", lambda: not m.alarms("moveFailed"))


def test_a_stop_refused_once(m):
    m.sim.fault("envelope-code", cluster="east", method="POST", path="groups/web1/stop*",
                code=1, count=1)
    m.move("web1", "west")
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "east stop", "west start"]
    m.no_dual()


def test_destroying_the_row_clears_its_alarm(m):
    m.sim.fault("envelope-code", cluster="east", method="POST", path="groups/web1/stop*",
                code=1)
    m.move("web1", "west")
    row = m.ends("web1", "failed")
    m.until("the alarm", lambda: m.alarms("moveFailed"))
    m.writer.set((m.instance("csMoveRowStatus", "set", row["index"]), "i", "destroy"))
    m.until("the alarm to clear", lambda: not m.alarms("moveFailed"))
    assert m.rows() == []


def test_a_stop_that_kills_its_server(m):
    """ECX's default: the OS shuts down, and the group fails over inside the source. It runs
    again where it was stopped, and that is its end: nothing is started elsewhere."""
    m.sim.do("stop-fail", cluster="east", resource="vm-web1", count=1)
    m.move("web1", "west")
    row = m.reaches("web1", *ENDED, seconds=60)
    assert row["csMoveState"] in ("failed", "rolledBack"), row
    m.runs_at("web1", "east", "east2", seconds=30)
    assert m.commands("web1") == ["east stop"]
    assert "west" not in m.active("web1")
    assert m.alarms("moveFailed")
    m.no_dual()


def test_a_stop_that_fails_and_stays(whole):
    """The group stands in Failure: stopFailed is raised, and an operator is needed."""
    field = Field({"web1": "east1"})
    for c in field.world["clusters"]:
        c["groups"][0]["resources"][1]["deact_failure"] = "none"
    m = begin(whole, field, moves={"stop-timeout": clock.scaled(5.0)})
    m.sim.do("stop-fail", cluster="east", resource="vm-web1", count=1)
    m.move("web1", "west")
    m.until("the alarm", lambda: m.alarms("stopFailed"), 30)
    assert "web1" in m.alarms("stopFailed")[0]["csAlarmText"]
    row = m.ends("web1", "inDoubt")
    assert "stop" in row["csMoveError"] and row["csMoveStep"] == "stop"
    alarm = m.alarms("moveInDoubt")
    assert len(alarm) == 1 and "web1" in alarm[0]["csAlarmText"]
    assert m.trapd.wait("csMoveEnded", csMoveState="inDoubt")
    assert m.vm_row("web1")["csVmOperState"] == "inDoubt"
    assert m.commands("web1") == ["east stop"]


def test_a_stop_unanswered_and_lost(whole):
    """Nothing is repeated, and nothing opposite is sent, before the horizon is over (I7)."""
    horizon = clock.scaled(6.0)
    m = begin(whole, Field({"web1": "east1"}), evidence={"command-horizon": horizon},
              poll={"command-timeout": 2.0})
    fault = m.sim.fault("hang", cluster="east", method="POST", path="groups/web1/stop*",
                        count=1)
    m.move("web1", "west")
    first = m.wait_post("web1", "stop")[0]
    assert not first.executed
    m.order("web1", "cancel")
    m.reaches("web1", "cancelling")
    rounds(m, "east")
    assert m.commands("web1") == ["east stop"]
    assert m.row("web1")["csMoveState"] == "cancelling"
    m.ends("web1", "cancelled")
    now = m.sim.oracle()["now_ms"]
    assert now - first.at >= horizon * 1000 - 100, "not before the horizon"
    assert m.commands("web1") == ["east stop"]
    m.runs_at("web1", "east")
    m.sim.clear(fault)


def test_a_lost_stop_is_sent_again_after_the_horizon(whole):
    horizon = clock.scaled(4.0)
    m = begin(whole, Field({"web1": "east1"}), evidence={"command-horizon": horizon},
              poll={"command-timeout": 1.0})
    m.sim.fault("hang", cluster="east", method="POST", path="groups/web1/stop*", count=1)
    m.move("web1", "west")
    m.ends("web1", seconds=60)
    stops = m.posts("web1", "stop")
    assert [p.executed for p in stops] == [False, True]
    assert stops[1].at - stops[0].at >= horizon * 1000 - 100
    m.runs_at("web1", "west")
    m.no_dual()


def test_a_stop_unanswered_but_executed(whole):
    m = begin(whole, Field({"web1": "east1"}), poll={"command-timeout": 2.0})
    m.sim.fault("execute-lose-answer", cluster="east", method="POST",
                path="groups/web1/stop*", count=1)
    m.move("web1", "west")
    m.ends("web1", seconds=60)
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.no_dual()


def test_a_stop_that_comes_late(m):
    """Accepted, and without effect for many rounds: it is waited for."""
    m.sim.fault("effect-delay", cluster="east", method="POST", path="groups/web1/stop*",
                count=1)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    rounds(m, "east", 60)
    assert m.commands("web1") == ["east stop"] and m.row("web1")["csMoveStep"] == "stop"
    m.sim.do("release")
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.no_dual()


# --- release -----------------------------------------------------------------------------------
def test_a_third_site_that_is_silent_already(whole):
    """The proof that has to follow the stop could not be had: nothing is stopped."""
    m = begin(whole, Field({"web1": "east1"}, clusters=THREE),
              moves={"release-timeout": clock.scaled(3.0)})
    m.sim.fault("refuse", cluster="north", server="north2")
    m.lab.daemon.polled()
    m.move("web1", "west")
    m.at_step("web1", "check")
    m.until("the text to name it", lambda: "north" in m.row("web1")["csMoveError"])
    row = m.ends("web1", "failed", seconds=60)
    assert "north" in row["csMoveError"], row
    assert m.commands("web1") == []
    m.sim.fault("refuse", cluster="north")
    m.until("north to be unreachable", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('north')}") == "unreachable")
    no = m.refused(*m.creation("web1", "west", 1))
    assert no.status == "inconsistentValue" and "north" in no.text and "web1" in no.text
    m.sim.clear()
    m.runs_at("web1", "east")


def test_a_source_of_which_a_server_is_silent(whole):
    m = begin(whole, Field({"web1": "east1"}), moves={"release-timeout": clock.scaled(3.0)})
    m.sim.fault("refuse", cluster="east", server="east2")
    m.lab.daemon.polled()
    m.move("web1", "west")
    row = m.ends("web1", "failed", seconds=60)
    assert "east" in row["csMoveError"] and "servers" in row["csMoveError"], row
    assert m.commands("web1") == []
    m.sim.clear()
    m.runs_at("web1", "east")


def test_a_third_site_that_cannot_be_asked(whole):
    """No start without proof for every other site; the text names it; then it goes back."""
    m = begin(whole, Field({"web1": "east1"}, clusters=THREE),
              moves={"release-timeout": clock.scaled(4.0)})
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    m.sim.fault("refuse", cluster="north")
    m.until("north to be unreachable", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('north')}") == "unreachable")
    m.complete("east", "web1")
    m.at_step("web1", "release")
    m.until("the text to name it", lambda: "north" in m.row("web1")["csMoveError"])
    # back needs the same proof: it stands, and says what is missing
    row = m.ends("web1", "inDoubt", seconds=60)
    assert "north" in row["csMoveError"], row
    assert m.commands("web1") == ["east stop"], "nothing was started anywhere"
    assert m.alarms("moveInDoubt")
    m.sim.clear()
    m.lab.daemon.polled()
    m.order("web1", "rollback")
    m.ends("web1", "rolledBack")
    m.runs_at("web1", "east")
    m.no_dual()


@pytest.mark.parametrize("order, end, there", [("retry", "succeeded", "west"),
                                               ("rollback", "rolledBack", "east"),
                                               ("cancel", None, "east")])
def test_ways_out_of_doubt(whole, order, end, there):
    m = begin(whole, Field({"web1": "east1"}, clusters=THREE),
              moves={"release-timeout": clock.scaled(3.0), "verify-time": 0.2})
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    m.sim.fault("refuse", cluster="east", server="east2")
    m.sim.fault("refuse", cluster="north")
    m.complete("east", "web1")
    m.ends("web1", "inDoubt", seconds=60)
    m.sim.clear()
    m.lab.daemon.polled()
    assert m.row("web1")["csMoveState"] == "inDoubt", "it waits for an operator"
    m.order("web1", order)
    row = m.reaches("web1", *ENDED)
    if order == "cancel":  # it gave the move up as it stood, or brought it back
        assert row["csMoveState"] in ("failed", "cancelled")
        if row["csMoveState"] == "failed":
            assert m.active("web1") == set()
            return
    elif order == "retry":  # it stood on its way back
        assert row["csMoveState"] in ("succeeded", "rolledBack")
        there = "west" if row["csMoveState"] == "succeeded" else "east"
    else:
        assert row["csMoveState"] == end
    m.runs_at("web1", there)
    m.until("the alarm to go", lambda: not m.alarms("moveInDoubt"))
    m.no_dual()


def test_started_at_the_source_while_stopped(m):
    """Somebody was faster: it runs at the source again, and is not started elsewhere."""
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    silent = m.sim.fault("refuse", cluster="east", server="east2")
    m.complete("east", "web1")
    m.at_step("web1", "release")
    m.sim.do("group-start", cluster="east", group="web1", server="east1")
    m.sim.wait(cluster="east", group="web1", status="Online")
    m.sim.clear(silent)
    row = m.reaches("web1", *ENDED)
    assert row["csMoveState"] in ("rolledBack", "failed"), row
    m.runs_at("web1", "east")
    assert "start" not in " ".join(m.commands("web1"))
    m.no_dual()


# --- start -------------------------------------------------------------------------------------
def test_a_start_that_fails_everywhere(m):
    m.sim.do("start-fail", cluster="west", resource="vm-web1", count=-1)
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.move("web1", "west")
    row = m.ends("web1", "rolledBack", seconds=60)
    assert "start" in row["csMoveError"] and row["csMoveDowntimeMs"] > 0
    m.runs_at("web1", "east")
    assert m.commands("web1") == ["east stop", "west start", "west stop", "east start"]
    assert m.owners("web1") == [("", epoch + 1), ("west", epoch + 2), ("", epoch + 3),
                                ("east", epoch + 4)]
    m.no_dual()


def test_a_start_that_is_refused(m):
    m.sim.fault("envelope-code", cluster="west", method="POST", path="groups/web1/start*",
                code=1)
    m.move("web1", "west")
    row = m.ends("web1", "rolledBack", seconds=60)
    assert "start" in row["csMoveError"] and "refused" in row["csMoveError"]
    m.runs_at("web1", "east")
    # what was definitely refused needs no stop
    assert m.commands("web1") == ["east stop", *["west start"] * 3, "east start"]
    m.no_dual()


def test_a_start_unanswered_but_executed(whole):
    m = begin(whole, Field({"web1": "east1"}), poll={"command-timeout": 2.0})
    m.sim.fault("execute-lose-answer", cluster="west", method="POST",
                path="groups/web1/start*", count=1)
    m.move("web1", "west")
    m.ends("web1", seconds=60)
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.no_dual()


def test_a_start_that_comes_late(m):
    m.sim.fault("effect-delay", cluster="west", method="POST", path="groups/web1/start*",
                count=1)
    m.move("web1", "west")
    m.wait_post("web1", "start")
    rounds(m, "west", 60)
    assert m.commands("web1") == ["east stop", "west start"]
    assert m.row("web1")["csMoveStep"] == "start"
    m.sim.do("release")
    m.ends("web1")
    m.runs_at("web1", "west")
    m.no_dual()


def test_a_start_lost_and_then_given_up(whole):
    """It may come as long as the horizon lasts: the source is not started before the target
    is proved by a later stop that was accepted and Offline held for the horizon (4d)."""
    horizon = clock.scaled(3.0)
    m = begin(whole, Field({"web1": "east1"}), evidence={"command-horizon": horizon},
              poll={"command-timeout": 1.0},
              moves={"tries": 1, "release-timeout": clock.scaled(5.0)})
    m.sim.fault("hang", cluster="west", method="POST", path="groups/web1/start*")
    m.move("web1", "west")
    row = m.reaches("web1", "rolledBack", "inDoubt", "failed", seconds=90)
    lost = m.posts("web1", "start", "west")[0]
    if row["csMoveState"] == "rolledBack":
        back = m.posts("web1", "start", "east")[0]
        stop = m.posts("web1", "stop", "west")[0]
        assert lost.at < stop.at <= back.at - horizon * 1000 + 100
        m.runs_at("web1", "east")
    else:
        assert not m.posts("web1", "start", "east"), row
    m.no_dual()


def test_the_target_dies_before_the_start(whole):
    m = begin(whole, Field({"web1": "east1"}),
              moves={"release-timeout": clock.scaled(4.0)})
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    m.sim.do("cluster-power-off", cluster="west")
    m.complete("east", "web1")
    row = m.reaches("web1", *ENDED, "inDoubt", seconds=90)
    # whatever west may do when it comes back, it never got a start: east is where it belongs
    assert row["csMoveState"] in ("rolledBack", "inDoubt"), row
    assert not m.posts("web1", "start", "west")
    m.no_dual()


def test_the_vm_dies_in_verify(whole):
    m = begin(whole, Field({"web1": "east1"}), moves={"verify-time": 30})
    m.move("web1", "west")
    m.at_step("web1", "verify")
    m.sim.do("start-fail", cluster="west", resource="vm-web1", count=-1)
    m.sim.do("resource-fail", cluster="west", resource="vm-web1")
    row = m.ends("web1", "rolledBack", seconds=60)
    assert "Online" in row["csMoveError"], row
    m.runs_at("web1", "east")
    m.no_dual()


def test_a_failover_in_verify_is_still_there(whole):
    """ECX brings it up on the other server of the target: that is where it belongs."""
    m = begin(whole, Field({"web1": "east1"}), moves={"verify-time": clock.scaled(2.0)})
    m.move("web1", "west")
    m.at_step("web1", "verify")
    m.sim.power_off("west", "west1")
    row = m.reaches("web1", *ENDED, seconds=60)
    if row["csMoveState"] == "succeeded":
        m.runs_at("web1", "west", "west2")
    else:
        assert row["csMoveState"] == "rolledBack"
        m.runs_at("web1", "east")
    m.no_dual()
