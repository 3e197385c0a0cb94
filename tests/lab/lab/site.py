"""A cloud in SYSTEM or STATIC on a site that was there before, with its router and DHCP server.

    site (router)                                cloud (cluster host)           guest
    wire 192.168.77.1/24, fd00:77::1/64 -------- br0 192.168.77.2/24 <- eth0
    lo   198.51.100.1: the wide world                                <- vm1 --- eth0
         dnsmasq: DHCP, router advertisements

With node hosts the router is on the switch between them.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
from pathlib import Path
from typing import Any

from .daemon import Daemon
from .frames import IPV6, UDP, VLAN, Frame, ethernet, ipv6, tagged, udp
from .guest import Guest
from .lab import Lab
from .machine import Machine
from .nodes import NodeLab
from .timing import eventually

ROUTER = "192.168.77.1"
HOST = "192.168.77.2"
WORLD = "198.51.100.1"
PREFIX6 = "fd00:77::"
# Pairs of STATIC, in the map's order: neither by MAC nor by address.
PAIRS = [
    ("aa:dd:11:ce:ff:03", "192.168.77.30"),
    ("aa:dd:11:ce:ff:01", "192.168.77.20"),
    ("aa:dd:11:ce:ff:02", "192.168.77.10"),
    ("aa:dd:11:ce:ff:05", "192.168.77.50"),
    ("aa:dd:11:ce:ff:04", "192.168.77.40"),
]
SETTINGS: dict[str, dict[str, str]] = {
    "SYSTEM": {},
    "STATIC": {
        "VNET_MODE": "STATIC",
        "VNET_SUBNET": "192.168.77.0",
        "VNET_NETMASK": "255.255.255.0",
        "VNET_BROADCAST": "192.168.77.255",
        "VNET_ROUTER": ROUTER,
        "VNET_DNS": ROUTER,
        "VNET_DOMAINNAME": "cloud.example",
        "VNET_MACMAP": " ".join(f"{mac}={address}" for mac, address in PAIRS),
        "NETCTL_DHCP_LEASE": "120",  # as short as may be
    },
}
ALL6 = "33:33:00:00:00:01"
PORTS = struct.pack("!HH", 5353, 5353)
# All that a file of SYSTEM needs.
MAIN = 'VNET_BRIDGE="br0"\n'


class Site:
    """The router of the wire: DHCP with leases of 120 s that are renewed after 5, and SLAAC."""

    def __init__(self, machine: Machine, interface: str, directory: Path) -> None:
        self.machine = machine
        self.interface = interface
        self.config = directory / "site.conf"
        self.hosts = directory / "site.hosts"
        self.log = directory / "site.log"
        self.pid = 0
        self.clients: list[Guest] = []
        machine.set_sysctl("net.ipv4.ip_forward", "1")
        machine.set_sysctl("net.ipv6.conf.all.forwarding", "1")
        machine.set_sysctl("net.ipv6.conf.all.accept_dad", "0")
        machine.set_sysctl(f"net.ipv6.conf.{interface}.accept_dad", "0")
        machine.ip("address", "replace", f"{ROUTER}/24", "dev", interface)
        machine.ip("address", "replace", f"{PREFIX6}1/64", "dev", interface, "nodad")
        machine.ip("address", "replace", f"{WORLD}/32", "dev", "lo")
        self.config.write_text(
            f"""
port=0
user=root
interface={interface}
dhcp-range=192.168.77.100,192.168.77.150,255.255.255.0,120
dhcp-option=option:router,{ROUTER}
dhcp-option-force=option:T1,5
dhcp-option-force=option:T2,60
dhcp-authoritative
no-ping
dhcp-hostsfile={self.hosts}
dhcp-leasefile={directory / "site.leases"}
dhcp-mac=set:pair,aa:dd:11:ce:ff:*
dhcp-ignore=tag:pair
enable-ra
dhcp-range={PREFIX6},ra-only,64
"""
        )
        self.hosts.write_text("")
        machine.serve(tcp=[80])

    def start(self) -> None:
        argv = ["dnsmasq", "--keep-in-foreground", f"--conf-file={self.config}", "--log-dhcp"]
        argv += ["--log-facility=-"]
        self.pid = self.machine.call("spawn", argv=argv, log=str(self.log), env={})

    def give(self, addresses: dict[str, str]) -> None:
        """From now on these clients get these addresses."""
        self.hosts.write_text("".join(f"{mac},{to}\n" for mac, to in addresses.items()))
        self.machine.call("signal", pid=self.pid, number=int(signal.SIGHUP))


class OnTheSite(Lab):
    """What both shapes of the lab have in common."""

    site: Site

    def open_site(self, interface: str) -> None:
        self.site = Site(self.nodes, interface, self.directory)
        self.site.start()
        self.host.ip("address", "add", f"{HOST}/24", "dev", "br0")

    def attach_at(self, place: int, owner: str, **options: Any) -> Guest:
        """A new instance: with node hosts on the one of that number."""
        raise NotImplementedError

    def boot_at(self, place: int, owner: str, client: str = "udhcpc", **options: Any) -> Guest:
        guest = self.attach_at(place, owner, **options)
        guest.boot(client)
        return guest

    def own_daemon(self, guest: Guest) -> Daemon:
        """The netctld of the instance's node."""
        raise NotImplementedError

    def known(self, guest: Guest) -> str | None:
        """The address that the cloud shows for the instance now."""
        address = self.cloud.instance(guest.id)["private_ip"]
        return None if address is None else str(address)

    def wait_known(self, guest: Guest, address: str) -> None:
        """It shows within a second."""
        eventually(f"{address} shows", lambda: self.known(guest) == address, within=1)
        guest.instance["private_ip"] = address

    def client_of_the_site(self, mac: str) -> Guest:
        """A machine on the wire that has nothing to do with the cloud."""
        number = len(self.site.clients) + 1
        client = Guest(f"client{self.number}-{number}", self.nodes, f"port{number}", self.directory)
        self.machines.append(client)
        self.site.clients.append(client)
        client.plug(mac)
        self.nodes.ip("link", "set", client.device, "master", self.site.interface)
        client.ip("link", "set", "eth0", "up")
        return client

    def clear(self) -> None:
        self.site.give({})
        for client in self.site.clients:
            client.call("reset")
            client.unplug()
            client.close()
            self.machines.remove(client)
        self.site.clients.clear()
        super().clear()


class SiteLab(OnTheSite):
    """All on one host, by a file that has nothing of VNET_* but the mode's own keys."""

    def __init__(self, mode: str, settings: dict[str, str] | None = None) -> None:
        self.mode = mode
        super().__init__(settings)
        self.daemon.main = MAIN
        self.daemon.settings = own_settings(self.daemon, mode, settings)

    def wire(self) -> None:
        super().wire()
        self.nodes.ip("link", "add", "switch", "up", "type", "bridge")
        self.nodes.ip("link", "set", "wire", "master", "switch")
        self.open_site("switch")

    def attach_at(self, place: int, owner: str, **options: Any) -> Guest:
        return self.attach(self.new_guest(), owner, **options)

    def own_daemon(self, guest: Guest) -> Daemon:
        return self.daemon


class SiteNodeLab(OnTheSite, NodeLab):
    """A cluster host and two node hosts."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        super().__init__()

    def wire_nodes(self) -> None:
        super().wire_nodes()
        self.open_site("switch")
        for daemon in (self.daemon, *[node.daemon for node in self.node_hosts]):
            daemon.main = MAIN
            daemon.settings = own_settings(daemon, self.mode)

    def attach_at(self, place: int, owner: str, **options: Any) -> Guest:
        node = self.node_hosts[place]
        return self.attach(self.new_guest(node.machine), owner, node=node.name, **options)

    def own_daemon(self, guest: Guest) -> Daemon:
        return next(node.daemon for node in self.node_hosts if node.machine is guest.host)


def own_settings(
    daemon: Daemon, mode: str, settings: dict[str, str] | None = None
) -> dict[str, str]:
    """What is netctl's, and the keys of the mode: in SYSTEM none, and VNET_MODE neither."""
    ours = {key: value for key, value in daemon.settings.items() if key.startswith("NETCTL_")}
    for managed_only in ("NETCTL_DENY", "NETCTL_NO_NAT"):
        ours.pop(managed_only, None)
    return ours | SETTINGS[mode] | (settings or {})


def dhcp_servers(frames: list[bytes]) -> set[str]:
    """Who sent DHCP answers among these frames."""
    answers = [f for f in frames if f[12:14] == b"\x08\0" and f[23] == 17 and f[34:36] == b"\0\x43"]
    return {socket.inet_ntoa(f[26:30]) for f in answers}


def frame6(what: str, source: str, protocol: int, head: bytes, tag: int | None = None) -> Frame:
    """An IPv6 multicast of `head` and the token; what stood behind the packet would be cut off."""
    token = os.urandom(16)
    payload = head + token
    if protocol == UDP:
        payload = udp(int.from_bytes(head[:2]), int.from_bytes(head[2:]), token)
    content = ipv6(protocol, payload)
    if tag is not None:
        return Frame(what, ethernet(ALL6, source, VLAN, tagged(tag, IPV6, content)), token)
    return Frame(what, ethernet(ALL6, source, IPV6, content), token)


def address6(guest: Guest) -> str:
    """The guest's address by SLAAC."""

    def found() -> str:
        words = guest.ip("-6", "-o", "address", "show", "dev", "eth0", "scope", "global").split()
        made = [word.split("/")[0] for word in words if word.startswith(PREFIX6[:7])]
        return "" if "tentative" in words or not made else made[0]

    return eventually(f"{guest.name} has an IPv6 address", found, within=15)


def reaches6(guest: Guest, address: str) -> bool:
    return guest.try_run("ping", "-6", "-c", "1", "-W", "2", address).code == 0
