# SPDX-License-Identifier: Apache-2.0
"""One VM goes to another cluster by csVmTargetCluster: the steps, the disk's owner, what a
manager reads and is told; a node asked for; several VMs; within a cluster; the same SET
again. What was commanded stands in ecxsim's request log."""
import mibfile
from harness import clock
from harness.moving import ENDED, Field, begin
from mibserved import Served
from test_mib_traps import event_problems, problems_of

STEPS = ["check", "stop", "release", "handover", "start", "verify"]


def steps(m, vm):
    """The steps that csEventTable tells, in order, each once."""
    found = []
    for event in m.events("moveStep", vm):
        words = event["csEventText"].replace(":", " ").replace(",", " ").split()
        step = next((w for w in words if w in (*STEPS, "quiesce", "resume")), None)
        assert step or "ended" in words, f"which step? {event['csEventText']}"
        if step and found[-1:] != [step]:
            found.append(step)
    return found


def gap_ms(m, vm):
    """How long the VM really was down, as ecxsim knows: from the end of its activation in
    one cluster to the beginning in the next."""
    history = m.sim.oracle(history=True)
    acts = sorted((a for a in history["history"] + history["active"]
                   if a["key"].endswith(vm) and "lun" not in a["key"]),
                  key=lambda a: a["begin_ms"])
    return acts[-1]["begin_ms"] - acts[-2]["end_ms"]


def test_a_move_from_the_set_to_the_trap(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("west", "web1", start_ms=600)
    epoch, index = m.disk_row("web1")["csDiskEpoch"], m.vm("web1")
    before = m.reader.value(f"csVmLastMove.{index}")
    m.move("web1", "west")
    # answered before it is done; from now on it can be read what is wanted
    row = m.reaches("web1", "accepted", "running")
    assert (row["owner"], row["csMoveMode"], row["csMoveSourceName"], row["csMoveTargetName"],
            row["csMoveSourceNodeName"]) == ("set", "planned", "east", "west", "east1")
    m.until("the VM to be moving", lambda: m.vm_row("web1")["csVmOperState"] == "moving")
    assert m.vm_row("web1")["csVmTargetClusterName"] == "west"
    seen = []
    m.until("the end", lambda: seen.append(m.row("web1")) or seen[-1]["csMoveState"] in ENDED)
    for column in ("csMoveProgress", "csMoveDowntimeMs"):
        told = [r[column] for r in seen]
        assert told == sorted(told), f"{column} never goes back"
    row = m.ends("web1")
    m.runs_at("web1", "west", "west1")

    # commands: one stop, then one start, and the proof lies between
    assert m.commands("web1") == ["east stop", "west start"]
    assert all(p.executed and p.status == 200 for p in m.posts())
    assert steps(m, "web1") == STEPS
    # the owner passes source -> none -> target, with growing epochs
    assert m.owners("web1") == [("", epoch + 1), ("west", epoch + 2)]
    assert row["csMoveEpoch"] == epoch + 2 == m.disk_row("web1")["csDiskEpoch"]
    # down: longer than the start takes, no longer than the whole
    real = gap_ms(m, "web1")
    assert real + 600 - 400 <= row["csMoveDowntimeMs"] <= real + clock.scaled(4000), (real, row)
    assert abs(row["csMoveDowntime"] - row["csMoveDowntimeMs"] / 1000) <= 1
    assert row["csMoveError"] == ""
    after = m.vm_row("web1")
    assert (after["csVmTargetCluster"], after["csVmTargetClusterName"]) == (0, "")
    assert after["csVmLastMove"] != before
    assert not m.alarms("moveFailed") and not m.alarms("moveInDoubt")
    m.no_dual()


def test_every_notification_of_a_move(whole):
    m = begin(whole, Field({"web1": "east1"}))
    module = None if mibfile.why_not(("SMIDUMP", "smidump")) else mibfile.load()
    epoch = m.disk_row("web1")["csDiskEpoch"]
    index = m.create("web1", "west", owner="anna", node="west2", reason="new firmware")
    m.ends("web1")
    m.runs_at("web1", "west", "west2")
    ended = m.trapd.wait("csMoveEnded")
    m.trapd.wait("csVmPlacementChange", csVmName="web1", csVmClusterName="west")
    started = m.trapd.wait("csMoveStarted").values()
    row = m.row("web1")
    for name, want in (
            ("csMoveStarted", {"csMoveState": "running"}),
            ("csMoveEnded", {"csMoveState": "succeeded", "csMoveError": "",
                             "csMoveDowntime": row["csMoveDowntime"]})):
        got = m.trapd.traps(name)
        assert len(got) == 1, got
        values = got[0].values()
        want |= {"csNotifySeverity": "info", "csNotifyObjectName": f"anna/{index}",
                 "csMoveVmName": "web1", "csMoveSourceName": "east",
                 "csMoveTargetName": "west", "csMoveReason": "new firmware"}
        assert {k: values[k] for k in want} == want
        assert "web1" in values["csNotifyText"]
        # the state's instance tells the row
        state = got[0].vars[2 + 3]
        assert m.lab.mib.name(state.oid) == m.instance("csMoveState", "anna", index)
    assert started["csNotifySequence"] < ended.values()["csNotifySequence"]
    passed = [t.values() for t in m.trapd.traps("csDiskOwnerChange")
              if t.values()["csDiskEpoch"] > epoch]
    passed = list({p["csDiskEpoch"]: p for p in reversed(passed)}.values())[::-1]
    assert [(p["csNotifyOldClusterName"], p["csDiskOwnerClusterName"], p["csDiskEpoch"],
             p["csDiskName"], p["csDiskVmName"]) for p in passed] == [
        ("east", "", epoch + 1, "lun-web1", "web1"),
        ("", "west", epoch + 2, "lun-web1", "web1")]
    placed = m.trapd.wait("csVmPlacementChange", csVmName="web1", csVmClusterName="west")
    placed = placed.values()
    assert (placed["csVmOperState"], placed["csVmNodeName"], placed["csNotifyOldClusterName"],
            placed["csNotifyOldNodeName"]) == ("moving", "west2", "east", "east1")
    if module is not None:
        served = Served(m.lab, module)
        traps = [t for t in m.trapd.traps() if t.oid[:len(served.root)] == served.root]
        assert [p for t in traps for p in problems_of(served, module, t)] == []
        assert [p for t in traps for p in event_problems(m.lab, t)] == []
    # every one of them is an event, and the counters count
    assert m.reader.value("csStatsMovesSucceeded.0") == 1


def test_a_node_is_honoured_in_any_order_of_varbinds(whole):
    m = begin(whole, Field({"web1": "east1", "db1": "east2"}))
    m.writer.set(*m.target("web1", "west", "west2"))
    m.writer.set(*reversed(m.target("db1", "west", "west2")))
    for vm in ("web1", "db1"):
        row = m.ends(vm)
        assert row["csMoveTargetNodeName"] == "west2"
        m.runs_at(vm, "west", "west2")
        assert m.commands(vm) == ["east stop", "west start"]
        assert "west2" in m.posts(vm, "start")[0].body
    assert len(m.rows()) == 2, "two varbinds of one VM are one request"
    m.no_dual()


def test_several_vms_in_one_pdu_are_all_or_nothing(whole):
    m = begin(whole, Field({"web1": "east1", "db1": "east2", "mail": "west1"}))
    both = [*m.target("web1", "west"), *m.target("db1", "west")]
    for wrong in ([(f"csVmTargetCluster.{m.vm('mail')}", "u", 4711)],
                  [(f"csVmHold.{m.vm('mail')}", "i", "true"), *m.target("mail", "east"),
                   (f"csVmTargetNode.{m.vm('mail')}", "u", 99)]):
        assert m.refused(*both, *wrong).status in ("wrongValue", "inconsistentValue")
        assert m.rows() == [] and m.posts() == []
        assert m.vm_row("mail")["csVmHold"] == "false"
        assert m.vm_row("web1")["csVmTargetCluster"] == 0
    m.writer.set(*both, *m.target("mail", "east"))
    for vm, there in (("web1", "west"), ("db1", "west"), ("mail", "east")):
        m.ends(vm)
        m.runs_at(vm, there)
    assert len(m.rows()) == 3
    m.no_dual()


def test_a_node_alone_is_ecx_own_group_move(whole):
    m = begin(whole, Field({"web1": "east1"}))
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.move("web1", node="east2")
    row = m.ends("web1")
    m.runs_at("web1", "east", "east2")
    assert m.commands("web1") == ["east move"]
    assert "east2" in m.posts("web1")[0].body
    assert (row["csMoveSourceName"], row["csMoveTargetName"], row["csMoveTargetNodeName"]) == (
        "east", "east", "east2")
    disk = m.disk_row("web1")
    assert (disk["csDiskEpoch"], disk["csDiskOwnerNodeName"]) == (epoch, "east2")
    assert m.owners("web1") in ([], [("east", epoch)]), "the owner has not changed"
    # and by the whole address of where it is
    m.move("web1", "east", "east1")
    m.ends("web1")
    m.runs_at("web1", "east", "east1")
    assert m.commands("web1") == ["east move", "east move"]


def test_a_group_move_whose_start_fails_there(whole):
    """ECX brings it up where it can: the row says that it is not where it was sent."""
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.do("start-fail", cluster="east", resource="vm-web1", server="east2", count=-1)
    m.move("web1", node="east2")
    row = m.reaches("web1", *ENDED, seconds=60)
    assert row["csMoveState"] == "failed" and row["csMoveError"], row
    m.runs_at("web1", "east", "east1")
    assert m.commands("web1") == ["east move"]
    m.no_dual()


def test_zero_and_where_it_is_already_do_nothing(whole):
    m = begin(whole, Field({"web1": "east1"}))
    index = m.vm("web1")
    for triples in ([(f"csVmTargetCluster.{index}", "u", 0)],
                    [(f"csVmTargetNode.{index}", "u", 0)],
                    [(f"csVmTargetCluster.{index}", "u", 0), (f"csVmTargetNode.{index}", "u", 0)],
                    m.target("web1", "east"), m.target("web1", "east", "east1"),
                    m.target("web1", node="east1")):
        m.writer.set(*triples)
        assert m.rows() == [] and m.vm_row("web1")["csVmTargetCluster"] == 0
    assert m.posts() == []


def test_the_same_set_again_is_one_move(whole):
    """While it goes on, and when it has just ended without success (I5)."""
    m = begin(whole, Field({"web1": "east1"}), moves={"repeat-window": clock.scaled(6.0)})
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.at_step("web1", "stop")
    for _ in range(3):
        m.move("web1", "west")
    assert m.refused(*m.target("web1", "east", "east2")).status == "inconsistentValue"
    m.sim.do("start-fail", cluster="west", group="web1", count=1)
    m.sim.do("start-fail", cluster="west", resource="vm-web1", count=-1)
    m.complete("east", "web1")
    m.ends("web1", "rolledBack")
    m.move("web1", "west")  # the manager never got our answer
    assert len(m.rows("web1")) == 1
    m.sim.do("start-fail", cluster="west", resource="vm-web1", count=0)

    def taken():
        m.move("web1", "west")
        return len(m.rows("web1")) == 2
    m.until("the repeat-window to be over", taken, 15)
    m.ends("web1")
    m.runs_at("web1", "west")
    m.no_dual()


def test_there_back_and_there_again(whole):
    """The newest move decides what is a repetition, not any of the last minute."""
    m = begin(whole, Field({"web1": "east1"}), moves={"repeat-window": 600})
    for n, there in enumerate(("west", "east", "west"), 1):
        m.move("web1", there)
        m.until("a row of its own", lambda n=n: len(m.rows("web1")) == n)
        m.ends("web1")
        m.runs_at("web1", there)
    epochs = [e for _, e in m.owners("web1")]
    assert epochs == sorted(set(epochs)) and len(epochs) == 6
    m.no_dual()


def test_a_vm_without_disks(whole):
    m = begin(whole, Field({"job1": "east1"}, stateless=["job1"]))
    m.move("job1", "west")
    row = m.ends("job1")
    assert row["csMoveEpoch"] == 0
    m.until("job1 to run in west", lambda: m.vm_row("job1")["csVmClusterName"] == "west")
    assert m.commands("job1") == ["east stop", "west start"]
    m.no_dual()


def test_by_snmpv3(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.lab.operator.set(*m.target("web1", "west"))
    m.ends("web1")
    m.runs_at("web1", "west")
