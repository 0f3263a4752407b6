# SPDX-License-Identifier: Apache-2.0
"""A chaos run under way: the schedule, what is done to the world, and who moves VMs.

Everything is decided by the seed before it begins (Schedule); what cannot be decided
before, as which VM runs in the chosen cluster, by random numbers of that entry alone.
"""
import concurrent.futures
import heapq
import itertools
import random
import resource
import threading
import time

from harness import clock, snmp

import faults

KILL = "kill"  # clustersetd, with -9


class Schedule:
    """[(second, what, cluster, seed of its own)], the same for the same arguments."""

    def __init__(self, seed, seconds, clusters, moves_per_second, faults_per_second,
                 kills_per_minute):
        rng = random.Random(f"schedule {seed}")
        self.entries = []

        def spread(count, what):
            for n in range(count):
                at = (n + rng.random()) * seconds / count
                self.entries.append((at, what() if callable(what) else what,
                                     rng.choice(clusters), rng.getrandbits(48)))
        deck = []

        def deal():
            if not deck:
                deck.extend(faults.ALL)
                rng.shuffle(deck)
            return deck.pop()
        spread(int(seconds * moves_per_second), "move")
        spread(max(len(faults.ALL), int(seconds * faults_per_second)), deal)
        spread(max(3, int(seconds / 60 * kills_per_minute)), KILL)
        self.entries.sort()


class Run:
    """What faults.py and the operator act through."""

    def __init__(self, lab, world, seed):
        self.lab, self.world, self.seed = lab, world, seed
        self.sim, self.daemon = lab.sim, lab.daemon
        self.counts = dict.fromkeys(faults.ALL, 0)
        self.kills = 0
        self.claims = {}  # (cluster or "", claim) -> how many
        self.lock = threading.Lock()
        self.pool = concurrent.futures.ThreadPoolExecutor(6)
        self.mover = None  # operator.Mover
        self.end = 0.0
        self.errors = []  # of the harness itself
        self.daemon_lock = threading.Lock()

    # --- counting ----------------------------------------------------------------------
    def struck(self, name, times=1):
        with self.lock:
            self.counts[name] += int(times)

    def hits(self, number):
        for fault in self.sim.control("GET", "/fault")["faults"]:
            if fault["id"] == number:
                return fault["hits"]
        return 0

    # --- the world ---------------------------------------------------------------------
    def do(self, what, **names):
        """An action; whether the simulated cluster let it happen."""
        try:
            self.sim.do(what, **names)
            return True
        except AssertionError:
            return False

    def state(self, cluster):
        return self.sim.control("GET", f"/state?cluster={cluster}")["clusters"][0]

    def clusters_of(self, vm):
        """Where it physically runs."""
        found = self.sim.control("GET", f"/active?vm={vm.name}")["active"]
        return sorted({x["cluster"] for x in found})

    def running_in(self, cluster, rng):
        """A VM whose group is Online there and runs nowhere else."""
        groups = {g["name"]: g for g in self.state(cluster)["views"][0]["groups"]}
        vms = [vm for vm in self.world.vms if cluster in vm.sites and not vm.guarded
               and groups[f"g-{vm.name}"]["status"] == "Online"]
        rng.shuffle(vms)
        for vm in vms:
            if self.clusters_of(vm) == [cluster]:
                return vm
        return None

    def group(self, cluster, vm):
        return next(g for g in self.state(cluster)["views"][0]["groups"]
                    if g["name"] == f"g-{vm.name}")

    def busy_server(self, cluster, rng):
        state = self.state(cluster)
        up = {s["name"] for s in state["servers"] if s["os"] == "up" and s["daemon"] == "online"}
        busy = sorted({g["current"] for g in state["views"][0]["groups"] if g["current"]} & up)
        return rng.choice(busy) if busy and len(up) > 1 else None

    def servers_off(self, cluster):
        return [s["name"] for s in self.state(cluster)["servers"] if s["os"] == "off"]

    def partner(self, cluster):
        return ("b" if cluster[0] == "a" else "a") + cluster[1:]

    def seen_by_ecx(self, vm):
        """Does ECX tell what is so? A dead daemon's VM runs although nobody says it."""
        for cluster in self.clusters_of(vm):
            state = self.state(cluster)
            if (len(state["views"]) > 1 or state["suspended"]
                    or any(s["daemon"] != "online" for s in state["servers"])):
                return False
        return True

    def truly_stopped(self, vm, cluster):
        """What a careful operator confirms: nothing of it runs there, ECX has come to rest
        or has no power, and no command that we know to be held back is on its way there."""
        if cluster in self.clusters_of(vm) or self.claims.get((cluster, faults.HELD)):
            return False
        state = self.state(cluster)
        if all(s["os"] == "off" for s in state["servers"]):
            return True
        groups = [g for v in state["views"] for g in v["groups"] if g["name"] == f"g-{vm.name}"]
        return not self.claims.get((cluster, faults.SERVERS)) and all(
            g["status"] == "Offline" and g["operation"] == "none" for g in groups)

    def started_by(self, cluster, cause, vm=None):
        """Did the last operation on that group (any group) there have this cause?"""
        groups = self.state(cluster)["views"][0]["groups"]
        return any(g["cause"]["kind"] == cause for g in groups
                   if vm is None or g["vm"] == vm.name)

    # --- moves -------------------------------------------------------------------------
    def move(self, vm, rng):
        self.mover.ask(vm, rng.getrandbits(32))

    def victims(self, cluster, server=None):
        """VMs that ECX shows to be there."""
        names = {g["vm"] for g in self.state(cluster)["views"][0]["groups"]
                 if g["current"] and server in (None, g["current"])}
        return [vm for vm in self.world.vms if vm.name in names]

    def press(self, vms, rng, most=3):
        """Asks that some of these move, now."""
        for vm in rng.sample(vms, min(len(vms), most)):
            self.mover.ask(vm, rng.getrandbits(32), plainly=True)

    def nudge(self, cluster, rng, guarded=False):
        """Asks for a move in which that cluster gets a command."""
        vms = [v for v in self.world.vms if cluster in v.sites and (v.guarded or not guarded)]
        self.press(vms, rng, 1)

    # --- ours --------------------------------------------------------------------------
    def kill_daemon(self, rng):
        with self.daemon_lock:
            if not self.daemon.process.running():
                return
            self.daemon.kill()
            self.kills += 1
        yield rng.choice([0, 0, 0.2, 1.0, 2.5])
        with self.daemon_lock:
            self.daemon.start("-vv")
        yield 1.0

    def restart_snmpd(self, hard):
        self.lab.snmpd.restart(hard=hard)

    def limit_store(self, on):
        with self.daemon_lock:
            try:
                resource.prlimit(self.daemon.pid, resource.RLIMIT_FSIZE,
                                 (4096 if on else resource.RLIM_INFINITY,
                                  resource.RLIM_INFINITY))
            except ProcessLookupError:
                pass

    def store_failed(self):
        try:
            return any(v.value == self.lab.mib.number("csAlarmType", "storeFailed")
                       for v in self.lab.manager.walk("csAlarmType", timeout=1, retries=1))
        except snmp.SnmpError:
            return False

    # --- the schedule --------------------------------------------------------------------
    def _claimed(self, cluster, claims):
        """May a fault with these claims begin?"""
        held = {c for (where, c), n in self.claims.items() if n and where == cluster}
        if faults.SERVERS in claims and faults.SERVERS in held:
            return False
        if faults.PROCESS in claims and self.claims.get(("", faults.PROCESS)):
            return False
        return not (faults.HELD in claims and faults.FOREIGN in held
                    or faults.FOREIGN in claims and faults.HELD in held)

    def _claim(self, cluster, claims, n):
        for claim in claims:
            where = "" if claim == faults.PROCESS else cluster
            self.claims[(where, claim)] = self.claims.get((where, claim), 0) + n

    def _begin(self, entry):
        """(generator, cluster, claims) or None when it has to wait."""
        _, what, cluster, seed = entry
        rng = random.Random(seed)
        function, claims = (None, (faults.PROCESS,)) if what == KILL else faults.KINDS[what]
        if not self._claimed(cluster, claims):
            return None
        self._claim(cluster, claims, 1)
        made = self.kill_daemon(rng) if what == KILL else function(self, rng, cluster)
        return made, cluster, claims

    def play(self, schedule, seconds):
        """Carries the schedule out; faults that are still missing at its end are tried
        until each occurred, or for as long again."""
        begin = time.monotonic()
        self.end = begin + seconds
        heap, order = [], itertools.count()
        for entry in schedule.entries:
            heapq.heappush(heap, (entry[0], next(order), entry))
        extra = random.Random(f"extra {self.seed}")
        last_try = 0.0
        while heap or self._missing():
            now = time.monotonic() - begin
            if now > seconds * 2 + 30:
                break
            if now > seconds and now - last_try > 1.5:
                last_try = now
                for name in self._missing():
                    heapq.heappush(heap, (now, next(order), (
                        now, name, extra.choice(list(self.world.clusters)),
                        extra.getrandbits(48))))
            if not heap or heap[0][0] > now:
                time.sleep(min(0.05, max(0.005, heap[0][0] - now if heap else 0.05)))
                continue
            _, _, what = heapq.heappop(heap)
            if now > seconds and isinstance(what, tuple) and what[1] in ("move", KILL):
                continue
            self._one(what, now, heap, order, begin)

    def _missing(self):
        if not self.mover.able:
            return []
        return [name for name, n in self.counts.items() if not n]

    def _one(self, what, now, heap, order, begin):
        if isinstance(what, tuple):
            if what[1] == "move":
                self.mover.any(what[3])
                return
            made = self._begin(what)
            if made is None:
                heapq.heappush(heap, (now + 0.5, next(order), what))
                return
            what = list(made)
        generator, cluster, claims = what
        try:
            pause = next(generator)
        except StopIteration:
            self._claim(cluster, claims, -1)
            return
        except (OSError, snmp.SnmpError) as error:
            self.errors.append(f"{generator.__name__}: {error!r}")
            self._claim(cluster, claims, -1)
            return
        heapq.heappush(heap, (time.monotonic() - begin + pause, next(order), what))

    # --- the end -----------------------------------------------------------------------
    def heal(self):
        """Everything works again."""
        self.sim.clear()
        self.sim.do("release")
        for cluster in self.world.clusters:
            self.do("resume", cluster=cluster)
            self.do("heal", cluster=cluster)
            for vm in self.world.vms:
                if cluster in vm.sites:
                    self.do("start-fail", cluster=cluster, group=f"g-{vm.name}", count=0)
                    self.do("stop-fail", cluster=cluster, group=f"g-{vm.name}", count=0)
                    if vm.rogue:
                        self.do("monitor-suspend", cluster=cluster, monitor=vm.monitor())
        def healthy():
            for cluster in self.world.clusters:
                for s in self.state(cluster)["servers"]:
                    if s["os"] == "off":
                        self.do("server-power-on", cluster=cluster, server=s["name"])
                    elif s["daemon"] == "dead":
                        self.do("server-reset", cluster=cluster, server=s["name"])
                    elif s["daemon"] == "offline" and s["os"] == "up":
                        self.do("daemon-start", cluster=cluster, server=s["name"])
                    if s["daemon"] != "online" or not s["api_up"] or s["status"] != "Online":
                        return False
            return True
        clock.wait_for(healthy, "every simulated server to be healthy", 30)
        self.limit_store(False)
        if self.daemon.process.running():
            self.daemon.process.thaw()
        else:
            self.daemon.start("-vv")
        self.daemon.serving(30)
