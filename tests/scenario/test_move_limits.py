# SPDX-License-Identifier: Apache-2.0
"""Many moves: who waits for whom, and that fifty at once all end well."""
import json

import pytest

from harness import clock
from harness.moving import ENDED, THREE, Field, begin


def states(m):
    return {r["csMoveVmName"]: r["csMoveState"] for r in m.rows()}


def running(m):
    return {vm for vm, state in states(m).items() if state not in (*ENDED, "accepted")}


def first_posts(m):
    """VMs in the order of their first command."""
    return list(dict.fromkeys(p.name for p in m.posts() if p.kind == "groups"))


def hold_all(m, vms):
    for vm in vms:
        m.pending("east", vm, stop_ms=60000)


def test_the_queue_goes_by_priority_then_age(whole):
    vms = {f"vm{n}": "east1" for n in range(5)}
    m = begin(whole, Field(vms, vm={"vm2": {"priority": 500}, "vm4": {"priority": 900}}),
              moves={"limit-set": 1})
    hold_all(m, ["vm0"])
    m.move("vm0", "west")
    m.wait_post("vm0", "stop")
    for vm in ("vm1", "vm2", "vm3"):
        m.move(vm, "west")
    m.intent("csVmPriority", "vm3", 700)  # while it waits
    m.move("vm4", "west")
    assert running(m) == {"vm0"}
    assert all(m.row(vm)["csMoveStep"] == "none" for vm in ("vm1", "vm2", "vm3", "vm4"))
    m.complete("east", "vm0")
    for vm in vms:
        m.ends(vm, seconds=60)
    assert first_posts(m) == ["vm0", "vm4", "vm3", "vm2", "vm1"]
    m.no_dual()


@pytest.mark.parametrize("limit, at_once", [({"limit-set": 3}, 3), ({"limit-cluster": 2}, 2),
                                            ({"limit-set": 9, "limit-cluster": 4,
                                              "limit-node": 1}, 2)])
def test_so_many_at_once(whole, limit, at_once):
    """All leave east; limit-node counts the two servers that they leave."""
    vms = {f"vm{n}": f"east{n % 2 + 1}" for n in range(6)}
    wide = {"limit-set": 9, "limit-cluster": 9, "limit-node": 9}
    m = begin(whole, Field(vms), moves={**wide, **limit})
    hold_all(m, vms)
    for vm in vms:
        m.move(vm, "west")
    m.until("the first to stop", lambda: len(m.posts(what="stop")) == at_once)
    most = 0
    while any(s not in ENDED for s in states(m).values()):
        busy = running(m)
        assert len(busy) <= at_once, busy
        most = max(most, len(busy))
        for vm in busy:
            if m.row(vm)["csMoveStep"] == "stop" and m.posts(vm, "stop"):
                try:
                    m.complete("east", vm)
                except AssertionError:
                    pass  # nothing pending any more
        m.lab.daemon.process.check()
    assert most == at_once
    assert set(states(m).values()) == {"succeeded"}
    m.no_dual()


def test_starts_spread_over_the_servers(whole):
    """No node is wanted: the fewest VMs decide, with those that are being started."""
    vms = {"w1": "west1", **{f"vm{n}": "east1" for n in range(5)}}
    wide = {"limit-set": 9, "limit-cluster": 9, "limit-node": 9}
    m = begin(whole, Field(vms), moves=wide)
    movers = [vm for vm in vms if vm != "w1"]
    for vm in movers:
        m.pending("west", vm, start_ms=3000)
        m.move(vm, "west")
    for vm in movers:
        m.ends(vm, seconds=60)
    targets = [json.loads(p.body)["target"] for p in m.posts(what="start")]
    assert sorted(targets) == ["west1"] * 2 + ["west2"] * 3
    assert targets[0] == "west2"
    # one by one, by what is seen to run; never a server in maintenance
    west2 = f"{m.cluster('west')}.{m.node('west2')}"
    m.writer.set((f"csNodeAdminState.{west2}", "i", "maintenance"))
    m.move("w1", "east")
    m.ends("w1")
    m.move("w1", "west")
    m.runs_at("w1", "west", "west1")
    m.no_dual()


def test_a_limit_of_one_cluster_does_not_stop_others(whole):
    vms = {"a1": "east1", "a2": "east2", "c1": "north1"}
    four = {**THREE, "south": ("south1", "south2")}
    m = begin(whole, Field(vms, clusters=four), moves={"limit-cluster": 1})
    hold_all(m, ["a1"])
    m.move("a1", "west")
    m.wait_post("a1", "stop")
    m.move("a2", "west")
    m.move("c1", "south")
    m.ends("c1")
    assert m.row("a2")["csMoveState"] == "accepted"
    m.complete("east", "a1")
    m.ends("a2")
    m.no_dual()


def test_two_at_once_that_cross(whole):
    m = begin(whole, Field({"web1": "east1", "mail": "west1"}), moves={"limit-node": 2})
    m.writer.set(*m.target("web1", "west"), *m.target("mail", "east"))
    m.ends("web1")
    m.ends("mail")
    m.runs_at("web1", "west")
    m.runs_at("mail", "east")
    m.no_dual()


@pytest.mark.deadline(300)
def test_fifty_at_once(whole):
    vms = {f"vm{n:02}": f"{('east', 'west')[n % 2]}{n // 2 % 2 + 1}" for n in range(50)}
    m = begin(whole, Field(vms), poll={"freshness": clock.scaled(10.0)},
              moves={"limit-set": 50, "limit-cluster": 50, "limit-node": 50})
    there = {vm: "west" if at.startswith("east") else "east" for vm, at in vms.items()}
    for vm in vms:
        m.move(vm, there[vm])
    m.until("all to end", lambda: len(states(m)) == 50 and all(
        s in ENDED for s in states(m).values()), 200)
    assert set(states(m).values()) == {"succeeded"}
    active = {(a["key"], a["cluster"]) for a in m.sim.oracle(history=True)["active"]}
    assert {c for k, c in active if "lun" not in k} <= {"east", "west"}
    for vm in vms:
        assert m.active(vm) == {there[vm]}, vm
        assert sorted(p.what for p in m.posts(vm)) == ["start", "stop"]
    rows = m.reader.table("csVmTable").values()
    assert {r["csVmName"]: r["csVmClusterName"] for r in rows} == there
    m.no_dual()


def test_a_server_for_which_the_rules_hold(whole):
    """web2 is on west1, and no server may have both: without a node it is the other one."""
    apart = {"availability-set": "webs"}
    m = begin(whole, Field({"web1": "east1", "web2": "west1"}, vm={"web1": apart, "web2": apart}),
              **{"availability-sets": [{"name": "webs", "spread": "node",
                                        "enforcement": "hard"}]})
    west2 = f"csNodeAdminState.{m.cluster('west')}.{m.node('west2')}"
    m.writer.set((west2, "i", "maintenance"))
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue" and "webs" in no.text and "web2" in no.text
    assert "no other server of cluster west" in no.text
    m.writer.set((west2, "i", "active"))
    m.create("web1", "west", owner="anna", mode="dryRun")
    assert m.ends("web1")["csMoveError"].endswith("started in cluster west on west2")
    m.move("web1", "west")
    row = m.until("its row", lambda: [r for r in m.rows("web1") if r["owner"] == "set"])[0]
    assert row["csMoveTargetNodeName"] == "west2"
    m.runs_at("web1", "west", "west2", seconds=60)
    m.until("its end", lambda: [r for r in m.rows("web1") if r["owner"] == "set"
                                and r["csMoveState"] == "succeeded"], 60)
    # back again nothing stands in the way: any server will do
    m.move("web1", "east")
    row = m.until("its row", lambda: [r for r in m.rows("web1") if r["owner"] == "set"])[-1]
    assert row["csMoveTargetNodeName"] == ""
    m.runs_at("web1", "east", seconds=60)
    m.no_dual()
