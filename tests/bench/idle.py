"""What netctld takes of a processor while nobody asks for anything: noticing what others do, and audits."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.measure import PRODUCT, Measurement, Scale, Way
from bench.scale import SETTINGS, BigCloud
from lab.daemon import Daemon
from lab.lab import Lab

ROUNDS = 3
SECONDS = 20.0
AUDIT = "audit"


def taken(daemon: Daemon) -> dict[str, float]:
    """Seconds of a processor so far, by the name of the thread."""
    # The kernel counts nanoseconds there (Documentation/scheduler/sched-stats.rst).
    script = f"cd /proc/{daemon.pid}/task && for t in *; do cat $t/comm $t/schedstat; done"
    lines = daemon.host.run("sh", "-c", script).splitlines()
    by_name: dict[str, float] = {}
    for name, stat in zip(lines[::2], lines[1::2], strict=True):
        by_name[name] = by_name.get(name, 0.0) + int(stat.split()[0]) / 1e9
    return by_name


def idle(
    groups: int, permissions: int, instances: int, seconds: float
) -> Iterator[Measurement]:
    """By parts of one processor: the audit's own part follows from its cost, and is 2 % at most."""
    with Lab(SETTINGS, bridge_netfilter=0) as lab:
        lab.daemon.start()
        BigCloud(lab, groups, permissions, instances)
        time.sleep(seconds)  # what was asked for is through
        noticing, allowed, audits = Way(PRODUCT), Way("1 % of a processor", bar="<= 1"), Way(PRODUCT)
        for _ in range(ROUNDS):
            before = taken(lab.daemon)
            time.sleep(seconds)
            spent = {name: now - before.get(name, 0.0) for name, now in taken(lab.daemon).items()}
            audits.samples.append(100 * spent.pop(AUDIT) / seconds)
            noticing.samples.append(100 * sum(spent.values()) / seconds)
            allowed.samples.append(1.0)
        size = f"{groups} groups, {permissions} permissions, {instances} instances"
        scale = Scale(permissions, "permissions")
        yield Measurement("idle, noticing", size, [noticing, allowed], scale=scale, unit="%")
        yield Measurement("idle, audits", size, [audits], scale=scale, unit="%")


def run(quick: bool) -> Iterator[Measurement]:
    if quick:
        yield from idle(10, 100, 50, 2.0)
        return
    yield from idle(1000, 10000, 5000, SECONDS)
