"""STATIC: pairs of a map, our DHCP beside the site's, and guards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lab.ec2 import Ec2, run_without_networks, shown
from lab.frames import ALL, ARP, UDP, arp, datagram, frame, packet, seen
from lab.guest import Guest
from lab.machine import Machine
from lab.probes import Sniff, expect, ping, silent, tcp
from lab.rpc import RpcError
from lab.site import (
    HOST,
    PAIRS,
    PORTS,
    ROUTER,
    WORLD,
    OnTheSite,
    SiteNodeLab,
    dhcp_servers,
    frame6,
)
from lab.timing import eventually

MODE = "STATIC"


@pytest.fixture
def lab(site_lab: OnTheSite) -> OnTheSite:
    return site_lab


def pair_of(guest: Guest) -> tuple[str, str]:
    return (str(guest.instance["mac"]), guest.address)


def test_guests_boot_by_the_pairs_in_their_order(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one = lab.boot_at(0, "alice")
    two = lab.boot_at(1, "alice", client="dhclient")
    four = lab.boot_at(0, "alice", mac=PAIRS[3][0])
    assert [pair_of(guest) for guest in (one, two, four)] == [PAIRS[0], PAIRS[1], PAIRS[3]]
    for guest in (one, two, four):
        lease = guest.leases()[-1]
        assert lease.ip == guest.address and lease.server == HOST
        assert lease.router == ROUTER == guest.instance["gateway"]
        assert lease.dns == ROUTER and lease.domain == "cloud.example"
        assert lease.broadcast == "192.168.77.255" and lease.mask in ("24", "255.255.255.0")
        assert guest.instance["netmask"] == "255.255.255.0" and guest.instance["tag"] is None
    expect(one, ping(two.address), tcp(two.address, 22, server=two.name, seen_as=one.address))
    expect(two, ping(WORLD), tcp(WORLD, 80, seen_as=two.address))
    expect(lab.nodes, tcp(four.address, 22, server=four.name))
    assert lab.cloud.plan() == []
    for table in ("filter", "nat"):
        assert "NC_" not in lab.host.run("iptables-legacy", "-t", table, "-S")


def test_detach_frees_the_pair_and_the_map_has_an_end(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    guests = [lab.attach_at(0, "alice") for _ in PAIRS]
    assert [pair_of(guest) for guest in guests] == PAIRS
    with pytest.raises(RpcError) as refusal:
        lab.cloud.rpc("instance.attach", instance_id="i-00000001", owner="alice", device="x0")
    assert "all 5 pairs of VNET_MACMAP are in use" in refusal.value.message
    lab.detach(guests[1])
    again = lab.boot_at(1, "alice")
    assert pair_of(again) == PAIRS[1] and again.leases()[-1].ip == PAIRS[1][1]
    with pytest.raises(RpcError, match="in no pair of VNET_MACMAP"):
        lab.cloud.rpc(
            "instance.attach",
            instance_id="i-00000001",
            owner="alice",
            device="x0",
            mac="d0:0d:00:00:00:01",
        )
    wrong: list[dict[str, Any]] = [{"groups": ["web"]}, {"tag": 7}]
    for parameters in wrong:
        with pytest.raises(RpcError) as refusal:
            lab.cloud.rpc(
                "instance.attach",
                instance_id="i-00000001",
                owner="alice",
                device="x0",
                **parameters,
            )
        assert refusal.value.reason == "UnsupportedOperation"
        assert "VNET_MODE STATIC has no " in refusal.value.message
    with pytest.raises(RpcError, match="MANAGED and MANAGED-NOVLAN have them"):
        lab.cloud.rpc("address.allocate", owner="alice")


def test_instances_run_and_end_by_ec2(lab: OnTheSite) -> None:
    alice = Ec2(lab, "alice")
    guest = run_without_networks(lab, alice)
    guest.boot()
    assert pair_of(guest) == PAIRS[0] and guest.leases()[-1].ip == guest.address
    described = shown(alice, guest)
    assert described["State"]["Name"] == "running" and "PublicIpAddress" not in described
    assert described["PrivateIpAddress"] == guest.address
    expect(lab.nodes, tcp(guest.address, 22, server=guest.name))
    alice.boto(("terminate_instances", {"InstanceIds": [guest.id]}))
    expect(lab.nodes, silent(tcp(guest.address, 22)))


def test_nobody_else_is_answered(lab: OnTheSite) -> None:
    """A machine of the site, one that asks for an address of the subnet, and a pair not in use."""
    lab.cloud.account("alice")
    lab.boot_at(0, "alice")
    one, two = lab.client_of_the_site("02:00:00:00:00:09"), lab.client_of_the_site(PAIRS[4][0])
    with Sniff(one, "eth0") as to_one, Sniff(two, "eth0") as to_two:
        lease = one.boot()
        assert lease.server == ROUTER
        for wish in ("192.168.77.40", "10.0.0.7"):
            # INIT-REBOOT with an address that is not its own.
            done = one.try_run(
                *f"busybox udhcpc -n -q -t 1 -T 1 -i eth0 -r {wish} -s /bin/true".split()
            )
            assert done.code == 0, done.err
        done = two.try_run(*"busybox udhcpc -n -q -t 2 -T 1 -i eth0 -s /bin/true".split())
        assert done.code != 0
        assert dhcp_servers(to_one.frames(outgoing=False)) == {ROUTER}
        assert dhcp_servers(to_two.frames(outgoing=False)) == set()


def places(lab: OnTheSite, *guests: Guest) -> dict[str, tuple[Machine, str]]:
    found: dict[str, tuple[Machine, str]] = {guest.name: (guest, "eth0") for guest in guests}
    found["site"] = (lab.nodes, lab.site.interface)
    return found


def test_forged_frames_and_servers_reach_nobody(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one, two = lab.boot_at(0, "alice"), lab.boot_at(1, "alice")
    mac, address = pair_of(one)
    forged = [
        packet("MAC", ALL, two.instance["mac"], address),
        packet("address", ALL, mac, two.address),
        packet("tag", ALL, mac, address, 5),
        frame("ARP of the neighbour's address", ALL, mac, ARP, arp(1, mac, two.address, ROUTER)),
        frame("ARP of the router's address", ALL, mac, ARP, arp(2, mac, ROUTER, two.address)),
        frame6("IPv6", mac, UDP, PORTS),
        datagram("DHCP offer", mac, address, 67, 68),
    ]
    where = places(lab, two)
    must = {(name, "own") for name in where}
    assert seen(one, [packet("own", ALL, mac, address), *forged], where, must) == must


def test_kill_and_restart_leave_leases_and_guards(lab: OnTheSite) -> None:
    lab.cloud.account("alice")
    one = lab.boot_at(0, "alice")
    daemon = lab.own_daemon(one)
    for victim in {id(d): d for d in (daemon, lab.daemon)}.values():
        victim.kill()
    expect(one, ping(WORLD))
    mac, _ = pair_of(one)
    forged = [packet("address", ALL, mac, "192.168.77.99")]
    assert seen(one, forged, places(lab)) == set()
    one.power_off()
    assert one.boot().server == HOST
    for victim in {id(d): d for d in (lab.daemon, daemon)}.values():
        victim.start()
    if isinstance(lab, SiteNodeLab):
        lab.wait_connected(*lab.node_hosts)
    assert lab.cloud.instance(one.id)["private_ip"] == one.address
    assert lab.cloud.plan() == []
    renewals = len(one.leases())
    one.call("signal", pid=one.client_pid, number=10)  # udhcpc renews at once
    eventually("it renews", lambda: len(one.leases()) > renewals)
    assert one.leases()[-1].ip == one.address


@pytest.mark.parametrize("shared_site_lab", ["all"], indirect=True)
def test_every_bad_pair_is_named(shared_site_lab: OnTheSite) -> None:
    bad = [
        "nonsense",
        "aa:dd:11:ce:ff:03=192.168.77.31",
        "aa:dd:11:ce:ff:09=192.168.77.30",
        "ab:dd:11:ce:ff:0a=192.168.77.32",
        "aa:dd:11:ce:ff:0b=192.168.78.1",
        f"aa:dd:11:ce:ff:0c={ROUTER}",
        "aa:dd:11:ce:ff:0d=192.168.77.255",
    ]
    words = [f"{mac}={address}" for mac, address in PAIRS] + bad
    daemon = shared_site_lab.daemon
    daemon.stop()
    settings = daemon.settings
    daemon.settings = settings | {"VNET_MACMAP": " ".join(words)}
    daemon.launch()
    assert shared_site_lab.host.call("wait", pid=daemon.pid, timeout=20) == 78
    daemon.pid = 0
    log = daemon.log_text()
    for number, text in enumerate(words, 1):
        assert bool(re.search(f"pair {number}, '{re.escape(text)}',", log)) == (text in bad), text
    daemon.settings = settings
    daemon.start()
