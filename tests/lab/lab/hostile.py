"""What a guest forges, as frames, and the places that none of it may reach."""

from __future__ import annotations

from dataclasses import dataclass

from .frames import (
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
    tagged,
    udp,
)
from .guest import Guest
from .lab import Lab
from .machine import Machine
from .nodes import NodeLab

OUTSIDER = "02:00:00:00:00:99"
NOBODY = "d0:0d:ff:ff:ff:ff"
STP, LLDP = "01:80:c2:00:00:00", "01:80:c2:00:00:0e"
Places = dict[str, tuple[Machine, str]]


@dataclass
class Street:
    """Two neighbours in one network, a stranger in another account's, the gateway and the wire.

    With node hosts the two neighbours are on one each, and there is a stranger on both.
    """

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


def make_street(lab: Lab) -> Street:
    """In an empty cloud, of the accounts alice and bob."""
    lab.cloud.account("alice")
    lab.cloud.account("bob")
    wire = "wire"
    if isinstance(lab, NodeLab):
        first, second = lab.node_hosts
        one, two = (lab.boot_on(node, "alice", "default") for node in lab.node_hosts)
        stranger = lab.boot_on(second, "bob", "default")
        beside = {"stranger beside": (lab.boot_on(first, "bob", "default"), "eth0")}
        wire = first.wire
    else:
        one, two = lab.boot("alice", "default"), lab.boot("alice", "default")
        stranger = lab.boot("bob", "default")
        beside = {}
    places: Places = {
        "one": (one, "eth0"),
        "two": (two, "eth0"),
        "stranger": (stranger, "eth0"),
        **beside,
        "host": (lab.host, one.bridge),
        "wire": (lab.nodes, wire),
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
