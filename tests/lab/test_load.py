"""A kernel that tells of very much, and a clock that somebody sets: netctld serves on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from lab.cloud import Cloud, permit_tcp
from lab.daemon import NETCTLD
from lab.events import Events
from lab.lab import Lab
from lab.probes import expect, silent, tcp
from lab.timing import eventually, seconds

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

DAY = 86400
# Each is added and removed: a message for each, and a route's beside it.
ADDRESSES = 500
TIMES = 50


def test_changes_are_in_force_beside_a_hundred_thousand_messages(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    first = IPv4Address("198.18.0.1")
    lines = [
        f"address {verb} {first + number}/32 dev storm"
        for verb in ("add", "del")
        for number in range(ADDRESSES)
    ]
    batch = lab.directory / "storm"
    batch.write_text("\n".join(lines * TIMES) + "\n")
    log = lab.directory / "storm.log"
    lab.host.ip(*"link add storm up type veth peer name calm".split())
    try:
        pid = lab.host.call("spawn", argv=["ip", "-batch", str(batch)], log=str(log), env={})
        slowest, changes = 0.0, 0
        while lab.host.call("alive", pid=pid):
            changes += 1
            began = time.monotonic()
            change = cloud.authorize if changes % 2 else cloud.revoke
            assert change("alice", "web", permit_tcp(80))["in_force"]
            slowest = max(slowest, time.monotonic() - began)
            if changes == 2:
                lab.host.ip("address", "del", f"{guest.public}/32", "dev", "eth1")
        assert log.read_text() == ""
        assert changes > 2, "the messages came too fast to say anything"
        assert slowest < seconds(2)
        cloud.authorize("alice", "web", permit_tcp(80))
        expect(lab.client, tcp(guest.public, 80, server=guest.name), silent(tcp(guest.public, 23)))
        # It hears again: what is lost after all of this is back at once.
        lab.host.ip("address", "del", f"{guest.public}/32", "dev", "eth1")
        there = f"inet {guest.public}/32"
        eventually("the address is back", lambda: there in lab.host.ip("address", "show", "eth1"))
        eventually("all is in force", lambda: cloud.rpc("system.status")["in_force"])
    finally:
        lab.host.ip("link", "del", "storm")


@contextmanager
def clock_of_its_own(lab: Lab) -> Iterator[None]:
    """netctld, and what it starts, see a wall clock that `set_clock` sets."""
    library = lab.directory / "wall_clock.so"
    source = Path(__file__).with_name("wall_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    program = lab.directory / "netctld-with-a-clock"
    program.write_text(
        f"#!/bin/sh\nexport LD_PRELOAD={library} WALL_CLOCK={lab.directory}/clock\n"
        f'exec {NETCTLD} "$@"\n'
    )
    program.chmod(0o755)
    set_clock(lab, 0)
    with lab.daemon.replaced(program):
        yield


def set_clock(lab: Lab, offset: int) -> None:
    """Seconds beside the true time."""
    (lab.directory / "clock").write_text(f"{offset:+d}\n")


def test_a_clock_that_is_set_stops_nothing_and_is_told_of(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    with clock_of_its_own(lab):
        guest = lab.boot("alice", "web")
        steps = ((-DAY, "back"), (DAY, "forward"))
        for port, (offset, way) in zip((80, 8080), steps, strict=True):
            events = Events(cloud.rpc)
            set_clock(lab, offset)
            events.expect("clock of this host", f"was set {way} by ")
            assert cloud.authorize("alice", "web", permit_tcp(port))["in_force"]
            expect(lab.client, tcp(guest.public, port, server=guest.name))
            another = lab.boot("alice", "web")
            expect(lab.client, tcp(another.public, port, server=another.name))
            lab.host.run("iptables-legacy", "-F")
            lab.host.ip("address", "del", f"{guest.public}/32", "dev", "eth1")
            eventually("all is mended", lambda: not cloud.plan())
            expect(lab.client, tcp(guest.public, port, server=guest.name))
            lab.detach(another)
            assert cloud.revoke("alice", "web", permit_tcp(port))["in_force"]
            expect(lab.client, silent(tcp(guest.public, port)))
