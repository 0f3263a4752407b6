# SPDX-License-Identifier: Apache-2.0
"""(h) What loads cost: 1,000 nodes whose SNMP agents are asked every 30 s.

CPU of the process that asks and of control's thread, from /proc; control's once without
and once with loads. One snmpd answers for all nodes, so that it is asked as often as a
thousand of them; its share is told beside.
"""
import copy
import os
import re
import signal
import time

import common
from common import Bench, QUICK, result, say
from harness import clock, loads, proc

CLUSTERS = int(os.environ.get("BENCH_CLUSTERS") or (10 if QUICK else 500))
INTERVAL = 1 if QUICK else 30
SECONDS = common.seconds(2 if QUICK else 60)
POLL = 60  # rarely: what rounds cost is another benchmark's


def asker(lab):
    found = [p for p, words in proc.children(lab.daemon.pid).items() if "--load-child" in words]
    return found[0] if found else 0


def control_seconds(lab):
    return common.cpu_seconds(lab.daemon.pid, lab.daemon.pid)


def known(lab):
    """How many nodes have a load."""
    return sum(r.get("csNodeMemoryUsed") is not None
               for r in lab.snmpd.manager.table("csNodeTable").values())


def longest_turn_ms(lab):
    after = lab.daemon.log_end()
    lab.daemon.process.signal(signal.SIGUSR1)
    at = lab.daemon.log_wait("longest_turn_us=", after=after)
    lab.daemon.log_wait("\n", after=at)
    return int(re.match(r"\d+", lab.daemon.process.text()[at:]).group()) / 1000


def share(read, took=None):
    """Per cent of a processor over one sample."""
    first, began = read(), time.monotonic()
    time.sleep(took or SECONDS)
    return (read() - first) / (time.monotonic() - began) * 100


def settings_with(lab, plain, agent, version):
    made = copy.deepcopy(plain)
    made["load"] = {"interval": INTERVAL, "freshness": 4 * INTERVAL,
                    "snmp": loads.community(lab.directory) if version == 2
                    else loads.user(lab.directory)}
    for c in made["clusters"]:
        for s in c["servers"]:
            s["snmp"] = f"127.0.0.1:{agent.port}"
    return made


def measure(lab, plain, agent, version, before):
    nodes = 2 * CLUSTERS
    lab.daemon.write(settings_with(lab, plain, agent, version))
    lab.daemon.reload()
    began = time.monotonic()
    clock.wait_for(lambda: known(lab) == nodes, f"the loads of {nodes} nodes", 180,
                   every=0.5, seen=lambda: f"{known(lab)}: {lab.daemon.process.tail(5)}")
    first = time.monotonic() - began
    time.sleep(INTERVAL)  # the engines' clocks and what is looked for once
    longest_turn_ms(lab)
    pid = asker(lab)
    counts = [lambda: common.cpu_seconds(pid), lambda: control_seconds(lab),
              lambda: common.cpu_seconds(agent.process.pid)]
    at, start = [c() for c in counts], time.monotonic()
    time.sleep(SECONDS)
    took = time.monotonic() - start
    asked, control, theirs = ((c() - x) / took * 100 for c, x in zip(counts, at))
    result("load", nodes=nodes, interval_s=INTERVAL, version="2c" if version == 2 else "3",
           seconds=round(took), all_known_s=round(first, 1), child_cpu_percent=asked,
           control_cpu_percent=control - before, child_rss_mb=common.memory_mb(pid),
           child_fds=len(os.listdir(f"/proc/{pid}/fd")), stall_ms=longest_turn_ms(lab),
           unknown=nodes - known(lab))
    say(f"control took {before:.2f} % without loads, {control:.2f} % with them; the snmpd "
        f"that answers for all took {theirs:.0f} %")


def run():
    with Bench() as lab:
        lab.snmpd = lab.snmpd_named("snmpd")
        lab.generate(CLUSTERS, pairs="yes")
        plain = lab.generated_settings(1 if QUICK else POLL, freshness=3 * POLL)
        lab.start_clustersetd(plain)
        lab.polled_all()
        if not QUICK:
            time.sleep(POLL / 4)
        agent = lab.started(loads.NodeSnmpd(lab.directory))
        before = share(lambda: control_seconds(lab))
        for version in (2, 3):
            measure(lab, plain, agent, version, before)
