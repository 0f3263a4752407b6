# SPDX-License-Identifier: Apache-2.0
"""Two clustersetd with stores of their own over the same clusters: unsupported, and only a
guard at the disk makes it safe. What is promised even so: each notices what it did not
command, says so, and neither goes on moving what two clusters have."""
import os
import threading

import pytest

from harness import clock, labs, mib as mibs, snmp
from harness.moving import THREE, Field, Moves

VMS = {"web1": "east1", "web2": "east2"}


@pytest.fixture
def two(lab, need_snmpd, need_snmptrapd, need_ecxsim, need_daemon):
    """Two hands on the same simulated clusters, each with a snmpd and a store."""
    field = Field(VMS, clusters=THREE)
    second = labs.Lab(lab.top_srcdir, lab.top_builddir, mibs.load(lab.top_srcdir),
                      directory=os.path.join(lab.directory, "2"))
    os.mkdir(second.directory)
    hands = []
    for one in (lab, second):
        one.pair = field
        one.start_snmptrapd()
        one.start_snmpd()
        if one is lab:
            lab.start_ecxsim(field.world)
        one.sim = lab.sim
        one.start_daemon(field.settings(
            one, evidence={"command-horizon": clock.scaled(4.0)},
            moves={"stop-timeout": clock.scaled(6.0), "start-timeout": clock.scaled(6.0),
                   "release-timeout": clock.scaled(5.0)})).polled()
        hands.append(Moves(one))
        hands[-1].settled()
    lab.parts += second.parts  # the fixture ends them
    return hands


def test_the_other_one_is_told_of_a_move(two):
    """What one of them moves, the other sees as moved by hand: owner with a new epoch,
    events, and nothing commanded."""
    one, other = two
    epoch = other.disk_row("web1")["csDiskEpoch"]
    one.move("web1", "west")
    one.ends("web1")
    other.runs_at("web1", "west")
    assert other.disk_row("web1")["csDiskEpoch"] > epoch
    assert other.events("diskOwnerChange", "web1")
    assert not other.rows(), "it saw a move and made none"
    assert one.commands("web1") == ["east stop", "west start"]
    # and it can move it on, from where it is now
    other.move("web1", "north")
    other.ends("web1")
    one.runs_at("web1", "north")
    one.no_dual()


def wish(hand, triples):
    try:
        hand.writer.set(*triples)
    except snmp.SnmpError as error:
        assert error.status == "inconsistentValue", error  # it saw the other's stop already


@pytest.mark.deadline(240)
def test_both_move_the_same_vm_at_once(two):
    """The worst: both stop it, both prove it stopped, each starts it elsewhere. Whether that
    happens is a matter of milliseconds; what happens is told to both managers."""
    one, other = two
    dual = 0
    for number, vm in enumerate(VMS):
        wishes = [one.target(vm, "west"), other.target(vm, "north")]
        threads = [threading.Thread(target=wish, args=(hand, triples))
                   for hand, triples in zip(two, wishes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for hand in two:
            clock.wait_for(lambda h=hand: all(
                r["csMoveState"] in ("succeeded", "cancelled", "rolledBack", "failed", "inDoubt")
                for r in h.rows(vm)), f"the moves of {vm} to end or stand", 120,
                seen=hand.seen)
        there = sorted(one.active(vm))
        if len(there) > 1:
            dual += 1
            for hand in two:
                hand.until(f"the conflict of {vm} to be told",
                           lambda h=hand: h.vm_row(vm)["csVmOperState"] == "conflict"
                           and any(vm in a["csAlarmText"] for a in h.alarms("vmConflict")), 20)
                hand.trapd.wait("csDiskConflict", 20, csDiskVmName=vm)
                found = hand.refused(*hand.target(vm, "east"))
                assert found.status == "inconsistentValue" and vm in found.text
            # the way out that the alarm names
            one.sim.do("group-stop", cluster=there[1], group=vm)
        clock.wait_for(lambda: len(one.active(vm)) == 1, f"{vm} to be active once", 20)
        for hand in two:
            # who lost the race stands in doubt: the VM runs where it did not bring it
            if hand.rows(vm) and hand.row(vm)["csMoveState"] == "inDoubt":
                assert hand.alarms("moveInDoubt")
                hand.order(vm, "cancel")
                hand.reaches(vm, "cancelled", "rolledBack", "failed", seconds=30)
            hand.until(f"{vm} to be told to run", lambda h=hand:
                       h.vm_row(vm)["csVmOperState"] == "running"
                       and not h.alarms("vmConflict"), 30)
    oracle = one.sim.oracle()
    print(f"two daemons: dual VMs {dual} of {number + 1}, oracle dual_by_command="
          f"{oracle['dual_by_command']} dual_foreign={oracle['dual_foreign']}")
    assert (oracle["dual_by_command"] > 0) == (dual > 0) or oracle["max_clusters"] > 1
