"""The guests of a cloud boot, each on a network of its own: some at a time, and all at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.measure import PRODUCT, Act, Measurement, Scale, in_turns
from bench.road import ClusterLab
from bench.scale import SETTINGS, BigCloud
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

    def close(self) -> None:
        self.lab.close()


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


def run(quick: bool) -> Iterator[Measurement]:
    for many in (50,) if quick else (100, 1000):
        yield from boots(many, 10)
