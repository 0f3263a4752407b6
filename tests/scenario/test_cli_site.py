# SPDX-License-Identifier: Apache-2.0
"""clusterset site confirm, site release and adopt: words that can destroy data. They are
asked for on a terminal, refused without one, and not an operator's to say."""
import os
import re
import shutil
import sqlite3

import pytest

from harness import cli, clock, worlds
from harness.moving import Field, begin

ROOT = "1.3.6.1.4.1.8072.9999.9999.29009"


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


def dead_source(whole, force=True):
    m = begin(whole, Field({"web1": "east1"}), moves={"force": force})
    m.epoch = m.disk_row("web1")["csDiskEpoch"]
    m.sim.do("cluster-power-off", cluster="east")
    m.until("web1 to be unknown", lambda: m.vm_row("web1")["csVmOperState"] == "unknown", 30)
    m.word = f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}"
    return m


def as_user(user):
    return ["-v3", "-l", "authPriv", "-u", user, "-a", "SHA", "-A", "authpass12", "-x", "AES",
            "-X", "privpass12", "-t", f"{clock.scaled(3):g}", "-r", "1"]


def with_views(lab):
    """snmpd with the users and views of the drop-in that we ship."""
    path = os.path.join(lab.top_srcdir, "conf", "snmpd.conf.d", "clusterset.conf.in")
    with open(path, encoding="utf-8") as f:
        views = [x.rstrip().replace("@MIB_ROOT@", os.environ.get("MIB_ROOT") or ROOT)
                 for x in f if x.startswith(("view ", "group ", "access "))]
    assert len(views) > 6
    users = [f'createUser clusterset-{x} SHA "authpass12" AES "privpass12"'
             for x in ("monitor", "operator", "admin")]
    with open(lab.snmpd.conf, "a", encoding="ascii") as f:
        f.write("\n".join(users + views) + "\n")
    lab.snmpd.restart()
    lab.daemon.serving()


# --- confirm ------------------------------------------------------------------------
def test_confirm_asks_on_a_terminal(whole):
    m = dead_source(whole)
    with cli.Terminal(m.lab, "site confirm web1 east") as t:
        at = t.wait("Type web1 to go on")
        assert "destroyed" in t.text and f"epoch {m.epoch}" in t.text
        assert "VM web1 in cluster east" in t.text and "unknown" in t.text
        t.send("yes\r")
        t.wait("not confirmed", after=at)
        assert t.end() == 1
    assert m.reader.value(m.word) == 0
    with cli.Terminal(m.lab, "site confirm web1 east") as t:
        t.wait("Type web1 to go on")
        t.interrupt()
        assert t.end() < 0 or t.code == 1
    assert m.reader.value(m.word) == 0
    with cli.Terminal(m.lab, "site confirm web1 east") as t:
        t.wait("Type web1 to go on")
        t.send("web1\r")
        t.wait("counts as stopped in cluster east")
        assert t.end() == 0
    assert m.reader.value(m.word) == m.epoch
    assert "now clusterset vm move web1 --to CLUSTER --force" in t.text
    done = cli.ok(m.lab, "vm move web1 --to west --force --wait", seconds=90)
    assert "web1 runs in west" in done.out
    m.no_dual()


def test_nothing_to_confirm(whole):
    """What is proved needs no word, and none is written."""
    m = begin(whole, Field({"web1": "west1"}), moves={"force": True})
    m.until("the proof", lambda: m.site_row("web1", "east")["csVmSiteEvidence"] == "proved")
    for words in ("site confirm web1 east --yes", "site confirm web1 east"):
        done = cli.ok(m.lab, words)
        assert "there is nothing to confirm: web1 is proved stopped in cluster east" in done.out
        assert "--force" not in done.out
    doc = cli.document(m.lab, "site confirm web1 east --yes")
    assert doc["sites"] == [{"vmName": "web1", "clusterName": "east", "confirm": 0,
                             "evidence": "proved"}]
    assert m.reader.value(f"csVmSiteConfirm.{m.vm('web1')}.{m.cluster('east')}") == 0


def test_a_move_that_waits_for_the_word(whole):
    m = dead_source(whole)
    cli.ok(m.lab, "vm move web1 --to west --force --owner noc")
    name = f"noc/{m.row('web1')['index']}"
    done = cli.ok(m.lab, "site confirm web1 east --yes")
    assert f"its move {name} goes on by itself" in done.out and "--force" not in done.out
    cli.ok(m.lab, f"move wait {name}", seconds=90)
    m.no_dual()


def test_an_unknown_vm_and_the_way_out(whole):
    m = dead_source(whole)
    for words in ("vm move web1 --to west", "vm move web1 --to west --dry-run"):
        done = cli.run(m.lab, words)
        assert done.code == 4 and "clusterset site confirm web1 east" in done.err, repr(done)
        assert "clusterset vm move web1 --to CLUSTER --force" in done.err, repr(done)


def test_confirm_without_a_terminal(whole):
    m = dead_source(whole)
    done = cli.run(m.lab, "site confirm web1 east")
    assert done.code == 2 and "--yes" in done.err and m.reader.value(m.word) == 0
    assert cli.run(m.lab, "site confirm web1 east", stdin="web1\n").code == 2
    done = cli.run(m.lab, f"site confirm web1 east --yes --epoch {m.epoch + 1}")
    assert done.code == 4 and str(m.epoch + 1) in done.err, repr(done)
    done = cli.run(m.lab, "site confirm web1 nowhere --yes")
    assert done.code == 1 and "no cluster 'nowhere'" in done.err
    assert m.reader.value(m.word) == 0
    doc = cli.document(m.lab, "site confirm web1 east --yes")
    assert doc["sites"] == [{"vmName": "web1", "clusterName": "east", "confirm": m.epoch}]
    assert m.reader.value(m.word) == m.epoch


def test_confirm_where_it_is_switched_off(whole):
    m = dead_source(whole, force=False)
    done = cli.run(m.lab, "site confirm web1 east --yes")
    assert done.code == 4 and "moves.force" in done.err, repr(done)
    done = cli.run(m.lab, "vm move web1 --to west --force")
    assert done.code == 4 and "moves.force" in done.err, repr(done)


def test_what_an_operator_may_not(whole):
    m = dead_source(whole)
    with_views(m.lab)

    def run(user, words):
        return cli.run(m.lab, words, access=None, options=as_user(f"clusterset-{user}"))
    assert "web1: unknown" in run("monitor", "vm where web1").out
    done = run("monitor", "vm hold web1")
    assert done.code == 4 and "snmpd" in done.err, repr(done)
    assert run("operator", "vm hold web1").code == 0
    assert run("operator", "vm release web1").code == 0
    for words in ("vm move web1 --to west --force", "site confirm web1 east --yes"):
        done = run("operator", words)
        assert done.code == 4 and "snmpd" in done.err, repr(done)
    assert m.rows() == [] and m.reader.value(m.word) == 0
    assert run("admin", "site confirm web1 east --yes").code == 0
    done = run("admin", "vm move web1 --to west --force --wait")
    assert done.code == 0, repr(done)
    m.no_dual()


# --- release -----------------------------------------------------------------------------
def test_release(whole):
    pair = worlds.Pair({"web1": "east1", "db1": "west1"})
    lab = whole(pair)
    done = cli.run(lab, "site release web1 --yes")
    assert done.code == 4 and "no cluster is to be released" in done.err
    clock.wait_for(lambda: lab.manager.row("csDiskTable", csDiskName="lun-web1")[1]
                   ["csDiskOwnerClusterName"] == "east", "web1 to be adopted")
    east = lab.manager.row("csClusterTable", csClusterName="east")[0][0]
    lab.daemon.stop()
    for server in pair.EAST:
        lab.sim.power_off("east", server)
    vms = [pair.vm_settings(name, home="west") for name in pair.vms]
    for vm in vms:
        for part in [vm] + vm["disks"]:
            part["sites"] = [s for s in part["sites"] if s["cluster"] != "east"]
    lab.daemon.write(lab.settings([lab.cluster("west")], vms, moves={"force": True}))
    lab.daemon.start().polled()
    done = cli.run(lab, "site release web1 west --yes")
    assert done.code == 4 and f"number {east}" in done.err, repr(done)
    assert cli.run(lab, "site release web1").code == 2
    with cli.Terminal(lab, "site release web1", columns=200) as t:
        t.wait("Type web1 to go on")
        assert "Alarm VM in doubt" in t.text and "destroyed" in t.text
        t.send("web1\r")
        t.wait("no longer counts for VM web1")
        assert t.end() == 0
    assert lab.manager.value(
        f"csVmRelease.{lab.manager.row('csVmTable', csVmName='web1')[0][0]}") == 0
    done = cli.ok(lab, "vm up web1 --wait", seconds=90)
    assert "web1 runs in west" in done.out


# --- adopt -------------------------------------------------------------------------------
def test_adopt(whole):
    lab = whole()
    done = cli.ok(lab, "adopt")
    assert "nothing to adopt" in done.out
    path = os.path.join(lab.daemon.settings["set"]["state-dir"], "state.sqlite")
    copy = os.path.join(lab.directory, "copy")
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    with target:
        source.backup(target)
    source.close()
    target.close()
    cli.ok(lab, "vm move web1 --to west --wait", seconds=90)
    lab.daemon.stop()
    for end in ("", "-wal", "-shm"):
        if os.path.exists(path + end):
            os.unlink(path + end)
    shutil.copyfile(copy, path)
    os.chmod(path, 0o600)
    lab.daemon.start().polled()
    clock.wait_for(lambda: lab.manager.row("csVmTable", csVmName="web1")[1]["csVmClusterName"]
                   == "west", "web1 to be seen in west")
    done = cli.run(lab, "vm move web1 --to east")
    assert done.code == 4 and "looks restored" in done.err, repr(done)
    assert cli.run(lab, "adopt").code == 2
    name = lab.manager.value("csSetName.0")
    with cli.Terminal(lab, "adopt", columns=200) as t:
        t.wait(f"Type {name} to go on")
        assert "Alarm" in t.text and "restored" in t.text
        assert re.search(r"Disk lun-web1: remembered owner east, epoch 1; VM web1 is .* in west",
                         t.text), t.text
        assert re.search(r"\d of \d disks are remembered where", t.text)
        t.send(f"{name}\r")
        assert t.end() == 0, t.text
    assert lab.manager.value("csSetAdopt.0") == 0
    clock.wait_for(lambda: lab.manager.row("csDiskTable", csDiskName="lun-web1")[1]
                   ["csDiskOwnerClusterName"] == "west", "the disk to be west's")
