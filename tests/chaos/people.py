# SPDX-License-Identifier: Apache-2.0
"""The people of a chaos run: those who ask for moves, and the operator who repairs.

Mover writes down every SET that was answered, which verdict.py holds against the rows.
Janitor does what a diligent operator does, by the documented ways only: stops a second
activation by hand, brings failed groups to rest, lifts holds, answers moves in doubt by
retry, rollback and csVmSiteConfirm (with the oracle's truth), starts what is down.
"""
import collections
import itertools
import random
import threading
import time

from harness import clock, snmp

import faults

UNKNOWN = ("timeout", "genError", "genErr", "commitFailed", "undoFailed", "error")
OWNERS = ("alice", "bob", "nightly")


class Asked:
    """One SET that wants a move, and what it was answered."""

    def __init__(self, vm, target, how, owner="set", index=0):
        self.at = time.time()
        self.vm, self.target, self.how, self.owner, self.index = vm, target, how, owner, index
        self.answer = ""  # "ok", or the SNMP error
        self.was_at = None  # where the VM physically was

    def __repr__(self):
        row = f" {self.owner}/{self.index}" if self.index else ""
        return f"<{self.how}{row} {self.vm.name} to {self.target}: {self.answer}>"


class Mover:
    def __init__(self, run, manager):
        self.run, self.manager = run, manager
        self.asked = []
        self.lock = threading.Lock()
        self.rng = random.Random(f"indexes {run.seed}")
        self.numbers = itertools.count(1)
        self.able = False
        self.clusters, self.nodes, self.stopping = {}, {}, False
        self.answers = {}  # how -> {answer: times}
        self.recent = collections.deque(maxlen=60)  # rows asked for by press()

    def learn(self):
        """Indexes of everything by name; whether this clustersetd moves at all."""
        for index, row in self.manager.table("csVmTable").items():
            self.run.world.by_name[row["csVmName"]].index = index[0]
        for index, row in self.manager.table("csClusterTable").items():
            self.clusters[row["csClusterName"]] = index[0]
        for index, row in self.manager.table("csNodeTable").items():
            self.nodes[row["csNodeName"]] = index[1]
        self.able = self.manager.value("csMoveIndexNext.0") is not None

    # --- asking ----------------------------------------------------------------------
    def any(self, seed):
        vm = random.Random(seed).choice(self.run.world.vms)
        self.ask(vm, seed)

    def ask(self, vm, seed, plainly=False):
        """A move of that VM in one of many ways; plainly: nothing but a move."""
        if self.able and not self.stopping:
            what = self._plain if plainly else self._ask
            self.run.pool.submit(self._guarded, what, vm, random.Random(seed))

    def turn_back(self, cluster, rng):
        """Cancels or rolls back what press() asked of VMs of that cluster lately."""
        for vm, row in list(self.recent)[-6:]:
            if cluster in vm.sites and not self.stopping:
                order = rng.choice(["cancel", "rollback"])
                self.run.pool.submit(self._set, order, (f"csMoveControl.{row}", "i", order))

    def _guarded(self, what, vm, rng):
        try:
            what(vm, rng)
        except snmp.SnmpError:
            pass  # a follow-up met a restart
        except Exception as error:  # pylint: disable=broad-except
            self.run.errors.append(f"mover: {error!r}")

    def _plain(self, vm, rng):
        at = self.run.clusters_of(vm)
        if at:
            self._row(vm, vm.other(at[0]), at, rng, plainly=True)

    def _ask(self, vm, rng):
        at = self.run.clusters_of(vm)
        target = vm.other(at[0]) if len(at) == 1 else rng.choice(vm.sites)
        dice = rng.random()
        if dice < 0.50:
            self._target_cluster(vm, target, at, rng)
        elif dice < 0.82:
            self._row(vm, target, at, rng)
        elif dice < 0.88 and at:
            self._within(vm, at[0], rng)
        elif dice < 0.92:
            self._row(vm, target, at, rng, dry=True)
        elif dice < 0.95:
            self._set("down", (f"csVmAdminState.{vm.index}", "i", "down"))
        else:
            self._set("hold", (f"csVmHold.{vm.index}", "i", "true"))
            if rng.random() < 0.7:
                self._target_cluster(vm, target, at, rng)

    def _set(self, how, *triples):
        try:
            self.manager.set(*triples, timeout=4)
            answer = "ok"
        except snmp.SnmpError as error:
            answer = error.status
        with self.lock:
            answers = self.answers.setdefault(how, {})
            answers[answer] = answers.get(answer, 0) + 1
        return answer

    def _target_cluster(self, vm, target, at, rng):
        asked = Asked(vm, target, "csVmTargetCluster")
        asked.was_at = at
        triples = [(f"csVmTargetCluster.{vm.index}", "u", self.clusters[target])]
        if rng.random() < 0.2:
            node = rng.choice(self.run.world.clusters[target])
            triples.insert(rng.randint(0, 1), (f"csVmTargetNode.{vm.index}", "u",
                                               self.nodes[node]))
        for _ in range(2 if rng.random() < 0.15 else 1):  # the same SET twice is one move
            asked.answer = self._set(asked.how, *triples)
        with self.lock:
            self.asked.append(asked)

    def _within(self, vm, cluster, rng):
        node = rng.choice(self.run.world.clusters[cluster])
        self._set("csVmTargetNode", (f"csVmTargetNode.{vm.index}", "u", self.nodes[node]))

    def _row(self, vm, target, at, rng, dry=False, plainly=False):
        with self.lock:
            number = next(self.numbers)
        asked = Asked(vm, target, "dryRun" if dry else "csMoveTable", rng.choice(OWNERS), number)
        asked.was_at = at
        row = row_index(asked.owner, number)
        triples = [(f"csMoveVm.{row}", "u", vm.index),
                   (f"csMoveTargetCluster.{row}", "u", self.clusters[target]),
                   (f"csMoveRowStatus.{row}", "i", "createAndGo")]
        if dry:
            triples.append((f"csMoveMode.{row}", "i", "dryRun"))
        rng.shuffle(triples)
        asked.answer = self._set(asked.how, *triples)
        with self.lock:
            self.asked.append(asked)
        if plainly:
            self.recent.append((vm, row))
        if asked.answer != "ok" or dry or plainly:
            return
        dice = rng.random()
        if dice < 0.12:
            again = self._set("the same row again", *triples)
            if again == "ok":
                self.run.errors.append(f"{asked}: the same row was created twice")
        elif dice < 0.30:
            time.sleep(rng.uniform(0, 1.5))
            order = "cancel" if dice < 0.23 else "rollback"
            self._set(order, (f"csMoveControl.{row}", "i", order))

    def settle(self):
        """No new ones; all that were begun have been answered."""
        self.stopping = True
        self.run.pool.shutdown(wait=True)


def row_index(owner, number):
    return ".".join(map(str, (len(owner), *owner.encode(), number)))


class Janitor(threading.Thread):
    """`patience` is how long somebody looks at a trouble before doing something."""

    def __init__(self, run, mover, manager):
        super().__init__(daemon=True)
        self.run_, self.mover, self.manager = run, mover, manager
        self.rng = random.Random(f"janitor {run.seed}")
        self.since = {}  # (what, object) -> first seen
        self.tries = {}  # csMove row -> how often it was answered
        self.done = {}  # what -> how often
        self.stop = threading.Event()
        self.patience = 2.0
        self.watching = False
        self.busy = threading.Lock()

    def run(self):
        while not self.stop.wait(0.4):
            with self.busy:
                self.look()

    def hands_off(self, off):
        """While what stands is judged, nobody answers it."""
        with self.busy:
            self.watching = off

    def look(self):
        try:
            self.second_activations()
            self.failed_groups()
            if self.mover.able and not self.watching:
                self.restored_state()
                self.doubtful_moves()
                self.doubtful_disks()
                self.stopped_vms()
        except (snmp.SnmpError, OSError, AssertionError, KeyError):
            pass  # a restart, a table that changed in the walk; the next look will tell

    def _old(self, what, name, there, patience=None):
        """Has it been so for long enough?"""
        key = (what, name)
        if not there:
            self.since.pop(key, None)
            return False
        patience = self.patience if patience is None else patience
        first = self.since.setdefault(key, time.monotonic() + self.rng.uniform(0, 1))
        if time.monotonic() - first < clock.scaled(patience):
            return False
        del self.since[key]
        return True

    def _did(self, what):
        self.done[what] = self.done.get(what, 0) + 1

    # --- in the clusters ----------------------------------------------------------------
    def second_activations(self):
        active = self.run_.sim.control("GET", "/oracle?history=active")["active"]
        for vm in self.run_.world.vms:
            there = [a for a in active if a["key"] in (f"vm:{vm.name}", f"lun:lun-{vm.name}")]
            dual = len({a["cluster"] for a in there}) > 1
            if self._old("dual", vm.name, dual):
                there.sort(key=lambda a: a["begin_ms"])
                stop = there[-1] if self.rng.random() < 0.8 else there[0]
                if self.run_.do("group-stop", cluster=stop["cluster"], group=f"g-{vm.name}"):
                    self._did("second activations stopped")

    def failed_groups(self):
        for cluster in self.run_.world.clusters:
            for group in self.run_.state(cluster)["views"][0]["groups"]:
                failed = group["status"] in ("Online Failure", "Offline Failure")
                if self._old("failed", (cluster, group["name"]), failed, 1.0):
                    if self.run_.do("group-stop", cluster=cluster, group=group["name"]):
                        self._did("failed groups stopped")

    # --- by SNMP -----------------------------------------------------------------------
    def restored_state(self):
        """Somebody started a VM by hand at its target while clustersetd was dead: that looks
        like a state of another time, and waits for a person (I9)."""
        token = self.manager.value("csSetAdopt.0")
        if self._old("restored", token, bool(token), 1.0):
            self.manager.set(("csSetAdopt.0", "u", token))
            self._did("contradicted states adopted")

    def doubtful_moves(self):
        doubtful = {r["csAlarmObjectName"] for r in self.manager.table("csAlarmTable").values()
                    if r["csAlarmType"] == "moveInDoubt"}
        for name in doubtful:
            owner, _, number = name.rpartition("/")
            if self._old("doubt", name, True, 1.0):
                self.answer_doubt(owner, int(number))

    def doubtful_disks(self):
        """The VM was started by hand where its disk does not belong, and the owner is not
        proved to be stopped: a start of ours there was never answered."""
        doubtful = {r["csAlarmObjectName"] for r in self.manager.table("csAlarmTable").values()
                    if r["csAlarmType"] == "diskInDoubt"}
        for vm in self.run_.world.vms:
            if self._old("disk", vm.name, f"lun-{vm.name}" in doubtful, 4.0):
                self.confirm(vm.name)

    def answer_doubt(self, owner, number):
        """retry, retry, with the truth confirmed, rollback with the truth confirmed."""
        tries = self.tries[(owner, number)] = self.tries.get((owner, number), 0) + 1
        row = row_index(owner, number)
        if tries > 2:
            self.confirm(self.manager.value(f"csMoveVmName.{row}"))
        order = "rollback" if tries % 4 == 0 else "retry"
        try:
            self.manager.set((f"csMoveControl.{row}", "i", order))
            self._did(f"{order} of a move in doubt")
        except snmp.SnmpError as error:
            self._did(f"{order} answered {error.status}")

    def confirm(self, name):
        """The operator went there and looked: what does not run is not running."""
        vm = self.run_.world.by_name[name]
        if vm.stateless:
            epoch = 0
        else:
            _, disk = self.manager.row("csDiskTable", csDiskName=f"lun-{name}")
            epoch = disk["csDiskEpoch"]
        for cluster in vm.sites:
            if not self.run_.truly_stopped(vm, cluster):
                continue
            try:
                self.manager.set((f"csVmSiteConfirm.{vm.index}.{self.mover.clusters[cluster]}",
                                  "u", epoch))
                self._did("sites confirmed")
            except snmp.SnmpError as error:
                self._did(f"csVmSiteConfirm answered {error.status}")

    def stopped_vms(self):
        rows = self.vms()
        for vm in self.run_.world.vms:
            row = rows.get(vm.index)
            if row is None:
                continue
            runs = self.run_.clusters_of(vm)
            if self._old("hold", vm.name, row["csVmHold"] == "true" and len(runs) < 2):
                self.manager.set((f"csVmHold.{vm.index}", "i", "false"))
                self._did("holds lifted")
            if self._old("down", vm.name, row["csVmAdminState"] == "down", 3.0):
                self.manager.set((f"csVmAdminState.{vm.index}", "i", "up"))
                self._did("VMs wanted up again")
            lies = not runs and row["csVmAdminState"] == "up" and row["csVmOperState"] in (
                "stopped", "failed")
            if self._old("stopped", vm.name, lies, 3.0):
                self.bring_up(vm)

    def vms(self):
        """{csVmIndex: {column: value}} of what is needed here."""
        columns = ("csVmAdminState", "csVmHold", "csVmOperState")
        rows = {}
        for var in self.manager.bulkget(columns, repetitions=len(self.run_.world.vms)):
            obj, index = self.manager.mib.find(var.oid)
            if obj is not None and obj.name in columns:
                rows.setdefault(index[0], {})[obj.name] = self.manager.decode(var)
        return {i: r for i, r in rows.items() if len(r) == len(columns)}

    def bring_up(self, vm):
        """First by a SET; when that does not help, where clustersetd knows it, by hand."""
        tries = self.tries[vm.name] = self.tries.get(vm.name, 0) + 1
        if tries % 3:
            self.manager.set((f"csVmAdminState.{vm.index}", "i", "up"))
            self._did("VMs set up")
            return
        owner = vm.sites[0]
        if not vm.stateless:
            _, disk = self.manager.row("csDiskTable", csDiskName=f"lun-{vm.name}")
            owner = disk.get("csDiskOwnerClusterName") or owner
        if not self.run_.claims.get((owner, faults.HELD)) and not self.run_.clusters_of(vm):
            if self.run_.do("group-start", cluster=owner, group=f"g-{vm.name}"):
                self._did("VMs started by hand")
