"""Two node hosts with netctl's hooks: machines of real libvirtds migrate, or do not. Proxmox is not in
Debian: its hook is called as its pages say."""

from __future__ import annotations

import shutil
import signal
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
        self.room = ends.enter_context(Room(node.machine, lab.directory, node.name))
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
    source.libvirt.virsh("domjobabort", case.domain.name)
    cancelled.wait()
    case.wait_port(source, "open")
    case.expect_reached()

    failing = source.room.start("virsh", "-q", *words)
    case.wait_both()
    # The end of its QEMU ends the migration too, which may say so first.
    target.libvirt.try_virsh("destroy", case.domain.name)
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


def test_proxmox_migrates_a_machine(lab: NodeLab, hosts: list[Host]) -> None:
    """The machine's file is the source's until it has arrived."""
    first, second = hosts
    script = "/var/lib/vz/snippets/netctl"
    for host in hosts:
        host.libvirt.install("proxmox", script)

    def file_is_at(owner: Host) -> None:
        for host in hosts:
            host.room.run("rm", "-rf", "/etc/pve")
            folder = "" if host is owner else f"nodes/{owner.node.name}/"
            host.room.write(
                f"/etc/pve/{folder}qemu-server/200.conf",
                "net0: virtio=52:54:00:00:02:00,bridge=br0\ntags: netctl.alice.web\n",
            )

    def call(host: Host, phase: str) -> dict[str, Any]:
        done = host.room.try_run(script, "200", phase)
        assert (done.code, done.out, done.err) == (0, "", ""), done
        return lab.cloud.instance("i-00000200")

    file_is_at(first)
    guest = lab.new_guest(first.node.machine, device="tap200i0")
    guest.instance = call(first, "pre-start")
    guest.plug(guest.instance["mac"])
    guest.boot()
    for _ in range(2):
        there = call(second, "pre-start")
        assert there["node"] == first.node.name
        assert there["destination"]["node"] == second.node.name
        assert there["destination"]["device"] == "tap200i0"
        assert call(second, "post-stop")["destination"] is None
    call(second, "pre-start")
    guest.move_to(second.node.machine)
    file_is_at(second)
    moved = call(first, "post-stop")
    assert moved["node"] == second.node.name and moved["destination"] is None
    guest.run(*f"busybox arping -U -c 1 -I eth0 {guest.address}".split())
    eventually("it is open there", lambda: lab.cloud.instance(guest.id)["port"] == "open")
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 23)))
    guest.power_off()
    guest.unplug()
    call(second, "post-stop")
    eventually("it is closed", lambda: lab.cloud.instance(guest.id)["port"] == "waiting")


def test_a_machine_starts_elsewhere_after_its_host_has_died(
    lab: NodeLab, hosts: list[Host]
) -> None:
    case = Case(lab, hosts, "survivor", 3)
    first, second = hosts
    name = case.domain.name
    second.libvirt.define(case.domain)
    refused = second.libvirt.try_virsh("start", name)
    assert refused.code != 0 and f"runs on node '{first.node.name}'" in refused.err, refused

    first.node.daemon.end(signal.SIGKILL)
    assert first.libvirt.service
    first.libvirt.service.end(signal.SIGKILL)
    first.room.shell(f'kill -9 "$(cat /run/libvirt/qemu/{name}.pid)"')
    eventually("it is away", lambda: lab.states()[first.node.name] == "away", within=30)
    case.domain.console.unlink()
    second.libvirt.virsh("start", name)
    case.wait_port(second, "open")
    eventually(f"{name} has its lease", lambda: case.domain.booted_with(case.private), within=90)
    expect(lab.client, tcp(case.address, 22), silent(tcp(case.address, 23)))

    # The first host is back, and learns that the machine is not there any more.
    first.node.daemon.start()
    lab.wait_connected(first.node)
    first.libvirt.start()
    eventually("it is off", lambda: first.libvirt.state(case.domain) == "shut off")
    case.wait_port(second, "open")
    expect(lab.client, tcp(case.address, 22))
    case.end(second)
