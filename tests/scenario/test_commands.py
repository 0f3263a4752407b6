# SPDX-License-Identifier: Apache-2.0
"""Where clustersetd sends commands, and with what body: as ecxsim saw them.

The contract is ECX's REST API (groups/G/start and its like); which command is due when is
for the scenarios of moving.
"""
import json

from harness import clock

STANDS = ("succeeded", "failed", "cancelled", "rolledBack", "inDoubt")


def write(lab, *varbinds):
    lab.manager.as_community("private").set(*varbinds)


def move(lab, vm="web1", node=0):
    """Asks for a move of a VM to the other cluster; its row when it has ended."""
    index, row = lab.manager.row("csVmTable", csVmName=vm)
    there = next(i[0] for i in lab.manager.table("csClusterTable") if i[0] != row["csVmCluster"])
    write(lab, (f"csVmTargetCluster.{index[0]}", "u", there),
          (f"csVmTargetNode.{index[0]}", "u", node))

    def ended():
        rows = [r for r in lab.manager.table("csMoveTable").values() if r["csMoveVmName"] == vm]
        return rows[-1] if rows and rows[-1]["csMoveState"] in STANDS else None
    return clock.wait_for(ended, f"the move of {vm} to end", 60, seen=lab.logs)


def node(lab, name):
    """The end of the names of a node's instances."""
    index, _ = lab.manager.row("csNodeTable", csNodeName=name)
    return index


def posts(lab):
    """(server, verb, target in the body) of every POST, in their order."""
    return [(p["server"], p["uri"].rsplit("/", 1)[1],
             json.loads(p["body"])["target"] if p["body"] else None)
            for p in lab.sim.requests()["posts"]]


def test_bodies(whole):
    """A stop has none; a start names the server that it is sent to: the one that is wanted,
    else the one that runs the fewest (west2 one, west1 two)."""
    lab = whole()
    assert move(lab)["csMoveState"] == "succeeded"
    assert posts(lab) == [("east1", "stop", None), ("west2", "start", "west2")]
    lab.sim.do("requests-reset")
    moved = move(lab, "web2", node(lab, "west1")[1])
    assert moved["csMoveState"] == "succeeded" and moved["csMoveTargetNodeName"] == "west1"
    assert posts(lab)[1] == ("west1", "start", "west1")


def test_a_refused_command_goes_to_another_server(whole):
    lab = whole()
    lab.sim.fault("envelope-code", cluster="east", server="east1", method="POST",
                  path="groups/*/stop", code=1, message="busy")
    assert move(lab)["csMoveState"] == "succeeded"
    assert posts(lab) == [("east1", "stop", None), ("east2", "stop", None),
                          ("west2", "start", "west2")]


def test_nobody_is_asked_who_does_not_answer(whole):
    lab = whole()
    before = lab.manager.value("csStatsPollErrors.0")
    lab.sim.fault("refuse", cluster="west", server="west2")
    clock.wait_for(lambda: lab.manager.value("csStatsPollErrors.0") > before,
                   "a round without west2")
    assert move(lab)["csMoveState"] == "succeeded"
    assert posts(lab)[-1] == ("west1", "start", "west1")


def test_nothing_starts_on_a_node_in_maintenance(whole):
    lab = whole()
    write(lab, ("csNodeAdminState." + ".".join(map(str, node(lab, "west2"))), "i", 2))
    assert move(lab)["csMoveState"] == "succeeded"
    assert posts(lab)[-1] == ("west1", "start", "west1")

