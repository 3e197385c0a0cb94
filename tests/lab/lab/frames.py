"""Ethernet frames by hand, honest and forged, and where they arrive."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass

from .machine import Machine
from .probes import Sniff
from .timing import ARRIVES, SILENCE, eventually

ALL = "ff:ff:ff:ff:ff:ff"
BROADCAST = "255.255.255.255"
IPV4, ARP, RARP, VLAN, IPV6, QINQ = 0x0800, 0x0806, 0x8035, 0x8100, 0x86DD, 0x88A8
UDP, ICMPV6, EXPERIMENT = 17, 58, 253


def mac_bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def ethernet(destination: str, source: str, kind: int, payload: bytes) -> bytes:
    head = mac_bytes(destination) + mac_bytes(source) + struct.pack("!H", kind)
    return (head + payload).ljust(60, b"\0")


def tagged(tag: int, kind: int, payload: bytes) -> bytes:
    """What follows a tag's own EtherType."""
    return struct.pack("!HH", tag, kind) + payload


def checksum(header: bytes) -> int:
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)


def ipv4(source: str, destination: str, payload: bytes, protocol: int = EXPERIMENT) -> bytes:
    def header(check: int) -> bytes:
        return struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, check,
            socket.inet_aton(source), socket.inet_aton(destination),
        )  # fmt: skip

    return header(checksum(header(0))) + payload


def udp(source: int, destination: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload


def ipv6(protocol: int, payload: bytes) -> bytes:
    """From a link-local address to all nodes."""
    addresses = socket.inet_pton(socket.AF_INET6, "fe80::1")
    addresses += socket.inet_pton(socket.AF_INET6, "ff02::1")
    return struct.pack("!IHBB", 0x60000000, len(payload), protocol, 255) + addresses + payload


def arp(operation: int, mac: str, sender: str, target: str) -> bytes:
    return (
        struct.pack("!HHBBH", 1, IPV4, 6, 4, operation)
        + mac_bytes(mac)
        + socket.inet_aton(sender)
        + bytes(6)
        + socket.inet_aton(target)
    )


@dataclass(frozen=True)
class Frame:
    """A frame with some bytes in it that it is known by."""

    what: str
    data: bytes
    token: bytes


def frame(what: str, to: str, source: str, kind: int, payload: bytes = b"") -> Frame:
    """The payload and, behind it, the token."""
    token = os.urandom(16)
    return Frame(what, ethernet(to, source, kind, payload + token), token)


def packet(what: str, to: str, source: str, address: str, tag: int | None = None) -> Frame:
    """An IPv4 packet to an address that nothing translates; with a tag where one is named."""
    token = os.urandom(16)
    payload = ipv4(address, BROADCAST, token)
    if tag is not None:
        return Frame(what, ethernet(to, source, VLAN, tagged(tag, IPV4, payload)), token)
    return Frame(what, ethernet(to, source, IPV4, payload), token)


def datagram(what: str, source: str, address: str, source_port: int, port: int) -> Frame:
    """A UDP broadcast."""
    token = os.urandom(16)
    payload = ipv4(address, BROADCAST, udp(source_port, port, token), UDP)
    return Frame(what, ethernet(ALL, source, IPV4, payload), token)


@dataclass(frozen=True)
class DhcpMessage:
    """What a frame says as DHCP over IPv4 (RFC 2131, section 2; RFC 2132, section 9.6)."""

    destination: str
    transaction: bytes
    hardware: bytes
    kind: int

    @staticmethod
    def parse(data: bytes) -> DhcpMessage | None:
        """None for anything else."""
        if len(data) < 282 or data[12:14] != b"\x08\0" or data[23] != UDP:
            return None
        body = data[14 + 4 * (data[14] & 0x0F) + 8 :]
        if body[236:240] != b"\x63\x82\x53\x63":
            return None
        options = body[240:]
        while len(options) > 2 and options[0] != 53:
            options = options[1:] if options[0] == 0 else options[2 + options[1] :]
        if len(options) < 3 or options[0] != 53:
            return None
        return DhcpMessage(socket.inet_ntoa(data[30:34]), body[4:8], body[28:34], options[2])


def tag_of(data: bytes) -> int | None:
    """The VLAN id that a frame bears, if any."""
    kind, tag = struct.unpack("!HH", data[12:16])
    return tag & 0xFFF if kind in (VLAN, QINQ) else None


Arrivals = dict[tuple[str, str], bytes]


def captured(
    sender: Machine,
    frames: Iterable[Frame],
    watched: dict[str, tuple[Machine, str]],
    arriving: Iterable[tuple[str, str]] = (),
    interface: str = "eth0",
) -> Arrivals:
    """Sends each frame once; what came where, by (name of the place, frame), as it came there.

    `watched` are places and their interfaces. Waits until all of `arriving` are there, and then a
    little for those that should not come.
    """
    sent = list(frames)
    sniffs = {name: Sniff(machine, device) for name, (machine, device) in watched.items()}
    wanted = set(arriving)

    def arrived() -> Arrivals:
        came = {name: sniff.frames(outgoing=False) for name, sniff in sniffs.items()}
        return {
            (name, frame.what): data
            for name, got in came.items()
            for data in got
            for frame in sent
            if frame.token in data
        }

    try:
        for frame in sent:
            sender.call("send_frame", interface=interface, frame=frame.data.hex())
        eventually(f"{wanted} arrive", lambda: arrived().keys() >= wanted, ARRIVES)
        time.sleep(SILENCE)
        return arrived()
    finally:
        for sniff in sniffs.values():
            sniff.__exit__()


def seen(
    sender: Machine,
    frames: Iterable[Frame],
    watched: dict[str, tuple[Machine, str]],
    arriving: Iterable[tuple[str, str]] = (),
    interface: str = "eth0",
) -> set[tuple[str, str]]:
    """As `captured`, without the frames themselves."""
    return set(captured(sender, frames, watched, arriving, interface))
