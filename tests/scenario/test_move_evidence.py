# SPDX-License-Identifier: Apache-2.0
"""What ECX says and is not so: the source has been stopped, or seems to be, and something of
the evidence is missing. The move waits in release, commands nothing, names the site, and
goes on when the world is sound again (I1)."""
import pytest

from harness import clock
from harness.moving import ENDED, Field, begin


def rounds(m, n=40):
    """Time in which nothing may happen: so many more requests of rounds."""
    before = m.sim.requests(method="GET")["total"]
    m.until("rounds", lambda: m.sim.requests(method="GET")["total"] > before + n)


def silent_server(m):
    number = m.sim.fault("refuse", cluster="east", server="east2")
    return lambda: m.sim.clear(number)


def hung_server(m):
    number = m.sim.fault("hang", cluster="east", server="east2", method="GET")
    return lambda: m.sim.clear(number)


def stale_server(m):
    """It tells for ever what was: the group is Online."""
    number = m.sim.fault("stale", cluster="east", server="east2")
    return lambda: m.sim.clear(number)


def suspended_cluster(m):
    m.sim.do("suspend", cluster="east")
    return lambda: m.sim.do("resume", cluster="east")


def missing_resource(m):
    number = m.sim.fault("drop-items", cluster="east", method="GET", path="resources*",
                         where={"name": "sd-web1"})
    return lambda: m.sim.clear(number)


def resources_not_told(m):
    number = m.sim.fault("http-status", cluster="east", method="GET", path="resources*",
                         status=500)
    return lambda: m.sim.clear(number)


def disk_still_online(m):
    """The group is Offline, its disk resource is not."""
    number = m.sim.fault("set-fields", cluster="east", method="GET", path="resources*",
                         set={"status": "Online", "current": "east1"},
                         where={"name": "sd-web1"})
    return lambda: m.sim.clear(number)


def another_identity(m):
    number = m.sim.fault("set-fields", cluster="east", method="GET", path="cluster*",
                         set={"name": "other"})
    return lambda: m.sim.clear(number)


def unknown_words(m):
    number = m.sim.fault("set-fields", cluster="east", method="GET", path="groups*",
                         set={"status": "Offlinish"}, where={"name": "web1"})
    return lambda: m.sim.clear(number)


@pytest.mark.parametrize("broken", [
    silent_server, hung_server, stale_server, suspended_cluster, missing_resource,
    resources_not_told, disk_still_online, another_identity, unknown_words])
def test_no_start_while(whole, broken):
    m = begin(whole, Field({"web1": "east1"}, quiet=True), poll={"read-timeout": clock.scaled(1.0)})
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    mended = broken(m)
    m.complete("east", "web1")
    m.sim.wait(cluster="east", group="web1", status="Offline")
    rounds(m)
    assert m.commands("web1") == ["east stop"], "no start without proof"
    row = m.row("web1")
    assert row["csMoveStep"] in ("stop", "release") and row["csMoveState"] == "running", row
    m.until("the text to name the site", lambda: "east" in m.row("web1")["csMoveError"])
    assert m.disk_row("web1")["csDiskOwnerClusterName"] == "east"
    mended()
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.no_dual()


def test_dead_daemons_say_offline_and_the_vm_lives(whole):
    """Every server's API answers that all is Offline, while the VM runs on."""
    m = begin(whole, Field({"web1": "east1"}), moves={"release-timeout": clock.scaled(5.0)})
    for server in ("east2", "east1"):
        m.sim.do("daemon-kill", cluster="east", server=server)
    m.until("east to be seen so", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('east')}") not in ("normal", "caution"))
    assert m.active("web1") == {"east"}, "it lives"
    rounds(m)
    assert m.vm_row("web1")["csVmAdminState"] == "up", "nobody stopped it"
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue" and "east" in no.text
    assert m.site_row("web1", "east")["csVmSiteEvidence"] != "proved"
    assert m.posts() == [] and m.active("web1") == {"east"}


def test_daemons_that_die_after_the_stop_left(whole):
    """The stop is accepted and held up; then the daemons die, and say Offline."""
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=600000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    for server in ("east2", "east1"):
        m.sim.do("daemon-kill", cluster="east", server=server)
    rounds(m, 80)
    assert m.commands("web1") == ["east stop"]
    assert m.row("web1")["csMoveState"] in ("running", "inDoubt")
    m.no_dual()


def test_a_partition_in_the_source(whole):
    """Each half believes the other dead: what they disagree about is not known."""
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.do("partition", cluster="east", sides=[["east1"], ["east2"]])
    m.until("the servers to disagree", lambda: m.alarms("serversDisagree"))
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue"
    assert m.posts() == []


def test_a_failover_in_the_source_meets_the_stop(whole):
    """The server dies while it stops the group: ECX brings it up on the other one. It runs
    where it was, nothing is started elsewhere, and the end says so."""
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    m.pending("east", "web1", stop_ms=50)
    m.sim.power_off("east", "east1")
    row = m.reaches("web1", *ENDED, seconds=60)
    if row["csMoveState"] == "succeeded":
        # the stop was carried out after all, and proved
        m.until("it to run in west", lambda: m.active("web1") == {"west"})
    else:
        assert row["csMoveState"] in ("failed", "rolledBack"), row
        assert "west" not in m.active("web1")
        m.until("it to run in east", lambda: m.vm_row("web1")["csVmNodeName"] == "east2", 30)
        assert "west start" not in m.commands("web1")
        assert row["csMoveError"]
    m.no_dual()


def test_a_failed_vm_can_be_moved_away(whole):
    """It failed everywhere in its cluster: stopped there, started elsewhere."""
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.do("start-fail", cluster="east", resource="vm-web1", count=-1)
    m.sim.do("resource-fail", cluster="east", resource="vm-web1")
    m.until("web1 to have failed", lambda: m.vm_row("web1")["csVmOperState"] == "failed", 30)
    m.move("web1", "west")
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.until("the alarm to clear", lambda: not m.alarms("vmFailed"))
    m.no_dual()


def test_a_stopped_vm_that_should_run_is_started_elsewhere(whole):
    """It cannot start where its disks are: they pass on, and it starts in west."""
    m = begin(whole, Field({"web1": "east1"}))
    m.intent("csVmAdminState", "web1", "down")
    m.ends("web1")
    m.sim.fault("envelope-code", cluster="east", method="POST", path="groups/web1/start*",
                code=1)
    m.intent("csVmAdminState", "web1", "up")
    m.until("a row", lambda: len(m.rows()) == 2)
    m.ends("web1", "failed")
    assert m.alarms("moveFailed")
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.move("web1", "west")
    m.until("a row", lambda: len(m.rows()) == 3)
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", *["east start"] * 3, "west start"]
    assert m.owners("web1") == [("", epoch + 1), ("west", epoch + 2)]
    m.until("the alarm to clear", lambda: not m.alarms("moveFailed"))
    m.no_dual()


def test_intents_do_not_cross_a_move(whole):
    """down while it moves would be two opposite wishes: refused, and the move goes on."""
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    no = m.refused((f"csVmAdminState.{m.vm('web1')}", "i", "down"))
    assert no.status == "inconsistentValue" and "web1" in no.text
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.vm_row("web1")["csVmAdminState"] == "up"


@pytest.mark.parametrize("trust", [False, True])
def test_a_server_of_the_source_has_no_power(whole, trust):
    """It says nothing: no proof could follow the stop, so nothing is stopped, unless the
    word of its peer is configured to do."""
    east = {"silent-server": "trust-peers"} if trust else {}
    m = begin(whole, Field({"web1": "east1"}, cluster={"east": east}),
              moves={"release-timeout": clock.scaled(4.0)})
    m.sim.power_off("east", "east2")
    m.until("east2 to be known offline", lambda: m.reader.value(
        f"csNodeOperState.{m.cluster('east')}.{m.node('east2')}") == "offline")
    m.move("web1", "west")
    if trust:
        m.ends("web1")
        m.runs_at("web1", "west")
        assert m.commands("web1") == ["east stop", "west start"]
    else:
        row = m.ends("web1", "failed", seconds=60)
        assert "cluster east: not all of its servers" in row["csMoveError"], row
        m.runs_at("web1", "east", "east1")
        assert m.commands("web1") == []
    m.no_dual()
