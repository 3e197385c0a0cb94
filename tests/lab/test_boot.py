"""An instance boots by DHCP, whoever plugs its device and whenever, and finds its own network."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

import pytest
from lab.cloud import Cloud
from lab.lab import Lab
from lab.probes import Packet, arrivals, expect, ping, tcp, udp
from lab.rpc import RpcError
from lab.timing import eventually, pause


@pytest.mark.parametrize("client", ["udhcpc", "dhclient"])
def test_a_guest_gets_what_attach_answered(lab: Lab, cloud: Cloud, client: str) -> None:
    cloud.account("alice")
    guest = lab.attach(lab.new_guest(), "alice", "default", instance_id="i-0a1b2c3D")
    assert guest.instance["port"] == "open"
    assert guest.instance["mac"] == "d0:0d:0a:1b:2c:3d"
    lease = guest.boot(client)
    assert lease.ip == guest.address
    assert lease.router == guest.gateway
    network = IPv4Network(f"{guest.address}/{guest.instance['netmask']}", strict=False)
    assert lease.mask in (str(network.prefixlen), str(network.netmask))
    assert lease.lease == "86400"
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", lease.hostname)
    broadcast = str(network.broadcast_address)
    assert lease.broadcast in ("", broadcast), "it is not told: dhclient takes it from the netmask"
    assert f"{lease.ip}/{network.prefixlen} brd {broadcast}" in guest.addresses()
    expect(guest, ping(guest.gateway))


def test_the_options_are_the_configured_ones(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    lease = guest.wait_lease()
    config = lab.daemon.config.read_text()
    assert f'VNET_DNS="{lease.dns}"' in config
    assert lease.domain == "eucalyptus.internal"
    assert lease.mtu == "", "an MTU of 1500 needs no option"


def test_instances_of_one_network_talk_freely(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    one, two = lab.boot("alice", "default"), lab.boot("alice", "default")
    expect(
        one,
        tcp(two.address, 23, server=two.name, seen_as=one.address),
        udp(two.address, 69),
        ping(two.address),
    )
    esp = Packet(50)
    assert arrivals(one, two.address, two, [esp], [esp]) == {esp}


def test_a_device_that_appears_later_is_plugged(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.new_guest()
    result = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["default"],
        device=guest.device,
    )
    assert result["port"] == "waiting"
    guest.instance = result
    assert guest.bridge == ("br0" if lab.mode == "MANAGED-NOVLAN" else f"eucabr{result['tag']}")
    guest.plug(result["mac"])
    eventually("the port opens", lambda: cloud.instance(guest.id)["port"] == "open")
    assert guest.boot().ip == guest.address


def test_a_device_that_goes_and_comes_back_is_plugged_again(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    guest.call("reset")
    guest.unplug()
    eventually("the port waits", lambda: cloud.instance(guest.id)["port"] == "waiting")
    guest.plug(guest.instance["mac"])
    eventually("the port opens", lambda: cloud.instance(guest.id)["port"] == "open")
    assert guest.boot().ip == guest.address


def test_a_device_that_the_hypervisor_plugged_is_taken_as_it_is(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    neighbour = lab.boot("alice", "default")
    guest = lab.new_guest()
    guest.plug()
    guest.plug_into(neighbour.bridge)
    guest.instance = cloud.change(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["default"],
        device=guest.device,
    )
    guest.set_mac(guest.instance["mac"])
    assert guest.boot().ip == guest.address
    assert cloud.instance(guest.id)["port"] == "open"


def test_an_instance_without_a_named_device_is_known_by_its_mac(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.new_guest()
    guest.instance = cloud.rpc(
        "instance.attach", instance_id=lab.new_id(), owner="alice", groups=["default"]
    )
    guest.plug(guest.instance["mac"])
    lab.host.ip("link", "set", guest.device, "address", "fe" + guest.instance["mac"][2:])
    guest.plug_into(guest.bridge)
    assert guest.boot().ip == guest.address


def test_a_caller_names_mac_tag_and_index(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.attach(
        lab.new_guest(), "alice", "default", mac="d0:0d:11:22:33:44", tag=77, address_index=20
    )
    assert guest.instance["mac"] == "d0:0d:11:22:33:44"
    assert (guest.instance["tag"], guest.instance["address_index"]) == (77, 20)
    assert guest.boot().ip == guest.address
    networks = cloud.rpc("network.describe")["networks"]
    assert [network["tag"] for network in networks] == [77]


def test_two_instances_with_one_mac_are_refused(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    lab.attach(lab.new_guest(), "alice", "default", mac="d0:0d:11:22:33:44")
    with pytest.raises(RpcError, match="d0:0d:11:22:33:44"):
        cloud.rpc(
            "instance.attach",
            instance_id=lab.new_id(),
            owner="alice",
            groups=["default"],
            mac="d0:0d:11:22:33:44",
        )
    assert len(cloud.instances()) == 1


def test_a_mac_that_is_no_instances_gets_no_lease(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    known = lab.attach(lab.new_guest(), "alice", "default")
    stranger = lab.new_guest()
    stranger.plug("d0:0d:de:ad:be:ef")
    stranger.plug_into(known.bridge)
    stranger.ip("link", "set", "eth0", "up")
    stranger.start_dhcp()
    pause(1)
    known.boot()
    assert stranger.leases() == []


def test_one_ports_failure_keeps_no_other_from_opening(lab: Lab, cloud: Cloud) -> None:
    """A device that the kernel takes into no bridge: its instance fails, the next one opens."""
    cloud.account("alice")
    lab.host.ip("link", "add", "br9", "type", "bridge")
    broken = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["default"],
        device="br9",
    )
    assert broken["port"] == "failed"
    assert broken["reason"]
    assert not broken["in_force"]
    assert lab.boot("alice", "default").instance["port"] == "open"
    lab.host.ip("link", "del", "br9")


@pytest.mark.parametrize("device", ["lo", "eth0", "eth1", "bridge"])
def test_the_hosts_own_devices_are_no_instances(lab: Lab, cloud: Cloud, device: str) -> None:
    cloud.account("alice")
    device = device.replace("bridge", "br0" if lab.mode == "MANAGED-NOVLAN" else "eth0")
    with pytest.raises(RpcError, match=device):
        cloud.rpc(
            "instance.attach",
            instance_id=lab.new_id(),
            owner="alice",
            groups=["default"],
            device=device,
        )
    assert cloud.instances() == []
