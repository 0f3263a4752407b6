# SPDX-License-Identifier: Apache-2.0
"""Policies as a manager sees them: loads that ecxsim plays, csPolicy, csPlanTable and
csPlacementTable by names.

`Loaded` is a Field whose servers and VMs have sizes and loads; a metrics hook tells
clustersetd what ecxsim knows of them at that moment, so a move takes the load along.
`Policies` is one test's hand, as Moves is.
"""
import os
import stat

from . import mib as mibs
from .moving import Field, Moves

BALANCE, EVACUATE, RECOVER, SPREAD, HOME = range(1, 6)
OPEN = ("proposed", "approved", "moving")

HOOK = '''#!/usr/bin/python3
import json
import urllib.request

with urllib.request.urlopen("http://127.0.0.1:{port}/state", timeout=5) as f:
    state = json.load(f)
nodes, vms = [], []
for c in state["clusters"]:
    cpus = dict()
    for s in c["servers"]:
        cpus[s["name"]] = s["cpus"]
        if s["os"] == "up":
            nodes.append(dict([
                ("cluster", c["name"]), ("node", s["name"]), ("cpus", s["cpus"]),
                ("cpu", min(1, s["cpu_permille"] / 1000)),
                ("memory-used", s["memory_mib"]), ("memory-total", s["memory_total_mib"])]))
    for v in c["views"]:
        for g in v["groups"]:
            if g.get("vm") and g.get("current") and g["vm_memory_mib"] > 0:
                vms.append(dict([
                    ("vm", g["vm"]), ("memory", g["vm_memory_mib"]),
                    ("cpu", g["vm_cpu_permille"] / 1000 * cpus[g["current"]])]))
print(json.dumps(dict([("version", 1), ("nodes", nodes), ("vms", vms)])))
'''

# looks twice a second, and acts at once
QUICK = {"interval": 0.5, "look-time": 0.4, "rounds": 1, "cool-down": 0, "set-cool-down": 0,
         "max-moves-hour": 1000}


class Loaded(Field):
    """`loads`: VM -> per mille of a node's processors; 100 where not named."""

    def __init__(self, vms, loads=None, memory=2048, cpus=8, total=32768, **more):
        group = more.pop("group", {})
        for vm in vms:
            group[vm] = {"vm_cpu": (loads or {}).get(vm, 100), "vm_memory": memory,
                         **group.get(vm, {})}
        super().__init__(vms, group=group, **more)
        for cluster in self.world["clusters"]:
            for server in cluster["servers"]:
                server.update({"cpus": cpus, "cpu": 20, "memory_total": total, "memory": 1024,
                               **server})

    def settings(self, lab, **more):
        hook = os.path.join(lab.directory, "metrics-hook")
        with open(hook, "w", encoding="ascii") as f:
            f.write(HOOK.replace("{port}", str(lab.sim.port)))
        os.chmod(hook, stat.S_IRWXU)
        more.setdefault("load", {"half-life": 0, "freshness": 20,
                                 "hook": {"program": hook, "interval": 0.5, "timeout": 5}})
        more["policies"] = {**QUICK, **more.pop("policies", {})}
        return super().settings(lab, **more)


class Policies(Moves):
    def loaded(self, seconds=20):
        """Waits until the load of every node is known."""
        self.until("all loads to be known", lambda: all(
            "csNodeCpuLoad" in r for r in self.reader.table("csNodeTable").values()), seconds)

    def settled_but(self, *others, seconds=20):
        """Waits until every VM but these runs, and all loads are known."""
        self.until("all to be seen", lambda: all(
            r["csVmOperState"] == "running" for r in self.reader.table("csVmTable").values()
            if r["csVmName"] not in others), seconds)
        self.loaded(seconds)

    # --- policies ------------------------------------------------------------------
    def policy(self, name):
        return self.reader.row("csPolicyTable", csPolicyName=name)[1]

    def mode(self, name, mode):
        index = self.reader.row("csPolicyTable", csPolicyName=name)[0][0]
        self.writer.set((f"csPolicyMode.{index}", "i", mode))

    def setting(self, name):
        return self.reader.value(f"csPolicy{name}.0")

    def tune(self, name, value):
        letter = "s" if name == "Windows" else "i" if name == "MasterMode" else "u"
        self.writer.set((f"csPolicy{name}.0", letter, value))

    # --- plans ---------------------------------------------------------------------
    def plans(self, *states, vm=None, policy=None):
        """Rows of csPlanTable with their index, oldest first."""
        found = []
        for (index,), row in sorted(self.reader.table("csPlanTable").items()):
            row["index"] = index
            if ((not states or row["csPlanState"] in states)
                    and vm in (None, row["csPlanVmName"])
                    and policy in (None, row["csPlanPolicyName"])):
                found.append(row)
        return found

    def plan(self, index):
        return next(p for p in self.plans() if p["index"] == index)

    def reasons(self, index):
        return [r for key, r in sorted(self.reader.table("csPlanReasonTable").items())
                if key[0] == index]

    def decide(self, index, decision="approve"):
        self.writer.set((f"csPlanApprove.{index}", "i", decision))

    def proposed(self, seconds=20, **which):
        """Waits for plans that are proposed."""
        return self.until("a plan to be proposed",
                          lambda: self.plans("proposed", **which), seconds)

    def becomes(self, index, *states, seconds=40):
        """Waits until that plan has become so; what else has ended is an error."""
        def there():
            row = self.plan(index)
            assert row["csPlanState"] in (*OPEN, *states), f"{row}\n{self.seen()}"
            return row if row["csPlanState"] in states else None
        return self.until(f"plan {index} to be {' or '.join(states)}", there, seconds)

    def seen(self):
        text = [f"  plan {p}" for p in self.plans()]
        text += [f"  policy {p}" for p in self.reader.table("csPolicyTable").values()]
        return "\n".join(text) + "\n" + super().seen()

    # --- placement -----------------------------------------------------------------
    def question(self, index, owner="ops", **columns):
        """Varbinds of createAndGo; columns by their names without csPlacement."""
        key = ".".join(map(str, (*mibs.Mib.name_index(owner), index)))
        return [*((f"csPlacement{c}.{key}", "u", n) for c, n in columns.items()),
                (f"csPlacementRowStatus.{key}", "i", "createAndGo")]

    def placement(self, index, owner="ops"):
        return self.reader.table("csPlacementTable").get(
            (*mibs.Mib.name_index(owner), index))

    def ask(self, index, owner="ops", seconds=20, **columns):
        """The answered row, and its results by rank."""
        self.writer.set(*self.question(index, owner, **columns))

        def answered():
            row = self.placement(index, owner)
            return row if row["csPlacementState"] != "computing" else None
        row = self.until("an answer", answered, seconds)
        key = (*mibs.Mib.name_index(owner), index)
        return row, [r for k, r in sorted(self.reader.table("csPlacementResultTable").items())
                     if k[:-1] == key]


def begin(whole, field, daemon=None, **settings):
    """The lab of the fixture `whole` with this field: adopted, and its loads known, unless
    `load` is None: then nothing tells them."""
    m = Policies(whole(field, daemon=daemon, **settings))
    m.settled()
    if "load" not in settings:
        m.loaded()
    return m
