# SPDX-License-Identifier: Apache-2.0
"""What happens to AgentX subagents in the field, against a real snmpd.

Each test is one way in which subagents built on libnetsnmp were seen to fail (a master
that restarts, freezes, is impatient; a burst of notifications; a second instance; a slow
or silent control thread), and names what an operator would observe.
"""
import os
import signal
import threading
import time

import pytest

import agentx_lib
from agentx_lib import PING, alive, counter, served, start
from harness import clock, snmp

pytestmark = pytest.mark.usefixtures("need_snmpd")


@pytest.fixture(autouse=True)
def need_facedemo(top_builddir):
    if not os.path.exists(agentx_lib.program(top_builddir)):
        pytest.skip("facedemo is not built (make check builds it)")


@pytest.fixture
def face(lab):
    """snmpd and a face that it serves."""
    lab.start_snmpd()
    return start(lab)


def back(lab, seconds=3 * PING + 5):
    """Waits until the objects are there again."""
    clock.wait_for(lambda: served(lab), "the objects to be served again", seconds)


def later(seconds, function):
    timer = threading.Timer(seconds, function)
    timer.start()
    return timer


def priority(lab):
    return lab.manager.value("csVmPriority.1")


def set_priority(lab, value, **more):
    return lab.operator.set(("csVmPriority.1", "u", value), **more)


def refused(lab, value=7, **more):
    """The SNMP error of a SET that must fail, and how long it took."""
    began = time.monotonic()
    with pytest.raises(snmp.SnmpError) as error:
        set_priority(lab, value, **more)
    return error.value.status, time.monotonic() - began


def newest_refusal(lab):
    rows = lab.manager.table("csRefusalTable")
    return rows[max(rows)]


# --- the master goes and comes ----------------------------------------------------------

@pytest.mark.parametrize("hard", [False, True], ids=["term", "kill9"])
def test_snmpd_restart(lab, face, hard):
    """E7: the same process is served again, and says that it reconnected."""
    assert counter(lab, "csStatsAgentxReconnects") == 0
    lab.snmpd.restart(hard=hard)
    back(lab)
    assert counter(lab, "csStatsAgentxReconnects") >= 1
    set_priority(lab, 321)
    assert priority(lab) == 321


def test_snmpd_reload_keeps_the_session(lab, face):
    """E7: SIGHUP to snmpd, as `systemctl reload` does it, loses nothing."""
    lab.snmpd.process.signal(signal.SIGHUP)
    for _ in range(20):
        clock.wait_for(lambda: served(lab), "an answer after the reload", 5)
        time.sleep(0.1)
    assert counter(lab, "csStatsAgentxReconnects") == 0


def test_subagent_first(lab):
    """The face starts before snmpd and joins it when it comes."""
    lab.start_snmpd()
    lab.snmpd.stop()
    demo = start(lab, ready=False)
    clock.wait_for(lambda: "no snmpd at" in demo.process.text(), "the face to say so")
    lab.snmpd.start()
    back(lab)


def test_subagent_killed_and_restarted(lab, face):
    """kill -9 of the subagent: snmpd drops it, and the next one is served at once."""
    face.process.kill()
    clock.wait_for(lambda: served(lab) is None, "snmpd to notice", 10)
    alive(lab)
    start(lab)


@pytest.mark.deadline(180)
def test_frozen_snmpd(lab, face):
    """E3: kill -STOP; sleep 14; kill -CONT. The library gives up the connection and
    opens another, with the number of the old; whoever watches numbers is deaf now."""
    lab.snmpd.process.freeze()
    time.sleep(14)
    lab.snmpd.process.thaw()
    back(lab)
    began = time.monotonic()
    for _ in range(20):
        assert served(lab) == "demo"
    # not only when a ping timer happens to fire
    assert time.monotonic() - began < clock.scaled(10)
    set_priority(lab, 55)
    assert priority(lab) == 55


@pytest.mark.deadline(180)
def test_ends_while_snmpd_is_frozen(lab, face):
    """A frozen snmpd must not keep the daemon from ending when it is told to."""
    lab.snmpd.process.freeze()
    time.sleep(3 * PING)
    try:
        began = time.monotonic()
        assert face.stop() == 0
        assert time.monotonic() - began < clock.scaled(13)
    finally:
        lab.snmpd.process.thaw()


@pytest.mark.deadline(180)
def test_frozen_subagent(lab, face):
    """E4: the subagent stops for a while: snmpd answers for itself, then for both."""
    face.process.freeze()
    try:
        with pytest.raises(snmp.SnmpError):
            lab.manager.value("csSetName.0", timeout=7, retries=0)
        alive(lab)
    finally:
        face.process.thaw()
    back(lab)
    assert priority(lab) == 100


# --- file descriptors -----------------------------------------------------------------

def agentx_fds(pid):
    """{fd: flags} of the sockets of a process."""
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as f:
                found[int(fd)] = int(f.read().split("flags:")[1].split()[0], 8)
    return found


def test_descriptor_is_not_inherited(lab, face):
    """FD_CLOEXEC on the AgentX socket, and again on the one of the next connection."""
    for _ in range(2):
        fds = agentx_fds(face.pid)
        assert fds and all(flags & os.O_CLOEXEC for flags in fds.values()), fds
        lab.snmpd.restart()
        back(lab)


def test_restart_while_1500_fds_are_open(lab):
    """Descriptors above 1023 end a process that uses fd_set."""
    lab.start_snmpd()
    demo = start(lab, fds=1500)
    assert min(agentx_fds(demo.pid)) > 1023
    lab.snmpd.restart(hard=True)
    back(lab)
    assert min(agentx_fds(demo.pid)) > 1023
    assert len(lab.manager.bulkwalk("csVmTable")) > 50
    set_priority(lab, 9)
    assert priority(lab) == 9


# --- two of them ----------------------------------------------------------------------

@pytest.mark.parametrize("hard", [False, True], ids=["term", "kill9"])
def test_second_instance_takes_over(lab, hard):
    """E6: registered twice; the second one waits, and serves when the first has gone."""
    lab.start_snmpd()
    first = start(lab, vms=5)
    second = start(lab, ready=False, name="second", vms=9)
    clock.wait_for(lambda: "another subagent serves" in second.process.text(),
                   "the second instance to be refused")
    assert lab.manager.value("csSetVmCount.0") == 5
    if hard:
        first.process.kill()
    else:
        first.stop()
    clock.wait_for(lambda: lab.manager.value("csSetVmCount.0") == 9,
                   "the second instance to be served", 25)
    set_priority(lab, 77)
    assert "accept" in second.phases()


# --- notifications --------------------------------------------------------------------

@pytest.mark.usefixtures("need_snmptrapd")
def test_burst_of_notifications(lab):
    """E5: 2,000 at once arrive in order, each once, and snmpd answers all the time."""
    lab.start_snmptrapd(transport="tcp")  # nothing is lost between snmpd and it
    lab.start_snmpd(trap_port=None,
                    extra=[f"trap2sink tcp:127.0.0.1:{lab.trapd.port} public"])
    demo = start(lab)
    demo.told("burst 2000", "posted 2000")
    answered = 0
    while counter(lab, "csStatsNotificationsQueued"):
        alive(lab)
        answered += 1
    clock.wait_for(lambda: len(lab.trapd.traps("csVmStateChange")) >= 2000,
                   "2,000 notifications", 60,
                   seen=lambda: len(lab.trapd.traps("csVmStateChange")))
    traps = lab.trapd.traps("csVmStateChange")
    assert [t.values()["csNotifySequence"] for t in traps] == list(range(1, 2001))
    assert traps[0].values()["csVmOperState"] == "running"
    assert counter(lab, "csStatsNotificationsSent") == 2000
    assert counter(lab, "csStatsNotificationsSuppressed") == 0
    assert counter(lab, "csStatsAgentxReconnects") == 0


@pytest.mark.usefixtures("need_snmptrapd")
def test_notifications_wait_for_snmpd(lab):
    """What happens while snmpd is down is told when it is back, in order."""
    lab.start_snmptrapd(transport="tcp")
    lab.start_snmpd(trap_port=None,
                    extra=[f"trap2sink tcp:127.0.0.1:{lab.trapd.port} public"])
    demo = start(lab)
    lab.snmpd.process.kill()
    os.unlink(lab.snmpd.socket)
    demo.told("burst 300", "posted 300")
    lab.snmpd.start()
    back(lab)
    clock.wait_for(lambda: len(lab.trapd.traps("csVmStateChange")) >= 300,
                   "300 notifications", 30)
    numbers = [t.values()["csNotifySequence"] for t in lab.trapd.traps("csVmStateChange")]
    assert numbers == list(range(1, 301))


@pytest.mark.usefixtures("need_snmptrapd")
@pytest.mark.deadline(240)
def test_overflow_names_the_range(lab):
    """More than fit while snmpd is down: one notification says which ones are missing."""
    lab.start_snmptrapd(transport="tcp")
    lab.start_snmpd(trap_port=None,
                    extra=[f"trap2sink tcp:127.0.0.1:{lab.trapd.port} public"])
    demo = start(lab)
    lab.snmpd.process.kill()
    os.unlink(lab.snmpd.socket)
    demo.told("burst 10300", "posted 10300", 30)
    lab.snmpd.start()
    back(lab)
    trap = lab.trapd.wait("csEventsSuppressed", 30)
    assert trap.values()["csNotifyFirst"] == 1
    assert trap.values()["csNotifyLast"] == 300
    clock.wait_for(lambda: counter(lab, "csStatsNotificationsQueued") == 0,
                   "the queue to be empty", 90)
    assert counter(lab, "csStatsNotificationsSuppressed") == 300
    first = lab.trapd.wait("csVmStateChange").values()["csNotifySequence"]
    assert first == 301


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
    ("csVmPriority.99", "u", 1, "noCreation"),
    ("csVmName.1", "s", "other", "notWritable"),
    ("csSetControlAge.0", "u", 0, "notWritable"),
    ("csNodeAdminState.1.1", "i", 3, "wrongValue"),
    ("csMoveVm.2.109.101.1", "u", 1, "noCreation"),
    ("csPolicyMasterMode.0", "i", 1, "noCreation")])
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


# --- control stands still ---------------------------------------------------------------

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
