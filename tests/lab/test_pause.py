"""Repairs that are held back, and waiting until all is in force."""

from __future__ import annotations

from lab.cloud import Cloud, permit_tcp
from lab.daemon import NETCTL
from lab.lab import Lab
from lab.machine import Ran
from lab.probes import expect, silent, tcp
from lab.timing import eventually, pause


def wait(lab: Lab, timeout: int) -> Ran:
    words = ("--socket", str(lab.daemon.socket), "wait", "--in-force", "--timeout", str(timeout))
    return lab.host.try_run(str(NETCTL), *words, timeout=60)


def test_repairs_are_paused_and_commands_are_not(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    assert "paused_until" in lab.daemon.cli("pause", "10m")
    try:
        assert cloud.rpc("system.status")["paused_until"] is not None
        lab.host.ip("link", "set", guest.device, "nomaster")
        cloud.authorize("alice", "web", permit_tcp(7000))
        other = lab.new_guest()
        asked = {"instance_id": lab.new_id(), "device": other.device}
        other.instance = cloud.rpc("instance.attach", owner="alice", groups=["web"], **asked)
        other.plug(other.instance["mac"])
        eventually("it is plugged", lambda: cloud.instance(other.id)["port"] == "open")
        other.boot()
        expect(lab.client, tcp(other.public, 7000, server=other.name), silent(tcp(guest.public, 22)))
        pause(0.5)
        assert any(guest.device in step["object"] for step in cloud.plan())
    finally:
        lab.daemon.cli("pause", "0")
    assert cloud.rpc("system.status")["paused_until"] is None
    assert cloud.plan() == []
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    events = [e for e in cloud.rpc("events.list")["events"] if e["object"] == "repairs"]
    assert [e["message"] for e in events][-2:] == ["are paused for 600 s", "go on"]


def test_waiting_ends_when_all_is_in_force(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.new_guest()
    asked = {"instance_id": lab.new_id(), "device": guest.device}
    guest.instance = cloud.rpc("instance.attach", owner="alice", groups=["default"], **asked)
    late = wait(lab, timeout=1)
    assert late.code == 1 and guest.device in late.err, late
    guest.plug(guest.instance["mac"])
    assert wait(lab, timeout=30).code == 0
    lab.daemon.kill()
    assert wait(lab, timeout=0).code == 1
    lab.daemon.launch()
    assert wait(lab, timeout=30).code == 0
