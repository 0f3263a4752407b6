# SPDX-License-Identifier: Apache-2.0
"""Somebody else activates a VM: it is noticed, named, and where configured the newcomer is
stopped; the second time automation leaves the VM alone."""
import pytest

from harness.moving import THREE, Field, begin


def second_start(m, cluster="west"):
    m.sim.do("group-start", cluster=cluster, group="web1")


def second_stop(m):
    m.sim.wait(cluster="west", group="web1", status="Online")
    m.sim.do("group-stop", cluster="west", group="web1")


def rounds(m, n=40):
    before = m.sim.requests(method="GET")["total"]
    m.until("rounds", lambda: m.sim.requests(method="GET")["total"] > before + n)


def test_a_foreign_start_is_seen_and_named(whole):
    m = begin(whole, Field({"web1": "east1"}))
    second_start(m)
    trap = m.trapd.wait("csDiskConflict", csDiskName="lun-web1").values()
    assert trap["csNotifySeverity"] == "critical"
    assert (trap["csDiskOperState"], trap["csDiskOwnerClusterName"]) == ("conflict", "east")
    assert "east" in trap["csNotifyText"] and "west" in trap["csNotifyText"]
    m.trapd.wait("csVmStateChange", csVmName="web1", csVmOperState="conflict")
    m.until("the alarms", lambda: m.alarms("vmConflict") and m.alarms("diskConflict"))
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue"
    rounds(m)
    assert m.posts() == [], "reaction: none"
    assert m.vm_row("web1")["csVmHold"] == "true", "until an operator has looked"
    second_stop(m)
    m.until("the alarms to clear", lambda: not m.alarms("vmConflict")
            and not m.alarms("diskConflict"))
    m.runs_at("web1", "east")


def test_the_newcomer_is_stopped(whole):
    m = begin(whole, Field({"web1": "east1"}), moves={"conflict": "stop-newcomer"})
    epoch = m.disk_row("web1")["csDiskEpoch"]
    second_start(m)
    m.sim.wait(cluster="west", group="web1", status="Online")
    m.wait_post("web1", "stop", "west")
    m.sim.wait(cluster="west", group="web1", status="Offline")
    m.runs_at("web1", "east", "east1")
    assert m.commands("web1") == ["west stop"], "once, and never the owner"
    row = m.ends("web1")
    assert row["owner"] == "set"
    assert m.disk_row("web1")["csDiskEpoch"] == epoch
    m.until("the alarms to clear", lambda: not m.alarms("vmConflict"))
    assert m.vm_row("web1")["csVmAdminState"] == "up", "our own stop is nobody's wish"


def test_not_while_the_owner_cannot_be_told(whole):
    """One that may be the only one is never stopped."""
    m = begin(whole, Field({"web1": "east1"}), moves={"conflict": "stop-newcomer"})
    m.sim.fault("refuse", cluster="east")
    m.until("east to be unreachable", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('east')}") == "unreachable")
    second_start(m)
    m.sim.wait(cluster="west", group="web1", status="Online")
    m.until("it to be seen", lambda: m.site_row("web1", "west")["csVmSiteOperState"] == "online")
    rounds(m)
    assert m.posts() == [] and m.rows() == []


def test_not_while_the_owner_is_not_healthy(whole):
    """Both are seen to be active, but what a suspended owner says of itself is not sound."""
    m = begin(whole, Field({"web1": "east1"}, quiet=True), moves={"conflict": "stop-newcomer"})
    m.sim.do("suspend", cluster="east")
    m.until("east to be suspended", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('east')}") == "suspended")
    second_start(m)
    m.until("the conflict", lambda: m.vm_row("web1")["csVmOperState"] == "conflict")
    rounds(m)
    assert m.posts() == [] and m.rows() == []


def by_hand(m, here, there):
    m.sim.do("group-stop", cluster=here, group="web1")
    m.until("it to be seen stopped",
            lambda: m.site_row("web1", here)["csVmSiteEvidence"] == "proved", 40)
    m.sim.do("group-start", cluster=there, group="web1")
    m.runs_at("web1", there)


def test_twice_is_a_foreign_controller(whole):
    """Moved by hand: the owner follows, with a new epoch each time; and the second time
    automation leaves the VM alone."""
    m = begin(whole, Field({"web1": "east1"}))
    epoch = m.disk_row("web1")["csDiskEpoch"]
    by_hand(m, "east", "west")
    m.until("the event", lambda: m.events("foreignController", "web1"))
    assert m.vm_row("web1")["csVmHold"] == "false" and m.alarms("foreignController")
    second = m.disk_row("web1")["csDiskEpoch"]
    by_hand(m, "west", "east")
    m.until("the hold", lambda: m.vm_row("web1")["csVmHold"] == "true")
    assert epoch < second < m.disk_row("web1")["csDiskEpoch"]
    trap = m.trapd.wait("csForeignController", csVmName="web1").values()
    assert "web1" in trap["csNotifyText"] and "csVmOperState" in trap
    assert m.refused(*m.target("web1", "west")).status == "inconsistentValue"
    assert m.posts() == []


@pytest.mark.parametrize("moment", ["release", "start"])
def test_foreign_start_during_a_move(whole, moment):
    """A third cluster starts it while we have it stopped: ours does not become the second."""
    m = begin(whole, Field({"web1": "east1"}, clusters=THREE))
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    silent = m.sim.fault("refuse", cluster="east", server="east2")
    m.complete("east", "web1")
    m.at_step("web1", "release")
    if moment == "start":
        m.pending("west", "web1", start_ms=60000)
        m.sim.clear(silent)
        m.wait_post("web1", "start", "west")
    m.sim.do("group-start", cluster="north", group="web1")
    if moment == "release":
        m.sim.wait(cluster="north", group="web1", status="Online")
        m.sim.clear(silent)
        rounds(m)
        assert "west start" not in m.commands("web1")
        assert m.active("web1") == {"north"}
    else:
        # our command was there first: the second activation is theirs, and is seen
        m.complete("west", "web1")
        m.until("the conflict", lambda: m.vm_row("web1")["csVmOperState"] in (
            "conflict", "inDoubt"), 30)
        row = m.ends("web1", "inDoubt")
        assert "two clusters" in row["csMoveError"], row
        assert m.sim.oracle()["dual_foreign"] > 0
    assert m.sim.oracle()["dual_by_command"] == 0


def test_auto_start_of_an_idle_site(whole):
    """The old source reboots and its group starts by itself: noticed, and alarmed as what
    it is, since no command of ours could have prevented it."""
    field = Field({"web1": "east1"}, vm={"web1": {"accept-autostart": True}},
                  site={("web1", "east"): {"auto-start": "auto"}})
    field.world["clusters"][0]["groups"][0]["autostart"] = True
    m = begin(whole, field)
    m.move("web1", "west")
    m.ends("web1")
    m.runs_at("web1", "west")
    m.sim.do("cluster-reboot", cluster="east")
    m.trapd.wait("csDiskConflict", 40, csDiskName="lun-web1")
    oracle = m.sim.oracle()
    assert oracle["dual_by_command"] == 0 and oracle["dual_foreign"] > 0
    m.until("the foreign controller", lambda: m.events("foreignController", "web1"))
    assert m.vm_row("web1")["csVmOperState"] == "conflict"


def test_an_unguarded_auto_start_is_refused_to_automation_only(whole):
    """An operator may move it; the hazard is alarmed."""
    m = begin(whole, Field({"web1": "east1"}, site={("web1", "west"): {"auto-start": "auto"}}))
    m.until("the hazard", lambda: m.alarms("autoStartHazard"))
    assert m.site_row("web1", "west")["csVmSiteAutoStart"] == "auto"
