"""Elastic addresses: from outside, outwards, moved under load; automatic ones; an empty pool."""

from __future__ import annotations

import pytest
from lab.cloud import Cloud, permit, permit_icmp, permit_tcp
from lab.guest import Guest
from lab.lab import CLIENT, CLIENT_OTHER, FAR, HOST_PUBLIC, Lab
from lab.probes import Flow, Hammer, Probe, Sniff, expect, ping, silent, tcp, udp
from lab.rpc import RpcError
from lab.timing import eventually, pause

MOVES = 1000


def two_guests(lab: Lab) -> tuple[Guest, Guest]:
    """Two instances of alice without public addresses, open on port 22, 7000 and to ping."""
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22), permit_tcp(7000), permit_icmp())
    one, two = (lab.boot("alice", "web", addressing="private") for _ in range(2))
    for guest in (one, two):
        guest.serve_stream(tcp=[7000])
    return one, two


def test_from_outside_the_guest_sees_the_clients_own_address(lab: Lab, cloud: Cloud) -> None:
    guest, _ = two_guests(lab)
    address = cloud.allocate("alice")
    expect(lab.client, silent(tcp(address, 22)), silent(ping(address)))
    cloud.associate("alice", address, guest.id)
    expect(
        lab.client,
        tcp(address, 22, server=guest.name, seen_as=CLIENT),
        tcp(address, 22, source=CLIENT_OTHER, server=guest.name, seen_as=CLIENT_OTHER),
        tcp(address, 22, source=FAR, seen_as=FAR),
        ping(address),
        silent(tcp(address, 23)),
    )


def test_outwards_the_client_sees_the_elastic_address(lab: Lab, cloud: Cloud) -> None:
    guest, beside = two_guests(lab)
    lab.client.serve(tcp=[80], udp=[53])
    address = cloud.allocate("alice")
    expect(guest, tcp(CLIENT, 80, seen_as=HOST_PUBLIC))
    cloud.associate("alice", address, guest.id)
    expect(guest, tcp(CLIENT, 80, seen_as=address), udp(CLIENT, 53, seen_as=address), ping(CLIENT))
    expect(beside, tcp(CLIENT, 80, seen_as=HOST_PUBLIC))
    cloud.disassociate("alice", address)
    expect(guest, tcp(CLIENT, 80, seen_as=HOST_PUBLIC))


def test_moved_while_a_client_watches(lab: Lab, cloud: Cloud) -> None:
    one, two = two_guests(lab)
    address = cloud.allocate("alice")
    cloud.associate("alice", address, one.id)
    flow = Flow(lab.client, "tcp", address, 7000)
    expect(lab.client, tcp(address, 22, server=one.name))
    with pytest.raises(RpcError) as refused:
        cloud.associate("alice", address, two.id)
    assert refused.value.reason == "Resource.AlreadyAssociated"
    expect(lab.client, tcp(address, 22, server=one.name))
    cloud.associate("alice", address, two.id, move=True)
    expect(lab.client, tcp(address, 22, server=two.name, seen_as=CLIENT))
    flow.assert_cut()
    assert [a["instance_id"] for a in cloud.addresses() if a["address"] == address] == [two.id]


def test_an_address_without_an_instance_is_nobodys(lab: Lab, cloud: Cloud) -> None:
    """Neither a socket of the host nor its kernel answers, whatever the neighbours believe."""
    guest, _ = two_guests(lab)
    lab.host.serve(tcp=[22], udp=[53])
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    cloud.disassociate("alice", address)
    never = "203.0.113.59"
    with Sniff(lab.client, "wire") as sniff:
        for target in (address, never):
            lab.keep_neighbour(target)
            expect(
                lab.client, silent(tcp(target, 22)), silent(udp(target, 53)), silent(ping(target))
            )
        assert not [frame for frame in sniff.frames(outgoing=False) if is_answer(frame)]
    expect(lab.client, tcp(HOST_PUBLIC, 22, server=lab.host.name))
    # A pool address on the host by somebody else's hand still opens no socket of the host.
    lab.host.ip("address", "add", f"{never}/32", "dev", "eth1")
    expect(lab.client, silent(tcp(never, 22)), silent(udp(never, 53)))
    lab.host.ip("address", "del", f"{never}/32", "dev", "eth1")


def is_answer(frame: bytes) -> bool:
    """TCP, or ICMP but for the host's unreachable messages about neighbours that are not there."""
    if frame[12:14] != b"\x08\x00":
        return False
    return frame[23] == 6 or (frame[23] == 1 and frame[34] not in (3, 5))


def announcements(frames: list[bytes], address: str, operation: int) -> int:
    """Gratuitous ARP of one form: sender and target are the address."""
    raw = bytes(int(part) for part in address.split("."))
    arp = [frame for frame in frames if frame[12:14] == b"\x08\x06" and frame[21] == operation]
    return sum(frame[28:32] == raw and frame[38:42] == raw for frame in arp)


def test_an_association_is_announced_three_times_in_both_forms(lab: Lab, cloud: Cloud) -> None:
    one, _ = two_guests(lab)
    address = cloud.allocate("alice")
    with Sniff(lab.client, "wire") as sniff:
        cloud.associate("alice", address, one.id)
        for operation in (1, 2):
            eventually(
                f"three announcements of form {operation}",
                lambda: announcements(sniff.frames(outgoing=False), address, operation) >= 3,
            )


def test_a_thousand_moves_under_a_client_that_hammers(lab: Lab, cloud: Cloud) -> None:
    one, two = two_guests(lab)
    lab.host.serve(tcp=[22])
    address = cloud.allocate("alice")
    cloud.associate("alice", address, one.id)
    hammer = Hammer(lab.client, address, 22, timeout=0.5)
    with Sniff(lab.client, "wire") as sniff:
        for move in range(MOVES):
            target = (two, one)[move % 2]
            cloud.associate("alice", address, target.id, move=True)
        cloud.disassociate("alice", address)
        pause(0.3)
        answered = sniff.frames(outgoing=False)
    met = hammer.stop()
    assert set(met) <= {f"open {one.name}", f"open {two.name}", "timeout"}, met
    assert met[f"open {one.name}"] > 5 and met[f"open {two.name}"] > 5, met
    assert lab.host.call("served")["tcp"] == {}, "a socket of the host was reached"
    resets = [f for f in answered if f[12:14] == b"\x08\x00" and f[23] == 6 and f[47] & 4]
    assert not resets
    expect(lab.client, tcp(HOST_PUBLIC, 22, server=lab.host.name))


def test_an_automatic_address_through_its_life(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    lent = guest.public
    assert [(a["address"], a["automatic"]) for a in cloud.addresses()] == [(lent, True)]
    expect(lab.client, tcp(lent, 22, server=guest.name))
    elastic = cloud.allocate("alice")
    cloud.associate("alice", elastic, guest.id)
    assert [(a["address"], a["automatic"]) for a in cloud.addresses()] == [(elastic, False)]
    assert cloud.instance(guest.id)["public_ip"] == elastic
    expect(lab.client, tcp(elastic, 22, server=guest.name), silent(tcp(lent, 22)))
    cloud.disassociate("alice", elastic)
    again = cloud.instance(guest.id)["public_ip"]
    assert again not in (None, elastic)
    expect(lab.client, tcp(again, 22, server=guest.name), silent(tcp(elastic, 22)))
    cloud.change("instance.detach", instance_id=guest.id)
    assert [(a["address"], a["automatic"]) for a in cloud.addresses()] == [(elastic, False)]
    expect(lab.client, silent(tcp(again, 22)))


def test_an_automatic_address_is_not_moved_by_hand(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest, other = lab.boot("alice", "web"), lab.boot("alice", "web")
    for method, more in (
        ("address.release", {}),
        ("address.disassociate", {}),
        ("address.associate", {"instance_id": other.id, "allow_reassociation": True}),
    ):
        with pytest.raises(RpcError):
            cloud.change(method, owner="alice", address=guest.public, **more)
    expect(lab.client, tcp(guest.public, 22, server=guest.name))


def test_an_instance_without_a_public_address_is_reached_from_inside_alone(
    lab: Lab, cloud: Cloud
) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit("all"))
    cloud.group("alice", "other")
    guest, inside = lab.boot("alice", "web", addressing="private"), lab.boot("alice", "other")
    assert cloud.instance(guest.id)["public_ip"] is None
    expect(inside, tcp(guest.address, 22, server=guest.name, seen_as=inside.address))


def test_another_account_cannot_take_an_address(lab: Lab, cloud: Cloud) -> None:
    one, _ = two_guests(lab)
    cloud.account("bob")
    cloud.group("bob", "web", permit_tcp(22))
    thief = lab.boot("bob", "web", addressing="private")
    address = cloud.allocate("alice")
    cloud.associate("alice", address, one.id)
    for owner in ("bob", "alice"):
        with pytest.raises(RpcError):
            cloud.associate(owner, address, thief.id, move=True)
    with pytest.raises(RpcError):
        cloud.disassociate("bob", address)
    expect(lab.client, tcp(address, 22, server=one.name))


def test_the_pool_runs_out(bridge_netfilter: int) -> None:
    settings = {"VNET_PUBLICIPS": "203.0.113.10-203.0.113.11"}
    with Lab(settings, bridge_netfilter) as lab:
        lab.daemon.start()
        cloud = lab.cloud
        cloud.account("alice")
        cloud.group("alice", "web", permit_tcp(22))
        first = lab.boot("alice", "web")
        elastic = cloud.allocate("alice")
        guest = lab.new_guest()
        guest.plug()
        with pytest.raises(RpcError) as refused:
            lab.cloud.rpc(
                "instance.attach",
                instance_id="i-00000001",
                owner="alice",
                groups=["web"],
                device=guest.device,
            )
        assert refused.value.reason == "InsufficientAddressCapacity"
        with pytest.raises(RpcError):
            cloud.allocate("alice")
        assert len(cloud.instances()) == 1 and not cloud.plan()
        assert "master" not in lab.host.ip("link", "show", guest.device)
        cloud.release("alice", elastic)
        second = lab.boot("alice", "web")
        expect(
            lab.client,
            tcp(first.public, 22, server=first.name),
            tcp(second.public, 22, server=second.name),
        )
        assert {first.public, second.public} == {"203.0.113.10", "203.0.113.11"}


def test_a_closed_port_of_the_guest_is_refused_by_the_guest(lab: Lab, cloud: Cloud) -> None:
    guest, _ = two_guests(lab)
    cloud.authorize("alice", "web", permit_tcp(24))
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    expect(lab.client, Probe("tcp", address, 24, "refused"), silent(tcp(address, 25)))
