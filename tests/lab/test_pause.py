"""Repairs that are held back, and waiting until all is in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab.cloud import Cloud, permit_tcp
from lab.events import Events
from lab.guest import Guest
from lab.lab import HOST_PUBLIC, Lab
from lab.machine import Ran
from lab.probes import expect, ping, silent, tcp
from lab.timing import eventually, pause, seconds

NO_DAEMON, NOT_HEALTHY = 3, 4  # exit statuses
LONG_ENOUGH = 3  # seconds, in which all that is tampered with is repaired otherwise


def wait(lab: Lab, timeout: int) -> Ran:
    return lab.daemon.try_cli("wait", "--in-force", "--timeout", str(timeout))


def paused(cloud: Cloud) -> dict[str, Any]:
    """The problem as long as the pause lasts."""
    problems = cloud.rpc("system.status")["problems"]
    return next((each for each in problems if each["object"] == "repairs"), {})


@pytest.fixture
def guest(lab: Lab, cloud: Cloud) -> Guest:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    return lab.boot("alice", "web")


@pytest.fixture
def pause_for_long(lab: Lab, guest: Guest) -> Iterator[None]:
    lab.daemon.cli("pause", "10m")
    yield
    lab.daemon.cli("resume")
    eventually("all is repaired", lambda: lab.cloud.plan() == [])


def tamper(lab: Lab, guest: Guest) -> None:
    """A port, a rule, a set, an nft table, an address, both servers."""
    status = lab.cloud.rpc("system.status")
    lab.host.ip("link", "set", guest.device, "nomaster")
    lab.host.run("iptables-legacy", "-F", "NC_ROUTED")
    lab.host.run("ipset", "flush", "nc_open")
    lab.host.run("nft", "delete", "table", "ip", "netctl")
    lab.host.ip("address", "del", f"{guest.public}/32", "dev", "eth1")
    for server in ("dhcp", "metadata"):
        lab.host.run("kill", "-9", str(status[server]["pid"]))


def test_what_others_change_stays_while_repairs_are_paused(
    lab: Lab, cloud: Cloud, guest: Guest, pause_for_long: None
) -> None:
    assert cloud.rpc("system.status")["paused_until"] is not None
    assert paused(cloud)["remedy"] == "netctl resume"
    events = Events(lab.daemon.rpc)
    tamper(lab, guest)
    pause(LONG_ENOUGH)
    status = cloud.rpc("system.status")
    assert not status["dhcp"]["running"] and not status["metadata"]["running"]
    assert guest.public not in lab.host.ip("address")
    assert "NC_" in lab.host.run("iptables-legacy", "-S", "FORWARD")
    assert "-A NC_ROUTED" not in lab.host.run("iptables-legacy", "-S", "NC_ROUTED")
    assert "master" not in lab.host.ip("link", "show", guest.device)
    expect(lab.client, silent(tcp(guest.public, 22)))
    # It is noticed all the same, and told.
    for area in ("links", "table filter", "sets", "addresses", "nft nat", "dhcp", "metadata"):
        events.expect(area, "stays so while repairs are paused")
        assert area in paused(cloud)["consequence"]
    assert any(guest.device in step["object"] for step in cloud.plan())
    lab.daemon.cli("resume")
    assert cloud.rpc("system.status")["paused_until"] is None and not paused(cloud)
    eventually("all is repaired", lambda: cloud.plan() == [])
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))
    expect(guest, ping(guest.gateway))


def test_a_silent_server_is_left_alone_while_repairs_are_paused(
    lab: Lab, cloud: Cloud, guest: Guest, pause_for_long: None
) -> None:
    pid = cloud.rpc("system.status")["dhcp"]["pid"]
    lab.host.run("kill", "-STOP", str(pid))
    pause(LONG_ENOUGH + 2)
    assert cloud.rpc("system.status")["dhcp"]["pid"] == pid
    lab.daemon.cli("resume")

    def another() -> bool:
        server = cloud.rpc("system.status")["dhcp"]
        return server["running"] and server["pid"] != pid

    eventually("another server answers", another)


def test_commands_and_machines_go_on_while_repairs_are_paused(
    lab: Lab, cloud: Cloud, guest: Guest, pause_for_long: None
) -> None:
    cloud.authorize("alice", "web", permit_tcp(7000))
    other = lab.new_guest()
    asked = {"instance_id": lab.new_id(), "device": other.device}
    other.instance = cloud.rpc("instance.attach", owner="alice", groups=["web"], **asked)
    other.plug(other.instance["mac"])
    eventually("it is plugged", lambda: cloud.instance(other.id)["port"] == "open")
    other.boot()
    other.serve(tcp=[7000])
    expect(lab.client, tcp(other.public, 7000, server=other.name), silent(tcp(other.public, 23)))
    # A machine that is started anew gets another device of the same name.
    other.power_off()
    other.unplug()
    eventually("it is off", lambda: cloud.instance(other.id)["port"] == "waiting")
    other.plug(other.instance["mac"])
    eventually("it is plugged", lambda: cloud.instance(other.id)["port"] == "open")
    other.boot()
    expect(lab.client, tcp(other.public, 22, server=other.name), silent(tcp(other.public, 23)))


def test_a_pause_ends_by_itself(lab: Lab, cloud: Cloud, guest: Guest) -> None:
    events = Events(lab.daemon.rpc)
    lab.daemon.cli("pause", f"{round(seconds(LONG_ENOUGH))}s")
    lab.host.ip("link", "set", guest.device, "nomaster")
    pause(1)
    expect(lab.client, silent(tcp(guest.public, 22)))
    eventually("it is over", lambda: not paused(cloud), within=LONG_ENOUGH + 2)
    eventually("all is repaired", lambda: cloud.plan() == [], within=3)
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    events.expect("repairs", "problem ended")


def test_waiting_ends_when_all_is_in_force(lab: Lab, cloud: Cloud, guest: Guest) -> None:
    assert wait(lab, timeout=0).code == 0
    off = lab.new_guest()
    cloud.rpc(
        "instance.attach", owner="alice", groups=["web"], instance_id=lab.new_id(), device=off.device
    )
    assert wait(lab, timeout=0).code == 0, "a machine that is off is waited for"
    lab.daemon.kill()
    assert wait(lab, timeout=0).code == NO_DAEMON
    lab.host.ip("link", "set", "eth1", "netns", lab.office.name)
    lab.daemon.start()
    try:
        late = wait(lab, timeout=1)
        assert late.code == NOT_HEALTHY and "interface eth1" in late.err, late
    finally:
        lab.office.ip("link", "set", "eth1", "netns", lab.host.name)
        lab.host.ip("link", "set", "eth1", "up")
        lab.host.ip("address", "add", f"{HOST_PUBLIC}/24", "dev", "eth1")
    assert wait(lab, timeout=30).code == 0
    assert lab.daemon.try_cli("wait").code == 2
