# SPDX-License-Identifier: Apache-2.0
"""The world of a chaos run: pairs of clusters that reach the same disks, their VMs, and
what clustersetd is told about them.

Times are short and keep their order: the command-horizon is longer than every delay that
is injected, the evidence-age longer than a round, the settle time longer than two.
"""
import random

from harness import clock, labs

# seconds; what faults.py may use up together for one command of ours
LATE_EFFECT, LATE_ANSWER = 2.0, 1.5
POLL = {"interval": 0.4, "fast-interval": 0.15, "connect-timeout": 0.8, "read-timeout": 0.8,
        "command-timeout": 1.2, "backoff-max": 0.8, "backoff-denied": 1.5, "freshness": 3.0}
EVIDENCE = {"command-horizon": 8.0, "offline-settle": 0.5, "evidence-age": 1.5}
MOVES = {"stop-timeout": 12.0, "start-timeout": 12.0, "release-timeout": 12.0,
         "verify-time": 0.5, "retry-delay": 0.4, "tries": 3, "repeat-window": 2.0,
         "history": 100000, "used-memory": 3600, "limit-set": 40, "limit-cluster": 12,
         "limit-node": 8, "queue": 500, "force": True}


class Vm:
    """One VM and where it may run."""

    def __init__(self, name, sites, stateless, first, guarded, rogue):
        self.name, self.sites, self.stateless = name, sites, stateless
        self.first = first  # (cluster, server) at the beginning
        self.guarded = guarded  # a custom monitor revives it; clustersetd knows of it
        self.rogue = rogue  # one that nobody told clustersetd of
        self.index = 0  # csVmIndex

    def other(self, cluster):
        return self.sites[1 - self.sites.index(cluster)]

    def monitor(self):
        return f"genw-{self.name}"


class World:
    """`pairs` pairs with `vms` VMs each; how clustersetd reacts to others is the seed's."""

    def __init__(self, seed, pairs=4, vms=7):
        self.clusters, self.vms = {}, []
        rng = random.Random(f"world {seed}")
        self.reactions = {"conflict": rng.choice(["none", "stop-newcomer"]),
                          "outside-stop": rng.choice(["respect", "restart"])}
        for p in range(pairs):
            sides = []
            for side in "ab":
                servers = 3 if p == 0 and side == "a" else 2
                name = f"{side}{p}"
                self.clusters[name] = [f"{name}s{n + 1}" for n in range(servers)]
                sides.append(name)
            for v in range(vms):
                at = sides[v % 2]
                self.vms.append(Vm(
                    f"vm{p}{v}", list(sides), stateless=v % 4 == 3,
                    first=(at, self.clusters[at][v // 2 % 2]), guarded=v == 0, rogue=v == 1))
        self.by_name = {vm.name: vm for vm in self.vms}

    # --- ecxsim --------------------------------------------------------------------
    @staticmethod
    def autostart(vm, cluster):
        """Two of four groups start by themselves when one of their clusters boots."""
        number = int(vm.name[-1]) % 4
        return number in (1, 2) and cluster == vm.sites[number - 1]

    def _group(self, vm, cluster):
        resources = []
        if not vm.stateless:
            resources.append({"name": f"sd-{vm.name}", "type": "sd", "lun": f"lun-{vm.name}",
                              "start_ms": 30, "stop_ms": 30})
        resources.append({"name": f"run-{vm.name}", "type": "vm", "vm": True, "start_ms": 120,
                          "stop_ms": 80, "depends": [r["name"] for r in resources]})
        return {"name": f"g-{vm.name}", "vm": vm.name, "autostart": self.autostart(vm, cluster),
                "initial": vm.first[1] if vm.first[0] == cluster else "",
                "failover": int(vm.name[-1]) != 5, "resources": resources}

    def _monitors(self, cluster):
        monitors = [{"name": "userw", "type": "userw"}]
        for vm in self.vms:
            if cluster in vm.sites and (vm.guarded or vm.rogue):
                monitors.append({"name": vm.monitor(), "type": "genw", "group": f"g-{vm.name}",
                                 "interval_ms": 200, "revive_ms": 250})
        return monitors

    # what ECX might as well do (the lines of ecxsim/README.md on which the contract is silent)
    WAYS = [{}, {"error_style": "envelope", "idempotent": True}, {"daemon_down": "error"},
            {"suspend_refuses": False, "current_pending": "none"}]

    def simulated(self):
        clusters = []
        for name, servers in self.clusters.items():
            pair = int(name[1:])
            clusters.append({
                "name": name, "servers": [{"name": s} for s in servers],
                "accounts": [{"user": labs.USER, "password": labs.PASSWORD,
                              "rights": "operation"}],
                "groups": [self._group(vm, name) for vm in self.vms if name in vm.sites],
                "monitors": self._monitors(name), "detect_ms": 300, "boot_ms": 500,
                "shutdown_ms": 200, "join_ms": 150, "sync_ms": 400, "api_restart_ms": 700,
                "failover_stopping": name[0] == "a", **self.WAYS[pair % len(self.WAYS)]})
        return {"clusters": clusters}

    def monitors_at_first(self):
        """(cluster, monitor) of those that are suspended before anything begins."""
        for vm in self.vms:
            for cluster in vm.sites:
                if vm.rogue or (vm.guarded and vm.first[0] != cluster):
                    yield cluster, vm.monitor()

    # --- clustersetd ------------------------------------------------------------------
    def _site(self, vm, cluster):
        site = {"cluster": cluster, "group": f"g-{vm.name}",
                "auto-start": "auto" if self.autostart(vm, cluster) else "manual"}
        if vm.guarded:
            site["monitors"] = [vm.monitor()]
        return site

    def _vm(self, vm):
        home = vm.first[0]
        sites = [home, vm.other(home)]
        entry = {"name": vm.name, "kind": "stateless" if vm.stateless else "shared-disk",
                 "home": home, "accept-autostart": True,
                 "sites": [self._site(vm, c) for c in sites]}
        if not vm.stateless:
            entry["disks"] = [{"name": f"lun-{vm.name}", "kind": "shared", "sites": [
                {"cluster": c, "resource": f"sd-{vm.name}"} for c in sites]}]
        return entry

    def settings(self, lab):
        def scale(section):
            return {k: clock.scaled(v) if isinstance(v, float) else v
                    for k, v in section.items()}
        return lab.settings(
            [lab.cluster(c) for c in self.clusters], [self._vm(v) for v in self.vms],
            poll=scale(POLL), evidence=scale(EVIDENCE),
            moves={**scale(MOVES), **self.reactions},
            history={"events": 200000})
