# SPDX-License-Identifier: Apache-2.0
"""The asker alone: what it makes of real, strange and hostile agents, and how it ends."""
import json
import os
import signal
import subprocess
import time

import pytest

from fakeagent import (COUNTER32, COUNTER64, INTEGER, OCTETS, OID, SILENT, BULK, FakeAgent)
from harness import clock, loads, ports

HR, UCD = (1, 3, 6, 1, 2, 1, 25), (1, 3, 6, 1, 4, 1, 2021)
LOAD, FRW = HR + (3, 3, 1, 2), HR + (3, 3, 1, 1)
STORAGE = HR + (2, 3, 1)
RAM, OTHER, DISK = HR + (2, 1, 2), HR + (2, 1, 1), HR + (2, 1, 4)


@pytest.fixture
def asker(need_daemon, top_builddir):
    made = loads.Asker(top_builddir)
    made.account()
    yield made
    if made.popen.poll() is None:
        assert made.end() == 0


@pytest.fixture
def agent(mib):
    with FakeAgent(mib, name=None) as made:
        yield made


def storage(agent, row, kind, name, units, size, used):
    agent.put(STORAGE + (1, row), (INTEGER, row))
    agent.put(STORAGE + (2, row), (OID, kind))
    agent.put(STORAGE + (3, row), (OCTETS, name))
    for column, value in ((4, units), (5, size), (6, used)):
        agent.put(STORAGE + (column, row), (INTEGER, value))


def windows(agent, cpus=(10, 30), size=65536, used=16384):
    for i, load in enumerate(cpus):
        agent.put(LOAD + (4 + i,), (INTEGER, load))
    storage(agent, 1, DISK, "C:\\ Label:  Serial Number 1", 4096, 1000, 500)
    storage(agent, 2, OTHER, "Virtual Memory", 65536, 2 * size, used)
    storage(agent, 3, RAM, "Physical Memory", 65536, size, used)


def ask(asker, agent):
    asker.node(1, "127.0.0.1", agent.port)
    return asker.wait(1)


# --- what figures mean -------------------------------------------------------------------
def test_windows(asker, agent):
    windows(agent)
    said = ask(asker, agent)
    assert said["cpu"] == pytest.approx(0.2) and said["cpus"] == 2
    assert said["total"] == 4096 and said["used"] == 1024
    assert "error" not in said
    assert abs(said["at"] - time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) < 60000


def test_where_things_stand_is_asked_once(asker, agent):
    windows(agent)
    ask(asker, agent)
    asker.wait(1, 2)
    with_walk = [r for r in agent.requests if r[0] == BULK and agent.mib.name(STORAGE + (2,)) in r[1]]
    assert len(with_walk) == 1


def test_rows_that_move_are_found_again(asker, agent):
    windows(agent)
    ask(asker, agent)
    with agent.lock:
        for column in range(1, 7):
            for row in (1, 2, 3):
                agent.remove(STORAGE + (column, row))
        storage(agent, 3, DISK, "D:", 4096, 77, 7)
        storage(agent, 8, RAM, "Physical Memory", 65536, 16, 8)
    said = clock.wait_for(lambda: asker.said(1)[-1].get("total") == 1 and asker.said(1)[-1],
                          "the new row")
    assert said["used"] == 0.5


def test_linux_caches_are_not_used_memory(asker, agent):
    agent.put(LOAD + (196608,), (INTEGER, 100))
    storage(agent, 1, RAM, "Physical memory", 1024, 4096, 3072)
    storage(agent, 6, OTHER, "Memory buffers", 1024, 4096, 512)
    storage(agent, 7, OTHER, "Cached memory", 1024, 1536, 1536)
    storage(agent, 8, OTHER, "Shared memory", 1024, 512, 512)
    said = ask(asker, agent)
    assert said["used"] == (3072 - 512 - 1536 + 512) / 1024 and said["cpu"] == 1
    storage(agent, 11, OTHER, "Available memory", 1024, 3000, 0)
    # an asker that comes later finds the row
    asker.tell(drop=1)
    asker.node(2, "127.0.0.1", agent.port)
    assert asker.wait(2)["used"] == pytest.approx((4096 - 3000) / 1024)


@pytest.mark.parametrize("available", [True, False])
def test_ucd_memory(asker, agent, available):
    windows(agent)
    for number, value in ((5, 8192), (6, 1024), (13, 512), (14, 1024), (15, 2560)):
        agent.put(UCD + (4, number, 0), (INTEGER, value))
    if available:
        agent.put(UCD + (4, 27, 0), (COUNTER64, 4608))
    said = ask(asker, agent)
    assert said["total"] == 8
    assert said["used"] == (3.5 if available else (8192 - 1024 - 1024 - 2560 + 512) / 1024)


def test_processors_without_loads(asker, agent):
    """As snmpd is in its first minute, and where there is no hrProcessorLoad at all."""
    windows(agent, cpus=())
    for i in range(4):
        agent.put(FRW + (196608 + i,), (OID, (0, 0)))
    said = ask(asker, agent)
    assert "cpu" not in said and said["cpus"] == 4 and said["total"] == 4096
    assert "no load of its processors is told" in said["error"]
    agent.put(UCD + (10, 1, 5, 1), (INTEGER, 220))
    said = clock.wait_for(lambda: "cpu" in asker.said(1)[-1] and asker.said(1)[-1], "a load")
    assert said["cpu"] == pytest.approx(0.55)
    ticks = {50: 2**32 - 50, 51: 0, 52: 7, 53: 1000}
    with agent.lock:
        for number, value in ticks.items():
            agent.put(UCD + (11, number, 0), (COUNTER32, value))
    at = len(asker.said(1))
    asker.wait(1, at + 1)  # one that saw these
    with agent.lock:
        for number, more in ((50, 100), (53, 300)):  # 50 begins anew at 0
            agent.put(UCD + (11, number, 0), (COUNTER32, (ticks[number] + more) % 2**32))
    clock.wait_for(lambda: any(x.get("cpu") == 0.25 for x in asker.said(1)), "25 %",
                   seen=lambda: str(asker.said(1)))


def test_the_real_snmpd(need_snmpd, lab, asker):
    agent = lab.started(loads.NodeSnmpd(lab.directory))
    asker.account(1, user=loads.USER, **{
        "auth-protocol": "SHA", "auth-password": loads.AUTH,
        "priv-protocol": "AES", "priv-password": loads.PRIV})
    asker.node(1, "127.0.0.1", agent.port)
    asker.node(2, "127.0.0.1", agent.port, account=1)
    asker.node(3, "localhost", agent.port)
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = {x.split(":")[0]: int(x.split()[1]) / 1024 for x in f}
    for n in (1, 2, 3):
        said = asker.wait(n)
        assert said["cpus"] == os.cpu_count()
        assert said["total"] == pytest.approx(memory["MemTotal"], rel=0.01)
        assert said["used"] == pytest.approx(memory["MemTotal"] - memory["MemAvailable"],
                                             abs=0.1 * memory["MemTotal"])
        assert 0 <= said["cpu"] <= 1


@pytest.mark.parametrize("view", [".1.3.6.1.2.1.25", ".1.3.6.1.4.1.2021"])
def test_a_narrow_view(need_snmpd, lab, asker, view):
    agent = lab.started(loads.NodeSnmpd(lab.directory, view=[view, ".1.3.6.1.2.1.25.2.2"]))
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = {x.split(":")[0]: int(x.split()[1]) / 1024 for x in f}
    asker.node(1, "127.0.0.1", agent.port)
    said = asker.wait(1)
    assert said["used"] == pytest.approx(memory["MemTotal"] - memory["MemAvailable"],
                                         abs=0.1 * memory["MemTotal"])
    assert said["cpus"] == os.cpu_count()


def test_a_view_of_nothing(need_snmpd, lab, asker):
    """As Debian's default view is: the system group alone."""
    agent = lab.started(loads.NodeSnmpd(lab.directory, view=[".1.3.6.1.2.1.25.2.2"]))
    asker.node(1, "127.0.0.1", agent.port)
    said = asker.wait(1)
    assert "no load of its processors is told" in said["error"]
    assert "no memory in use is told" in said["error"]
    assert "used" not in said and said["total"] > 0


# --- accounts ------------------------------------------------------------------------------
WRONG = [
    ({"auth-password": "another one"}, "wrong authentication password or protocol"),
    ({"auth-protocol": "MD5"}, "wrong authentication password or protocol"),
    ({"priv-password": "another one"}, "is the privacy password right?"),
    ({"user": "nobody"}, "does not know the SNMPv3 user nobody"),
    ({"auth-password": "short"}, "8 characters at least"),
    ({"auth-protocol": "ROT13"}, "authentication by ROT13 is unknown"),
    ({"priv-password": None, "priv-protocol": None}, "authorizationError"),
]


@pytest.mark.parametrize("change,words", WRONG, ids=lambda x: str(x)[:40])
def test_wrong_accounts_of_version_3(need_snmpd, lab, asker, change, words):
    agent = lab.started(loads.NodeSnmpd(lab.directory))
    account = {"user": loads.USER, "auth-protocol": "SHA", "auth-password": loads.AUTH,
               "priv-protocol": "AES", "priv-password": loads.PRIV, **change}
    asker.account(1, **{k: v for k, v in account.items() if v is not None})
    asker.node(1, "127.0.0.1", agent.port, account=1)
    said = asker.wait(1)
    assert words in said["error"] and "cpu" not in said, said


def test_another_engine_of_version_3(need_snmpd, lab, asker):
    """The agent is installed anew: other keys, known again without a failure told."""
    agent = lab.started(loads.NodeSnmpd(lab.directory))
    asker.account(1, user=loads.USER, **{
        "auth-protocol": "SHA", "auth-password": loads.AUTH,
        "priv-protocol": "AES", "priv-password": loads.PRIV})
    asker.node(1, "127.0.0.1", agent.port, account=1)
    assert "cpu" in asker.wait(1)
    agent.stop()
    clock.wait_for(lambda: "error" in asker.said(1)[-1], "the end to be seen")
    for name in os.listdir(agent.directory):
        if name.startswith("persist"):
            subprocess.run(["rm", "-r", os.path.join(agent.directory, name)], check=True)
    agent.start()
    clock.wait_for(lambda: "error" not in asker.said(1)[-1], "an answer again")


def test_community(asker, agent):
    windows(agent)
    asker.account(1, community="wrong")
    asker.node(1, "127.0.0.1", agent.port, account=1)
    assert "does not accept the community" in asker.wait(1)["error"]


# --- hostile agents ------------------------------------------------------------------------
def refused(asker, agent, *words):
    said = ask(asker, agent)
    assert all(w in said.get("error", "") for w in words), said
    return said


@pytest.mark.parametrize("load", [-1, 101, 2**31 - 1])
def test_a_load_that_is_none(asker, agent, load):
    windows(agent, cpus=(10, load))
    assert "cpu" not in refused(asker, agent, f"hrProcessorLoad.5 is {load}")


def test_a_load_that_is_no_number(asker, agent):
    windows(agent)
    agent.put(LOAD + (5,), (OCTETS, "much"))
    refused(asker, agent, "hrProcessorLoad.5 is no number")


@pytest.mark.parametrize("units,size,used", [
    (0, 100, 10), (-1024, 100, 10), (1024, -5, 10), (1024, 100, 101), (1024, 100, -1),
    (2**31 - 1, 2**31 - 1, 1)])
def test_memory_that_cannot_be(asker, agent, units, size, used):
    windows(agent)
    storage(agent, 3, RAM, "Physical Memory", units, size, used)
    said = refused(asker, agent, "which cannot be")
    assert "used" not in said and said["cpu"] == pytest.approx(0.2)


@pytest.mark.parametrize("free,cached", [(-1, 0), (9999, 0), (100, 8093), (0, -7), (0, 2**31 - 1)])
def test_ucd_memory_that_cannot_be(asker, agent, free, cached):
    windows(agent)
    for number, value in ((5, 8192), (6, free), (15, cached)):
        agent.put(UCD + (4, number, 0), (INTEGER, value))
    assert "used" not in refused(asker, agent, "which cannot be")


def test_too_many_processors(asker, agent):
    for i in range(5000):
        agent.put(LOAD + (i + 1,), (INTEGER, 1))
    refused(asker, agent, "more than 4096 processors")


def test_a_table_in_circles(asker, agent):
    windows(agent)

    def circle(request):
        if request.command == BULK and request.oids[0][:len(LOAD)] == LOAD:
            return request.response([(LOAD + (7,), (INTEGER, 1)), (LOAD + (6,), (INTEGER, 1))])
        return None
    agent.answer = circle
    refused(asker, agent, "in circles")


def test_endless_storage(asker, agent):
    """Rows without end, none of them RAM: given up, and the loads are taken."""
    windows(agent)
    n = [0]

    def endless(request):
        if request.command == BULK and request.oids[0][:len(STORAGE)] == STORAGE:
            n[0] += 1
            return request.response([(STORAGE + (c, n[0]), v) for c, v in
                                     ((2, (OID, DISK)), (3, (OCTETS, "D:")))])
        return None
    agent.answer = endless
    said = ask(asker, agent)
    assert "comes to no end" in said["error"] or "no memory in use" in said["error"]
    assert n[0] <= 1100


def test_a_slow_agent(asker, agent):
    windows(agent)

    def slow(_):
        time.sleep(0.25 * clock.SLOW)
    agent.answer = slow
    agent.most = 1
    assert "comes to no end" in ask(asker, agent)["error"] or "cpu" in asker.said(1)[0]


@pytest.mark.parametrize("answer", [
    b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 500, os.urandom(1400)],
    ids=["empty", "cut", "length", "nested", "random"])
def test_no_snmp_at_all(asker, agent, answer):
    agent.answer = lambda _: answer
    assert "no answer from 127.0.0.1" in ask(asker, agent)["error"]


def test_errors_in_words(asker, agent):
    agent.answer = lambda request: request.error("genErr")
    refused(asker, agent, "it answers")


def test_answers_without_anything(asker, agent):
    agent.answer = lambda request: request.response([])
    refused(asker, agent, "no load of its processors", "no memory in use")


def test_answers_to_other_questions(asker, agent):
    windows(agent)
    agent.answer = lambda request: request.response(
        [((1, 3, 6, 1, 2, 1, 1, 5, 0), (OCTETS, "x" * 200))] * 4)
    refused(asker, agent, "no load of its processors")


# --- the others ----------------------------------------------------------------------------
def test_silent_ones_cost_the_others_nothing(need_daemon, top_builddir, mib):
    """Two at once, many that are down: those that answer have their turns."""
    with FakeAgent(mib, name=None) as good, FakeAgent(mib, name=None) as bad, \
            loads.Asker(top_builddir, interval=500, timeout=2000, tries=1, at_once=2) as asker:
        windows(good)
        bad.answer = lambda _: SILENT
        asker.account()
        for i in range(8):
            asker.node(100 + i, "127.0.0.1", bad.port)
        clock.wait_for(lambda: sum("error" in x for x in asker.lines) >= 8,
                       "the first failures", 60)
        asker.node(1, "127.0.0.1", good.port)
        clock.wait_for(lambda: len(asker.said(1)) >= 5, "five answers", 60)
        said = [x["at"] for x in asker.said(1)]
        assert said[-1] - said[1] < 3 * (len(said) - 2) * 500 * clock.SLOW


def test_a_name_that_nobody_knows(asker, agent):
    windows(agent)
    asker.node(1, "no-such-node.invalid", agent.port)
    asker.node(2, "127.0.0.1", agent.port)
    assert "cpu" in asker.wait(2)
    assert "no-such-node.invalid cannot be looked up" in asker.wait(1, seconds=60)["error"]


def test_drop(asker, agent):
    windows(agent)
    asker.node(1, "127.0.0.1", agent.port)
    asker.node(2, "127.0.0.1", agent.port)
    asker.wait(1)
    asker.wait(2)
    asker.tell(drop=1)
    asker.wait(2, len(asker.said(2)) + 1)
    n = len(asker.said(1))
    asker.wait(2, len(asker.said(2)) + 2)
    assert len(asker.said(1)) == n


def test_no_descriptor_is_left(asker, agent):
    windows(agent)
    for i in range(20):
        asker.node(i, "127.0.0.1", agent.port)
    asker.wait(19, 3)
    for i in range(20):
        asker.tell(drop=i)
    # pipes, the log, epoll and what libevent wakes itself with
    clock.wait_for(lambda: len(os.listdir(f"/proc/{asker.popen.pid}/fd")) <= 8, "all closed",
                   seen=lambda: str(os.listdir(f"/proc/{asker.popen.pid}/fd")))


# --- its own life ----------------------------------------------------------------------------
@pytest.mark.parametrize("line", [b"no json\n", b"[]\n", b'{"node":{"id":1}}\n', b"x" * 20000,
                                  b'{"account":{"id":1,"version":2}}\n'],
                         ids=["words", "list", "half", "long", "account"])
def test_a_line_that_is_none(asker, line):
    asker.popen.stdin.write(line)
    asker.popen.stdin.flush()
    assert asker.popen.wait(clock.scaled(10)) == 2
    asker.popen.stdin.close()


def test_it_is_alive(asker):
    clock.wait_for(lambda: any("alive" in x for x in asker.lines), "a sign of life")


def test_it_ends_with_its_input(asker):
    assert asker.end() == 0


def test_it_ends_with_its_parent(need_daemon, top_builddir, tmp_path):
    """Also when the pipe is held open by somebody else."""
    script = ("import subprocess, sys, os, time\n"
              f"p = subprocess.Popen([{os.path.join(top_builddir, 'clustersetd')!r}, "
              "'--load-child'], stdin=sys.stdin, stdout=sys.stderr)\n"
              "print(p.pid, flush=True)\ntime.sleep(1000)\n")
    read, write = os.pipe()
    parent = subprocess.Popen(["python3", "-c", script], stdin=read, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    pid = int(parent.stdout.readline())
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        assert "clustersetd" in f.read()
    time.sleep(0.5)  # until it has asked for the signal
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    def gone():
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                return f.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True
    clock.wait_for(gone, "the asker to end")
    os.close(read)
    os.close(write)


def test_secrets_are_in_no_argument_and_no_line(asker, agent):
    windows(agent)
    asker.account(1, community="extremely-secret")
    asker.node(1, "127.0.0.1", agent.port, account=1)
    asker.wait(1)
    with open(f"/proc/{asker.popen.pid}/cmdline", "rb") as f:
        assert b"secret" not in f.read()
    assert "secret" not in json.dumps(asker.lines)
    assert ports.free_port()
