#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The screens in the documents: real output of the demo's world, or a failed test.

A document has

    <!-- screen STAGE: COMMAND -->

        $ COMMAND
        ...

    <!-- end of screen -->

`screens.py` runs every such command (of clusterset or clpcfdel) at its stage and compares; `screens.py --write`
(make doc-screens) puts what it prints there. Numbers, times and the blanks between
columns are not compared: they are never twice the same.
"""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))
import demo as demos  # noqa: E402
from harness import clock  # noqa: E402

DOCUMENTS = ("README.md", "doc/operations.md", "doc/from-wsfc.md", "doc/mib.md", "doc/moves.md")
SCREEN = re.compile(r"(<!-- screen (\w+): (cl(?:usterset|pcfdel) [^\n]+) -->\n)(.*?)(<!-- end of screen -->\n)",
                    re.S)
# what the world looks like, one after the other
STAGES = ("calm", "broken", "moved", "dead")
DURATION = r"\d+(?:\.\d+)? (?:ms|s|min|h|d)\b"


def masked(text):
    """What of a screen is the same every time. Which steps of a move are seen on their way,
    and by which round an idle site is proved, is not."""
    text = re.sub(rf"{DURATION}(?: {DURATION})?", "T", text)
    text = re.sub(r"\b(root|[a-z]\w*)/\d+", "OWNER/N", text)  # moves: in the name of who asks
    text = re.sub(r"[█▉▊▋▌▍▎▏░▒▓·]+", "BAR", text)
    text = re.sub(r"\d+(?:\.\d+)*", "0", text)
    text = re.sub(r"stopped: (?:partial|proved)", "stopped: SO", text)
    lines, deep = [], None
    for line in text.strip("\n").splitlines():
        indent = len(line) - len(line.lstrip())
        if deep is not None and indent > deep:
            continue  # goes on with why
        deep = indent if re.match(r" +because: ", line) else None
        if deep is None and not re.search(r" (?:→|->) \S+ +0 % +(?!succeeded)", line):
            lines.append(re.sub(r"[ ─]+", " ", line).rstrip())
    return lines


class World(demos.Demo):
    """The demo's clusters, in the states that documents show, and a group more."""
    VMS = {**demos.Demo.VMS, "wiki": "east2"}
    UNPAIRED = ("wiki",)

    def start(self):
        super().start()
        # what clpcfdel works on stands in the directory of the commands
        self.work = os.path.join(self.lab.directory, "work")
        os.mkdir(self.work)
        shutil.copy(os.path.join(self.lab.top_srcdir, "tests", "clpconf", "data", "vcom.conf"),
                    os.path.join(self.work, "clp.conf"))

    def enter(self, stage):
        if stage == "broken":
            self.lab.sim.power_off("east", "east1")
            clock.wait_for(lambda: self.on("db1") == "east2" and self.on("web1") == "east2",
                           "the failover", 25)
            self.lab.sim.power_on("east", "east1")
            clock.wait_for(lambda: all(r["csNodeOperState"] == "online"
                                       for r in self.rows("csNodeTable")), "east1", 25)
            clock.wait_for(lambda: any(r["csAvailSetViolations"]
                                       for r in self.rows("csAvailSetTable")), "the violation", 10)
        elif stage == "moved":
            if self.on("db1") == "east2":
                self.output("clusterset vm move db1 --to west --wait")
        elif stage == "dead":
            for server in ("east1", "east2"):
                self.lab.sim.power_off("east", server)
            clock.wait_for(lambda: any(r["csClusterOperState"] == "unreachable"
                                       for r in self.rows("csClusterTable"))
                           and any(r["csAlarmType"] == "clusterUnreachable"
                                   for r in self.rows("csAlarmTable"))
                           and all(r["csVmOperState"] == "unknown" for r in self.vms()
                                   if r["csVmHomeClusterName"] == "east"
                                   and r["csVmName"] != "db1"),
                           "the end of east", 40, seen=lambda: str(self.rows("csClusterTable")))

    def on(self, vm):
        row = next(r for r in self.vms() if r["csVmName"] == vm)
        return row.get("csVmNodeName") if row["csVmOperState"] == "running" else None

    def output(self, command):
        done = subprocess.run(
            ["sh", "-c", command + " 2>&1"], stdin=subprocess.DEVNULL, capture_output=True,
            check=False, timeout=clock.scaled(60), cwd=self.work, env={
                **os.environ, **self.variables, "COLUMNS": "96", "LC_ALL": "C.UTF-8",
                "TZ": "UTC", "HOME": self.lab.directory, "LOGNAME": "ops", "USER": "ops",
                "PATH": self.lab.top_builddir + ":" + os.environ["PATH"]})
        # where this world lies is nobody's affair
        return done.stdout.decode("utf-8", "replace").replace(
            os.path.join(self.lab.directory, "daemon"), "/usr/local/etc/clusterset")


def block(command, output):
    lines = [f"$ {command}", *output.splitlines()]
    return "\n" + "".join(f"    {x}".rstrip() + "\n" for x in lines) + "\n"


def main():
    write = sys.argv[1:] == ["--write"]
    top = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(HERE, "..", ".."))
    build = os.path.abspath(os.environ.get("top_builddir") or os.path.join(top, "build"))
    texts = {}
    for name in DOCUMENTS:
        with open(os.path.join(top, name), encoding="utf-8") as f:
            texts[name] = f.read()
    screens = [m for text in texts.values() for m in SCREEN.finditer(text)]
    unknown = {m[2] for m in screens} - set(STAGES)
    assert not unknown, f"no such stage: {unknown}"
    world = World(False, top, build)
    shown, differ = {}, 0
    try:
        world.start()
        for stage in STAGES:
            if any(m[2] in STAGES[STAGES.index(stage):] for m in screens):
                world.enter(stage)
            for m in screens:
                if m[2] == stage and (stage, m[3]) not in shown:
                    shown[stage, m[3]] = world.output(m[3])
    finally:
        world.lab.close()
        world.lab.remove()
    for name, text in texts.items():
        for m in SCREEN.finditer(text):
            now = block(m[3], shown[m[2], m[3]])
            if masked(now) != masked(m[4]):
                differ += 1
                if not write:
                    print(f"{name}: {m[3]} ({m[2]}) prints something else now:\n{now}")
        new = SCREEN.sub(lambda m: m[1] + (
            block(m[3], shown[m[2], m[3]]) if masked(block(m[3], shown[m[2], m[3]])) != masked(m[4])
            else m[4]) + m[5], text)
        if write and new != text:
            with open(os.path.join(top, name), "w", encoding="utf-8") as f:
                f.write(new)
    print(f"screens={len(screens)} {'written' if write else 'differ'}={differ}")
    return 1 if differ and not write else 0


if __name__ == "__main__":
    sys.exit(main())
