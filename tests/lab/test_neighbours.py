"""The real programs that others run on the same host, beside netctl, as docs/hosts has them.

Each starts, reloads, restarts and stops while packets are counted that must not pass. What should
pass passes, or a problem names who drops it, with a remedy, and then passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from lab.events import Events
from lab.lab import CLIENT, HOST_PUBLIC, Lab
from lab.room import Room, Service
from lab.shared_host import SharedHost
from lab.timing import eventually

IPTABLES = ["nft", "legacy"]  # which one the command `iptables` is


@pytest.fixture
def bridge_netfilter() -> int:
    return 1


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def shared(lab: Lab) -> SharedHost:
    return SharedHost(lab)


@pytest.fixture
def room(lab: Lab) -> Iterator[Room]:
    with Room(lab.host, lab.directory) as room:
        yield room


class Daemon:
    """A program that serves, and how it is known that it does."""

    def __init__(self, room: Room, start: list[str], ask: list[str]) -> None:
        self.room = room
        self.command = start
        self.ask = ask
        self.service: Service | None = None

    def start(self) -> None:
        self.service = self.room.start(*self.command)
        name = self.command[0]
        eventually(f"{name} serves", lambda: self.room.try_run(*self.ask).code == 0, 30, every=0.1)

    def stop(self) -> None:
        assert self.service
        self.service.end()

    def restart(self) -> None:
        self.stop()
        self.start()


def forwarding_rules(remedy: str) -> list[str]:
    commands = re.findall(r"iptables-nft -I FORWARD -[sd] \S+ -j ACCEPT", remedy)
    assert len(commands) == 2, remedy
    return list(commands)


def test_ufw_with_iptables_nft(shared: SharedHost, room: Room) -> None:
    chain, input_chain = (f"nft chain ip filter {name}" for name in ("FORWARD", "INPUT"))
    shared.during("enable", lambda: room.run("ufw", "--force", "enable"))
    assert not shared.comes_in() and not shared.goes_out(), "its policy drops"
    assert not shared.gets_a_lease() and not shared.gets_metadata()
    forwarding_rules(shared.expect_named("enable", chain)["remedy"])
    shared.expect_named("enable", input_chain, "drops what instances ask this host for: DHCP")
    shared.during("reload", lambda: room.run("ufw", "reload"))
    shared.expect_named("reload", chain)

    rules = """
        ufw route allow from 172.16.0.0/16
        ufw route allow to 172.16.0.0/16
        ufw allow in on br0"""
    shared.during("its own rules", lambda: room.shell(rules))
    shared.expect_passing("its own rules")
    shared.expect_not_named("its own rules", "nft chain ip filter")
    shared.during("reload", lambda: room.run("ufw", "reload"))
    shared.expect_passing("reload")
    shared.during("allow routed", lambda: room.run("ufw", "default", "allow", "routed"))
    shared.during("deny routed", lambda: room.run("ufw", "default", "deny", "routed"))
    shared.expect_passing("deny routed")
    shared.during("disable", lambda: room.run("ufw", "disable"))
    shared.expect_passing("disable")


def test_ufw_with_iptables_legacy(shared: SharedHost, room: Room) -> None:
    room.use_legacy_iptables()
    shared.during("enable", lambda: room.run("ufw", "--force", "enable"))
    shared.expect_passing("enable")
    # It flushes the built-in chains from now on, whosever rules are in there.
    room.run("sed", "-i", "s/^MANAGE_BUILTINS=.*/MANAGE_BUILTINS=yes/", "/etc/default/ufw")
    events = Events(shared.cloud.rpc)
    shared.during("reload", lambda: room.run("ufw", "reload"))
    events.expect("chain filter FORWARD", "")
    shared.expect_passing("reload")
    shared.during("disable", lambda: room.run("ufw", "disable"))
    shared.expect_passing("disable")


def test_firewalld(shared: SharedHost, room: Room) -> None:
    room.start_bus()
    chain = "nft chain inet firewalld filter_FORWARD"
    firewalld = Daemon(room, ["firewalld", "--nofork", "--nopid"], ["firewall-cmd", "--state"])
    shared.during("start", firewalld.start)
    assert shared.comes_in(), "it was sent to another destination"
    assert not shared.goes_out() and not shared.gets_a_lease() and not shared.gets_metadata()
    shared.expect_named("start", chain)
    shared.expect_named("start", "nft chain inet firewalld filter_INPUT", "DHCP, metadata")
    shared.during("reload", lambda: room.run("firewall-cmd", "--reload"))
    shared.expect_named("reload", chain)

    policies = """
        firewall-cmd --permanent --zone=trusted --add-interface=br0
        firewall-cmd --permanent --new-policy=from-instances
        firewall-cmd --permanent --policy=from-instances --set-target=ACCEPT
        firewall-cmd --permanent --policy=from-instances --add-ingress-zone=trusted
        firewall-cmd --permanent --policy=from-instances --add-egress-zone=ANY
        firewall-cmd --permanent --new-policy=to-instances
        firewall-cmd --permanent --policy=to-instances --set-target=ACCEPT
        firewall-cmd --permanent --policy=to-instances --add-ingress-zone=ANY
        firewall-cmd --permanent --policy=to-instances --add-egress-zone=trusted
        firewall-cmd --reload"""
    shared.during("its policies", lambda: room.shell(policies))
    shared.expect_passing("its policies")
    shared.expect_not_named("its policies", "nft chain inet firewalld")
    shared.during("reload", lambda: room.run("firewall-cmd", "--reload"))
    shared.during("complete reload", lambda: room.run("firewall-cmd", "--complete-reload"))
    shared.expect_passing("complete reload")
    shared.during("restart", firewalld.restart)
    shared.expect_passing("restart")
    shared.during("stop", firewalld.stop)
    # Each time it has flushed iptables-nft's tables, and netctl's rule for DHCP's checksums is one
    # of these. It is back at once, however often: that is no fight.
    shared.expect_passing("stop")
    assert not shared.problem("another program changes it")


def test_firewalld_that_flushes_iptables_legacy(shared: SharedHost, room: Room) -> None:
    """It flushes what the command `iptables` stands for: all of netctl's rules of iptables."""
    room.use_legacy_iptables()
    room.start_bus()
    firewalld = Daemon(room, ["firewalld", "--nofork", "--nopid"], ["firewall-cmd", "--state"])
    steps: dict[str, Callable[[], object]] = {
        "start": firewalld.start,
        "reload": lambda: room.run("firewall-cmd", "--reload"),
        "stop": firewalld.stop,
    }
    for what, do in steps.items():
        events = Events(shared.cloud.rpc)
        shared.during(what, do)
        events.expect("chain filter", "")
        shared.expect_whole(what)
        assert shared.comes_in()
    shared.expect_passing("stop")


@pytest.mark.parametrize("iptables", IPTABLES)
def test_libvirt(shared: SharedHost, room: Room, iptables: str) -> None:
    if iptables == "legacy":
        room.use_legacy_iptables()
    room.start_bus()
    libvirt = Daemon(room, ["libvirtd"], ["virsh", "net-list"])
    steps: dict[str, Callable[[], object]] = {
        "start": libvirt.start,
        "net-start": lambda: room.run("virsh", "net-start", "default"),
        "restart": libvirt.restart,
    }
    for what, do in steps.items():
        shared.during(what, do)
        shared.expect_passing(what)
    assert "active" in room.run("virsh", "net-list")
    assert "192.168.122.1" in shared.host.ip("address", "show", "virbr0")
    rules = room.run("iptables", "-S", "LIBVIRT_FWO")
    shared.cloud.rpc("system.reconcile")
    assert room.run("iptables", "-S", "LIBVIRT_FWO") == rules, "what is libvirt's stays"
    shared.during("net-destroy", lambda: room.run("virsh", "net-destroy", "default"))
    shared.during("stop", libvirt.stop)
    shared.expect_passing("stop")


def docker_in(room: Room) -> Daemon:
    room.run("mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
    return Daemon(room, ["dockerd", "--storage-driver", "vfs"], ["docker", "version"])


def start_docker_first(shared: SharedHost, docker: Daemon) -> None:
    """As at boot: it turns forwarding on itself, and then it drops what is forwarded."""
    assert shared.lab.daemon.stop() == 0
    shared.host.set_sysctl("net.ipv4.ip_forward", "0")
    with shared.under_fire():
        docker.start()
        shared.lab.daemon.start()


def test_docker_with_iptables_nft(shared: SharedHost, room: Room) -> None:
    chain = "nft chain ip filter FORWARD"
    docker = docker_in(room)
    shared.during("start", docker.start)
    shared.expect_passing("start")
    assert "-P FORWARD ACCEPT" in room.run("iptables", "-S"), "forwarding was on already"
    shared.during("stop", docker.stop)

    start_docker_first(shared, docker)
    assert "-P FORWARD DROP" in room.run("iptables", "-S")
    assert not shared.comes_in() and not shared.goes_out()
    assert shared.gets_a_lease() and shared.gets_metadata()
    remedy = forwarding_rules(shared.expect_named("start", chain)["remedy"])
    shared.during("remedy", lambda: room.shell("\n".join(remedy)))
    shared.expect_passing("remedy")
    shared.expect_not_named("remedy", chain)
    shared.during("restart", docker.restart)
    shared.expect_passing("restart")

    for command in remedy:
        room.shell(command.replace("-I", "-D"))
    shared.expect_named("without the remedy", chain)
    in_its_chain = "\n".join(remedy).replace("FORWARD", "DOCKER-USER")
    shared.during("rules in DOCKER-USER", lambda: room.shell(in_its_chain))
    shared.expect_passing("rules in DOCKER-USER")
    shared.expect_not_named("rules in DOCKER-USER", chain)
    shared.during("restart", docker.restart)
    shared.expect_passing("restart")
    shared.during("stop", docker.stop)
    shared.expect_passing("stop")


def test_docker_with_iptables_legacy(shared: SharedHost, room: Room) -> None:
    room.use_legacy_iptables()
    docker = docker_in(room)
    start_docker_first(shared, docker)
    assert "-P FORWARD DROP" in room.run("iptables", "-S")
    shared.expect_passing("start")
    shared.during("restart", docker.restart)
    shared.expect_passing("restart")

    create = "docker network create --subnet 172.16.200.0/24 inside".split()
    shared.during("network create", lambda: room.run(*create))
    shared.expect_named("network create", "overlaps 172.16.200.1 on br-")
    shared.expect_passing("network create")
    shared.lab.daemon.stop()
    shared.lab.daemon.start()
    shared.expect_passing("a start beside it")
    shared.during("network rm", lambda: room.run("docker", "network", "rm", "inside"))
    shared.expect_not_named("network rm", "overlaps")
    shared.during("stop", docker.stop)
    shared.expect_passing("stop")


def test_network_manager(shared: SharedHost, room: Room) -> None:
    room.start_bus()
    # Without udev it asks the kernel alone, as in a container.
    room.run("mount", "-o", "remount,bind,ro", "/sys")
    connection = f"""[connection]
id=eth1
type=ethernet
interface-name=eth1
[ipv4]
method=manual
address1={HOST_PUBLIC}/24
gateway={CLIENT}
"""
    path = "/etc/NetworkManager/system-connections/eth1.nmconnection"
    room.write(path, connection)
    room.run("chmod", "600", path)
    manager = Daemon(room, ["NetworkManager", "--no-daemon"], ["nmcli", "device"])
    shared.during("start", manager.start)
    shared.expect_passing("start")
    for words in ("connection up eth1", "device reapply eth1"):
        events = Events(shared.cloud.rpc)
        shared.during(words, lambda words=words: room.run("nmcli", *words.split()))
        events.expect(f"address eth1 {shared.guest.public}/32", "add")
        shared.expect_passing(words)
    shared.during("restart", manager.restart)
    shared.expect_passing("restart")
    keyfile = "[keyfile]\nunmanaged-devices=interface-name:vm*;interface-name:eucabr*\n"
    room.write("/etc/NetworkManager/conf.d/netctl.conf", keyfile)
    shared.during("reload", lambda: room.run("nmcli", "general", "reload"))
    state = ["nmcli", "-g", "GENERAL.STATE", "device", "show", shared.guest.device]
    eventually("the tap is left alone", lambda: "unmanaged" in room.run(*state))
    shared.during("stop", manager.stop)
    shared.expect_passing("stop")


def test_ifupdown2(shared: SharedHost, room: Room) -> None:
    """What Proxmox configures the network by."""
    room.run("mkdir", "-p", "/run/network")
    interfaces = f"""auto lo
iface lo inet loopback
auto eth1
iface eth1 inet static
    address {HOST_PUBLIC}/24
    gateway {CLIENT}
auto br0
iface br0 inet manual
    bridge-ports eth0
    bridge-stp off
    bridge-fd 0
"""
    room.write("/etc/network/interfaces", interfaces)
    events = Events(shared.cloud.rpc)
    shared.during("ifreload", lambda: room.run("ifreload", "-a"))
    events.expect(f"address br0 {shared.guest.gateway}", "add")
    events.expect(f"port {shared.guest.device}", "on bridge br0")
    shared.expect_passing("ifreload")

    room.write("/etc/network/interfaces", interfaces + "    address-purge no\n")
    since = shared.cloud.rpc("events.list")["last"]
    shared.during("ifreload", lambda: room.run("ifreload", "-a"))
    shared.expect_passing("ifreload")
    told = shared.cloud.rpc("events.list", since=since)["events"]
    assert not [event for event in told if event["object"].startswith("address")]
