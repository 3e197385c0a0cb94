"""A real guest: a virtual machine of its own kernel boots by DHCP and is reached from outside."""

from __future__ import annotations

import pytest
from lab.cloud import Cloud, permit_icmp, permit_tcp
from lab.lab import Lab
from lab.probes import expect, ping, silent, tcp
from lab.timing import eventually
from lab.virtual_machine import VirtualMachine

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)


def test_a_virtual_machine_boots_and_is_reached(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22), permit_icmp())
    instance = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["web"],
        device="tap0",
        addressing="private",
    )
    assert instance["port"] == "waiting"
    machine = VirtualMachine(lab.host, "tap0", instance["mac"], lab.directory)
    machine.start()
    try:
        found = f"lease: {instance['private_ip']}"
        eventually(f"{found} in {machine.console}", lambda: found in machine.console_text(), 60)
        assert cloud.instance(instance["instance_id"])["port"] == "open"
        address = cloud.allocate("alice")
        cloud.associate("alice", address, instance["instance_id"])
        hostname = "ip-" + instance["private_ip"].replace(".", "-")
        expect(
            lab.client, tcp(address, 22, server=hostname), ping(address), silent(tcp(address, 23))
        )
        neighbour = lab.boot("alice", "web")
        expect(neighbour, tcp(instance["private_ip"], 22, server=hostname))
    except AssertionError as error:
        raise AssertionError(f"{error}\n{machine.console_text()[-3000:]}") from error
    finally:
        machine.stop()
