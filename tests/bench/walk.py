# SPDX-License-Identifier: Apache-2.0
"""(a) How fast csVmTable can be walked, beside the least code that could serve it.

Three snmpds stand side by side: one with the face of clustersetd over a synthetic set
whose rows keep changing as polling changes them, one with a bare libnetsnmp subagent
(the ceiling), one with the same handler inside snmpd. They are asked in turns, so that
whatever else the machine does hits them alike.
"""
import os
import signal
import subprocess

import common
from common import Bench, CPUS, QUICK, clock, median, result, say, tool

SIZES = [1000] if QUICK else [
    int(n) for n in os.environ.get("BENCH_VMS", "1000 10000 100000").split()]
LIVE_SIZES = [n for n in SIZES if not QUICK and n <= 10000]
ROUNDS = 1 if QUICK else 5
SECONDS = common.seconds(0.2 if QUICK else 2)
GETS = 200 if QUICK else 2000
CHANGES = 2000  # rows per second: 1,000 clusters of 20 VMs, a round every 10 s
SHAPES = {"1x50": (1, 50), "10x10": (10, 10)}


def ask(port, entry, *options):
    """The walker on the other CPU, if there is one; its line as figures."""
    argv = [tool("walker"), *(str(o) for o in options), str(port), entry]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, preexec_fn=ask.pinned)
    if done.returncode != 0:
        raise RuntimeError(f"walker: {done.stderr.strip()}")
    return common.figures(done.stdout)


ask.pinned = None


def walk(port, entry, shape):
    parallel, repeat = SHAPES[shape]
    return ask(port, entry, "-p", parallel, "-r", repeat, "-t", round(SECONDS * 1000))


class Agents:
    """Ours and the references, each behind an snmpd of its own."""

    def __init__(self, lab, vms):
        root = lab.root
        self.entry = ".".join(map(str, lab.mib.oid("csVmTable"))) + ".1"
        self.vms = vms
        ours, bare = lab.snmpd_named("ours"), lab.snmpd_named("bare")
        lab.snmpd = ours
        os.environ["BENCH_ROOT"], os.environ["BENCH_ROWS"] = root, str(vms)
        inside = lab.snmpd_named("inside", [f"dlmod refmodule {tool('refmodule.so')}"])
        self.serve = lab.program("serve", [tool("serve"), ours.socket, vms, CHANGES])
        reference = lab.program("ref_agentx", [tool("ref_agentx"), bare.socket, root, vms])
        self.ports = {"ours": ours.port, "reference": bare.port, "inprocess": inside.port}
        self.pids = [ours.pid, bare.pid, inside.pid, self.serve.pid, reference.pid]
        self.publishing = True
        for name, port in self.ports.items():
            clock.wait_for(lambda p=port: self.answers(p), f"{name} to serve {vms} rows", 60)

    def answers(self, port):
        try:
            return ask(port, self.entry, "-g", 1)
        except RuntimeError:
            return False

    def publish(self, wanted):
        """Only while ours is measured: the references have nobody who polls."""
        if wanted != self.publishing:
            self.serve.signal(signal.SIGUSR1)
            self.publishing = wanted

    def pin(self, pinned):
        for pid in self.pids:
            common.pin(pid, CPUS[:1] if pinned else CPUS)
        last = CPUS[-1:]
        ask.pinned = (lambda: os.sched_setaffinity(0, last)) if pinned else None

    def samples(self, measure):
        """name -> samples; ours and the ceiling in turns, each as often first."""
        found = {name: [] for name in self.ports}
        for i in range(ROUNDS):
            for name in ("ours", "reference") if i % 2 == 0 else ("reference", "ours"):
                self.publish(name == "ours")
                found[name].append(measure(self.ports[name]))
        self.publish(False)
        found["inprocess"].append(measure(self.ports["inprocess"]))
        return found


def ratio(ours, reference):
    """The median of what neighbours in time give: a busy minute hits both."""
    return round(median([a / b for a, b in zip(ours, reference)]), 2)


def compare(them, affinity):
    gets = them.samples(lambda port: ask(port, them.entry, "-g", GETS))
    for shape in SHAPES:
        got = them.samples(lambda port, s=shape: walk(port, them.entry, s))
        speeds = {name: [s["varbinds_per_s"] for s in samples]
                  for name, samples in got.items()}
        speed = {name: median(s) for name, s in speeds.items()}
        result("walk", vms=them.vms, agent="face", shape=shape, affinity=affinity,
               varbinds_per_s=round(speed["ours"]), reference=round(speed["reference"]),
               ratio_to_ceiling=ratio(speeds["ours"], speeds["reference"]),
               inprocess=round(speed["inprocess"]),
               get_median_us=round(median([s["median_us"] for s in gets["ours"]])),
               get_p99_us=round(median([s["p99_us"] for s in gets["ours"]])),
               reference_get_median_us=round(
                   median([s["median_us"] for s in gets["reference"]])))


def synthetic(vms):
    with Bench() as lab:
        them = Agents(lab, vms)
        them.publish(True)
        whole = ask(them.ports["ours"], them.entry, "-p", 10, "-r", 10)
        if whole["varbinds"] != vms * whole["columns"]:
            raise RuntimeError(f"a whole walk found {whole['varbinds']} varbinds, not "
                               f"{vms} rows of {whole['columns']} columns")
        say(f"{vms} VMs: a whole walk of {whole['columns']} columns, ten at once, found all "
            f"{whole['varbinds']} varbinds in {whole['seconds']} s; clustersetd's face uses "
            f"{common.memory_mb(them.serve.pid):.0f} MB")
        modes = ["default"] if len(CPUS) < 2 else ["pinned", "default"]
        for affinity in modes[:1] if QUICK else modes:
            them.pin(affinity == "pinned")
            compare(them, affinity)


def live(vms):
    """clustersetd itself, polling simulated clusters meanwhile."""
    with Bench() as lab:
        snmpd = lab.snmpd = lab.snmpd_named("ours")
        root = lab.root
        bare = lab.snmpd_named("bare")
        reference = lab.program("ref_agentx", [tool("ref_agentx"), bare.socket, root, vms])
        entry = ".".join(map(str, lab.mib.oid("csVmTable"))) + ".1"
        lab.generate(vms // common.VMS_PER_CLUSTER)
        daemon = lab.start_clustersetd(lab.generated_settings(10))
        lab.polled_all()
        if len(CPUS) > 1:
            for pid in (snmpd.pid, bare.pid, reference.pid):
                common.pin(pid, CPUS[:1])
            common.pin(lab.sim_process.pid, CPUS[-1:])
            common.pin_threads(daemon.pid, lambda name: CPUS[:1] if name == "face"
                               else CPUS[-1:])
            ask.pinned = lambda: os.sched_setaffinity(0, CPUS[-1:])
        got = {"ours": [], "reference": []}
        gets = []
        for _ in range(ROUNDS):
            for name, port in (("ours", snmpd.port), ("reference", bare.port)):
                got[name].append(walk(port, entry, "1x50")["varbinds_per_s"])
            gets.append(ask(snmpd.port, entry, "-g", GETS))
        result("walk", vms=vms, agent="clustersetd", shape="1x50", affinity="pinned",
               varbinds_per_s=round(median(got["ours"])),
               reference=round(median(got["reference"])),
               ratio_to_ceiling=ratio(got["ours"], got["reference"]),
               get_median_us=round(median([g["median_us"] for g in gets])),
               get_p99_us=round(median([g["p99_us"] for g in gets])))


def run():
    for vms in SIZES:
        ask.pinned = None
        synthetic(vms)
    for vms in LIVE_SIZES:
        ask.pinned = None
        live(vms)
