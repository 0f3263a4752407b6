# SPDX-License-Identifier: Apache-2.0
"""ecxsim: simulated ECX clusters, their faults, and the oracle that judges us.

See tests/ecxsim/README.md for the configuration and the control endpoint.
"""
import http.client
import json
import os
import urllib.parse

from . import clock, ports, proc


def program(top_builddir):
    return os.path.join(top_builddir, "tests", "ecxsim", "ecxsim")


class Ecxsim:
    """One process simulating the world described by the dict `world`."""

    def __init__(self, directory, top_builddir, world, keep=False, options=()):
        self.directory = os.path.join(directory, "ecxsim")
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        self.world = json.loads(json.dumps(world))
        for cluster in self.world["clusters"]:
            for server in cluster["servers"]:
                server.setdefault("listen", f"127.0.0.1:{ports.free_port()}")
        self.port = ports.free_port()
        self.world["control"] = f"127.0.0.1:{self.port}"
        self.file = os.path.join(self.directory, "world.json")
        with open(self.file, "w", encoding="utf-8") as f:
            json.dump(self.world, f, indent=1)
        self.process = proc.Process(
            "ecxsim", [program(top_builddir), "--config", self.file, *options],
            self.directory, keep=keep)
        self.ready = clock.wait_for(self._ready, "ecxsim to be ready", 20,
                                    seen=self.process.tail)

    def _ready(self):
        """The line of JSON it says when everything listens."""
        self.process.check()
        for line in self.process.text().splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n"):
                return json.loads(line)
        return None

    # --- what the world looks like from outside ------------------------------------------
    def _cluster(self, name):
        return next(c for c in self.world["clusters"] if c["name"] == name)

    def servers(self, cluster):
        return [s["name"] for s in self._cluster(cluster)["servers"]]

    def url(self, cluster, server):
        s = next(s for s in self._cluster(cluster)["servers"] if s["name"] == server)
        return f"{s.get('scheme', 'http')}://{s['listen']}"

    # --- the control endpoint -----------------------------------------------------------
    def control(self, method, path, body=None, seconds=30):
        """One request; the JSON answer. An answer other than 2xx is an AssertionError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=clock.scaled(seconds))
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text,
                               {"Content-Type": "application/json"} if text else {})
            answer = connection.getresponse()
            data = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        assert 200 <= answer.status < 300, f"ecxsim {method} {path}: {answer.status} {data}"
        return json.loads(data) if data.strip() else None

    def do(self, what, **names):
        """An action of README.md: do("server-power-off", cluster="east", server="east1")."""
        return self.control("POST", "/do", {"what": what, **names})

    def power_off(self, cluster, server):
        return self.do("server-power-off", cluster=cluster, server=server)

    def power_on(self, cluster, server):
        return self.do("server-power-on", cluster=cluster, server=server)

    def fault(self, kind, **fields):
        """Adds a fault; its id, for clear()."""
        return self.control("POST", "/fault", {"kind": kind, **fields})["id"]

    def clear(self, number=None):
        """Ends one fault, or all."""
        return self.control("DELETE", "/fault" + (f"?id={number}" if number else ""))

    def oracle(self, history=False):
        """What the world knows of LUNs and VMs, whatever anybody believes."""
        return self.control("GET", "/oracle" + ("" if history else "?history=no"))

    def requests(self, **query):
        """Requests that came in: cluster=, server=, method=, pattern=."""
        return self.control("GET", "/requests?" + urllib.parse.urlencode(query))

    def wait(self, seconds=15, **query):
        """Until the simulated world is so: cluster=, group=, status=, current= ..."""
        query["timeout"] = clock.scaled(seconds)
        return self.control("GET", "/wait?" + urllib.parse.urlencode(query), seconds=seconds + 10)

    def stop(self):
        self.process.stop()
