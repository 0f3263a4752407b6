# SPDX-License-Identifier: Apache-2.0
"""ecxsim as strangers meet it: every endpoint, release, error style and right."""
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from ecxsim_clients import (ACCEPTED, ALL, OPERATOR, WATCHER, accepted, curl, get, post,
                            urllib_client)
from ecxsim_world import cluster, group, url, world
from harness import clock, ecxsim

pytestmark = pytest.mark.usefixtures("need_ecxsim")
OK = {"code": 0, "message": ""}


@pytest.fixture
def sim(lab):
    return lab.start_ecxsim(world())


GETS = {
    "cluster": {"cluster": {"name": "c1", "status": "Normal"}},
    "cluster/toratio": {"cluster": {"toratio": 1}},
    "servers": {"servers": [{"name": "s1", "status": "Online"},
                            {"name": "s2", "status": "Online"}]},
    "servers/s2": {"servers": [{"name": "s2", "status": "Online"}]},
    "servers?select=name": {"servers": [{"name": "s1"}, {"name": "s2"}]},
    "groups": {"groups": [
        {"name": "failover-vm1", "status": "Online", "current": "s1"},
        {"name": "failover-vm2", "status": "Offline", "current": "None"}]},
    "groups/failover-vm2": {"groups": [
        {"name": "failover-vm2", "status": "Offline", "current": "None"}]},
    "groups/": {"groups": [
        {"name": "failover-vm1", "status": "Online", "current": "s1"},
        {"name": "failover-vm2", "status": "Offline", "current": "None"}]},
    "groups?select=name": {"groups": [{"name": "failover-vm1"}, {"name": "failover-vm2"}]},
    "groups?select=resources": {"groups": [
        {"name": f"failover-{v}", "resources": [{"name": f"sd-{v}"}, {"name": f"script-{v}"}]}
        for v in ("vm1", "vm2")]},
    "groups/failover-vm1?select=resources": {"groups": [
        {"name": "failover-vm1", "resources": [{"name": "sd-vm1"}, {"name": "script-vm1"}]}]},
    "resources": {"resources": [
        {"name": f"{r}-{v}", "type": r, "status": "Online" if v == "vm1" else "Offline",
         "current": "s1" if v == "vm1" else "None", "group": f"failover-{v}"}
        for v in ("vm1", "vm2") for r in ("sd", "script")]},
    "resources/sd-vm1": {"resources": [
        {"name": "sd-vm1", "type": "sd", "status": "Online", "current": "s1",
         "group": "failover-vm1"}]},
    "resources?select=name": {"resources": [
        {"name": f"{r}-{v}"} for v in ("vm1", "vm2") for r in ("sd", "script")]},
    "monitors": {"monitors": [
        {"name": "genw-vm1", "type": "genw", "status": "Normal",
         "servers": [{"name": "s1", "status": "Online"}, {"name": "s2", "status": "Offline"}]},
        {"name": "userw", "type": "userw", "status": "Normal",
         "servers": [{"name": "s1", "status": "Online"}, {"name": "s2", "status": "Online"}]}]},
    "monitors/userw": {"monitors": [
        {"name": "userw", "type": "userw", "status": "Normal",
         "servers": [{"name": "s1", "status": "Online"}, {"name": "s2", "status": "Online"}]}]},
    "monitors?select=name": {"monitors": [{"name": "genw-vm1"}, {"name": "userw"}]},
    "mirrors/backup/status": {"detail": {"status": ""}},
    "mirrors/restore/status": {"detail": {"status": ""}},
}


@pytest.mark.parametrize("client", ALL)
def test_every_get(sim, client):
    for path, wanted in GETS.items():
        status, text = ALL[client](f"{url(sim)}/{path}")
        assert (status, json.loads(text)) == (200, {**wanted, "result": OK}), path
    uptime = get(url(sim), "metrics/groups/failover-vm1/uptime")["groups"]
    assert [g["name"] for g in uptime] == ["failover-vm1"] and uptime[0]["uptime"] >= 0
    assert len(get(url(sim), "metrics/groups/uptime")["groups"]) == 2
    date = get(url(sim), "metrics/config/last-applied-date")["config"]["last-applied-date"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", date)


def test_both_servers_answer_for_the_cluster(sim):
    for path in ("cluster", "servers", "groups", "resources", "monitors"):
        assert get(url(sim, "c1", "s1"), path) == get(url(sim, "c1", "s2"), path)


def group_is(words):
    status, current = words.rsplit(" ", 1)
    return {"cluster": "c1", "group": "failover-vm1", "status": status, "current": current}


# path, body, what comes true; the order matters: one world lives through all of it
POSTS = [
    ("groups/failover-vm1/stop", None, group_is("Offline None")),
    ("groups/failover-vm1/start", {"target": "s2"}, group_is("Online s2")),
    ("groups/failover-vm1/move", None, group_is("Online s1")),
    ("groups/failover-vm1/move", {"target": "s2"}, group_is("Online s2")),
    ("groups/failover-vm1/stop", {"target": "s2"}, group_is("Offline None")),
    ("groups/start", {"target": "s1"}, group_is("Online s1")),
    ("groups/stop", {"target": "s1"}, group_is("Offline None")),
    ("groups/failover-vm1/start", None, group_is("Online s1")),
    ("resources/sd-vm1/stop", None,
     {"cluster": "c1", "resource": "sd-vm1", "status": "Offline", "current": "None"}),
    ("resources/script-vm1/start", {"target": "s1"},
     {"cluster": "c1", "resource": "script-vm1", "status": "Online", "current": "s1"}),
    ("monitors/userw/suspend", {"target": "s1"},
     {"cluster": "c1", "monitor": "userw", "server": "s1", "status": "Suspend"}),
    ("monitors/userw/resume", {"target": "s1"},
     {"cluster": "c1", "monitor": "userw", "server": "s1", "status": "Online"}),
    ("monitors/userw/dummy-failure/start", {"target": ""},
     {"cluster": "c1", "monitor": "userw", "status": "Error"}),
    ("monitors/userw/dummy-failure/stop", {"target": ""},
     {"cluster": "c1", "monitor": "userw", "status": "Normal"}),
    ("monitors/userw/dummy-failure/start", {"target": "s2"},
     {"cluster": "c1", "monitor": "userw", "server": "s2", "status": "Error"}),
    ("monitors/userw/dummy-failure/stop", {"target": "s2"},
     {"cluster": "c1", "monitor": "userw", "server": "s2", "status": "Online"}),
    ("servers/s2/dummy-failure/start", None,
     {"cluster": "c1", "monitor": "userw", "server": "s2", "status": "Error"}),
    ("servers/s2/dummy-failure/stop", None,
     {"cluster": "c1", "monitor": "userw", "server": "s2", "status": "Online"}),
    ("cluster/suspend", None, {"cluster": "c1", "status": "Caution"}),
    ("cluster/resume", None, {"cluster": "c1", "status": "Normal"}),
    ("servers/s1/stop", None, group_is("Online s2")),
    ("servers/s1/start", None, {"cluster": "c1", "server": "s1", "status": "Online"}),
    ("servers/s1/reboot", None, {"cluster": "c1", "server": "s1", "status": "Offline"}),
    (None, None, {"cluster": "c1", "server": "s1", "status": "Online"}),
    ("cluster/stop", None, {"cluster": "c1", "status": "Offline"}),
    ("cluster/start", None, group_is("Online s1")),
    ("cluster/reboot", None, {"cluster": "c1", "status": "Offline"}),
    (None, None, group_is("Online s1")),
    ("mirrors/backup/preaction", {"no-shutdown": True}, None),
    ("mirrors/restore/postaction", {"timeout": 900, "skip-copy": True}, None),
    ("scripts/run", {"script": "x.sh", "target": "127.0.0.1", "timeout": 5}, None),
    ("cluster/toratio/set", {"ratio": 3, "time": "2m"}, None),
    ("cluster/toratio/reset", None, None),
    ("servers/s2/shutdown", None, {"cluster": "c1", "server": "s2", "status": "Offline"}),
    ("cluster/shutdown", None, {"cluster": "c1", "status": "Offline"}),
]


@pytest.mark.parametrize("client", ALL)
def test_every_post(sim, client):
    sent = 0
    for path, body, then in POSTS:
        if path is not None:
            status, text = ALL[client](f"{url(sim)}/{path}", "POST", body)
            assert (status, json.loads(text)) == (200, {"result": OK}), (path, text)
            sent += 1
        if then is not None:
            try:
                sim.wait(**then)
            except AssertionError as error:
                raise AssertionError((path, body, then, get(url(sim), "groups"))) from error
    posts = sim.requests(method="POST")
    assert posts["total"] == sent == len(posts["posts"])
    assert all(p["executed"] and p["account"] == "op" for p in posts["posts"])
    assert sim.oracle()["dual_within"] == 0


def test_pending_is_seen_at_once(sim):
    sim.do("pending", cluster="c1", group="failover-vm1", stop_ms=60000)
    accepted(url(sim), "groups/failover-vm1/stop")
    assert get(url(sim), "groups/failover-vm1")["groups"][0] == {
        "name": "failover-vm1", "status": "Offline Pending", "current": "s1"}
    states = {r["name"]: r["status"] for r in get(url(sim), "resources")["resources"]}
    assert states["script-vm1"] == "Offline Pending" and states["sd-vm1"] == "Online"


def test_suspended_cluster_looks_like_the_screenshot(sim):
    accepted(url(sim), "cluster/suspend")
    assert get(url(sim), "cluster")["cluster"]["status"] == "Caution"
    assert {s["status"] for s in get(url(sim), "servers")["servers"]} == {"Online"}
    assert get(url(sim), "groups/failover-vm1")["groups"][0]["status"] == "Online"
    for monitor in get(url(sim), "monitors")["monitors"]:
        assert {s["status"] for s in monitor["servers"]} == {"Suspend"}
    assert post(url(sim), "groups/failover-vm1/stop")[0] == 409


def test_toratio(lab):
    sim = lab.start_ecxsim(world())
    base = url(sim)
    for body in ({}, {"ratio": 0, "time": "2m"}, {"ratio": 10001, "time": "2m"},
                 {"ratio": "2", "time": "2m"}, {"ratio": 2}, {"ratio": 2, "time": "31d"},
                 {"ratio": 2, "time": "2 m"}, {"ratio": 2, "time": "2w"}, {"ratio": 2, "time": 5},
                 {"ratio": 1, "time": "2m"}):
        assert post(base, "cluster/toratio/set", body)[0] == 400, body
    for time in ("1m", "3h", "30d", "720h"):
        accepted(base, "cluster/toratio/set", {"ratio": 7, "time": time})
        assert get(base, "cluster/toratio")["cluster"] == {"toratio": 7}
    accepted(base, "cluster/toratio/set", {"ratio": 1})
    assert get(base, "cluster/toratio")["cluster"] == {"toratio": 1}


def test_scripts_and_mirrors(lab):
    sim = lab.start_ecxsim(world(cluster(mirror_ms=int(clock.scaled(1500)))))
    base = url(sim)
    for body in ({"script": "x.bat"}, {"script": "x.bat", "target": "s1"},
                 {"target": "127.0.0.1"}, {"script": "../x.bat", "target": "127.0.0.1"},
                 {"script": "x.bat", "target": "127.0.0.1", "timeout": "no"}):
        assert post(base, "scripts/run", body)[0] == 400, body
    accepted(base, "mirrors/backup/preaction")
    assert get(base, "mirrors/backup/status")["detail"]["status"] == "running"
    assert post(base, "mirrors/backup/postaction")[0] == 409
    clock.wait_for(lambda: get(base, "mirrors/backup/status")["detail"]["status"]
                   == "Command succeeded.", "the mirror action to end")


# what the releases lack: (path, method): releases that know it
RELEASES = ("4.2.0", "4.2.2", "5.2", "6.0")
SINCE = {
    ("groups/failover-vm1", "GET"): "4.2.0", ("resources", "GET"): "4.2.0",
    ("resources/sd-vm1", "GET"): "4.2.2",
    ("cluster/toratio", "GET"): "5.2", ("cluster/toratio/reset", "POST"): "5.2",
    ("scripts/run", "POST"): "5.2",
    ("metrics/groups/uptime", "GET"): "6.0", ("metrics/config/last-applied-date", "GET"): "6.0",
    ("mirrors/backup/status", "GET"): "6.0", ("mirrors/backup/preaction", "POST"): "6.0",
    ("servers/s1/dummy-failure/stop", "POST"): "6.0",
    ("monitors/userw/dummy-failure/stop", "POST"): "6.0",
}


def test_releases(lab):
    sim = lab.start_ecxsim(world(*(cluster(r, release=r) for r in RELEASES)))
    bodies = {"scripts/run": {"script": "x", "target": "127.0.0.1"},
              "monitors/userw/dummy-failure/stop": {"target": ""}}
    for at, release in enumerate(RELEASES):
        base = url(sim, release)
        for (path, method), since in SINCE.items():
            status, text = urllib_client(f"{base}/{path}", method, bodies.get(path))
            known = at >= RELEASES.index(since)
            assert (status == 200) == known, (release, path, status, text)
            assert known or status == 404
        resource = get(base, "resources")["resources"][0]
        wanted = {"name", "status", "current"} | (set() if at == 0 else {"type", "group"})
        assert set(resource) == wanted, release
        assert ("type" in get(base, "monitors")["monitors"][0]) == (at > 0)
        for path in ("groups?select=resources", "groups/failover-vm1?select=resources"):
            assert ("resources" in get(base, path)["groups"][0]) == (at > 0), (release, path)


WRONG = [  # method, path, body, status in the http style
    ("GET", "groups/nobody", None, 404),
    ("GET", "servers/nobody", None, 404),
    ("GET", "nothing", None, 404),
    ("GET", "groups/failover-vm1/start", None, 405),
    ("POST", "groups", None, 405),
    ("PUT", "groups", None, 405),
    ("DELETE", "groups/failover-vm1", None, 405),
    ("POST", "groups/nobody/start", None, 404),
    ("POST", "groups/failover-vm2/start", {"target": "nobody"}, 400),
    ("POST", "groups/failover-vm2/start", {"target": 3}, 400),
    ("POST", "groups/failover-vm2/start", [1, 2], 400),
    ("POST", "groups/stop", None, 400),
    ("POST", "monitors/userw/suspend", None, 400),
    ("POST", "groups/failover-vm1/start", None, 409),
    ("POST", "groups/failover-vm2/stop", None, 409),
    ("POST", "groups/failover-vm2/move", None, 409),
    ("POST", "groups/failover-vm1/move", {"target": "s1"}, 409),
    ("POST", "groups/failover-vm1/stop", {"target": "s2"}, 409),
    ("POST", "resources/sd-vm2/stop", None, 409),
    ("POST", "cluster/start", None, 409),
    ("POST", "cluster/resume", None, 409),
    ("POST", "servers/s1/start", None, 409),
]


@pytest.mark.parametrize("style", ["http", "envelope"])
def test_errors(lab, style):
    sim = lab.start_ecxsim(world(cluster(error_style=style)))
    for method, path, body, status in WRONG:
        got, text = urllib_client(f"{url(sim)}/{path}", method, body)
        result = json.loads(text)["result"]
        assert got == (status if style == "http" else 200), (method, path, got, text)
        assert result["code"] != 0 and result["message"], (method, path, text)
    sim.do("pending", cluster="c1", group="failover-vm1", stop_ms=60000)
    accepted(url(sim), "groups/failover-vm1/stop")
    status, code, message = post(url(sim), "groups/failover-vm1/start")
    assert (status, message) == (409 if style == "http" else 200,
                                 "The group is busy. Try again later.") and code
    assert sim.oracle()["dual_by_command"] == 0


def test_bodies_are_taken_as_strangers_send_them(sim):
    base = url(sim)
    host = urllib.parse.urlsplit(base)
    for n, (kind, expect) in enumerate((c, e) for c in ("text/plain", None, "application/json")
                                       for e in (False, True)):
        options = ["-H", "Content-Type:" + (f" {kind}" if kind else "")]
        options += ["-H", "Expect:" + (" 100-continue" if expect else "")]
        target = "s2" if n % 2 == 0 else "s1"
        status, text = curl(f"{base}/groups/failover-vm1/move", "POST",
                            options=[*options, "-d", json.dumps({"target": target})])
        assert status == 200, (kind, expect, text)
        sim.wait(cluster="c1", group="failover-vm1", status="Online", current=target)
    # neither Content-Length nor body, and HTTP/1.0
    for request in (b"POST %s/groups/failover-vm1/stop HTTP/1.1\r\nHost: x\r\n"
                    b"Authorization: Basic b3A6cHc=\r\nConnection: close\r\n\r\n",
                    b"POST %s/groups/failover-vm2/start HTTP/1.0\r\n"
                    b"Authorization: Basic b3A6cHc=\r\n\r\n"):
        with socket.create_connection((host.hostname, host.port), clock.scaled(10)) as s:
            s.sendall(request % host.path.encode())
            answer = b"".join(iter(lambda: s.recv(4096), b""))
        assert b" 200 " in answer.splitlines()[0] and b'"code":0' in answer, answer
    # chunked, and split into many small pieces
    sim.wait(cluster="c1", group="failover-vm2", status="Online", current="s1")
    with socket.create_connection((host.hostname, host.port), clock.scaled(10)) as s:
        text = (f"POST {host.path}/groups/failover-vm2/move HTTP/1.1\r\nHost: x\r\n"
                "Authorization: Basic b3A6cHc=\r\nTransfer-Encoding: chunked\r\n"
                'Connection: close\r\n\r\n5\r\n{"tar\r\nb\r\nget": "s2"}\r\n0\r\n\r\n')
        for i in range(0, len(text), 7):
            s.sendall(text[i:i + 7].encode())
        answer = b"".join(iter(lambda: s.recv(4096), b""))
    assert b'"code":0' in answer, answer
    sim.wait(cluster="c1", group="failover-vm2", status="Online", current="s2")


def test_rights(sim):
    base = url(sim)
    for user in (None, ("op", "wrong"), ("nobody", "pw"), ("op", "")):
        for method, path in (("GET", "cluster"), ("POST", "groups/failover-vm1/stop")):
            status, text = urllib_client(f"{base}/{path}", method, user=user)
            assert status == 401 and json.loads(text)["result"]["code"], (user, method)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc)
    connection.request("GET", "/api/v1/cluster")
    assert connection.getresponse().headers["WWW-Authenticate"].startswith("Basic ")
    connection.close()
    assert get(base, "cluster", user=WATCHER)["cluster"]["name"] == "c1"
    assert post(base, "groups/failover-vm1/stop", user=WATCHER)[0] == 403
    assert get(base, "groups/failover-vm1")["groups"][0]["status"] == "Online"


def test_lockout(lab):
    sim = lab.start_ecxsim(world(cluster(lockout={"failures": 3, "seconds": int(clock.scaled(2))})))
    base = url(sim)
    for _ in range(2):
        assert urllib_client(f"{base}/cluster", user=("op", "bad"))[0] == 401
    assert urllib_client(f"{base}/cluster")[0] == 200  # a success begins the count anew
    for _ in range(3):
        assert urllib_client(f"{base}/cluster", user=("op", "bad"))[0] == 401
    assert urllib_client(f"{base}/cluster")[0] == 401  # locked, even for the right password
    assert urllib_client(f"{base}/cluster", user=WATCHER)[0] == 200
    clock.wait_for(lambda: urllib_client(f"{base}/cluster")[0] == 200, "the lock to open")


def test_keep_alive(lab):
    sim = lab.start_ecxsim(world(keepalive_ms=int(clock.scaled(1000))))
    part = urllib.parse.urlsplit(url(sim))
    connection = http.client.HTTPConnection(part.netloc, timeout=clock.scaled(10))
    headers = {"Authorization": "Basic b3A6cHc="}
    for _ in range(20):
        connection.request("GET", part.path + "/groups", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.version == 11 and not answer.will_close
    seen = sim.requests(cluster="c1", server="s1")
    assert seen["connections_opened"] == 1 and seen["total"] == 20
    assert seen["counts"] == [{"cluster": "c1", "server": "s1", "method": "GET",
                               "pattern": "groups", "count": 20}]
    assert connection.sock.recv(1) == b""  # idle too long: the server closes
    connection.close()


def test_servers_alive_dead_and_daemonless(lab):
    sim = lab.start_ecxsim(world(
        cluster("c1"), cluster("c2", daemon_down="error"),
        cluster("c3", servers=("s1", "s2"))))
    sim.power_off("c1", "s2")
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib_client(url(sim, "c1", "s2") + "/cluster")
    for name in ("c1", "c2"):
        sim.do("daemon-kill", cluster=name, server="s1")
    sim.wait(cluster="c2", server="s1", status="Offline")
    # the API answers although its daemon is dead, and the VM runs on
    dead = url(sim, "c1", "s1")
    assert get(dead, "cluster")["cluster"]["status"] == "Offline"
    assert {s["status"] for s in get(dead, "servers")["servers"]} == {"Offline"}
    assert get(dead, "groups")["groups"][0] == {
        "name": "failover-vm1", "status": "Offline", "current": "None"}
    assert post(dead, "groups/failover-vm1/start")[0] == 503
    assert {"cluster": "c1", "server": "s1"} in sim.control("GET", "/active?vm=vm1")["active"]
    assert urllib_client(url(sim, "c2", "s1") + "/groups")[0] == 503
    assert get(url(sim, "c2", "s2"), "servers/s1")["servers"][0]["status"] == "Offline"
    sim.power_on("c1", "s2")
    sim.wait(cluster="c1", server="s2", status="Online")
    assert get(url(sim, "c1", "s2"), "cluster")["cluster"]["status"] == "Caution"
    sim.do("api-restart", cluster="c3", server="s1", ms=int(clock.scaled(1000)))
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib_client(url(sim, "c3", "s1") + "/cluster")
    clock.wait_for(lambda: get(url(sim, "c3", "s1"), "cluster"), "the API to come back")


def test_power_loss_that_hangs(lab):
    servers = [{"name": "s1", "dead": "hang"}, {"name": "s2"}]
    sim = lab.start_ecxsim(world(cluster(servers=servers)))
    sim.power_off("c1", "s1")
    with pytest.raises((TimeoutError, urllib.error.URLError)):
        urllib.request.urlopen(url(sim) + "/cluster", timeout=0.5)
    sim.wait(cluster="c1", group="failover-vm1", status="Online", current="s2")
    sim.power_on("c1", "s1")
    clock.wait_for(lambda: get(url(sim), "cluster"), "the server to come back")


def test_partition_gives_every_server_its_own_view(sim):
    sim.do("partition", cluster="c1")
    for me, other in (("s1", "s2"), ("s2", "s1")):
        sim.wait(cluster="c1", seen_by=me, server=other, status="Offline")
        sim.wait(cluster="c1", seen_by=me, group="failover-vm1", status="Online", current=me)
        assert get(url(sim, "c1", me), "groups/failover-vm1")["groups"][0]["current"] == me
    assert sim.oracle()["dual_within"] == 2 and sim.oracle()["dual_foreign"] == 0
    sim.do("heal", cluster="c1")
    sim.wait(cluster="c1", status="Normal")
    assert get(url(sim, "c1", "s1"), "groups") == get(url(sim, "c1", "s2"), "groups")


def test_https(lab):
    tls = os.path.join(lab.directory, "tls")
    kinds = ("good", "wrong-ca", "wrong-host", "expired")
    servers = [{"name": k, "scheme": "https", "certificate": k} for k in kinds]
    sim = lab.start_ecxsim(world(cluster(servers=servers), tls_dir=tls))
    ready = {s["name"]: s for s in sim.ready["clusters"][0]["servers"]}
    ca, wrong = sim.ready["ca_file"], sim.ready["wrong_ca_file"]
    assert get(url(sim, "c1", "good"), "cluster", cafile=ca)["cluster"]["status"] == "Normal"
    assert get(url(sim, "c1", "wrong-ca"), "cluster", cafile=wrong)["cluster"]["name"] == "c1"
    for name, cafile in (("good", wrong), ("wrong-ca", ca), ("wrong-host", ca), ("expired", ca)):
        with pytest.raises(urllib.error.URLError) as error:
            urllib_client(url(sim, "c1", name) + "/cluster", cafile=cafile)
        assert isinstance(error.value.reason, ssl.SSLCertVerificationError), name
    base = url(sim, "c1", "good") + "/cluster"
    assert curl(base, options=["--cacert", ca])[0] == 200
    assert curl(base, options=["-k", "--pinnedpubkey", ready["good"]["pin"]])[0] == 200
    with pytest.raises(ConnectionError, match="pinned|public key"):
        curl(base, options=["-k", "--pinnedpubkey", "sha256//" + "A" * 43 + "="])
    with pytest.raises(ConnectionError):
        curl(base)
    status, _ = urllib_client(url(sim, "c1", "good") + "/groups/failover-vm1/stop", "POST",
                              cafile=ca)
    assert status == 200
    sim.wait(cluster="c1", group="failover-vm1", status="Offline")


# --- the program ---------------------------------------------------------------------


def run(top_builddir, *argv):
    return subprocess.run([ecxsim.program(top_builddir), *argv], capture_output=True, text=True,
                          timeout=clock.scaled(30), check=False)


def test_usage_and_bad_configuration(top_builddir, tmp_path):
    assert run(top_builddir).returncode == 2
    assert run(top_builddir, "--config", "a", "--generate", "b").returncode == 2
    done = run(top_builddir, "--help")
    assert done.returncode == 0 and "usage" in done.stdout
    file = tmp_path / "world.json"
    for text, words in [
            ("{", "world.json:1"),
            ('{"clusters":[]}', "clusters"),
            (json.dumps(world(cluster(nonsense=1))), 'unknown key "nonsense"'),
            (json.dumps(world(cluster(release="7"))), "release"),
            (json.dumps(world(cluster(servers=("s1", "s1")))), "two servers are named 's1'"),
            (json.dumps(world(cluster(), cluster())), "two clusters are named 'c1'"),
            (json.dumps(world(cluster(groups=[group("vm1", servers=["x"])]))), "servers"),
            (json.dumps(world(cluster(groups=[group("vm1", resources=[
                {"name": "a", "depends": ["b"]}])]))), "depends"),
            (json.dumps(world(cluster(servers=("s1",), lockout={"failures": 0}))), "failures"),
            (json.dumps(world(cluster(boot_ms=-1))), "boot_ms")]:
        file.write_text(text)
        done = run(top_builddir, "--config", str(file))
        assert done.returncode == 1 and words in done.stderr, (text, done.stderr)
        assert not done.stdout
    for spec, words in (("clusters=0", "clusters"), ("colour=red", "colour"),
                        ("base=nowhere", "base"), ("clusters", "KEY=VALUE")):
        done = run(top_builddir, "--generate", spec)
        assert done.returncode == 1 and words in done.stderr, done.stderr


def test_generated_set(top_builddir):
    argv = [ecxsim.program(top_builddir), "--generate",
            "clusters=100,servers=2,groups=3,base=127.77.1.1,port=0,pairs=yes,start_ms=50,stop_ms=50"]
    reader, writer = os.pipe()
    argv += ["--ready-fd", str(writer)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, pass_fds=[writer]) as process:
        try:
            os.close(writer)
            line = process.stdout.readline()
            with open(reader, encoding="ascii") as f:
                assert f.read() == line  # and then it is closed
            ready = json.loads(line)
            clusters = {c["name"]: c["servers"] for c in ready["clusters"]}
            assert len(clusters) == 100 and all(len(s) == 2 for s in clusters.values())
            assert len({s["host"] for c in clusters.values() for s in c}) == 200
            user = ("operator", "secret")
            even, odd = (clusters[f"cluster{n}"][0]["url"] for n in (42, 43))
            assert [g["status"] for g in get(even, "groups", user=user)["groups"]] == ["Online"] * 3
            assert [g["status"] for g in get(odd, "groups", user=user)["groups"]] == ["Offline"] * 3
            assert post(odd, "groups/failover-vm42-1/start", user=user) == ACCEPTED
            status, text = urllib_client(ready["control"] + "/oracle?history=no")
            oracle = json.loads(text)
            assert oracle["dual_by_command"] >= 1, text
            assert oracle["violations"][0]["key"] == "lun:lun42-1"
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(clock.scaled(20)) == 0
