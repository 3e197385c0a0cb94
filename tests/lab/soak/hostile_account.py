"""hostile_account.py URL SEED GROUP_ID ADDRESS INSTANCE

A cloud user whose keys are in the environment, and who asks EC2 for what is others', again and again until it is ended.
Each request that is answered with success is a line that begins with "passed"; so is each answer that holds a word of
the others'.
"""

from __future__ import annotations

import os
import random
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

Call = tuple[str, dict[str, object]]


def calls(group: str, address: str, instance: str) -> list[Call]:
    """Each of which is refused."""
    permission = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    mine: dict[str, object] = {"ImageId": "x", "MinCount": 1, "MaxCount": 1}
    return [
        ("describe_security_groups", {"GroupIds": [group]}),
        ("authorize_security_group_ingress", {"GroupId": group, "IpPermissions": permission}),
        ("revoke_security_group_egress", {"GroupId": group, "IpPermissions": permission}),
        ("delete_security_group", {"GroupId": group}),
        ("describe_instances", {"InstanceIds": [instance]}),
        ("terminate_instances", {"InstanceIds": [instance]}),
        ("modify_instance_attribute", {"InstanceId": instance, "Groups": [group]}),
        ("run_instances", mine | {"SecurityGroupIds": [group]}),
        ("describe_addresses", {"PublicIps": [address]}),
        ("associate_address", {"PublicIp": address, "InstanceId": instance}),
        ("disassociate_address", {"PublicIp": address}),
        ("release_address", {"PublicIp": address}),
        ("create_tags", {"Resources": [group], "Tags": [{"Key": "k", "Value": "v"}]}),
    ]


def main() -> None:
    url, seed, *others = sys.argv[1:]
    chance = random.Random(int(seed))
    asked = calls(*others)
    options = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=20)
    right = boto3.client("ec2", endpoint_url=url, config=options)
    wrong = boto3.client(
        "ec2",
        endpoint_url=url,
        config=options,
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="guessed",
    )
    refused = 0
    while True:
        client = chance.choice([right, right, wrong])
        name, parameters = chance.choice(asked)
        try:
            print(f"passed {name}: {getattr(client, name)(**parameters)}", flush=True)
        except ClientError:
            refused += 1
            print(f"refused {refused}", flush=True)
        except (BotoCoreError, OSError):  # netctld is not there
            time.sleep(0.1)
        time.sleep(0.02)


main()
