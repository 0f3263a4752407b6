# SPDX-License-Identifier: Apache-2.0
"""A stranger's SNMPv2c agent in Python: it serves what a test says, and misbehaves.

For what no clustersetd of today answers (policies, plans, hooks), and for agents that
are slow, terse, broken or hostile. It shares no line with Net-SNMP or clusterset.

    agent = FakeAgent(mib); agent.row("csPolicyTable", (1,), Name="balance", Mode="advise")
    agent.requests  # (command, [names]) of each PDU that came
    agent.answer = lambda request: ...  # None: as usual; SILENT: not at all
"""
import bisect
import socket
import threading

from harness import ports

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
COUNTER32, GAUGE32, COUNTER64 = 0x41, 0x42, 0x46
NO_OBJECT, NO_INSTANCE, END = 0x80, 0x81, 0x82
GET, NEXT, RESPONSE, SET, BULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
ERRORS = {"tooBig": 1, "genErr": 5, "noAccess": 6, "wrongValue": 10, "inconsistentValue": 12,
          "resourceUnavailable": 13, "commitFailed": 14, "authorizationError": 16,
          "notWritable": 17, "inconsistentName": 18}
SILENT = object()


# --- BER -----------------------------------------------------------------------------
def tlv(tag, body):
    n = len(body)
    if n < 0x80:
        return bytes([tag, n]) + body
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(value, tag=INTEGER):
    size = 1
    while not -(1 << (8 * size - 1)) <= value < 1 << (8 * size - 1):
        size += 1
    return tlv(tag, value.to_bytes(size, "big", signed=True))


def oid_bytes(oid):
    out = bytearray([oid[0] * 40 + oid[1]])
    for sub in oid[2:]:
        part = [sub & 0x7F]
        while sub := sub >> 7:
            part.append(0x80 | sub & 0x7F)
        out += bytes(reversed(part))
    return tlv(OID, bytes(out))


def encode(value):
    """(tag, value) as bytes."""
    tag, what = value
    if tag == OCTETS:
        return tlv(OCTETS, what if isinstance(what, bytes) else str(what).encode())
    if tag == OID:
        return oid_bytes(what)
    if tag in (NULL, NO_OBJECT, NO_INSTANCE, END):
        return tlv(tag, b"")
    return integer(what, tag)


def take(data, at):
    """(tag, body, position behind it)"""
    tag, n = data[at], data[at + 1]
    at += 2
    if n & 0x80:
        size = n & 0x7F
        n = int.from_bytes(data[at:at + size], "big")
        at += size
    return tag, data[at:at + n], at + n


def parse_oid(body):
    oid, sub = [body[0] // 40, body[0] % 40], 0
    for byte in body[1:]:
        sub = sub << 7 | byte & 0x7F
        if not byte & 0x80:
            oid.append(sub)
            sub = 0
    return tuple(oid)


class Request:
    """`a` and `b` are error-status and -index, or non-repeaters and max-repetitions."""

    def __init__(self, data):
        _, message, _ = take(data, 0)
        _, self.version, at = take(message, 0)
        _, self.community, at = take(message, at)
        self.command, pdu, _ = take(message, at)
        _, ident, at = take(pdu, 0)
        _, a, at = take(pdu, at)
        _, b, at = take(pdu, at)
        self.id, self.a, self.b = (int.from_bytes(x, "big", signed=True) for x in (ident, a, b))
        _, binds, _ = take(pdu, at)
        self.oids, self.values, at = [], [], 0
        while at < len(binds):
            _, bind, at = take(binds, at)
            _, name, behind = take(bind, 0)
            tag, value, _ = take(bind, behind)
            self.oids.append(parse_oid(name))
            self.values.append((tag, value))

    def response(self, binds, status=0, index=0):
        body = b"".join(tlv(SEQUENCE, oid_bytes(o) + encode(v)) for o, v in binds)
        pdu = integer(self.id) + integer(status) + integer(index) + tlv(SEQUENCE, body)
        return tlv(SEQUENCE, tlv(INTEGER, self.version) + tlv(OCTETS, self.community)
                   + tlv(RESPONSE, pdu))

    def error(self, name, index=1):
        return self.response(zip(self.oids, [(NULL, None)] * len(self.oids)), ERRORS[name], index)


class FakeAgent:
    """Listens on 127.0.0.1 until stop(). `most` caps the varbinds of a bulk answer."""

    def __init__(self, mib, name="fake", version="clustersetd 9.9.9 (fake)", most=100):
        self.mib, self.most = mib, most
        self.values, self._order = {}, None
        self.requests, self.answer, self.community = [], None, b"public"
        self.outstanding = 0  # the most requests that waited at once
        self.lock = threading.RLock()
        if name is not None:
            self.scalar("csSetName", name)
            self.scalar("csSetVersion", version)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = ports.free_port()
        self.socket.bind(("127.0.0.1", self.port))
        self.socket.settimeout(0.05)
        self.stopping = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.stopping = True
        self.thread.join()
        self.socket.close()

    # --- what it serves --------------------------------------------------------------
    def put(self, oid, value):
        with self.lock:
            self.values[tuple(oid)] = value
            self._order = None

    def remove(self, oid):
        with self.lock:
            self.values.pop(tuple(oid), None)
            self._order = None

    def value_of(self, name, value):
        """(tag, value) of a Python value for that object of the MIB."""
        obj = self.mib[name]
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int) \
                and value[0] in (INTEGER, OCTETS, GAUGE32, COUNTER32, COUNTER64, OID):
            return value
        if obj.enum and isinstance(value, str):
            value = self.mib.number(name, value)
        if isinstance(value, (str, bytes)):
            return OCTETS, value
        if isinstance(value, tuple):
            return OID, value
        tag = {"Counter32": COUNTER32, "Counter64": COUNTER64}.get(obj.syntax)
        if tag is None:
            tag = INTEGER if obj.enum or obj.syntax in ("Integer32", "TestAndIncr") else GAUGE32
        return tag, value

    def scalar(self, name, value):
        self.put(self.mib.oid(name + ".0"), self.value_of(name, value))

    def column(self, name, index, value):
        self.put(self.mib[name].oid + tuple(index), self.value_of(name, value))

    def row(self, table, index, **columns):
        """Columns without the table's prefix: row("csVmTable", (1,), Name="web1")."""
        for key, value in columns.items():
            self.column(table.removesuffix("Table") + key, index, value)

    def vms(self, numbers, **columns):
        """Many VMs at once, named after their numbers."""
        with self.lock:
            for n in numbers:
                self.row("csVmTable", (n,), **{"Name": f"vm{n:06d}", "OperState": "running",
                                               **columns})

    # --- what it answers ---------------------------------------------------------------
    def order(self):
        if self._order is None:
            self._order = sorted(self.values)
        return self._order

    def next(self, oid):
        order = self.order()
        at = bisect.bisect_right(order, tuple(oid))
        return (order[at], self.values[order[at]]) if at < len(order) else (oid, (END, None))

    def get(self, oid):
        if oid in self.values:
            return oid, self.values[oid]
        obj, _ = self.mib.find(oid)
        return oid, (NO_INSTANCE if obj is not None else NO_OBJECT, None)

    def bulk(self, request):
        oids, found = list(request.oids), []
        for _ in range(request.b):
            row = [self.next(o) for o in oids]
            found += row
            oids = [o for o, _ in row]
            if len(found) >= self.most or all(v[0] == END for _, v in row):
                break
        return found[:max(self.most, 1)]

    def usual(self, request):
        if request.command == GET:
            return request.response([self.get(o) for o in request.oids])
        if request.command == NEXT:
            return request.response([self.next(o) for o in request.oids])
        if request.command == BULK:
            return request.response(self.bulk(request))
        return request.error("notWritable")

    def _serve(self):
        while not self.stopping:
            try:
                data, peer = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            try:
                request = Request(data)
            except IndexError:  # SNMPv3, of which this agent knows nothing
                continue
            if request.community != self.community:
                continue
            with self.lock:
                self.requests.append((request.command,
                                      [self.mib.name(o) for o in request.oids]))
                answer = self.answer(request) if self.answer else None
                if answer is None:
                    answer = self.usual(request)
            if answer is not SILENT:
                self.socket.sendto(answer, peer)
