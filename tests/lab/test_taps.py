"""Devices as hypervisors handle them: plugged by whomever, gone, back, renamed, somewhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from lab.guest import Guest
from lab.lab import Lab
from lab.machine import Machine
from lab.nodes import NodeLab
from lab.probes import expect, tcp
from lab.timing import eventually

# Where it has a part, the tests of booting have shown it.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)


@dataclass
class Site:
    """A host for instances, and one that runs on it."""

    lab: Lab
    host: Machine
    options: dict[str, str]
    neighbour: Guest

    def prepare(self) -> Guest:
        """A machine whose MAC is known before it is attached."""
        guest = self.lab.new_guest(self.host)
        guest.instance = {"instance_id": self.lab.new_id(), "bridge": self.neighbour.bridge}
        guest.instance["mac"] = "d0:0d:" + ":".join(guest.id[i : i + 2] for i in range(2, 10, 2))
        return guest

    def request(self, guest: Guest, named: bool) -> dict[str, Any]:
        """What its attach says."""
        device = {"device": guest.device} if named else {}
        return {
            "instance_id": guest.id,
            "owner": "alice",
            "groups": ["default"],
            **device,
            **self.options,
        }

    def attach(self, guest: Guest, named: bool) -> dict[str, Any]:
        result = dict(self.lab.cloud.rpc("instance.attach", **self.request(guest, named)))
        assert result["mac"] == guest.instance["mac"] and result["bridge"] == guest.bridge
        guest.instance = result
        return result

    def plug(self, guest: Guest) -> None:
        """As libvirt does: a tap has the guest's MAC with another first byte."""
        guest.plug(guest.instance["mac"])
        tap_mac = "fe" + guest.instance["mac"][2:]
        self.host.ip("link", "set", guest.device, "address", tap_mac)
        guest.plug_into(self.neighbour.bridge)

    def rename(self, name: str, new: str) -> None:
        """As Debian's kernel allows it, not while it is up; at once, as netctl sets it up again."""
        steps = f"link set {name} down\\nlink set {name} name {new}\\nlink set {new} up"
        self.host.run("sh", "-c", f"echo '{steps}' | ip -batch -")

    def wait_port(self, guest: Guest, state: str) -> None:
        def port() -> str:
            ports = {i["instance_id"]: str(i["port"]) for i in self.lab.cloud.instances()}
            return ports.get(guest.id, "not there")

        eventually(f"the port is {state}", lambda: port() == state)

    def expect_boots(self, guest: Guest) -> None:
        assert guest.boot().ip == guest.address
        expect(guest, tcp(self.neighbour.address, 22, server=self.neighbour.name))
        expect(self.neighbour, tcp(guest.address, 22, server=guest.name))


@pytest.fixture(params=["lab", "node_lab"], ids=["one-host", "node"])
def site(request: pytest.FixtureRequest, bridge_netfilter: int) -> Site:
    lab: Lab = request.getfixturevalue(request.param)
    lab.cloud.account("alice")
    if isinstance(lab, NodeLab):
        node = lab.node_hosts[0]
        return Site(lab, node.machine, {"node": node.name}, lab.boot_on(node, "alice", "default"))
    return Site(lab, lab.host, {}, lab.boot("alice", "default"))


named_or_not = pytest.mark.parametrize("named", [True, False], ids=["named", "by-mac"])


@named_or_not
def test_one_that_is_plugged_before_attach(site: Site, named: bool) -> None:
    guest = site.prepare()
    site.plug(guest)
    guest.ip("link", "set", "eth0", "up")
    site.attach(guest, named)
    site.wait_port(guest, "open")
    site.expect_boots(guest)


@named_or_not
def test_one_that_is_plugged_after_attach(site: Site, named: bool) -> None:
    guest = site.prepare()
    assert site.attach(guest, named)["port"] == "waiting"
    site.plug(guest)
    site.wait_port(guest, "open")
    site.expect_boots(guest)


@named_or_not
def test_one_that_goes_and_comes_back(site: Site, named: bool) -> None:
    guest = site.prepare()
    site.attach(guest, named)
    for _ in range(2):
        site.plug(guest)
        site.wait_port(guest, "open")
        site.expect_boots(guest)
        guest.power_off()
        guest.unplug()
        site.wait_port(guest, "waiting")


def test_a_named_one_that_is_renamed_stays_the_port(site: Site) -> None:
    guest = site.prepare()
    site.attach(guest, named=True)
    site.plug(guest)
    site.wait_port(guest, "open")
    site.expect_boots(guest)
    reached = tcp(site.neighbour.address, 22, server=site.neighbour.name)
    site.rename(guest.device, "renamed")
    eventually("it is reached under its new name", lambda: tcp_works(guest, site.neighbour))
    site.wait_port(guest, "open")
    site.rename("renamed", guest.device)
    eventually("it is reached under its own name", lambda: tcp_works(guest, site.neighbour))
    site.wait_port(guest, "open")
    expect(guest, reached)


def test_one_known_by_its_mac_may_be_renamed(site: Site) -> None:
    guest = site.prepare()
    site.attach(guest, named=False)
    site.plug(guest)
    site.wait_port(guest, "open")
    site.expect_boots(guest)
    site.rename(guest.device, "renamed")
    former, guest.device = guest.device, "renamed"
    eventually(
        "it is a port under its new name",
        lambda: site.lab.cloud.instance(guest.id)["port"] == "open"
        and f"nc_{guest.id}" in site.host.run("ip", "link", "show", "renamed")
        and tcp_works(guest, site.neighbour),
    )
    guest.unplug()
    guest.device = former


def tcp_works(guest: Guest, neighbour: Guest) -> bool:
    probe = tcp(neighbour.address, 22)
    return guest.call("probe", probes=[probe.request()])[0]["verdict"] == "open"


def test_one_in_a_foreign_bridge_is_left_there_until_it_is_taken_out(site: Site) -> None:
    site.host.ip("link", "add", "br9", "up", "type", "bridge")
    guest = site.prepare()
    guest.plug(guest.instance["mac"])
    guest.plug_into("br9")
    attached = site.lab.cloud.later("instance.attach", **site.request(guest, named=True))
    site.wait_port(guest, "failed")
    assert "br9" in site.lab.cloud.instance(guest.id)["reason"]
    assert "master br9" in site.host.run("ip", "link", "show", guest.device)
    site.host.ip("link", "set", guest.device, "nomaster")
    guest.instance = attached()
    assert guest.instance["in_force"]
    site.expect_boots(guest)
    # Now it is netctl's, and who moves it finds it back.
    guest.plug_into("br9")
    eventually(
        "it is back",
        lambda: f"master {guest.bridge}" in site.host.run("ip", "link", "show", guest.device),
    )
    expect(guest, tcp(site.neighbour.address, 22, server=site.neighbour.name))
    site.host.ip("link", "del", "br9")
