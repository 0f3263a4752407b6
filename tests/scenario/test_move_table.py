# SPDX-License-Identifier: Apache-2.0
"""Creating rows of csMoveTable: names, columns and values, dry runs, csMoveIndexNext. Nothing
here ever commands anything."""
import pytest

from harness import snmp
from harness.moving import Field, shared_lab


@pytest.fixture(scope="module")
def one(top_srcdir, top_builddir):
    with shared_lab(top_srcdir, top_builddir,
                    Field({"web1": "east1", "db1": "east2", "off": None})) as made:
        yield made


@pytest.mark.parametrize("owner", ["set", "policy", "hook"])
def test_reserved_owners(one, owner):
    no = one.refused(*one.creation("web1", "west", 5, owner=owner))
    assert no.status == "inconsistentName" and owner in no.text
    assert one.rows() == []


@pytest.mark.parametrize("owner", ["", "x" * 33])
def test_impossible_owners(one, owner):
    with pytest.raises(snmp.SnmpError) as no:
        one.writer.set(*one.creation("web1", "west", 5, owner=owner))
    assert no.value.status in ("noCreation", "inconsistentName")
    assert one.rows() == []


@pytest.mark.parametrize("missing", ["csMoveVm", "csMoveTargetCluster", "csMoveRowStatus"])
def test_missing_columns(one, missing):
    triples = [t for t in one.creation("web1", "west", 6) if not t[0].startswith(missing)]
    no = one.refused(*triples)
    assert no.status in ("inconsistentValue", "inconsistentName", "noCreation")
    assert missing in no.text, "which one"
    assert one.rows() == []


@pytest.mark.parametrize("value", ["createAndWait", "notInService", "notReady", "active"])
def test_other_row_states(one, value):
    triples = [t for t in one.creation("web1", "west", 7) if "RowStatus" not in t[0]]
    no = one.refused(*triples, (one.instance("csMoveRowStatus", "ops", 7), "i", value))
    assert no.status in ("wrongValue", "inconsistentValue", "inconsistentName")
    assert one.rows() == []


def test_another_storage_type(one):
    no = one.refused(*one.creation("web1", "west", 8, more=[("csMoveStorageType", "i", 2)]))
    assert no.status == "wrongValue" and one.rows() == []


def test_control_of_what_is_not_there(one):
    no = one.refused((one.instance("csMoveControl", "ops", 99), "i", "cancel"))
    assert no.status in ("inconsistentName", "noCreation", "inconsistentValue")


def results(one):
    return [one.reader.value(f"csStatsMoves{n}.0") for n in ("Started", "Succeeded", "Failed")]


def test_dry_run_of_what_is_possible(one):
    index = one.create("web1", "west", node="west2", mode="dryRun")
    row = one.ends("web1")
    assert row["index"] == index and row["csMoveMode"] == "dryRun"
    assert "possible" in row["csMoveError"] and "west" in row["csMoveError"], row
    assert one.posts() == [] and one.vm_row("web1")["csVmOperState"] == "running"
    assert results(one) == [0, 0, 0], "nothing was moved"
    assert one.disk_row("web1")["csDiskOwnerClusterName"] == "east"


def test_dry_run_of_what_is_not(one):
    """A row that failed, with the words that a real one would have been refused with."""
    one.intent("csVmHold", "db1", "true")
    one.create("db1", "west", mode="dryRun")
    row = one.ends("db1", "failed")
    one.intent("csVmHold", "db1", "false")
    assert "hold" in row["csMoveError"]
    assert not one.alarms("moveFailed"), "a dry run alarms nobody"
    one.create("off", "west", mode="dryRun")
    assert "down" in one.ends("off", "failed")["csMoveError"]
    assert one.posts() == [] and results(one) == [0, 0, 0]


def test_dry_run_of_nonsense_is_refused(one):
    assert one.refused(*one.creation("web1", 4711, 50, mode="dryRun")).status in (
        "wrongValue", "inconsistentValue")
    assert one.refused(*one.creation(4711, "west", 50, mode="dryRun")).status in (
        "wrongValue", "inconsistentValue")


def test_index_next_changes_only_when_used(one):
    first = one.reader.value("csMoveIndexNext.0")
    assert {one.reader.value("csMoveIndexNext.0") for _ in range(3)} == {first}
    assert one.create("web1", "west", mode="dryRun") == first
    one.ends("web1")
    second = one.reader.value("csMoveIndexNext.0")
    assert second != first
    # somebody takes it: it is no longer offered
    one.create("web1", "west", second, owner="other", mode="dryRun")
    one.until("another advice", lambda: one.reader.value("csMoveIndexNext.0") != second)


def test_each_owner_has_numbers_of_its_own(one):
    for owner in ("anna", "bert", "a.b/c \u00e4"):
        one.create("web1", "west", 4000, owner=owner, mode="dryRun")
    one.until("all three", lambda: {r["owner"] for r in one.rows() if r["index"] == 4000}
              == {"anna", "bert", "a.b/c \u00e4"})
