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
import subprocess
import sys
import tempfile
import textwrap
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


def wrapped(first, text):
    """Words beside what begins the line, whole, on as many lines as they take."""
    say(textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first),
                      break_on_hyphens=False))


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
        lab.start_snmpd(write_community=False)
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
            wrapped(f"   {what:<23} ", var.printed.partition(" = ")[2] or var.printed)
        say()
        since = [t for t in found if t.values().get("csNotifyText")]
        say("   All notifications since the power was cut, in words:")
        for trap in since[self.traps_before:]:
            values = trap.values()
            wrapped(f"   {str(values.get('csNotifySequence')):>4} {trap.name:<20} ",
                    str(values["csNotifyText"]))

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
    def stop_script(self):
        """Ends what this demo started, if the processes still are what they were."""
        directory = self.lab.directory
        parts = []
        for part in reversed(self.lab.parts):
            pid = part.process.pid
            with open(f"/proc/{pid}/comm", encoding="ascii") as f:
                parts.append(f"{pid}:{f.read().strip()}")
        stop = os.path.join(directory, "stop")
        with open(stop, "w", encoding="ascii") as f:
            f.write(f"""#!/bin/sh
# ends this demo and removes its directory
pids=
for part in {" ".join(parts)}; do
  # after a reboot the number may be somebody else's
  test "$(cat /proc/${{part%%:*}}/comm 2>/dev/null)" = "${{part#*:}}" && pids="$pids ${{part%%:*}}"
done
test -z "$pids" || kill $pids
for pid in $pids; do
  while kill -0 $pid 2>/dev/null; do sleep 0.1; done
done
rm -rf '{directory}'
""")
        return stop

    def names(self):
        """How to walk with names, if the MIB compiler finds what the MIB imports."""
        options = f"-M +{os.path.join(self.lab.top_srcdir, 'mibs')} -m CLUSTER-SET-MIB"
        try:
            done = subprocess.run(["snmptranslate", *options.split(), "-On",
                                   "CLUSTER-SET-MIB::csSetName"], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, check=False)
        except OSError:
            return "Names instead of numbers: needs snmptranslate (Debian: snmp)"
        if done.returncode != 0 or "SNMPv2-SMI" in done.stderr:
            return ("Names instead of numbers: not here; SNMPv2-SMI and the other base modules "
                    "are missing\n   (Debian: snmp-mibs-downloader, in non-free)")
        return f"""With names:
   snmpbulkwalk -v2c -c public {options} \\
      127.0.0.1:{self.lab.snmpd.port} clusterSetMIB"""

    def leave_running(self):
        root = "." + ".".join(map(str, self.mib.root))
        port, directory = self.lab.snmpd.port, self.lab.directory
        v3 = f"-v3 -l authPriv -u {agents.V3_USER} -a SHA -A authpass12 -x AES -X privpass12"
        index = next(i[0] for i, row in self.lab.manager.table("csVmTable").items()
                     if row["csVmName"] == "web1")
        hold = "." + ".".join(map(str, self.mib.oid(f"csVmHold.{index}")))
        print(f"""Everything is still running. Look around:
   snmpbulkwalk -v2c -c public 127.0.0.1:{port} {root}
   snmpbulkwalk -v2c -c public -Cr50 127.0.0.1:{port} {root}.1.5     # VMs only
{self.names()}
Write (this snmpd lets only SNMPv3 do it): put VM web1 on hold, and (i 2) take it off again:
   snmpset {v3} \\
      127.0.0.1:{port} {hold} i 1
   snmpset {v3} \\
      127.0.0.1:{port} {hold} i 2
Give east1 its power back, and other faults as tests/ecxsim/README.md has them:
   curl -d '{{"what":"server-power-on","cluster":"east","server":"east1"}}' \\
      http://127.0.0.1:{self.lab.sim.port}/do
Notifications as they come:
   tail -f {self.lab.trapd.file}
Logs and configuration: {directory}
Stop it:
   sh {self.stop_script()}""", flush=True)


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
