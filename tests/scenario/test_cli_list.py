# SPDX-License-Identifier: Apache-2.0
"""clusterset's lists and shows, held against what snmpwalk reads of the same set."""
import os
import re
import struct

import pytest

from harness import cli
from harness.moving import Field, shared_lab
from harness.snmp import SnmpError

LISTS = {  # command: (key of the document, table)
    "cluster list": ("clusters", "csClusterTable"), "node list": ("nodes", "csNodeTable"),
    "vm list": ("vms", "csVmTable"), "disk list": ("disks", "csDiskTable"),
    "fault-domain list": ("faultDomains", "csFaultDomainTable"),
    "availability-set list": ("availabilitySets", "csAvailSetTable"),
    "move list": ("moves", "csMoveTable"), "alarm list": ("alarms", "csAlarmTable"),
    "refusal list": ("refusals", "csRefusalTable"), "policy list": ("policies", "csPolicyTable"),
    "plan list --all": ("plans", "csPlanTable"), "hook list": ("hooks", "csHookTable")}
# what goes on between two readings
MOVING = {"pollAge", "pollTime", "loadAge", "last", "statusText", "evidenceText", "endpoint", "evidence"}


@pytest.fixture(scope="module")
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


VMS = {"web1": "east1", "web2": "east2", "db1": "east1", "mail": "west1", "files": "west2",
       "app": "west1"}
SETTINGS = {
    "fault-domains": [{"name": "hall-a", "description": "the old hall"}, {"name": "hall-b"}],
    "availability-sets": [{"name": "web", "spread": "cluster", "enforcement": "soft"}]}


@pytest.fixture(scope="module")
def ready(top_srcdir, top_builddir, need_clusterset):
    """One set for all: fault domains, an availability set, a move that has ended, a refusal,
    alarms. Nothing here changes it."""
    field = Field(VMS, cluster={"east": {"fault-domain": "hall-a"},
                                "west": {"fault-domain": "hall-b"}},
                  vm={"web1": {"availability-set": "web"}, "web2": {"availability-set": "web"}})
    with shared_lab(top_srcdir, top_builddir, field, **SETTINGS) as m:
        lab = m.lab
        cli.ok(lab, "vm move web1 --to west/west1 --wait --reason upkeep", seconds=90)
        with pytest.raises(SnmpError):
            lab.operator.set((f"csVmHomeCluster.{index_of(lab, 'web1')}", "u", 99))
        cli.ok(lab, "vm hold db1")
        yield lab


def index_of(lab, vm):
    return lab.manager.row("csVmTable", csVmName=vm)[0][0]


def when(data):
    """DateAndTime as RFC 3339."""
    if not data or not any(data):
        return None
    year, month, day, hour, minute, second, _ = struct.unpack(">H6B", data[:8])
    zone = f"{chr(data[8])}{data[9]:02}:{data[10]:02}" if len(data) == 11 else "-00:00"
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"


def plain(lab, obj, value):
    """A value of snmpwalk as --json should have it."""
    if obj.syntax.startswith("DateAndTime"):
        return when(value)
    if obj.syntax == "TruthValue" and value is not None:
        return value == "true"
    if isinstance(value, tuple):
        return ".".join(map(str, value))
    return value


def key_of(name, table):
    prefix = table.removesuffix("Table")
    rest = name.removeprefix(prefix)
    return rest[0].lower() + rest[1:]


def agree(lab, row, walked, table, skip=MOVING):
    for obj in lab.mib.columns(table):
        key = key_of(obj.name, table)
        if key not in skip:
            assert row[key] == plain(lab, obj, walked.get(obj.name)), (obj.name, row)


def index_key(table, index):
    if table == "csMoveTable":
        return lambda r: (len(r["owner"]), *r["owner"].encode(), r["index"]) == index
    if table == "csNodeTable":
        return lambda r: (r["clusterIndex"], r["index"]) == index
    return lambda r: (r["index"],) == index


# --- lists -------------------------------------------------------------------------------
def test_json_is_what_snmpwalk_reads(ready):
    for words, (key, table) in LISTS.items():
        walked = ready.manager.table(table)
        got = cli.document(ready, words)
        assert len(got[key]) == len(walked), words
        for index, row in walked.items():
            one, = [r for r in got[key] if index_key(table, index)(r)]
            agree(ready, one, row, table)
    assert len(cli.document(ready, "refusal list")["refusals"]) == 1
    assert len(cli.document(ready, "move list")["moves"]) == 1


def test_kv_has_the_same_values(ready):
    vms = {vm["name"]: vm for vm in cli.document(ready, "vm list")["vms"]}
    found = cli.ok(ready, "vm list --output kv").kv
    for name, vm in vms.items():
        for key in ("operState", "clusterName", "nodeName", "index"):
            assert found[f"vms.{name}.{key}"] == str(vm[key])


def test_screens_have_a_line_for_each(ready):
    for words, must in {
            "cluster list": ["east", "west", "normal", "2/2", "hall-a"],
            "node list": ["east1", "west2", "online"],
            "vm list": ["web1", "west/west1", "running", "up, on hold"],
            "disk list": ["lun-web1", "owned", "west/west1", "web1", "shared"],
            "fault-domain list": ["hall-a", "the old hall"],
            "availability-set list": ["web", "cluster", "soft", "2"],
            "move list": ["web1", "east/east1", "west/west1", "succeeded"],
            "refusal list": ["csVmHomeCluster.", "wrongValue"],
            "alarm list": ["plainHttp", "warning", "do: "]}.items():
        done = cli.ok(ready, words, access="public")
        for text in must:
            assert text in done.out, (words, text, done.out)
        assert max(len(x) for x in done.lines) <= 100, done.out
        assert "\x1b" not in done.out and done.err == ""
    screen = cli.ok(ready, "policy list").out
    for text in ("balance", "recover", "mode of all", "rest after a move", "always"):
        assert text in screen, screen
    assert cli.ok(ready, "plan list").out == "There is no plan.\n"
    assert "no hooks" in cli.ok(ready, "hook list").out


def test_a_noun_alone_lists(ready):
    assert cli.ok(ready, "cluster").out == cli.ok(ready, "cluster list").out


def test_rows_can_be_picked(ready):
    def vms(options):
        return [vm["name"] for vm in cli.document(ready, f"vm list {options}")["vms"]]
    assert set(vms("--cluster west")) == {"web1", "mail", "files", "app"}
    assert vms("--hold") == ["db1"]
    assert vms("--state stopped") == []
    assert len(vms("--state running --cluster east")) == 2
    assert [n["name"] for n in cli.document(ready, "node list --cluster east")["nodes"]] == [
        "east1", "east2"]
    assert [d["name"] for d in cli.document(ready, "disk list --vm web1")["disks"]] == ["lun-web1"]
    assert cli.document(ready, "move list --open")["moves"] == []
    assert len(cli.document(ready, "move list --vm web1")["moves"]) == 1
    assert cli.document(ready, "alarm list --severity critical")["alarms"] == []
    assert "None of 6" in cli.ok(ready, "vm list --state failed").out


def test_columns_and_order(ready):
    done = cli.ok(ready, "vm list --columns name,operState --sort -name")
    assert done.lines[0].split() == ["NAME", "OPERSTATE"]
    assert [x.split()[0] for x in done.lines[1:]] == [
        "web2", "web1", "mail", "files", "db1", "app"]
    got = cli.document(ready, "vm list --columns name,clusterName --sort state")["vms"]
    assert all(set(vm) == {"index", "name", "clusterName"} for vm in got)
    assert "statusText" not in str(got)
    wide = cli.ok(ready, "node list --columns all").out
    for column in ready.mib.columns("csNodeTable"):
        assert key_of(column.name, "csNodeTable").upper() in wide.upper()


def test_titles_are_columns_too(ready):
    """A column of the list is asked for by its title where no key is called so."""
    place = [x.split()[1] for x in cli.ok(ready, "vm list --columns name,place").lines]
    assert place[0] == "PLACE" and "west/west1" in place
    done = cli.run(ready, "vm list --columns plac")
    assert "did you mean place?" in done.err and "clusterName" in done.err
    done = cli.run(ready, "vm move web2 --to west/")
    assert done.code == 2 and "the node is missing behind the /" in done.err


def test_wrong_wishes_are_usage_errors(ready):
    for words, must in {"vm list --columns nmae": "name", "vm list --sort bogus": "operState",
                        "vm list --state runing": "running", "vm list --columns ''": "name"
                        }.items():
        done = cli.run(ready, words)
        assert done.code == 2 and must in done.err and done.out == "", repr(done)
    done = cli.run(ready, "vm list --cluster eest")
    assert done.code == 1 and "did you mean east" in done.err


def test_the_words_of_options_are_those_of_the_mib(ready):
    for words, column in {"vm list": "csVmOperState", "cluster list": "csClusterOperState",
                          "node list": "csNodeOperState", "disk list": "csDiskOperState",
                          "move list": "csMoveState", "plan list": "csPlanState"}.items():
        done = cli.run(ready, f"{words} --state nonsense")
        found = re.search(r"one of: (.*);", done.err).group(1).split()
        assert set(found) == set(ready.mib[column].enum.values()), words


# --- shows -------------------------------------------------------------------------------
def test_vm_show(ready):
    vm = cli.document(ready, "vm show web1")["vm"]
    index = index_of(ready, "web1")
    agree(ready, vm, ready.manager.table("csVmTable")[(index,)], "csVmTable")
    walked = {i: r for i, r in ready.manager.table("csVmSiteTable").items() if i[0] == index}
    assert len(vm["sites"]) == len(walked) == 2
    for site in vm["sites"]:
        agree(ready, site, walked[(index, site["clusterIndex"])], "csVmSiteTable")
    assert [d["name"] for d in vm["disks"]] == ["lun-web1"]
    assert [m["state"] for m in vm["moves"]] == ["succeeded"]
    screen = cli.ok(ready, "vm show web1").out
    for text in ("web1  running on west/west1", "sites", "  east  group web1  offline",
                 "  west  group web1  online on west1", "because:", "disks", "lun-web1",
                 "owned by west/west1", "last moves", "succeeded", "availability set     web"):
        assert text in screen, (text, screen)
    assert "on hold" in cli.ok(ready, "vm show db1").out


def test_cluster_and_node_show(ready):
    east = cli.document(ready, "cluster show east")["cluster"]
    assert east["name"] == "east" and east["faultDomainName"] == "hall-a"
    assert [s["name"] for s in east["servers"]] == ["east1", "east2"]
    assert {v["name"] for v in east["vms"]} == {"web2", "db1"}
    node = cli.document(ready, "node show east/east1")["node"]
    assert node["clusterName"] == "east" and [v["name"] for v in node["vms"]] == ["db1"]
    for words in ("cluster show east", "node show east1"):
        screen = cli.ok(ready, words).out
        assert "db1" in screen and "hall-a" in screen and "east1" in screen


def test_what_fails_together_and_what_must_not(ready):
    domain = cli.document(ready, "fault-domain show hall-a")["faultDomain"]
    assert domain["descr"] == "the old hall" and domain["nodes"] == 2
    assert [c["name"] for c in domain["clusterRows"]] == ["east"]
    assert [n["name"] for n in domain["nodeRows"]] == ["east1", "east2"]
    screen = cli.ok(ready, "fault-domain show hall-a").out
    assert "the old hall" in screen and "east2" in screen and "west" not in screen
    group = cli.document(ready, "availability-set show web")["availabilitySet"]
    assert group["spread"] == "cluster" and group["violations"] == 0
    assert {(v["vmName"], v["place"], v["violated"]) for v in group["vms"]} == {
        ("web1", "west", False), ("web2", "east", False)}
    screen = cli.ok(ready, "availability-set show web").out
    assert "must not share a" in screen and "web2" in screen and "violated" not in screen


def test_disk_and_move_show(ready):
    disk = cli.document(ready, "disk show lun-web1")["disk"]
    assert disk["ownerClusterName"] == "west" and len(disk["sites"]) == 2
    assert {s["resource"] for s in disk["sites"]} == {"sd-web1"}
    assert {s["clusterName"] for s in disk["vmSites"]} == {"east", "west"}
    screen = cli.ok(ready, "disk show lun-web1").out
    assert "owned by west/west1" in screen and "resource sd-web1" in screen
    move, = cli.document(ready, "move list")["moves"]
    shown = cli.document(ready, f"move show {move['owner']}/{move['index']}")["move"]
    assert {k: v for k, v in shown.items()} == move
    screen = cli.ok(ready, "move show web1").out
    assert "succeeded" in screen and "upkeep" in screen and "east/east1" in screen


@pytest.mark.parametrize("words, must", [
    ("vm show wep1", "did you mean web1"), ("cluster show est", "did you mean east"),
    ("node show east/east9", "east9"), ("disk show lun-wep1", "did you mean lun-web1"), ("fault-domain show hall", "hall-a"),
    ("availability-set show wed", "did you mean web"),
    ("move show set/999", "move list"), ("plan show 7", "plan list")])
def test_what_is_not_there(ready, words, must):
    done = cli.run(ready, words)
    assert done.code == 1 and must in done.err and done.out == "", repr(done)
    done = cli.run(ready, words + " --json")
    assert done.code == 1 and done.json["exit"] == 1 and must in done.json["error"]


def test_stats(ready):
    got = cli.document(ready, "stats")["stats"]
    assert got["movesSucceeded"] == 1 and got["setsRefused"] >= 1 and got["polls"] > 0
    assert got["discontinuityTime"].startswith("20") and got["hookRuns"] is None
    screen = cli.ok(ready, "stats").out
    assert re.search(r"movesSucceeded +1 +moves", screen) and "hookRuns" not in screen


def test_a_terminal_gets_colour_and_a_pipe_does_not(ready):
    assert "\x1b" not in cli.ok(ready, "vm list").out
    with cli.Terminal(ready, "vm list", columns=110) as screen:
        assert screen.end() == 0
        assert screen.escapes and "web1" in screen.text
    for columns in (40, 60, 80):
        with cli.Terminal(ready, "vm list", columns=columns) as screen:
            assert screen.end() == 0
            assert max(len(x) for x in screen.text.splitlines()) <= columns
    with cli.Terminal(ready, "vm list", env={"NO_COLOR": "1"}) as screen:
        assert screen.end() == 0 and not screen.escapes
