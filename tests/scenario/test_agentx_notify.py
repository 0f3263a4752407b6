# SPDX-License-Identifier: Apache-2.0
"""Notifications through a real snmpd to a real snmptrapd: bursts, an snmpd that is away,
more than can wait."""
import os

import pytest

from agentx_lib import (  # noqa: F401 (fixtures)
    alive, back, counter, need_facedemo, start)
from harness import clock

pytestmark = pytest.mark.usefixtures("need_snmpd")


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
