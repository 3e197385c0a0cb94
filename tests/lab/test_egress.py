"""From instances outwards, and what outsiders send in their name."""

from __future__ import annotations

from typing import Any

from lab.cloud import Cloud, from_group, permit, permit_icmp, permit_tcp, permit_udp
from lab.guest import Guest
from lab.lab import CLIENT, DENIED, FAR, HOST_OFFICE, HOST_PUBLIC, NOT_NATTED, OFFICE, Lab
from lab.probes import Flow, Packet, arrivals, expect, ping, silent, tcp, udp
from lab.timing import eventually

EVERYTHING = permit("all", direction="egress")


def out(permission: dict[str, Any]) -> dict[str, Any]:
    return {**permission, "direction": "egress"}


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


def test_restricted_egress_holds_with_and_without_an_elastic_address(
    lab: Lab, cloud: Cloud
) -> None:
    guest = lone_guest(lab)
    neighbour = lab.boot("alice", "web", addressing="private")
    lab.client.serve(tcp=[81], udp=[5000])
    cloud.revoke("alice", "web", EVERYTHING)
    nothing = [silent(tcp(FAR, 80)), silent(udp(FAR, 5000)), silent(ping(FAR))]
    always = [tcp(neighbour.address, 80), ping(guest.gateway)]
    expect(guest, *nothing, silent(tcp(OFFICE, 80)), *always)
    assert guest.run("curl", "-sf", "http://169.254.169.254/latest/meta-data/instance-id")
    cloud.authorize(
        "alice",
        "web",
        out(permit_tcp(80, cidrs=[f"{CLIENT}/32", f"{FAR}/32"])),
        out(permit_udp(4000, 5999)),
        out(permit_icmp(8, 0, cidrs=[f"{FAR}/32"])),
    )
    some = [tcp(FAR, 80), silent(tcp(FAR, 81)), udp(FAR, 5000), silent(udp(FAR, 53)), ping(FAR)]
    expect(guest, *some, silent(tcp(OFFICE, 80)), silent(ping(OFFICE)), *always)
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    cloud.authorize("alice", "web", permit_tcp(22))
    # Answers need no permission.
    expect(lab.client, tcp(address, 22))
    expect(guest, *some, silent(tcp(OFFICE, 80)), *always)
    cloud.authorize("alice", "web", EVERYTHING)
    expect(guest, tcp(FAR, 81), udp(FAR, 53), tcp(OFFICE, 80), ping(OFFICE))
    expect(guest, silent(tcp(DENIED, 80)))


def test_egress_to_groups_and_by_elastic_addresses(lab: Lab, cloud: Cloud) -> None:
    """Both sides' groups must permit it; of an asker's groups the union counts."""
    cloud.account("alice")
    cloud.group("alice", "db", permit_tcp(22, 90))
    cloud.group("alice", "other", permit_tcp(22, 90))
    cloud.group("alice", "web")
    cloud.group("alice", "free")
    cloud.revoke("alice", "web", EVERYTHING)
    asker = lab.boot("alice", "web")
    target, third = lab.boot("alice", "db"), lab.boot("alice", "other")
    expect(asker, *[silent(tcp(to, 80)) for to in (target.address, target.public, third.address)])
    cloud.authorize("alice", "web", out(permit_tcp(80, groups=from_group("alice", "db"))))
    expect(asker, tcp(target.address, 80), tcp(target.public, 80), silent(tcp(third.address, 80)))
    cloud.authorize("alice", "web", out(permit_tcp(80, cidrs=[f"{third.public}/32"])))
    expect(asker, tcp(third.public, 80), silent(tcp(third.address, 80)))
    cloud.change("instance.modify", instance_id=asker.id, groups=["web", "free"])
    expect(asker, tcp(third.address, 80))
    cloud.change("instance.modify", instance_id=asker.id, groups=["web"])
    expect(asker, silent(tcp(third.address, 80)), tcp(target.address, 80))
    cloud.revoke("alice", "db", permit_tcp(22, 90))
    expect(asker, silent(tcp(target.address, 80)))


def test_a_revoke_of_egress_cuts_what_goes_out(lab: Lab, cloud: Cloud) -> None:
    guest = lone_guest(lab)
    lab.client.serve_stream(tcp=[7000, 7002], udp=[7001])
    beside = out(permit_tcp(7002, cidrs=[f"{FAR}/32"]))
    cloud.authorize("alice", "web", beside)
    going = Flow(guest, "tcp", FAR, 7000), Flow(guest, "udp", FAR, 7001, talk=True)
    staying = Flow(guest, "tcp", FAR, 7002)
    cloud.revoke("alice", "web", EVERYTHING)
    for flow in going:
        flow.assert_cut()
    staying.assert_lives()
    cloud.revoke("alice", "web", beside)
    staying.assert_cut()


def test_a_lost_member_closes_egress_and_opens_nothing(lab: Lab, cloud: Cloud) -> None:
    guest = lone_guest(lab)
    lab.daemon.cli("pause", "10m")
    lab.host.run("ipset", "flush", "nc_out_free")
    expect(guest, silent(tcp(FAR, 80)))
    lab.daemon.cli("resume")
    eventually("all is repaired", lambda: cloud.plan() == [])
    expect(guest, tcp(FAR, 80))
