"""What others do to what is ours is heard or found, repaired in time, and told as an event.

One running lab; each row of the table is one tampering. Packets decide: a connection that must pass
passes again within the limit, and packets that must not pass are counted at the guest.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.daemon import NETCTL
from lab.events import Events
from lab.guest import Guest
from lab.lab import HOST_PUBLIC, Lab
from lab.machine import Machine
from lab.probes import Flow, Hammer, Sniff, expect, silent, tcp
from lab.timing import eventually, seconds

# Seconds until all is right again: where the kernel tells, and where it is asked once a second.
TOLD = 1.0
ASKED = 2.0

OPEN, STREAM, WIDE, CLOSED = 22, 7000, 8080, 23


@dataclass
class Scene:
    """A cloud with an instance that anybody may reach at some ports."""

    lab: Lab
    guest: Guest
    flow: Flow

    @property
    def host(self) -> Machine:
        return self.lab.host

    def run(self, lines: str) -> None:
        """Programs, a line each; `{...}` are of the scene."""
        words = {
            "device": self.guest.device,
            "public": self.guest.public,
            "private": self.guest.address,
            "gateway": self.guest.gateway,
            "length": str(IPv4Network(f"0.0.0.0/{self.guest.instance['netmask']}").prefixlen),
            "run": str(self.lab.daemon.run_dir),
            "mac": self.guest.instance["mac"],
        }
        for line in lines.strip().splitlines():
            self.host.run("sh", "-c", line.strip().format(**words))


@dataclass(frozen=True)
class Tampering:
    """What somebody does, the object that an event must name, and how it stands with packets."""

    name: str
    lines: str
    object: str
    limit: float = ASKED
    after: str = ""  # what the somebody takes back himself
    # Packets may come in until it is repaired: no wall can hold these.
    leaks: bool = False


XTABLES = [
    Tampering("filter-flushed", "iptables-legacy -F", "chain filter"),
    Tampering("nat-flushed", "iptables-legacy -t nat -F", "chain nat"),
    Tampering(
        "all-flushed",
        "iptables-legacy -F; iptables-legacy -X; iptables-legacy -t nat -F; iptables-legacy -t nat -X",
        "chain filter",
    ),
    Tampering(
        "restored-from-a-file",
        "printf '*filter\\n:FORWARD ACCEPT\\nCOMMIT\\n' | iptables-legacy-restore",
        "chain filter",
    ),
    Tampering(
        "jump-deleted",
        "iptables-legacy -D FORWARD -j NC_FORWARD",
        "chain filter FORWARD",
    ),
    Tampering(
        "foreign-rule-before-ours",
        "iptables-legacy -I FORWARD -j ACCEPT",
        "chain filter FORWARD",
        after="iptables-legacy -D FORWARD -j ACCEPT",
    ),
    Tampering(
        "own-chain-flushed",
        "iptables-legacy -F NC_FORWARD",
        "chain filter NC_FORWARD",
    ),
    Tampering(
        "rule-added-to-ours",
        "iptables-legacy -I NC_FORWARD -j ACCEPT",
        "chain filter NC_FORWARD",
        leaks=True,
    ),
    Tampering("set-flushed", "ipset flush nc_open", "set nc_open"),
    Tampering("member-deleted", "ipset del nc_open {private},tcp:22", "set nc_open"),
    Tampering("member-added", "ipset add nc_open {private},tcp:23", "set nc_open", leaks=True),
    Tampering(
        "sets-destroyed",
        # A repair between the two makes a set busy again: all is tried anew.
        """for try in 1 2 3 4 5; do iptables-legacy -F; iptables-legacy -X; iptables-legacy -t nat -F; iptables-legacy -t nat -X; for s in $(ipset list -n | grep ^nc_); do ipset destroy $s || continue 2; done; exit 0; done; exit 1""",
        "set nc_open",
    ),
]

NFT = [
    Tampering("ruleset-flushed", "nft flush ruleset", "nat", TOLD),
    Tampering("nat-table-deleted", "nft delete table ip netctl", "nat", TOLD),
    Tampering("guards-deleted", "nft delete table bridge netctl", "guard", TOLD),
    Tampering("elements-deleted", "nft flush map ip netctl elastic", "nat", TOLD),
    Tampering("guards-flushed", "nft flush table bridge netctl", "guard", TOLD),
]

LINKS = [
    Tampering("public-address", "ip address del {public}/32 dev eth1", "{public}", TOLD),
    Tampering("gateway-address", "ip address del {gateway}/{length} dev br0", "{gateway}", TOLD),
    Tampering(
        "route-to-a-network", "ip route del $(ip -o route show dev br0 src {gateway}) dev br0", "{gateway}", TOLD
    ),
    Tampering("port-unplugged", "ip link set {device} nomaster", "port {device}", TOLD),
    Tampering("port-down", "ip link set {device} down", "port {device}", TOLD),
    Tampering("forwarding-off", "sysctl -qw net.ipv4.ip_forward=0", "ip_forward", TOLD),
    Tampering(
        "forwarding-off-outside",
        "sysctl -qw net.ipv4.conf.eth1.forwarding=0",
        "net.ipv4.conf.eth1.forwarding",
        TOLD,
    ),
    Tampering(
        "forwarding-off-inside",
        "sysctl -qw net.ipv4.conf.br0.forwarding=0",
        "net.ipv4.conf.br0.forwarding",
        TOLD,
    ),
    Tampering("filter-deleted", "tc filter del dev eth0 ingress", "redirect eth0", TOLD),
    Tampering("qdisc-deleted", "tc qdisc del dev eth0 clsact", "redirect eth0", TOLD),
    Tampering(
        "bridge-made-anew",
        """ip link del br0
        ip link add br0 address $(cat /sys/class/net/eth0/address) type bridge
        ip link set eth0 master br0
        ip link set br0 up""",
        "{gateway}",
        TOLD,
    ),
]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    # With other hosts, since only then frames go past the bridge by a filter.
    with Lab({"NETCTL_LISTEN": f"{HOST_PUBLIC}:8776"}) as lab:
        state = ["--state-dir", str(lab.daemon.state)]
        lab.host.run(str(NETCTL), "pki", "init", "--host", HOST_PUBLIC, *state)
        lab.daemon.start()
        lab.cloud.account("alice")
        lab.cloud.group(
            "alice", "web", permit_tcp(OPEN), permit_tcp(STREAM), permit_tcp(1000, 9000)
        )
        guest = lab.boot("alice", "web")
        guest.serve_stream(tcp=[STREAM])
        yield Scene(lab, guest, Flow(lab.client, "tcp", guest.public, STREAM))


def wrongly_passed(frames: list[bytes]) -> int:
    """TCP segments to the port that nobody may reach."""
    port = CLOSED.to_bytes(2, "big")
    return sum(
        1
        for frame in frames
        if frame[12:14] == b"\x08\x00" and frame[23] == 6 and frame[14 + 20 + 2 : 14 + 20 + 4] == port
    )


def is_right(scene: Scene) -> bool:
    """Nothing is left to do, and packets go."""
    wanted = [tcp(scene.guest.public, OPEN), tcp(scene.guest.public, WIDE)]
    requests = [{**probe.request(), "timeout": 0.2} for probe in wanted]
    answers = scene.lab.client.call("probe", probes=requests)
    return all(answer["verdict"] == "open" for answer in answers) and not scene.lab.cloud.plan()


def drift(scene: Scene, since: int, what: str) -> list[dict[str, Any]]:
    events = scene.lab.cloud.rpc("events.list", since=since)["events"]
    return [event for event in events if event["kind"] == "drift" and what in event["object"]]


def told(scene: Scene, since: int, what: str) -> list[dict[str, Any]]:
    """As drift; or as not in force, where a pass for news of devices came before the repair."""
    events = scene.lab.cloud.rpc("events.list", since=since)["events"]
    return [event for event in events if what in event["object"]]


def repaired(scene: Scene, do: Callable[[], None], what: str, limit: float) -> None:
    """It is told, and right again in time; the flow lives."""
    since = scene.lab.cloud.rpc("events.list")["last"]
    begin = time.monotonic()
    do()
    eventually(f"an event of {what}", lambda: told(scene, since, what), limit + 0.5)
    # The limit is the repair's; the probes and the look that find it out take their time too.
    eventually("all is right again", lambda: is_right(scene), limit + 0.5)
    assert time.monotonic() - begin < seconds(limit + 1.0)
    scene.flow.assert_lives()


@pytest.mark.parametrize("what", XTABLES + NFT + LINKS, ids=lambda what: what.name)
def test_tampering(scene: Scene, what: Tampering) -> None:
    hammers = [
        Hammer(scene.lab.client, scene.guest.public, CLOSED, timeout=0.05) for _ in range(4)
    ]
    with Sniff(scene.guest, "eth0") as sniff:
        named = what.object.format(
            device=scene.guest.device, public=scene.guest.public, gateway=scene.guest.gateway
        )
        repaired(scene, lambda: scene.run(what.lines), named, what.limit)
        if what.after:
            scene.run(what.after)
        passed = wrongly_passed(sniff.frames(outgoing=False))
    for hammer in hammers:
        hammer.stop()
    if not what.leaks:
        assert passed == 0, f"{passed} packets passed that must not"
    expect(
        scene.lab.client, tcp(scene.guest.public, OPEN), silent(tcp(scene.guest.public, CLOSED))
    )


def test_a_bridge_with_another_mac_is_named(scene: Scene) -> None:
    """Its MAC is the administrator's, who is told what to do; all works but what needs it."""
    rpc = scene.lab.cloud.rpc
    before = str(scene.host.call("read", path="/sys/class/net/br0/address")).strip()

    def left() -> list[dict[str, Any]]:
        return list(rpc("system.status")["not_in_force"])

    scene.host.ip("link", "set", "br0", "address", "02:00:00:00:00:99")
    remedy = f"ip link set br0 address {before}"

    def is_named() -> bool:
        return any(
            entry["object"] == "redirect eth0" and remedy in entry["reason"] for entry in left()
        )

    # What else is not in force meanwhile is of no interest here.
    eventually("it is named", is_named, TOLD)
    scene.host.ip("link", "set", "br0", "address", before)
    eventually("it is in force", lambda: not left(), TOLD)
    eventually("packets go", lambda: is_right(scene), 5)


def test_a_renamed_port_is_guarded_and_goes_on(scene: Scene) -> None:
    device, other = scene.guest.device, "foo2"

    def rename(before: str, after: str) -> None:
        since = scene.lab.cloud.rpc("events.list")["last"]
        scene.host.ip("link", "set", before, "name", after)
        eventually("the guard follows", lambda: drift(scene, since, f"guard {after}"), TOLD)
        assert scene.lab.cloud.plan() == []

    rename(device, other)
    expect(scene.lab.client, tcp(scene.guest.public, OPEN))
    assert scene.lab.cloud.instance(scene.guest.id)["port"] == "open"
    # It is guarded under its new name: another address than its own does not get out.
    scene.guest.ip("address", "add", "192.168.77.7/32", "dev", "eth0")
    with Sniff(scene.host, "br0") as sniff:
        scene.guest.try_run("ping", "-c", "1", "-W", "1", "-I", "192.168.77.7", scene.guest.gateway)
        forged = bytes([192, 168, 77, 7])
        assert not [frame for frame in sniff.frames() if forged in frame]
    scene.guest.ip("address", "del", "192.168.77.7/32", "dev", "eth0")
    scene.lab.daemon.kill()
    scene.lab.daemon.start()
    assert scene.lab.cloud.plan() == []
    expect(scene.lab.client, tcp(scene.guest.public, OPEN))
    rename(other, device)
    expect(scene.lab.client, tcp(scene.guest.public, OPEN), silent(tcp(scene.guest.public, CLOSED)))


def dhcp_pid(scene: Scene) -> int:
    dhcp = scene.lab.cloud.rpc("system.status")["dhcp"]
    return int(dhcp["pid"]) if dhcp["running"] else 0


@pytest.mark.parametrize(
    # Another one has to start, too.
    "number, limit",
    [(signal.SIGKILL, 3 * TOLD), (signal.SIGSTOP, 6.0)],
    ids=["killed", "stopped"],
)
def test_a_dhcp_server_that_does_not_serve_is_replaced(
    scene: Scene, number: signal.Signals, limit: float
) -> None:
    before = dhcp_pid(scene)
    events = Events(scene.lab.daemon.rpc)
    scene.host.run("kill", f"-{number.value}", str(before))
    eventually("another server", lambda: dhcp_pid(scene) not in (0, before), limit)
    events.expect("dhcp server", "started again")
    lab = scene.lab
    lab.detach(lab.boot("alice", "web"))


FILES = {
    "host-edited": ("sed -i s/{private}/10.255.0.99/ {run}/dhcp/hosts/*", "dhcp host", TOLD),
    "hosts-removed": ("rm -r {run}/dhcp/hosts", "dhcp host", TOLD),
    "configuration-edited": ("echo port=53 >> {run}/dhcp/dnsmasq.conf", "dhcp server", TOLD),
    "socket-removed": ("rm {run}/netctl.sock", "socket", ASKED),
    "run-directory-removed": ("mv {run} {run}.gone", "dhcp host", ASKED),
}


@pytest.mark.parametrize("case", FILES)
def test_files(scene: Scene, case: str) -> None:
    """They are made again, and the server has read them: another guest gets its lease."""
    lines, what, limit = FILES[case]
    lab = scene.lab
    since = lab.cloud.rpc("events.list")["last"]
    lab.daemon.rpc.close()
    scene.run(lines)

    def told() -> bool:
        try:
            return bool(drift(scene, since, what)) and not lab.cloud.plan()
        except OSError:
            lab.daemon.rpc.close()
            return False

    eventually(f"drift of {what}", told, limit + 0.5)
    lab.detach(lab.boot("alice", "web"))


def test_a_fight_is_slowed_and_named(scene: Scene) -> None:
    """Somebody takes an address away as often as it is put back."""
    events = Events(scene.lab.daemon.rpc)
    address = f"{scene.guest.public}/32"
    loop = f"while :; do ip address del {address} dev eth1 2>/dev/null; sleep 0.05; done"
    log = str(scene.lab.directory / "fight.log")
    pid = scene.host.call("spawn", argv=["sh", "-c", loop], log=log, env={})
    try:
        events.expect(scene.guest.public, "another program", "once in 30 s", within=20)
        since = scene.lab.cloud.rpc("events.list")["last"]
        time.sleep(seconds(2))
        assert len(drift(scene, since, scene.guest.public)) <= 1
    finally:
        scene.host.call("signal", pid=pid, number=int(signal.SIGKILL))
        scene.host.call("wait", pid=pid, timeout=5)
    # Who asks for it has it at once.
    scene.lab.cloud.rpc("system.reconcile")
