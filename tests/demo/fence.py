#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's fence: power off every server of a cluster, and look that it is off.

What a site has here talks to its servers' management boards; this one talks to ecxsim.
clustersetd calls it with CS_CLUSTER and CS_SERVERS; exit 0 says: all of it is off, now.
"""
import http.client
import json
import os
import sys


def ask(method, path, body=None):
    connection = http.client.HTTPConnection(sys.argv[1], timeout=10)
    connection.request(method, path, None if body is None else json.dumps(body),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    data = answer.read()
    return json.loads(data) if answer.status == 200 and data.strip() else {}


def main():
    cluster, servers = os.environ["CS_CLUSTER"], os.environ["CS_SERVERS"].split()
    for server in servers:
        ask("POST", "/do", {"what": "server-power-off", "cluster": cluster, "server": server})
    state = ask("GET", f"/state?cluster={cluster}")
    off = {s["name"] for c in state["clusters"] for s in c["servers"] if s["os"] == "off"}
    print(f"off: {', '.join(sorted(off))}")
    return 0 if servers and off >= set(servers) else 1


if __name__ == "__main__":
    sys.exit(main())
