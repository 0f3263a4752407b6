# SPDX-License-Identifier: Apache-2.0
"""clusterset top: refreshes in place, and the terminal is as it was however it ends."""
import json
import os
import re
import signal
import termios
import time

from harness import cli, clock, screens
from harness.screens import secure  # noqa: F401  (a fixture)

ENTER, LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"
QUICK = ["-t", "0.3", "-r", "0"]


def frames(screen):
    """What was shown, whole frames only, the newest last."""
    parts = screen.raw.decode("utf-8", "replace").split("\x1b[H")[1:]
    return [cli._ESCAPES.sub("", p).replace("\r", "") for p in parts if "\x1b[J" in p]


def wait(screen, words, seconds=20):
    """Until the newest frame has it; that frame."""
    def seen():
        alive = screen.read()
        assert alive, screen.text[-2000:]
        newest = frames(screen)[-1:]
        return newest[0] if newest and re.search(words, newest[0]) else None
    return clock.wait_for(seen, f"{words!r} in a frame", seconds, every=0,
                          seen=lambda: "\n".join(frames(screen)[-1:]))


def modes(screen):
    """The line discipline's modes, without what a key pressed would change."""
    return termios.tcgetattr(screen.fd)[:4]


def restored(screen, before):
    return LEAVE in screen.raw and not screen.raw.split(LEAVE)[-1].count(b"\x1b[?") and \
        (screen.fd is None or modes(screen) == before)


def sanitized(lab):
    with open(cli.program(lab.top_builddir), "rb") as f:
        return b"__asan_init" in f.read()


class Top(cli.Terminal):
    """Keeps the other side of the terminal open, so that its modes can be looked at."""

    def __init__(self, lab, words="top --interval 1", **more):
        super().__init__(lab, words, **more)
        self.before = modes(self)
        self.other = os.open(os.readlink(f"/proc/{self.pid}/fd/0"), os.O_RDWR | os.O_NOCTTY)

    def close(self):
        super().close()
        os.close(self.other)


def test_it_shows_refreshes_and_quits(secure):
    lab = secure({"web1": "east1", "db1": "west1"})
    with Top(lab, columns=90, rows=30) as screen:
        first = wait(screen, "VMs      2: 2 running")
        assert screen.raw.startswith(ENTER)
        assert modes(screen) != screen.before, "keys come at once"
        lines = first.splitlines()
        assert len(lines) == 30 and screens.widest(first) <= 90
        assert re.match(r"lab  \w+ +\d\d:\d\d:\d\d$", lines[0])
        assert lines[-1] == "every 1 s; q quits, space asks at once"
        assert re.search(r"Busiest nodes\n  east/east1  online     1 VM   cpu ·+ unknown", first), first
        assert re.search(r"Newest events\n  \d\d:\d\d:\d\d  ", first)
        lab.sim.do("server-power-off", cluster="west", server="west2")
        later = wait(screen, "west/west2 is Offline in ECX")
        assert "nodes    4: 3 online, 1 offline" in later
        assert re.search(r"Alarms\n  critical +\d+ s  server west/west2 is Offline", later), later
        assert wait(screen, "nothing|Newest events") and screens.widest(later) <= 90
        count = len(frames(screen))
        clock.wait_for(lambda: screen.read() and len(frames(screen)) > count + 1, "more frames", 10)
        screen.send("q")
        assert screen.end() == 0 and restored(screen, screen.before)


def test_a_move_has_a_bar(secure):
    lab = secure({"web1": "east1"})
    lab.sim.fault("effect-delay", ms=3000, cluster="east")
    with Top(lab) as screen:
        wait(screen, "VMs      1: 1 running")
        cli.ok(lab, "vm move web1 --to west")
        wait(screen, r"Moves\n  web1  east/east1 > west +█+░+ +\d+ %  running, stop, \d+ s")
        after = wait(screen, r"web1: .*succeeded", 60)
        wait(screen, r"VMs      1: 1 running", 20)
        assert "\nMoves\n" not in after or "verify" in after
        screen.send("q")
        assert screen.end() == 0


def test_every_way_to_end_restores_the_terminal(secure):
    lab = secure({"web1": "east1"})
    for what, code in ((None, 0), (signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM),
                       (signal.SIGHUP, -signal.SIGHUP), (signal.SIGQUIT, -signal.SIGQUIT),
                       (signal.SIGSEGV, -signal.SIGSEGV)):
        with Top(lab) as screen:
            wait(screen, "q quits")
            with open(f"/proc/{screen.pid}/status", encoding="ascii") as f:
                caught = int(re.search(r"SigCgt:\s*(\w+)", f.read())[1], 16)
            if what is None:
                screen.interrupt()
            elif what == signal.SIGSEGV and sanitized(lab):
                continue  # its own handler stays
            else:
                assert caught >> (what - 1) & 1, what
                os.kill(screen.pid, what)
            assert screen.end() == code, what
            assert restored(screen, screen.before), (what, screen.raw[-200:])


def test_stopped_and_continued(secure):
    lab = secure({"web1": "east1"})

    def state(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    with Top(lab) as screen:
        wait(screen, "q quits")
        os.kill(screen.pid, signal.SIGTSTP)
        clock.wait_for(lambda: screen.read() and state(screen.pid) == "T", "it to stop", 10)
        clock.wait_for(lambda: screen.read() and restored(screen, screen.before), "the terminal", 5)
        at = len(frames(screen))
        os.kill(screen.pid, signal.SIGCONT)
        clock.wait_for(lambda: screen.read() and len(frames(screen)) > at, "it to go on", 10)
        assert screen.raw.count(ENTER) == 2
        screen.send("q")
        assert screen.end() == 0 and restored(screen, screen.before)


def test_the_window_changes(secure):
    lab = secure({"web1": "east1", "db1": "west1"})
    with Top(lab, words="top --interval 60", columns=100, rows=40) as screen:
        wait(screen, "every 1 min")
        for columns, rows in ((60, 20), (40, 12), (30, 8), (120, 50)):
            screen.resize(columns, rows)

            def fits():
                screen.read()
                newest = frames(screen)[-1]
                return len(newest.splitlines()) == rows and screens.widest(newest) <= columns and (
                    screens.widest(newest.splitlines()[0]) == columns)
            clock.wait_for(fits, f"a frame of {columns}x{rows}", 10, every=0,
                           seen=lambda: frames(screen)[-1])
        screen.send("q")
        assert screen.end() == 0


def test_the_agent_goes_and_comes_back(secure):
    lab = secure({"web1": "east1"})
    with Top(lab, options=QUICK) as screen:
        wait(screen, "VMs      1: 1 running")
        lab.snmpd.stop()
        lab.snmpd.process.expected_death = True
        gone = wait(screen, r"^lab  NO ANSWER for [2-9] s, this is old +\d\d:\d\d:\d\d\n127.0.0.1:\d+ does not answer", 30)
        assert "VMs      1: 1 running" in gone, "the last screen stays"
        lab.snmpd.start()
        lab.daemon.serving(40)
        wait(screen, r"heartbeat \d+ s ago", 40)
        lab.daemon.stop()
        wait(screen, "NO ANSWER for .*\n.*serves no c", 30)
        # keys work while nobody answers
        began = time.monotonic()
        screen.send("q")
        assert screen.end() == 0 and restored(screen, screen.before)
        assert time.monotonic() - began < clock.scaled(5)


def test_nobody_there_at_all(lab, need_snmpd):
    with cli.Terminal(lab, "top", agent="127.0.0.1:9", options=QUICK) as screen:
        assert screen.end() == 3
        assert screen.escapes == [], "the terminal was never taken"


def test_frames_where_no_terminal_is(secure):
    lab = secure({"web1": "east1"})
    done = screens.run(lab, "top --count 2 --interval 1", code=0)
    assert len(re.findall(r"^lab  ", done.out, re.M)) == 2
    assert done.out.count("VMs      1: 1 running") == 2 and "q quits" not in done.out
    screens.fits_everywhere(lab, "top --count 1", 0)
    lines = cli.ok(lab, "top --count 2 --interval 1 --json").lines
    assert len(lines) == 2
    for line in lines:
        top = json.loads(line)["top"]
        assert top["vms"]["running"] == 1 and top["error"] is None
        assert [n["name"] for n in top["nodesByLoad"]] == ["east1", "east2", "west1", "west2"]
        assert top["events"]
    for words in ("top --interval 0", "top --interval x", "top --count 0"):
        assert cli.run(lab, words).code == 2
    with cli.Terminal(lab, "top --count 1", env={"TERM": "dumb"}) as screen:
        assert screen.end() == 0 and screen.escapes == []
    with cli.Terminal(lab, "top --count 1", env={"NO_COLOR": "1"}) as screen:
        assert screen.end() == 0 and not [x for x in screen.escapes if x.endswith("m")]
