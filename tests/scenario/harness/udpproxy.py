# SPDX-License-Identifier: Apache-2.0
"""A man in the middle between an SNMP manager and snmpd, who loses what he is told to."""
import select
import socket
import threading

SET, RESPONSE = 0xA3, 0xA2


def pdu_tag(packet):
    """The tag of the PDU of an SNMPv2c message; 0 for anything else."""
    def head(at):
        """(where the value begins, how long it is)"""
        length, at = packet[at + 1], at + 2
        if length & 0x80:
            n = length & 0x7F
            length, at = int.from_bytes(packet[at:at + n], "big"), at + n
        return at, length
    try:
        at, _ = head(0)
        for _ in range(2):  # version, community
            start, length = head(at)
            at = start + length
        return packet[at]
    except IndexError:
        return 0


class Proxy:
    """Listens on a port of its own; `request` and `response` are called with the tag of
    each message that comes by, and it is lost where they return True."""

    def __init__(self, port, request=lambda tag: False, response=lambda tag: False):
        self.request, self.response = request, response
        self.seen = []
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._back.connect(("127.0.0.1", port))
        self.agent = f"127.0.0.1:{self._front.getsockname()[1]}"
        self._end = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end = True
        self._thread.join()
        self._front.close()
        self._back.close()

    def sets(self):
        return self.seen.count(SET)

    def _run(self):
        manager = None
        while not self._end:
            ready, _, _ = select.select([self._front, self._back], [], [], 0.1)
            if self._front in ready:
                packet, manager = self._front.recvfrom(65536)
                tag = pdu_tag(packet)
                self.seen.append(tag)
                if not self.request(tag):
                    self._back.send(packet)
            if self._back in ready:
                try:
                    packet = self._back.recv(65536)
                except ConnectionError:  # snmpd is away
                    continue
                if not self.response(pdu_tag(packet)):
                    self._front.sendto(packet, manager)
