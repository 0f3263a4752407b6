# SPDX-License-Identifier: Apache-2.0
"""The poller and its commands against ecxsim: releases, faults, certificates, lock-out,
and commands that are executed without an answer, counted by the simulator."""
import pytest

from harness import clock, labs
from stranger import Probe

pytestmark = pytest.mark.usefixtures("need_ecxsim")
LONG = {"interval": 600000}


def cluster(name="c1", groups=2, scheme="http", certificate="good", **more):
    return {
        "name": name,
        "servers": [{"name": f"{name}-s{i}", "scheme": scheme, "certificate": certificate}
                    for i in (1, 2)],
        "accounts": [
            {"user": labs.USER, "password": labs.PASSWORD, "rights": "operation"},
            {"user": labs.READER, "password": labs.READER_PASSWORD, "rights": "reference"}],
        "groups": [{"name": f"failover{i}", "vm": f"vm{i}", "autostart": False,
                    "initial": f"{name}-s1" if i == 1 else "",
                    "resources": [{"name": f"sd{i}", "type": "sd", "lun": f"L{name}{i}"},
                                  {"name": f"vm{i}", "type": "script", "depends": [f"sd{i}"]}]}
                   for i in range(1, groups + 1)],
        "monitors": [{"name": "genw1", "type": "genw", "group": "failover1"}],
        "detect_ms": 300, **more}


class Sim:
    def __init__(self, lab, tmp_path, *clusters, **poll):
        tls = {"tls_dir": str(tmp_path / "tls")}
        (tmp_path / "tls").mkdir()
        self.sim = lab.start_ecxsim({"clusters": list(clusters), **tls})
        self.tls_dir = tls["tls_dir"]
        self.lab, self.tmp, self.poll, self.probe = lab, tmp_path, poll, None

    def member(self, name="c1", user=labs.READER, password=labs.READER_PASSWORD, **more):
        return {"name": name, "user": user, "password": password,
                "operate_user": labs.USER, "operate_password": labs.PASSWORD,
                "servers": [{"name": s, "url": self.sim.url(name, s)}
                            for s in self.sim.servers(name)], **more}

    def start(self, *members, **poll):
        self.probe = Probe(self.lab.top_builddir, str(self.tmp),
                           list(members) or [self.member()], **{**self.poll, **poll})
        return self.probe

    def do(self, what, **more):
        return self.sim.control("POST", "/do", {"what": what, **more})

    def fault(self, kind, **more):
        return self.sim.control("POST", "/fault", {"kind": kind, **more})["id"]

    def heal(self):
        self.sim.control("DELETE", "/fault")

    def asked(self, **which):
        query = "&".join(f"{k}={v}" for k, v in which.items())
        return self.sim.control("GET", "/requests?" + query)["total"]


@pytest.fixture
def sim(lab, tmp_path):
    made = []

    def make(*clusters, **poll):
        made.append(Sim(lab, tmp_path, *(clusters or [cluster()]), **poll))
        return made[-1]
    yield make
    for s in made:
        if s.probe:
            s.probe.close()


def reaches(r):
    return [v["reach"] for v in r["views"]]


def groups_of(view):
    return {x["name"]: x["group"] for x in view["resources"]}


@pytest.mark.parametrize("release", ["4.2.0", "4.2.2", "5.2", "6.0"])
def test_releases(sim, release):
    s = sim(cluster(release=release))
    r = s.start().round()
    assert reaches(r) == ["ok", "ok"]
    v = r["views"][0]
    known = None if release == "4.2.0" else "failover1"
    assert groups_of(v)["sd1"] == known and groups_of(v)["vm1"] == known
    types = {x["name"]: x["type"] for x in v["resources"]}
    assert types["sd1"] == (None if release == "4.2.0" else "sd")
    assert [(g["name"], g["status"], g["current"]) for g in v["groups"]] == [
        ("failover1", "Online", "c1-s1"), ("failover2", "Offline", None)]
    for _ in range(3):
        r = s.probe.round()
    selects = s.asked(pattern="groups/{}")
    assert selects <= {"4.2.0": 2, "4.2.2": 4}.get(release, 0)


def test_a_failover_is_seen_by_everybody_at_once(sim):
    s = sim()
    p = s.start()
    p.round()
    p.round()
    s.do("group-move", cluster="c1", group="failover1", server="c1-s2")
    r = p.round(want=lambda r: any(g["current"] == "c1-s2" for v in r["views"]
                                   for g in v["groups"]))
    assert r["every"]
    p.round(want=lambda r: any(g["current"] == "c1-s2" and g["status"] == "Online"
                               for v in r["views"] for g in v["groups"]))


def test_a_server_that_loses_its_power(sim):
    s = sim()
    p = s.start()
    p.round()
    s.do("server-power-off", cluster="c1", server="c1-s1")
    r = p.round(want=lambda r: reaches(r) == ["refused", "ok"])
    assert r["every"]
    p.round(want=lambda r: any(
        x == {"name": "c1-s1", "status": "Offline"} for v in r["views"]
        for x in v["servers"]))
    s.do("server-power-on", cluster="c1", server="c1-s1")
    p.round(want=lambda r: r["views"][0]["reach"] == "ok", seconds=30)


def test_a_partition_is_handed_over_as_two_answers(sim):
    s = sim()
    p = s.start()
    p.round()
    s.do("partition", cluster="c1")
    r = p.round(want=lambda r: reaches(r) == ["ok", "ok"] and
                r["views"][0]["servers"] != r["views"][1]["servers"])
    assert r["every"] and r["views"][0]["servers"] and r["views"][1]["servers"]


@pytest.mark.parametrize("fault, reach", [
    ({"kind": "hang"}, "timeout"), ({"kind": "drip", "ms": 200}, "timeout"),
    ({"kind": "close"}, "http"), ({"kind": "reset"}, "http"),
    ({"kind": "reset-mid-body"}, "http"), ({"kind": "truncate-json"}, "protocol"),
    ({"kind": "http-status", "status": 503, "message": "starting"}, "http"),
    ({"kind": "envelope-code", "code": 3, "message": "no"}, "http"),
    ({"kind": "non-json-body"}, "http"), ({"kind": "empty-body"}, "protocol"),
    ({"kind": "non-json-body", "status": 200}, "protocol"),
    ({"kind": "oversize-body"}, "protocol"), ({"kind": "redirect"}, "http"),
    ({"kind": "wrong-types"}, "protocol"), ({"kind": "wrong-types", "keys": ["name"]}, "protocol"),
    ({"kind": "missing-fields", "keys": ["name"]}, "protocol"),
    ({"kind": "missing-fields", "keys": ["groups"]}, "protocol"),
    ({"kind": "missing-fields", "keys": ["current", "type", "group", "result"]}, "ok"),
    ({"kind": "refuse"}, "refused"), ({"kind": "deny-ip"}, "denied"),
    ({"kind": "unauthorized"}, "denied"),
], ids=lambda x: x["kind"] + "".join("-" + str(v) for v in list(x.values())[1:])
    if isinstance(x, dict) else "")
def test_faults(sim, fault, reach):
    s = sim()
    where = {} if fault["kind"] == "refuse" else {"path": "groups"}
    s.fault(cluster="c1", server="c1-s2", **fault, **where)
    p = s.start(read_timeout=600, **LONG)
    r = p.round()
    assert reaches(r) == ["ok", reach], r["views"][1]["error"]
    if reach != "ok":
        assert r["views"][1]["error"].startswith("c1-s2 (http://")
        assert not r["views"][1]["groups"] and not r["views"][1]["servers"]


def test_a_missing_status_is_unknown(sim):
    s = sim()
    s.fault("missing-fields", keys=["status"])
    v = s.start(**LONG).round()["views"][0]
    assert v["reach"] == "ok" and v["status"] == "Unknown"
    assert {g["status"] for g in v["groups"]} == {"Unknown"}
    assert {g["status"] for g in v["resources"]} == {"Unknown"}


def test_a_lock_out_is_never_reached(sim):
    s = sim(cluster(lockout={"failures": 5, "seconds": 60}))
    p = s.start(s.member(password="wrong"))
    assert reaches(p.round()) == ["denied", "denied"]
    for _ in range(5):
        p.order("kick", 0)
    # another account's reads are answered all the while: time goes on
    q = Probe(s.lab.top_builddir, str(s.tmp), [s.member()])
    for _ in range(10):
        q.round()
    q.close()
    p.order("stats")
    assert p.next(lambda x: x["event"] == "stats")["requests"] == 2
    p.reload([s.member()])
    assert reaches(p.round(want=lambda r: r["settings"] == 2)) == ["ok", "ok"]


@pytest.mark.parametrize("fault, outcome, executed", [
    ({"kind": "execute-then-close-keepalive"}, "unanswered", 1),
    ({"kind": "execute-lose-answer"}, "unanswered", 1),
    ({"kind": "reset-mid-body"}, "unanswered", 1),
    ({"kind": "truncate-json"}, "unanswered", 1),
    ({"kind": "effect-delay"}, "accepted", 0),
    ({"kind": "hang"}, "unanswered", 0),
    ({"kind": "reset"}, "unanswered", 0),
    ({"kind": "http-status", "status": 500}, "unanswered", 0),
    ({"kind": "http-status", "status": 409}, "refused", 0),
    ({"kind": "envelope-code"}, "refused", 0),
    ({"kind": "deny-ip"}, "refused", 0),
    ({"kind": "redirect"}, "unanswered", 0),
    ({"kind": "refuse"}, "not-sent", 0),
], ids=lambda x: "-".join(str(v) for v in x.values()) if isinstance(x, dict) else "")
def test_commands(sim, fault, outcome, executed):
    s = sim()
    p = s.start(command_timeout=600, interval=1500)  # connections are kept
    p.round()
    s.fault(cluster="c1", server="c1-s2",
            **({} if fault["kind"] == "refuse" else {"method": "POST"}), **fault)
    r = p.post(1, "/groups/%s/start", "failover2", '{"target":"c1-s2"}')
    assert r["outcome"] == outcome, r
    s.heal()
    p.order("kick", 0)
    p.round()
    requests = s.sim.control("GET", "/requests?method=POST")
    assert requests["total"] == (0 if outcome == "not-sent" else 1)
    assert sum(bool(x["executed"]) for x in requests["posts"]) == executed
    if executed:
        s.sim.control("GET", "/wait?cluster=c1&group=failover2&status=Online&timeout=10")


def test_a_command_takes_effect(sim):
    s = sim()
    p = s.start()
    p.round()
    p.order("fast", 0, 1)
    assert p.post(0, "/groups/%s/stop", "failover1")["outcome"] == "accepted"
    p.round(want=lambda r: all(v["groups"][0]["status"] == "Offline" and
                               v["groups"][0]["current"] is None for v in r["views"]))
    r = p.post(0, "/groups/%s/stop", "failover1")
    assert r["outcome"] == "refused" and r["message"]
    assert p.post(1, "/groups/%s/start", "failover1",
                  '{"target":"c1-s2"}')["outcome"] == "accepted"
    p.round(want=lambda r: all(v["groups"][0]["status"] == "Online" and
                               v["groups"][0]["current"] == "c1-s2" for v in r["views"]))
    r = p.post(0, "/groups/%s/start", "no such group", '{"target":"c1-s2"}')
    assert r["outcome"] == "refused"
    assert s.sim.control("GET", "/oracle")["dual_by_command"] == 0


def test_a_reader_may_not_command(sim):
    s = sim()
    p = s.start(s.member(operate_user=None, operate_password=None), **LONG)
    p.round()
    r = p.post(0, "/groups/%s/stop", "failover1")
    assert (r["outcome"], r["http"]) == ("refused", 403)


@pytest.mark.parametrize("certificate, trust, reach, words", [
    ("good", "ca", "ok", ""),
    ("wrong-ca", "ca", "tls", "is not signed by"),
    ("wrong-host", "ca", "tls", "is for another name"),
    ("expired", "ca", "tls", "expired"),
    ("wrong-ca", "none", "ok", ""),
])
def test_certificates(sim, certificate, trust, reach, words):
    s = sim(cluster(scheme="https", certificate=certificate))
    more = {"ca_file": s.tls_dir + "/ca.pem"} if trust == "ca" else {"verify": False}
    r = s.start(s.member(**more), **LONG).round()
    assert reaches(r) == [reach, reach]
    assert words in (r["views"][0]["error"] or "")


def test_an_api_restart_is_survived(sim):
    """After a pushed configuration the API refuses connections for a while."""
    s = sim(cluster(api_restart_ms=700))
    p = s.start()
    p.round()
    s.do("api-restart", cluster="c1")
    p.round(want=lambda r: "ok" not in reaches(r))
    r = p.round(want=lambda r: reaches(r) == ["ok", "ok"])
    assert r["every"]


def test_a_slow_server_delays_no_other_cluster(sim):
    s = sim(cluster(), cluster("c2"))
    s.fault("latency", cluster="c2", ms=2500)
    p = s.start(s.member(), s.member("c2"), read_timeout=10000)
    rounds = [p.round() for _ in range(6)]
    assert not any(x["cluster"] == "c2" for x in p.seen)
    assert rounds[-1]["end"] - rounds[0]["start"] < 2400 * clock.SLOW
