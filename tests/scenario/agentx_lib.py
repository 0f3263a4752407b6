# SPDX-License-Identifier: Apache-2.0
"""facedemo under test: the SNMP face over a synthetic model, its main thread playing
control (tests/unit/facedemo.c says what it can be told)."""
import os
import re
import subprocess
import time

import pytest

from harness import clock, proc, snmp

PING = 2  # seconds; also the pause between tries to connect


def program(top_builddir):
    return os.path.join(top_builddir, "tests", "unit", "facedemo")


class Facedemo:
    def __init__(self, lab, name="facedemo", vms=5, timeout=1000, fds=0, socket=None):
        self.lab = lab
        self.process = proc.Process(
            name,
            [program(lab.top_builddir), "--socket", socket or lab.snmpd.socket,
             "--vms", vms, "--ping", PING, "--timeout", int(clock.scaled(timeout)),
             "--fds", fds],
            lab.directory, stdin=subprocess.PIPE,
            # the library must not need the former, nor find or write any
            env={"MIBS": None, "MIBDIRS": None, "HOME": lab.directory,
                 "SNMP_PERSISTENT_DIR": os.path.join(lab.directory, "persist")})

    @property
    def pid(self):
        return self.process.pid

    def tell(self, line):
        self.process.popen.stdin.write(line.encode() + b"\n")
        self.process.popen.stdin.flush()

    def told(self, line, answer, seconds=10):
        """Tells it something and waits for what it prints when it has done so."""
        before = self.process.text().count(answer)
        self.tell(line)
        clock.wait_for(lambda: self.process.check() and
                       self.process.text().count(answer) > before,
                       f"facedemo to print {answer!r}", seconds)

    def requests(self):
        """[(phase, transaction)] as control saw them; 'revoked test' and so on when it
        came too late."""
        return [(m.group(1), int(m.group(2))) for m in re.finditer(
            r"^((?:revoked )?(?:test|commit|accept|undo|free)) transaction=(\d+)",
            self.process.text(), re.M)]

    def phases(self):
        return [phase for phase, _ in self.requests()]

    def stop(self):
        return self.process.stop(seconds=15)


def start(lab, ready=True, **more):
    """A Facedemo of this lab that answers through snmpd."""
    demo = lab.started(Facedemo(lab, **more))
    if ready:
        clock.wait_for(lambda: demo.process.check() and served(lab),
                       "the face to be served by snmpd", 15)
    return demo


def served(lab, **more):
    """csSetName through snmpd; None while it is not there."""
    more.setdefault("timeout", 1)
    more.setdefault("retries", 0)
    return lab.manager.value("csSetName.0", **more)


def alive(lab, seconds=3):
    """snmpd answers for an object of its own."""
    return lab.manager.get(".1.3.6.1.2.1.1.3.0", timeout=seconds, retries=0)


def counter(lab, name):
    return lab.manager.value(name + ".0")


# --- for the tests themselves; import the fixtures by name ---------------------------------

@pytest.fixture(autouse=True)
def need_facedemo(top_builddir):
    if not os.path.exists(program(top_builddir)):
        pytest.skip("facedemo is not built (make check builds it)")


@pytest.fixture
def face(lab):
    """snmpd and a face that it serves."""
    lab.start_snmpd()
    return start(lab)


def back(lab, seconds=3 * PING + 5):
    """Waits until the objects are there again."""
    clock.wait_for(lambda: served(lab), "the objects to be served again", seconds)


def priority(lab):
    return lab.manager.value("csVmPriority.1")


def set_priority(lab, value, **more):
    return lab.operator.set(("csVmPriority.1", "u", value), **more)


def refused(lab, value=7, **more):
    """The SNMP error of a SET that must fail, and how long it took."""
    began = time.monotonic()
    with pytest.raises(snmp.SnmpError) as error:
        set_priority(lab, value, **more)
    return error.value.status, time.monotonic() - began


def newest_refusal(lab):
    rows = lab.manager.table("csRefusalTable")
    return rows[max(rows)]
