# SPDX-License-Identifier: Apache-2.0
"""A reload during a move: what would take something from it is refused whole, naming it; what
does not is in force at once."""
import copy

import pytest

from harness.moving import THREE, Field, begin


def without_vm(settings):
    settings["vms"] = [v for v in settings["vms"] if v["name"] != "web1"]


def without_target(settings):
    settings["clusters"] = [c for c in settings["clusters"] if c["name"] != "west"]
    for v in settings["vms"]:
        v["sites"] = [s for s in v["sites"] if s["cluster"] != "west"]
        v["disks"][0]["sites"] = [s for s in v["disks"][0]["sites"] if s["cluster"] != "west"]


def another_group(settings):
    vm = next(v for v in settings["vms"] if v["name"] == "web1")
    site = next(s for s in vm["sites"] if s["cluster"] == "west")
    site["group"] = "spare"


def without_a_third_site(settings):
    vm = next(v for v in settings["vms"] if v["name"] == "web1")
    vm["sites"] = [s for s in vm["sites"] if s["cluster"] != "north"]
    vm["disks"][0]["sites"] = [s for s in vm["disks"][0]["sites"] if s["cluster"] != "north"]


def moving(whole):
    field = Field({"web1": "east1", "db1": "east2"}, clusters=THREE)
    for c in field.world["clusters"]:
        extra = copy.deepcopy(c["groups"][0])
        extra.update(name="spare", vm="spare", initial="")
        for r in extra["resources"]:
            r["name"] = r["name"].replace("web1", "spare")
            r["depends"] = [d.replace("web1", "spare") for d in r.get("depends", [])]
            if "lun" in r:
                r["lun"] = "lun-spare"
        c["groups"].append(extra)
    m = begin(whole, field)
    m.pending("east", "web1", stop_ms=60000)
    m.move("web1", "west")
    m.wait_post("web1", "stop")
    m.at_step("web1", "stop")
    return m


@pytest.mark.parametrize("change", [without_vm, without_target, another_group,
                                    without_a_third_site])
def test_what_an_open_move_needs_stays(whole, change):
    m = moving(whole)
    less = copy.deepcopy(m.lab.daemon.settings)
    change(less)
    less["vms"][-1]["priority"] = 321  # and nothing else of it is in force
    good = m.lab.daemon.settings
    m.lab.daemon.write(less)
    at = m.lab.daemon.log_end()
    m.lab.daemon.reload()
    alarm = m.until("the alarm", lambda: m.alarms("configurationRefused"))
    assert "web1" in alarm[0]["csAlarmText"] and "move" in alarm[0]["csAlarmText"], alarm
    m.lab.daemon.log_wait("web1", after=at)
    assert m.vm_row("db1")["csVmPriority"] != 321
    m.lab.daemon.write(good)
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "west")
    m.no_dual()


def test_another_order_of_everything(whole):
    """Slots change, names do not: the move goes on to where it was bound for."""
    m = moving(whole)
    other = copy.deepcopy(m.lab.daemon.settings)
    other["clusters"].reverse()
    other["vms"].reverse()
    for v in other["vms"]:
        v["sites"].reverse()
        v["disks"][0]["sites"].reverse()
    for c in other["clusters"]:
        c["servers"].reverse()
    other["moves"]["verify-time"] = 0.1
    loaded = len(m.events("configurationLoaded"))
    m.lab.daemon.write(other)
    m.lab.daemon.reload()
    m.until("the reload", lambda: len(m.events("configurationLoaded")) > loaded)
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "west")
    assert m.commands("web1") == ["east stop", "west start"]
    m.no_dual()


def test_a_new_cluster_and_site_during_a_move(whole):
    """A site that is added counts from now on: nothing is proved of it yet."""
    m = moving(whole)
    more = copy.deepcopy(m.lab.daemon.settings)
    more["vms"].append({"name": "spare", "kind": "stateless",
                        "sites": [{"cluster": "east", "group": "spare"}]})
    loaded = len(m.events("configurationLoaded"))
    m.lab.daemon.write(more)
    m.lab.daemon.reload()
    m.until("the reload", lambda: len(m.events("configurationLoaded")) > loaded)
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "west")
    m.no_dual()


def test_when_it_has_ended_it_may_go(whole):
    """What is left in the history does not hold the configuration."""
    m = moving(whole)
    m.complete("east", "web1")
    m.ends("web1")
    m.runs_at("web1", "west")
    less = copy.deepcopy(m.lab.daemon.settings)
    without_vm(less)
    m.lab.daemon.write(less)
    m.lab.daemon.reload()
    # it owns a disk: still refused, but not for the move
    alarm = m.until("the alarm", lambda: m.alarms("configurationRefused"))
    assert "web1" in alarm[0]["csAlarmText"] and "own" in alarm[0]["csAlarmText"], alarm
    assert m.rows("web1"), "the history is still there"
