# SPDX-License-Identifier: Apache-2.0
"""The judge of a chaos run is judged: what it takes for ours, for noticed, for lost."""
import types

import driver
import faults
import people
import verdict
import watch


def act(key, cluster, begin, end, kind, server="s1", request=None):
    cause = {"kind": kind, **({"request": request, "account": "x"} if request else {})}
    return {"key": key, "cluster": cluster, "server": server, "begin_ms": begin, "end_ms": end,
            "cause": cause, "seq": begin}


def oracle(acts, posts=()):
    answers = {"history": [a for a in acts if a["end_ms"] is not None],
               "active": [a for a in acts if a["end_ms"] is None], "violations": []}
    return verdict.Oracle(types.SimpleNamespace(
        oracle=lambda history: answers,
        requests=lambda method: {"posts": [
            {"number": n, "at_ms": at, "cluster": "b", "server": "s1", "status": 200, "body": "",
             "executed": True, "uri": "/api/v1/groups/g-v/start"} for n, at in posts]}))


def violation(at, request):
    return {"key": "vm:v", "cluster": "b", "server": "s1", "at_ms": at,
            "cause": {"kind": "command", "request": request}}


def test_our_start_beside_what_ran_all_the_time_is_ours():
    o = oracle([act("vm:v", "a", 0, None, "initial"),
                act("vm:v", "b", 5000, None, "command", request=7)], [(7, 4990)])
    assert o.ours(violation(5000, 7), 1500)


def test_our_start_beside_our_own_other_start_is_ours():
    o = oracle([act("vm:v", "a", 4900, None, "command", request=6),
                act("vm:v", "b", 5000, None, "command", request=7)], [(6, 4890), (7, 4990)])
    assert o.ours(violation(5000, 7), 1500)


def test_who_came_before_the_evidence_could_have_been_seen():
    late = [act("vm:v", "a", 0, 100, "initial"), act("vm:v", "a", 3000, None, "operator"),
            act("vm:v", "b", 5000, None, "command", request=7)]
    assert oracle(late, [(7, 4990)]).ours(violation(5000, 7), 1500)
    late[1]["begin_ms"] = 3600
    assert not oracle(late, [(7, 4990)]).ours(violation(5000, 7), 1500)


def test_a_failover_is_as_old_as_what_it_followed():
    o = oracle([act("vm:v", "a", 0, 4500, "initial", "s1"),
                act("vm:v", "a", 4800, None, "failover", "s2"),
                act("vm:v", "b", 5000, None, "command", request=7)], [(7, 4990)])
    assert o.ours(violation(5000, 7), 1500)


def test_a_failover_of_a_newcomer_is_as_new():
    o = oracle([act("vm:v", "a", 4000, 4500, "operator", "s1"),
                act("vm:v", "a", 4800, None, "failover", "s2"),
                act("vm:v", "b", 5000, None, "command", request=7)], [(7, 4990)])
    assert not o.ours(violation(5000, 7), 1500)


def test_the_disk_counts_as_the_vm():
    o = oracle([act("lun:lun-v", "a", 0, None, "operator"),
                act("vm:v", "a", 4900, None, "operator"),
                act("vm:v", "b", 5000, None, "command", request=7)], [(7, 4990)])
    assert o.ours(violation(5000, 7), 1500)
    assert o.episodes() == [("v", 5000, None, {"a", "b"})]


def judged(events, rounds, end=9000, shown=()):
    """A Verdict over one second activation from 5 s on."""
    run = types.SimpleNamespace(world=types.SimpleNamespace(clusters={"a": [], "b": []}))
    seen = types.SimpleNamespace(offset=0.0, rounds={"a": rounds, "b": rounds},
                                 shown={"v": list(shown)})
    v = verdict.Verdict(run, None, seen, None)
    v.oracle = oracle([act("vm:v", "a", 0, None, "initial"),
                       act("vm:v", "b", 5000, end, "operator")])
    v.notices = lambda: {"v": [(t, t, kind, text) for t, kind, text in events]}
    v.noticed()
    return v


ROUNDS = [(t / 10, t / 10 + 0.05) for t in range(0, 200, 5)]
TOLD = "vm v: running -> conflict: active in 2 clusters"


def test_noticed_in_time_too_late_or_never():
    assert judged([(5.9, "vmStateChange", TOLD)], ROUNDS).undetected == 0
    assert judged([(8.5, "vmStateChange", TOLD)], ROUNDS).undetected == 1
    never = judged([], ROUNDS)
    assert never.undetected == 1 and "vm v" in never.problems[0]


def test_what_is_over_before_two_rounds_or_not_shown():
    assert judged([], ROUNDS, end=5300).undetected == 0
    assert judged([], []).undetected == 0
    hidden = [(5.2, {"a": ["Offline"], "b": ["Online"]})]
    assert judged([], ROUNDS, shown=hidden).undetected == 0
    assert judged([], ROUNDS, shown=hidden + [(5.4, {"a": ["Online"], "b": ["Online"]})]
                  ).undetected == 1


def test_a_conflict_that_stands_is_known():
    before = [(2.0, "vmStateChange", TOLD)]
    assert judged(before, ROUNDS).undetected == 0
    assert judged(before + [(3.0, "vmStateChange", "vm v: conflict -> running: x")],
                  ROUNDS).undetected == 1


def row(vm, target, state, finished=None, mode="planned"):
    found = {"csMoveVmName": vm, "csMoveTargetName": target, "csMoveState": state,
             "csMoveMode": mode}
    if finished is not None:
        found["csMoveFinishedAt"] = finished
    return found


def test_a_set_that_was_accepted_needs_its_row():
    v = verdict.Verdict(None, None, None, None)
    vm = types.SimpleNamespace(name="v")
    mine = people.Asked(vm, "b", "csMoveTable", "alice", 4)
    assert not v._has_row(mine)
    v.rows = {("alice", 4): row("v", "b", "succeeded")}
    assert v._has_row(mine)
    short = people.Asked(vm, "b", "csVmTargetCluster")
    short.was_at = ["a"]
    v.rows = {("set", 1): row("v", "a", "running")}
    assert not v._has_row(short)
    v.rows = {("set", 1): row("v", "b", "running")}
    assert v._has_row(short)
    v.rows = {("set", 1): row("v", "b", "succeeded", bytes([7, 0xea, 1, 1, 0, 0, 0, 0]))}
    assert not v._has_row(short), "one that ended long ago"
    short.was_at = ["b"]
    assert v._has_row(short)


def test_the_seed_decides_the_schedule():
    def schedule(seed):
        return driver.Schedule(seed, 60, ["a0", "b0"], 5, 0.7, 6).entries
    assert schedule(1) == schedule(1) != schedule(2)
    dealt = {what for _, what, _, _ in schedule(1)}
    assert set(faults.ALL) | {"move", driver.KILL} == dealt, "every kind is dealt"


def test_rounds_are_read_from_the_log():
    found = watch._ROUND.match("2026-01-01T00:00:02.500Z clustersetd debug: ecx: cluster=a0 "
                               "round: 2 of 2 servers answered, 40 ms")
    when, cluster, answered, servers, took = found.groups()
    assert (cluster, answered, servers, took) == ("a0", "2", "2", "40")
    assert watch.wall(when) % 10 == 2.5
