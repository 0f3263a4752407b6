# SPDX-License-Identifier: Apache-2.0
"""Clients that know nothing of ours: curl, Python's urllib, and requests as PowerShell's
Invoke-RestMethod writes them. Each returns (HTTP status, body text)."""
import base64
import http.client
import json
import shutil
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from harness import clock

OPERATOR, WATCHER = ("op", "pw"), ("ref", "pw2")


def curl(url, method="GET", body=None, user=OPERATOR, options=()):
    if not shutil.which("curl"):
        pytest.skip("curl is not installed (Debian: apt-get install curl)")
    argv = ["curl", "-sS", "--noproxy", "*", "-m", str(clock.scaled(20)), "-w", "\n%{http_code}", "-X", method, *options]
    if user:
        argv += ["-u", ":".join(user)]
    if body is not None:
        argv += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    done = subprocess.run([*argv, url], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ConnectionError(f"curl: exit {done.returncode}: {done.stderr.strip()}")
    text, _, status = done.stdout.rpartition("\n")
    return int(status), text


def _basic(user):
    word = base64.b64encode(":".join(user).encode()).decode()
    return {"Authorization": "Basic " + word}


def urllib_client(url, method="GET", body=None, user=OPERATOR, cafile=None):
    headers = _basic(user) if user else {}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    elif method == "POST":
        data = b""
        headers["Content-Type"] = "application/json"  # as clpaic does, without a body
    handlers = [urllib.request.ProxyHandler({})]
    if url.startswith("https"):
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=cafile)))
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=clock.scaled(20)) as r:
            return r.status, r.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def powershell(url, method="GET", body=None, user=OPERATOR):
    """Invoke-RestMethod of Windows PowerShell: JSON under its default content type, and
    the body only after the server's 100 Continue."""
    part = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(part.hostname, part.port, timeout=clock.scaled(20))
    target = part.path + ("?" + part.query if part.query else "")
    data = json.dumps(body).encode() if body is not None else b""
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        connection.putheader("User-Agent", "Mozilla/5.0 (Windows NT; en-US) WindowsPowerShell/5.1")
        for key, value in (_basic(user) if user else {}).items():
            connection.putheader(key, value)
        if method == "POST":
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
            if data:
                connection.putheader("Expect", "100-continue")
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders()
        if data:
            line = connection.sock.recv(1000)
            assert line.startswith(b"HTTP/1.1 100"), line
            connection.send(data)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


ALL = {"curl": curl, "urllib": urllib_client, "powershell": powershell}


def get(url, path, **more):
    """The JSON of a GET that must succeed."""
    status, text = urllib_client(f"{url}/{path}", **more)
    assert status == 200, (status, text)
    return json.loads(text)


def post(url, path, body=None, **more):
    """(status, code, message) of a POST."""
    status, text = urllib_client(f"{url}/{path}", "POST", body, **more)
    result = json.loads(text)["result"]
    return status, result["code"], result["message"]


ACCEPTED = (200, 0, "")


def accepted(url, path, body=None):
    answer = post(url, path, body)
    assert answer == ACCEPTED, (path, answer)
