# SPDX-License-Identifier: Apache-2.0
"""The harness itself: a test that cannot fail, or a leak nobody sees, helps nobody."""
import os
import subprocess
import sys
import textwrap

import pytest

from harness import clock, config, mib, ports, proc, snmp

HERE = os.path.dirname(os.path.abspath(__file__))


def run_tap(tmp_path, source, **environment):
    path = tmp_path / "test_inner.py"
    path.write_text(textwrap.dedent(source))
    done = subprocess.run(
        [sys.executable, "-B", os.path.join(HERE, "run.py"), str(path)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
        env={**os.environ, **environment})
    return done.returncode, [x for x in done.stdout.splitlines() if not x.startswith("#")], done


def test_tap_tells_every_outcome(tmp_path):
    status, lines, done = run_tap(tmp_path, """
        import pytest
        def test_good(): print("noise")
        def test_bad(): assert 1 + 1 == 3, "sums are # wrong"
        @pytest.mark.skip(reason="no such tool")
        def test_skipped(): pass
        @pytest.mark.parametrize("x", [1, 2])
        def test_many(x): assert x < 3
        @pytest.fixture
        def broken(): raise OSError("no port")
        def test_setup(broken): pass
        """)
    assert status == 0
    assert lines == [
        "1..6", "ok 1 - test_good", "not ok 2 - test_bad",
        "ok 3 - test_skipped # SKIP no such tool", "ok 4 - test_many[1]",
        "ok 5 - test_many[2]", "not ok 6 - test_setup"]
    assert "AssertionError: sums are # wrong" in done.stdout
    assert "no port" in done.stdout


def test_tap_of_a_file_that_does_not_load(tmp_path):
    _, lines, _ = run_tap(tmp_path, "import no_such_module_at_all\n")
    assert [x for x in lines if x.startswith("not ok")] == [lines[0]]
    assert lines[-1] == "1..1"


def test_tap_of_a_skipped_file(tmp_path):
    _, lines, _ = run_tap(tmp_path, """
        import pytest
        pytest.skip("not here", allow_module_level=True)
        """)
    assert lines == ["1..0 # SKIP not here"]


def test_missing_pytest_skips_the_file(tmp_path):
    (tmp_path / "pytest.py").write_text("raise ImportError('hidden')\n")
    _, lines, _ = run_tap(tmp_path, "def test_x(): pass\n", PYTHONPATH=str(tmp_path))
    assert len(lines) == 1 and lines[0].startswith("1..0 # SKIP pytest is not installed")


def test_a_hanging_test_fails_alone(tmp_path):
    _, lines, done = run_tap(tmp_path, """
        import time, pytest
        @pytest.mark.deadline(0.2)
        def test_hangs(): time.sleep(60)
        def test_next(): pass
        """, TEST_SLOW="1")
    assert lines == ["1..2", "not ok 1 - test_hangs", "ok 2 - test_next"]
    assert "deadline" in done.stdout


def test_leaks_are_noticed(tmp_path):
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {HERE!r})\nfrom harness.fixtures import *\n")
    _, lines, done = run_tap(tmp_path, """
        import socket, subprocess
        from harness import ports
        def test_child(lab): subprocess.Popen(["sleep", "600"])
        kept = socket.socket()
        def test_port(lab):
            kept.bind(("127.0.0.1", ports.free_port()))
            kept.listen()
        """)
    assert lines == ["1..2", "not ok 1 - test_child", "not ok 2 - test_port"]
    assert "left behind: process" in done.stdout and "left behind: port" in done.stdout


def test_a_daemon_dies_with_its_test_run(tmp_path):
    log = tmp_path / "child"
    code = (f"import sys; sys.path.insert(0, {HERE!r})\n"
            "from harness import proc; import os, signal\n"
            f"p = proc.Process('child', ['sleep', '600'], {str(tmp_path)!r})\n"
            f"open({str(log)!r}, 'w').write(str(p.pid))\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n")
    subprocess.run([sys.executable, "-B", "-c", code], check=False)
    pid = int(log.read_text())
    clock.wait_for(lambda: not alive(pid), "the orphan to die", 5)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_wait_for_says_what_it_saw():
    with pytest.raises(clock.Late, match="waited .* for godot; last seen: 0"):
        clock.wait_for(lambda: 0, "godot", 0.1)


@pytest.mark.parametrize("line, kind, value", [
    (".1.3 = INTEGER: -5", "INTEGER", -5),
    (".1.3 = Hex-STRING: 61 C3 A9 \n0A 22", "OCTET STRING", b"a\xc3\xa9\n\""),
    ('.1.3 = ""', "OCTET STRING", b""),
    (".1.3 = Gauge32: 4294967295", "Gauge32", 4294967295),
    (".1.3 = Counter64: 18446744073709551615", "Counter64", 18446744073709551615),
    (".1.3 = 4711", "Timeticks", 4711),
    (".1.3 = OID: .1.3.6", "OBJECT IDENTIFIER", (1, 3, 6)),
    (".1.3 = No Such Instance currently exists at this OID", "noSuchInstance", None),
    (".1.3 = No Such Object available on this agent at this OID", "noSuchObject", None),
])
def test_values_are_parsed_by_type(line, kind, value):
    (var,) = snmp.parse(line)
    assert (var.oid, var.kind, var.value) == ((1, 3), kind, value)


def test_mib_speaks_names(top_srcdir):
    m = mib.load(top_srcdir)
    assert m.oid("csVmOperState.4") == m["csVmTable"].oid + (1, m["csVmOperState"].oid[-1], 4)
    assert m.name(m.oid("csNodeName.1.2")) == "csNodeName.1.2"
    assert m.number("csVmOperState", "inDoubt") == 7
    assert m["csVmHold"].enum[1] == "true"
    assert "csVmIndex" not in [c.name for c in m.columns("csVmTable")]
    assert m["csVmStateChange"].objects[0] == "csNotifySequence"
    assert {"csRefusalTable", "csClusterTable", "csNodeTable", "csVmTable", "csVmNameTable",
            "csVmSiteTable", "csDiskTable", "csDiskSiteTable", "csFaultDomainTable",
            "csAvailSetTable", "csAvailSetMemberTable", "csEventTable",
            "csAlarmTable"} <= {o.name for o in m.objects.values() if o.kind == "table"}


def test_configuration_text():
    assert config.dump({"set": {"name": 'a"b'}, "n": 1.5, "none": None, "list": [
        {"names": ["x", "y"], "on": True}]}) == (
        'set = {\n    name = "a\\"b";\n};\nn = 1.5;\nlist = (\n    {\n'
        '        names = [ "x", "y" ];\n        on = true;\n    }\n);\n')


def test_private_snmpd_and_snmptrapd(lab, need_snmpd, need_snmptrapd):
    trapd = lab.start_snmptrapd()
    snmpd = lab.start_snmpd()
    cold_start = clock.wait_for(trapd.traps, "snmpd's coldStart", 10, seen=trapd.raw)[0]
    assert cold_start.oid == (1, 3, 6, 1, 6, 3, 1, 1, 5, 1)
    snmpd.restart(hard=True)
    system = {v.oid: v.value for v in snmpd.manager.bulkwalk(".1.3.6.1.2.1.1")}
    assert system[(1, 3, 6, 1, 2, 1, 1, 5, 0)] == b"clusterset-test"
    with pytest.raises(snmp.SnmpError) as refused:
        snmpd.manager.set((".1.3.6.1.2.1.1.4.0", "s", "me"))
    assert refused.value.status == "noAccess"
    lab.operator.set((".1.3.6.1.2.1.1.4.0", "s", "me"))
    assert snmpd.manager.value(".1.3.6.1.2.1.1.4.0") == "me"
    assert snmpd.port in ports.listening()
    assert set(proc.children()) >= {snmpd.pid, trapd.process.pid}
