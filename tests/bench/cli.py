# SPDX-License-Identifier: Apache-2.0
"""(f) How long a person waits for clusterset: whole runs, process start included.

Once before clustersetd itself, polling simulated clusters on the same machine meanwhile,
once before its SNMP thread alone over a synthetic set that stands still. Beside it
snmpbulkwalk reads what `vm list --json` reads: all of csVmTable. In turns, so that
whatever else the machine does hits them alike.
"""
import os
import subprocess
import time

import common
from common import Bench, QUICK, VMS_PER_CLUSTER, clock, median, result, say, tool
from harness import cli

VMS = 1000 if QUICK else int(os.environ.get("BENCH_CLI_VMS", "20000"))
ROUNDS = 2 if QUICK else 7
WALKS = 1 if QUICK else 3


def timed(lab, argv):
    """Seconds of one run, and what it printed."""
    begun = time.monotonic()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          env=cli.environment(lab))
    took = time.monotonic() - begun
    # status says 1 when not everything is all right: a generated set has plain http
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.decode()}")
    return took, done.stdout


def bulkwalk(lab):
    table = ".".join(map(str, lab.mib.oid("csVmTable")))
    took, out = timed(lab, ["snmpbulkwalk", "-v2c", "-c", "public", "-Cr50", "-On", "-Oq",
                            f"127.0.0.1:{lab.snmpd.port}", table])
    values = out.count(b"\n")
    if values < VMS * 15:
        raise RuntimeError(f"snmpbulkwalk found {values} values of {VMS} VMs")
    return took


def measure(lab, agent):
    def run(words, access="public"):
        return timed(lab, cli.argv(lab, words, access))[0]

    names = timed(lab, cli.argv(lab, "vm list --columns name", "public"))[1].count(b"\n") - 1
    if names != VMS:
        raise RuntimeError(f"clusterset lists {names} VMs, not {VMS}")
    got = {"status": [], "v3": [], "list": [], "json": [], "tree": []}
    walks = []
    for i in range(ROUNDS):
        got["status"].append(run("status"))
        got["v3"].append(run("status", cli.OPERATOR))
        got["list"].append(run("vm list"))
        got["tree"].append(run("tree"))
        if i < WALKS:
            got["json"].append(run("vm list --json"))
            walks.append(bulkwalk(lab))
    result("cli", vms=VMS, clusters=VMS // VMS_PER_CLUSTER, agent=agent,
           status_s=median(got["status"]), status_max_s=max(got["status"]),
           status_v3_s=median(got["v3"]), vm_list_s=median(got["list"]),
           tree_s=median(got["tree"]), vm_json_s=median(got["json"]),
           bulkwalk_s=median(walks),
           ratio=median([w / j for w, j in zip(walks, got["json"])]))


def live():
    with Bench() as lab:
        lab.snmpd = lab.snmpd_named("ours")
        lab.generate(VMS // VMS_PER_CLUSTER)
        lab.start_clustersetd(lab.generated_settings(10))
        lab.polled_all(600)
        measure(lab, "clustersetd")


def synthetic():
    with Bench() as lab:
        lab.snmpd = lab.snmpd_named("ours")
        lab.program("serve", [tool("serve"), lab.snmpd.socket, VMS, 0])
        clock.wait_for(lambda: lab.number("csSetVmCount.0") == VMS, "the set to be served", 60)
        measure(lab, "face")


def run():
    if not os.path.exists(cli.program(common.TOP_BUILDDIR)):
        raise RuntimeError("clusterset is not built: make clusterset")
    say(f"clusterset before {VMS} VMs; a ratio of 5 means five times as fast as snmpbulkwalk")
    synthetic()
    live()
