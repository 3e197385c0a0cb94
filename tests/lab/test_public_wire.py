"""Elastic addresses on the public wire: who announces them, who else has them, by which router."""

from __future__ import annotations

import time

from lab.cloud import permit_icmp, permit_tcp
from lab.events import Events
from lab.guest import Guest
from lab.lab import CLIENT, FAR, HOST_PUBLIC, OFFICE, Lab
from lab.probes import Sniff, expect, ping, silent, tcp
from lab.timing import eventually, seconds

PERIOD = 2


def gratuitous(frames: list[bytes], address: str) -> int:
    """Announcements in the form of requests: sender and target are the address."""
    return arp_requests(frames, address, address)


def arp_requests(frames: list[bytes], sender: str, target: str) -> int:
    raw_sender, raw_target = (bytes(int(n) for n in text.split(".")) for text in (sender, target))
    arp = [data for data in frames if data[12:14] == b"\x08\x06" and data[21] == 1]
    return sum(data[28:32] == raw_sender and data[38:42] == raw_target for data in arp)


def test_the_public_wire() -> None:
    with Lab({"NETCTL_ANNOUNCE": str(round(seconds(PERIOD)))}) as lab:
        lab.daemon.start()
        lab.cloud.account("alice")
        lab.cloud.group("alice", "web", permit_tcp(22), permit_icmp())
        lab.client.serve(tcp=[80])
        public, private = lab.boot("alice", "web"), lab.boot("alice", "web", addressing="private")
        is_announced_again_and_with_carrier(lab, public)
        is_not_announced_against_another_machine(lab, public)
        is_never_a_source_of_others(lab, public, private)
        leaves_by_its_router(lab, public, private)


def is_announced_again_and_with_carrier(lab: Lab, guest: Guest) -> None:
    def announced(times: int, within: float) -> None:
        eventually(
            f"{times} announcements",
            lambda: gratuitous(sniff.frames(outgoing=False), guest.public) >= times,
            within=within,
        )

    time.sleep(seconds(1.5))  # the three of its beginning
    with Sniff(lab.client, "wire") as sniff:
        announced(2, 3 * PERIOD)
        # The first of them may have been probed for before anybody listened.
        eventually(
            "two probes",
            lambda: arp_requests(sniff.frames(outgoing=False), "0.0.0.0", guest.public) >= 2,
            within=3 * PERIOD,
        )
    lab.client.ip("link", "set", "wire", "down")
    with Sniff(lab.client, "wire") as sniff:
        lab.client.ip("link", "set", "wire", "up")
        announced(3, 0.95 * PERIOD)  # of its own accord it is announced once in that time


def is_not_announced_against_another_machine(lab: Lab, guest: Guest) -> None:
    events, name = Events(lab.cloud.rpc), f"address {guest.public}"
    lab.client.ip("address", "add", f"{guest.public}/32", "dev", "wire")
    events.expect(name, "problem: is answered for by")
    with Sniff(lab.client, "wire") as sniff:
        time.sleep(seconds(2.5 * PERIOD))
        frames = sniff.frames(outgoing=False)
        assert gratuitous(frames, guest.public) == 0
        assert arp_requests(frames, "0.0.0.0", guest.public) >= 1
    lab.client.ip("address", "del", f"{guest.public}/32", "dev", "wire")
    events.expect(name, "problem ended: is answered for by")
    expect(lab.client, tcp(guest.public, 22, server=guest.name))


def is_never_a_source_of_others(lab: Lab, public: Guest, private: Guest) -> None:
    """Though the host's own address is a /32, and came later."""
    host = lab.host
    host.ip("address", "flush", "dev", "eth1", "to", HOST_PUBLIC)
    host.ip("address", "add", f"{HOST_PUBLIC}/32", "dev", "eth1")
    host.ip("route", "replace", CLIENT, "dev", "eth1", "scope", "link")
    host.ip("route", "replace", "default", "via", CLIENT)
    for machine, source in ((host, HOST_PUBLIC), (private, HOST_PUBLIC), (public, public.public)):
        for target in (CLIENT, FAR):
            expect(machine, tcp(target, 80, server=lab.client.name, seen_as=source))
    expect(lab.client, tcp(public.public, 22, server=public.name, seen_as=CLIENT))


def leaves_by_its_router(lab: Lab, public: Guest, private: Guest) -> None:
    """Though the host's default route leaves by the office."""
    lab.host.ip("route", "replace", "default", "via", OFFICE)
    asked = tcp(public.public, 22, source=FAR, server=public.name, seen_as=FAR)
    expect(lab.client, silent(asked))

    def is_named() -> bool:
        return "set NETCTL_PUBROUTER" in str(lab.cloud.rpc("system.status")["problems"])

    eventually("the way out is a problem", is_named, within=15)
    reload(lab, NETCTL_PUBROUTER=CLIENT)
    eventually("the way out is none any more", lambda: not is_named(), within=5)
    lab.office.serve(tcp=[81])

    def leaves() -> None:
        expect(lab.client, asked)
        expect(public, tcp(FAR, 80, seen_as=public.public), ping(FAR))
        expect(private, tcp(FAR, 80, seen_as=HOST_PUBLIC), tcp(OFFICE, 81))

    leaves()
    rules = lab.host.ip("rule")
    for change in ("route flush table 28260", "rule del priority 28260", "rule del priority 28261"):
        events = Events(lab.daemon.rpc)
        lab.host.ip(*change.split())
        # The kernel tells: nobody waits for an audit.
        eventually(f"{change} is undone", lambda: is_whole(lab, rules), within=1, every=0.05)
        events.expect("public router", "")
    leaves()
    lab.daemon.stop()
    lab.daemon.purge()
    assert "28260" not in lab.host.ip("rule")
    assert lab.host.ip("route", "show", "table", "all").find("28260") == -1


def is_whole(lab: Lab, rules: str) -> bool:
    route = lab.host.ip("route", "show", "table", "28260")
    return lab.host.ip("rule") == rules and CLIENT in route


def reload(lab: Lab, **settings: str) -> None:
    lab.daemon.settings.update(settings)
    lab.daemon.write_config()
    lab.cloud.rpc("system.reload")
    eventually("it is in force", lambda: not lab.cloud.plan())
