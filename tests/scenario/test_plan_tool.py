# SPDX-License-Identifier: Apache-2.0
"""clusterset-plan as people and scripts call it: screens, JSON, words, exits; and that its
hbal measure is hbal's, to the last digit that hbal prints."""
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

TOP = pathlib.Path(os.environ.get("top_srcdir", "."))
BUILD = pathlib.Path(os.environ.get("top_builddir", "."))
PROGRAM = (BUILD / "clusterset-plan").absolute()
SEED = TOP / "tests/fuzz/corpus/plan_json/seed-1"
SHARED = TOP / "../shared/hbal"
DONE, FAILED, USAGE = 0, 1, 2

spec = importlib.util.spec_from_file_location("bench_plan", TOP / "tests/bench/plan.py")
bench_plan = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench_plan)


def run(*arguments, want=DONE, stdin=None):
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True,
                          text=True, check=False, timeout=60)
    assert done.returncode == want, done.stdout + done.stderr
    assert "usage:" in done.stderr if want == USAGE and "begin at" not in done.stderr else True
    return done.stderr if want else done.stdout


def plan(*arguments, **more):
    return json.loads(run("--json", *arguments, **more))["plan"]


@pytest.fixture
def skewed(tmp_path):
    """20 nodes in Ganeti's format: the prefix of its .data and .util."""
    bench_plan.own_data(20, 10, 7, True, str(tmp_path / "d"))
    return tmp_path / "d"


def test_screen_and_document_agree():
    screen = run(SEED)
    document = plan(SEED)
    assert document["before"]["violations"] > 0 and document["after"]["violations"] == 0
    assert document["after"]["score"] < document["before"]["score"]
    assert document["complete"] is True
    lines = screen.splitlines()[1:1 + len(document["moves"])]
    for line, move in zip(lines, document["moves"]):
        assert line.split()[:5] == [str(move["stage"]), str(move["wave"]), move["vm"],
                                    move["from"], move["to"]]
        assert line.endswith(move["reason"])
    assert f"{document['vms']} of 5 VMs move" in screen


def test_waves_and_purposes():
    document = plan(SEED)
    waves = [m["wave"] for m in document["moves"]]
    assert waves == sorted(waves) and waves[-1] == document["waves"]
    for wave in range(1, document["waves"] + 1):
        nodes = [m[k] for m in document["moves"] if m["wave"] == wave for k in ("from", "to")]
        assert len(nodes) == len(set(nodes)), "one move of a node at a time is the default"
    assert all(m["for"] in ("drain", "site", "memory", "load", "vcpus", "spread", "balance",
                            "home", "room") for m in document["moves"])


SMALL = json.dumps({
    "settings": {"reserve": False},
    "clusters": [{"name": "east"}, {"name": "west"}],
    "nodes": [{"name": n, "cluster": c, "cpus": 8, "memory-mib": 16384}
              for n, c in (("e1", "east"), ("e2", "east"), ("w1", "west"))],
    "availability-sets": [{"name": "web"}],
    "vms": [{"name": "web1", "node": "e1", "load": 1, "memory-mib": 1024,
             "availability-set": "web"},
            {"name": "big", "node": "e2", "load": 4, "memory-mib": 8192}]})


def test_where():
    text = run("--where", "--cpus", "2", "--memory", "2048", "--availability-set", "web", "-",
               stdin=SMALL)
    lines = [x.split() for x in text.splitlines()]
    assert lines[1][:4] == ["1", "1000", "w1", "west"]
    assert lines[2][0] == "2" and 0 < int(lines[2][1]) < 1000 and lines[2][2] == "e2"
    assert lines[3][:4] == ["-", "-", "e1", "east"]
    assert "availability set web: web1 is on the same node" in text
    got = json.loads(run("--where", "--json", "--memory", "9000", "--site", "east", "-",
                         stdin=SMALL))["where"]
    assert [n["node"] for n in got["nodes"] if n["possible"]] == ["e1"]
    assert "is the only possible node" in got["words"]
    # nowhere: said, and the exit code says it, too
    done = subprocess.run([PROGRAM, "--where", "--memory", "99999", "-"], input=SMALL,
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == FAILED and "no node is possible" in done.stdout
    assert "there is no cluster 'north'" in run("--where", "--site", "north", "-",
                                                stdin=SMALL, want=FAILED)
    assert "belong to --where" in run("--cpus", "2", "-", stdin=SMALL, want=USAGE)
    assert "one of them" in run("--where", "--explain", "web1", "-", stdin=SMALL, want=USAGE)


def test_the_same_from_clusterset(skewed, tmp_path):
    """clusterset plan offline is this program under another name."""
    clusterset = (BUILD / "clusterset").absolute()
    small = tmp_path / "set.json"
    small.write_text(SMALL)
    where = ["--where", "--cpus", "2", "--memory", "2048", "--site", "east", "--site", "west"]
    for ours, theirs in (
            ([small], [small]),
            ([small, "--swaps", "--seed", "3"], ["--swaps", "--seed", "3", small]),
            ([small, "--explain", "web1"], ["--explain", "web1", small]),
            ([small, *where], [*where, small]),
            (["--ganeti", f"{skewed}.data", "--util", f"{skewed}.util", "--max-moves", "5"],
             ["-t", f"{skewed}.data", "-U", f"{skewed}.util", "--max-moves", "5"])):
        done = subprocess.run([clusterset, "plan", "offline", *map(str, ours)],
                              capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == DONE, done.stderr
        assert done.stdout == run(*theirs)
    done = subprocess.run([clusterset, "plan", "offline", str(small), "--json"],
                          capture_output=True, text=True, check=False, timeout=60)
    assert json.loads(done.stdout)["plan"]["moves"] == plan(small)["moves"]
    done = subprocess.run([clusterset, "plan", "offline", str(tmp_path / "absent")],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == FAILED and "absent" in done.stderr


def test_standard_input():
    text = SEED.read_text()
    assert plan("-", stdin=text)["moves"] == plan(SEED)["moves"]


def test_nothing_to_do():
    assert "0 of 0 VMs move" in run("-", stdin='{"clusters": [], "nodes": [], "vms": []}')


def test_explain():
    said = run("--explain", "e", SEED)
    assert said.startswith("e stays on e1: it is on hold\n")
    why = json.loads(run("--json", "-e", "d", SEED))["why"]
    assert {n["node"]: n["possible"] for n in why["nodes"]}["w1"] is False
    assert "no site of it" in [n for n in why["nodes"] if n["node"] == "w1"][0]["reason"]
    assert "there is no VM 'nobody'" in run("-e", "nobody", SEED, want=FAILED)


@pytest.mark.parametrize("arguments, word", [
    ([], "one file is wanted"),
    (["a", "b"], "one file is wanted"),
    (["-t", "a", "b"], "one file is wanted"),
    (["-U", "a", "b"], "-U belongs to -t"),
    (["--measure", "mood", "a"], "set or hbal"),
    (["--measure", "hbal", "a"], "needs what hbal reads"),
    (["--max-moves", "many", "a"], "'many' is no number"),
    (["--seed", "-1", "a"], "'-1' is no number"),
    (["--max-moves", "0", "a"], "begin at 1"),
    (["--what", "a"], "--what"),
])
def test_usage(arguments, word):
    assert word in run(*arguments, want=USAGE)


def test_files_that_cannot_be_read(tmp_path):
    assert "No such file" in run(tmp_path / "none", want=FAILED)
    bad = tmp_path / "bad.json"
    bad.write_text('{"vms": [\n{"name": "a", "colour": 1}]}')
    assert f"{bad}:2: unknown key \"colour\" in vms" in run(bad, want=FAILED)
    assert f"{bad}:1: a node group has" in run("-t", bad, want=FAILED)


def test_output_that_cannot_be_written():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([PROGRAM, SEED], stdout=full, stderr=subprocess.PIPE, text=True,
                              check=False, timeout=60)
    assert done.returncode == FAILED and "standard output" in done.stderr


def test_help_and_manual_name_the_same_options():
    said = run("--help")
    manual = (TOP / "doc/clusterset-plan.1.in").read_text()
    options = set(re.findall(r"--([a-z-]+)", said))
    assert len(options) > 12
    assert options == set(re.findall(r"^\.It .*?Fl -([a-z-]+)", manual, re.M))
    assert re.fullmatch(r"clusterset-plan \d+\.\d+\.\d+\n", run("--version"))


def test_the_example_of_the_manual_is_read(tmp_path):
    manual = (TOP / "doc/clusterset-plan.1.in").read_text()
    example = re.search(r"is one JSON object:\n\.Bd [^\n]*\n(.*?)\.Ed", manual, re.S).group(1)
    (tmp_path / "set.json").write_text(example)
    assert plan(tmp_path / "set.json")["moves"] == []


def test_limits_seed_and_work(skewed):
    ganeti = ["-t", f"{skewed}.data", "-U", f"{skewed}.util"]
    free = plan(*ganeti)
    few = plan(*ganeti, "--max-moves", 10)
    assert few["vms"] == 10 < free["vms"] and not few["complete"] and free["complete"]
    assert plan(*ganeti, "--max-gib", 20)["memoryMib"] <= 20 * 1024
    best = plan(*ganeti, "--swaps", "--kicks", 5)
    assert best["after"]["score"] < plan(*ganeti, "--swaps")["after"]["score"]
    assert best["moves"] == plan(*ganeti, "--swaps", "--kicks", 5)["moves"]
    assert plan(*ganeti, "--seed", 9)["moves"] == plan(*ganeti, "--seed", 9)["moves"]
    assert not plan(*ganeti, "--work", 2000)["complete"]
    assert not plan(*ganeti, "--swaps", "--kicks", 1000000, "--budget", 0.2)["complete"]


def test_planned_again_is_empty(skewed, tmp_path):
    text = pathlib.Path(f"{skewed}.data").read_text()
    for options in ([], ["--swaps"], ["--measure", "set"], ["--measure", "set", "--swaps"]):
        first = plan("-t", f"{skewed}.data", "-U", f"{skewed}.util", *options)
        assert first["moves"]
        again = tmp_path / "again"
        again.write_text(bench_plan.moved_data(text, first["moves"]))
        assert plan("-t", again, "-U", f"{skewed}.util", *options)["moves"] == [], options


def test_score_is_hbals(skewed, tmp_path):
    if not shutil.which("hbal"):
        pytest.skip("hbal is missing (Debian: apt-get install ganeti-htools)")
    first = plan("-t", f"{skewed}.data", "-U", f"{skewed}.util", "--swaps")
    assert first["before"]["score"] == pytest.approx(
        bench_plan.hbal_score(f"{skewed}.data", f"{skewed}.util"), abs=2e-8)
    after = tmp_path / "after"
    after.write_text(bench_plan.moved_data(
        pathlib.Path(f"{skewed}.data").read_text(), first["moves"]))
    assert first["after"]["score"] == pytest.approx(
        bench_plan.hbal_score(str(after), f"{skewed}.util"), abs=2e-8)


def test_known_data():
    """The mark in the issue: at most 0.22 with swaps for 50 nodes and 500 VMs."""
    if not (SHARED / "d_ext_50.data").exists():
        pytest.skip("../shared/hbal is not here")
    ganeti = ["-t", SHARED / "d_ext_50.data", "-U", SHARED / "d_ext_50.util"]
    assert plan(*ganeti)["before"]["score"] == pytest.approx(5.27145032, abs=2e-8)
    assert plan(*ganeti, "--max-moves", 167)["after"]["score"] < 0.5429
    assert plan(*ganeti, "--swaps")["after"]["score"] <= 0.22
    assert plan(*ganeti, "--swaps", "--kicks", 60)["after"]["score"] < 0.21


@pytest.mark.parametrize("name, wanted", [
    ("large", ["nodes", "vms", "seconds", "rss_mb"]),
    ("hbal", ["nodes", "vms", "seed", "ours_score", "hbal_score", "ours_moves", "hbal_moves",
              "ours_s", "hbal_s", "speedup"]),
])
def test_the_benchmark_says_its_line(name, wanted):
    done = subprocess.run(
        [sys.executable, "-B", TOP / "tests/bench/plan.py", name], capture_output=True,
        text=True, check=False, timeout=300,
        env={**os.environ, "BENCH_QUICK": "1", "NODES": "", "SEEDS": "", "TAGS": "",
             "top_builddir": str(BUILD.absolute())})
    assert done.returncode == 0, done.stdout + done.stderr
    if "hbal is missing" in done.stdout:
        pytest.skip("hbal is missing (Debian: apt-get install ganeti-htools)")
    lines = [x for x in done.stdout.splitlines() if x.startswith("plan ")]
    assert len(lines) == 1, done.stdout
    found = dict(re.findall(r"(\w+)=(\S+)", lines[0]))
    assert not [k for k in wanted if k not in found], lines[0]
