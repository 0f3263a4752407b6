# SPDX-License-Identifier: Apache-2.0
"""ecxsim: simulated ECX clusters, their faults, and the oracle that judges us.

See tests/ecxsim/README.md for the configuration and the control endpoint.
"""
import http.client
import json
import os

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
        clock.wait_for(self._answers, "ecxsim to answer", 20, seen=self.process.tail)

    def _answers(self):
        self.process.check()
        return self.port in ports.listening()

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

    def stop(self):
        self.process.stop()
