# SPDX-License-Identifier: Apache-2.0
"""A state that was put back from a copy, and one that merely crashed (design: I9).

What tells them apart piece by piece is in tests/unit/test_host.c; here a whole daemon is
stopped, killed and given another state file, and an operator adopts it.
"""
import os
import shutil
import sqlite3
import subprocess
import time

import pytest

from harness import clock, snmp


def state_file(lab):
    return os.path.join(lab.daemon.settings["set"]["state-dir"], "state.sqlite")


def write(lab, *varbinds):
    lab.manager.as_community("private").set(*varbinds)


def drop(path):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(path + end):
            os.unlink(path + end)


def backup(lab, to):
    """As sqlite3's .backup does it: a copy that is whole, while the daemon runs."""
    source, target = sqlite3.connect(state_file(lab)), sqlite3.connect(to)
    with target:
        source.backup(target)
    source.close()
    target.close()


def put_back(lab, copy):
    drop(state_file(lab))
    shutil.copyfile(copy, state_file(lab))
    os.chmod(state_file(lab), 0o600)


def adopt(lab):
    return lab.manager.value("csSetAdopt.0")


def alarms(lab):
    return {r["csAlarmType"]: r for r in lab.manager.table("csAlarmTable").values()}


def refusal(lab, *varbinds):
    with pytest.raises(snmp.SnmpError) as caught:
        write(lab, *varbinds)
    newest = max(lab.manager.table("csRefusalTable").items())[1]
    return caught.value.status, newest["csRefusalText"]


def vm_and_target(lab):
    index, row = lab.manager.row("csVmTable", csVmName="web1")
    other = next(i for i in lab.manager.table("csClusterTable") if i[0] != row["csVmCluster"])
    return index[0], other[0]


def change_something(lab):
    vm, _ = vm_and_target(lab)
    write(lab, (f"csVmPriority.{vm}", "u", 7))


def test_a_state_that_was_put_back_is_adopted_first(whole, tmp_path):
    lab = whole()
    vm, there = vm_and_target(lab)
    backup(lab, tmp_path / "copy")
    change_something(lab)
    lab.daemon.stop()
    put_back(lab, tmp_path / "copy")
    lab.daemon.start().polled()
    token = adopt(lab)
    assert token != 0
    alarm = alarms(lab)["stateRestored"]
    assert alarm["csAlarmSeverity"] == "critical"
    assert "older than" in alarm["csAlarmText"] and str(token) in alarm["csAlarmText"]
    status, words = refusal(lab, (f"csVmTargetCluster.{vm}", "u", there))
    assert status in ("inconsistentValue", "resourceUnavailable") and "csSetAdopt" in words
    # it stays so over crashes and restarts
    lab.daemon.kill()
    lab.daemon.start().polled()
    lab.daemon.stop()
    lab.daemon.start().polled()
    token = adopt(lab)
    assert token != 0 and "stateRestored" in alarms(lab)
    assert refusal(lab, ("csSetAdopt.0", "u", token + 1))[0] == "wrongValue"
    write(lab, ("csSetAdopt.0", "u", 0))  # does nothing
    assert adopt(lab) == token
    write(lab, ("csSetAdopt.0", "u", token))
    assert adopt(lab) == 0
    clock.wait_for(lambda: "stateRestored" not in alarms(lab), "the alarm to end")
    assert "stateAdopted" in {r["csEventType"] for r in
                              lab.manager.table("csEventTable").values()}
    moved(lab, vm, there)
    lab.daemon.kill()
    lab.daemon.start().polled()
    assert adopt(lab) == 0 and "stateRestored" not in alarms(lab)


def moved(lab, vm, there):
    """Moves a VM to that cluster; the epoch of its disk then."""
    write(lab, (f"csVmTargetCluster.{vm}", "u", there))
    clock.wait_for(lambda: lab.manager.value(f"csVmCluster.{vm}") == there
                   and lab.manager.value(f"csVmTargetCluster.{vm}") == 0,
                   "the VM to be moved", 30, seen=lab.logs)
    return epoch(lab)


def adopt_and_see(lab, there):
    write(lab, ("csSetAdopt.0", "u", adopt(lab)))
    clock.wait_for(lambda: lab.manager.row("csDiskTable", csDiskVmName="web1")[1]
                   ["csDiskOwnerCluster"] == there, "the owner that is seen", 30,
                   seen=lab.logs)


def epoch(lab):
    return lab.manager.row("csDiskTable", csDiskVmName="web1")[1]["csDiskEpoch"]


def test_epochs_go_on_behind_the_copy(whole, tmp_path):
    """The copy knows nothing of a move: the VM is elsewhere, and epochs were used."""
    lab = whole()
    vm, there = vm_and_target(lab)
    backup(lab, tmp_path / "copy")
    used = moved(lab, vm, there)
    lab.daemon.stop()
    put_back(lab, tmp_path / "copy")
    lab.daemon.start().polled()
    adopt_and_see(lab, there)
    assert epoch(lab) > used
    back = next(i[0] for i in lab.manager.table("csClusterTable") if i[0] != there)
    assert moved(lab, vm, back) > used + 1


def test_a_copy_put_over_the_files(whole, tmp_path):
    """As `cp -a copy/. dir/` does it: birth and marks of the files fit all that."""
    lab = whole()
    vm, there = vm_and_target(lab)
    lab.daemon.stop()
    folder = os.path.dirname(state_file(lab))
    shutil.copytree(folder, tmp_path / "copy")
    stopped = os.stat(os.path.join(folder, "state.marks")).st_ctime
    lab.daemon.start().polled()
    assert adopt(lab) == 0  # an orderly end and a start are nothing to notice
    used = moved(lab, vm, there)
    lab.daemon.stop()
    clock.wait_for(lambda: time.time() > stopped + 2.5, "the copy to be old enough")
    subprocess.run(["cp", "-a", f"{tmp_path}/copy/.", folder], check=True)
    lab.daemon.start().polled()
    assert "copy put over" in alarms(lab)["stateRestored"]["csAlarmText"]
    lab.daemon.kill()
    lab.daemon.start().polled()
    assert "stateRestored" in alarms(lab)
    adopt_and_see(lab, there)
    assert epoch(lab) > used + 100  # the marks put back do not know it either
    back = next(i[0] for i in lab.manager.table("csClusterTable") if i[0] != there)
    moved(lab, vm, back)
    lab.daemon.kill()
    lab.daemon.start().polled()
    assert adopt(lab) == 0 and "stateRestored" not in alarms(lab)


@pytest.mark.parametrize("spoil, words", [
    (lambda path: os.unlink(path.replace(".sqlite", ".marks")), "without its state.marks"),
    (lambda path: sqlite_set(path, "this", "$.machine", "0123456789abcdef" * 2),
     "another host")])
def test_other_signs(whole, spoil, words):
    lab = whole()
    lab.daemon.stop()
    spoil(state_file(lab))
    lab.daemon.start().polled()
    assert adopt(lab) != 0 and words in alarms(lab)["stateRestored"]["csAlarmText"]


def sqlite_set(path, key, where, value):
    with sqlite3.connect(path) as db:
        db.execute("UPDATE record SET value = json_set(value, ?, ?)"
                   " WHERE space = 'host' AND key = ?", (where, value, key))
    db.close()


def test_a_crash_is_no_restoration(whole):
    lab = whole()
    for _ in range(5):
        change_something(lab)
        lab.daemon.kill()
        lab.daemon.start().serving()
        assert adopt(lab) == 0
    lab.daemon.polled()
    assert "stateRestored" not in alarms(lab)


def test_a_state_of_an_earlier_release(whole):
    """It has no such records, and its marks are shorter."""
    lab = whole()
    lab.daemon.stop()
    with sqlite3.connect(state_file(lab)) as db:
        db.execute("DELETE FROM record WHERE space IN ('host', 'move', 'case', 'used')")
    db.close()
    marks = state_file(lab).replace(".sqlite", ".marks")
    with open(marks, "r+b") as f:
        f.seek(77)
        f.write(b"0000000000 \n")
        f.truncate(89)
    for _ in range(2):
        lab.daemon.start().polled()
        assert adopt(lab) == 0 and "stateRestored" not in alarms(lab)
        lab.daemon.stop()
