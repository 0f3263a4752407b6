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
    assert not [d for d in os.listdir(top_builddir) if d.startswith("demo-")]


def reap(pids):
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass


def test_the_story(demo, top_builddir):
    first, second = demo(), demo()  # two at once do not disturb each other
    for child in (first, second):
        text, _ = child.communicate(timeout=clock.scaled(60))
        assert child.returncode == 0, text
        assert not [x for x in text.splitlines() if len(x) > WIDTH]
        assert "\033" not in text, "colours are for terminals"
        assert re.search(r"^ +web1 +running +east +east1 ", text, re.M)
        assert re.search(r"^ +lun-web1 +owned +east +east1 +1 +web1$", text, re.M)
        assert re.search(r"VM web1 +running on east2", text)
        chapters = re.split(r"^(\d)\. ", text, flags=re.M)
        moved, traps, refused, killed, now = (chapters[chapters.index(n) + 1] for n in "45678")
        assert re.search(r"^   \$ snmpset -v3 .* \\\n +127\.0\.0\.1:\d+ \.[\d.]+ u \d+$", moved,
                         re.M)
        steps = list(dict.fromkeys(
            re.findall(r"^ +[\d.]+ s  running +(\w+) ", moved, re.M)))
        assert steps == sorted(steps, key=STEPS.index), "each step, in order"
        assert {"stop", "start", "verify"} <= set(steps)
        assert re.search(r" succeeded .* running on west\d +owned by west, epoch 3$", moved, re.M)
        assert int(re.search(r" down for (\d+) ms \(csMoveDowntimeMs\)$", moved, re.M)[1]) > 0
        owners = re.findall(r"^ +\d+ csDiskOwnerChange +(.*)$", traps, re.M)
        assert len(owners) == 2 and "east" in owners[0] and "west" in owners[1]
        order = re.findall(r"^ +\d+ (csMoveStarted|csDiskOwnerChange|csMoveEnded) ", traps, re.M)
        assert order == ["csMoveStarted", "csDiskOwnerChange", "csDiskOwnerChange", "csMoveEnded"]
        assert re.search(r'^ +csMoveTargetName +STRING: "west"$', traps, re.M), (
            "the trap as snmptrapd prints it")
        assert re.search(r" s  Reason: inconsistentValue$", refused, re.M)
        assert re.search(r"^   csRefusalText: vm db1: availability set database ", refused, re.M)
        assert re.search(r" s  kill -9 \d+: clustersetd is dead", killed)
        assert killed.index("kill -9") < killed.index("nobody answers") < killed.index(
            "started again") < killed.index(" succeeded ")
        for seen in (moved, killed):
            assert re.findall(r" disk lun-\w+: owner (.*?), epoch (\d) ", seen) == [
                ("east -> nobody", "2"), ("west", "3")]
        assert re.search(r" 0 times was a VM or disk active in two clusters\.$", killed, re.M)
        for vm in ("db1", "web1"):
            assert re.search(rf"^ +{vm} +running +west +west\d ", now, re.M)
            assert re.search(rf"^ +lun-{vm} +owned +west +west\d +3 +{vm}$", now, re.M)
        assert "..." not in text, "nothing is cut"
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
    commands = [shlex.split(x) for x in re.findall(r"^   ((?:snmp\w+ -|curl |sh /).*?)(?:  +#.*)?$",
                                                   printed, re.M)]
    stop = commands[-1]
    try:
        assert '"web1"' in run(commands[0])
        hold, release, back = (c for c in commands if c[0] == "snmpset")
        assert "INTEGER: 1" in run(hold)
        assert "INTEGER: 2" in run(release)
        assert "Gauge32: " in run(back)
        if shutil.which("curl"):
            assert '"ok"' in run(next(c for c in commands if c[0] == "curl"))
        private = subprocess.run(
            ["snmpset", "-v2c", "-c", "private", "-t1", "-r0", *release[-4:]],
            capture_output=True, text=True, check=False, env={**os.environ, "MIBS": ""})
        assert private.returncode != 0, "only SNMPv3 may write, as it says"
        names = [c for c in commands if "CLUSTER-SET-MIB" in c]
        if names:
            assert "csVmName" in run(names[0])
        else:
            assert "SNMPv2-SMI" in text
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
