# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run and say their line. Never how fast: numbers are no test."""
import json
import os
import re
import subprocess
import sys

import pytest

from harness import clock

FIGURES = {
    "walk": ["vms", "shape", "affinity", "varbinds_per_s", "reference", "ratio_to_ceiling",
             "inprocess", "get_median_us", "get_p99_us"],
    "poll": ["clusters", "scheme", "servers_per_round", "cpu_percent", "rss_mb", "stall_ms"],
    "load": ["nodes", "version", "child_cpu_percent", "control_cpu_percent", "child_rss_mb",
             "stall_ms", "unknown"],
    "trap": ["interval_s", "samples", "median_ms", "p99_ms", "max_ms"],
    "cli": ["vms", "agent", "status_s", "status_v3_s", "vm_list_s", "vm_json_s", "bulkwalk_s",
            "ratio"],
    "move": ["set_ms_median", "set_ms_p99", "overhead_ms", "stall_ms"],
}


def run(name, top_srcdir, top_builddir, into):
    """The output and what stands in bench.json."""
    done = subprocess.run(
        [sys.executable, "-B", os.path.join(top_srcdir, "tests", "bench", "bench.py"), name],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        timeout=clock.scaled(120),
        env={**os.environ, "BENCH_QUICK": "1", "BENCH_SECONDS": "", "BENCH_JSON": str(into),
             "top_srcdir": top_srcdir, "top_builddir": top_builddir})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left behind" not in done.stderr, done.stderr
    with open(into, encoding="utf-8") as f:
        return done.stdout, json.load(f)


@pytest.mark.parametrize("name", list(FIGURES))
def test_runs_and_says_its_line(name, need_snmpd, need_snmptrapd, need_daemon, need_ecxsim,
                                top_srcdir, top_builddir, tmp_path):
    if not os.path.exists(os.path.join(top_builddir, "tests", "bench", "walker")):
        pytest.skip("the bench programs are not built")
    text, written = run(name, top_srcdir, top_builddir, tmp_path / "bench.json")
    lines = [x for x in text.splitlines() if x.startswith(name + " ")]
    assert lines, text
    for line in lines:
        found = dict(re.findall(r"(\w+)=(\S+)", line))
        assert not [k for k in FIGURES[name] if k not in found], line
    assert written["quick"] is True
    assert {"cpus", "kernel", "net_snmp"} <= set(written["machine"])
    assert len([r for r in written["results"] if r["bench"] == name]) == len(lines)
