"""The calls of Terraform's AWS provider, in their order and with their parameters.

The provider is no Debian package. Its source is public (internal/service/ec2): what it calls to
create, read, change and destroy a resource is what boto3 calls here.
"""

from __future__ import annotations

from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.ec2 import Ec2, machine_of
from lab.lab import CLIENT, FAR, Lab
from lab.metadata import ask
from lab.probes import Flow, expect, silent, tcp

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


def states_of(user: Ec2, instance: str) -> list[str]:
    """What a waiter sees."""
    (shown,) = user.boto(("describe_instances", {"InstanceIds": [instance]}))
    found = [each for group in shown["Reservations"] for each in group["Instances"]]
    return [str(each["State"]["Name"]) for each in found]


def read_instance(user: Ec2, instance: str, kind: str) -> dict[str, Any]:
    """All that the provider asks to read aws_instance, and what it takes out of it unasked."""
    attributes = [
        "instanceInitiatedShutdownBehavior",
        "disableApiStop",
        "disableApiTermination",
        "userData",
    ]
    template = [
        {"Name": "resource-id", "Values": [instance]},
        {"Name": "key", "Values": ["aws:ec2launchtemplate:id"]},
    ]
    shown, types, tags, *answers = user.boto(
        ("describe_instances", {"InstanceIds": [instance]}),
        ("describe_instance_types", {"InstanceTypes": [kind]}),
        ("describe_tags", {"Filters": template}),
        *[
            ("describe_instance_attribute", {"InstanceId": instance, "Attribute": attribute})
            for attribute in attributes
        ],
    )
    assert [each["InstanceType"] for each in types["InstanceTypes"]] == [kind]
    assert tags["Tags"] == []
    behavior, stop, termination, _ = answers
    assert behavior["InstanceInitiatedShutdownBehavior"]["Value"] == "stop"
    assert stop["DisableApiStop"]["Value"] is False
    assert termination["DisableApiTermination"]["Value"] is False
    return dict(shown["Reservations"][0]["Instances"][0])


def test_an_instance_with_its_key(lab: Lab) -> None:
    """aws_key_pair and aws_instance: create, read, change of groups and options, destroy."""
    alice = Ec2(lab, "alice")
    public_key = (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc"
    )
    key = {"KeyName": "deploy", "PublicKeyMaterial": public_key}
    made, read = alice.boto(
        ("import_key_pair", key | {"TagSpecifications": tags("key-pair", "one")}),
        ("describe_key_pairs", {"KeyNames": ["deploy"]}),
    )
    (pair,) = read["KeyPairs"]
    assert (pair["KeyPairId"], pair["KeyType"]) == (made["KeyPairId"], "ed25519")
    assert pair["KeyFingerprint"] == made["KeyFingerprint"]
    changed = {"Resources": [pair["KeyPairId"]], "Tags": [{"Key": "Name", "Value": "two"}]}
    alice.boto(("create_tags", changed))
    group = create_group(alice, "web")
    lab.cloud.group("alice", "open", permit_tcp(22))
    (subnets,) = alice.boto(("describe_subnets", {}))
    front = tags("instance", "front")
    front[0]["Tags"].append({"Key": "netctl:device", "Value": "front0"})
    (ran,) = alice.boto(
        (
            "run_instances",
            {
                "ClientToken": "terraform-1",
                "DisableApiTermination": False,
                "EbsOptimized": False,
                "ImageId": "ami-12345678",
                "InstanceType": "t3.micro",
                "KeyName": "deploy",
                "MaxCount": 1,
                "MinCount": 1,
                "MetadataOptions": {"HttpEndpoint": "enabled", "HttpTokens": "optional"},
                "Monitoring": {"Enabled": False},
                "SecurityGroupIds": [group],
                "SubnetId": subnets["Subnets"][0]["SubnetId"],
                "TagSpecifications": front,
                "UserData": "hello",
            },
        )
    )
    instance = str(ran["Instances"][0]["InstanceId"])
    assert states_of(alice, instance) == ["pending"]
    guest = machine_of(lab, lab.cloud.instance(instance))
    assert states_of(alice, instance) == ["running"]
    shown = read_instance(alice, instance, "t3.micro")
    (interface,) = shown["NetworkInterfaces"]
    assert interface["Attachment"]["DeviceIndex"] == 0
    assert interface["SubnetId"] == shown["SubnetId"] == subnets["Subnets"][0]["SubnetId"]
    assert shown["KeyName"] == "deploy" and shown["MetadataOptions"]["State"] == "applied"
    assert [each["GroupId"] for each in shown["SecurityGroups"]] == [group]
    # Those that it does not find again it would set with each run.
    assert {each["Key"] for each in shown["Tags"]} == {"Name", "netctl:device"}
    expect(lab.client, silent(tcp(guest.public, 22)))
    # vpc_security_group_ids, metadata_options, tags.
    opened = str(lab.cloud.rpc("group.describe", names=["open"])["groups"][0]["group_id"])
    options = {
        "HttpEndpoint": "enabled",
        "HttpPutResponseHopLimit": 2,
        "HttpTokens": "required",
        "InstanceMetadataTags": "enabled",
    }
    alice.boto(
        (
            "modify_network_interface_attribute",
            {
                "NetworkInterfaceId": interface["NetworkInterfaceId"],
                "Groups": [group, opened],
            },
        ),
        ("modify_instance_metadata_options", {"InstanceId": instance} | options),
        ("create_tags", {"Resources": [instance], "Tags": [{"Key": "Name", "Value": "back"}]}),
    )
    shown = read_instance(alice, instance, "t3.micro")
    assert shown["MetadataOptions"] | options | {"State": "applied"} == shown["MetadataOptions"]
    assert {each["GroupId"] for each in shown["SecurityGroups"]} == {group, opened}
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    assert ask(guest, "latest/meta-data/").status == 401
    # Destroyed, and seen to be.
    ended, again = alice.boto(
        ("terminate_instances", {"InstanceIds": [instance]}),
        ("terminate_instances", {"InstanceIds": [instance]}),
    )
    for answer in (ended, again):
        assert answer["TerminatingInstances"][0]["CurrentState"]["Name"] == "terminated"
    assert states_of(alice, instance) == ["terminated"]
    expect(lab.client, silent(tcp(guest.public, 22)))
    destroy_group(alice, group)
    alice.boto(("delete_key_pair", {"KeyName": "deploy"}))
    codes = alice.refused_by_boto(("describe_key_pairs", {"KeyNames": ["deploy"]}))
    assert codes == ["InvalidKeyPair.NotFound"]


def test_what_the_data_sources_ask(lab: Lab) -> None:
    """aws_vpc, aws_subnets and aws_availability_zones."""
    alice = Ec2(lab, "alice")
    (vpcs,) = alice.boto(
        ("describe_vpcs", {"Filters": [{"Name": "isDefault", "Values": ["true"]}]}),
    )
    (vpc,) = vpcs["Vpcs"]
    dns = ["enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics"]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    available = [{"Name": "state", "Values": ["available"]}]
    opted = [{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}]
    main = [{"Name": "association.main", "Values": ["true"]}]
    *attributes, tables, subnets, zones = alice.boto(
        *[
            ("describe_vpc_attribute", {"VpcId": vpc["VpcId"], "Attribute": attribute})
            for attribute in dns
        ],
        ("describe_route_tables", {"Filters": main + of_vpc}),
        ("describe_subnets", {"Filters": of_vpc}),
        ("describe_availability_zones", {"Filters": available + opted}),
    )
    hostnames, support, metrics = attributes
    assert hostnames["EnableDnsHostnames"]["Value"] and support["EnableDnsSupport"]["Value"]
    assert metrics["EnableNetworkAddressUsageMetrics"]["Value"] is False
    assert tables["RouteTables"] == []
    assert vpc["CidrBlockAssociationSet"][0]["CidrBlockState"]["State"] == "associated"
    (subnet,) = subnets["Subnets"]
    (zone,) = zones["AvailabilityZones"]
    assert (subnet["AvailabilityZone"], subnet["VpcId"]) == (zone["ZoneName"], vpc["VpcId"])
    assert zone["ZoneId"] and zone["GroupName"]
    codes = alice.refused_by_boto(
        ("describe_vpc_attribute", {"VpcId": "vpc-00000000", "Attribute": dns[0]}),
        ("describe_vpc_attribute", {"VpcId": vpc["VpcId"], "Attribute": "none"}),
    )
    assert codes == ["InvalidVpcID.NotFound", "InvalidParameterValue"]


def test_a_prefix_list_as_source(lab: Lab) -> None:
    """aws_ec2_managed_prefix_list, and a rule with prefix_list_id; packets follow its entries."""
    alice = Ec2(lab, "alice")
    lab.client.serve(tcp=[80])
    group = create_group(alice, "web")
    guest = lab.boot("alice", "web")
    guest.serve_stream(tcp=[7000])
    client, far = f"{CLIENT}/32", f"{FAR}/32"
    (made,) = alice.boto(
        (
            "create_managed_prefix_list",
            {
                "AddressFamily": "IPv4",
                "Entries": [{"Cidr": "192.0.2.128/25", "Description": "nobody"}],
                "MaxEntries": 5,
                "PrefixListName": "offices",
                "TagSpecifications": tags("prefix-list", "offices"),
            },
        )
    )
    assert made["PrefixList"]["State"] == "create-complete"
    pl = made["PrefixList"]["PrefixListId"]
    inside = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 7000}
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    source = {"PrefixListIds": [{"PrefixListId": pl, "Description": "ssh"}]}
    rule, _ = alice.boto(
        (
            "authorize_security_group_ingress",
            {
                "GroupId": group,
                "IpPermissions": [inside | source],
                "TagSpecifications": tags("security-group-rule", "one"),
            },
        ),
        (
            "authorize_security_group_egress",
            {"GroupId": group, "IpPermissions": [web | source]},
        ),
    )
    rule_id = rule["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    assert rule["SecurityGroupRules"][0]["PrefixListId"] == pl
    expect(lab.client, silent(tcp(guest.public, 22)))
    expect(guest, silent(tcp(FAR, 80)))

    def modify(version: int, **change: list[dict[str, str]]) -> None:
        parameters = {"PrefixListId": pl, "PrefixListName": "offices", "CurrentVersion": version}
        (changed,) = alice.boto(("modify_managed_prefix_list", parameters | change))
        assert changed["PrefixList"]["State"] == "modify-complete"
        assert changed["PrefixList"]["Version"] == version + 1

    modify(1, AddEntries=[{"Cidr": client}, {"Cidr": far}])
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    expect(guest, tcp(FAR, 80))
    listed, entries, found, plain = alice.boto(
        ("describe_managed_prefix_lists", {"PrefixListIds": [pl]}),
        ("get_managed_prefix_list_entries", {"PrefixListId": pl}),
        (
            "describe_security_groups",
            {"Filters": [{"Name": "ip-permission.prefix-list-id", "Values": [pl]}]},
        ),
        ("describe_prefix_lists", {"PrefixListIds": [pl]}),
    )
    assert listed["PrefixLists"][0]["Tags"] == [{"Key": "Name", "Value": "offices"}]
    assert {each["Cidr"] for each in entries["Entries"]} == {client, far, "192.0.2.128/25"}
    assert plain["PrefixLists"][0]["PrefixListName"] == "offices"
    assert [each["GroupId"] for each in found["SecurityGroups"]] == [group]
    flow = Flow(lab.client, "tcp", guest.public, 7000)
    modify(2, RemoveEntries=[{"Cidr": client}])
    flow.assert_cut()
    expect(lab.client, silent(tcp(guest.public, 22)))
    expect(guest, tcp(FAR, 80))
    codes = alice.refused_by_boto(
        (
            "modify_managed_prefix_list",
            {"PrefixListId": pl, "CurrentVersion": 1, "AddEntries": [{"Cidr": client}]},
        ),
        ("delete_managed_prefix_list", {"PrefixListId": pl}),
    )
    assert codes == ["PrefixListVersionMismatch", "DependencyViolation"]
    alice.boto(
        ("revoke_security_group_ingress", {"GroupId": group, "SecurityGroupRuleIds": [rule_id]}),
        ("revoke_security_group_egress", {"GroupId": group, "IpPermissions": [web | source]}),
        ("delete_managed_prefix_list", {"PrefixListId": pl}),
    )
    codes = alice.refused_by_boto(("describe_managed_prefix_lists", {"PrefixListIds": [pl]}))
    assert codes == ["InvalidPrefixListID.NotFound"]
    expect(guest, silent(tcp(FAR, 80)))
