"""Every example of the documentation, run as it stands there, each in a cloud of its own."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.cloud import Cloud, from_group, permit_tcp
from lab.daemon import NETCTL, ROOT
from lab.lab import Lab

DOCS = ROOT / "docs"
COMMANDS = (DOCS / "commands.md").read_text()
# What the examples speak of; keys are random and therefore looked up.
KEY = "AKI00000000000000001"
# What the program does beside the RPC's commands; test_state.py and others run these.
OF_PROGRAM = ("hook", "pki", "wait", "backup", "restore", "state", "store")


def examples() -> list[str]:
    """The lines behind `example:`, of the commands that are the RPC's."""
    lines = re.findall(r"^example:\n  (netctl .+)$", COMMANDS, re.MULTILINE)
    words = [line.split() for line in lines]
    ours = [word[1] in OF_PROGRAM or word[2].startswith("-") for word in words]
    return [line for line, is_ours in zip(lines, ours, strict=True) if not is_ours]


def euca_examples() -> list[str]:
    return re.findall(r"^(euca-.+ .+)$", COMMANDS, re.MULTILINE)


@pytest.fixture
def bridge_netfilter() -> int:
    """One value will do: no packet is in question here."""
    return 1


@pytest.fixture
def world(lab: Lab, cloud: Cloud) -> Iterator[Lab]:
    """What the examples take for granted: alice's groups, one of her instances and two addresses."""
    for account in ("alice", "bob", "dave"):
        cloud.account(account)
    cloud.group("bob", "monitoring")
    cloud.group("alice", "old")
    cloud.rpc("prefix_list.create", owner="alice", name="offices", cidrs=["198.51.100.0/24"])
    source = permit_tcp(80, groups=from_group("bob", "monitoring"))
    cloud.group("alice", "web", permit_tcp(22, cidrs=["198.51.100.0/24"]), source)
    for address in ("203.0.113.10", "203.0.113.11"):
        cloud.allocate("alice", address=address)
    guest = lab.new_guest()
    guest.plug()
    attach = {"instance_id": "i-0A1B2C3D", "device": guest.device, "addressing": "private"}
    cloud.change("instance.attach", owner="alice", groups=["web"], **attach)
    yield lab
    cloud.rpc("system.resume")


def key_of(cloud: Cloud, account: str) -> str:
    found = cloud.rpc("account.describe", names=[account])["accounts"]
    return str(found[0]["keys"][0]["access_key"])


def test_there_is_an_example_of_every_method(lab: Lab, cloud: Cloud) -> None:
    methods = [method["method"] for method in cloud.rpc("system.methods")["methods"]]
    shown = [" ".join(example.split()[1:3]) for example in examples()]
    assert shown == [method.replace(".", " ").replace("_", "-") for method in methods]
    pages = (DOCS / "rpc.md").read_text()
    assert [method for method in methods if method not in pages] == []


@pytest.mark.parametrize("example", examples())
def test_an_example_of_a_command(world: Lab, example: str) -> None:
    words = shlex.split(example.replace(KEY, key_of(world.cloud, "alice")))
    if words[1:4] == ["instance", "attach", "i-0A1B2C3E"]:
        device = world.new_guest()
        device.plug()
        words[words.index("vnet1")] = device.device
    done = world.host.try_run(str(NETCTL), "--socket", str(world.daemon.socket), *words[1:])
    assert done.code == 0, done.err + done.out
    assert done.out
    in_json = world.host.try_run(
        str(NETCTL), "--socket", str(world.daemon.socket), "--json", *words[1:]
    )
    # The second time some have had their effect already, and are refused for what is gone.
    assert in_json.code in (0, 1)
    assert json.loads(in_json.out or in_json.err)


def test_the_example_of_the_certificates(lab: Lab, directory: Path) -> None:
    (example,) = re.findall(r"^  (netctl pki .+)$", COMMANDS, re.MULTILINE)[-1:]
    words = [*shlex.split(example)[1:], "--state-dir", str(directory)]
    assert "cloud.example.org" in lab.host.run(str(NETCTL), *words)


def test_the_examples_of_the_euca_commands(world: Lab, directory: Path) -> None:
    cloud = world.cloud
    cloud.change("instance.detach", instance_id="i-0A1B2C3D")
    cloud.change("group.delete", owner="alice", group="web")
    assert euca_examples()
    for example in euca_examples():
        words = shlex.split(example)
        if words[0] == "euca-associate-address":
            attach = {"instance_id": "i-0A1B2C3D", "addressing": "private"}
            cloud.rpc("instance.attach", owner="alice", groups=["web"], **attach)
        program = directory / words[0]
        if not program.exists():
            os.symlink(NETCTL, program)
        env = {"NETCTL_SOCKET": str(world.daemon.socket), "NETCTL_ACCOUNT": "alice"}
        done = world.host.try_run(str(program), *words[1:], env=env)
        assert done.code == 0, f"{example}: {done.err}{done.out}"


def test_the_configuration_reference_names_every_key_of_the_lab() -> None:
    pages = (DOCS / "configuration.md").read_text()
    config = (ROOT / "tests" / "lab" / "eucalyptus.conf").read_text()
    keys = re.findall(r"^#?((?:VNET|NETCTL)_\w+)=", config, re.MULTILINE)
    assert keys and [key for key in keys if key not in pages] == []


PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def prose(page: Path) -> str:
    """Without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", prose(path)):
        linked = path.parent / target if target else path
        assert linked.exists(), f"{page} links to {target}"
        assert not anchor or anchor in anchors(linked), f"{page} links to {target}#{anchor}"
