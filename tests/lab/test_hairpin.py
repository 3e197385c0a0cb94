"""From an instance to an elastic address: of another instance, of a neighbour, of its own."""

from __future__ import annotations

import pytest
from lab.cloud import Cloud, Permission, from_group, permit, permit_icmp, permit_tcp
from lab.guest import Guest
from lab.lab import CLIENT, Lab
from lab.probes import Flow, expect, ping, silent, tcp, udp


def asker_and_target(
    lab: Lab, *permissions: Permission, addressing: str = "public"
) -> tuple[Guest, Guest]:
    """An instance of bob and one of alice with these permissions, both with elastic addresses."""
    cloud = lab.cloud
    cloud.account("alice")
    cloud.account("bob")
    cloud.group("bob", "clients")
    cloud.group("alice", "web", *permissions)
    return lab.boot("bob", "clients", addressing=addressing), lab.boot("alice", "web")


def test_without_permission_it_is_closed(lab: Lab) -> None:
    asker, target = asker_and_target(lab, permit_tcp(22, cidrs=[f"{CLIENT}/32"]))
    expect(
        asker,
        silent(tcp(target.public, 22)),
        silent(udp(target.public, 53)),
        silent(ping(target.public)),
    )
    expect(lab.client, tcp(target.public, 22))


@pytest.mark.parametrize("last", [22, 1022], ids=["port", "wide range"])
def test_by_the_askers_group(lab: Lab, last: int) -> None:
    source = from_group("bob", "clients")
    asker, target = asker_and_target(lab, permit_tcp(22, last, groups=source))
    expect(
        asker,
        tcp(target.public, 22, server=target.name, seen_as=asker.public),
        tcp(target.address, 22, server=target.name, seen_as=asker.address),
        silent(tcp(target.public, 8080)),
    )
    expect(lab.client, silent(tcp(target.public, 22)))


def test_by_the_askers_private_address(lab: Lab, cloud: Cloud) -> None:
    asker, target = asker_and_target(lab)
    cloud.authorize("alice", "web", permit_tcp(22, cidrs=[f"{asker.address}/32"]))
    expect(
        asker,
        tcp(target.public, 22, server=target.name, seen_as=asker.public),
        silent(tcp(target.public, 23)),
    )


@pytest.mark.parametrize("length", [32, 24])
@pytest.mark.parametrize("last", [22, 1022], ids=["port", "wide range"])
def test_by_the_askers_public_address(lab: Lab, cloud: Cloud, length: int, last: int) -> None:
    asker, target = asker_and_target(lab)
    cloud.authorize("alice", "web", permit_tcp(22, last, cidrs=[f"{asker.public}/{length}"]))
    expect(
        asker,
        tcp(target.public, 22, server=target.name, seen_as=asker.public),
        silent(tcp(target.public, 8080)),
        silent(tcp(target.address, 22)),
    )


def test_by_anywhere(lab: Lab) -> None:
    asker, target = asker_and_target(lab, permit_tcp(22), permit_icmp(8, 0))
    expect(
        asker, tcp(target.public, 22, server=target.name, seen_as=asker.public), ping(target.public)
    )


def test_an_asker_without_a_public_address_is_seen_as_its_gateway(lab: Lab) -> None:
    asker, target = asker_and_target(lab, permit_tcp(22), addressing="private")
    expect(
        asker,
        tcp(target.public, 22, server=target.name, seen_as=target.gateway),
        silent(tcp(target.public, 23)),
    )


def test_to_a_neighbour_in_the_same_network(lab: Lab) -> None:
    _, target = asker_and_target(lab, permit_tcp(22))
    neighbour = lab.boot("alice", "web")
    unlisted = lab.boot("alice", "web", addressing="private")
    expect(neighbour, tcp(target.public, 22, server=target.name, seen_as=neighbour.public))
    expect(unlisted, tcp(target.public, 22, server=target.name, seen_as=target.gateway))


def test_to_itself(lab: Lab) -> None:
    _, target = asker_and_target(lab, permit("all"))
    expect(
        target,
        tcp(target.public, 22, server=target.name),
        udp(target.public, 53),
        ping(target.public),
    )


def test_a_revoke_cuts_hairpin_flows(lab: Lab, cloud: Cloud) -> None:
    source = from_group("bob", "clients")
    asker, target = asker_and_target(
        lab, permit_tcp(7000, groups=source), permit_tcp(7002, groups=source)
    )
    target.serve_stream(tcp=[7000, 7002])
    flow, beside = (Flow(asker, "tcp", target.public, port) for port in (7000, 7002))
    cloud.revoke("alice", "web", permit_tcp(7000, groups=source))
    flow.assert_cut()
    beside.assert_lives()


def test_the_askers_address_moves_and_its_permission_with_it(lab: Lab, cloud: Cloud) -> None:
    asker, target = asker_and_target(lab, addressing="private")
    elastic = cloud.allocate("bob")
    cloud.authorize("alice", "web", permit_tcp(22, cidrs=[f"{elastic}/32"]))
    expect(asker, silent(tcp(target.public, 22)))
    cloud.associate("bob", elastic, asker.id)
    expect(asker, tcp(target.public, 22, seen_as=elastic))
    cloud.disassociate("bob", elastic)
    expect(asker, silent(tcp(target.public, 22)))
