# SPDX-License-Identifier: Apache-2.0
"""Where should a VM go: csPlacementTable as a manager uses it, clusterset vm place and plan
explain as a person does."""
import re

import pytest

from harness import cli
from harness.moving import shared_lab
from harness.policing import Loaded, Policies

VMS = {"web1": "east1", "web2": "east1", "db1": "west1", "app": None}


@pytest.fixture(scope="module")
def m(top_srcdir, top_builddir):
    field = Loaded(VMS, {"web1": 300, "web2": 300, "db1": 100}, sites={"db1": ["west"]},
                   vm={v: {"availability-set": "front"} for v in ("web1", "db1")})
    with shared_lab(top_srcdir, top_builddir, field,
                    **{"availability-sets": [{"name": "front", "spread": "node"}]}) as made:
        made = Policies(made.lab)
        made.loaded()
        yield made


def places(results, possible="true"):
    return [(r["csPlacementResultClusterName"], r["csPlacementResultNodeName"])
            for r in results if r["csPlacementResultPossible"] == possible]


def test_of_a_new_one(m):
    row, results = m.ask(1, Cpus=2, Memory=2048)
    assert row["csPlacementState"] == "found" and row["csPlacementRowStatus"] == "active"
    assert row["csPlacementCpus"] == 2 and row["csPlacementMemory"] == 2048
    assert row["csPlacementStorageType"] == "volatile" and row["csPlacementVm"] == 0
    good = places(results)
    assert row["csPlacementCandidates"] == len(good)
    # the idle ones first; the crowded one last, if it is possible at all
    assert good[0] in (("east", "east2"), ("west", "west2"))
    assert ("east", "east1") in (good[-1], *places(results, "false"))
    assert (row["csPlacementClusterName"], row["csPlacementNodeName"]) == good[0]
    scores = [r["csPlacementResultScore"] for r in results]
    assert scores == sorted(scores, reverse=True)
    assert all(r["csPlacementResultText"] for r in results)
    # what nobody fits anywhere
    row, results = m.ask(2, Cpus=4096, Memory=268435456)
    assert row["csPlacementState"] == "impossible" and row["csPlacementText"]
    assert row["csPlacementCluster"] == 0 and places(results) == []


def test_of_one_that_exists(m):
    row, results = m.ask(3, Vm=m.vm("web1"))
    assert row["csPlacementState"] == "found" and row["csPlacementVmName"] == "web1"
    known = places(results) + places(results, "false")
    assert ("east", "east1") in known and ("west", "west2") in known
    # db1 has no site in east
    row, results = m.ask(4, Vm=m.vm("db1"))
    assert ("east", "east1") in places(results, "false")
    assert {c for c, _ in places(results)} <= {"west"}


def test_rows_as_the_module_has_them(m):
    ask = m.question(10, Cpus=1, Memory=1024)
    m.writer.set(*ask)
    refused = m.refused(*ask)
    assert refused.status == "inconsistentValue" and "already" in refused.text
    assert m.refused(ask[0]).status == "inconsistentValue"
    assert m.refused(*m.question(11, Vm=4711)).status in ("wrongValue", "inconsistentValue")
    assert m.refused(*m.question(11, AvailabilitySet=4711)).status in (
        "wrongValue", "inconsistentValue")
    assert m.refused(*m.question(11, Cpus=0)).status == "wrongValue"
    assert m.refused(m.question(11, Cpus=2)[0]).status == "inconsistentName"
    status = ask[-1][0]
    assert m.refused((status, "i", 5)).status == "wrongValue"
    m.writer.set((status, "i", 6))
    assert m.placement(10) is None
    m.writer.set((status, "i", 6))  # gone is gone
    assert m.reader.table("csPlacementResultTable") == {} or not any(
        k[-2] == 10 for k in m.reader.table("csPlacementResultTable"))


def test_no_more_than_64(m):
    try:
        for i in range(100, 165):
            last = m.question(i, owner="many", Cpus=1, Memory=64)
            if len(m.reader.table("csPlacementTable")) == 64:
                break
            m.writer.set(*last)
        refused = m.refused(*last)
        assert refused.status == "resourceUnavailable", refused
    finally:
        for key in m.reader.table("csPlacementTable"):
            m.writer.set((".".join(map(str, ("csPlacementRowStatus", *key))), "i", 6))
    assert m.reader.table("csPlacementTable") == {}


def test_by_hand(m):
    done = cli.ok(m.lab, "vm where --cpus 2 --memory 2048 --availability-set front")
    assert re.match(r" *1 +(east/east2|west/west2) +\d+ % +\S", done.lines[1]), repr(done)
    doc = cli.document(m.lab, "vm place --cpus 2 --memory 2048")["placement"]
    assert doc["state"] == "found" and doc["places"][0]["possible"] is True
    done = cli.run(m.lab, "vm place --cpus 4000 --memory 2048")
    assert done.code == 1 and "no place" in done.err, repr(done)
    assert "NOT POSSIBLE" in done.out and "east/east1" in done.out, repr(done)
    done = cli.run(m.lab, "vm where --cpus 2")
    assert done.code == 2 and "--memory MIB is missing" in done.err, repr(done)
    done = cli.ok(m.lab, "vm place web1")
    assert "west/west" in done.out
    assert m.reader.table("csPlacementTable") == {}, "no question is left behind"


def test_explained(m):
    done = cli.ok(m.lab, "plan explain db1")
    assert done.lines[0].startswith("db1 stays in west/west1: "), repr(done)
    assert "all policies are off" in done.lines[0], repr(done)
    assert "west/west1 (here)" in done.out and "east/east1" in done.out, repr(done)
    doc = cli.document(m.lab, "plan explain db1")["explanation"]
    assert doc["vm"] == "db1" and doc["plans"] == []
    assert any(not p["possible"] and p["text"] for p in doc["placement"]["places"])
    m.mode("balance", "advise")
    plan = m.proposed()[0]
    done = cli.ok(m.lab, f"plan explain {plan['csPlanVmName']}")
    assert f"{plan['csPlanVmName']} should go to" in done.out and "says balance" in done.out
    m.mode("balance", "off")
