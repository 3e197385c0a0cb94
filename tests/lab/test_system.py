"""SYSTEM: the site's DHCP and router, addresses that are learned, and guards that follow them."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.ec2 import Ec2, run_without_networks, shown
from lab.frames import (
    ALL,
    ARP,
    ICMPV6,
    UDP,
    Frame,
    arp,
    datagram,
    ethernet,
    frame,
    packet,
    seen,
)
from lab.guest import Guest
from lab.machine import Machine
from lab.probes import expect, ping, silent, tcp
from lab.rpc import RpcError
from lab.site import (
    PORTS,
    ROUTER,
    WORLD,
    OnTheSite,
    SiteNodeLab,
    address6,
    frame6,
    reaches6,
)
from lab.timing import eventually

ADVERTISEMENT = b"\x86\0\0\0\x40\0\x07\x08" + bytes(8)

MODE = "SYSTEM"


@pytest.fixture
def lab(site_lab: OnTheSite) -> OnTheSite:
    return site_lab


def mac_of(guest: Guest) -> str:
    return str(guest.instance["mac"])


def places(lab: OnTheSite, *guests: Guest) -> dict[str, tuple[Machine, str]]:
    found: dict[str, tuple[Machine, str]] = {guest.name: (guest, "eth0") for guest in guests}
    found["site"] = (lab.nodes, lab.site.interface)
    return found


def test_guests_boot_by_the_sites_dhcp_and_reach_the_world_as_themselves(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one = lab.boot_at(0, "alice")
    two = lab.boot_at(1, "alice", client="dhclient")
    for guest in (one, two):
        lease = guest.leases()[-1]
        assert lease.server == ROUTER
        lab.wait_known(guest, lease.ip)
        assert guest.instance["netmask"] is guest.instance["gateway"] is None
        assert guest.instance["tag"] is guest.instance["public_ip"] is None
        assert guest.instance["bridge"] == "br0"
    expect(one, ping(two.address), tcp(two.address, 22, server=two.name, seen_as=one.address))
    expect(one, ping(WORLD), tcp(WORLD, 80, seen_as=one.address))
    expect(lab.nodes, tcp(two.address, 22, server=two.name))
    first, second = address6(one), address6(two)
    assert reaches6(one, second) and reaches6(two, first)
    assert "ip_forward" not in str(lab.cloud.plan())
    for table in ("filter", "nat"):
        assert "NC_" not in lab.host.run("iptables-legacy", "-t", table, "-S")
    assert "inet 192.168.77.2/24" in lab.host.ip("address", "show", "dev", "br0")
    lease_events = len(two.leases())
    eventually("it renews at T1", lambda: len(two.leases()) > lease_events, within=12)
    assert two.leases()[-1].ip == two.address


def test_a_changed_lease_is_followed_and_moves_the_guard(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one, two = lab.boot_at(0, "alice"), lab.boot_at(1, "alice")
    old = one.leases()[-1].ip
    lab.wait_known(one, old)
    new = "192.168.77.171"
    lab.site.give({mac_of(one): new})
    one.power_off()
    one.boot()
    assert one.leases()[-1].ip == new
    lab.wait_known(one, new)
    expect(one, ping(two.leases()[-1].ip), ping(WORLD))
    where = places(lab, two)
    own = packet("own", ALL, mac_of(one), new)
    former = packet("former", ALL, mac_of(one), old)
    came = seen(one, [own, former], where, {(name, "own") for name in where})
    assert came == {(name, "own") for name in where}


def forged(one: Guest, two: Guest) -> list[Frame]:
    """From the first."""
    mac, address = mac_of(one), one.address
    neighbour, theirs = mac_of(two), two.address
    frames = [
        packet("MAC", ALL, neighbour, address),
        packet("a stranger's MAC", ALL, "02:00:00:00:00:99", address),
        packet("address", ALL, mac, theirs),
        packet("tag", ALL, mac, address, 5),
        frame("ARP of the neighbour's address", ALL, mac, ARP, arp(1, mac, theirs, ROUTER)),
        frame("ARP of the router's address", ALL, mac, ARP, arp(2, mac, ROUTER, theirs)),
        frame("ARP that names the neighbour", ALL, mac, ARP, arp(1, neighbour, address, ROUTER)),
        frame6("router advertisement", mac, ICMPV6, ADVERTISEMENT),
        frame6("DHCPv6 reply", mac, UDP, struct.pack("!HH", 547, 546)),
        frame6("IPv6 of another MAC", neighbour, UDP, PORTS),
        frame6("tagged IPv6", mac, UDP, PORTS, 5),
    ]
    for source in (address, ROUTER):
        frames.append(datagram(f"DHCP offer of {source}", mac, source, 67, 68))
    return frames


def test_forged_frames_and_servers_reach_nobody(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one, two = lab.boot_at(0, "alice"), lab.boot_at(0, "alice")
    three = lab.boot_at(1, "alice")
    for guest in (one, two, three):
        lab.wait_known(guest, guest.leases()[-1].ip)
    where = places(lab, two, three)
    own = packet("own", ALL, mac_of(one), one.address)
    own6 = frame6("own IPv6", mac_of(one), UDP, PORTS)
    must = {(name, what) for name in where for what in ("own", "own IPv6")}
    assert seen(one, [own, own6, *forged(one, two)], where, must) == must


def test_a_claim_of_the_neighbours_address_changes_a_counter_and_an_event(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one, two = lab.boot_at(0, "alice"), lab.boot_at(0, "alice")
    for guest in (one, two):
        lab.wait_known(guest, guest.leases()[-1].ip)
    daemon = lab.own_daemon(two)

    def claims() -> int:
        text = daemon.rpc.http("GET", "/metrics")[1].decode()
        name = "netctl_controller_address_claims_refused_total "
        return int(next(line for line in text.splitlines() if line.startswith(name)).split()[1])

    before = claims()
    claim = arp(2, mac_of(two), one.address, ROUTER)
    raw = ethernet(ALL, mac_of(two), ARP, claim)
    two.call("send_frame", interface="eth0", frame=raw.hex())
    eventually("it is counted", lambda: claims() > before, within=2)
    events = daemon.rpc("events.list")["events"]
    assert any(
        event["object"] == f"instance {two.id}"
        and f"claims the address {one.address}, which is that of instance {one.id}"
        in event["message"]
        for event in events
    ), events[-5:]
    assert lab.known(one) == one.address and lab.known(two) == two.address
    expect(one, ping(WORLD))
    expect(two, ping(one.address))


def test_what_was_learned_survives_kill_and_goes_with_the_instance(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one = lab.boot_at(0, "alice", client="dhclient")
    lab.wait_known(one, one.leases()[-1].ip)
    daemon = lab.own_daemon(one)
    daemon.kill()
    renewals = len(one.leases())
    expect(one, ping(WORLD))
    assert seen(one, [packet("forged", ALL, mac_of(one), "192.168.77.99")], places(lab)) == set()
    eventually("it renews without us", lambda: len(one.leases()) > renewals, within=12)
    daemon.start()
    if isinstance(lab, SiteNodeLab):
        lab.wait_connected(*lab.node_hosts)
    assert lab.known(one) == one.address
    assert daemon.rpc("system.plan")["steps"] == []
    new = "192.168.77.172"
    lab.site.give({mac_of(one): new})
    one.power_off()
    one.boot()
    lab.wait_known(one, new)
    lab.cloud.change("instance.detach", instance_id=one.id)
    again = lab.cloud.rpc(
        "instance.attach",
        instance_id=one.id,
        owner="alice",
        node=one.instance["node"],
        device="absent0",
    )
    assert again["private_ip"] is None
    lab.cloud.rpc("instance.detach", instance_id=one.id)
    lab.discard(one)


def test_an_address_is_learned_by_arp_where_there_was_no_lease_to_see(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one = lab.attach_at(0, "alice")
    one.ip("link", "set", "eth0", "up")
    one.ip("address", "add", "192.168.77.180/24", "dev", "eth0")
    expect(one, ping(ROUTER))
    lab.wait_known(one, "192.168.77.180")
    frames = [packet("another", ALL, mac_of(one), "192.168.77.181")]
    assert seen(one, frames, places(lab)) == set()


def test_no_instance_takes_what_the_router_or_a_neighbour_on_the_wire_has(lab: OnTheSite) -> None:
    """By gratuitous ARP, before anything was learned of it."""
    lab.cloud.account("alice")
    neighbour = "192.168.77.190"
    lab.nodes.ip("address", "add", f"{neighbour}/24", "dev", lab.site.interface)
    try:
        # It talks to somebody, as machines do.
        lab.nodes.try_run("ping", "-c", "1", "-W", "1", "-I", neighbour, "192.168.77.191")
        thief, honest = lab.attach_at(0, "alice"), lab.boot_at(0, "alice")
        lab.wait_known(honest, honest.leases()[-1].ip)
        thief.ip("link", "set", "eth0", "up")
        daemon = lab.own_daemon(thief)
        for address in (ROUTER, neighbour, honest.address):
            for operation in (1, 2):
                claim = arp(operation, mac_of(thief), address, address)
                raw = ethernet(ALL, mac_of(thief), ARP, claim)
                thief.call("send_frame", interface="eth0", frame=raw.hex())
            eventually(
                f"its claim of {address} is told",
                lambda address=address: any(
                    event["object"] == f"instance {thief.id}"
                    and f"claims the address {address}" in event["message"]
                    for event in daemon.rpc("events.list")["events"]
                )
                or lab.known(thief) is not None,
                within=5,
            )
            assert lab.known(thief) is None, address
            # An event tells of one claim in a while.
            lab.cloud.rpc("instance.detach", instance_id=thief.id)
            thief = lab.attach_at(0, "alice")
            thief.ip("link", "set", "eth0", "up")
        expect(honest, ping(WORLD), ping(neighbour))
    finally:
        lab.nodes.ip("address", "del", f"{neighbour}/24", "dev", lab.site.interface)


def test_groups_and_addresses_are_refused(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    requests: list[tuple[str, dict[str, Any]]] = [
        ("group.create", {"owner": "alice", "name": "web", "description": "web"}),
        (
            "group.authorize",
            {"owner": "alice", "group": "default", "permissions": [permit_tcp(22)]},
        ),
        ("address.allocate", {"owner": "alice"}),
        (
            "instance.attach",
            {"instance_id": "i-00000001", "owner": "alice", "groups": ["web"], "device": "x0"},
        ),
    ]
    for method, parameters in requests:
        with pytest.raises(RpcError) as refusal:
            lab.cloud.rpc(method, **parameters)
        assert refusal.value.reason == "UnsupportedOperation", method
        assert "VNET_MODE SYSTEM has no " in refusal.value.message
        assert "MANAGED and MANAGED-NOVLAN have them" in refusal.value.message


def test_instances_run_and_end_by_ec2(lab: OnTheSite) -> None:
    alice = Ec2(lab, "alice")
    guest = run_without_networks(lab, alice)
    guest.boot()
    address = guest.leases()[-1].ip
    lab.wait_known(guest, address)
    described = shown(alice, guest)
    assert described["State"]["Name"] == "running" and "PublicIpAddress" not in described
    assert described["PrivateIpAddress"] == address
    expect(lab.nodes, tcp(address, 22, server=guest.name))
    alice.boto(("terminate_instances", {"InstanceIds": [guest.id]}))
    expect(lab.nodes, silent(tcp(address, 22)))


@pytest.mark.parametrize("shared_site_lab", ["all"], indirect=True)
def test_another_mode_is_refused_while_instances_are_attached(shared_site_lab: OnTheSite) -> None:
    lab = shared_site_lab
    lab.cloud.account("alice")
    guest = lab.boot_at(0, "alice")
    daemon = lab.daemon
    daemon.stop()
    main, settings = daemon.main, daemon.settings
    managed = {
        "VNET_MODE": "MANAGED-NOVLAN",
        "VNET_SUBNET": "172.16.0.0",
        "VNET_NETMASK": "255.255.0.0",
        "VNET_ADDRSPERNET": "32",
        "VNET_DNS": ROUTER,
        "VNET_PUBLICIPS": "203.0.113.10-203.0.113.20",
        "VNET_PUBINTERFACE": "eth1",
    }
    forward = lab.host.sysctl("net.ipv4.ip_forward")
    daemon.settings = settings | managed
    daemon.launch()
    assert lab.host.call("wait", pid=daemon.pid, timeout=20) == 78
    daemon.pid = 0
    assert f"1 instances are attached under SYSTEM, {guest.id} is one" in daemon.log_text()
    assert "detach them under the former configuration" in daemon.log_text()
    expect(guest, ping(WORLD))
    daemon.settings = settings
    daemon.start()
    lab.detach(guest)
    daemon.stop()
    daemon.settings = settings | managed
    daemon.start()
    lab.cloud.group("alice", "web", permit_tcp(22))
    lab.cloud.allocate("alice")
    assert "NC_" in lab.host.run("iptables-legacy", "-S")
    daemon.stop()
    daemon.main, daemon.settings = main, settings
    daemon.start()
    assert lab.cloud.plan() == []
    for table in ("filter", "nat", "mangle"):
        assert "NC_" not in lab.host.run("iptables-legacy", "-t", table, "-S")
    assert "nc_" not in lab.host.run("ipset", "list", "-name")
    assert "172.16." not in lab.host.ip("address")
    assert lab.host.sysctl("net.ipv4.ip_forward") == forward
    assert lab.cloud.rpc("system.status")["dhcp"]["running"] is False


@pytest.mark.parametrize("shared_site_lab", ["cluster-and-nodes"], indirect=True)
def test_a_node_refuses_another_mode_while_it_has_instances(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    guest = lab.boot_at(0, "alice")
    daemon = lab.own_daemon(guest)
    daemon.stop()
    settings = daemon.settings
    daemon.settings = settings | {"VNET_MODE": "STATIC"}
    daemon.launch()
    assert daemon.host.call("wait", pid=daemon.pid, timeout=20) == 78
    daemon.pid = 0
    assert "VNET_MODE is STATIC, but 1 instances are attached under SYSTEM" in daemon.log_text()
    expect(guest, ping(WORLD))
    daemon.settings = settings
    daemon.start()
