"""Live migration: an instance goes on in another host, and with it the flows through the gateway."""

from __future__ import annotations

import pytest
from lab.cloud import permit_tcp, permit_udp
from lab.guest import Guest
from lab.nodes import NodeHost, NodeLab
from lab.probes import Flow, expect, tcp
from lab.timing import eventually, seconds

STREAM, ECHO = 7000, 7001

# Where an instance is, is told below it.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)


@pytest.fixture
def lab(node_lab: NodeLab) -> NodeLab:
    return node_lab


def boot_server(lab: NodeLab, node: NodeHost) -> Guest:
    """One port talks by itself, the other only when it is asked."""
    guest = lab.boot_on(node, "alice", "web")
    guest.serve_stream(tcp=[STREAM])
    guest.serve(tcp=[ECHO], udp=[ECHO])
    return guest


def migrate(lab: NodeLab, guest: Guest, node: NodeHost) -> None:
    guest.move_to(node.machine)
    result = lab.cloud.change(
        "instance.modify", instance_id=guest.id, node=node.name, device=guest.device
    )
    assert result["port"] == "open" and result["node"] == node.name


def assert_flows_outlive_moves(lab: NodeLab, guest: Guest, flows: list[Flow]) -> None:
    """To the other node, and back."""
    first, second = lab.node_hosts
    for node in (second, first):
        migrate(lab, guest, node)
        for flow in flows:
            flow.assert_lives()
    assert max(flow.longest_silence() for flow in flows) < seconds(3)


def test_flows_go_on_over_a_live_migration(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.account("bob")
    ports = [permit_tcp(STREAM), permit_tcp(ECHO), permit_udp(ECHO)]
    lab.cloud.group("alice", "web", *ports)
    guest = boot_server(lab, lab.node_hosts[0])
    # One of the same network and one of another, on either host.
    others = [lab.boot_on(node, "alice", "web") for node in lab.node_hosts]
    strangers = [lab.boot_on(node, "bob", "default") for node in lab.node_hosts]
    flows = [Flow(lab.client, "tcp", guest.public, STREAM)]
    flows.append(Flow(lab.client, "tcp", guest.public, ECHO, talk=True))
    for other in (*others, *strangers):
        flows.append(Flow(other, "tcp", guest.address, ECHO, talk=True))
    assert_flows_outlive_moves(lab, guest, flows)


def test_one_that_only_answers_is_found_where_it_is_now(lab: NodeLab) -> None:
    """Switches and bridges have learned where it was, and it does not tell them."""
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_udp(ECHO))
    guest = boot_server(lab, lab.node_hosts[0])
    here, there = (lab.boot_on(node, "alice", "web") for node in lab.node_hosts)
    flows = [
        Flow(lab.client, "udp", guest.public, ECHO, talk=True),
        Flow(here, "udp", guest.address, ECHO, talk=True),
        Flow(there, "udp", guest.address, ECHO, talk=True),
    ]
    assert_flows_outlive_moves(lab, guest, flows)


def test_one_that_is_known_by_its_mac_moves_too(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_udp(ECHO))
    first, second = lab.node_hosts
    guest = lab.new_guest(first.machine)
    guest.instance = lab.cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["web"],
        node=first.name,
    )
    guest.plug(guest.instance["mac"])
    tap_mac = "fe" + guest.instance["mac"][2:]
    guest.host.ip("link", "set", guest.device, "address", tap_mac)
    guest.boot()
    guest.serve(udp=[ECHO])
    flow = Flow(lab.client, "udp", guest.public, ECHO, talk=True)
    guest.move_to(second.machine)
    lab.cloud.rpc("instance.modify", instance_id=guest.id, node=second.name)
    eventually("the port opens", lambda: lab.cloud.instance(guest.id)["port"] == "open")
    flow.assert_lives()
    # The word may come before the device.
    lab.cloud.rpc("instance.modify", instance_id=guest.id, node=first.name)
    guest.move_to(first.machine)
    flow.assert_lives()


def test_the_source_is_closed_and_may_serve_another(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    first, second = lab.node_hosts
    guest = lab.boot_on(first, "alice", "web")
    # Libvirt removes the source's device when the machine has moved, which may be later.
    left = guest.device
    copy = lab.new_guest(second.machine)
    copy.plug(guest.instance["mac"])
    lab.cloud.change("instance.modify", instance_id=guest.id, node=second.name, device=copy.device)
    state = first.machine.run("ip", "-o", "link", "show", "dev", left)
    assert "master" not in state and "nc_" not in state
    other = lab.new_guest(first.machine)
    other.device, guest.device = left, other.device
    other.instance = lab.cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["web"],
        node=first.name,
        device=left,
    )
    assert other.instance["port"] == "open"


def announce(guest: Guest) -> None:
    """As a hypervisor does for a machine that has come."""
    guest.run(*f"busybox arping -U -c 1 -I eth0 {guest.address}".split())


def test_both_ports_are_there_while_it_migrates(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(STREAM), permit_udp(ECHO))
    first, second = lab.node_hosts
    guest = boot_server(lab, first)
    others = [lab.boot_on(node, "alice", "web") for node in lab.node_hosts]
    flows = [Flow(lab.client, "tcp", guest.public, STREAM)]
    for other in (lab.client, *others):
        address = guest.public if other is lab.client else guest.address
        flows.append(Flow(other, "udp", address, ECHO, talk=True))

    def destination(port: str) -> bool:
        there = lab.cloud.instance(guest.id)["destination"]
        assert there["node"] == second.name and there["device"] == guest.device
        return bool(there["port"] == port)

    def begin() -> None:
        lab.cloud.rpc(
            "instance.migrate", instance_id=guest.id, node=second.name, device=guest.device
        )

    # Cancelled: it has never left. The other host hears it from the wire meanwhile.
    begin()
    assert destination("waiting")
    for flow in flows:
        flow.assert_lives()
    done = lab.cloud.change("instance.migrate", instance_id=guest.id, step="cancel")
    assert done["destination"] is None and done["port"] == "open" and done["node"] == first.name
    for flow in flows:
        flow.assert_lives()

    # It is found where it is before anybody says that it is there.
    begin()
    guest.move_to(second.machine)
    eventually("the second port opens", lambda: destination("open"))
    announce(guest)
    for flow in flows:
        flow.assert_lives()
    done = lab.cloud.change("instance.migrate", instance_id=guest.id, step="finish")
    assert done["node"] == second.name and done["port"] == "open" and done["destination"] is None
    for flow in flows:
        flow.assert_lives()
    assert max(flow.longest_silence() for flow in flows) < seconds(3)


def test_a_migration_outlives_netctld(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_udp(ECHO))
    first, second = lab.node_hosts
    guest = boot_server(lab, first)
    flow = Flow(lab.client, "udp", guest.public, ECHO, talk=True)
    lab.cloud.rpc("instance.migrate", instance_id=guest.id, node=second.name, device=guest.device)
    for daemon in lab.daemons():
        daemon.stop()
        daemon.start()
    lab.wait_connected(*lab.node_hosts)
    assert lab.cloud.instance(guest.id)["destination"]["node"] == second.name
    guest.move_to(second.machine)
    eventually(
        "the second port opens",
        lambda: lab.cloud.instance(guest.id)["destination"]["port"] == "open",
    )
    announce(guest)
    flow.assert_lives()
    lab.cloud.change("instance.migrate", instance_id=guest.id, step="finish", node=second.name)
    flow.assert_lives()


def test_between_the_cluster_host_and_a_node(bridge_netfilter: int) -> None:
    """The cluster host may run instances itself."""
    with NodeLab(bridge_netfilter, {"NETCTL_ROLE": "all", "NETCTL_NODE_NAME": "cloud"}) as lab:
        lab.cloud.account("alice")
        lab.cloud.group("alice", "web", permit_udp(ECHO))
        node = lab.node_hosts[0]
        guest = lab.attach(lab.new_guest(), "alice", "web", node="cloud")
        guest.boot()
        guest.serve(udp=[ECHO])
        other = lab.boot_on(node, "alice", "web")
        flows = [
            Flow(lab.client, "udp", guest.public, ECHO, talk=True),
            Flow(other, "udp", guest.address, ECHO, talk=True),
        ]
        for machine, name in ((node.machine, node.name), (lab.host, "cloud")):
            lab.cloud.rpc(
                "instance.migrate", instance_id=guest.id, node=name, device=guest.device
            )
            for flow in flows:
                flow.assert_lives()
            guest.move_to(machine)
            eventually(
                "the second port opens",
                lambda: lab.cloud.instance(guest.id)["destination"]["port"] == "open",
            )
            announce(guest)
            for flow in flows:
                flow.assert_lives()
            done = lab.cloud.change("instance.migrate", instance_id=guest.id, step="finish")
            assert done["node"] == name and done["port"] == "open"
            for flow in flows:
                flow.assert_lives()
