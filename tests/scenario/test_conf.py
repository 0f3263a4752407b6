# SPDX-License-Identifier: Apache-2.0
"""What we ship for other programs' configuration does what it says."""
import os
import re
import shutil
import stat
import subprocess

import pytest

from harness import snmp


def shipped(top_srcdir, mib, **replace):
    """The snmpd drop-in as configure's root makes it, with lines replaced by pattern."""
    with open(os.path.join(top_srcdir, "conf", "snmpd.conf.d", "clusterset.conf.in"),
              encoding="ascii") as f:
        text = f.read()
    return text.replace("@MIB_ROOT@", ".".join(map(str, mib.root)))


def test_excluded_columns_are_the_right_ones(top_srcdir, mib):
    excluded = re.findall(r"^view \S+ excluded \.(\S+)$", shipped(top_srcdir, mib), re.M)
    assert {mib.find(tuple(int(x) for x in oid.split(".")))[0].name for oid in excluded} == {
        "csMoveForce", "csVmSiteConfirm", "csVmRelease", "csSetAdopt"}


@pytest.fixture
def shipped_snmpd(lab, need_snmpd, top_srcdir, mib):
    """A private snmpd with the shipped drop-in instead of the tests' own rights."""
    snmpd = lab.start_snmpd()
    lines = [x for x in shipped(top_srcdir, mib).splitlines() if x and not x.startswith("#")]
    group = "root"  # the Debian-snmp of a real site
    lines = [re.sub(r"root Debian-snmp", f"root {group}", x) for x in lines]
    users = [f'createUser clusterset-{u} SHA "authpass12" AES "privpass12"'
             for u in ("monitor", "operator", "admin")]
    with open(snmpd.conf, encoding="ascii") as f:
        own = [x.strip() for x in f if x.startswith(("agentAddress", "agentXSocket"))]
    snmpd.process.stop()
    snmpd.write(own + lines + users + ["rocommunity public 127.0.0.1 -V clusterset",
                                       "view clusterset included .1.3.6.1.2.1.1"])
    snmpd.start()
    with open(os.path.join(snmpd.directory, "snmpd.messages"), encoding="utf-8") as f:
        assert not re.findall(r"(?i)^.*(unknown|warning|error|bad).*$", f.read(), re.M)
    return snmpd


def test_the_socket_is_for_its_group(shipped_snmpd):
    if os.geteuid() != 0:
        pytest.skip("agentXPerms names owners; only root can give files away")
    mode = stat.S_IMODE(os.stat(shipped_snmpd.socket).st_mode)
    assert mode == 0o660


def test_rights_by_role(lab, shipped_snmpd, need_ecxsim, need_daemon):
    from harness import worlds
    pair = worlds.Pair({"web1": "east1"})
    lab.start_ecxsim(pair.world)
    lab.start_daemon(pair.settings(lab))
    lab.daemon.polled()
    as_user = shipped_snmpd.manager.as_user
    monitor, operator, admin = (as_user(f"clusterset-{u}")
                                for u in ("monitor", "operator", "admin"))
    index = monitor.row("csVmTable", csVmName="web1")[0][0]
    hold = (f"csVmHold.{index}", "i", "true")
    confirm = (f"csVmSiteConfirm.{index}.1", "u", 1)
    release, adopt = (f"csVmRelease.{index}", "u", 1), ("csSetAdopt.0", "u", 1)
    for who, what in ((monitor, hold), (monitor, confirm), (operator, confirm),
                      (operator, release), (operator, adopt)):
        with pytest.raises(snmp.SnmpError) as refused:
            who.set(what)
        assert refused.value.status == "noAccess"
    operator.set(hold)
    operator.set(("csSetReload.0", "u", 0))
    with pytest.raises(snmp.SnmpError) as refused:
        monitor.set(("csSetReload.0", "u", 1))
    assert refused.value.status == "noAccess"
    assert monitor.value(f"csVmHold.{index}") == "true"
    for what in (confirm, release, adopt):
        with pytest.raises(snmp.SnmpError) as refused:
            admin.set(what)
        assert refused.value.status != "noAccess", "an administrator's SET reaches the agent"


def test_what_the_tool_for_users_adds_is_removed(top_srcdir, mib, tmp_path):
    """net-snmp-create-v3-user also writes lines that go round the views."""
    text = shipped(top_srcdir, mib)
    users = re.findall(r"^# +net-snmp-create-v3-user .* (\S+)$", text, re.M)
    assert users == re.findall(r"^group \S+ usm (\S+)$", text, re.M)
    command = re.search(r"^# +(sed .*)$", text, re.M)[1]
    copy = tmp_path / "snmpd.conf"
    own = "rocommunity public default -V systemonly\nrouser authPrivUser authpriv -V systemonly\n"
    copy.write_text(own + "".join(f"rouser {u}\nrwuser {u}\n" for u in users))
    subprocess.run(command.replace("/etc/snmp/snmpd.conf", str(copy)), shell=True, check=True)
    assert copy.read_text() == own


def test_everything_is_filled_in(top_srcdir, top_builddir):
    """Manual pages, the unit and the drop-in name the directories of this build."""
    made = []
    for room in ("doc", "conf", os.path.join("conf", "snmpd.conf.d")):
        made += [os.path.join(top_builddir, room, name[:-len(".in")])
                 for name in os.listdir(os.path.join(top_srcdir, room)) if name.endswith(".in")]
    assert len(made) >= 5
    for path in made:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        assert not re.findall(r"@\w+@", text), path


def test_the_systemd_unit_is_understood(top_builddir, tmp_path):
    tool = shutil.which("systemd-analyze")
    if not tool:
        pytest.skip("systemd-analyze is not installed")
    unit = os.path.join(top_builddir, "conf", "clustersetd.service")
    if not os.path.exists(unit):
        pytest.skip("conf/clustersetd.service is not built")
    with open(unit, encoding="utf-8") as f:
        text = f.read()
    assert not re.search(r"@\w+@", text), "every place is filled in"
    copy = tmp_path / "clustersetd.service"
    # the program is not installed while tests run
    copy.write_text(re.sub(r"^(ExecStart(?:Pre)?=)\S+", r"\1/bin/true", text, flags=re.M))
    done = subprocess.run([tool, "verify", str(copy)], capture_output=True, text=True,
                          check=False)
    words = [x for x in (done.stderr + done.stdout).splitlines() if "clustersetd" in x]
    assert not words, words
