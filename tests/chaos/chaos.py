#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make chaos [SEED=n] [MINUTES=m]: the real clustersetd and snmpd over simulated clusters
under random moves, random faults of every kind and kill -9, judged by the oracle.

Prints what was done and found; the last line is
    chaos moves=N kills=N faults=N dual_by_us=0 dual_foreign=N undetected=0 lost=0 stuck=0
Ends with 0 when nothing that is promised was broken, else with 1, and keeps its directory.
The seed decides the schedule; what real time does to it differs from run to run.
"""
import argparse
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "scenario")]
sys.dont_write_bytecode = True

from harness import agents, clock, labs, mib as mibs, snmp  # noqa: E402

import driver  # noqa: E402
import people  # noqa: E402
import verdict  # noqa: E402
import watch  # noqa: E402
import world as worlds  # noqa: E402


def say(words):
    print(words, flush=True)


class Chaos:
    def __init__(self, lab, seed, minutes, rates=(5, 0.7, 6)):
        self.lab, self.seed, self.seconds = lab, seed, minutes * 60
        self.world = worlds.World(seed)
        self.rates = rates  # moves per second, faults per second, kills per minute
        self.run = self.mover = self.janitor = self.watch = self.verdict = None

    def start(self):
        lab = self.lab
        lab.start_snmptrapd()
        lab.start_snmpd()
        lab.start_ecxsim(self.world.simulated(), options=["--seed", str(self.seed)])
        for cluster, monitor in self.world.monitors_at_first():
            lab.sim.do("monitor-suspend", cluster=cluster, monitor=monitor)
        lab.start_daemon(self.world.settings(lab), start=False)
        lab.daemon.start("-vv")
        lab.daemon.polled(seconds=40)
        self.run = driver.Run(lab, self.world, self.seed)
        writer = lab.manager.as_community("private")
        self.mover = self.run.mover = people.Mover(self.run, writer)
        clock.wait_for(self._all_known, "every VM to run and every disk to be owned", 30)
        self.mover.learn()
        self.janitor = people.Janitor(self.run, self.mover, writer)
        self.watch = watch.Watch(self.run, os.path.join(lab.directory, "clustersetd.words"))
        self.verdict = verdict.Verdict(self.run, self.mover, self.watch, lab.manager)
        self.watch.start()
        self.janitor.start()

    def _all_known(self):
        vms = self.lab.manager.table("csVmTable").values()
        disks = self.lab.manager.table("csDiskTable").values()
        return len(vms) == len(self.world.vms) and all(
            r["csVmOperState"] == "running" for r in vms) and all(
            r["csDiskOperState"] == "owned" for r in disks)

    def trouble(self):
        schedule = driver.Schedule(self.seed, self.seconds, list(self.world.clusters),
                                   *self.rates)
        self.run.play(schedule, self.seconds)

    # --- the end -------------------------------------------------------------------------
    def calm(self):
        """Faults are over; what is under way comes to its end, and is judged."""
        self.mover.settle()
        self.run.heal()
        self._wait("every cluster to be polled", self._all_polled, 30)
        self.janitor.hands_off(True)
        if self.mover.able:
            self._wait("all moves to end or to stand", lambda: not self.verdict.open_moves(), 60)
            self.verdict.moves()
            self._wait("alarms to tell what is so", self._nothing_silent, 10)
        self.verdict.machines()
        self.janitor.hands_off(False)

    def _all_polled(self):
        rows = self.lab.manager.table("csClusterTable").values()
        return len(rows) == len(self.world.clusters) and all(
            r["csClusterPollAge"] < 2 and r["csClusterOperState"] != "unknown" for r in rows)

    def _nothing_silent(self):
        """Is verdict.machines content already? Knowledge needs a round or two."""
        probe = verdict.Verdict(self.run, self.mover, self.watch, self.lab.manager)
        probe.machines()
        return not probe.lost

    def repair(self):
        """What stands is answered by the documented ways out and must then end; then every
        VM runs, and moves once more."""
        if not self.mover.able:
            return
        self.janitor.patience = 1.0
        if not self._wait("the operator to have repaired everything", self._repaired, 90):
            self.verdict.stuck += 1
            self.verdict.problem("Not everything could be repaired by the documented ways:",
                                 self._unrepaired())
            return
        self.janitor.stop.set()
        self.janitor.join()
        self._everybody_moves()

    def _unrepaired(self):
        words = []
        self.verdict.read_rows()
        for (owner, number), row in self.verdict.rows.items():
            if row["csMoveState"] == "inDoubt" or row["csMoveState"] in verdict.OPEN:
                words.append(f"    move {owner}/{number}: {row['csMoveState']}: "
                             f"{row['csMoveVmName']} to {row.get('csMoveTargetName')}: "
                             f"{row['csMoveError']}")
        for row in self.lab.manager.table("csVmTable").values():
            if not self._well(row):
                vm = self.world.by_name[row["csVmName"]]
                words.append(f"    vm {row['csVmName']}: {row['csVmOperState']}, admin "
                             f"{row['csVmAdminState']}, hold {row['csVmHold']}, physically in "
                             f"{self.run.clusters_of(vm)}")
        words += [f"    alarm {a['csAlarmType']} {a['csAlarmText']}"
                  for a in self.lab.manager.table("csAlarmTable").values()
                  if a["csAlarmType"] != "plainHttp"]
        words += [f"    refused: {r['csRefusalText']}"
                  for r in list(self.lab.manager.table("csRefusalTable").values())[-8:]]
        return words

    @staticmethod
    def _well(row):
        return (row["csVmOperState"] == "running" and row["csVmAdminState"] == "up"
                and row["csVmHold"] == "false")

    def _repaired(self):
        self.verdict.read_rows()
        if any(a["csAlarmType"] == "diskInDoubt"
               for a in self.lab.manager.table("csAlarmTable").values()):
            return False
        return not any(r["csMoveState"] == "inDoubt" or r["csMoveState"] in verdict.OPEN
                       for r in self.verdict.rows.values()) and all(
            self._well(r) for r in self.lab.manager.table("csVmTable").values())

    def _everybody_moves(self):
        """The set works as on the first day: every VM once to its other cluster."""
        last = []
        for vm in self.world.vms:
            asked = people.Asked(vm, vm.other(self.run.clusters_of(vm)[0]), "csMoveTable",
                                 "last", vm.index)
            row = people.row_index("last", vm.index)
            try:
                self.mover.manager.set(
                    (f"csMoveVm.{row}", "u", vm.index),
                    (f"csMoveTargetCluster.{row}", "u", self.mover.clusters[asked.target]),
                    (f"csMoveRowStatus.{row}", "i", "createAndGo"))
                last.append(asked)
            except snmp.SnmpError as error:
                self.verdict.stuck += 1
                refused = [r["csRefusalText"]
                           for r in self.lab.manager.table("csRefusalTable").values()]
                self.verdict.problem(f"In the end vm {vm.name} cannot be moved any more: "
                                     f"{error.status}: {refused[-1:]}")
        self._wait("the last moves", lambda: not self.verdict.open_moves(), 90)
        self.verdict.read_rows()
        for asked in last:
            row = self.verdict.rows.get(("last", asked.index))
            if row is None or row["csMoveState"] != "succeeded":
                self.verdict.stuck += 1
                self.verdict.problem(f"In the end a plain move does not succeed: {asked}: "
                                     f"{row and self.verdict._words(row)}")

    def _wait(self, what, condition, seconds):
        try:
            clock.wait_for(condition, what, seconds, every=0.3)
            return True
        except clock.Late:
            return False

    # --- the report ------------------------------------------------------------------------
    def report(self):
        self.janitor.stop.set()
        self.watch.stop.set()
        self.watch.join()
        self.verdict.activations()
        run, v, oracle = self.run, self.verdict, self.verdict.oracle.all
        missing = run._missing() if self.mover.able else []
        for kind in missing:
            v.problem(f"No fault of kind {kind} occurred: this run proves nothing about it")
        for note in v.notes:
            say(note)
        for problem in v.problems:
            say("PROBLEM: " + problem)
        for error in run.errors[:20]:
            say(f"harness: {error}")
        say("answers to SETs: " + "; ".join(
            f"{how} " + " ".join(f"{a}={n}" for a, n in sorted(answers.items()))
            for how, answers in sorted(self.mover.answers.items())))
        say("the operator: " + "; ".join(
            f"{what} {n}" for what, n in sorted(self.janitor.done.items())))
        say(f"oracle: activations={oracle['activations']} "
            f"dual_by_command={oracle['dual_by_command']} dual_foreign={oracle['dual_foreign']} "
            f"dual_within={oracle['dual_within']} dual_now={oracle['dual_now']}, of "
            f"dual_by_command {v.raced} where somebody else came within the evidence-age")
        say("moves by result: " + " ".join(f"{s}={n}" for s, n in sorted(v.results().items())))
        say("faults by kind: " + " ".join(f"{k}={n}" for k, n in sorted(run.counts.items())))
        say(f"seed={self.seed} seconds={self.seconds:g} vms={len(self.world.vms)} "
            f"clusters={len(self.world.clusters)} "
            + " ".join(f"{k}={w}" for k, w in self.world.reactions.items()))
        say(f"chaos moves={sum(v.results().values())} kills={run.kills} "
            f"faults={sum(run.counts.values())} dual_by_us={v.by_us} "
            f"dual_foreign={v.foreign + v.raced} undetected={v.undetected} lost={v.lost} "
            f"stuck={v.stuck}")
        return not (v.problems or v.by_us or v.undetected or v.lost or v.stuck)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or 0))
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES") or 10))
    parser.add_argument("--rates", default="5,0.7,6", metavar="M,F,K",
                        help="moves and faults a second, kills a minute (default 5,0.7,6)")
    parser.add_argument("--keep", action="store_true", help="keep the directory in any case")
    options = parser.parse_args()
    seed = options.seed or random.randrange(1, 1 << 31)
    top_srcdir = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
    top_builddir = os.environ.get("top_builddir") or os.path.join(top_srcdir, "build")
    for name, variable in (("snmpd", "SNMPD"), ("snmptrapd", "SNMPTRAPD")):
        if not agents.find_program(name, variable):
            say(f"chaos needs {name} (Debian: apt-get install snmpd snmptrapd snmp)")
            return 1
    say(f"chaos: seed {seed}, {options.minutes:g} minutes")
    lab = labs.Lab(top_srcdir, top_builddir, mibs.load(top_srcdir))
    chaos = Chaos(lab, seed, options.minutes,
                  rates=tuple(float(x) for x in options.rates.split(",")))
    good = False
    began = time.monotonic()
    try:
        chaos.start()
        chaos.trouble()
        chaos.calm()
        chaos.repair()
        good = chaos.report()
    finally:
        problems = lab.close()
        for problem in problems:
            print(f"at the end: {problem}", file=sys.stderr)
        print(f"chaos took {time.monotonic() - began:.0f} s", file=sys.stderr)
        if good and not problems and not options.keep:
            lab.remove()
        else:
            print(f"logs are kept in {lab.directory}", file=sys.stderr)
    return 0 if good and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
