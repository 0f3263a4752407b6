# SPDX-License-Identifier: Apache-2.0
"""doc/moves.md says what move/ does: its table of rules, in the same order and the same
words; the defaults of settings; the reasons that csMoveError begins with."""
import os
import re

import pytest

# how doc/moves.md names what move/step.c has a macro for
SETS = {
    "any": "EVERY",
    "before the stop": "BEFORE_STOP",
    "before the start": "FROM_STOPPING",
    "release, handover, ready": "BEFORE_START",
    "check, release, handover, ready": "IN(CHECK) | BEFORE_START",
}


@pytest.fixture
def doc(top_srcdir):
    with open(os.path.join(top_srcdir, "doc", "moves.md"), encoding="utf-8") as f:
        return f.read()


@pytest.fixture
def source(top_srcdir):
    def read(*path):
        with open(os.path.join(top_srcdir, *path), encoding="utf-8") as f:
            return f.read()
    return read


def table(doc, heading):
    """The rows of the first table under a heading, cells stripped."""
    part = doc.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [x for x in part.splitlines() if x.startswith("|")]
    first = part.splitlines().index(lines[0])
    rows = []
    for line in part.splitlines()[first:]:
        if not line.startswith("|"):
            break
        rows.append([x.strip() for x in line.strip("|").split("|")])
    return rows[2:]


def rules_of_code(text):
    text = text.split("const struct move_rule move_rules[] = {", 1)[1].split("\n};", 1)[0]
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r'"\s+"', "", text)
    rules = re.findall(r'\{\s*([^{}",]+?)\s*,\s*"([^"]*)"\s*,\s*(\w+)\s*,\s*(\w+)\s*\}', text)
    assert len(rules) == text.count("{"), "every rule was understood"
    return [(" ".join(phases.split()), when, act) for phases, when, _, act in rules]


def phases_of_doc(cell):
    if cell in SETS:
        return SETS[cell]
    return " | ".join(f"IN({x.strip().upper()})" for x in cell.split(","))


def test_the_table_is_the_code(doc, source):
    told = []
    for phases, when, then in table(doc, "The table of rules"):
        act = re.match(r"`(\w+)` \S", then)
        assert act, f"no function, or no words after it: {then}"
        told.append((phases_of_doc(phases), when, act.group(1)))
    code = rules_of_code(source("move", "step.c"))
    for mine, theirs in zip(told, code):
        assert mine == theirs
    assert len(told) == len(code)


def test_the_same_function_does_the_same_in_one_phase(doc):
    words = {}
    for phases, _, then in table(doc, "The table of rules"):
        act, what = re.match(r"`(\w+)` (.*)", then).groups()
        if act != "act_done":  # a stop ends there, a move after verify
            assert words.setdefault((phases, act), what) == what


def test_the_sets_of_phases_are_those_of_the_code(source):
    code = source("move", "step.c")
    macros = {name: set(re.findall(r"IN\((\w+)\)|(\b[A-Z]+_[A-Z]+\b)", body))
              for name, body in re.findall(r"^#define (\w+)\s+(\(.*\))$", code, re.M)}

    def phases(name):
        found = set()
        for phase, other in macros[name]:
            found |= {phase} if phase else phases(other)
        return found

    assert phases("EVERY") == {"IDLE", "DOUBT"}, "all but these"
    assert phases("BEFORE_STOP") == {"QUEUED", "CHECK", "QUIESCE"}
    assert phases("BEFORE_START") == {"RELEASE", "HANDOVER", "READY"}
    assert phases("FROM_STOPPING") == {
        "QUEUED", "CHECK", "QUIESCE", "STOP", "RELEASE", "HANDOVER", "READY"}


def test_defaults(doc, source):
    code = dict(re.findall(r"\.(\w+) = ([^,;]+)[,;]",
                           source("set", "settings.c").split("s->moves = ", 1)[1]
                           .split("};", 1)[0]))
    rows = table(doc, "Deadlines and retries")
    assert len(rows) > 10
    for name, value, _ in rows:
        number = code[name.replace("-", "_")].replace("LL", "")
        if name.endswith(("-timeout", "-time", "-delay", "-window", "-memory")):
            factors = [int(x) for x in number.split("*")]
            milliseconds = 1
            for factor in factors:
                milliseconds *= factor
            assert float(value) * 1000 == milliseconds, name
        else:
            assert int(value) == int(number), name
    for name, seconds in (("command_horizon", 1980), ("offline_settle", 30),
                          ("evidence_age", 5)):
        assert f"`{name.replace('_', '-')}` {seconds} s" in doc
        assert f"evidence.{name} = {seconds}000;" in source("set", "settings.c")


def test_every_reason_is_explained(doc, source):
    text = source("move", "step.c").split("move_why_words(enum move_why why)", 1)[1]
    reasons = re.findall(r'\[WHY_\w+\] =\s*"([^"]+)"', text)
    assert len(reasons) > 15
    explained = [row[0] for row in table(doc, "A move stands in doubt")]
    assert explained == reasons


def test_after_a_restart_no_phase_is_forgotten(doc, source):
    phases = re.findall(r"^\tPHASE_([A-Z]+)\b", source("move", "move.h"), re.M)
    assert phases[0] == "IDLE" and "DOUBT" in phases
    names = [x.lower() for x in phases[1:]]
    assert [row[0] for row in table(doc, "After a restart")] == names
    assert [row[0] for row in table(doc, "The steps")] == names
