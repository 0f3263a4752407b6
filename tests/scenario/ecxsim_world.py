# SPDX-License-Identifier: Apache-2.0
"""The small, fast worlds that the tests of ecxsim itself run in."""
from ecxsim_clients import OPERATOR, WATCHER

FAST = {"detect_ms": 200, "boot_ms": 200, "shutdown_ms": 50, "join_ms": 50, "sync_ms": 1000,
        "mirror_ms": 200, "api_restart_ms": 200}


def group(vm, autostart=True, **more):
    entry = {"name": f"failover-{vm}", "vm": vm, "autostart": autostart,
             "start_ms": 50, "stop_ms": 50,
             "resources": [
                 {"name": f"sd-{vm}", "type": "sd", "lun": f"lun-{vm}"},
                 {"name": f"script-{vm}", "type": "script", "depends": [f"sd-{vm}"]}]}
    entry.update(more)
    return entry


def cluster(name="c1", servers=("s1", "s2"), groups=None, **more):
    entry = {"name": name, **FAST,
             "servers": [s if isinstance(s, dict) else {"name": s} for s in servers],
             "accounts": [
                 {"user": OPERATOR[0], "password": OPERATOR[1], "rights": "operation"},
                 {"user": WATCHER[0], "password": WATCHER[1], "rights": "reference"}],
             "groups": [group("vm1"), group("vm2", False)] if groups is None else groups,
             "monitors": [
                 {"name": "genw-vm1", "type": "genw", "group": "failover-vm1",
                  "restarts_group": True, "interval_ms": 50},
                 {"name": "userw", "type": "userw"}]}
    entry.update(more)
    return entry


def world(*clusters, **more):
    return {"jitter": 0, **more, "clusters": list(clusters) or [cluster()]}


def url(sim, name="c1", server="s1"):
    return sim.url(name, server) + "/api/v1"
