# SPDX-License-Identifier: Apache-2.0
"""A Windows server's SNMP agent, as snmpsim plays it from a hand-written record: its
HOST-RESOURCES-MIB through the whole daemon."""
import copy

import pytest

from harness import clock, loads

HR = "1.3.6.1.2.1.25"
GIB = 2**30


def record(cpus=(12, 40, 0, 28), ram=(65536, 524288, 131072), disks=2):
    """What Windows Server's agent says, in order of its OIDs. `ram` is units, size and
    used, of 32 GiB 8."""
    units, size, used = ram
    rows = [("2.1.4", f"{c}:\\ Label:  Serial Number {n:08x}", 4096, 26214144, 6553600)
            for n, c in zip(range(disks), "CDEFGH")]
    rows += [("2.1.7", "Z:\\", 0, 0, 0), ("2.1.3", "Virtual Memory", units, size * 2, used + 4096),
             ("2.1.2", "Physical Memory", units, size, used)]
    lines = ["1.3.6.1.2.1.1.1.0|4|Hardware: Intel64 Family 6 Model 85 Stepping 7 AT/AT "
             "COMPATIBLE - Software: Windows Version 6.3 (Build 17763 Multiprocessor Free)",
             "1.3.6.1.2.1.1.5.0|4|EAST1",
             f"{HR}.1.6.0|66|95", f"{HR}.2.2.0|2|{units * size // 1024}"]
    columns = {1: [("2", n + 1) for n in range(len(rows))],
               2: [("6", f"{HR}.{kind}") for kind, *_ in rows],
               3: [("4", name) for _, name, *_ in rows],
               4: [("2", u) for _, _, u, _, _ in rows],
               5: [("2", s) for _, _, _, s, _ in rows],
               6: [("2", v) for _, _, _, _, v in rows]}
    for column, cells in columns.items():
        lines += [f"{HR}.2.3.1.{column}.{n + 1}|{tag}|{v}" for n, (tag, v) in enumerate(cells)]
    first = 4  # printers and the like are devices 1 to 3
    lines += [f"{HR}.3.3.1.1.{first + n}|6|0.0" for n in range(len(cpus))]
    lines += [f"{HR}.3.3.1.2.{first + n}|2|{load}" for n, load in enumerate(cpus)]
    lines += [f"{HR}.4.2.1.1.1|2|1", f"{HR}.4.2.1.2.1|4|System Idle Process"]
    return "\n".join(lines) + "\n"


@pytest.fixture
def windows(need_daemon, need_snmpd, whole):
    if loads.snmpsimd() is None:
        pytest.skip("snmpsim is not installed (Debian: apt-get install snmpsim)")

    def start(**records):
        lab = whole()
        lab.simulated = lab.started(loads.Snmpsim(lab.directory, records))
        settings = copy.deepcopy(lab.daemon.settings)
        settings["load"] = {"interval": 0.5, "timeout": clock.scaled(1), "half-life": 0,
                            "freshness": clock.scaled(8)}
        for c, community in zip(settings["clusters"], records):
            c["snmp"] = loads.community(lab.directory, community)
            for s in c["servers"]:
                s["snmp"] = f"127.0.0.1:{lab.simulated.port}"
        lab.daemon.write(settings)
        lab.daemon.reload()
        return lab
    return start


def node(lab, name):
    return next(r for r in lab.manager.table("csNodeTable").values() if r["csNodeName"] == name)


def known(lab, name):
    return clock.wait_for(
        lambda: (r := node(lab, name)).get("csNodeCpuLoad") is not None and r,
        f"the load of {name}", 40, seen=lambda: str(node(lab, name)) + lab.logs(30))


def test_windows(windows):
    lab = windows(east=record(), west=record(cpus=(100,) * 80, ram=(65536, 2**25 - 1, 2**24),
                                             disks=6))
    row = known(lab, "east1")
    assert row["csNodeCpus"] == 4 and row["csNodeCpuLoad"] == 200
    assert row["csNodeMemoryTotal"] == 32 * 1024 and row["csNodeMemoryUsed"] == 8 * 1024
    assert row["csNodeLoadSource"] == "snmp"
    row = known(lab, "west2")  # 80 processors, 2 TiB
    assert row["csNodeCpus"] == 80 and row["csNodeCpuLoad"] == 1000
    assert abs(row["csNodeMemoryTotal"] - 2 * 1024 * 1024) <= 1
    assert row["csNodeMemoryUsed"] == 1024 * 1024
    assert not [r for r in lab.manager.table("csAlarmTable").values()
                if r.get("csAlarmType") == "loadUnknown"]


def test_one_that_talks_nonsense(windows):
    lab = windows(east=record(cpus=(12, 4711)), west=record(ram=(65536, 1000, 2000)))

    def stands():
        return {r["csAlarmObjectName"]: r["csAlarmText"]
                for r in lab.manager.table("csAlarmTable").values()
                if r.get("csAlarmType") == "loadUnknown"}
    found = clock.wait_for(lambda: len(a := stands()) == 2 and a, "two alarms", 40,
                           seen=lab.logs)
    assert "hrProcessorLoad.5 is 4711, which is no percentage" in found["east"]
    assert "used 2000, which cannot be" in found["west"]
    assert node(lab, "east1").get("csNodeCpuLoad") is None
    # what it tells that can be is taken
    row = known(lab, "west1")
    assert row["csNodeCpus"] == 4 and row.get("csNodeMemoryUsed") is None
