# SPDX-License-Identifier: Apache-2.0
"""An old recovery script still runs: it starts every group on its side as soon as the other
cluster does not answer. It is noticed and named; the second time the VM is on hold."""
import http.client
import threading
import urllib.parse

import pytest

from base64 import b64encode

from harness import clock, labs, snmp
from harness.moving import Field, begin

VMS = {"web1": "east1", "web2": "east2"}
OLD = {"user": "oldscript", "password": "from the last century", "rights": "operation"}


class Script(threading.Thread):
    """What people put into custom monitors: if the peer does not answer, start it here."""

    def __init__(self, sim, peer, side):
        super().__init__(daemon=True)
        self.peer = [urllib.parse.urlparse(sim.url(peer, s)) for s in sim.servers(peer)]
        self.side = urllib.parse.urlparse(sim.url(side, sim.servers(side)[0]))
        self.stop = threading.Event()
        self.started = 0

    @staticmethod
    def ask(url, method, path):
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=clock.scaled(1))
        try:
            word = b64encode(f"{OLD['user']}:{OLD['password']}".encode()).decode()
            connection.request(method, "/api/v1/" + path, "{}" if method == "POST" else None,
                               {"Authorization": "Basic " + word,
                                "Content-Type": "application/json"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def run(self):
        while not self.stop.wait(0.05):
            if any(self.ask(url, "GET", "groups") == 200 for url in self.peer):
                continue
            for vm in VMS:
                self.started += self.ask(self.side, "POST", f"groups/{vm}/start") == 200


@pytest.fixture
def old(whole):
    def start(**settings):
        field = Field(VMS)
        for cluster in field.world["clusters"]:
            cluster["accounts"].append(OLD)
        m = begin(whole, field, **settings)
        script = Script(m.sim, "east", "west")
        script.start()
        return m, script
    started = []

    def kept(**settings):
        started.append(start(**settings))
        return started[-1]
    # the script's second activations come through the API: they are not ours
    yield kept
    for m, script in started:
        script.stop.set()
        script.join()
        accounts = m.sim.oracle()["by_account"]
        assert labs.USER not in accounts, f"a command of ours: {accounts}"
        m.sim.do("oracle-reset")  # the script's own are counted and judged above


def provoke(m, script):
    """The API of east is away for a moment, its VMs are not."""
    before = script.started
    m.sim.do("api-restart", cluster="east", ms=int(clock.scaled(700)))
    clock.wait_for(lambda: script.started > before, "the script to start groups", 20)
    for vm in VMS:
        clock.wait_for(lambda v=vm: m.active(v) == {"east", "west"}, f"{vm} to run twice", 20)
    # else it starts again what is stopped by hand
    clock.wait_for(lambda: all(script.ask(url, "GET", "groups") == 200 for url in script.peer),
                   "the API of east to be back", 20)


def by_hand(m):
    for vm in VMS:
        m.until(f"{vm} to be stopped", lambda v=vm: m.sim.do(
            "group-stop", cluster="west", group=v))
    for vm in VMS:
        m.until(f"{vm} to run once", lambda v=vm: m.active(v) == {"east"}
                and m.vm_row(v)["csVmOperState"] == "running")
    m.until("the conflicts to be over", lambda: not m.alarms("vmConflict"))


def test_it_is_noticed_named_and_the_vm_left_alone(old):
    m, script = old()
    provoke(m, script)
    for vm in VMS:
        m.until(f"the conflict of {vm} to be told",
                lambda v=vm: any(v in a["csAlarmText"] for a in m.alarms("vmConflict")))
        m.trapd.wait("csDiskConflict", 20, csDiskVmName=vm)
    found = m.refused(*m.target("web1", "west"))
    assert found.status == "inconsistentValue" and "web1" in found.text
    assert all(p["account"] == OLD["user"] for p in m.sim.requests(method="POST")["posts"])
    by_hand(m)
    m.until("the foreign controller to be named", lambda: m.alarms("foreignController"))

    # the second time it is plain that somebody else is at work: hold, until told otherwise
    provoke(m, script)
    m.until("the hold", lambda: all(m.vm_row(v)["csVmHold"] == "true" for v in VMS))
    by_hand(m)
    assert all(p["account"] == OLD["user"] for p in m.sim.requests(method="POST")["posts"])
    script.stop.set()
    for vm in VMS:
        m.intent("csVmHold", vm, "false")

    def taken():
        """What is still in doubt, or held again by a late round, is refused in words."""
        try:
            m.intent("csVmHold", "web1", "false")
            m.move("web1", "west")
            return True
        except snmp.SnmpError:
            return False
    m.until("web1 to be movable again", taken)
    m.ends("web1")
    m.runs_at("web1", "west")


def test_it_starts_the_source_in_the_middle_of_a_move(old):
    """The script watches west, too: east stops answering while web1 is on its way there."""
    m, script = old()
    m.pending("west", "web1", start_ms=1500)
    m.move("web1", "west")
    m.at_step("web1", "start")
    before = script.started
    m.sim.do("api-restart", cluster="east", ms=int(clock.scaled(700)))
    clock.wait_for(lambda: script.started > before, "the script to start groups", 20)
    row = m.reaches("web1", "succeeded", "rolledBack", "failed", "inDoubt", "cancelled",
                    seconds=60)
    # it was going there anyway: the script's own start of web1 was refused as busy
    assert row["csMoveState"] in ("succeeded", "rolledBack"), row
    assert labs.USER not in m.sim.oracle()["by_account"]
    by_hand_all(m)


def by_hand_all(m):
    for vm in [vm for vm in VMS if len(m.active(vm)) > 1]:
        m.until(f"the conflict of {vm} to be told",
                lambda v=vm: any(v in a["csAlarmText"] for a in m.alarms("vmConflict")))
        m.sim.do("group-stop", cluster="west", group=vm)
    for vm in VMS:
        m.until(f"{vm} to run once", lambda v=vm: len(m.active(v)) == 1)


def test_the_newcomer_is_stopped_where_that_is_wanted(old):
    """conflict = "stop-newcomer": only the site that does not own the disk, and once."""
    m, script = old(moves={"conflict": "stop-newcomer"})
    provoke(m, script)
    script.stop.set()
    for vm in VMS:
        m.until(f"the newcomer of {vm} to be stopped", lambda v=vm: m.active(v) == {"east"}, 40)
    for vm in VMS:
        ours = [p for p in m.sim.requests(method="POST")["posts"]
                if f"/{vm}/" in p["uri"] and p["account"] == labs.USER]
        assert [(p["cluster"], p["uri"].rpartition("/")[2]) for p in ours] == [("west", "stop")]
    m.until("the conflicts to be over", lambda: not m.alarms("vmConflict"))
