"""Two real libvirtds with netctl's hook: a machine migrates between node hosts, or does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from lab.cloud import permit_icmp, permit_tcp
from lab.libvirt import Domain, Libvirt, ours
from lab.nodes import NodeHost, NodeLab
from lab.probes import Flow, Probe, expect, ping, silent, tcp
from lab.room import Room
from lab.timing import eventually, seconds

ECHO = 7
# One that takes longer than a test needs to look at it.
SLOW = ("--bandwidth", "1")


class Host:
    """A node host with libvirt and the hook."""

    def __init__(self, lab: NodeLab, node: NodeHost, number: int, ends: ExitStack) -> None:
        self.node = node
        certificate = f"hook{number}"
        lab.pki("client", certificate)
        made = lab.daemon.state / "pki" / certificate
        shutil.copytree(made, node.daemon.state / "pki" / "hook")
        self.room = ends.enter_context(Room(node.machine, lab.directory))
        self.room.start_bus()
        self.libvirt = Libvirt(self.room)
        self.libvirt.install_hook(node.daemon, {"NETCTL_HOOK_ACCOUNTS": "alice"})
        self.libvirt.listen(number)
        self.libvirt.start()

    @property
    def uri(self) -> str:
        return f"qemu+tcp://{self.node.address}/system"


@pytest.fixture(scope="module")
def lab() -> Iterator[NodeLab]:
    with NodeLab() as lab:
        lab.cloud.account("alice")
        lab.cloud.group("alice", "web", permit_tcp(22), permit_tcp(ECHO), permit_icmp())
        yield lab


@pytest.fixture(scope="module")
def hosts(lab: NodeLab) -> Iterator[list[Host]]:
    with ExitStack() as ends:
        yield [Host(lab, node, number, ends) for number, node in enumerate(lab.node_hosts, 1)]


def migrate_words(domain: Domain, to: Host, *options: str) -> list[str]:
    uri = f"tcp://{to.node.address}"
    return ["migrate", "--live", *options, domain.name, to.uri, "--migrateuri", uri]


class Case:
    """A machine that runs on the first host, reached by its elastic address, and a neighbour on
    each host."""

    def __init__(self, lab: NodeLab, hosts: list[Host], name: str, number: int) -> None:
        self.lab = lab
        self.domain = Domain(name, number, lab.directory, metadata=ours("alice", "web"))
        self.source, self.target = hosts
        self.source.libvirt.define(self.domain)
        self.source.libvirt.virsh("start", name)
        self.wait_port(self.source, "open")
        instance = self.instance()
        eventually(
            f"{name} has its lease: {self.domain.console}",
            lambda: self.domain.booted_with(instance["private_ip"]),
            within=90,
            every=0.1,
        )
        self.address = lab.cloud.allocate("alice")
        lab.cloud.associate("alice", self.address, self.domain.id)
        self.private = instance["private_ip"]
        self.neighbours = [lab.boot_on(host.node, "alice", "web") for host in hosts]
        self.flows = [Flow(lab.client, "tcp", self.address, ECHO, talk=True)]
        for neighbour in self.neighbours:
            self.flows.append(Flow(neighbour, "tcp", self.private, ECHO, talk=True))

    def instance(self) -> dict[str, Any]:
        return self.lab.cloud.instance(self.domain.id)

    def wait_port(self, host: Host, state: str) -> None:
        def there() -> bool:
            instance = self.instance()
            return (
                instance["node"] == host.node.name
                and instance["port"] == state
                and instance["destination"] is None
            )

        eventually(f"{self.domain.name} is {state} on {host.node.name}", there, within=30)

    def wait_both(self) -> None:
        def both() -> bool:
            instance = self.instance()
            there = instance["destination"]
            return bool(
                instance["port"] == "open"
                and there
                and there["port"] == "open"
                and there["node"] == self.target.node.name
            )

        eventually("both ports are open", both, within=30)

    def expect_reached(self) -> None:
        for flow in self.flows:
            flow.assert_lives()
        closed: Probe = silent(tcp(self.address, 23))
        expect(self.lab.client, tcp(self.address, 22), ping(self.address), closed)

    def end(self, host: Host) -> None:
        host.libvirt.virsh("destroy", self.domain.name)
        self.wait_port(host, "waiting")
        assert self.instance()["private_ip"] == self.private
        expect(self.lab.client, silent(tcp(self.address, 22)))


def test_a_machine_migrates_there_and_back(lab: NodeLab, hosts: list[Host]) -> None:
    case = Case(lab, hosts, "mover", 1)
    case.expect_reached()
    first, second = hosts
    for source, target in ((first, second), (second, first)):
        source.libvirt.virsh(*migrate_words(case.domain, target), timeout=120)
        case.wait_port(target, "open")
        case.expect_reached()
    assert max(flow.longest_silence() for flow in case.flows) < seconds(5)
    case.end(first)


def test_a_migration_that_is_cancelled_or_fails_leaves_it_where_it_is(
    lab: NodeLab, hosts: list[Host]
) -> None:
    case = Case(lab, hosts, "stayer", 2)
    source, target = hosts
    words = migrate_words(case.domain, target, *SLOW)
    cancelled = source.room.start("virsh", "-q", *words)
    case.wait_both()
    case.expect_reached()
    # Neither daemon disturbs it.
    source.libvirt.virsh("domjobabort", case.domain.name)
    cancelled.wait()
    case.wait_port(source, "open")
    case.expect_reached()

    failing = source.room.start("virsh", "-q", *words)
    case.wait_both()
    target.libvirt.virsh("destroy", case.domain.name)
    failing.wait()
    case.wait_port(source, "open")
    case.expect_reached()
    assert source.libvirt.state(case.domain) == "running"
    assert max(flow.longest_silence() for flow in case.flows) < seconds(5)

    # A host that may not have it refuses it before anything has happened.
    local = "/etc/eucalyptus/eucalyptus.local.conf"
    target.room.run("sed", "-i", "s/HOOK_ACCOUNTS=.*/HOOK_ACCOUNTS=bob/", local)
    refused = source.libvirt.try_virsh(*migrate_words(case.domain, target))
    assert refused.code != 0 and "account 'alice' is not one of" in refused.err, refused
    target.room.run("sed", "-i", "s/HOOK_ACCOUNTS=.*/HOOK_ACCOUNTS=alice/", local)
    case.wait_port(source, "open")
    case.expect_reached()
    case.end(source)
