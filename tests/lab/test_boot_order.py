"""A host boots in its own order, and others live on it: netctld waits, says for what, and goes on."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.daemon import Daemon
from lab.events import Events
from lab.guest import Guest
from lab.lab import CLIENT, HOST_OFFICE, HOST_PUBLIC, Lab
from lab.machine import Machine
from lab.probes import expect, ping, silent, tcp
from lab.rpc import RpcError
from lab.timing import eventually

UNUSABLE = 78  # netctld's exit status: nothing gets better by starting it again
NOT_HEALTHY = 4  # netctl's, of status
METRICS = f"{HOST_OFFICE}:9797"
# Every order in which they can come: an address comes after its interface.
LATE_ORDERS = [
    list(order)
    for order in itertools.permutations(["private", "public", "address", "listen"])
    if order.index("public") < order.index("address")
]


class Booting:
    """A host of which parts are late, and the cloud on it that ran before."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.host = lab.host
        self.private = "eth0" if lab.mode == "MANAGED" else "br0"
        self.comes: dict[str, Callable[[], None]] = {
            "private": self.private_comes,
            "public": self.public_comes,
            "address": self.address_comes,
            "listen": self.listen_comes,
        }
        self.names = {
            "private": f"interface {self.private}",
            "public": "interface eth1",
            "address": f"address {HOST_PUBLIC}",
            "listen": f"address {HOST_OFFICE}",
        }
        lab.daemon.start()
        lab.cloud.account("alice")
        lab.cloud.group("alice", "web", permit_tcp(22))
        self.guest: Guest = lab.boot("alice", "web")
        self.mac = str(self.host.call("read", path=f"/sys/class/net/{self.private}/address")).strip()

    def goes(self) -> None:
        """All that may be late goes, as nothing of it is there yet when a host boots."""
        self.host.ip("link", "set", "eth1", "netns", self.lab.office.name)
        self.host.ip("address", "del", f"{HOST_OFFICE}/24", "dev", "eth2")
        if self.private == "br0":
            self.host.ip("link", "del", "br0")
        else:
            self.host.ip("link", "set", "eth0", "netns", self.lab.office.name)

    def private_comes(self) -> None:
        if self.private == "br0":
            self.host.ip("link", "add", "br0", "address", self.mac, "type", "bridge")
            self.host.ip("link", "set", "eth0", "master", "br0")
        else:
            self.lab.office.ip("link", "set", "eth0", "netns", self.host.name)
        self.host.ip("link", "set", self.private, "up")

    def public_comes(self) -> None:
        self.lab.office.ip("link", "set", "eth1", "netns", self.host.name)
        self.host.ip("link", "set", "eth1", "up")

    def address_comes(self) -> None:
        """Of the public interface, which is there: EC2 is to be served at it."""
        self.host.ip("address", "add", f"{HOST_PUBLIC}/24", "dev", "eth1")
        self.host.ip("route", "replace", "default", "via", CLIENT)

    def listen_comes(self) -> None:
        """An address that is no business of netctl's, but that its metrics are to be served at."""
        self.host.ip("address", "add", f"{HOST_OFFICE}/24", "dev", "eth2")

    def problems(self) -> set[str]:
        """But for the clock: the lab has the machine's."""
        return {problem["object"] for problem in self.status()["problems"]} - {"clock"}

    def errors(self) -> set[str]:
        problems = self.status()["problems"]
        return {problem["object"] for problem in problems if problem["severity"] == "error"}

    def status(self) -> dict[str, Any]:
        return dict(self.lab.cloud.rpc("system.status"))

    def expect_whole(self) -> None:
        """All is in force, nobody has to be asked for it, and packets agree."""
        eventually("all is in force", lambda: self.status()["healthy"], within=10)
        eventually("no problem is left", lambda: not self.problems(), within=15)
        assert self.lab.cloud.plan() == []
        self.lab.client.ip("neigh", "flush", "dev", "wire")
        self.guest.ip("neigh", "flush", "dev", "eth0")
        public = self.guest.public
        expect(self.lab.client, tcp(public, 22, server=self.guest.name), silent(tcp(public, 23)))
        expect(self.guest, ping(self.guest.gateway), ping(CLIENT))
        url = f"http://{HOST_PUBLIC}:8773/"
        answer = self.lab.client.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url)
        assert answer == "403", "EC2 is served, and wants a signature"
        assert "netctl_healthy 1" in self.lab.office.run("curl", "-sf", f"http://{METRICS}/metrics")


@pytest.fixture(scope="module")
def booting() -> Iterator[Booting]:
    with Lab({"NETCTL_METRICS_LISTEN": METRICS}) as lab:
        yield Booting(lab)


@pytest.fixture
def lab(booting: Booting) -> Lab:
    """So that a failure shows its log."""
    return booting.lab


@pytest.mark.parametrize("order", LATE_ORDERS, ids="-".join)
def test_what_is_late_is_named_and_waited_for(
    lab: Lab, booting: Booting, order: list[str]
) -> None:
    names = booting.names
    assert lab.daemon.stop() == 0
    booting.goes()
    lab.daemon.start()
    assert booting.errors() == set(names.values())
    assert all(p["consequence"] and p["remedy"] for p in booting.status()["problems"])
    told = lab.host.try_run(str(lab.daemon.netctl), "--socket", str(lab.daemon.socket), "status")
    assert told.code == NOT_HEALTHY and "netctld waits for it" in told.out
    health, text = lab.daemon.rpc.http("GET", "/healthz")
    assert health == 503 and b"interface eth1" in text
    events = Events(lab.daemon.rpc)
    for place, part in enumerate(order):
        booting.comes[part]()
        left = {names[late] for late in order[place + 1 :]}
        eventually(f"{left} are left", lambda left=left: booting.errors() == left)
        events.expect(names[part], "problem ended")
    booting.expect_whole()
    assert lab.daemon.rpc.http("GET", "/healthz")[0] == 200
    assert 'netctl_problems{severity="error"} 0' in lab.daemon.rpc.http("GET", "/metrics")[1].decode()


def test_what_goes_while_netctld_runs_is_named_and_waited_for(lab: Lab, booting: Booting) -> None:
    booting.goes()
    eventually("all is named", lambda: booting.errors() == set(booting.names.values()))
    for part in LATE_ORDERS[0]:
        booting.comes[part]()
    booting.expect_whole()


def test_an_overlap_before_and_after_the_start_keeps_nothing_from_working(
    lab: Lab, booting: Booting
) -> None:
    """As a network that Docker makes inside VNET_SUBNET."""
    assert lab.daemon.stop() == 0
    give_overlap(lab.host)
    lab.daemon.start()
    overlap = "overlaps 172.16.200.1 on docker0 of this host"
    assert any(overlap in problem["what"] for problem in booting.status()["problems"])
    assert booting.status()["healthy"], "all that was asked for works"
    public = booting.guest.public
    expect(lab.client, tcp(public, 22, server=booting.guest.name), silent(tcp(public, 23)))

    new = {"owner": "alice", "groups": ["db"], "instance_id": lab.new_id()}
    lab.cloud.group("alice", "db")
    with pytest.raises(RpcError, match="docker0"):
        lab.cloud.rpc("instance.attach", **new, tag=200 * 256 // 32 + 2)
    free = lab.cloud.rpc("instance.attach", **new)
    assert not free["private_ip"].startswith("172.16.200."), "its own choice keeps clear"
    lab.cloud.rpc("instance.detach", instance_id=new["instance_id"])

    lab.host.ip("link", "del", "docker0")
    eventually("the problem ends", lambda: not booting.problems())
    give_overlap(lab.host)
    eventually("it is named again", booting.problems)
    lab.host.ip("address", "add", "203.0.113.50/32", "dev", "eth2")
    eventually("its address of the pool, too", lambda: "address 203.0.113.50" in booting.problems())
    with pytest.raises(RpcError, match="203.0.113.50 on eth2"):
        lab.cloud.rpc("address.allocate", owner="alice", address="203.0.113.50")
    lab.host.ip("address", "del", "203.0.113.50/32", "dev", "eth2")
    lab.host.ip("link", "del", "docker0")
    eventually("all problems end", lambda: not booting.problems())
    booting.expect_whole()


def give_overlap(host: Machine) -> None:
    host.ip("link", "add", "docker0", "type", "bridge")
    host.ip("address", "add", "172.16.200.1/24", "dev", "docker0")
    host.ip("link", "set", "docker0", "up")


def test_a_second_netctld_of_the_namespace_is_refused(
    lab: Lab, booting: Booting, directory: Path
) -> None:
    second = Daemon(lab.host, directory, {"VNET_MODE": lab.mode, "NETCTL_EC2_LISTEN": ""})
    assert second.fails_to_start() == 1
    assert "another netctld serves this network namespace" in second.log_text()
    assert not second.run_dir.exists()
    lab.host.run("nft", "flush", "ruleset")
    assert second.fails_to_start() == 1, "the lock is its owner's alone"
    assert lab.cloud.rpc("system.reconcile")["in_force"]
    booting.expect_whole()
    lab.daemon.kill()
    lab.daemon.start()
    booting.expect_whole()


def test_an_overlap_with_a_first_start_is_refused(lab: Lab, directory: Path) -> None:
    """Also where all sockets and certificates are to be read before the host is touched."""
    lab.daemon.stop()
    lab.daemon.purge()
    directory.chmod(0o711)  # dnsmasq gives up root and reads its files below
    fresh = Daemon(lab.host, directory, {"VNET_MODE": lab.mode})
    give_overlap(lab.host)
    before = lab.host.run("nft", "list", "ruleset") + lab.host.run("iptables-legacy-save")
    assert fresh.fails_to_start() == UNUSABLE
    assert "--accept-overlap" in fresh.log_text() and "172.16.200.1 on docker0" in fresh.log_text()
    fresh.settings["NETCTL_EC2_CERT"] = fresh.settings["NETCTL_EC2_KEY"] = "/nowhere"
    fresh.settings["NETCTL_EC2_LISTEN"] = f"{HOST_PUBLIC}:8773"
    assert fresh.fails_to_start("--accept-overlap") == UNUSABLE
    assert "/nowhere" in fresh.log_text()
    after = lab.host.run("nft", "list", "ruleset") + lab.host.run("iptables-legacy-save")
    assert rules(after) == rules(before), "a file of a certificate is missing, and nothing is written"

    del fresh.settings["NETCTL_EC2_CERT"], fresh.settings["NETCTL_EC2_KEY"]
    fresh.launch("--accept-overlap")
    fresh.wait_ready()
    fresh.stop()
    fresh.start()
    assert json.loads(fresh.cli("--json", "status"))["problems"], "once was enough"
    fresh.stop()
    fresh.purge()
    fresh.settings["VNET_SUBNET"] = "172.17.0.0"
    fresh.settings["VNET_MODE"] = "NONSENSE"
    assert fresh.fails_to_start() == UNUSABLE
    assert "VNET_MODE" in fresh.log_text()


def rules(dump: str) -> list[str]:
    """Without the time of the dump and what was counted."""
    lines = [line for line in dump.splitlines() if not line.startswith("#")]
    return [re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+", "", line) for line in lines]
