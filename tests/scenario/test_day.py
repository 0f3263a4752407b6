# SPDX-License-Identifier: Apache-2.0
"""A short piece of the day that `make day` plays whole: it balances, and nobody suffers."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def test_a_piece_of_the_day():
    done = subprocess.run(
        [sys.executable, "-B", os.path.join(HERE, "..", "day", "day.py"), "--hours", "2",
         "--first", "10", "--no-compare"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = dict(re.findall(r"(\w+)=(\d+)", done.stdout.splitlines()[-1]))
    assert int(figures["moves"]) >= 3, done.stdout
    assert int(figures["imbalance_after"]) < int(figures["imbalance_before"]), done.stdout
    assert figures["pingpong"] == "0", done.stdout
