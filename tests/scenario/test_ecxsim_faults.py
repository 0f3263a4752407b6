# SPDX-License-Identifier: Apache-2.0
"""Each fault of ecxsim does what its README says, once, where it was asked for; and the
control endpoint tells the truth about it."""
import http.client
import json
import socket
import time
import urllib.error
import urllib.parse

import pytest

from ecxsim_clients import ACCEPTED, OPERATOR, accepted, get, post, urllib_client
from ecxsim_world import cluster, group, url, world
from harness import clock

pytestmark = pytest.mark.usefixtures("need_ecxsim")
BROKEN = (http.client.HTTPException, ConnectionError, urllib.error.URLError, TimeoutError)


@pytest.fixture
def sim(lab):
    return lab.start_ecxsim(world())


def raw(sim, method, path, body="", seconds=20, server="s1"):
    """All bytes until the server closes; an exception when it resets or never ends."""
    part = urllib.parse.urlsplit(url(sim, "c1", server))
    text = (f"{method} {part.path}/{path} HTTP/1.1\r\nHost: x\r\n"
            "Authorization: Basic b3A6cHc=\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}")
    with socket.create_connection((part.hostname, part.port), clock.scaled(seconds)) as s:
        s.sendall(text.encode())
        return b"".join(iter(lambda: s.recv(65536), b"")).decode()


def stops(sim):
    """How many group stops arrived, and how many were carried out."""
    posts = sim.requests(pattern="groups/{}/stop")["posts"]
    return len(posts), sum(p["executed"] for p in posts)


STOP = "groups/failover-vm1/stop"
OFFLINE = {"cluster": "c1", "group": "failover-vm1", "status": "Offline"}


def test_latency(sim):
    sim.fault("latency", ms=int(clock.scaled(1000)), path="groups*", method="GET")
    begin = time.monotonic()
    get(url(sim), "cluster")
    assert time.monotonic() - begin < clock.scaled(1)
    get(url(sim), "groups")
    assert time.monotonic() - begin >= clock.scaled(1)


def test_early_and_late_latency(sim):
    """late: the answer is of the arrival's time; else of the end's."""
    sim.do("pending", cluster="c1", group="failover-vm1", stop_ms=100)
    for late, wanted in ((True, "Online"), (False, "Offline")):
        number = sim.fault("latency", ms=int(clock.scaled(1500)), late=late, path="groups/*", server="s1",
                           method="GET")
        part = urllib.parse.urlsplit(url(sim))
        slow = http.client.HTTPConnection(part.netloc, timeout=clock.scaled(20))
        slow.request("GET", part.path + "/groups/failover-vm1",
                     headers={"Authorization": "Basic b3A6cHc="})
        sim.wait(method="GET", pattern="groups/{}", server="s1", count=1)
        accepted(url(sim, "c1", "s2"), STOP)
        sim.wait(**OFFLINE)
        assert json.load(slow.getresponse())["groups"][0]["status"] == wanted
        slow.close()
        sim.clear(number)
        accepted(url(sim, "c1", "s2"), "groups/failover-vm1/start")
        sim.wait(cluster="c1", group="failover-vm1", status="Online")
        sim.do("requests-reset")


def test_a_client_that_gives_up_is_obeyed_all_the_same(sim):
    sim.fault("latency", ms=int(clock.scaled(800)), method="POST", count=1)
    with pytest.raises(BROKEN):
        raw(sim, "POST", STOP, seconds=0.1)
    assert get(url(sim), "groups/failover-vm1")["groups"][0]["status"] == "Online"
    sim.wait(**OFFLINE)
    assert stops(sim) == (1, 1)


@pytest.mark.parametrize("kind", ["hang", "close", "reset"])
def test_no_answer_and_not_executed(sim, kind):
    number = sim.fault(kind, method="POST")
    if kind == "close":
        assert raw(sim, "POST", STOP) == ""
    else:
        with pytest.raises(TimeoutError if kind == "hang" else ConnectionResetError):
            raw(sim, "POST", STOP, seconds=0.5 if kind == "hang" else 20)
    assert stops(sim) == (1, 0)
    assert sim.requests(method="POST", pattern="groups/{}/stop")["total"] == 1
    assert get(url(sim), "groups/failover-vm1")["groups"][0]["status"] == "Online"
    sim.clear(number)
    accepted(url(sim), STOP)


@pytest.mark.parametrize("kind", ["execute-lose-answer", "execute-then-close-keepalive",
                                  "reset-mid-body"])
def test_executed_without_an_answer(sim, kind):
    sim.fault(kind, method="POST", count=1)
    if kind == "execute-then-close-keepalive":
        assert raw(sim, "POST", STOP) == ""
    else:
        with pytest.raises(TimeoutError if kind == "execute-lose-answer" else ConnectionResetError):
            raw(sim, "POST", STOP, seconds=0.5 if kind == "execute-lose-answer" else 20)
    sim.wait(**OFFLINE)
    assert stops(sim) == (1, 1)


def test_keep_alive_connection_closed_after_execution_counts_once(sim):
    part = urllib.parse.urlsplit(url(sim))
    headers = {"Authorization": "Basic b3A6cHc="}
    connection = http.client.HTTPConnection(part.netloc, timeout=clock.scaled(20))
    connection.request("GET", part.path + "/groups", headers=headers)
    connection.getresponse().read()
    sim.fault("execute-then-close-keepalive", method="POST")
    connection.request("POST", part.path + "/" + STOP, headers=headers)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    assert sim.requests(cluster="c1")["connections_opened"] == 1
    assert stops(sim) == (1, 1)


def test_reset_mid_body_of_a_get(sim):
    sim.fault("reset-mid-body", method="GET", path="resources", bytes=10)
    part = urllib.parse.urlsplit(url(sim))
    connection = http.client.HTTPConnection(part.netloc, timeout=clock.scaled(20))
    connection.request("GET", part.path + "/resources", headers={"Authorization": "Basic b3A6cHc="})
    answer = connection.getresponse()
    assert answer.status == 200 and int(answer.headers["Content-Length"]) > 10
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        answer.read()
    connection.close()


def test_truncated_json_has_a_fitting_length(sim):
    sim.fault("truncate-json", bytes=20, path="cluster")
    status, text = urllib_client(url(sim) + "/cluster")
    assert status == 200 and len(text) == 20
    with pytest.raises(ValueError):
        json.loads(text)


def test_wrong_types(sim):
    sim.fault("wrong-types", path="groups")
    first = get(url(sim), "groups")["groups"][0]
    assert first == {"name": 12345, "status": 12345, "current": 12345}
    sim.clear()
    sim.fault("wrong-types", path="groups", keys=["groups", "code"])
    answer = get(url(sim), "groups")
    assert isinstance(answer["groups"], dict) and answer["result"]["code"] == "zero"


def test_missing_set_and_dropped(sim):
    sim.fault("missing-fields", path="groups*", keys=["current", "result"])
    assert get(url(sim), "groups")["groups"][0] == {"name": "failover-vm1", "status": "Online"}
    assert "result" not in get(url(sim), "groups/failover-vm1")
    sim.clear()
    sim.fault("set-fields", server="s2", set={"status": "Offline", "current": None},
              where={"name": "failover-vm1"})
    assert get(url(sim, "c1", "s1"), "groups")["groups"][0]["status"] == "Online"
    assert get(url(sim, "c1", "s2"), "groups")["groups"] == [
        {"name": "failover-vm1", "status": "Offline", "current": None},
        {"name": "failover-vm2", "status": "Offline", "current": "None"}]
    sim.clear()
    sim.fault("drop-items", path="resources", where={"name": "sd-vm1"})
    names = [r["name"] for r in get(url(sim), "resources")["resources"]]
    assert names == ["script-vm1", "sd-vm2", "script-vm2"]
    sim.clear()
    sim.fault("set-fields", path="cluster", set={"name": "somebody else", "code": "0"})
    assert get(url(sim), "cluster") == {
        "cluster": {"name": "somebody else", "status": "Normal"},
        "result": {"code": "0", "message": ""}}


def test_answers_that_are_not_the_true_one(sim):
    base = url(sim)
    sim.fault("http-status", status=503, code=9, message="later", count=1)
    assert post(base, STOP) == (503, 9, "later")
    sim.fault("http-status", status=418, body={"tea": True}, count=1)
    assert urllib_client(f"{base}/cluster") == (418, '{"tea": true}')
    sim.fault("envelope-code", code=7, message="no", count=1)
    assert post(base, STOP) == (200, 7, "no")
    sim.fault("envelope-code", code=0, message="it failed all the same", count=1)
    assert post(base, STOP) == (200, 0, "it failed all the same")
    sim.fault("non-json-body", count=1)
    status, text = urllib_client(f"{base}/cluster")
    assert status == 502 and text.startswith("<html>")
    sim.fault("empty-body", count=1)
    assert urllib_client(f"{base}/cluster") == (200, "")
    sim.fault("oversize-body", bytes=3000000, count=1)
    status, text = urllib_client(f"{base}/cluster")
    assert status == 200 and len(text) > 3000000 and json.loads(text)["result"]["code"] == 0
    sim.fault("deep-json", bytes=5000, count=1)
    assert urllib_client(f"{base}/cluster") == (200, "[" * 5000)
    sim.fault("redirect", message=url(sim, "c1", "s2") + "/cluster", count=1)
    assert "307" in raw_status(sim, "cluster")
    sim.fault("unauthorized", count=1)
    assert urllib_client(f"{base}/cluster")[0] == 401
    sim.fault("deny-ip", ip="127.0.0.*", count=1)
    assert urllib_client(f"{base}/cluster")[0] == 403
    sim.fault("deny-ip", ip="10.*", count=1)
    assert urllib_client(f"{base}/cluster")[0] == 200
    assert stops(sim)[1] == 0  # none of these was looked at


def raw_status(sim, path):
    part = urllib.parse.urlsplit(url(sim))
    connection = http.client.HTTPConnection(part.netloc, timeout=clock.scaled(20))
    connection.request("GET", f"{part.path}/{path}", headers={"Authorization": "Basic b3A6cHc="})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return f"{answer.status} {answer.headers['Location']}"


def test_drip(sim):
    sim.fault("drip", ms=1, path="cluster")
    begin = time.monotonic()
    assert get(url(sim), "cluster")["cluster"]["name"] == "c1"
    assert time.monotonic() - begin > 0.05


def test_effect_delay(sim):
    base = url(sim)
    sim.fault("effect-delay", ms=int(clock.scaled(1000)), method="POST", count=1)
    assert post(base, STOP) == ACCEPTED
    assert stops(sim) == (1, 0)
    assert get(base, "groups/failover-vm1")["groups"][0]["status"] == "Online"
    sim.wait(**OFFLINE)
    assert stops(sim) == (1, 1)
    # held until somebody lets it go, past any number of polls
    sim.fault("effect-delay", method="POST", path="groups/*/start", count=1)
    assert post(base, "groups/failover-vm1/start") == ACCEPTED
    for _ in range(10):
        assert get(base, "groups/failover-vm1")["groups"][0]["status"] == "Offline"
    assert sim.control("GET", "/state")["effects_held"] == 1
    sim.do("release")
    sim.wait(cluster="c1", group="failover-vm1", status="Online")
    # its words are still checked at once
    sim.fault("effect-delay", method="POST")
    assert post(base, "groups/nobody/start")[0] == 404


def test_a_late_effect_is_still_the_command(lab):
    sim = lab.start_ecxsim(world(cluster("c1"), cluster("c2", groups=[group("vm1", False)])))
    sim.fault("effect-delay", cluster="c2", method="POST")
    accepted(url(sim, "c2"), "groups/failover-vm1/start")
    assert sim.oracle()["dual_by_command"] == 0
    sim.do("release")
    assert sim.oracle()["dual_by_command"] == 1
    violation = sim.oracle()["violations"][0]
    sent = sim.requests(method="POST")["posts"][0]
    assert violation["cause"] == {"kind": "command", "account": OPERATOR[0],
                                  "request": sent["number"]}
    assert violation["key"] == "lun:lun-vm1" and violation["cluster"] == "c2"


def test_refuse(sim):
    number = sim.fault("refuse", server="s1")
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib_client(url(sim) + "/cluster")
    assert get(url(sim, "c1", "s2"), "servers/s1")["servers"][0]["status"] == "Online"
    sim.clear(number)
    assert get(url(sim), "cluster")
    sim.fault("refuse", server="s1", for_ms=int(clock.scaled(1000)))
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib_client(url(sim) + "/cluster")
    clock.wait_for(lambda: get(url(sim), "cluster"), "the fault to end by itself")
    assert sim.control("GET", "/faults") == {"faults": []}


def test_stale_server(sim):
    number = sim.fault("stale", server="s2")
    accepted(url(sim), STOP)
    sim.wait(**OFFLINE)
    assert get(url(sim, "c1", "s1"), "groups/failover-vm1")["groups"][0]["status"] == "Offline"
    assert get(url(sim, "c1", "s2"), "groups/failover-vm1")["groups"][0]["status"] == "Online"
    sim.clear(number)
    assert get(url(sim, "c1", "s2"), "groups/failover-vm1")["groups"][0]["status"] == "Offline"


def test_count_skip_and_scope(sim):
    sim.fault("http-status", status=500, path="groups", server="s1", count=2, skip=1)
    base = url(sim)
    got = [urllib_client(f"{base}/groups")[0] for _ in range(5)]
    assert got == [200, 500, 500, 200, 200]
    assert urllib_client(url(sim, "c1", "s2") + "/groups")[0] == 200
    assert sim.control("GET", "/fault")["faults"][0]["hits"] == 2
    assert sim.clear()["cleared"] == 1


def test_control_refuses_nonsense(sim):
    for method, path, body in [
            ("POST", "/fault", {"kind": "nonsense"}), ("POST", "/fault", {"kind": "hang", "x": 1}),
            ("POST", "/do", {"what": "nonsense"}), ("POST", "/do", {}),
            ("POST", "/do", {"what": "server-power-off", "cluster": "c1"}),
            ("POST", "/do", {"what": "server-power-off", "cluster": "c1", "server": "x"}),
            ("POST", "/do", {"what": "group-stop", "cluster": "x", "group": "failover-vm1"}),
            ("POST", "/do", {"what": "heal", "cluster": "c1"}),
            ("POST", "/do", {"what": "partition", "cluster": "c1", "sides": [["s1"]]}),
            ("GET", "/nothing", None), ("GET", "/wait?cluster=x", None),
            ("GET", "/wait?cluster=c1&group=x&status=Online", None), ("GET", "/active", None),
            ("POST", "/scenario", {"steps": 3}), ("DELETE", "/oracle", None)]:
        with pytest.raises(AssertionError, match="40[04]"):
            sim.control(method, path, body)
    with pytest.raises(AssertionError, match="408"):
        sim.control("GET", "/wait?cluster=c1&status=Error&timeout=0.2")


def test_scenario_file_and_state(lab, tmp_path):
    file = tmp_path / "story.json"
    file.write_text(json.dumps({"steps": [
        {"at_ms": 0, "what": "load", "cluster": "c1", "vm": "vm1", "cpu": 400, "memory": 1000},
        {"at_ms": 100, "fault": {"kind": "http-status", "status": 500, "path": "monitors"}},
        {"at_ms": 200, "what": "server-power-off", "cluster": "c1", "server": "s1"},
        {"at_ms": 200 + int(clock.scaled(2500)), "clear": 0},
        {"at_ms": 200 + int(clock.scaled(2600)), "what": "server-power-on", "cluster": "c1", "server": "s1"}]}))
    sim = lab.start_ecxsim(world(), options=("--scenario", str(file)))
    sim.wait(cluster="c1", group="failover-vm1", status="Online", current="s2")
    assert urllib_client(url(sim, "c1", "s2") + "/monitors")[0] == 500
    sim.wait(cluster="c1", server="s1", status="Online")
    assert urllib_client(url(sim, "c1", "s2") + "/monitors")[0] == 200
    state = sim.control("GET", "/state?cluster=c1")["clusters"][0]
    nodes = {s["name"]: s for s in state["servers"]}
    assert nodes["s2"]["memory_mib"] == nodes["s1"]["memory_mib"] + 1000
    assert nodes["s2"]["cpu_permille"] > nodes["s1"]["cpu_permille"] + 200
    assert state["views"][0]["groups"][0]["cause"] == {"kind": "failover"}
    history = sim.oracle(history=True)
    assert [(a["key"], a["server"], a["cause"]["kind"]) for a in history["history"]] == [
        ("lun:lun-vm1", "s1", "initial"), ("vm:vm1", "s1", "initial")]
    assert {(a["key"], a["server"], a["cause"]["kind"]) for a in history["active"]} == {
        ("lun:lun-vm1", "s2", "failover"), ("vm:vm1", "s2", "failover")}
