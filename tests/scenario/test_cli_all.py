# SPDX-License-Identifier: Apache-2.0
"""Every command of clusterset, driven against one living set.

What each of them means in depth has tests of its own (test_cli_*.py). Here the point is
that there is none that nobody ever ran: the list of commands is taken from the program
itself, and one that is not in the story below makes the test fail.
"""
import json
import re
import signal

import pytest

from harness import cli, clock, worlds

WIDTHS = (40, 80, 120)

# What looks, for people in every width, and for programs in both forms.
LOOKING = """
status
status --brief
tree
tree --disks
top --count 1
graph
stats
vm list
vm show web1
vm where web1 db1
vm discover
cluster list
cluster show east
node list
node show east/east1
disk list
disk show lun-web1
fault-domain list
availability-set list
move list
move show lead/1
alarm list
event list --last 5
refusal list
policy list
plan list
hook list
"""

# What acts, in this order: a line is the call, the exit code, and what it says.
# Answers of today's daemon to what is not built yet (policies, plans, hooks, placement)
# are part of the story: they are refused with the reason.
STORY = [
    ("vm move web1 --to west --owner lead --reason test --wait", 0, r"web1 runs in west on west\d"),
    ("move wait lead/1", 0, r"succeeded|web1 runs in west"),
    ("vm move web1 --to west", 0, r"west"),
    ("vm move db1 --to nowhere", 1, r"no cluster 'nowhere'"),
    ("vm move db1 --to west --dry-run", 0, r"possible"),
    ("vm hold db1", 0, r"hold"),
    ("vm move db1 --to west", 4, r"hold"),
    ("vm release db1", 0, r"hold"),
    ("vm home db1 west", 0, r"west"),
    ("vm priority db1 700", 0, r"700"),
    ("vm down app --wait", 0, r"app"),
    ("vm up app --wait", 0, r"app"),
    ("vm place --cpus 2 --memory 1024", 1, r"no place"),
    ("vm where --cpus 2", 2, r"--memory MIB is missing"),
    ("move cancel lead/1", 4, r"ended"),
    ("move retry lead/1", 4, r"ended"),
    ("move rollback lead/1", 4, r"ended"),
    ("move force lead/1", 4, r"."),
    ("move delete lead/1", 0, r"lead/1"),
    ("site confirm db1 west --yes", 0, r"nothing to confirm"),
    ("site release db1 --yes", 4, r"."),
    ("adopt --yes", 0, r"nothing to adopt"),
    ("cluster maintenance west", 0, r"maintenance"),
    ("vm move db1 --to west", 4, r"maintenance"),
    ("cluster activate west", 0, r"west"),
    ("cluster ignore west", 0, r"west"),
    ("cluster activate west", 0, r"west"),
    ("node maintenance west/west2", 0, r"west2"),
    ("node drain west/west2 --wait", 0, r"west2"),
    ("node activate west/west2", 0, r"west2"),
    ("cluster drain east --wait", 0, r"east"),
    ("cluster activate east", 0, r"east"),
    ("alarm ack --all", 0, r"."),
    ("alarm unack 1", 0, r"1"),
    ("plan show 1", 1, r"plan"),
    ("plan explain 1", 1, r"plan"),
    ("plan offline nothing.json", 1, r"nothing.json: No such file"),
    ("plan approve 1", 4, r"no such row"),
    ("plan reject 1", 4, r"no such row"),
    ("plan explain web1", 0, r"web1 stays in (east|west)/"),
    ("policy set balance advise", 0, r"balance is advise"),
    ("policy show balance", 0, r"advise"),
    ("policy mode advise", 0, r"advise"),
    ("policy tune high-load 75%", 0, r"750 per mille"),
    ("policy tune windows never", 4, r"never"),
    ("policy tune high-load 200%", 2, r"0 to 1000 per mille"),
    ("hook enable x", 1, r"hook"),
    ("hook disable x", 1, r"hook"),
    ("config show poll", 0, r"poll.interval = "),
    ("config check", 0, r"good: 2 clusters"),
    ("config set history.events 5000", 0, r"taken over"),
    ("config unset history.events", 0, r"taken over"),
    ("fault-domain add hall1", 0, r"taken over"),
    ("fault-domain set hall1 --description one", 0, r"taken over"),
    ("cluster set east --fault-domain hall1", 0, r"taken over"),
    ("fault-domain show hall1", 0, r"east"),
    ("fault-domain remove hall1", 4, r"still used by cluster .east"),
    ("fault-domain remove hall1 --cascade", 0, r"taken over"),
    ("availability-set add web --spread node", 0, r"taken over"),
    ("availability-set join web web1 web2", 0, r"2 VMs joined"),
    ("availability-set show web", 0, r"web2"),
    ("availability-set set web --enforcement soft", 0, r"taken over"),
    ("availability-set leave web web2", 0, r"1 VM left"),
    ("availability-set remove web --cascade", 0, r"also: VM .web1"),
    ("cluster add north --server n1=http://127.0.0.1:9", 0, r"taken over"),
    ("cluster remove north", 0, r"taken over"),
    ("vm register solo --site east=web1 --kind stateless", 4, r"a group is one VM"),
    ("vm set web1 --memory 64", 0, r"taken over"),
    ("vm unregister web1", 4, r"the file is as it was before"),
    ("vm-pattern add zz* --kind stateless --clusters east", 0, r"taken over"),
    ("vm-pattern set zz* --priority 3", 0, r"taken over"),
    ("vm-pattern remove zz*", 0, r"taken over"),
    ("completion bash", 0, r"clusterset"),
    ("completion zsh", 0, r"clusterset"),
    ("help", 0, r"vm move"),
]
# Not against a living set: they edit files, or look at more than one; see test_cli_config*.py
# and test_cli_doctor*.py.
ELSEWHERE = {"doctor", "config edit", "setup"}


def commands(lab):
    mdoc = cli.ok(lab, "help --mdoc", access=None).out
    return set(re.findall(r'^\.Ss "([^"]+)"', mdoc.split("\n.Sh COMMANDS\n")[1].split("\n.Sh ")[0],
                          re.M))


def words_of(line, known):
    """The command that a line calls: the longest that fits."""
    parts = line.split()
    return next((w for n in (3, 2, 1) if (w := " ".join(parts[:n])) in known), None)


@pytest.fixture
def settled(whole):
    lab = whole(**{"moves": {"verify-time": 0.3}})
    clock.wait_for(lambda: all(v["operState"] == "running" and v["node"] for v in
                               cli.document(lab, "vm list")["vms"]), "all VMs to run", 20)
    clock.wait_for(lambda: all(d["operState"] == "owned" for d in
                               cli.document(lab, "disk list")["disks"]), "owners", 20)
    return lab


def test_every_command(settled):
    lab = settled
    known = commands(lab)
    ran, wrong = set(), []
    for line, code, says in STORY:
        done = cli.run(lab, line, seconds=90)
        if done.code != code or not re.search(says, done.out + done.err):
            wrong.append(f"wanted {code} and /{says}/: {done!r}")
        ran.add(words_of(line, known))
        if line.startswith("cluster activate"):
            clock.wait_for(lambda: all(c["operState"] == "normal" for c in
                                       cli.document(lab, "cluster list")["clusters"]),
                           "all clusters to be normal", 20)
        if line.startswith("vm move web1"):
            for look in LOOKING.strip().splitlines():
                ran.add(words_of(look, known))
                in_every_form(lab, look)
    with cli.Terminal(lab, "event follow --last 2") as screen:
        screen.wait("info")
        screen.interrupt()
        assert screen.end() in (0, -signal.SIGINT), screen.text
        ran.add("event follow")
    assert not wrong, "\n".join(wrong)
    assert None not in ran
    missing = known - ran - ELSEWHERE
    assert not missing, f"nobody ran: {sorted(missing)}"


def leaves(document):
    """Is there anything in it? An empty list is no line of kv."""
    inner = document.values() if isinstance(document, dict) else document
    for value in inner:
        yield from leaves(value) if isinstance(value, (dict, list)) else [True]


def in_every_form(lab, line):
    answers = {0, 1} if line.startswith("status") else {0}
    for width in WIDTHS:
        done = cli.run(lab, line, env={"COLUMNS": str(width)})
        assert done.code in answers and not done.err, repr(done)
        assert "\x1b" not in done.out, repr(done)
    done = cli.run(lab, f"{line} --json")
    assert done.code in answers, repr(done)
    if line.startswith("graph"):
        return
    assert isinstance(json.loads(done.out), dict), repr(done)
    kv = cli.run(lab, f"{line} --output kv")
    assert kv.code in answers and bool(kv.out) == any(leaves(done.json)), repr(kv)
    assert all(re.match(r"[\w.:/-]+=", x) for x in kv.lines if x), repr(kv)
