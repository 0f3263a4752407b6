# SPDX-License-Identifier: Apache-2.0
"""Commands and TLS against a stranger's servers: what left, how often, and what is known
of it afterwards."""
import shutil

import pytest

from harness import clock
from stranger import (Probe, Server, answer, certificate, member, pin, reset, tls_context)

LONG = {"interval": 600000}
KEPT = {"interval": 3000}  # short enough for the poller to keep its connection
needs_openssl = pytest.mark.skipif(
    not shutil.which("openssl"), reason="openssl is not installed (Debian: openssl)")


@pytest.fixture
def world(top_builddir, tmp_path):
    class World:
        def server(self, *args, **more):
            servers.append(Server(*args, **more))
            return servers[-1]

        def probe(self, clusters, **more):
            probes.append(Probe(top_builddir, str(tmp_path), clusters, **more))
            return probes[-1]
    servers, probes = [], []
    yield World()
    for p in probes:
        p.close()
    for s in servers:
        s.close()


def posts(server):
    return [r for r in server.requests if r.method == "POST"]


def test_a_command_and_its_bytes(world):
    a = world.server()
    p = world.probe([member("c1", a)], **KEPT)
    p.round()
    r = p.post(0, "/groups/%s/start", "a b/..", '{"target":"s1"}')
    assert (r["outcome"], r["http"], r["code"], r["message"]) == ("accepted", 200, 0, "")
    r = p.post(0, "/cluster/%s", "suspend")
    assert r["outcome"] == "accepted"
    first, second = posts(a)
    assert first.path == "/api/v1/groups/a%20b%2F../start"
    assert first.body == b'{"target":"s1"}'
    assert first.headers["content-type"] == "application/json"
    assert second.body == b"" and second.headers["content-length"] == "0"
    assert "content-type" not in second.headers
    assert "expect" not in first.headers and "transfer-encoding" not in first.headers
    # a connection of its own for each
    assert len({r.connection for r in a.requests}) == 3
    assert a.requests[0].connection not in (first.connection, second.connection)


def test_a_group_named_dot_dot(world):
    a = world.server()
    p = world.probe([member("c1", a)], **LONG)
    p.post(0, "/groups/%s/start", "..")
    assert posts(a)[0].path == "/api/v1/groups/../start"


def test_the_operators_account(world):
    a = world.server(user="op", password="secret")
    p = world.probe([member("c1", a, operate_user="op", operate_password="secret")], **LONG)
    assert p.round()["views"][0]["reach"] == "denied"
    assert p.post(0, "/groups/%s/stop", "g")["outcome"] == "accepted"
    b = world.server()
    p = world.probe([member("c1", b)], **LONG)
    assert p.post(0, "/groups/%s/stop", "g")["outcome"] == "accepted"


@pytest.mark.parametrize("says, outcome, code, words", [
    (answer(200, b""), "accepted", -1, ""),
    (answer(204, b""), "accepted", -1, ""),
    (answer(202, {"result": {"code": "0", "message": ""}}), "accepted", 0, ""),
    (answer(200, {"other": 1}), "accepted", -1, ""),
    (answer(200, {"result": {"code": 0, "message": "The group is busy."}}), "refused", 0,
     "busy"),
    (answer(200, {"result": {"code": 5, "message": ""}}), "refused", 5, "code 5"),
    (answer(200, {"result": {"code": "5", "message": "no"}}), "refused", 5, "no"),
    (answer(400, {"result": {"code": 2, "message": "bad target"}}), "refused", 2,
     "HTTP 400: bad target"),
    (answer(401, b"go away"), "refused", -1, "HTTP 401"),
    (answer(403, b""), "refused", -1, "HTTP 403"),
    (answer(404, {"result": {"code": 0, "message": ""}}), "refused", 0, "HTTP 404"),
    (answer(408, b""), "unanswered", -1, "HTTP 408"),
    (answer(500, {"result": {"code": 1, "message": "oops"}}), "unanswered", 1, "HTTP 500"),
    (answer(503, b"<html>proxy</html>"), "unanswered", -1, "HTTP 503"),
    (answer(302, b"", "location: /api/v1/groups/h/start\r\n"), "unanswered", -1, "HTTP 302"),
    (answer(307, b"", "location: /api/v1/groups/h/start\r\n"), "unanswered", -1, "HTTP 307"),
    (answer(200, b"{"), "unanswered", -1, "not JSON"),
    (answer(200, {"result": {"message": ""}}), "unanswered", -1, "'result.code'"),
    (answer(200, {"result": {"code": 0, "message": ""}})[:-20], "unanswered", -1, ""),
    (answer(400, {"result": {"code": 2, "message": "x"}})[:-20], "unanswered", -1, ""),
    (b"HTTP/1.1 100 Continue\r\n\r\n", "unanswered", -1, ""),
    (b"\x16\x03\x01", "unanswered", -1, ""),
    (b"", "unanswered", -1, ""),
], ids=lambda x: x if isinstance(x, str) else "")
def test_outcomes(world, says, outcome, code, words):
    def once(request, sock):
        if request.method != "POST":
            return None
        sock.sendall(says)
        sock.shutdown(1)
        return False
    a = world.server(hook=once)
    p = world.probe([member("c1", a)], **KEPT)
    p.round()
    r = p.post(0, "/groups/%s/start", "g", '{"target":"s1"}')
    assert (r["outcome"], r["code"]) == (outcome, code)
    assert words in r["message"]
    p.order("kick", 0)
    p.round()
    assert len(posts(a)) == 1


@pytest.mark.parametrize("how", ["closed", "reset", "hang"])
def test_executed_but_not_answered_is_sent_once(world, how):
    executed = []

    def drop(request, sock):
        if request.method != "POST":
            return None
        executed.append(request.path)
        if how == "hang":
            sock.recv(1)
        elif how == "reset":
            reset(sock)
        return False
    a = world.server(hook=drop)
    p = world.probe([member("c1", a)], command_timeout=400, **KEPT)
    p.round()  # there is a kept connection that could be used again
    r = p.post(0, "/groups/%s/start", "g", '{"target":"s1"}')
    assert r["outcome"] == "unanswered"
    p.order("kick", 0)
    p.round()
    assert len(executed) == 1


def test_not_sent_when_nobody_listens(world):
    p = world.probe([member("c1", "http://127.0.0.1:1")], **LONG)
    r = p.post(0, "/groups/%s/start", "g")
    assert r["outcome"] == "not-sent" and "not sent" in r["message"]


def test_a_command_does_not_wait_for_polls(world):
    def stuck(request, sock):
        if request.method == "POST":
            return None
        sock.recv(1)
        return False
    every = [world.server(hook=stuck) for _ in range(3)]
    p = world.probe([member(f"c{i}", s) for i, s in enumerate(every)], connections=2,
                    read_timeout=20000, **LONG)
    clock.wait_for(lambda: sum(bool(s.requests) for s in every) == 2,
                   "two polls to be stuck")
    assert p.post(0, "/groups/%s/start", "g")["outcome"] == "accepted"
    assert sum(bool(s.paths()) for s in every) == 2


# --- TLS ------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    """name -> (key, pem): two CAs, a server under the first, one for another name."""
    d = str(tmp_path_factory.mktemp("certs"))
    made = {"ca": certificate(d, "ca", san=None), "other": certificate(d, "other", san=None),
            "self": certificate(d, "self")}
    made["good"] = certificate(d, "good", made["ca"])
    made["elsewhere"] = certificate(d, "elsewhere", made["ca"], san="DNS:elsewhere.example")
    return made


@needs_openssl
@pytest.mark.parametrize("cert, trust, reach, words", [
    ("good", {"ca_file": "ca"}, "ok", None),
    ("good", {"ca_file": "other"}, "tls", "is not signed by "),
    ("good", {}, "tls", "is not signed by the system's CAs"),
    ("self", {"ca_file": "ca"}, "tls", "name the right file in `ca-file`"),
    ("elsewhere", {"ca_file": "ca"}, "tls", "is for another name"),
    ("good", {"ca_file": "missing"}, "tls", "cannot be read as PEM"),
    ("self", {"pinned_key": "self"}, "ok", None),
    ("elsewhere", {"pinned_key": "elsewhere"}, "ok", None),
    ("self", {"pinned_key": "good"}, "tls", "is not the one in `pinned-key`"),
    ("good", {"ca_file": "ca", "pinned_key": "good"}, "ok", None),
    ("good", {"ca_file": "ca", "pinned_key": "self"}, "tls", "`pinned-key`"),
    ("good", {"ca_file": "other", "pinned_key": "good"}, "tls", "is not signed by"),
    ("self", {"verify": False}, "ok", None),
    ("self", {"verify": False, "pinned_key": "good"}, "tls", "`pinned-key`"),
])
def test_trust(world, certs, cert, trust, reach, words):
    a = world.server(tls=tls_context(*certs[cert]))
    trust = dict(trust)
    if "ca_file" in trust:
        trust["ca_file"] = certs.get(trust["ca_file"], ("", "/nonexistent.pem"))[1]
    if "pinned_key" in trust:
        trust["pinned_key"] = pin(certs[trust["pinned_key"]][1])
    p = world.probe([member("c1", a, **trust)], **LONG)
    v = p.round()["views"][0]
    assert v["reach"] == reach, v["error"]
    if words:
        assert words in v["error"]
        assert not a.requests  # not a byte of the password
        r = p.post(0, "/groups/%s/start", "g")
        assert r["outcome"] == "not-sent"
        assert not a.requests


@needs_openssl
def test_tls_sessions_go_on_with_the_same_server_only(world, certs):
    a, b = (world.server(tls=tls_context(*certs["good"])) for _ in "ab")
    p = world.probe([member("c1", a, ca_file=certs["ca"][1]),
                     member("c2", b, ca_file=certs["ca"][1])], **LONG)
    p.round("c1")
    for _ in range(2):
        p.order("kick", "0")
        assert p.round("c1")["views"][0]["reach"] == "ok"
    assert a.resumed == [False, True, True]
    assert not any(b.resumed)
    # the same place with keys of its own: no session, and nobody we trust
    a.tls = tls_context(*certs["self"])
    p.order("kick", "0")
    assert p.round("c1")["views"][0]["reach"] == "tls"


@needs_openssl
def test_a_reload_takes_a_replaced_ca_file(world, certs, tmp_path):
    """What was trusted ends with the reload: connections, sessions and the CA itself."""
    a = world.server(tls=tls_context(*certs["good"]))
    ca = tmp_path / "trusted.pem"

    def trust(name):
        with open(certs[name][1], encoding="ascii") as f:
            ca.write_text(f.read())
    trust("other")
    p = world.probe([member("c1", a, ca_file=str(ca))])
    assert p.round()["views"][0]["reach"] == "tls"
    trust("ca")
    p.reload([member("c1", a, ca_file=str(ca))])
    p.round(want=lambda r: r["settings"] == 2 and r["views"][0]["reach"] == "ok")
    p.reload([member("c1", a, ca_file=str(ca))])
    p.round(want=lambda r: r["settings"] == 3 and r["views"][0]["reach"] == "ok")
    connections = a.connections
    p.round()
    assert a.connections == connections, "nothing changed, so the connection stays"
    trust("other")
    p.order("kick", 0)
    assert p.round()["views"][0]["reach"] == "ok", "read at the reload, not before"
    p.reload([member("c1", a, ca_file=str(ca))])
    first = p.round(want=lambda r: r["settings"] == 4)
    assert first["views"][0]["reach"] == "tls"
    assert p.post(0, "/groups/%s/start", "g")["outcome"] == "not-sent"


@needs_openssl
def test_http_and_https_mixed_up(world, certs):
    a = world.server(tls=tls_context(*certs["good"]))
    b = world.server()
    p = world.probe([member("plain", a.url.replace("https", "http")),
                     member("tls", b.url.replace("http", "https"), verify=False)], **LONG)
    v = p.round("plain")["views"][0]
    assert v["reach"] in ("protocol", "http")
    v = next((x for x in p.seen if x["cluster"] == "tls"), None) or p.round("tls")
    v = v["views"][0]
    assert v["reach"] == "tls" and "is it http instead of https?" in v["error"]


@needs_openssl
def test_a_deadline_that_passes_while_connecting(world, certs):
    """The handshake takes longer than the command may wait: not a byte of it leaves."""
    a = world.server(tls=tls_context(*certs["self"]), tls_delay=0.6)
    p = world.probe([member("c1", a, verify=False)], **LONG)
    r = p.post(0, "/groups/%s/start", "g", '{"target":"s1"}', deadline=150)
    assert r["outcome"] == "not-sent" and "deadline" in r["message"]
    assert not posts(a)
    r = p.post(0, "/groups/%s/start", "g", '{"target":"s1"}', deadline=20000)
    assert r["outcome"] == "accepted"
    assert len(posts(a)) == 1


@needs_openssl
def test_tls_connections_are_kept(world, certs):
    a = world.server(tls=tls_context(*certs["good"]))
    p = world.probe([member("c1", a, ca_file=certs["ca"][1])])
    for _ in range(4):
        assert p.round()["views"][0]["reach"] == "ok"
    assert a.connections == 1
