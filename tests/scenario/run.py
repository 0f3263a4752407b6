#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one pytest file and says its results as TAP, for automake's test driver.

run.py FILE [pytest options]; automake calls it (PY_LOG_COMPILER), a developer may too.
Without pytest the whole file is skipped and says why. Nothing but TAP goes to standard
output; what else is written goes to standard error, which automake keeps in FILE.log.
"""
import io
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True


def main(argv):
    if len(argv) < 2:
        print("usage: run.py FILE [pytest options]", file=sys.stderr)
        return 2
    if os.environ.get("CS_TESTS") == "unit":
        print("1..0 # SKIP only unit tests are wanted (CS_TESTS=unit)")
        return 0
    try:
        import pytest
    except ImportError:
        print("1..0 # SKIP pytest is not installed (Debian: apt-get install python3-pytest)")
        return 0
    from harness import tap

    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.set_inheritable(out.fileno(), False)
    os.dup2(2, 1)
    plugin = tap.TapPlugin(out)
    chatter = sys.stdout = io.StringIO()
    scratch = tempfile.mkdtemp(prefix="cset-")
    try:
        status = pytest.main(
            ["-q", "--no-summary", "-p", "no:cacheprovider", "-rN", "--strict-markers",
             f"--rootdir={HERE}", "-c", os.devnull, f"--basetemp={scratch}/t", *argv[1:]],
            plugins=[plugin])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    plugin.finish(int(status))
    if int(status) not in (0, 1):
        print(chatter.getvalue(), file=sys.stderr)
    # the TAP driver judges by the lines; a failed test is no failed program
    return 0 if int(status) in (0, 1, 5) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
