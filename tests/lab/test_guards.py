"""The guards of ports: where they stand, what they know by, and that they come back."""

from __future__ import annotations

import pytest
from lab.cloud import Cloud
from lab.daemon import NETCTL
from lab.frames import ALL, packet, seen
from lab.hostile import (
    NOBODY,
    OUTSIDER,
    Street,
    forged_senders,
    forged_services,
    mac_of,
    make_street,
)
from lab.lab import Lab
from lab.probes import expect, ping, tcp
from lab.timing import eventually


@pytest.fixture
def street(lab: Lab) -> Street:
    return make_street(lab)


def wire_tag(lab: Lab, tag: int) -> int | None:
    """In MANAGED frames of other hosts bear their network's tag."""
    return tag if lab.mode == "MANAGED" else None


def test_the_wire_brings_no_mac_of_an_instance_here(lab: Lab, street: Street) -> None:
    tag, address = wire_tag(lab, int(street.one.instance["tag"])), street.one.address
    forged = [
        packet(f"packet of {mac} to {to}", to, mac, address, tag)
        for mac in (mac_of(street.one), mac_of(street.two))
        for to in (ALL, mac_of(street.two), street.gateway_mac)
    ]
    if tag is None:
        # A tag says already which network it is.
        forged.append(packet("packet of nobody", ALL, NOBODY, address))
    places = street.everywhere_but("wire")
    assert seen(lab.nodes, forged, places, interface="wire") == set()
    # On a wire that nobody else shares, an outsider's tag says already which network it is.
    router = packet("router", ALL, OUTSIDER, "10.9.9.9", tag)
    expected = {("host", "router")}
    if tag is not None:
        expected |= {("one", "router"), ("two", "router")}
    assert seen(lab.nodes, [router], places, expected, interface="wire") == expected


def test_instances_of_other_hosts_reach_their_network_only(bridge_netfilter: int) -> None:
    with Lab({"NETCTL_LISTEN": "127.0.0.1:8790"}, bridge_netfilter) as lab:
        lab.host.run(
            *f"{NETCTL} pki init --host 127.0.0.1 --state-dir {lab.daemon.state}".split()
        )
        lab.daemon.start()
        reach_their_network_only(lab, lab.cloud, make_street(lab))


def reach_their_network_only(lab: Lab, cloud: Cloud, street: Street) -> None:
    remote = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["default"],
        node="elsewhere",
        device="vnet0",
    )
    mac, address, tag = remote["mac"], remote["private_ip"], wire_tag(lab, remote["tag"])
    frames = [
        packet("broadcast", ALL, mac, address, tag),
        packet("unicast", mac_of(street.one), mac, address, tag),
        packet("to a stranger", mac_of(street.stranger), mac, address, tag),
    ]
    expected = {(name, "broadcast") for name in ("one", "two", "host")} | {("one", "unicast")}
    places = street.everywhere_but("wire")
    assert seen(lab.nodes, frames, places, expected, interface="wire") == expected


def test_a_guard_stands_before_the_device_exists(lab: Lab, cloud: Cloud, street: Street) -> None:
    guest = lab.new_guest()
    guest.instance = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="bob",
        groups=["default"],
        device=guest.device,
    )
    lab.daemon.kill()
    guest.plug(mac_of(guest))
    guest.plug_into(guest.bridge)
    guest.ip("link", "set", "eth0", "up")
    own = packet("its own", ALL, mac_of(guest), guest.address)
    eventually("the port forwards", lambda: seen(guest, [own], street.places))
    forged = [
        packet("MAC", ALL, OUTSIDER, guest.address),
        packet("address", ALL, mac_of(guest), "10.9.9.9"),
        packet("tag", ALL, mac_of(guest), guest.address, 5),
    ]
    assert seen(guest, forged, street.places) == set()
    lab.daemon.start()

    def is_open() -> bool:
        return bool(cloud.instance(guest.id)["port"] == "open")

    eventually("the port opens", is_open)
    assert seen(guest, forged, street.places) == set()


def test_a_tap_that_nobody_attached_cannot_be_an_instance(lab: Lab, street: Street) -> None:
    guest = lab.new_guest()
    guest.plug(NOBODY)
    guest.plug_into(street.one.bridge)
    guest.ip("link", "set", "eth0", "up")
    if lab.mode == "MANAGED-NOVLAN":
        other = packet("other", ALL, OUTSIDER, "10.9.9.9")
        forwarded = {("host", "other"), ("wire", "other")}
        eventually(
            "others' ports forward", lambda: seen(guest, [other], street.places) == forwarded
        )
    else:
        pattern = f"bridge link show dev {guest.device} | grep -q forwarding"
        eventually("it forwards", lambda: lab.host.try_run("sh", "-c", pattern).code == 0)
    frames = [
        packet("nobody", ALL, NOBODY, street.one.address),
        packet("another", ALL, mac_of(street.two), street.two.address),
    ]
    assert seen(guest, frames, street.places) == set()


def test_guards_that_somebody_changes_come_back(lab: Lab, cloud: Cloud, street: Street) -> None:
    mac = mac_of(street.one)
    for change in (
        "delete table bridge netctl",
        "insert rule bridge netctl from_port accept",
        f"delete element bridge netctl port_macs {{ {street.one.device} . {mac} }}",
        f"add element bridge netctl any_address {{ {mac} }}",
    ):
        lab.host.run("nft", change)
        eventually(f"repaired: {change}", lambda: cloud.plan() == [])
    assert seen(street.one, forged_senders(street), street.everywhere_but("one")) == set()
    expect(street.one, ping(street.one.gateway), tcp(street.two.address, 22))


def test_guards_stand_while_netctld_is_down(lab: Lab, street: Street) -> None:
    lab.daemon.stop()
    assert seen(street.one, forged_services(street), street.everywhere_but("one")) == set()
    expect(street.one, tcp(street.two.address, 22), ping(street.one.gateway))
    lab.daemon.start()


def test_purge_takes_the_guards_away(bridge_netfilter: int) -> None:
    with Lab(bridge_netfilter=bridge_netfilter) as lab:
        lab.daemon.start()
        lab.cloud.account("alice")
        lab.boot("alice", "default")
        assert "table bridge netctl" in lab.host.run("nft", "list", "tables")
        lab.daemon.stop()
        lab.daemon.purge()
        assert "bridge" not in lab.host.run("nft", "list", "tables")
