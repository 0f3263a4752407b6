# SPDX-License-Identifier: Apache-2.0
"""Everything that goes wrong in a chaos run, one generator a kind.

A fault is a generator fault(run, rng, cluster): it does its harm, yields how many seconds
it lasts, and goes on with undoing it. run.struck(kind) counts it, and only once it did
harm: a lost command is counted when one was lost. `run` is driver.Run.

Claims. A command of ours whose effect is held back (HELD) and somebody else's start at
the same cluster (FOREIGN) exclude each other: we would take the foreign start for the
effect of ours, and a start that lands after somebody stopped the group again is the one
window that no evidence from outside closes (doc/moves.md). SERVERS: one such at a time in
a cluster, so that a cluster is without any server only where that is the fault.
"""
from harness import clock

import world as worlds

KINDS = {}  # name -> (function, claims)
HELD, FOREIGN, SERVERS, PROCESS = "held", "foreign", "servers", "process"


def kind(name, *claims):
    def add(function):
        KINDS[name] = (function, claims)
        return function
    return add


def until(seconds, every=0.1):
    """Pauses to yield until that many seconds have gone; stop early by leaving the loop."""
    for _ in range(int(clock.scaled(seconds) / every)):
        yield every


def pressed(run, rng, vms, longest):
    """Lets a trouble last for up to so many seconds, with moves of these VMs meanwhile."""
    end = rng.uniform(0.5, longest)
    while end > 0:
        run.press(vms, rng, 2)
        pause = min(end, rng.uniform(0.2, 0.9))
        yield clock.scaled(pause)
        end -= pause


# --- commands that go wrong -------------------------------------------------------------
COMMANDS = {"method": "POST", "path": "groups/*/st*"}


def command_fault(run, rng, cluster, name, what, after=0.0, count=1, **fields):
    """A fault of POSTs there, and moves that meet it."""
    number = run.sim.fault(what, cluster=cluster, count=count, **{**COMMANDS, **fields})
    hits = 0
    for i, pause in enumerate(until(6)):
        if i % 10 == 0:
            run.nudge(cluster, rng)
        yield pause
        hits = run.hits(number)
        if hits >= count:
            break
    if hits and rng.random() < 0.5:
        yield rng.uniform(0, 1.2)
        run.mover.turn_back(cluster, rng)
    run.struck(name, hits)
    run.sim.clear(number)
    if after:
        yield clock.scaled(after)


@kind("command-lost")
def command_lost(run, rng, cluster):
    yield from command_fault(run, rng, cluster, "command-lost",
                             rng.choice(["reset", "close", "hang"]))


@kind("command-unanswered")
def command_unanswered(run, rng, cluster):
    yield from command_fault(
        run, rng, cluster, "command-unanswered",
        rng.choice(["execute-lose-answer", "execute-then-close-keepalive"]))


@kind("effect-delayed", HELD)
def effect_delayed(run, rng, cluster):
    ms = int(clock.scaled(rng.uniform(0.3, worlds.LATE_EFFECT)) * 1000)
    yield from command_fault(run, rng, cluster, "effect-delayed", "effect-delay", ms=ms,
                             count=rng.choice([1, 2]), after=worlds.LATE_EFFECT + 0.3)


@kind("answer-late")
def answer_late(run, rng, cluster):
    """Carried out at once, answered when nobody waits any more."""
    ms = int(clock.scaled(worlds.LATE_ANSWER) * 1000)
    yield from command_fault(run, rng, cluster, "answer-late", "latency", ms=ms, late=True)


@kind("command-late", HELD)
def command_late(run, rng, cluster):
    """Carried out after we gave up."""
    ms = int(clock.scaled(worlds.LATE_ANSWER) * 1000)
    yield from command_fault(run, rng, cluster, "command-late", "latency", ms=ms,
                             after=worlds.LATE_ANSWER + 0.3)


@kind("command-refused")
def command_refused(run, rng, cluster):
    fields = rng.choice([{"what": "envelope-code", "code": 1, "message": "Not now."},
                         {"what": "http-status", "status": 409, "code": 1,
                          "message": "The group is busy. Try again later."},
                         {"what": "http-status", "status": 503}])
    yield from command_fault(run, rng, cluster, "command-refused", fields.pop("what"),
                             count=rng.randint(1, 4), **fields)


@kind("command-denied")
def command_denied(run, rng, cluster):
    yield from command_fault(run, rng, cluster, "command-denied",
                             rng.choice(["unauthorized", "deny-ip"]))


@kind("monitor-command-lost")
def monitor_command_lost(run, rng, cluster):
    """The suspending or resuming of a monitor (quiesce)."""
    what = rng.choice(["reset", "execute-lose-answer", "http-status"])
    number = run.sim.fault(what, cluster=cluster, count=1, method="POST", path="monitors/*")
    hits = 0
    for i, pause in enumerate(until(6)):
        if i % 10 == 0:
            run.nudge(cluster, rng, guarded=True)
        yield pause
        hits = run.hits(number)
        if hits:
            break
    run.struck("monitor-command-lost", hits)
    run.sim.clear(number)


# --- answers that go wrong ----------------------------------------------------------------
def answer_fault(name, what, low=0.4, high=1.5, **fields):
    def fault(run, rng, cluster):
        server = rng.choice([*run.world.clusters[cluster], "*"])
        number = run.sim.fault(what, cluster=cluster, server=server, method="GET", **fields)
        run.press(run.victims(cluster), rng, 2)
        yield clock.scaled(rng.uniform(low, high))
        run.struck(name, 1 if run.hits(number) else 0)
        run.sim.clear(number)
    kind(name)(fault)


answer_fault("unauthorized", "unauthorized", 0.2, 0.6)
answer_fault("forbidden", "deny-ip", 0.2, 0.6)
answer_fault("reset", "reset")
answer_fault("truncated-json", "truncate-json")
answer_fault("reset-mid-body", "reset-mid-body")
answer_fault("hang", "hang")
answer_fault("latency", "latency", ms=300)
answer_fault("answers-after-timeout", "latency", ms=2000, late=True)
answer_fault("wrong-types", "wrong-types")
answer_fault("missing-fields", "missing-fields", keys=["status", "current"])
answer_fault("groups-missing", "drop-items", path="groups*")
answer_fault("http-500", "http-status", status=500)
answer_fault("non-json", "non-json-body")


@kind("stale-server")
def stale_server(run, rng, cluster):
    """One server goes on telling how it was."""
    server = rng.choice(run.world.clusters[cluster])
    number = run.sim.fault("stale", cluster=cluster, server=server)
    run.struck("stale-server")
    yield from pressed(run, rng, [v for v in run.world.vms if cluster in v.sites], 4)
    run.sim.clear(number)


@kind("connections-refused")
def connections_refused(run, rng, cluster):
    server = rng.choice([*run.world.clusters[cluster], "*"])
    number = run.sim.fault("refuse", cluster=cluster, server=server)
    run.struck("connections-refused")
    yield clock.scaled(rng.uniform(0.3, 1.5))
    run.sim.clear(number)


@kind("api-restart")
def api_restart(run, rng, cluster):
    if run.do("api-restart", cluster=cluster):
        run.struck("api-restart")
    yield 1.0


@kind("configuration-applied")
def configuration_applied(run, rng, cluster):
    if run.do("config-applied", cluster=cluster):
        run.struck("configuration-applied")
    yield 1.0


# --- clusters that go wrong -----------------------------------------------------------------
@kind("daemon-dead-vm-alive", SERVERS)
def daemon_dead(run, rng, cluster):
    """The API goes on answering and its VMs run; in the end the server is reset, as ECX
    itself does it."""
    server = run.busy_server(cluster, rng)
    victims = run.victims(cluster, server) if server else []
    if rng.random() < 0.6:
        run.press(victims, rng)
        yield rng.uniform(0, 0.5)
    if server is None or not run.do("daemon-kill", cluster=cluster, server=server):
        return
    run.struck("daemon-dead-vm-alive")
    yield from pressed(run, rng, victims, 4)
    run.do("server-reset", cluster=cluster, server=server)
    yield clock.scaled(1.2)


@kind("suspended-cluster")
def suspended(run, rng, cluster):
    victims = run.victims(cluster)
    run.press(victims, rng)
    yield rng.uniform(0, 0.5)
    if not run.do("suspend", cluster=cluster):
        return
    run.struck("suspended-cluster")
    yield from pressed(run, rng, victims, 3)
    run.do("resume", cluster=cluster)


@kind("partition", SERVERS)
def partition(run, rng, cluster):
    """Each side believes the other dead and takes its groups."""
    victims = run.victims(cluster)
    if rng.random() < 0.5:
        run.press(victims, rng)
        yield rng.uniform(0, 0.6)
    if not run.do("partition", cluster=cluster):
        return
    run.struck("partition")
    yield from pressed(run, rng, victims, 3)
    run.do("heal", cluster=cluster)
    yield clock.scaled(1.5)


@kind("failover", SERVERS)
def failover(run, rng, cluster):
    """A resource fails while its VM is asked to move."""
    vm = run.running_in(cluster, rng)
    if vm is None:
        return
    run.move(vm, rng)
    yield rng.uniform(0, 0.6)
    if run.do("resource-fail", cluster=cluster, resource=f"run-{vm.name}"):
        run.struck("failover")
    yield 1.0


@kind("server-off", SERVERS)
def server_off(run, rng, cluster):
    server = run.busy_server(cluster, rng)
    if server is None:
        return
    victims = run.victims(cluster, server)
    if rng.random() < 0.6:
        run.press(victims, rng)
        yield rng.uniform(0, 0.6)
    if not run.do("server-power-off", cluster=cluster, server=server):
        return
    run.struck("server-off")
    yield from pressed(run, rng, victims, 3)
    run.do("server-power-on", cluster=cluster, server=server)
    yield clock.scaled(1.0)


@kind("cluster-off-autostart", SERVERS, FOREIGN)
def cluster_off(run, rng, cluster):
    """Power comes back and groups start by themselves, wherever their VMs are now."""
    run.press(run.victims(cluster), rng)
    yield rng.uniform(0, 1.2)
    run.do("cluster-power-off", cluster=cluster)
    yield clock.scaled(rng.uniform(0.1, 2.5))
    run.do("cluster-power-on", cluster=cluster)
    seen = False
    for pause in until(2.5):
        yield pause
        seen = seen or run.started_by(cluster, "autostart")
    run.struck("cluster-off-autostart", seen)


@kind("stop-kills-server", SERVERS)
def stop_kills_server(run, rng, cluster):
    """The stop fails and ECX shuts the server down, which takes others along."""
    vm = run.running_in(cluster, rng)
    if vm is None or not run.do("stop-fail", cluster=cluster, group=f"g-{vm.name}", count=1):
        return
    off = []
    for i, pause in enumerate(until(5)):
        if i % 12 == 0:
            run.move(vm, rng)
        yield pause
        off = run.servers_off(cluster)
        if off:
            break
    run.do("stop-fail", cluster=cluster, group=f"g-{vm.name}", count=0)
    run.struck("stop-kills-server", len(off))
    yield clock.scaled(rng.uniform(0.2, 2))
    for server in run.servers_off(cluster):
        run.do("server-power-on", cluster=cluster, server=server)
    yield clock.scaled(1.0)


@kind("start-fails")
def start_fails(run, rng, cluster):
    """At the target: on one server or on all of them."""
    vm = run.running_in(run.partner(cluster), rng)
    if vm is None:
        return
    run.do("start-fail", cluster=cluster, group=f"g-{vm.name}", count=rng.choice([1, -1]))
    run.move(vm, rng)
    seen = 0
    for pause in until(4):
        yield pause
        seen = run.group(cluster, vm)["status"] in ("Online Failure", "Online Pending")
        if seen:
            break
    yield clock.scaled(rng.uniform(0.3, 1.5))
    run.do("start-fail", cluster=cluster, group=f"g-{vm.name}", count=0)
    run.struck("start-fails", seen)


@kind("monitor-revives", FOREIGN)
def monitor_revives(run, rng, cluster):
    """A custom monitor of an idle site starts the group because it finds it Offline."""
    for vm in run.world.vms:
        if vm.rogue and cluster in vm.sites and run.clusters_of(vm) == [vm.other(cluster)]:
            break
    else:
        return
    if rng.random() < 0.4:  # in the middle of a move, too
        run.move(vm, rng)
        yield rng.uniform(0, 0.6)
    run.do("monitor-resume", cluster=cluster, monitor=vm.monitor())
    seen = False
    for pause in until(0.9):
        yield pause
        seen = seen or run.started_by(cluster, "monitor", vm)
    run.do("monitor-suspend", cluster=cluster, monitor=vm.monitor())
    run.struck("monitor-revives", seen)
    yield clock.scaled(0.5)


@kind("operator-starts", FOREIGN)
def operator_starts(run, rng, cluster):
    """Somebody starts in the Web UI what runs, or is being moved, elsewhere."""
    vm = run.running_in(run.partner(cluster), rng)
    if vm is None or not run.seen_by_ecx(vm):
        return
    if rng.random() < 0.4:
        run.move(vm, rng)
        yield rng.uniform(0, 0.8)
    if run.do("group-start", cluster=cluster, group=f"g-{vm.name}"):
        run.struck("operator-starts")
    yield clock.scaled(0.6)


@kind("operator-stops")
def operator_stops(run, rng, cluster):
    vm = run.running_in(cluster, rng)
    if vm is None:
        return
    if rng.random() < 0.4:
        run.move(vm, rng)
        yield rng.uniform(0, 0.8)
    if run.do("group-stop", cluster=cluster, group=f"g-{vm.name}"):
        run.struck("operator-stops")
    yield 0.5


@kind("operator-moves")
def operator_moves(run, rng, cluster):
    """Within the cluster."""
    vm = run.running_in(cluster, rng)
    if vm is not None and run.do("group-move", cluster=cluster, group=f"g-{vm.name}"):
        run.struck("operator-moves")
    yield 0.5


@kind("operator-moves-across", FOREIGN)
def operator_moves_across(run, rng, cluster):
    """Stopped there and started here by hand, properly."""
    vm = run.running_in(run.partner(cluster), rng)
    if vm is None or not run.do("group-stop", cluster=vm.other(cluster), group=f"g-{vm.name}"):
        return
    for pause in until(3):
        yield pause
        if not run.clusters_of(vm):
            break
    yield clock.scaled(rng.uniform(0, 1.5))
    if not run.clusters_of(vm) and run.do("group-start", cluster=cluster, group=f"g-{vm.name}"):
        run.struck("operator-moves-across")
    yield clock.scaled(0.6)


# --- ours that die or stand ---------------------------------------------------------------
@kind("daemon-frozen", PROCESS)
def daemon_frozen(run, rng, cluster):
    """Longer than anything it knows stays fresh, sometimes."""
    run.daemon.process.freeze()
    run.struck("daemon-frozen")
    yield rng.choice([0.3, 1.0, clock.scaled(worlds.POLL["freshness"]) + 0.5])
    run.daemon.process.thaw()


@kind("snmpd-restart", PROCESS)
def snmpd_restart(run, rng, cluster):
    run.restart_snmpd(hard=rng.random() < 0.5)
    run.struck("snmpd-restart")
    yield 1.0


@kind("store-fails", PROCESS)
def store_fails(run, rng, cluster):
    """The state file cannot grow: as a full disk."""
    run.limit_store(True)
    for _ in range(3):
        run.nudge(cluster, rng)
        yield clock.scaled(rng.uniform(0.2, 0.7))
    run.struck("store-fails", run.store_failed())
    run.limit_store(False)
    yield 0.5


# every one of these must occur in a run of ours
ALL = sorted(KINDS)
