# SPDX-License-Identifier: Apache-2.0
"""clusterset and a real snmpd: versions, credentials, views, transports."""
import os
import socket

import pytest

from harness import agents, cli, ports

V3 = ["-v3", "-u", "operator", "-l", "authPriv", "-a", "SHA", "-x", "AES"]


@pytest.fixture
def ready(whole):
    return whole()


def refused(lab, options, *words, access=None, code=3):
    done = cli.run(lab, "vm list", access=access, options=[*options, "-t", "1", "-r", "0"])
    assert done.code == code and done.out == "", repr(done)
    for word in words:
        assert word in done.err, repr(done)
    assert len(done.err.splitlines()) <= 11
    return done


def conf(lab, text, mode=0o600):
    """snmp.conf of the account."""
    path = os.path.join(lab.directory, "snmp-conf")
    os.makedirs(path, exist_ok=True)
    with open(os.open(os.path.join(path, "snmp.conf"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                      mode), "w", encoding="utf-8") as f:
        f.write(text)


def test_the_versions(ready):
    for access in ("public", "private", cli.OPERATOR):
        assert len(cli.document(ready, "vm list", access=access)["vms"]) == 6
    refused(ready, ["-v1", "-c", "public"], "SNMPv1", "-v2c or -v3", code=2)


def test_wrong_credentials_are_told_apart(ready):
    refused(ready, ["-v2c", "-c", "wrong"], "does not answer", "community")
    refused(ready, ["-v3", "-l", "noAuthNoPriv", "-u", "nobody"], "does not know", "'nobody'")
    refused(ready, [*V3, "-A", "authpass1x", "-X", "privpass12"], "refuses the authentication",
            "defAuthPassphrase")
    refused(ready, [*V3, "-A", "authpass12", "-X", "privpass1x"], "encryption")
    refused(ready, ["-v3", "-u", "operator", "-l", "authNoPriv", "-a", "SHA", "-A", "authpass12"],
            "authorizationError", "-l")


def test_no_credentials_say_what_to_write_where(ready):
    done = refused(ready, [], "no SNMP credentials", "~/.snmp/snmp.conf", "defSecurityName")
    assert "defAuthPassphrase" in done.err
    refused(ready, ["-v2c"], "no community", "defCommunity")


def test_wrong_options(ready):
    for options in (["-v9"], ["-v2c", "-c", "x", "-l", "very"], [*V3, "-A", "short"]):
        done = cli.run(ready, "vm list", access=None, options=options)
        assert done.code == 2 and "SNMP options" in done.err, repr(done)
        assert done.err.count("\n") == 1
        done = cli.run(ready, "vm list --json", access=None, options=options)
        assert done.code == 2 and done.json["exit"] == 2


def test_snmp_conf_is_enough(ready):
    conf(ready, "defVersion 3\ndefSecurityName operator\ndefSecurityLevel authPriv\n"
                "defAuthType SHA\ndefAuthPassphrase authpass12\ndefPrivType AES\n"
                "defPrivPassphrase privpass12\nmibs +ALL\nmibdirs /nonexistent\n")
    done = cli.ok(ready, "vm list", access=None)
    assert "web1" in done.out and done.err == ""
    conf(ready, "defVersion 2c\ndefCommunity public\n")
    assert "web1" in cli.ok(ready, "vm list", access=None).out


def test_nothing_is_written_and_no_mib_is_read(ready):
    home = os.path.join(ready.directory, "home")
    done = cli.ok(ready, "vm list", env={
        "MIBS": "ALL", "MIBDIRS": "/nonexistent", "HOME": home, "SNMPCONFPATH": home,
        "SNMP_PERSISTENT_DIR": home})
    assert done.err == ""
    # an empty directory for certificates is the library's own
    assert not [f for _, _, files in os.walk(home) for f in files]


def test_who_may_not_set_is_told_so(ready):
    done = cli.run(ready, "vm hold web1", access="public")
    assert done.code == 4 and "noAccess" in done.err and "snmpd.conf" in done.err, repr(done)
    assert cli.ok(ready, "vm hold web1").code == 0
    assert cli.document(ready, "vm show web1")["vm"]["hold"] is True


def test_a_refused_order_says_why(ready):
    done = cli.run(ready, "vm release web1 nosuch")
    assert done.code == 1 and "nosuch" in done.err
    cli.ok(ready, "vm move web1 --to west")
    done = cli.run(ready, "vm move web1 --to nowhere")
    assert done.code == 1 and "nowhere" in done.err


def test_snmpd_without_clustersetd(lab, need_snmpd):
    lab.start_snmpd()
    for words in ("vm list", "status", "stats", "alarm list"):
        done = cli.run(lab, words)
        assert done.code == 3 and "clustersetd is not running" in done.err, repr(done)


def test_a_view_that_hides_the_set(lab, need_snmpd):
    lab.start_snmpd(extra=["view some included .1.3.6.1.2.1.1",
                           "rocommunity narrow 127.0.0.1 -V some"])
    done = cli.run(lab, "vm list", access="narrow")
    assert done.code == 3 and "view" in done.err, repr(done)


@pytest.mark.parametrize("kind", ["udp6", "tcp", "unix"])
def test_other_transports(lab, need_snmpd, need_daemon, need_ecxsim, kind, whole):
    port = ports.free_port()
    if kind == "udp6":
        if not socket.has_ipv6:
            pytest.skip("no IPv6 here")
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
                s.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 loopback here")
    address = {"udp6": f"udp6:[::1]:{port}", "tcp": f"tcp:127.0.0.1:{port}",
               "unix": f"unix:{lab.directory}/snmp"}[kind]
    original = agents.Snmpd.write

    def write(self, lines):
        lines = [f"{x},{address}" if x.startswith("agentAddress") else x for x in lines]
        original(self, [*lines, "rocommunity6 public ::1", "com2secunix local public public"
                        if kind == "unix" else "# none"])
    agents.Snmpd.write = write
    try:
        whole()
    finally:
        agents.Snmpd.write = original
    access = cli.OPERATOR if kind == "unix" else "public"
    assert len(cli.document(lab, "vm list", agent=address, access=access)["vms"]) == 6


def test_who_looks_on_sees_on_after_snmpd_was_restarted(ready):
    """Another SNMPv3 engine, as after a kill -9 of a new snmpd."""
    with cli.Terminal(ready, "event --follow", options=["-t", "1", "-r", "0"]) as screen:
        cli.ok(ready, "vm hold web1")
        at = screen.wait("hold.*web1|web1.*hold")
        ready.snmpd.restart(hard=True)
        ready.daemon.serving()
        cli.ok(ready, "vm hold web2")
        screen.wait("hold.*web2|web2.*hold", after=at, seconds=30)
        screen.interrupt()
        screen.end()
