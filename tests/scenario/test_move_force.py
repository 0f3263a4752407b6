# SPDX-License-Identifier: Apache-2.0
"""A source that is dead: csMoveForce leaves the stop aside, csVmSiteConfirm is an operator's
word for the proof. Neither is enough alone, and both are void when the world says other."""
import pytest

from harness import clock
from harness.moving import Field, begin

FORCE = {"force": True, "release-timeout": clock.scaled(60.0)}


def dead_source(whole, **more):
    """web1 ran in east, and east has no power."""
    m = begin(whole, Field({"web1": "east1"}), moves={**FORCE, **more})
    m.epoch = m.disk_row("web1")["csDiskEpoch"]
    m.sim.do("cluster-power-off", cluster="east")
    m.until("east to be unreachable", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('east')}") == "unreachable", 30)
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown")
    m.confirm = f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}"
    return m


def forced(m, **more):
    return m.create("web1", "west", more=[("csMoveForce", "i", "true")], **more)


def test_a_dead_source_needs_both(whole):
    m = dead_source(whole)
    # planned: not possible, and the words say what is
    no = m.refused(*m.creation("web1", "west", 9))
    assert no.status == "inconsistentValue" and "east" in no.text
    forced(m, reason="east burnt down")
    row = m.at_step("web1", "release")
    assert row["csMoveForce"] == "true"
    m.until("the text to say so", lambda: "east" in m.row("web1")["csMoveError"])
    assert m.commands("web1") == []
    m.writer.set((m.confirm, "u", m.epoch))
    m.ends("web1", seconds=60)
    m.until("web1 to run in west", lambda: m.vm_row("web1")["csVmClusterName"] == "west")
    assert m.commands("web1") == ["west start"]
    confirmed = m.events("siteConfirmed")
    assert len(confirmed) == 1 and "east" in confirmed[0]["csEventText"]
    assert "web1" in confirmed[0]["csEventText"]
    assert m.disk_row("web1")["csDiskEpoch"] > m.epoch
    m.no_dual()


def test_a_dead_source_of_a_stateless_vm(whole):
    """It has no disk and no epoch: 1 is written instead."""
    m = begin(whole, Field({"job1": "east1"}, stateless=["job1"]), moves=FORCE)
    m.sim.do("cluster-power-off", cluster="east")
    m.until("job1 to be unknown", lambda: m.vm_row("job1")["csVmOperState"] == "unknown", 30)
    confirm = f"csVmSiteConfirm.{m.vm('job1')}.{m.cluster('east')}"
    assert m.reader.value(confirm) == 0
    no = m.refused((confirm, "u", 7))
    assert no.status == "wrongValue" and "write 1" in no.text
    m.writer.set((confirm, "u", 1))
    m.create("job1", "west", more=[("csMoveForce", "i", "true")])
    row = m.ends("job1", seconds=60)
    assert row["csMoveEpoch"] == 0
    assert m.commands("job1") == ["west start"]
    m.no_dual()


def test_a_wrong_epoch(whole):
    m = dead_source(whole)
    for wrong in (m.epoch + 1, 4711):
        no = m.refused((m.confirm, "u", wrong))
        assert no.status == "wrongValue" and str(wrong) in no.text
    m.writer.set((m.confirm, "u", 0))  # does nothing
    assert m.reader.value(m.confirm) == 0
    m.writer.set((m.confirm, "u", m.epoch))
    assert m.reader.value(m.confirm) == m.epoch
    assert m.events("siteConfirmed")


def test_what_is_seen_cannot_be_confirmed_away(whole):
    m = begin(whole, Field({"web1": "east1"}), moves=FORCE)
    epoch = m.disk_row("web1")["csDiskEpoch"]
    no = m.refused((f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}", "u", epoch))
    assert no.status == "inconsistentValue" and "east" in no.text


def test_a_sighting_voids_the_word(whole):
    """The dead source comes back and starts it by itself."""
    m = dead_source(whole)
    m.writer.set((m.confirm, "u", m.epoch))
    assert m.reader.value(m.confirm) == m.epoch
    m.sim.do("cluster-power-on", cluster="east")
    m.sim.wait(cluster="east", server="east1", status="Online", seconds=30)
    m.sim.do("group-start", cluster="east", group="web1", server="east1")
    m.until("web1 to run again", lambda: m.vm_row("web1")["csVmOperState"] == "running", 30)
    m.until("the word to be void", lambda: m.reader.value(m.confirm) in (0, None))
    m.sim.do("cluster-power-off", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown", 30)
    forced(m)
    m.at_step("web1", "release")
    requests = m.sim.requests(cluster="west", method="GET")["total"]
    m.until("rounds", lambda: m.sim.requests(cluster="west", method="GET")["total"]
            > requests + 40)
    assert m.commands("web1") == [], "the old word counts no more"


def test_a_restart_voids_the_word(whole):
    m = dead_source(whole)
    m.writer.set((m.confirm, "u", m.epoch))
    m.crash()
    m.until("the VM", lambda: m.vm_row("web1"))
    assert m.reader.value(m.confirm) in (0, None)


def test_force_later_and_never_back(whole):
    """A planned move whose source dies at the stop: force is a SET on its own column."""
    m = begin(whole, Field({"web1": "east1"}), moves=FORCE)
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.sim.fault("effect-delay", cluster="east", method="POST", path="groups/web1/stop*")
    index = m.create("web1", "west")
    m.wait_post("web1", "stop")
    m.sim.do("cluster-power-off", cluster="east")
    m.until("the site to be unknown",
            lambda: m.site_row("web1", "east")["csVmSiteOperState"] == "unknown", 30)
    force = m.instance("csMoveForce", "ops", index)
    m.writer.set((force, "i", "true"))
    assert m.refused((force, "i", "false")).status == "inconsistentValue"
    assert m.row("web1")["csMoveForce"] == "true"
    assert m.commands("web1") == ["east stop"]
    m.writer.set((f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}", "u", epoch))
    m.ends("web1", seconds=60)
    assert m.commands("web1") == ["east stop", "west start"]
    assert m.active("web1") == {"west"}
    m.no_dual()


def test_a_source_that_does_not_obey(whole):
    """Its stop is refused and it runs on: force goes past the stop, and no further."""
    m = begin(whole, Field({"web1": "east1"}),
              moves={**FORCE, "release-timeout": clock.scaled(3.0)})
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.sim.fault("envelope-code", cluster="east", method="POST", path="groups/web1/stop*",
                code=1)
    forced(m)
    row = m.ends("web1", "inDoubt", seconds=60)
    assert "east" in row["csMoveError"]
    no = m.refused((f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}", "u", epoch))
    assert no.status == "inconsistentValue", "it is seen to run"
    assert "west start" not in m.commands("web1") and m.active("web1") == {"east"}
    # somebody pulls the plug: now it can be confirmed, and goes on
    m.sim.do("cluster-power-off", cluster="east")
    m.until("the site to be unknown",
            lambda: m.site_row("web1", "east")["csVmSiteOperState"] == "unknown", 30)
    m.writer.set((f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}", "u", epoch))
    m.order("web1", "retry")
    m.ends("web1", seconds=60)
    assert m.active("web1") == {"west"}
    m.no_dual()


@pytest.mark.parametrize("kind", ["force", "confirm"])
def test_neither_without_configuration(whole, kind):
    m = begin(whole, Field({"web1": "east1"}))
    if kind == "force":
        no = m.refused(*m.creation("web1", "west", 3, more=[("csMoveForce", "i", "true")]))
    else:
        epoch = m.disk_row("web1")["csDiskEpoch"]
        no = m.refused((f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('west')}", "u", epoch))
    assert no.status == "inconsistentValue" and "force" in no.text
    assert m.rows() == []
