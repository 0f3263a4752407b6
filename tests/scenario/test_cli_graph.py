# SPDX-License-Identifier: Apache-2.0
"""clusterset graph: what is drawn is what is so, whatever things are called."""
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import pytest

from harness import cli, clock
from harness.screens import secure  # noqa: F401  (a fixture)

VMS = {"web1": "east1", "web2": "east2", "db1": "west1", "spare": None}


@pytest.fixture
def need_dot():
    if not shutil.which("dot"):
        pytest.skip("dot is not installed (Debian: apt-get install graphviz)")


def graph(lab, view, **more):
    return cli.ok(lab, f"graph --view {view}", **more).out


def settled(lab, running):
    def seen():
        s = cli.run(lab, "status --json").json["status"]
        return s["vms"]["running"] == running and s["vms"]["unknown"] == 0
    clock.wait_for(seen, f"{running} VMs to run", 30)


def box(text, head):
    """The rows of the table with that heading, without markup."""
    for table in re.findall(r"<TABLE BORDER=\"1\".*?</TABLE>", text, re.S):
        rows = [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", x)).replace("&#9679;", "").strip()
                for x in re.findall(r"<TR>.*?</TR>", table, re.S)]
        if rows[0].startswith(head):
            return rows[1:]
    raise AssertionError(f"no box {head} in {text}")


def test_placement(secure):
    lab = secure(VMS)
    settled(lab, 3)
    text = graph(lab, "placement")
    assert text.startswith('digraph "lab" {') and text.endswith("}\n")
    assert box(text, "east1") == ["web1"] and box(text, "east2") == ["web2"]
    assert box(text, "west1") == ["db1"] and box(text, "west2") == ["no VM"]
    assert box(text, "run nowhere") == ["spare stopped"]
    assert "<B>room-a</B>" in text and "<B>east</B>" in text
    assert "lun-" not in text and text.count("{") == text.count("}")


def test_ownership(secure):
    lab = secure(VMS)
    settled(lab, 3)
    text = graph(lab, "ownership")
    assert box(text, "disks without owner") == ["lun-spare epoch 0 released spare stopped"]
    assert "lun-web1</" not in text and re.search(
        r"lun-web1 <FONT[^>]*>epoch 1</FONT></TD><TD[^>]*> <FONT[^>]*>web1 on east/east1</FONT>", text)
    lines = re.findall(r"^(c\d+):head:e -> (d\d+):d\d+:w", text, re.M)
    assert sorted(lines) == [("c1", "d1"), ("c1", "d1"), ("c2", "d2")], "owner to disk"


def test_all_and_forms(secure, tmp_path):
    lab = secure(VMS)
    settled(lab, 3)
    text = cli.ok(lab, "graph").out
    assert len(re.findall(r"^n\d+_\d+:v\d+:e -> d\d+:d\d+:w \[arrowhead=none, color=\"#9fa8da\"",
                          text, re.M)) == 3
    document = cli.ok(lab, "graph --json").json["graph"]
    assert document["view"] == "all" and document["dot"].startswith("digraph")
    path = tmp_path / "set.dot"
    done = cli.ok(lab, ["graph", "--view", "placement", "--file", str(path)])
    assert done.out == "" and path.read_text(encoding="utf-8").startswith("digraph")
    done = cli.run(lab, ["graph", "--file", str(tmp_path / "not" / "there")])
    assert done.code == 1 and "No such file" in done.err
    assert cli.run(lab, "graph --view everything").code == 2


def test_a_part(secure):
    lab = secure(VMS)
    settled(lab, 3)
    text = cli.ok(lab, "graph --cluster west").out
    assert "west1" in text and box(text, "west1") == ["db1"] and "lun-db1" in text
    for other in ("east", "room-a", "web1", "spare", "disks without"):
        assert other not in text, other
    text = cli.ok(lab, "graph --cluster east").out
    assert box(text, "run nowhere") == ["spare stopped"], "it belongs there"
    assert box(text, "disks without owner") == ["lun-spare epoch 0 released"]
    assert "web1" in cli.ok(lab, "graph --cluster east --cluster west").out
    assert cli.run(lab, "graph --cluster north").code != 0
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True,
                              check=False)
        nodes = re.findall(r"^node (\w+)", done.stdout, re.M)
        assert set(nodes) == {"n1_1", "n1_2", "d1", "d0", "x"}, "nothing that was not meant"


def test_trouble_is_red_and_moves_are_dashed(secure):
    lab = secure({"web1": "east1", "web2": "east2", "db1": "west1"})
    settled(lab, 3)
    lab.sim.do("group-start", cluster="west", group="web1")
    lab.sim.fault("effect-delay", ms=4000, cluster="east")
    cli.ok(lab, "vm move web2 --to west/west2")

    def seen():
        text = cli.ok(lab, "graph").out
        return text if ">conflict<" in text and "style=dashed" in text and "web2:" in text else None
    text = clock.wait_for(seen, "conflict and move", 30)
    assert any(x.startswith("web1 conflict") for x in box(text, "east1"))
    assert any(x.startswith("web1 conflict") for x in
               box(text, "west1") + box(text, "west2")), "at every place that claims it"
    assert re.search(r"^n1_\d+:v1:w -> n2_\d+:v1:w \[dir=both, color=\"#c62828\"", text, re.M), text
    assert re.search(r"^n1_\d+:v2:w -> n2_\d+:head:w \[style=dashed.*xlabel=\" web2: \w+ \d+ %\"\]",
                     text, re.M), text
    assert re.search(r"-> d1:d1:w \[color=\"#c62828\", .*style=dashed", text), "who else has the disk"
    assert "lun-web1" in text and "conflict</FONT>" in text


NAMES = ["a\"b\\", "<b>&amp;", "{x|y} -> z;", "\u4ed5\u4e8b", "digraph", "\\n\\l", "-->", "a\u202eb"]


def test_names_are_quoted(secure):
    lab = secure({f"web{i}": "east1" for i in range(len(NAMES))},
                 vm={f"web{i}": {"name": n} for i, n in enumerate(NAMES)})
    settled(lab, len(NAMES))
    for view in ("placement", "ownership", "all"):
        text = graph(lab, view)
        assert "<b>&amp;<" not in text and "&lt;b&gt;&amp;amp;" in text
        assert "\u4ed5\u4e8b" in text and "\u202e" not in text and "a?b" in text
        # nothing but tags that are ours
        tags = set(re.findall(r"</?([A-Za-z]+)", re.sub(r"\"[^\"]*\"", "", text)))
        assert tags <= {"TABLE", "TR", "TD", "FONT", "B", "BR"}, tags


def test_dot_understands_it(secure, need_dot, tmp_path):
    lab = secure({f"web{i}": "east1" for i in range(len(NAMES))},
                 vm={f"web{i}": {"name": n} for i, n in enumerate(NAMES)})
    settled(lab, len(NAMES))
    lab.sim.do("group-start", cluster="west", group="web3")
    clock.wait_for(lambda: ">conflict<" in graph(lab, "all"), "the conflict", 30)
    for view in ("placement", "ownership", "all"):
        done = subprocess.run(["dot", "-Tcanon"], input=graph(lab, view), capture_output=True,
                              text=True, encoding="utf-8", check=False)
        assert done.returncode == 0 and "rror" not in done.stderr, done.stderr
        path = tmp_path / f"{view}.svg"
        done = cli.ok(lab, ["graph", "--svg", "--view", view, "--file", str(path)])
        assert "rror" not in done.err, done.err
        words = "".join(xml.etree.ElementTree.parse(path).getroot().itertext()).replace("\xa0", " ")
        for name in NAMES:
            assert name.replace("\u202e", "?") in words, (view, name)
    assert cli.ok(lab, "graph --svg").out.lstrip().startswith("<?xml")


def test_without_dot(secure, tmp_path):
    lab = secure({"web1": "east1"})
    settled(lab, 1)
    path = tmp_path / "set.svg"
    done = cli.run(lab, ["graph", "--svg", "--file", str(path)], env={"PATH": str(tmp_path)})
    assert done.code == 1 and "dot is not installed" in done.err and "graphviz" in done.err
    assert not path.exists(), "half a picture is no picture"
    # a dot that fails
    fake = tmp_path / "dot"
    fake.write_text("#!/bin/sh\necho too much >&2\nexit 3\n", encoding="ascii")
    fake.chmod(0o755)
    done = cli.run(lab, ["graph", "--svg", "--file", str(path)], env={"PATH": f"{tmp_path}:/bin:/usr/bin"})
    assert done.code == 1 and "dot failed (exit code 3)" in done.err and not path.exists()
    if os.path.exists("/dev/full"):
        done = cli.run(lab, ["graph", "--file", "/dev/full"])
        assert done.code == 1 and "No space left" in done.err
        done = cli.run(lab, "graph", wrapper=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
        assert done.code == 1 and done.err.count("\n") == 1, repr(done)
