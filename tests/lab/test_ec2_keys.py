"""Keys by which people log in, what the metadata tell and to whom, and what is seen of the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lab.ec2 import PYTHON, URL, Ec2, machine_of
from lab.guest import Guest
from lab.lab import HOST_PUBLIC, Lab
from lab.metadata import ADDRESS, ask, read, token, with_token
from lab.probes import expect, silent, tcp

# It makes no difference to a protocol.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

REGION = """
from botocore.utils import InstanceMetadataRegionFetcher
print(InstanceMetadataRegionFetcher().retrieve_region())
"""
RUN = {"ImageId": "emi-12345678", "MinCount": 1, "MaxCount": 1}


def run(lab: Lab, user: Ec2, device: str, **options: Any) -> Guest:
    """What a hypervisor starts on this host for RunInstances."""
    tags = [{"Key": "netctl:device", "Value": device}, {"Key": "Name", "Value": "front"}]
    specification = {"ResourceType": "instance", "Tags": tags}
    request = RUN | {"TagSpecifications": [specification]} | options
    (answer,) = user.boto(("run_instances", request))
    return machine_of(lab, lab.cloud.instance(answer["Instances"][0]["InstanceId"]))


def ssh_keygen(lab: Lab, *words: str) -> str:
    return lab.client.run("ssh-keygen", *words).strip()


def keep(directory: Path, name: str, text: str) -> Path:
    file = directory / name
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_keys_are_what_ssh_takes(lab: Lab, directory: Path) -> None:
    """Made here and imported, of both types; the private half is nowhere on the host."""
    alice = Ec2(lab, "alice")
    rsa, ed25519 = alice.boto(
        ("create_key_pair", {"KeyName": "rsa"}),
        ("create_key_pair", {"KeyName": "ed25519", "KeyType": "ed25519"}),
    )
    files = [keep(directory, made["KeyName"], made["KeyMaterial"]) for made in (rsa, ed25519)]
    (shown,) = alice.boto(("describe_key_pairs", {"IncludePublicKey": True}))
    of_ssh = {file.name: ssh_keygen(lab, "-y", "-f", str(file)).split()[1] for file in files}
    assert {pair["KeyName"]: pair["PublicKey"].split()[1] for pair in shown["KeyPairs"]} == of_ssh
    listed = ssh_keygen(lab, "-l", "-f", str(files[1])).split()[1]
    assert listed == "SHA256:" + ed25519["KeyFingerprint"].rstrip("=")
    der = "openssl pkcs8 -in {} -inform PEM -outform DER -topk8 -nocrypt | openssl sha1 -c"
    assert lab.client.run("sh", "-c", der.format(files[0])).strip().endswith(rsa["KeyFingerprint"])
    # Imported, by the AWS CLI.
    own = directory / "own"
    lab.client.run("openssl", "genrsa", "-traditional", "-out", str(own), "2048")
    own.chmod(0o600)
    public = keep(directory, "own.pub", ssh_keygen(lab, "-y", "-f", str(own)) + " me@laptop\n")
    done = alice.aws(f"import-key-pair --key-name own --public-key-material fileb://{public}")
    md5 = f"openssl rsa -in {own} -pubout -outform DER | openssl md5 -c"
    assert lab.client.run("sh", "-c", md5).strip().endswith(done["KeyFingerprint"])
    assert alice.refused("create-key-pair --key-name own") == "InvalidKeyPair.Duplicate"
    assert alice.refused("describe-key-pairs --key-names other") == "InvalidKeyPair.NotFound"
    for made in (rsa, ed25519):
        secret = made["KeyMaterial"].splitlines()[3].encode()
        kept = [file for file in lab.directory.rglob("*") if file.is_file() and file not in files]
        assert [str(file) for file in kept if secret in file.read_bytes()] == []
    alice.aws("delete-key-pair --key-name own")
    alice.aws("delete-key-pair --key-name own")


def test_a_guest_has_its_key_and_its_options(lab: Lab, directory: Path) -> None:
    """And what has ended is seen by all who wait for it."""
    alice = Ec2(lab, "alice")
    (made,) = alice.boto(("create_key_pair", {"KeyName": "deploy", "KeyType": "ed25519"}))
    file = keep(directory, "deploy", made["KeyMaterial"])
    assert alice.refused_by_boto(("run_instances", RUN | {"KeyName": "other"})) == [
        "InvalidKeyPair.NotFound"
    ]
    strict = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    guest = run(lab, alice, "front0", KeyName="deploy", MetadataOptions=strict)
    plain = run(lab, alice, "front1")
    assert ask(guest, "latest/meta-data/").status == 401
    assert ask(plain, "latest/meta-data/").status == 200
    good = with_token(token(guest))
    key = read(guest, "public-keys/0/openssh-key", *good)
    assert key.split()[:2] == ssh_keygen(lab, "-y", "-f", str(file)).split()[:2]
    assert read(guest, "public-keys/", *good) == "0=deploy"
    assert ask(plain, "latest/meta-data/public-keys/").status == 404
    assert ask(guest, "latest/meta-data/tags/instance/Name", *good).status == 404
    head = plain.run("curl", "-sI", "-m", "5", f"http://{ADDRESS}/latest/meta-data/mac")
    assert head.startswith("HTTP/1.1 200") and "Content-Length: 17" in head, head
    (found,) = alice.boto(
        ("describe_instances", {"Filters": [{"Name": "key-name", "Values": ["deploy"]}]})
    )
    (shown,) = found["Reservations"][0]["Instances"]
    assert (shown["InstanceId"], shown["KeyName"]) == (guest.id, "deploy")
    assert shown["MetadataOptions"]["HttpTokens"] == "required"
    assert shown["PrivateDnsName"] == read(guest, "local-hostname", *good)
    modify = "modify-instance-metadata-options --instance-id"
    alice.aws(f"{modify} {guest.id} --instance-metadata-tags enabled")
    assert read(guest, "tags/instance/Name", *good) == "front"
    alice.aws(f"{modify} {guest.id} --http-endpoint disabled")
    assert ask(guest, "latest/meta-data/mac", *good).status == 403
    assert ask(plain, "latest/meta-data/mac").status == 200
    # The end.
    ids = f"--instance-ids {guest.id}"
    assert alice.refused(f"reboot-instances {ids}") == "UnsupportedOperation"
    for _ in range(2):
        ended = alice.aws(f"terminate-instances {ids}")
        assert ended["TerminatingInstances"][0]["CurrentState"]["Name"] == "terminated"
    alice.aws(f"wait instance-terminated {ids}")
    # It comes back by the RPC under its own id.
    lab.cloud.change("instance.attach", instance_id=guest.id, owner="alice", device=guest.device)
    (again,) = alice.boto(("describe_instances", {"InstanceIds": [guest.id]}))
    assert again["Reservations"][0]["Instances"][0]["State"]["Name"] == "running"


def test_instances_reach_ec2_only_where_they_may(lab: Lab) -> None:
    """With NETCTL_EC2_FROM_INSTANCES; and nothing else of their host."""
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web")
    guest = lab.boot("alice", "web")
    lab.host.serve(tcp=[7001])
    expect(guest, silent(tcp(HOST_PUBLIC, 8773)), silent(tcp(HOST_PUBLIC, 7001)))
    with lab.daemon.restarted(NETCTL_EC2_FROM_INSTANCES="yes", NETCTL_ZONE="netctla"):
        answer = guest.run("curl", "-si", "-m", "5", URL)
        assert "MissingAuthenticationToken" in answer and "\nDate: " in answer, answer
        expect(guest, silent(tcp(HOST_PUBLIC, 7001)))
        # A client in there finds its region by itself.
        assert guest.run(PYTHON, "-c", REGION).strip() == "netctl"
    expect(guest, silent(tcp(HOST_PUBLIC, 8773)))


def test_new_ids_may_be_long(lab: Lab) -> None:
    """Old and new ones are the same to every client."""
    alice = Ec2(lab, "alice")
    (old,) = alice.boto(("create_security_group", {"GroupName": "old", "Description": "x"}))
    with lab.daemon.reloaded(NETCTL_LONG_IDS="yes"):
        (new,) = alice.boto(("create_security_group", {"GroupName": "new", "Description": "x"}))
        guest = run(lab, alice, "front2", SecurityGroupIds=[new["GroupId"], old["GroupId"]])
    assert [len(each["GroupId"]) for each in (old, new)] == [11, 20]
    assert len(guest.id) == 19
    lab.cloud.change(
        "group.authorize",
        owner="alice",
        group=new["GroupId"],
        permissions=[{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["0.0.0.0/0"]}],
    )
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 80)))
    absent = {"GroupIds": ["sg-0123456789abcdef0"]}
    assert alice.refused_by_boto(("describe_security_groups", absent)) == ["InvalidGroup.NotFound"]
