# SPDX-License-Identifier: Apache-2.0
"""The demo is the first thing a newcomer sees: it tells its story and leaves nothing."""
import os
import re
import shlex
import signal
import subprocess
import sys

import pytest

from harness import clock, proc

WIDTH = 100


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
        assert re.search(r"^ +web1 +running +east +east2 ", text, re.M)
        assert 'STRING: "east2"' in text, "the trap as snmptrapd prints it"
    nothing_left(top_builddir)


def test_kept_running_and_stopped_as_it_says(demo, top_builddir):
    child = demo("--keep")
    text, _ = child.communicate(timeout=clock.scaled(60))
    assert child.returncode == 0, text
    commands = re.findall(r"^   (snmp\S+ -v2c .*|sh /\S+)$", text, re.M)
    walk, stop = commands[0], commands[-1]
    try:
        done = subprocess.run(shlex.split(walk), capture_output=True, text=True, check=False,
                              env={**os.environ, "MIBS": ""})
        assert done.returncode == 0 and '"web1"' in done.stdout, done.stderr
        snmpset = re.search(r"^   (snmpset .*?)\\\n +(.*)$", text, re.M)
        done = subprocess.run(shlex.split(" ".join(snmpset.groups())), capture_output=True,
                              text=True, check=False, env={**os.environ, "MIBS": ""})
        assert done.returncode == 0, done.stderr + done.stdout
    finally:
        # the kept daemons are ours to reap now (this process is the reaper of orphans)
        with open(shlex.split(stop)[1], encoding="ascii") as f:
            pids = [int(x) for x in re.search(r"^kill ([\d ]+)", f.read(), re.M)[1].split()]
        stopper = subprocess.Popen(shlex.split(stop))
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
