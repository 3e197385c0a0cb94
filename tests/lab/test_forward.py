"""Port forwarding: of an account's address and of the host's own, from outside and from within."""

from __future__ import annotations

from typing import Any

import pytest
from lab.cloud import Cloud, permit_tcp, permit_udp
from lab.guest import Guest
from lab.lab import CLIENT, HOST_PUBLIC, Lab
from lab.probes import Flow, expect, ping, silent, tcp, udp
from lab.rpc import RpcError
from lab.timing import eventually


def web_server(lab: Lab) -> Guest:
    """An instance of alice without a public address, open on ports 22, 53 and 7000."""
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22), permit_tcp(7000), permit_udp(53))
    guest = lab.boot("alice", "web", addressing="private")
    guest.serve_stream(tcp=[7000])
    return guest


def forward(cloud: Cloud, address: str, port: int, to: int, guest: Guest, **options: Any) -> None:
    options.setdefault("protocol", "tcp")
    cloud.change(
        "forward.create",
        owner="alice",
        address=address,
        from_port=port,
        instance_id=guest.id,
        instance_port=to,
        **options,
    )


def delete(cloud: Cloud, address: str, port: int) -> None:
    cloud.change(
        "forward.delete", owner="alice", address=address, protocol="tcp", from_port=port
    )


def refused(cloud: Cloud, method: str, **parameters: Any) -> RpcError:
    with pytest.raises(RpcError) as error:
        cloud.rpc(method, owner="alice", **parameters)
    return error.value


def test_ports_of_an_address_of_the_account(lab: Lab, cloud: Cloud) -> None:
    guest = web_server(lab)
    cloud.account("bob")
    cloud.group("bob", "clients")
    asker = lab.boot("bob", "clients", addressing="private")
    address = cloud.allocate("alice")
    forward(cloud, address, 8080, 22, guest)
    forward(cloud, address, 8081, 23, guest)
    forward(cloud, address, 9000, 6998, guest, to_port=9002)
    forward(cloud, address, 5300, 53, guest, protocol="udp")
    forward(cloud, address, 22, 8080, guest)
    reached = tcp(address, 8080, server=guest.name, seen_as=CLIENT)
    others = [
        silent(tcp(address, 8081)),  # the instance's port has no permission
        silent(tcp(address, 22)),  # the permission is about another port of the instance
        silent(tcp(address, 8082)),
        silent(tcp(address, 5300)),
        silent(udp(address, 8080)),
        silent(ping(address)),
    ]
    expect(lab.client, reached, udp(address, 5300, server=guest.name, seen_as=CLIENT), *others)
    expect(
        asker,
        tcp(address, 8080, server=guest.name, seen_as=guest.gateway),
        silent(tcp(address, 8081)),
    )
    expect(guest, tcp(address, 8080, server=guest.name, seen_as=guest.gateway))

    held = refused(cloud, "address.associate", address=address, instance_id=guest.id)
    assert "delete its forwards first" in held.message
    assert refused(cloud, "address.release", address=address).reason == "InvalidIPAddress.InUse"

    # What somebody takes away comes back, and the rules hold whatever happens to iptables.
    flow = Flow(lab.client, "tcp", address, 9002)
    lab.host.run("nft", "flush map ip netctl forwards")
    lab.host.run("iptables-legacy", "-F")
    expect(lab.client, *others)
    eventually("all is as before", lambda: not cloud.plan())
    expect(lab.client, reached)
    lab.daemon.stop()
    expect(lab.client, reached, *others)
    lab.daemon.start()
    assert cloud.plan() == []
    flow.assert_lives()

    delete(cloud, address, 9000)
    flow.assert_cut()
    expect(lab.client, reached, silent(tcp(address, 9002)))
    cloud.change("instance.detach", instance_id=guest.id)
    assert cloud.rpc("forward.describe")["forwards"] == []
    expect(lab.client, silent(tcp(address, 8080)))
    cloud.release("alice", address)


@pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"])
def test_ports_of_the_hosts_own_address(lab: Lab, cloud: Cloud) -> None:
    guest = web_server(lab)
    lab.host.serve(tcp=[9090])
    wrong = {"address": HOST_PUBLIC, "protocol": "tcp", "instance_id": guest.id}
    ssh = refused(cloud, "forward.create", from_port=20, to_port=30, **wrong)
    assert "tcp port 22" in ssh.message
    for port in (9090, 8773):
        listens = refused(cloud, "forward.create", from_port=port, **wrong)
        assert f"this host listens at tcp port {port}" in listens.message
    forward(cloud, HOST_PUBLIC, 8080, 22, guest)
    forward(cloud, HOST_PUBLIC, 7000, 7000, guest)
    reached = tcp(HOST_PUBLIC, 8080, server=guest.name, seen_as=CLIENT)
    own = tcp(HOST_PUBLIC, 9090, server=lab.host.name)
    expect(lab.client, reached, own)
    flow = Flow(lab.client, "tcp", HOST_PUBLIC, 7000)

    # Who listens later comes first, at once; and it is named.
    lab.host.serve(tcp=[8080])
    expect(lab.client, tcp(HOST_PUBLIC, 8080, server=lab.host.name), own)

    def is_named() -> bool:
        problems = cloud.rpc("system.status")["problems"]
        return any(p["object"] == f"forward {HOST_PUBLIC} tcp 8080" for p in problems)

    eventually("the problem is named", is_named, within=15)
    flow.assert_lives()
    delete(cloud, HOST_PUBLIC, 7000)
    flow.assert_cut()
    expect(lab.client, own)
