# SPDX-License-Identifier: Apache-2.0
"""clusterset tree: every VM once, where it is; nothing is lost, nothing is invented."""
import re

from harness import cli, clock, screens
from harness.screens import secure  # noqa: F401  (a fixture)

VMS = {"web1": "east1", "web2": "east2", "db1": "east1", "mail": "west1", "spare": None}


def tree(lab, words=""):
    return cli.ok(lab, f"tree --json {words}").json["tree"]


def settled(lab, running):
    clock.wait_for(lambda: cli.run(lab, "status --json").json["status"]["vms"]["running"] == running,
                   f"{running} VMs to run", 30)


def nodes(document):
    """{cluster/node: {VM: state}} of all that is drawn beneath a node."""
    return {f"{c['name']}/{n['name']}": {v["name"]: v["operState"] for v in n["vms"]}
            for d in [*document["faultDomains"], document]
            for c in d["clusters"] for n in c["nodes"]}


def names(document):
    """Every VM that is somewhere in it, sorted."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            for key, below in value.items():
                if isinstance(below, list) and (key == "vms" or value is document["elsewhere"]):
                    found.extend(v["name"] for v in below)
                walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)
    walk(document)
    return sorted(found)


def test_what_runs_where(secure):
    lab = secure(VMS)
    settled(lab, 4)
    done = screens.run(lab, "tree", code=0)
    assert done.out == """\
lab  ok
├─ room-a  fault domain
│  └─ east  normal
│     ├─ east1  online  load ············ unknown
│     │  ├─ db1   running
│     │  └─ web1  running
│     └─ east2  online  load ············ unknown
│        └─ web2  running
├─ room-b  fault domain
│  └─ west  normal
│     ├─ west1  online  load ············ unknown
│     │  └─ mail  running
│     └─ west2  online  load ············ unknown
└─ stopped
   └─ spare  stopped  wanted down, disk lun-spare released
"""
    document = tree(lab)
    assert nodes(document) == {
        "east/east1": {"db1": "running", "web1": "running"}, "east/east2": {"web2": "running"},
        "west/west1": {"mail": "running"}, "west/west2": {}}
    assert names(document) == sorted(VMS)
    assert document["elsewhere"]["stopped"][0]["disks"][0]["operState"] == "released"
    east1 = document["faultDomains"][0]["clusters"][0]["nodes"][0]
    assert east1["cpuLoad"] is None, "unknown is not 0"
    flat = cli.ok(lab, "tree --output kv").kv
    assert flat["tree.faultDomains.room-a.clusters.east.nodes.east1.vms.db1.operState"] == "running"
    screens.fits_everywhere(lab, "tree", 0)
    screens.fits_everywhere(lab, "tree --disks", 0)
    plain = screens.run(lab, "tree", env={"LC_ALL": "C"}).out
    assert "|     |- east1  online  load ............ unknown\n" in plain
    assert "`- stopped\n   `- spare  stopped" in plain


def test_options(secure):
    lab = secure(VMS)
    settled(lab, 4)
    only = screens.run(lab, "tree --cluster west", code=0).out
    assert "west1" in only and "mail" in only
    assert "east1" not in only and "web1" not in only and "room-a" not in only
    assert "spare" in screens.run(lab, "tree --cluster east").out, "its home"
    wrong = cli.run(lab, "tree --cluster wets")
    assert wrong.code in (1, 2, 4) and "west" in wrong.err
    assert names(tree(lab, "--depth 1")) == sorted(VMS), "a document is always whole"
    domains = screens.run(lab, "tree --depth 1").out
    assert re.search(r"├─ room-a  fault domain, 1 cluster\n├─ room-b", domains), domains
    assert "east1" not in domains
    assert "└─ stopped  1 VM\n" in domains
    clusters = screens.run(lab, "tree --depth 2").out
    assert re.search(r"└─ east  normal  load ·+ unknown  2 of 2 nodes online, 3 VMs running\n",
                     clusters), clusters
    without = screens.run(lab, "tree --no-vms").out
    assert re.search(r"east1  online  load ·+ unknown  2 VMs\n", without), without
    assert "web1" not in without
    disks = screens.run(lab, "tree --disks").out
    assert re.search(r"├─ db1   running\n│ +│  │  └─ disk lun-db1  owned  by east, epoch 1\n", disks), disks
    assert cli.run(lab, "tree --depth 9").code == 2
    assert cli.run(lab, "tree --depth x").code == 2


def test_without_fault_domains(whole):
    lab = whole()
    settled(lab, 6)
    lines = screens.run(lab, "tree", code=0).lines
    assert lines[1] == "├─ east  normal" and "fault domain" not in "\n".join(lines)
    assert [x["name"] for x in tree(lab)["clusters"]] == ["east", "west"]


def test_trouble_has_branches_of_its_own(secure):
    lab = secure(VMS)
    settled(lab, 4)
    lab.sim.do("group-start", cluster="west", group="web1")
    lab.sim.do("group-stop", cluster="west", group="mail")
    lab.sim.do("server-power-off", cluster="west", server="west2")
    clock.wait_for(lambda: len(tree(lab)["elsewhere"].get("conflict", [])) == 1
                   and len(tree(lab)["elsewhere"].get("stopped", [])) == 2
                   and "offline" in screens.run(lab, "tree").out,
                   "the trouble to be seen", 30, seen=lambda: screens.run(lab, "tree").out)
    done = screens.run(lab, "tree", code=0)
    assert re.search(r"├─ in conflict: active in more than one cluster\n"
                     r"│  └─ web1  conflict  online in east/east1, online in west/west1,", done.out)
    assert "disk lun-mail owned by west" in done.out
    assert re.search(r"─ west2  offline\n", done.out), done.out
    document = tree(lab)
    assert names(document) == sorted(VMS), "each once"
    assert "web1" not in nodes(document)["east/east1"]
    screens.fits_everywhere(lab, "tree", 0)
    # a cluster that nobody reaches: what ran there is not known, and is not lost
    lab.sim.fault("hang", cluster="west")
    clock.wait_for(lambda: "mail" not in nodes(tree(lab))["west/west1"] and
                   "unknown" in tree(lab)["elsewhere"], "west to be unknown", 40,
                   seen=lambda: screens.run(lab, "tree").out)
    assert names(tree(lab)) == sorted(VMS)
    assert "unknown: a site cannot be told" in screens.run(lab, "tree").out


def test_what_is_moving(secure):
    lab = secure({"web1": "east1"})
    settled(lab, 1)
    lab.sim.fault("effect-delay", ms=3000, cluster="east")
    cli.ok(lab, "vm hold web1")
    assert "web1  running  on hold" in screens.run(lab, "tree").out
    cli.ok(lab, "vm release web1")
    cli.ok(lab, "vm move web1 --to west/west2")
    clock.wait_for(lambda: re.search(r"web1  moving +moves to west/west2", screens.run(lab, "tree").out),
                   "the move", 20)
    assert names(tree(lab)) == ["web1"]
    clock.wait_for(lambda: nodes(tree(lab))["west/west2"] == {"web1": "running"}, "its end", 40)
    assert "moves to" not in screens.run(lab, "tree").out


def test_on_a_terminal(secure):
    lab = secure({"web1": "east1"})
    settled(lab, 1)
    with cli.Terminal(lab, "tree", columns=60) as screen:
        assert screen.end() == 0
        assert "\x1b[32m" in screen.escapes and screens.widest(screen.text) <= 60
    with cli.Terminal(lab, "tree", env={"NO_COLOR": "1"}) as screen:
        assert screen.end() == 0 and screen.escapes == [] and "├─" in screen.text
