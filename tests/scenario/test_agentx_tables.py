# SPDX-License-Identifier: Apache-2.0
"""What is served: syntax and range of every value, and walks that are complete, strictly
increasing and the same by GETNEXT and GETBULK, one column and many at a time."""
import os
import re
import subprocess

import pytest

import agentx_lib

KINDS = {2: "INTEGER", 4: "OCTET STRING", 6: "OBJECT IDENTIFIER", 0x41: "Counter32",
         0x42: "Gauge32", 0x46: "Counter64"}


@pytest.fixture(scope="module")
def served(top_builddir):
    """The descriptors of the face: {name: fields}; test_mib_columns.py holds them to the
    module."""
    path = agentx_lib.program(top_builddir)
    if not os.path.exists(path):
        pytest.skip("facedemo is not built (make check builds it)")
    text = subprocess.run([path, "--describe"], check=True, capture_output=True,
                          text=True).stdout
    objects = {}
    for line in text.splitlines():
        name, _, *rest = line.split()
        if name != "notification":
            objects[name] = dict(x.split("=", 1) for x in rest)
    return objects


# --- walks ------------------------------------------------------------------------------

@pytest.fixture
def face(lab, need_snmpd, served):
    lab.start_snmpd()
    return agentx_lib.start(lab, vms=23)


def still(variables, mib):
    """Without what differs between two walks: ages and counters."""
    moving = re.compile(r"Age$|UpTime$|^csStats")
    return [(v.oid, v.kind, v.value) for v in variables
            if not moving.search(mib.find(v.oid)[0].name)]


def root(lab):
    return "." + ".".join(map(str, lab.mib.root))


def test_walks_agree(lab, face):
    one = lab.manager.walk(root(lab))
    assert len(one) > 1500
    oids = [v.oid for v in one]
    assert all(a < b for a, b in zip(oids, oids[1:])), "not strictly increasing"
    for repetitions in (1, 7, 50):
        many = lab.manager.bulkwalk(root(lab), repetitions=repetitions)
        assert still(many, lab.mib) == still(one, lab.mib)


def test_every_value_is_of_its_syntax(lab, face, served):
    for var in lab.manager.bulkwalk(root(lab)):
        obj, index = lab.mib.find(var.oid)
        fields = served[obj.name]
        assert var.kind == KINDS[int(fields["tag"])], obj.name
        if fields["index"] == "":
            assert index == (0,), obj.name
        if isinstance(var.value, bytes):
            assert len(var.value) <= int(fields["max"]), obj.name
            if fields["date"] == "0":
                var.value.decode("utf-8")
        elif isinstance(var.value, int) and var.kind != "Counter64":
            assert int(fields["min"]) <= var.value <= int(fields["max"]), obj.name


def test_columns_in_parallel(lab, face):
    """All columns of a table at once, row by row, is the same table."""
    for table in ("csVmTable", "csClusterTable", "csNodeTable", "csVmSiteTable",
                  "csVmNameTable", "csDiskTable", "csDiskSiteTable", "csEventTable"):
        columns = lab.mib.columns(table)
        expected = {v.oid: v.value for c in columns for v in lab.manager.walk(c.name)}
        found, at = {}, [c.oid for c in columns]
        for _ in range(200):
            names = ["." + ".".join(map(str, oid)) for oid in at]
            got = lab.manager.bulkget(names, repetitions=1)
            again = []
            for column, before, var in zip([c for c in columns if c.oid in
                                            [a[:len(c.oid)] for a in at]], at, got):
                assert var.absent or var.oid > before
                if not var.absent and var.oid[:len(column.oid)] == column.oid:
                    found[var.oid] = var.value
                    again.append(var.oid)
            at = again
            if not at:
                break
        ages = {o for o in expected if lab.mib.find(o)[0].name.endswith("Age")}
        assert set(found) == set(expected), table
        assert {o: v for o, v in found.items() if o not in ages} == {
            o: v for o, v in expected.items() if o not in ages}, table


def test_table_is_complete(lab, face):
    rows = lab.manager.table("csVmTable")
    assert sorted(rows) == [(i,) for i in range(1, 24)]
    # what nobody knows is left out, not made up
    assert all("csVmCpuLoad" not in row for row in rows.values())
    assert "csVmUuid" not in rows[(5,)] and "csVmUuid" in rows[(4,)]
    for (vm,), row in rows.items():
        index = ".".join(map(str, lab.mib.name_index(row["csVmName"])))
        assert lab.manager.value(f"csVmNameIndex.{index}") == vm


def test_absent_is_told_apart(lab, face):
    kinds = [v.kind for v in lab.manager.get(
        "csVmCpuLoad.1", "csVmName.99", "csPlanCost.2", "csVmIndex.1",
        root(lab) + ".1.99.0")]
    assert kinds == ["noSuchInstance"] * 3 + ["noSuchObject"] * 2


def test_a_change_is_seen_at_once(lab, face):
    for _ in range(5):
        face.told("touch 7", "touched 7")
        generation = int(lab.manager.value("csVmStatusText.7").rsplit(" ", 1)[1])
        face.told("touch 7", "touched 7")
        assert lab.manager.value("csVmStatusText.7") == (
            f"touched in generation {generation + 1}")
