"""What a guest forges reaches nobody: no neighbour, no other network, no host, not the wire."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from lab.cloud import Cloud
from lab.frames import (
    ALL,
    ARP,
    ICMPV6,
    IPV4,
    IPV6,
    QINQ,
    RARP,
    UDP,
    VLAN,
    Frame,
    arp,
    datagram,
    frame,
    ipv4,
    ipv6,
    packet,
    seen,
    tagged,
    udp,
)
from lab.guest import Guest
from lab.lab import Lab
from lab.machine import Machine
from lab.probes import expect, ping, tcp
from lab.timing import eventually

OUTSIDER = "02:00:00:00:00:99"
NOBODY = "d0:0d:ff:ff:ff:ff"
STP, LLDP = "01:80:c2:00:00:00", "01:80:c2:00:00:0e"
Places = dict[str, tuple[Machine, str]]


@dataclass
class Street:
    """Two neighbours in one network, a stranger in another account's, the gateway and the wire."""

    one: Guest
    two: Guest
    stranger: Guest
    places: Places
    gateway_mac: str

    def everywhere_but(self, *names: str) -> Places:
        return {name: place for name, place in self.places.items() if name not in names}

    def targets(self) -> list[str]:
        return [ALL, mac_of(self.two), mac_of(self.stranger), self.gateway_mac]


def mac_of(guest: Guest) -> str:
    return str(guest.instance["mac"])


@pytest.fixture
def street(lab: Lab, cloud: Cloud) -> Street:
    cloud.account("alice")
    cloud.account("bob")
    one, two = lab.boot("alice", "default"), lab.boot("alice", "default")
    stranger = lab.boot("bob", "default")
    places: Places = {
        "one": (one, "eth0"),
        "two": (two, "eth0"),
        "stranger": (stranger, "eth0"),
        "host": (lab.host, one.bridge),
        "wire": (lab.nodes, "wire"),
    }
    gateway_mac = lab.host.run("cat", f"/sys/class/net/{one.bridge}/address").strip()
    return Street(one, two, stranger, places, gateway_mac)


def forged_senders(street: Street) -> list[Frame]:
    """From street.one."""
    mac, address, gateway = mac_of(street.one), street.one.address, street.one.gateway
    macs = {
        "its neighbour": mac_of(street.two),
        "a stranger": mac_of(street.stranger),
        "the gateway": street.gateway_mac,
        "nobody": NOBODY,
    }
    addresses = {
        "its neighbour": street.two.address,
        "a stranger": street.stranger.address,
        "the gateway": gateway,
        "the internet": "198.51.100.1",
        "nobody": "0.0.0.0",
    }
    frames = []
    for whose, other in macs.items():
        for to in street.targets():
            claim = arp(2, other, address, gateway)
            frames += [
                packet(f"packet to {to} with the MAC of {whose}", to, other, address),
                frame(f"ARP to {to} with the MAC of {whose}", to, other, ARP, claim),
                frame(f"RARP to {to} with the MAC of {whose}", to, other, RARP),
            ]
        claim = arp(1, other, address, gateway)
        frames.append(frame(f"ARP that names the MAC of {whose}", ALL, mac, ARP, claim))
    for whose, other in addresses.items():
        for to in street.targets():
            frames.append(packet(f"packet to {to} with the address of {whose}", to, mac, other))
        for operation in (1, 2) if whose != "nobody" else (2,):
            claim = arp(operation, mac, other, gateway)
            frames.append(frame(f"ARP ({operation}) of {whose}'s address", ALL, mac, ARP, claim))
    return frames


def forged_services(street: Street) -> list[Frame]:
    """From street.one: servers, tags, and protocols that no instance has."""
    mac, address = mac_of(street.one), street.one.address
    tag = int(street.stranger.instance["tag"])
    inner = ipv4(address, street.stranger.address, b"")
    advertisement = b"\x86\0\0\0\x40\0\x07\x08" + bytes(8)
    frames = [
        frame("router advertisement", ALL, mac, IPV6, ipv6(ICMPV6, advertisement)),
        frame("DHCPv6 reply", ALL, mac, IPV6, ipv6(UDP, udp(547, 546, b""))),
        frame("STP", STP, mac, 38, b"\x42\x42\x03"),
        frame("LLDP", LLDP, mac, 0x88CC),
    ]
    for source in (address, street.one.gateway, "0.0.0.0"):
        for port in (67, 68):
            frames.append(datagram(f"DHCP offer of {source} to {port}", mac, source, 67, port))
    for to in street.targets():
        frames.append(frame(f"IPv6 to {to}", to, mac, IPV6, ipv6(59, b"")))
        for kind in (0x8847, 0x8863, 0x888E, 0x88CC, 0x9000):
            frames.append(frame(f"type {kind:04x} to {to}", to, mac, kind))
        for kind in (VLAN, QINQ, 0x9100):
            double = tagged(tag, VLAN, tagged(tag, IPV4, inner))
            frames += [
                frame(f"tag {kind:04x} to {to}", to, mac, kind, tagged(tag, IPV4, inner)),
                frame(f"priority {kind:04x} to {to}", to, mac, kind, tagged(0, IPV4, inner)),
                frame(f"double tag {kind:04x} to {to}", to, mac, kind, double),
            ]
    return frames


def test_forged_senders_reach_nobody(street: Street) -> None:
    assert seen(street.one, forged_senders(street), street.everywhere_but("one")) == set()
    expect(street.two, ping(street.one.address), ping(street.two.gateway))


def test_forged_services_reach_nobody(street: Street) -> None:
    assert seen(street.one, forged_services(street), street.everywhere_but("one")) == set()


def test_an_instances_own_frames_stay_in_its_network(lab: Lab, street: Street) -> None:
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
    if lab.mode == "MANAGED":
        may.add(("wire", foreign.what))  # with the tag of the sender's own network
    came = seen(street.one, [*to_all, direct, foreign], street.places, must)
    assert must <= came <= may, "not to the stranger, and not back to the sender"


def wire_tag(lab: Lab, tag: int) -> int | None:
    """In MANAGED frames of other hosts bear their network's tag."""
    return tag if lab.mode == "MANAGED" else None


def test_the_wire_brings_no_mac_of_an_instance_here(lab: Lab, street: Street) -> None:
    tag, address = wire_tag(lab, int(street.one.instance["tag"])), street.one.address
    forged = [
        packet(f"packet of {mac} to {to}", to, mac, address, tag)
        for mac in (mac_of(street.one), mac_of(street.two))
        for to in (ALL, mac_of(street.two), street.gateway_mac)
    ]
    if tag is None:
        # A tag says already which network it is.
        forged.append(packet("packet of nobody", ALL, NOBODY, address))
    places = street.everywhere_but("wire")
    assert seen(lab.nodes, forged, places, interface="wire") == set()
    router = packet("router", ALL, OUTSIDER, "10.9.9.9", tag)
    expected = {(name, "router") for name in places if tag is None or name != "stranger"}
    assert seen(lab.nodes, [router], places, expected, interface="wire") == expected


def test_instances_of_other_hosts_reach_their_network_only(
    lab: Lab, cloud: Cloud, street: Street
) -> None:
    remote = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["default"],
        node="elsewhere",
        device="vnet0",
    )
    mac, address, tag = remote["mac"], remote["private_ip"], wire_tag(lab, remote["tag"])
    frames = [
        packet("broadcast", ALL, mac, address, tag),
        packet("unicast", mac_of(street.one), mac, address, tag),
        packet("to a stranger", mac_of(street.stranger), mac, address, tag),
    ]
    expected = {(name, "broadcast") for name in ("one", "two", "host")} | {("one", "unicast")}
    places = street.everywhere_but("wire")
    assert seen(lab.nodes, frames, places, expected, interface="wire") == expected


def test_a_guard_stands_before_the_device_exists(lab: Lab, cloud: Cloud, street: Street) -> None:
    guest = lab.new_guest()
    guest.instance = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="bob",
        groups=["default"],
        device=guest.device,
    )
    lab.daemon.kill()
    guest.plug(mac_of(guest))
    guest.plug_into(guest.bridge)
    guest.ip("link", "set", "eth0", "up")
    own = packet("its own", ALL, mac_of(guest), guest.address)
    eventually("the port forwards", lambda: seen(guest, [own], street.places))
    forged = [
        packet("MAC", ALL, OUTSIDER, guest.address),
        packet("address", ALL, mac_of(guest), "10.9.9.9"),
        packet("tag", ALL, mac_of(guest), guest.address, 5),
    ]
    assert seen(guest, forged, street.places) == set()
    lab.daemon.start()

    def is_open() -> bool:
        return bool(cloud.instance(guest.id)["port"] == "open")

    eventually("the port opens", is_open)
    assert seen(guest, forged, street.places) == set()


def test_a_tap_that_nobody_attached_cannot_be_an_instance(lab: Lab, street: Street) -> None:
    guest = lab.new_guest()
    guest.plug(NOBODY)
    guest.plug_into(street.one.bridge)
    guest.ip("link", "set", "eth0", "up")
    if lab.mode == "MANAGED-NOVLAN":
        other = packet("other", ALL, OUTSIDER, "10.9.9.9")
        eventually("others' ports forward", lambda: seen(guest, [other], street.places))
    else:
        pattern = f"bridge link show dev {guest.device} | grep -q forwarding"
        eventually("it forwards", lambda: lab.host.try_run("sh", "-c", pattern).code == 0)
    frames = [
        packet("nobody", ALL, NOBODY, street.one.address),
        packet("another", ALL, mac_of(street.two), street.two.address),
    ]
    assert seen(guest, frames, street.places) == set()


def test_guards_that_somebody_changes_come_back(lab: Lab, cloud: Cloud, street: Street) -> None:
    mac = mac_of(street.one)
    for change in (
        "delete table bridge netctl",
        "insert rule bridge netctl from_port accept",
        f"delete element bridge netctl port_macs {{ {street.one.device} . {mac} }}",
        f"add element bridge netctl any_address {{ {mac} }}",
    ):
        lab.host.run("nft", change)
        assert any(step["phase"] == "guards" for step in cloud.plan()), change
        cloud.rpc("system.reconcile")
        assert cloud.plan() == [], change
    assert seen(street.one, forged_senders(street), street.everywhere_but("one")) == set()
    expect(street.one, ping(street.one.gateway), tcp(street.two.address, 22))


def test_guards_stand_while_netctld_is_down(lab: Lab, street: Street) -> None:
    lab.daemon.stop()
    assert seen(street.one, forged_services(street), street.everywhere_but("one")) == set()
    expect(street.one, tcp(street.two.address, 22), ping(street.one.gateway))
    lab.daemon.start()


def test_purge_takes_the_guards_away(bridge_netfilter: int) -> None:
    with Lab(bridge_netfilter=bridge_netfilter) as lab:
        lab.daemon.start()
        lab.cloud.account("alice")
        lab.boot("alice", "default")
        assert "table bridge netctl" in lab.host.run("nft", "list", "tables")
        lab.daemon.stop()
        lab.daemon.purge()
        assert "bridge" not in lab.host.run("nft", "list", "tables")
