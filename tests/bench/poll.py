# SPDX-License-Identifier: Apache-2.0
"""(b) What polling costs: CPU share, memory and the longest turn of control's loop.

clustersetd alone is counted, from /proc; ecxsim answers on the same machine. Clusters are
pairs that know the same 20 VMs, as a cluster set is meant: every VM has two sites.
"""
import os
import re
import signal
import time

import common
from common import Bench, QUICK, VMS_PER_CLUSTER, result, say

CLUSTERS = int(os.environ.get("BENCH_CLUSTERS") or (50 if QUICK else 1000))
INTERVAL = 1 if QUICK else 10
SECONDS = common.seconds(2 if QUICK else 60)
SCHEMES = ["http"] if QUICK else ["http", "https"]
KEEPALIVE_MS = int(os.environ.get("BENCH_KEEPALIVE_MS") or 5000)


def longest_turn_ms(lab):
    """Of control's loop, since it was asked last: SIGUSR1 logs it and begins anew."""
    after = lab.daemon.log_end()
    lab.daemon.process.signal(signal.SIGUSR1)
    at = lab.daemon.log_wait("longest_turn_us=", after=after)
    lab.daemon.log_wait("\n", after=at)
    return int(re.match(r"\d+", lab.daemon.process.text()[at:]).group()) / 1000


class Reading:
    """The counters at one moment."""

    def __init__(self, lab):
        pid = lab.daemon.pid
        self.at = time.monotonic()
        self.cpu = common.cpu_seconds(pid)
        self.threads = {name: common.cpu_seconds(pid, tid)
                        for tid, name in lab.daemon.process.threads().items()}
        self.sim = common.cpu_seconds(lab.sim_process.pid)
        self.busy = common.machine_seconds()
        self.polls = lab.number("csStatsPolls.0")
        self.errors = lab.number("csStatsPollErrors.0")
        self.requests = lab.number("csStatsHttpRequests.0")
        # each server that is asked is asked for its cluster first
        self.asked = lab.sim_ask("/requests?pattern=cluster")["total"]


def settled(lab, limit=180):
    """Until rounds come at their pace: what is new is asked for more often at first."""
    pace = 1.1 * CLUSTERS / INTERVAL
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before, began = lab.number("csStatsPolls.0"), time.monotonic()
        time.sleep(INTERVAL / 2)
        if (lab.number("csStatsPolls.0") - before) / (time.monotonic() - began) <= pace:
            return
    say(f"rounds still come faster than one per cluster and {INTERVAL} s")


def measure(scheme):
    with Bench() as lab:
        lab.snmpd = lab.snmpd_named("snmpd")
        lab.generate(CLUSTERS, scheme=scheme, pairs="yes", keepalive_ms=KEEPALIVE_MS)
        began = time.monotonic()
        daemon = lab.start_clustersetd(lab.generated_settings(INTERVAL))
        lab.polled_all()
        vms = lab.number("csSetVmCount.0")
        if vms != CLUSTERS // 2 * VMS_PER_CLUSTER:
            raise RuntimeError(f"{vms} VMs are served, not {CLUSTERS // 2 * VMS_PER_CLUSTER}")
        settled(lab)
        start_ms = longest_turn_ms(lab)
        say(f"{scheme}: {CLUSTERS} clusters, {vms} VMs, calm "
            f"{time.monotonic() - began:.0f} s after the start; longest turn until then "
            f"{start_ms:.1f} ms")
        first = Reading(lab)
        time.sleep(SECONDS)
        last = Reading(lab)
        took, polls = last.at - first.at, last.polls - first.polls
        result("poll", clusters=CLUSTERS, servers=2, groups=VMS_PER_CLUSTER, vms=vms,
               scheme=scheme, interval_s=INTERVAL,
               seconds=round(took),
               servers_per_round=round((last.asked - first.asked) / max(1, polls), 2),
               rounds_per_s=polls / took, requests_per_s=(last.requests - first.requests) / took,
               errors=last.errors - first.errors,
               cpu_percent=(last.cpu - first.cpu) / took * 100,
               rss_mb=common.memory_mb(daemon.pid), rss_max_mb=common.memory_mb(
                   daemon.pid, "VmHWM"),
               stall_ms=longest_turn_ms(lab), start_stall_ms=start_ms)
        shares = {name: (cpu - first.threads.get(name, 0)) / took * 100
                  for name, cpu in last.threads.items()}
        busy = (last.busy - first.busy) / took * 100
        say(", ".join(f"{name} {share:.1f} %" for name, share in shares.items())
            + f"; ecxsim {(last.sim - first.sim) / took * 100:.0f} %, the whole machine "
            f"{busy:.0f} % of {len(common.CPUS) * 100} %")


def run():
    for scheme in SCHEMES:
        measure(scheme)
