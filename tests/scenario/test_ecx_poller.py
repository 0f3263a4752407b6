# SPDX-License-Identifier: Apache-2.0
"""The poller against a stranger's servers: whom it asks, when, and what it makes of it."""
import copy
import threading
import time

import pytest

from harness import clock
from stranger import Cluster, Probe, Server, answer, member, reset

FIVE = [f"/api/v1/{x}" for x in ("cluster", "servers", "groups", "resources", "monitors")]


@pytest.fixture
def world(top_builddir, tmp_path):
    """Makes servers and a probe, and closes them."""
    class World:
        servers, probes = [], []

        def server(self, *args, **more):
            self.servers.append(Server(*args, **more))
            return self.servers[-1]

        def pair(self, **more):
            cluster = Cluster()
            return self.server(cluster, **more), self.server(cluster, **more)

        def probe(self, clusters, **more):
            self.probes.append(Probe(top_builddir, str(tmp_path), clusters, **more))
            return self.probes[-1]
    made = World()
    made.servers, made.probes = [], []
    yield made
    for p in made.probes:
        p.close()
    for s in made.servers:
        s.close()


def reaches(r):
    return [v["reach"] for v in r["views"]]


def test_first_round_asks_every_server(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)])
    r = p.round()
    assert r["every"] and reaches(r) == ["ok", "ok"]
    v = r["views"][1]
    assert (v["cluster"], v["status"]) == ("c1", "Normal")
    assert v["groups"] == [{"name": "f1", "status": "Online", "current": "s1"}]
    assert v["resources"] == [{"name": "sd1", "status": "Online", "current": "s1",
                               "group": "f1", "type": "sd"}]
    assert v["monitors"][0]["servers"][1] == {"name": "s2", "status": "Online"}
    assert a.paths()[:5] == FIVE and b.paths()[:5] == FIVE
    assert r["start"] <= v["start"] <= v["end"] <= r["end"]


def test_calm_rounds_take_turns_on_kept_connections(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)])
    p.round()
    asked = [reaches(p.round()) for _ in range(6)]
    assert asked == [["ok", "unasked"], ["unasked", "ok"]] * 3
    assert not any(r["every"] for r in p.seen[1:])
    assert a.connections == 1 and b.connections == 1
    starts = [r["start"] for r in p.seen]
    # after the first each comes at the cluster's own moment of the interval
    assert starts[-1] - starts[1] >= 900


def test_one_server_is_every_server(world):
    p = world.probe([member("c1", world.server())])
    assert [p.round()["every"] for _ in range(3)] == [True] * 3


def test_a_change_is_asked_of_everybody_in_the_same_round(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)])
    for _ in range(3):
        p.round()
    a.cluster.groups["f1"][1] = "s2"
    r = p.round(want=lambda r: any(
        v["groups"] and v["groups"][0]["current"] == "s2" for v in r["views"]))
    assert r["every"] and reaches(r) == ["ok", "ok"]
    assert [v["groups"][0]["current"] for v in r["views"]] == ["s2", "s2"]
    assert all(v["start"] >= r["start"] for v in r["views"])
    assert reaches(p.round()).count("ok") == 1


def test_servers_that_differ_are_asked_once_more(world):
    a = world.server()
    b = world.server(copy.deepcopy(a.cluster))
    b.cluster.groups["f1"][1] = "s2"
    p = world.probe([member("c1", a, b)], interval=60000)
    r = p.round()
    assert r["every"] and reaches(r) == ["ok", "ok"]
    assert [v["groups"][0]["current"] for v in r["views"]] == ["s1", "s2"]
    assert a.paths() == FIVE * 2 and b.paths() == FIVE * 2
    assert all(v["start"] >= r["start"] for v in r["views"])


def test_a_passing_difference_is_not_handed_over(world):
    a = world.server()
    b = world.server(copy.deepcopy(a.cluster))
    b.cluster.groups["f1"][1] = "s2"

    def heal(request, _):
        if request.path == FIVE[4]:
            b.cluster.groups["f1"][1] = "s1"
    b.hook = heal
    p = world.probe([member("c1", a, b)], interval=60000)
    assert [v["groups"][0]["current"] for v in p.round()["views"]] == ["s1", "s1"]


def test_a_server_that_fails_in_its_turn_sends_us_to_the_others(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)])
    p.round()
    a.down()
    r = p.round(want=lambda r: "refused" in reaches(r))
    assert reaches(r) == ["refused", "ok"] and r["every"]
    assert "Connection refused" in r["views"][0]["error"]
    assert r["views"][0]["groups"] == []
    a.listen()
    p.round(want=lambda r: r["views"][0]["reach"] == "ok")


def test_after_all_were_unreachable_everybody_is_asked(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)])
    p.round()
    a.down()
    b.down()
    r = p.round(want=lambda r: "ok" not in reaches(r))
    assert r["every"]
    a.listen()
    b.listen()
    r = p.round(want=lambda r: "ok" in reaches(r))
    assert r["every"]
    r = p.round(want=lambda r: reaches(r).count("ok") == 1)
    assert not r["every"]


def test_a_dead_server_is_backed_off(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)], interval=50, backoff_max=2000)
    p.round()
    a.down()
    times = [p.round(want=lambda r: "refused" in reaches(r))["start"] for _ in range(6)]
    gaps = [y - x for x, y in zip(times, times[1:])]
    assert gaps[-1] > 4 * gaps[0]
    assert sum("unasked" in reaches(r) for r in p.seen) > 5


def cut(request, sock):
    if request.path == FIVE[2]:
        sock.sendall(answer(200, {"groups": []})[:-12])
        reset(sock)
        return False
    return None


def with_body(body, at=2):
    return lambda request, _: answer(200, body) if request.path == FIVE[at] else None


def raw(data):
    return lambda request, _: data if request.path == FIVE[0] else None


def silent(request, sock):
    if request.path == FIVE[3]:
        sock.recv(1)
        return False
    return None


def slow_headers(request, sock):
    for _ in range(3000):
        sock.sendall(b"HTTP/1.1 100 Continue\r\nx: " + b"y" * 64 + b"\r\n\r\n")
    return False


@pytest.mark.parametrize("hook, reach, words", [
    (cut, "http", "GET /groups broke off"),
    (silent, "timeout", "no whole answer to GET /resources within"),
    (with_body(b'{"groups":['), "protocol", "GET /groups: the answer is not JSON"),
    (with_body(b"<html>Login</html>"), "protocol", "is not JSON"),
    (with_body(b""), "protocol", "is not JSON"),
    (with_body({"result": {"code": 0, "message": ""}}), "protocol", "'groups' is missing"),
    (with_body({"groups": [{"name": 5}]}), "protocol", "groups[0].name is not a string"),
    (with_body({"groups": [], "x": "y" * 70000}), "protocol", "bigger than `answer-max`"),
    (with_body({"groups": [], "result": {"code": 3, "message": "down"}}), "http",
     "the server says code 3: down"),
    (raw(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "protocol", "does not speak HTTP"),
    (raw(answer(500, b"oops")), "http", "HTTP 500"),
    (raw(answer(503, {"result": {"code": 1, "message": "starting"}})), "http",
     "HTTP 503 for GET /api/v1/cluster: starting"),
    (raw(answer(404, b"no")), "http", "is `base-path` right"),
    (raw(answer(302, b"", "location: http://127.0.0.1:1/\r\n")), "http", "HTTP 302"),
    (raw(answer(403, b"")), "denied", "API tab"),
    (slow_headers, "protocol", "bigger than `answer-max`"),
], ids=lambda x: x if isinstance(x, str) else "")
def test_bad_answers(world, hook, reach, words):
    good = world.server()
    bad = world.server(good.cluster, hook=hook)
    p = world.probe([member("c1", bad, good)], read_timeout=500, answer_max=65536)
    r = p.round()
    assert reaches(r) == [reach, "ok"]
    assert words in r["views"][0]["error"]
    assert r["views"][0]["error"].startswith(f"s1 ({bad.url}): ")
    # nothing half-read is handed on
    assert not any(r["views"][0][k] for k in ("cluster", "servers", "groups", "resources"))


def test_waiting_for_the_silent_makes_no_stale_answers(world):
    """The one who answers is asked again when the other has kept us waiting."""
    good = world.server()

    def mute(request, sock):
        if request.path == FIVE[3]:
            good.cluster.groups["f1"][1] = "s2"
        return silent(request, sock)
    mute = world.server(good.cluster, hook=mute)
    p = world.probe([member("c1", mute, good)], read_timeout=1500, interval=60000)
    r = p.round()
    assert reaches(r) == ["timeout", "ok"] and r["every"]
    assert r["views"][1]["start"] >= r["start"] >= 1500
    assert r["end"] - r["start"] < 1000 * clock.SLOW
    assert good.paths() == FIVE * 2


def test_no_answer_to_connect(world):
    """A full backlog: connections hang in SYN."""
    import socket
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(0)
    held = []
    try:
        for _ in range(3):
            c = socket.socket()
            c.setblocking(False)
            c.connect_ex(s.getsockname())
            held.append(c)
        p = world.probe([member("c1", f"http://127.0.0.1:{s.getsockname()[1]}")],
                        connect_timeout=400)
        r = p.round()
        assert reaches(r) == ["timeout"] and "no connection for" in r["views"][0]["error"]
    finally:
        for c in held:
            c.close()
        s.close()


def test_401_stops_the_asking(world):
    a, b = world.pair()
    a.password = "changed"
    p = world.probe([member("c1", a, b)], interval=50)
    r = p.round()
    assert reaches(r) == ["denied", "ok"]
    assert "HTTP 401" in r["views"][0]["error"]
    for _ in range(3):
        p.order("kick", 0)
        p.order("fast", 0, 1)
        p.round(want=lambda r: r["seq"] > 4)
        p.order("fast", 0, 0)
    for _ in range(10):
        r = p.round()
    assert reaches(r) == ["unasked", "ok"] and not r["every"]
    assert a.paths() == [FIVE[0]]
    # the operator corrects the file and reloads
    p.reload([member("c1", a, b, password="changed")])
    r = p.round(want=lambda r: r["settings"] == 2)
    assert reaches(r) == ["ok", "denied"]


def test_a_slow_cluster_delays_nobody(world):
    go = threading.Event()
    slow = world.server(hook=lambda r, s: go.wait(20) and None)
    fast = world.server()
    p = world.probe([member("slow", slow), member("c1", fast)], read_timeout=30000)
    rounds = [p.round() for _ in range(8)]
    assert not any(x["cluster"] == "slow" for x in p.seen)
    # in time, too: 8 rounds of 200 ms, where the slow one would have taken seconds
    assert rounds[-1]["start"] - rounds[0]["start"] < 3000 * clock.SLOW
    go.set()
    assert reaches(p.round("slow")) == ["ok"]


def test_many_that_hang_leave_room_for_the_rest(world):
    mute = [world.server(hook=lambda r, s: s.recv(1) and None or False) for _ in range(4)]
    fine = world.server()
    p = world.probe([member("c1", fine)] + [member(f"m{i}", s) for i, s in enumerate(mute)],
                    connections=3, read_timeout=2000, backoff_max=50)
    for i in range(4):  # each has failed once
        p.round(f"m{i}", seconds=20)
    p.drain()
    rounds = [p.round() for _ in range(8)]
    assert rounds[-1]["end"] - rounds[0]["start"] < 3500 * clock.SLOW


def test_requests_at_once_are_bounded(world):
    def dawdle(*_):
        time.sleep(0.02)
    shared = world.server(hook=dawdle)
    names = [f"c{i}" for i in range(10)]
    p = world.probe([member(n, shared) for n in names], connections=3)
    seen = set()
    while len(seen) < 10:
        seen.add(p.next(lambda x: x["event"] == "round")["cluster"])
    assert 2 <= shared.most_busy <= 3


def test_a_kick_in_a_round_makes_another(world):
    go = threading.Event()
    a, b = world.pair(hook=lambda r, s: go.wait(20) and None)
    p = world.probe([member("c1", a, b)], interval=60000, read_timeout=30000)
    clock.wait_for(lambda: a.paths() and b.paths(), "the first round to begin")
    p.order("kick", 0)
    p.order("stats")
    p.next(lambda x: x["event"] == "stats")
    go.set()
    first, second = p.round(), p.round()
    assert second["every"] and second["start"] >= first["end"]
    p.order("kick", 0)
    assert p.round()["every"]


def test_fast_rounds_ask_every_server(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)], interval=60000)
    p.round()
    p.order("fast", 0, 1)
    rounds = [p.round() for _ in range(5)]
    assert all(r["every"] for r in rounds)
    p.order("fast", 0, 0)
    p.order("stats")
    p.next(lambda x: x["event"] == "stats")


def test_eager_rounds_follow_each_other_closely(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)], interval=60000, fast_interval=20000)
    p.round()
    p.order("fast", 0, 1)
    p.order("eager", 0, 120)
    rounds = [p.round() for _ in range(6)]
    assert all(r["every"] for r in rounds)
    starts = [r["start"] for r in rounds]
    gaps = [b - a for a, b in zip(starts, starts[1:])]
    assert all(gap >= 120 for gap in gaps)  # no more than was asked for
    assert min(gaps) < 500  # and closely: a kick alone takes 250, fast 20 s
    p.order("eager", 0, 0)
    clock.wait_for(lambda: quiet(p), "the eager rounds to end")


def quiet(p):
    """No round for half a second."""
    try:
        p.next(lambda x: x["event"] == "round", seconds=0.5)
    except clock.Late:
        return True
    return False


def test_ignored_is_not_asked(world):
    a, b = world.pair()
    p = world.probe([member("c1", a, b)])
    p.round()
    p.order("ignore", 0, 1)
    p.order("stats")
    p.next(lambda x: x["event"] == "stats")
    before = len(a.requests) + len(b.requests)
    other = world.server()  # something to wait for: five rounds of another cluster
    p.reload([member("c1", a, b), member("c2", other)])
    for _ in range(5):
        p.round("c2")
    assert len(a.requests) + len(b.requests) == before
    p.drain()
    p.order("ignore", 0, 0)
    r = p.round()
    assert r["every"] and reaches(r) == ["ok", "ok"]


def test_a_reload_leaves_alone_what_did_not_change(world):
    a, b = world.pair()
    c = world.server(Cluster("x"))
    p = world.probe([member("c1", a, b)])
    for _ in range(3):
        p.round()
    p.reload([member("new", c), member("c1", a, b)])
    r = p.round(want=lambda r: r["settings"] == 2)
    assert not r["every"]
    p.round("new", want=lambda r: r["every"])
    assert a.connections == 1
    p.reload([member("c1", b, a), member("new", c)])
    r = p.round(want=lambda r: r["settings"] == 3)
    assert r["every"]
    p.reload([member("new", c)])
    p.round("new", want=lambda r: r["settings"] == 4)
    p.drain()
    p.round("new")
    p.round("new")
    assert not any(x["cluster"] == "c1" for x in p.seen[-2:])


def test_a_reload_in_the_midst_of_a_round(world):
    go = threading.Event()
    a = world.server(hook=lambda r, s: go.wait(20) and None)
    gone = world.server(Cluster("x"), hook=lambda r, s: go.wait(20) and None)
    p = world.probe([member("gone", gone), member("c1", a)], read_timeout=30000)
    clock.wait_for(lambda: a.paths() and gone.paths(), "the rounds to begin")
    p.reload([member("c1", a)])
    p.order("stats")
    p.next(lambda x: x["event"] == "stats")
    go.set()
    r = p.round()
    assert r["settings"] == 2 and r["cluster"] == "c1" and reaches(r) == ["ok"]


def test_the_read_url_never_counts_as_a_server(world):
    a, b = world.pair()
    floating = world.server(a.cluster)
    p = world.probe([member("c1", a, b, read_url=floating.url)])
    for _ in range(4):
        assert len(p.round()["views"]) == 2
    assert not floating.requests
    a.down()
    b.down()
    r = p.round(want=lambda r: len(r["views"]) == 3)
    assert reaches(r)[2] == "ok" and "ok" not in reaches(r)[:2]
    assert r["views"][2]["server"] == -1 and r["views"][2]["groups"]
    r = p.round(want=lambda r: reaches(r)[:2] == ["unasked", "unasked"])
    assert not r["every"]
    a.listen()
    b.listen()
    p.round(want=lambda r: reaches(r).count("ok") == 2)


def test_422_learns_groups_once(world):
    cluster = Cluster(groups=[("f1", "s1", ("sd1", "ip1")), ("f2", None, ("sd2",))])
    a = world.server(cluster, with_groups=False)
    p = world.probe([member("c1", a)])
    for _ in range(4):
        r = p.round()
        assert [(x["name"], x["group"], x["type"]) for x in r["views"][0]["resources"]] == [
            ("ip1", "f1", None), ("sd1", "f1", None), ("sd2", "f2", None)]
    assert sum("select=" in x for x in a.paths()) == 2
    cluster.groups["f3"] = ["Offline", None, ["sd3"]]
    r = p.round(want=lambda r: len(r["views"][0]["resources"]) == 4)
    assert r["views"][0]["resources"][3]["group"] == "f3"
    p.round()
    assert sum("select=" in x for x in a.paths()) == 5


@pytest.mark.parametrize("says", [
    answer(404, b"no"), answer(400, {"result": {"code": 1, "message": "bad"}}),
    answer(200, {"result": {"code": 1, "message": "unknown"}}),
    answer(200, {"result": {"code": 0, "message": ""}, "groups": [{"name": "f1"}]})],
    ids=["404", "400", "envelope", "ignored"])
def test_420_cannot_tell_groups(world, says):
    a = world.server(with_groups=False,
                     hook=lambda r, s: says if "select=" in r.path else None)
    p = world.probe([member("c1", a)])
    for _ in range(4):
        r = p.round()
        assert reaches(r) == ["ok"] and r["views"][0]["resources"][0]["group"] is None
    assert sum("select=" in x for x in a.paths()) == 1
    # it comes back as a newer release
    a.down()
    p.round(want=lambda r: reaches(r) != ["ok"])
    a.hook = None
    a.listen()
    r = p.round(want=lambda r: reaches(r) == ["ok"])
    assert r["views"][0]["resources"][0]["group"] == "f1"


def test_a_server_that_closes_after_each_answer(world):
    def once(request, sock):
        sock.sendall(answer(200, a.cluster.get(request.path[7:]), "connection: close\r\n"))
        return False
    a = world.server(hook=once)
    p = world.probe([member("c1", a)])
    assert reaches(p.round()) == ["ok"] and reaches(p.round()) == ["ok"]
    assert a.connections >= 10


def test_no_proxy_no_netrc(world, tmp_path):
    a = world.server()
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login evil password evil\n")
    env = {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1",
           "ALL_PROXY": "http://127.0.0.1:1", "HOME": str(tmp_path)}
    p = world.probe([member("c1", a)], env=env)
    assert reaches(p.round()) == ["ok"]
