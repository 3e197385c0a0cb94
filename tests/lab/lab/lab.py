"""The lab: an outside client, a cluster host with netctld, and guests as tests want them.

    client                     cloud (cluster host)                      guest
    wire 203.0.113.1/24 ------ eth1 203.0.113.2/24
         198.51.100.1 ...      br0 <- eth0 (the nodes' wire), vm1 ... -- eth0, by DHCP
                               (MANAGED: eth0 is the trunk, and each network has a bridge)
    office                     eth2 10.99.0.1/24: a network that is no business of netctl's
    wire 10.99.0.2/24 --------/
"""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .cloud import Cloud
from .daemon import Daemon
from .guest import Guest
from .machine import Machine, ip
from .timing import eventually

CLIENT = "203.0.113.1"
CLIENT_OTHER = "203.0.113.5"  # a second address of the client, for sources beside the first
HOST_PUBLIC = "203.0.113.2"
OFFICE = "10.99.0.2"
HOST_OFFICE = "10.99.0.1"
FAR = "198.51.100.1"  # behind the client: the wide world
DENIED = "198.51.100.130"  # in NETCTL_DENY
NOT_NATTED = "192.0.2.1"  # in NETCTL_NO_NAT

SETTINGS = {
    "NETCTL_DENY": "198.51.100.128/25",
    "NETCTL_NO_NAT": "192.0.2.0/24",
    "NETCTL_EC2_LISTEN": f"{HOST_PUBLIC}:8773",
    "NETCTL_USAGE": "yes",
    "NETCTL_QUARANTINE": "0",  # tests name the addresses that others have had
}

_labs = itertools.count(1)
_ids = itertools.count(0x10000000)


class Lab:
    """A context manager: what it makes is gone when it ends, however it ends."""

    mode = "MANAGED-NOVLAN"

    def __init__(self, settings: dict[str, str] | None = None, bridge_netfilter: int = 1) -> None:
        self.number = next(_labs)
        self.temporary = tempfile.TemporaryDirectory(prefix="netctl-lab-")
        self.directory = Path(self.temporary.name)
        self.directory.chmod(0o711)  # dnsmasq gives up root and reads its files below
        self.machines: list[Machine] = []
        self.guests: list[Guest] = []
        self.spare: list[Guest] = []
        self.client = self.machine("client")
        self.host = self.cluster_host()
        self.nodes = self.machine("nodes")
        self.office = self.machine("office")
        self.wire()
        self.bridge_netfilter(bridge_netfilter)
        settings = {"VNET_MODE": self.mode} | SETTINGS | (settings or {})
        self.daemon = self.daemon_with(settings)
        self.cloud = Cloud(self.daemon.rpc)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def machine(self, name: str) -> Machine:
        machine = Machine(f"{name}{self.number}")
        self.machines.append(machine)
        return machine

    def cluster_host(self) -> Machine:
        return self.machine("cloud")

    def daemon_with(self, settings: dict[str, str]) -> Daemon:
        return Daemon(self.host, self.directory, settings)

    def wire(self) -> None:
        """Links and addresses as an administrator has them before netctl comes."""
        client, host, nodes, office = self.client, self.host, self.nodes, self.office
        pair = "link add {} netns {} type veth peer name {} netns {}"
        ip(*pair.format("wire", client.name, "eth1", host.name).split())
        ip(*pair.format("eth0", host.name, "wire", nodes.name).split())
        ip(*pair.format("eth2", host.name, "wire", office.name).split())
        for address in (f"{CLIENT}/24", f"{CLIENT_OTHER}/24"):
            client.ip("address", "add", address, "dev", "wire")
        for address in (FAR, DENIED, NOT_NATTED):
            client.ip("address", "replace", f"{address}/32", "dev", "lo")
        client.ip("link", "set", "wire", "up")
        host.ip("address", "add", f"{HOST_PUBLIC}/24", "dev", "eth1")
        host.ip("address", "add", f"{HOST_OFFICE}/24", "dev", "eth2")
        devices = ["eth0", "eth1", "eth2"]
        if self.mode != "MANAGED":
            devices.append("br0")
            host.ip("link", "add", "br0", "type", "bridge")
            host.ip("link", "set", "eth0", "master", "br0")
        for device in devices:
            host.ip("link", "set", device, "up")
        host.ip("route", "add", "default", "via", CLIENT)
        nodes.ip("link", "set", "wire", "up")
        office.ip("address", "add", f"{OFFICE}/24", "dev", "wire")
        office.ip("link", "set", "wire", "up")
        office.ip("route", "add", "default", "via", HOST_OFFICE)

    def daemons(self) -> list[Daemon]:
        return [self.daemon]

    def bridge_netfilter(self, value: int) -> None:
        self.host.set_sysctl("net.bridge.bridge-nf-call-iptables", str(value))

    def route_private(self, address: str) -> None:
        """Lets the client send to a private address, as a site does that uses NETCTL_NO_NAT."""
        self.client.ip("route", "replace", f"{address}/32", "via", HOST_PUBLIC)

    def keep_neighbour(self, address: str) -> None:
        """Lets the client send an address's packets to the host though nobody answers ARP."""
        mac = str(self.host.call("read", path="/sys/class/net/eth1/address")).strip()
        self.client.ip(*f"neigh replace {address} lladdr {mac} nud permanent dev wire".split())

    def new_guest(self, host: Machine | None = None, device: str = "") -> Guest:
        """A machine on that host, else on the cluster host, that is off and has no device yet."""
        if self.spare:
            guest = self.spare.pop()
        else:
            name = f"guest{self.number}-{len(self.guests) + 1}"
            guest = Guest(name, self.host, "", self.directory)
            self.machines.append(guest)
            self.guests.append(guest)
        guest.device = device or f"vm{self.guests.index(guest) + 1}"
        guest.host = host or self.host
        guest.instance = {}
        return guest

    def new_id(self) -> str:
        return f"i-{next(_ids):08x}"

    def renew(self, machine: Machine) -> Machine:
        """Another machine in place of one that lost its power; what was in it is gone."""
        # First, so that nobody hears of its end.
        for device in machine.links():
            if device in machine.links() and device != "lo":
                machine.ip("link", "del", device)
        machine.close()
        new = Machine(machine.name)
        self.machines[self.machines.index(machine)] = new
        for guest in self.guests:
            if guest.host is machine:
                guest.host = new
        return new

    def attach(self, guest: Guest, owner: str, *groups: str, **options: Any) -> Guest:
        """Makes the guest's device and attaches it; the guest is not booted."""
        guest.plug()
        options.setdefault("instance_id", self.new_id())
        options.setdefault("device", guest.device)
        result = self.cloud.change("instance.attach", owner=owner, groups=list(groups), **options)
        guest.instance = result
        guest.set_mac(result["mac"])
        return guest

    def boot(self, owner: str, *groups: str, **options: Any) -> Guest:
        """A new instance of these groups, booted."""
        guest = self.attach(self.new_guest(), owner, *groups, **options)
        guest.boot()
        return guest

    def detach(self, guest: Guest) -> None:
        self.cloud.change("instance.detach", instance_id=guest.id)
        self.discard(guest)

    def discard(self, guest: Guest) -> None:
        """Turns a guest off and takes its device away; its machine is used again."""
        guest.call("reset")
        guest.call("name", name=guest.name)
        # A liar's: its machine's next instance would take another's address for its own.
        guest.ip("address", "flush", "dev", "lo", "scope", "global")
        if guest.device in guest.host.links():
            guest.unplug()
        self.spare.append(guest)

    def clear(self) -> None:
        """Back to an empty cloud and no guests; netctld runs on."""
        if self.daemon.pid == 0:
            self.daemon.start()
        self.cloud.clear()
        for guest in self.guests:
            if guest not in self.spare:
                self.discard(guest)
        for machine in (self.client, self.host, self.office):
            machine.call("reset_services")
        self.client.ip("neigh", "flush", "nud", "all", "dev", "wire")
        try:
            eventually("nothing is left to do", lambda: not self.cloud.plan())
        except AssertionError:
            raise AssertionError(f"left to do: {self.cloud.plan()}") from None

    def close(self) -> None:
        for machine in reversed(self.machines):
            machine.close()
        end_processes_in(self.directory)
        self.temporary.cleanup()


def end_processes_in(directory: Path) -> None:
    """Ends what outlives netctld by design: processes whose command line names the directory."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != 1:
            kill_if_of(entry, directory)


def kill_if_of(entry: Path, directory: Path) -> None:
    try:
        if str(directory).encode() in (entry / "cmdline").read_bytes():
            os.kill(int(entry.name), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass
