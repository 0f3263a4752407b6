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
         "conflict": "31", "critical": "31", "succeeded": "32", "moving": "33", "released": "33",
         "inDoubt": "31", "dead": "31"}


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOUR and code else text


def say(text=""):
    print(text[:WIDTH] if "\033" not in text else text, flush=True)


def wrapped(first, text):
    """Words beside what begins the line, whole, on as many lines as they take."""
    for line in textwrap.wrap(text, WIDTH, initial_indent=first,
                              subsequent_indent=" " * len(first), break_on_hyphens=False):
        say(line)


def painted(text):
    """Every word in the colour of what it says."""
    return re.sub(r"[A-Za-z]+", lambda m: paint(m[0], PAINT.get(m[0])), text)


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


class Pair(worlds.Pair):
    """Slow enough to be watched."""

    def _group(self, vm, servers):
        at = self.vms[vm]
        return worlds.group(vm, at if at in servers else "", start_ms=1500, stop_ms=1000)


class Demo:
    VMS = {"web1": "east1", "web2": "east2", "db1": "east1", "db2": "east2",
           "mail": "west1", "files": "west2"}

    def __init__(self, keep, top_srcdir, top_builddir):
        self.keep = keep
        self.mib = mibs.load(top_srcdir)
        self.lab = labs.Lab(top_srcdir, top_builddir, self.mib, keep=keep,
                            directory=self.directory(top_builddir))
        self.pair = Pair(self.VMS, detect_ms=1000)
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
                "moves": {"verify-time": 1.0},
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

    def index(self, table, **match):
        return self.lab.manager.row(table, **match)[0]

    def stamp(self):
        return paint(f"{time.monotonic() - self.began:5.1f} s", "2")

    def tell(self, text):
        """A line of a chapter that happens in time."""
        say(f"   {self.stamp()}  {painted(text)}")

    def failover(self):
        """Cuts the power of east1 and shows each change as SNMP shows it."""
        last = self.snapshot()
        self.began = time.monotonic()
        self.lab.sim.power_off("east", "east1")
        self.tell("the power of east1 is cut")

        def settled(node, *running):
            nonlocal last
            now = self.snapshot()
            for what, state in now.items():
                if last.get(what) != state:
                    self.tell(f"{what:<11} {state}")
            last = now
            return (now["node east1"] == node and
                    all(now[f"VM {v}"] == "running on east2" for v in running))
        clock.wait_for(lambda: settled("offline", "web1", "db1"),
                       "the failover to be seen by SNMP", 25, every=0.1, seen=lambda: str(last))
        self.lab.sim.power_on("east", "east1")
        self.tell("the power of east1 is back")
        clock.wait_for(lambda: settled("online"), "east1 to be seen by SNMP", 25, every=0.1,
                       seen=lambda: str(last))

        def violated():
            row = next(r for r in self.rows("csAvailSetTable")
                       if r["csAvailSetName"] == "database")
            return row["csAvailSetViolationText"] if row["csAvailSetViolations"] else None
        self.tell("csAvailSetTable: " + clock.wait_for(violated, "the broken availability set", 10))

    def snapshot(self):
        found = {}
        for row in self.rows("csNodeTable"):
            found[f"node {row['csNodeName']}"] = row["csNodeOperState"]
        for row in self.vms():
            where = row.get("csVmNodeName")
            found[f"VM {row['csVmName']}"] = row["csVmOperState"] + (f" on {where}" if where else "")
        return found

    # --- a move ------------------------------------------------------------------------
    def order(self, vm, cluster):
        """The SET, printed as it may be typed and run as it is printed."""
        oid = self.mib.oid(f"csVmTargetCluster.{self.index('csVmTable', csVmName=vm)[0]}")
        number = self.index("csClusterTable", csClusterName=cluster)[0]
        typed = ["snmpset", *self.lab.operator.credentials(),
                 f"127.0.0.1:{self.lab.snmpd.port}", "." + ".".join(map(str, oid)), "u",
                 str(number)]
        middle = typed.index("-X") + 2
        say(f"   csVmTargetCluster of {vm} := csClusterIndex of {cluster}")
        say(paint(f"   $ {' '.join(typed[:middle])} \\", "36"))
        say(paint(f"        {' '.join(typed[middle:])}", "36"))
        self.began = time.monotonic()
        return subprocess.run(typed, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, env=self.lab.operator.environment())

    def ordered(self, vm, cluster):
        done = self.order(vm, cluster)
        assert done.returncode == 0, done.stderr
        self.tell(f"answered: {done.stdout.strip().partition(' = ')[2]}")

    def refused(self, vm, cluster):
        """A SET that is not possible, and why."""
        done = self.order(vm, cluster)
        assert done.returncode != 0, done.stdout
        reason = next(x for x in done.stderr.splitlines() if x.startswith("Reason"))
        self.tell(reason.partition(" (")[0])
        wrapped("   csRefusalText: ", self.rows("csRefusalTable")[-1]["csRefusalText"])

    def watch(self, vm):
        """Shows each change of the move in csMoveTable, and with it the VM and its disk;
        gives them on. Ends when the move has."""
        table = self.lab.manager.table("csMoveTable")
        row = max(i for i, r in table.items() if r["csMoveVmName"] == vm)
        move = ".".join(map(str, row))
        at = self.index("csVmTable", csVmName=vm)[0]
        disk = self.index("csDiskTable", csDiskVmName=vm)[0]
        names = [*(f"csMove{x}.{move}" for x in ("State", "Step", "Progress", "DowntimeMs",
                                                 "Error")),
                 f"csVmOperState.{at}", f"csVmNodeName.{at}", f"csDiskOperState.{disk}",
                 f"csDiskOwnerClusterName.{disk}", f"csDiskEpoch.{disk}"]
        event = self.lab.manager.value("csEventNewest.0") + 1
        heads = ("csMoveState", "csMoveStep", "", f"VM {vm} (csVmTable)",
                 f"disk lun-{vm} (csDiskTable)")
        say("   " + " " * 9 + paint(self.COLUMNS.format(*heads).rstrip(), "4"))
        shown = None
        while True:
            (state, step, part, down, error, oper, node, disk_state, owner, epoch, kind,
             text) = (self.lab.manager.decode(v) for v in self.lab.manager.get(
                 *names, f"csEventType.{event}", f"csEventText.{event}"))
            if kind is not None:
                event += 1
                if kind == "diskOwnerChange":
                    self.tell(text)  # as brief as it may be, each step of it is an event
                continue
            if state is None:
                now = ("nobody answers for csMoveTable",)
            else:
                now = (state, step, f"{part} %", oper + (f" on {node}" if node else ""),
                       f"{disk_state}" + (f" by {owner}" if owner else "") + f", epoch {epoch}")
            if now != shown:
                shown = now
                self.tell(self.COLUMNS.format(*now).rstrip() if state else now[0])
            yield step
            if state in ("succeeded", "cancelled", "rolledBack", "failed", "inDoubt"):
                assert state == "succeeded", f"the move of {vm}: {state}, {error}"
                self.tell(f"{vm} was down for {down} ms (csMoveDowntimeMs)")
                return
            assert time.monotonic() - self.began < clock.scaled(60), "the move does not end"
            time.sleep(0.05)

    COLUMNS = "{:<11}  {:<10}  {:>5}  {:<22}  {}"

    def move(self, vm, cluster):
        self.traps_before = len(self.worded())
        self.ordered(vm, cluster)
        say("   stop: ECX stops it in east; release: proof that it has; start: ECX starts it in west;")
        say("   verify: it stays Online.")
        for _ in self.watch(vm):
            pass

    def killed_move(self, vm, cluster):
        """Kills clustersetd when the stop is out, and starts it again when ECX is done."""
        self.traps_before = len(self.worded())
        self.ordered(vm, cluster)
        daemon, killed = self.lab.daemon, False
        for step in self.watch(vm):
            if step == "stop" and not killed:
                killed = True
                self.lab.sim.wait(cluster="east", method="POST", pattern="groups/{}/stop",
                                  count=2)
                pid = daemon.pid
                daemon.kill()
                self.tell(f"kill -9 {pid}: clustersetd is dead, the stop is on its way")
                self.lab.sim.wait(cluster="east", group=vm, status="Offline")
                self.tell(f"meanwhile ECX has stopped {vm} in east; nobody looks, nobody starts it")
            elif step is None and killed and not daemon.process.running():
                daemon.start()
                self.tell("clustersetd is started again: it reads its journal, then the clusters")
        oracle = self.lab.sim.oracle()
        both = oracle["dual_by_command"] + oracle["dual_foreign"]
        say(f"   The simulator knows what is active where: {both} times was a VM or disk active in "
            "two clusters.")

    # --- notifications -------------------------------------------------------------------
    def worded(self):
        return [t for t in self.lab.trapd.traps() if t.values().get("csNotifyText")]

    def traps(self, vm, whole="csMoveEnded"):
        """All notifications since the SET, in words, then one as snmptrapd printed it."""
        self.lab.trapd.wait(whole, 15, csMoveVmName=vm)
        since = self.worded()[self.traps_before:]
        for trap in since:
            values = trap.values()
            wrapped(f"   {str(values.get('csNotifySequence')):>4} {trap.name:<20} ",
                    str(values["csNotifyText"]))
        say()
        say(f"   {whole} whole, as snmptrapd printed it:")
        shown = next(t for t in since if t.name == whole)
        for var in shown.vars:
            what = self.mib.name(var.oid).split(".")[0]
            if what.isdigit():
                what = {(1, 3, 6, 1, 2, 1, 1, 3, 0): "sysUpTime",
                        (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0): "snmpTrapOID"}.get(var.oid, "")
            wrapped(f"   {what:<23} ", var.printed.partition(" = ")[2] or var.printed)

    def story(self):
        self.introduction()
        chapter(1, "Where every VM runs (csVmTable, read with GETBULK)")
        self.placement()
        chapter(2, "Which cluster owns each disk (csDiskTable): no two may ever use one")
        self.disks()
        chapter(3, "A node dies; its cluster restarts the VMs, and now both databases share a node")
        self.failover()
        chapter(4, "So db1 shall move to the other cluster: one SET, then watch it by SNMP")
        self.move("db1", "west")
        chapter(5, "What snmptrapd received meanwhile")
        self.traps("db1")
        chapter(6, "What might break a rule is refused: back to east, where db2 is")
        self.refused("db1", "east")
        chapter(7, "Another move, and clustersetd is killed in the middle of it")
        self.killed_move("web1", "west")
        chapter(8, "Where every VM runs now, and who owns its disk")
        self.placement()
        say()
        self.disks()
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
        target = "." + ".".join(map(str, self.mib.oid(f"csVmTargetCluster.{index}")))
        east = self.index("csClusterTable", csClusterName="east")[0]
        print(f"""Everything is still running. Look around:
   snmpbulkwalk -v2c -c public 127.0.0.1:{port} {root}
   snmpbulkwalk -v2c -c public -Cr50 127.0.0.1:{port} {root}.1.5     # VMs only
{self.names()}
Write (this snmpd lets only SNMPv3 do it): put VM web1 on hold, and (i 2) take it off again:
   snmpset {v3} \\
      127.0.0.1:{port} {hold} i 1
   snmpset {v3} \\
      127.0.0.1:{port} {hold} i 2
Move web1 back to east:
   snmpset {v3} \\
      127.0.0.1:{port} {target} u {east}
Cut the power of west2, and other faults as tests/ecxsim/README.md has them:
   curl -d '{{"what":"server-power-off","cluster":"west","server":"west2"}}' \\
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
