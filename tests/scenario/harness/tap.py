# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin that reports in TAP (testanything.org, as automake's driver reads it).

One line a test with its outcome, `# SKIP reason` for skipped ones, and the failing
assertion with its captured output as '# ' lines. An expected failure is a failure.
Also gives every test a deadline, so that a hung daemon fails one test and not the run.
"""
import signal
import threading

import pytest

from . import clock


class TestTimeout(BaseException):
    """Not an Exception: a test's own `except Exception` must not swallow it."""


def _one_line(text):
    return " ".join(str(text).replace("#", "no. ").split())


class TapPlugin:
    def __init__(self, out):
        self.out = out
        self.number = 0
        self.planned = None
        self.reports = {}

    def line(self, text):
        self.out.write(text + "\n")

    def diagnose(self, text, limit=400):
        lines = text.rstrip().splitlines()
        if len(lines) > limit:
            cut = len(lines) - limit
            lines = lines[: limit // 2] + [f"... {cut} lines left out ..."] + lines[-limit // 2:]
        for line in lines:
            self.line("# " + line)

    # --- pytest's hooks ------------------------------------------------------------
    def pytest_configure(self, config):
        config.addinivalue_line(
            "markers", "deadline(seconds): how long this test may take (default 120)")

    def pytest_collection_finish(self, session):
        self.planned = len(session.items)
        if self.planned:
            self.line(f"1..{self.planned}")

    def pytest_collectreport(self, report):
        if report.failed:
            self.number += 1
            self.line(f"not ok {self.number} - collecting {report.nodeid or 'the tests'}")
            self.diagnose(str(report.longrepr))
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.module_skip = _one_line(reason).removeprefix("Skipped: ")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        mark = item.get_closest_marker("deadline")
        seconds = clock.scaled(mark.args[0] if mark else 120)
        main = threading.current_thread() is threading.main_thread()

        def expired(signum, frame):
            # teardown gets time of its own
            signal.setitimer(signal.ITIMER_REAL, clock.scaled(60))
            raise TestTimeout(f"the test has not ended within its deadline of {seconds:.0f} s")

        if main:
            previous = signal.signal(signal.SIGALRM, expired)
            signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            if main:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, previous)

    def pytest_runtest_logreport(self, report):
        self.reports.setdefault(report.nodeid, []).append(report)

    def pytest_runtest_logfinish(self, nodeid, location):
        self.number += 1
        name = _one_line(nodeid.split("::", 1)[-1].replace("::", "."))
        reports = self.reports.pop(nodeid, [])
        failed = [r for r in reports if r.failed]
        skipped = [r for r in reports if r.skipped]
        took = sum(r.duration for r in reports)
        if failed:
            self.line(f"not ok {self.number} - {name}")
            for report in failed:
                self.line(f"# failed in {report.when} after {took:.1f} s")
                self.diagnose(report.longreprtext)
            for title, text in failed[-1].sections:
                self.line(f"# --- {title}")
                self.diagnose(text)
        elif skipped:
            report = skipped[0]
            if hasattr(report, "wasxfail"):
                self.line(f"not ok {self.number} - {name}")
                self.line(f"# an expected failure is a failure: {_one_line(report.wasxfail)}")
                return
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            reason = _one_line(reason).removeprefix("Skipped: ")
            self.line(f"ok {self.number} - {name} # SKIP {reason}")
        else:
            self.line(f"ok {self.number} - {name}")

    # --- after pytest.main() ---------------------------------------------------------
    module_skip = ""

    def finish(self, status):
        if status == 5 or (not self.planned and not self.number):
            self.line(f"1..0 # SKIP {self.module_skip or 'no tests in this file'}")
        elif not self.planned:
            self.line(f"1..{self.number}")
        elif status == 2 and self.number < self.planned:
            self.line("Bail out! interrupted")
        self.out.flush()
