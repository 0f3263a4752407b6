#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: a cluster set seen through SNMP, live, told as a short story.

`./quickstart demo` builds everything and runs this. Two simulated ECX clusters that
share disks, a private snmpd and snmptrapd, and clustersetd as its subagent, all on free
loopback ports. Everything shown is read by SNMP or printed by snmptrapd; the simulator
is only told to lose a node. Ends by itself; nothing is left running unless --keep.
"""
import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))
from harness import agents, clock, labs, mib as mibs, worlds  # noqa: E402

WIDTH = 100
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
PAINT = {"running": "32", "online": "32", "normal": "32", "owned": "32", "starting": "33",
         "stopping": "33", "caution": "33", "unknown": "35", "offline": "31", "failed": "31",
         "conflict": "31", "critical": "31"}


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOUR and code else text


def say(text=""):
    print(text[:WIDTH] if "\033" not in text else text, flush=True)


def chapter(number, text):
    say()
    say(paint(f"{number}. {text}", "1"))


def table(columns, rows):
    """Columns are (title, key); values are painted by what they say."""
    widths = [max(len(title), *(len(str(r.get(key) or "-")) for r in rows)) if rows else len(title)
              for title, key in columns]
    say("   " + paint("  ".join(t.ljust(w) for (t, _), w in zip(columns, widths)).rstrip(), "4"))
    for row in rows:
        cells = []
        for (_, key), width in zip(columns, widths):
            text = str(row.get(key) if row.get(key) not in (None, "") else "-")
            cells.append(paint(text, PAINT.get(text)) + " " * (width - len(text)))
        say("   " + "  ".join(cells).rstrip())


class Demo:
    VMS = {"web1": "east1", "web2": "east2", "db1": "east1", "db2": "east2",
           "mail": "west1", "files": "west2"}

    def __init__(self, keep, top_srcdir, top_builddir):
        self.keep = keep
        self.mib = mibs.load(top_srcdir)
        self.lab = labs.Lab(top_srcdir, top_builddir, self.mib, keep=keep,
                            directory=self.directory(top_builddir))
        self.pair = worlds.Pair(self.VMS, detect_ms=1000)
        self.began = 0

    @staticmethod
    def directory(top_builddir):
        """In build/, unless that path is too long for a Unix socket. Named after this
        process, so that what a killed demo left behind can be told and removed."""
        base = top_builddir if len(top_builddir) < 70 else tempfile.gettempdir()
        for name in os.listdir(base):
            old = re.fullmatch(r"demo-(\d+)-\w+", name)
            path = os.path.join(base, name)
            if (old and not os.path.exists(f"/proc/{old[1]}")
                    and not os.path.exists(os.path.join(path, "stop"))):
                shutil.rmtree(path, ignore_errors=True)
        return tempfile.mkdtemp(prefix=f"demo-{os.getpid()}-", dir=base)

    def start(self):
        lab = self.lab
        lab.start_snmptrapd(hexadecimal=False)
        lab.start_snmpd()
        lab.start_ecxsim(self.pair.world)
        vms = [self.pair.vm_settings(v) for v in self.VMS]
        for vm in vms:
            if vm["name"].startswith("db"):
                vm["availability-set"] = "database"
        clusters = [lab.cluster("east", **{"fault-domain": "room-a"}),
                    lab.cluster("west", **{"fault-domain": "room-b"})]
        lab.start_daemon(lab.settings(
            clusters, vms, **{
                "poll": {"interval": 1.0, "fast-interval": 0.25},
                "fault-domains": [{"name": "room-a"}, {"name": "room-b"}],
                "availability-sets": [{"name": "database", "spread": "node",
                                       "enforcement": "hard"}]}))
        lab.daemon.polled()
        clock.wait_for(lambda: all(r["csVmOperState"] == "running" for r in self.vms()),
                       "all VMs to be seen running", 15, seen=lambda: str(self.vms()))
        clock.wait_for(lambda: all(r["csDiskOperState"] == "owned"
                                   for r in self.rows("csDiskTable")),
                       "all disks to be owned", 15, seen=lambda: str(self.rows("csDiskTable")))

    # --- what SNMP says --------------------------------------------------------------
    def rows(self, name):
        found = self.lab.manager.table(name)
        return [found[index] for index in sorted(found)]

    def vms(self):
        return self.rows("csVmTable")

    # --- chapters ----------------------------------------------------------------------
    def introduction(self):
        say(paint("clusterset: many EXPRESSCLUSTER X clusters as one set, seen through SNMP", "1"))
        say()
        say("   ECX cluster east (east1, east2)  --REST-->  clustersetd  --AgentX-->  snmpd  <-- you")
        say("   ECX cluster west (west1, west2)  --REST-->                            snmptrapd")
        say()
        say("   Both clusters are simulated and can reach the same disks. snmpd and snmptrapd are")
        say(f"   real and private: 127.0.0.1, ports {self.lab.snmpd.port} and {self.lab.trapd.port}.")

    def placement(self):
        table([("VM", "csVmName"), ("state", "csVmOperState"), ("cluster", "csVmClusterName"),
               ("node", "csVmNodeName"), ("home", "csVmHomeClusterName"),
               ("availability set", "csVmAvailabilitySetName")], self.vms())

    def disks(self):
        table([("disk", "csDiskName"), ("state", "csDiskOperState"),
               ("owner", "csDiskOwnerClusterName"), ("node", "csDiskOwnerNodeName"),
               ("epoch", "csDiskEpoch"), ("of VM", "csDiskVmName")], self.rows("csDiskTable"))

    def stamp(self):
        return paint(f"{time.monotonic() - self.began:5.1f} s", "2")

    def failover(self):
        """Cuts the power of east1 and shows each change as SNMP shows it."""
        last = self.snapshot()
        self.began = time.monotonic()
        self.lab.sim.power_off("east", "east1")
        say(f"   {self.stamp()}  the power of east1 is cut")

        def settled():
            nonlocal last
            now = self.snapshot()
            for what, state in now.items():
                if last.get(what) != state:
                    words = re.sub(r"\w+", lambda m: paint(m[0], PAINT.get(m[0])), state)
                    say(f"   {self.stamp()}  {what:<11} {words}")
            last = now
            return (now["node east1"] == "offline" and
                    all(now[f"VM {v}"] == "running on east2" for v in ("web1", "db1")))
        clock.wait_for(settled, "the failover to be seen by SNMP", 25, every=0.1,
                       seen=lambda: str(last))

    def snapshot(self):
        found = {}
        for row in self.rows("csNodeTable"):
            found[f"node {row['csNodeName']}"] = row["csNodeOperState"]
        for row in self.vms():
            where = row.get("csVmNodeName")
            found[f"VM {row['csVmName']}"] = row["csVmOperState"] + (f" on {where}" if where else "")
        return found

    def traps(self):
        name = "csVmPlacementChange"
        self.lab.trapd.wait(name, 15, csVmName="web1")
        found = self.lab.trapd.traps()
        shown = next(t for t in found if t.name == name and t.values().get("csVmName") == "web1")
        for var in shown.vars:
            what = self.mib.name(var.oid).split(".")[0]
            if what.isdigit():
                what = {(1, 3, 6, 1, 2, 1, 1, 3, 0): "sysUpTime",
                        (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0): "snmpTrapOID"}.get(var.oid, "")
            printed = var.printed if len(var.printed) <= 74 else var.printed[:71] + "..."
            say(f"   {printed:<74} " + paint(what, "36"))
        say()
        since = [t for t in found if t.values().get("csNotifyText")]
        say("   All notifications since the power was cut, in words:")
        for trap in since[self.traps_before:]:
            values = trap.values()
            say(f"   {str(values.get('csNotifySequence')):>4} {trap.name:<20} "
                f"{str(values['csNotifyText'])[:WIDTH - 30]}")

    def story(self):
        self.introduction()
        chapter(1, "Where every VM runs (csVmTable, read with GETBULK)")
        self.placement()
        chapter(2, "Which cluster owns each disk (csDiskTable): no two may ever use one")
        self.disks()
        self.traps_before = len([t for t in self.lab.trapd.traps()
                                 if t.values().get("csNotifyText")])
        chapter(3, "A node dies; its cluster restarts the VMs, and SNMP shows it")
        self.failover()
        chapter(4, "The same as a notification: web1 has moved, printed by snmptrapd")
        self.traps()
        chapter(5, "Where every VM runs now")
        self.placement()
        say()

    # --- the end ----------------------------------------------------------------------
    def leave_running(self):
        root = "." + ".".join(map(str, self.mib.root))
        port, directory = self.lab.snmpd.port, self.lab.directory
        pids = " ".join(str(p.process.pid) for p in reversed(self.lab.parts))
        stop = os.path.join(directory, "stop")
        with open(stop, "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\n# ends this demo and removes its directory\n"
                    f"kill {pids} 2>/dev/null\n"
                    f"for pid in {pids}; do\n"
                    f"  while kill -0 $pid 2>/dev/null; do sleep 0.1; done\ndone\n"
                    f"rm -rf '{directory}'\n")
        names = f"-m +CLUSTER-SET-MIB -M +{os.path.join(self.lab.top_srcdir, 'mibs')}"
        v3 = f"-v3 -l authPriv -u {agents.V3_USER} -a SHA -A authpass12 -x AES -X privpass12"
        hold = ".".join(map(str, self.mib.oid("csVmHold.1")))
        print(f"""Everything is still running. Look around:
   snmpbulkwalk -v2c -c public 127.0.0.1:{port} {root}
   snmpbulkwalk -v2c -c public -Cr50 127.0.0.1:{port} {root}.1.5     # VMs only
With names, where the base MIB modules (SNMPv2-SMI ...) are installed:
   snmpbulkwalk -v2c -c public {names} 127.0.0.1:{port} clusterSetMIB
Write (SNMPv3 only), here csVmHold of the first VM:
   snmpset {v3} \\
      127.0.0.1:{port} {hold} i 1
Notifications as they come:
   tail -f {self.lab.trapd.file}
The simulated clusters' fault switches (see tests/ecxsim/README.md):
   http://127.0.0.1:{self.lab.sim.port}/
Logs and configuration: {directory}
Stop it:
   sh {stop}""", flush=True)


def main():
    parser = argparse.ArgumentParser(description="a cluster set seen through SNMP, live")
    parser.add_argument("--keep", action="store_true", help="leave everything running")
    options = parser.parse_args()
    top = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(HERE, "..", ".."))
    build = os.path.abspath(os.environ.get("top_builddir") or os.path.join(top, "build"))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    for name, variable in (("snmpd", "SNMPD"), ("snmptrapd", "SNMPTRAPD")):
        if not agents.find_program(name, variable):
            sys.exit(f"demo: {name} is not installed (./quickstart demo installs it)")
    demo = Demo(options.keep, top, build)
    kept = False
    try:
        demo.start()
        demo.story()
        if options.keep:
            demo.leave_running()
            kept = True
        return 0
    except AssertionError as error:
        print(f"\ndemo: it went wrong: {error}\n{demo.lab.logs(25)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if not kept:
            problems = demo.lab.close()
            demo.lab.remove()
            if problems and sys.exc_info()[0] is None:
                print("demo: " + "; ".join(problems), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
