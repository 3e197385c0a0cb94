"""An instance: a namespace that boots with a real DHCP client."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .machine import Machine, ip
from .timing import eventually

DHCP = Path(__file__).resolve().parents[1] / "dhcp"
TCP_PORTS = [22, 23, 80, 443, 8080]
UDP_PORTS = [53, 69, 500]


@dataclass
class Lease:
    """What the DHCP server said, as the client's script noted it."""

    at: str  # seconds since the machine started
    event: str
    ip: str
    mask: str
    router: str
    dns: str
    domain: str
    hostname: str
    broadcast: str
    mtu: str
    lease: str
    server: str

    @staticmethod
    def parse(line: str) -> Lease:
        return Lease(**dict(word.split("=", 1) for word in shlex.split(line)))


class Guest(Machine):
    """The virtual machine. `device` is its network device's host end, in the cluster host."""

    def __init__(self, name: str, host: Machine, device: str, directory: Path) -> None:
        super().__init__(name)
        self.host = host
        self.device = device
        self.lease_log = directory / f"{name}.leases"
        self.client_log = directory / f"{name}.dhcp"
        self.client_pid = 0
        self.instance: dict[str, Any] = {}

    @property
    def id(self) -> str:
        return str(self.instance["instance_id"])

    @property
    def address(self) -> str:
        return str(self.instance["private_ip"])

    @property
    def bridge(self) -> str:
        return str(self.instance["bridge"])

    def plug_into(self, bridge: str) -> None:
        """As a hypervisor does."""
        self.host.ip("link", "set", self.device, "master", bridge)

    @property
    def public(self) -> str:
        return str(self.instance["public_ip"])

    @property
    def gateway(self) -> str:
        return str(self.instance["gateway"])

    def plug(self, mac: str = "") -> None:
        """Makes the device, as a hypervisor does: one end in the host, the other in the guest."""
        mac_option = ["address", mac] if mac else []
        ip(*f"-n {self.host.name} link add {self.device} type veth peer name eth0".split(),
           *mac_option, "netns", self.name)  # fmt: skip
        ip("-n", self.host.name, "link", "set", self.device, "up")

    def move_to(self, host: Machine) -> None:
        """Live: the guest goes on, and finds its device's other end in another host."""
        ip("-n", self.host.name, "link", "set", self.device, "netns", host.name)
        self.host = host
        self.host.ip("link", "set", self.device, "up")

    def unplug(self) -> None:
        ip("-n", self.host.name, "link", "del", self.device)

    def set_mac(self, mac: str) -> None:
        self.ip("link", "set", "eth0", "address", mac)

    def start_dhcp(self, client: str = "udhcpc") -> None:
        """Starts a DHCP client that runs on and keeps its lease."""
        self.lease_log.unlink(missing_ok=True)
        if client == "udhcpc":
            argv = (
                "busybox udhcpc -f -i eth0 -t 20 -T 1 -A 1 -O mtu -O hostname -O broadcast".split()
            )
            argv += ["-s", str(DHCP / "udhcpc.sh")]
        else:
            argv = [
                "dhclient",
                "-d",
                "-e",
                f"LAB_LEASE_LOG={self.lease_log}",
                "-sf",
                str(DHCP / "dhclient.sh"),
                "-cf",
                str(DHCP / "dhclient.conf"),
            ]
            argv += ["-lf", f"{self.client_log}.db", "-pf", f"{self.client_log}.pid", "eth0"]
        self.client_pid = self.call(
            "spawn", argv=argv, log=str(self.client_log), env={"LAB_LEASE_LOG": str(self.lease_log)}
        )

    def lease_events(self) -> list[Lease]:
        """All that the DHCP client told its script so far, oldest first."""
        lines = self.lease_log.read_text().splitlines() if self.lease_log.exists() else []
        return [Lease.parse(line) for line in lines]

    def leases(self) -> list[Lease]:
        """The events that gave a lease."""
        return [event for event in self.lease_events() if event.event in ("bound", "renew")]

    def wait_lease(self, within: float = 10) -> Lease:
        return eventually(f"{self.name} gets a lease", self.leases, within)[-1]

    def boot(self, client: str = "udhcpc") -> Lease:
        """Starts from power-on to a lease and running services."""
        self.ip("link", "set", "eth0", "up")
        self.start_dhcp(client)
        lease = self.wait_lease()
        self.serve(tcp=TCP_PORTS, udp=UDP_PORTS)
        return lease

    def power_off(self) -> None:
        self.call("reset")
        self.ip("link", "set", "eth0", "down")
        self.ip("address", "flush", "dev", "eth0")

    def addresses(self) -> str:
        return self.ip("-4", "-o", "address", "show", "dev", "eth0")
