# SPDX-License-Identifier: Apache-2.0
"""What policies are told by SET: it is kept over kill and reload, gives way to a changed
configuration, and what makes no sense is refused in words."""
import copy

import pytest

from harness import cli
from harness.policing import Loaded, OPEN, begin

VMS = {"web1": "east1", "web2": "east1", "db1": "east1"}
LOADS = {v: 150 for v in VMS}
NUMBERS = {"HighLoad": 901, "TargetLoad": 601, "MemoryReserve": 51, "MinimumGain": 7,
           "MaxMoves": 5, "MaxMovesPerHour": 77, "CoolDown": 1234}


@pytest.mark.deadline(180)
def test_kept_over_kill_restart_and_reload(whole):
    m = begin(whole, Loaded(VMS, LOADS), load=None)
    for name, value in NUMBERS.items():
        m.tune(name, value)
    m.tune("Windows", "Mon-Fri 22:00-05:00; Sun 00:00-24:00")
    m.tune("MasterMode", "advise")
    m.mode("home", "automatic")

    def all_there():
        assert {n: m.setting(n) for n in NUMBERS} == NUMBERS
        assert m.setting("Windows") == "Mon-Fri 22:00-05:00; Sun 00:00-24:00"
        assert m.setting("MasterMode") == "advise"
        assert m.policy("home")["csPolicyMode"] == "automatic"
        assert m.policy("home")["csPolicyEffectiveMode"] == "advise"
    all_there()
    m.crash()
    all_there()
    m.lab.daemon.stop()
    m.lab.daemon.start()
    m.lab.daemon.serving()
    all_there()
    # the same configuration again changes nothing
    at = m.lab.daemon.log_end()
    m.lab.daemon.reload()
    m.lab.daemon.log_wait("configuration loaded", after=at)
    all_there()
    # another value of it does, that one only, and says so
    other = copy.deepcopy(m.lab.daemon.settings)
    other["policies"]["high-load"] = 850
    m.lab.daemon.write(other)
    m.lab.daemon.reload()
    m.until("the new threshold", lambda: m.setting("HighLoad") == 850)
    assert m.setting("TargetLoad") == NUMBERS["TargetLoad"]
    told = [e["csEventText"] for e in m.events("settingChanged")]
    assert any("csPolicyHighLoad" in t and "configuration" in t for t in told), told


def test_what_makes_no_sense_is_refused(whole):
    m = begin(whole, Loaded(VMS, LOADS), load=None)
    before = {n: m.setting(n) for n in (*NUMBERS, "Windows", "MasterMode")}
    for text in ("sometimes", "Mon 25:00-26:00", "Xyz 10:00-11:00", "10:00"):
        refused = m.refused(("csPolicyWindows.0", "s", text))
        assert refused.status == "wrongValue" and text.split()[0] in refused.text, refused
    for name, value in (("HighLoad", 1001), ("MaxMoves", 65), ("CoolDown", 604801)):
        assert m.refused((f"csPolicy{name}.0", "u", value)).status == "wrongValue"
    assert m.refused(("csPolicyMasterMode.0", "i", 4)).status == "wrongValue"
    assert m.refused(("csPolicyMode.9", "i", 1)).status == "noCreation"
    assert m.refused(("csPlanApprove.99", "i", 2)).status == "noCreation"
    # all or nothing
    refused = m.refused(("csPolicyHighLoad.0", "u", 900), ("csPolicyWindows.0", "s", "never"))
    assert refused.instance == "csPolicyWindows.0"
    assert {n: m.setting(n) for n in before} == before
    # and as a person meets it
    done = cli.run(m.lab, ["policy", "tune", "windows", "never ever"])
    assert done.code == 4 and "never" in done.err, repr(done)
    done = cli.run(m.lab, "policy tune max-moves 65")
    assert done.code == 2 and "0 to 64" in done.err, repr(done)


def test_by_hand(whole):
    m = begin(whole, Loaded(VMS, LOADS), load=None)
    cli.ok(m.lab, "policy tune high-load 75%")
    assert m.setting("HighLoad") == 750
    cli.ok(m.lab, ["policy", "tune", "windows", "Sun 01:00-02:00"])
    assert m.setting("Windows") == "Sun 01:00-02:00"
    cli.ok(m.lab, ["policy", "tune", "windows", ""])
    assert m.setting("Windows") == ""
    cli.ok(m.lab, "policy set balance advise")
    assert m.policy("balance")["csPolicyMode"] == "advise"
    cli.ok(m.lab, "policy mode off")
    assert m.policy("balance")["csPolicyEffectiveMode"] == "off"
    screen = cli.ok(m.lab, "policy list").out
    assert "75 %" in screen and "always" in screen, screen
    shown = cli.document(m.lab, "policy show balance")["policy"]
    assert shown["mode"] == "advise" and shown["effectiveMode"] == "off"
    assert any("balance" in e["csEventText"] or "csPolicyMode" in e["csEventText"]
               for e in m.events("settingChanged"))


@pytest.mark.deadline(180)
def test_windows(whole):
    """Closed but for one minute of a leap year: nothing begins; open, it does."""
    m = begin(whole, Loaded(VMS, LOADS), policies={"balance": {"mode": "automatic"},
                                                   "windows": closed_now()})
    plan = m.proposed()[0]
    assert m.policy("balance")["csPolicyEffectiveMode"] == "advise"
    runs = m.policy("balance")["csPolicyLastRun"]
    m.until("some more looks", lambda: m.policy("balance")["csPolicyLastRun"] > runs)
    assert m.rows() == [] and m.plan(plan["index"])["csPlanState"] == "proposed"
    m.tune("Windows", "")
    m.until("a move", lambda: m.rows())
    m.until("no plan to be left", lambda: not m.plans(*OPEN), 90)
    m.no_dual()


def closed_now():
    """A window of a minute on the other side of the week."""
    import time
    day = (time.localtime().tm_wday + 3) % 7
    return "Mon Tue Wed Thu Fri Sat Sun".split()[day] + " 03:00-03:01"
