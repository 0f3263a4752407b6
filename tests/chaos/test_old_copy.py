# SPDX-License-Identifier: Apache-2.0
"""A stale copy of the state file is put back (a backup, a snapshot of the management host):
what it says of owners and moves is not believed until an operator adopts it (I9)."""
import os
import shutil

import pytest

from harness import snmp
from harness.moving import Field, begin

VMS = {"web1": "east1", "web2": "east2", "db1": "west1"}


def state(m):
    return m.lab.daemon.settings["set"]["state-dir"]


def copy(m, to):
    """What a backup of the directory has when the daemon stands still."""
    shutil.copytree(state(m), to)


def put_back(m, saved):
    """The state file alone, with what SQLite keeps beside it."""
    for where in (state(m), saved):
        for name in os.listdir(where):
            if name.startswith("state.sqlite") and where == state(m):
                os.unlink(os.path.join(where, name))
            elif name.startswith("state.sqlite"):
                shutil.copy(os.path.join(where, name), state(m))


def put_back_all(m, saved):
    """The whole directory, as a backup of the host has it."""
    shutil.rmtree(state(m))
    shutil.copytree(saved, state(m))


def adopt(m):
    number = m.reader.value("csSetAdopt.0")
    assert number, "there is something to adopt"
    with pytest.raises(snmp.SnmpError) as wrong:
        m.writer.set(("csSetAdopt.0", "u", number + 1))
    assert wrong.value.status == "wrongValue", wrong.value
    m.writer.set(("csSetAdopt.0", "u", number))
    m.until("the state to be adopted", lambda: m.reader.value("csSetAdopt.0") == 0)
    assert m.events("stateAdopted")


@pytest.mark.parametrize("how", [put_back, put_back_all])
def test_an_old_copy_commands_nothing_until_adopted(whole, how):
    m = begin(whole, Field(VMS))
    saved = os.path.join(m.lab.directory, "backup")
    m.lab.daemon.stop()
    copy(m, saved)
    m.lab.daemon.start()
    m.lab.daemon.polled()
    m.move("web1", "west")
    m.ends("web1")
    m.runs_at("web1", "west")

    m.lab.daemon.kill()
    how(m, saved)
    m.lab.daemon.start()
    m.lab.daemon.polled()
    posts = len(m.posts())
    m.until("the alarm", lambda: m.alarms("stateRestored"))
    assert m.reader.value("csSetAdopt.0") > 0
    found = m.refused(*m.target("web2", "west"))
    assert found.status in ("inconsistentValue", "resourceUnavailable")
    assert "adopt" in found.text.lower(), found.text
    assert len(m.posts()) == posts

    adopt(m)
    m.until("the alarm to clear", lambda: not m.alarms("stateRestored"))
    # where it really is counts
    m.runs_at("web1", "west")
    m.move("web1", "east")
    m.ends("web1")
    m.runs_at("web1", "east")
    assert m.disk_row("web1")["csDiskEpoch"] > 1
    m.no_dual()


def test_an_old_copy_with_a_move_under_way(whole):
    """The copy was taken in the middle of a move, which has long ended."""
    m = begin(whole, Field(VMS))
    saved = os.path.join(m.lab.directory, "backup")
    m.pending("east", "web1", stop_ms=1500)
    m.move("web1", "west")
    m.at_step("web1", "stop")
    m.wait_post("web1", "stop")
    m.lab.daemon.kill()
    copy(m, saved)
    m.lab.daemon.start()
    m.lab.daemon.polled()
    m.ends("web1")
    m.runs_at("web1", "west")
    m.move("web1", "east")
    m.until("it to be back", lambda: m.active("web1") == {"east"}, 40)
    m.ends("web1")

    m.lab.daemon.kill()
    put_back(m, saved)
    m.lab.daemon.start()
    m.lab.daemon.polled()
    posts = m.commands("web1")
    m.until("the alarm", lambda: m.alarms("stateRestored"))
    row = m.reaches("web1", "inDoubt")
    assert m.alarms("moveInDoubt"), row
    assert m.commands("web1") == posts, "nothing is commanded"
    adopt(m)
    m.order("web1", "rollback")
    row = m.reaches("web1", "rolledBack", "cancelled", "succeeded", "failed", seconds=60)
    m.runs_at("web1", "east")
    m.no_dual()
