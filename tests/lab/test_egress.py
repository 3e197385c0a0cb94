"""From instances outwards, and what outsiders send in their name."""

from __future__ import annotations

from lab.cloud import Cloud, from_group, permit, permit_tcp
from lab.guest import Guest
from lab.lab import CLIENT, DENIED, FAR, HOST_OFFICE, HOST_PUBLIC, NOT_NATTED, OFFICE, Lab
from lab.probes import Packet, arrivals, expect, ping, silent, tcp, udp


def lone_guest(lab: Lab) -> Guest:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web")
    lab.client.serve(tcp=[80], udp=[53])
    lab.office.serve(tcp=[80])
    return lab.boot("alice", "web", addressing="private")


def test_egress_is_open_and_masqueraded(lab: Lab) -> None:
    guest = lone_guest(lab)
    expect(
        guest,
        tcp(FAR, 80, seen_as=HOST_PUBLIC),
        udp(FAR, 53, seen_as=HOST_PUBLIC),
        ping(FAR),
        tcp(OFFICE, 80, seen_as=HOST_OFFICE),
    )


def test_denied_networks_are_never_reached(lab: Lab) -> None:
    guest = lone_guest(lab)
    expect(guest, silent(tcp(DENIED, 80)), silent(udp(DENIED, 53)), silent(ping(DENIED)))
    esp = Packet(50)
    assert arrivals(guest, DENIED, lab.client, [esp], [], interface="wire") == set()
    expect(guest, tcp(FAR, 80))
    expect(lab.host, tcp(DENIED, 80))


def test_denied_networks_are_never_reached_from_an_elastic_address(lab: Lab, cloud: Cloud) -> None:
    guest = lone_guest(lab)
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    expect(guest, silent(tcp(DENIED, 80)), silent(ping(DENIED)), tcp(FAR, 80, seen_as=address))


def test_without_nat_the_private_address_is_seen(lab: Lab, cloud: Cloud) -> None:
    guest = lone_guest(lab)
    lab.route_private(guest.address)
    expect(
        guest,
        tcp(NOT_NATTED, 80, seen_as=guest.address),
        udp(NOT_NATTED, 53, seen_as=guest.address),
    )
    expect(guest, tcp(CLIENT, 80, seen_as=HOST_PUBLIC))
    # There the permissions go by the private address as well.
    expect(lab.client, silent(tcp(guest.address, 22, source=NOT_NATTED)))
    cloud.authorize("alice", "web", permit_tcp(22, cidrs=["192.0.2.0/24"]))
    expect(lab.client, tcp(guest.address, 22, source=NOT_NATTED, seen_as=NOT_NATTED))


def test_a_forged_private_source_from_outside_is_not_forwarded(lab: Lab) -> None:
    """Nobody outside gets an instance's rights by taking its address."""
    guest = lone_guest(lab)
    lab.client.ip("route", "replace", "10.99.0.0/24", "via", HOST_PUBLIC)
    honest, forged = Packet(50), Packet(51)
    assert arrivals(lab.client, OFFICE, lab.office, [honest], [honest], interface="wire") == {
        honest
    }
    lab.client.ip("address", "add", f"{guest.address}/32", "dev", "lo")
    try:
        seen = arrivals(lab.client, OFFICE, lab.office, [forged], [], guest.address, "wire")
    finally:
        lab.client.ip("address", "del", f"{guest.address}/32", "dev", "lo")
    assert seen == set()


def test_a_forged_source_opens_no_instance(lab: Lab, cloud: Cloud) -> None:
    """Neither as a member of a source group, nor as a neighbour in the same network."""
    cloud.account("alice")
    cloud.group("alice", "admins")
    cloud.group("alice", "web", permit("all", groups=from_group("alice", "admins")))
    target, neighbour, admin = (
        lab.boot("alice", "web"),
        lab.boot("alice", "web"),
        lab.boot("alice", "admins"),
    )
    esp = Packet(50)
    assert arrivals(admin, target.address, target, [esp], [esp]) == {esp}
    for destination in (target.address, target.public):
        lab.route_private(target.address)
        for victim in (admin, neighbour):
            lab.client.ip("address", "add", f"{victim.address}/32", "dev", "lo")
            try:
                seen = arrivals(lab.client, destination, target, [esp], [], victim.address)
            finally:
                lab.client.ip("address", "del", f"{victim.address}/32", "dev", "lo")
            assert seen == set(), f"{victim.name} to {destination}"


def test_what_is_not_the_instances_is_forwarded_as_before(lab: Lab) -> None:
    lone_guest(lab)
    lab.client.ip("route", "replace", "10.99.0.0/24", "via", HOST_PUBLIC)
    lab.client.serve(tcp=[81])
    lab.office.serve(tcp=[81])
    expect(lab.office, tcp(CLIENT, 81, seen_as=OFFICE))
    expect(lab.client, tcp(OFFICE, 81, seen_as=CLIENT))
