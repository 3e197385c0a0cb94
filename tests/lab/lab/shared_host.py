"""A cloud on a host that other programs share, under traffic that must pass and that must not."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .cloud import permit_tcp
from .guest import Guest
from .lab import CLIENT, FAR, HOST_OFFICE, HOST_PUBLIC, Lab
from .machine import Machine
from .probes import Flow, Hammer, Probe, Sniff, expect, ping, silent, tcp
from .timing import eventually, seconds

OPEN, STREAM, SHUT = 22, 7000, 23
HOST_PORT = 2222  # where the host itself serves, as with SSH
CUT = 7001

_nudges = itertools.count(1)


class SharedHost:
    """Two instances of two groups, flows of one of them, and the host's own service."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.host = lab.host
        self.cloud = lab.cloud
        lab.daemon.start()
        self.cloud.account("alice")
        opened = permit_tcp(OPEN), permit_tcp(STREAM), permit_tcp(CUT)
        self.cloud.group("alice", "web", *opened)
        self.cloud.group("alice", "other")
        self.guest: Guest = lab.boot("alice", "web")
        self.other: Guest = lab.boot("alice", "other")
        lab.client.serve(tcp=[80])
        lab.host.serve(tcp=[HOST_PORT])
        self.guest.serve_stream(tcp=[STREAM, CUT])
        self.flow = Flow(lab.client, "tcp", self.guest.public, STREAM)
        revoked = Flow(lab.client, "tcp", self.guest.public, CUT)
        self.cloud.revoke("alice", "web", permit_tcp(CUT))
        revoked.assert_cut()

    def allowed(self) -> list[Probe]:
        return [tcp(self.guest.public, OPEN, server=self.guest.name)]

    def comes_in(self) -> bool:
        return answers(self.lab.client, tcp(self.guest.public, OPEN, server=self.guest.name))

    def goes_out(self) -> bool:
        return answers(self.guest, tcp(FAR, 80), ping(CLIENT))

    def gets_a_lease(self) -> bool:
        """Asks for one as a machine that starts does."""
        ask = "busybox udhcpc -n -q -f -t 2 -T 1 -i eth0 -s /bin/true".split()
        return self.other.try_run(*ask).code == 0

    def gets_metadata(self) -> bool:
        url = "http://169.254.169.254/latest/meta-data/instance-id"
        return self.guest.try_run("curl", "-s", "-m", "2", url).out == self.guest.id

    def passes(self) -> bool:
        return (
            self.comes_in()
            and self.goes_out()
            and answers(self.guest, ping(self.guest.gateway))
            and self.gets_a_lease()
            and self.gets_metadata()
        )

    @contextmanager
    def under_fire(self) -> Iterator[None]:
        """While it lasts, nothing passes that must not: packets are counted at the guests."""
        guest, other, client = self.guest, self.other, self.lab.client
        served = self.host_served()
        hammers = [Hammer(client, guest.public, SHUT, timeout=0.05) for _ in range(3)]
        hammers += [Hammer(client, other.public, OPEN, timeout=0.05)]
        inner = [Hammer(other, guest.address, SHUT, timeout=0.05)]
        for address in (HOST_PUBLIC, HOST_OFFICE):
            inner.append(Hammer(other, address, HOST_PORT, timeout=0.05))
        with Sniff(guest, "eth0") as at_guest, Sniff(other, "eth0") as at_other:
            yield
            passed = segments_to(at_guest.frames(outgoing=False), SHUT)
            passed += segments_to(at_other.frames(outgoing=False), OPEN)
            cut = segments_to(at_guest.frames(outgoing=False), CUT)
        verdicts = [hammer.stop() for hammer in hammers + inner]
        tried = sum(sum(verdict.values()) for verdict in verdicts)
        assert tried > 10, f"{tried} connections were tried"
        assert passed == 0, f"{passed} packets passed that must not"
        assert cut == 0, f"{cut} packets of a flow that was cut passed"
        assert self.host_served() == served, "an instance got at the host"

    def host_served(self) -> int:
        return int(self.host.call("served")["tcp"].get(str(HOST_PORT), 0))

    def problem(self, *words: str) -> dict[str, Any] | None:
        """netctld looks each ten seconds; a change of the network has it look at once."""
        name = f"nudge{next(_nudges)}"
        self.host.ip("link", "add", name, "type", "bridge")
        self.host.ip("link", "del", name)
        for problem in self.cloud.rpc("system.status")["problems"]:
            if all(word in json.dumps(problem) for word in words):
                return dict(problem)
        return None

    def during(self, what: str, do: Callable[[], object]) -> None:
        """Another program does something, and nothing passes wrongly; known flows live."""
        with self.under_fire():
            do()
        self.flow.assert_lives()

    def expect_passing(self, what: str) -> None:
        eventually(f"after {what}: what should pass passes", self.passes, within=10)
        self.expect_whole(what)
        expect(self.lab.client, silent(tcp(self.guest.public, SHUT)))

    def expect_whole(self, what: str) -> None:
        try:
            eventually("nothing is left to do", lambda: not self.cloud.plan(), within=10)
        except AssertionError:
            raise AssertionError(f"after {what}, left to do: {self.cloud.plan()}") from None

    def expect_named(self, what: str, *words: str) -> dict[str, Any]:
        found = eventually(f"{what}: {words} is named", lambda: self.problem(*words), 15, every=0.3)
        assert found
        return found

    def expect_not_named(self, what: str, *words: str) -> None:
        eventually(f"{what}: {words} is well", lambda: not self.problem(*words), 15, every=0.3)


def answers(machine: Machine, *probes: Probe) -> bool:
    requests = [{**probe.request(), "timeout": seconds(0.5)} for probe in probes]
    got = machine.call("probe", probes=requests)
    return all(not probe.fault(answer) for probe, answer in zip(probes, got, strict=True))


def segments_to(frames: list[bytes], port: int) -> int:
    """TCP segments for that port."""
    wanted = port.to_bytes(2, "big")
    return sum(
        1
        for frame in frames
        if frame[12:14] == b"\x08\x00" and frame[23] == 6 and frame[36:38] == wanted
    )
