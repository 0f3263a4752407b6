# SPDX-License-Identifier: Apache-2.0
"""(i) What policies cost clustersetd: looks at the whole set while it polls.

The metrics hook tells the loads of every node and VM from a file that was made of where
the VMs are; balance advises, so that nothing moves. Looking is a thread's of its own:
what counts is that control's turns stay short, and what the process takes.
"""
import json
import os
import random
import time

import common
import poll
from common import Bench, QUICK, result, say

CLUSTERS = int(os.environ.get("BENCH_CLUSTERS") or (50 if QUICK else 1000))
GROUPS = 40  # of a pair of clusters
INTERVAL, LOOKS = (1, 2) if QUICK else (10, 10)
SECONDS = common.seconds(4 if QUICK else 60)
CPUS, MEMORY = 16, 262144


def loads(lab):
    """The hook's document for the set as it is now."""
    chance = random.Random(1)
    nodes, vms, heat = {}, [], {}
    for c in lab.world["clusters"]:
        for s in c["servers"]:
            nodes[c["name"], s["name"]] = [chance.uniform(0.01, 0.05) * CPUS, 4096]
            heat[c["name"], s["name"]] = chance.choice((0.2, 0.5, 1, 2))  # uneven
    for row in lab.snmpd.manager.table("csVmTable").values():
        key = row.get("csVmClusterName"), row.get("csVmNodeName")
        at = nodes.get(key)
        if at is None:
            continue
        cpu, memory = heat[key] * chance.uniform(0.05, 0.9), chance.choice((1024, 2048, 4096))
        vms.append({"vm": row["csVmName"], "cpu": round(cpu, 3), "memory": memory})
        at[0] += cpu
        at[1] += memory
    return {"version": 1, "vms": vms, "nodes": [
        {"cluster": c, "node": n, "cpu": min(1, cpu / CPUS), "cpus": CPUS,
         "memory-used": memory, "memory-total": MEMORY}
        for (c, n), (cpu, memory) in nodes.items()]}


def run():
    with Bench() as lab:
        lab.snmpd = lab.snmpd_named("snmpd")
        lab.generate(CLUSTERS, groups=GROUPS, pairs="yes")
        told = os.path.join(lab.subdirectory("loads"), "loads.json")
        with open(told, "w", encoding="ascii") as f:
            f.write('{"version": 1, "nodes": [], "vms": []}')
        settings = lab.generated_settings(INTERVAL)
        settings["load"] = {"half-life": 0, "hook": {
            "program": "/bin/cat", "arguments": [told], "interval": INTERVAL}}
        settings["policies"] = {"interval": LOOKS, "rounds": 1,
                                "balance": {"mode": "advise"}, "spread": {"mode": "advise"},
                                "evacuate": {"mode": "advise"}, "home": {"mode": "advise"}}
        daemon = lab.start_clustersetd(settings)
        lab.polled_all()
        poll.settled(lab)
        with open(told + ".new", "w", encoding="ascii") as f:
            json.dump(loads(lab), f)
        os.rename(told + ".new", told)
        end = time.monotonic() + 120
        while (not lab.snmpd.manager.table("csPlanTable")) and time.monotonic() < end:
            time.sleep(1)
        poll.longest_turn_ms(lab)  # begins anew
        first, began = poll.Reading(lab), time.monotonic()
        time.sleep(SECONDS)
        last = poll.Reading(lab)
        took = time.monotonic() - began
        share = {name: (cpu - first.threads.get(name, 0)) / took * 100
                 for name, cpu in last.threads.items()}
        result("policies", clusters=CLUSTERS, vms=lab.number("csSetVmCount.0"),
               interval_s=LOOKS, plans=len(lab.snmpd.manager.table("csPlanTable")),
               imbalance=lab.number("csPolicyImbalance.0"), seconds=round(took),
               cpu_percent=(last.cpu - first.cpu) / took * 100,
               control_percent=share.get("clustersetd", 0),
               looking_percent=share.get("policies", 0),
               rss_mb=common.memory_mb(daemon.pid),
               stall_ms=poll.longest_turn_ms(lab))
        say(", ".join(f"{name} {x:.1f} %" for name, x in share.items()))
