# SPDX-License-Identifier: Apache-2.0
"""(c) How late a trap is: from a change in ecxsim to its arrival at a trap sink.

Every sample is one VM of a cluster of its own that stops at a moment spread evenly over
the interval of polling, so that what is seen is the distribution over it. The time of
the change is when ecxsim answers that it is done. A sink of our own stamps the arrival;
a real snmptrapd receives the same and must agree in number.
"""
import random
import select
import socket
import threading
import time

import common
import manager
from common import Bench, QUICK, clock, result, say

INTERVALS = [0.5] if QUICK else [2, 10]
SAMPLES = 4 if QUICK else 64
GROUPS = 2  # of each cluster: one sample of each


class Sink(threading.Thread):
    """A UDP socket that notes when which datagram came."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.received = []
        self.over = False

    def run(self):
        while not self.over:
            if select.select([self.socket], [], [], 0.2)[0]:
                data = self.socket.recv(65536)
                self.received.append((time.monotonic(), data))

    def stop(self):
        self.over = True
        self.join()
        self.socket.close()


def change(lab, cluster, group, changed):
    lab.sim_ask("/do", {"what": "group-stop", "cluster": f"cluster{cluster}",
                        "group": f"failover-vm{cluster}-{group}"})
    changed[f"failover-vm{cluster}-{group}"] = time.monotonic()


def make_changes(lab, interval, clusters, changed):
    """One group of every cluster stops within an interval, then a pause, then the next."""
    dice = random.Random(29009)
    for group in range(GROUPS):
        plan = sorted(((c + dice.random()) * interval / clusters, c) for c in range(clusters))
        order = list(range(clusters))
        dice.shuffle(order)
        began = time.monotonic()
        for (due, c) in plan:
            time.sleep(max(0, began + due - time.monotonic()))
            change(lab, order[c], group, changed)
        time.sleep(interval * 1.5)


def measure(interval):
    clusters = SAMPLES // GROUPS
    sink = Sink()
    with Bench() as lab:
        lab.start_snmptrapd()
        lab.snmpd = lab.snmpd_named(
            "snmpd", [f"trap2sink 127.0.0.1:{sink.port} public"], trap_port=lab.trapd.port)
        lab.generate(clusters, groups=GROUPS)
        settings = lab.generated_settings(interval)
        lab.start_clustersetd(settings)
        lab.polled_all()
        clock.wait_for(lambda: lab.number("csSetVmCount.0") == SAMPLES, "all VMs", 30)
        sink.start()
        changed = {}
        make_changes(lab, interval, clusters, changed)
        wanted = manager.oid_octets(lab.mib.oid("csVmStateChange"))

        def arrivals():
            first = {}
            for when, data in list(sink.received):
                if wanted in data:
                    for vm in changed:
                        if manager.encode(manager.OCTETS, vm) in data:
                            first.setdefault(vm, when)
            return len(first) == len(changed) and first
        arrived = clock.wait_for(arrivals, "a csVmStateChange of every VM", 3 * interval + 10,
                                 seen=lambda: f"{len(sink.received)} datagrams\n"
                                 + lab.daemon.process.tail(20))
        late = [(arrived[vm] - changed[vm]) * 1000 for vm in changed]
        again = [t.values().get("csNotifyObjectName") for t in lab.trapd.traps("csVmStateChange")]
        missing = [vm for vm in changed if vm not in again]
        result("trap", interval_s=interval, samples=len(late),
               min_ms=round(min(late)), median_ms=round(common.median(late)),
               p90_ms=round(common.percentile(late, 0.90)),
               p99_ms=round(common.percentile(late, 0.99)), max_ms=round(max(late)),
               snmptrapd_missing=len(missing))
        steps = [sum(1 for x in late if i * interval * 100 <= x < (i + 1) * interval * 100)
                 for i in range(12)]
        say(f"interval {interval} s, samples per tenth of it: {' '.join(map(str, steps))}")
    sink.stop()


def run():
    for interval in INTERVALS:
        measure(interval)
