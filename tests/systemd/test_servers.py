"""The DHCP and the metadata server are units of their own, which netctld has systemd start."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from lab.shared_host import SharedHost
from lab.timing import eventually
from lab.unit import DHCP_UNIT, FILES, METADATA_SOCKET, METADATA_UNIT, UNIT, Unit

SERVERS = {"dhcp": DHCP_UNIT, "metadata": METADATA_UNIT}
URL = "http://169.254.169.254/latest/meta-data/instance-id"
LIMIT = 3.0  # of exposure


def pids(shared: SharedHost) -> dict[str, int]:
    status = shared.cloud.rpc("system.status")
    return {name: int(status[name]["pid"]) for name in SERVERS}


def main_pids(unit: Unit) -> dict[str, int]:
    return {name: int(unit.show("MainPID", server)) for name, server in SERVERS.items()}


def unit_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cgroup").read_text().strip().rsplit("/", 1)[-1]


def expect_own_units(shared: SharedHost, unit: Unit) -> dict[str, int]:
    """systemd and netctld mean the same processes. Their numbers."""
    told = pids(shared)
    assert {name: unit_of(pid) for name, pid in told.items()} == SERVERS
    eventually("systemd knows them", lambda: main_pids(unit) == told, 5, every=0.2)
    return told


def test_they_are_started_again_each_by_itself(shared: SharedHost, unit: Unit) -> None:
    before = expect_own_units(shared, unit)
    for name in SERVERS:
        shared.during(f"restart {name}", lambda name=name: unit.cli("restart", name))
        after = expect_own_units(shared, unit)
        assert {other for other in SERVERS if after[other] != before[other]} == {name}
        before = after
    assert unit.show("NRestarts", DHCP_UNIT) == "0"
    shared.expect_passing("both are started again")


def test_nobody_who_asks_for_metadata_is_refused_meanwhile(
    shared: SharedHost, unit: Unit
) -> None:
    asks = f"for i in $(seq 30); do curl -sf -m 30 -o /dev/null {URL} || echo $?; done"
    guest = subprocess.Popen(
        ("ip", "netns", "exec", shared.guest.name, "sh", "-c", asks),
        stdout=subprocess.PIPE,
        text=True,
    )
    for _ in range(3):
        unit.control("restart", METADATA_UNIT)
    failed = set(guest.communicate()[0].split())
    refused, late = "7", "28"  # curl(1), exit codes; what was being answered may end
    assert not failed & {refused, late}, failed
    eventually("netctld sees it", lambda: pids(shared) == main_pids(unit), 10, every=0.3)


def test_systemd_starts_them_while_netctld_is_down(shared: SharedHost, unit: Unit) -> None:
    before = pids(shared)
    unit.control("stop", UNIT)
    for pid in before.values():
        shared.host.run("kill", "-KILL", str(pid))
    eventually("a lease", shared.gets_a_lease, 10, every=0.5)
    eventually("metadata", shared.gets_metadata, 10, every=0.5)
    unit.start()
    after = expect_own_units(shared, unit)
    assert not set(after.values()) & set(before.values())
    shared.expect_passing("both were killed")


def test_systemd_starts_them_while_repairs_are_paused(shared: SharedHost, unit: Unit) -> None:
    """netctld, which starts none then, sees the new ones."""
    before = pids(shared)
    unit.cli("pause", "5m")
    for pid in before.values():
        shared.host.run("kill", "-KILL", str(pid))
    eventually("both serve", lambda: set(pids(shared).values()).isdisjoint({0, *before.values()}), 15)
    expect_own_units(shared, unit)
    unit.cli("resume")
    shared.expect_passing("a pause")


def test_one_that_is_stopped_by_hand_comes_back(shared: SharedHost, unit: Unit) -> None:
    """netctld has it started again, as it does a server that was killed."""
    for name, server in SERVERS.items():
        unit.control("stop", server)
        eventually(f"{name} serves", lambda server=server: is_active(unit, server), 10, every=0.3)
    shared.expect_passing("both were stopped")
    expect_own_units(shared, unit)


def is_active(unit: Unit, name: str) -> bool:
    return unit.show("ActiveState", name) == "active"


def test_those_of_a_version_without_units_are_taken_over(shared: SharedHost, unit: Unit) -> None:
    names = (DHCP_UNIT, METADATA_UNIT, METADATA_SOCKET)
    unit.control("stop", UNIT)  # first: it would have the others started again
    unit.control("stop", *names)
    for name in names:
        Path("/etc/systemd/system", name).unlink()
    unit.control("daemon-reload")
    unit.start()
    eventually("both serve", shared.passes, 10, every=0.5)
    former = pids(shared)
    assert {unit_of(pid) for pid in former.values()} == {UNIT}

    for name in names:
        Path("/etc/systemd/system", name).write_text((FILES / name).read_text())
    unit.control("daemon-reload")
    shared.during("upgrade", lambda: unit.control("restart", UNIT))
    assert unit.answers() and pids(shared) == former, "they serve on"
    for name in SERVERS:
        shared.during(f"restart {name}", lambda name=name: unit.cli("restart", name))
    after = expect_own_units(shared, unit)
    assert not set(after.values()) & set(former.values())
    left = shared.host.run("ps", "-eo", "args")
    assert len(re.findall(r"dnsmasq .*/run/netctl", left)) == 1, left
    shared.expect_passing("upgrade")


@pytest.mark.parametrize("name", sorted(file.name for file in FILES.glob("*.service")))
def test_none_exposes_much(unit: Unit, name: str) -> None:
    shown = unit.host.run("systemd-analyze", "security", "--no-pager", name, timeout=120)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", shown)
    assert found and float(found[1]) < LIMIT, shown[-300:]
