# SPDX-License-Identifier: Apache-2.0
"""The metrics hook: good documents, partly bad ones, and programs that misbehave."""
import copy
import os

import pytest

from harness import clock, loads, proc

GOOD = """{"version": 1,
 "nodes": [{"cluster": "east", "node": "east1", "cpu": 0.42, "cpus": 16,
            "memory-used": 30000, "memory-total": 65536},
           {"cluster": "west", "node": "west1", "cpu": 0.1}],
 "vms": [{"vm": "web1", "cpu": 1.5, "vcpus": 4, "memory": 16384}]}"""


def printing(text, then=""):
    return f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n{then}"


@pytest.fixture
def hooked(whole):
    """hooked(script): the usual set with that program as load.hook."""
    def start(script, **more):
        def settings(lab, text, mode=None):
            path = loads.program(lab.directory, "metrics", text)
            if mode is not None:
                os.chmod(path, mode)
            return {"interval": 1, "freshness": clock.scaled(4), "half-life": 0,
                    "hook": {"program": path, "arguments": ["one", "two words"],
                             "timeout": clock.scaled(1.5), "interval": 0.3, **more}}

        lab = whole()
        made = copy.deepcopy(lab.daemon.settings)
        made["load"] = settings(lab, script)
        lab.daemon.write(made)
        lab.daemon.reload()
        lab.hook = lambda text, mode=None: settings(lab, text, mode)
        return lab
    return start


def node(lab, name):
    return next(r for r in lab.manager.table("csNodeTable").values() if r["csNodeName"] == name)


def vm(lab, name):
    return next(r for r in lab.manager.table("csVmTable").values() if r["csVmName"] == name)


def value(lab, name, column, wanted, row=node):
    return clock.wait_for(lambda: row(lab, name).get(column) == wanted or None,
                          f"{column} of {name} = {wanted}", 30,
                          seen=lambda: str(row(lab, name)) + lab.logs(30))


def alarms(lab):
    return [(r["csAlarmObjectName"], r["csAlarmText"])
            for r in lab.manager.table("csAlarmTable").values()
            if r.get("csAlarmType") == "hookFailed"]


def alarm(lab, *words):
    def stands():
        found = alarms(lab)
        assert len(found) <= 1
        return found and all(w in found[0][1] for w in words) and found[0]
    name, text = clock.wait_for(stands, f"an alarm with {words}", 30,
                                seen=lambda: str(alarms(lab)) + lab.logs(30))
    assert name == "metrics"
    return text


def no_alarm(lab):
    clock.wait_for(lambda: not alarms(lab), "no alarm", 30, seen=lambda: str(alarms(lab)))


def test_a_good_document(hooked):
    lab = hooked(printing(GOOD))
    value(lab, "east1", "csNodeCpuLoad", 420)
    row = node(lab, "east1")
    assert (row["csNodeCpus"], row["csNodeMemoryUsed"], row["csNodeMemoryTotal"]) == (
        16, 30000, 65536)
    assert row["csNodeLoadSource"] == "hook" and row["csNodeLoadAge"] <= clock.scaled(3)
    value(lab, "west1", "csNodeCpuLoad", 100)
    assert node(lab, "west1").get("csNodeMemoryUsed") is None  # not told
    assert node(lab, "east2").get("csNodeCpuLoad") is None
    value(lab, "web1", "csVmLoadSource", "hook", row=vm)
    assert not alarms(lab)


def test_how_it_is_called(hooked):
    lab = hooked("#!/bin/sh\n(echo \"$#:$1:$2:$CS_HOOK:$CS_SET\"; pwd; env | sort; cat) "
                 ">$(dirname $0)/called.new\nmv $(dirname $0)/called.new $(dirname $0)/called\n"
                 'echo \'{"version":1}\'\n')
    path = os.path.join(lab.directory, "called")
    clock.wait_for(lambda: os.path.exists(path), "a run")
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    assert lines[0] == "2:one:two words:metrics:lab" and lines[1] == "/"
    assert {x.split("=")[0] for x in lines[2:]} <= {
        "CS_HOOK", "CS_SET", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "_"}
    assert not alarms(lab)


def test_a_partly_bad_document(hooked):
    lab = hooked(printing("""{"version": 1, "nodes": [
        {"cluster": "east", "node": "east1", "cpu": 4.2},
        {"cluster": "east", "node": "east2", "cpu": 0.5},
        {"cluster": "south", "node": "x", "cpu": 0.5}, 7,
        {"cluster": "west", "node": "west1", "cpu": "much"},
        {"cluster": "west", "node": "west1"}],
        "vms": [{"vm": "nobody", "cpu": 1}, {"cpu": 1}, {"vm": "web1", "cpu": 0.5}]}"""))
    value(lab, "east2", "csNodeCpuLoad", 500)
    text = alarm(lab, "tells of 9 nodes and VMs, 7 of them wrongly", "nodes[0]: east/east1: cpu = 4.2",
                 "nodes[2]: south/x: no such node", "nodes[3]: cluster is missing",
                 "nodes[4]: cpu is no number", "nodes[5]: west/west1: none of cpu")
    assert text.endswith("; and more")
    value(lab, "web1", "csVmLoadSource", "hook", row=vm)
    at = lab.daemon.log_end()
    clock.wait_for(lambda: node(lab, "east2")["csNodeLoadAge"] <= 1, "another run")
    assert lab.daemon.process.text()[at:].count("hook=metrics") == 0  # said once
    loads.program(lab.directory, "metrics", printing(GOOD))
    no_alarm(lab)
    assert "is fine again" in lab.daemon.process.text()


BAD = [
    (printing("no json"), "printed no JSON"),
    (printing(""), "printed no JSON"),
    (printing("[]"), "printed no JSON object"),
    (printing("{}"), "another version than 1"),
    (printing('{"version": 2, "nodes": []}'), "another version than 1"),
    (printing('{"version": 1, "nodes": {}}'), 'printed "nodes" that is no list'),
    (printing('{"version": 1, "nodes": ' + "[" * 5000), "printed no JSON"),
    (printing(GOOD, "echo all is lost >&2; exit 3"), "exited with 3: all is lost"),
    (printing(GOOD, "kill -9 $$"), "ended by signal 9"),
    ("#!/bin/sh\nexec yes '{\"version\": 1}'\n", "did not end within"),
    ("#!/bin/sh\nhead -c 9000000 /dev/zero\n", "printed more than 8 MiB"),
    ("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", "did not end within"),
    ("#!/no/such/shell\n", "cannot be started: No such file"),
]


@pytest.mark.parametrize("script,words", BAD, ids=[w for _, w in BAD])
def test_programs_that_misbehave(hooked, script, words):
    lab = hooked(script)
    alarm(lab, words)
    assert node(lab, "east1").get("csNodeCpuLoad") is None
    assert lab.manager.value("csSetControlAge.0") <= clock.scaled(2)  # nobody waits for it
    loads.program(lab.directory, "metrics", printing(GOOD))
    value(lab, "east1", "csNodeCpuLoad", 420)
    no_alarm(lab)


def test_never_two_at_once(hooked):
    lab = hooked("#!/bin/sh\ncd $(dirname $0)\nmkdir running || echo twice >>twice\nsleep 0.7\n"
                 "rmdir running\necho x >>runs\necho '{\"version\":1}'\n")
    runs = os.path.join(lab.directory, "runs")
    clock.wait_for(lambda: os.path.exists(runs) and os.path.getsize(runs) >= 8, "four runs", 30)
    assert not os.path.exists(os.path.join(lab.directory, "twice"))


def test_a_reload_with_another_program_and_none(hooked):
    lab = hooked("#!/bin/sh\ntrap '' TERM\nsleep 1000 &\nwait\nsleep 1000\n", timeout=600)
    clock.wait_for(lambda: any("sleep 1000" in w for w in proc.children(lab.daemon.pid).values()),
                   "it to run")
    made = copy.deepcopy(lab.daemon.settings)
    other = loads.program(lab.directory, "other", printing(GOOD))
    made["load"]["hook"]["program"] = other
    lab.daemon.write(made)
    lab.daemon.reload()
    value(lab, "east1", "csNodeCpuLoad", 420)
    clock.wait_for(lambda: not any("sleep 1000" in w for w in proc.children().values()),
                   "the old one to be gone")
    os.chmod(other, 0o600)
    alarm(lab, other, "cannot be started: Permission denied")
    del made["load"]["hook"]
    lab.daemon.write(made)
    lab.daemon.reload()
    no_alarm(lab)
    clock.wait_for(lambda: node(lab, "east1").get("csNodeCpuLoad") is None, "staleness", 30)


def test_a_stop_ends_it(hooked):
    lab = hooked("#!/bin/sh\ntrap '' TERM\nsleep 1000 &\nwait\nsleep 1000\n", timeout=600)
    clock.wait_for(lambda: any("sleep 1000" in w for w in proc.children(lab.daemon.pid).values()),
                   "it to run")
    lab.daemon.stop()
    clock.wait_for(lambda: not any("sleep 1000" in w for w in proc.children().values()),
                   "it to be gone")
