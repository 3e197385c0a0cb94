"""A client, a router and the instances behind it, and the packets that go through."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.scale import batch
from lab.cloud import permit_tcp, permit_udp
from lab.daemon import BUILD
from lab.lab import CLIENT, CLIENT_OTHER, HOST_PUBLIC, Lab
from lab.machine import Machine, ip
from lab.nodes import CLUSTER
from lab.nodes import PORT as NODE_PORT

PROGRAMS = BUILD / "tests" / "bench"
#: On one processor, so that all of a packet's way is in its cost.
PINNED = ("taskset", "-c", "1")
PORT = 1009
PRIVATE = "10.128.0.0/9"
PUBLIC = "198.18.0.0/16"
SOURCES = (CLIENT, CLIENT_OTHER)


def permission(number: int) -> dict[str, object]:
    """UDP up to PORT, the last, and TCP there."""
    return permit_tcp(PORT) if number == 0 else permit_udp(PORT - 9 + number)


def mac_of(machine: Machine, device: str) -> str:
    return str(machine.call("read", path=f"/sys/class/net/{device}/address")).strip()


def received(machine: Machine, device: str) -> int:
    path = f"/sys/class/net/{device}/statistics/rx_packets"
    return int(machine.call("read", path=path))


class Road:
    """All instances are one machine, the sink, which takes every UDP packet and throws it away."""

    def __init__(self, client: Machine, router: Machine, sink: Machine, directory: Path) -> None:
        self.client = client
        self.router = router
        self.sink = sink
        self.directory = directory
        router.set_sysctl("net.ipv4.ip_forward", "1")
        self.to_router = mac_of(router, "eth1")
        self.from_sink = mac_of(router, "eth0")
        client.ip("route", "add", PRIVATE, "via", HOST_PUBLIC)
        client.ip("route", "add", PUBLIC, "via", HOST_PUBLIC)
        wire = mac_of(client, "wire")
        for address in SOURCES:
            router.ip(*f"neigh replace {address} lladdr {wire} nud permanent dev eth1".split())
            sink.ip(*f"neigh replace {address} lladdr {self.from_sink} nud permanent dev wire".split())
            sink.ip("route", "add", f"{address}/32", "dev", "wire")
        sink.run(*"iptables-legacy -t raw -A PREROUTING -p udp -j DROP".split())
        sink.ip("route", "add", "local", PRIVATE, "dev", "lo")

    def lead_to(self, addresses: Iterable[str]) -> None:
        """Nobody answers ARP for that many."""
        sink = mac_of(self.sink, "wire")
        lines = [f"neigh replace {a} lladdr {sink} nud permanent dev eth0\n" for a in addresses]
        batch(self.router, "ip", "".join(lines))

    def targets(self, addresses: Iterable[str]) -> str:
        path = self.directory / f"targets-{self.router.name}"
        path.write_text("".join(f"{address}\n" for address in addresses))
        return str(path)

    def flood(self, kind: str, addresses: list[str], packets: int, port: int = PORT) -> float:
        """Seconds for each packet. All that were sent came to the sink, or to a closed port none."""
        answers = kind == "answers"
        machine, device = (self.sink, "wire") if answers else (self.client, "wire")
        far, far_device = (self.client, "wire") if answers else (self.sink, "wire")
        before = received(far, far_device)
        out = machine.run(
            *PINNED, str(PROGRAMS / "flood"), device,
            self.from_sink if answers else self.to_router, kind, self.targets(addresses),
            str(port), str(packets), *SOURCES, timeout=120,
        )  # fmt: skip
        came = received(far, far_device) - before
        # Some neighbours' questions may be among them.
        right = came >= packets if port == PORT else came < 10
        assert right, f"{self.router.name}: {came} of {packets} came"
        return float(out) / 1e9

    def new_flows(self, addresses: list[str], packets: int) -> float:
        taken = self.flood("new", addresses, packets)
        self.forget()
        return taken

    def established(self, addresses: list[str], packets: int) -> float:
        self.flood("established", addresses, 64)
        self.flood("answers", addresses, 64)
        taken = self.flood("established", addresses, packets)
        self.forget()
        return taken

    def forget(self) -> None:
        """All flows."""
        self.router.run("conntrack", "-F")

    def serve(self) -> None:
        argv = [str(PROGRAMS / "connections"), "serve", str(PORT)]
        log = self.directory / f"served-{self.sink.name}"
        self.sink.call("spawn", argv=argv, log=str(log), env={})

    def connections(self, addresses: list[str], count: int) -> float:
        """Seconds for each; one that is refused is an error."""
        program = str(PROGRAMS / "connections")
        argv = (program, "open", self.targets(addresses), str(PORT), str(count))
        taken = float(self.client.run(*argv, timeout=120)) / 1e9
        self.forget()
        return taken


class ClusterLab(Lab):
    """A cluster host with the instances behind a plain interface; its nodes are never seen."""

    def __init__(self, settings: dict[str, str]) -> None:
        listen = {"NETCTL_ROLE": "cluster", "NETCTL_LISTEN": f"{CLUSTER}:{NODE_PORT}"}
        super().__init__(settings | listen, bridge_netfilter=0)
        self.host.ip("link", "del", "br0")
        self.host.ip("address", "add", f"{CLUSTER}/32", "dev", "lo")
        self.host.run(
            str(self.daemon.netctl), "pki", "init", "--host", CLUSTER,
            "--state-dir", str(self.daemon.state),
        )  # fmt: skip
        self.daemon.start()
        self.road = Road(self.client, self.host, self.nodes, self.directory)


class Peer:
    """A road with rules of somebody else's making."""

    def __init__(self, name: str) -> None:
        self.ends = ExitStack()
        self.directory = Path(self.ends.enter_context(TemporaryDirectory(prefix="netctl-bench-")))
        machines = [Machine(f"{name}-{part}") for part in ("client", "router", "sink")]
        for machine in machines:
            self.ends.callback(machine.close)
        client, router, sink = machines
        pair = "link add {} netns {} type veth peer name {} netns {}"
        ip(*pair.format("wire", client.name, "eth1", router.name).split())
        ip(*pair.format("eth0", router.name, "wire", sink.name).split())
        for machine, device, address in (
            (client, "wire", f"{CLIENT}/24"),
            (client, "wire", f"{CLIENT_OTHER}/24"),
            (router, "eth1", f"{HOST_PUBLIC}/24"),
        ):
            machine.ip("address", "add", address, "dev", device)
        for machine, device in ((client, "wire"), (router, "eth1"), (router, "eth0"), (sink, "wire")):
            machine.ip("link", "set", device, "up")
        self.road = Road(client, router, sink, self.directory)
        router.ip("route", "add", PRIVATE, "dev", "eth0")

    def close(self) -> None:
        self.ends.close()
