# SPDX-License-Identifier: Apache-2.0
"""Fixtures for the scenario tests; see harness/fixtures.py."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness.fixtures import *  # noqa: E402,F401,F403
