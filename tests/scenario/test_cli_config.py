# SPDX-License-Identifier: Apache-2.0
"""clusterset edits the configuration of a running set: members, fault domains,
availability sets, VMs, options; the daemon takes it over, or the file is put back."""
import fcntl
import os
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from harness import cli, clock, worlds
from harness.udpproxy import RESPONSE, SET, Proxy


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


def text(lab):
    with open(lab.daemon.conf, encoding="utf-8") as f:
        return f.read()


def backups(lab):
    return sorted(x for x in os.listdir(lab.daemon.directory)
                  if re.fullmatch(r"clusterset\.conf\.saved-\d+", x))


def edited(lab, words, **more):
    """An edit that succeeds and is in force; its document."""
    doc = cli.document(lab, words, **more)["configuration"]
    assert doc["reload"] == "taken", doc
    assert doc["changed"] and len(doc["backups"]) == 1, doc
    return doc


def commented(lab):
    """The lab's configuration with comments of a person in it, taken over."""
    lines = [f"# line {i} of mine\n{line}  // beside {i}" if line.rstrip().endswith("{") else line
             for i, line in enumerate(text(lab).splitlines())]
    lab.daemon.write_text("\n".join(lines) + "\n")
    assert cli.ok(lab, "config check").out.startswith(lab.daemon.conf)
    return re.findall(r"# line \d+ of mine|// beside \d+", text(lab))


def clusters(lab):
    return {r["csClusterName"] for r in lab.manager.table("csClusterTable").values()}


def north(lab):
    return " ".join(f"--server {s['name']}={s['url']}" for s in lab.cluster("north")["servers"])


@pytest.fixture
def three(whole):
    """Two clusters are configured, a third one is there."""
    def start(**more):
        pair = worlds.Pair()
        pair.world["clusters"].append(worlds.cluster("north", ["north1"], [
            worlds.group("web1", ""), worlds.group("new1", "north1"),
            worlds.group("failover1", ""), worlds.group("twice", "north1")]))
        pair.world["clusters"][0]["groups"] += [
            worlds.group("new1", ""), worlds.group("failover1", "east1"),
            worlds.group("twice", "east1")]
        return whole(pair, **more)
    return start


def test_members_join_and_leave(three):
    lab = three()
    mine = commented(lab)
    credentials = lab.cluster("east")["credentials"]
    doc = edited(lab, f"cluster add north {north(lab)} --credentials {credentials}")
    assert doc["done"] == 'cluster "north" added' and doc["reloadText"].startswith("taken over at")
    assert "+" in doc["diff"] and clusters(lab) == {"east", "west", "north"}
    assert [x for x in mine if x not in text(lab)] == []
    edited(lab, "cluster set north --interval 2.5 --ecx-name north")
    assert "interval = 2.5;" in text(lab)
    edited(lab, "cluster set north --unset interval --set verify=false")
    assert "interval = 2.5" not in text(lab) and "verify = false" in text(lab)
    done = cli.ok(lab, "cluster remove north")
    assert done.out.startswith(f'cluster "north" removed in {lab.daemon.conf}; taken over at')
    assert clusters(lab) == {"east", "west"}
    assert [x for x in mine if x not in text(lab)] == []
    assert len(backups(lab)) == 4


def test_another_name_is_another_one(whole):
    """What is in use keeps its name: said before anything is written, with the way out."""
    lab = whole()
    before, events = text(lab), len(lab.manager.table("csEventTable"))
    owned = next(r for r in lab.manager.table("csDiskTable").values() if r["csDiskOwnerClusterName"])
    vm, cluster = owned["csDiskVmName"], owned["csDiskOwnerClusterName"]
    for dry in ("", " --dry-run"):
        done = cli.run(lab, f"vm set {vm} --name other{dry}")
        assert done.code == 4 and f"clusterset vm down {vm}" in done.err, repr(done)
        assert "nothing was written" in done.err and "clusterset vm up other" in done.err
        done = cli.run(lab, f"cluster set {cluster} --name other{dry}")
        assert done.code == 4 and f"clusterset cluster drain {cluster}" in done.err, repr(done)
    assert text(lab) == before and backups(lab) == []
    assert len(lab.manager.table("csEventTable")) == events, "no alarm comes and goes for it"
    # the way out that is named
    cli.ok(lab, f"vm down {vm} --wait")
    clock.wait_for(lambda: all(
        r["csVmSiteEvidence"] == "proved" for r in lab.manager.table("csVmSiteTable").values()
        if r["csVmSiteVmName"] == vm), "proof")
    done = cli.ok(lab, f"vm set {vm} --name other --dry-run")
    assert f"for clustersetd VM {vm} goes and other comes" in done.out
    edited(lab, f"vm set {vm} --name other")
    cli.ok(lab, "vm up other --wait")


def test_a_group_that_no_cluster_has(three):
    lab = three()
    for dry in (True, False):
        done = cli.ok(lab, "vm register wiki --site east=new2 --site west --kind stateless"
                      + (" --dry-run" if dry else ""))
        assert 'cluster east has no group "new2"; did you mean "new1"?' in done.out
        assert 'cluster west has no group "wiki"' in done.out
    done = cli.run(lab, "vm up wiki")
    assert done.code == 4 and 'wiki has no group: cluster east has none called "new2"' in done.err
    assert "clusterset vm set wiki --site" in done.err and "csVmAdminState" not in done.err
    done = cli.ok(lab, "vm set wiki --site east=new1 --no-site west")
    assert "has no group" not in done.out


def test_what_is_still_used_is_named(three):
    lab = three()
    before = text(lab)
    done = cli.run(lab, "cluster remove west")
    assert done.code == 4 and 'VM "web1" (site)' in done.err and "--cascade" in done.err
    # with it, the daemon knows better: the disks are owned there
    done = cli.run(lab, "cluster remove west --cascade")
    assert done.code == 4 and "did not take it over" in done.err, repr(done)
    assert "the file is as it was before" in done.err
    assert text(lab) == before and backups(lab) == []
    assert not [r for r in lab.manager.table("csAlarmTable").values()
                if r["csAlarmType"] == "configurationRefused"]
    done = cli.run(lab, "cluster remove west --cascade --keep")
    assert done.code == 4 and "the new file stays" in done.err
    assert text(lab) != before and len(backups(lab)) == 1


def test_fault_domains(whole):
    lab = whole()
    edited(lab, "fault-domain add hall1 --description 'Hall 1'")
    edited(lab, "fault-domain add hall2")
    edited(lab, "cluster set east --fault-domain hall1 --server-fault-domain east2=hall2")
    row = lab.manager.row("csNodeTable", csNodeName="east2")[1]
    assert row["csNodeFaultDomainName"] == "hall2"
    done = cli.run(lab, "fault-domain remove hall1")
    assert done.code == 4 and 'cluster "east"' in done.err
    doc = edited(lab, "fault-domain set hall2 --name annex")
    assert 'server "east2" of cluster "east"' in doc["notes"]
    edited(lab, "fault-domain remove hall1 --cascade")
    assert lab.manager.row("csNodeTable", csNodeName="east2")[1]["csNodeFaultDomainName"] == "annex"
    done = cli.run(lab, "cluster set east --fault-domain anex")
    assert done.code == 4 and "did you mean" in done.err and "nothing was written" in done.err


def test_availability_sets(whole):
    lab = whole()
    edited(lab, "availability-set add web --spread cluster --enforcement soft")
    edited(lab, "availability-set join web web1 web2")
    index = lab.manager.row("csAvailSetTable", csAvailSetName="web")[0][0]
    assert lab.manager.row("csVmTable", csVmName="web2")[1]["csVmAvailabilitySet"] == index
    done = cli.run(lab, "availability-set leave web db1")
    assert done.code == 1 and 'VM "db1" is in no availability set' in done.err
    edited(lab, "availability-set leave web web1")
    edited(lab, "availability-set set web --spread node")
    assert cli.run(lab, "availability-set remove web").code == 4
    edited(lab, "availability-set remove web --cascade")
    assert "availability-set" not in text(lab).replace("availability-sets", "")
    done = cli.run(lab, "availability-set add x --spread nod")
    assert done.code == 2 and "fault-domain; not 'nod'" in done.err


def test_vms(three):
    lab = three()
    credentials = lab.cluster("east")["credentials"]
    edited(lab, f"cluster add north {north(lab)} --credentials {credentials}")
    done = cli.run(lab, "vm register solo --site east=new1")
    assert done.code == 2 and "--kind stateless" in done.err
    edited(lab, "vm register solo --site east=new1 --kind stateless --priority 7 --memory 512")
    clock.wait_for(lambda: lab.manager.row("csVmTable", csVmName="solo"), "the VM", 20)
    assert lab.manager.row("csVmTable", csVmName="solo")[1]["csVmPriority"] == 7
    edited(lab, "vm set solo --site north=new1 --home north --monitors east=genw1,genw2 "
           "--auto-start east=manual")
    assert 'monitors = ( "genw1", "genw2" );' in text(lab)
    edited(lab, "vm set solo --no-site east --name lone --unset memory")
    assert '"solo"' not in text(lab) and "memory" not in text(lab)
    edited(lab, "vm unregister lone")
    assert '"lone"' not in text(lab)
    done = cli.run(lab, "vm unregister web1 db1")
    assert done.code == 4 and "web1" in done.err  # it owns its disk and runs
    done = cli.run(lab, "vm set nobody --memory 3")
    assert done.code == 1 and 'no VM "nobody"' in done.err


def test_what_was_set_stands_against_the_file(whole):
    lab = whole()
    done = cli.ok(lab, "vm set web1 --home west --priority 7")
    assert "stays" not in done.err
    cli.ok(lab, "vm home web1 east")
    done = cli.ok(lab, "vm set web1 --home west --memory 512")
    assert "the home of web1 stays east" in done.err
    assert "clusterset vm home web1 west changes it" in done.err
    cli.ok(lab, "vm priority web1 9")
    done = cli.ok(lab, "vm set web1 --priority 8")
    assert "the priority of web1 stays 9" in done.err and "home" not in done.err


def test_register_all_twins(three):
    lab = three()
    credentials = lab.cluster("east")["credentials"]
    edited(lab, f"cluster add north {north(lab)} --credentials {credentials}")
    clock.wait_for(lambda: len([r for r in lab.manager.table("csCandidateTable")
                                if "new1" in str(r)]) or
                   "new1" in cli.ok(lab, "vm discover").out, "the candidates", 20)
    assert cli.run(lab, "vm register --all").code == 2
    doc = edited(lab, "vm register --all --disk %-lun=sd-%")
    assert 'VM "new1" in 2 clusters' in doc["notes"]
    assert any("twice is active in 2 clusters" in x for x in doc["notes"])
    assert "failover1" not in text(lab) and '"twice"' not in text(lab)
    assert 'name = "new1-lun";' in text(lab) and 'resource = "sd-new1"' in text(lab)
    # the cluster where it runs is preferred
    assert text(lab).index('cluster = "north"') < text(lab).rindex('cluster = "east"')


def test_patterns(three):
    lab = three()
    edited(lab, "vm-pattern add 'new*' --kind stateless --clusters east,west --priority 9 "
                "--memory 512 --vcpus 2 --cpu-weight 50")
    assert re.search(r"memory = 512;\s+vcpus = 2;\s+cpu-weight = 50;", text(lab)), text(lab)
    assert 'clusters = ( "east", "west" );' in text(lab)
    edited(lab, "vm-pattern set 'new*' --clusters east")
    edited(lab, "vm-pattern remove 'new*'")
    assert "new*" not in text(lab)


def test_options_within_groups(whole):
    """Of groups in groups, and of groups in the entries of lists."""
    lab = whole()
    for option, value, line in (
            ("policies.balance.mode", "advise", 'mode = "advise";'),
            ("policies.weights.memory", "0.5", "memory = 0.5;"),
            ("policies.windows", "Sat,Sun 00:00-24:00", 'windows = "Sat,Sun 00:00-24:00";'),
            ("clusters.east.fence.program", "/bin/false", 'program = "/bin/false";'),
            ("clusters.east.fence.arguments", "a,b", 'arguments = ( "a", "b" );'),
            ("clusters.east.servers.east1.cpus", "16", "cpus = 16;")):
        edited(lab, f"config set {option} '{value}'")
        assert line in text(lab), text(lab)
    done = cli.run(lab, "config set policies.windows Sat")
    assert done.code != 0 and "has no time as 22:00" in done.err, repr(done)


def test_options(whole):
    lab = whole()
    edited(lab, "config set history.events 5000")
    assert "history = {\n    events = 5000;\n};" in text(lab)
    assert cli.ok(lab, "config show history").out == "history.events = 5000\n"
    assert cli.document(lab, "config show")["options"]["history"] == {"events": 5000}
    edited(lab, "config set clusters.east.interval 2.5")
    edited(lab, "config unset clusters.east.interval")
    done = cli.run(lab, "config set poll.intervall 3")
    assert done.code == 1 and 'did you mean "interval"' in done.err
    done = cli.run(lab, "config set poll.interval 4000")
    assert done.code == 4 and "out of range" in done.err and "nothing was written" in done.err
    doc = cli.document(lab, "config set history.events 5000")["configuration"]
    assert not doc["changed"] and doc["backups"] == []
    good = cli.document(lab, "config check")
    assert good["good"] and good["errors"] == []
    lab.daemon.write_text("set = { nam = 3; };\n")
    bad = cli.run(lab, "config check --json")
    assert bad.code == 1 and not bad.json["good"] and "unknown option" in bad.json["errors"][0]


def test_dry_run_changes_nothing(whole):
    lab = whole()
    before = text(lab)
    done = cli.ok(lab, "config set history.events 5000 --dry-run")
    assert done.out.startswith(f"--- {lab.daemon.conf}\n+++ {lab.daemon.conf}\n@@ ")
    assert "\n+    events = 5000;\n" in done.out
    assert text(lab) == before and backups(lab) == []
    assert lab.manager.value("csSetReload.0") == 0


def test_includes_and_links(whole):
    lab = whole()
    directory = lab.daemon.directory
    whole_text = text(lab)
    at = whole_text.index("vms = (")
    with open(os.path.join(directory, "vms.conf"), "w", encoding="utf-8") as f:
        f.write("# all VMs\n" + whole_text[at:])
    os.mkdir(os.path.join(directory, "real"))
    real = os.path.join(directory, "real", "site.conf")
    with open(real, "w", encoding="utf-8") as f:
        f.write(whole_text[:at] + '@include "vms.conf"\n')
    os.chmod(real, 0o640)
    os.unlink(lab.daemon.conf)
    os.symlink(real, lab.daemon.conf)
    doc = edited(lab, "vm set web1 --memory 777")
    assert doc["backups"] == [os.path.join(directory, "vms.conf.saved-1")]
    with open(os.path.join(directory, "vms.conf"), encoding="utf-8") as f:
        assert "memory = 777;" in f.read()
    edited(lab, "config set history.events 4000")
    assert os.path.islink(lab.daemon.conf) and os.path.exists(real + ".saved-1")
    assert stat.S_IMODE(os.stat(real).st_mode) == 0o640
    done = cli.run(lab, "vm set web1 --home nowhere")
    assert done.code == 4 and os.path.join(directory, "vms.conf") + ":" in done.err
    assert not [x for x in os.listdir(directory) if x.startswith(".clusterset")]


def test_who_may_not_reload_is_told_so(whole):
    lab = whole()
    done = cli.run(lab, "config set history.events 4000", access=cli.READER)
    assert done.code == 4 and "not in force yet: systemctl reload clustersetd" in done.err
    assert "events = 4000" in text(lab) and lab.manager.value("csSetReload.0") == 0
    done = cli.ok(lab, "config set history.events 4001 --no-reload --file " + lab.daemon.conf,
                  agent="192.0.2.1")
    assert "events = 4001" in text(lab)
    lab.daemon.stop()
    done = cli.run(lab, f"config set history.events 4002 --file {lab.daemon.conf}")
    assert done.code == 5 and "clustersetd cannot be asked" in done.err and "events = 4002" in text(lab)
    done = cli.run(lab, "config show", agent="127.0.0.1:9", options=["-t", "0.2", "-r", "0"])
    if done.code != 0:  # else this host has one of its own
        assert done.code == 3 and "--file names it" in done.err, repr(done)


def test_another_host_is_refused(whole):
    lab = whole()
    before = text(lab)
    for agent in ("192.0.2.1", "udp6:[2001:db8::1]:161"):
        done = cli.run(lab, "config set history.events 4000", agent=agent,
                       options=["-t", "0.2", "-r", "0"])
        assert done.code == 4 and "this is not that host" in done.err, repr(done)
    other = os.path.join(lab.directory, "other.conf")
    with open(other, "w", encoding="utf-8") as f:
        f.write(before)
    done = cli.run(lab, f"config set history.events 4000 --file {other}")
    assert done.code == 4 and f"clustersetd reads {lab.daemon.conf}, not {other}" in done.err
    assert text(lab) == before


def test_a_tunnel_to_another_host_is_refused(whole, top_builddir):
    """The address is ours, the name of the host behind it is not."""
    path = os.path.join(top_builddir, "tests", "scenario", "otherhost.so")
    if not os.path.exists(path):
        pytest.skip("otherhost.so is not built (make check builds it)")
    lab = whole(daemon={"preload": path, "environment": {
        # the sanitizer's runtime wants to be first of all libraries
        "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}})
    assert lab.manager.value("csSetHostName.0") == "far-away" != socket.gethostname()
    done = cli.run(lab, "config set history.events 4000")
    assert done.code == 4 and "stands on far-away, and this is not that host" in done.err
    done = cli.run(lab, f"config set history.events 4000 --file {lab.daemon.conf}")
    assert done.code == 4 and "--no-reload" in done.err and "4000" not in text(lab)


@pytest.mark.parametrize("times", (1, 99))
def test_a_lost_answer_reloads_once(whole, times):
    """The SET is sent again, or its answer never comes: one reload, and it is heard of."""
    lab = whole()
    lost = []

    def lose(tag):
        if tag == RESPONSE and len(proxy.seen) and proxy.seen[-1] == SET and len(lost) < times:
            lost.append(tag)
            return True
        return False
    with Proxy(lab.snmpd.port, response=lose) as proxy:
        done = cli.run(lab, "config set history.events 4000", access=cli.WRITER,
                       agent=proxy.agent, options=["-t", "0.5", "-r", "1"])
    assert done.code == 0 and "taken over at" in done.out, repr(done)
    assert lost and proxy.sets() == 2
    assert lab.manager.value("csSetReload.0") == 1


def test_a_reload_that_nobody_hears_of(whole):
    lab = whole()
    with Proxy(lab.snmpd.port, request=lambda tag: tag == SET) as proxy:
        done = cli.run(lab, "config set history.events 4000", access=cli.WRITER,
                       agent=proxy.agent, options=["-t", "0.3", "-r", "1"])
    assert done.code == 5 and "it did not hear of it" in done.err, repr(done)
    assert "systemctl reload" in done.err and "events = 4000" in text(lab)


def test_two_editors(whole):
    """Who comes second waits; a change by somebody else in between is never lost."""
    lab = whole()
    fd = os.open(lab.daemon.directory, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    done = cli.run(lab, "config set history.events 4000")
    assert done.code == 1 and "another clusterset edits" in done.err
    os.close(fd)
    edited(lab, "config set history.events 4000")


def test_an_editor(whole):
    lab = whole()
    tool = os.path.join(lab.directory, "editor")
    with open(tool, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nsed -i 's/^set = {/# by hand\\nset = {/' \"$2\"\n"
                "echo \"$1\" >>\"$0.log\"\n")
    os.chmod(tool, 0o755)
    env = {"EDITOR": f"{tool} -x"}
    done = cli.ok(lab, "config edit", env=env)
    assert "changes in" in done.out and text(lab).startswith("# by hand\nset = {")
    with open(tool + ".log", encoding="utf-8") as f:
        assert f.read() == "-x\n"
    with open(tool, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\necho 'oops = 1;' >>\"$2\"\n")
    before = text(lab)
    done = cli.run(lab, "config edit", env=env)
    assert done.code == 4 and "unknown option oops" in done.err and text(lab) == before
    assert os.path.exists(lab.daemon.conf + ".edit")
    kept = lab.daemon.conf + ".edit"
    for words in ("config edit", "config edit --dry-run"):
        done = cli.run(lab, words, env={"EDITOR": "true"})
        assert done.code == 4 and kept in done.err and "--continue" in done.err
    done = cli.run(lab, "config edit --continue", env={"EDITOR": "false"})
    assert done.code == 1 and "the editor failed" in done.err
    with open(kept, encoding="utf-8") as f:
        assert f.read() == before + "oops = 1;\n"
    done = cli.ok(lab, "config edit --continue --dry-run",
                  env={"EDITOR": "sed -i s/^oops.*/history={events=4000;};/"})
    assert "+history" in done.out and os.path.exists(kept) and text(lab) == before
    # what was changed in between is not undone without a word
    edited(lab, "config set poll.read-timeout 2.5")
    with cli.Terminal(lab, "config edit", env={"EDITOR": "true"}) as screen:
        screen.wait("changed since")
        screen.wait(r"Go on with it\? \[y/N\]")
        screen.send("\n")
        screen.wait("kept|from now on|nothing")
        assert screen.end() == 0, screen.text
    assert "nothing to change" in screen.text and not os.path.exists(kept)
    with open(kept + "-1", encoding="utf-8") as f:
        assert "events=4000" in f.read()
    done = cli.run(lab, "config edit", env={"EDITOR": "false"})
    assert done.code == 1 and not os.path.exists(kept)  # nothing was written in it


def test_two_sessions_of_an_editor(whole):
    """Neither takes the other's copy, a dry run is one of them."""
    lab = whole()
    tool = os.path.join(lab.directory, "editor")
    with open(tool, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\necho '# mine' >>\"$1\"\n: >\"$0.ready\"\n"
                "while [ ! -e \"$0.go\" ]; do sleep 0.05; done\n")
    os.chmod(tool, 0o755)
    with cli.Terminal(lab, "config edit", env={"EDITOR": tool}) as screen:
        clock.wait_for(lambda: os.path.exists(tool + ".ready"), "the editor", 20)
        for words in ("config edit --dry-run", "config edit"):
            done = cli.run(lab, words, env={"EDITOR": "true"})
            assert done.code == 1 and "another clusterset edits" in done.err, repr(done)
        with open(tool + ".go", "w", encoding="utf-8"):
            pass
        screen.wait("taken over at")
        assert screen.end() == 0, screen.text
    assert text(lab).endswith("# mine\n")


def test_many_at_the_same_time(whole):
    """Every exit code is true: 0 is in force. The last one written is what counts."""
    lab = whole()
    running = [subprocess.Popen(
        cli.argv(lab, f"config set history.events {4000 + i}"), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, cwd=lab.directory, env=cli.environment(lab))
        for i in range(6)]
    outputs = [(p.communicate(timeout=clock.scaled(90))[0], p.returncode) for p in running]
    taken = [o for o, code in outputs if code == 0]
    assert taken and all("taken over at" in o for o in taken), outputs
    # the others did not get the lock, and wrote nothing
    assert all(code == 1 and "another clusterset edits" in o for o, code in outputs if code != 0)
    assert lab.manager.value("csSetReload.0") == len(taken) == len(backups(lab))


def test_somebody_else_reloads_in_the_same_moment(whole):
    """The number of csSetReload is another one when the SET comes: it is read again."""
    lab = whole()
    raced = []

    def race(tag):
        if tag == SET and not raced:
            raced.append(tag)
            for number in range(2):
                lab.operator.set(("csSetReload.0", "u", number))
        return False
    with Proxy(lab.snmpd.port, request=race) as proxy:
        done = cli.run(lab, "config set history.events 4000", access=cli.WRITER,
                       agent=proxy.agent)
    assert raced and done.code == 0 and "taken over at" in done.out, repr(done)
    assert lab.manager.value("csSetReload.0") == 3


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
@pytest.mark.parametrize("words", ("cluster remove west --cascade",
                                   "config set history.events 4000"))
def test_a_signal_leaves_no_file_undecided(whole, number, words):
    """Between the write and the daemon's answer: put back, or in force, and only then it ends."""
    lab = whole()
    before = text(lab)
    sent = []

    def interrupt(tag):
        if tag == SET and not sent:
            assert text(lab) != before
            sent.append(tag)
            running.send_signal(number)
            time.sleep(0.05)  # it must not win by speed
        return False
    with Proxy(lab.snmpd.port, request=interrupt) as proxy:
        running = subprocess.Popen(
            cli.argv(lab, words, access=cli.WRITER, agent=proxy.agent),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=lab.directory,
            env=cli.environment(lab))
        said, _ = running.communicate(timeout=clock.scaled(60))
    assert sent and running.returncode == -number, (running.returncode, said)
    assert not [x for x in os.listdir(lab.daemon.directory) if x.startswith(".clusterset")]
    if words.startswith("cluster"):
        assert "the file is as it was before" in said
        assert text(lab) == before and backups(lab) == []
    else:
        assert "taken over at" in said and "events = 4000" in text(lab)


@pytest.mark.parametrize("late, code", (("oops = 1;\n", 4), ("# mine\n", 5)))
def test_what_somebody_else_writes_stays(whole, late, code):
    """A later reload of a later file says nothing about ours, and that file is not replaced."""
    lab = whole()
    raced = []

    def reloaded(number):
        clock.wait_for(lambda: lab.manager.value("csSetReload.0") == number
                       and lab.manager.value("csSetReloadState.0") in ("taken", "refused"),
                       f"reload {number}")

    def race(tag):
        if SET in proxy.seen and tag != SET and not raced:
            raced.append(tag)
            reloaded(1)
            lab.daemon.write_text(text(lab) + late)
            lab.operator.set(("csSetReload.0", "u", 1))
            reloaded(2)
        return False
    with Proxy(lab.snmpd.port, request=race) as proxy:
        done = cli.run(lab, "config set history.events 4000", access=cli.WRITER,
                       agent=proxy.agent, options=["-t", "20"])
    assert raced and done.code == code, repr(done)
    assert "somebody else wrote" in done.err
    assert text(lab).endswith(late) and "events = 4000" in text(lab)
    assert lab.manager.value("csSetReload.0") == 3, "its own word was asked for"


def test_a_second_name_is_told_of(whole):
    lab = whole()
    os.link(lab.daemon.conf, lab.daemon.conf + ".mine")
    with open(lab.daemon.conf + ".~1~", "w", encoding="utf-8") as f:
        f.write("of an editor\n")
    done = cli.ok(lab, "config set history.events 4000")
    assert "1 other name (hard links)" in done.err
    assert os.path.exists(lab.daemon.conf + ".~1~")


def test_an_editor_is_given_a_second_chance(whole):
    lab = whole()
    tool = os.path.join(lab.directory, "editor")
    with open(tool, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nif grep -q oops \"$1\"; then sed -i 's/^oops/# &/' \"$1\"\n"
                "else echo 'oops = 1;' >>\"$1\"; fi\n")
    os.chmod(tool, 0o755)
    with cli.Terminal(lab, "config edit", env={"VISUAL": tool}) as screen:
        screen.wait("unknown option oops")
        screen.wait(r"Edit it again\? \[Y/n\]")
        screen.send("y\n")
        screen.wait("taken over at")
        assert screen.end() == 0, screen.text
    assert text(lab).endswith("# oops = 1;\n")
    assert not os.path.exists(lab.daemon.conf + ".edit")


def test_backups_are_kept_and_not_for_ever(whole):
    lab = whole()
    for i in range(1, 24):
        cli.ok(lab, f"config set history.events {5000 + i} --no-reload --file {lab.daemon.conf}")
    numbers = sorted(int(x.split("-")[1]) for x in backups(lab))
    assert numbers == list(range(4, 24))
    with open(lab.daemon.conf + ".saved-23", encoding="utf-8") as f:
        assert "events = 5022;" in f.read()
