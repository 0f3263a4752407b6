# SPDX-License-Identifier: Apache-2.0
"""The demo is the first thing a newcomer sees: it tells its story and leaves nothing."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

import pytest

from harness import clock, proc

WIDTH = 100
STEPS = ["check", "quiesce", "stop", "release", "handover", "start", "verify", "resume"]


@pytest.fixture
def demo(top_srcdir, top_builddir, need_snmpd, need_snmptrapd, need_daemon, need_ecxsim):
    """A function that starts demo.py with options."""
    started = []

    def start(*options):
        child = subprocess.Popen(
            [sys.executable, "-B", os.path.join(top_srcdir, "tests", "demo", "demo.py"), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace")
        started.append(child)
        return child
    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdout.close()


def nothing_left(top_builddir):
    clock.wait_for(lambda: not proc.children(), "everything of the demo to be gone", 10,
                   seen=lambda: str(proc.children()))
    # a demo that runs beside this test (the screens of the documents) keeps its own
    assert not [d for d in os.listdir(top_builddir) if (pid := re.match(r"demo-(\d+)-", d))
                and not os.path.exists(f"/proc/{pid[1]}")]


def reap(pids):
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass


def test_the_story(demo, top_builddir):
    first, second = demo(), demo()  # two at once do not disturb each other
    for child in (first, second):
        text, _ = child.communicate(timeout=clock.scaled(90))
        assert child.returncode == 0, text
        # events and messages are whole lines, however long; screens keep to the width
        assert not [x for x in text.splitlines() if len(x) > WIDTH
                    and not re.match(r" *\d+  \d\d:|clusterset: |the snmpd at|clustersetd |db1 |web1 ", x)]
        assert "\033" not in text, "colours are for terminals"
        chapters = re.split(r"^(\d+)\. ", text, flags=re.M)
        calm, tree, died, moved, traps, refused, killed, now, advice, recovered = (
            chapters[chapters.index(str(n)) + 1] for n in range(1, 11))
        shown = re.findall(r"^\$ clusterset (\w+(?: \w+)?)", text, re.M)
        assert shown == ["status", "tree", "event follow", "status", "vm move", "vm move",
                         "vm move", "tree", "event list", "policy set", "tree", "plan list",
                         "plan explain", "plan approve", "tree", "policy set", "policy set",
                         "event follow", "vm list"]
        assert re.search(r"^OK ", calm, re.M) and re.search(r"^CRITICAL ", died, re.M)
        assert re.search(
            r"web1 +running(?: +cpu +\d+ %)?\W+disk lun-web1 +owned +by east, epoch 1$", tree, re.M)
        assert re.search(r"web1: .*from east/east1 to east/east2$", died, re.M)
        steps = re.findall(r"^db1 +east → west +\d+ % +(\w+) ", moved, re.M)
        steps = list(dict.fromkeys(x for x in steps if x != "succeeded"))
        assert steps == sorted(steps, key=STEPS.index), "each step, in order"
        assert {"stop", "start"} <= set(steps)
        assert re.search(r"^db1 runs in west on west\d now; it was down for \d", moved, re.M)
        owners = re.findall(r"^ +\d+ csDiskOwnerChange +(.*)$", traps, re.M)
        assert len(owners) == 2 and "east" in owners[0] and "west" in owners[1]
        order = re.findall(r"^ +\d+ (csMoveStarted|csDiskOwnerChange|csMoveEnded) ", traps, re.M)
        assert order == ["csMoveStarted", "csDiskOwnerChange", "csDiskOwnerChange", "csMoveEnded"]
        assert re.search(r'^ +csMoveTargetName +STRING: "west"$', traps, re.M), (
            "the trap as snmptrapd prints it")
        assert re.search(r"^clusterset: .*availability set database .*db2", refused, re.M)
        assert refused.rstrip().endswith("exit code 4")
        assert re.search(r" -- kill -9 \d+: clustersetd is dead", killed)
        assert killed.index("kill -9") < killed.index("started again") < killed.index(
            " succeeded ")
        assert re.search(r" 0 times was a VM or disk active in two clusters\.$", killed, re.M)
        west = now[now.index("west  "):now.index("$ clusterset event")]
        for vm in ("db1", "web1"):
            assert re.search(rf"{vm} +running(?: +cpu +\d+ %)?$", west, re.M)
        assert re.search(r"web1: move \S+, from cluster east to west: succeeded$", now, re.M)
        assert re.search(r"^ +1 +proposed .* balance ", advice, re.M)
        assert re.search(r"^'clusterset plan approve 1' does it\.$", advice, re.M)
        loads = [max(int(x) for x in re.findall(r"\w+\d +online +cpu \S+ +(\d+) %", part))
                 for part in advice.split("$ clusterset tree")[1:]]
        assert loads[0] >= 50 > loads[1], "the busiest node before and after"
        assert re.search(r"is fenced \(its servers\): .*off: east1, east2$", recovered, re.M)
        for vm in ("web2", "db2"):
            assert re.search(rf"^{vm} +running +west/", recovered, re.M)
        assert re.search(r" 0 times was a VM or disk active in two clusters\.$", recovered, re.M)
    nothing_left(top_builddir)


def test_kept_running_and_stopped_as_it_says(demo, top_builddir):
    child = demo("--keep")
    text, _ = child.communicate(timeout=clock.scaled(60))
    assert child.returncode == 0, text

    def run(words):
        done = subprocess.run(words, capture_output=True, text=True, check=False,
                              env={**os.environ, "MIBS": ""})
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    printed = text[text.index("Everything is still running"):].replace("\\\n", "")
    commands = [shlex.split(x) for x in re.findall(
        r"^   ((?:clusterset |snmp\w+ -|curl |sh /).*?)(?:  +#.*)?$", printed, re.M)]
    env = re.search(r"^   \. (\S*env)$", printed, re.M)[1]
    stop = commands[-1]
    assert os.path.islink(os.path.join(top_builddir, "demo"))
    try:
        assert '"web1"' in run(next(c for c in commands if c[0] == "snmpbulkwalk"))
        ours = [c for c in commands if c[0] == "clusterset"]
        assert ["clusterset", "status"] in ours and len(ours) >= 6
        for words in ours:
            if words[1] == "top":
                continue  # never ends
            # as somebody types it, in a shell that knows nothing yet
            done = run(["sh", "-c", f". {shlex.quote(env)} && {shlex.join(words)}"])
            if words[1:3] == ["vm", "show"]:
                assert "web1" in done
            elif words[1:3] == ["vm", "move"]:
                assert "web1 runs in east" in done
        if shutil.which("curl"):
            assert '"ok"' in run(next(c for c in commands if c[0] == "curl"))
        private = subprocess.run(
            ["clusterset", "-v2c", "-c", "public", "vm", "hold", "web1"],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": top_builddir, "CLUSTERSET_AGENT": re.search(
                r" (127\.0\.0\.1:\d+) ", printed)[1]})
        assert private.returncode == 4, "a community may only read"
    finally:
        # the kept daemons are ours to reap now (this process is the reaper of orphans)
        with open(stop[1], encoding="ascii") as f:
            parts = re.search(r"^for part in (.*); do$", f.read(), re.M)[1].split()
        pids = [int(x.split(":")[0]) for x in parts]
        other = f"{os.getpid()}:snmpd"  # a number that somebody else has by now
        with open(stop[1], "r+", encoding="ascii") as f:
            script = f.read().replace("for part in ", f"for part in {other} ")
            f.seek(0)
            f.write(script)
        stopper = subprocess.Popen(stop)
        clock.wait_for(lambda: reap(pids) or stopper.poll() is not None, "the stop", 20)
    assert stopper.returncode == 0
    assert not os.path.lexists(os.path.join(top_builddir, "demo"))
    nothing_left(top_builddir)


def test_killed_in_the_middle(demo, top_builddir):
    child = demo()
    for line in child.stdout:
        if line.startswith("2."):
            break
    child.send_signal(signal.SIGTERM)
    assert child.wait(clock.scaled(20)) == 1
    nothing_left(top_builddir)
    child = demo()
    for line in child.stdout:
        if line.startswith("2."):
            break
    child.kill()
    child.wait()
    clock.wait_for(lambda: not proc.children(), "its daemons to die with it", 10,
                   seen=lambda: str(proc.children()))
    child = demo()  # the next one clears away what the killed one could not
    child.communicate(timeout=clock.scaled(60))
    assert child.returncode == 0
    nothing_left(top_builddir)
