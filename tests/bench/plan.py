#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The planner beside hbal, and alone in a big set: plan.py [hbal] [large] [pareto].

hbal    NODES="10 50" SEEDS="1 2" [TAGS="0 1"] [HBAL_SECONDS=1200]: one line a case, both on
        the same data one after the other, both results scored by hbal itself. hbal runs
        whole up to 50 nodes, with -l 1 up to 200, and beyond that not at all.
large   1,000 nodes and 20,000 VMs; smaller and bigger ones for how it grows; beside our
        own plan of LARGE_SECONDS (60).
pareto  what a limit on VMs or GiB costs: one line a limit (NODES, SEEDS; the first of each),
        into PARETO_OUT for pareto.gnuplot.

Seconds are CPU seconds of the process (both use one thread), so that a busy machine
changes them little; wall seconds stand beside them. Nothing here judges a number.
Skips with a word where hbal is missing (Debian: apt-get install ganeti-htools).
"""
import json
import os
import random
import re
import shutil
import statistics
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
HBAL_WHOLE, HBAL_ONE = 50, 200  # nodes up to which hbal runs to its end, and for one step
QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")


def say(text):
    print(f"# {text}", flush=True)


def peak_rss(pid):
    """MiB. (ru_maxrss would begin with that of this Python, which the child came from.)"""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
            return next((int(x.split()[1]) / 1024 for x in f if x.startswith("VmHWM")), 0)
    except OSError:
        return 0


def run(command, timeout=None):
    """Output, CPU seconds, wall seconds, RSS in MiB; None for the output after timeout."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        late, peak = False, 0
        while True:
            peak = peak_rss(child.pid) or peak
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
    return text, used.ru_utime + used.ru_stime, wall, peak


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


def deviations(text, util):
    """Plain standard deviations over the nodes: memory, vCPUs and CPU load, each divided by
    what the node has."""
    sections = text.split("\n\n")
    nodes = {c[0]: (int(c[1]), int(c[6])) for c in
             (x.split("|") for x in sections[1].splitlines())}
    load = {c[0]: float(c[1]) for c in (x.split() for x in util.splitlines())}
    sums = {name: [0, 0, 0] for name in nodes}
    for c in (x.split("|") for x in sections[2].splitlines()):
        memory, cpus = nodes[c[6]]
        for k, part in enumerate((int(c[1]) / memory, int(c[3]) / cpus, load[c[0]] / cpus)):
            sums[c[6]][k] += part
    return [statistics.pstdev(column) for column in zip(*sums.values())]


def hbal(prefix, seconds, limit):
    """Its plan: score, moves, VMs moved, GiB, CPU and wall seconds; None when it is late."""
    out = prefix + ".hbal"
    text, cpu, wall, rss = run(["hbal", "-t", prefix + ".data", "-U", prefix + ".util",
                                "-S", out] + limit, seconds)
    if text is None:
        return None
    with open(prefix + ".data", encoding="utf-8") as f:
        was = f.read()
    with open(out + ".balanced", encoding="utf-8") as f:
        now = placement(f.read())
    # what it writes keeps the old free memory of its nodes; only the placement is used
    moves = [{"vm": vm, "from": node, "to": now[vm]}
             for vm, node in placement(was).items() if now[vm] != node]
    now = moved_data(was, moves)
    with open(out, "w", encoding="utf-8") as f:
        f.write(now)
    memory = {c[0]: int(c[1]) for c in (x.split("|") for x in was.split("\n\n")[2].splitlines())}
    score = hbal_score(out, prefix + ".util")
    said = re.search(r"improved from \S+ to ([0-9.]+)", text)
    if said and abs(float(said.group(1)) - score) > 1e-6:
        raise SystemExit(f"plan.py: hbal said {said.group(1)}, and {score} of the same")
    length = re.search(r"[Ss]olution length=(\d+)", text)
    return {"score": score, "vms": len(moves),
            "moves": int(length.group(1)) if length else 0, "s": cpu, "wall": wall, "rss": rss,
            "gib": sum(memory[m["vm"]] for m in moves) / GIB, "data": now}


def ours(prefix, options, rescore=True, repeat=3):
    """Our plan, the same facts; the time is the median of some runs."""
    runs = sorted((run([PLANNER, "-t", prefix + ".data", "-U", prefix + ".util", "--json"]
                       + options) for _ in range(repeat)), key=lambda r: r[1])
    text, cpu, wall, rss = runs[len(runs) // 2]
    plan = json.loads(text)["plan"]
    score = plan["after"]["score"]
    moved = None
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
            "wall": wall, "rss": rss, "gib": plan["memoryMib"] / GIB, "waves": plan["waves"],
            "complete": plan["complete"], "data": moved}


def words(name, default):
    return (os.environ.get(name) or default).split()


def case(prefix, nodes, seed, tags, seconds):
    """One line: the columns of the issue, then what else there is to know."""
    kind = data(nodes, seed, tags, prefix)
    him = None
    if nodes <= HBAL_ONE:
        him = hbal(prefix, seconds, [] if nodes <= HBAL_WHOLE else ["-l", "1"])
    us = ours(prefix, ["--max-moves", str(him["vms"])] if him and him["vms"] else [])
    free = ours(prefix, [], repeat=1)
    swaps = ours(prefix, ["--swaps"], repeat=1)
    kicks = ours(prefix, ["--swaps", "--kicks", "60"], repeat=1)
    with open(prefix + ".data", encoding="utf-8") as f:
        before = f.read()
    with open(prefix + ".util", encoding="utf-8") as f:
        util = f.read()
    spread = [deviations(text, util) if text else None
              for text in (before, us["data"], him and him["data"], swaps["data"])]

    def his(key, form):
        return form % him[key] if him else "not-run"

    def sd(k):
        return "/".join(f"{x[k]:.4f}" if x else "not-run" for x in spread)

    line = {"nodes": nodes, "vms": len(placement(before)), "seed": seed,
            "ours_score": f"{us['score']:.4f}", "hbal_score": his("score", "%.4f"),
            "ours_moves": us["moves"], "hbal_moves": his("moves", "%d"),
            "ours_s": f"{us['s']:.4f}", "hbal_s": his("s", "%.2f"),
            "speedup": f"{him['s'] / us['s']:.0f}" if him else "not-run",
            "tags": int(tags), "hbal_limit": "none" if nodes <= HBAL_WHOLE else "1",
            "before_score": f"{hbal_score(prefix + '.data', prefix + '.util'):.4f}",
            "ours_vms": us["vms"], "hbal_vms": his("vms", "%d"),
            "ours_gib": f"{us['gib']:.0f}", "hbal_gib": his("gib", "%.0f"),
            "ours_waves": us["waves"],
            "ours_wall_s": f"{us['wall']:.4f}", "hbal_wall_s": his("wall", "%.2f"),
            "ours_rss_mb": f"{us['rss']:.1f}", "hbal_rss_mb": his("rss", "%.1f"),
            "sd_memory": sd(0), "sd_vcpus": sd(1), "sd_load": sd(2)}
    for name, got in (("free", free), ("swaps", swaps), ("kicks", kicks)):
        line.update({f"{name}_score": f"{got['score']:.4f}", f"{name}_vms": got["vms"],
                     f"{name}_gib": f"{got['gib']:.0f}", f"{name}_s": f"{got['s']:.3f}"})
    line["data"] = kind
    print("plan " + " ".join(f"{k}={v}" for k, v in line.items()), flush=True)


def bench_hbal(into):
    if not shutil.which("hbal"):
        say("plan: skipped, hbal is missing (Debian: apt-get install ganeti-htools)")
        return
    seconds = float(os.environ.get("HBAL_SECONDS") or 1200)
    for tags in (t not in ("0", "") for t in words("TAGS", "0")):
        for nodes in map(int, words("NODES", "10" if QUICK else "10 50")):
            for seed in map(int, words("SEEDS", "1" if QUICK else "1 2")):
                case(os.path.join(into, f"d{nodes}_{seed}_{int(tags)}"), nodes, seed, tags,
                     seconds)


def large_line(path, nodes, vms, options, mode):
    text, cpu, wall, rss = run([PLANNER, "--json", path] + options)
    plan = json.loads(text)["plan"]
    cost = sum(m["cost"] for m in plan["moves"])
    print(f"{'plan' if mode == 'single' else 'long'} nodes={nodes} vms={vms} seconds={cpu:.3f} rss_mb={rss:.0f} wall_s={wall:.3f} "
          f"us_per_vm={cpu / vms * 1e6:.1f} "
          f"planning_wall_s={plan['seconds']:.3f} before={plan['before']['score']:.4f} "
          f"after={plan['after']['score']:.4f} after_and_cost={plan['after']['score'] + cost:.4f} "
          f"moves={len(plan['moves'])} "
          f"waves={plan['waves']} complete={int(plan['complete'])} mode={mode}", flush=True)


def bench_large(into):
    path = os.path.join(into, "set.json")
    sizes = [(50, 1000)] if QUICK else [(250, 5000), (500, 10000), (2000, 40000), (1000, 20000)]
    for nodes, vms in sizes:
        set_data(nodes, vms // nodes, 1, path)
        large_line(path, nodes, vms, [], "single")
    seconds = os.environ.get("LARGE_SECONDS") or ("1" if QUICK else "60")
    large_line(path, nodes, vms, ["--swaps", "--kicks", "1000000000", "--budget", seconds],
               "long")


def bench_pareto(into):
    nodes, seed = words("NODES", "50")[0], words("SEEDS", "1")[0]
    prefix = os.path.join(into, "pareto")
    data(int(nodes), int(seed), False, prefix)
    limits = [("moves", (5, 10, 15, 20, 25, 35, 50, 65, 75, 85, 100, 125, 150, 175, 200, 250, 300, 400)),
              ("gib", (50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000))]
    rows = []
    for what, values in limits:
        for mode, options in (("single", []), ("swaps", ["--swaps"])):
            for most in values:
                got = ours(prefix, options + [f"--max-{what}", str(most)], rescore=False, repeat=1)
                rows.append((what, mode, most, got))
                print(f"pareto nodes={nodes} seed={seed} mode={mode} max_{what}={most} "
                      f"vms={got['vms']} gib={got['gib']:.0f} score={got['score']:.4f} "
                      f"s={got['s']:.3f}", flush=True)
                if got["complete"]:
                    break
    out = os.environ.get("PARETO_OUT")
    if not out:
        return
    zero = him = None
    if shutil.which("hbal"):
        zero = hbal_score(prefix + ".data", prefix + ".util")
        him = hbal(prefix, float(os.environ.get("HBAL_SECONDS") or 1200), [])
    with open(out, "w", encoding="ascii") as f:
        for what, mode in ((w, m) for w, _ in limits for m in ("single", "swaps")):
            f.write(f"# {mode} {what}\n" + (f"0 0 {zero}\n" if zero else ""))
            for w, m, _, got in rows:
                if (w, m) == (what, mode):
                    f.write(f"{got['vms']} {got['gib']:.0f} {got['score']:.4f}\n")
            f.write("\n\n")
        if him:
            f.write(f'# hbal\n{him["vms"]} {him["gib"]:.0f} {him["score"]:.4f}\n')


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
