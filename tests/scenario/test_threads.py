# SPDX-License-Identifier: Apache-2.0
"""Who may wait for what: control never enters libnetsnmp and never waits for a disk.

Told by a spy that is preloaded into clustersetd (threadspy.c), by thread and not by
clock. Only the thread `face` speaks to snmpd, only `store` syncs files.
"""
import ctypes
import os
import re

import pytest

from harness import clock, snmp

SYNC = {"fsync", "fdatasync", "sync_file_range"}


@pytest.fixture
def spy(top_builddir):
    path = os.path.join(top_builddir, "tests", "scenario", "threadspy.so")
    if not os.path.exists(path):
        pytest.skip("threadspy.so is not built (make check builds it)")
    return path


def seen(path):
    """{(function, thread, phase)}"""
    with open(path, encoding="ascii") as f:
        return {tuple(line.split()) for line in f}


def test_only_face_enters_libnetsnmp_and_only_store_syncs(lab, whole, spy):
    told = os.path.join(lab.directory, "spy")
    lab = whole(daemon={
        "preload": spy,
        # the sanitizer's runtime wants to be first of all libraries
        "environment": {"THREADSPY_OUT": told,
                        "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}})
    assert set(lab.daemon.process.threads().values()) >= {"clustersetd", "face", "store"}
    # everything that could tempt control: SETs, traps, reload, snmpd dead, frozen, back
    web1 = lab.manager.row("csVmTable", csVmName="web1")[0][0]
    lab.operator.set((f"csVmHold.{web1}", "i", "true"))
    lab.sim.power_off("east", "east1")
    lab.trapd.wait("csVmPlacementChange", csVmName="web1")
    lab.daemon.reload()
    lab.daemon.log_wait("configuration")
    lab.snmpd.restart(hard=True)
    lab.daemon.serving(30)
    lab.snmpd.process.freeze()
    try:
        lab.sim.do("group-stop", cluster="west", group="mail")
        # polling goes on while snmpd stands still
        lab.sim.do("requests-reset")
        clock.wait_for(lambda: lab.sim.requests(cluster="west")["total"] > 20,
                       "polls while snmpd is frozen", 20)
    finally:
        lab.snmpd.process.thaw()
    lab.daemon.serving(40)
    lab.daemon.stop()
    calls = seen(told)
    snmp = {(f, thread) for f, thread, phase in calls if f not in SYNC}
    assert {thread for f, thread in snmp} == {"face"}, sorted(snmp)
    expected = {"snmp_select_info2", "snmp_read2", "run_alarms", "agentx_open_session"}
    assert not expected - {f for f, thread in snmp}, "the spy sees something"
    sync = {(f, thread, phase) for f, thread, phase in calls if f in SYNC}
    assert [x for x in sync if x[1] == "store"], "the spy sees the store's thread"
    # opening the state file happens before there is anything to wait for
    assert {thread for f, thread, phase in sync if phase == "loop"} <= {"store"}, sorted(sync)
    assert {thread for f, thread, phase in sync} <= {"store", "clustersetd"}


def test_descriptors_are_not_inherited(whole):
    """State files and connections are close-on-exec. What libraries open for themselves
    (pipes of libnetsnmp, curl's socketpair) is for a hook's runner to close."""
    lab = whole()
    if lab.daemon.process.hidden():
        pytest.skip("only root can see the descriptors of a daemon that may not be dumped")
    with open("/proc/net/tcp", encoding="ascii") as f:
        tcp = {row.split()[9] for row in f.read().splitlines()[1:]}
    seen_kinds, bad = set(), []
    for fd in os.listdir(f"/proc/{lab.daemon.pid}/fd"):
        try:
            with open(f"/proc/{lab.daemon.pid}/fdinfo/{fd}", encoding="ascii") as f:
                flags = int(re.search(r"flags:\s*([0-7]+)", f.read()).group(1), 8)
            target = os.readlink(f"/proc/{lab.daemon.pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if target.startswith(lab.daemon.settings["set"]["state-dir"]):
            seen_kinds.add("state")
        elif target.startswith("socket:[") and target[8:-1] in tcp:
            seen_kinds.add("tcp")
        elif target.startswith("anon_inode:"):
            seen_kinds.add("event")
        else:
            continue
        if not flags & os.O_CLOEXEC:
            bad.append(f"{fd} -> {target}")
    assert "state" in seen_kinds and "event" in seen_kinds
    assert not bad, bad


def test_a_stuck_control_thread_is_seen(whole):
    """Only the control thread is stopped: the face goes on, says so, and takes no SET."""
    lab = whole()
    web1 = lab.manager.row("csVmTable", csVmName="web1")[0][0]
    libc = ctypes.CDLL(None, use_errno=True)
    attach, detach = 16, 17  # PTRACE_ATTACH, PTRACE_DETACH: of one thread
    assert lab.daemon.process.threads()[lab.daemon.pid] == "clustersetd"
    if libc.ptrace(attach, lab.daemon.pid, None, None) != 0:
        pytest.skip("ptrace is not allowed here: " + os.strerror(ctypes.get_errno()))
    try:
        os.waitpid(lab.daemon.pid, 0)  # it stands
        clock.wait_for(lambda: lab.manager.value("csSetControlAge.0") >= 4,
                       "csSetControlAge to tell", 20, seen=lab.logs)
        assert lab.manager.value(f"csVmName.{web1}") == "web1", "GETs are answered"
        with pytest.raises(snmp.SnmpError) as refused:
            lab.operator.set((f"csVmHold.{web1}", "i", "true"))
        assert refused.value.status == "resourceUnavailable", refused.value
    finally:
        libc.ptrace(detach, lab.daemon.pid, None, None)
    clock.wait_for(lambda: lab.manager.value("csSetControlAge.0") <= 2,
                   "the control thread to turn again", 20, seen=lab.logs)
    assert lab.manager.value(f"csVmHold.{web1}") == "false", "what was revoked never happens"
    lab.operator.set((f"csVmHold.{web1}", "i", "true"))
