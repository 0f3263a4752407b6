#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A metrics hook: what ecxsim's nodes and VMs use, as clustersetd wants to be told.

Given the host and port of ecxsim's control endpoint, and VMs that clustersetd does not
know, which are left out. Run every few seconds by
clustersetd (load.hook), so it imports no more than it needs.
"""
import json
import socket
import sys


def state(host, port):
    with socket.create_connection((host, int(port)), timeout=5) as s:
        s.sendall(b"GET /state HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while chunk := s.recv(1 << 16):
            answer += chunk
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def main():
    nodes, vms = [], []
    for cluster in state(*sys.argv[1].split(":"))["clusters"]:
        cpus = {}
        for s in cluster["servers"]:
            cpus[s["name"]] = s["cpus"]
            if s["os"] == "up":
                nodes.append({"cluster": cluster["name"], "node": s["name"],
                              "cpu": s["cpu_permille"] / 1000, "cpus": s["cpus"],
                              "memory-used": s["memory_mib"],
                              "memory-total": s["memory_total_mib"]})
        for group in cluster["views"][0]["groups"]:
            if (group.get("vm") and group["status"] == "Online"
                    and group["vm"] not in sys.argv[2:]):
                vms.append({"vm": group["vm"], "memory": group["vm_memory_mib"],
                            "cpu": group["vm_cpu_permille"] / 1000 * cpus[group["current"]]})
    json.dump({"version": 1, "nodes": nodes, "vms": vms}, sys.stdout)


main()
