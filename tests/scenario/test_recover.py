# SPDX-License-Identifier: Apache-2.0
"""The recover policy: clusters die whole and come back, with and without a fence, an
operator's word, ECX's own auto-start; nothing is ever active twice by a command of ours."""
import os
import stat
import time

import pytest

from harness.moving import Field
from harness.policing import Policies

VMS = {"web1": "east1", "web2": "east2", "db1": "west1"}
LOST = ("web1", "web2")
GRACE = 2

FENCE = '''#!/usr/bin/python3
import json, os, sys, time, urllib.request

def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen("http://127.0.0.1:PORT" + path, data, timeout=10) as f:
        return json.load(f)

told = json.load(sys.stdin)
with open("LOG", "a") as f:
    print(os.environ["CS_CLUSTER"], os.environ["CS_SERVERS"], told["cluster"],
          [s["name"] for s in told["servers"]], told["version"], file=f)
time.sleep(WAIT)
ask("/do", {"what": "cluster-power-off", "cluster": os.environ["CS_CLUSTER"]})
for cluster in ask("/state")["clusters"]:
    if cluster["name"] == os.environ["CS_CLUSTER"]:
        sys.exit(any(s["os"] != "off" for s in cluster["servers"]))
sys.exit(2)
'''


class Fenced(Field):
    """`program`: the text of east's fence, PORT and LOG filled in; None: it has none."""

    def __init__(self, program=None, automatic=True, timeout=20, runs=True, **more):
        super().__init__(VMS, **more)
        self.program, self.automatic, self.timeout = program, automatic, timeout
        self.runs = runs

    def settings(self, lab, **more):
        self.log = os.path.join(lab.directory, "fence.log")
        if self.program is not None:
            path = os.path.join(lab.directory, "fence")
            with open(path, "w", encoding="ascii") as f:
                f.write(self.program.replace("PORT", str(lab.sim.port))
                        .replace("LOG", self.log))
            os.chmod(path, stat.S_IRWXU if self.runs else stat.S_IRUSR)
            self.more["cluster"]["east"] = {"fence": {
                "program": path, "automatic": self.automatic, "timeout": self.timeout}}
        more["policies"] = {"interval": 0.5, "look-time": 1, "recover-grace": GRACE,
                            "recover": {"mode": "automatic"}, **more.pop("policies", {})}
        more["moves"] = {"force": True, **more.pop("moves", {})}
        return super().settings(lab, **more)

    def calls(self):
        try:
            with open(self.log, encoding="ascii") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []


def begin(whole, field, **settings):
    m = Policies(whole(field, **settings))
    m.settled()
    return m


def dies(m, cluster="east"):
    m.sim.do("cluster-power-off", cluster=cluster)


def returns(m, cluster="east"):
    m.sim.do("cluster-power-on", cluster=cluster)


def missing(m, vm, seconds=30):
    """Waits for the alarm, and returns its text."""
    def there():
        return [a["csAlarmText"] for a in m.alarms("vmNotRecovered")
                if a["csAlarmObjectName"] == vm]
    return m.until(f"the alarm of {vm}", there, seconds)[0]


def recovered(m, cluster="west", vms=LOST, seconds=60):
    for vm in vms:
        m.runs_at(vm, cluster, seconds=seconds)
    m.until("the alarms to end", lambda: not m.alarms("vmNotRecovered"), 20)


def starts(m, vm=None):
    return [p for p in m.posts(vm) if p.what in ("start", "move")]


@pytest.mark.deadline(120)
def test_a_dead_cluster_without_a_fence(whole):
    m = begin(whole, Fenced())
    dies(m)
    for vm in LOST:
        text = missing(m, vm)
        for word in ("cluster east", "east1", "east2", "does not answer",
                     f"clusterset site confirm {vm} east", "fence"):
            assert word in text, text
    time.sleep(3 * GRACE)
    assert m.posts() == [] and m.rows() == []
    assert m.alarms("vmNotRecovered")[0]["csAlarmSeverity"] == "critical"
    m.no_dual()


@pytest.mark.deadline(120)
def test_a_fence_that_nobody_allowed(whole):
    m = begin(whole, Fenced(FENCE.replace("WAIT", "0"), automatic=False))
    dies(m)
    missing(m, "web1")
    time.sleep(3 * GRACE)
    assert m.field.calls() == [] and m.posts() == []


@pytest.mark.deadline(120)
def test_only_advised(whole):
    m = begin(whole, Fenced(FENCE.replace("WAIT", "0")),
              policies={"recover": {"mode": "advise"}})
    dies(m)
    missing(m, "web1")
    time.sleep(3 * GRACE)
    assert m.field.calls() == [] and m.posts() == []


@pytest.mark.deadline(180)
def test_fenced_and_started_elsewhere(whole):
    m = begin(whole, Fenced(FENCE.replace("WAIT", "0")))
    dies(m)
    recovered(m)
    assert set(m.field.calls()) == {"east east1 east2 east ['east1', 'east2'] 1"}
    assert {p.cluster for p in starts(m)} == {"west"}
    assert sorted(p.name for p in starts(m)) == list(LOST), "each once"
    assert all(r["owner"] == "policy" for vm in LOST for r in m.rows(vm))
    m.no_dual()
    # it comes back: nobody is asked for anything
    before = len(m.posts())
    returns(m)
    m.until("east to be back", lambda: m.reader.row(
        "csClusterTable", csClusterName="east")[1]["csClusterOperState"] == "normal", 40)
    time.sleep(3 * GRACE)
    assert len(m.posts()) == before
    m.no_dual()


@pytest.mark.deadline(180)
def test_it_comes_back_and_starts_by_itself(whole):
    """What nobody outside can prevent is told, and is not by us."""
    m = begin(whole, Fenced(FENCE.replace("WAIT", "0"),
                            group={"web1": {"autostart": True}}))
    dies(m)
    recovered(m)
    before = len(m.posts())
    returns(m)
    m.until("a conflict", lambda: m.alarms("vmConflict"), 60)
    assert m.sim.oracle()["dual_by_command"] == 0
    time.sleep(2 * GRACE)
    assert len(m.posts()) == before


@pytest.mark.deadline(300)
def test_cut_off_and_not_dead(whole):
    """Nobody answers, and the VMs run: the fence is what makes it safe. A connection that
    its servers close when they go down is a sign of life: then the next one counts."""
    m = begin(whole, Fenced(FENCE.replace("WAIT", "0")))
    for server in ("east1", "east2"):
        m.sim.fault("hang", cluster="east", server=server)
    recovered(m, seconds=150)
    m.no_dual()


@pytest.mark.deadline(180)
def test_an_operators_word(whole):
    m = begin(whole, Fenced())
    dies(m)
    missing(m, "web1")
    epoch = m.disk_row("web1")["csDiskEpoch"]
    m.writer.set((f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}", "u", epoch))
    m.runs_at("web1", "west", seconds=60)
    assert [p.name for p in starts(m)] == ["web1"]
    assert m.rows("web2") == [] and missing(m, "web2")
    m.no_dual()


@pytest.mark.deadline(120)
def test_a_stop_by_hand_is_respected(whole):
    m = begin(whole, Fenced(FENCE.replace("WAIT", "0")))
    m.sim.do("group-stop", cluster="east", group="web1")
    m.until("its intent to be down", lambda: m.vm_row("web1")["csVmAdminState"] == "down", 40)
    time.sleep(3 * GRACE)
    assert starts(m) == [] and not m.alarms("vmNotRecovered")


@pytest.mark.deadline(120)
def test_a_hold_is_respected(whole):
    m = begin(whole, Fenced(FENCE.replace("WAIT", "0")))
    m.intent("csVmHold", "web1", "true")
    dies(m)
    text = missing(m, "web2")
    assert "cluster east" in text
    time.sleep(3 * GRACE)
    assert m.field.calls() == [] and m.posts() == [], "it would lose its power, too"


BAD = {
    "fails": ("#!/bin/sh\necho no answer of the BMC >&2\nexit 3\n", {}, "no answer of the BMC"),
    "hangs": ("#!/bin/sh\nsleep 600\n", {"timeout": 2}, "could not be fenced"),
    "is not executable": ("nothing\n", {"runs": False}, "could not be fenced"),
}


@pytest.mark.deadline(120)
@pytest.mark.parametrize("how", BAD)
def test_a_fence_that(whole, how):
    program, more, said = BAD[how]
    try:
        m = begin(whole, Fenced(program, **more))
    except AssertionError as e:
        assert how == "is not executable" and "execut" in str(e), e
        return
    dies(m)
    m.until("the fence to fail", lambda: [
        e for e in m.events() if said in e["csEventText"]], 40)
    assert missing(m, "web1")
    assert m.posts() == []
    m.no_dual()


@pytest.mark.deadline(120)
def test_a_fence_whose_cluster_answers_again(whole):
    """It is ended, with all that it started, and proves nothing."""
    m = begin(whole, Fenced("#!/bin/sh\necho begun >>LOG\nsleep 20\necho shot >>LOG\n",
                            timeout=60))
    hung = [m.sim.fault("hang", cluster="east", server=s) for s in ("east1", "east2")]
    m.until("the fence to begin", lambda: [
        e for e in m.events() if "fences cluster east" in e["csEventText"]], 40)
    m.until("the program to run", m.field.calls, 20)
    for number in hung:
        m.sim.clear(number)
    m.until("the fence to be called off", lambda: [
        e for e in m.events() if "answers again: the program was ended" in e["csEventText"]], 40)
    m.until("the alarms to end", lambda: not m.alarms("vmNotRecovered"), 20)
    assert m.field.calls() == ["begun"] and starts(m) == []
    m.no_dual()


@pytest.mark.deadline(240)
def test_killed_while_it_fences(whole):
    m = begin(whole, Fenced(FENCE.replace("WAIT", "2")))
    dies(m)
    m.until("the fence to begin", m.field.calls, 40)
    m.crash()
    recovered(m, seconds=90)
    assert sorted(p.name for p in starts(m)) == list(LOST), "each once"
    m.no_dual()


@pytest.mark.deadline(180)
def test_all_comes_back_and_ecx_starts_it(whole):
    groups = {v: {"autostart": True} for v in LOST}
    m = begin(whole, Fenced(group=groups))
    dies(m)
    missing(m, "web1")
    returns(m)
    recovered(m, "east")
    time.sleep(2 * GRACE)
    assert starts(m) == [], "ECX was faster, and is left alone"
    m.no_dual()


@pytest.mark.deadline(180)
def test_all_comes_back_and_nobody_starts_it(whole):
    m = begin(whole, Fenced())
    dies(m)
    missing(m, "web1")
    returns(m)
    recovered(m, "east")
    time.sleep(2 * GRACE)
    assert sorted(p.name for p in starts(m)) == list(LOST), "each once"
    m.no_dual()
