"""Links cut, machines lost: all converges, and traffic that needs nobody's help never stops."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.guest import Guest
from lab.lab import CLIENT
from lab.nodes import NodeHost, NodeLab
from lab.probes import Flow, Hammer, expect, ping, silent, tcp
from lab.timing import eventually, seconds

STREAM = 7000
CUT = 60.0

# They take long, and br_netfilter has no part in them.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)


@pytest.fixture
def lab(node_lab: NodeLab) -> NodeLab:
    return node_lab


class Neighbours:
    """Two instances of one network on two nodes, that talk and connect all the time."""

    def __init__(self, lab: NodeLab) -> None:
        lab.cloud.account("alice")
        lab.cloud.group("alice", "web", permit_tcp(22))
        self.one, self.two = (lab.boot_on(node, "alice", "web") for node in lab.node_hosts)
        self.two.serve_stream(tcp=[STREAM])
        self.flow = Flow(self.one, "tcp", self.two.address, STREAM)
        self.connections = Hammer(self.two, self.one.address, 22, interval=0.05)

    def assert_never_stopped(self) -> None:
        self.flow.assert_lives()
        assert self.flow.longest_silence() < seconds(1)
        assert list(self.connections.stop()) == [f"open {self.one.name}"]


def away(lab: NodeLab, node: NodeHost) -> None:
    eventually("it is away", lambda: lab.states()[node.name] == "away", within=30)


def port(lab: NodeLab, guest: Guest) -> str:
    return str(lab.cloud.instance(guest.id)["port"])


def test_what_changes_while_a_nodes_link_is_cut_for_a_minute_is_in_force_after(
    lab: NodeLab,
) -> None:
    first, second = lab.node_hosts
    both = Neighbours(lab)
    leaving = lab.boot_on(first, "alice", "web")
    late = lab.new_guest(first.machine)
    late.plug()
    there = {"owner": "alice", "groups": ["web"], "node": first.name, "device": late.device}

    def not_there(result: dict[str, Any]) -> dict[str, Any]:
        assert [left["object"] for left in result["not_in_force"]] == [f"node {first.name}"]
        return result

    lab.nodes.ip("link", "set", first.management, "down")
    whole_again = time.monotonic() + CUT
    attached = lab.cloud.later("instance.attach", instance_id=lab.new_id(), **there)
    detached = lab.cloud.later("instance.detach", instance_id=leaving.id)
    # What does not concern that node does not wait for it.
    lab.cloud.authorize("alice", "web", permit_tcp(23))
    expect(lab.client, tcp(both.one.public, 23, server=both.one.name))
    late.instance = not_there(attached())
    not_there(detached())
    away(lab, first)
    newcomer = lab.boot_on(second, "alice", "web")
    expect(newcomer, tcp(both.two.address, 22, server=both.two.name))
    # On and on: another port is permitted and another instance attached there, each in place of one.
    permitted = 23
    for number in itertools.cycle((80, 443)):
        if time.monotonic() > whole_again:
            break
        lab.cloud.revoke("alice", "web", permit_tcp(permitted))
        lab.cloud.authorize("alice", "web", permit_tcp(number))
        expect(lab.client, tcp(both.one.public, number), silent(tcp(both.one.public, permitted)))
        permitted = number
        not_there(lab.cloud.rpc("instance.detach", instance_id=late.id))
        new = lab.cloud.rpc("instance.attach", instance_id=lab.new_id(), **there)
        late.instance = not_there(new)

    lab.nodes.ip("link", "set", first.management, "up")
    eventually("the last one's port opens", lambda: port(lab, late) == "open", within=12)
    late.set_mac(late.instance["mac"])
    assert late.boot().ip == late.address
    expect(late, tcp(newcomer.address, 22, server=newcomer.name))
    expect(both.one, tcp(newcomer.address, 22, server=newcomer.name))
    expect(lab.client, tcp(late.public, permitted, server=late.name), silent(tcp(late.public, 23)))
    bridged = first.machine.run("ip", "-o", "link", "show", "dev", leaving.device)
    assert "master" not in bridged and "state DOWN" in bridged
    here = [each["instance_id"] for each in first.daemon.rpc("instance.describe")["instances"]]
    assert late.id in here and leaving.id not in here
    assert first.daemon.rpc("system.plan")["steps"] == lab.cloud.plan() == []
    both.assert_never_stopped()


def test_a_node_that_lost_its_power_comes_back_as_it_was(lab: NodeLab) -> None:
    first, second = lab.node_hosts
    both = Neighbours(lab)
    third = lab.boot_on(second, "alice", "web")
    flow = Flow(third, "tcp", both.two.address, STREAM)
    since = lab.cloud.rpc("events.list")["last"]
    first.lose_power()
    first.daemon.start()
    # From its disk: the cluster host still takes the permitted connection for alive.
    assert both.one.id in [
        i["instance_id"] for i in first.daemon.rpc("instance.describe")["instances"]
    ]
    both.one.call("reset")
    both.one.plug(both.one.instance["mac"])
    assert both.one.boot().ip == both.one.address
    expect(both.one, tcp(both.two.address, 22, server=both.two.name))
    expect(lab.client, tcp(both.one.public, 22, server=both.one.name))

    def happened() -> list[str]:
        events = lab.cloud.rpc("events.list", since=since)["events"]
        return [e["message"] for e in events if e["object"] == f"node {first.name}"]

    eventually("it is connected anew", lambda: happened()[-2:] == ["away", "connected"], within=30)
    later = lab.boot_on(first, "alice", "web")
    expect(third, tcp(later.address, 22, server=later.name))
    flow.assert_lives()
    assert flow.longest_silence() < seconds(1)


def test_another_cluster_host_takes_over_with_other_macs(lab: NodeLab) -> None:
    first, _ = lab.node_hosts
    both = Neighbours(lab)
    bridge = f"/sys/class/net/{both.one.bridge}/address"
    permitted = lab.host.run("cat", bridge)
    lab.replace_cluster_host()
    lab.daemon.start()
    assert lab.host.run("cat", bridge) != permitted
    # No node was told but by its lost connection, and no guest but by ARP, which the guards of its
    # node let pass as soon as they know the new MAC.
    lab.wait_connected(*lab.node_hosts)
    eventually(
        "the nodes have its MACs",
        lambda: all(node["in_force"] for node in lab.cloud.rpc("node.describe")["nodes"]),
    )
    expect(both.one, ping(CLIENT))
    expect(lab.client, tcp(both.one.public, 22, server=both.one.name))
    later = lab.boot_on(first, "alice", "web")
    expect(later, tcp(both.two.address, 22, server=both.two.name))
    expect(lab.client, tcp(later.public, 22, server=later.name))
    both.assert_never_stopped()
