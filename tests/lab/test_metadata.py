"""What instances are told of themselves at 169.254.169.254, and that nobody else is."""

from __future__ import annotations

import base64
import json
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Self

import pytest

from lab.cloud import Cloud
from lab.daemon import NETCTL
from lab.events import Events
from lab.guest import Guest
from lab.lab import CLIENT, HOST_OFFICE, HOST_PUBLIC, Lab
from lab.machine import Machine
from lab.metadata import ADDRESS, NO_ANSWER, ask, read, token, with_token
from lab.nodes import NodeLab
from lab.probes import Sniff, expect, silent, tcp
from lab.timing import eventually

USER_DATA = bytes(range(256)) * 64  # EC2's 16 KiB
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB lab"
HOLD_MANY = f"""
import socket, time
held = [socket.create_connection(("{ADDRESS}", 80)) for _ in range(1500)]
time.sleep(60)
"""
NOT_HEALTHY = 4  # netctl's exit status
HERE = Path(__file__).parent


def items(guest: Guest, path: str = "") -> dict[str, str]:
    """All items below a path of meta-data, by the listings."""
    found: dict[str, str] = {}
    for name in read(guest, path).splitlines():
        below = path + (name if path != "public-keys/" else name.split("=")[0] + "/")
        found |= items(guest, below) if below.endswith("/") else {below: read(guest, below)}
    return found


def test_an_instance_reads_what_it_was_attached_with(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "closed")
    attributes = {
        "ami-id": "emi-1",
        "ami-launch-index": "3",
        "instance-type": "m1.small",
        "kernel-id": "eki-1",
        "key-name": "mine",
        "public-keys/0/openssh-key": KEY,
        "ramdisk-id": "eri-1",
        "reservation-id": "r-1",
    }
    user_data = base64.b64encode(USER_DATA).decode()
    guest = lab.boot("alice", "closed", attributes=attributes, user_data=user_data)
    mac, group = guest.instance["mac"], guest.instance["groups"][0]["group_id"]
    host = f"{guest.leases()[-1].hostname}.{guest.leases()[-1].domain}"
    own = {
        "hostname": host,
        "instance-action": "none",
        "instance-id": guest.id,
        "instance-life-cycle": "on-demand",
        "local-hostname": host,
        "local-ipv4": guest.address,
        "mac": mac,
        "placement/availability-zone": "cluster0",
        "placement/region": "netctl",
        "public-hostname": guest.public,
        "public-ipv4": guest.public,
        "security-groups": "closed",
    }
    interface = {
        "device-number": "0",
        f"ipv4-associations/{guest.public}": guest.address,
        "local-hostname": host,
        "local-ipv4s": guest.address,
        "mac": mac,
        "owner-id": guest.instance["owner_id"],
        "public-hostname": guest.public,
        "public-ipv4s": guest.public,
        "security-group-ids": group,
        "security-groups": "closed",
        "subnet-ipv4-cidr-block": str(ip_network(f"{guest.address}/27", strict=False)),
    }
    below = f"network/interfaces/macs/{mac}/"
    del attributes["key-name"]  # is how the key is called
    expected = own | attributes | {below + name: value for name, value in interface.items()}
    assert items(guest) == expected
    assert read(guest, "public-keys/") == "0=mine"
    assert ask(guest, "latest/meta-data/spot").status == 404
    assert "2009-04-04" in ask(guest, "").body.splitlines()
    assert ask(guest, "2009-04-04/meta-data/ami-id").body == "emi-1"
    document = json.loads(ask(guest, "latest/dynamic/instance-identity/document").body)
    assert document["instanceId"] == guest.id and document["kernelId"] == "eki-1"
    file = str(lab.directory / "user-data")
    guest.run("curl", "-sf", "-o", file, f"http://{ADDRESS}/latest/user-data")
    assert Path(file).read_bytes() == USER_DATA


def test_each_instance_reads_its_own(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.account("mallory")
    guests = [lab.boot(owner, "default") for owner in ("alice", "alice", "mallory")]
    assert [read(guest, "instance-id") for guest in guests] == [guest.id for guest in guests]


def test_it_follows_the_cloud_at_once(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default", addressing="private")
    assert ask(guest, "latest/meta-data/public-ipv4").status == 404
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    assert read(guest, "public-ipv4") == address
    cloud.change("instance.modify", instance_id=guest.id, attributes={"ami-id": "emi-2"})
    assert read(guest, "ami-id") == "emi-2"


def test_an_instance_with_a_link_local_route_is_served(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    guest.ip("route", "add", "169.254.0.0/16", "dev", "eth0")
    assert read(guest, "instance-id") == guest.id


def test_a_token_goes_one_hop_and_to_nobody_else(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest, other = lab.boot("alice", "default"), lab.boot("alice", "default")
    with Sniff(guest, "eth0") as sniff:
        value = token(guest)
        assert read(guest, "instance-id", *with_token(value)) == guest.id

        def lifetimes(text: str) -> set[int]:
            """The time to live of the frames that came with these bytes."""
            frames = sniff.frames(outgoing=False)
            return {frame[22] for frame in frames if text.encode() in frame[54:]}

        assert eventually("the token is seen", lambda: lifetimes(value)) == {1}
        assert eventually("the id is seen", lambda: lifetimes(guest.id)) == {64}
    assert ask(other, "latest/meta-data/", *with_token(value)).status == 401
    forwarded = ("-X", "PUT", "-H", "X-aws-ec2-metadata-token-ttl-seconds: 60")
    assert ask(guest, "latest/api/token", *forwarded).status == 200
    forwarded += ("-H", "X-Forwarded-For: 10.0.0.1")
    assert ask(guest, "latest/api/token", *forwarded).status == 403


def test_nobody_else_reaches_it(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest, other = lab.boot("alice", "default"), lab.boot("alice", "default")
    assert read(guest, "instance-id") == guest.id
    for outsider, router in ((lab.client, HOST_PUBLIC), (lab.office, HOST_OFFICE)):
        outsider.ip("route", "add", f"{ADDRESS}/32", "via", router)
        try:
            expect(outsider, silent(tcp(ADDRESS, 80)))
        finally:
            outsider.ip("route", "del", f"{ADDRESS}/32")
    # One's own answer does not go to who says to be another, nor to who is nobody.
    with Sniff(other, "eth0") as sniff:
        for address in (other.address, "192.0.2.77"):
            guest.ip("address", "replace", f"{address}/32", "dev", "lo")
            expect(guest, silent(tcp(ADDRESS, 80, source=address)))
        answers = [frame for frame in sniff.frames() if frame[26:30] == socket.inet_aton(ADDRESS)]
    assert answers == []
    expect(guest, silent(tcp(ADDRESS, 22)))


def test_one_instance_cannot_take_it_from_others(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    greedy, other = lab.boot("alice", "default"), lab.boot("alice", "default")
    pid = greedy.call("spawn", argv=["python3", "-c", HOLD_MANY], log="/dev/null", env={})
    for _ in range(20):
        assert read(other, "instance-id") == other.id
    greedy.call("signal", pid=pid, number=9)
    eventually("it is served again itself", lambda: ask(greedy, "latest/").status == 200)


def test_hundreds_of_clients_are_all_answered(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guests = [lab.boot("alice", "default") for _ in range(5)]
    urls = [f"http://{ADDRESS}/latest/meta-data/instance-id"] * 60
    with ThreadPoolExecutor() as pool:
        ask_all = ("curl", "-sfZ", "--parallel-immediate", "--parallel-max", "60")
        answers = list(pool.map(lambda guest: guest.run(*ask_all, *urls), guests))
    assert answers == [guest.id * 60 for guest in guests]


class Asking:
    """A guest that asks again and again for its id, by a new connection each time."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.log = guest.lease_log.with_suffix(".asked")
        url = f"http://{ADDRESS}/latest/meta-data/instance-id"
        self.script = f"while :; do curl -sS -m 5 {url} 2>&1; echo; sleep 0.02; done"

    def __enter__(self) -> Self:
        argv = ["sh", "-c", self.script]
        self.pid = self.guest.call("spawn", argv=argv, log=str(self.log), env={})
        return self

    def __exit__(self, *_: object) -> None:
        self.guest.call("signal", pid=self.pid, number=9)

    def lines(self) -> list[str]:
        """The last one may be half written."""
        return self.log.read_text().split("\n")[:-1]

    def answers(self) -> int:
        return self.lines().count(self.guest.id)

    def failures(self) -> list[str]:
        return [line for line in self.lines() if line not in ("", self.guest.id)]


def problems(cloud: Cloud, thing: str) -> list[dict[str, Any]]:
    return [each for each in cloud.rpc("system.status")["problems"] if each["object"] == thing]


def server(cloud: Cloud) -> dict[str, Any]:
    """How it stands with netctl-metadata."""
    return dict(cloud.rpc("system.status")["metadata"])


def test_it_is_served_while_netctld_is_down(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    value, pid = token(guest), server(cloud)["pid"]
    for end in (lab.daemon.kill, lab.daemon.stop):
        later = lab.attach(lab.new_guest(), "alice", "default")
        end()
        assert read(guest, "instance-id", *with_token(value)) == guest.id
        assert later.boot().ip == later.address
        assert read(later, "instance-id") == later.id
        assert ask(later, "latest/", *with_token(value)).status == 401
        lab.daemon.start()
        assert server(cloud) == {"running": True, "pid": pid, "restarts": 0}
        assert cloud.plan() == []
        assert read(guest, "instance-id", *with_token(value)) == guest.id


def test_its_process_comes_back_and_its_files_too(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest, other = lab.boot("alice", "default"), lab.boot("alice", "default")
    before = server(cloud)
    lab.host.run("kill", "-9", str(before["pid"]))
    eventually("it is another", lambda: server(cloud)["restarts"] == before["restarts"] + 1)
    after = server(cloud)
    assert after["running"] and after["pid"] != before["pid"]
    assert read(guest, "instance-id") == guest.id
    events = cloud.rpc("events.list")["events"]
    assert any(e["object"] == "metadata server" and "ended" in e["message"] for e in events)

    assert "metadata" in lab.daemon.cli("restart", "metadata")
    assert server(cloud)["pid"] not in (before["pid"], after["pid"])
    assert read(guest, "instance-id") == guest.id

    # Somebody gives one the other's.
    files = lab.daemon.run_dir / "metadata" / "instances"
    events = Events(lab.daemon.rpc)
    lab.host.run("cp", str(files / other.address), str(files / guest.address))
    eventually("it is put right", lambda: read(guest, "instance-id") == guest.id, within=2)
    events.expect(guest.address, "change")
    # And takes all of them away.
    lab.host.run("rm", "-r", str(files))
    eventually("they are back", lambda: ask(guest, "latest/").status == 200, within=2)
    eventually("all are", lambda: cloud.plan() == [])
    lab.detach(other)
    assert not (files / other.address).exists()
    assert cloud.plan() == []


def test_its_program_is_replaced_without_netctld_and_without_a_gap(bridge_netfilter: int) -> None:
    with Lab({}, bridge_netfilter) as lab:
        programs = lab.directory / "programs"
        programs.mkdir()
        for program in ("netctld", "netctl-metadata"):
            shutil.copy(NETCTL.parent / program, programs / program)
        lab.daemon.program = programs / "netctld"
        lab.daemon.start()
        lab.cloud.account("alice")
        guest = lab.boot("alice", "default")
        former, netctld = server(lab.cloud)["pid"], lab.daemon.pid
        value = token(guest)
        # As dpkg does it.
        shutil.copy(NETCTL.parent / "netctl-metadata", programs / "new")
        (programs / "new").rename(programs / "netctl-metadata")
        eventually("it is told", lambda: problems(lab.cloud, "metadata server"), within=3)
        (problem,) = problems(lab.cloud, "metadata server")
        assert problem["remedy"] == "netctl restart metadata"
        assert server(lab.cloud)["pid"] == former
        with Asking(guest) as asking:
            eventually("it asks", lambda: asking.answers() > 5)
            lab.daemon.cli("restart", "metadata")
            before = asking.answers()
            eventually("it goes on", lambda: asking.answers() > before + 5)
        assert asking.failures() == [], "a gap"
        assert server(lab.cloud)["pid"] != former
        assert problems(lab.cloud, "metadata server") == []
        assert lab.daemon.pid == netctld and lab.host.call("alive", pid=netctld)
        # A token is the former process'; the client asks for another, as after any restart.
        assert ask(guest, "latest/", *with_token(value)).status in (200, 401)
        # One that does not work does not take its place.
        (programs / "new").write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
        (programs / "new").chmod(0o755)
        (programs / "new").rename(programs / "netctl-metadata")
        refused = lab.daemon.try_cli("restart", "metadata")
        assert refused.code == 1 and "broken" in refused.err
        assert read(guest, "instance-id") == guest.id


@pytest.fixture
def other_port_80(lab: Lab) -> Iterator[Machine]:
    """Another server of the cluster host has the port at all its addresses."""
    pid = server(lab.cloud)["pid"]
    lab.daemon.kill()
    lab.host.run("kill", "-9", str(pid))
    eventually("the port is free", lambda: f"{ADDRESS}:80" not in lab.host.run("ss", "-ltn"))
    lab.host.serve(tcp=[80])
    yield lab.host
    lab.host.call("reset_services")


def test_a_taken_port_is_told_and_keeps_no_network_away(
    lab: Lab, cloud: Cloud, other_port_80: Machine
) -> None:
    lab.daemon.start()
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    (problem,) = problems(cloud, "metadata server")
    assert problem["severity"] == "error" and "port 80" in problem["consequence"]
    waited = lab.daemon.try_cli("wait", "--in-force", "--timeout", "0")
    assert waited.code == NOT_HEALTHY and "port 80" in waited.err, waited
    other_port_80.call("reset_services")
    eventually("it is served", lambda: ask(guest, "latest/").status == 200)
    lab.daemon.cli("wait", "--in-force", "--timeout", "20")
    assert problems(cloud, "metadata server") == []


def test_tokens_may_be_required_at_run_time(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    guest = lab.boot("alice", "default")
    with lab.daemon.reloaded(NETCTL_METADATA_TOKENS="required"):
        assert ask(guest, "latest/").status == 401
        assert ask(guest, "latest/", *with_token(token(guest))).status == 200
    assert ask(guest, "latest/").status == 200


def expect_redirected(lab: Lab, guest: Guest) -> None:
    """To the client's port 8773, which sees the private address; and nothing else is."""
    lab.route_private(guest.address)
    lab.client.serve(tcp=[80, 8773])
    asked = tcp(ADDRESS, 80, server=lab.client.name, seen_as=guest.address)
    expect(guest, asked, silent(tcp(CLIENT, 80)), silent(tcp(CLIENT, 8773)))


@pytest.mark.parametrize("key", ["NETCTL_METADATA_ENDPOINT", "VNET_CLOUDIP"])
def test_an_endpoint_gets_the_requests_of_the_private_address(
    key: str, bridge_netfilter: int
) -> None:
    value = f"{CLIENT}:8773" if key == "NETCTL_METADATA_ENDPOINT" else CLIENT
    settings = {key: value, "NETCTL_DENY": "203.0.113.0/24"}
    with Lab(settings, bridge_netfilter) as lab:
        lab.daemon.start()
        lab.cloud.account("alice")
        expect_redirected(lab, lab.boot("alice", "default"))


def test_an_endpoint_gets_the_requests_from_nodes(bridge_netfilter: int) -> None:
    settings = {"NETCTL_METADATA_ENDPOINT": f"{CLIENT}:8773", "NETCTL_DENY": "203.0.113.0/24"}
    with NodeLab(bridge_netfilter, settings) as lab:
        lab.cloud.account("alice")
        expect_redirected(lab, lab.boot_on(lab.node_hosts[0], "alice", "default"))


def test_cloud_init_finds_it_by_itself(lab: Lab, cloud: Cloud, directory: Path) -> None:
    cloud.account("alice")
    user_data = "#cloud-config\nruncmd: [[touch, /booted]]\n"
    guest = lab.attach(
        lab.new_guest(),
        "alice",
        "default",
        attributes={"public-keys/0/openssh-key": KEY, "key-name": "mine"},
        user_data=base64.b64encode(user_data.encode()).decode(),
    )
    guest.run(str(HERE / "cloud-init"), str(directory), timeout=120)
    host_name = "ip-" + guest.address.replace(".", "-")
    seen = json.loads((directory / "instance-data.json").read_text())["v1"]
    assert seen["cloud_id"] == "aws"
    assert seen["instance_id"] == guest.id
    assert seen["local_hostname"] == host_name
    assert seen["public_ssh_keys"] == [KEY]
    assert seen["availability_zone"] == "cluster0"
    assert (directory / "user-data.txt").read_text() == user_data
    assert (directory / "hostname").read_text().split(".")[0].strip() == host_name
