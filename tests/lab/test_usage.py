"""netctl usage: what instances and the outside exchanged, by whose it was, over changes and restarts."""

from __future__ import annotations

from typing import Any

import pytest
from lab.cloud import Cloud, permit_icmp, permit_tcp
from lab.guest import Guest
from lab.lab import CLIENT, Lab
from lab.probes import expect, ping, silent, tcp
from lab.timing import eventually

# It makes no difference to what is counted; what comes through is shown with both elsewhere.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

PING = 84  # bytes of a packet


def pings(lab: Lab, address: str, count: int) -> None:
    lab.client.run("ping", "-c", str(count), "-i", "0.05", "-W", "2", address)


class Meter:
    """Reads what is counted, until it is so much: a reading is a second old at most."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def lines(self, by: str = "instance") -> list[dict[str, Any]]:
        return list(self.cloud.rpc("usage.list", by=by)["usage"])

    def packets(self, by: str = "instance", **of: Any) -> tuple[int, int]:
        found = [
            (line["received_packets"], line["sent_packets"])
            for line in self.lines(by)
            if all(line[name] == value for name, value in of.items())
        ]
        return found[0] if found else (0, 0)

    def expect(self, count: int, by: str = "instance", **of: Any) -> None:
        shown: list[Any] = []

        def is_so() -> bool:
            shown[:] = [self.packets(by, **of)]
            return shown[0] == (count, count)

        eventually(f"{count} packets of {of}: {shown}", is_so, 5, every=0.2)


def alices(lab: Lab) -> Guest:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_icmp(), permit_tcp(22))
    return lab.boot("alice", "web", addressing="private")


def test_it_is_counted_by_whose_it_is(lab: Lab, cloud: Cloud) -> None:
    guest, meter = alices(lab), Meter(cloud)
    one, two = cloud.allocate("alice"), cloud.allocate("alice")
    cloud.associate("alice", one, guest.id)
    pings(lab, one, 5)
    cloud.associate("alice", two, guest.id, move=True)
    pings(lab, two, 3)
    meter.expect(8, instance_id=guest.id)
    meter.expect(5, by="address", address=one)
    meter.expect(3, by="address", address=two)
    meter.expect(8, by="account", owner="alice")
    (line,) = meter.lines()
    assert line["received_bytes"] == line["sent_bytes"] == 8 * PING
    # Not what is refused, nor what instances say to each other.
    other = lab.boot("alice", "web", addressing="private")
    expect(lab.client, silent(tcp(two, 23)))
    expect(other, ping(guest.address), tcp(guest.address, 22))
    expect(guest, ping(CLIENT))
    meter.expect(9, instance_id=guest.id)
    assert meter.packets(instance_id=other.id) == (0, 0)
    shown = lab.daemon.cli("usage", "--by", "address")
    assert "RECEIVED-BYTES" in shown and one in shown and two in shown
    assert "nobody" in lab.daemon.try_cli("usage", "--owner", "nobody").err


def test_it_is_kept_over_restarts_of_netctld_and_of_rules(lab: Lab, cloud: Cloud) -> None:
    guest, meter = alices(lab), Meter(cloud)
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    pings(lab, address, 4)
    lab.daemon.stop()
    pings(lab, address, 2)
    lab.daemon.start()
    meter.expect(6, instance_id=guest.id)
    lab.daemon.kill()
    lab.daemon.start()
    meter.expect(6, instance_id=guest.id)
    pings(lab, address, 1)
    meter.expect(7, instance_id=guest.id)
    lab.host.run("nft", "delete", "table", "ip", "netctl")
    eventually("it is back", lambda: "netctl" in lab.host.run("nft", "list", "tables", "ip"), 10)
    eventually("all is in force", lambda: cloud.plan() == [], 10)
    pings(lab, address, 2)
    meter.expect(9, instance_id=guest.id)
    lab.detach(guest)
    assert meter.packets(instance_id=guest.id) == (9, 9), "what ended is told for a while"


def test_a_damaged_file_is_named_and_left_alone(lab: Lab, cloud: Cloud) -> None:
    file = lab.daemon.state / "usage"
    lab.daemon.stop()
    file.write_text("netctl-usage 1\nused nonsense\nend\n")
    lab.daemon.start()
    problems = cloud.rpc("system.status")["problems"]
    assert [p["what"] for p in problems if p["object"] == "usage file"] == ["is damaged"], problems
    lab.daemon.stop()
    assert file.read_text() == "netctl-usage 1\nused nonsense\nend\n"
    file.unlink()
    lab.daemon.start()
