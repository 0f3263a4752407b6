# SPDX-License-Identifier: Apache-2.0
"""What the documents say of the command line is so: every command that they show is
understood, every screen is what the program prints, every cmdlet of WSFC's cluster sets
and every alarm has its row, and links lead somewhere."""
import os
import re
import shlex
import subprocess
import sys

import pytest

from harness import clock, mib as mibs, proc

MARKDOWN = ["README.md", "HACKING.md"] + [f"doc/{x}.md" for x in (
    "architecture", "from-wsfc", "mib", "moves", "operations", "orders", "performance")]
PAGES = ["clusterset.1", "clusterset.conf.5", "cluster-set-mib.7", "clustersetd.8"]

# the whole module FailoverClusterSet
CMDLETS = """
New-ClusterSet Get-ClusterSet Set-ClusterSet Remove-ClusterSet Initialize-ClusterSet
Add-ClusterSetMember Get-ClusterSetMember Remove-ClusterSetMember Clear-ClusterSetMember
Register-ClusterSetMember Unregister-ClusterSetMember Initialize-ClusterSetMember
Add-ClusterSetMemberTag Remove-ClusterSetMemberTag Get-ClusterSetNode
New-ClusterSetFaultDomain Get-ClusterSetFaultDomain Remove-ClusterSetFaultDomain
Add-ClusterSetFaultDomainMember Remove-ClusterSetFaultDomainMember
New-ClusterSetAvailabilitySet Get-ClusterSetAvailabilitySet Remove-ClusterSetAvailabilitySet
Add-ClusterSetParticipantToAvailabilitySet Remove-ClusterSetParticipantFromAvailabilitySet
Get-ClusterSetOptimalNodeForVm
Register-ClusterSetVM Unregister-ClusterSetVM Get-ClusterSetVM Set-ClusterSetVM Move-ClusterSetVM
Register-ClusterSetSRPartnership Get-ClusterSetLog""".split()


@pytest.fixture(scope="module")
def say(top_builddir):
    program = os.path.join(top_builddir, "clusterset")
    if not os.path.exists(program):
        pytest.skip("clusterset is not built")

    def run(*words):
        return subprocess.run([program, *words], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=30,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                                   "COLUMNS": "500"})
    return run


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def commands(line):
    """The calls of clusterset in a line of shell, as lists of words."""
    line = re.sub(r"\s#.*$", "", line).strip()
    line = re.sub(r"^(?:\$|# ?) ?", "", line)
    found = []
    for part in re.split(r"&&|\|\||[|;]|<\(", line):
        part = part.strip()
        if "..." in part:
            continue  # something is left out
        part = part.rstrip("`.,:)")
        match = re.match(r"(?:sudo |[A-Z_]+=\S+ )*clusterset( .*)?$", part)
        if match:
            found.append(shlex.split(match[1] or ""))
    return found


def shown_in_markdown(text):
    """(words, whole): of a block the call is whole, in a sentence it may be its name."""
    text = re.sub(r"\\\n\s*", "", text)
    for line in text.splitlines():
        if re.match(r" {4,}(?:\$ )?(?:[A-Z_]+=\S+ )?clusterset(?: |$)", line):
            for words in commands(line):
                yield words, True
        else:
            for span in re.findall(r"`(clusterset [^`]+)`", line):
                for words in commands(span):
                    yield words, False


def shown_in_mdoc(text):
    literal = False
    for line in text.splitlines():
        literal = line.startswith(".Bd -literal") or (literal and line != ".Ed")
        example = re.match(r"\.D[l1] (.*)", line)
        if example or literal:
            for words in commands(re.sub(r"\\-", "-", example[1] if example else line)):
                yield words, True
        for span in re.findall(r"^\.Ql (clusterset .*?)(?: [.,;:])?$", line):
            for words in commands(span):
                yield words, False


def understood(say, words, whole):
    """None, or what is wrong with a call."""
    done = say("__parse", "--", *words)
    if done.returncode == 0:
        return None
    if whole:
        return done.stderr.strip()
    # in a sentence: the name of a command, or of several, and options that it has
    name = [w for w in words if not w.startswith("-")]
    while name:
        page = say("help", *name)
        if page.returncode == 0:
            break
        name.pop()
    else:
        return f"no command: {' '.join(words)}"
    rest = words[len(name):]
    if rest and page.stdout.startswith("usage: clusterset ["):  # of several commands
        return f"no command: {' '.join(words)}"
    missing = [w for w in rest if w.startswith("--")
               and w.partition("=")[0] not in re.findall(r"--[\w-]+", page.stdout)]
    if missing:
        return f"{' '.join(name)} has no {missing}"
    # anything else that is wrong, but for what a sentence may leave out
    return None if re.search("(is|are) missing|wants a value", done.stderr) else done.stderr.strip()


def test_commands_are_found_in_text():
    block = "text `clusterset vm up` and\n\n    clusterset vm move web1 \\\n        --to west  # why\n"
    assert list(shown_in_markdown(block)) == [
        (["vm", "up"], False), (["vm", "move", "web1", "--to", "west"], True)]
    assert list(shown_in_mdoc(".Dl $ clusterset status\n.Ql clusterset vm list .\n")) == [
        (["status"], True), (["vm", "list"], False)]


@pytest.mark.parametrize("name", MARKDOWN)
def test_every_command_in_a_document_is_understood(say, top_srcdir, name):
    wrong = [f"clusterset {' '.join(words)}: {why}"
             for words, whole in shown_in_markdown(read(top_srcdir, name))
             if (why := understood(say, words, whole))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_in_a_manual_page_is_understood(say, top_builddir, name):
    path = os.path.join(top_builddir, "doc", name)
    if not os.path.exists(path):
        pytest.skip(f"{name} is not built")
    found = list(shown_in_mdoc(read(path)))
    assert found or name != "clusterset.1"
    wrong = [f"clusterset {' '.join(words)}: {why}" for words, whole in found
             if (why := understood(say, words, whole))]
    assert not wrong, "\n".join(wrong)


def test_every_command_in_a_message_exists(say, top_srcdir):
    """What clusterset itself tells people to type."""
    nouns = {w.split()[0] for w in re.findall(r"^  ([a-z-]+(?: [a-z-]+)?)  ",
                                              say("help").stdout, re.M)}
    assert len(nouns) > 10
    room, wrong = os.path.join(top_srcdir, "cli"), []
    for name in sorted(x for x in os.listdir(room) if x.endswith(".c")):
        text = re.sub(r'"\s*\n\s*"', "", read(room, name))
        for string in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text):
            for first, second in re.findall(r"\bclusterset ([a-z-]+)(?: ([a-z-]+))?", string):
                if first in nouns and "help" != first:
                    words = f"{first} {second}" if second else first
                    if say("help", *words.split()).returncode and say("help", first).stdout \
                            .startswith("usage: clusterset ["):
                        wrong.append(f"{name}: clusterset {words}")
    assert not wrong, wrong


# --- tables that have to be whole ----------------------------------------------------------
def test_every_cmdlet_has_its_row(top_srcdir):
    text = read(top_srcdir, "doc", "from-wsfc.md")
    rows = re.findall(r"^\| (\w+-ClusterSet\w*) \| (.*?) \|(.*?)\|$", text, re.M)
    assert [r[0] for r in rows] == CMDLETS and len(CMDLETS) == 33
    for name, here, why in rows:
        assert "`clusterset" in here or why.strip(), name


def test_every_alarm_has_its_row(top_srcdir):
    text = read(top_srcdir, "doc", "operations.md")
    part = text.split("\n## What each alarm means", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (\w+) \| (.+?) \| (.+?) \|$", part, re.M)[1:]
    module = read(top_srcdir, "mibs", "CLUSTER-SET-MIB.txt")
    types = module.split("ClusterSetAlarmType ::=", 1)[1].split("SYNTAX", 1)[1].split("}", 1)[0]
    assert [r[0] for r in rows] == re.findall(r"(\w+)\(\d+\)", types)
    assert mibs.load(top_srcdir)


def anchors(text):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", x.lower()).replace(" ", "-")
            for x in re.findall(r"^#+ (.*)$", text, re.M)}


@pytest.mark.parametrize("name", MARKDOWN)
def test_links_lead_somewhere(top_srcdir, name):
    text = read(top_srcdir, name)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        full = os.path.normpath(os.path.join(top_srcdir, os.path.dirname(name), path)) \
            if path else os.path.join(top_srcdir, name)
        assert os.path.exists(full), f"{name}: {target}"
        if anchor:
            assert anchor in anchors(read(full)), f"{name}: {target}"


# --- screens ---------------------------------------------------------------------------------
@pytest.mark.deadline(180)
def test_screens_are_what_is_printed(top_srcdir, need_snmpd, need_snmptrapd, need_daemon,
                                     need_ecxsim, say):
    child = subprocess.Popen(
        [sys.executable, "-B", os.path.join(top_srcdir, "tests", "demo", "screens.py")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        text, _ = child.communicate(timeout=clock.scaled(150))
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0, text + "\nmake doc-screens writes them anew"
    assert re.search(r"^screens=[1-9]\d* differ=0$", text, re.M)
    clock.wait_for(lambda: not proc.children(), "everything of it to be gone", 10)
