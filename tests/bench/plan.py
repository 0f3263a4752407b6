#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The planner beside hbal, and alone in a big set: plan.py [hbal] [large] [pareto].

hbal    NODES="10 50" SEEDS="1 2" [TAGS=1] [HBAL_SECONDS=1200]: one line a case, both on the
        same data one after the other, both results scored by hbal itself.
large   1,000 nodes and 20,000 VMs; smaller and bigger ones for how it grows.
pareto  what a limit on moves costs: one line a limit (NODES, SEEDS; the first of each).

Seconds are CPU seconds of the process (both use one thread), so that a busy machine
changes them little; wall seconds stand beside them. Nothing here judges a number.
Skips with a word where hbal is missing (Debian: apt-get install ganeti-htools).
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP_SRCDIR = os.environ.get("top_srcdir") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", ".."))
TOP_BUILDDIR = os.environ.get("top_builddir") or os.getcwd()
PLANNER = os.path.join(TOP_BUILDDIR, "clusterset-plan")
SHARED = os.path.join(TOP_SRCDIR, "..", "shared", "hbal", "gen.py")
GIB = 1024
QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")


def say(text):
    print(f"# {text}", flush=True)


def run(command, timeout=None):
    """Output, CPU seconds, wall seconds, RSS in MiB; None for the output after timeout."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        late = False
        while True:
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if timeout and not late and time.monotonic() - began > timeout:
                child.kill()
                late = True
            time.sleep(0.0005 if time.monotonic() - began < 1 else 0.05)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        text = out.read().decode(errors="replace")
        if late:
            text = None
        elif child.returncode != 0:
            raise SystemExit(f"plan.py: {' '.join(command)}: "
                             f"{err.read().decode(errors='replace')}{text}")
    return text, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


# --- data --------------------------------------------------------------------


def own_data(nodes, per_node, seed, tags, prefix):
    """Ganeti's text format: a quarter of the nodes has most of the VMs."""
    draw = random.Random(seed)
    sizes = [(512 * GIB, 96) if draw.random() < 0.3 else (256 * GIB, 64)
             for _ in range(nodes)]
    free = [memory - GIB for memory, _ in sizes]
    hot = draw.sample(range(nodes), max(1, nodes // 4))
    lines, util = [], []
    for k in range(nodes * per_node):
        memory = draw.choice([4, 4, 8, 8, 8, 16, 16, 32, 64]) * GIB
        at = draw.choice(hot) if draw.random() < 0.7 else draw.randrange(nodes)
        for _ in range(200):
            if free[at] - memory > 0.04 * sizes[at][0]:
                break
            at = draw.randrange(nodes)
        else:
            continue
        free[at] -= memory
        tag = f"as:s{k // 3}" if tags and k % 15 < 3 else ""
        lines.append(f"vm{k:06}|{memory}|20480|{draw.choice([1, 2, 4, 8])}|running|Y|n{at:04}||"
                     f"ext|{tag}|1|-|N\n")
        util.append(f"vm{k:06} " + " ".join(
            f"{min(1, draw.lognormvariate(-2.2, 0.9)):.4f}" for _ in range(4)) + "\n")
    policy = ("128,1,1024,1,1,1|128,1,1024,1,1,1;1048576,64,8388608,16,8,12|"
              "diskless,file,sharedfile,plain,blockdev,drbd,rbd,ext|8.0|64.0\n")
    with open(prefix + ".data", "w", encoding="ascii") as f:
        f.write("default|uuid-1|preferred||\n\n")
        for i, (memory, cpus) in enumerate(sizes):
            cluster = f"cl:c{i // 8:03}" if tags else ""
            f.write(f"n{i:04}|{memory}|{GIB}|{free[i]}|8388608|8388608|{cpus}|N|uuid-1|16|"
                    f"{cluster}|N|16|1|1.0\n")
        f.write("\n" + "".join(lines) + "\n")
        f.write("htools:iextags:as\nhtools:nlocation:cl\n" if tags else "")
        f.write("\n|" + policy + "default|" + policy)
    with open(prefix + ".util", "w", encoding="ascii") as f:
        f.write("".join(util))


def data(nodes, seed, tags, prefix):
    """10 VMs a node; the generator of the known marks where it is present."""
    if os.path.exists(SHARED):
        run([sys.executable, SHARED, str(nodes), "10", "ext", prefix, "--hetero", "--seed",
             str(seed)] + (["--tags"] if tags else []))
        return "shared"
    own_data(nodes, 10, seed, tags, prefix)
    return "own"


def set_data(nodes, per_node, seed, path):
    """Our JSON: clusters of 8 in pairs that share their VMs, skewed as above."""
    draw = random.Random(seed)
    clusters = (nodes + 7) // 8
    sizes = [draw.choice([(64, 256), (64, 256), (96, 512)]) for _ in range(nodes)]
    free = [memory * GIB * 0.9 for _, memory in sizes]
    heat = [draw.choice([1, 1, 1, 6]) for _ in range(nodes)]
    vms = []
    for k, at in enumerate(draw.choices(range(nodes), heat, k=nodes * per_node)):
        memory = draw.choice([2, 4, 4, 8, 8, 16]) * GIB
        while free[at] < memory:
            at = draw.randrange(nodes)
        free[at] -= memory
        vcpus = draw.choice([1, 2, 2, 4, 8])
        pair = at // 8 // 2 * 2
        vms.append({"name": f"vm{k}", "node": f"n{at}", "vcpus": vcpus, "memory-mib": memory,
                    "load": round(vcpus * min(1, draw.lognormvariate(-1.5, 0.8)), 3),
                    "sites": [f"c{c}" for c in (pair, pair + 1) if c < clusters],
                    **({"availability-set": f"s{k // 30}"} if k % 30 < 3 else {})})
    json.dump({
        "clusters": [{"name": f"c{c}"} for c in range(clusters)],
        "nodes": [{"name": f"n{i}", "cluster": f"c{i // 8}", "fault-domain": f"r{i // 4}",
                   "cpus": cpus, "memory-mib": memory * GIB, "reserved-mib": 4 * GIB}
                  for i, (cpus, memory) in enumerate(sizes)],
        "availability-sets": [{"name": f"s{i}"} for i in range(len(vms) // 30 + 1)],
        "vms": vms}, open(path, "w", encoding="utf-8"))


def placement(text):
    """instance -> primary of Ganeti's text format."""
    instances = text.split("\n\n")[2].splitlines()
    return {c[0]: c[6] for c in (x.split("|") for x in instances)}


def moved_data(text, moves):
    """The same data after the moves: primaries, and the free memory of nodes."""
    sections = text.split("\n\n")
    at, memory, free = {}, {}, {}
    lines = [x.split("|") for x in sections[2].split("\n")]
    for c in lines:
        at[c[0]], memory[c[0]] = c[6], int(c[1])
    nodes = [x.split("|") for x in sections[1].split("\n")]
    for c in nodes:
        free[c[0]] = int(c[3])
    for m in moves:
        assert at[m["vm"]] == m["from"], m
        free[m["from"]] += memory[m["vm"]]
        free[m["to"]] -= memory[m["vm"]]
        at[m["vm"]] = m["to"]
    for c in lines:
        c[6] = at[c[0]]
    for c in nodes:
        c[3] = str(free[c[0]])
    sections[1] = "\n".join("|".join(c) for c in nodes)
    sections[2] = "\n".join("|".join(c) for c in lines)
    return "\n\n".join(sections)


# --- runs --------------------------------------------------------------------


def hbal_score(path, util):
    """What hbal says of a placement before it does anything."""
    text = run(["hbal", "-t", path, "-U", util, "-l", "0"])[0]
    found = re.search(r"Initial score: ([0-9.]+)", text)
    if not found:
        raise SystemExit(f"plan.py: hbal says no score of {path}:\n{text}")
    return float(found.group(1))


def hbal(prefix, seconds):
    """Its plan: score, moves, VMs moved, GiB, CPU and wall seconds; None when it is late."""
    out = prefix + ".hbal"
    text, cpu, wall, rss = run(["hbal", "-t", prefix + ".data", "-U", prefix + ".util",
                                "-S", out], seconds)
    if text is None:
        return None
    with open(prefix + ".data", encoding="utf-8") as f:
        was = f.read()
    with open(out + ".balanced", encoding="utf-8") as f:
        now = placement(f.read())
    # what it writes keeps the old free memory of its nodes; only the placement is used
    moves = [{"vm": vm, "from": node, "to": now[vm]}
             for vm, node in placement(was).items() if now[vm] != node]
    with open(out, "w", encoding="utf-8") as f:
        f.write(moved_data(was, moves))
    score = hbal_score(out, prefix + ".util")
    said = re.search(r"improved from \S+ to ([0-9.]+)", text)
    if said and abs(float(said.group(1)) - score) > 1e-6:
        raise SystemExit(f"plan.py: hbal said {said.group(1)}, and {score} of the same")
    length = re.search(r"[Ss]olution length=(\d+)", text)
    return {"score": score, "vms": len(moves),
            "moves": int(length.group(1)) if length else 0, "s": cpu, "wall": wall, "rss": rss}


def ours(prefix, options, rescore=True, repeat=3):
    """Our plan, the same facts; the time is the median of some runs."""
    runs = sorted((run([PLANNER, "-t", prefix + ".data", "-U", prefix + ".util", "--json"]
                       + options) for _ in range(repeat)), key=lambda r: r[1])
    text, cpu, wall, rss = runs[len(runs) // 2]
    plan = json.loads(text)["plan"]
    score = plan["after"]["score"]
    if rescore:
        with open(prefix + ".data", encoding="utf-8") as f:
            moved = moved_data(f.read(), plan["moves"])
        with open(prefix + ".ours", "w", encoding="utf-8") as f:
            f.write(moved)
        theirs = hbal_score(prefix + ".ours", prefix + ".util")
        if abs(theirs - score) > 1e-6:
            raise SystemExit(f"plan.py: we say {score}, hbal says {theirs} of the same")
        score = theirs
    return {"score": score, "vms": plan["vms"], "moves": len(plan["moves"]), "s": cpu,
            "wall": wall, "rss": rss, "gib": plan["memoryMib"] / GIB}


def words(name, default):
    return (os.environ.get(name) or default).split()


def bench_hbal(into):
    if not shutil.which("hbal"):
        say("plan: skipped, hbal is missing (Debian: apt-get install ganeti-htools)")
        return
    tags = os.environ.get("TAGS", "") not in ("", "0")
    limit = float(os.environ.get("HBAL_SECONDS") or 1200)
    for nodes in map(int, words("NODES", "10" if QUICK else "10 50")):
        for seed in map(int, words("SEEDS", "1" if QUICK else "1 2")):
            prefix = os.path.join(into, f"d{nodes}_{seed}")
            kind = data(nodes, seed, tags, prefix)
            him = hbal(prefix, limit)
            us = ours(prefix, ["--max-moves", str(him["vms"])] if him else [])
            swaps = ours(prefix, ["--swaps", "--kicks", "60"], repeat=1)
            line = {"nodes": nodes, "vms": nodes * 10, "seed": seed,
                    "ours_score": f"{us['score']:.4f}",
                    "hbal_score": f"{him['score']:.4f}" if him else "not-run",
                    "ours_moves": us["moves"], "hbal_moves": him["moves"] if him else "not-run",
                    "ours_s": f"{us['s']:.4f}", "hbal_s": f"{him['s']:.2f}" if him else "not-run",
                    "speedup": f"{him['s'] / us['s']:.0f}" if him else "not-run",
                    "ours_vms": us["vms"], "hbal_vms": him["vms"] if him else "not-run",
                    "ours_wall_s": f"{us['wall']:.4f}",
                    "hbal_wall_s": f"{him['wall']:.2f}" if him else "not-run",
                    "swaps_score": f"{swaps['score']:.4f}", "swaps_vms": swaps["vms"],
                    "swaps_gib": f"{swaps['gib']:.0f}", "swaps_s": f"{swaps['s']:.3f}",
                    "tags": int(tags), "data": kind}
            print("plan " + " ".join(f"{k}={v}" for k, v in line.items()), flush=True)


def bench_large(into):
    path = os.path.join(into, "set.json")
    sizes = [(50, 1000)] if QUICK else [(250, 5000), (500, 10000), (2000, 40000), (1000, 20000)]
    for nodes, vms in sizes:
        set_data(nodes, vms // nodes, 1, path)
        text, cpu, _, rss = run([PLANNER, "--json", path])
        plan = json.loads(text)["plan"]
        print(f"plan nodes={nodes} vms={vms} seconds={cpu:.3f} rss_mb={rss:.0f} "
              f"planning_wall_s={plan['seconds']:.3f} before={plan['before']['score']:.4f} "
              f"after={plan['after']['score']:.4f} moves={len(plan['moves'])} "
              f"complete={int(plan['complete'])}", flush=True)


def bench_pareto(into):
    nodes, seed = words("NODES", "50")[0], words("SEEDS", "1")[0]
    prefix = os.path.join(into, "pareto")
    data(int(nodes), int(seed), False, prefix)
    for mode, options in (("moves", []), ("swaps", ["--swaps", "--kicks", "60"])):
        for most in (5, 10, 25, 50, 75, 100, 150, 200, 250, 300, 400):
            got = ours(prefix, options + ["--max-moves", str(most)], rescore=False, repeat=1)
            print(f"pareto nodes={nodes} seed={seed} mode={mode} max_moves={most} "
                  f"vms={got['vms']} gib={got['gib']:.0f} score={got['score']:.4f} "
                  f"s={got['s']:.3f}", flush=True)
            if got["vms"] < most:
                break


BENCHES = {"hbal": bench_hbal, "large": bench_large, "pareto": bench_pareto}


def main(names):
    unknown = [n for n in names if n not in BENCHES]
    if unknown:
        print(f"plan.py: no '{unknown[0]}'; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    say(f"cpus={os.cpu_count()} load={os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="bench-plan-") as into:
        for name in names or BENCHES:
            BENCHES[name](into)
    say(f"load={os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
