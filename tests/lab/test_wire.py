"""The wire that instances' hosts share with other machines: these reach no instance, nor it them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from lab.frames import ALL, ARP, Frame, arp, datagram, frame, packet, seen
from lab.guest import Guest
from lab.hostile import OUTSIDER, Street, mac_of, make_street
from lab.lab import Lab
from lab.machine import Machine, ip
from lab.nodes import NodeHost, NodeLab
from lab.probes import expect, ping, tcp
from lab.rpc import RpcError
from lab.timing import eventually

MULTICAST = "01:00:5e:00:00:fb"


@pytest.fixture
def outsider(node_lab: NodeLab) -> Iterator[Machine]:
    """A machine on the wire that is no instance and no host."""
    machine = Machine(f"outsider{node_lab.number}")
    pair = "link add eth0 netns {} address {} type veth peer name outsider netns {}"
    ip(*pair.format(machine.name, OUTSIDER, node_lab.nodes.name).split())
    node_lab.nodes.ip("link", "set", "outsider", "master", "switch", "up")
    machine.ip("link", "set", "eth0", "up")
    yield machine
    machine.close()


def attempts(street: Street) -> list[Frame]:
    """What an outsider may try with a MAC of its own."""
    frames = [
        packet("broadcast", ALL, OUTSIDER, street.one.gateway),
        packet("multicast", MULTICAST, OUTSIDER, street.two.address),
        datagram("DHCP offer", OUTSIDER, street.one.gateway, 67, 68),
    ]
    for guest in (street.one, street.two, street.stranger):
        to = mac_of(guest)
        claim = arp(2, OUTSIDER, guest.gateway, guest.address)
        frames += [
            packet(f"packet to {guest.name}", to, OUTSIDER, street.one.gateway),
            frame(f"ARP to {guest.name}: I am your gateway", to, OUTSIDER, ARP, claim),
            frame(f"ARP to all: I am {guest.name}'s gateway", ALL, OUTSIDER, ARP, claim),
        ]
    return frames


def guests_of(street: Street) -> dict[str, tuple[Machine, str]]:
    return street.everywhere_but("host", "wire")


def expect_apart(street: Street, outsider: Machine) -> None:
    """They do not reach each other, and instances reach what they need."""
    assert seen(outsider, attempts(street), guests_of(street)) == set()
    expect(street.one, ping(street.one.gateway), tcp(street.two.address, 22))
    expect(street.two, ping(street.two.gateway), tcp(street.one.address, 22))


def gateways_known_by(node: NodeHost) -> str:
    return node.machine.run(*"nft list set bridge netctl gateway_macs".split())


def test_an_outsider_and_instances_do_not_reach_each_other(
    node_lab: NodeLab, outsider: Machine
) -> None:
    street = make_street(node_lab)
    expect_apart(street, outsider)
    if node_lab.mode != "MANAGED":  # there a frame to it bears a tag, and is none of its own
        to_it = packet("to the outsider", OUTSIDER, mac_of(street.one), street.one.address)
        assert seen(street.one, [to_it], {"outsider": (outsider, "eth0")}) == set()


def test_nodes_know_the_cluster_host_while_it_is_away(
    node_lab: NodeLab, outsider: Machine
) -> None:
    street = make_street(node_lab)
    first, second = node_lab.node_hosts
    node_lab.daemon.kill()
    for node in (first, second):
        node.daemon.kill()
        node.daemon.start()
    expect_apart(street, outsider)
    if node_lab.mode == "MANAGED":
        return
    # A node that was brought up to date, and has no list yet, knows the uplink.
    first.daemon.kill()
    stored = json.loads((first.daemon.state / "node.json").read_text())
    stored["protocol"] = 3
    del stored["part"]["settings"]["gateway_macs"]
    (first.daemon.state / "node.json").write_text(json.dumps(stored))
    first.daemon.start()
    assert mac_of_bridge(node_lab) not in gateways_known_by(first)
    expect(street.one, ping(street.one.gateway), tcp(street.two.address, 22))
    beside = node_lab.new_guest(first.machine)
    beside.plug(OUTSIDER)
    beside.plug_into(street.one.bridge)
    beside.ip("link", "set", "eth0", "up")
    on_the_wire = {"wire": street.places["wire"]}
    hello = packet("hello", ALL, OUTSIDER, street.one.gateway)
    eventually("its port forwards", lambda: seen(beside, [hello], on_the_wire))
    assert seen(beside, attempts(street), guests_of(street)) == set()


def mac_of_bridge(lab: Lab) -> str:
    return lab.host.run("cat", "/sys/class/net/br0/address").strip()


def test_nodes_learn_of_another_mac_of_the_cluster_host(node_lab: NodeLab) -> None:
    if node_lab.mode == "MANAGED":  # each network has a wire, and its gateway any MAC
        return
    node_lab.cloud.account("alice")
    guests = [node_lab.boot_on(node, "alice", "default") for node in node_lab.node_hosts]
    before, now = mac_of_bridge(node_lab), "02:00:00:00:00:77"

    def becomes(mac: str) -> None:
        node_lab.host.ip("link", "set", "br0", "address", mac)
        for node in node_lab.node_hosts:
            eventually("it is known", lambda node=node: mac in gateways_known_by(node))
        for guest in guests:
            expect_gateway(guest)

    becomes(now)
    assert before not in gateways_known_by(node_lab.node_hosts[0])
    becomes(before)


def expect_gateway(guest: Guest) -> None:
    guest.ip("neigh", "flush", "dev", "eth0")
    expect(guest, ping(guest.gateway))


def test_a_node_that_can_never_connect_gets_no_instances(lab: Lab) -> None:
    lab.cloud.account("alice")
    with pytest.raises(RpcError, match="NETCTL_LISTEN"):
        lab.cloud.rpc(
            "instance.attach",
            instance_id=lab.new_id(),
            owner="alice",
            groups=["default"],
            node="elsewhere",
            device="vnet0",
        )
    guest = lab.boot("alice", "default")
    with pytest.raises(RpcError, match="NETCTL_LISTEN"):
        lab.cloud.rpc("instance.modify", instance_id=guest.id, node="elsewhere")
