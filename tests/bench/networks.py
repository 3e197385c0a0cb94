"""A thousand MANAGED networks on a cluster host: a VLAN device, a bridge and a gateway address for each.

Where the running kernel has no 802.1Q, all of this runs under Debian's, in the virtual machine.
"""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.measure import PRODUCT, Act, Measurement, in_turns, read
from bench.scale import SETTINGS, BigCloud, batch
from lab.daemon import ROOT
from lab.lab import Lab
from lab.machine import Machine

FIRST_TAG = 2
PER_NETWORK = 16
#: Each takes minutes in the virtual machine, and what came before it has warmed up.
ROUNDS = 1
#: Seconds: to ask more often costs a machine with one processor what is to be measured.
POLL = 0.1


def gateway(tag: int) -> str:
    first = ipaddress.ip_address(SETTINGS["VNET_SUBNET"])
    return f"{first + (tag - FIRST_TAG) * PER_NETWORK + 1}/28"


class Peer:
    """A host whose networks are made by `ip`: as the original makes them, a program for each step."""

    def __init__(self, networks: int) -> None:
        self.machine = Machine("peer")
        self.tags = range(FIRST_TAG, FIRST_TAG + networks)
        self.machine.ip(*"link add eth0 type veth peer name far".split())
        for device in ("eth0", "far"):
            self.machine.ip("link", "set", device, "up")

    def steps(self) -> Iterator[str]:
        for tag in self.tags:
            yield f"link add link eth0 name eth0.{tag} group 99 type vlan id {tag}"
            yield f"link add eucabr{tag} group 99 type bridge"
            yield f"link set eth0.{tag} master eucabr{tag}"
            yield f"link set eth0.{tag} up"
            yield f"link set eucabr{tag} up"
            yield f"address add {gateway(tag)} broadcast + dev eucabr{tag}"

    def make(self, _: int) -> None:
        script = "/run/bench-networks"  # longer than an argument may be
        self.machine.call("write", path=script, text="".join(f"ip {s}\n" for s in self.steps()))
        self.machine.run("sh", "-e", script, timeout=600)
        self.machine.run("rm", script)

    def make_together(self, _: int) -> None:
        """By one program: what the kernel itself takes."""
        batch(self.machine, "ip", "".join(f"{step}\n" for step in self.steps()))

    def remove(self, _: int) -> None:
        assert_there(self.machine, self.tags)
        self.machine.run("ip", "link", "del", "group", "99", timeout=600)

    def close(self) -> None:
        self.machine.close()


def assert_there(machine: Machine, tags: range) -> None:
    """All networks, as the kernel says itself."""
    links = json.loads(machine.run("ip", "-json", "-details", "link", "show", timeout=120))
    by_name = {link["ifname"]: link for link in links}
    addresses = json.loads(machine.run("ip", "-json", "-4", "address", "show", timeout=120))
    gateways = {
        link["ifname"]: [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]]
        for link in addresses
    }
    for tag in tags:
        vlan, bridge = by_name[f"eth0.{tag}"], by_name[f"eucabr{tag}"]
        assert vlan["linkinfo"]["info_data"]["id"] == tag and vlan["link"] == "eth0", vlan
        assert vlan["master"] == bridge["ifname"] and "UP" in vlan["flags"], vlan
        assert bridge["linkinfo"]["info_kind"] == "bridge" and "UP" in bridge["flags"], bridge
        assert gateways[bridge["ifname"]] == [gateway(tag)], gateways[bridge["ifname"]]


def here(networks: int) -> Iterator[Measurement]:
    """Starts of netctld, till it serves and has nothing left to do."""
    Lab.mode = "MANAGED"
    size = f"{networks} networks"
    with Lab(SETTINGS) as lab, closing(Peer(networks)) as peer:
        lab.daemon.start()
        cloud = BigCloud(lab, networks, networks, networks, away=True).cloud

        def start(_: int) -> None:
            lab.daemon.launch()
            lab.daemon.wait_ready(POLL)
            assert cloud.plan() == []

        def remove(_: int) -> None:
            assert_there(lab.host, peer.tags)
            lab.daemon.stop()
            lab.daemon.purge()
            assert not [link for link in lab.host.links() if link.startswith("eucabr")]

        def kill(_: int) -> None:
            assert_there(lab.host, peer.tags)
            lab.daemon.kill()

        remove(0)
        acts = {
            PRODUCT: Act(start, undo=remove),
            "ip, a program for each step": Act(peer.make, undo=peer.remove, bar="<= 0.125"),
            "ip -batch": Act(peer.make_together, undo=peer.remove),
        }
        yield in_turns("start with nothing there", size, ROUNDS, acts, warm_up=0)
        start(0)
        kill(0)
        yield in_turns("restart", size, 3, {PRODUCT: Act(start, undo=kill)}, warm_up=0)
        start(0)


def makes_vlans() -> bool:
    with closing(Machine("vlans")) as machine:
        machine.ip(*"link add eth0 type veth peer name far".split())
        return machine.try_run(*"ip link add link eth0 name vlan type vlan id 2".split()).code == 0


def in_virtual_machine(quick: bool) -> Iterator[Measurement]:
    # What it writes outside of this directory stays in its memory, as does all in its /run.
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as directory:
        results = Path(directory) / "results.json"
        words = ["--only", "networks", "--json", str(results), *(["--quick"] if quick else [])]
        machine = f"scripts/vm --time 1500 --memory 2048 --writable {directory} --".split()
        command = [*machine, "scripts/isolate", sys.executable, "tests/bench/run", *words]
        patient = os.environ | {"NETCTL_TEST_TIME_FACTOR": "10"}
        subprocess.run(command, cwd=ROOT, env=patient, stdout=subprocess.DEVNULL, check=True)
        yield from read(results)


def run(quick: bool) -> Iterator[Measurement]:
    if makes_vlans():
        yield from here(50 if quick else 1000)
    else:
        yield from in_virtual_machine(quick)
