# SPDX-License-Identifier: Apache-2.0
"""Intents: csVmAdminState stops and starts through the set, csVmHold and maintenance freeze,
and a stop by somebody else is told from a failure."""
from harness import clock
from harness.moving import Field, begin


def test_down_stops_and_stays_down(whole):
    m = begin(whole, Field({"web1": "east1"}))
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.intent("csVmAdminState", "web1", "down")
    row = m.ends("web1")
    assert row["owner"] == "set" and "csMoveTargetCluster" not in row
    assert (row["csMoveSourceName"], row["csMoveTargetName"]) == ("east", "")
    m.until("web1 to be stopped", lambda: m.vm_row("web1")["csVmOperState"] == "stopped")
    assert m.active("web1") == set()
    assert m.commands("web1") == ["east stop"]
    assert m.vm_row("web1")["csVmAdminState"] == "down"
    assert m.disk_row("web1")["csDiskEpoch"] == epoch, "its owner keeps the disk"
    # again, and over a restart: nothing more is commanded
    m.intent("csVmAdminState", "web1", "down")
    m.crash()
    m.lab.daemon.polled()
    assert m.commands("web1") == ["east stop"] and len(m.rows()) == 1

    m.intent("csVmAdminState", "web1", "up")
    m.until("a row", lambda: len(m.rows()) == 2)
    row = m.ends("web1")
    assert row["csMoveTargetName"] == "east" and row["csMoveSourceName"] == ""
    m.runs_at("web1", "east")
    assert m.commands("web1") == ["east stop", "east start"]
    assert not m.events("foreignController")
    m.no_dual()


def test_up_starts_where_the_disks_are(whole):
    """home is east, but west owns the disks: no need to pass them."""
    m = begin(whole, Field({"web1": "east1"}))
    m.move("web1", "west")
    m.ends("web1")
    m.runs_at("web1", "west")
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.intent("csVmAdminState", "web1", "down")
    m.until("a row", lambda: len(m.rows()) == 2)
    m.ends("web1")
    m.intent("csVmAdminState", "web1", "up")
    m.until("a row", lambda: len(m.rows()) == 3)
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.disk_row("web1")["csDiskEpoch"] == epoch
    assert m.commands("web1") == ["east stop", "west start", "west stop", "west start"]


def test_up_of_what_never_ran(whole):
    """Nobody owns the disks: home takes them when every other site is proved."""
    m = begin(whole, Field({"off": None}, vm={"off": {"home": "west"}}))
    assert m.disk_row("off")["csDiskOwnerClusterName"] == ""
    m.intent("csVmAdminState", "off", "up")
    m.ends("off")
    m.runs_at("off", "west")
    assert m.commands("off") == ["west start"]
    assert m.disk_row("off")["csDiskEpoch"] > 0


def test_up_that_is_not_possible_now_stays_wanted(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.intent("csVmAdminState", "web1", "down")
    m.ends("web1")
    m.until("web1 to be stopped", lambda: m.vm_row("web1")["csVmOperState"] == "stopped")
    m.sim.fault("refuse", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown")
    m.intent("csVmAdminState", "web1", "up")
    m.until("a row", lambda: len(m.rows()) == 2)
    row = m.ends("web1", "failed")
    assert "web1" in row["csMoveError"]
    assert m.vm_row("web1")["csVmAdminState"] == "up", "the wish stays"
    assert m.commands("web1") == ["east stop"]
    m.sim.clear()
    m.lab.daemon.polled()
    # the same wish again is an order again
    m.until("web1 to be told", lambda: m.vm_row("web1")["csVmOperState"] == "stopped")
    m.intent("csVmAdminState", "web1", "up")
    m.runs_at("web1", "east", seconds=30)


def test_hold_cancels_what_waits_and_refuses_what_comes(whole):
    m = begin(whole, Field({"web1": "east1", "db1": "east1"}),
              moves={"limit-set": 1})
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.at_step("web1", "stop")
    m.move("db1", "west")
    assert m.row("db1")["csMoveState"] == "accepted"
    m.intent("csVmHold", "db1", "true")
    row = m.ends("db1", "cancelled")
    assert "hold" in row["csMoveError"]
    no = m.refused(*m.creation("db1", "west", 77))
    assert no.status == "inconsistentValue" and "hold" in no.text
    m.wait_post("web1", "stop")
    m.complete("east", "web1")
    m.ends("web1")
    assert m.commands("db1") == [] and m.vm_row("db1")["csVmOperState"] == "running"


def test_hold_after_the_stop_brings_it_back(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.at_step("web1", "stop")
    m.wait_post("web1", "stop")
    m.intent("csVmHold", "web1", "true")
    # a stop is out: no end before its effect (I7)
    m.reaches("web1", "cancelling", "running")
    m.complete("east", "web1")
    row = m.ends("web1", "cancelled")
    assert "hold" in row["csMoveError"]
    m.runs_at("web1", "east")
    assert m.commands("web1") == ["east stop", "east start"]
    m.no_dual()


def test_maintenance_of_the_target_brings_it_back(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.at_step("web1", "stop")
    m.wait_post("web1", "stop")
    m.intent("csClusterAdminState", "west", "maintenance")
    m.complete("east", "web1")
    m.ends("web1", "cancelled")
    m.runs_at("web1", "east")
    assert m.commands("web1") == ["east stop", "east start"]


def test_out_of_maintenance_it_may_leave(whole):
    """Nothing new goes to a cluster in maintenance; what is there can be moved away."""
    m = begin(whole, Field({"web1": "east1"}))
    m.intent("csClusterAdminState", "east", "maintenance")
    m.move("web1", "west")
    m.ends("web1")
    m.runs_at("web1", "west")


def test_a_stop_by_somebody_else_is_respected(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.do("group-stop", cluster="east", group="web1")
    m.until("the intent to follow", lambda: m.vm_row("web1")["csVmAdminState"] == "down", 30)
    assert m.vm_row("web1")["csVmOperState"] == "stopped"
    m.until("an event", lambda: [e for e in m.events("settingChanged", "web1")
                                 if "down" in e["csEventText"]])
    assert m.trapd.wait("csVmStateChange", csVmName="web1", csVmOperState="stopped")
    assert m.posts() == [] and m.rows() == []
    # an operator's word changes it
    m.intent("csVmAdminState", "web1", "up")
    m.ends("web1")
    m.runs_at("web1", "east")


def test_a_stop_by_somebody_else_is_undone(whole):
    m = begin(whole, Field({"web1": "east1"}), moves={"outside-stop": "restart"})
    m.sim.do("group-stop", cluster="east", group="web1")
    m.until("a row", lambda: m.rows("web1"), 30)
    row = m.ends("web1")
    assert (row["owner"], row["csMoveTargetName"]) == ("set", "east")
    m.runs_at("web1", "east")
    assert m.commands("web1") == ["east start"]
    assert m.vm_row("web1")["csVmAdminState"] == "up"
    m.no_dual()


def test_our_own_stop_is_no_stop_by_somebody_else(whole):
    """Also when the daemon died between: down is down, and a move's stop is a move's."""
    m = begin(whole, Field({"web1": "east1"}), moves={"outside-stop": "restart"})
    m.pending("east", "web1", stop_ms=60000)
    m.intent("csVmAdminState", "web1", "down")
    m.wait_post("web1", "stop")
    m.lab.daemon.kill()
    m.complete("east", "web1")
    m.sim.wait(cluster="east", group="web1", status="Offline")
    m.lab.daemon.start().polled()
    m.ends("web1")
    m.until("web1 to be stopped", lambda: m.vm_row("web1")["csVmOperState"] == "stopped")
    assert m.commands("web1") == ["east stop"]
    assert len(m.rows()) == 1 and m.vm_row("web1")["csVmAdminState"] == "down"


def test_a_failure_is_no_stop(whole):
    """A start that failed everywhere leaves the intent alone, and nobody commands."""
    m = begin(whole, Field({"web1": "east1"}), moves={"outside-stop": "restart"})
    m.sim.do("start-fail", cluster="east", resource="vm-web1", count=-1)
    m.sim.do("resource-fail", cluster="east", resource="vm-web1")
    m.until("web1 to have failed", lambda: m.vm_row("web1")["csVmOperState"] == "failed", 30)
    m.trapd.wait("csVmStateChange", csVmName="web1", csVmOperState="failed")
    assert m.vm_row("web1")["csVmAdminState"] == "up"
    assert m.alarms("vmFailed") and m.rows() == [] and m.posts() == []


def test_a_lost_cluster_is_no_stop(whole):
    m = begin(whole, Field({"web1": "east1"}), moves={"outside-stop": "restart"})
    m.sim.do("cluster-power-off", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown", 30)
    m.sim.do("cluster-power-on", cluster="east")
    m.until("web1 to be told again", lambda: m.vm_row("web1")["csVmOperState"] == "stopped",
            30)
    # the groups are started manually: it is Offline, and nobody stopped it
    m.until("a vote on it", lambda: m.vm_row("web1")["csVmAdminState"] == "up")
    polls = m.sim.requests(cluster="east")["total"]
    clock.wait_for(lambda: m.sim.requests(cluster="east")["total"] > polls + 40, "rounds")
    assert m.vm_row("web1")["csVmAdminState"] == "up"
    assert m.posts() == [] and m.rows() == []
