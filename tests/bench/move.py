# SPDX-License-Identifier: Apache-2.0
"""(d) What a move costs beyond the stopping and starting itself.

A thousand clusters are polled meanwhile, in pairs that know the same 20 VMs. All times
are of one clock: ours and ecxsim's are CLOCK_BOOTTIME. Deadlines, intervals and
verify-time are the defaults; only the limits are raised.
"""
import array
import os
import threading
import time

import common
import manager
import poll
from common import Bench, QUICK, VMS_PER_CLUSTER, clock, median, percentile, result, say
from manager import GAUGE, INTEGER, OCTETS

CLUSTERS = int(os.environ.get("BENCH_CLUSTERS") or (40 if QUICK else 1000))
INTERVAL = 1 if QUICK else 10
SETTLE_MS = INTERVAL * 1000  # an answered stop of ours settles in one poll.interval
FAST_MS = 1000  # the default of poll.fast-interval
VERIFY_MS = 500 if QUICK else 10000  # the default of moves.verify-time
STOP_MS, START_MS = 200, 300  # of each of a group's two resources
SETS = 4 if QUICK else 100  # each in a pair of its own
GAP = 0.05 if QUICK else 0.5  # seconds between two of them
WHOLE = 2 if QUICK else 20
MANY = 10 if QUICK else 200
IDLE = 1 if QUICK else 20
CREATE_AND_GO = 4
LIMITS = {"limit-set": 1000, "limit-cluster": 1000, "limit-node": 1000, "queue": 1000}


class Fleet:
    """The generated VMs, by number of their pair and group."""

    def __init__(self, lab):
        self.lab, self.mib = lab, lab.mib
        self.manager = manager.Manager(lab.snmpd.port, "private")
        self.states = {n: w for n, w in lab.mib["csMoveState"].enum.items()}
        clusters = lab.snmpd.manager.table("csClusterTable")
        self.cluster = {r["csClusterName"]: i[0] for i, r in clusters.items()}
        self.made = 0
        self.known = {}

    @staticmethod
    def name(pair, group):
        return f"failover-vm{2 * pair}-{group}"

    def index(self, pair, group):
        name = self.name(pair, group)
        if name not in self.known:
            oid = self.mib.oid("csVmNameIndex") + self.mib.name_index(name)
            self.known[name] = self.manager.get(oid)[0]
        return self.known[name]

    def target(self, pair):
        return self.cluster[f"cluster{2 * pair + 1}"]

    def want(self, pair, group):
        """csVmTargetCluster; seconds until the answer."""
        oid = self.mib.oid(f"csVmTargetCluster.{self.index(pair, group)}")
        return self.manager.set((oid, GAUGE, self.target(pair)))

    def arrived(self, pair, group):
        vm = self.index(pair, group)
        wanted, at = self.manager.get(self.mib.oid(f"csVmTargetCluster.{vm}"),
                                      self.mib.oid(f"csVmCluster.{vm}"))
        return wanted == 0 and at == self.target(pair)

    # --- rows of csMoveTable ---------------------------------------------------------
    def column(self, name, row):
        return self.mib.oid(name) + self.mib.name_index("bench") + (row,)

    def ready(self, pair, group):
        """The varbinds of a move's row, and the row's number; asked before it counts."""
        self.made += 1
        row = self.made
        return row, [
            (self.column("csMoveVm", row), GAUGE, self.index(pair, group)),
            (self.column("csMoveTargetCluster", row), GAUGE, self.target(pair)),
            (self.column("csMoveReason", row), OCTETS, "bench"),
            (self.column("csMoveRowStatus", row), INTEGER, CREATE_AND_GO)]

    def look(self, rows, ended):
        """Enters {row: now} for those that have ended; every one must have succeeded."""
        left = [r for r in rows if r not in ended]
        for some in (left[i:i + 40] for i in range(0, len(left), 40)):
            states = self.manager.get(*(self.column("csMoveState", r) for r in some))
            at = manager.now()
            for row, state in zip(some, states):
                word = self.states.get(state, state)
                if word == "succeeded":
                    ended[row] = at
                elif word in ("failed", "cancelled", "rolledBack", "inDoubt", None):
                    raise RuntimeError(f"move {row} is {word}: {self.error(row)}")
        self.lab.daemon.process.check()
        time.sleep(0.002)

    def end(self, rows, limit, ended):
        """Looks until all have ended."""
        until = manager.now() + limit
        while len(ended) < len(rows):
            self.look(rows, ended)
            if manager.now() > until:
                left = [r for r in rows if r not in ended]
                raise RuntimeError(f"{len(left)} moves have not ended after {limit} s: "
                                   f"{self.error(left[0])}")
        return ended

    def error(self, row):
        return self.manager.get(self.column("csMoveError", row))[0]

    def downtimes(self, rows):
        return [self.manager.get(self.column("csMoveDowntimeMs", r))[0] for r in rows]

    # --- what ecxsim saw ---------------------------------------------------------------
    def posts(self):
        """{(cluster, group, verb): when the first such POST arrived}"""
        found = {}
        for post in self.lab.sim_ask("/requests?method=POST")["posts"]:
            parts = post["uri"].split("?")[0].split("/")
            if parts[-3:-2] == ["groups"]:
                found.setdefault((post["cluster"], parts[-2], parts[-1]),
                                 post["at_ms"] / 1000)
        return found

    def watch(self, pair, group, status, side, into):
        """A thread that notes when the group has that status there."""
        def wait():
            self.lab.sim_ask(f"/wait?cluster=cluster{2 * pair + side}"
                             f"&group={self.name(pair, group)}&status={status}&timeout=29")
            into[(pair, group, status)] = manager.now()
        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        return thread


class Journal:
    """Transactions, syncs and bytes of the state file between two moments."""

    def __init__(self, lab, spied):
        self.lab, self.spied = lab, spied
        self.at = time.monotonic()
        self.writes = lab.number("csStatsStoreWrites.0")
        self.bytes = self.written()
        self.syncs = len(self.all_syncs())

    def written(self):
        pid = self.lab.daemon.pid
        tid = next(t for t, n in self.lab.daemon.process.threads().items() if n == "store")
        with open(f"/proc/{pid}/task/{tid}/io", encoding="ascii") as f:
            return common.figures(f.read().replace(": ", "="))["wchar"]

    def all_syncs(self):
        try:
            with open(self.spied, "rb") as f:
                return array.array("I", f.read())
        except FileNotFoundError:
            return array.array("I")

    def since(self):
        """writes, bytes, list of sync times in ms, seconds"""
        syncs = self.all_syncs()[self.syncs:]
        return (self.lab.number("csStatsStoreWrites.0") - self.writes,
                self.written() - self.bytes, [s / 1000 for s in syncs],
                time.monotonic() - self.at)


def start(lab):
    lab.snmpd = lab.snmpd_named("snmpd")
    lab.generate(CLUSTERS, pairs="yes", start_ms=START_MS, stop_ms=STOP_MS, keepalive_ms=5000)
    settings = lab.generated_settings(INTERVAL)
    settings["poll"]["fast-interval"] = FAST_MS / 1000
    settings["moves"] = {**LIMITS, "verify-time": VERIFY_MS / 1000}
    spied = os.path.join(lab.directory, "syncs")
    lab.start_clustersetd(settings, preload=common.tool("syncspy.so"),
                          environment={"SYNCSPY_OUT": spied,
                                       "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"})
    lab.polled_all()
    wanted = CLUSTERS // 2 * VMS_PER_CLUSTER
    clock.wait_for(lambda: lab.number("csSetVmCount.0") == wanted, f"{wanted} VMs", 60)
    poll.settled(lab)
    return spied


def idle(lab, spied):
    """Writes per second when nothing moves."""
    before = Journal(lab, spied)
    time.sleep(IDLE)
    writes, _, _, took = before.since()
    return writes / took


def sets(fleet, first):
    """SET to its answer, and to the first POST that it causes."""
    answered, began = [], {}
    for pair in range(first, first + SETS):
        fleet.index(pair, 0)  # known from now on
        began[pair] = manager.now()
        answered.append(fleet.want(pair, 0) * 1000)
        time.sleep(GAP)
    left = set(began)

    def all_there():
        fleet.lab.daemon.process.check()
        left.difference_update([p for p in left if fleet.arrived(p, 0)])
        return not left
    clock.wait_for(all_there, "all VMs to have been moved", 120, every=0.5,
                   seen=lambda: f"{len(left)} are left\n" + fleet.lab.daemon.process.tail(30))
    posts = fleet.posts()
    posted = [(posts[(f"cluster{2 * p}", fleet.name(p, 0), "stop")] - began[p]) * 1000
              for p in began]
    return answered, posted


def whole(fleet, first):
    """Moves that hardly meet: from the SET to its end, and what of it ECX took."""
    began, rows, seen, threads, ended = {}, {}, {}, [], {}
    for pair in range(first, first + WHOLE):
        threads += [fleet.watch(pair, 0, "Offline", 0, seen),
                    fleet.watch(pair, 0, "Online", 1, seen)]
        row, varbinds = fleet.ready(pair, 0)
        began[row] = manager.now()
        fleet.manager.set(*varbinds)
        rows[row] = pair
        until = manager.now() + 0.7
        while pair + 1 < first + WHOLE and manager.now() < until:
            fleet.look(rows, ended)
    fleet.end(rows, 60, ended)
    for thread in threads:
        thread.join(30)
    posts, found = fleet.posts(), []
    for row, pair in rows.items():
        name = fleet.name(pair, 0)
        stop = seen[(pair, 0, "Offline")] - posts[(f"cluster{2 * pair}", name, "stop")]
        begin = seen[(pair, 0, "Online")] - posts[(f"cluster{2 * pair + 1}", name, "start")]
        found.append({
            "total": (ended[row] - began[row]) * 1000,
            "ecx": (stop + begin) * 1000,
            # where the rest of it is
            "set_to_stop": (posts[(f"cluster{2 * pair}", name, "stop")] - began[row]) * 1000,
            "stopped_to_start": (posts[(f"cluster{2 * pair + 1}", name, "start")]
                                 - seen[(pair, 0, "Offline")]) * 1000,
            "running_to_end": (ended[row] - seen[(pair, 0, "Online")]) * 1000})
    return found, fleet.downtimes(rows)


def many(fleet, what, vms):
    """All at once: seconds until the last has ended, SETs under way meanwhile."""
    asked = [fleet.ready(pair, group) for pair, group in vms]
    before = fleet.lab.sim_ask("/oracle?history=no")["activations"]
    poll.longest_turn_ms(fleet.lab)
    began = manager.now()
    answered = [fleet.manager.set(*varbinds) * 1000 for _, varbinds in asked]
    accepted = manager.now()
    ended = fleet.end([row for row, _ in asked], 300, {})
    down = fleet.downtimes([row for row, _ in asked])
    found = {
        "moves": len(vms), "what": what, "seconds": max(ended.values()) - began,
        "accepted_s": accepted - began, "set_ms_median": median(answered),
        "set_ms_max": max(answered), "downtime_ms_median": median(down),
        "downtime_ms_max": max(down), "stall_ms": poll.longest_turn_ms(fleet.lab)}
    result("moves", **found)
    started = fleet.lab.sim_ask("/oracle?history=no")["activations"] - before
    say(f"{what}: {started} activations of VMs and disks, every move succeeded")
    return found["stall_ms"]


def run():
    with Bench() as lab:
        spied = start(lab)
        fleet = Fleet(lab)
        stall_idle = poll.longest_turn_ms(lab)
        calm = idle(lab, spied)
        say(f"{CLUSTERS} clusters, {lab.number('csSetVmCount.0')} VMs; {calm:.2f} writes of the "
            f"state file per second while nothing moves; longest turn until then "
            f"{stall_idle:.1f} ms")
        answered, posted = sets(fleet, 0)
        stall = poll.longest_turn_ms(lab)
        journal = Journal(lab, spied)
        moved, down = whole(fleet, SETS)
        writes, octets, syncs, took = journal.since()
        overhead = [m["total"] - m["ecx"] - SETTLE_MS - VERIFY_MS for m in moved]
        for part in ("set_to_stop", "stopped_to_start", "running_to_end"):
            times = [m[part] for m in moved]
            say(f"{part} {median(times):.0f} ms (at most {max(times):.0f})")
        say(f"downtime {median(down):.0f} ms (at most {max(down):.0f})")
        result("journal", moves=WHOLE, writes_per_move=(writes - calm * took) / WHOLE,
               syncs_per_move=len(syncs) / WHOLE, bytes_per_move=round(octets / WHOLE),
               sync_ms_median=median(syncs), sync_ms_p99=percentile(syncs, 0.99),
               sync_ms_per_move=sum(syncs) / WHOLE)
        stall = max(stall, poll.longest_turn_ms(lab))
        first = SETS + WHOLE
        pairs = MANY // VMS_PER_CLUSTER or 1
        stall = max(stall, many(fleet, f"{pairs}-clusters-emptied", [
            (first + i // VMS_PER_CLUSTER, i % VMS_PER_CLUSTER) for i in range(MANY)]))
        first += pairs
        spread = min(MANY, CLUSTERS // 2 - first)
        stall = max(stall, many(fleet, f"one-of-each-of-{spread}-clusters",
                                [(first + i, 0) for i in range(spread)]))
        oracle = lab.sim_ask("/oracle?history=no")
        if oracle["dual_by_command"]:
            raise RuntimeError(f"{oracle['dual_by_command']} activations in a second cluster")
        result("set", clusters=CLUSTERS, samples=SETS, answer_ms_median=median(answered),
               answer_ms_p99=percentile(answered, 0.99), post_ms_median=median(posted),
               post_ms_p99=percentile(posted, 0.99))
        result("whole", moves=WHOLE, total_ms=median([m["total"] for m in moved]),
               ecx_ms=median([m["ecx"] for m in moved]), settle_ms=SETTLE_MS,
               verify_ms=VERIFY_MS, overhead_ms=median(overhead),
               overhead_ms_max=max(overhead), downtime_ms=median(down))
        result("move", last=True, set_ms_median=median(answered),
               set_ms_p99=percentile(answered, 0.99), overhead_ms=median(overhead),
               stall_ms=stall)
