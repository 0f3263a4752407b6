# SPDX-License-Identifier: Apache-2.0
"""What is written down while a chaos run goes on: rounds, and what ECX showed of second
activations. verdict.py judges by it afterwards."""
import datetime
import re
import threading
import time

_ROUND = re.compile(r"^(\S+)Z .*ecx: cluster=(\S+) round: (\d+) of (\d+) servers answered, "
                    r"(\d+) ms")


def wall(text):
    return datetime.datetime.fromisoformat(text).replace(
        tzinfo=datetime.timezone.utc).timestamp()


class Watch(threading.Thread):
    """`rounds`: {cluster: [(began, ended)]} of rounds in which every server answered,
    wall time.
    `shown`: {vm: [(wall, {cluster: words})]}, the groups of a VM active in two clusters
    as ECX showed them. `traps`: [(wall, text)] as they came in. `offset`: wall time of the
    simulation's zero."""

    KEEP = 32 << 20  # bytes of debugging that stay in the daemon's log

    def __init__(self, run, keep):
        super().__init__(daemon=True)
        self.run_ = run
        self.rounds = {c: [] for c in run.world.clusters}
        self.shown = {}
        self.offset = float("inf")
        self.keep = keep  # file for what is said above debug
        self.traps, self.trap_position = [], 0
        self.position = 0
        self.rest = b""
        self.stop = threading.Event()
        self.slowest = 0.0

    def run(self):
        while not self.stop.wait(0.1):
            try:
                self.look()
            except (OSError, AssertionError, ValueError) as error:
                self.run_.errors.append(f"watch: {error!r}")

    def look(self):
        begin = time.time()
        oracle = self.run_.sim.control("GET", "/oracle?history=active")
        end = time.time()
        self.slowest = max(self.slowest, end - begin)
        self.offset = min(self.offset, end - oracle["now_ms"] / 1000)
        self.second_activations(oracle["active"])
        self.read_traps()
        self.read_log()

    def read_traps(self):
        """What snmptrapd has written since, in whole notifications."""
        try:
            with open(self.run_.lab.trapd.file, "rb") as f:
                f.seek(self.trap_position)
                data = f.read()
        except FileNotFoundError:
            return
        end = data.rfind(b"@END\n") + 5
        if end < 5:
            return
        self.trap_position += end
        now = time.time()
        for block in re.findall(r"^@TRAP[^\n]*\n(.*?)^@END$",
                                data[:end].decode("utf-8", "replace"), re.S | re.M):
            self.traps.append((now, block))

    def second_activations(self, active):
        places = {}
        for a in active:
            kind, _, name = a["key"].partition(":")
            name = name.removeprefix("lun-") if kind == "lun" else name
            places.setdefault(name, set()).add(a["cluster"])
        states = {}
        for name, clusters in places.items():
            if len(clusters) < 2:
                continue
            words = {}
            for c in clusters:
                state = states[c] = states.get(c) or self.run_.state(c)
                words[c] = [next(g["status"] for g in v["groups"] if g["name"] == f"g-{name}")
                            for v in state["views"]]
            self.shown.setdefault(name, []).append((time.time(), words))

    def read_log(self):
        with open(self.run_.daemon.process.log, "rb") as f:
            f.seek(self.position)
            data = self.rest + f.read()
            self.position = f.tell()
        lines = data.split(b"\n")
        self.rest = lines.pop()
        with open(self.keep, "a", encoding="utf-8") as kept:
            for line in (x.decode("utf-8", "replace") for x in lines):
                found = _ROUND.match(line)
                if found:
                    when, cluster, answered, servers, took = found.groups()
                    if answered == servers and cluster in self.rounds:
                        ended = wall(when)
                        self.rounds[cluster].append((ended - int(took) / 1000, ended))
                elif " debug: " not in line:
                    kept.write(line + "\n")
        if self.position > self.KEEP:
            with open(self.run_.daemon.process.log, "r+b") as f:
                f.truncate(0)
            self.position = 0
