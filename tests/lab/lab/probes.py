"""What reaches whom. An expectation is a probe with its verdict; many are asked at once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .machine import Machine
from .timing import ARRIVES, SILENCE, eventually

NEVER = "timeout"


@dataclass(frozen=True)
class Probe:
    """One question and the verdict that it must get.

    `open` means that the server answered; `server` and `seen_as`, where given, say which one it was
    and whom it saw.
    """

    kind: str
    address: str
    port: int = 0
    verdict: str = "open"
    server: str = ""
    seen_as: str = ""
    source: str = "0.0.0.0"

    def request(self) -> dict[str, Any]:
        timeout = ARRIVES if self.verdict == "open" else SILENCE
        return {
            "kind": self.kind,
            "address": self.address,
            "port": self.port,
            "source": self.source,
            "timeout": timeout,
        }

    def fault(self, answer: dict[str, str]) -> str:
        """Why the answer is not the one expected; empty when it is."""
        if answer["verdict"] != self.verdict:
            return f"{self} got {answer}"
        if self.server and answer["server"] != self.server:
            return f"{self} was answered by {answer['server']}"
        if self.seen_as and answer["seen_as"] != self.seen_as:
            return f"{self} was seen as {answer['seen_as']}"
        return ""


def tcp(address: str, port: int, **expected: str) -> Probe:
    return Probe("tcp", address, port, **expected)


def udp(address: str, port: int, **expected: str) -> Probe:
    return Probe("udp", address, port, **expected)


def ping(address: str, **expected: str) -> Probe:
    return Probe("ping", address, 0, **expected)


def silent(probe: Probe) -> Probe:
    """The same question, which must get no answer at all: no reset and no ICMP error either."""
    return Probe(probe.kind, probe.address, probe.port, NEVER, source=probe.source)


def expect(machine: Machine, *probes: Probe) -> None:
    """Asks all at once and fails with every answer that is not the one expected."""
    answers = machine.call("probe", probes=[probe.request() for probe in probes])
    faults = [probe.fault(answer) for probe, answer in zip(probes, answers, strict=True)]
    faults = [f"from {machine.name}: {fault}" for fault in faults if fault]
    assert not faults, "\n".join(faults)


@dataclass(frozen=True)
class Packet:
    """A raw packet; `kind` and `code` are ICMP's and meant with protocol 1 only."""

    protocol: int
    kind: int = 0
    code: int = 0


class Sniff:
    """The frames that an interface of a machine sees from now on."""

    def __init__(self, machine: Machine, interface: str) -> None:
        self.machine = machine
        self.number: int = machine.call("sniff", interface=interface)

    def __enter__(self) -> Sniff:
        return self

    def __exit__(self, *_: object) -> None:
        self.machine.call("sniff_stop", number=self.number)

    def frames(self, outgoing: bool | None = None) -> list[bytes]:
        """All so far; only those sent or only those received where `outgoing` says so."""
        frames = self.machine.call("sniffed", number=self.number)
        return [bytes.fromhex(data) for data, sent in frames if outgoing in (None, sent)]


def arrivals(
    sender: Machine,
    address: str,
    receiver: Machine,
    packets: Iterable[Packet],
    arriving: Iterable[Packet],
    source: str = "0.0.0.0",
    interface: str = "eth0",
) -> set[Packet]:
    """Sends each packet once to `address`; those that the receiver's interface saw.

    Waits until all of `arriving` are there, and then a little for those that should not come.
    """
    tokens = {os.urandom(16): packet for packet in packets}
    with Sniff(receiver, interface) as sniff:
        for token, packet in tokens.items():
            send(sender, address, packet, token, source)
        wanted = set(arriving)

        def seen() -> set[Packet]:
            frames = sniff.frames(outgoing=False)
            return {packet for token, packet in tokens.items() if any(token in f for f in frames)}

        eventually(f"{wanted} arrive at {receiver.name}", lambda: seen() >= wanted, ARRIVES)
        time.sleep(SILENCE)
        return seen()


def send(sender: Machine, address: str, packet: Packet, token: bytes, source: str) -> None:
    if packet.protocol == 1:
        sender.call(
            "send_icmp",
            address=address,
            kind=packet.kind,
            code=packet.code,
            token=token.hex(),
            source=source,
        )
    else:
        sender.call(
            "send_raw",
            address=address,
            protocol=packet.protocol,
            payload=token.hex(),
            source=source,
        )


class Flow:
    """A long-lived flow from a machine to a `serve_stream` port."""

    def __init__(
        self,
        machine: Machine,
        kind: str,
        address: str,
        port: int,
        talk: bool = False,
        source: str = "0.0.0.0",
    ) -> None:
        self.machine = machine
        self.number: int = machine.call(
            "flow", kind=kind, address=address, port=port, source=source, talk=talk
        )
        eventually(f"{kind} flow to {address}:{port}", lambda: self.received() > 128)

    def status(self) -> dict[str, Any]:
        return dict(self.machine.call("flow_status", number=self.number))

    def received(self) -> int:
        return int(self.status()["received"])

    def assert_lives(self) -> None:
        before = self.received()
        eventually("the flow goes on", lambda: self.received() > before + 256)

    def longest_silence(self) -> float:
        """Seconds without anything received."""
        return float(self.status()["longest_silence"])

    def assert_cut(self) -> None:
        """Nothing more comes, though both sides still try."""
        eventually("the flow ends", lambda: self.status()["silent"] > 4 * SILENCE, within=15)


class Hammer:
    """New connections in a loop while something else happens."""

    def __init__(
        self,
        machine: Machine,
        address: str,
        port: int,
        timeout: float = 1.0,
        interval: float = 0.001,
    ) -> None:
        self.machine = machine
        self.number: int = machine.call(
            "hammer", address=address, port=port, timeout=timeout, interval=interval
        )

    def stop(self) -> dict[str, int]:
        """How often each verdict came; `open NAME` is a connection that NAME answered."""
        return dict(self.machine.call("hammer_stop", number=self.number))
