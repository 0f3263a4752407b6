# SPDX-License-Identifier: Apache-2.0
"""Loads of nodes from their SNMP agents, seen through clustersetd: real snmpds that come
and go, wrong accounts, reloads, and a process that is killed again and again."""
import copy
import os
import signal
import time

import pytest

from harness import clock, loads, proc, worlds

LOAD = {"interval": 0.5, "timeout": 0.3, "tries": 2, "freshness": 4, "half-life": 0}
NODES = ("east1", "east2", "west1", "west2")


def asked(lab, agent, snmp=None, **more):
    """Settings in which all four nodes have that agent."""
    settings = copy.deepcopy(lab.pair.settings(lab))
    settings["load"] = {**LOAD, "timeout": clock.scaled(0.3), "freshness": clock.scaled(4),
                        "snmp": snmp or loads.community(lab.directory), **more}
    for c in settings["clusters"]:
        for s in c["servers"]:
            s["snmp"] = f"127.0.0.1:{agent.port}"
    return settings


@pytest.fixture
def start(need_snmpd, need_ecxsim, need_daemon, lab):
    """start(make): a set of two clusters, with the settings that make(lab, agent) gives."""
    def begin(make=asked):
        lab.pair = worlds.Pair()
        lab.start_snmpd()
        lab.agent = lab.started(loads.NodeSnmpd(lab.directory))
        lab.start_ecxsim(lab.pair.world)
        lab.start_daemon(make(lab, lab.agent))
        lab.daemon.polled()
        return lab
    return begin


def rows(lab):
    return {r["csNodeName"]: r for r in lab.manager.table("csNodeTable").values()}


def node(lab, name):
    return rows(lab)[name]


def known(lab, name="east1", seconds=30):
    return clock.wait_for(
        lambda: (r := node(lab, name)).get("csNodeMemoryUsed") is not None and r,
        f"the load of {name}", seconds, seen=lambda: str(node(lab, name)) + lab.logs())


def unknown(lab, name="east1"):
    return clock.wait_for(
        lambda: (r := node(lab, name)).get("csNodeMemoryUsed") is None and r,
        f"the load of {name} to be stale", 30, seen=lambda: str(node(lab, name)))


def alarms(lab, kind="loadUnknown"):
    return {r["csAlarmObjectName"]: r["csAlarmText"]
            for r in lab.manager.table("csAlarmTable").values() if r["csAlarmType"] == kind}


def alarm(lab, of, words="", seconds=30):
    return clock.wait_for(lambda: words in (t := alarms(lab).get(of, "\0")) and t != "\0" and t,
                          f"an alarm of {of} with '{words}'", seconds,
                          seen=lambda: str(alarms(lab)) + lab.logs())


def no_alarm(lab, seconds=30):
    clock.wait_for(lambda: not alarms(lab), "no alarm", seconds, seen=lambda: str(alarms(lab)))


def asker_of(lab):
    """The process id of the daemon's asker; 0: there is none."""
    found = [p for p, words in proc.children(lab.daemon.pid).items() if "--load-child" in words]
    assert len(found) <= 1, found
    return found[0] if found else 0


def asker(lab, other_than=0):
    return clock.wait_for(lambda: (p := asker_of(lab)) and p != other_than and p, "an asker", 30)


# --- good ones -----------------------------------------------------------------------------
@pytest.mark.parametrize("version", ["2c", "3"])
def test_loads_of_nodes(start, version):
    lab = start(lambda lab, a: asked(
        lab, a, loads.user(lab.directory) if version == "3" else None))
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = {x.split(":")[0]: int(x.split()[1]) / 1024 for x in f}
    for name in NODES:
        row = known(lab, name)
        assert row["csNodeCpus"] == os.cpu_count()
        assert row["csNodeMemoryTotal"] == pytest.approx(memory["MemTotal"], rel=0.01)
        assert row["csNodeMemoryUsed"] == pytest.approx(
            memory["MemTotal"] - memory["MemAvailable"], abs=0.1 * memory["MemTotal"])
        assert row["csNodeLoadSource"] == "snmp"
        assert row["csNodeLoadAge"] <= clock.scaled(3)
    clock.wait_for(lambda: 0 <= node(lab, "west2")["csNodeCpuLoad"] <= 1000, "a load")
    assert not alarms(lab)
    for name in ("cmdline", "environ"):
        with open(f"/proc/{asker(lab)}/{name}", "rb") as f:
            text = f.read()
            assert b"public" not in text and loads.AUTH.encode() not in text


def test_nobody_is_asked(start):
    """Without load.snmp there is no process."""
    lab = start(lambda lab, _: lab.pair.settings(lab))
    assert asker_of(lab) == 0
    assert "csNodeLoadSource" not in node(lab, "east1") or \
        node(lab, "east1")["csNodeLoadSource"] in (None, "none")
    assert not alarms(lab)


# --- bad ones ------------------------------------------------------------------------------
def test_an_agent_that_goes_and_comes(start):
    lab = start()
    known(lab)
    lab.agent.stop()
    unknown(lab)
    text = alarm(lab, "east", "no answer from 127.0.0.1")
    assert text.startswith("the load of 2 of 2 nodes is not known: east1: no answer")
    assert "east2: no answer" in text
    alarm(lab, "west")
    assert "node=east/east1 its load is not known: no answer" in lab.daemon.process.text()
    assert lab.daemon.process.text().count("its load is not known") <= 10
    lab.agent.start()
    known(lab)
    no_alarm(lab)
    assert "node=east/east1 its load is known again" in lab.daemon.process.text()


@pytest.mark.parametrize("wrong,words", [
    ("community", "does not accept the community"),
    ("auth", "refuses the SNMPv3 user watcher: wrong authentication password"),
    ("priv", "is the privacy password right?")])
def test_a_wrong_account_is_named_and_mended(start, wrong, words):
    def settings(lab, agent):
        made = asked(lab, agent)
        made["clusters"][1]["snmp"] = {
            "community": lambda: loads.community(lab.directory, "wrong"),
            "auth": lambda: loads.user(lab.directory, auth="something else"),
            "priv": lambda: loads.user(lab.directory, priv="something else")}[wrong]()
        return made
    lab = start(settings)
    known(lab, "east1")
    alarm(lab, "west", words)
    assert set(alarms(lab)) == {"west"}
    before = asker(lab)
    good = asked(lab, lab.agent)
    good["clusters"][1]["snmp"] = (loads.community if wrong == "community" else loads.user)(
        lab.directory)
    lab.daemon.write(good)
    lab.daemon.reload()
    known(lab, "west1")
    no_alarm(lab)
    assert asker(lab) != before  # keys of old accounts are nowhere any more
    assert "something else" not in lab.daemon.process.text()


def test_one_node_without_an_agent(start):
    def settings(lab, agent):
        made = asked(lab, agent)
        made["clusters"][0]["servers"][0]["snmp"] = "127.0.0.1:9"
        return made
    lab = start(settings)
    known(lab, "east2")
    assert alarm(lab, "east").startswith(
        "the load of 1 of 2 nodes is not known: east1: no answer from 127.0.0.1 port 9 ")
    assert node(lab, "east1").get("csNodeCpuLoad") is None
    assert set(alarms(lab)) == {"east"}


def test_an_alarm_outlives_a_restart_until_it_is_known_better(start):
    lab = start(lambda lab, a: asked(lab, a, loads.community(lab.directory, "wrong")))
    alarm(lab, "east")
    lab.daemon.stop()
    lab.daemon.start()
    lab.daemon.serving()
    assert "east" in alarms(lab)
    lab.daemon.write(asked(lab, lab.agent))
    lab.daemon.reload()
    known(lab)
    no_alarm(lab)


# --- reloads ---------------------------------------------------------------------------------
def test_a_reload_leaves_alone_what_is_the_same(start):
    lab = start()
    known(lab)
    before = asker(lab)
    settings = asked(lab, lab.agent)
    settings["set"]["description"] = "another one"
    settings["load"]["interval"] = 0.4
    lab.daemon.write(settings)
    at = lab.daemon.log_end()
    lab.daemon.reload()
    clock.wait_for(lambda: lab.manager.value("csSetDescr.0") == "another one", "the reload")
    assert asker(lab) == before
    for c in settings["clusters"]:  # another port: only that changes
        c["servers"][0]["snmp"] = "127.0.0.1:9"
    lab.daemon.write(settings)
    lab.daemon.reload()
    alarm(lab, "east", "east1: no answer from 127.0.0.1 port 9")
    assert asker(lab) == before
    known(lab, "east2")
    assert "its load is not known" not in lab.daemon.process.text()[:at]
    del settings["load"]["snmp"]
    lab.daemon.write(settings)
    lab.daemon.reload()
    no_alarm(lab)
    clock.wait_for(lambda: asker_of(lab) == 0, "the process to end")
    unknown(lab, "east2")
    lab.daemon.write(asked(lab, lab.agent))
    lab.daemon.reload()
    known(lab, "east1")


def test_a_cluster_that_goes(start):
    def settings(lab, agent):
        made = asked(lab, agent, loads.community(lab.directory, "wrong"))
        del made["vms"]
        return made
    lab = start(settings)
    alarm(lab, "west")
    fewer = settings(lab, lab.agent)
    fewer["clusters"] = fewer["clusters"][:1]
    lab.daemon.write(fewer)
    lab.daemon.reload()
    clock.wait_for(lambda: set(alarms(lab)) == {"east"}, "west's alarm to go", 30,
                   seen=lambda: str(alarms(lab)))


# --- the process -----------------------------------------------------------------------------
def test_a_process_that_dies_is_started_again(start):
    lab = start()
    known(lab)
    before = asker(lab)
    os.kill(before, signal.SIGKILL)
    asker(lab, before)
    lab.daemon.log_wait("the process that asks the nodes was ended by signal 9")
    at = lab.daemon.log_end()
    clock.wait_for(lambda: node(lab, "east1")["csNodeLoadAge"] <= 1, "a new answer", 30)
    assert lab.daemon.process.running() and at


@pytest.mark.deadline(150)
def test_a_process_that_hangs_is_killed(start):
    lab = start()
    known(lab)
    before = asker(lab)
    os.kill(before, signal.SIGSTOP)
    unknown(lab)  # nothing else is held up
    lab.daemon.log_wait("did not say anything any more", 60)
    asker(lab, before)
    known(lab)


def test_it_ends_with_the_daemon(start):
    lab = start()
    known(lab)
    before = asker(lab)
    lab.daemon.kill()
    clock.wait_for(lambda: before not in proc.children(), "the asker to end")
    lab.daemon.start()
    lab.daemon.serving()
    known(lab)


@pytest.mark.deadline(300)
def test_two_hundred_deaths_leave_nothing(start):
    """Killed and reloaded again and again: no descriptor, no child, no memory is left."""
    lab = start()
    known(lab)
    if lab.daemon.process.hidden():
        pytest.skip("a daemon that may not be dumped shows its descriptors to root alone")
    settings = asked(lab, lab.agent)
    counts = []

    def swap(n):
        before = asker(lab)
        settings["load"]["snmp"] = loads.community(lab.directory, f"public{n % 2}")
        lab.daemon.write(settings)
        lab.daemon.reload()
        now = asker(lab, before)
        os.kill(now, signal.SIGKILL if n % 3 else signal.SIGTERM)
        # a reload with another account starts it at once, whatever the back-off says
        clock.wait_for(lambda: now not in proc.children(lab.daemon.pid), "its end")
        settings["load"]["snmp"] = loads.community(lab.directory, f"other{n % 2}")
        lab.daemon.write(settings)
        at = lab.manager.value("csSetReload.0")
        lab.daemon.reload()
        clock.wait_for(lambda: lab.manager.value("csSetReload.0") > at, "the reload")

    began = time.monotonic()
    for n in range(100):
        swap(n)
        if n in (10, 99):
            counts.append(lab.daemon.process.fds())
        if time.monotonic() - began > clock.scaled(200):
            counts.append(lab.daemon.process.fds())
            break
    assert counts[-1] <= counts[0] + 3, counts
    assert len(proc.children(lab.daemon.pid)) <= 1
    lab.daemon.write(asked(lab, lab.agent))
    lab.daemon.reload()
    known(lab, seconds=90)
