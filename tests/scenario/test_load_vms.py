# SPDX-License-Identifier: Apache-2.0
"""Loads of VMs in the whole daemon: told by a hook or estimated from their node's, taken
along by a move, gone when nobody tells them any more; and memory as a limit."""
import copy
import json
import os

import pytest

from harness import cli, clock, loads
from harness.moving import Moves

FRESH = 6  # seconds, before they are scaled: soon forgotten
LASTING = 300


class Told:
    """What the hook prints."""

    def __init__(self, lab):
        self.path = os.path.join(lab.directory, "loads.json")
        self.nodes, self.vms = {}, {}
        self.write()
        self.program = loads.program(lab.directory, "metrics",
                                     f"#!/bin/sh\nexec cat {self.path}\n")

    def node(self, name, **more):
        self.nodes[name] = {"cluster": name[:4], "node": name, **more}
        self.write()

    def vm(self, name, **more):
        self.vms[name] = {"vm": name, **more}
        self.write()

    def write(self):
        with open(self.path + ".new", "w", encoding="ascii") as f:
            json.dump({"version": 1, "nodes": list(self.nodes.values()),
                       "vms": list(self.vms.values())}, f)
        os.rename(self.path + ".new", self.path)


@pytest.fixture
def m(whole, request):
    lab = whole()
    moves = Moves(lab)
    lab.told = Told(lab)
    settings = copy.deepcopy(lab.daemon.settings)
    settings["load"] = {"freshness": clock.scaled(getattr(request, "param", LASTING)), "half-life": 0, "interval": 1,
                        "hook": {"program": lab.told.program, "interval": 0.3,
                                 "timeout": clock.scaled(3)}}
    sizes = {"web1": {"vcpus": 2, "memory": 2048}, "db1": {"vcpus": 6, "memory": 4096},
             "web2": {"vcpus": 2, "cpu-weight": 300}}
    for vm in settings["vms"]:
        vm.update(sizes.get(vm["name"], {}))
    lab.daemon.write(settings)
    lab.daemon.reload()
    return moves


def vm(m, name):
    return m.reader.row("csVmTable", csVmName=name)[1]


def node(m, name):
    return m.reader.row("csNodeTable", csNodeName=name)[1]


def becomes(m, row, name, **wanted):
    """The columns, without their prefix; None: not there."""
    prefix = "csVm" if row is vm else "csNode"

    def there():
        got = row(m, name)
        return all(got.get(prefix + c) == w for c, w in wanted.items()) or None
    clock.wait_for(there, f"{name} to have {wanted}", 40,
                   seen=lambda: str(row(m, name)) + m.lab.logs(20))


@pytest.mark.parametrize("m", [FRESH], indirect=True)
def test_told_estimated_and_forgotten(m):
    becomes(m, vm, "web1", LoadSource="configured", Vcpus=2, Memory=2048, CpuLoad=None,
            LoadAge=None)
    becomes(m, vm, "mail", LoadSource="none", Vcpus=None, Memory=None)
    m.lab.told.node("east1", cpu=0.5, cpus=16)
    # 8 processors by 2 : 6 vCPUs, and no more than a VM has
    becomes(m, vm, "web1", LoadSource="estimated", CpuLoad=125, CpuMean=125)
    becomes(m, vm, "db1", LoadSource="estimated", CpuLoad=375, CpuMean=375)
    m.lab.told.vm("db1", cpu=7, vcpus=8, memory=5000)
    becomes(m, vm, "db1", LoadSource="hook", CpuLoad=438, Vcpus=8, Memory=5000)
    becomes(m, vm, "web1", LoadSource="estimated", CpuLoad=63, Memory=2048)
    assert vm(m, "web1")["csVmLoadAge"] <= clock.scaled(FRESH) + 2
    shown = cli.run(m.lab, "vm list", access="public").out
    assert [line.split()[4:7] for line in shown.splitlines() if line.startswith("web1")] == [
        ["about", "6", "%"]], shown
    # what is told no more is not known after freshness: the hook itself is well
    del m.lab.told.vms["db1"], m.lab.told.nodes["east1"]
    m.lab.told.write()
    becomes(m, vm, "db1", LoadSource="configured", CpuLoad=None, CpuMean=None, Vcpus=6,
            Memory=4096, LoadAge=None)
    becomes(m, vm, "web1", LoadSource="configured", CpuLoad=None)
    becomes(m, node, "east1", LoadSource="none", CpuLoad=None, CpuMean=None, Cpus=None)


def test_a_move_takes_the_load_along(m):
    m.lab.told.node("east1", cpu=0.5, cpus=16, **{"memory-used": 9000, "memory-total": 16000})
    m.lab.told.node("west2", cpu=0.25, cpus=8, **{"memory-used": 1000, "memory-total": 16000})
    m.lab.told.vm("db1", cpu=4)
    becomes(m, vm, "db1", CpuLoad=250, LoadSource="hook")
    becomes(m, node, "west2", CpuMean=250, MemoryMean=1000)
    # from now on nobody tells of nodes, as between two questions
    m.lab.told.nodes.clear()
    m.lab.told.write()
    m.move("db1", "west", "west2")
    becomes(m, vm, "db1", NodeName="west2", OperState="running", CpuLoad=500)
    seen = {n: node(m, n) for n in ("east1", "west2")}
    assert (seen["east1"]["csNodeCpuMean"], seen["west2"]["csNodeCpuMean"]) == (250, 750)
    assert (seen["east1"]["csNodeCpuLoad"], seen["west2"]["csNodeCpuLoad"]) == (500, 250)
    assert (seen["east1"]["csNodeMemoryMean"], seen["west2"]["csNodeMemoryMean"]) == (
        9000 - 4096, 1000 + 4096)


def test_memory_is_a_limit(m):
    m.lab.told.node("west1", cpu=0, cpus=4, **{"memory-used": 13000, "memory-total": 16000})
    m.lab.told.node("west2", cpu=0, cpus=4, **{"memory-used": 12000, "memory-total": 16000})
    becomes(m, node, "west2", MemoryMean=12000)
    no = m.refused(*m.target("db1", "west", "west1"))
    assert no.status == "inconsistentValue"
    assert "db1: it takes 4096 MiB, but server west/west1 has 16000 MiB" in no.text, no.text
    # nor anywhere there
    no = m.refused(*m.target("db1", "west"))
    assert "no server of cluster west has room" in no.text, no.text
    m.lab.told.node("west2", cpu=0, cpus=4, **{"memory-used": 11000, "memory-total": 16000})
    becomes(m, node, "west2", MemoryMean=11000)
    # where one has it, that one is asked for; and what has no size is let through
    m.move("db1", "west")
    m.until("db1 on west2", lambda: vm(m, "db1")["csVmNodeName"] == "west2")
    m.lab.told.node("west1", cpu=0, cpus=4, **{"memory-used": 16000, "memory-total": 16000})
    becomes(m, node, "west1", MemoryMean=16000)
    m.move("mail", node="west2")
    m.move("web2", "west", "west1")
    m.until("web2 on west1", lambda: vm(m, "web2")["csVmNodeName"] == "west1")


def test_a_restart_forgets_loads(m):
    m.lab.told.node("east1", cpu=0.5, cpus=16)
    becomes(m, node, "east1", CpuLoad=500)
    m.lab.told.nodes.clear()
    m.lab.told.write()
    m.lab.daemon.stop()
    m.lab.daemon.start()
    m.lab.daemon.polled()
    becomes(m, node, "east1", CpuLoad=None, Cpus=None, LoadSource="none")
