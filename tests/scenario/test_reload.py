# SPDX-License-Identifier: Apache-2.0
"""Asking for a reload by SNMP: csSetReload, what came of it, and the same SET again."""
import copy
import os
import socket

import pytest

from harness import clock, snmp


def number(lab):
    return lab.manager.value("csSetReload.0")


def ended(lab, asked):
    """Waits until the reload that was number `asked` is over; its state and words."""
    def over():
        lab.daemon.process.check()
        now, state, text = (lab.manager.value(f"{name}.0") for name in
                            ("csSetReload", "csSetReloadState", "csSetReloadText"))
        return (state, text) if now >= asked and state != "running" else None
    return clock.wait_for(over, f"reload {asked} to be over", 20, seen=lab.logs)


def ask(lab):
    at = number(lab)
    lab.operator.set(("csSetReload.0", "u", at))
    assert number(lab) == at + 1
    return ended(lab, at + 1)


def test_before_the_first(whole):
    lab = whole()
    assert number(lab) == 0
    assert lab.manager.value("csSetReloadState.0") == "none"
    assert lab.manager.value("csSetReloadText.0") == ""
    assert lab.manager.get("csSetReloadTime.0")[0].absent
    assert lab.manager.value("csSetHostName.0") == socket.gethostname()
    assert lab.manager.value("csSetConfigFile.0") == lab.daemon.conf
    assert os.path.isabs(lab.daemon.conf)


def test_a_good_file_is_taken(whole):
    lab = whole()
    settings = copy.deepcopy(lab.daemon.settings)
    settings["set"]["description"] = "another one"
    lab.daemon.write(settings)
    state, text = ask(lab)
    assert state == "taken" and text.startswith("taken over at 20")
    assert text.endswith(": 2 clusters, 6 VMs and 0 patterns")
    assert lab.manager.value("csSetDescr.0") == "another one"
    assert not lab.manager.get("csSetReloadTime.0")[0].absent


def test_a_bad_file_is_refused(whole):
    lab = whole()
    bad = copy.deepcopy(lab.daemon.settings)
    bad["poll"]["intervall"] = 3
    bad["colour"] = "red"
    lab.daemon.write(bad)
    state, text = ask(lab)
    assert state == "refused" and text.startswith(f"refused, 2 errors: {lab.daemon.conf}:")
    assert "intervall" in text or "colour" in text
    lab.daemon.write_text("set = {")
    assert ask(lab)[1].startswith(f"refused: {lab.daemon.conf}:1: ")


def test_what_stands_in_the_way_is_named(whole):
    lab = whole()
    clock.wait_for(lambda: all(r["csDiskOperState"] == "owned" for r in
                               lab.manager.table("csDiskTable").values()), "owners", 20)
    less = copy.deepcopy(lab.daemon.settings)
    less["vms"] = [v for v in less["vms"] if v["name"] != "web1"]
    lab.daemon.write(less)
    state, text = ask(lab)
    assert state == "refused" and "web1" in text
    assert lab.manager.row("csVmTable", csVmName="web1")


def test_the_same_set_again_is_one_reload(whole):
    lab = whole()
    for _ in range(3):
        lab.operator.set(("csSetReload.0", "u", 0))
    assert number(lab) == 1 and ended(lab, 1)[0] == "taken"
    with pytest.raises(snmp.SnmpError) as refused:
        lab.operator.set(("csSetReload.0", "u", 5))
    assert refused.value.status == "inconsistentValue"
    last = max(lab.manager.table("csRefusalTable").items())[1]
    assert last["csRefusalText"] == "csSetReload is 1, not 5: read it and write what it reads"
    loaded = [r for r in lab.manager.table("csEventTable").values()
              if r["csEventType"] == "configurationLoaded"]
    assert len(loaded) == 1


def test_a_signal_counts(whole):
    lab = whole()
    lab.daemon.reload()
    clock.wait_for(lambda: number(lab) == 1, "SIGHUP to be counted", 20, seen=lab.logs)
    assert ended(lab, 1)[0] == "taken"
    lab.operator.set(("csSetReload.0", "u", 0))  # read before the signal came
    assert number(lab) == 1
    assert ask(lab)[0] == "taken" and number(lab) == 2


def test_a_restart_begins_anew(whole):
    lab = whole()
    ask(lab)
    lab.daemon.kill()
    lab.daemon.start()
    lab.daemon.polled()
    assert number(lab) == 0 and lab.manager.value("csSetReloadState.0") == "none"
