# SPDX-License-Identifier: Apache-2.0
"""What every screen of clusterset must be: no wider than the terminal, no escapes and no
blanks at the end of lines where it is none, ASCII where the locale is not UTF-8."""
import os
import unicodedata

import pytest

from . import cli, worlds


class Secure(worlds.Pair):
    """The usual pair behind HTTPS with a CA, in two fault domains: nothing is wrong."""

    def __init__(self, vms=None, vm=None, **more):
        super().__init__(vms, **more)
        self.more = vm or {}
        for cluster in self.world["clusters"]:
            for server in cluster["servers"]:
                server["scheme"] = "https"
        self.world["tls_dir"] = None  # the lab's

    def settings(self, lab, clusters=("east", "west"), vms=None, **more):
        more.setdefault("fault-domains", [{"name": "room-a"}, {"name": "room-b"}])
        domains = {"east": "room-a", "west": "room-b"}
        return lab.settings(
            [lab.cluster(c, **{"ca-file": lab.sim.ready["ca_file"],
                               "fault-domain": domains[c]}) for c in clusters],
            [{**self.vm_settings(v), **self.more.get(v, {})}
             for v in (self.vms if vms is None else vms)], **more)


@pytest.fixture
def secure(lab, whole):
    """secure(vms, vm={name: more settings}, **settings): starts it, nothing is wrong."""
    if not os.path.exists(cli.program(lab.top_builddir)):
        pytest.skip("clusterset is not built")

    def start(vms=None, vm=None, **settings):
        pair = Secure(vms, vm)
        pair.world["tls_dir"] = lab.directory
        return whole(pair, **settings)
    return start


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF"
               else 1 for c in text)


def widest(text):
    return max((columns(x) for x in text.splitlines()), default=0)


def is_plain(text):
    """Printed where no terminal is."""
    assert "\x1b" not in text and "\r" not in text, repr(text)
    for line in text.splitlines():
        assert line == line.rstrip(), f"blanks at the end of {line!r}"
    return True


def run(lab, words, width=100, code=None, **more):
    """A screen of that width, judged; any exit code unless one is given."""
    env = {"COLUMNS": str(width), **more.pop("env", {})}
    done = cli.run(lab, words, env=env, **more)
    assert code is None or done.code == code, repr(done)
    is_plain(done.out)
    assert widest(done.out) <= width, f"{widest(done.out)} > {width}: {done!r}"
    if env.get("LC_ALL") == "C":
        assert done.out.isascii(), done.out
    return done


def fits_everywhere(lab, words, code):
    """The same facts at every width and in every locale."""
    for width in (100, 80, 60, 40, 20):
        run(lab, words, width, code)
        run(lab, words, width, code, env={"LC_ALL": "C"})
    return True
