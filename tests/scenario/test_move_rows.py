# SPDX-License-Identifier: Apache-2.0
"""The life of a row of csMoveTable: created, read, destroyed; what makes a pair used; history."""
from harness import snmp
from harness.moving import Field, begin


def test_create_read_and_destroy(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=60000)
    index = m.create("web1", "west", owner="anna", node="west2", reason="firmware, rack 7")
    row = m.at_step("web1", "stop")
    assert (row["owner"], row["index"]) == ("anna", index)
    want = {"csMoveVm": m.vm("web1"), "csMoveTargetCluster": m.cluster("west"),
            "csMoveTargetNode": m.node("west2"), "csMoveMode": "planned",
            "csMoveReason": "firmware, rack 7", "csMoveSourceCluster": m.cluster("east"),
            "csMoveSourceNode": m.node("east1"), "csMoveSourceName": "east",
            "csMoveSourceNodeName": "east1", "csMoveTargetName": "west",
            "csMoveTargetNodeName": "west2", "csMoveState": "running", "csMoveEpoch": 0,
            "csMoveControl": "none", "csMoveForce": "false", "csMoveRowStatus": "active",
            "csMoveStorageType": "nonVolatile"}
    assert {k: row[k] for k in want} == want
    assert "csMoveFinishedAt" not in row and len(row["csMoveStartedAt"]) in (8, 11)
    # not while it is open, and nothing of it is writable but what is told
    status = m.instance("csMoveRowStatus", "anna", index)
    no = m.refused((status, "i", "destroy"))
    assert no.status == "inconsistentValue" and "cancel" in no.text
    no = m.refused((m.instance("csMoveTargetNode", "anna", index), "u", 0))
    assert no.status in ("inconsistentValue", "notWritable")
    m.wait_post("web1", "stop")
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "west", "west2")
    m.writer.set((status, "i", "destroy"))
    m.until("the row to be gone", lambda: m.rows() == [])
    # used for days, whoever asks: no second move
    no = m.refused(*m.creation("web1", "east", index, owner="anna"))
    assert no.status == "inconsistentName" and "anna" in no.text
    m.crash()
    m.until("web1", lambda: m.vm_row("web1")["csVmOperState"] == "running")
    no = m.refused(*m.creation("web1", "east", index, owner="anna"))
    assert no.status == "inconsistentName", "also after a restart"
    assert m.commands("web1") == ["east stop", "west start"]


def test_the_same_pdu_again(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.pending("east", "web1", stop_ms=60000)
    index = m.create("web1", "west")
    m.at_step("web1", "stop")
    no = m.refused(*m.creation("web1", "west", index))
    assert no.status == "inconsistentValue" and "ops" in no.text and str(index) in no.text
    m.wait_post("web1", "stop")
    m.complete("east", "web1")
    m.ends("web1")
    no = m.refused(*m.creation("web1", "west", index))
    assert no.status == "inconsistentValue"
    assert len(m.rows()) == 1 and m.commands("web1") == ["east stop", "west start"]


def test_history_is_limited_and_pairs_stay_used(whole):
    m = begin(whole, Field({"web1": "east1"}), moves={"history": 3})
    used = []
    for _ in range(6):
        used.append(m.create("web1", "west", owner="anna", mode="dryRun"))
        m.until("its row to end", lambda: [r for r in m.rows() if r["index"] == used[-1]
                                           and r["csMoveState"] == "succeeded"])
    m.until("the oldest rows to go", lambda: [r["index"] for r in m.rows()] == used[-3:])
    assert m.refused(*m.creation("web1", "west", used[0], owner="anna",
                                 mode="dryRun")).status == "inconsistentName"
    m.crash()
    m.until("the rows", lambda: [r["index"] for r in m.rows()] == used[-3:])
    m.settled()
    assert m.refused(*m.creation("web1", "west", used[1], owner="anna",
                                 mode="dryRun")).status == "inconsistentName"


def test_used_pairs_are_forgotten_in_the_end(whole):
    """Old ones are looked for at start, and from time to time."""
    m = begin(whole, Field({"web1": "east1"}), moves={"used-memory": 1})
    index = m.create("web1", "west", mode="dryRun")
    m.ends("web1")
    m.writer.set((m.instance("csMoveRowStatus", "ops", index), "i", "destroy"))
    m.until("the row to go", lambda: m.rows() == [])
    assert m.refused(*m.creation("web1", "west", index, mode="dryRun")).status == (
        "inconsistentName")
    m.crash()
    m.settled()

    def taken():
        try:
            m.create("web1", "west", index, mode="dryRun")
        except snmp.SnmpError:
            return False
        return True
    m.until("the pair to be free again", taken, 20)
