# SPDX-License-Identifier: Apache-2.0
"""clusterset vm ...: moving, up and down, hold, home, priority, where."""
import os

import pytest

from harness import cli
from harness.moving import Field, begin


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


def two(whole, vms=None, **settings):
    return begin(whole, Field(vms or {"web1": "east1"}), **settings)


# --- move ---------------------------------------------------------------------------
def test_a_move_is_accepted_and_then_followed(whole):
    m = two(whole)
    done = cli.ok(m.lab, ["vm", "move", "web1", "--to", "west", "--reason", "a new kernel",
                          "--owner", "noc"])
    row = m.row("web1")
    assert row["owner"] == "noc" and row["csMoveReason"] == "a new kernel"
    assert f"noc/{row['index']}" in done.out and "from east to west" in done.out
    done = cli.ok(m.lab, f"move wait noc/{row['index']}", seconds=90)
    assert "web1 runs in west on west1 now; it was down for" in done.out
    assert "verify" in done.err, "the steps are shown"
    m.runs_at("web1", "west")
    m.no_dual()


def test_wait_tells_the_end(whole):
    m = two(whole)
    done = cli.ok(m.lab, "vm move web1 --to west/west2 --wait --json", seconds=90)
    move, = done.json["moves"]
    assert move["state"] == "succeeded" and move["vmName"] == "web1"
    assert move["sourceName"] == "east" and move["targetNodeName"] == "west2"
    assert move["downtimeMs"] > 0 and move["name"] == f"{move['owner']}/{move['index']}"
    m.runs_at("web1", "west", "west2")
    # within its cluster, by the node alone; several ways to say the same
    done = cli.ok(m.lab, "vm move web1 --to /west1 --wait", seconds=90)
    m.runs_at("web1", "west", "west1")
    # and once more: nothing to do is done
    done = cli.ok(m.lab, "vm move web1 --to west --wait")
    assert "there already" in done.out, repr(done)
    assert m.commands("web1")[:2] == ["east stop", "west start"]


def test_all_or_none(whole):
    m = two(whole, {"web1": "east1", "db1": "east2", "app1": "east1"})
    m.intent("csVmHold", "db1", "true")
    done = cli.run(m.lab, "vm move web1 db1 app1 --to west")
    assert done.code == 4 and "db1" in done.err and "on hold" in done.err, repr(done)
    assert "clusterset vm release db1 first" in done.err, repr(done)
    assert m.rows() == [] and m.posts() == []
    m.intent("csVmHold", "db1", "false")
    done = cli.ok(m.lab, "vm move web1 db1 app1 --to west --wait --json", seconds=120)
    assert [x["state"] for x in done.json["moves"]] == ["succeeded"] * 3
    assert sorted(x["vmName"] for x in done.json["moves"]) == ["app1", "db1", "web1"]
    m.no_dual()


def test_a_dry_run_moves_nothing(whole):
    m = two(whole)
    done = cli.ok(m.lab, "vm move web1 --to west --dry-run")
    assert "would be possible" in done.out
    m.sim.do("cluster-power-off", cluster="west")
    m.until("west to be unreachable", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('west')}") == "unreachable", 30)
    done = cli.run(m.lab, "vm move web1 --to west --dry-run")
    assert done.code == 4 and "would not be possible" in done.err and "west" in done.err
    doc = cli.run(m.lab, "vm move web1 --to west --dry-run --json")
    assert doc.code == 4 and doc.json["moves"][0]["mode"] == "dryRun"
    assert m.posts() == []


def test_refusals_say_why(whole):
    m = two(whole)
    for words, code, text in (
            ("vm move web1 --to nort", 1, "no cluster 'nort'"),
            ("vm move wep1 --to west", 1, "no VM 'wep1'; did you mean web1?"),
            ("vm move web1 --to wets", 1, "did you mean west?"),
            ("vm move web1 --to west/west9", 1, "did you mean west"),
            ("vm move web1", 2, "--to"),
            ("vm move --to west", 2, "VM is missing"),
            ("vm move web1 --to west --owner set", 2, "--owner"),
            ("vm move web1 --to west --dry-run --wait", 2, "dry run"),
            ("vm move web1 --to west --force", 4, "moves.force")):
        done = cli.run(m.lab, words)
        assert done.code == code and text in done.err, repr(done)
        assert done.out == ""
    done = cli.run(m.lab, "vm move wep1 --to west --json")
    assert done.json["exit"] == 1 and "did you mean web1" in done.json["error"]
    done = cli.run(m.lab, "vm move web1 --to west", access=cli.READER)
    assert done.code == 4, repr(done)
    done = cli.run(m.lab, "vm move web1 --to west", agent="127.0.0.1:9",
                   options=["-t", "0.2", "-r", "0"])
    assert done.code == 3 and "127.0.0.1:9" in done.err
    assert m.rows() == []


def test_the_same_command_twice_is_one_move(whole):
    m = two(whole)
    m.sim.fault("effect-delay", cluster="east", method="POST", path="groups/web1/stop*")
    cli.ok(m.lab, "vm move web1 --to west")
    done = cli.run(m.lab, "vm move web1 --to west")
    assert done.code == 4 and "is open" in done.err, repr(done)
    name = f"{m.row('web1')['owner']}/{m.row('web1')['index']}"
    assert f"clusterset move wait {name}" in done.err, repr(done)
    assert f"clusterset move cancel {name}" in done.err
    assert len(m.rows()) == 1


def test_many_at_once(whole):
    names = [f"job{i}" for i in range(90)]
    m = begin(whole, Field({v: "east1" for v in names}, stateless=names))
    assert len(cli.document(m.lab, ["vm", "hold", *names])["vms"]) == 90
    cli.ok(m.lab, ["vm", "release", *names])
    done = cli.run(m.lab, ["vm", "move", *names, "--to", "west"])
    assert done.code == 4 and "name fewer VMs" in done.err, repr(done)
    assert m.rows() == []
    cli.ok(m.lab, ["vm", "move", *names[:60], "--to", "west"])
    assert len(m.rows()) == 60


# --- a failed one -------------------------------------------------------
def test_a_move_that_fails(whole):
    m = two(whole)
    m.sim.fault("envelope-code", cluster="west", method="POST", path="groups/web1/start*",
                code=1)
    done = cli.run(m.lab, "vm move web1 --to west --wait", seconds=120)
    assert done.code == 1, repr(done)
    row = m.row("web1")
    assert row["csMoveState"] == "rolledBack", row
    assert "was rolled back" in done.err and "start was refused" in done.err
    m.runs_at("web1", "east")


# --- settings -------------------------------------------------------------------------
def test_up_and_down(whole):
    m = two(whole, {"web1": "east1", "db1": "east2"})
    done = cli.ok(m.lab, "vm down web1 db1 --wait", seconds=90)
    assert "web1 is stopped" in done.out and "db1 is stopped" in done.out
    assert m.vm_row("web1")["csVmAdminState"] == "down"
    done = cli.ok(m.lab, "vm down web1")
    assert "web1 is stopped already" in done.out
    done = cli.ok(m.lab, "vm up web1 --wait --json", seconds=90)
    vm, = done.json["vms"]
    assert (vm["name"], vm["adminState"], vm["operState"]) == ("web1", "up", "running")
    assert done.json["moves"][0]["state"] == "succeeded"
    m.runs_at("web1", "east")
    # not now: on hold
    cli.ok(m.lab, "vm hold db1")
    done = cli.run(m.lab, "vm up db1 --wait")
    assert done.code == 1 and "on hold" in done.out + done.err, repr(done)
    cli.ok(m.lab, "vm release db1")
    m.runs_at("db1", "east")


def test_up_that_cannot_be(whole):
    m = two(whole)
    cli.ok(m.lab, "vm down web1 --wait", seconds=90)
    m.sim.do("cluster-power-off", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown", 30)
    done = cli.run(m.lab, "vm up web1")
    assert done.code == 1 and "east" in done.err, repr(done)
    assert m.vm_row("web1")["csVmAdminState"] == "up", "the wish stays"


def test_hold_home_and_priority(whole):
    m = two(whole, {"web1": "east1", "db1": "east2"})
    done = cli.ok(m.lab, "vm hold web1 db1 --json")
    assert [(x["name"], x["hold"]) for x in done.json["vms"]] == [("web1", True),
                                                               ("db1", True)]
    assert m.vm_row("db1")["csVmHold"] == "true"
    assert "on hold" in cli.ok(m.lab, "vm where web1").out
    cli.ok(m.lab, "vm release web1")
    cli.ok(m.lab, "vm unhold db1")
    assert m.vm_row("web1")["csVmHold"] == m.vm_row("db1")["csVmHold"] == "false"
    cli.ok(m.lab, "vm home web1 west")
    assert m.vm_row("web1")["csVmHomeClusterName"] == "west"
    cli.ok(m.lab, "vm home web1 --none")
    assert m.vm_row("web1")["csVmHomeCluster"] == 0
    done = cli.run(m.lab, "vm home web1")
    assert done.code == 2 and "--none" in done.err
    cli.ok(m.lab, "vm priority web1 800")
    assert m.vm_row("web1")["csVmPriority"] == 800
    for wrong in ("1001", "-1", "high", ""):
        done = cli.run(m.lab, ["vm", "priority", "web1", wrong])
        assert done.code == 2, repr(done)
    assert m.vm_row("web1")["csVmPriority"] == 800


def test_where(whole):
    m = two(whole, {"web1": "east1", "db1": None})
    done = cli.ok(m.lab, "vm where web1 db1")
    assert done.lines[0].startswith("web1: running in east on east1")
    assert done.lines[1].startswith("db1: stopped")
    vm, = cli.document(m.lab, "vm where web1")["vms"]
    assert (vm["operState"], vm["clusterName"], vm["nodeName"]) == ("running", "east", "east1")
    assert vm["hold"] is False
    m.sim.do("cluster-power-off", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown", 30)
    done = cli.ok(m.lab, "vm where web1")
    assert "web1: unknown" in done.lines[0]
    assert any(x.strip().startswith("east: unknown") for x in done.lines[1:]), repr(done)


# --- for programs -----------------------------------------------------------------------
def test_programs_get_documents(whole):
    """One document on stdout, whatever is said to people; as JSON and as kv."""
    m = two(whole)
    for words, key in (("vm hold web1", "vms"), ("vm release web1", "vms"),
                       ("vm home web1 west", "vms"), ("vm priority web1 5", "vms"),
                       ("vm where web1", "vms"), ("vm up web1", "vms"),
                       ("vm move web1 --to west --dry-run", "moves"),
                       ("vm move web1 --to east", "moves"),
                       ("cluster maintenance west", "clusters"),
                       ("cluster activate west", "clusters"),
                       ("node maintenance east2", "nodes"), ("node activate east2", "nodes"),
                       ("cluster drain west", "drain"), ("alarm ack --all", "alarms"),
                       ("event list --last 2", "events"), ("vm discover", "candidates"),
                       ("move wait web1", "moves"), ("move delete web1", "moves"),
                       ("adopt", "adopt")):
        done = cli.run(m.lab, words + " --json")
        assert done.code == 0 and key in done.json, repr(done)
        if "delete" in words:
            continue
        done = cli.run(m.lab, words + " --output kv")
        assert done.code == 0, repr(done)
        assert all("=" in x for x in done.lines), repr(done)
    for words, code in (("vm hold wep1", 1), ("vm move web1 --to wets", 1),
                        ("site confirm web1 east", 2), ("plan approve 1", 4),
                        ("move wait 99", 1), ("vm priority web1 x", 2)):
        done = cli.run(m.lab, words + " --json")
        assert done.code == code and done.json["exit"] == code and done.json["error"], repr(done)

