"""The calls of Terraform's AWS provider, in their order and with their parameters.

The provider is no Debian package. Its source is public (internal/service/ec2): what it calls to
create, read, change and destroy a resource is what boto3 calls here.
"""

from __future__ import annotations

from typing import Any

import pytest
from lab.ec2 import Ec2
from lab.lab import FAR, Lab
from lab.probes import expect, silent, tcp

# It makes no difference to a protocol; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

#: As the provider writes "everything": with ports that do not matter.
ALL = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}
EVERYBODY = [{"CidrIp": "0.0.0.0/0"}]


def tags(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def create_group(user: Ec2, name: str) -> str:
    """aws_security_group without rules of its own: nothing comes in and nothing goes out."""
    (vpcs,) = user.boto(
        ("describe_vpcs", {"Filters": [{"Name": "isDefault", "Values": ["true"]}]}),
    )
    vpc = vpcs["Vpcs"][0]["VpcId"]
    (made,) = user.boto(
        (
            "create_security_group",
            {
                "GroupName": name,
                "Description": "Managed by Terraform",
                "VpcId": vpc,
                "TagSpecifications": tags("security-group", name),
            },
        )
    )
    group = str(made["GroupId"])
    user.boto(
        ("describe_security_groups", {"GroupIds": [group]}),
        (
            "revoke_security_group_egress",
            {"GroupId": group, "IpPermissions": [ALL | {"IpRanges": EVERYBODY}]},
        ),
    )
    no_ipv6 = {"GroupId": group, "IpPermissions": [ALL | {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]}
    codes = user.refused_by_boto(("revoke_security_group_egress", no_ipv6))
    assert codes == ["InvalidPermission.NotFound"]
    return group


def destroy_group(user: Ec2, group: str) -> None:
    lingering = [
        {"Name": "group-id", "Values": [group]},
        {"Name": "description", "Values": ["AWS Lambda VPC ENI*"]},
    ]
    interfaces, _ = user.boto(
        ("describe_network_interfaces", {"Filters": lingering}),
        ("delete_security_group", {"GroupId": group}),
    )
    assert interfaces["NetworkInterfaces"] == []
    codes = user.refused_by_boto(("describe_security_groups", {"GroupIds": [group]}))
    assert codes == ["InvalidGroup.NotFound"]


def test_a_security_group_with_its_rules_inside(lab: Lab) -> None:
    alice = Ec2(lab, "alice")
    lab.client.serve(tcp=[80, 81])
    group = create_group(alice, "web")
    guest = lab.boot("alice", "web")
    expect(guest, silent(tcp(FAR, 80)))
    ssh = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": "203.0.113.0/24", "Description": "office"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32", "Description": "office"}],
    }
    (_, _, shown) = alice.boto(
        ("authorize_security_group_ingress", {"GroupId": group, "IpPermissions": [ssh]}),
        (
            "authorize_security_group_egress",
            {"GroupId": group, "IpPermissions": [ALL | {"IpRanges": EVERYBODY}]},
        ),
        ("describe_security_groups", {"GroupIds": [group]}),
    )
    (found,) = shown["SecurityGroups"]
    (rule,) = found["IpPermissions"]
    assert (rule["IpRanges"], rule["Ipv6Ranges"]) == (ssh["IpRanges"], ssh["Ipv6Ranges"])
    assert [each["IpProtocol"] for each in found["IpPermissionsEgress"]] == ["-1"]
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 80)))
    expect(guest, tcp(FAR, 80))
    # A change takes away before it gives.
    narrow = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": EVERYBODY}
    alice.boto(
        ("revoke_security_group_ingress", {"GroupId": group, "IpPermissions": [ssh]}),
        ("authorize_security_group_ingress", {"GroupId": group, "IpPermissions": [narrow]}),
        (
            "revoke_security_group_egress",
            {"GroupId": group, "IpPermissions": [ALL | {"IpRanges": EVERYBODY}]},
        ),
        ("authorize_security_group_egress", {"GroupId": group, "IpPermissions": [narrow]}),
    )
    expect(lab.client, silent(tcp(guest.public, 22)), tcp(guest.public, 80))
    expect(guest, tcp(FAR, 80), silent(tcp(FAR, 81)))
    lab.cloud.change("instance.detach", instance_id=guest.id)
    destroy_group(alice, group)


def test_rules_that_are_resources_of_their_own(lab: Lab) -> None:
    """aws_vpc_security_group_ingress_rule and _egress_rule."""
    alice = Ec2(lab, "alice")
    lab.client.serve(tcp=[80, 81])
    group = create_group(alice, "web")
    guest = lab.boot("alice", "web")
    ports = {"in": (22, 80), "out": (80, 81)}
    for direction, suffix in (("in", "ingress"), ("out", "egress")):
        before, after = ports[direction]
        (made,) = alice.boto(
            (
                f"authorize_security_group_{suffix}",
                {
                    "GroupId": group,
                    "IpPermissions": [
                        {
                            "IpProtocol": "tcp",
                            "FromPort": before,
                            "ToPort": before,
                            "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "first"}],
                        }
                    ],
                    "TagSpecifications": tags("security-group-rule", "one"),
                },
            )
        )
        (rule,) = made["SecurityGroupRules"]
        rule_id = rule["SecurityGroupRuleId"]
        changed = {
            "IpProtocol": "tcp",
            "FromPort": after,
            "ToPort": after,
            "CidrIpv4": "0.0.0.0/0",
            "Description": "second",
        }
        shown, _, _, _, read = alice.boto(
            ("describe_security_group_rules", {"SecurityGroupRuleIds": [rule_id]}),
            (
                "modify_security_group_rules",
                {
                    "GroupId": group,
                    "SecurityGroupRules": [
                        {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": changed}
                    ],
                },
            ),
            ("create_tags", {"Resources": [rule_id], "Tags": [{"Key": "Name", "Value": "two"}]}),
            ("delete_tags", {"Resources": [rule_id], "Tags": [{"Key": "none"}]}),
            ("describe_security_group_rules", {"SecurityGroupRuleIds": [rule_id]}),
        )
        (first,), (second,) = shown["SecurityGroupRules"], read["SecurityGroupRules"]
        assert (first["IsEgress"], first["FromPort"]) == (direction == "out", before)
        assert second | changed == second
        assert second["SecurityGroupRuleId"] == rule_id
        assert second["Tags"] == [{"Key": "Name", "Value": "two"}]
        if direction == "in":
            expect(lab.client, silent(tcp(guest.public, 22)), tcp(guest.public, 80))
        else:
            expect(guest, silent(tcp(FAR, 80)), tcp(FAR, 81))
        alice.boto(
            (
                f"revoke_security_group_{suffix}",
                {"GroupId": group, "SecurityGroupRuleIds": [rule_id]},
            )
        )
        codes = alice.refused_by_boto(
            ("describe_security_group_rules", {"SecurityGroupRuleIds": [rule_id]})
        )
        assert codes == ["InvalidSecurityGroupRuleId.NotFound"]
    expect(lab.client, silent(tcp(guest.public, 80)))
    expect(guest, silent(tcp(FAR, 81)))


def test_an_elastic_address_and_its_association(lab: Lab) -> None:
    """aws_eip and aws_eip_association."""
    alice = Ec2(lab, "alice")
    group = create_group(alice, "web")
    guest = lab.boot("alice", "web", addressing="private")
    (made,) = alice.boto(
        ("allocate_address", {"Domain": "vpc", "TagSpecifications": tags("elastic-ip", "front")})
    )
    allocation = made["AllocationId"]
    read, attributes, joined = alice.boto(
        ("describe_addresses", {"AllocationIds": [allocation]}),
        (
            "describe_addresses_attribute",
            {"AllocationIds": [allocation], "Attribute": "domain-name"},
        ),
        (
            "associate_address",
            {"AllocationId": allocation, "InstanceId": guest.id, "AllowReassociation": True},
        ),
    )
    assert read["Addresses"][0]["Tags"] == [{"Key": "Name", "Value": "front"}]
    assert attributes["Addresses"] == []
    association = joined["AssociationId"]
    found, _ = alice.boto(
        ("describe_addresses", {"Filters": [{"Name": "association-id", "Values": [association]}]}),
        (
            "authorize_security_group_ingress",
            {
                "GroupId": group,
                "IpPermissions": [
                    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": EVERYBODY}
                ],
            },
        ),
    )
    assert found["Addresses"][0]["InstanceId"] == guest.id
    expect(lab.client, tcp(made["PublicIp"], 22))
    alice.boto(
        ("disassociate_address", {"AssociationId": association}),
        ("release_address", {"AllocationId": allocation}),
    )
    codes = alice.refused_by_boto(("describe_addresses", {"AllocationIds": [allocation]}))
    assert codes == ["InvalidAllocationID.NotFound"]
    expect(lab.client, silent(tcp(made["PublicIp"], 22)))
