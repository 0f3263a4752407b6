# SPDX-License-Identifier: Apache-2.0
"""The judgement of a chaos run: the oracle's history against what clustersetd said.

Nothing here looks at the daemon's own idea of what it did; it is held against what
physically was (oracle), what reached the clusters (POSTs) and what its tables and
notifications tell a manager.
"""
import datetime
import re
import time

import world as worlds
from harness import agents, clock, snmp

OPEN = ("proposed", "accepted", "running", "cancelling", "rollingBack")
BY_ITSELF = ("autostart", "failback", "monitor", "operator", "outside")
NOTICE = re.compile(r"active in|conflict")
SLACK = 0.7  # seconds between a fact in control and its DateAndTime in a table


def vm_of(key):
    kind, _, name = key.partition(":")
    return name.removeprefix("lun-") if kind == "lun" else name


def when(octets):
    """DateAndTime to wall time; None when absent."""
    if not isinstance(octets, bytes) or len(octets) < 8:
        return None
    moment = datetime.datetime(int.from_bytes(octets[:2], "big"), *octets[2:7],
                               octets[7] * 100000, tzinfo=datetime.timezone.utc)
    if len(octets) == 11:
        shift = datetime.timedelta(hours=octets[9], minutes=octets[10])
        moment += shift if octets[8:9] == b"-" else -shift
    return moment.timestamp()


class Oracle:
    """The simulator's account of a whole run."""

    def __init__(self, sim):
        self.all = sim.oracle(history=True)
        self.posts = {p["number"]: p for p in sim.requests(method="POST")["posts"]}
        self.acts = {}
        for a in self.all["history"] + self.all["active"]:
            self.acts.setdefault(vm_of(a["key"]), []).append(a)
        for acts in self.acts.values():
            acts.sort(key=lambda a: (a["begin_ms"], a["seq"]))

    def presence(self, vm, cluster, at):
        """Since when, and by whose doing at first, has the cluster had the VM at that
        moment? A failover inside the cluster goes on what was there before."""
        here = [a for a in self.acts[vm] if a["cluster"] == cluster and a["begin_ms"] <= at]
        now = [a for a in here if a["end_ms"] is None or a["end_ms"] >= at]
        if not now:
            return None
        first = min(now, key=lambda a: a["begin_ms"])
        while first["cause"]["kind"] in ("failover", "failback"):
            before = [a for a in here if a["begin_ms"] < first["begin_ms"]]
            if not before:
                break
            first = before[-1]
        return first

    def ours(self, violation, window_ms):
        """Was it our fault? No when everybody else who had it came, by no command, within
        the last moment: after the oldest evidence that our start may stand on."""
        vm, at = vm_of(violation["key"]), violation["at_ms"]
        post = self.posts.get(violation["cause"].get("request"))
        sent = post["at_ms"] if post else at
        for cluster in {a["cluster"] for a in self.acts[vm]} - {violation["cluster"]}:
            first = self.presence(vm, cluster, at)
            if first is None:
                continue
            if first["cause"]["kind"] not in BY_ITSELF or first["begin_ms"] < sent - window_ms:
                return True
        return False

    def episodes(self):
        """[(vm, begin_ms, end_ms or None, clusters)] in which two clusters had it."""
        found = []
        for vm, acts in self.acts.items():
            marks = sorted({a["begin_ms"] for a in acts}
                           | {a["end_ms"] for a in acts if a["end_ms"] is not None})
            current = None
            for i, t in enumerate(marks):
                there = {a["cluster"] for a in acts if a["begin_ms"] <= t
                         and (a["end_ms"] is None or a["end_ms"] > t)}
                if len(there) > 1:
                    if current is None:
                        current = [vm, t, None, set()]
                    current[3] |= there
                elif current is not None:
                    current[2] = marks[i]
                    found.append(tuple(current))
                    current = None
            if current is not None:
                found.append(tuple(current))
        return found

    def story(self, vm, at, before=20000, after=5000):
        """Everything that happened to a VM around a moment, in lines."""
        lines = []
        for a in self.acts[vm]:
            cause = a["cause"]["kind"]
            if "request" in a["cause"]:
                cause += f" {a['cause']['request']}"
            where = f"{a['key']} at {a['cluster']}/{a['server']}"
            lines.append((a["begin_ms"], f"{where} begins ({cause})"))
            if a["end_ms"] is not None:
                lines.append((a["end_ms"], f"{where} ends"))
        for p in self.posts.values():
            if f"/g-{vm}/" in p["uri"]:
                lines.append((p["at_ms"], f"POST {p['number']} {p['cluster']}/{p['server']} "
                              f"{p['uri'].rpartition('/groups/')[2]} {p['body']} executed="
                              f"{p['executed']} status={p['status']} {p.get('answer', '')}"))
        return [f"    {(t - at) / 1000:+8.3f} s  {words}" for t, words in sorted(lines)
                if at - before <= t <= at + after]


class Verdict:
    """Fills `problems` (stories) and the numbers of the last line."""

    def __init__(self, run, mover, watch, manager):
        self.run, self.mover, self.watch, self.manager = run, mover, watch, manager
        self.problems, self.notes = [], []
        self.lost = self.stuck = self.undetected = self.by_us = self.raced = 0
        self.foreign = 0
        self.rows = {}
        self.oracle = None

    def problem(self, words, lines=()):
        self.problems.append("\n".join([words, *lines]))

    # --- second activations ---------------------------------------------------------------
    def activations(self):
        self.oracle = Oracle(self.run.sim)
        window = (clock.scaled(worlds.EVIDENCE["evidence-age"]) + 0.1) * 1000
        for v in self.oracle.all["violations"]:
            if v["what"] == "dual_foreign":
                self.foreign += 1
            if v["what"] != "dual_by_command":
                continue
            words = (f"{v['key']} at {v['cluster']}/{v['server']} by {v['cause']}, "
                     f"while {v['active_in']}")
            story = self.oracle.story(vm_of(v["key"]), v["at_ms"])
            if self.oracle.ours(v, window):
                self.by_us += 1
                self.problem(f"A second activation by a command of ours: {words}", story)
            else:
                self.raced += 1
                self.notes.append("\n".join(
                    [f"somebody else was faster by less than the evidence-age: {words}", *story]))
        self.noticed()

    def notices(self):
        """{vm: [(earliest, latest, type, text)]} from csEventTable, whose times are whole
        seconds, and from what snmptrapd got."""
        found = {}
        for row in self.manager.table("csEventTable", timeout=10).values():
            at = when(row["csEventTime"])
            found.setdefault(row.get("csEventVmName") or row["csEventObjectName"], []).append(
                (at, at + 1, row["csEventType"], row["csEventText"]))
        for at, block in self.watch.traps:
            trap = agents.Trap(snmp.parse(block), self.manager.mib)
            values = trap.values()
            name = values.get("csVmName") or values.get("csDiskVmName") or values.get(
                "csNotifyObjectName", "")
            found.setdefault(name, []).append(
                (at, at, trap.name, values.get("csNotifyText", "")))
        for name in list(found):  # a disk's events are its VM's, too
            if name.startswith("lun-"):
                found.setdefault(name.removeprefix("lun-"), []).extend(found[name])
        for events in found.values():
            events.sort(key=lambda e: e[0])
        return found

    def noticed(self):
        """Every second activation, ours or not, within two complete rounds of each cluster
        that were begun after it, as long as it lasted so long."""
        events, brief, hidden, delays = self.notices(), 0, 0, []
        for vm, begin, end, clusters in self.oracle.episodes():
            start = self.watch.offset + begin / 1000
            stop = float("inf") if end is None else self.watch.offset + end / 1000
            second = [self._second_round(c, start) for c in clusters]
            limit = max(second)
            told = [e for e in events.get(vm, []) if NOTICE.search(e[3]) and e[1] >= start]
            first = min((e[0] for e in told), default=None)
            states = [e for e in events.get(vm, []) if " -> " in e[3] and e[1] < start]
            if states and "-> conflict" in states[-1][3]:
                continue  # it is known already, and said
            if first is not None and first <= limit + SLACK:
                delays.append(max(0.0, min(e[1] for e in told) - start))
                continue
            if limit > stop:
                brief += 1
                continue
            shown = [w for t, w in self.watch.shown.get(vm, []) if start <= t <= limit]
            if shown and not any(all(any(x != "Offline" for x in words[c]) for c in words)
                                 for words in shown):
                hidden += 1
                continue
            self.undetected += 1
            self.problem(
                f"Nobody was told that vm {vm} is active in {sorted(clusters)} within "
                f"{limit - start:.1f} s (two rounds of each); it lasted "
                f"{'for ever' if end is None else f'{stop - start:.1f} s'}, first notice "
                f"{'never' if first is None else f'after {first - start:.1f} s'}; ECX showed "
                f"{shown[:3]}",
                self.oracle.story(vm, begin)
                + [f"    {e[0] - start:+8.3f} s  event {e[2]}: {e[3]}"
                   for e in events.get(vm, []) if start - 10 < e[0] < limit + 10])
        delays.sort()
        middle = f"{delays[len(delays) // 2]:.2f}" if delays else "-"
        worst = f"{delays[-1]:.2f}" if delays else "-"
        self.notes.append(
            f"second activations told={len(delays)} seconds_median={middle} seconds_worst={worst} "
            f"over_before_two_rounds={brief} not_shown_by_ecx={hidden}")

    def _second_round(self, cluster, start):
        ended = [e for b, e in self.watch.rounds[cluster] if b >= start]
        return sorted(ended)[1] if len(ended) > 1 else float("inf")

    # --- moves -------------------------------------------------------------------------
    def read_rows(self):
        """Every row of csMoveTable by (owner, number)."""
        self.rows = {}
        for index, row in self.manager.table("csMoveTable", timeout=10).items():
            self.rows[(bytes(index[1:1 + index[0]]).decode(), index[-1])] = row

    def moves(self):
        """No accepted move is lost; all have ended or stand in doubt with an alarm."""
        doubtful = {r["csAlarmObjectName"] for r in self.manager.table("csAlarmTable").values()
                    if r["csAlarmType"] == "moveInDoubt"}
        self.read_rows()
        for asked in self.mover.asked:
            if asked.answer == "ok" and not self._has_row(asked):
                self.lost += 1
                self.problem(f"An accepted move has no row: {asked}, the VM was at "
                             f"{asked.was_at}")
        for (owner, number), row in self.rows.items():
            name, state = f"{owner}/{number}", row["csMoveState"]
            if state in OPEN:
                self.stuck += 1
                self.problem(f"Move {name} has not ended: {self._words(row)}")
            elif state == "inDoubt" and name not in doubtful:
                self.stuck += 1
                self.problem(f"Move {name} is in doubt without an alarm: {self._words(row)}")

    @staticmethod
    def _words(row):
        return (f"{row['csMoveVmName']} from {row['csMoveSourceName']} to "
                f"{row.get('csMoveTargetName')}: {row['csMoveState']}, step {row['csMoveStep']}: "
                f"{row['csMoveError']}")

    def _has_row(self, asked):
        if asked.how in ("csMoveTable", "dryRun"):
            gone = asked.how == "dryRun" and asked.at < time.time() - 290  # but the newest
            return gone or (asked.owner, asked.index) in self.rows
        if asked.was_at == [asked.target]:
            return True
        window = clock.scaled(worlds.MOVES["repeat-window"]) + 3
        for row in self.rows.values():
            if (row["csMoveVmName"] != asked.vm.name
                    or row.get("csMoveTargetName") != asked.target
                    or row["csMoveMode"] == "dryRun"):
                continue
            finished = when(row.get("csMoveFinishedAt"))
            if finished is None or finished >= asked.at - window:
                return True
        return False

    def open_moves(self):
        mib = self.manager.mib
        numbers = {mib.number("csMoveState", s) for s in OPEN}
        return sum(v.value in numbers for v in self.manager.bulkwalk("csMoveState", timeout=5))

    def results(self):
        """{state: how many} of all but dry runs."""
        found = {}
        for row in self.rows.values():
            if row["csMoveMode"] != "dryRun":
                found[row["csMoveState"]] = found.get(row["csMoveState"], 0) + 1
        return found

    # --- VMs ---------------------------------------------------------------------------
    def machines(self):
        """Every VM that is to be up runs, in one cluster, or has an alarm."""
        alarms = list(self.manager.table("csAlarmTable").values())
        for row in self.manager.table("csVmTable").values():
            vm = self.run.world.by_name[row["csVmName"]]
            runs = self.run.clusters_of(vm)
            if row["csVmAdminState"] != "up" or (len(runs) == 1
                                                 and row["csVmOperState"] == "running"):
                continue
            named = [a for a in alarms if vm.name in a["csAlarmObjectName"]
                     or re.search(rf"\b{vm.name}\b", a["csAlarmText"])]
            if not named:
                self.lost += 1
                self.problem(f"vm {vm.name} is to be up, {row['csVmOperState']}, physically in "
                             f"{runs}, and no alarm tells of it")
