# SPDX-License-Identifier: Apache-2.0
"""Deadlines: wait for a condition, never for a while.

TEST_SLOW (a factor, default 1) stretches every deadline; a sanitizer or valgrind build
sets it. A deadline that passes fails the test with what was last seen.
"""
import os
import time

SLOW = max(1.0, float(os.environ.get("TEST_SLOW") or 1))


def scaled(seconds):
    return seconds * SLOW


class Final(AssertionError):
    """A failure that waiting does not mend; wait_for passes it on at once."""


class Late(Final):
    """A condition did not come true within its deadline."""


def wait_for(condition, what, seconds=15, every=0.05, seen=None):
    """Calls condition() until it returns something true, and returns that.

    An AssertionError or OSError inside means "not yet". On expiry Late says `what`
    was awaited, the last value or error, and seen() if given.
    """
    end = time.monotonic() + scaled(seconds)
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except (AssertionError, OSError, KeyError) as error:
            if isinstance(error, Final):
                raise
            last = error
        if time.monotonic() > end:
            break
        time.sleep(every)
    text = f"waited {scaled(seconds):.0f} s for {what}; last seen: {last!r}"
    if seen is not None:
        text += f"\n{seen()}"
    raise Late(text)
