#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks: bench.py [walk] [poll] [load] [policy] [trap] [move] [cli]; none named means all.

Each prints lines of KEY=VALUE as it goes, then a table, and writes bench.json in the
build directory; move also says its most wanted figures again as the last line. Numbers never fail; only a program that does not work does.

BENCH_QUICK=1     proves that it runs: 1,000 VMs, moments
BENCH_SECONDS=N   how long one sample lasts
BENCH_JSON=FILE   where to write ("" is nowhere)
"""
import os
import shutil
import sys

import cli
import common
import load
import move
import policy
import poll
import trap
import walk

BENCHES = {"walk": walk.run, "poll": poll.run, "load": load.run, "policy": policy.run,
           "trap": trap.run, "move": move.run, "cli": cli.run}


def main(names):
    unknown = [n for n in names if n not in BENCHES]
    if unknown:
        print(f"bench.py: no benchmark '{unknown[0]}'; there are {', '.join(BENCHES)}",
              file=sys.stderr)
        return 2
    if not common.agents.find_program("snmpd", "SNMPD") or not shutil.which("snmpget"):
        print("bench.py: snmpd and snmpget are needed (Debian: apt-get install snmpd snmp)",
              file=sys.stderr)
        return 1
    facts = common.machine()
    common.say(" ".join(f"{k}={v}" for k, v in facts.items() if v != ""))
    for name in names or BENCHES:
        BENCHES[name]()
    print(common.table())
    path = os.environ.get("BENCH_JSON", os.path.join(common.TOP_BUILDDIR, "bench.json"))
    if path:
        common.write_json(path, facts)
    for line in common.LAST:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
