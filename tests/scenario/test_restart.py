# SPDX-License-Identifier: Apache-2.0
"""What must survive: indexes, intents and ownership over restarts, kill -9 and reloads;
and what must be refused with words: bad configuration, a second daemon, a wrong SET."""
import copy
import json
import os
import re
import signal
import sqlite3
import stat

import pytest

from harness import clock, labs, snmp, worlds


def indexes(lab, *tables):
    """{(table, names): index} of everything that an operator names."""
    names = {"csClusterTable": ("csClusterName",), "csNodeTable": ("csNodeClusterName", "csNodeName"),
             "csVmTable": ("csVmName",), "csDiskTable": ("csDiskName",),
             "csFaultDomainTable": ("csFaultDomainName",),
             "csAvailSetTable": ("csAvailSetName",)}
    found = {}
    for table in tables or names:
        for index, row in lab.manager.table(table).items():
            found[(table, *(row[c] for c in names[table]))] = index
    return found


def vm(lab, name):
    return lab.manager.row("csVmTable", csVmName=name)[1]


def vm_index(lab, name):
    return lab.manager.row("csVmTable", csVmName=name)[0][0]


def cluster_index(lab, name):
    return lab.manager.row("csClusterTable", csClusterName=name)[0][0]


def until(lab, what, condition, seconds=20):
    return clock.wait_for(condition, what, seconds, seen=lab.logs)


def owned(lab):
    until(lab, "all disks to be owned", lambda: all(
        r["csDiskOperState"] == "owned" for r in lab.manager.table("csDiskTable").values()))


def reloaded(lab, settings, good=True):
    """Writes settings, sends SIGHUP and waits for the daemon's word on it."""
    at = lab.daemon.log_end()
    before = lab.manager.table("csEventTable")
    lab.daemon.write(settings)
    lab.daemon.reload()
    if good:
        def loaded():
            lab.daemon.process.check()
            return [r for i, r in lab.manager.table("csEventTable").items()
                    if i not in before and r["csEventType"] == "configurationLoaded"]
        until(lab, "the new configuration to be in force", loaded)
    return at


def test_indexes_survive_restart_and_new_order(whole):
    domains = {"fault-domains": [{"name": "room-a"}, {"name": "room-b"}],
               "availability-sets": [{"name": "web", "spread": "node", "enforcement": "soft"}]}
    lab = whole(**domains)
    before = indexes(lab)
    assert len(set(before)) == 2 + 4 + 6 + 6 + 2 + 1
    lab.daemon.stop()
    settings = lab.daemon.settings
    for key in ("clusters", "vms", "fault-domains"):
        settings[key] = list(reversed(settings[key]))
    for entry in settings["clusters"]:
        entry["servers"] = list(reversed(entry["servers"]))
    lab.daemon.write(settings)
    lab.daemon.start()
    lab.daemon.polled()
    assert indexes(lab) == before


def test_an_index_is_never_given_again(whole):
    """db1 leaves, another VM comes, db1 returns: nobody gets anybody's index."""
    pair = worlds.Pair()
    pair.vms["spare"] = None
    for c in pair.world["clusters"]:
        c["groups"].append(worlds.group("spare", ""))
    lab = whole(pair)
    settings = copy.deepcopy(lab.daemon.settings)
    without = copy.deepcopy(settings)
    without["vms"] = [v for v in settings["vms"] if v["name"] != "spare"]
    old = indexes(lab, "csVmTable")
    reloaded(lab, without)
    until(lab, "spare to be gone",
          lambda: ("csVmTable", "spare") not in indexes(lab, "csVmTable"))
    renamed = copy.deepcopy(settings)
    renamed["vms"] = [{**v, "name": "other"} if v["name"] == "spare" else v
                      for v in settings["vms"]]
    reloaded(lab, renamed)
    until(lab, "other to be there", lambda: ("csVmTable", "other") in indexes(lab, "csVmTable"))
    now = indexes(lab, "csVmTable")
    assert now[("csVmTable", "other")] not in old.values()
    assert {k: v for k, v in now.items() if k in old} == {
        k: v for k, v in old.items() if k != ("csVmTable", "spare")}
    reloaded(lab, settings)
    until(lab, "spare to be back", lambda: ("csVmTable", "spare") in indexes(lab, "csVmTable"))
    assert indexes(lab, "csVmTable") == old


def test_intents_survive_kill_9(whole):
    lab = whole()
    owned(lab)
    web1, mail, east = vm_index(lab, "web1"), vm_index(lab, "mail"), cluster_index(lab, "east")
    lab.operator.set((f"csVmHold.{web1}", "i", "true"))
    lab.operator.set((f"csVmAdminState.{mail}", "i", "down"), (f"csVmPriority.{mail}", "u", 700))
    lab.operator.set((f"csClusterAdminState.{east}", "i", "maintenance"))
    assert vm(lab, "web1")["csVmHold"] == "true", "an answered SET is there to be read"
    epochs = {r["csDiskName"]: (r["csDiskOwnerClusterName"], r["csDiskEpoch"])
              for r in lab.manager.table("csDiskTable").values()}
    newest = lab.manager.value("csEventNewest.0")
    lab.daemon.kill()
    lab.daemon.start()
    lab.daemon.serving()
    until(lab, "the VMs", lambda: len(lab.manager.table("csVmTable")) == 6)
    assert vm(lab, "web1")["csVmHold"] == "true"
    assert vm(lab, "mail")["csVmAdminState"] == "down"
    assert vm(lab, "mail")["csVmPriority"] == 700
    assert vm(lab, "files")["csVmAdminState"] == "up"
    assert lab.manager.value(f"csClusterAdminState.{east}") == "maintenance"
    lab.daemon.polled()
    after = {r["csDiskName"]: (r["csDiskOwnerClusterName"], r["csDiskEpoch"])
             for r in lab.manager.table("csDiskTable").values()}
    assert after == epochs, "ownership is kept, not adopted anew"
    events = lab.manager.table("csEventTable")
    numbers = sorted(i[0] for i in events)
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "event numbers are contiguous"
    assert numbers[-1] > newest, "and go on"
    # a row that began during the walk lacks the columns that were walked before
    assert [r for r in events.values() if r.get("csEventType") == "settingChanged" and
            "web1" in r.get("csEventText", "")]


def test_a_set_between_commit_and_cleanup(whole):
    """kill -9 after CommitSet made it durable, before CleanupSet: it counts as accepted,
    once, and says so; later SETs are never overruled by it."""
    lab = whole()
    owned(lab)
    web1 = vm_index(lab, "web1")
    lab.daemon.kill()
    state = os.path.join(lab.daemon.settings["set"]["state-dir"], "state.sqlite")
    with sqlite3.connect(state) as db:
        db.execute("insert into record values ('proposal', '0000000000000001', ?)",
                   (json.dumps({"set": [{"kind": 4, "key": [web1, 0], "value": 1}]}),))
    db.close()
    lab.daemon.start()
    lab.daemon.polled()
    assert vm(lab, "web1")["csVmHold"] == "true"
    assert [r for r in lab.manager.table("csEventTable").values()
            if "accepted although clustersetd ended" in r["csEventText"]]
    lab.operator.set((f"csVmHold.{web1}", "i", "false"))
    lab.daemon.kill()
    lab.daemon.start()
    lab.daemon.polled()
    assert vm(lab, "web1")["csVmHold"] == "false", "the newer SET stands"
    with sqlite3.connect(state) as db:
        assert db.execute("select count(*) from record where space = 'proposal'").fetchone() == (0,)
    db.close()

def test_an_ignored_cluster_is_not_asked(whole):
    lab = whole()
    west = cluster_index(lab, "west")
    lab.operator.set((f"csClusterAdminState.{west}", "i", "ignored"))
    until(lab, "mail to be unknown", lambda: vm(lab, "mail")["csVmOperState"] == "unknown")
    lab.sim.do("requests-reset")
    polls = lab.sim.requests(cluster="east")["total"]
    clock.wait_for(lambda: lab.sim.requests(cluster="east")["total"] > polls + 20, "more rounds", 20)
    assert lab.sim.requests(cluster="west")["total"] == 0
    lab.operator.set((f"csClusterAdminState.{west}", "i", "active"))
    until(lab, "mail to be seen again", lambda: vm(lab, "mail")["csVmOperState"] == "running")


def test_a_refused_set_is_explained(whole):
    lab = whole()
    web1 = vm_index(lab, "web1")
    instance = lab.mib.oid(f"csVmHomeCluster.{web1}")
    with pytest.raises(snmp.SnmpError) as refused:
        lab.operator.set((f"csVmHomeCluster.{web1}", "u", 4711))
    assert refused.value.status in ("wrongValue", "inconsistentValue")
    rows = lab.manager.table("csRefusalTable")
    newest = rows[max(rows)]
    assert newest["csRefusalError"] == refused.value.status
    assert newest["csRefusalInstance"] == instance
    assert "web1" in newest["csRefusalText"] and "4711" in newest["csRefusalText"]
    with pytest.raises(snmp.SnmpError) as refused:
        lab.operator.set((f"csVmAdminState.{web1}", "i", 9))
    assert refused.value.status in ("wrongValue", "inconsistentValue")
    with pytest.raises(snmp.SnmpError) as refused:
        lab.operator.set((f"csVmAdminState.{web1}", "s", "up"))
    assert refused.value.status == "wrongType"
    assert vm(lab, "web1")["csVmAdminState"] == "up"


def test_all_or_nothing_in_one_set(whole):
    lab = whole()
    web1, db1 = vm_index(lab, "web1"), vm_index(lab, "db1")
    with pytest.raises(snmp.SnmpError):
        lab.operator.set((f"csVmHold.{web1}", "i", "true"), (f"csVmHomeCluster.{db1}", "u", 4711))
    assert vm(lab, "web1")["csVmHold"] == "false"


def test_nobody_writes_without_the_right(whole):
    lab = whole()
    web1 = vm_index(lab, "web1")
    with pytest.raises(snmp.SnmpError) as refused:
        lab.manager.set((f"csVmHold.{web1}", "i", "true"))
    assert refused.value.status == "noAccess"
    assert vm(lab, "web1")["csVmHold"] == "false"


def test_a_bad_configuration_changes_nothing(whole):
    """SIGHUP with errors: the old settings stay in force; log and alarm say why."""
    lab = whole()
    before = lab.manager.table("csVmTable").keys()
    good = copy.deepcopy(lab.daemon.settings)
    bad = copy.deepcopy(good)
    bad["vms"][0]["sites"][0]["cluster"] = "nowhere"
    bad["poll"]["intervall"] = 3
    reloaded(lab, bad, good=False)
    lab.daemon.log_wait("nowhere")
    lab.daemon.log_wait("intervall")

    def alarm():
        return [r for r in lab.manager.table("csAlarmTable").values()
                if r["csAlarmType"] == "configurationRefused"]
    until(lab, "the alarm", alarm)
    text = alarm()[0]["csAlarmText"]
    assert "nowhere" in text or "intervall" in text or "clusterset.conf:" in text
    assert lab.manager.table("csVmTable").keys() == before
    lab.sim.do("group-stop", cluster="west", group="mail")
    until(lab, "polling to go on", lambda: vm(lab, "mail")["csVmOperState"] == "stopped")
    reloaded(lab, good)
    until(lab, "the alarm to be gone", lambda: not alarm())


def test_check_of_a_configuration(whole):
    lab = whole()
    done = lab.daemon.run("-t")
    assert done.returncode == 0, done.stderr
    broken = copy.deepcopy(lab.daemon.settings)
    broken["clusters"][0]["colour"] = "red"
    lab.daemon.write(broken)
    done = lab.daemon.run("-t")
    assert done.returncode != 0
    assert f"{lab.daemon.conf}:" in done.stderr + done.stdout
    assert "colour" in done.stderr + done.stdout
    lab.daemon.write_text("set = { name = \"x\" ;\n")
    done = lab.daemon.run("-t")
    assert done.returncode != 0 and f"{lab.daemon.conf}:" in done.stderr + done.stdout


def test_clusters_join_and_leave_by_reload(whole):
    """north joins without a restart, and leaves again since it owns nothing."""
    pair = worlds.Pair()
    pair.world["clusters"].append(worlds.cluster("north", ["north1"], []))
    lab = whole(pair)
    settings = copy.deepcopy(lab.daemon.settings)
    more = copy.deepcopy(settings)
    more["clusters"].append(lab.cluster("north"))
    reloaded(lab, more)
    until(lab, "north to be normal", lambda: lab.manager.row(
        "csClusterTable", csClusterName="north")[1]["csClusterOperState"] == "normal")
    assert lab.manager.value("csSetClusterCount.0") == 3
    assert vm(lab, "web1")["csVmOperState"] == "running"
    reloaded(lab, settings)
    until(lab, "north to be gone", lambda: lab.manager.value("csSetClusterCount.0") == 2)
    assert not [r for r in lab.manager.table("csNodeTable").values()
                if r["csNodeClusterName"] == "north"]


def test_what_owns_a_disk_cannot_leave(whole):
    """A reload that drops the owner of a disk is refused whole and names it."""
    lab = whole()
    owned(lab)
    less = copy.deepcopy(lab.daemon.settings)
    less["vms"] = [v for v in less["vms"] if v["name"] != "web1"]
    at = reloaded(lab, less, good=False)
    lab.daemon.log_wait("web1", after=at)
    assert vm(lab, "web1")["csVmOperState"] == "running"


def test_a_second_daemon_is_refused(whole):
    lab = whole()
    done = lab.daemon.run()
    words = done.stderr + done.stdout
    assert done.returncode != 0
    assert str(lab.daemon.pid) in words, f"it must name the process that holds the state: {words}"
    lab.daemon.process.check()
    assert vm(lab, "web1")["csVmOperState"] == "running"


def test_a_corrupt_state_file_is_kept_and_refused(whole):
    lab = whole()
    lab.daemon.stop()
    path = os.path.join(lab.daemon.settings["set"]["state-dir"], "state.sqlite")
    assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0, "others cannot read the state"
    for more in ("-wal", "-shm"):
        if os.path.exists(path + more):
            os.unlink(path + more)
    with open(path, "r+b") as f:
        f.write(b"this was a database")
        f.seek(0)
        before = f.read()
    done = lab.daemon.run()
    assert done.returncode != 0
    assert path in done.stderr + done.stdout
    with open(path, "rb") as f:
        assert f.read() == before, "a file we do not understand is not touched"


def test_sigterm_is_a_clean_end(whole):
    lab = whole()
    lab.daemon.stop()  # asserts status 0
    until(lab, "its objects to be gone",
          lambda: lab.manager.get("csSetName.0")[0].absent)
    lab.daemon.start()
    lab.daemon.polled()
    last = [r["csEventType"] for _, r in sorted(lab.manager.table("csEventTable").items())]
    assert "daemonStopped" in last and last.count("daemonStarted") == 2


def test_debug_logging_tells_what_is_done(whole):
    """SIGUSR2: every request with its outcome, rounds, SETs, commits, publishing."""
    lab = whole()
    web1 = vm_index(lab, "web1")
    assert " debug: " not in lab.daemon.process.text()
    lab.daemon.process.signal(signal.SIGUSR2)
    at = lab.daemon.log_wait("debug logging on")
    lab.operator.set((f"csVmPriority.{web1}", "u", 321))
    for said in (r"cluster=east server=\S+ GET /groups: HTTP 200, \d+ bytes, \d+ ms",
                 r"cluster=west round: \d of 2 servers answered, \d+ ms",
                 r"agentx: SET \w+: commit of 1 variables: error 0",
                 r"store: committed \d+ changes? of \d+ batch(es)? in \d+ ms",
                 r"control: generation \d+ published"):
        until(lab, said, lambda said=said: re.search(
            said, lab.daemon.process.text()[at:]))
    assert labs.PASSWORD not in lab.daemon.process.text()
    lab.daemon.process.signal(signal.SIGUSR2)
    lab.daemon.log_wait("debug logging off", after=at)


def test_snmpd_restart_is_survived(whole):
    lab = whole()
    lab.snmpd.restart(hard=True)
    lab.daemon.serving(30)
    assert vm(lab, "web1")["csVmOperState"] == "running"
    lab.sim.power_off("east", "east1")
    lab.trapd.wait("csVmPlacementChange", csVmName="web1")


def test_passwords_are_told_to_nobody(whole):
    lab = whole()
    lab.daemon.reload()
    lab.sim.fault("unauthorized", cluster="west", count=3)
    until(lab, "the alarm", lambda: "credentials" in [
        r["csAlarmType"] for r in lab.manager.table("csAlarmTable").values()])
    secret = "correct horse"
    seen = lab.daemon.process.text() + json.dumps(
        [v.text for v in lab.manager.bulkwalk("." + ".".join(map(str, lab.mib.root)))])
    with open(f"/proc/{lab.daemon.pid}/cmdline", "rb") as f:
        seen += f.read().decode()
    assert secret not in seen
    state = lab.daemon.settings["set"]["state-dir"]
    for name in os.listdir(state):
        with open(os.path.join(state, name), "rb") as f:
            assert secret.encode() not in f.read()
