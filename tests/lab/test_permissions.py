"""Each kind of permission allows exactly what it says, and nothing beside it."""

from __future__ import annotations

import struct

import pytest
from lab.cloud import Cloud, Permission, from_group, permit, permit_icmp, permit_tcp, permit_udp
from lab.guest import Guest
from lab.lab import CLIENT_OTHER, FAR, Lab
from lab.probes import NEVER, Packet, Probe, arrivals, expect, ping, silent, tcp, udp
from lab.rpc import RpcError

ECHO, TIMESTAMP, MASK = Packet(1, 8, 0), Packet(1, 13, 0), Packet(1, 17, 0)
ESP, AH = Packet(50), Packet(51)
UNUSUAL = [ECHO, TIMESTAMP, MASK, ESP, AH]


def boot_with(lab: Lab, *permissions: Permission) -> Guest:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", *permissions)
    return lab.boot("alice", "web")


def test_without_permission_nothing_comes_in(lab: Lab) -> None:
    guest = boot_with(lab)
    expect(
        lab.client,
        silent(tcp(guest.public, 22)),
        silent(udp(guest.public, 53)),
        silent(ping(guest.public)),
    )
    assert arrivals(lab.client, guest.public, guest, UNUSUAL, []) == set()


def test_a_tcp_port(lab: Lab) -> None:
    guest = boot_with(lab, permit_tcp(22))
    guest.serve(tcp=[21], udp=[22])
    expect(
        lab.client,
        tcp(guest.public, 22, server=guest.name),
        silent(tcp(guest.public, 21)),
        silent(tcp(guest.public, 23)),
        silent(udp(guest.public, 22)),
        silent(ping(guest.public)),
    )


def test_a_udp_port(lab: Lab) -> None:
    guest = boot_with(lab, permit_udp(53))
    guest.serve(tcp=[53], udp=[52, 54])
    expect(
        lab.client,
        udp(guest.public, 53, server=guest.name),
        silent(udp(guest.public, 52)),
        silent(udp(guest.public, 54)),
        silent(tcp(guest.public, 53)),
    )


@pytest.mark.parametrize(("first", "last"), [(1000, 1003), (1000, 1800), (60000, 65535), (1, 1001)])
def test_a_range_of_ports_to_both_its_ends(lab: Lab, first: int, last: int) -> None:
    guest = boot_with(lab, permit_tcp(first, last))
    inside = sorted({first, (first + last) // 2, last})
    outside = [port for port in (first - 1, last + 1) if 0 < port < 65536]
    guest.serve(tcp=inside + outside, udp=[first])
    expect(
        lab.client,
        *[tcp(guest.public, port) for port in inside],
        *[silent(tcp(guest.public, port)) for port in outside],
        silent(udp(guest.public, first)),
    )


def udp_packet(port: int) -> str:
    return struct.pack("!HHHH", 4000, port, 8, 0).hex()


def test_port_0_is_a_port(lab: Lab) -> None:
    """It is no wildcard: with only port 0 permitted, port 53 stays closed."""
    guest = boot_with(lab, permit_udp(0))
    expect(lab.client, silent(udp(guest.public, 53)))
    sent = guest.call("sniff", interface="eth0")
    lab.client.call(
        "send_raw", address=guest.public, protocol=17, payload=udp_packet(0), source="0.0.0.0"
    )
    lab.client.call(
        "send_raw", address=guest.public, protocol=17, payload=udp_packet(1), source="0.0.0.0"
    )
    lab.cloud.authorize("alice", "web", permit_tcp(22))
    expect(lab.client, tcp(guest.public, 22))
    frames = [frame for frame, outgoing in guest.call("sniffed", number=sent) if not outgoing]
    assert sum(udp_packet(0)[:8] in frame for frame in frames) == 1
    assert sum(udp_packet(1)[:8] in frame for frame in frames) == 0


def test_one_icmp_type(lab: Lab) -> None:
    guest = boot_with(lab, permit_icmp(8, 0))
    expect(lab.client, ping(guest.public), silent(tcp(guest.public, 22)))
    assert arrivals(lab.client, guest.public, guest, UNUSUAL, [ECHO]) == {ECHO}


def test_one_icmp_type_with_any_code(lab: Lab) -> None:
    guest = boot_with(lab, permit_icmp(13))
    assert arrivals(lab.client, guest.public, guest, UNUSUAL, [TIMESTAMP]) == {TIMESTAMP}


def test_one_icmp_code(lab: Lab) -> None:
    odd_echo = Packet(1, 8, 3)
    guest = boot_with(lab, permit_icmp(8, 3))
    assert arrivals(lab.client, guest.public, guest, [ECHO, odd_echo], [odd_echo]) == {odd_echo}


def test_any_icmp(lab: Lab) -> None:
    guest = boot_with(lab, permit_icmp())
    allowed = {ECHO, TIMESTAMP, MASK}
    assert arrivals(lab.client, guest.public, guest, UNUSUAL, allowed) == allowed
    expect(lab.client, silent(tcp(guest.public, 22)), silent(udp(guest.public, 53)))


def test_a_protocol_by_its_number(lab: Lab) -> None:
    guest = boot_with(lab, permit("50"))
    assert arrivals(lab.client, guest.public, guest, UNUSUAL, [ESP]) == {ESP}


def test_all_protocols(lab: Lab) -> None:
    guest = boot_with(lab, permit("all"))
    assert arrivals(lab.client, guest.public, guest, UNUSUAL, UNUSUAL) == set(UNUSUAL)
    expect(lab.client, tcp(guest.public, 23), udp(guest.public, 69), ping(guest.public))


@pytest.mark.parametrize("last", [22, 1022])
def test_a_source_address(lab: Lab, last: int) -> None:
    guest = boot_with(lab, permit_tcp(22, last, cidrs=[f"{CLIENT_OTHER}/32"]))
    expect(
        lab.client,
        tcp(guest.public, 22, source=CLIENT_OTHER, seen_as=CLIENT_OTHER),
        silent(tcp(guest.public, 22)),
        silent(tcp(guest.public, 22, source=FAR)),
    )


def test_a_source_network(lab: Lab) -> None:
    guest = boot_with(
        lab, permit_tcp(22, cidrs=["198.51.100.0/25"]), permit_udp(53, cidrs=["203.0.113.4/30"])
    )
    expect(
        lab.client,
        tcp(guest.public, 22, source=FAR, seen_as=FAR),
        silent(tcp(guest.public, 22)),
        udp(guest.public, 53, source=CLIENT_OTHER),
        silent(udp(guest.public, 53)),
        silent(udp(guest.public, 53, source=FAR)),
    )


@pytest.mark.parametrize(
    ("permission", "open_probe", "closed_probe"),
    [
        (permit_tcp(80, cidrs=[]), tcp("", 80), tcp("", 443)),
        (permit_tcp(80, 1080, cidrs=[]), tcp("", 80), tcp("", 22)),
        (permit_udp(53, cidrs=[]), udp("", 53), udp("", 69)),
        (permit_icmp(8, 0, cidrs=[]), ping(""), tcp("", 22)),
        (permit("all", cidrs=[]), tcp("", 23), None),
    ],
    ids=["port", "wide range", "udp", "icmp", "all"],
)
def test_a_group_of_another_account(
    lab: Lab, cloud: Cloud, permission: Permission, open_probe: Probe, closed_probe: Probe | None
) -> None:
    cloud.account("bob")
    cloud.group("bob", "monitoring")
    cloud.group("bob", "other")
    permission = permission | {"groups": from_group("bob", "monitoring")}
    target = boot_with(lab, {k: v for k, v in permission.items() if v})
    asker, other = lab.boot("bob", "monitoring"), lab.boot("bob", "other")
    asked = [Probe(open_probe.kind, target.address, open_probe.port)]
    if closed_probe:
        asked.append(Probe(closed_probe.kind, target.address, closed_probe.port, NEVER))
    expect(asker, *asked)
    expect(other, silent(asked[0]))
    expect(lab.client, silent(Probe(open_probe.kind, target.public, open_probe.port)))


def test_groups_of_two_accounts_are_closed_to_each_other(lab: Lab, cloud: Cloud) -> None:
    """Also where both call their group the same."""
    one = boot_with(lab)
    cloud.account("bob")
    cloud.group("bob", "web")
    two = lab.boot("bob", "web")
    for asker, target in ((one, two), (two, one)):
        expect(
            asker,
            silent(tcp(target.address, 22)),
            silent(udp(target.address, 53)),
            silent(ping(target.address)),
        )
    cloud.authorize("bob", "web", permit_tcp(22, groups=from_group("alice", "web")))
    expect(
        one,
        tcp(two.address, 22, server=two.name, seen_as=one.address),
        silent(tcp(two.address, 23)),
    )
    expect(two, silent(tcp(one.address, 22)))


def test_a_permission_applies_to_instances_that_run_already_and_to_new_ones(lab: Lab) -> None:
    guest = boot_with(lab)
    expect(lab.client, silent(tcp(guest.public, 80)))
    lab.cloud.authorize("alice", "web", permit_tcp(80))
    later = lab.boot("alice", "web")
    expect(lab.client, tcp(guest.public, 80), tcp(later.public, 80), silent(tcp(later.public, 443)))
    lab.cloud.revoke("alice", "web", permit_tcp(80))
    expect(lab.client, silent(tcp(guest.public, 80)), silent(tcp(later.public, 80)))


def test_a_permission_twice_changes_nothing(lab: Lab, cloud: Cloud) -> None:
    guest = boot_with(lab, permit_tcp(22))
    assert not cloud.authorize("alice", "web", permit_tcp(22))["changed"]
    assert cloud.revoke("alice", "web", permit_tcp(22))["changed"]
    assert not cloud.revoke("alice", "web", permit_tcp(22))["changed"]
    expect(lab.client, silent(tcp(guest.public, 22)))


def test_two_permissions_for_one_packet_are_both_to_be_revoked(lab: Lab, cloud: Cloud) -> None:
    guest = boot_with(lab, permit_tcp(22), permit_tcp(20, 30))
    cloud.revoke("alice", "web", permit_tcp(22))
    expect(lab.client, tcp(guest.public, 22))
    cloud.revoke("alice", "web", permit_tcp(20, 30))
    expect(lab.client, silent(tcp(guest.public, 22)))


def test_no_source_at_all_is_an_error(lab: Lab, cloud: Cloud) -> None:
    guest = boot_with(lab)
    with pytest.raises(RpcError) as refused:
        cloud.authorize("alice", "web", {"protocol": "tcp", "from_port": 22, "to_port": 22})
    assert refused.value.code == -32602
    expect(lab.client, silent(tcp(guest.public, 22)))


def test_an_icmp_error_of_an_allowed_flow_comes_through(lab: Lab) -> None:
    """A permitted but closed port of the guest is refused by the guest, in both directions."""
    guest = boot_with(lab, permit_udp(7), permit_tcp(7))
    expect(
        lab.client,
        Probe("udp", guest.public, 7, "refused"),
        Probe("tcp", guest.public, 7, "refused"),
    )
    expect(guest, Probe("udp", FAR, 7, "refused"))
