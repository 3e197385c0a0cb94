"""A cloud over three machines: the node link, and instances of one network on two nodes."""

from __future__ import annotations

import itertools
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from lab.cloud import from_group, permit_icmp, permit_tcp
from lab.frames import mac_bytes
from lab.guest import Guest
from lab.lab import CLIENT
from lab.nodes import NodeLab
from lab.probes import Flow, Probe, Sniff, expect, ping, silent, tcp
from lab.rpc import RpcError
from lab.timing import eventually, seconds


@pytest.fixture
def lab(node_lab: NodeLab) -> NodeLab:
    return node_lab


def test_an_instance_boots_on_a_node_and_is_reached(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot_on(lab.node_hosts[0], "alice", "web")
    assert guest.instance["port"] == "open"
    expect(
        lab.client,
        tcp(guest.public, 22, server=guest.name, seen_as=CLIENT),
        silent(tcp(guest.public, 23)),
    )
    expect(guest, ping(CLIENT))


def test_a_network_reaches_over_two_nodes_and_no_further(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web")
    lab.cloud.group("alice", "db")
    first, second = lab.node_hosts
    one = lab.boot_on(first, "alice", "web")
    two = lab.boot_on(second, "alice", "web")
    other = lab.boot_on(second, "alice", "db")
    expect(one, tcp(two.address, 22, server=two.name, seen_as=one.address), ping(two.address))
    expect(two, tcp(one.address, 80, server=one.name, seen_as=two.address))
    expect(other, silent(tcp(one.address, 22)), silent(tcp(two.address, 22)))


def expect_from_all(expectations: dict[Guest, list[Probe]]) -> None:
    """As `expect`, from all of these machines at the same time."""
    with ThreadPoolExecutor(len(expectations)) as pool:
        list(pool.map(lambda entry: expect(entry[0], *entry[1]), expectations.items()))


def test_groups_reach_others_through_permissions_and_the_gateway_only(lab: NodeLab) -> None:
    places = list(itertools.product(("alice", "bob"), ("web", "db"), lab.node_hosts))
    for owner, group in dict.fromkeys((owner, group) for owner, group, _ in places):
        if group == "web":
            lab.cloud.account(owner)
        lab.cloud.group(owner, group)
    guests = {
        (owner, group, node.name): lab.boot_on(node, owner, group) for owner, group, node in places
    }

    def reached(open_to: set[tuple[tuple[str, str], tuple[str, str]]]) -> None:
        """Besides those of its own group each reaches just these."""
        expectations: dict[Guest, list[Probe]] = {guest: [] for guest in guests.values()}
        for (here, one), (there, other) in itertools.permutations(guests.items(), 2):
            probe = tcp(other.address, 22, server=other.name, seen_as=one.address)
            allowed = here[:2] == there[:2] or (here[:2], there[:2]) in open_to
            expectations[one].append(probe if allowed else silent(probe))
        expect_from_all(expectations)

    reached(set())
    source = from_group("alice", "web")
    lab.cloud.authorize("bob", "db", permit_tcp(22, groups=source))
    first, second = lab.node_hosts
    target = guests["bob", "db", first.name]
    gateway_mac = lab.host.run("cat", f"/sys/class/net/{target.bridge}/address").strip()
    with Sniff(target, "eth0") as sniff:
        reached({(("alice", "web"), ("bob", "db"))})
        for node in (first, second):
            address = socket.inet_aton(guests["alice", "web", node.name].address)
            came = [data for data in sniff.frames(outgoing=False) if data[26:30] == address]
            assert {data[6:12] for data in came} == {mac_bytes(gateway_mac)}
    lab.cloud.revoke("bob", "db", permit_tcp(22, groups=source))
    reached(set())


def test_nothing_is_left_of_a_network_after_its_last_instance(lab: NodeLab) -> None:
    hosts = [lab.host, *[node.machine for node in lab.node_hosts]]

    def state() -> dict[str, tuple[set[str], set[str]]]:
        """Links, and addresses."""
        return {
            host.name: (
                set(host.links()),
                {line.split()[3] for line in host.ip("-4", "-o", "address").splitlines()},
            )
            for host in hosts
        }

    lab.cloud.account("alice")
    before = state()
    guests = [
        lab.boot_on(node, "alice", "default", addressing="private") for node in lab.node_hosts
    ]
    with_both = state()
    assert guests[0].gateway in str(with_both[lab.host.name])
    if lab.mode == "MANAGED":
        assert all(guests[0].bridge in links for links, _ in with_both.values())
    lab.detach(guests[0])
    assert state()[lab.host.name] == with_both[lab.host.name]
    assert state()[hosts[1].name] == before[hosts[1].name]
    lab.detach(guests[1])
    assert state() == before


def test_elastic_addresses_are_reached_from_every_node(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.account("bob")
    lab.cloud.group("alice", "web", permit_tcp(22), permit_icmp(8, 0))
    target = lab.boot_on(lab.node_hosts[0], "alice", "web")
    neighbours = {target: target.public}
    strangers = {}
    for node in lab.node_hosts:
        for owner, group, askers in (("alice", "web", neighbours), ("bob", "default", strangers)):
            listed = lab.boot_on(node, owner, group)
            unlisted = lab.boot_on(node, owner, group, addressing="private")
            askers |= {listed: listed.public, unlisted: target.gateway}
    expect_from_all(
        {
            asker: [
                tcp(target.public, 22, server=target.name, seen_as=seen_as),
                ping(target.public),
                *([silent(tcp(target.public, 23))] if asker in strangers else []),
            ]
            for asker, seen_as in (neighbours | strangers).items()
        }
    )


def test_permissions_hold_on_the_way_by_an_elastic_address(lab: NodeLab) -> None:
    cloud = lab.cloud
    cloud.account("alice")
    cloud.account("bob")
    cloud.group("bob", "clients")
    by_group = from_group("bob", "clients")
    cloud.group("alice", "web", *(permit_tcp(port, groups=by_group) for port in (22, 7000, 7002)))
    first, second = lab.node_hosts
    target = lab.boot_on(first, "alice", "web")
    for node in (first, second):
        asker = lab.boot_on(node, "bob", "clients")
        cloud.authorize("alice", "web", permit_tcp(23, cidrs=[f"{asker.address}/32"]))
        cloud.authorize("alice", "web", permit_tcp(80, cidrs=[f"{asker.public}/32"]))
        others = lab.boot_on(node, "bob", "default")
        seen = [tcp(target.public, port, seen_as=asker.public) for port in (22, 23, 80)]
        expect(asker, *seen, silent(tcp(target.address, 80)), silent(tcp(target.public, 443)))
        expect(others, *(silent(tcp(target.public, port)) for port in (22, 23, 80)))
    target.serve_stream(tcp=[7000, 7002])
    flow, beside = (Flow(asker, "tcp", target.public, port) for port in (7000, 7002))
    cloud.revoke("alice", "web", permit_tcp(7000, groups=by_group))
    flow.assert_cut()
    beside.assert_lives()


def test_a_redirect_past_the_bridge_that_somebody_removed_comes_back(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web")
    target, asker = (lab.boot_on(node, "alice", "web") for node in lab.node_hosts)
    reached = tcp(target.public, 22, server=target.name, seen_as=asker.public)
    port = f"eth0.{target.instance['tag']}" if lab.mode == "MANAGED" else "eth0"
    filters = ("tc", "filter", "show", "dev", port, "ingress")
    assert "mirred" in lab.host.run(*filters)
    lab.host.run("tc", "filter", "del", "dev", port, "ingress")
    eventually("it is back", lambda: "mirred" in lab.host.run(*filters))
    expect(asker, reached)


def test_attach_says_so_when_the_node_is_away_and_it_opens_later(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    node = lab.node_hosts[0]
    node.daemon.kill()
    eventually("it is away", lambda: lab.states()[node.name] == "away", within=30)
    guest = lab.new_guest(node.machine)
    guest.plug()
    result = lab.cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["default"],
        node=node.name,
        device=guest.device,
    )
    guest.instance = result
    assert not result["in_force"]
    assert "away" in result["not_in_force"][0]["reason"]
    node.daemon.start()
    eventually("the port opens", lambda: lab.cloud.instance(guest.id)["port"] == "open", within=30)
    guest.set_mac(result["mac"])
    assert guest.boot().ip == guest.address


def test_a_node_goes_on_without_its_cluster_host(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    first, second = lab.node_hosts
    one = lab.boot_on(first, "alice", "default")
    two = lab.boot_on(second, "alice", "default")
    two.serve_stream(tcp=[7000])
    flow = Flow(one, "tcp", two.address, 7000)
    lab.daemon.kill()
    first.daemon.kill()
    expect(one, tcp(two.address, 22, server=two.name))
    first.daemon.start()
    expect(one, tcp(two.address, 22, server=two.name))
    assert first.daemon.rpc("system.plan")["steps"] == []
    lab.daemon.start()
    lab.wait_connected(first, second)
    expect(one, tcp(two.address, 22, server=two.name))
    flow.assert_lives()
    assert flow.longest_silence() < seconds(1)
    lab.detach(one)
    assert first.daemon.rpc("instance.describe")["instances"] == []


def test_a_node_sees_its_part_only_and_changes_nothing(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    first, second = lab.node_hosts
    guest = lab.boot_on(first, "alice", "web", user_data="c2VjcmV0")
    lab.boot_on(second, "alice", "default")
    seen = first.daemon.rpc("instance.describe")["instances"]
    assert [instance["instance_id"] for instance in seen] == [guest.id]
    assert first.daemon.rpc("address.describe")["addresses"] == []
    with pytest.raises(RpcError, match="cluster host"):
        first.daemon.rpc("instance.detach", instance_id=guest.id)


def test_an_instance_moves_to_another_node(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    first, second = lab.node_hosts
    guest = lab.boot_on(first, "alice", "web")
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    # The machine is copied: the same MAC and address on the other host, and then the word of it.
    twin = lab.new_guest(second.machine)
    twin.plug(guest.instance["mac"])
    twin.instance = guest.instance
    guest.power_off()
    result = lab.cloud.change(
        "instance.modify", instance_id=guest.id, node=second.name, device=twin.device
    )
    assert result["port"] == "open" and result["node"] == second.name
    assert twin.boot().ip == guest.address
    expect(lab.client, tcp(guest.public, 22, server=twin.name))
    assert guest.device not in [
        instance["device"] for instance in first.daemon.rpc("instance.describe")["instances"]
    ]
