"""The cluster host: what instances may ask of it, and what stays its own."""

from __future__ import annotations

from lab.cloud import Cloud, permit, permit_tcp
from lab.guest import Guest
from lab.lab import CLIENT, HOST_OFFICE, HOST_PUBLIC, Lab
from lab.probes import Probe, expect, ping, silent, tcp, udp


def guest_and_busy_host(lab: Lab) -> Guest:
    """A host whose services listen everywhere, and one instance."""
    lab.host.serve(tcp=[22, 53, 8774], udp=[53, 161])
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    return lab.boot("alice", "web")


def test_instances_reach_nothing_of_the_host_but_ping_of_their_gateway(
    lab: Lab, cloud: Cloud
) -> None:
    guest = guest_and_busy_host(lab)
    cloud.group("alice", "other")
    other = lab.boot("alice", "other")
    expect(guest, ping(guest.gateway))
    own = [guest.gateway, HOST_PUBLIC, HOST_OFFICE, other.gateway]
    for address in own:
        expect(
            guest,
            silent(tcp(address, 22)),
            silent(tcp(address, 53)),
            silent(udp(address, 53)),
            silent(udp(address, 161)),
        )
    expect(guest, *[silent(ping(address)) for address in own[1:]])
    assert lab.host.call("served") == {"tcp": {}, "udp": {}}


def test_the_host_itself_reaches_instances_and_elastic_addresses(lab: Lab) -> None:
    guest = guest_and_busy_host(lab)
    expect(
        lab.host,
        tcp(guest.address, 22, server=guest.name, seen_as=guest.gateway),
        udp(guest.address, 53),
        ping(guest.address),
        tcp(guest.public, 22, server=guest.name),
    )


def test_others_reach_the_host_as_before(lab: Lab) -> None:
    guest_and_busy_host(lab)
    expect(
        lab.client,
        tcp(HOST_PUBLIC, 22, server=lab.host.name),
        udp(HOST_PUBLIC, 161),
        ping(HOST_PUBLIC),
        Probe("tcp", HOST_PUBLIC, 24, "refused"),
    )
    expect(lab.office, tcp(HOST_OFFICE, 22, server=lab.host.name), tcp(HOST_PUBLIC, 22))


def test_the_hosts_own_connections_go_on(lab: Lab) -> None:
    guest_and_busy_host(lab)
    lab.client.serve(tcp=[80], udp=[53])
    expect(lab.host, tcp(CLIENT, 80, seen_as=HOST_PUBLIC), udp(CLIENT, 53), ping(CLIENT))


def test_the_hosts_dns_is_reached_where_it_is_the_configured_one(bridge_netfilter: int) -> None:
    with Lab({"VNET_DNS": HOST_PUBLIC}, bridge_netfilter) as lab:
        lab.daemon.start()
        guest = guest_and_busy_host(lab)
        assert guest.wait_lease().dns == HOST_PUBLIC
        expect(
            guest,
            udp(HOST_PUBLIC, 53, server=lab.host.name),
            tcp(HOST_PUBLIC, 53),
            silent(tcp(HOST_PUBLIC, 22)),
            silent(udp(HOST_PUBLIC, 161)),
            silent(udp(HOST_OFFICE, 53)),
        )


def test_a_private_address_from_outside_opens_no_socket_of_the_host(lab: Lab, cloud: Cloud) -> None:
    guest = guest_and_busy_host(lab)
    cloud.authorize("alice", "web", permit("all"))
    lab.client.ip("address", "add", f"{guest.address}/32", "dev", "lo")
    try:
        expect(lab.client, silent(tcp(HOST_PUBLIC, 22, source=guest.address)))
    finally:
        lab.client.ip("address", "del", f"{guest.address}/32", "dev", "lo")
    assert lab.host.call("served")["tcp"] == {}
