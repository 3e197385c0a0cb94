"""Debian's Ansible with its collection amazon.aws: what is there already is left as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.ec2 import Ec2, machine_of
from lab.lab import FAR, Lab
from lab.probes import expect, silent, tcp

# It makes no difference to a protocol; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

RULES = {
    "rules": [{"proto": "tcp", "ports": [22], "cidr_ip": "0.0.0.0/0", "rule_desc": "ssh"}],
    "rules_egress": [{"proto": "tcp", "ports": [80], "cidr_ip": "0.0.0.0/0"}],
}

PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFDYWOCYXsx/YEGKrwzFq1h/QsJXCohAlanozKzQ9lRc"
)


class Ansible:
    """Runs tasks with the modules of amazon.aws, as a cloud user."""

    def __init__(self, lab: Lab, user: Ec2) -> None:
        self.lab = lab
        self.user = user
        self.playbook = lab.directory / "playbook.json"

    def run(self, *tasks: dict[str, Any]) -> list[dict[str, Any]]:
        """The results of the tasks."""
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": {
                "group/aws": {"endpoint_url": self.user.url, "region": "netctl"},
            },
            "tasks": [task | {"name": str(n)} for n, task in enumerate(tasks)],
        }
        self.playbook.write_text(json.dumps([play]))
        environment = self.user.environment | {
            "ANSIBLE_STDOUT_CALLBACK": "json",
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
            "LC_ALL": "C.UTF-8",
        }
        words = ["/usr/bin/ansible-playbook", "-i", "localhost,", "-c", "local"]
        done = self.user.machine.try_run(
            *words, str(self.playbook), env=environment, timeout=120
        )
        assert done.out.startswith("{"), done.out + done.err
        (told,) = json.loads(done.out)["plays"]
        results = [task["hosts"]["localhost"] for task in told["tasks"]]
        assert done.code == 0, results
        return results

    def changed(self, *tasks: dict[str, Any]) -> list[bool]:
        return [bool(result["changed"]) for result in self.run(*tasks)]


def task(module: str, **parameters: Any) -> dict[str, Any]:
    return {f"amazon.aws.{module}": parameters}


def test_the_second_run_says_ok(lab: Lab) -> None:
    alice = Ec2(lab, "alice")
    ansible = Ansible(lab, alice)
    lab.client.serve(tcp=[80, 81])
    group = task("ec2_security_group", name="web", description="web", **RULES)
    assert ansible.changed(group, group) == [True, False]
    guest = lab.boot("alice", "web", addressing="private")
    eip = task("ec2_eip", device_id=guest.id, in_vpc=True, release_on_disassociation=True)
    assert ansible.changed(eip, eip) == [True, False]
    public = lab.cloud.addresses()[0]["address"]
    expect(lab.client, tcp(public, 22), silent(tcp(public, 80)))
    expect(guest, tcp(FAR, 80), silent(tcp(FAR, 81)))
    no_eip = task(
        "ec2_eip", device_id=guest.id, state="absent", release_on_disassociation=True
    )
    assert ansible.changed(no_eip)[0]
    assert lab.cloud.addresses() == []
    lab.cloud.change("instance.detach", instance_id=guest.id)
    gone = task("ec2_security_group", name="web", state="absent")
    assert ansible.changed(gone, gone) == [True, False]


def test_an_instance_and_its_key(lab: Lab) -> None:
    """Made once, found again, ended once."""
    alice = Ec2(lab, "alice")
    ansible = Ansible(lab, alice)
    lab.cloud.group("alice", "web", permit_tcp(22))
    lab.cloud.group("alice", "other", permit_tcp(80))
    key = task("ec2_key", name="deploy", key_material=PUBLIC_KEY, tags={"for": "ci"})

    def instance(*groups: str) -> dict[str, Any]:
        return task(
            "ec2_instance",
            name="front",
            image_id="ami-12345678",
            instance_type="t3.micro",
            key_name="deploy",
            security_groups=list(groups),
            tags={"netctl:device": "front0", "for": "ci"},
            metadata_options={"http_tokens": "optional", "http_put_response_hop_limit": 2},
        )

    made = ansible.run(key, key, instance("web"))
    assert [each["changed"] for each in made] == [True, False, True]
    guest = machine_of(lab, lab.cloud.instance(made[2]["instance_ids"][0]))
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 80)))
    assert ansible.changed(
        instance("web"), instance("web", "other"), instance("web", "other")
    ) == [False, True, False]
    expect(lab.client, tcp(guest.public, 80))
    gone = task("ec2_instance", name="front", state="absent")
    no_key = task("ec2_key", name="deploy", state="absent")
    assert ansible.changed(gone, gone, no_key, no_key) == [True, False, True, False]
    expect(lab.client, silent(tcp(guest.public, 22)))
