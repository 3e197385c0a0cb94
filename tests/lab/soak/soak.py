"""The soak itself: see scripts/soak."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from lab.cloud import ingress, permit_tcp
from lab.frames import seen
from lab.hostile import forged_senders, forged_services, make_street
from lab.nodes import NodeLab
from lab.probes import Flow, Hammer, Sniff, silent, tcp
from lab.timing import seconds

from .clients import ADDRESSES, INSTANCES, PORTS, Client, Gate
from .history import PRESENT, History
from .strangers import Strangers
from .troubles import Troubles

STREAM, CLOSED = 7000, 23
CLIENTS = 4
# Seconds between two moments in which all is held against what was answered.
ROUND = 8.0


@dataclass
class Report:
    seed: int
    commands: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    tamperings: int = 0
    faults: int = 0
    cuts: int = 0
    rounds: int = 0
    wrongly_passed: list[str] = field(default_factory=list)
    wrongly_dropped: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    # Where the programs are built with sanitizers: what those have found.
    sanitizers: list[str] = field(default_factory=list)

    def is_right(self) -> bool:
        return not (self.wrongly_passed or self.wrongly_dropped or self.lost or self.sanitizers)

    def text(self) -> str:
        lines = [
            f"seed {self.seed}, {self.rounds} rounds",
            f"commands {self.commands}, kills {self.kills}, tamperings {self.tamperings}, "
            f"faults {self.faults}, cuts of the wire {self.cuts}",
            *(f"  {what}: {count}" for what, count in sorted(self.answers.items())),
        ]
        for name in ("wrongly_passed", "wrongly_dropped", "lost", "sanitizers"):
            found = getattr(self, name)
            lines += [f"{name.replace('_', ' ')} {len(found)}", *(f"  {one}" for one in found)]
        return "\n".join(lines)


def to_port(frames: list[bytes], port: int) -> int:
    """TCP segments to it."""
    wanted = port.to_bytes(2, "big")
    return sum(
        frame[12:14] == b"\x08\x00" and frame[23] == 6 and frame[36:38] == wanted
        for frame in frames
    )


class Soak:
    def __init__(self, lab: NodeLab, seed: int) -> None:
        self.lab = lab
        self.report = Report(seed)
        self.history = History()
        self.gate = Gate()
        self.random = random.Random(seed)
        self.street = make_street(lab)  # with the accounts
        self.forged = forged_senders(self.street) + forged_services(self.street)
        group = lab.cloud.group("alice", "web", permit_tcp(STREAM))
        here, there = lab.boot("alice", "web"), lab.boot_on(lab.node_hosts[0], "alice", "web")
        self.guests = [here, there]
        for guest in self.guests:
            guest.serve_stream(tcp=[STREAM])
        self.flows = [Flow(lab.client, "tcp", guest.public, STREAM) for guest in self.guests]
        self.troubles = Troubles(lab, here, seed, self.history.server_ended)
        self.strangers = Strangers(lab, group, there, seed)
        self.clients = [
            Client(lab.daemon, self.gate, self.history, seed + number)
            for number in range(CLIENTS)
        ]

    def run(self, duration: float) -> Report:
        for client in self.clients:
            client.start()
        try:
            end = time.monotonic() + duration
            while time.monotonic() < end:
                self.round(min(seconds(ROUND), max(end - time.monotonic(), 2.0)))
        finally:
            self.gate.ended.set()
            for client in self.clients:
                client.join()
        report = self.report
        report.wrongly_passed += self.strangers.end()
        report.sanitizers = self.found_by_sanitizers()
        report.answers = dict(self.history.answers)
        report.commands = sum(report.answers.values())
        for name, count in vars(self.troubles.counts).items():
            setattr(report, name, count)
        return report

    def found_by_sanitizers(self) -> list[str]:
        """In the logs of all netctlds, which netctl-web writes to as well, and of netctl-metadata."""
        daemons = [self.lab.daemon, *(host.daemon for host in self.lab.node_hosts)]
        logs = [daemon.log for daemon in daemons]
        logs += [daemon.run_dir / "metadata" / "log" for daemon in daemons]
        lines = [
            line
            for log in logs
            if log.exists()
            for line in log.read_text(errors="replace").splitlines()
        ]
        return [line for line in lines if "Sanitizer: " in line or ": runtime error: " in line]

    def round(self, duration: float) -> None:
        sniffs = [Sniff(guest, "eth0") for guest in self.guests]
        hammers = [
            Hammer(self.lab.client, guest.public, CLOSED, timeout=0.05, interval=0.02)
            for guest in self.guests
        ]
        self.gate.opened.set()
        end = time.monotonic() + duration
        while time.monotonic() < end:
            self.troubles.one()
        self.gate.close()
        self.becomes_right()
        for hammer in hammers:
            hammer.stop()
        for guest, sniff in zip(self.guests, sniffs, strict=True):
            with sniff:
                if passed := to_port(sniff.frames(outgoing=False), CLOSED):
                    self.passed(f"{passed} packets to port {CLOSED} of {guest.name}")
        self.packets_agree(self.settle())
        self.hostile_frames_reach_nobody()
        self.report.rounds += 1

    def passed(self, what: str) -> None:
        self.report.wrongly_passed.append(f"round {self.report.rounds}: {what}")

    def dropped(self, what: str) -> None:
        self.report.wrongly_dropped.append(f"round {self.report.rounds}: {what}")

    def becomes_right(self) -> None:
        try:
            self.troubles.wait_until_right()
        except AssertionError as error:
            self.dropped(f"{error}; left to do: {self.lab.cloud.plan()}")

    def settle(self) -> set[int]:
        """Everything is held against what was answered; the ports that are open now."""
        cloud = self.lab.cloud
        (web,) = cloud.rpc("group.describe", owner="alice", names=["web"])["groups"]
        ports = {entry["from_port"] for entry in ingress(web)} & set(PORTS)
        found = {f"permission {port}": PRESENT for port in ports}
        for address in cloud.addresses():
            if address["address"] in ADDRESSES:
                found[f"address {address['address']}"] = address["owner"]
        for instance in cloud.instances():
            if instance["instance_id"] in INSTANCES:
                found[f"instance {instance['instance_id']}"] = PRESENT
        self.report.lost += self.history.settle(found)
        return ports

    def packets_agree(self, ports: set[int]) -> None:
        """What the group says is what the packets do."""
        for guest in self.guests:
            for port in (*PORTS, CLOSED):
                probe = tcp(guest.public, port) if port in ports else silent(tcp(guest.public, port))
                (answer,) = self.lab.client.call("probe", probes=[probe.request()])
                if fault := probe.fault(answer):
                    (self.dropped if port in ports else self.passed)(fault)
        for flow in self.flows:
            try:
                flow.assert_lives()
            except AssertionError as error:
                self.dropped(f"a flow that was there at the begin: {error}")

    def hostile_frames_reach_nobody(self) -> None:
        """Also while there is no netctld."""
        self.lab.daemon.kill()
        self.troubles.counts.kills += 1
        frames = self.random.sample(self.forged, 20)
        for name, what in seen(self.street.one, frames, self.street.everywhere_but("one")):
            self.passed(f"{what} to {name}")
        self.lab.daemon.start()


def soak(duration: float, seed: int) -> Report:
    with NodeLab(settings={"NETCTL_ROLE": "all"}) as lab:
        return Soak(lab, seed).run(duration)
