# SPDX-License-Identifier: Apache-2.0
"""clusterset move ...: orders to moves, and waiting for them through everything that can
happen to the one who waits."""
import os
import shutil

import pytest

from harness import cli, clock
from harness.moving import Field, begin

FORCE = {"force": True, "release-timeout": clock.scaled(3.0)}


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


def slow(whole, **more):
    """web1 in east; what stops or starts it takes until complete()."""
    m = begin(whole, Field({"web1": "east1"}), **more)
    m.pending("east", "web1", stop_ms=600000)
    return m


def moving(whole, **more):
    """... and its move to west waits for the stop."""
    m = slow(whole, **more)
    cli.ok(m.lab, "vm move web1 --to west --owner noc")
    m.at_step("web1", "stop")
    m.wait_post("web1", "stop")
    m.id = f"noc/{m.row('web1')['index']}"
    return m


# --- orders ---------------------------------------------------------------------------
def test_cancel(whole):
    m = moving(whole)
    done = cli.ok(m.lab, f"move cancel {m.id}")
    assert "cancel is accepted" in done.out
    assert m.row("web1")["csMoveState"] == "cancelling"
    m.complete("east", "web1")
    done = cli.run(m.lab, f"move wait {m.id}", seconds=90)
    assert done.code == 1 and "was cancelled" in done.err, repr(done)
    m.runs_at("web1", "east")
    # what has ended takes no orders
    for verb in ("cancel", "retry", "rollback"):
        done = cli.run(m.lab, f"move {verb} {m.id}")
        assert done.code == 4 and "has ended" in done.err, repr(done)


def test_rollback_and_wait_for_it(whole):
    m = moving(whole)
    with cli.Terminal(m.lab, f"move rollback {m.id} --wait") as t:
        t.wait(r"web1.*stop.*\(back\)")
        m.complete("east", "web1")
        assert t.end(60) == 0, t.text
    assert m.row("web1")["csMoveState"] == "rolledBack"
    m.runs_at("web1", "east")


def test_the_way_back_of_what_has_ended(whole):
    m = begin(whole, Field({"web1": "east2"}))
    cli.ok(m.lab, "vm move web1 --to west --wait --owner noc", seconds=90)
    done = cli.run(m.lab, "move rollback web1")
    assert done.code == 4 and "clusterset vm move web1 --to east/east2" in done.err, repr(done)


def test_a_move_that_is_there_already(whole):
    m = begin(whole, Field({"web1": "east2"}))
    done = cli.ok(m.lab, "vm move web1 --to east --wait")
    assert "web1  east/east2  100 %" in done.err, repr(done)


def test_names_of_moves(whole):
    m = moving(whole)
    number = m.id.split("/", maxsplit=1)[1]
    for words, code, text in (
            (f"move retry {number}", 4, "retry is not possible"),
            ("move retry web1", 4, "retry is not possible"),
            ("move retry noc/99", 1, "no move noc/99"),
            ("move retry 99", 1, "no move 99"),
            ("move retry wbe1", 1, "did you mean web1"),
            ("move retry", 2, "MOVE is missing"),
            (f"move delete {m.id}", 4, f"clusterset move cancel {m.id} first")):
        done = cli.run(m.lab, words)
        assert done.code == code and text in done.err, repr(done)
    m.complete("east", "web1")
    m.ends("web1")
    doc = cli.document(m.lab, f"move delete {m.id}")
    assert doc["moves"][0]["name"] == m.id and m.rows() == []
    done = cli.run(m.lab, "move wait web1")
    assert done.code == 1 and "no move of VM web1" in done.err, repr(done)


# --- waiting ----------------------------------------------------------------------------
def test_ctrl_c_leaves_it_running(whole):
    m = slow(whole)
    with cli.Terminal(m.lab, "vm move web1 --to west --wait --owner noc") as t:
        t.wait("web1.*stop")
        t.interrupt()
        assert t.end() == 5, t.text
        name = f"noc/{m.row('web1')['index']}"
        assert "not known to this call" in t.text
        assert "nothing was cancelled" in t.text and "goes on" in t.text
        assert f"clusterset move wait {name}" in t.text
        assert f"clusterset move cancel {name}" in t.text
    m.complete("east", "web1")
    m.ends("web1")
    assert cli.ok(m.lab, f"move wait {name}").out.startswith("web1 runs in west")


def test_a_bar_on_a_terminal_only(whole):
    m = slow(whole)
    with cli.Terminal(m.lab, "vm move web1 --to west --wait") as t:
        t.wait("web1.*stop")
        m.complete("east", "web1")
        assert t.end(60) == 0, t.text
        assert "%" in t.text and any(e.endswith("J") for e in t.escapes)
        assert "web1 runs in west on west1 now" in t.text
    done = cli.ok(m.lab, "vm move web1 --to east --wait", seconds=90)
    assert "\x1b" not in done.err + done.out
    assert any("stop" in x for x in done.err.splitlines())


def test_bars_stand_in_line(whole):
    m = begin(whole, Field({"web1": "east1", "a-long-name": "east2"}))
    m.pending("east", "web1", stop_ms=600000)
    m.pending("east", "a-long-name", stop_ms=600000)
    with cli.Terminal(m.lab, "vm move web1 a-long-name --to west --wait") as t:
        t.wait("0 of 2 are over")
        at = t.wait("0 of 2 are over", after=t.wait("a-long-name.*stop"))
        m.complete("east", "a-long-name")
        t.wait("1 of 2 are over", after=at)
        m.complete("east", "web1")
        assert t.end(60) == 0, t.text
        lines = [x for x in t.text.splitlines() if "%" in x and "\u2192" in x]
        assert lines[0].index("%") == lines[1].index("%"), lines[:2]
        assert {"web1", "a-long-name"} == {x.split()[0] for x in lines[:2]}
    # no room for bars
    with cli.Terminal(m.lab, "vm move web1 --to east --wait", columns=40) as t:
        assert t.end(60) == 0, t.text
        assert not any(e.endswith("A") for e in t.escapes)
        assert "verify" in t.text and "web1 runs in east" in t.text


def test_a_time_out(whole):
    m = moving(whole)
    done = cli.run(m.lab, f"move wait {m.id} --timeout 1")
    assert done.code == 5 and "not over after 1 s" in done.err and "goes on" in done.err
    assert "not known to this call" in done.err
    done = cli.run(m.lab, f"move wait {m.id} --timeout 1 --json")
    assert done.code == 5 and done.json["moves"][0]["state"] == "running"
    m.complete("east", "web1")
    m.ends("web1")


def test_clustersetd_is_killed_meanwhile(whole):
    m = slow(whole)
    with cli.Terminal(m.lab, "vm move web1 --to west --wait") as t:
        t.wait("web1.*stop")
        m.lab.daemon.kill()
        at = t.wait("What was accepted goes on by itself")
        assert "web1 runs" not in t.text, "nobody knows that"
        m.lab.daemon.start()
        m.lab.daemon.serving()
        t.wait("answers again", after=at)
        m.complete("east", "web1")
        assert t.end(90) == 0, t.text
        assert "web1 runs in west" in t.text
    m.no_dual()


@pytest.mark.parametrize("how", ["stopped", "killed", "made anew"])
def test_snmpd_is_restarted_meanwhile(whole, how):
    """Made anew it is another SNMPv3 engine, with other keys for the same passwords."""
    m = slow(whole)
    with cli.Terminal(m.lab, "vm move web1 --to west --wait",
                      options=["-t", "0.5", "-r", "0"]) as t:
        t.wait("web1.*stop")
        m.lab.snmpd.process.freeze()
        at = t.wait("does not answer")
        m.lab.snmpd.process.thaw()
        at = t.wait("answers again", after=at)
        if how == "made anew":
            m.lab.snmpd.process.stop()
            shutil.rmtree(os.path.join(m.lab.snmpd.directory, "persist"))
            t.wait("does not answer|cannot be asked", after=at)
            m.lab.snmpd.start()
        else:
            m.lab.snmpd.restart(hard=how == "killed")
        m.lab.daemon.serving()
        m.complete("east", "web1")
        assert t.end(90) == 0, t.text
    m.no_dual()


def test_nobody_answers_any_more(whole):
    m = moving(whole)
    m.lab.snmpd.process.freeze()
    done = cli.run(m.lab, "move wait web1", options=["-t", "0.3", "-r", "0"])
    assert done.code == 3
    m.lab.snmpd.process.thaw()
    with cli.Terminal(m.lab, f"move wait {m.id} --timeout 4",
                      options=["-t", "0.3", "-r", "0"]) as t:
        t.wait("web1.*stop")
        m.lab.snmpd.process.freeze()
        assert t.end(30) == 3, t.text
        assert "the agent does not answer" in t.text
        assert "web1 runs" not in t.text
        m.lab.snmpd.process.thaw()
    m.complete("east", "web1")
    m.ends("web1")


# --- in doubt, and out of it --------------------------------------------------------------
def test_in_doubt(whole):
    """A source that does not obey: force goes past the stop, and no further; then somebody
    pulls the plug and says so."""
    m = begin(whole, Field({"web1": "east1"}), moves=FORCE)
    m.sim.fault("envelope-code", cluster="east", method="POST", path="groups/web1/stop*",
                code=1)
    done = cli.run(m.lab, "vm move web1 --to west --force --wait --owner noc", seconds=120)
    assert done.code == 5, repr(done)
    name = f"noc/{m.row('web1')['index']}"
    assert f"move {name} stands in doubt in step release" in done.err
    assert f"clusterset move retry {name}" in done.err
    assert cli.run(m.lab, f"move wait {name} --json").json["moves"][0]["state"] == "inDoubt"
    # it is seen to run: nobody can say otherwise
    done = cli.run(m.lab, "site confirm web1 east --yes")
    assert done.code == 4 and "east" in done.err, repr(done)
    # and a retry comes to the same end
    assert cli.run(m.lab, f"move retry {name} --wait", seconds=120).code == 5
    m.sim.do("cluster-power-off", cluster="east")
    m.until("the site to be unknown",
            lambda: m.site_row("web1", "east")["csVmSiteOperState"] == "unknown", 30)
    cli.ok(m.lab, "site confirm web1 east --yes")
    done = cli.ok(m.lab, f"move retry {name} --wait", seconds=120)
    assert "web1 runs in west" in done.out
    m.no_dual()


def test_force_on_a_move_that_is_under_way(whole):
    m = begin(whole, Field({"web1": "east1"}), moves={"force": True})
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.sim.fault("effect-delay", cluster="east", method="POST", path="groups/web1/stop*")
    cli.ok(m.lab, "vm move web1 --to west --owner noc")
    m.wait_post("web1", "stop")
    m.sim.do("cluster-power-off", cluster="east")
    m.until("the site to be unknown",
            lambda: m.site_row("web1", "east")["csVmSiteOperState"] == "unknown", 30)
    done = cli.ok(m.lab, "move force web1")
    assert "force is accepted" in done.out and m.row("web1")["csMoveForce"] == "true"
    done = cli.run(m.lab, f"site confirm web1 east --yes --epoch {epoch + 7}")
    assert done.code == 4 and str(epoch + 7) in done.err
    cli.ok(m.lab, f"site confirm web1 east --yes --epoch {epoch}")
    cli.ok(m.lab, "move wait web1", seconds=120)
    m.no_dual()
