#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A day in the life of a cluster set, 200 times as fast.

Three clusters of three nodes, ecxsim behind each; 36 VMs of three kinds, whose loads
have their peaks at different hours, noise of their own, and a way of wandering. In the
morning every kind is together in one cluster, as things are when they were bought one
after the other. The real clustersetd is told the loads by a metrics hook, under a real
snmpd. Once with balance off, and once automatic.

Times in the configuration are a 200th of what they are by default, but for those that a
process cannot hurry (freshness of loads). max-moves-hour counts a real hour: here it is
the limit of the whole day, 24 times the default.

Prints how it went by the hour, and in the end
    day moves=N imbalance_before=PERMILLE imbalance_after=PERMILLE pingpong=N ...
where the imbalances are the mean of the true one (coefficient of variation of the
nodes' CPU shares over its upper bound) over the day without and with balance, and
pingpong counts VMs that came back to a place which they were taken from within the
cool-down of an hour, returned those that did within four hours. A VM active in two clusters, a move that failed, or pingpong: exit 1.
"""
import argparse
import http.client
import json
import math
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))
sys.dont_write_bytecode = True

from harness import labs, mib, worlds  # noqa: E402

SPEED = 200
HOUR = 3600 / SPEED  # real seconds
CLUSTERS = {"north": ("n1", "n2", "n3"), "south": ("s1", "s2", "s3"), "west": ("w1", "w2", "w3")}
CPUS, MEMORY, VM_MEMORY = 16, 65536, 3072
PEAK, IDLE = 3.4, 0.3  # processors of one VM
KINDS = {  # cluster where they begin, hours of the peaks
    "office": ("north", (10.5, 15.0)),
    "web": ("south", (12.5, 20.5)),
    "batch": ("west", (2.0, 4.5)),
}
PER_KIND = 12
PINGPONG, RETURNED = 1, 4  # hours


def say(text):
    print(text, flush=True)


class Vm:
    def __init__(self, kind, number, seed):
        self.name = f"{kind}{number:02d}"
        self.home, self.peaks = KINDS[kind]
        self.node = CLUSTERS[self.home][number % 3]
        self.random = random.Random(f"{seed}/{self.name}")
        self.phase = self.random.gauss(0, 0.7)
        self.size = self.random.uniform(0.6, 1.3)

    def load(self, hour):
        """Processors at that hour of the day."""
        near = 0
        for peak in self.peaks:
            away = abs((hour + self.phase - peak + 12) % 24 - 12)
            near = max(near, math.exp(-(away / 1.8) ** 2))
        return self.size * (IDLE + (PEAK - IDLE) * near)


class World:
    """What ecxsim is to play, and how it is asked."""

    def __init__(self, seed):
        self.vms = [Vm(kind, n, seed) for kind in KINDS for n in range(PER_KIND)]
        self.spec = {"clusters": [
            worlds.cluster(
                name,
                [worlds.server(s, cpus=CPUS, cpu=10, memory_total=MEMORY, memory=2048)
                 for s in servers],
                [worlds.group(v.name, v.node if v.node in servers else "", start_ms=150,
                              stop_ms=100, vm_cpu=self.permille(v.load(0)), vm_memory=VM_MEMORY)
                 for v in self.vms])
            for name, servers in CLUSTERS.items()]}

    @staticmethod
    def permille(load):
        return max(1, round(load / CPUS * 1000))

    def settings(self, lab, mode, seconds):
        vms = []
        for v in self.vms:
            order = [v.home, *(c for c in CLUSTERS if c != v.home)]
            vms.append({
                "name": v.name, "kind": "shared-disk", "vcpus": 4, "memory": VM_MEMORY,
                "sites": [{"cluster": c, "group": v.name, "auto-start": "manual"} for c in order],
                "disks": [{"name": f"lun-{v.name}", "kind": "shared",
                           "sites": [{"cluster": c, "resource": f"sd-{v.name}"} for c in order]}]})
        return lab.settings(
            [lab.cluster(c) for c in CLUSTERS], vms,
            poll={"interval": 0.5, "fast-interval": 0.1},
            evidence={"offline-settle": 0.3},
            moves={"verify-time": 0.1, "repeat-window": 0.3},
            load={"freshness": 5, "half-life": 120 / SPEED,
                  "hook": {"program": os.path.join(HERE, "metrics.py"),
                           "arguments": [f"127.0.0.1:{lab.sim.port}"],
                           "interval": 0.5, "timeout": 5}},
            policies={"balance": {"mode": mode}, "interval": 60 / SPEED,
                      "cool-down": 3600 / SPEED, "set-cool-down": 60 / SPEED,
                      "plan-life": 1800 / SPEED, "calm": 900 / SPEED,
                      "max-moves-hour": min(1000, round(12 * seconds / HOUR))})


class Control:
    """ecxsim's control endpoint over one connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body),
                                {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"ecxsim {path}: {answer.status} {data[:200]!r}")
        return json.loads(data) if data.strip() else None


class Day:
    def __init__(self, lab, world, hours, first):
        self.lab, self.world, self.hours, self.first = lab, world, hours, first
        self.control = Control(lab.sim.port)
        self.samples = []  # (hours gone by, imbalance, as clustersetd sees it, moves)
        self.places = {}  # VM: [(hours gone by, place)]

    def put_loads(self, hour):
        for v in self.world.vms:
            cpu = self.world.permille(v.load(hour))
            for cluster in CLUSTERS:
                self.control.ask("POST", "/do", {"what": "load", "cluster": cluster, "vm": v.name,
                                                 "cpu": cpu})

    def sample(self, gone):
        state = self.control.ask("GET", "/state")
        shares = []
        for cluster in state["clusters"]:
            shares += [s["cpu_permille"] / 1000 for s in cluster["servers"]]
            for group in cluster["views"][0]["groups"]:
                if group.get("vm") and group["status"] == "Online":
                    path = self.places.setdefault(group["vm"], [])
                    place = f'{cluster["name"]}/{group["current"]}'
                    if not path or path[-1][1] != place:
                        path.append((gone, place))
        mean = sum(shares) / len(shares)
        deviation = math.sqrt(sum((s - mean) ** 2 for s in shares) / len(shares))
        imbalance = 1000 * deviation / mean / math.sqrt(len(shares) - 1)
        seen = self.lab.manager.value("csPolicyImbalance.0")
        self.samples.append((gone, imbalance, seen if isinstance(seen, int) else None,
                             max(shares), self.moves()))

    def moves(self):
        return sum(len(p) - 1 for p in self.places.values())

    def run(self):
        began = time.monotonic()
        end = began + self.hours * HOUR
        put = began
        while (now := time.monotonic()) < end:
            gone = (now - began) / HOUR
            if now >= put:
                put += HOUR / 12
                self.put_loads((self.first + gone) % 24)
            self.sample(gone)
            self.lab.daemon.process.check()
            time.sleep(max(0, 0.5 - (time.monotonic() - now)))

    def back(self, hours):
        """VMs that came back within so many hours, in words."""
        found = []
        for vm, path in self.places.items():
            left = {}
            for (_, a), (at, b) in zip(path, path[1:]):
                if b in left and at - left[b] < hours:
                    found.append(f"{vm} left {b} and was back {at - left[b]:.1f} h later")
                left[a] = at
        return found

    def mean(self, what=1, since=0.0, until=99.0):
        values = [s[what] for s in self.samples
                  if since <= s[0] < until and s[what] is not None]
        return sum(values) / len(values) if values else 0


def play(world, mode, hours, first, top_srcdir, top_builddir):
    """One day with balance in that mode; (Day, complaints)."""
    lab = labs.Lab(top_srcdir, top_builddir, mib.load(top_srcdir))
    try:
        lab.start_snmpd()
        lab.start_ecxsim(world.spec)
        lab.start_daemon(world.settings(lab, mode, hours * HOUR))
        lab.daemon.polled()
        day = Day(lab, world, hours, first)
        day.run()
        oracle = lab.sim.oracle()
        moves = lab.manager.table("csMoveTable").values()
        bad = [f'{oracle[k]} {k}' for k in ("dual_by_command", "dual_foreign") if oracle[k]]
        # one in the middle of its way is none that failed
        bad += [f'the move of {r["csMoveVmName"]} {r["csMoveState"]}: {r.get("csMoveError")}'
                for r in moves if r["csMoveState"] in ("failed", "inDoubt", "rolledBack")]
        return day, bad
    except Exception:
        print(lab.logs(40), file=sys.stderr)
        raise
    finally:
        lab.close()
        lab.remove()


def table(off, on, hours, first):
    say("  hour  imbalance off  automatic  busiest node off  automatic  moves")
    done = 0
    for h in range(math.ceil(hours)):
        moved = max([s[4] for s in on.samples if h <= s[0] < h + 1], default=done)
        before = [f"{off.mean(1, h, h + 1):13.0f}", f"{100 * off.mean(3, h, h + 1):15.0f} %"] \
            if off else [" " * 13, " " * 17]
        say(f"  {(first + h) % 24:4.0f}  {before[0]}  {on.mean(1, h, h + 1):9.0f}  {before[1]}  "
            f"{100 * on.mean(3, h, h + 1):7.0f} %  {moved - done:5d}")
        done = moved


def plot(path, off, on, first):
    """The day as an SVG by gnuplot."""
    def block(day, what, factor):
        return "\n".join(f"{s[0] + first:.3f} {s[what] * factor:.2f}" for s in day.samples)
    moves, last = [], 0
    for s in on.samples:
        if s[4] > last:
            moves.append(f"{s[0] + first:.3f} {s[4] - last}")
            last = s[4]
    ends = on.samples[-1][0] + first
    top = 10 * math.ceil(max(s[1] for s in off.samples) / 100) + 10
    ticks = ", ".join(f'"{h % 24}" {h}' for h in range(round(first), round(ends) + 1, 2))
    script = f"""set terminal svg size 900,620 font "sans-serif,13" background "#ffffff"
set output "{path}"
$off << EOD
{block(off, 1, 0.1)}
EOD
$on << EOD
{block(on, 1, 0.1)}
EOD
$boff << EOD
{block(off, 3, 100)}
EOD
$bon << EOD
{block(on, 3, 100)}
EOD
$moves << EOD
{chr(10).join(moves) if moves else "0 0"}
EOD
set multiplot layout 2,1 margins 0.08,0.92,0.09,0.92 spacing 0.14
set xrange [{first}:{round(ends)}]
set xtics ({ticks})
set grid ytics lc rgb "#dddddd"
set border 3 lc rgb "#888888"
set tics nomirror
set key top right horizontal
set title "Imbalance of nine nodes over a day, and the moves that balance made" font ",15"
set ylabel "imbalance, %"
set yrange [0:{top}]
set y2range [0:8]
set y2tics 0,1,3
set y2label "moves" offset -1,-3
plot $moves using 1:2 axes x1y2 with impulses lw 2 lc rgb "#bbbbbb" title "moves", \\
     $off smooth sbezier lw 2 lc rgb "#c0392b" title "balance off", \\
     $on smooth sbezier lw 2 lc rgb "#1f6fb2" title "balance automatic"
unset y2tics
unset y2label
unset key
set title "The busiest of the nodes" font ",15"
set ylabel "CPU, %"
set xlabel "hour of the day"
set yrange [0:100]
plot $boff smooth sbezier lw 2 lc rgb "#c0392b" title "balance off", \\
     $bon smooth sbezier lw 2 lc rgb "#1f6fb2" title "balance automatic"
unset multiplot
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def main():
    parser = argparse.ArgumentParser(description="a day of a cluster set, 200 times as fast")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--first", type=float, default=6, help="hour at which it begins")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-compare", action="store_true", help="not the day without balance")
    parser.add_argument("--svg", help="write the plot there")
    o = parser.parse_args()
    top = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(HERE, "..", ".."))
    build = os.path.abspath(os.environ.get("top_builddir") or os.getcwd())
    say(f"# {o.hours:g} hours in {o.hours * HOUR:.0f} s" + ("" if o.no_compare else ", twice"))
    off, bad = (None, []) if o.no_compare else play(World(o.seed), "off", o.hours, o.first, top, build)
    on, worse = play(World(o.seed), "automatic", o.hours, o.first, top, build)
    bad += worse
    table(off, on, o.hours, o.first)
    back, returned = on.back(PINGPONG), on.back(RETURNED)
    for text in bad + returned:
        say(f"# {text}")
    if o.svg and off:
        plot(o.svg, off, on, o.first)
    say(f"day moves={on.moves()} imbalance_before={(off or on).mean(1, 0, 99 if off else 0.5):.0f} "
        f"imbalance_after={on.mean(1, 0 if off else o.hours - 0.5):.0f} pingpong={len(back)} "
        f"returned={len(returned)} "
        f"seen={on.mean(2):.0f} vms={len(on.places)} hours={o.hours:g}")
    return 1 if bad or back else 0


if __name__ == "__main__":
    sys.exit(main())
