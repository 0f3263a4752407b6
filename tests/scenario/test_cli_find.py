# SPDX-License-Identifier: Apache-2.0
"""clusterset vm discover, and vm where of a small agent of this test's: how a placement is
asked for, shown and removed again. test_policy_place.py has clustersetd's own."""
import os
import re
import stat
import time

import pytest

from harness import cli, clock
from harness.moving import Field, begin

ROOT = "1.3.6.1.4.1.8072.9999.9999.29009"


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


# --- discover -------------------------------------------------------------------------
class Unpaired(Field):
    """Some of the groups are no VMs of the configuration."""

    LEFT = ("failover1", "both", "only one")

    def settings(self, lab, **more):
        return lab.settings([lab.cluster(c) for c in self.clusters],
                            [self.vm_settings(v) for v in self.vms if v not in self.LEFT],
                            **more)


def test_discover(whole):
    field = Unpaired({"web1": "east1", "failover1": "east2", "both": "east1"},
                     stateless=("both",))
    # active in both clusters
    west = field.world["clusters"][1]
    both = next(g for g in west["groups"] if g["name"] == "both")
    both["initial"] = "west1"
    field.vms = {"web1": "east1"}
    m = begin(whole, field)
    m.until("the candidates", lambda: len(m.reader.table("csCandidateTable")) >= 4)
    done = cli.ok(m.lab, "vm discover")
    assert "failover1" in done.lines and "web1" not in done.lines
    assert any("clusterset vm register failover1 --site east=failover1 --site west=failover1"
               in x for x in done.lines)
    at = done.lines.index("both")
    assert "active in more than one cluster" in done.lines[at + 3]
    doc = cli.document(m.lab, "vm discover")["candidates"]
    one = next(x for x in doc if x["group"] == "failover1")
    assert [s["clusterName"] for s in one["sites"]] == ["east", "west"]
    assert one["sites"][0]["nodeName"] == "east2" and one["command"].startswith("clusterset vm")
    assert next(x for x in doc if x["group"] == "both")["command"] is None
    # the command is one: with the disk, and as a dry run
    conf = m.lab.daemon.conf
    words = one["command"].split()[1:]
    done = cli.ok(m.lab, [*words, "--disk", "lun-failover1=sd-failover1", "--dry-run", "--file",
                          conf])
    assert "failover1" in done.out


def test_nothing_to_discover(whole):
    m = begin(whole, Field({"web1": "east1"}))
    assert "belongs to a VM" in cli.ok(m.lab, "vm discover").out
    assert cli.document(m.lab, "vm discover") == {"candidates": []}


# --- what is refused -----------------------------------------------------------------------
def test_refused_with_the_reason(whole):
    m = begin(whole, Field({"web1": "east1"}))
    for words, code in (("plan approve 3", 4), ("plan reject 3", 4), ("hook enable fence", 1),
                        ("hook disable fence", 1), ("vm where --cpus 2", 2),
                        ("vm where --cpus 0 --memory 1", 2),
                        ("vm where --cpus 1 --memory 1 --availability-set nun", 1),
                        ("policy set balanced advise", 1), ("policy set balance loud", 2),
                        ("policy tune high-loud 3", 2), ("plan approve three", 2)):
        done = cli.run(m.lab, words)
        assert done.code == code and done.out == "", repr(done)
        if code == 4:
            assert re.search("no such row", done.err), repr(done)
    done = cli.run(m.lab, "vm where")
    assert done.code == 2 and "--cpus N and --memory MIB are missing" in done.err, repr(done)
    assert "this release" in " ".join(cli.ok(m.lab, "help hook enable").out.split())
    # what nobody tells the size of takes nothing
    done = cli.run(m.lab, "vm where --cpus 2 --memory 2048")
    assert done.code == 1 and "no place" in done.err and "east/east1" in done.out, repr(done)


# --- an answered placement ----------------------------------------------------------------
AGENT = '''#!/usr/bin/env python3
import sys
ROOT = tuple(int(x) for x in "{root}".split("."))
NAME = ROOT + (1, 1, 1, 0)
ENTRY = ROOT + (1, 16, 1)
RESULT = ROOT + (1, 22, 1)
SETS = ROOT + (1, 11, 1)
have = {{NAME: ("string", "fake"), SETS + (2, 7): ("string", "front")}}
log = open("{log}", "a")

def answer():
    rows = {{k[len(ENTRY) + 1:] for k in have if k[:len(ENTRY)] == ENTRY}}
    for i in rows:
        cpus = int(have.get(ENTRY + (3,) + i, ("", "0"))[1])
        state = "2" if cpus <= 8 else "3"
        have[ENTRY + (7,) + i] = ("integer", state)
        have[ENTRY + (8,) + i] = ("string", "" if cpus <= 8 else "no node has 9 processors")
        have[ENTRY + (15,) + i] = ("integer", "1")
        for rank, (cluster, node, score) in enumerate(
                (("west", "west2", "900"), ("east", "east1", "700")), 1):
            if cpus > 8:
                break
            for column, kind, value in ((3, "string", cluster), (5, "string", node),
                                        (6, "gauge", score), (7, "string", "has room"),
                                        (8, "integer", "1")):
                have[RESULT + (column,) + i + (rank,)] = (kind, value)
        for column, kind, value in ((3, "string", "east"), (5, "string", "east2"),
                                    (6, "gauge", "0"), (7, "string", "its memory is full"),
                                    (8, "integer", "2")):
            have[RESULT + (column,) + i + (3,)] = (kind, value)

def line():
    text = sys.stdin.readline()
    if not text:
        sys.exit(0)
    return text.strip()

while True:
    word = line()
    if not word:
        continue
    if word == "PING":
        print("PONG", flush=True)
        continue
    oid = tuple(int(x) for x in line().strip(".").split("."))
    if word == "set":
        kind, value = line().split(" ", 1)
        log.write(".".join(map(str, oid)) + " " + value + "\\n")
        log.flush()
        if oid[:len(ENTRY) + 1] == ENTRY + (15,) and value.strip('"') == "6":
            index = oid[len(ENTRY) + 1:]
            have = {{k: v for k, v in have.items()
                    if k[len(ENTRY) + 1:len(ENTRY) + 1 + len(index)] != index}}
        else:
            have[oid] = (kind, value.strip('"'))
            answer()
        print("DONE", flush=True)
        continue
    if word == "getnext":
        oid = min((k for k in have if k > oid), default=None)
    if oid in have:
        print("." + ".".join(map(str, oid)), *have[oid], sep="\\n", flush=True)
    elif word == "get" and oid[:len(ENTRY)] == ENTRY and (
            oid[len(ENTRY)] in (3, 4, 5, 15)):
        # snmpd asks before it writes, and takes nothing for not writable
        print("." + ".".join(map(str, oid)), "integer", "0", sep="\\n", flush=True)
    else:
        print("NONE", flush=True)
'''


def test_place(lab, need_snmpd):
    root = os.environ.get("MIB_ROOT") or ROOT
    path, log = (os.path.join(lab.directory, x) for x in ("agent", "log"))
    with open(path, "w", encoding="ascii") as f:
        f.write(AGENT.format(root=root.strip("."), log=log))
    os.chmod(path, stat.S_IRWXU)
    lab.start_snmpd(extra=[f"pass_persist .{root.strip('.')} {path}"])
    done = cli.run(lab, "vm where --cpus 4 --memory 8192 --availability-set front")
    assert done.code == 0, repr(done)
    ranks = [x.split() for x in done.lines[1:]]
    assert [r[:4] for r in ranks[:2]] == [["1", "west/west2", "90", "%"],
                                          ["2", "east/east1", "70", "%"]], repr(done)
    assert any(re.match("east/east2 +its memory is full$", x) for x in done.lines), repr(done)
    doc = cli.document(lab, "vm where --cpus 4 --memory 8192")["placement"]
    assert doc["state"] == "found" and doc["places"][0]["nodeName"] == "west2"
    assert [p["possible"] for p in doc["places"]] == [True, True, False]
    assert cli.run(lab, "vm place --cpus 4 --memory 8192").code == 0
    done = cli.run(lab, "vm where web1 --cpus 4")
    assert done.code == 2 and "clusterset vm place" in done.err, repr(done)
    done = cli.run(lab, "vm where --cpus 9 --memory 8192")
    assert done.code == 1 and "no node has 9 processors" in done.err, repr(done)
    with open(log, encoding="ascii") as f:
        written = f.read().splitlines()
    assert sum(x.endswith(" 4") and ".1.16.1.15." in x for x in written) == 4
    assert sum(x.endswith(" 6") for x in written) == 4, "no question is left behind"
    assert any(".1.16.1.5." in x and x.endswith(" 7") for x in written), "the set's index"


# --- completion ---------------------------------------------------------------------------
def test_names_complete_within_a_second(whole):
    m = begin(whole, Field({"web1": "east1", "web2": "east2", "db1": None}))
    cli.ok(m.lab, "vm move web1 --to west --owner noc")

    def complete(*words, agent=None):
        own = cli.argv(m.lab, [], agent=agent)[1:]
        done = cli.run(m.lab, ["__complete", "--", *own, *words], agent="", access=None, options=[])
        assert done.code == 0 and done.err == "", repr(done)
        return done.out.split()
    assert complete("vm", "hold", "we") == ["web1", "web2"]
    assert complete("vm", "hold", "nothing") == []
    assert complete("cluster", "drain", "") == ["east", "west"]
    assert complete("node", "drain", "east/") == ["east/east1", "east/east2"]
    assert complete("vm", "move", "web2", "--to", "") == ["east", "west"]
    assert complete("vm", "move", "web2", "--to", "west/") == ["west/west1", "west/west2"]
    assert complete("move", "cancel", "") == [f"noc/{m.row('web1')['index']}"]
    m.ends("web1")
    assert complete("move", "cancel", "") == []
    assert complete("move", "wait", "noc/") == [f"noc/{m.row('web1')['index']}"]
    # nobody there: silent, and soon
    begun = time.monotonic()
    assert complete("vm", "hold", "we", agent="127.0.0.1:9") == []
    m.lab.snmpd.process.freeze()
    assert complete("vm", "hold", "we") == []
    m.lab.snmpd.process.thaw()
    assert time.monotonic() - begun < clock.scaled(4)
