#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo: a cluster set from the command line, live, told as a short story.

`./quickstart demo` builds everything and runs this. Two simulated ECX clusters that
share disks, a private snmpd and snmptrapd, and clustersetd as its subagent, all on free
loopback ports. What is shown is what clusterset prints, or what snmptrapd received; the
simulator is only told to lose a node. Ends by itself; nothing is left running unless
--keep.
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


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOUR and code else text


def say(text=""):
    print(text[:WIDTH] if "\033" not in text else text, flush=True)


def wrapped(first, text):
    """Words beside what begins the line, whole, on as many lines as they take."""
    for line in textwrap.wrap(text, WIDTH, initial_indent=first,
                              subsequent_indent=" " * len(first), break_on_hyphens=False):
        say(line)


def chapter(number, text):
    say()
    say(paint(f"{number}. {text}", "1"))
    say()


class Pair(worlds.Pair):
    """Slow enough to be watched."""

    def _group(self, vm, servers):
        at = self.vms[vm]
        return worlds.group(vm, at if at in servers else "", start_ms=1500, stop_ms=1000,
                            vm_cpu=60, vm_memory=4096)


class Demo:
    VMS = {"web1": "east1", "web2": "east2", "db1": "east1", "db2": "east2",
           "mail": "west1", "files": "west2"}
    UNPAIRED = ()  # groups that the configuration makes no VM of

    def __init__(self, keep, top_srcdir, top_builddir):
        self.keep = keep
        self.mib = mibs.load(top_srcdir)
        self.lab = labs.Lab(top_srcdir, top_builddir, self.mib, keep=keep,
                            directory=self.directory(top_builddir))
        self.pair = Pair(self.VMS, detect_ms=1000)
        self.certificates = os.path.join(self.lab.directory, "certificates")
        os.mkdir(self.certificates)
        self.pair.world["tls_dir"] = self.certificates
        for cluster in self.pair.world["clusters"]:
            for server in cluster["servers"]:
                server.update(scheme="https", cpus=8, cpu=30, memory_total=32768, memory=2048)
        self.following = []

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
        vms = [self.pair.vm_settings(v) for v in self.VMS if v not in self.UNPAIRED]
        for vm in vms:
            for site in vm["sites"]:
                site["auto-start"] = "manual"
            vm["vcpus"] = 4
            if vm["name"].startswith("db"):
                vm["availability-set"] = "database"
        authority = os.path.join(self.certificates, "ca.pem")
        control = f"127.0.0.1:{lab.sim.port}"
        fence = {"program": os.path.join(HERE, "fence.py"), "arguments": [control],
                 "automatic": True}
        clusters = [lab.cluster(name, **{"fault-domain": room, "ca-file": authority,
                                         "fence": fence})
                    for name, room in (("east", "room-a"), ("west", "room-b"))]
        settings = lab.settings(
            clusters, vms, **{
                "poll": {"interval": 1.0, "fast-interval": 0.25},
                "moves": {"verify-time": 1.0, "force": True},
                "load": {"half-life": 0.5, "freshness": 20, "hook": {
                    "program": os.path.join(HERE, "..", "day", "metrics.py"),
                    "arguments": [control, *self.UNPAIRED], "interval": 0.5, "timeout": 10}},
                "policies": {"interval": 0.5, "rounds": 2, "set-cool-down": 0, "cool-down": 20,
                             "recover-grace": 3, "plan-life": 60},
                "fault-domains": [{"name": "room-a"}, {"name": "room-b"}],
                "availability-sets": [{"name": "database", "spread": "node",
                                       "enforcement": "hard"}]})
        settings["set"].update(name="demo", description="two simulated clusters")
        lab.start_daemon(settings)
        lab.daemon.polled()
        self.settings()
        clock.wait_for(lambda: all(r["csVmOperState"] == "running" for r in self.vms()),
                       "all VMs to be seen running", 15, seen=lambda: str(self.vms()))
        clock.wait_for(lambda: all(r["csDiskOperState"] == "owned"
                                   for r in self.rows("csDiskTable")),
                       "all disks to be owned", 15, seen=lambda: str(self.rows("csDiskTable")))

    # --- what SNMP says ----------------------------------------------------------------
    def rows(self, name):
        found = self.lab.manager.table(name)
        return [found[index] for index in sorted(found)]

    def vms(self):
        return self.rows("csVmTable")

    # --- clusterset ----------------------------------------------------------------------
    def settings(self):
        """What a person has in ~/.snmp/snmp.conf: the SNMPv3 user, so that a command needs
        no options; and what a shell needs to find all that."""
        conf = os.path.join(self.lab.directory, "snmp-conf")
        os.makedirs(conf, exist_ok=True)
        path = os.path.join(conf, "snmp.conf")
        with open(path, "w", encoding="ascii",
                  opener=lambda p, flags: os.open(p, flags, 0o600)) as f:
            f.write(f"""defVersion 3
defSecurityLevel authPriv
defSecurityName {agents.V3_USER}
defAuthType SHA
defAuthPassphrase authpass12
defPrivType AES
defPrivPassphrase privpass12
""")
        self.variables = {
            "SNMPCONFPATH": conf,
            "CLUSTERSET_AGENT": f"127.0.0.1:{self.lab.snmpd.port}"}
        self.env = os.path.join(self.lab.directory, "env")
        with open(self.env, "w", encoding="ascii") as f:
            f.write("# . this in a shell, and clusterset talks to the demo\n")
            for name, value in self.variables.items():
                f.write(f"export {name}='{value}'\n")
            f.write(f"PATH='{self.lab.top_builddir}':$PATH\n")

    def begin(self, words, shown=True):
        """Starts clusterset, on what the demo itself prints on."""
        if shown:
            say(paint(f"$ clusterset {words}", "36"))
        return subprocess.Popen(
            [os.path.join(self.lab.top_builddir, "clusterset"), *words.split()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self.variables, "COLUMNS": str(WIDTH),
                 "LC_ALL": os.environ.get("LC_ALL") or "C.UTF-8"})

    def clusterset(self, words, codes=(0,), shown=True):
        code = self.begin(words, shown).wait(clock.scaled(60))
        assert code in codes, f"clusterset {words}: exit code {code}"
        return code

    # --- chapters --------------------------------------------------------------------------
    def introduction(self):
        say(paint("clusterset: many EXPRESSCLUSTER X clusters as one set", "1"))
        say()
        say("   ECX cluster east (east1, east2)  --REST-->  clustersetd  --AgentX-->  snmpd  <-- you")
        say("   ECX cluster west (west1, west2)  --REST-->                            snmptrapd")
        say()
        say("   Both clusters are simulated and can reach the same disks. snmpd and snmptrapd are")
        say(f"   real and private: 127.0.0.1, ports {self.lab.snmpd.port} and {self.lab.trapd.port}. "
            "clusterset asks snmpd, as any NMS can.")

    def failover(self):
        """Cuts the power of east1 while somebody watches the events."""
        follow = self.begin("event follow --last 0")
        self.following.append(follow)
        self.lab.sim.power_off("east", "east1")

        def settled(node, *running):
            states = {r["csNodeName"]: r["csNodeOperState"] for r in self.rows("csNodeTable")}
            on = {r["csVmName"]: r.get("csVmNodeName") for r in self.vms()
                  if r["csVmOperState"] == "running"}
            return states["east1"] == node and all(on.get(v) == "east2" for v in running)
        clock.wait_for(lambda: settled("offline", "web1", "db1"), "the failover to be seen", 25)
        self.lab.sim.power_on("east", "east1")
        clock.wait_for(lambda: settled("online"), "east1 to be seen", 25)
        clock.wait_for(lambda: any(r["csAvailSetViolations"]
                                   for r in self.rows("csAvailSetTable")),
                       "the broken availability set", 10)
        time.sleep(0.5)  # for the eye: the last lines
        self.stop_following(follow)

    def stop_following(self, follow):
        follow.terminate()
        follow.wait(clock.scaled(10))
        self.following.remove(follow)

    def killed_move(self, vm, cluster):
        """Kills clustersetd when the stop is out, and starts it again when ECX is done."""
        move = self.begin(f"vm move {vm} --to {cluster} --wait")
        self.following.append(move)
        daemon = self.lab.daemon
        self.lab.sim.wait(cluster="east", method="POST", pattern="groups/{}/stop", count=2)
        pid = daemon.pid
        daemon.kill()
        say(paint(f"   -- kill -9 {pid}: clustersetd is dead, the stop is on its way", "31"))
        self.lab.sim.wait(cluster="east", group=vm, status="Offline")
        say(paint(f"   -- meanwhile ECX has stopped {vm} in east; nobody looks, nobody starts it",
                  "31"))
        daemon.start()
        say(paint("   -- clustersetd is started again: it reads its journal, then the clusters",
                  "31"))
        code = move.wait(clock.scaled(60))
        self.following.remove(move)
        assert code == 0, f"the move of {vm}: exit code {code}"
        oracle = self.lab.sim.oracle()
        both = oracle["dual_by_command"] + oracle["dual_foreign"]
        say(f"   The simulator knows what is active where: {both} times was a VM or disk active in "
            "two clusters.")

    # --- what it may do by itself ------------------------------------------------------------
    def busy(self):
        """Makes the VMs of one node of west do most of the work of the set."""
        at = {r["csVmName"]: (r["csVmClusterName"], r["csVmNodeName"]) for r in self.vms()}
        places = sorted({p for p in at.values()})
        crowded = max(places, key=lambda p: [sum(x == p for x in at.values()), p])
        for vm, place in at.items():
            cpu = 330 if place == crowded else 40
            for cluster in ("east", "west"):
                self.lab.sim.do("load", cluster=cluster, vm=vm, cpu=cpu)

    def plans(self, *states):
        """The numbers of the plans in these states."""
        found = self.lab.manager.table("csPlanTable")
        return [index[0] for index in sorted(found) if found[index]["csPlanState"] in states]

    def imbalance(self):
        return self.lab.manager.value("csPolicyImbalance.0") or 0

    def advice(self):
        """An imbalance, the advice, its approval, and what came of it."""
        say("   One node gets most of the work of the set.")
        self.busy()
        self.clusterset("policy set balance advise")
        clock.wait_for(lambda: self.plans("proposed"), "advice", 30,
                       seen=lambda: str(self.rows("csPolicyTable")))
        self.clusterset("tree")
        before = self.imbalance()
        say(f"   csPolicyImbalance: {before / 10:.0f} % (all on one node would be 100 %)")
        say()
        self.clusterset("plan list")
        say()
        self.clusterset(f"plan explain {self.plans('proposed')[0]}")
        say()
        self.clusterset(f"plan approve {' '.join(map(str, self.plans('proposed')))}")
        clock.wait_for(lambda: not self.plans("proposed", "approved", "moving")
                       and self.plans("done"), "the plan to be carried out", 60,
                       seen=lambda: str(self.rows("csPlanTable")))
        clock.wait_for(lambda: self.imbalance() < before, "the loads to show it", 20,
                       seen=lambda: str(self.imbalance()))
        self.clusterset("tree")
        say(f"   csPolicyImbalance: {before / 10:.0f} % before, {self.imbalance() / 10:.0f} % now")
        self.clusterset("policy set balance off")

    def recovery(self):
        """All of east dies; its fence proves that, and its VMs start in west."""
        lost = [r["csVmName"] for r in self.vms() if r["csVmClusterName"] == "east"]
        say("   east has a fence: a program that powers its servers off, and looks that they are.")
        say("   Now all of east loses its power. Nobody can see over the network that its VMs are")
        say("   stopped; the fence makes sure, and only then do they start in west:")
        say()
        self.clusterset("policy set recover automatic")
        follow = self.begin("event follow --last 0")
        self.following.append(follow)
        for server in ("east1", "east2"):
            self.lab.sim.power_off("east", server)

        def recovered():
            at = {r["csVmName"]: r.get("csVmClusterName") for r in self.vms()
                  if r["csVmOperState"] == "running"}
            return all(at.get(vm) == "west" for vm in lost)
        clock.wait_for(recovered, "the VMs of east in west", 60, seen=lambda: str(self.vms()))
        time.sleep(0.5)  # for the eye: the last lines
        self.stop_following(follow)
        say()
        self.clusterset("vm list")
        oracle = self.lab.sim.oracle()
        both = oracle["dual_by_command"] + oracle["dual_foreign"]
        say(f"   And still {both} times was a VM or disk active in two clusters.")
        self.clusterset("policy set recover off", shown=False)
        for server in ("east1", "east2"):
            self.lab.sim.power_on("east", server)
        clock.wait_for(lambda: all(r["csNodeOperState"] == "online"
                                   for r in self.rows("csNodeTable")), "east to be back", 25)
        say("   The power of east is back; what was recovered stays where it is.")

    # --- notifications -----------------------------------------------------------------------
    def worded(self):
        return [t for t in self.lab.trapd.traps() if t.values().get("csNotifyText")]

    def traps(self, vm, since, whole="csMoveEnded"):
        """All notifications since the order, in words, then one as snmptrapd printed it."""
        self.lab.trapd.wait(whole, 15, csMoveVmName=vm)
        received = self.worded()[since:]
        for trap in received:
            values = trap.values()
            wrapped(f"   {str(values.get('csNotifySequence')):>4} {trap.name:<20} ",
                    str(values["csNotifyText"]))
        say()
        say(f"   {whole} whole, as snmptrapd printed it:")
        shown = next(t for t in received if t.name == whole)
        for var in shown.vars:
            what = self.mib.name(var.oid).split(".")[0]
            if what.isdigit():
                what = {(1, 3, 6, 1, 2, 1, 1, 3, 0): "sysUpTime",
                        (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0): "snmpTrapOID"}.get(var.oid, "")
            wrapped(f"   {what:<23} ", var.printed.partition(" = ")[2] or var.printed)

    def story(self):
        self.introduction()
        chapter(1, "Is everything all right?")
        self.clusterset("status")
        chapter(2, "What runs where, and which cluster owns each disk: no two may ever use one")
        self.clusterset("tree --disks")
        chapter(3, "A node dies and comes back; its cluster restarts the VMs, as clusters do")
        self.failover()
        say()
        say("   Now both databases share a node, which they must not:")
        say()
        self.clusterset("status", codes=(1,))
        chapter(4, "So db1 shall move to the other cluster")
        before = len(self.worded())
        self.clusterset("vm move db1 --to west --wait")
        chapter(5, "What snmptrapd received meanwhile: every step of it is there for an NMS")
        self.traps("db1", before)
        chapter(6, "What might break a rule is refused: back to east, to the node where db2 is")
        code = self.clusterset("vm move db1 --to east/east2", codes=(4,))
        say(f"   exit code {code}")
        chapter(7, "Another move, and clustersetd is killed in the middle of it")
        self.killed_move("web1", "west")
        chapter(8, "Where everything is now, and what happened to web1")
        self.clusterset("tree")
        say()
        self.clusterset("event list --vm web1 --last 12")
        chapter(9, "VMs on one node get busy. Nothing moves by itself: it may give advice")
        self.advice()
        chapter(10, "The power of all of east fails, and clusterset may recover what ran there")
        self.recovery()
        say()

    # --- the end -------------------------------------------------------------------------
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
test "$(readlink '{self.link}')" != '{directory}' || rm -f '{self.link}'
rm -rf '{directory}'
""")
        return stop

    @property
    def link(self):
        return os.path.join(self.lab.top_builddir, "demo")

    def leave_running(self):
        root = "." + ".".join(map(str, self.mib.root))
        port, directory = self.lab.snmpd.port, self.lab.directory
        if os.path.islink(self.link) or not os.path.exists(self.link):
            if os.path.islink(self.link):
                os.unlink(self.link)
            os.symlink(directory, self.link)
        env = os.path.join(self.link, "env")
        if os.path.realpath(env) != os.path.realpath(self.env):
            env = self.env
        here = os.path.relpath(env)
        env = here if len(here) < len(env) and not here.startswith("..") else env
        print(f"""Everything is still running. In this shell, to begin with:
   . {env if "/" in env else "./" + env}
Then look around, put web1 on hold and off again, and move it back to east:
   clusterset status
   clusterset top
   clusterset vm show web1
   clusterset vm hold web1
   clusterset vm release web1
   clusterset vm move web1 --to east --wait
   clusterset policy set balance advise
   clusterset policy list
   clusterset plan list
   clusterset vm place --cpus 2 --memory 2048
   clusterset help
The same as any NMS sees it:
   snmpbulkwalk -v2c -c public 127.0.0.1:{port} {root}
   snmpbulkwalk -v2c -c public -Cr50 127.0.0.1:{port} {root}.1.5     # VMs only
Cut the power of west2, and other faults as tests/ecxsim/README.md has them:
   curl -d '{{"what":"server-power-off","cluster":"west","server":"west2"}}' \\
      http://127.0.0.1:{self.lab.sim.port}/do
Notifications as they come:
   tail -f {self.lab.trapd.file}
Logs and configuration: {directory}
Stop it:
   sh {self.stop_script()}""", flush=True)


def main():
    parser = argparse.ArgumentParser(description="a cluster set from the command line, live")
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
        for process in demo.following:
            process.kill()
            process.wait()
        if not kept:
            problems = demo.lab.close()
            demo.lab.remove()
            if problems and sys.exc_info()[0] is None:
                print("demo: " + "; ".join(problems), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
