# SPDX-License-Identifier: Apache-2.0
"""Completion, driven as a shell drives it: bash calls the function of the script that
clusterset prints, with what has been typed so far, and names come from the live set."""
import os
import shutil
import subprocess

import pytest

from harness import worlds

# how bash itself takes a line apart: blanks, and each run of these characters
BREAKS = "=:"


@pytest.fixture(scope="module")
def program(top_builddir):
    path = os.path.join(top_builddir, "clusterset")
    if not os.path.exists(path):
        pytest.skip("clusterset is not built")
    return path


@pytest.fixture(scope="module")
def bash(program, tmp_path_factory):
    """bash(line) -> what would stand there after TAB, in order."""
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    directory = tmp_path_factory.mktemp("completion")
    (directory / "Some File.conf").touch()
    (directory / "other.conf").touch()
    script = r'''
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9 COMP_KEY=9
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_clusterset clusterset "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
for word in "${COMPREPLY[@]}"; do printf '%s\n' "$word"; done
complete -p clusterset >&2
'''
    (directory / "drive.sh").write_text(script)
    printed = subprocess.run([program, "completion", "bash"], capture_output=True, check=True)
    (directory / "clusterset.bash").write_bytes(printed.stdout)

    def run(line, **env):
        assert line.startswith("clusterset ")
        line = program + line[len("clusterset"):]
        done = subprocess.run(
            ["bash", "--norc", str(directory / "drive.sh"), str(directory / "clusterset.bash"),
             line, *typed(line)],
            capture_output=True, text=True, check=False, timeout=30, cwd=directory,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                 "SNMPCONFPATH": "/nonexistent", "CLUSTERSET_AGENT": "127.0.0.1:9", **env})
        assert done.returncode == 0, done.stderr
        assert done.stderr == "complete -F _clusterset clusterset\n"
        return done.stdout.splitlines()
    return run


def typed(line):
    """COMP_WORDS of a line whose end is the cursor."""
    words, word, quote, i = [], "", "", 0
    while i < len(line):
        c = line[i]
        if c == "\\" and i + 1 < len(line):
            word += line[i:i + 2]
            i += 1
        elif quote:
            word += c
            quote = "" if c == quote else quote
        elif c in "'\"":
            word, quote = word + c, c
        elif c == " ":
            if word:
                words.append(word)
            word = ""
        elif c in BREAKS:
            if word and word[-1] not in BREAKS:
                words.append(word)
                word = ""
            word += c
        else:
            if word and word[-1] in BREAKS:
                words.append(word)
                word = ""
            word += c
        i += 1
    return words + [word]


# --- without an agent --------------------------------------------------------------------
def test_the_scripts_are_what_is_installed(program, top_srcdir):
    for shell, name in (("bash", "clusterset"), ("zsh", "_clusterset")):
        with open(os.path.join(top_srcdir, "cli", "completion", name), "rb") as f:
            assert subprocess.run([program, "completion", shell], capture_output=True,
                                  check=True).stdout == f.read()


@pytest.mark.parametrize("shell, name", [("bash", "clusterset"), ("zsh", "_clusterset")])
def test_the_shell_understands_its_script(top_srcdir, shell, name):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n", os.path.join(top_srcdir, "cli", "completion", name)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_words_of_commands(bash):
    assert "help" in bash("clusterset ")
    assert bash("clusterset hel") == ["help"]
    assert bash("clusterset help comp") == ["completion"]
    assert bash("clusterset completion ") == ["bash", "zsh"]
    assert bash("clusterset completion z") == ["zsh"]
    assert bash("clusterset completion zsh ") == []
    assert bash("clusterset zzzzzz ") == []


def test_options_and_their_values(bash):
    assert bash("clusterset --js") == ["--json"]
    assert bash("clusterset help --md") == ["--mdoc"]
    assert bash("clusterset --output ") == ["screen", "json", "kv"]
    assert bash("clusterset --output=") == ["screen", "json", "kv"]
    assert bash("clusterset --output=j") == ["json"]
    assert "--output" not in bash("clusterset --output json --")
    assert bash("clusterset --output json hel") == ["help"]
    assert bash("clusterset -- --js") == []


def test_options_of_the_configuration(bash):
    assert "poll.interval" in bash("clusterset config set poll.")
    assert bash("clusterset config unset poll.read-t") == ["poll.read-timeout"]
    assert not [x for x in bash("clusterset config set ") if x.startswith(("clusters", "vms"))]
    assert bash("clusterset config set poll.interval ") == []


def test_files_behind_a_name(bash, tmp_path):
    (tmp_path / "east.clp").write_text("")
    want = [f"{tmp_path}/east.clp"]
    for word in ("--clp-conf ", "--clp-conf=", "--clp-conf east=", "--clp-conf=east="):
        assert bash(f"clusterset doctor {word}{tmp_path}/ea") == want, word


def test_options_of_snmp(bash):
    assert bash("clusterset -v3 -l ") == ["noAuthNoPriv", "authNoPriv", "authPriv"]
    assert bash("clusterset -v 3 -l authPriv hel") == ["help"]
    assert bash("clusterset -v ") == ["1", "2c", "3"]


def test_nobody_answers_and_nothing_is_said(bash):
    assert bash("clusterset vm where ") == []


# --- names of a living set -----------------------------------------------------------------
VMS = {"web1": "east1", "web 2": "east2", "rack:1": "west1", "büro": "west1", "d'b$x": None}


@pytest.fixture
def live(whole, bash):
    lab = whole(worlds.Pair(VMS))
    agent = f"127.0.0.1:{lab.snmpd.port}"

    def run(line, **env):
        return bash(line, **{"CLUSTERSET_AGENT": agent, **env})
    run.lab, run.agent = lab, agent
    return run


def test_names(live):
    options = "clusterset -v2c -c public"
    assert live(f"{options} vm where w") == [r"web\ 2", "web1"] or live(
        f"{options} vm where w") == ["web1", r"web\ 2"]
    assert sorted(live(f"{options} vm where ")) == sorted(
        ["web1", r"web\ 2", "rack:1", "büro", r"d\'b\$x"])
    # bash replaces what stands behind the colon
    assert live(f"{options} vm where rack:") == ["1"]
    # quoted or escaped, the name is found
    assert live(f'{options} vm where "web ') == ["web 2"]
    assert live(rf"{options} vm where web\ ") == [r"web\ 2"]
    assert sorted(live(f"{options} vm home web1 ")) == ["east", "west"]
    assert sorted(live(f"{options} vm move web1 --to west/")) == ["west/west1", "west/west2"]
    # an option's value, in both ways, and the agent by an option
    assert live(f"{options} vm move web1 --to w")[0] == "west"
    assert live(f"{options} vm move web1 --to=w")[0] == "west"
    assert live(f"{options} --agent {live.agent} vm home web1 e",
                CLUSTERSET_AGENT="127.0.0.1:9") == ["east"]
    assert live("clusterset vm where ") == [], "without credentials there are no names"
