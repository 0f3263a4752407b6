# SPDX-License-Identifier: Apache-2.0
"""Moves that are not possible as the world is just now: refused in the test phase with words,
as in test_move_refused.py, each in a lab of its own."""
import resource

import pytest

from harness import snmp
from harness.moving import THREE, Field, begin


def test_node_down(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.power_off("west", "west2")
    node = m.node("west2")
    m.until("west2 to be offline", lambda: m.reader.value(
        f"csNodeOperState.{m.cluster('west')}.{node}") not in ("online", None))
    no = m.refused(*m.target("web1", "west", "west2"))
    assert no.status == "inconsistentValue" and "west2" in no.text and "web1" in no.text
    m.sim.power_off("west", "west1")
    m.until("west to be gone", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('west')}") == "unreachable")
    assert m.refused(*m.target("web1", "west")).status == "inconsistentValue"


def test_state_not_known(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.fault("refuse", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown")
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue" and "web1" in no.text and "east" in no.text


def test_target_cannot_be_told(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.fault("refuse", cluster="west")
    m.until("west to be unreachable", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('west')}") == "unreachable")
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue" and "west" in no.text


def test_target_is_not_offline(whole):
    """A failed start by hand left its group in Failure there."""
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.do("start-fail", cluster="west", resource="sd-web1", count=-1)
    m.sim.do("group-start", cluster="west", group="web1")
    m.until("web1 to have failed in west",
            lambda: m.site_row("web1", "west")["csVmSiteOperState"] == "failed")

    def not_held():
        """A round may have met it Pending there: a conflict, which holds the VM."""
        if m.vm_row("web1")["csVmHold"] == "true":
            m.writer.set((f"csVmHold.{m.vm('web1')}", "i", "false"))
        return m.vm_row("web1")["csVmHold"] == "false"
    m.until("web1 not to be held", not_held)
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue" and "web1" in no.text and "west" in no.text


def test_conflict(whole):
    m = begin(whole, Field({"web1": "east1"}, clusters=THREE))
    m.sim.do("group-start", cluster="west", group="web1")
    m.until("the conflict", lambda: m.vm_row("web1")["csVmOperState"] == "conflict")
    for there in ("west", "north"):
        no = m.refused(*m.target("web1", there))
        assert no.status == "inconsistentValue" and "web1" in no.text
    assert m.posts() == []


def test_disk_owned_elsewhere(whole):
    """It was started by hand while its owner could not be asked."""
    m = begin(whole, Field({"web1": "north1"}, clusters=THREE))
    m.sim.fault("refuse", cluster="north")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown")
    m.sim.do("group-stop", cluster="north", group="web1")
    m.sim.wait(cluster="north", group="web1", status="Offline")
    m.sim.do("group-start", cluster="east", group="web1")
    m.until("web1 to be seen in east",
            lambda: m.site_row("web1", "east")["csVmSiteOperState"] == "online")
    assert m.disk_row("web1")["csDiskOwnerClusterName"] == "north"
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue" and "web1" in no.text and "north" in no.text


def test_another_move_is_open(whole):
    m = begin(whole, Field({"web1": "east1"}, clusters=THREE))
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    row = m.at_step("web1", "stop")
    m.wait_post("web1", "stop")
    no = m.refused(*m.target("web1", "north"))
    assert no.status == "inconsistentValue" and "web1" in no.text
    assert f"set/{row['index']}" in no.text, "which move"
    no = m.refused(*m.creation("web1", "north", 77))
    assert no.status == "inconsistentValue" and f"set/{row['index']}" in no.text
    m.complete("east", "web1")
    m.ends("web1")


def test_store_fails(whole):
    m = begin(whole, Field({"web1": "east1"}))
    resource.prlimit(m.lab.daemon.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    with pytest.raises(snmp.SnmpError) as first:
        m.move("web1", "west")
    assert first.value.status in ("commitFailed", "resourceUnavailable")
    m.until("the alarm", lambda: m.alarms("storeFailed"))
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "resourceUnavailable" and "state file" in no.text
    assert m.rows() == [] and m.posts() == []
    resource.prlimit(m.lab.daemon.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    m.until("the alarm to clear", lambda: not m.alarms("storeFailed"), 30)
    m.move("web1", "west")
    m.ends("web1")


def test_the_queue_is_full(whole):
    vms = {f"vm{n}": "east1" for n in range(5)}
    m = begin(whole, Field(vms), moves={"queue": 2, "limit-set": 1, "limit-cluster": 1})
    m.pending("east", "vm0", stop_ms=60000)
    m.move("vm0", "west")
    m.at_step("vm0", "stop")
    m.move("vm1", "west")
    m.move("vm2", "west")
    no = m.refused(*m.target("vm3", "west"))
    assert no.status == "resourceUnavailable" and "vm3" in no.text and "queue" in no.text
    m.wait_post("vm0", "stop")
    m.complete("east", "vm0")
    for vm in ("vm0", "vm1", "vm2"):
        m.ends(vm)
    m.move("vm3", "west")
    m.ends("vm3")
