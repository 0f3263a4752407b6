# SPDX-License-Identifier: Apache-2.0
"""clusterset before agents that are slow, terse, broken or hostile."""
import itertools
import random

import pytest

import fakeagent
from fakeagent import BULK, GAUGE32, INTEGER, NEXT, OCTETS, SET, SILENT, FakeAgent
from harness import cli


@pytest.fixture
def agent(mib):
    with FakeAgent(mib) as made:
        yield made


def ask(lab, agent, words, **more):
    more.setdefault("access", "public")
    return cli.run(lab, words, agent=agent.address, **more)


def names(lab, agent, words="vm list --columns name --json", **more):
    done = ask(lab, agent, words, **more)
    assert done.code == 0, repr(done)
    return [vm["name"] for vm in done.json["vms"]]


def expected(numbers):
    return [f"vm{n:06d}" for n in numbers]


# --- whole tables ----------------------------------------------------------------------
@pytest.mark.parametrize("numbers", [
    [], [1], [5, 6, 7], range(1, 101), range(1, 4001),
    # far apart, at the ends of what an index can be, and in clumps
    [1, 2, 2147483647], range(1, 2 ** 31, 10 ** 6),
    [*range(1, 600), *range(10 ** 6, 10 ** 6 + 600), *range(2 * 10 ** 9, 2 * 10 ** 9 + 600)],
    range(2147480000, 2147483648),
], ids=str)
def test_every_row_comes_once_and_in_order(lab, agent, numbers):
    agent.vms(numbers)
    assert names(lab, agent) == expected(numbers)


def test_a_short_table_is_one_question_and_nothing_is_asked_that_is_not_wanted(lab, agent):
    agent.vms(range(1, 6))
    names(lab, agent)
    assert [r[0] for r in agent.requests] == [BULK]
    assert agent.requests[0][1] == ["csVmName"]


def test_a_long_table_takes_few_questions_of_many_variables(lab, agent):
    agent.vms(range(1, 5001))
    names(lab, agent)
    asked = [r for r in agent.requests if r[0] == BULK]
    # 5,000 values, 100 an answer: 50 would be perfect
    assert len(asked) < 100, len(asked)
    assert sum(len(r[1]) for r in asked) / len(asked) > 8


def test_holes_and_missing_columns_stay_what_they_are(lab, agent, mib):
    agent.vms(range(1, 301))
    for n in range(1, 301):
        if n % 3 == 0:
            agent.remove(mib.oid(f"csVmOperState.{n}"))
        if n % 50 == 0:
            agent.column("csVmCpuLoad", (n,), 100)
        if n % 7 == 0:
            agent.remove(mib.oid(f"csVmName.{n}"))
    done = ask(lab, agent, "vm list --json")
    rows = {vm["index"]: vm for vm in done.json["vms"]}
    assert list(rows) == [n for n in range(1, 301) if n % 3 or n % 7]
    for n, vm in rows.items():
        assert vm["operState"] == (None if n % 3 == 0 else "running"), vm
        assert vm["cpuLoad"] == (100 if n % 50 == 0 else None), vm
        assert vm["name"] == (None if n % 7 == 0 else f"vm{n:06d}"), vm
        assert vm["uuid"] is None


def test_rows_of_two_numbers(lab, agent):
    for c, n in itertools.product(range(1, 151), range(1, 4)):
        agent.row("csNodeTable", (c, n), Name=f"n{n}", ClusterName=f"c{c}", OperState="online")
    got = ask(lab, agent, "node list --json").json["nodes"]
    assert [(r["clusterIndex"], r["index"]) for r in got] == list(
        itertools.product(range(1, 151), range(1, 4)))
    assert got[7]["clusterName"] == "c3" and got[7]["name"] == "n2"


def test_rows_with_a_text_in_their_index(lab, agent):
    for owner in ("set", "a", "operator one", "z" * 32):
        for n in (1, 7, 2147483647):
            agent.row("csMoveTable", (*agent.mib.name_index(owner), n), VmName="web1",
                      State="succeeded", TargetName="west")
    got = ask(lab, agent, "move list --json").json["moves"]
    assert len(got) == 12
    assert {(r["owner"], r["index"]) for r in got} == {
        (o, n) for o in ("set", "a", "operator one", "z" * 32) for n in (1, 7, 2147483647)}


@pytest.mark.parametrize("most", [1, 2, 7, 50])
def test_short_answers(lab, agent, most):
    agent.most = most
    agent.vms(range(1, 121))
    assert names(lab, agent) == expected(range(1, 121))


@pytest.mark.parametrize("room", [1, 3, 10, 40])
@pytest.mark.parametrize("how", ["tooBig", "empty"])
def test_answers_that_do_not_fit(lab, agent, room, how):
    def answer(request):
        if request.command == BULK and len(request.oids) * request.b > room:
            return request.error("tooBig") if how == "tooBig" else request.response([])
        return None
    agent.answer = answer
    agent.vms(range(1, 601))
    assert names(lab, agent) == expected(range(1, 601))


def test_an_answer_that_never_fits(lab, agent):
    agent.vms([1])
    agent.answer = lambda r: r.error("tooBig") if r.command == BULK else None
    done = ask(lab, agent, "vm list")
    assert done.code == 1 and "does not fit" in done.err


def test_large_answers_are_lost_on_the_way(lab, agent):
    agent.vms(range(1, 401))
    agent.answer = lambda r: (SILENT if r.command == BULK and len(r.oids) * r.b > 20
                              and len(agent.requests) > 1 else None)
    assert names(lab, agent, options=["-t", "1", "-r", "0"]) == expected(range(1, 401))


def test_lost_answers_are_asked_for_again(lab, agent):
    agent.vms(range(1, 2001))
    count = itertools.count()
    agent.answer = lambda r: SILENT if next(count) % 5 == 3 else None
    assert names(lab, agent, options=["-t", "0.2", "-r", "5"]) == expected(range(1, 2001))


@pytest.mark.parametrize("back", ["same", "back"])
@pytest.mark.parametrize("after", [0, 5])
def test_an_agent_that_goes_in_circles_ends_the_reading(lab, agent, mib, back, after):
    agent.vms(range(1, 3001))

    def answer(request):
        if request.command != BULK or len(agent.requests) <= after:
            return None
        first = mib.oid("csVmName.1")
        return request.response([
            (o if back == "same" and len(o) > len(first) - 1 else first, (OCTETS, b"x"))
            for o in request.oids] * 3)
    agent.answer = answer
    done = ask(lab, agent, "vm list --columns name", seconds=20)
    assert done.code == 1 and "do not go forward" in done.err, repr(done)


@pytest.mark.parametrize("words", ["vm list", "vm show web7", "move list", "alarm list --json"])
def test_an_agent_that_answers_what_it_is_asked_is_no_empty_set(lab, agent, mib, words):
    """From the first answer on: the asked OID again, or one before it."""
    agent.vms([7])
    for where in ("same", "before"):
        agent.answer = lambda r, where=where: r.response(
            [(o if where == "same" else mib.oid("csSetName.0"), (OCTETS, b"x"))
             for o in r.oids]) if r.command == BULK else None
        done = ask(lab, agent, words, seconds=20)
        assert done.code == 1 and "do not go forward" in done.err, repr(done)


def test_rows_come_and_go_meanwhile(lab, agent, mib):
    agent.vms(range(1, 5001))
    count = itertools.count(1)

    def answer(_):
        n = next(count)
        for i in range(n * 37 % 5000, n * 37 % 5000 + 20):
            agent.remove(mib.oid(f"csVmName.{i}"))
        agent.column("csVmName", (6000 + n,), f"new{n}")
    agent.answer = answer
    got = names(lab, agent)
    assert len(got) == len(set(got)) and len(got) > 3000
    assert [g for g in got if g.startswith("vm")] == sorted(g for g in got if g.startswith("vm"))


def test_clustersetd_goes_while_a_long_table_is_read(lab, agent):
    agent.vms(range(1, 5001))
    count = itertools.count()

    def answer(_):
        if next(count) == 20:
            agent.values.clear()
            agent._order = None
    agent.answer = answer
    done = ask(lab, agent, "vm list")
    assert done.code == 3 and "serves no cluster set" in done.err, repr(done)


# --- what is there is not what the MIB says ---------------------------------------------
@pytest.mark.parametrize("column, value", [
    ("csVmName", (INTEGER, 7)), ("csVmOperState", (OCTETS, b"running")),
    ("csVmSince", (GAUGE32, 7)), ("csVmHold", (fakeagent.OID, (1, 3, 6)))])
def test_a_value_of_the_wrong_type(lab, agent, column, value):
    agent.vms([1])
    agent.column(column, (1,), value)
    done = ask(lab, agent, "vm list")
    assert done.code == 1 and column in done.err and "--mib-root" in done.err, repr(done)


def test_a_bad_index(lab, agent):
    for index in ((1, 2), (3, 900, 65, 66, 5)):
        agent.row("csMoveTable", index, VmName="web1", State="running")
    done = ask(lab, agent, "move list")
    assert done.code == 1 and "bad index" in done.err, repr(done)


def test_values_of_a_newer_or_broken_daemon(lab, agent):
    agent.row("csVmTable", (1,), Name=b"a\x1b[31m\x00\xffz\n", OperState=99, Hold=1,
              Since=b"\x07\xea\x0b\x16\x0d\x28\x1e\x00+\x02\x00", LastMove=b"\x00" * 8)
    agent.row("csVmTable", (2,), Name="b", Since=b"\x07\xea\x0f\x16\x0d\x28\x1e\x00+\x02\x00",
              LastMove=b"\x07\xea\x0b\x16\x0d\x28\x1e\x05")
    one, two = ask(lab, agent, "vm list --json").json["vms"]
    assert one["name"] == "a\\033[31m\\000\\377z\\012"
    assert one["operState"] == 99 and one["hold"] is True
    assert one["since"] == "2026-11-22T13:40:30+02:00" and one["lastMove"] is None
    assert two["since"] is None  # a month 15
    assert two["lastMove"] == "2026-11-22T13:40:30-00:00"
    screen = ask(lab, agent, "vm list").out
    assert "99(unknown)" in screen and "\x1b" not in screen


def test_large_counters(lab, agent):
    agent.scalar("csStatsHttpRequests", (fakeagent.COUNTER64, 2 ** 40 + 5))
    assert ask(lab, agent, "stats --json").json["stats"]["httpRequests"] == 2 ** 40 + 5
    assert str(2 ** 40 + 5) in ask(lab, agent, "stats").out


@pytest.mark.parametrize("seed", range(8))
def test_answers_of_noise_end_in_an_exit_code(lab, agent, seed):
    """Bytes of answers changed, cut off, doubled; and answers to another question."""
    dice = random.Random(seed)
    agent.vms(range(1, 200))
    agent.row("csMoveTable", (*agent.mib.name_index("set"), 7), VmName="web1", State="running")
    refusal(agent, 4, "csVmHold.7", "inconsistentValue", "a reason")
    previous = [b""]

    def answer(request):
        data = bytearray(agent.usual(request))
        how = dice.randrange(6)
        if how == 0:
            data = data[:dice.randrange(len(data))]
        elif how == 1:
            for _ in range(dice.randrange(1, 6)):
                data[dice.randrange(len(data))] = dice.randrange(256)
        elif how == 2:
            at = dice.randrange(len(data))
            data[at:at] = data[at:at + dice.randrange(40)]
        elif how == 3:
            data = previous[0]
        previous[0] = bytes(data)
        return previous[0]
    agent.answer = answer
    for words in ("vm list", "move list --json", "refusal list", "vm show vm000007", "stats",
                  "status", "vm hold vm000001"):
        done = ask(lab, agent, words, options=["-t", "0.1", "-r", "1"])
        assert done.code in (0, 1, 3, 4, 5), repr(done)


# --- nobody, nothing, not here -----------------------------------------------------------
def test_silence(lab, agent):
    agent.answer = lambda _: SILENT
    done = ask(lab, agent, "vm list", options=["-t", "0.2", "-r", "1"])
    assert done.code == 3 and done.out == ""
    assert agent.address in done.err and "0.4 s, 2 tries" in done.err
    assert "community" in done.err and "firewall" in done.err


def test_no_such_name_and_no_such_port(lab, agent):
    done = cli.run(lab, "vm list", access="public", agent="no-such-host.invalid")
    assert done.code == 3 and "does not resolve" in done.err
    done = cli.run(lab, "vm list", access="public", agent=f"tcp:{agent.address}")
    assert done.code == 3 and "refuses the connection" in done.err


def test_an_error_of_the_agent_itself(lab, agent):
    agent.answer = lambda r: r.error("genErr")
    done = ask(lab, agent, "vm list")
    assert done.code == 3 and "clustersetd does not answer" in done.err
    agent.answer = lambda r: r.error("authorizationError", 0)
    done = ask(lab, agent, "vm list")
    assert done.code == 3 and "authorizationError" in done.err and "snmpd.conf" in done.err


def test_an_agent_without_clustersetd(lab, mib):
    with FakeAgent(mib, name=None) as agent:
        agent.put((1, 3, 6, 1, 2, 1, 1, 1, 0), (OCTETS, b"a router"))
        for words in ("vm list", "stats", "vm show web1", "policy list"):
            done = ask(lab, agent, words)
            assert done.code == 3 and "clustersetd is not running" in done.err, repr(done)


def test_a_view_that_hides_a_part(lab, mib):
    with FakeAgent(mib, name=None) as agent:
        agent.scalar("csSetHealth", 1)
        done = ask(lab, agent, "vm list")
        assert done.code == 3 and "hides it" in done.err, repr(done)


@pytest.mark.parametrize("root", ["1.3.6.1.4.1.55555.7", "1.3.6.1.4.1.8072.9999.9999.4",
                                  "1.3.6.1.4.1.70000"])
def test_a_foreign_root_is_noticed_and_can_be_asked(lab, mib, root):
    at = tuple(int(x) for x in root.split("."))
    with FakeAgent(mib, name=None) as agent:
        for enterprise in (2021, 8072, 9999):
            for part in range(1, 9):
                agent.put((1, 3, 6, 1, 4, 1, enterprise, part, 1, 1, 1, 0), (OCTETS, b"other"))
        agent.put((*at, 1, 1, 1, 0), (OCTETS, b"theirs"))
        agent.put((*at, 1, 1, 3, 0), (OCTETS, b"clustersetd 1.0"))
        agent.put((*at, 1, 5, 1, 2, 4), (OCTETS, b"web4"))
        done = ask(lab, agent, "vm list")
        assert done.code == 3 and f"--mib-root {root}" in done.err, repr(done)
        assert names(lab, agent, f"--mib-root {root} vm list --columns name --json") == ["web4"]


def test_a_root_that_is_none(lab, agent):
    for root in ("", "1.3.x", "enterprises.5", "1..3", "1." * 100 + "1", "99999999999"):
        done = ask(lab, agent, ["--mib-root", root, "vm", "list"])
        assert done.code == 2 and "--mib-root" in done.err, repr(done)


# --- SETs --------------------------------------------------------------------------------
def refuse_with(agent, error, index=1):
    agent.answer = lambda r: r.error(error, index) if r.command == SET else None


def hold(lab, agent, **more):
    return ask(lab, agent, "vm hold web1", **more)


@pytest.fixture
def web1(agent, mib):
    agent.row("csVmTable", (7,), Name="web1", OperState="running", Hold=2)
    agent.column("csVmNameIndex", mib.name_index("web1"), 7)
    return agent


def refusal(agent, n, instance, error, text):
    agent.row("csRefusalTable", (n,), Instance=agent.mib.oid(instance), Error=error, Text=text,
              Time=b"\x07\xea\x0b\x16\x0d\x28\x1e\x00+\x02\x00")


def test_a_refusal_is_told_in_words(lab, web1):
    refusal(web1, 4, "csVmHold.7", "inconsistentValue", "an older reason")
    refusal(web1, 5, "csVmHold.7", "inconsistentValue", "the move set/3 wants it free")
    refusal(web1, 6, "csVmHold.8", "inconsistentValue", "of another VM")
    refusal(web1, 7, "csVmHold.7", "wrongValue", "another error")
    refuse_with(web1, "inconsistentValue")
    done = hold(lab, web1)
    assert done.code == 4, repr(done)
    assert done.err == "clusterset: refused: the move set/3 wants it free\n"


def test_a_refusal_without_a_row(lab, web1):
    refuse_with(web1, "inconsistentValue")
    done = hold(lab, web1)
    assert done.code == 4 and "inconsistentValue" in done.err, repr(done)


@pytest.mark.parametrize("error", ["noAccess", "authorizationError", "notWritable"])
def test_access_control_says_what_to_write(lab, web1, error):
    refuse_with(web1, error)
    done = hold(lab, web1)
    assert done.code == 4 and error in done.err and "snmpd" in done.err, repr(done)


@pytest.mark.parametrize("error", ["genErr", "commitFailed"])
def test_an_outcome_that_is_not_known(lab, web1, error):
    refuse_with(web1, error)
    done = hold(lab, web1)
    assert done.code == 5, repr(done)
    assert error in done.err and "not known" in done.err and "clusterset vm" in done.err
    assert sum(r[0] == SET for r in web1.requests) == 1


def test_a_set_without_an_answer(lab, web1):
    web1.answer = lambda r: SILENT if r.command == SET else None
    done = hold(lab, web1, options=["-t", "0.2", "-r", "1"])
    assert done.code == 5 and "not known" in done.err, repr(done)
    assert sum(r[0] == SET for r in web1.requests) == 2  # the session's own retry, no more


def test_probing_is_not_done_where_it_is_not_needed(lab, agent):
    agent.vms(range(1, 90))
    names(lab, agent)
    assert not [r for r in agent.requests if r[0] == NEXT]
