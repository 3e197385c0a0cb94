"""The wire that instances' hosts share with other machines: these reach no instance, nor it them."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest
from lab.cloud import permit_udp
from lab.frames import (
    ALL,
    ARP,
    IPV4,
    UDP,
    Frame,
    arp,
    datagram,
    ethernet,
    frame,
    ipv4,
    packet,
    seen,
    udp,
)
from lab.guest import Guest
from lab.hostile import OUTSIDER, Street, mac_of, make_street
from lab.lab import Lab
from lab.machine import Machine, ip
from lab.nodes import NodeHost, NodeLab
from lab.probes import Flow, expect, ping, tcp
from lab.rpc import RpcError
from lab.timing import eventually

MULTICAST = "01:00:5e:00:00:fb"
STREAM = 7000


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


def test_an_instances_address_alone_begins_no_flow(node_lab: NodeLab, outsider: Machine) -> None:
    """By the gateway it takes the MAC that goes with it: who sends as an instance reaches nobody."""
    if node_lab.mode == "MANAGED":  # there an outsider's frame comes in by no network's interface
        return
    street = make_street(node_lab)
    one, two, stranger = street.one, street.two, street.stranger
    cloud, to = node_lab.cloud, street.gateway_mac
    cloud.authorize("bob", "default", permit_udp(STREAM, cidrs=[f"{one.address}/32"]))
    nobody = str(IPv4Address(one.address) + 4)
    places = street.everywhere_but("host", "wire")

    ports = itertools.count(40000)  # each is a flow of its own

    def routed(what: str, mac: str, source: str, target: str) -> Frame:
        token = os.urandom(16)
        payload = ipv4(source, target, udp(next(ports), STREAM, token), UDP)
        return Frame(what, ethernet(to, mac, IPV4, payload), token)

    honest = [routed("honest", mac_of(one), one.address, stranger.address)]
    expected = {("stranger", "honest")}
    # The stranger's kernel says that nobody is at that port, and quotes the packet.
    assert seen(one, honest, places, expected) <= expected | {("one", "honest")}
    stranger.serve_stream(udp=[STREAM])
    flow = Flow(one, "udp", stranger.address, STREAM, talk=True)
    forged = [
        routed("as one to the stranger", OUTSIDER, one.address, stranger.address),
        routed("as one to its neighbour", OUTSIDER, one.address, two.address),
        routed("as nobody to its neighbours", OUTSIDER, nobody, two.address),
        routed("as another one", OUTSIDER, two.address, one.address),
        routed("with a stranger's MAC", mac_of(stranger), one.address, two.address),
    ]
    assert seen(outsider, forged, places) == set()
    flow.assert_lives()
    # An instance that is gone is nobody, and one that comes is known at once.
    node_lab.detach(one)
    gone = [routed("as one that is gone", mac_of(one), one.address, stranger.address)]
    assert seen(outsider, gone, street.everywhere_but("one", "host", "wire")) == set()
    expect(two, ping(two.gateway))


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
