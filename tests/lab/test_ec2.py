"""EC2's API for unmodified clients, and packets that follow what they ask."""

from __future__ import annotations

import json
import random
import stat
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from lab.cloud import Cloud, ingress, permit_tcp
from lab.ec2 import PORT, PYTHON, Call, Ec2
from lab.guest import Guest
from lab.lab import CLIENT, CLIENT_OTHER, FAR, HOST_PUBLIC, Lab
from lab.probes import Probe, expect, ping, silent, tcp, udp

TCP_PORTS = (22, 80, 443)
UDP_PORTS = (53, 500)


# It makes no difference to a protocol; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)


def test_the_main_road_with_the_aws_cli(lab: Lab) -> None:
    """From a key pair to packets with the AWS CLI, and back."""
    alice = Ec2(lab, "alice")
    group = alice.aws("create-security-group --group-name web --description web")["GroupId"]
    guest = lab.new_guest()
    guest.plug()
    ran = alice.aws(
        "run-instances --image-id emi-00000000 --count 1 --security-group-ids " + group + " "
        "--tag-specifications ResourceType=instance,"
        f"Tags=[{{Key=netctl:device,Value={guest.device}}},{{Key=Name,Value=front}}]"
    )
    instance = ran["Instances"][0]
    guest.instance = lab.cloud.instance(instance["InstanceId"])
    guest.set_mac(instance["NetworkInterfaces"][0]["MacAddress"])
    guest.boot()
    address = alice.aws("allocate-address")
    alice.aws(
        f"associate-address --instance-id {instance['InstanceId']} "
        f"--allocation-id {address['AllocationId']}"
    )
    public = address["PublicIp"]
    expect(lab.client, silent(tcp(public, 22)), silent(ping(public)))
    rule = "--group-name web --protocol tcp --port 22 --cidr 0.0.0.0/0"
    assert alice.refused(f"authorize-security-group-ingress --dry-run {rule}") == "DryRunOperation"
    alice.aws(f"authorize-security-group-ingress {rule}")
    expect(lab.client, tcp(public, 22, server=guest.name, seen_as=CLIENT), silent(tcp(public, 23)))
    assert alice.refused(f"authorize-security-group-ingress {rule}") == "InvalidPermission.Duplicate"
    alice.aws(f"revoke-security-group-ingress {rule}")
    expect(lab.client, silent(tcp(public, 22)))
    alice.aws(f"terminate-instances --instance-ids {instance['InstanceId']}")
    assert lab.cloud.instances() == []
    alice.aws(f"release-address --allocation-id {address['AllocationId']}")


def test_the_main_road_with_boto3(lab: Lab) -> None:
    alice = Ec2(lab, "alice")
    guest = lab.new_guest()
    guest.plug()
    made, ran, zones = alice.boto(
        ("create_security_group", {"GroupName": "web", "Description": "a <web> & more"}),
        (
            "run_instances",
            {
                "ImageId": "emi-00000000",
                "MinCount": 1,
                "MaxCount": 1,
                "SecurityGroups": ["web"],
                "TagSpecifications": [
                    {
                        "ResourceType": "instance",
                        "Tags": [{"Key": "netctl:device", "Value": guest.device}],
                    }
                ],
            },
        ),
        ("describe_availability_zones", {}),
    )
    assert [zone["ZoneName"] for zone in zones["AvailabilityZones"]] == ["cluster0"]
    instance = ran["Instances"][0]["InstanceId"]
    guest.instance = lab.cloud.instance(instance)
    guest.set_mac(guest.instance["mac"])
    guest.boot()
    _, _, groups, rules, instances = alice.boto(
        (
            "authorize_security_group_ingress",
            {
                "GroupId": made["GroupId"],
                "IpPermissions": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 80,
                        "ToPort": 80,
                        "IpRanges": [{"CidrIp": "203.0.113.0/24", "Description": "our site"}],
                    }
                ],
            },
        ),
        (
            "create_tags",
            {"Resources": [made["GroupId"]], "Tags": [{"Key": "Name", "Value": "front"}]},
        ),
        (
            "describe_security_groups",
            {"Filters": [{"Name": "tag:Name", "Values": ["fr*"]}]},
        ),
        (
            "describe_security_group_rules",
            {"Filters": [{"Name": "group-id", "Values": [made["GroupId"]]}]},
        ),
        ("describe_instances", {"InstanceIds": [instance]}),
    )
    expect(lab.client, tcp(guest.public, 80), silent(tcp(guest.public, 80, source=FAR)))
    assert groups["SecurityGroups"][0]["Description"] == "a <web> & more"
    assert {rule.get("Description", "") for rule in rules["SecurityGroupRules"]} == {"", "our site"}
    shown = instances["Reservations"][0]["Instances"][0]
    assert shown["State"]["Name"] == "running"
    assert shown["PublicIpAddress"] == guest.public
    assert shown["PrivateIpAddress"] == guest.address


def random_permission(source: random.Random, groups: list[str]) -> dict[str, Any]:
    """One that is about some of the packets that are tried."""
    permission: dict[str, Any] = {"IpProtocol": source.choice(["tcp", "tcp", "udp", "icmp", "-1"])}
    if permission["IpProtocol"] in ("tcp", "udp"):
        ports = TCP_PORTS if permission["IpProtocol"] == "tcp" else UDP_PORTS
        first = source.choice(ports)
        permission |= {"FromPort": first, "ToPort": max(first, source.choice(ports))}
    elif permission["IpProtocol"] == "icmp":
        kind = source.choice([-1, 8, 13])
        permission |= {"FromPort": kind, "ToPort": source.choice([-1, 0]) if kind >= 0 else -1}
    if source.random() < 0.35:
        permission["UserIdGroupPairs"] = [{"GroupId": source.choice(groups)}]
    else:
        cidr = source.choice([f"{CLIENT}/32", f"{CLIENT_OTHER}/32", "203.0.113.0/24", f"{FAR}/31"])
        permission["IpRanges"] = [{"CidrIp": cidr}]
    return permission


def permits(permission: dict[str, Any], probe: Probe, address: str, groups: list[str]) -> bool:
    """What EC2 says of a packet from an address, whose sender has these groups."""
    protocol = {"ping": "icmp"}.get(probe.kind, probe.kind)
    if permission["IpProtocol"] not in (protocol, "-1"):
        return False
    if permission["IpProtocol"] == "icmp":
        if permission["FromPort"] not in (-1, 8) or permission["ToPort"] not in (-1, 0):
            return False
    elif permission["IpProtocol"] != "-1":
        if not permission["FromPort"] <= probe.port <= permission["ToPort"]:
            return False
    ranges = [ip_network(each["CidrIp"]) for each in permission["IpRanges"]]
    if any(ip_address(address) in each for each in ranges):
        return True
    return any(pair["GroupId"] in groups for pair in permission["UserIdGroupPairs"])


def all_packets(address: str, source: str = "0.0.0.0") -> list[Probe]:
    return [
        *[tcp(address, port, source=source) for port in TCP_PORTS],
        *[udp(address, port, source=source) for port in UDP_PORTS],
        ping(address, source=source),
    ]


def expect_as_described(lab: Lab, described: list[dict[str, Any]], guest: Guest, db: Guest) -> None:
    groups = [group["group_id"] for group in db.instance["groups"]]

    def verdict(probe: Probe, address: str, has: list[str]) -> Probe:
        open_ = any(permits(permission, probe, address, has) for permission in described)
        return probe if open_ else silent(probe)

    for source in (CLIENT, CLIENT_OTHER, FAR):
        probes = all_packets(guest.public, source)
        expect(lab.client, *[verdict(probe, source, []) for probe in probes])
    probes = all_packets(guest.address)
    expect(db, *[verdict(probe, db.address, groups) for probe in probes])


def test_what_clients_ask_before_and_after(lab: Lab) -> None:
    """Of the network that they think of, of the instance's details, and of who they are."""
    alice, bob = Ec2(lab, "alice"), Ec2(lab, "bob")
    vpcs, accounts = alice.boto(
        ("describe_vpcs", {"Filters": [{"Name": "is-default", "Values": ["true"]}]}),
        ("describe_account_attributes", {"AttributeNames": ["default-vpc"]}),
    )
    (vpc,) = vpcs["Vpcs"]
    attributes = accounts["AccountAttributes"][0]["AttributeValues"]
    assert attributes == [{"AttributeValue": vpc["VpcId"]}]
    subnets, others, web, locked = alice.boto(
        ("describe_subnets", {"Filters": [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]}),
        ("describe_subnets", {"Filters": [{"Name": "vpc-id", "Values": ["vpc-12345678"]}]}),
        (
            "create_security_group",
            {"GroupName": "web", "Description": "web", "VpcId": vpc["VpcId"]},
        ),
        ("create_security_group", {"GroupName": "locked", "Description": "nothing comes in"}),
    )
    (subnet,) = subnets["Subnets"]
    assert others["Subnets"] == []
    assert bob.refused(f"create-security-group --group-name web --description web "
                       f"--vpc-id {vpc['VpcId']}") == "InvalidVpcID.NotFound"  # fmt: skip
    lab.cloud.authorize("alice", "web", permit_tcp(22))
    guest = lab.new_guest()
    guest.plug()
    _, ran = alice.boto(
        ("create_key_pair", {"KeyName": "mine", "KeyType": "ed25519"}),
        (
            "run_instances",
            {
                "ImageId": "ami-12345678",
                "MinCount": 1,
                "MaxCount": 1,
                "KeyName": "mine",
                "Monitoring": {"Enabled": False},
                "NetworkInterfaces": [
                    {
                        "DeviceIndex": 0,
                        "SubnetId": subnet["SubnetId"],
                        "Groups": [web["GroupId"]],
                        "DeleteOnTermination": True,
                    }
                ],
                "TagSpecifications": [
                    {
                        "ResourceType": "instance",
                        "Tags": [{"Key": "netctl:device", "Value": guest.device}],
                    },
                    {"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "disk"}]},
                ],
            },
        ),
    )
    (instance,) = ran["Instances"]
    assert (instance["VpcId"], instance["SubnetId"]) == (vpc["VpcId"], subnet["SubnetId"])
    guest.instance = lab.cloud.instance(instance["InstanceId"])
    guest.set_mac(guest.instance["mac"])
    guest.boot()
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    status, attribute, interfaces, volumes, images, types = alice.boto(
        ("describe_instance_status", {"InstanceIds": [guest.id]}),
        (
            "describe_instance_attribute",
            {"InstanceId": guest.id, "Attribute": "disableApiTermination"},
        ),
        (
            "describe_network_interfaces",
            {"Filters": [{"Name": "attachment.instance-id", "Values": [guest.id]}]},
        ),
        ("describe_volumes", {}),
        ("describe_images", {"Owners": ["self"]}),
        ("describe_instance_types", {"InstanceTypes": ["m1.small"]}),
    )
    assert status["InstanceStatuses"][0]["InstanceStatus"]["Status"] == "ok"
    assert attribute["DisableApiTermination"] == {"Value": False}
    assert interfaces["NetworkInterfaces"][0]["NetworkInterfaceId"] == interface
    assert interfaces["NetworkInterfaces"][0]["Attachment"]["InstanceId"] == guest.id
    assert (volumes["Volumes"], images["Images"]) == ([], [])
    assert types["InstanceTypes"][0]["InstanceType"] == "m1.small"
    zones = alice.aws("describe-availability-zones --all-availability-zones")
    assert zones["AvailabilityZones"][0]["ZoneId"] == "netctl-az1"
    assert alice.account_id in lab.client.run(
        "/usr/bin/aws", "--endpoint-url", alice.url, "sts", "get-caller-identity",
        env=alice.environment,
    )  # fmt: skip
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    # The first group gives the network; the interface's groups are the instance's.
    alice.boto(
        (
            "modify_network_interface_attribute",
            {"NetworkInterfaceId": interface, "Groups": [web["GroupId"], locked["GroupId"]]},
        )
    )
    assert len(lab.cloud.instance(guest.id)["groups"]) == 2
    lab.cloud.revoke("alice", "web", permit_tcp(22))
    expect(lab.client, silent(tcp(guest.public, 22)))
    assert bob.refused(f"describe-network-interfaces --network-interface-ids {interface}") == (
        "InvalidNetworkInterfaceID.NotFound"
    )


def test_what_is_described_is_what_comes_through(lab: Lab) -> None:
    """Random permissions: what DescribeSecurityGroups says of each packet is what becomes of it."""
    alice = Ec2(lab, "alice")
    lab.cloud.group("alice", "web")
    lab.cloud.group("alice", "db")
    lab.cloud.group("alice", "ops")
    guest = lab.boot("alice", "web")
    db = lab.boot("alice", "db")
    ids = {group["name"]: group["group_id"] for group in lab.cloud.groups()}
    source = random.Random(4711)
    for _ in range(4):
        permissions = {
            json.dumps(random_permission(source, [ids["db"], ids["ops"]])) for _ in range(4)
        }
        added = [json.loads(permission) for permission in sorted(permissions)]
        _, answer = alice.boto(
            ("authorize_security_group_ingress", {"GroupId": ids["web"], "IpPermissions": added}),
            ("describe_security_groups", {"GroupIds": [ids["web"]]}),
        )
        described = answer["SecurityGroups"][0]["IpPermissions"]
        expect_as_described(lab, described, guest, db)
        # What was described is also what takes it all away.
        alice.boto(
            ("revoke_security_group_ingress", {"GroupId": ids["web"], "IpPermissions": described})
        )
    expect_as_described(lab, [], guest, db)


PARALLEL = """
import http.client, sys, threading, urllib.parse
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

host, port, key, secret, count = sys.argv[1:]
faults = []
start = threading.Barrier(int(count))

def ask(connection, parameters):
    body = urllib.parse.urlencode({"Version": "2016-11-15", **parameters})
    url = f"http://{host}:{port}/"
    request = AWSRequest("POST", url, data=body, headers={
        "Content-Type": "application/x-www-form-urlencoded", "Host": f"{host}:{port}"})
    SigV4Auth(Credentials(key, secret), "ec2", "netctl").add_auth(request)
    connection.request("POST", "/", body, dict(request.headers.items()))
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        faults.append(f"{answer.status} {text}")

def client(number):
    try:
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        connection.connect()
        start.wait()
        name = f"group{number}"
        ask(connection, {"Action": "CreateSecurityGroup", "GroupName": name,
                         "GroupDescription": name})
        ask(connection, {"Action": "AuthorizeSecurityGroupIngress", "GroupName": name,
                         "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
                         "CidrIp": "10.0.0.0/8"})
        ask(connection, {"Action": "DescribeSecurityGroups", "GroupName.1": name})
    except Exception as fault:
        faults.append(repr(fault))

threads = [threading.Thread(target=client, args=(number,)) for number in range(int(count))]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(faults), *faults[:3])
"""


def test_300_clients_at_once(lab: Lab, cloud: Cloud) -> None:
    """Each on a connection of its own, with a describe and two changes; a silent one is no matter."""
    alice = Ec2(lab, "alice")
    silent_ones = f"""
import socket, time
ones = [socket.create_connection(({HOST_PUBLIC!r}, {PORT})) for _ in range(20)]
for one in ones[:10]: one.sendall(b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 10\\r\\n\\r\\nA")
time.sleep(60)
"""
    pid = lab.client.call("spawn", argv=[PYTHON, "-c", silent_ones], log="/dev/null", env={})
    key = alice.environment["AWS_ACCESS_KEY_ID"], alice.environment["AWS_SECRET_ACCESS_KEY"]
    words = [PYTHON, "-c", PARALLEL, HOST_PUBLIC, str(PORT), *key, "300"]
    done = lab.client.run(*words, timeout=90, env={"PATH": "/usr/bin:/bin"})
    assert done.strip() == "0", done
    groups = cloud.rpc("group.describe", owner="alice")["groups"]
    assert sum(len(ingress(group)) for group in groups) == 300
    lab.client.call("signal", pid=pid, number=9)
    lab.client.call("wait", pid=pid, timeout=5)


def test_accounts_are_parted(lab: Lab) -> None:
    """Another's group is as if it were not there, and a disabled key opens nothing."""
    alice, bob = Ec2(lab, "alice"), Ec2(lab, "bob")
    web = {"GroupName": "web", "Description": "web"}
    (made,) = alice.boto(("create_security_group", web))
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}

    def refusals(group: str) -> list[dict[str, str]]:
        source = {"UserIdGroupPairs": [{"UserId": alice.account_id, "GroupId": group}]}
        answers = bob.try_boto(
            ("delete_security_group", {"GroupId": group}),
            ("describe_security_groups", {"GroupIds": [group]}),
            (
                "authorize_security_group_ingress",
                {"GroupId": group, "CidrIp": "0.0.0.0/0", **rule},
            ),
            (
                "authorize_security_group_ingress",
                {"GroupName": "default", "IpPermissions": [rule | source]},
            ),
        )
        return [answer["Error"] for answer in answers]

    to_other, to_none = refusals(made["GroupId"]), refusals("sg-0badbad0")
    assert {refusal["Code"] for refusal in to_other} == {"InvalidGroup.NotFound"}
    assert to_other == [
        refusal | {"Message": refusal["Message"].replace("sg-0badbad0", made["GroupId"])}
        for refusal in to_none
    ]
    lab.cloud.change(
        "account.disable_key", owner="bob", access_key=bob.environment["AWS_ACCESS_KEY_ID"]
    )
    assert bob.refused_by_boto(("describe_security_groups", {})) == ["AuthFailure"]


def test_secrets_stay_with_root(lab: Lab) -> None:
    """The state file alone is readable by root only, and no log has a secret."""
    with lab.daemon.reloaded(NETCTL_LOG_LEVEL="trace"):
        alice = Ec2(lab, "alice")
        alice.boto(("create_security_group", {"GroupName": "web", "Description": "web"}))
        secret = alice.environment["AWS_SECRET_ACCESS_KEY"]
        alice.environment["AWS_SECRET_ACCESS_KEY"] = "another"
        assert alice.refused_by_boto(("describe_regions", {})) == ["SignatureDoesNotMatch"]
    files = list(lab.daemon.state.glob("cloud.db*"))
    assert files
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
    assert any(secret.encode() in file.read_bytes() for file in files)
    log = lab.daemon.log_text()
    assert "code=SignatureDoesNotMatch" in log and secret not in log


def test_accounts_have_limits(lab: Lab) -> None:
    """Those of the configuration, and an account's own."""
    alice = Ec2(lab, "alice")

    def open_port(port: int) -> Call:
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"}
        return "authorize_security_group_ingress", {"GroupName": "web", **rule}

    def group(name: str) -> Call:
        return "create_security_group", {"GroupName": name, "Description": name}

    few = {f"NETCTL_LIMIT_{what}": "1" for what in ("ADDRESSES", "GROUPS", "PERMISSIONS")}
    with lab.daemon.reloaded(**few):
        alice.boto(group("web"), open_port(22), ("allocate_address", {}))
        more = group("db"), open_port(23), ("allocate_address", {})
        assert alice.refused_by_boto(*more) == [
            "SecurityGroupLimitExceeded",
            "RulesPerSecurityGroupLimitExceeded",
            "AddressLimitExceeded",
        ]
        own = "account modify alice --addresses 2 --groups 2 --permissions 2"
        lab.daemon.cli(*own.split())
        alice.boto(*more)


def test_a_body_over_the_limit_is_told_so(lab: Lab) -> None:
    script = f"""
import socket
one = socket.create_connection(({HOST_PUBLIC!r}, {PORT}), timeout=30)
one.sendall(b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 9999999\\r\\n\\r\\n")
print(one.recv(65536).decode())
"""
    answer = lab.client.run(PYTHON, "-c", script, env={"PATH": "/usr/bin:/bin"})
    assert "413" in answer and "RequestEntityTooLarge" in answer, answer
