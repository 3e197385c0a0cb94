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
    euca = alice.euca
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
    wrong = alice.environment["AWS_SECRET_ACCESS_KEY"] + "x"
    shown = euca("euca-describe-groups", 1, AWS_SECRET_ACCESS_KEY=wrong)
    assert shown.startswith("euca-describe-groups: error (SignatureDoesNotMatch): ")


def test_where_the_endpoint_and_the_keys_come_from(lab: Lab) -> None:
    """Options count before variables; each name that a variable has had is known."""
    alice, bob = Ec2(lab, "alice"), Ec2(lab, "bob")

    def pair(user: Ec2) -> tuple[str, str]:
        return user.environment["AWS_ACCESS_KEY_ID"], user.environment["AWS_SECRET_ACCESS_KEY"]

    def names(key: str, secret: str, user: Ec2) -> dict[str, str]:
        return dict(zip((key, secret), pair(user), strict=True))

    def owner(options: str, environment: dict[str, str]) -> str:
        """The account that it was done for."""
        done = alice.try_euca(f"euca-describe-groups {options}", environment)
        assert done.code == 0, done.err
        return done.out.split("\t")[2]

    by_bob = "-I {} -S {}".format(*pair(bob))
    for key, secret in (
        ("EC2_ACCESS_KEY", "EC2_SECRET_KEY"),
        ("AWS_ACCESS_KEY", "AWS_SECRET_KEY"),
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ):
        environment = {"EC2_URL": URL} | names(key, secret, alice)
        assert owner("", environment) == alice.account_id
        assert owner(by_bob, environment) == bob.account_id
    nowhere = {"EC2_URL": "http://203.0.113.99:1/"}
    environment = nowhere | names("EC2_ACCESS_KEY", "EC2_SECRET_KEY", alice)
    for url in (URL, f"netctl::{URL}", f"{URL}services/Eucalyptus"):
        assert owner(f"-U {url}", environment) == alice.account_id
    assert owner(f"-U {URL} {by_bob}", {}) == bob.account_id
    # Half of what is needed is an error, and never a call of the local socket.
    for options, environment in (
        (f"-U {URL}", {}),
        (f"-U {URL} -I {pair(bob)[0]}", {}),
        (by_bob, {}),
        (by_bob, {"EC2_URL": "ftp://203.0.113.2/"}),
    ):
        done = alice.try_euca(f"euca-describe-groups {options}", environment)
        assert done.code == 2 and done.err.startswith("euca-describe-groups: error: "), done
