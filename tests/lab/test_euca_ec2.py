"""The euca commands speak EC2 where an endpoint is named."""

from __future__ import annotations

import pytest

from lab.ec2 import URL, Ec2
from lab.lab import Lab
from lab.probes import expect, silent, tcp


# It makes no difference to a protocol; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)


def test_the_euca_commands_speak_ec2(lab: Lab) -> None:
    """With EC2_URL and a key pair, without the socket."""
    alice = Ec2(lab, "alice")
    environment = alice.environment | {"EC2_URL": URL, "NETCTL_SOCKET": "/nowhere"}

    def euca(line: str, code: int = 0) -> str:
        name, *words = line.split()
        path = lab.directory / name
        if not path.exists():
            path.symlink_to(lab.daemon.netctl)
        done = lab.client.try_run(str(path), *words, env=environment)
        assert done.code == code, f"{line}: {done.code}: {done.err}"
        return done.out + done.err

    guest = lab.boot("alice", "default")
    created = euca("euca-create-group -d web web")
    assert created.startswith("GROUP\tsg-")
    assert euca("euca-create-group -d web web", 1).startswith(
        "euca-create-group: error (InvalidGroup.Duplicate): "
    )
    euca("euca-authorize -P tcp -p 22 -s 0.0.0.0/0 default")
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 23)))
    euca(f"euca-authorize -P tcp -p 1-65535 -o web -u {alice.account_id} default")
    shown = euca("euca-describe-groups default")
    assert f"PERMISSION\t{alice.account_id}\tdefault\tALLOWS\ttcp\t22\t22\tFROM\tCIDR\t0.0.0.0/0" in shown
    assert "NAME\tweb" in shown
    euca("euca-revoke -P tcp -p 22 -s 0.0.0.0/0 default")
    expect(lab.client, silent(tcp(guest.public, 22)))
    address = euca("euca-allocate-address").split("\t")[1].strip()
    euca(f"euca-associate-address -i {guest.id} {address}")
    assert guest.id in euca(f"euca-describe-addresses {address}")
    euca(f"euca-disassociate-address {address}")
    assert euca(f"euca-release-address {address}") == f"ADDRESS\t{address}\n"
    euca(f"euca-revoke -P tcp -p 1-65535 -o web -u {alice.account_id} default")
    assert euca("euca-delete-group web") == "RETURN\ttrue\n"
    environment["AWS_SECRET_ACCESS_KEY"] += "x"
    assert "SignatureDoesNotMatch" in euca("euca-describe-groups", 1)
