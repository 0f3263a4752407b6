# SPDX-License-Identifier: Apache-2.0
"""Long life in short: hundreds of faults and recoveries leave no descriptor, thread,
child or memory behind. TEST_SOAK sets the number of cycles (default 200)."""
import os

import pytest

from harness import clock, proc

CYCLES = int(os.environ.get("TEST_SOAK") or 200)
FAULTS = ("reset", "close", "truncate-json", "wrong-types", "http-status", "reset-mid-body",
          "empty-body", "non-json-body", "missing-fields", "refuse")


@pytest.mark.deadline(400)
def test_nothing_piles_up(whole):
    lab = whole(poll={"interval": 0.1, "fast-interval": 0.1, "backoff-max": 0.2})
    process = lab.daemon.process
    if process.hidden():
        pytest.skip("only root can count the descriptors of a daemon that may not be dumped")

    def calm():
        """Every cluster was polled without a fault and everything is as it was."""
        process.check()
        return all(r["csClusterOperState"] == "normal"
                   for r in lab.manager.table("csClusterTable").values())

    def cycle(number):
        kind = FAULTS[number % len(FAULTS)]
        west = {"cluster": "west", "server": "west1" if number % 3 else "west*"}
        lab.sim.do("requests-reset")
        if kind == "refuse":
            lab.sim.fault(kind, for_ms=300, **west)
        else:
            lab.sim.fault(kind, count=6, method="GET", **west)
        if number % 10 == 3:
            lab.sim.do("group-move", cluster="east", group="web2")
        if number % 10 == 7:
            web1 = lab.manager.row("csVmTable", csVmName="web1")[0][0]
            lab.operator.set((f"csVmHold.{web1}", "i", "true" if number % 20 == 7 else "false"))
        if number % 25 == 9:
            lab.daemon.reload()
        if number % 50 == 11:
            lab.snmpd.restart(hard=bool(number % 100 == 11))
            lab.daemon.serving(30)
        clock.wait_for(lambda: lab.sim.requests(cluster="west")["total"] >= 12, "more polls", 30,
                       seen=process.tail)
        lab.sim.clear()

    for number in range(min(20, CYCLES)):
        cycle(number)
    clock.wait_for(calm, "calm after the first cycles", 30, seen=process.tail)
    fds, threads, rss = process.fds(), len(process.threads()), process.rss()
    targets = process.fd_targets()
    for number in range(20, CYCLES):
        cycle(number)
    clock.wait_for(calm, "calm at the end", 30, seen=process.tail)
    # connections come and go with the rounds: none may pile up
    clock.wait_for(lambda: process.fds() <= fds + 4, f"no more than {fds} descriptors", 20,
                   seen=lambda: f"{targets}\n{process.fd_targets()}")
    assert len(process.threads()) == threads
    assert not proc.children(process.pid)
    grown = process.rss() - rss
    with open(f"/proc/{process.pid}/maps", encoding="utf-8") as f:
        sanitized = "libasan" in f.read()
    if not sanitized and not lab.daemon.wrapper:
        # events fill their ring; a leak of one round's answers would be far more
        assert grown < 8 * 1024, f"{grown} KiB more than after 20 cycles ({rss} KiB)"
    print(f"soak cycles={CYCLES} fds={process.fds()} rss_kib={process.rss()} grown_kib={grown}")
