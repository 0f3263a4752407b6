# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the scenario tests, for the scenarios that live here."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "scenario")]
from harness.fixtures import *  # noqa: E402,F401,F403
