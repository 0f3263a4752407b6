# SPDX-License-Identifier: Apache-2.0
"""clusterset and a network that loses things: one command is never two moves, and what is
not known is never told as known."""
import os

import pytest

from harness import cli
from harness.moving import Field, begin
from harness.udpproxy import SET, Proxy

OPTIONS = ["-t", "1", "-r", "2"]


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


def through(m, proxy, words, **more):
    return cli.run(m.lab, words, access="private", agent=proxy.agent, options=OPTIONS, **more)


def after_a_set(proxy, how_many):
    """Loses the answers that come next after the first SETs."""
    def lose(_):
        return 0 < proxy.sets() <= how_many and proxy.seen[-1] == SET
    return lose


def test_a_lost_answer_is_one_move(whole):
    """The library sends the SET again; its own row is there already."""
    m = begin(whole, Field({"web1": "east1", "db1": "east2"}))
    with Proxy(m.lab.snmpd.port) as proxy:
        proxy.response = after_a_set(proxy, 1)
        done = through(m, proxy, "vm move web1 db1 --to west")
        assert proxy.sets() >= 2, "it was sent again"
    assert done.code == 0, repr(done)
    assert len(m.rows("web1")) == len(m.rows("db1")) == 1
    m.ends("web1")
    m.ends("db1")
    assert m.commands("web1") == ["east stop", "west start"]


def test_all_answers_lost(whole):
    """No answer to the SET at all: the row itself is the answer."""
    m = begin(whole, Field({"web1": "east1"}))
    with Proxy(m.lab.snmpd.port) as proxy:
        proxy.response = after_a_set(proxy, 99)
        done = through(m, proxy, "vm move web1 --to west")
    assert done.code == 0, repr(done)
    assert len(m.rows("web1")) == 1 and done.out.startswith("web1")


def test_a_set_that_never_arrives(whole):
    m = begin(whole, Field({"web1": "east1"}))
    with Proxy(m.lab.snmpd.port, request=lambda tag: tag == SET) as proxy:
        done = through(m, proxy, "vm move web1 --to west")
        assert done.code == 5 and "is not known" in done.err, repr(done)
        assert "move list" in done.err
        done = through(m, proxy, "vm hold web1")
        assert done.code == 5, repr(done)
    assert m.rows() == [] and m.vm_row("web1")["csVmHold"] == "false"


def test_a_setting_whose_answer_is_lost(whole):
    m = begin(whole, Field({"web1": "east1"}))
    with Proxy(m.lab.snmpd.port) as proxy:
        proxy.response = after_a_set(proxy, 99)
        done = through(m, proxy, "vm hold web1")
    assert done.code == 0 and m.vm_row("web1")["csVmHold"] == "true", repr(done)


def test_somebody_takes_the_index(whole):
    """Between the reading of csMoveIndexNext and our SET another manager of the same name
    uses it: our move gets the next, and his stays his."""
    m = begin(whole, Field({"web1": "east1", "db1": "east2"}))
    taken = []

    def quicker(tag):
        if tag == SET and not taken:
            taken.append(m.create("db1", "west", m.reader.value("csMoveIndexNext.0"),
                                  owner="noc"))
        return False
    with Proxy(m.lab.snmpd.port, request=quicker) as proxy:
        done = through(m, proxy, "vm move web1 --to west --owner noc")
    assert done.code == 0, repr(done)
    assert m.row("db1")["index"] == taken[0]
    assert m.row("web1")["index"] > taken[0] and len(m.rows()) == 2
    m.ends("web1")
    m.ends("db1")
