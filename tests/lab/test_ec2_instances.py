"""Instances that run by EC2: where they are placed, what they are told, and whom they let in."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from lab.cloud import from_group, permit_tcp
from lab.ec2 import Call, Ec2
from lab.guest import Guest
from lab.lab import HOST_OFFICE, Lab
from lab.metadata import ADDRESS, ask, read
from lab.nodes import NodeLab
from lab.probes import Flow, expect, ping, silent, tcp

# It makes no difference to a protocol; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

RUN = {"ImageId": "emi-12345678", "MinCount": 1, "MaxCount": 1}
USER_DATA = "#!/bin/sh\necho booted\n"


def machine_of(lab: NodeLab, instance: dict[str, Any]) -> Guest:
    """What a hypervisor starts on the instance's node, with the device that netctl waits for."""
    host = {node.name: node.machine for node in lab.node_hosts}[instance["node"]]
    guest = lab.new_guest(host, instance["device"])
    guest.plug()
    guest.instance = instance
    guest.set_mac(instance["mac"])
    guest.boot()
    return guest


def test_instances_run_where_the_configuration_says(node_lab: NodeLab) -> None:
    """On NETCTL_RUN_NODE with the device NETCTL_RUN_DEVICE, but where the request names others."""
    lab = node_lab
    first, second = lab.node_hosts
    alice = Ec2(lab, "alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    assert alice.refused_by_boto(("run_instances", RUN)) == ["MissingParameter"]
    tags = [{"Key": "netctl:device", "Value": "front0"}, {"Key": "Name", "Value": "front"}]
    with lab.daemon.reloaded(NETCTL_RUN_NODE=first.name, NETCTL_RUN_DEVICE="vm-{id}"):
        usual, named = alice.boto(
            (
                "run_instances",
                RUN
                | {
                    "SecurityGroups": ["web"],
                    "InstanceType": "c1.xlarge",
                    "UserData": USER_DATA,
                },
            ),
            (
                "run_instances",
                RUN
                | {
                    "SecurityGroups": ["web"],
                    "Placement": {"HostId": second.name},
                    "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
                },
            ),
        )
    assert usual["Instances"][0]["State"]["Name"] == "pending"
    ids = [answer["Instances"][0]["InstanceId"] for answer in (usual, named)]
    one, two = [lab.cloud.instance(instance) for instance in ids]
    assert (one["node"], one["device"]) == (first.name, f"vm-{ids[0]}")
    assert (two["node"], two["device"]) == (second.name, "front0")
    guests = [machine_of(lab, instance) for instance in (one, two)]
    for guest in guests:
        expect(
            lab.client,
            tcp(guest.public, 22, server=guest.name),
            silent(tcp(guest.public, 23)),
        )
    assert read(guests[0], "reservation-id") == usual["ReservationId"]
    assert read(guests[0], "ami-id") == "emi-12345678"
    assert read(guests[0], "instance-type") == "c1.xlarge"
    assert read(guests[0], "ami-launch-index") == "0"
    assert ask(guests[0], "latest/user-data").body == USER_DATA
    shown, ended = alice.boto(
        ("describe_instances", {"InstanceIds": ids}),
        ("terminate_instances", {"InstanceIds": [ids[0]]}),
    )
    states = [each["Instances"][0]["State"]["Name"] for each in shown["Reservations"]]
    assert states == ["running", "running"]
    assert ended["TerminatingInstances"][0]["CurrentState"]["Name"] == "terminated"
    expect(lab.client, silent(tcp(guests[0].public, 22)), tcp(guests[1].public, 22))
    assert first.daemon.rpc("instance.describe")["instances"] == []
    assert [instance["instance_id"] for instance in lab.cloud.instances()] == [ids[1]]


def run_with(device: str, **place: Any) -> Call:
    tags = [{"Key": "netctl:device", "Value": device}]
    specification = {"ResourceType": "instance", "Tags": tags}
    return "run_instances", RUN | {"TagSpecifications": [specification]} | place


def test_no_user_takes_what_a_node_has_for_itself(node_lab: NodeLab) -> None:
    lab = node_lab
    alice = Ec2(lab, "alice")
    first = lab.node_hosts[0]
    lab.cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot_on(first, "alice", "web")
    placement = {"HostId": first.name}
    devices = ["lo", "eth0", "eth1", guest.device]
    codes = alice.refused_by_boto(*[run_with(each, Placement=placement) for each in devices])
    assert codes == ["InvalidParameterValue"] * 3 + ["InvalidDevice.InUse"]
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    assert lab.states()[first.name] == "connected"


def test_no_user_takes_a_network_from_the_host(lab: Lab) -> None:
    """By naming a device that no key of the configuration does: the host has an address there."""
    alice = Ec2(lab, "alice")
    with lab.daemon.reloaded(NETCTL_WAIT="1"):
        (answer,) = alice.boto(run_with("eth2"))
    assert answer["Instances"][0]["State"]["Name"] == "pending"
    shown = lab.cloud.instance(answer["Instances"][0]["InstanceId"])
    assert shown["port"] == "failed" and f"the host's address {HOST_OFFICE}" in shown["reason"]
    expect(lab.office, ping(HOST_OFFICE))


def test_instances_on_nodes_read_their_metadata(node_lab: NodeLab) -> None:
    """From the cluster host, by way of the wire; also by a route that names no gateway."""
    lab = node_lab
    lab.cloud.account("alice")
    lab.cloud.group("alice", "closed")
    user_data = base64.b64encode(bytes(range(256)) * 64).decode()
    guests = [
        lab.boot_on(node, "alice", "closed", user_data=user_data) for node in lab.node_hosts
    ]
    for guest in guests:
        assert read(guest, "instance-id") == guest.id
        guest.ip("route", "add", "169.254.0.0/16", "dev", "eth0")
        assert read(guest, "local-ipv4") == guest.address
        size = guest.run("sh", "-c", f"curl -sf http://{ADDRESS}/latest/user-data | wc -c")
        assert size.strip() == "16384"


def test_a_running_instance_changes_its_groups(lab: Lab) -> None:
    """What the new groups permit passes, what the old ones did no longer does, either way."""
    alice = Ec2(lab, "alice")
    lab.cloud.group("alice", "web", permit_tcp(22), permit_tcp(7001))
    lab.cloud.group("alice", "old", permit_tcp(80), permit_tcp(7002))
    lab.cloud.group("alice", "new", permit_tcp(443))
    lab.cloud.group(
        "alice",
        "db",
        permit_tcp(80, groups=from_group("alice", "old")),
        permit_tcp(443, groups=from_group("alice", "new")),
    )
    ids = {group["name"]: group["group_id"] for group in lab.cloud.groups()}
    guest, db = lab.boot("alice", "web", "old"), lab.boot("alice", "db")
    guest.serve_stream(tcp=[7001, 7002])
    public = guest.public
    stays, ends = Flow(lab.client, "tcp", public, 7001), Flow(lab.client, "tcp", public, 7002)
    expect(lab.client, tcp(public, 22), tcp(public, 80), silent(tcp(public, 443)))
    expect(guest, tcp(db.address, 80), silent(tcp(db.address, 443)))
    alice.aws(
        f"modify-instance-attribute --instance-id {guest.id} --groups {ids['new']} {ids['web']}"
    )
    expect(lab.client, tcp(public, 22), silent(tcp(public, 80)), tcp(public, 443))
    expect(guest, silent(tcp(db.address, 80)), tcp(db.address, 443))
    ends.assert_cut()
    stays.assert_lives()
    assert read(guest, "security-groups") == "web\nnew"
    (shown,) = alice.boto(("describe_instances", {"InstanceIds": [guest.id]}))
    groups = shown["Reservations"][0]["Instances"][0]["SecurityGroups"]
    assert [group["GroupName"] for group in groups] == ["web", "new"]
    # The group that gives the network stays, and another account's is not there.
    lab.cloud.account("bob")
    lab.cloud.group("bob", "theirs")
    theirs = {group["name"]: group["group_id"] for group in lab.cloud.groups()}["theirs"]
    refused = alice.refused_by_boto(
        *[
            ("modify_instance_attribute", {"InstanceId": guest.id, "Groups": groups})
            for groups in ([ids["new"]], [ids["web"], theirs])
        ]
    )
    assert refused == ["InvalidParameterValue", "InvalidGroup.NotFound"]
