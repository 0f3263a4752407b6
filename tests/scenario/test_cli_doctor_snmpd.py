# SPDX-License-Identifier: Apache-2.0
"""clusterset doctor on snmpd's configuration: who may do what, AgentX, notifications."""
import os

from test_cli_doctor import AGENTX, codes, doctor, erp, snmpd_conf, views, write


def access(lab, *lines):
    conf = erp(lab)
    report = doctor(lab, "--config", conf, "--no-endpoints", "--snmpd-conf",
                    snmpd_conf(lab, *lines))
    return codes(report, "snmpd")


def test_snmpd_as_shipped(lab, top_srcdir, mib):
    with open(os.path.join(top_srcdir, "conf", "snmpd.conf.d", "clusterset.conf.in"),
              encoding="ascii") as f:
        shipped = f.read().replace("@MIB_ROOT@", ".".join(map(str, mib.root)))
    drop_ins = os.path.join(lab.directory, "snmpd.conf.d")
    os.mkdir(drop_ins)
    write(lab, shipped, "snmpd.conf.d/clusterset.conf")
    write(lab, "rwcommunity secret\n", "snmpd.conf.d/clusterset.conf.bak")
    found = access(lab, "agentaddress 127.0.0.1,[::1]", "agentXSocket /nonexistent/agentx",
                   "view systemonly included .1.3.6.1.2.1.1", "rocommunity public default -V systemonly",
                   "includeDir " + drop_ins)
    assert set(found) == {"agent-unreachable", "trap-nowhere"}


def test_snmpd_without_anything(lab):
    found = access(lab, "rocommunity public default -V systemonly",
                   "view systemonly included .1.3.6.1.2.1.1")
    assert set(found) == {"agent-unreachable", "agentx-not-master", "agentx-socket-differs",
                          "agentx-perms-default", "agentx-timeout-short", "agentx-retries",
                          "view-none", "operator-none", "trap-nowhere"}


def test_snmpd_with_too_much(lab, mib):
    found = access(lab, *AGENTX, *views(mib), "rwcommunity private", "rocommunity public",
                   "rwuser clusterset-operator", "rocommunity6 local ::1")
    assert set(found) == {"agent-unreachable", "community-writes", "community-beyond-loopback",
                          "user-beyond-view", "write-without-privacy"}
    found = access(lab, *AGENTX, "agentaddress udp:127.0.0.1:161", "rwcommunity private",
                   "rwuser boss priv")
    assert set(found) == {"agent-unreachable", "community-writes-local", "overrides-open"}
    assert "community private, user boss" in found["overrides-open"][0]


def test_snmpd_with_part_of_the_view(lab, mib):
    root = ".".join(map(str, mib.root))
    found = access(lab, *AGENTX, f"view some included .{root}.1", f"view some excluded .{root}.1.5",
                   "com2sec local 127.0.0.1 public", "group g v2c local",
                   'access g "" any noauth exact some none none')
    assert set(found) == {"agent-unreachable", "view-partial", "operator-none"}
    assert "community public" in found["view-partial"][0]
