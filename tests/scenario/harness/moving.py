# SPDX-License-Identifier: Apache-2.0
"""Moves as a manager sees and asks for them, by names instead of indexes.

`Field` is a world of any clusters that reach the same disks; `Moves` is one test's hand:
SETs and what became of them (csMoveTable, csRefusalTable, csDiskTable, alarms, events,
notifications), beside the requests and activations that ecxsim saw.
"""
import contextlib
import os
import shutil
import types
import urllib.parse

import pytest

from . import agents, clock, labs, mib as mibs, snmp, worlds

ENDED = ("succeeded", "cancelled", "rolledBack", "failed")
STANDS = (*ENDED, "inDoubt")
CLUSTERS = {"east": ("east1", "east2"), "west": ("west1", "west2")}
THREE = {**CLUSTERS, "north": ("north1", "north2")}


class Field:
    """`vms` maps a VM to the server it runs on at first (None: stopped everywhere).

    quiet: each group has a monitor genw-VM that its site names, beside genw-VM-more that
    it does not. stateless: VMs without a disk. sites: clusters in which a VM has a site,
    where that is not all. `group`, `vm`, `site` and `cluster` add to the entry of that name
    ((vm, cluster) for a site): `group` in the world, the others in clustersetd's
    configuration.
    """

    def __init__(self, vms, clusters=None, quiet=False, group=None, vm=None, site=None,
                 cluster=None, stateless=(), sites=None, **more):
        self.vms, self.clusters, self.quiet = vms, clusters or CLUSTERS, quiet
        self.stateless, self.sites = stateless, sites or {}
        self.more = {"group": group or {}, "vm": vm or {}, "site": site or {},
                     "cluster": cluster or {}}
        self.world = {"jitter": 0, "clusters": [
            worlds.cluster(c, servers, [self._group(v, servers) for v in vms],
                           monitors=[x for v in vms for x in self._monitors(v)], **more)
            for c, servers in self.clusters.items()]}

    def _group(self, vm, servers):
        return worlds.group(vm, self.vms[vm] if self.vms[vm] in servers else "",
                            lun=vm not in self.stateless, **self.more["group"].get(vm, {}))

    def _monitors(self, vm):
        return [{"name": f"genw-{vm}{x}", "type": "genw", "group": vm, "interval_ms": 100}
                for x in ("", "-more")] if self.quiet else []

    def home(self, vm):
        return next((c for c, servers in self.clusters.items() if self.vms[vm] in servers),
                    next(iter(self.clusters)))

    def vm_settings(self, vm):
        sites = sorted(self.sites.get(vm, self.clusters), key=lambda c: c != self.home(vm))
        disks = [{"name": f"lun-{vm}", "kind": "shared",
                  "sites": [{"cluster": c, "resource": f"sd-{vm}"} for c in sites]}]
        return {"name": vm, "kind": "stateless" if vm in self.stateless else "shared-disk",
                "disks": None if vm in self.stateless else disks, "home": self.home(vm),
                "sites": [{"cluster": c, "group": vm, "auto-start": "manual",
                           **({"monitors": [f"genw-{vm}"]} if self.quiet else {}),
                           **self.more["site"].get((vm, c), {})} for c in sites],
                **self.more["vm"].get(vm, {})}

    def settings(self, lab, **more):
        return lab.settings([lab.cluster(c, **self.more["cluster"].get(c, {}))
                             for c in self.clusters],
                            [self.vm_settings(v) for v in self.vms], **more)


@contextlib.contextmanager
def shared_lab(top_srcdir, top_builddir, field, **settings):
    """A lab for all tests of a file, as the fixture `whole` is for one: its Moves."""
    for program in ("clustersetd", "tests/ecxsim/ecxsim"):
        if not os.path.exists(os.path.join(top_builddir, program)):
            pytest.skip(f"{program} is not built")
    for program in ("snmpd", "snmptrapd"):
        if not agents.find_program(program, program.upper()):
            pytest.skip(f"{program} is not installed")
    lab = labs.Lab(top_srcdir, top_builddir, mibs.load(top_srcdir))
    try:
        lab.pair = field
        lab.start_snmptrapd()
        lab.start_snmpd()
        lab.start_ecxsim(field.world)
        lab.start_daemon(field.settings(lab, **settings)).polled()
        m = Moves(lab)
        m.settled()
        yield m
        assert lab.sim.oracle()["dual_by_command"] == 0
    finally:
        problems = lab.close()
        if problems:
            print(lab.last_logs)
        shutil.rmtree(lab.directory, ignore_errors=True)
    assert not problems, "left behind: " + "; ".join(problems)


def begin(whole, field, daemon=None, **settings):
    """The lab of the fixture `whole` with this field, all disks owned."""
    m = Moves(whole(field, daemon=daemon, **settings))
    m.settled()
    return m


class Moves:
    def __init__(self, lab):
        self.lab, self.sim, self.trapd = lab, lab.sim, lab.trapd
        self.reader = lab.manager
        # as fast as it goes; that SNMPv3 may write is for other tests
        self.writer = lab.manager.as_community("private")
        self._known = {}
        if self.sim is not None:
            self.field = lab.pair

    # --- waiting -------------------------------------------------------------------
    def until(self, what, condition, seconds=20):
        def checked():
            self.lab.daemon.process.check()
            return condition()
        return clock.wait_for(checked, what, seconds, seen=self.seen)

    def seen(self):
        text = [f"  {r['owner']}/{r['index']} {r}" for r in self.rows()]
        text += [f"  {r['csEventTime'].hex()} {r['csEventType']} {r['csEventText']}"
                 for _, r in sorted(self.reader.table("csEventTable").items())][-30:]
        text += [f"  POST {p.at} {p.cluster} {p.what} {p.name} {p.executed} {p.status}"
                 for p in self.posts()]
        return "\n".join(text + [self.lab.daemon.process.tail(30)])

    def settled(self, seconds=30):
        """Every VM that runs has been adopted with its disks."""
        def adopted():
            rows = {r["csVmName"]: r["csVmOperState"]
                    for r in self.reader.table("csVmTable").values()}
            disks = {r["csDiskVmName"]: r["csDiskOperState"]
                     for r in self.reader.table("csDiskTable").values()}
            judged = [v for v in self.field.vms.items()
                      if self.field.more["vm"].get(v[0], {}).get("kind") != "replica"]
            return all(rows.get(v) == ("stopped" if at is None else "running")
                       and (at is None or v in self.field.stateless
                            or disks.get(v) == "owned")
                       for v, at in judged)
        self.until("all VMs to be adopted", adopted, seconds)

    # --- names and numbers ---------------------------------------------------------
    def _index(self, table, **match):
        key = (table, *match.values())
        if key not in self._known:
            self._known[key] = self.reader.row(table, **match)[0]
        return self._known[key]

    def vm(self, name):
        return self._index("csVmTable", csVmName=name)[0]

    def cluster(self, name):
        return self._index("csClusterTable", csClusterName=name)[0]

    def node(self, name):
        return self._index("csNodeTable", csNodeName=name)[1]

    def disk(self, vm):
        return self._index("csDiskTable", csDiskName=f"lun-{vm}")[0]

    # --- the two triggers ----------------------------------------------------------
    def target(self, vm, cluster=None, node=None):
        """Varbinds of csVmTargetCluster and csVmTargetNode."""
        found = []
        if cluster is not None:
            found.append((f"csVmTargetCluster.{self.vm(vm)}", "u", self.cluster(cluster)))
        if node is not None:
            found.append((f"csVmTargetNode.{self.vm(vm)}", "u", self.node(node)))
        return found

    def move(self, vm, cluster=None, node=None):
        self.writer.set(*self.target(vm, cluster, node))

    def instance(self, column, owner, index):
        return ".".join(map(str, (column, *mibs.Mib.name_index(owner), index)))

    def creation(self, vm, cluster, index, owner="ops", node=None, mode=None, reason=None,
                 more=()):
        """Varbinds of createAndGo; a number for vm or cluster is taken as an index."""
        number = {"csMoveVm": vm if isinstance(vm, int) or vm is None else self.vm(vm),
                  "csMoveTargetCluster": cluster if isinstance(cluster, int) or cluster is None
                  else self.cluster(cluster),
                  "csMoveTargetNode": None if node is None else self.node(node)}
        values = [(c, "u", n) for c, n in number.items() if n is not None]
        if mode is not None:
            values.append(("csMoveMode", "i", mode))
        if reason is not None:
            values.append(("csMoveReason", "s", reason))
        values += list(more)
        values.append(("csMoveRowStatus", "i", "createAndGo"))
        return [(self.instance(c, owner, index), kind, v) for c, kind, v in values]

    def create(self, vm, cluster, index=None, owner="ops", **more):
        """A row of csMoveTable; its csMoveIndex."""
        index = index or self.reader.value("csMoveIndexNext.0")
        self.writer.set(*self.creation(vm, cluster, index, owner, **more))
        return index

    def order(self, row, control):
        """csMoveControl of a row (as rows() gives it) or of a VM's newest row."""
        row = self.row(row) if isinstance(row, str) else row
        self.writer.set((self.instance("csMoveControl", row["owner"], row["index"]), "i",
                         control))

    def intent(self, column, name, value):
        letter = "u" if isinstance(value, int) else "i"
        index = self.cluster(name) if column.startswith("csCluster") else self.vm(name)
        self.writer.set((f"{column}.{index}", letter, value))

    def refused(self, *triples, **more):
        """The SET must be refused: error-status and what csRefusalTable says of it."""
        before = max(self.reader.table("csRefusalTable"), default=(0,))
        posts = len(self.posts())
        try:
            self.writer.set(*triples, **more)
        except snmp.SnmpError as error:
            status = error.status
        else:
            raise AssertionError(f"not refused: {triples}\n{self.seen()}")
        index, row = max(self.reader.table("csRefusalTable").items(), default=((0,), None))
        assert index > before, f"{status} is not explained in csRefusalTable"
        assert row["csRefusalError"] == status
        found = types.SimpleNamespace(status=status, text=row["csRefusalText"],
                                      instance=self.lab.mib.name(row["csRefusalInstance"]))
        assert len(self.posts()) == posts, "a refused SET commands nothing"
        return found

    # --- rows ----------------------------------------------------------------------
    def rows(self, vm=None):
        """Rows of csMoveTable (of one VM), oldest first, with owner and index."""
        found = []
        for key, row in self.reader.table("csMoveTable").items():
            row["owner"] = bytes(key[1:-1]).decode()
            row["index"] = key[-1]
            if vm is None or row.get("csMoveVmName") == vm:
                found.append(row)
        return sorted(found, key=lambda r: r["index"])

    def row(self, vm):
        """The newest row of the VM."""
        found = self.rows(vm)
        assert found, f"no row of {vm} in csMoveTable"
        return found[-1]

    def reaches(self, vm, *states, step=None, seconds=30):
        """Waits until the VM's newest move is in one of the states (and that step)."""
        def there():
            row = self.row(vm)
            if row["csMoveState"] in states and step in (None, row["csMoveStep"]):
                return row
            # what has ended will not change any more
            if row["csMoveState"] in ENDED and states:
                raise clock.Late(f"the move of {vm} ended otherwise: {row}\n{self.seen()}")
            return None
        return self.until(f"the move of {vm} to be {' or '.join(states)} {step or ''}", there,
                          seconds)

    def at_step(self, vm, step, seconds=20):
        return self.reaches(vm, "running", "cancelling", "rollingBack", step=step,
                            seconds=seconds)

    def ends(self, vm, state="succeeded", seconds=40):
        """Waits for the end of the VM's newest move, which must be this one."""
        row = self.reaches(vm, state, *(() if state == "inDoubt" else ENDED), seconds=seconds)
        assert row["csMoveState"] == state, f"{row}\n{self.seen()}"
        if state in ENDED:
            assert row["csMoveProgress"] == 100 and row["csMoveStep"] == "none", row
            assert "csMoveFinishedAt" in row, row
        return row

    # --- what an NMS sees ----------------------------------------------------------
    def vm_row(self, vm):
        return self.reader.row("csVmTable", csVmName=vm)[1]

    def disk_row(self, vm):
        return self.reader.row("csDiskTable", csDiskName=f"lun-{vm}")[1]

    def site_row(self, vm, cluster):
        return self.reader.row("csVmSiteTable", csVmSiteVmName=vm,
                               csVmSiteClusterName=cluster)[1]

    def runs_at(self, vm, cluster, node=None, seconds=20):
        """Waits until clustersetd says that it runs there, and its disk is owned there."""
        def there():
            row, disk = self.vm_row(vm), self.disk_row(vm)
            return (row["csVmOperState"] == "running" and row["csVmClusterName"] == cluster
                    and node in (None, row["csVmNodeName"])
                    and disk["csDiskOwnerClusterName"] == cluster
                    and disk["csDiskOperState"] == "owned")
        self.until(f"{vm} to run in {cluster} {node or ''}", there, seconds)
        assert self.active(vm) == {cluster}

    def alarms(self, kind=None):
        return [r for r in self.reader.table("csAlarmTable").values()
                if kind in (None, r["csAlarmType"])]

    def events(self, kind=None, vm=None):
        """Rows of csEventTable, oldest first, (of one type) (whose text names the VM)."""
        return [r for _, r in sorted(self.reader.table("csEventTable").items())
                if kind in (None, r["csEventType"])
                and (vm is None or vm in r["csEventText"])]

    def owners(self, vm):
        """[(owner's name, epoch)] of the disk as csDiskOwnerChange told, oldest first;
        a change of node within the owner is none."""
        found = []
        for trap in self.trapd.traps("csDiskOwnerChange"):
            values = trap.values()
            pair = values["csDiskOwnerClusterName"], values["csDiskEpoch"]
            if values["csDiskVmName"] == vm and pair not in found:
                found.append(pair)
        return found

    # --- what ecxsim saw -----------------------------------------------------------
    def posts(self, name=None, what=None, cluster=None):
        """POSTs that arrived, oldest first: cluster, server, what ('stop'), name (of the
        group or monitor), body, executed, status, at (ms)."""
        found = []
        for p in self.sim.requests(method="POST")["posts"]:
            words = p["uri"].split("?")[0].strip("/").split("/")
            post = types.SimpleNamespace(
                cluster=p["cluster"], server=p["server"], kind=words[-3], name=words[-2],
                what=words[-1], body=p["body"], executed=p["executed"], status=p["status"],
                at=p["at_ms"])
            if (name in (None, post.name) and what in (None, post.what)
                    and cluster in (None, post.cluster)):
                found.append(post)
        return found

    def commands(self, vm):
        """What was asked of the VM's groups, in order: ['east stop', 'west start']."""
        return [f"{p.cluster} {p.what}" for p in self.posts(vm) if p.kind == "groups"]

    def wait_post(self, vm, what, cluster=None, seconds=20):
        return self.until(f"a {what} of {vm}", lambda: self.posts(vm, what, cluster), seconds)

    def active(self, vm):
        """Clusters in which the VM or its disk physically is."""
        return {a["cluster"] for key in ("vm", "lun")
                for a in self.sim.control("GET", f"/active?{key}="
                                          + ("lun-" if key == "lun" else "") + vm)["active"]}

    def no_dual(self):
        oracle = self.sim.oracle()
        assert oracle["dual_by_command"] == 0 and oracle["max_clusters"] <= 1, oracle

    def pending(self, cluster, vm, **times):
        """How long what begins from now on takes: start_ms=, stop_ms=."""
        self.sim.do("pending", cluster=cluster, group=vm, **times)

    def complete(self, cluster, vm):
        """Ends what pending() holds up, once it is under way."""
        def under_way():
            for status in ("Online Pending", "Offline Pending"):
                try:
                    return self.sim.control("GET", "/wait?" + urllib.parse.urlencode({
                        "cluster": cluster, "group": vm, "status": status,
                        "timeout": 0.01}))
                except AssertionError:
                    pass
            return None
        self.until(f"{vm} to be pending in {cluster}", under_way)
        self.pending(cluster, vm, start_ms=20, stop_ms=20)
        self.sim.do("complete", cluster=cluster, group=vm)

    # --- breaking things -----------------------------------------------------------
    def crash(self):
        """kill -9 of clustersetd, and a new one that has polled."""
        self.lab.daemon.kill()
        self.lab.daemon.start()
        self.lab.daemon.serving()
