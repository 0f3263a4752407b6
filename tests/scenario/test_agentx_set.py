# SPDX-License-Identifier: Apache-2.0
"""SETs through a real snmpd, with a control thread that is quick, slow, or stands still, and
a master or manager that is impatient."""
import threading

import pytest

from agentx_lib import (  # noqa: F401 (fixtures)
    alive, back, counter, face, need_facedemo, newest_refusal, priority, refused, served,
    set_priority, start)
from harness import clock, snmp

pytestmark = pytest.mark.usefixtures("need_snmpd")


def later(seconds, function):
    timer = threading.Timer(seconds, function)
    timer.start()
    return timer


# --- SETs -----------------------------------------------------------------------------

def test_set_is_read_back(lab, face):
    """The value counts when snmpset has returned: publication is waited for."""
    for value in (0, 1000, 42):
        set_priority(lab, value)
        assert priority(lab) == value
    assert face.phases() == ["test", "commit", "accept"] * 3
    assert counter(lab, "csStatsSetsAccepted") == 3


def test_all_or_nothing(lab, face):
    """One bad variable of a PDU: nothing is changed, and nobody was asked."""
    with pytest.raises(snmp.SnmpError) as error:
        lab.operator.set(("csVmPriority.1", "u", 5), ("csVmPriority.2", "u", 1001))
    assert error.value.status == "wrongValue"
    assert "16.2" in error.value.index
    assert face.phases() == []
    lab.operator.set(("csVmPriority.1", "u", 5), ("csVmHold.2", "i", "true"))
    assert priority(lab) == 5 and lab.manager.value("csVmHold.2") == "true"
    assert face.phases() == ["test", "commit", "accept"]


def test_refused_by_control(lab, face):
    """The reason is in csRefusalTable, about the right instance."""
    face.told("refuse 12", "refuse 12")
    assert refused(lab)[0] == "inconsistentValue"
    row = newest_refusal(lab)
    assert row["csRefusalText"] == "the demo was told to refuse"
    assert row["csRefusalInstance"] == lab.mib.oid("csVmPriority.1")
    assert row["csRefusalError"] == "inconsistentValue"
    clock.wait_for(lambda: face.phases() == ["test", "free"], "the reservation to be freed")
    assert priority(lab) == 100


def test_slow_set_within_the_timeouts(lab):
    """E8: snmpd's time-outs count, not those asked for at registration: with the lines
    that we ship a phase may take longer than snmpd's default of 1 s, and is not resent."""
    lab.start_snmpd()
    demo = start(lab, timeout=4000)
    demo.told("delay 1500", "delay 1500")
    set_priority(lab, 250, timeout=15)
    demo.told("delay 0", "delay 0")
    assert priority(lab) == 250
    assert demo.phases() == ["test", "commit", "accept"]
    assert counter(lab, "csStatsAgentxReconnects") == 0


def test_set_slower_than_its_timeout(lab, face):
    """E1: control takes 4 s for an answer of 1 s: the SET is refused in bounded time,
    snmpd answers others afterwards, and the session lives."""
    face.told("delay 4000", "delay 4000")
    status, took = refused(lab, timeout=10)
    assert status == "resourceUnavailable"
    assert took < clock.scaled(3)
    assert alive(lab)
    assert served(lab) == "demo"  # GETs never wait for control
    face.told("delay 0", "delay 0", 15)
    set_priority(lab, 8)
    assert priority(lab) == 8
    assert counter(lab, "csStatsAgentxReconnects") == 0


def test_impatient_snmpd(lab):
    """E1: snmpd without our drop-in repeats the request and gives the subagent up; that
    must neither kill it (SIGPIPE) nor keep it away."""
    lab.start_snmpd(extra=["agentXTimeout 1", "agentXRetries 1"])
    demo = start(lab, timeout=6000)
    demo.told("delay 5000", "delay 5000")
    assert refused(lab, timeout=20)[0] in ("genError", "resourceUnavailable", "timeout")
    alive(lab, 10)
    demo.told("delay 0", "delay 0", 30)
    back(lab, 20)
    assert demo.process.running()
    set_priority(lab, 11, timeout=20)
    assert priority(lab) == 11


def test_subagent_killed_during_a_set(lab, face):
    """E9: the manager hears genErr at once, and snmpd goes on."""
    face.told("delay 900", "delay 900")
    kill = later(0.4, face.process.kill)
    status, took = refused(lab, timeout=20)
    kill.join()
    assert status == "genError"
    assert took < clock.scaled(4)
    assert alive(lab)
    start(lab)
    assert priority(lab) == 100


def test_retransmitted_set(lab):
    """E12: the manager repeats the SET while it is under way, and snmpd executes both:
    each is a transaction of its own that was concluded, and the value is right."""
    lab.start_snmpd()
    demo = start(lab, timeout=3000)
    # snmpd answers when test and commit are through, and does not wait for the accept
    demo.told("delay 800", "delay 800")
    # v2c: of SNMPv3 each repetition is a message of its own
    lab.manager.as_community("private").set(("csVmPriority.1", "u", 640),
                                            timeout=1 / clock.SLOW, retries=4)
    demo.told("delay 0", "delay 0", 20)
    clock.wait_for(lambda: 2 <= demo.phases().count("test") == demo.phases().count("accept"),
                   "the SET to be repeated, and every one to be concluded", 15,
                   seen=demo.phases)
    assert priority(lab) == 640
    seen = demo.requests()
    tests = [t for phase, t in seen if phase == "test"]
    assert len(tests) == len(set(tests))
    assert sorted(t for phase, t in seen if phase == "accept") == sorted(tests)


@pytest.mark.parametrize("kind,value", [
    ("i", 5), ("s", "5"), ("x", "00ff"), ("o", ".1.3"), ("t", "5"), ("a", "127.0.0.1"),
    ("s", "a text that is longer than any number")])
def test_wrong_types(lab, face, kind, value):
    """E10: Net-SNMP checks no type: a handler that does not reads past what came."""
    with pytest.raises(snmp.SnmpError) as error:
        lab.operator.set(("csVmPriority.1", kind, value))
    assert error.value.status == "wrongType"
    assert "csVmPriority takes Unsigned32" in newest_refusal(lab)["csRefusalText"]
    assert face.phases() == []
    assert priority(lab) == 100


@pytest.mark.parametrize("name,kind,value,status", [
    ("csVmPriority.1", "u", 1001, "wrongValue"),
    ("csVmAdminState.1", "i", 0, "wrongValue"),
    ("csVmAdminState.1", "i", 256 + 1, "wrongValue"),
    ("csVmAdminState.1", "i", -1, "wrongValue"),
    ("csSetSerial.0", "i", -2147483648, "wrongValue"),
    ("csVmHomeCluster.1", "u", 4294967295, "wrongValue"),
    ("csVmPriority.99", "u", 1, "noCreation"),
    ("csVmName.1", "s", "other", "notWritable"),
    ("csSetControlAge.0", "u", 0, "notWritable"),
    ("csNodeAdminState.1.1", "i", 3, "wrongValue"),
    ("csPlacementCpus.2.109.101.1", "u", 0, "wrongValue"),
    ("csPolicyMasterMode.0", "i", 4, "wrongValue"),
    ("csHookAdminState.1", "i", 1, "noCreation")])
def test_refused_by_descriptor(lab, face, name, kind, value, status):
    """Refused without asking control, in words that name object and range."""
    with pytest.raises(snmp.SnmpError) as error:
        lab.operator.set((name, kind, value))
    assert error.value.status == status
    row = newest_refusal(lab)
    assert row["csRefusalText"].startswith(name.split(".", maxsplit=1)[0])
    assert row["csRefusalInstance"] == lab.mib.oid(name)
    assert face.phases() == []


def test_refusals_are_the_last_64(lab, face):
    for _ in range(70):
        refused(lab, 2000)
    rows = lab.manager.table("csRefusalTable")
    assert len(rows) == 64
    assert sorted(rows) == [(i,) for i in range(7, 71)]
    assert counter(lab, "csStatsSetsRefused") == 70


# --- control stands still -------------------------------------------------------------

@pytest.mark.deadline(180)
def test_control_stopped(lab, face):
    """csSetControlAge shows it, GETs go on, SETs are refused in bounded time, and a SET
    that was given up is never done later."""
    assert lab.manager.value("csSetControlAge.0") <= 1
    face.told("stop 7000", "stopped")
    clock.wait_for(lambda: lab.manager.value("csSetControlAge.0") >= 3,
                   "csSetControlAge to rise", 8)
    assert len(lab.manager.bulkwalk("csVmTable")) > 50
    status, took = refused(lab, 13, timeout=10)
    assert status == "resourceUnavailable"
    assert took < clock.scaled(3)
    assert "did not answer in time" in newest_refusal(lab)["csRefusalText"]
    clock.wait_for(lambda: "going on" in face.process.text(), "control to go on", 15)
    clock.wait_for(lambda: "revoked test" in face.phases(), "control to see the request")
    assert "commit" not in face.phases()
    assert priority(lab) == 100
    clock.wait_for(lambda: lab.manager.value("csSetControlAge.0") <= 1,
                   "csSetControlAge to fall")
    set_priority(lab, 14)
    assert priority(lab) == 14
