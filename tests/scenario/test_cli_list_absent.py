# SPDX-License-Identifier: Apache-2.0
"""Policies, plans and hooks: what clusterset says where there are none, and where there are.

A stranger's agent serves rows as the MIB describes them.
"""
import os
import re
import time

import pytest

from fakeagent import FakeAgent
from harness import cli, clock

NOON = b"\x07\xea\x0b\x16\x0c\x00\x00\x00+\x00\x00"


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


@pytest.fixture
def agent(mib):
    with FakeAgent(mib) as made:
        yield made


@pytest.fixture
def full(agent):
    """Two policies, three plans with reasons, two hooks."""
    for name, value in {"MasterMode": "advise", "HighLoad": 800, "TargetLoad": 600,
                        "MaxMoves": 2, "CoolDown": 1800, "Windows": "22:00-06:00",
                        "Imbalance": 135}.items():
        agent.scalar(f"csPolicy{name}", value)
    agent.row("csPolicyTable", (1,), Name="balance", Descr="even load", Mode="automatic",
              EffectiveMode="advise", LastRun=NOON, Proposals=17, Moves=5,
              StatusText="east2 is at 91 %")
    agent.row("csPolicyTable", (2,), Name="recover", Mode="off", EffectiveMode="off",
              Proposals=0, Moves=0, StatusText="")
    for n, state in ((3, "proposed"), (4, "expired"), (9, "moving")):
        agent.row("csPlanTable", (n,), State=state, Approve="undecided", PolicyName="balance",
                  Vm=7, VmName="web1", SourceCluster=1, SourceName="east", TargetCluster=2,
                  TargetName="west", TargetNode=1, TargetNodeName="west1", Benefit=123,
                  Batch=1, Created=NOON, Expires=NOON, MoveIndex=5 if n == 9 else 0)
        agent.row("csPlanReasonTable", (n, 1), Weight=700, Text="east2 is at 91 %, west1 at 20 %")
        agent.row("csPlanReasonTable", (n, 2), Weight=-120, Text="web1 is down meanwhile")
    agent.column("csPlanCost", (3,), 75)
    agent.row("csHookTable", (1,), Name="fence", Event="stopped-proof", AdminState="enabled",
              Result="timedOut", Runs=12, Failures=2, Timeouts=1, LastExit=-1, LastRun=NOON,
              LastOutput="no answer of the PDU")
    agent.row("csHookTable", (2,), Name="notify", Event="move-ended", AdminState="disabled",
              Result="never", Runs=0, Failures=0, Timeouts=0)
    return agent


def ok(lab, agent, words):
    return cli.ok(lab, words, access="public", agent=agent.address)


# --- a VM of which little is known ----------------------------------------------------
def test_moves_that_moved_come_first_and_have_no_holes(lab, agent):
    agent.row("csVmTable", (7,), Name="web1", OperState="unknown")
    agent.column("csVmNameIndex", agent.mib.name_index("web1"), 7)

    def move(n, **more):
        agent.row("csMoveTable", (*agent.mib.name_index("noc"), n), Vm=7, VmName="web1",
                  StartedAt=NOON[:6] + bytes([n]) + NOON[7:],
                  **{"Mode": "planned", "State": "succeeded", "Downtime": 3, **more})
    move(1, SourceName="east", SourceNodeName="east1", TargetName="west")
    move(2, SourceName="west", Downtime=1)
    move(3, TargetName="west", State="running", Downtime=0)
    for n in range(4, 12):
        move(n, Mode="dryRun", State="failed", TargetName="west", Downtime=0)
    lines = [x for x in ok(lab, agent, "vm show web1").out.splitlines() if x]
    at = lines.index("last moves")
    assert [re.sub(r"  \S* ?\d\d:\d\d:\d\d  ", "  ", x) for x in lines[at:]] == [
        "last moves", "  noc/1  east/east1 to west  succeeded  down 3 s",
        "  noc/2  west to -  succeeded  down 1 s", "  noc/3  - to west  running",
        "last dry runs", "  noc/10  - to west  failed  dry run",
        "  noc/11  - to west  failed  dry run"]


def test_a_move_that_goes_back(lab, agent):
    agent.row("csVmTable", (7,), Name="web1", OperState="moving", TargetCluster=2,
              TargetClusterName="west")
    agent.column("csVmNameIndex", agent.mib.name_index("web1"), 7)
    more = {"Vm": 7, "VmName": "web1", "Mode": "planned", "SourceName": "east",
            "SourceNodeName": "east1", "TargetName": "west", "StartedAt": NOON}
    agent.row("csMoveTable", (*agent.mib.name_index("noc"), 1), State="running", **more)
    assert re.search("on its way to +west", ok(lab, agent, "vm show web1").out)
    agent.row("csMoveTable", (*agent.mib.name_index("noc"), 1), State="rollingBack", **more)
    out = ok(lab, agent, "vm show web1").out
    assert re.search("on its way back to +east/east1", out) and "on its way to" not in out


def test_the_owner_of_a_disk_makes_no_conflict(lab, agent):
    agent.row("csDiskTable", (3,), Name="lun1", Kind="shared", OperState="conflict", Vm=7,
              OwnerClusterName="east", OwnerNodeName="east1", Epoch=5, Since=NOON)
    assert "lun1  shared  conflict, owner east/east1, epoch 5, since" in ok(
        lab, agent, "disk show lun1").out
    agent.row("csDiskTable", (3,), OperState="owned")
    assert "lun1  shared  owned by east/east1, epoch 5, since" in ok(
        lab, agent, "disk show lun1").out


# --- none ----------------------------------------------------------------------------
def test_without_policies_that_is_said(lab, agent):
    assert "This clustersetd has no policies" in ok(lab, agent, "policy list").out
    assert "This clustersetd has no policies" in ok(lab, agent, "plan list").out
    assert "This clustersetd lists no hooks. What the configuration has of load.hook and of fences" in ok(lab, agent, "hook list").out
    done = ok(lab, agent, "policy list --json").json
    assert done["policies"] == [] and done["settings"]["masterMode"] is None
    assert ok(lab, agent, "plan list --json").json == {"plans": []}
    assert ok(lab, agent, "hook list --json").json == {"hooks": []}
    for words in ("plan show 1", "plan explain 1"):
        done = cli.run(lab, words, access="public", agent=agent.address)
        assert done.code == 1 and "there is no plan 1" in done.err, repr(done)


def test_policies_without_plans_is_another_thing(lab, agent):
    agent.scalar("csPolicyMasterMode", "off")
    assert ok(lab, agent, "plan list").out == "There is no plan.\n"


# --- some ------------------------------------------------------------------------------
def test_policies(lab, full):
    screen = ok(lab, full, "policy list").out
    for text in ("balance", "automatic", "advise", "17", "east2 is at 91 %", "recover", "off",
                 "high load         80 %", "rest after a move 30 min", "22:00-06:00",
                 "imbalance now     14 %"):
        assert text in screen, (text, screen)
    assert "moves per hour" not in screen  # not told
    done = ok(lab, full, "policy list --json").json
    assert done["policies"][0]["effectiveMode"] == "advise"
    assert done["policies"][0]["lastRun"] == "2026-11-22T12:00:00+00:00"
    assert done["settings"]["highLoad"] == 800 and done["settings"]["maxMovesPerHour"] is None
    assert done["settings"]["masterMode"] == "advise"


def test_a_policy_and_its_plans(lab, full):
    lines = ok(lab, full, "policy show balance").lines
    assert lines[0].split() == ["balance", "automatic"]
    for text in ("even load", "may do now +advise", "east2 is at 91 %", "17"):
        assert any(re.search(text, x) for x in lines), (text, lines)
    assert [x.split()[:2] for x in lines if "web1" in x] == [["3", "proposed"], ["9", "moving"]]
    doc = ok(lab, full, "policy show balance --json").json["policy"]
    assert doc["moves"] == 5 and [p["index"] for p in doc["plans"]] == [3, 9]
    assert ok(lab, full, "policy show recover --json").json["policy"]["plans"] == []
    done = cli.run(lab, "policy show balanced", access="public", agent=full.address)
    assert done.code == 1 and "balance" in done.err, repr(done)


def test_plans(lab, full):
    screen = ok(lab, full, "plan list").out
    assert [x.split()[0] for x in screen.splitlines()] == ["PLAN", "3", "9"]
    for text in ("proposed", "web1", "west/west1", "12 %", "1 min 15 s", "balance"):
        assert text in screen, (text, screen)
    assert [p["index"] for p in ok(lab, full, "plan list --all --json").json["plans"]] == [3, 4, 9]
    assert [p["index"] for p in
            ok(lab, full, "plan list --state expired --json").json["plans"]] == [4]
    assert [p["index"] for p in ok(lab, full, "plan list --json").json["plans"]] == [3, 9]


def test_plans_that_wait_are_in_the_status(lab, full):
    full.scalar("csSetHealth", "ok")
    assert "plans     1 waits for approval: clusterset plan list" in cli.run(
        lab, "status", access="public", agent=full.address).out
    done = cli.run(lab, "status --json", access="public", agent=full.address)
    assert done.json["status"]["plansProposed"] == 1


def test_a_plan_and_its_reasons(lab, full):
    screen = ok(lab, full, "plan show 3").out
    for text in ("plan 3  web1  proposed", "east", "west/west1", "1 min 15 s", "for",
                 "70 %  east2 is at 91 %", "against", "12 %  web1 is down", "plan approve 3"):
        assert text in screen, (text, screen)
    explained = ok(lab, full, "plan explain 3").out
    assert explained.startswith("web1 should go to west/west1, says balance, because\n")
    plan = ok(lab, full, "plan explain 3 --json").json["plan"]
    assert plan["cost"] == 75 and [r["weight"] for r in plan["reasons"]] == [700, -120]
    assert "policy/5" in ok(lab, full, "plan show 9").out
    assert "approve" not in ok(lab, full, "plan explain 9").out
    done = cli.run(lab, "plan show three", access="public", agent=full.address)
    assert done.code == 2 and "'three'" in done.err


def test_hooks(lab, full):
    screen = ok(lab, full, "hook list").out
    for text in ("fence", "stopped-proof", "timedOut", "no answer of the PDU", "disabled", "never"):
        assert text in screen, (text, screen)
    fence, notify = ok(lab, full, "hook list --json").json["hooks"]
    assert fence["lastExit"] == -1 and fence["adminState"] == "enabled"
    assert notify["lastRun"] is None and notify["runs"] == 0


def test_what_cannot_be_asked_is_not_none(whole):
    lab = whole()
    lab.sim.fault("hang", cluster="west")
    clock.wait_for(lambda: lab.manager.row("csClusterTable", csClusterName="west")[1][
        "csClusterOperState"] == "unreachable", "west unreachable", seconds=40)
    vms = {x.split()[0]: x.split()[1] for x in
           cli.ok(lab, "cluster list --columns name,vms").lines}
    assert vms["west"] == "-" and vms["east"] not in ("-", "0"), vms
    vms = {x.split()[0]: x.split()[1] for x in cli.ok(lab, "node list --columns name,vms").lines}
    assert vms["west1"] == "-" and vms["east1"] != "-", vms
    for words in ("cluster show west", "node show west/west1"):
        assert re.search(r"vms running +-$", cli.ok(lab, words).out, re.M), words
    assert re.search(r"west/west1 +unknown +\? VMs", cli.ok(lab, "top --count 1").out)


def test_the_newest_move_comes_first(whole):
    """Whoever made it: the index of csMoveTable begins with the owner."""
    lab = whole()
    cli.ok(lab, "vm move web1 --to west --wait", seconds=90)
    second = time.time()
    clock.wait_for(lambda: time.time() > second + 1, "another second")
    cli.ok(lab, "vm down web2 --wait", seconds=90)
    moves = cli.document(lab, "move list")["moves"]
    assert [m["vmName"] for m in moves] == ["web2", "web1"], moves
    lab.sim.fault("effect-delay", ms=4000, cluster="west")
    cli.ok(lab, "vm move web1 --to east")
    cli.ok(lab, "vm move mail --to east --dry-run --owner zz")
    moves = cli.document(lab, "move list")["moves"]
    assert moves[0]["vmName"] == "web1" and moves[0]["state"] == "running", moves
    names = [m["vmName"] for m in cli.document(lab, "move list --sort vmName")["moves"]]
    assert names == sorted(names) and len(names) == 4, names
