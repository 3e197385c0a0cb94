"""netctld may stop, die and come back at any moment: no packet notices, nothing is lost."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import Any

import pytest
from lab.cloud import Cloud, ingress, permit_tcp
from lab.guest import Guest
from lab.lab import Lab
from lab.probes import Flow, Hammer, expect, silent, tcp
from lab.rpc import Rpc, RpcError
from lab.timing import eventually, pause, seconds


def boot_web(lab: Lab) -> Guest:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22), permit_tcp(5201), permit_tcp(7000))
    return lab.boot("alice", "web")


def start_iperf(lab: Lab, guest: Guest, duration: int) -> int:
    guest.call("spawn", argv=["iperf3", "-s"], log=str(lab.directory / "iperf-server"), env={})
    pause(0.3)
    argv = f"iperf3 -J -i 0.1 -t {duration} -b 200M -c {guest.public}".split()
    log = lab.directory / "iperf-client"
    log.unlink(missing_ok=True)
    return int(lab.client.call("spawn", argv=argv, log=str(log), env={}))


def finish_iperf(lab: Lab, pid: int) -> list[float]:
    """Bits per second in each tenth of a second."""
    assert lab.client.call("wait", pid=pid, timeout=seconds(60)) == 0
    report = json.loads((lab.directory / "iperf-client").read_text())
    return [interval["sum"]["bits_per_second"] for interval in report["intervals"]]


def test_no_packet_notices_a_restart(lab: Lab, cloud: Cloud) -> None:
    guest = boot_web(lab)
    guest.serve_stream(tcp=[7000])
    stream = Flow(lab.client, "tcp", guest.public, 7000)
    iperf = start_iperf(lab, guest, duration=6)
    hammer = Hammer(lab.client, guest.public, 22)
    rules = rules_with_counters(lab)
    for _ in range(3):
        lab.daemon.kill()
        pause(0.2)
        lab.daemon.start()
        assert cloud.plan() == []
    lab.daemon.stop()
    pause(0.2)
    lab.daemon.start()
    assert cloud.plan() == []
    met = hammer.stop()
    assert list(met) == [f"open {guest.name}"], met
    assert sum(met.values()) > 200
    stream.assert_lives()
    assert min(finish_iperf(lab, iperf)) > 0
    assert rules_with_counters(lab) >= rules, "counters fell: rules were written anew"


def rules_with_counters(lab: Lab) -> int:
    """Packets that our first rules have counted so far."""
    text = lab.host.run("iptables-legacy-save", "-c", "-t", "filter")
    counted = [line for line in text.splitlines() if "-A NC_FORWARD" in line]
    return sum(int(line[1 : line.index(":")]) for line in counted)


def test_a_restart_has_nothing_to_do(lab: Lab, cloud: Cloud) -> None:
    boot_web(lab)
    for end in (lab.daemon.kill, lab.daemon.stop):
        end()
        lab.daemon.start()
        drift = [event for event in cloud.rpc("events.list")["events"] if event["kind"] == "drift"]
        assert drift == []
        assert "nothing to do" in lab.daemon.cli("plan")
        assert json.loads(lab.daemon.cli("--json", "plan"))["steps"] == []


def test_what_happened_meanwhile_is_made_good_at_start(lab: Lab, cloud: Cloud) -> None:
    guest = boot_web(lab)
    lab.daemon.kill()
    lab.host.run("iptables-legacy", "-F", "NC_FORWARD")
    lab.host.run("nft", "flush", "map", "ip", "netctl", "elastic")
    lab.host.ip("address", "del", f"{guest.public}/32", "dev", "eth1")
    lab.host.ip("link", "set", guest.device, "nomaster")
    lab.daemon.start()
    assert cloud.plan() == []
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))


def test_a_change_mends_tables_that_somebody_flushed(lab: Lab, cloud: Cloud) -> None:
    """As `systemctl reload nftables` does on a host whose file begins so."""
    guest = boot_web(lab)
    lab.host.run("nft", "flush", "ruleset")
    other = lab.boot("alice", "web")
    expect(lab.client, tcp(other.public, 22, server=other.name))
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))
    assert cloud.plan() == []


def test_a_device_that_appeared_meanwhile_is_plugged(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.new_guest()
    guest.instance = cloud.rpc(
        "instance.attach",
        instance_id=lab.new_id(),
        owner="alice",
        groups=["default"],
        device=guest.device,
    )
    lab.daemon.kill()
    guest.plug(guest.instance["mac"])
    lab.daemon.start()
    eventually("the port opens", lambda: cloud.instance(guest.id)["port"] == "open")
    assert guest.boot().ip == guest.address


@pytest.mark.parametrize(
    "damage",
    [
        "iptables-legacy -D FORWARD 1",
        "iptables-legacy -F NC_IN",
        "iptables-legacy -t nat -F NC_POSTROUTING",
        "nft delete element ip netctl elastic {{ {public} }}",
        "nft flush map ip netctl seen_as",
        "nft flush chain ip netctl postrouting",
        "nft delete table ip netctl",
        "ipset flush nc_open",
        "ip address del {public}/32 dev eth1",
        "ip address del {gateway}/27 dev {bridge}",
        "ip link set {device} nomaster",
    ],
)
def test_drift_is_found_repaired_and_reported(lab: Lab, cloud: Cloud, damage: str) -> None:
    guest = boot_web(lab)
    since = cloud.rpc("events.list")["last"]
    words = damage.format(
        public=guest.public, gateway=guest.gateway, device=guest.device, bridge=guest.bridge
    ).split()
    length = (
        lab.host.ip("-o", "-4", "address", "show", "dev", guest.bridge)
        .split(guest.gateway + "/")[1]
        .split()[0]
    )
    lab.host.run(*[word.replace("/27", f"/{length}") for word in words])
    cloud.rpc("system.reconcile")
    assert cloud.plan() == []
    assert any(e["kind"] == "drift" for e in cloud.rpc("events.list", since=since)["events"])
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))


class Commander(threading.Thread):
    """Gives commands until told to stop, and remembers those that were acknowledged."""

    def __init__(self, lab: Lab, round_number: int) -> None:
        super().__init__(daemon=True)
        self.rpc = Rpc(lab.daemon.socket)
        self.round_number = round_number
        self.acknowledged: list[str] = []
        self.stopping = False
        self.start()

    def run(self) -> None:
        for number in range(250):
            cidr = f"10.{self.round_number}.{number}.0/24"
            permission = permit_tcp(100 + number, cidrs=[cidr])
            try:
                self.rpc("group.authorize", owner="alice", group="web", permissions=[permission])
            except (OSError, RuntimeError, ValueError, RpcError):
                return
            except Exception as error:  # http.client's, when the daemon is killed in between
                assert (
                    "Remote" in type(error).__name__ or "Incomplete" in type(error).__name__
                ), error
                return
            self.acknowledged.append(cidr)
            if self.stopping:
                return


def allowed_cidrs(cloud: Cloud) -> set[str]:
    group: dict[str, Any] = cloud.rpc("group.describe", owner="alice", group="web")["groups"][0]
    return {cidr for permission in ingress(group) for cidr in permission["cidrs"]}


def test_what_was_acknowledged_survives_a_kill_at_any_moment(lab: Lab, cloud: Cloud) -> None:
    guest = boot_web(lab)
    chance = random.Random(4711)
    acknowledged: set[str] = set()
    for round_number in range(12):
        commander = Commander(lab, round_number)
        time.sleep(chance.uniform(0.005, 0.25))
        lab.daemon.kill()
        commander.join()
        acknowledged |= set(commander.acknowledged)
        lab.daemon.start()
        assert acknowledged <= allowed_cidrs(cloud)
        assert cloud.plan() == []
    assert len(acknowledged) > 20, "hardly a command got through: the test says little"
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))


def test_a_kill_while_instances_come_and_go(lab: Lab, cloud: Cloud) -> None:
    guest = boot_web(lab)
    hammer = Hammer(lab.client, guest.public, 22)
    chance = random.Random(815)
    for _ in range(5):
        others = [lab.attach(lab.new_guest(), "alice", "web") for _ in range(2)]
        rpc = Rpc(lab.daemon.socket)
        thread = threading.Thread(
            target=detach_quietly, args=(rpc, [other.id for other in others]), daemon=True
        )
        thread.start()
        time.sleep(chance.uniform(0.0, 0.03))
        lab.daemon.kill()
        thread.join()
        lab.daemon.start()
        assert cloud.plan() == []
        for other in others:
            lab.cloud.change("instance.detach", instance_id=other.id)
            lab.discard(other)
    met = hammer.stop()
    assert list(met) == [f"open {guest.name}"], met


def detach_quietly(rpc: Rpc, instances: list[str]) -> None:
    """Detaches as long as there is a daemon."""
    try:
        for instance in instances:
            rpc("instance.detach", instance_id=instance)
    except (
        Exception
    ):  # pylint: disable=broad-except  # the daemon is killed meanwhile: any end will do
        return
