"""systemd-networkd with the interfaces that netctl uses, as docs/hosts/networkd.md has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.events import Events
from lab.lab import CLIENT, HOST_PUBLIC
from lab.shared_host import SharedHost
from lab.timing import eventually
from lab.unit import Unit

NETWORKD = "systemd-networkd.service"
FILES = Path("/run/systemd/network")
KEEP = "KeepConfiguration=static\nIgnoreCarrierLoss=yes\n"
KEEP_FOREIGN = """[Network]
ManageForeignRoutes=no
ManageForeignRoutingPolicyRules=no
"""


@pytest.fixture
def networkd(shared: SharedHost, unit: Unit) -> Iterator[Unit]:
    FILES.mkdir(exist_ok=True)
    yield unit
    unit.control("stop", "systemd-networkd.socket", NETWORKD)


def configure(keep: bool) -> None:
    extra = KEEP if keep else ""
    wire = f"[Match]\nName=eth1\n[Network]\nAddress={HOST_PUBLIC}/24\nGateway={CLIENT}\n{extra}"
    (FILES / "10-eth1.network").write_text(wire)
    bridge = f"[Match]\nName=br0\n[Network]\nLinkLocalAddressing=no\n{extra}"
    (FILES / "10-br0.network").write_text(bridge)
    foreign = Path("/run/systemd/networkd.conf.d/netctl.conf")
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text(KEEP_FOREIGN if keep else "")


def is_configured(shared: SharedHost) -> bool:
    states = shared.host.run("networkctl", "list", "--no-legend", "--no-pager").splitlines()
    return sum(line.split()[-1] == "configured" for line in states) == 2


def expect_configured(shared: SharedHost, unit: Unit, verb: str) -> None:
    unit.control(verb, NETWORKD)
    eventually("networkd has both", lambda: is_configured(shared), 10, every=0.3)


def test_without_settings_its_start_takes_what_netctl_puts_back(
    shared: SharedHost, networkd: Unit
) -> None:
    configure(keep=False)
    events = Events(shared.cloud.rpc)
    with shared.under_fire():
        expect_configured(shared, networkd, "start")
    for thing in (f"address br0 {shared.guest.gateway}", f"address eth1 {shared.guest.public}/32"):
        events.expect(thing, "add")
    shared.expect_passing("start")
    with shared.under_fire():
        expect_configured(shared, networkd, "restart")
        shared.host.run("networkctl", "reconfigure", "eth1", "br0")
    shared.expect_passing("restart")


def test_with_its_settings_it_leaves_all_alone(shared: SharedHost, networkd: Unit) -> None:
    configure(keep=True)
    since = shared.cloud.rpc("events.list")["last"]
    for verb in ("start", "restart"):
        shared.during(verb, lambda verb=verb: expect_configured(shared, networkd, verb))
    shared.during("stop", lambda: networkd.control("stop", NETWORKD))
    shared.expect_passing("stop")
    events = shared.cloud.rpc("events.list", since=since)["events"]
    assert [event for event in events if event["kind"] == "drift"] == []
