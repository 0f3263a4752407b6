# SPDX-License-Identifier: Apache-2.0
"""clpcfdel as people and scripts call it: exits, words, files and what becomes of them."""
import os
import pathlib
import pty
import re
import resource
import select
import shutil
import signal
import stat
import subprocess

import pytest

TOP = pathlib.Path(os.environ.get("top_srcdir", "."))
BUILD = pathlib.Path(os.environ.get("top_builddir", "."))
PROGRAM = (BUILD / "clpcfdel").absolute()
DATA = TOP / "tests/clpconf/data"
SAMPLES = TOP / "../shared/samples/clpconf"
DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 4
NOBODY = 65534

# 4 + 2 servers + 2 groups + 3 resources + 2 monitors + 1 heartbeat x 2
TEXT = """\
<?xml version="1.0" encoding="EUC-JP"?>
<root>
  <cluster>
    <name>c1</name>
  </cluster>
  <all>
    <serveros>linux</serveros>
  </all>
  <server name="n1"/>
  <server name="n2"/>
  <heartbeat>
    <types name="lankhb"/>
    <lankhb name="hb"/>
  </heartbeat>
  <group name="g1">
    <resource name="md@md1"/>
    <resource name="exec@e1"/>
    <gid>0</gid>
  </group>
  <group name="g2">
    <resource name="exec@e2"/>
    <gid>1</gid>
  </group>
  <resource>
    <types name="md"/>
    <types name="exec"/>
    <md name="md1"/>
    <exec name="e1">
      <depend name="md1"/>
    </exec>
    <exec name="e2"/>
  </resource>
  <monitor>
    <types name="mdw"/>
    <types name="genw"/>
    <mdw name="mdw1">
      <parameters>
        <object>md1</object>
      </parameters>
    </mdw>
    <genw name="watch-e2">
      <target>e2</target>
    </genw>
  </monitor>
  <trekking>
    <configid>5311010.5492761741466077</configid>
  </trekking>
  <webmgr>
    <client>
      <objectnumber>15</objectnumber>
    </client>
  </webmgr>
</root>
"""


def line(words, text=TEXT):
    """The number of the first line that has these words."""
    return text[:text.index(words)].count("\n") + 1


class Place:
    """A directory with a clp.conf, and clpcfdel run in it."""

    def __init__(self, path, text=TEXT):
        self.path = path
        self.conf = path / "clp.conf"
        self.conf.write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(self, *words, want=DONE, **kwargs):
        result = subprocess.run([PROGRAM, *map(str, words)], cwd=self.path, timeout=60,
                                stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                encoding="utf-8", errors="surrogateescape", **kwargs)
        assert result.returncode == want, (words, result.stdout, result.stderr)
        assert ("clpcfdel" in result.stderr) == (want not in (DONE,)) or "check" in words, result.stderr
        return result

    def names(self):
        return sorted(os.listdir(self.path))

    def backups(self):
        return sorted(self.path.glob("clp.conf.*.bak*"))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def without_configid(data):
    return re.sub(rb"(<configid>\d+\.)\d+(?=<)", rb"\1x", data)


def unchanged(place, before):
    assert place.conf.read_bytes() == before
    assert place.names() == ["clp.conf"]


# --- words --------------------------------------------------------------------------

def test_help_and_version(place):
    said = place.run("--help").stdout
    assert said.startswith("usage: clpcfdel ") and "rscdep TYPE NAME DEPENDS_ON" in said
    assert re.fullmatch(r"clpcfdel \d+\.\d+\.\d+\n", place.run("--version").stdout)


def test_help_and_man_page_have_the_same_options(place):
    text = (TOP / "doc/clpcfdel.1.in").read_text()
    man = set(re.findall(r"Fl -([a-z-]+)", text))
    said = place.run("-h").stdout
    assert man == set(re.findall(r"--([a-z-]+)", said))
    for option, how in re.findall(r"--([a-z-]+) HOW(.*?)(?=\n +--|\n +-h)", said, re.S):
        for word in re.findall(r"\b(own|delete|retarget|refuse|inherit|none|default|keep)\b",
                               how.replace("the default", "")):
            part = text.split(f".It Fl -{option} ")[1].split(".It Fl -")[0]
            assert word in part, (option, word)


@pytest.mark.parametrize("words", [
    [], ["rsc"], ["rsc", "g1", "md"], ["mon", "mdw"], ["grp"], ["grp", "g1", "x"], ["delete"],
    ["check", "x"], ["--monitors", "all", "grp", "g1"], ["--depends=x", "grp", "g1"],
    ["--empty-group=x", "grp", "g1"], ["--vcom=x", "grp", "g1"], ["--what"], ["-n", "check"],
    ["--scripts=s", "--output=o", "grp", "g1"],
])
def test_usage(place, words):
    before = place.conf.read_bytes()
    said = place.run(*words, want=USAGE)
    assert said.stdout == "" and said.stderr
    unchanged(place, before)


@pytest.mark.parametrize("words, answer", [
    (["rsc", "g3", "md", "md1"], "there is no group g3 (did you mean g"),
    (["rsc", "g1", "exec", "md1"], "resource md1 is of type md, not exec"),
    (["rsc", "g2", "md", "md1"], "resource md1 is not in group g2 but in g1"),
    (["rsc", "g1", "md", "md2"], "did you mean md1?"),
    (["mon", "genw", "mdw1"], "monitor mdw1 is of type mdw, not genw"),
    (["mon", "genw", "nothing-like-it"], "clpcfdel list"),
    (["grp", "\x1b[31mg"], "there is no group \\033[31mg"),
    (["rscdep", "exec", "e1", "e2"], "resource e1 has no dependency on e2"),
])
def test_no_such_object(place, words, answer):
    before = place.conf.read_bytes()
    assert answer in place.run(*words, want=FAILED).stderr
    unchanged(place, before)


def test_list_gives_what_deletes(place):
    lines = place.run("list").stdout.splitlines()
    assert lines == ["grp g1", "rsc g1 md md1", "rsc g1 exec e1", "grp g2", "rsc g2 exec e2",
                     "rscdep exec e1 md1", "mon mdw mdw1", "mon genw watch-e2"]
    for words in lines:
        place.run("-n", "--monitors", "delete", *words.split())


# --- deleting -----------------------------------------------------------------------

def test_delete(place):
    os.chmod(place.conf, 0o640)
    before, inode = place.conf.read_bytes(), place.conf.stat().st_ino
    said = place.run("rsc", "g1", "md", "md1").stdout
    want = TEXT
    for old, new in [('    <resource name="md@md1"/>\n', ""), ('    <types name="md"/>\n', ""),
                     ('    <md name="md1"/>\n', ""), ('"md1"', '""'),
                     ('    <types name="mdw"/>\n', ""), (">15<", ">13<")]:
        assert old in want
        want = want.replace(old, new, 1)
    want = re.sub(r"    <mdw .*?</mdw>\n", "", want, flags=re.S)
    after = place.conf.read_bytes()
    assert without_configid(after) == without_configid(want.encode())
    assert re.search(rb"<configid>5311010\.\d{17}<", after)
    assert stat.S_IMODE(place.conf.stat().st_mode) == 0o640
    assert place.conf.stat().st_ino != inode
    [backup] = place.backups()
    assert backup.read_bytes() == before and backup.name in said
    assert place.names() == sorted(["clp.conf", backup.name])
    for words in ("resource md1 (md) of group g1 goes", "monitor mdw1 (mdw), which watches md1, goes",
                  "objectnumber was 15 and is 13", f"WARNING  line {line('<depend')}", "clpgrp -t g1",
                  "clpcl --suspend -a", "clpcfctrl --push -l -x .", "clpcl --resume -a"):
        assert words in said, said
    place.run("check")


def test_two_deletions_within_a_second_keep_two_backups(place):
    place.run("mon", "mdw", "mdw1")
    first = place.conf.read_bytes()
    place.run("mon", "genw", "watch-e2")
    assert len(place.backups()) == 2
    assert {b.read_bytes() for b in place.backups()} == {TEXT.encode(), first}


def test_owner_is_kept(place):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(place.conf, NOBODY, NOBODY)
    place.run("mon", "mdw", "mdw1")
    assert (place.conf.stat().st_uid, place.conf.stat().st_gid) == (NOBODY, NOBODY)


def test_dry_run_is_a_patch_and_changes_nothing(place):
    (place.path / "scripts/g1/md1").mkdir(parents=True)
    before = place.conf.read_bytes()
    said = place.run("--dry-run", "rsc", "g1", "md", "md1").stdout
    assert place.conf.read_bytes() == before and place.names() == ["clp.conf", "scripts"]
    assert os.listdir(place.path / "scripts/g1") == ["md1"]
    assert "Nothing was changed" in said and "resource md1 (md) of group g1 goes" in said
    assert "scripts ./scripts/g1/md1 to ./scripts.removed-" in said
    if shutil.which("patch") is None:
        pytest.skip("the rest needs patch(1)")
    other = place.path / "other"
    shutil.copy(place.conf, other)
    subprocess.run(["patch", "-s", str(other)], input=said.split("\n\ndeleted")[0] + "\n",
                   text=True, check=True, timeout=30)
    place.run("rsc", "g1", "md", "md1")
    assert without_configid(other.read_bytes()) == without_configid(place.conf.read_bytes())


def test_diff_on_a_terminal_is_readable(place):
    """In a file it is bytes for patch(1); a person gets UTF-8 and no control characters."""
    place.conf.write_bytes((DATA / "vcom.conf").read_bytes())
    words = ["-n", "--monitors=delete", "grp", "web"]
    said = subprocess.run([PROGRAM, *words], cwd=place.path, capture_output=True, check=True,
                          timeout=60).stdout
    assert "表 (group)".encode("cp932") in said and b"<gid>0</gid>\r\n" in said
    ours, theirs = pty.openpty()
    child = subprocess.Popen([PROGRAM, *words], cwd=place.path, stdout=theirs)
    os.close(theirs)
    shown = b""
    while True:
        select.select([ours], [], [], 60)
        try:
            more = os.read(ours, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(ours)
    assert child.wait(60) == DONE
    text = shown.decode("utf-8")
    assert "-    <comment>表 (group)</comment>" in text
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)


def test_output_leaves_the_file_alone(place):
    (place.path / "scripts/monitor.s/mdw1").mkdir(parents=True)
    before = place.conf.read_bytes()
    said = place.run("--output", "new.conf", "mon", "mdw", "mdw1").stdout
    assert place.conf.read_bytes() == before
    assert place.names() == ["clp.conf", "new.conf", "scripts"]
    assert os.listdir(place.path / "scripts/monitor.s") == ["mdw1"]
    assert "new.conf" in said
    place.run("-f", "new.conf", "check")
    written = (place.path / "new.conf").read_bytes()
    said = place.run("-o", "new.conf", "mon", "genw", "watch-e2", want=FAILED).stderr
    assert "new.conf exists already and is not overwritten: name a new file" in said
    assert (place.path / "new.conf").read_bytes() == written
    assert place.names() == ["clp.conf", "new.conf", "scripts"]


def test_refused_until_it_is_said_what_is_wanted(place):
    before = place.conf.read_bytes()
    said = place.run("rsc", "g2", "exec", "e2", want=REFUSED).stderr
    assert f"clp.conf:{line('<genw')}: monitor watch-e2 (genw) watches while e2 is active" in said
    assert "--monitors delete" in said and "nothing was changed" in said
    unchanged(place, before)
    assert "no other resource" in place.run("--monitors=retarget", "grp", "g2",
                                            want=REFUSED).stderr
    place.run("--monitors=refuse", "rsc", "g1", "md", "md1", want=REFUSED)
    place.run("--depends=refuse", "rsc", "g1", "md", "md1", want=REFUSED)
    place.run("--empty-group=refuse", "--monitors=delete", "rsc", "g2", "exec", "e2", want=REFUSED)
    unchanged(place, before)
    place.run("--monitors=delete", "rsc", "g2", "exec", "e2")
    assert b'<group name="g2">' in place.conf.read_bytes()
    place.run("grp", "g2")
    assert b'<group name="g2">' not in place.conf.read_bytes()
    place.run("check")


# --- scripts ------------------------------------------------------------------------

def script(place, path):
    path = place.path / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")


def test_scripts_are_moved_aside(place):
    for path in ("scripts/g1/md1/start.sh", "scripts/g1/e1/start.sh",
                 "scripts/monitor.s/mdw1/genw.sh", "scripts/monitor.s/watch-e2/genw.sh"):
        script(place, path)
    said = place.run("rsc", "g1", "md", "md1").stdout
    [aside] = place.path.glob("scripts.removed-*")
    assert (aside / "g1/md1/start.sh").is_file() and (aside / "monitor.s/mdw1/genw.sh").is_file()
    assert os.listdir(place.path / "scripts/g1") == ["e1"]
    assert os.listdir(place.path / "scripts/monitor.s") == ["watch-e2"]
    assert f"scripts ./scripts/g1/md1 are now ./{aside.name}/g1/md1" in said


def test_scripts_of_a_whole_group(place):
    for path in ("conf/g1/md1/start.sh", "conf/g1/e1/start.sh", "conf/g2/e2/start.sh"):
        script(place, path)
    place.run("--scripts", "conf/", "grp", "g1")
    [aside] = place.path.glob("conf.removed-*")
    assert sorted(os.listdir(aside / "g1")) == ["e1", "md1"]
    assert os.listdir(place.path / "conf") == ["g2"]


def test_scripts_of_a_group_that_goes_with_its_last_resource(place):
    """One directory, moved once and as a whole, with whatever else is in it."""
    for path in ("scripts/g2/e2/start.sh", "scripts/g2/other/start.sh", "scripts/g1/e1/start.sh"):
        script(place, path)
    words = ["--empty-group", "delete", "--monitors", "delete", "rsc", "g2", "exec", "e2"]
    said = place.run("--dry-run", *words).stdout
    assert said.count("aside ") == 1 and "scripts ./scripts/g2 to ./scripts.removed-" in said
    said = place.run(*words).stdout
    [aside] = place.path.glob("scripts.removed-*")
    assert f"scripts ./scripts/g2 are now ./{aside.name}/g2\n" in said
    assert sorted(os.listdir(aside / "g2")) == ["e2", "other"]
    assert os.listdir(place.path / "scripts") == ["g1"]


def test_what_was_put_aside_stays(place):
    """Two calls within a second, of which the second takes the rest of the folder."""
    for path in ("scripts/g1/e1/start.sh", "scripts/g1/md1/start.sh"):
        script(place, path)
    place.run("--depends=none", "rsc", "g1", "exec", "e1")
    place.run("grp", "g1")
    moved = [str(p.relative_to(d)) for d in place.path.glob("scripts.removed-*")
             for p in d.rglob("start.sh")]
    assert sorted(moved) == ["g1/e1/start.sh", "g1/md1/start.sh"]
    assert os.listdir(place.path / "scripts") == []


def test_no_such_scripts(place):
    before = place.conf.read_bytes()
    assert "scripts directory nowhere cannot be used: No such file" in place.run(
        "--scripts=nowhere", "grp", "g1", want=FAILED).stderr
    unchanged(place, before)
    assert "there is no directory ./scripts" in place.run("grp", "g1").stdout


def test_scripts_that_are_a_link(place):
    """A link within is moved as it is; a folder that is a link is not followed."""
    script(place, "elsewhere/e1/start.sh")
    (place.path / "scripts").mkdir()
    (place.path / "scripts/g1").symlink_to("../elsewhere")
    said = place.run("--depends=none", "rsc", "g1", "exec", "e1", want=FAILED).stderr
    assert "could not be moved" in said and "move them yourself" in said
    assert (place.path / "elsewhere/e1/start.sh").is_file()


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../../x"])
def test_names_that_are_paths(tmp_path, name):
    place = Place(tmp_path / "conf" if (tmp_path / "conf").mkdir() is None else None,
                  TEXT.replace('"e1"', f'"{name}"').replace("exec@e1", f"exec@{name}"))
    script(place, "scripts/g1/e1/start.sh")
    script(place, "scripts/g1/a/b/start.sh")
    script(place, "x/start.sh")
    said = place.run("rsc", "g1", "exec", name).stdout
    assert "no name of a directory" in said
    assert not list(place.path.glob("scripts.removed-*"))
    assert (place.path / "scripts/g1/a/b/start.sh").is_file()


# --- files that are not as they should be -------------------------------------------

def test_symbolic_link(place):
    place.conf.rename(place.path / "real.conf")
    place.conf.symlink_to("real.conf")
    said = place.run("grp", "g1", want=REFUSED).stderr
    assert "clp.conf is a symbolic link to real.conf" in said and "-f" in said
    assert (place.path / "real.conf").read_text() == TEXT
    place.run("check")
    place.run("-o", "out.conf", "grp", "g1")
    place.run("-f", "real.conf", "grp", "g1")
    assert place.conf.is_symlink()


def test_hard_link(place):
    os.link(place.conf, place.path / "second")
    said = place.run("grp", "g1").stdout
    assert "WARNING" in said and "hard links" in said
    assert (place.path / "second").read_text() == TEXT


def test_no_file(place):
    assert "nowhere: cannot be opened: No such file" in place.run("-f", "nowhere", "check",
                                                                  want=FAILED).stderr
    assert "is a directory, not a file" in place.run("-f", ".", "grp", "g1", want=FAILED).stderr
    os.mkfifo(place.path / "fifo")
    assert "is a device, pipe or socket" in place.run("-f", "fifo", "grp", "g1",
                                                      want=FAILED).stderr
    assert "Permission denied" in as_nobody(place, "grp", "g1", mode=0o600).stderr


def as_nobody(place, *words, mode=0o644, where=0o755):
    """clpcfdel without privileges; the directory belongs to somebody else."""
    if os.geteuid() != 0:
        os.chmod(place.conf, 0 if mode == 0o600 else mode)
        os.chmod(place.path, where & 0o555)
        try:
            return place.run(*words, want=FAILED)
        finally:
            os.chmod(place.path, 0o755)
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    if subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                       PROGRAM, "-f", place.conf, "check"], capture_output=True,
                      check=False).returncode not in (DONE, FAILED, REFUSED):
        pytest.skip("nobody cannot run the program where it stands")
    os.chmod(place.conf, mode)
    os.chmod(place.path, where)
    result = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
                             "--clear-groups", PROGRAM, "-f", place.conf, *words],
                            capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == FAILED, result
    return result


@pytest.fixture
def open_path(tmp_path):
    """Everybody may reach tmp_path: pytest makes its directories for one user."""
    path = tmp_path
    while path.stat().st_uid == os.geteuid() and path != path.parent:
        path.chmod(path.stat().st_mode | 0o111)
        path = path.parent
    return Place(tmp_path)


def test_directory_that_cannot_be_written(open_path):
    place, before = open_path, open_path.conf.read_bytes()
    said = as_nobody(place, "grp", "g1").stderr
    assert "the new file cannot be created: Permission denied; nothing was changed" in said
    unchanged(place, before)


def no_space():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


@pytest.mark.parametrize("words", [[], ["--output=new"]])
def test_no_space(place, words):
    before = place.conf.read_bytes()
    said = place.run(*words, "grp", "g1", want=FAILED, preexec_fn=no_space).stderr
    assert "be written: File too large" in said
    unchanged(place, before)


def test_nobody_listens(place):
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([PROGRAM, "check"], cwd=place.path, stdout=full, check=False,
                                stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == FAILED and "standard output" in result.stderr


def into(place, stdout, *words):
    result = subprocess.run([PROGRAM, *words], cwd=place.path, stdout=stdout, check=False,
                            stderr=subprocess.PIPE, text=True, timeout=60,
                            preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
    return result.returncode, result.stderr


@pytest.mark.parametrize("where", ["pipe", "/dev/full"])
def test_nobody_listens_to_what_is_done(place, where):
    """The work comes first, and that it was done is said on the other way."""
    script(place, "scripts/g1/e1/start.sh")
    if where == "pipe":
        closed, out = os.pipe()
        os.close(closed)
    else:
        out = os.open(where, os.O_WRONLY)
    try:
        code, said = into(place, out, "grp", "g1")
        listed = into(place, out, "list")
    finally:
        os.close(out)
    [backup] = place.backups()
    [aside] = place.path.glob("scripts.removed-*")
    assert os.listdir(aside) == ["g1"] and os.listdir(place.path / "scripts") == []
    assert code == FAILED and f"clp.conf WAS changed; {backup.name} is the file as it was" in said
    # where nothing was done a closed pipe is quiet, as with any other tool
    assert listed == (-signal.SIGPIPE, "") if where == "pipe" else listed[0] == FAILED


@pytest.mark.parametrize("text, words", [
    ("", "clp.conf:1: no element at all"),
    ("cluster { }\n", "clp.conf:1: no element at all"),
    ("<html><body/></html>", "this is no clp.conf"),
    (TEXT.replace("</group>", "", 1), f"clp.conf:{line('</root>')}: </root> stands where <group>"),
    (TEXT.replace("<root>", '<!DOCTYPE root SYSTEM "x">\n<root>'), "clp.conf:2: a DOCTYPE"),
    (TEXT.replace("c1", "&c;"), "clp.conf:4: not well-formed XML: Entity 'c' not defined"),
    (TEXT.encode().replace(b"c1", b"\xa4"), "clp.conf:4: not well-formed XML"),
    (TEXT.replace("EUC-JP", "EBCDIC"), 'clp.conf:1: encoding "EBCDIC"'),
    (TEXT.encode("utf-16"), "bytes of value 0"),
], ids=["empty", "no XML", "HTML", "unclosed", "DOCTYPE", "entity", "bytes", "encoding", "UTF-16"])
@pytest.mark.parametrize("command", [["check"], ["grp", "g1"], ["-n", "grp", "g1"]])
def test_refused_files(tmp_path, text, words, command):
    place = Place(tmp_path, text)
    before = place.conf.read_bytes()
    said = place.run(*command, want=REFUSED)
    assert words in said.stderr and said.stdout == ""
    assert said.stderr.splitlines()[1:] == ["clpcfdel: another file is named with -f"]
    unchanged(place, before)


def test_mistakes(tmp_path):
    place = Place(tmp_path, TEXT.replace(">15<", ">16<").replace(">e2<", ">e9<"))
    before = place.conf.read_bytes()
    said = place.run("check", want=FAILED).stdout.splitlines()
    target, number = f"clp.conf:{line('<target>')}", f"clp.conf:{line('<objectnumber>')}"
    assert [words.split(": ")[0] for words in said] == [target, number, "clp.conf"]
    assert "objectnumber is 16 and should be 15" in said[1] and said[2] == "clp.conf: 2 mistakes"
    refused = place.run("mon", "mdw", "mdw1", want=REFUSED).stderr
    assert target in refused and number in refused and "--mend" in refused
    unchanged(place, before)
    place.run("--mend", "mon", "mdw", "mdw1")
    assert len(place.run("check", want=FAILED).stdout.splitlines()) == 2
    place.run("--mend", "mon", "genw", "watch-e2")
    assert "ok: 2 servers, 2 groups, 3 resources, 0 monitors" in place.run("check").stdout


def test_somebody_else_writes_meanwhile(place):
    """strace stops clpcfdel between reading and replacing; without it nothing can."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = place.path / "log"
    # the second name of the old file is made right before the last look at it
    command = ["strace", "-f", "-o", log, "-e", "trace=linkat",
               "-e", "inject=linkat:delay_exit=1500000", PROGRAM, "grp", "g1"]
    child = subprocess.Popen(command, cwd=place.path, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True,
                             env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    try:
        for _ in range(6000):
            if place.backups() or child.poll() is not None:
                break
            signal.sigtimedwait([], 0.005)
        assert child.poll() is None, child.communicate()
        place.conf.write_text(TEXT + "<!-- mine -->\n")
        said = child.communicate(timeout=60)[1]
    finally:
        child.kill()
    if "ptrace" in said and "Operation not permitted" in said:
        pytest.skip("strace may not trace here")
    assert child.returncode == REFUSED and "somebody else" in said
    assert place.conf.read_text() == TEXT + "<!-- mine -->\n"
    assert place.names() == ["clp.conf", "log"]


def traced(place, inject, *words):
    """clpcfdel with a fault injected by strace: (exit, what it said)."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    calls = inject.split(":")[0]
    result = subprocess.run(["strace", "-f", "-o", os.devnull, "-e", f"trace={calls}",
                             "-e", f"inject={inject}", PROGRAM, *words],
                            cwd=place.path, capture_output=True, text=True, timeout=60,
                            check=False, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    if "ptrace" in result.stderr and "not permitted" in result.stderr:
        pytest.skip("strace may not trace here")
    return result


def test_file_system_without_links(place):
    result = traced(place, "linkat:error=EPERM", "grp", "g1")
    assert result.returncode == DONE, result
    [backup] = place.backups()
    assert backup.read_text() == TEXT and backup.stat().st_nlink == 1
    result = traced(place, "renameat2:error=EINVAL", "-o", "new", "--monitors=delete", "grp", "g2")
    assert result.returncode == DONE and (place.path / "new").stat().st_nlink == 1
    assert place.names() == sorted(["clp.conf", backup.name, "new"])


@pytest.mark.parametrize("call, when", [
    ("write", 1), ("fchmod", 1), ("fsync", 1), ("linkat", 1), ("/^rename", 1),
    ("fsync", 2), ("write", 2)])
def test_killed_in_the_middle(place, call, when):
    """At any moment there is a whole file: the old one, or the new one and a backup."""
    place.run("-o", "new", "grp", "g1")
    new = (place.path / "new").read_bytes()
    result = traced(place, f"{call}:signal=KILL:when={when}", "grp", "g1")
    assert result.returncode == -signal.SIGKILL, result
    now = place.conf.read_bytes()
    assert now == TEXT.encode() or without_configid(now) == without_configid(new), call
    if now != TEXT.encode():
        assert [b.read_text() for b in place.backups()] == [TEXT], result
    place.run("check")
    if now == TEXT.encode():
        place.run("grp", "g1")
        assert without_configid(place.conf.read_bytes()) == without_configid(new)


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_called_off_too_late(place, name):
    """From the replacing on all of it is done, and who called it off is told so."""
    script(place, "scripts/g1/e1/start.sh")
    result = traced(place, f"/^rename:signal={name}:when=1", "grp", "g1")
    assert result.returncode == -getattr(signal, "SIG" + name), result
    [backup] = place.backups()
    [aside] = place.path.glob("scripts.removed-*")
    assert os.listdir(aside) == ["g1"] and os.listdir(place.path / "scripts") == []
    assert f"clp.conf WAS changed; {backup.name} is the file as it was" in result.stderr


@pytest.mark.parametrize("call", ["write", "fchmod", "fsync", "/^rename", "openat"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_every_failure_leaves_the_file(place, call, error):
    failures = 0
    for when in range(1, 60):
        result = traced(place, f"{call}:error={error}:when={when}", "grp", "g1")
        if place.conf.read_bytes() == TEXT.encode():
            assert result.returncode not in (DONE, USAGE), (when, result)
            assert place.names() == ["clp.conf"], (when, result)
            failures += 1
            continue
        assert [b.read_text() for b in place.backups()] == [TEXT], (when, result)
        place.run("check")
        if result.returncode == DONE and call != "openat":
            break
        for name in place.names():
            (place.path / name).unlink()
        place.conf.write_text(TEXT)
    assert failures > 0, "no such call was made"


# --- samples of real clusters -------------------------------------------------------

STEPS = [["mon", "mdw", "mdw2"], ["mon", "mdnw", "mdnw2"], ["rsc", "failover2", "md", "md2"],
         ["grp", "failover2"]]


@pytest.mark.parametrize("steps", [STEPS, STEPS[::-1][1:], [["grp", "failover2"]]],
                         ids=["one by one", "resource first", "group at once"])
def test_what_the_product_added_comes_off_again(tmp_path, steps):
    """An operator added group failover2 in the product's editor: without it the file is the
    one from before, to the byte, but for the id of the configuration (and its line ends,
    which differ in the two samples)."""
    if not SAMPLES.is_dir():
        pytest.skip(f"there is no {SAMPLES}")
    two = (SAMPLES / "linux-x53-two-groups.clp.conf").read_bytes()
    one = (SAMPLES / "linux-x53-one-group.clp.conf").read_bytes()
    assert b"\r" not in two and one.count(b"\r\n") == one.count(b"\n")
    for text, want in ((two, one.replace(b"\r\n", b"\n")), (two.replace(b"\n", b"\r\n"), one)):
        place = Place(tmp_path, text)
        for words in steps:
            if words[0] == "mon" and b'"%s"' % words[2].encode() not in place.conf.read_bytes():
                continue  # went with its resource
            place.run(*words)
            place.run("check")
        if ["grp", "failover2"] not in steps:
            place.run("grp", "failover2")
        assert without_configid(place.conf.read_bytes()) == without_configid(want)
        assert place.conf.read_bytes() != want


def test_files_of_all_kinds_hold(tmp_path):
    files = sorted(DATA.glob("*.conf")) + sorted(SAMPLES.glob("*.conf"))
    assert len(files) >= 4
    place = Place(tmp_path)
    for file in files:
        assert ": ok: " in place.run("-f", file.absolute(), "check").stdout
