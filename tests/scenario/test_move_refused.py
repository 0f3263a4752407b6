# SPDX-License-Identifier: Apache-2.0
"""Moves that are not possible: each is refused in the test phase, with its SNMP error and
with words in csRefusalTable that name the VM and the reason, and nothing is commanded. What
can be checked before, a manager learns at once."""
import pytest

from harness.moving import THREE, Field, shared_lab

VMS = {"web1": "east1", "web2": "west1", "db1": "east2", "app": "west2", "mail": "east1",
       "off": None, "twin": "east1", "files": "north1"}
SETS = [{"name": "front", "spread": "cluster", "enforcement": "hard"}]


def field():
    front = {"availability-set": "front"}
    return Field(VMS, clusters=THREE, sites={v: ["east", "west"] for v in VMS if v != "files"},
                 vm={"web1": front, "web2": front, "twin": {"kind": "replica"}})


@pytest.fixture(scope="module")
def one(top_srcdir, top_builddir):
    with shared_lab(top_srcdir, top_builddir, field(), **{"availability-sets": SETS}) as m:
        yield m


@pytest.fixture
def m(one):
    yield one
    assert one.posts() == [], "nothing was ever commanded"
    assert one.rows() == []


def test_no_such_cluster(m):
    no = m.refused((f"csVmTargetCluster.{m.vm('db1')}", "u", 4711))
    assert no.status == "wrongValue" and "db1" in no.text and "4711" in no.text
    assert no.instance == f"csVmTargetCluster.{m.vm('db1')}"


def test_no_such_vm(m):
    assert m.refused(("csVmTargetCluster.4711", "u", 1)).status == "noCreation"
    no = m.refused(*m.creation(4711, "west", 1))
    assert no.status in ("wrongValue", "inconsistentValue") and "4711" in no.text


def test_no_site_there(m):
    no = m.refused(*m.target("db1", "north"))
    assert no.status == "inconsistentValue"
    assert "db1" in no.text and "no site" in no.text and "north" in no.text


def test_no_such_node(m):
    for node in (99, 4711):
        no = m.refused(*m.target("db1", "west"), (f"csVmTargetNode.{m.vm('db1')}", "u", node))
        assert no.status == "wrongValue" and str(node) in no.text and "db1" in no.text


def test_node_of_another_kind_alone(m):
    no = m.refused((f"csVmTargetNode.{m.vm('off')}", "u", 1))
    assert no.status == "inconsistentValue" and "off" in no.text


def test_replica_has_no_hooks_yet(m):
    no = m.refused(*m.target("twin", "west"))
    assert no.status == "inconsistentValue" and "twin" in no.text and "hook" in no.text


def test_hold(m):
    m.intent("csVmHold", "db1", "true")
    no = m.refused(*m.target("db1", "west"))
    m.intent("csVmHold", "db1", "false")
    assert no.status == "inconsistentValue" and "db1" in no.text and "old" in no.text


def test_admin_down(m):
    no = m.refused(*m.target("off", "west"))
    assert no.status == "inconsistentValue" and "off" in no.text and "down" in no.text


def test_target_in_maintenance(m):
    m.intent("csClusterAdminState", "west", "maintenance")
    no = m.refused(*m.target("db1", "west"))
    m.intent("csClusterAdminState", "west", "active")
    assert no.status == "inconsistentValue" and "maintenance" in no.text and "west" in no.text


def test_node_in_maintenance(m):
    node = f"csNodeAdminState.{m.cluster('west')}.{m.node('west2')}"
    m.writer.set((node, "i", "maintenance"))
    no = m.refused(*m.target("db1", "west", "west2"))
    m.writer.set((node, "i", "active"))
    assert no.status == "inconsistentValue" and "west2" in no.text
    assert "maintenance" in no.text


def test_availability_set_with_a_hard_rule(m):
    """web2 is in west, and they may not share a cluster (I10)."""
    no = m.refused(*m.target("web1", "west"))
    assert no.status == "inconsistentValue" and "web1" in no.text and "front" in no.text
    # both at once would change places: possible in the end, never in between
    no = m.refused(*m.target("web1", "west"), *m.target("web2", "east"))
    assert no.status == "inconsistentValue"


def test_no_live_migration(m):
    no = m.refused(*m.creation("db1", "west", 1, mode="live"))
    assert no.status in ("wrongValue", "inconsistentValue") and "live" in no.text


def test_force_is_not_configured(m):
    more = [("csMoveForce", "i", "true")]
    no = m.refused(*m.creation("db1", "west", 1, more=more))
    assert no.status == "inconsistentValue" and "force" in no.text.lower()
    epoch = m.disk_row("db1")["csDiskEpoch"]
    no = m.refused((f"csVmSiteConfirm.{m.vm('db1')}.{m.cluster('west')}", "u", epoch))
    assert no.status == "inconsistentValue" and "force" in no.text.lower()
