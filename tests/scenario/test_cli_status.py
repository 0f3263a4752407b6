# SPDX-License-Identifier: Apache-2.0
"""clusterset status: the right verdict, the right exit code, and what to do."""
import os
import re

import pytest

from fakeagent import FakeAgent
from harness import cli, clock, screens
from harness.screens import secure  # noqa: F401  (a fixture)


def status(lab):
    return cli.run(lab, "status --json").json["status"]


def until(lab, what, condition, seconds=30):
    return clock.wait_for(lambda: condition(status(lab)), what, seconds,
                          seen=lambda: str(status(lab)))


def kinds(found):
    return [a["type"] for a in found["alarms"]]


def settled(lab):
    until(lab, "health to be ok", lambda s: s["health"] == "ok"
          and s["vms"]["running"] == s["vms"]["total"] and s["disks"]["owned"])


def test_all_is_well(secure):
    lab = secure()
    settled(lab)
    done = screens.run(lab, "status", code=0)
    assert "lab  a simulated set\nOK  all is well\n" in done.out
    for line in ("clusters  2: 2 normal", "nodes     4: 4 online", "VMs       6: 6 running",
                 "disks     6: 6 owned"):
        assert f"  {line}\n" in done.out, done.out
    assert re.search(r"heartbeat \d s ago; the oldest poll round \d+ s ago; up ", done.out)
    assert "Moves" not in done.out and "Alarms" not in done.out
    assert screens.run(lab, "status --brief", code=0).out == (
        "lab ok: 6/6 VMs running, 4/4 nodes online, 0 moves\n")
    found = cli.ok(lab, "status --json").json["status"]
    assert (found["name"], found["health"], found["inDoubt"], found["stuck"]) == (
        "lab", "ok", False, False)
    assert found["vms"]["total"] == found["vms"]["running"] == 6 and found["vms"]["conflict"] == 0
    assert found["alarms"] == [] and found["moves"] == [] and found["healthReason"] == ""
    flat = cli.ok(lab, "status --output kv").kv
    assert flat["status.health"] == "ok" and flat["status.nodes.online"] == "4"
    # who may only read may look as well
    assert cli.run(lab, "status", access=cli.READER).code == 0
    screens.fits_everywhere(lab, "status", 0)
    screens.fits_everywhere(lab, "status --brief", 0)


def test_warning_and_critical(secure):
    lab = secure({"web1": "east1", "db1": "west1"})
    settled(lab)
    lab.sim.do("server-power-off", cluster="west", server="west2")
    until(lab, "the dead server", lambda s: "serverDown" in kinds(s))
    done = screens.run(lab, "status", code=1)
    assert "\nCRITICAL  something is down or unprotected: act now\n" in done.out
    assert "nodes     4: 3 online, 1 offline" in done.out
    assert re.search(r"\nAlarms  1 critical, 1 warning\n  critical  server down\n"
                     r"    \d+: node west/west2, since \d\d:\d\d:\d\d \(\d+ s\)\n", done.out), done.out
    assert "→ Bring the server back" in done.out
    # the most urgent first, and what to do about each
    found = status(lab)
    assert kinds(found) == ["serverDown", "clusterNotNormal"]
    assert all(a["remedy"] for a in found["alarms"]) and not found["inDoubt"]
    assert re.match(r"lab critical: 1 critical, 1 warning; 2/2 VMs running, 3/4 nodes online, 0 m",
                    screens.run(lab, "status --brief", code=1).out)
    screens.fits_everywhere(lab, "status", 1)
    # one is being looked at
    number = next(a["index"] for a in found["alarms"] if a["type"] == "serverDown")
    cli.ok(lab, f"alarm ack {number}")
    done = screens.run(lab, "status", code=1)
    assert "Alarms  1 critical, 1 warning (1 acknowledged)" in done.out
    assert re.search(r"west/west2, since .*, acknowledged\n", done.out)


def test_conflict_is_doubt(secure):
    lab = secure({"web1": "east1", "db1": "west1"})
    settled(lab)
    lab.sim.do("group-start", cluster="west", group="web1")
    until(lab, "the conflict", lambda s: s["vms"]["conflict"] == 1
          and {"vmConflict", "diskConflict"} <= set(kinds(s)))
    done = screens.run(lab, "status", code=5)
    assert "\nCRITICAL  something is in doubt or in conflict: act now\n" in done.out
    assert "VMs       2: 1 running, 1 conflict" in done.out
    assert done.out.index("critical  VM conflict") < done.out.index("foreign controller")
    assert "→ At once: see where it runs (clusterset vm show VM)" in done.out
    assert screens.run(lab, "status --brief", code=5).out.startswith("lab in doubt: 2 critical")
    assert cli.run(lab, "status --json").code == 5 and status(lab)["inDoubt"]


def test_a_move_under_way(secure):
    lab = secure({"web1": "east1"})
    settled(lab)
    lab.sim.fault("effect-delay", ms=3000, cluster="east")
    cli.ok(lab, "vm move web1 --to west")
    found = until(lab, "the move", lambda s: s["moves"] and s["moves"][0]["state"] == "running" and s)
    assert found["moves"][0]["vmName"] == "web1"
    done = screens.run(lab, "status")
    assert re.search(r"\nMoves  1 open\n  web1  east/east1 > west +[█░]{10} +\d+ %  running, \w+, \d+ s",
                     done.out), done.out
    plain = screens.run(lab, "status", env={"LC_ALL": "C"})
    assert re.search(r"web1  east/east1 > west  [#-]{10} ", plain.out), plain.out
    screens.run(lab, "status", width=40)
    clock.wait_for(lambda: not status(lab)["moves"], "the move to end", 40)


def test_what_is_kept_from_automation(secure):
    lab = secure({f"web{i}": "east1" for i in range(8)})
    settled(lab)
    assert "on hold" not in screens.run(lab, "status").out
    cli.ok(lab, ["vm", "hold", *(f"web{i}" for i in range(8))])
    cli.ok(lab, "cluster maintenance east")
    cli.ok(lab, "node maintenance west/west2")
    clock.wait_for(lambda: "west2 in maintenance" in screens.run(lab, "status").out,
                   "maintenance", 10)
    done = screens.run(lab, "status")
    assert "  on hold   8 VMs: web0, web1, web2, web3, web4, web5 and 2 more\n" in done.out
    assert "  admin     east in maintenance, west/west2 in maintenance\n" in done.out
    found = status(lab)
    assert found["held"] == 8 and found["heldNames"] == [f"web{i}" for i in range(8)]
    screens.fits_everywhere(lab, "status", done.code)


def test_nobody_answers(secure):
    lab = secure({"web1": "east1"})
    lab.daemon.stop()
    done = cli.run(lab, "status")
    assert done.code == 3 and "clustersetd" in done.err and done.out == ""
    lab.snmpd.stop()
    lab.snmpd.process.expected_death = True
    done = cli.run(lab, "status", options=["-t", "0.3", "-r", "0"])
    assert done.code == 3 and f"127.0.0.1:{lab.snmpd.port}" in done.err and done.out == ""
    done = cli.run(lab, "status --json", options=["-t", "0.3", "-r", "0"])
    assert done.code == 3 and done.json["exit"] == 3


def test_on_a_terminal(secure):
    """Colours, and as high as the terminal at the most."""
    lab = secure({"web1": "east1", "db1": "west1"})
    settled(lab)
    lab.sim.do("group-start", cluster="west", group="web1")
    lab.sim.do("server-power-off", cluster="west", server="west2")
    until(lab, "five alarms", lambda s: len(s["alarms"]) >= 5 and s["vms"]["conflict"])
    for rows, columns in ((24, 80), (16, 100), (40, 60), (12, 40)):
        with cli.Terminal(lab, "status", columns=columns, rows=rows) as screen:
            assert screen.end() == 5
            text = screen.text
            assert "\x1b[1;31m" in screen.escapes and "\x1b[0m" in screen.escapes
        more = re.search(r"and (\d+) more: clusterset alarm list\n$", text)
        shown = len(re.findall(r"^ {4}\d+: (?:VM|disk|node|cluster|site|move|set) .*since", text, re.M))
        hidden = int(more[1]) if more else 0
        hidden += sum(int(n) for n in re.findall(r"and (\d+) more of them", text))
        assert shown + hidden == len(status(lab)["alarms"]), text
        assert shown >= 1 and screens.widest(text) <= columns
        # the first alarm is shown whatever it takes
        assert shown == 1 or len(text.splitlines()) < rows, text
    with cli.Terminal(lab, "status", env={"NO_COLOR": "1"}) as screen:
        assert screen.end() == 5 and screen.escapes == []
    with cli.Terminal(lab, "status", env={"TERM": "dumb"}) as screen:
        assert screen.end() == 5 and screen.escapes == []
    assert "\x1b[1;31m" in cli.run(lab, "status --color always").out


def test_hostile_names_move_no_cursor(secure):
    """Names come from a configuration file and from clusters."""
    name = "w\u202e\u4ed5\u4e8b" + "e\u0301"
    lab = secure({"web1": "east1"}, vm={"web1": {"name": name}})
    settled(lab)
    lab.sim.do("group-start", cluster="west", group="web1")
    until(lab, "the conflict", lambda s: s["vms"]["conflict"] == 1 and s["alarms"])
    done = screens.run(lab, "status", code=5)
    assert "\u202e" not in done.out and "VM w?\u4ed5\u4e8be\u0301, since" in done.out
    done = screens.run(lab, "status", code=5, env={"LC_ALL": "C"})
    assert re.search(r"VM w\?+e\??, since", done.out)
    assert any(a["objectName"] == name for a in status(lab)["alarms"])


def test_full_disk_and_closed_pipe(secure):
    lab = secure({"web1": "east1"})
    settled(lab)
    if os.path.exists("/dev/full"):
        done = cli.run(lab, "status --json", wrapper=["sh", "-c", 'exec "$@" >/dev/full', "sh"])
        assert done.code == 1 and done.err.count("No space left on device") == 1, repr(done)
    done = cli.run(lab, "status --json",
                   wrapper=["sh", "-c", '{ "$@"; echo "code $?" >&2; } | exec <&-', "sh"])
    assert done.err in ("code 141\n", "code 0\n"), repr(done)


# --- a verdict that its own counts contradict ----------------------------------------------
def says_ok(agent, **more):
    for name, value in {"Health": 1, "ControlAge": 0, "OldestPollAge": 3, "UpTime": 99,
                        **more}.items():
        if value is not None:
            agent.scalar(f"csSet{name}", value)
    agent.row("csVmTable", (1,), Name="web1", OperState="running", Hold=2)
    agent.row("csDiskTable", (1,), Name="lun1", OperState="owned")


def judged(lab, agent, code):
    done = cli.run(lab, "status", access="public", agent=agent.address)
    assert done.code == code, repr(done)
    brief = cli.run(lab, "status --brief", access="public", agent=agent.address)
    found = cli.run(lab, "status --json", access="public", agent=agent.address)
    assert brief.code == found.code == code
    return done.out, brief.out, found.json["status"]


@pytest.mark.parametrize("what, words", [
    ({"vm": "failed"}, "1 VM is failed or unknown"), ({"vm": "unknown"}, "1 VM is failed"),
    ({"disk": "unknown"}, "1 disk is unknown"),
    ({"ControlAge": None}, "no heartbeat"), ({"OldestPollAge": 99999}, "last polled 1 d")])
def test_ok_that_does_not_fit(lab, mib, what, words):
    with FakeAgent(mib) as agent:
        says_ok(agent)
        assert judged(lab, agent, 0)[2]["against"] is None
    with FakeAgent(mib) as agent:
        says_ok(agent, **{k: v for k, v in what.items() if k[0].isupper()})
        if "vm" in what:
            agent.row("csVmTable", (2,), Name="web2", OperState=what["vm"], Hold=2)
        if "disk" in what:
            agent.row("csDiskTable", (2,), Name="lun2", OperState=what["disk"])
        screen, brief, found = judged(lab, agent, 1)
    assert "UNCLEAR  clustersetd says ok" in screen and words in screen, screen
    assert not re.search(r"^OK|all is well", screen, re.M) and " unclear: " in brief
    assert words in found["against"] and found["health"] == "ok"


@pytest.mark.parametrize("what", [{"vm": "conflict"}, {"vm": "inDoubt"}, {"disk": "conflict"}])
def test_ok_over_a_conflict(lab, mib, what):
    with FakeAgent(mib) as agent:
        says_ok(agent)
        agent.row("csVmTable", (2,), Name="web2", OperState=what.get("vm", "running"), Hold=2)
        agent.row("csDiskTable", (2,), Name="lun2", OperState=what.get("disk", "owned"))
        screen, _, _ = judged(lab, agent, 5)
    assert not re.search(r"^OK|all is well", screen, re.M), screen


def test_an_old_heartbeat_is_not_ok(lab, mib):
    with FakeAgent(mib) as agent:
        says_ok(agent, ControlAge=31)
        screen, brief, _ = judged(lab, agent, 1)
    assert not re.search(r"^OK|all is well", screen, re.M) and " stuck: " in brief, screen


# --- the table of remedies ---------------------------------------------------------------
def remedies(top_srcdir):
    with open(os.path.join(top_srcdir, "cli", "remedy.c"), encoding="utf-8") as f:
        text = f.read()
    return {m[1]: "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', m[2])) for m in re.finditer(
        r'\{\s*"(\w+)",\s*(?:true|false),((?:\s*"(?:[^"\\]|\\.)*")+)\s*\}', text)}


def test_a_remedy_for_every_alarm(top_srcdir):
    """The MIB, the table of remedies and doc/operations.md know the same kinds."""
    with open(os.path.join(top_srcdir, "mibs", "CLUSTER-SET-MIB.txt"), encoding="utf-8") as f:
        in_mib = set(re.findall(r"(\w+)\(\d+\)", re.search(
            r"ClusterSetAlarmType ::= .*?SYNTAX\s+INTEGER \{(.*?)\}", f.read(), re.S)[1]))
    table = remedies(top_srcdir)
    assert set(table) == in_mib and len(in_mib) >= 30
    with open(os.path.join(top_srcdir, "doc", "operations.md"), encoding="utf-8") as f:
        rows = set(re.findall(r"^\| (\w+) \|", f.read(), re.M)) - {"alarm"}
    assert in_mib <= rows, in_mib - rows
    for kind, text in table.items():
        assert text.endswith(".") and len(text) < 260 and "\n" not in text, (kind, text)


def test_remedies_name_real_commands(top_srcdir, top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")

    class Nowhere:
        directory, snmpd = "/", None
    Nowhere.top_builddir = top_builddir
    named = set()
    for text in remedies(top_srcdir).values():
        named |= set(re.findall(r"clusterset ([a-z-]+(?: [a-z-]+)?)(?= [A-Z]|[,.:;)]| shows|$)", text))
    assert len(named) >= 10, named
    for words in sorted(named):
        done = cli.run(Nowhere, ["help", *words.split()], access=None, agent="")
        assert done.code == 0, f"a remedy says clusterset {words}: {done!r}"
