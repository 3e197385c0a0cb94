"""Unmodified EC2 clients, on a machine of the lab: the AWS CLI and boto3 as Debian packages them."""

from __future__ import annotations

import json
from typing import Any

from .guest import Guest
from .lab import HOST_PUBLIC, Lab
from .machine import Ran
from .nodes import NodeLab

PORT = 8773
URL = f"http://{HOST_PUBLIC}:{PORT}/"
TLS_URL = f"https://{HOST_PUBLIC}:{PORT}/"
PYTHON = "/usr/bin/python3"

BOTO = """
import boto3, botocore, json, sys
url, script = sys.argv[1:3]
ec2 = boto3.client("ec2", endpoint_url=url)
answers = []
for operation, parameters in json.loads(script):
    try:
        answer = getattr(ec2, operation)(**parameters)
        answer.pop("ResponseMetadata")
    except botocore.exceptions.ClientError as refusal:
        answer = {"Error": refusal.response["Error"]}
    answers.append(answer)
print(json.dumps(answers, default=str))
"""

Call = tuple[str, dict[str, Any]]


class Ec2:
    """A cloud user with a key pair and nothing else."""

    def __init__(self, lab: Lab, account: str, url: str = URL) -> None:
        made = lab.cloud.change("account.create", name=account)
        self.account_id: str = made["account_id"]
        self.lab = lab
        self.machine = lab.client
        self.url = url
        self.environment = {
            "AWS_ACCESS_KEY_ID": made["access_key"],
            "AWS_SECRET_ACCESS_KEY": made["secret_key"],
            "AWS_DEFAULT_REGION": "netctl",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "HOME": str(lab.directory),
            "PATH": "/usr/bin:/bin",
        }

    def try_aws(self, line: str) -> Ran:
        words = ["/usr/bin/aws", "--endpoint-url", self.url, "--output", "json", "ec2", *line.split()]
        return self.machine.try_run(*words, env=self.environment, timeout=60)

    def aws(self, line: str) -> dict[str, Any]:
        """What the AWS CLI prints; a command that fails is an error."""
        done = self.try_aws(line)
        assert done.code == 0, f"aws ec2 {line}: {done.code}: {done.err}"
        return dict(json.loads(done.out)) if done.out.strip() else {}

    def refused(self, line: str) -> str:
        """The error code that the AWS CLI shows."""
        done = self.try_aws(line)
        assert done.code != 0, f"aws ec2 {line}: was not refused: {done.out}"
        return done.err.split("(", 1)[1].split(")", 1)[0]

    def boto(self, *calls: Call) -> list[dict[str, Any]]:
        """The answers of boto3 to these operations, one after the other."""
        answers = self.try_boto(*calls)
        assert not any("Error" in answer for answer in answers), answers
        return answers

    def refused_by_boto(self, *calls: Call) -> list[str]:
        """The codes of the errors that boto3 raises; an operation that succeeds is an error."""
        answers = self.try_boto(*calls)
        assert all("Error" in answer for answer in answers), answers
        return [str(answer["Error"]["Code"]) for answer in answers]

    def try_boto(self, *calls: Call) -> list[dict[str, Any]]:
        words = [PYTHON, "-c", BOTO, self.url, json.dumps(calls)]
        done = self.machine.try_run(*words, env=self.environment, timeout=60)
        assert done.code == 0, done.err
        return list(json.loads(done.out))

    def try_euca(self, line: str, environment: dict[str, str]) -> Ran:
        """One of netctl's own euca commands, far from the socket."""
        name, *words = line.split()
        path = self.lab.directory / name
        if not path.exists():
            path.symlink_to(self.lab.daemon.netctl)
        return self.machine.try_run(
            str(path), *words, env={"NETCTL_SOCKET": "/nowhere"} | environment
        )

    def euca(self, line: str, code: int = 0, **variables: str) -> str:
        """With EC2_URL and the key pair in the environment, and these variables."""
        environment = self.environment | {"EC2_URL": self.url} | variables
        done = self.try_euca(line, environment)
        assert done.code == code, f"{line}: {done.code}: {done.err}"
        return done.out + done.err


NEEDS_NETWORKS: list[Call] = [
    ("create_security_group", {"GroupName": "web", "Description": "web"}),
    ("delete_security_group", {"GroupName": "web"}),
    ("authorize_security_group_ingress", {"GroupName": "default", "IpProtocol": "-1"}),
    ("revoke_security_group_ingress", {"GroupName": "default", "IpProtocol": "-1"}),
    ("allocate_address", {}),
    ("release_address", {"AllocationId": "eipalloc-01020304"}),
    ("associate_address", {"PublicIp": "203.0.113.10", "InstanceId": "i-00000001"}),
    ("disassociate_address", {"AssociationId": "eipassoc-01020304"}),
    ("run_instances", {"ImageId": "x", "MinCount": 1, "MaxCount": 1, "SecurityGroups": ["web"]}),
]


def run_without_networks(lab: Lab, user: Ec2) -> Guest:
    """In SYSTEM and STATIC: what needs groups or a pool is refused, and instances run.

    The machine has its device, and is not booted yet.
    """
    node = lab.node_hosts[0] if isinstance(lab, NodeLab) else None
    place = {"NETCTL_RUN_NODE": node.name} if node else {}
    with lab.daemon.reloaded(NETCTL_RUN_DEVICE="vm-{id}", **place):
        codes = user.refused_by_boto(*NEEDS_NETWORKS)
        assert codes == ["UnsupportedOperation"] * len(NEEDS_NETWORKS), codes
        ran, groups, addresses = user.boto(
            ("run_instances", {"ImageId": "x", "MinCount": 1, "MaxCount": 1}),
            ("describe_security_groups", {}),
            ("describe_addresses", {}),
        )
    assert [group["GroupName"] for group in groups["SecurityGroups"]] == ["default"]
    assert addresses["Addresses"] == []
    instance = lab.cloud.instance(ran["Instances"][0]["InstanceId"])
    assert instance["device"] == f"vm-{instance['instance_id']}"
    guest = lab.new_guest(node.machine if node else None, instance["device"])
    guest.plug(instance["mac"])
    guest.instance = instance
    return guest


def machine_of(lab: Lab, instance: dict[str, Any]) -> Guest:
    """What a hypervisor starts on the cluster host for RunInstances."""
    guest = lab.new_guest(None, instance["device"])
    guest.plug(instance["mac"])
    guest.instance = instance
    guest.set_mac(instance["mac"])
    guest.boot()
    return guest


def shown(user: Ec2, guest: Guest) -> dict[str, Any]:
    """What DescribeInstances says of it."""
    (answer,) = user.boto(("describe_instances", {"InstanceIds": [guest.id]}))
    return dict(answer["Reservations"][0]["Instances"][0])
