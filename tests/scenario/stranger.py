# SPDX-License-Identifier: Apache-2.0
"""A stranger's ECX server: the contract as somebody else would write it, in Python.

It shares no line with ecxsim or with clustersetd, answers chunked as Node.js does, and
can misbehave on the level of bytes. `Probe` drives the poller through
tests/unit/ecxprobe.
"""
import base64
import json
import os
import queue
import socket
import ssl
import struct
import subprocess
import threading

from harness import clock, proc

OK = {"code": 0, "message": ""}


class Cluster:
    """What all servers of a cluster say; a server may be given its own copy."""

    def __init__(self, name="c1", servers=("s1", "s2"), groups=(("f1", "s1", ("sd1",)),)):
        self.name, self.status = name, "Normal"
        self.servers = {s: "Online" for s in servers}
        self.groups = {g: [("Online" if at else "Offline"), at, list(rs)]
                       for g, at, rs in groups}

    def get(self, path, with_groups=True):
        if path == "/cluster":
            return {"cluster": {"status": self.status, "name": self.name}}
        if path == "/servers":
            return {"servers": [{"status": v, "name": k} for k, v in self.servers.items()]}
        if path == "/groups":
            return {"groups": [{"name": g, "status": v[0], "current": v[1] or "None"}
                               for g, v in self.groups.items()]}
        if path == "/resources":
            return {"resources": [
                {"name": r, "status": v[0], "current": v[1] or "None",
                 **({"type": "sd", "group": g} if with_groups else {})}
                for g, v in self.groups.items() for r in v[2]]}
        if path == "/monitors":
            return {"monitors": [{"name": "userw", "type": "userw", "status": "Normal",
                                  "servers": [{"name": s, "status": "Online"}
                                              for s in self.servers]}]}
        if path.startswith("/groups/") and path.endswith("?select=resources"):
            group = path[len("/groups/"):-len("?select=resources")]
            if group in self.groups:
                return {"groups": [{"name": group, "resources": [
                    {"name": r} for r in self.groups[group][2]]}]}
        return None


class Request:
    def __init__(self, connection, method, path, headers, body):
        self.connection, self.method, self.path = connection, method, path
        self.headers, self.body = headers, body


def answer(status, body, extra=""):
    """Chunked, in small pieces."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(data[i:i + 97]), data[i:i + 97])
                      for i in range(0, len(data), 97))
    return (f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}"
            "transfer-encoding: chunked\r\n\r\n").encode() + chunks + b"0\r\n\r\n"


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Server:
    """One server: a loopback port. `hook(request, socket)` may answer itself: it gives
    bytes to send, None for the usual answer, or False after which the connection is
    closed."""

    def __init__(self, cluster=None, user="u", password="p", tls=None, hook=None,
                 with_groups=True, tls_delay=None):
        self.cluster = cluster or Cluster()
        self.user, self.password, self.hook = user, password, hook
        self.with_groups, self.tls, self.tls_delay = with_groups, tls, tls_delay
        self.resumed = []  # of each connection: did it go on with a TLS session?
        self.requests, self.connections, self.busy, self.most_busy = [], 0, 0, 0
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.sockets = set()
        self.port = 0
        self.listen()

    def listen(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def paths(self, method="GET"):
        with self.lock:
            return [r.path for r in self.requests if r.method == method]

    def down(self):
        """The server is gone: connections reset, new ones refused."""
        with self.lock:
            sockets, self.sockets = self.sockets, set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in sockets:
            try:
                reset(s)
            except OSError:
                pass

    def close(self):
        self.closing.set()
        try:
            self.down()
        except OSError:
            pass

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            if self.tls:
                if self.tls_delay:
                    self.closing.wait(self.tls_delay)
                sock = self.tls.wrap_socket(sock, server_side=True)
            with self.lock:
                self.connections += 1
                connection = self.connections
                self.sockets.add(sock)
                self.resumed.append(bool(self.tls and sock.session_reused))
            rest = b""
            while True:
                request, rest = self._read(sock, connection, rest)
                if request is None:
                    break
                with self.lock:
                    self.requests.append(request)
                    self.busy += 1
                    self.most_busy = max(self.busy, self.most_busy)
                try:
                    reply = self._reply(request, sock)
                finally:
                    with self.lock:
                        self.busy -= 1
                if reply is False:
                    break
                sock.sendall(reply)
        except (OSError, ValueError):
            pass
        try:
            sock.close()
        except OSError:
            pass

    @staticmethod
    def _read(sock, connection, data):
        while b"\r\n\r\n" not in data:
            more = sock.recv(65536)
            if not more:
                return None, b""
            data += more
            if data[:1] == b"\x16":  # TLS where none is spoken
                sock.sendall(answer(400, b""))
                return None, b""
        head, data = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (x.split(":", 1) for x in lines)}
        method, path, _ = first.split(" ")
        need = int(headers.get("content-length", 0))
        while len(data) < need:
            data += sock.recv(65536)
        return Request(connection, method, path, headers, data[:need]), data[need:]

    def _reply(self, request, sock):
        if self.hook:
            own = self.hook(request, sock)
            if own is not None:
                return own
        given = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if request.headers.get("authorization") != "Basic " + given:
            return answer(401, {"result": {"code": 1, "message": "unauthorized"}})
        if not request.path.startswith("/api/v1/"):
            return answer(404, b"<html>no such page</html>")
        if request.method == "POST":
            return answer(200, {"result": OK})
        found = self.cluster.get(request.path[len("/api/v1"):], self.with_groups)
        if found is None:
            return answer(404, {"result": {"code": 9, "message": "not found"}})
        return answer(200, {"extra": [{"x": None}], "result": OK, **found})


def member(name, *servers, **more):
    """The probe's description of a cluster."""
    return {"name": name, "user": "u", "password": "p",
            "servers": [{"name": f"s{i + 1}", "url": s if isinstance(s, str) else s.url}
                        for i, s in enumerate(servers)], **more}


class Probe:
    def __init__(self, top_builddir, directory, clusters, env=None, **poll):
        self.poll = {"interval": 200, "fast_interval": 50, "connect_timeout": 3000,
                     "read_timeout": 3000, "command_timeout": 3000, "backoff_max": 400,
                     "backoff_denied": 600000, **poll}
        for key in ("connect_timeout", "read_timeout", "command_timeout"):
            self.poll[key] = int(clock.scaled(self.poll[key]))
        self.directory = directory
        self.seen = []
        self.lines = queue.Queue()
        self.files = 0
        self.process = subprocess.Popen(
            [os.path.join(top_builddir, "tests", "unit", "ecxprobe"), self._file(clusters)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(env or {})}, preexec_fn=proc._die_with_parent)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _file(self, clusters):
        self.files += 1
        name = os.path.join(self.directory, f"probe{self.files}.json")
        with open(name, "w", encoding="utf-8") as f:
            json.dump({"poll": self.poll, "clusters": clusters}, f)
        return name

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def order(self, *words):
        self.process.stdin.write("\t".join(str(w) for w in words) + "\n")
        self.process.stdin.flush()

    def reload(self, clusters):
        self.order("reload", self._file(clusters))

    def next(self, want, seconds=10, what="a line of the probe"):
        """The next line for which want(line) is true; those before it are in seen."""
        import time
        end = time.monotonic() + clock.scaled(seconds)
        while True:
            try:
                line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise clock.Late(f"no {what}; last: {self.seen[-2:]}") from None
            if line is None:
                raise proc.ProcessDied(f"the probe has ended: {self.process.wait()}")
            self.seen.append(line)
            if want(line):
                return line

    def round(self, cluster="c1", want=lambda r: True, seconds=10):
        return self.next(
            lambda x: x["event"] == "round" and x["cluster"] == cluster and want(x),
            seconds, f"round of {cluster}")

    def drain(self):
        """Forgets what has come so far."""
        while not self.lines.empty():
            self.lines.get()

    def post(self, server, form, name, body=None, deadline=0, cluster=0):
        """One POST; its outcome."""
        ident = f"p{id(object())}.{len(self.seen)}"
        self.order("post", ident, cluster, server, form, name, body or "-", deadline)
        return self.next(lambda x: x["event"] == "command" and x["id"] == ident,
                         what="outcome of the command")

    def close(self):
        self.process.stdin.close()
        try:
            status = self.process.wait(clock.scaled(10))
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(5)
        self.process.stdout.close()
        assert status == 0, f"the probe ended with {status}"


def certificate(directory, name, ca=None, san="IP:127.0.0.1"):
    """Makes NAME.key and NAME.pem, self-signed or by `ca`; their paths."""
    key, pem = (os.path.join(directory, f"{name}.{x}") for x in ("key", "pem"))
    base = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", key,
            "-out", pem, "-subj", f"/CN={name}"]
    if ca:
        base += ["-CA", ca[1], "-CAkey", ca[0], "-addext", f"subjectAltName={san}",
                 "-addext", "basicConstraints=critical,CA:FALSE"]
    elif san:
        base += ["-addext", f"subjectAltName={san}"]
    subprocess.run(base, check=True, capture_output=True)
    return key, pem


def pin(pem):
    """CURLOPT_PINNEDPUBLICKEY of a certificate."""
    import hashlib
    key = subprocess.run(["openssl", "x509", "-in", pem, "-noout", "-pubkey"], check=True,
                         capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key,
                         check=True, capture_output=True).stdout
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def tls_context(key, pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return context
