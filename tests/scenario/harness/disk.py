# SPDX-License-Identifier: Apache-2.0
"""A state file on a bad disk: baddisk.so (baddisk.c) preloaded into clustersetd."""
import os

import pytest


class BadDisk:
    """begin(whole, field, daemon=disk.daemon(lab)) gives a daemon whose disk it governs."""

    def __init__(self, top_builddir, directory):
        self.library = os.path.join(top_builddir, "tests", "scenario", "baddisk.so")
        if not os.path.exists(self.library):
            pytest.skip("baddisk.so is not built (make check builds it)")
        self.directory = os.path.join(directory, "baddisk")
        os.makedirs(self.directory, exist_ok=True)

    def daemon(self):
        return {"preload": self.library,
                # the sanitizer's runtime wants to be first of all libraries
                "environment": {"BADDISK": self.directory,
                                "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}}

    def _put(self, name, text=""):
        path = os.path.join(self.directory, name)
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def fail(self):
        """Writes and syncs fail with EIO, until good()."""
        self._put("eio")

    def stand(self):
        """Syncs last, until good()."""
        self._put("wait")

    def good(self):
        for name in ("eio", "wait", "die"):
            try:
                os.unlink(os.path.join(self.directory, name))
            except FileNotFoundError:
                pass

    def die(self, number, when):
        """kill -9 at that transaction from now on: before its `write` or after its `sync`."""
        self._put("die", f"{number} {when}\n")


def dead(daemon):
    """It was killed: may be waited for, and is no failure."""
    daemon.process.expected_death = True
    return lambda: not daemon.process.running()
