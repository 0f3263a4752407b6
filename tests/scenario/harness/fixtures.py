# SPDX-License-Identifier: Apache-2.0
"""pytest fixtures of the scenario tests. A conftest.py imports all of them.

`lab` is a directory and everything started in it; at its end all is stopped by process
id, and the test fails if anything of it is left: a child, a listening port. When a test
fails the logs are printed.
"""
import os
import shutil

import pytest

from . import agents, ecxsim, labs, mib as mibs, worlds

TOP_SRCDIR = os.environ.get("top_srcdir") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..", ".."))
TOP_BUILDDIR = os.environ.get("top_builddir") or os.path.join(TOP_SRCDIR, "build")


def pytest_configure(config):
    # for plain pytest; run.py's plugin enforces it
    config.addinivalue_line(
        "markers", "deadline(seconds): how long this test may take (default 120)")


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, "report_" + call.when, outcome.get_result())


@pytest.fixture(scope="session")
def top_srcdir():
    return TOP_SRCDIR


@pytest.fixture(scope="session")
def top_builddir():
    return TOP_BUILDDIR


@pytest.fixture(scope="session")
def shared():
    """The data beside the checkout (../shared); tests that need it skip without it."""
    path = os.path.join(TOP_SRCDIR, "..", "shared")
    if not os.path.isdir(path):
        pytest.skip("../shared is not beside the checkout")
    return path


@pytest.fixture(scope="session")
def mib():
    return mibs.load(TOP_SRCDIR)


@pytest.fixture
def need_snmpd():
    if not agents.find_program("snmpd", "SNMPD"):
        pytest.skip("snmpd is not installed (Debian: apt-get install snmpd snmp)")


@pytest.fixture
def need_snmptrapd():
    if not agents.find_program("snmptrapd", "SNMPTRAPD"):
        pytest.skip("snmptrapd is not installed (Debian: apt-get install snmptrapd)")


@pytest.fixture
def need_daemon():
    if not os.path.exists(os.path.join(TOP_BUILDDIR, "clustersetd")):
        pytest.skip("clustersetd is not built")


@pytest.fixture
def need_ecxsim():
    if not os.path.exists(ecxsim.program(TOP_BUILDDIR)):
        pytest.skip("ecxsim is not built")


@pytest.fixture
def lab(request):
    """An empty labs.Lab; the test starts in it what it needs."""
    made = labs.Lab(TOP_SRCDIR, TOP_BUILDDIR, mibs.load(TOP_SRCDIR))
    yield made
    failed = any(getattr(request.node, "report_" + when, None) is not None
                 and getattr(request.node, "report_" + when).failed
                 for when in ("setup", "call"))
    if failed:
        print(made.logs())
    problems = made.close()
    if problems and not failed:
        print(made.last_logs)
    if os.environ.get("TEST_KEEP_DIRECTORIES"):
        print(f"kept: {made.directory}")
    else:
        shutil.rmtree(made.directory, ignore_errors=True)
    assert not problems, "left behind: " + "; ".join(problems)


@pytest.fixture
def whole(lab, need_snmpd, need_snmptrapd, need_ecxsim, need_daemon):
    """A function that starts the usual two clusters with everything around them and
    waits until clustersetd has polled them: whole(pair=None, **settings)."""
    def start(pair=None, daemon=None, **settings):
        lab.pair = pair or worlds.Pair()
        lab.start_snmptrapd()
        lab.start_snmpd()
        lab.start_ecxsim(lab.pair.world)
        lab.start_daemon(lab.pair.settings(lab, **settings), **(daemon or {}))
        lab.daemon.polled()
        return lab
    yield start
    if lab.sim is not None and lab.sim.process.running():
        oracle = lab.sim.oracle()
        assert oracle["dual_by_command"] == 0, f"a command of ours made a second activation: {oracle}"
