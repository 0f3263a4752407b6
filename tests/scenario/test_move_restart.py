# SPDX-License-Identifier: Apache-2.0
"""clustersetd is killed in the middle of moves, at every step and at every durable write: the
move ends well, by the journal and by what is seen, and no command is doubled (I3)."""
import pytest

from harness import clock, snmp
from harness.disk import BadDisk, dead
from harness.moving import ENDED, THREE, Field, begin

HORIZON = clock.scaled(3.0)


def restarted(m):
    m.lab.daemon.start().serving()


# Each holds a move somewhere, and gives what lets it go on.
def in_queue(m):
    m.pending("east", "db1", stop_ms=60000)
    m.move("db1", "west")
    m.wait_post("db1", "stop")
    m.move("web1", "west")
    assert m.row("web1")["csMoveState"] == "accepted"
    return lambda: m.complete("east", "db1")


def in_check(m):
    m.sim.fault("latency", cluster="west", method="GET", path="groups*",
                ms=int(clock.scaled(1200)))
    m.move("web1", "west")
    m.at_step("web1", "check")
    return m.sim.clear


def in_quiesce(m):
    m.sim.fault("latency", cluster="east", method="POST", path="monitors/*",
                ms=int(clock.scaled(1500)))
    m.move("web1", "west")
    m.at_step("web1", "quiesce")
    return m.sim.clear


def in_stop(m):
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    return lambda: m.complete("east", "web1")


def stop_not_executed_yet(m):
    m.sim.fault("effect-delay", cluster="east", method="POST", path="groups/web1/stop*",
                count=1)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    return lambda: m.sim.do("release")


def in_release(m):
    done = in_stop(m)
    silent = m.sim.fault("refuse", cluster="east", server="east2")
    done()
    m.at_step("web1", "release")
    return lambda: m.sim.clear(silent)


def in_start(m):
    m.pending("west", "web1", start_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "start")
    return lambda: m.complete("west", "web1")


def start_not_executed_yet(m):
    m.sim.fault("effect-delay", cluster="west", method="POST", path="groups/web1/start*",
                count=1)
    m.move("web1", "west")
    m.wait_post("web1", "start")
    return lambda: m.sim.do("release")


def unanswered(m, cluster, what):
    """Carried out, and clustersetd dies before it can know: it may have been sent."""
    m.sim.fault("execute-lose-answer", cluster=cluster, method="POST",
                path=f"groups/web1/{what}*", count=1)
    m.pending(cluster, "web1", start_ms=60000, stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", what)
    return lambda: m.complete(cluster, "web1")


def stop_unanswered(m):
    return unanswered(m, "east", "stop")


def start_unanswered(m):
    return unanswered(m, "west", "start")


def in_verify(m):
    m.move("web1", "west")
    m.at_step("web1", "verify")
    return lambda: None


HELD = [in_queue, in_check, in_quiesce, in_stop, stop_not_executed_yet, in_release, in_start,
        start_not_executed_yet, stop_unanswered, start_unanswered, in_verify]


def field():
    return Field({"web1": "east1", "db1": "east2"}, quiet=True)


@pytest.mark.parametrize("meanwhile", ["later", "meanwhile"])
@pytest.mark.parametrize("held", HELD)
def test_killed_at(whole, held, meanwhile):
    """What it waited for happens after the restart, or while nobody looks."""
    m = begin(whole, field(), moves={"limit-set": 1, "verify-time": 1.0})
    go_on = held(m)
    m.lab.daemon.kill()
    if meanwhile == "meanwhile":
        go_on()
    restarted(m)
    if meanwhile == "later":
        go_on()
    row = m.ends("web1", seconds=60)
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"], "none is doubled"
    assert row["csMoveDowntimeMs"] > 0
    assert not m.alarms("moveInDoubt") and not m.events("foreignController")
    assert m.trapd.wait("csMoveEnded", csMoveVmName="web1", csMoveState="succeeded")
    m.no_dual()


@pytest.mark.parametrize("held", [in_stop, in_start])
def test_killed_while_cancelling(whole, held):
    m = begin(whole, field())
    go_on = held(m)
    m.order("web1", "cancel")
    m.reaches("web1", "cancelling")
    m.lab.daemon.kill()
    restarted(m)
    assert m.row("web1")["csMoveState"] == "cancelling"
    go_on()
    m.ends("web1", "cancelled", seconds=60)
    m.runs_at("web1", "east")
    m.no_dual()


def test_killed_in_doubt(whole):
    """It stands as before: nobody but an operator lets it go on."""
    m = begin(whole, Field({"web1": "east1"}, clusters=THREE),
              moves={"release-timeout": clock.scaled(3.0)})
    go_on = in_stop(m)
    m.sim.fault("refuse", cluster="north")
    go_on()
    m.ends("web1", "inDoubt", seconds=60)
    m.lab.daemon.kill()
    m.sim.clear()
    restarted(m)
    m.lab.daemon.polled()
    row = m.row("web1")
    assert row["csMoveState"] == "inDoubt" and row["csMoveError"]
    assert m.alarms("moveInDoubt") and m.commands("web1") == ["east stop"]
    m.order("web1", "rollback")
    m.ends("web1", "rolledBack")
    m.runs_at("web1", "east")


def test_killed_again_and_again(whole):
    m = begin(whole, Field({"web1": "east1"}), evidence={"command-horizon": HORIZON})
    m.move("web1", "west")
    for step in ("stop", "release", "start", "verify"):
        m.until(step, lambda step=step: m.row("web1")["csMoveStep"] == step
                or m.row("web1")["csMoveState"] in ENDED)
        m.crash()
    m.ends("web1", seconds=60)
    m.runs_at("web1", "west")
    assert [f"{p.cluster} {p.what}" for p in m.posts("web1") if p.executed] == [
        "east stop", "west start"]
    m.no_dual()


@pytest.mark.parametrize("held", [in_stop, in_start])
def test_snmpd_is_gone_meanwhile(whole, held):
    """Nothing waits for it (I11); what happened can be read when it is back."""
    m = begin(whole, field())
    go_on = held(m)
    m.lab.snmpd.stop()
    go_on()
    m.until("the start", lambda: [p for p in m.posts("web1", "start") if p.executed])
    m.sim.wait(cluster="west", group="web1", status="Online")
    m.lab.snmpd.restart(hard=True)
    m.lab.daemon.serving(30)
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    assert m.events("moveEnded", "web1")
    m.no_dual()


def test_a_clean_end_in_the_middle(whole):
    """SIGTERM is no order to hurry, nor to give up."""
    m = begin(whole, field())
    go_on = in_stop(m)
    m.lab.daemon.stop()
    go_on()
    m.sim.wait(cluster="east", group="web1", status="Offline")
    restarted(m)
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]


@pytest.mark.deadline(400)
@pytest.mark.parametrize("when", ["write", "sync"])
def test_killed_at_every_write(lab, whole, top_builddir, when):
    """At the Nth transaction after the SET, before it is in the file or after: the SET was
    never heard of, or the move ends well. VM and disk go to and fro till N is past the end."""
    disk = BadDisk(top_builddir, lab.directory)
    m = begin(whole, Field({"web1": "east1"}), daemon=disk.daemon(),
              evidence={"command-horizon": HORIZON}, poll={"command-timeout": 1.0},
              moves={"repeat-window": 0, "stop-timeout": 60, "start-timeout": 60})
    here, there = "east", "west"
    killed = 0
    for number in range(1, 30):
        done, rows = len(m.posts("web1")), len(m.rows())
        died = dead(m.lab.daemon)
        disk.die(number, when)
        try:
            m.move("web1", there)
        except snmp.SnmpError as error:
            assert error.status in ("timeout", "genError", "noAccess", "commitFailed"), error
            m.until("the death", died)
        m.until("an end", lambda: died() or m.row("web1")["csMoveState"] in ENDED, 60)
        if not died():
            disk.good()
            break
        killed += 1
        m.lab.daemon.kill()
        restarted(m)
        m.lab.daemon.polled()
        if len(m.rows()) == rows:  # never heard of
            assert killed <= 3, "the SET was answered"
            m.runs_at("web1", here)
            assert len(m.posts("web1")) == done
            continue
        m.ends("web1", seconds=60)
        m.runs_at("web1", there)
        assert [p.what for p in m.posts("web1")[done:]] == ["stop", "start"]
        here, there = there, here
        m.no_dual()
    assert killed >= 6, f"only {killed} writes: is the journal written?"
    epochs = [e for _, e in m.owners("web1")]
    assert epochs == sorted(epochs), "epochs only grow"
