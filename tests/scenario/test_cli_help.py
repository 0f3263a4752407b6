# SPDX-License-Identifier: Apache-2.0
"""What clusterset says of itself: help, manual page and completion know the same commands
and options, since all are made of the same rows, and a wrong word is told kindly."""
import os
import re
import shutil
import signal
import subprocess
import unicodedata

import pytest


@pytest.fixture(scope="module")
def say(top_builddir):
    """Runs clusterset without an agent."""
    program = os.path.join(top_builddir, "clusterset")
    if not os.path.exists(program):
        pytest.skip("clusterset is not built")

    def run(*words, width=100, stdout=subprocess.PIPE, **env):
        return subprocess.run(
            [program, *words], stdin=subprocess.DEVNULL, stdout=stdout,
            stderr=subprocess.PIPE, text=True,
            check=False, timeout=30, env={
                "PATH": os.environ["PATH"], "COLUMNS": str(width), "LC_ALL": "C.UTF-8",
                # nobody listens there, and nobody is waited for
                "CLUSTERSET_AGENT": "127.0.0.1:9", "SNMPCONFPATH": "/nonexistent", **env})
    return run


def told(done, code=0):
    assert done.returncode == code, f"{done.args}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def mdoc(say):
    return told(say("help", "--mdoc"))


@pytest.fixture(scope="module")
def commands(mdoc):
    """{"vm move": {"to", "wait", ...}} as the manual page has them."""
    found = {}
    for part in mdoc.split("\n.Sh COMMANDS\n")[1].split('.Ss "')[1:]:
        words, _, text = part.partition('"\n')
        found[words] = set(re.findall(r'^\.It Fl Fl "([^"]+)"', text, re.M))
    return found


@pytest.fixture(scope="module")
def common(mdoc):
    return set(re.findall(r'^\.It Fl Fl "([^"]+)"', mdoc.split("\n.Sh COMMANDS\n")[0], re.M))


def complete(say, *words):
    return [x.split("\t")[0] for x in told(say("__complete", "--", *words)).splitlines()]


def test_there_are_commands(commands, common):
    assert {"help", "completion"} <= set(commands)
    assert {"agent", "json", "output", "color", "mib-root", "help", "version"} == common


def overview(text):
    # a long name has a line of its own, and so may a continued summary: names are at 2
    return re.findall(r"^  (\S+(?: \S+)*)(?:  |$)", text, re.M)


def test_the_overview_has_every_command_once(say, commands):
    text = told(say("help"))
    assert sorted(overview(text)) == sorted(commands)
    assert "\nMore\n" not in text, "cli/help.c knows where each command belongs"
    assert told(say("--help")) == text


def test_alone_it_prints_the_overview(say):
    done = say()
    assert done.returncode == 2
    assert overview(done.stdout)


def test_every_command_explains_itself(say, commands):
    for words, options in commands.items():
        text = told(say("help", *words.split()))
        assert told(say(*words.split(), "--help")) == text
        assert text.startswith(f"usage: clusterset {words}"), words
        listed = text.partition("\nOptions\n")[2].partition("\nExamples\n")[0]
        assert set(re.findall(r"^  --(\S+)", listed, re.M)) == options
        usage = text.partition("\n\n")[0]
        assert set(re.findall(r"--([\w-]+)", usage)) == options


def test_the_words_of_help_are_written_in_one_way(say, commands):
    for words in commands:
        text = told(say("help", *words.split()))
        summary = re.search(rf"^  {words}(?:\n)? +(.*)$", told(say("help", width=300)), re.M)[1]
        assert summary[0].islower() or summary.split()[0].isupper(), f"{words}: {summary}"
        assert not summary.endswith("."), f"{words}: {summary}"
        for line in text.partition("\nOptions\n")[2].partition("\nExamples\n")[0].splitlines():
            assert "  --" not in line[2:], f"{words}: an option without a text"


def test_a_subject_lists_its_commands(say, commands):
    nouns = {w.split()[0] for w in commands if " " in w}
    for noun in nouns - set(commands):
        assert sorted(overview(told(say("help", noun)))) == sorted(
            w for w in commands if w.startswith(noun + " "))


def test_options_of_all_and_exit_codes(say, common):
    text = told(say("help", "options"))
    assert set(re.findall(r"^  --(\S+)", text, re.M)) == common
    assert re.findall(r"^  (\d)  ", text, re.M) == list("012345")
    assert "snmpcmd(1)" in text and "snmp.conf(5)" in text


@pytest.mark.parametrize("width", [60, 100])
def test_wrapped_to_the_terminal(say, commands, width):
    def columns(text):
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

    pages = [told(say("help", width=width)), told(say("help", "options", width=width))]
    pages += [told(say("help", *w.split(), width=width)) for w in commands]
    for page in pages:
        for line in page.partition("\nExamples\n")[0].splitlines():
            assert columns(line) <= width or " " not in line.strip(), line


def test_the_manual_page_is_whole(top_builddir, mdoc):
    with open(os.path.join(top_builddir, "doc", "clusterset.1"), encoding="utf-8") as f:
        page = f.read()
    assert mdoc in page, "doc/clusterset.1 is older than the program"


def test_the_manual_page_shows_every_command(top_builddir, commands, common):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed (Debian: apt-get install mandoc)")
    done = subprocess.run(
        ["mandoc", "-Tascii", "-Owidth=200", os.path.join(top_builddir, "doc", "clusterset.1")],
        capture_output=True, text=True, check=False)
    text = re.sub(r".\x08", "", done.stdout)
    for words, options in commands.items():
        part = re.search(rf"^   {words}$(.*?)(?=^   \S|^\S)", text, re.M | re.S)
        assert part, words
        for option in options:
            assert f"--{option}" in part[1], f"{words} --{option}"
    for option in common:
        assert re.search(rf"^     --{option}\b", text, re.M)


def test_completion_offers_every_command_and_option(say, commands, common):
    offered = set()
    for first in complete(say, ""):
        seconds = complete(say, first, "") if any(
            w.startswith(first + " ") for w in commands) else []
        if first in commands:
            offered.add(first)
        offered |= {f"{first} {x}" for x in seconds if f"{first} {x}" in commands}
    assert offered == set(commands)
    for words, options in commands.items():
        assert set(complete(say, *words.split(), "--")) == {
            f"--{x}" for x in options | common}, words


def test_nothing_hidden_leaks(say, commands, mdoc):
    assert not [w for w in commands if w.startswith("_")]
    for text in (mdoc, told(say("help")), *complete(say, "")):
        assert "__" not in text


def test_every_manual_page_is_clean(top_builddir):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed (Debian: apt-get install mandoc)")
    room = os.path.join(top_builddir, "doc")
    pages = [os.path.join(room, x) for x in sorted(os.listdir(room)) if re.search(r"\.[1-8]$", x)]
    assert len(pages) >= 4
    done = subprocess.run(["mandoc", "-Tlint", *pages], capture_output=True, text=True,
                          check=False)
    # whether other pages are installed is this machine's affair
    said = [x for x in (done.stdout + done.stderr).splitlines()
            if "referenced manual not found" not in x and "outdated mandoc.db" not in x]
    assert not said, said


# --- wrong words ----------------------------------------------------------------------
@pytest.mark.parametrize("wrong, right", [
    (("hlep",), "help"), (("compleiton", "bash"), "completion"),
    (("sttaus",), "status"), (("vm", "mvoe", "web1"), "move"),
    (("vm", "move", "web1", "--too", "west"), "--to"),
    (("statsu",), "status"), (("list", "vm"), "vm list"), (("move", "vm", "web1"), "vm move"),
    (("list", "vms"), "vm list"), (("hold", "web1"), "vm hold"),
    (("show", "disk", "lun1"), "disk show"), (("vms",), "vm"),
    (("help", "--jsno"), "--json"), (("help", "--mdco"), "--mdoc"),
])
def test_a_near_miss_is_named(say, wrong, right):
    done = say(*wrong)
    assert done.returncode == 2
    assert re.search(rf"did you mean (?:\w+ )?{right}\?", done.stderr), done.stderr
    assert len(done.stderr.splitlines()) == 1 and not done.stdout
    assert re.search(r"\? See clusterset help[a-z ]*$", done.stderr), done.stderr


@pytest.mark.parametrize("words", [("x\u202ey",), ("vm", "\u202e"), ("vm", "list", "--\u2066x"),
                                   ("status", "\x1b[2J")])
def test_a_message_moves_no_cursor(say, words):
    """What was typed, or what an agent calls a thing, comes back in messages."""
    done = say(*words)
    assert done.returncode == 2
    assert not re.search("[\u202e\u2066\x1b]", done.stderr), repr(done.stderr)


def test_a_closed_pipe_is_quiet(say):
    """As with any tool: whoever has read enough gets no message for it."""
    for words in (("help",), ("help", "options"), ("completion", "bash")):
        reader, writer = os.pipe()
        os.close(reader)
        done = say(*words, stdout=writer)
        os.close(writer)
        assert done.returncode == -signal.SIGPIPE and done.stderr == "", (words, done)


def test_a_full_disk_is_told_once(say):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    for words in (("help",), ("help", "vm", "list"), ("completion", "bash")):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = say(*words, stdout=full)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, (words, done)
        assert "could be written" in done.stderr


@pytest.mark.parametrize("wrong", [
    ("zzzzzz",), ("vm", "zzzzzz"), ("help", "--zzzzzz"), ("help", "zzzzzz"), ("completion",),
    ("completion", "fish"), ("completion", "bash", "zsh"), ("--output", "xml", "help"),
    ("--output",), ("-q", "help"), ("-t",), ("help", "--mdoc=1"), ("vm", "move"),
    ("vm", "move", "web1"),
])
def test_what_is_not_understood_is_code_2(say, wrong):
    done = say(*wrong)
    assert done.returncode == 2 and done.stderr.startswith("clusterset: ")
    assert not done.stdout


@pytest.mark.parametrize("words", [(), ("--all", "7")])
def test_which_alarms_are_meant_is_asked_in_words(say, words):
    done = say("alarm", "ack", *words)
    assert done.returncode == 2 and not done.stdout
    assert "name the alarms by their numbers, which clusterset alarm list shows" in done.stderr
    assert ("not both" in done.stderr) == bool(words)


def test_an_error_is_a_document_for_programs(say):
    import json
    done = say("--json", "zzzzzz")
    assert done.returncode == 2
    assert json.loads(done.stdout)["exit"] == 2
    # what is no UTF-8 comes back, and the document is one all the same
    done = say("--json", b"zz\xff")
    assert done.returncode == 2 and json.loads(done.stdout)["error"].count("zz\\377") == 1


def test_version(say):
    assert re.fullmatch(r"clusterset \d\S*\n", told(say("--version")))
    assert told(say("-V")) == told(say("--version"))
