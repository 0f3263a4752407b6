# SPDX-License-Identifier: Apache-2.0
"""What cannot be made durable is not commanded (I12): a full disk, EIO and a disk that stands
still in the middle of a move; and a state file that is not the newest (I9)."""
import os
import resource
import shutil
import subprocess

import pytest

from harness import clock, snmp
from harness.disk import BadDisk
from harness.moving import Field, begin


def rounds(m, n=40):
    """Time in which nothing may be commanded: so many more requests of rounds."""
    before = m.sim.requests(method="GET")["total"]
    m.until("rounds", lambda: m.sim.requests(method="GET")["total"] > before + n)


def stopping(m):
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    m.at_step("web1", "stop")


def nothing_more(m):
    """It was stopped, and the store fails: no start anywhere, and everybody is told."""
    m.sim.wait(cluster="east", group="web1", status="Offline")
    m.until("the alarm", lambda: m.alarms("storeFailed"))
    m.trapd.wait("csAlarmRaised", 20, csAlarmType="storeFailed")
    rounds(m)
    assert m.commands("web1") == ["east stop"]
    no = m.refused(*m.target("db1", "west"))
    assert no.status == "resourceUnavailable" and "state file" in no.text
    assert m.vm_row("db1")["csVmOperState"] == "running", "polling goes on"


def goes_on(m):
    m.until("the alarm to clear", lambda: not m.alarms("storeFailed"), 30)
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.move("db1", "west")
    m.ends("db1")
    m.no_dual()


def field():
    return Field({"web1": "east1", "db1": "east2"})


def test_full_in_the_middle(whole):
    m = begin(whole, field())
    stopping(m)
    resource.prlimit(m.lab.daemon.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    m.complete("east", "web1")
    nothing_more(m)
    resource.prlimit(m.lab.daemon.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    goes_on(m)


def test_eio_in_the_middle(lab, whole, top_builddir):
    disk = BadDisk(top_builddir, lab.directory)
    m = begin(whole, field(), daemon=disk.daemon())
    stopping(m)
    disk.fail()
    m.complete("east", "web1")
    nothing_more(m)
    disk.good()
    goes_on(m)


def test_eio_and_a_crash(lab, whole, top_builddir):
    """What was not durable never happened; what was seen since is seen again."""
    disk = BadDisk(top_builddir, lab.directory)
    m = begin(whole, field(), daemon=disk.daemon())
    stopping(m)
    disk.fail()
    m.complete("east", "web1")
    nothing_more(m)
    m.lab.daemon.kill()
    disk.good()
    m.lab.daemon.start().serving()
    goes_on(m)


def test_a_disk_that_stands_still(lab, whole, top_builddir):
    """A slow fsync delays what must wait for it, and nothing else."""
    disk = BadDisk(top_builddir, lab.directory)
    m = begin(whole, field(), daemon=disk.daemon())
    stopping(m)
    disk.stand()
    try:
        m.complete("east", "web1")
        m.sim.wait(cluster="east", group="web1", status="Offline")
        rounds(m, 60)
        assert m.commands("web1") == ["east stop"], "the next state is not durable"
        assert m.reader.value("csSetControlAge.0") <= 2, "control does not wait for the disk"
        with pytest.raises(snmp.SnmpError) as no:  # outcome unknown, read back
            m.writer.set(*m.target("db1", "west"), timeout=15)
        assert no.value.status in ("genError", "commitFailed", "timeout")
        assert m.commands("db1") == []
    finally:
        disk.good()
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.no_dual()


def test_a_small_filesystem_that_is_full(lab, whole):
    state = os.path.join(lab.directory, "state")
    os.makedirs(state, mode=0o700, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "none", state],
                      capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        m = begin(whole, field())
        stopping(m)
        with open(os.path.join(state, "ballast"), "wb", buffering=0) as f:
            with pytest.raises(OSError):
                while True:
                    f.write(b"x" * 4096)
        m.complete("east", "web1")
        # the write-ahead log reuses its pages: some more changes until it needs room
        for n in range(2000):
            if m.alarms("storeFailed"):
                break
            try:
                m.intent("csVmPriority", "db1", n % 1000)
            except snmp.SnmpError:
                pass
        if m.row("web1")["csMoveState"] == "succeeded":
            m.until("the alarm", lambda: m.alarms("storeFailed"))
            no = m.refused(*m.target("db1", "west"))
            assert no.status == "resourceUnavailable"
            assert m.commands("db1") == []
        else:
            nothing_more(m)
        os.unlink(os.path.join(state, "ballast"))
        goes_on(m)
        m.lab.daemon.stop()
    finally:
        if lab.daemon is not None:
            lab.daemon.stop()
        subprocess.run(["umount", state], check=True)


# --- a copy that is not the newest -----------------------------------------------------------
def stale(whole, what):
    """The state as it was in the middle of a move is put back after that move has ended."""
    m = begin(whole, field())
    stopping(m)
    m.lab.daemon.kill()
    state = m.lab.daemon.settings["set"]["state-dir"]
    shutil.copytree(state, state + ".old")
    m.lab.daemon.start().serving()
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "west")
    m.lab.daemon.stop()
    if what == "directory":
        shutil.rmtree(state)
        shutil.copytree(state + ".old", state)
    for name in os.listdir(state + ".old"):
        if what == "snapshot" or what == "file" and name.startswith("state.sqlite"):
            # in place, as the snapshot of a file system does it
            if what == "file" and os.path.exists(os.path.join(state, name)):
                os.unlink(os.path.join(state, name))
            shutil.copyfile(os.path.join(state + ".old", name), os.path.join(state, name))
    m.lab.daemon.start().serving()
    m.done = len(m.posts())
    return m


def nothing_is_commanded(m):
    rounds(m, 60)
    assert len(m.posts()) == m.done
    assert m.active("web1") == {"west"}


def settled(m):
    """retry looks again: what the old journal was after is there already."""
    m.order("web1", "retry")
    m.ends("web1", seconds=60)
    m.runs_at("web1", "west")
    assert "web1" not in [p.name for p in m.posts()[m.done:]], "it runs: nothing to command"
    m.no_dual()


@pytest.mark.parametrize("what", ["file", "directory"])
def test_a_stale_copy_commands_nothing_until_adopted(whole, what):
    m = stale(whole, what)
    m.until("the alarm", lambda: m.alarms("stateRestored"), 30)
    assert "csSetAdopt" in m.alarms("stateRestored")[0]["csAlarmText"]
    assert m.trapd.wait("csAlarmRaised", csAlarmType="stateRestored")
    row = m.ends("web1", "inDoubt")
    assert row["csMoveStep"] != "none"
    nothing_is_commanded(m)
    token = m.reader.value("csSetAdopt.0")
    assert token > 0
    no = m.refused(*m.target("db1", "west"))
    assert no.status in ("inconsistentValue", "resourceUnavailable")
    assert "csSetAdopt" in no.text and str(token) in no.text
    assert m.refused(("csSetAdopt.0", "u", token + 1)).status == "wrongValue"
    m.writer.set(("csSetAdopt.0", "u", 0))  # does nothing
    assert m.reader.value("csSetAdopt.0") == token
    retry = m.instance("csMoveControl", "set", row["index"])
    assert "csSetAdopt" in m.refused((retry, "i", "retry")).text
    m.writer.set(("csSetAdopt.0", "u", token))
    m.until("the alarm to clear", lambda: not m.alarms("stateRestored"))
    assert m.reader.value("csSetAdopt.0") == 0
    assert m.events("stateAdopted")
    m.move("db1", "west")
    m.ends("db1")
    m.done = len(m.posts())
    settled(m)


def test_a_snapshot_put_back_is_contradicted(whole):
    """It looks like a crash; but what is seen excludes the journal."""
    m = stale(whole, "snapshot")
    row = m.ends("web1", "inDoubt")
    assert "contradicts" in row["csMoveError"]
    assert m.alarms("moveInDoubt")
    nothing_is_commanded(m)
    # one contradiction is enough for all (I9), also over a restart
    m.crash()
    m.until("the alarm", lambda: m.alarms("stateRestored"), 30)
    token = m.reader.value("csSetAdopt.0")
    assert token > 0
    assert "csSetAdopt" in m.refused(*m.target("db1", "west")).text
    m.writer.set(("csSetAdopt.0", "u", token))
    m.until("the alarm to clear", lambda: not m.alarms("stateRestored"))
    settled(m)


def test_a_restored_file_is_still_restored_after_a_restart(whole):
    m = stale(whole, "file")
    m.until("the alarm", lambda: m.alarms("stateRestored"), 30)
    m.crash()
    m.until("the alarm again", lambda: m.alarms("stateRestored"), 30)
    assert m.reader.value("csSetAdopt.0") > 0
    rounds(m, 20)
    assert len(m.posts()) == m.done


def test_nothing_restored_after_kill_9(whole):
    m = begin(whole, field())
    for _ in range(3):
        m.crash()
    m.settled()
    assert not m.alarms("stateRestored") and m.reader.value("csSetAdopt.0") == 0
    m.move("web1", "west")
    m.ends("web1", seconds=clock.scaled(40))
