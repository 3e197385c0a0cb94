"""A cloud over several hosts: the lab, with node hosts on the wire behind the cluster host.

    cloud (cluster host)            switch                    node1, node2
    eth0 ------------------------- switch: the wire ------- eth0 (trunk, or port of br0)
    eth3 10.99.2.1 --------------- mgmt: the node link ---- eth1 10.99.2.11, .12
"""

from __future__ import annotations

import shutil
from typing import Any

from .daemon import NETCTL, Daemon
from .guest import Guest
from .lab import Lab, end_processes_in
from .machine import Machine, ip
from .timing import eventually

CLUSTER = "10.99.2.1"
PORT = 8790


class NodeHost:
    """A node host with its netctld."""

    def __init__(self, lab: NodeLab, name: str, number: int) -> None:
        self.name = name
        self.lab = lab
        self.machine = lab.machine(name)
        self.address = f"{CLUSTER[:-1]}{10 + number}"
        # The switch's ends of the trunk and of the node link.
        self.wire = f"wire{number}"
        self.management = f"mgmt{number}"
        self.connect()
        directory = lab.directory / name
        directory.mkdir()
        settings = {
            "VNET_MODE": lab.mode,
            "NETCTL_ROLE": "node",
            "NETCTL_NODE_NAME": name,
            "NETCTL_CLUSTER": f"{CLUSTER}:{PORT}",
        }
        self.daemon = Daemon(self.machine, directory, settings)

    def connect(self) -> None:
        """Links and addresses as the host has them when it has started."""
        host, switch = self.machine, self.lab.nodes
        pair = "link add {} netns {} type veth peer name {} netns {}"
        for device, port, bridge in (
            ("eth0", self.wire, "switch"),
            ("eth1", self.management, "mgmt"),
        ):
            ip(*pair.format(device, host.name, port, switch.name).split())
            switch.ip("link", "set", port, "master", bridge, "up")
            host.ip("link", "set", device, "up")
        host.ip("address", "add", f"{self.address}/24", "dev", "eth1")
        if self.lab.mode != "MANAGED":
            host.ip("link", "add", "br0", "type", "bridge")
            host.ip("link", "set", "eth0", "master", "br0")
            host.ip("link", "set", "br0", "up")

    def lose_power(self) -> None:
        """With it go its guests and all that is not on its disk; it is started again."""
        self.machine = self.lab.renew(self.machine)
        self.daemon.replace_host(self.machine)
        self.connect()

    def join(self) -> None:
        """As an administrator does: a certificate made on the cluster host, copied, and a start."""
        self.lab.pki("node", self.name)
        made = self.lab.daemon.state / "pki" / self.name
        shutil.copytree(made, self.daemon.state / "pki")
        self.daemon.start()


class NodeLab(Lab):
    """A cluster host and two node hosts, all of them started and connected."""

    def __init__(self, bridge_netfilter: int = 1, settings: dict[str, str] | None = None) -> None:
        listen = {"NETCTL_ROLE": "cluster", "NETCTL_LISTEN": f"{CLUSTER}:{PORT}"}
        self.node_hosts: list[NodeHost] = []
        super().__init__(listen | (settings or {}), bridge_netfilter)
        try:
            self.wire_nodes()
            self.bridge_netfilter(bridge_netfilter)
            self.pki("init", "--host", CLUSTER)
            self.daemon.start()
            for node in self.node_hosts:
                node.join()
            self.wait_connected(*self.node_hosts)
        except BaseException:
            self.close()
            raise

    def wire_nodes(self) -> None:
        for bridge in ("switch", "mgmt"):
            self.nodes.ip("link", "add", bridge, "up", "type", "bridge")
        self.wire_cluster()
        self.node_hosts = [NodeHost(self, f"node{n}-{self.number}", n) for n in (1, 2)]

    def wire_cluster(self) -> None:
        """The cluster host's ends of the wire and of the node link."""
        ip(*f"link add eth3 netns {self.host.name} type veth".split(),
           *f"peer name mgmt0 netns {self.nodes.name}".split())  # fmt: skip
        for bridge, port in (("switch", "wire"), ("mgmt", "mgmt0")):
            self.nodes.ip("link", "set", port, "master", bridge, "up")
        self.host.ip("address", "add", f"{CLUSTER}/24", "dev", "eth3")
        self.host.ip("link", "set", "eth3", "up")

    def replace_cluster_host(self) -> None:
        """Another machine with the same disk and addresses, which is not started yet."""
        end_processes_in(self.daemon.run_dir)
        self.host = self.renew(self.host)
        self.daemon.replace_host(self.host)
        self.wire()
        self.wire_cluster()
        self.bridge_netfilter(1)
        # As what configures a host's network does.
        self.host.run(*f"busybox arping -U -c 1 -I eth3 {CLUSTER}".split())

    def daemons(self) -> list[Daemon]:
        return [self.daemon, *[node.daemon for node in self.node_hosts]]

    def bridge_netfilter(self, value: int) -> None:
        for host in (self.host, *[node.machine for node in self.node_hosts]):
            host.set_sysctl("net.bridge.bridge-nf-call-iptables", str(value))

    def clear(self) -> None:
        """Back to an empty cloud, with all nodes connected."""
        for daemon in self.daemons():
            if daemon.pid == 0:
                daemon.start()
        self.wait_connected(*self.node_hosts)
        super().clear()

    def remove(self, node: NodeHost) -> None:
        """A node host that is off."""
        for port in (node.wire, node.management):
            self.nodes.ip("link", "del", port)
        self.machines.remove(node.machine)
        node.machine.close()

    def pki(self, *arguments: str) -> str:
        """`netctl pki` on the cluster host."""
        state = str(self.daemon.state)
        return self.host.run(str(NETCTL), "pki", *arguments, "--state-dir", state)

    def states(self) -> dict[str, str]:
        return {node["name"]: node["state"] for node in self.cloud.rpc("node.describe")["nodes"]}

    def wait_connected(self, *nodes: NodeHost) -> None:
        """Within the minute that docs/nodes.md names for the slowest way back."""
        for node in nodes:
            eventually(
                f"{node.name} is connected",
                lambda name=node.name: self.states().get(name) == "connected",
                within=60,
            )

    def boot_on(self, node: NodeHost, owner: str, *groups: str, **options: Any) -> Guest:
        """A new instance on that node, booted."""
        guest = self.attach(self.new_guest(node.machine), owner, *groups, node=node.name, **options)
        guest.boot()
        return guest
