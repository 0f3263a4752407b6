# SPDX-License-Identifier: Apache-2.0
"""clusterset cluster and node: drain, maintenance, activate, ignore."""
import os

import pytest

from harness import cli
from harness.moving import THREE, Field, begin
from harness.udpproxy import SET, Proxy


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


def state(m, cluster):
    return m.reader.value(f"csClusterAdminState.{m.cluster(cluster)}")


def node_state(m, node):
    return m.reader.row("csNodeTable", csNodeName=node)[1]["csNodeAdminState"]


def test_states(whole):
    m = begin(whole, Field({"web1": "east1"}))
    done = cli.ok(m.lab, "cluster maintenance east west")
    assert "cluster east is in maintenance" in done.out
    assert state(m, "east") == state(m, "west") == "maintenance"
    doc = cli.document(m.lab, "cluster activate east")
    assert doc["clusters"][0]["name"] == "east" and doc["clusters"][0]["adminState"] == "active"
    assert state(m, "east") == "active"
    cli.ok(m.lab, "cluster ignore west")
    assert state(m, "west") == "ignored"
    cli.ok(m.lab, "cluster activate west")
    cli.ok(m.lab, "node maintenance east2 west/west1")
    assert node_state(m, "east2") == node_state(m, "west1") == "maintenance"
    doc = cli.document(m.lab, "node activate east/east2")
    assert doc["nodes"][0] == {"name": "east2", "clusterName": "east", "adminState": "active",
                               "clusterIndex": m.cluster("east"), "index": m.node("east2")}
    assert node_state(m, "east2") == "active"
    for words, text in (("cluster drain eats", "did you mean east"),
                        ("node maintenance east3", "did you mean"),
                        ("node maintenance east", "did you mean"),
                        ("node maintenance east/west1", "no node of cluster east 'west1'")):
        done = cli.run(m.lab, words)
        assert done.code == 1 and text in done.err, repr(done)
    done = cli.run(m.lab, "cluster drain east/east1")
    assert done.code == 2 and "node drain" in done.err
    done = cli.run(m.lab, "cluster maintenance east", access=cli.READER)
    assert done.code == 4 and state(m, "east") == "active", repr(done)


def test_a_node_that_two_clusters_have(whole):
    m = begin(whole, Field({"web1": "n2"}, clusters={"east": ("n1", "n2"),
                                                     "west": ("n1", "n3")}))
    done = cli.run(m.lab, "node maintenance n1")
    assert done.code == 1 and "say east/n1 or west/n1" in done.err, repr(done)
    assert "n3 is in maintenance" in cli.ok(m.lab, "node maintenance n3").out
    cli.ok(m.lab, "node maintenance west/n1")
    states = {(r["csNodeClusterName"], r["csNodeName"]): r["csNodeAdminState"]
              for r in m.reader.table("csNodeTable").values()}
    assert states == {("east", "n1"): "active", ("east", "n2"): "active",
                      ("west", "n1"): "maintenance", ("west", "n3"): "maintenance"}


def test_drain(whole):
    """Everything goes to the best site of each; what cannot go stays with the reason."""
    m = begin(whole, Field(
        {"web1": "east1", "web2": "east2", "db1": "east1", "app1": "west1", "off1": None},
        clusters=THREE, sites={"db1": ("east", "west"), "web1": ("east", "north", "west"),
                               "web2": ("east", "west", "north")}))
    done = cli.run(m.lab, "cluster drain east --dry-run")
    assert done.code == 0, repr(done)
    assert "web1: would go to north" in done.out and "web2: would go to west" in done.out
    assert "3 of 3 VMs would go" in done.out
    assert state(m, "east") == "active" and m.posts() == []
    m.intent("csVmHold", "db1", "true")
    done = cli.run(m.lab, "cluster drain east --wait --reason firmware", seconds=120)
    assert done.code == 1, repr(done)
    assert state(m, "east") == "maintenance"
    assert "db1 stays" in done.err and "on hold" in done.err
    assert "2 of 3 VMs have gone" in done.out
    m.runs_at("web1", "north")
    m.runs_at("web2", "west")
    assert m.row("web1")["csMoveReason"] == "firmware"
    assert m.active("db1") == {"east"} and m.active("off1") == set()
    # the rest, without the hold, as a program sees it
    m.intent("csVmHold", "db1", "false")
    done = cli.ok(m.lab, "cluster drain east --wait --json", seconds=120)
    doc = done.json["drain"]
    assert doc["clusterName"] == "east" and doc["stays"] == [] and not doc["dryRun"]
    assert [x["vmName"] for x in doc["moves"]] == ["db1"]
    done = cli.ok(m.lab, "cluster drain east")
    assert "no VM runs there" in done.out
    m.no_dual()


def test_drain_goes_on_where_another_stopped(whole):
    """Somebody ended the waiting of a drain: the next one follows the same moves."""
    m = begin(whole, Field({"web1": "east1", "db1": "east2"}))
    m.pending("east", "web1", stop_ms=600000)
    with cli.Terminal(m.lab, "cluster drain east --wait --owner noc") as t:
        t.wait("web1.*stop")
        t.interrupt()
        assert t.end() == 5, t.text
        assert "web1: move noc/" in t.text and "goes on" in t.text
    m.ends("db1")
    with cli.Terminal(m.lab, "cluster drain east --wait") as t:
        t.wait(f"web1: move noc/{m.row('web1')['index']} to west is under way already")
        m.complete("east", "web1")
        assert t.end(60) == 0, t.text
        assert "1 of 1 VMs have gone" in t.text
    assert len(m.rows()) == 2
    m.no_dual()


def test_drain_to_one_cluster(whole):
    m = begin(whole, Field({"web1": "east1", "db1": "east2"}, clusters=THREE,
                           sites={"db1": ("east", "west")}))
    done = cli.run(m.lab, "cluster drain east --to north")
    assert done.code == 1 and "db1 stays: it has no site in north" in done.err, repr(done)
    m.ends("web1")
    m.runs_at("web1", "north")
    done = cli.run(m.lab, "cluster drain east --to east")
    assert done.code == 2


def test_drain_leaves_availability_sets_to_the_daemon(whole):
    """web2 may not be where web1 goes: it takes the other cluster, or stays."""
    m = begin(whole, Field({"web1": "east1", "web2": "north1"}, clusters=THREE,
                           sites={"web1": ("east", "north", "west")},
                           vm={v: {"availability-set": "webs"} for v in ("web1", "web2")}),
              **{"availability-sets": [{"name": "webs", "spread": "cluster",
                                        "enforcement": "hard"}]})
    done = cli.ok(m.lab, "cluster drain east --wait", seconds=90)
    assert "web1: refused: " in done.out and "availability set webs" in done.out
    m.runs_at("web1", "west")


def test_drain_a_node(whole):
    m = begin(whole, Field({"web1": "east1", "web2": "east2"}))
    done = cli.ok(m.lab, "node drain east1 --wait", seconds=90)
    assert "web1: to east/east2" in done.out, repr(done)
    m.runs_at("web1", "east", "east2")
    assert node_state(m, "east1") == "maintenance"
    # no node is left in east now
    done = cli.ok(m.lab, "node drain east/east2 --wait", seconds=120)
    assert "2 of 2 VMs have gone" in done.out
    m.runs_at("web1", "west")
    m.runs_at("web2", "west")


def test_drain_while_the_agent_goes_away(whole):
    """What was asked for and what was not is told, in one document, with code 3 or 5."""
    m = begin(whole, Field({v: "east1" for v in ("web1", "web2", "web3")}))
    sets = []

    def lost(tag):
        if tag == SET:
            sets.append(tag)
        return len(sets) > 2  # maintenance and one move get through
    with Proxy(m.lab.snmpd.port, request=lost) as proxy:
        done = cli.run(m.lab, "cluster drain east --json", access="private",
                       agent=proxy.agent, options=["-t", "0.3", "-r", "1"])
    assert done.code in (3, 5), repr(done)
    doc = done.json["drain"]
    assert [x["vmName"] for x in doc["moves"]] == ["web1"]
    assert [x["name"] for x in doc["stays"]] == ["web2", "web3"]
    assert len(m.rows()) == 1


def test_drain_of_what_cannot_be_asked(whole):
    """Nobody knows what runs there: that is said, VM by VM, and never that nothing does."""
    m = begin(whole, Field({"web1": "east1", "db1": "east2", "app1": "west1"}))
    m.sim.do("cluster-power-off", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown", 30)
    for words in ("cluster drain east --dry-run", "node drain east/east1 --dry-run",
                  "cluster drain east --wait", "cluster drain east"):
        done = cli.run(m.lab, words)
        assert done.code == 5, repr(done)
        assert "web1: not known whether it runs there" in done.err, repr(done)
        assert "db1: not known whether it runs there" in done.err, repr(done)
        assert "no VM runs there" not in done.out and "app1" not in done.err, repr(done)
        assert "clusterset site confirm VM east" in done.err, repr(done)
    doc = cli.run(m.lab, "cluster drain east --json").json["drain"]
    assert {x["name"] for x in doc["unknown"]} == {"db1", "web1"} and doc["moves"] == []
    assert m.rows() == []


def test_a_dry_drain_says_each_vm_once(whole):
    """It goes, or it stays with the reason; never both."""
    m = begin(whole, Field({"web1": "east1", "db1": "east2", "app1": "east1"}, clusters=THREE,
                           sites={"db1": ("east", "west")}))
    m.intent("csVmHold", "app1", "true")
    m.sim.do("cluster-power-off", cluster="north")
    m.until("north to be unreachable", lambda: m.reader.value(
        f"csClusterOperState.{m.cluster('north')}") == "unreachable", 30)
    done = cli.run(m.lab, "cluster drain east --to north --dry-run")
    assert done.code == 1 and done.out == "0 of 3 VMs would go\n", repr(done)
    for vm in ("web1", "db1", "app1"):
        assert done.err.count(f"{vm} stays: ") == 1, repr(done)
    done = cli.run(m.lab, "cluster drain east --dry-run")
    assert done.code == 1 and "app1" not in done.out and "web1 stays" in done.err, repr(done)
    doc = cli.run(m.lab, "cluster drain east --to north --dry-run --json").json["drain"]
    assert {x["name"] for x in doc["stays"]} == {"web1", "db1", "app1"}


def test_drain_a_node_where_another_stopped(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=600000)
    cli.ok(m.lab, "node drain east1 --owner noc")
    m.wait_post("web1", "move")
    with cli.Terminal(m.lab, "node drain east1 --wait") as t:
        t.wait(f"web1: move noc/{m.row('web1')['index']} to east is under way already")
        m.complete("east", "web1")
        assert t.end(60) == 0, t.text
    assert len(m.rows()) == 1
    m.runs_at("web1", "east", "east2")
