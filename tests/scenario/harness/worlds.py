# SPDX-License-Identifier: Apache-2.0
"""Simulated worlds: what ecxsim runs and what clustersetd is told about it.

The usual one is two clusters of two servers that reach the same disks. A VM is a group
of the same name in both, with one disk resource on one shared LUN and one VM resource.
"""
from . import labs


def server(name, **more):
    return {"name": name, **more}


def group(vm, initial, lun=True, start_ms=300, stop_ms=200, **more):
    """A group that runs a VM; `initial` is a server, or "" for stopped."""
    resources = []
    if lun:
        resources.append({"name": f"sd-{vm}", "type": "sd", "lun": f"lun-{vm}",
                          "start_ms": 50, "stop_ms": 50})
    resources.append({"name": f"vm-{vm}", "type": "vm", "vm": True, "start_ms": start_ms,
                      "stop_ms": stop_ms, "depends": [f"sd-{vm}"] if lun else []})
    return {"name": vm, "vm": vm, "autostart": False, "initial": initial,
            "resources": resources, **more}


def cluster(name, servers, groups, **more):
    return {"name": name, "servers": [server(s) if isinstance(s, str) else s for s in servers],
            "accounts": [
                {"user": labs.USER, "password": labs.PASSWORD, "rights": "operation"},
                {"user": labs.READER, "password": labs.READER_PASSWORD, "rights": "reference"}],
            "groups": groups, "detect_ms": 300, "boot_ms": 500, "shutdown_ms": 300,
            "join_ms": 200, **more}


class Pair:
    """Clusters east and west; `vms` maps a VM's name to the server it runs on at first
    (None: stopped everywhere)."""

    EAST, WEST = ("east1", "east2"), ("west1", "west2")

    def __init__(self, vms=None, **more):
        self.vms = vms if vms is not None else {
            "web1": "east1", "web2": "east2", "db1": "east1",
            "mail": "west1", "files": "west2", "app": "west1"}
        self.world = {"clusters": [
            cluster("east", self.EAST, [self._group(vm, self.EAST) for vm in self.vms], **more),
            cluster("west", self.WEST, [self._group(vm, self.WEST) for vm in self.vms], **more)]}

    def _group(self, vm, servers):
        at = self.vms[vm]
        return group(vm, at if at in servers else "")

    def home(self, vm):
        return "west" if self.vms[vm] in self.WEST else "east"

    def vm_settings(self, vm, **more):
        """The vms entry of one VM."""
        first = self.home(vm)
        sites = [first, "west" if first == "east" else "east"]
        return {"name": vm, "kind": "shared-disk", "home": first,
                "sites": [{"cluster": c, "group": vm} for c in sites],
                "disks": [{"name": f"lun-{vm}", "kind": "shared",
                           "sites": [{"cluster": c, "resource": f"sd-{vm}"} for c in sites]}],
                **more}

    def settings(self, lab, clusters=("east", "west"), vms=None, **more):
        """clustersetd's configuration for the lab in which this world runs."""
        return lab.settings([lab.cluster(c) for c in clusters],
                            [self.vm_settings(v) for v in (self.vms if vms is None else vms)],
                            **more)
