# SPDX-License-Identifier: Apache-2.0
"""An SNMPv2c manager in this process, for who measures single requests.

snmpset takes longer to start than a SET takes to be answered. One socket, one request at
a time; knows the types that the benchmarks send and read, nothing more.
"""
import socket
import time

INTEGER, OCTETS, NULL, OID, GAUGE = 0x02, 0x04, 0x05, 0x06, 0x42
GET, RESPONSE, SET = 0xa0, 0xa2, 0xa3
ERRORS = {0: "noError", 6: "noAccess", 10: "wrongValue", 11: "noCreation",
          12: "inconsistentValue", 13: "resourceUnavailable", 17: "notWritable",
          18: "inconsistentName"}


class Refused(RuntimeError):
    """An error-status that was not wanted."""


def now():
    """The clock of ecxsim's timestamps, in seconds."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def oid_octets(oid):
    """An OID's contents as they stand in a datagram."""
    out = bytearray([oid[0] * 40 + oid[1]])
    for number in oid[2:]:
        octets = [number & 0x7f]
        while number := number >> 7:
            octets.insert(0, (number & 0x7f) | 0x80)
        out += bytes(octets)
    return bytes(out)


def tlv(tag, data):
    n = len(data)
    if n < 128:
        return bytes([tag, n]) + data
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + data


def number(tag, value):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def encode(tag, value):
    if tag in (INTEGER, GAUGE):
        return number(tag, value)
    return tlv(tag, value.encode() if isinstance(value, str) else value)


class Reader:
    """Takes a datagram apart, one tag after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def next(self):
        tag, n = self.data[self.at], self.data[self.at + 1]
        self.at += 2
        if n & 0x80:
            k = n & 0x7f
            n = int.from_bytes(self.data[self.at:self.at + k], "big")
            self.at += k
        found = self.data[self.at:self.at + n]
        self.at += n
        return tag, found

    def more(self):
        return self.at < len(self.data)


def decode(tag, data):
    """A number, octets, or None for what is not there."""
    if tag in (INTEGER, GAUGE, 0x41, 0x43, 0x46):
        return int.from_bytes(data, "big", signed=tag == INTEGER)
    return data if tag == OCTETS else None


class Manager:
    def __init__(self, port, community):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(30)  # never asked again: a lost answer is a failure
        self.community, self.id = community, 0
        self.took = 0.0  # seconds of the last request

    def request(self, kind, varbinds):
        """varbinds are (oid, tag, value); error-status, error-index and the values."""
        self.id += 1
        listed = b"".join(tlv(0x30, tlv(OID, oid_octets(o)) + encode(t, v))
                          for o, t, v in varbinds)
        pdu = tlv(kind, number(INTEGER, self.id) + number(INTEGER, 0) + number(INTEGER, 0)
                  + tlv(0x30, listed))
        message = tlv(0x30, number(INTEGER, 1) + tlv(OCTETS, self.community.encode()) + pdu)
        began = now()
        self.socket.send(message)
        answer = self.socket.recv(65536)
        self.took = now() - began
        outer = Reader(Reader(answer).next()[1])
        outer.next(), outer.next()
        body = Reader(outer.next()[1])
        got, status, index = (decode(*body.next()) for _ in range(3))
        if got != self.id:
            raise RuntimeError("the answer to another request")
        values, rest = [], Reader(body.next()[1])
        while rest.more():
            one = Reader(rest.next()[1])
            one.next()
            values.append(decode(*one.next()))
        return status, index, values

    def get(self, *oids):
        """Values in order; None where there is none."""
        status, _, values = self.request(GET, [(o, NULL, b"") for o in oids])
        if status:
            raise Refused(f"GET: {ERRORS.get(status, status)}")
        return values

    def set(self, *varbinds):
        """Seconds until it was answered."""
        status, index, _ = self.request(SET, varbinds)
        if status:
            raise Refused(f"SET: {ERRORS.get(status, status)} of varbind {index}")
        return self.took

    def close(self):
        self.socket.close()
