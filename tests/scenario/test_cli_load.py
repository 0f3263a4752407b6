# SPDX-License-Identifier: Apache-2.0
"""Loads as a person reads them: the figure, who measured it, how long ago; and, where
nobody did, that it is not known."""
import pytest

from fakeagent import FakeAgent
from harness import cli


@pytest.fixture
def agent(mib):
    with FakeAgent(mib) as made:
        made.row("csClusterTable", (1,), Name="east", OperState="normal", AdminState="active",
                 CpuLoad=424, MemoryUsed=30000, MemoryTotal=65536, Nodes=3, NodesOnline=3)
        node = {"ClusterName": "east", "OperState": "online", "AdminState": "active"}
        made.row("csNodeTable", (1, 1), Name="east1", **node, Cpus=16, CpuLoad=424,
                 MemoryTotal=65536, MemoryUsed=30000, LoadAge=12, LoadSource="snmp",
                 CpuMean=398, MemoryMean=29000, VmsRunning=2)
        made.row("csNodeTable", (1, 2), Name="east2", **node, Cpus=8, MemoryTotal=32768,
                 LoadSource="configured", VmsRunning=1)
        made.row("csNodeTable", (1, 3), Name="east3", **node, LoadSource="none", VmsRunning=0)
        vm = {"Kind": "stateless", "OperState": "running", "AdminState": "up", "Hold": "false",
              "Cluster": 1, "ClusterName": "east", "Node": 1, "NodeName": "east1"}
        made.row("csVmTable", (1,), Name="erp", **vm, CpuLoad=125, CpuMean=119, Memory=16384,
                 Vcpus=4, LoadSource="hook", LoadAge=3)
        made.row("csVmTable", (2,), Name="web", **vm, CpuLoad=62, CpuMean=58, Vcpus=2,
                 LoadSource="estimated", LoadAge=12)
        vm.update(Node=2, NodeName="east2")
        made.row("csVmTable", (3,), Name="old", **vm, LoadSource="none")
        for index, name in enumerate(("erp", "web", "old"), 1):
            made.column("csVmNameIndex", made.mib.name_index(name), index)
        yield made


@pytest.fixture
def ask(lab, agent):
    def run(words):
        done = cli.run(lab, words, agent=agent.address, access="public")
        assert done.code == 0, repr(done)
        return done
    return run


def lines(done):
    return [" ".join(line.split()) for line in done.out.splitlines()]


def test_nodes(ask):
    got = lines(ask("node list"))
    assert got[0].split() == "CLUSTER NAME STATE VMS CPU MEMORY MEASURED".split()
    assert got[1:] == ["east east1 online 2 42 % 29 GiB of 64 GiB SNMP, 12 s",
                       "east east2 online 1 - 32 GiB -", "east east3 online 0 - - -"]


def test_a_node(ask):
    got = lines(ask("node show east/east1"))
    assert "processors 16" in got
    assert "processor load 42 % (by SNMP 12 s ago; smoothed 40 %)" in got
    assert "memory used 29 GiB (smoothed 28 GiB)" in got
    got = lines(ask("node show east/east2"))
    assert "processor load not known: only the size is, from the configuration" in got
    assert "processors 8" in got and not [g for g in got if g.startswith("memory used")]
    assert "processor load not known: nobody measures it" in lines(ask("node show east/east3"))


def test_vms(ask):
    got = lines(ask("vm list"))
    assert got[0].split() == "NAME STATE PLACE WANTED CPU MEMORY".split()
    assert got[1:] == ["erp running east/east1 up 13 % 16 GiB",
                       "web running east/east1 up about 6 % -",
                       "old running east/east2 up - -"]


def test_a_vm(ask):
    got = lines(ask("vm show erp"))
    assert "processor load 13 % (by the metrics hook 3 s ago; smoothed 12 %)" in got
    assert "vcpus 4" in got and "memory 16 GiB" in got
    assert ("processor load 6 % (estimated from its node's 12 s ago; smoothed 6 %)"
            in lines(ask("vm show web")))
    assert "processor load not known: nobody measures it" in lines(ask("vm show old"))


def test_a_tree(ask):
    got = lines(ask("tree"))
    assert [g for g in got if "erp" in g and g.endswith("cpu 13 %")]
    assert [g for g in got if "web" in g and g.endswith("cpu about 6 %")]
    assert [g for g in got if "east1" in g and "42 %" in g and "46 %" in g]
    assert [g for g in got if "east3" in g and "unknown" in g]


def test_documents(ask):
    node, size, nothing = ask("node list --json").json["nodes"]
    assert (node["cpuLoad"], node["cpuMean"], node["loadSource"], node["loadAge"],
            node["memoryMean"]) == (424, 398, "snmp", 12, 29000)
    assert (size["cpuLoad"], size["cpus"], size["loadSource"]) == (None, 8, "configured")
    assert nothing["cpus"] is None and nothing["loadAge"] is None
    vm = ask("vm show web --json").json["vm"]
    assert (vm["cpuLoad"], vm["cpuMean"], vm["loadSource"], vm["loadAge"], vm["vcpus"]) == (
        62, 58, "estimated", 12, 2)
