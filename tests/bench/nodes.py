"""Hundreds of node hosts: what one change sends, what a node costs the cluster host, and how long a node's word takes.

Two of the nodes are real; the others are stand-ins with real links.
"""

from __future__ import annotations

import functools
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from bench.measure import PRODUCT, Act, Measurement, Way, in_turns
from bench.scale import SETTINGS, instance_id, many, resident
from lab.cloud import permit_tcp
from lab.lab import HOST_PUBLIC
from lab.nodes import CLUSTER, PORT, NodeHost, NodeLab
from lab.probes import expect, silent, tcp
from lab.timing import eventually, pause

STAND_INS = Path(__file__).with_name("node_stand_ins.py")
#: A network has ten instances, each on another node.
PER_NETWORK = 10
#: What a sign of life has on the wire: a TLS record of the four bytes of an empty message.
HEARTBEAT_BYTES = 5 + 4 + 1 + 16
ROUNDS = 15
ATTACHED = 4
#: Seconds after which the cluster host has given back what so many handshakes at once needed.
CALM = 4


class StandIns:
    """Node hosts that are one process, in a network namespace of the lab's."""

    def __init__(self, lab: NodeLab, names: list[str]) -> None:
        self.names = names
        pki = lab.daemon.state / "pki"
        lab.nodes.ip("address", "add", "10.99.2.200/24", "dev", "mgmt")
        command = [sys.executable, str(STAND_INS), str(pki), CLUSTER, str(PORT), *names]
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.nodes.name, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def received(self) -> dict[str, dict[str, int]]:
        assert self.process.stdin and self.process.stdout
        print(file=self.process.stdin, flush=True)
        return dict(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


class Bench:
    """A cloud with so many nodes and instances, none of whose nodes is connected yet but the real ones."""

    def __init__(self, nodes: int, instances: int) -> None:
        self.size = f"{nodes} nodes, {instances} instances"
        self.networks = instances // PER_NETWORK
        self.lab = NodeLab(settings=SETTINGS | {"VNET_ADDRSPERNET": "32"})
        self.stand_ins: StandIns | None = None
        try:
            self.lab.client.ip("route", "add", "198.18.0.0/16", "via", HOST_PUBLIC)
            self.real = self.lab.node_hosts
            self.names = [node.name for node in self.real]
            self.names += [f"stand-in{n}" for n in range(nodes - len(self.names))]
            for name in self.names[len(self.real) :]:
                self.lab.pki("node", name)
            self.fill(instances)
        except BaseException:
            self.close()
            raise
        self.new_ids = itertools.count(10**6)

    def close(self) -> None:
        if self.stand_ins:
            self.stand_ins.close()
        self.lab.close()

    def node_of(self, number: int) -> str:
        """Neighbours in a network are on neighbouring nodes."""
        return self.names[(number + number // self.networks) % len(self.names)]

    def fill(self, instances: int) -> None:
        cloud = self.lab.cloud
        cloud.account("alice")
        cloud.change("account.modify", name="alice", groups=10**6)
        many(cloud, "group.create", ({"name": f"g{n}", "description": "g"} for n in range(self.networks)))
        many(
            cloud,
            "instance.attach",
            (
                {
                    "instance_id": instance_id(n),
                    "groups": [f"g{n % self.networks}"],
                    "node": self.node_of(n),
                    "addressing": "private",
                }
                for n in range(instances)
            ),
            in_force=False,
        )

    def memory(self) -> Measurement:
        """What the links and the nodes' word cost a netctld that has just read its cloud."""
        self.lab.daemon.stop()
        self.lab.daemon.start()
        self.lab.wait_connected(*self.real)
        before = resident(self.lab.daemon)
        added = self.names[len(self.real) :]
        self.stand_ins = StandIns(self.lab, added)
        eventually("all are connected", self.all_connected, within=120)
        pause(CALM)
        each = (resident(self.lab.daemon) - before) / len(added)
        note = f"the cluster host's netctld has {before / 1024:.0f} MiB resident without its nodes"
        ours = Way(PRODUCT, [each], "<= 50 KiB")
        return Measurement("memory for a node", self.size, [ours], note, unit="KiB")

    def all_connected(self) -> bool:
        assert self.stand_ins
        states = self.lab.states()
        return all(states.get(name) == "connected" for name in self.names) and all(
            received["messages"] for received in self.stand_ins.received().values()
        )

    def sent(self, change: Callable[[], None]) -> dict[str, int]:
        """What a change has each stand-in receive, in bytes on the wire but for signs of life."""
        assert self.stand_ins
        before = self.stand_ins.received()
        change()
        after = self.stand_ins.received()
        news = {}
        for name in self.stand_ins.names:
            more = {what: after[name][what] - before[name][what] for what in after[name]}
            news[name] = more["wire_bytes"] - HEARTBEAT_BYTES * more["heartbeats"]
        return news

    def bytes_sent(self) -> Measurement:
        """An instance comes, gets its device, and goes; a permission comes and goes."""
        bystanders = Way("all nodes not concerned", bar="0 B")
        concerned = Way("a node concerned")
        for number in range(0, self.networks, max(1, self.networks // ROUNDS)):
            for change, told in self.changes(number):
                news = self.sent(change)
                assert all(news[name] > 0 for name in told), (told, news)
                bystanders.samples.append(sum(news[name] for name in set(news) - told))
                concerned.samples += [news[name] for name in told]
        return Measurement("one change sends to", self.size, [bystanders, concerned], unit="B")

    def changes(self, number: int) -> Iterator[tuple[Callable[[], object], set[str]]]:
        """Changes in a network, and the stand-ins that see them."""
        members = {self.node_of(number + self.networks * n) for n in range(PER_NETWORK)}
        members -= {node.name for node in self.real}
        home = min(members)
        new = {"instance_id": instance_id(next(self.new_ids))}
        place = {"owner": "alice", "groups": [f"g{number}"], "node": home, "addressing": "private"}
        port = {"owner": "alice", "group": f"g{number}", "permissions": [permit_tcp(22)]}
        for method, parameters, told in (
            ("instance.attach", new | place, members),
            ("group.authorize", port, set()),
            ("instance.modify", new | {"device": "vnet0"}, {home}),
            ("group.revoke", port, set()),
            ("instance.detach", new, members),
        ):
            yield functools.partial(self.lab.cloud.change, method, **parameters), told

    def attach(self, small: NodeLab) -> Measurement:
        """On a real node with a device that is there, till that node has said that the port is open;
        beside a cloud of nothing else, and where other nodes must be told too. Detaching does not
        count."""

        def act(lab: NodeLab, group: str) -> Act:
            node = lab.node_hosts[0]

            def attach(number: int) -> None:
                for n in range(ATTACHED):
                    lab.cloud.change(
                        "instance.attach", instance_id=instance_id(2 * 10**6 + n), owner="alice",
                        groups=[group], node=node.name, device=f"tap{n}", addressing="private",
                    )  # fmt: skip

            def detach(number: int) -> None:
                for n in range(ATTACHED):
                    lab.cloud.change("instance.detach", instance_id=instance_id(2 * 10**6 + n))

            return Act(attach, ATTACHED, detach)

        for lab in (self.lab, small):
            lab.cloud.group("alice", "own")
            make_devices(lab.node_hosts[0], ATTACHED)
        acts = {
            PRODUCT: act(self.lab, "own"),
            "2 nodes, no instances": act(small, "own"),
            f"netctl, network on {PER_NETWORK} nodes": act(self.lab, "g0"),
        }
        measured = in_turns("attach on a node", self.size, ROUNDS, acts)
        self.lab.cloud.group("alice", "web", permit_tcp(22))
        guest = self.lab.boot_on(self.real[0], "alice", "web")
        expect(self.lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))
        return measured


def make_devices(node: NodeHost, count: int) -> None:
    for n in range(count):
        node.machine.ip("tuntap", "add", "dev", f"tap{n}", "mode", "tap")
        node.machine.ip("link", "set", f"tap{n}", "up")


def run(quick: bool) -> Iterator[Measurement]:
    nodes, instances = (20, 200) if quick else (500, 10000)
    with closing(Bench(nodes, instances)) as bench, closing(NodeLab()) as small:
        small.cloud.account("alice")
        yield bench.memory()
        yield bench.bytes_sent()
        yield bench.attach(small)
