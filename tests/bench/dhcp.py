"""The guests of a cloud boot, each on a network of its own: some at a time, and all at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.measure import PRODUCT, Act, Measurement, Scale, in_turns
from bench.road import ClusterLab
from bench.scale import SETTINGS, BigCloud
from lab.cloud import Cloud
from lab.ec2 import PYTHON

ROUNDS = 3
#: What dnsmasq's socket holds.
AT_A_TIME = 32
BOOT = Path(__file__).with_name("dhcp_boot.py")


class Booting:
    """So many networks with one instance each, behind one device."""

    def __init__(self, guests: int) -> None:
        self.lab = ClusterLab(SETTINGS)
        try:
            big = BigCloud(self.lab, guests, guests, guests, away=True)
            self.expected = dict(zip(big.macs, big.addresses, strict=True))
        except BaseException:
            self.lab.close()
            raise

    def boot(self, at_a_time: int) -> float:
        """Seconds till all have booted. Every one has its own address, none another's."""
        command = (PYTHON, str(BOOT), "wire", str(at_a_time), *self.expected)
        result = json.loads(self.lab.nodes.run(*command, timeout=120))
        assert result["leases"] == self.expected
        return float(result["seconds"])

    def let_perfdhcp_ask(self) -> None:
        """It asks as a relay does, for whom answers go to a server's port. The firewall lets in who
        asks from an instance's address and a client's port, so that the answers are led to that."""
        sink, cloud = self.lab.nodes, self.lab.cloud
        instance = cloud.rpc("instance.describe", limit=1)["instances"][0]
        self.relay, self.server = instance["private_ip"], gateway_of(cloud, instance["tag"])
        sink.ip("address", "add", f"{self.relay}/32", "dev", "wire")
        sink.ip("route", "add", f"{self.server}/32", "dev", "wire")
        sink.run(*"iptables-legacy -t raw -F PREROUTING".split())
        sink.run(
            *"iptables-legacy -t nat -A PREROUTING -p udp --dport 67 -j REDIRECT --to-ports 68".split()
        )
        self.macs = self.lab.directory / "macs"
        self.macs.write_text("".join(f"{mac}\n" for mac in self.expected))

    def answers(self) -> float:
        """Seconds that the server takes for a guest's two answers, by perfdhcp, in no haste."""
        count = str(len(self.expected))
        report = self.lab.nodes.run(
            "perfdhcp", "-4", "-L", "68", "-l", self.relay, "-M", str(self.macs), "-R", count,
            "-n", count, "-r", "150", "-W", "100000", self.server, timeout=60,
        )  # fmt: skip
        for fault in ("drops", "rejected leases", "non unique addresses"):
            assert re.findall(rf"^{fault}: (\d+)$", report, re.MULTILINE) == ["0", "0"], report
        delays = re.findall(r"avg delay: ([0-9.]+) ms", report)
        assert len(delays) == 2, report
        return sum(map(float, delays)) / 1000

    def close(self) -> None:
        self.lab.close()


def gateway_of(cloud: Cloud, tag: int) -> str:
    networks = cloud.rpc("network.describe")["networks"]
    return str(next(network["gateway"] for network in networks if network["tag"] == tag))


def boots(many: int, few: int) -> Iterator[Measurement]:
    scale = Scale(many, "networks with a guest each")
    with closing(Booting(many)) as all_of_them, closing(Booting(few)) as some:
        size = f"{many} guests on as many networks"
        acts = {
            PRODUCT: Act(lambda _: all_of_them.boot(AT_A_TIME) / many),
            f"{PRODUCT}, {few} guests": Act(lambda _: some.boot(AT_A_TIME) / few, bar="<= 2"),
        }
        yield in_turns("boot by DHCP, a guest", size, ROUNDS, acts, scale)
        at_once = {PRODUCT: Act(lambda _: all_of_them.boot(many))}
        yield in_turns("boot by DHCP, all at once", size, ROUNDS, at_once, scale)
        for booting in (all_of_them, some):
            booting.let_perfdhcp_ask()
        acts = {
            PRODUCT: Act(lambda _: all_of_them.answers()),
            f"{PRODUCT}, {few} guests": Act(lambda _: some.answers()),
        }
        yield in_turns("DHCP answers by perfdhcp, a guest", size, ROUNDS, acts, scale)


def run(quick: bool) -> Iterator[Measurement]:
    for many in (50,) if quick else (100, 1000):
        yield from boots(many, 10)
