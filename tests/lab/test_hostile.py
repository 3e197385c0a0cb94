"""What a guest forges reaches nobody: no neighbour, no other network, no host, not the wire."""

from __future__ import annotations

import pytest
from lab.frames import ALL, ARP, RARP, arp, captured, frame, packet, seen, tag_of
from lab.hostile import Street, forged_senders, forged_services, mac_of, make_street
from lab.lab import Lab
from lab.probes import expect, ping


@pytest.fixture(params=["lab", "node_lab"], ids=["one-host", "two-nodes"])
def anywhere(request: pytest.FixtureRequest, bridge_netfilter: int) -> Lab:
    """The neighbours on one host, and on two."""
    found: Lab = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def street(anywhere: Lab) -> Street:
    return make_street(anywhere)


def test_forged_senders_reach_nobody(street: Street) -> None:
    assert seen(street.one, forged_senders(street), street.everywhere_but("one")) == set()
    expect(street.two, ping(street.one.address), ping(street.two.gateway))


def test_forged_services_reach_nobody(street: Street) -> None:
    assert seen(street.one, forged_services(street), street.everywhere_but("one")) == set()


def test_an_instances_own_frames_stay_in_its_network(anywhere: Lab, street: Street) -> None:
    mac, address = mac_of(street.one), street.one.address
    to_all = [
        frame("RARP", ALL, mac, RARP),
        frame("ARP", ALL, mac, ARP, arp(1, mac, address, street.stranger.address)),
        frame("ARP probe", ALL, mac, ARP, arp(1, mac, "0.0.0.0", address)),
        packet("broadcast", ALL, mac, address),
        packet("multicast", "01:00:5e:00:00:fb", mac, address),
    ]
    direct = packet("to its neighbour", mac_of(street.two), mac, address)
    foreign = packet("to a stranger", mac_of(street.stranger), mac, address)
    must = {(name, one.what) for one in to_all for name in ("two", "host", "wire")}
    must.add(("two", direct.what))
    # The bridge may not have learned yet where the neighbour is.
    may = must | {("wire", direct.what)}
    if anywhere.mode == "MANAGED":
        may.add(("wire", foreign.what))  # with the tag of the sender's own network
    came = captured(street.one, [*to_all, direct, foreign], street.places, must)
    assert must <= came.keys() <= may, "not to the stranger, and not back to the sender"
    tag = street.one.instance["tag"] if anywhere.mode == "MANAGED" else None
    tags = {(place, tag_of(data)) for (place, _), data in came.items()}
    assert tags == {("wire", tag), ("two", None), ("host", None)}
