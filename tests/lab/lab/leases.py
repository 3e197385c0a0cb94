"""Guests with leases of 120 s, watched through renewal and rebinding while netctld is dead."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .frames import BROADCAST, DhcpMessage, mac_bytes
from .guest import Guest, Lease
from .lab import Lab
from .probes import Sniff
from .site import OnTheSite, SiteLab, SiteNodeLab

LEASE = 120
SHORT = {"NETCTL_DHCP_LEASE": str(LEASE)}
REQUEST, ACKNOWLEDGEMENT = 3, 5


@dataclass
class Watched:
    """A guest, and whether its unicast requests are lost, so that it has to rebind by broadcast."""

    guest: Guest
    client: str
    only_broadcast: bool
    wire: Sniff

    def requests(self) -> list[tuple[DhcpMessage, bool]]:
        """What the guest asked for on its wire, and whether it was answered. What is repeated in the
        same way, since a busy server takes its time, is asked once."""
        requests: list[tuple[DhcpMessage, bool]] = []
        hardware = mac_bytes(str(self.guest.instance["mac"]))
        for frame in self.wire.frames():
            message = DhcpMessage.parse(frame)
            if message is None or message.hardware != hardware:
                continue
            if message.kind == REQUEST:
                if requests and not requests[-1][1]:
                    asked = requests[-1][0]
                    if (asked.transaction, asked.destination) == (
                        message.transaction,
                        message.destination,
                    ):
                        requests.pop()
                requests.append((message, False))
            elif message.kind == ACKNOWLEDGEMENT and requests:
                asked = requests[-1][0]
                requests[-1] = (asked, message.transaction == asked.transaction)
        return requests

    def all_answered(self) -> bool:
        return all(answered for _, answered in self.requests())

    def asked_by_unicast(self) -> bool:
        return any(request.destination != BROADCAST for request, _ in self.requests())

    def renewals(self) -> list[float]:
        """Seconds from each lease to the next."""
        times = [float(lease.at) for lease in self.guest.leases()]
        return [later - earlier for earlier, later in pairwise(times)]

    def renews_in_its_way(self, seconds: float) -> bool:
        """Whether that is when the client takes the answer to its unicast, or to its broadcast.

        dnsmasq tells a T1 of 52.5 to 60 s, and dhclient asks at a random moment in the last quarter
        before it. udhcpc sends its unicast through a socket that is connected to the server and
        closed next: an answer that comes before that goes there and is never read. It then rebinds,
        so that either will do for it.
        """
        low = 80 if self.only_broadcast else 39
        high = 80 if self.client == "dhclient" and not self.only_broadcast else 120
        return low < seconds < high

    def lost(self) -> list[Lease]:
        """What took the lease away after it was there once."""
        events = self.guest.lease_events()
        bound = next(i for i, event in enumerate(events) if event.event == "bound")
        return [event for event in events[bound:] if event.event not in ("bound", "renew")]


class LeaseWatch:
    """Both clients and both ways to renew, in each of the places."""

    PLACES: Final[dict[str, Callable[[], Lab]]] = {
        "bridge-nf-off": lambda: Lab(SHORT, bridge_netfilter=0),
        "bridge-nf-on": lambda: Lab(SHORT, bridge_netfilter=1),
        "STATIC": lambda: SiteLab("STATIC"),
        "STATIC-cluster-and-nodes": lambda: SiteNodeLab("STATIC"),
    }

    def __init__(self) -> None:
        self.labs: list[Lab] = []
        self.watched: dict[str, list[Watched]] = {}

    def __enter__(self) -> LeaseWatch:
        try:
            for place, make in self.PLACES.items():
                self.labs.append(make())
                self.watched[place] = self.start(self.labs[-1])
        except BaseException:
            self.close()
            raise
        self.started = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for lab in self.labs:
            lab.close()

    def start(self, lab: Lab) -> list[Watched]:
        if lab.daemon.pid == 0:
            lab.daemon.start()
        lab.cloud.account("alice")
        watched = []
        for client in ("udhcpc", "dhclient"):
            for only_broadcast in (False, True):
                guest = attach(lab)
                if only_broadcast:
                    lose_unicast_requests(guest)
                lease = guest.boot(client)
                assert lease.lease == str(LEASE), lease
                wire = Sniff(guest, "eth0")
                watched.append(Watched(guest, client, only_broadcast, wire))
        for daemon in lab.daemons():
            daemon.kill()
        return watched

    def wait_until_leases_would_have_ended(self) -> None:
        time.sleep(max(0.0, self.started + LEASE + 10 - time.monotonic()))


def attach(lab: Lab) -> Guest:
    if isinstance(lab, OnTheSite):
        return lab.attach_at(0, "alice")
    return lab.attach(lab.new_guest(), "alice", "default")


def lose_unicast_requests(guest: Guest) -> None:
    """Drops what the client sends by a UDP socket; broadcasts leave by a raw socket and pass."""
    for line in (
        "add table ip lab",
        "add chain ip lab out { type filter hook output priority 0; }",
        "add rule ip lab out udp dport 67 drop",
    ):
        guest.run("nft", line)
