# SPDX-License-Identifier: Apache-2.0
"""clusterset event and alarm: what happened, without a gap and without a repetition."""
import json
import os
import signal
import subprocess

import pytest

from harness import cli, clock
from harness.moving import Field, begin


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


class Follower:
    """clusterset event follow --json, with all that it printed."""

    def __init__(self, lab, *words, options=("-t", "0.5", "-r", "0")):
        self.path = os.path.join(lab.directory, "followed")
        self.errors = os.path.join(lab.directory, "followed.err")
        with open(self.path, "wb") as out, open(self.errors, "wb") as err:
            self.popen = subprocess.Popen(
                cli.argv(lab, ["event", "follow", "--json", *words], options=list(options)),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env=cli.environment(lab), cwd=lab.directory)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        self.popen.wait()

    def lines(self):
        with open(self.path, encoding="utf-8") as f:
            return [json.loads(x) for x in f.read().splitlines() if x]

    def numbers(self):
        return [x["index"] for x in self.lines() if "index" in x]

    def error(self):
        with open(self.errors, encoding="utf-8") as f:
            return f.read()

    def wait(self, what, condition, seconds=30):
        def checked():
            assert self.popen.poll() is None, self.error()
            return condition()
        return clock.wait_for(checked, what, seconds,
                              seen=lambda: f"{self.lines()}\n{self.error()}")


def change(m, number):
    m.intent("csVmPriority", "web1", number)


# --- list -----------------------------------------------------------------------------
def test_list_and_its_filters(whole):
    m = begin(whole, Field({"web1": "east1", "db1": "east2"}))
    cli.ok(m.lab, "vm move web1 --to west --wait", seconds=90)
    rows = sorted(m.reader.table("csEventTable").items())
    doc = cli.document(m.lab, "event list --last 1000")["events"]
    assert [x["index"] for x in doc] == [i[0] for i, _ in rows]
    assert [x["text"] for x in doc] == [r["csEventText"] for _, r in rows]
    doc = cli.document(m.lab, "event --last 3")["events"]
    assert [x["index"] for x in doc] == [i[0] for i, _ in rows][-3:]
    doc = cli.document(m.lab, "event list --vm web1")["events"]
    assert {x["vmName"] for x in doc} == {"web1"} and "moveEnded" in {x["type"] for x in doc}
    doc = cli.document(m.lab, "event list --severity warning")["events"]
    assert all(x["severity"] in ("warning", "critical") for x in doc)
    assert cli.document(m.lab, "event list --since 2001-01-01T00:00:00Z")["events"]
    assert cli.document(m.lab, "event list --since 1h")["events"]
    assert cli.document(m.lab, "event list --since 2099-01-01")["events"] == []
    done = cli.ok(m.lab, "event list --cluster west --since 2099-01-01")
    assert "no event that fits" in done.out
    # a name that nobody knows is no place where nothing happened
    for words, text in (("--vm wbe1", "no VM 'wbe1'; did you mean web1?"),
                        ("--cluster wets", "no cluster 'wets'; did you mean west?"),
                        ("--vm web1 --cluster nowhere", "no cluster 'nowhere'")):
        for verb in ("list", "follow", "list --follow"):
            done = cli.run(m.lab, f"event {verb} {words}")
            assert done.code == 1 and text in done.err, repr(done)
    done = cli.run(m.lab, "event list --vm wbe1 --json")
    assert done.code == 1 and done.json["exit"] == 1
    text = cli.ok(m.lab, "event list --vm web1 --last 1").lines
    assert len(text) == 1 and "web1" in text[0]
    for wrong in ("event list --since yesterday", "event list --severity loud",
                  "event list --last many"):
        assert cli.run(m.lab, wrong).code == 2


def test_names_that_are_history(whole):
    m = begin(whole, Field({"web1": "east1", "db1": None}))
    settings = m.lab.daemon.settings
    settings["vms"] = [v for v in settings["vms"] if v["name"] != "db1"]
    m.lab.daemon.write(settings)
    m.lab.daemon.stop()
    m.lab.daemon.start().polled()
    m.until("db1 to be gone", lambda: [r["csVmName"] for r in m.reader.table(
        "csVmTable").values()] == ["web1"])
    assert "db1" in cli.ok(m.lab, "event list --vm db1").out


# --- follow ---------------------------------------------------------------------------
def test_follow_across_restarts(whole):
    m = begin(whole, Field({"web1": "east1"}))
    with Follower(m.lab, "--last", "5") as f:
        f.wait("the last five", lambda: len(f.numbers()) == 5)
        change(m, 11)
        f.wait("a change", lambda: any("priority 11" in x["text"] for x in f.lines()))
        m.crash()
        f.wait("the start", lambda: any(x["type"] == "daemonStarted"
                                        for x in f.lines()[5:]))
        m.lab.snmpd.restart()
        m.lab.daemon.serving()
        change(m, 12)
        newest = m.reader.value("csEventNewest.0")
        f.wait("the newest", lambda: f.numbers()[-1:] >= [newest])
        numbers = f.numbers()
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert "waiting" in f.error() and "answers again" in f.error()
        assert all("missed" not in x for x in f.lines())


def test_follow_says_what_it_missed(whole):
    """More happens than the ring holds while nobody answers."""
    m = begin(whole, Field({"web1": "east1"}), history={"events": 100})
    with Follower(m.lab) as f:
        f.wait("some", f.numbers)
        last = m.reader.value("csEventNewest.0")
        f.wait("the newest", lambda: f.numbers()[-1] >= last)
        os.kill(f.popen.pid, signal.SIGSTOP)
        for number in range(1, 131):
            change(m, number)
        last = f.numbers()[-1]
        os.kill(f.popen.pid, signal.SIGCONT)
        newest = m.reader.value("csEventNewest.0")
        f.wait("the newest", lambda: f.numbers()[-1] >= newest)
        missed, = (x["missed"] for x in f.lines() if "missed" in x)
        assert missed["first"] == last + 1
        assert missed["last"] + 1 in f.numbers()
        assert not set(range(missed["first"], missed["last"] + 1)) & set(f.numbers())


def test_follow_on_a_terminal(whole):
    m = begin(whole, Field({"web1": "east1"}))
    with cli.Terminal(m.lab, "event --follow --vm web1", columns=160) as t:
        m.intent("csVmHold", "web1", "true")
        t.wait("set to hold")
        t.interrupt()
        t.end()


# --- alarms ---------------------------------------------------------------------------
def test_acknowledge(whole):
    m = begin(whole, Field({"web1": "east1"}))
    m.sim.do("cluster-power-off", cluster="west")
    m.until("an alarm", lambda: m.alarms("clusterUnreachable"))
    index = next(i[0] for i, r in m.reader.table("csAlarmTable").items()
                 if r["csAlarmType"] == "clusterUnreachable")
    done = cli.ok(m.lab, f"alarm ack {index}")
    assert f"alarm {index} (cluster unreachable, west) is acknowledged" in done.out
    assert m.alarms("clusterUnreachable")[0]["csAlarmAcknowledge"] == "true"
    cli.ok(m.lab, f"alarm unack {index}")
    assert m.alarms("clusterUnreachable")[0]["csAlarmAcknowledge"] == "false"
    doc = cli.document(m.lab, "alarm ack --all")
    assert {x["index"] for x in doc["alarms"]} == {
        i[0] for i in m.reader.table("csAlarmTable")}
    assert all(r["csAlarmAcknowledge"] == "true" for r in m.alarms())
    assert "no alarm to acknowledge" in cli.ok(m.lab, "alarm ack --all").out
    for words, code, text in (("alarm ack", 2, "--all"), ("alarm ack 1 --all", 2, "--all"),
                              ("alarm ack 4711", 1, "no alarm 4711"),
                              ("alarm ack west", 2, "no number")):
        done = cli.run(m.lab, words)
        assert done.code == code and text in done.err, repr(done)
