"""Hundreds of clients at once, none of which may fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from bench.measure import PRODUCT, Act, Measurement, in_turns
from bench.scale import SETTINGS, BigCloud
from lab.lab import Lab
from lab.metadata import ADDRESS
from lab.rpc import Rpc

CLIENTS = 300
GUESTS = 5


def metadata(lab: Lab) -> Measurement:
    """Requests of some guests, each by as many connections as one may have."""
    guests = [lab.boot("alice", "g0") for _ in range(GUESTS)]
    each = CLIENTS // GUESTS
    urls = [f"http://{ADDRESS}/latest/meta-data/instance-id"] * each
    command = ("curl", "-sfZ", "--parallel-immediate", "--parallel-max", str(each))

    def ours(_: int) -> None:
        threads = [threading.Thread(target=guest.run, args=(*command, *urls)) for guest in guests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return in_turns("metadata", f"{CLIENTS} clients", 5, {PRODUCT: Act(ours, CLIENTS)})


def describe(lab: Lab, groups: int) -> Measurement:
    """All groups with all their permissions, by pages of the largest size."""
    rpc = Rpc(lab.daemon.socket)

    def ours(_: int) -> None:
        page = rpc("group.describe", owner="alice", limit=1000)
        seen = len(page["groups"])
        while page.get("next"):
            page = rpc("group.describe", owner="alice", limit=1000, next=page["next"])
            seen += len(page["groups"])
        assert seen >= groups, seen

    size = f"{groups} groups, {groups * 10} permissions"
    return in_turns("describe all groups", size, 10, {PRODUCT: Act(ours)})


def run(quick: bool) -> Iterator[Measurement]:
    groups = 100 if quick else 1000
    with Lab(SETTINGS) as lab:
        lab.daemon.start()
        BigCloud(lab, groups, groups * 10, 0)
        yield describe(lab, groups)
        yield metadata(lab)
