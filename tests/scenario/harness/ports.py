# SPDX-License-Identifier: Apache-2.0
"""Free high ports on loopback, and a check that nothing is left listening on them.

Ports come from below the kernel's ephemeral range, so that no outgoing connection takes
one between the search and the use; each is reserved by an abstract socket named after
it, so that parallel runs never hand out the same one.
"""
import random
import socket

FIRST, LAST = 20000, 32000
_held = {}


def _free(address, port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((address, port))
            except OSError:
                return False
    return True


def _lock(port):
    """An abstract socket named after the port: no file, and gone with this process."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        s.bind(f"\0clusterset-test-port-{port}")
    except OSError:
        s.close()
        return None
    return s


def free_port(address="127.0.0.1"):
    for _ in range(2000):
        port = random.randrange(FIRST, LAST)
        if port in _held:
            continue
        lock = _lock(port)
        if lock is None:
            continue
        if _free(address, port):
            _held[port] = lock
            return port
        lock.close()
    raise RuntimeError(f"no free port on {address} between {FIRST} and {LAST}")


def release_all():
    while _held:
        _held.popitem()[1].close()


def listening():
    """The set of ports on which anything listens (TCP) or is bound (UDP)."""
    found = set()
    for name, states in (("tcp", {"0A"}), ("tcp6", {"0A"}), ("udp", {"07"}), ("udp6", {"07"})):
        try:
            with open(f"/proc/net/{name}", encoding="ascii") as f:
                rows = f.read().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] in states:
                found.add(int(fields[1].rsplit(":", 1)[1], 16))
    return found


def left_open():
    """Which of the ports handed out and not yet released somebody still holds."""
    return sorted(set(_held) & listening())
