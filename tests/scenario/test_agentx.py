# SPDX-License-Identifier: Apache-2.0
"""What happens to AgentX subagents in the field, against a real snmpd: a master that
restarts or freezes, many descriptors, a second instance.

Each test is one way in which subagents built on libnetsnmp were seen to fail, and names
what an operator would observe. Notifications: test_agentx_notify.py; SETs:
test_agentx_set.py."""
import os
import signal
import time

import pytest

from agentx_lib import (  # noqa: F401 (fixtures)
    PING, alive, back, counter, face, need_facedemo, priority, served, set_priority, start)
from harness import clock, snmp

pytestmark = pytest.mark.usefixtures("need_snmpd")


# --- the master goes and comes --------------------------------------------------------

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
    assert "is snmpd running, with \"master agentx\"" in demo.process.text()
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


def test_touches_no_files_of_net_snmp(lab, face):
    """The library would keep state in a directory of its own, and make ~/.snmp."""
    face.stop()
    assert not {".snmp", "persist"} & set(os.listdir(lab.directory))


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
    # CleanupSet comes after the manager has its answer
    clock.wait_for(lambda: "accept" in second.phases(), "the SET to be concluded")
