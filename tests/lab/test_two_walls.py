"""Whatever somebody does to one of the tables: nothing new comes in, and what was cut stays cut."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from lab import metadata
from lab.cloud import Cloud, permit_tcp, permit_udp
from lab.guest import Guest
from lab.lab import CLIENT, HOST_PUBLIC, Lab
from lab.probes import Flow, expect, ping, silent, tcp, udp
from lab.timing import SILENCE, eventually, pause

STREAM, STREAM_UDP, CLOSED = 7000, 7001, 7002

EMPTY = "*filter\\n:INPUT ACCEPT\\n:FORWARD ACCEPT\\n:OUTPUT ACCEPT\\nCOMMIT\\n"
MASQUERADE = (
    "add table ip site; add chain ip site {name} {{ type nat hook postrouting priority {priority}; }};"
    " add rule ip site {name} masquerade"
)
TAMPERING = {
    "flushed": ["iptables-legacy -F"],
    "without our jumps": [f"iptables-legacy -D {hook} -j NC_{hook}" for hook in ("FORWARD", "INPUT")],
    "restored from a file": [f"printf '{EMPTY}' | iptables-legacy-restore"],
    "flushed beside others' nat": [
        "iptables-legacy -F",
        f"nft '{MASQUERADE.format(name='early', priority=-150)}'",
        f"nft '{MASQUERADE.format(name='late', priority=80)}'",
    ],
}


def boot(lab: Lab) -> tuple[Guest, Guest]:
    """A guest that is open to the world by some ports, and one of another group."""
    cloud = lab.cloud
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22), permit_tcp(STREAM), permit_udp(STREAM_UDP))
    cloud.group("alice", "other")
    guest = lab.boot("alice", "web")
    guest.serve_stream(tcp=[STREAM, CLOSED], udp=[STREAM_UDP])
    lab.route_private(guest.address)
    return guest, lab.boot("alice", "other")


@contextmanager
def without_netctld(lab: Lab) -> Iterator[None]:
    """While nobody mends anything."""
    lab.daemon.kill()
    try:
        yield
    finally:
        shell(lab, "nft delete table ip site 2>/dev/null; true")
        lab.daemon.start()


def shell(lab: Lab, *lines: str) -> None:
    for line in lines:
        lab.host.run("sh", "-c", line)


def test_with_both_walls_all_goes_on_that_may(lab: Lab) -> None:
    guest, other = boot(lab)
    lab.client.serve(tcp=[80], udp=[53])
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))
    expect(other, tcp(guest.public, 22), tcp(guest.address, 22), silent(tcp(guest.address, 23)))
    expect(guest, tcp(CLIENT, 80), udp(CLIENT, 53), ping(CLIENT), ping(guest.gateway))
    assert metadata.read(guest, "instance-id") == guest.id
    expect(lab.host, tcp(guest.address, 22), tcp(guest.public, 22), tcp(CLIENT, 80))


@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING.keys())
def test_nothing_new_comes_in(lab: Lab, cloud: Cloud, tampering: list[str]) -> None:
    guest, other = boot(lab)
    lab.host.serve(tcp=[2222])
    lab.client.serve(tcp=[80])
    flow = Flow(lab.client, "tcp", guest.public, STREAM)
    with without_netctld(lab):
        shell(lab, *tampering)
        closed = [silent(tcp(address, port)) for address in (guest.public, guest.address) for port in (22, 23)]
        expect(lab.client, *closed, silent(udp(guest.public, 53)), silent(ping(guest.address)))
        expect(other, *closed)
        expect(guest, silent(tcp(HOST_PUBLIC, 2222)), silent(tcp(guest.gateway, 2222)))
        expect(lab.host, tcp(guest.address, 22), tcp(CLIENT, 80))
        expect(lab.client, tcp(HOST_PUBLIC, 2222))
        flow.assert_lives()
    assert cloud.plan() == []
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))
    flow.assert_lives()


def test_a_cut_stays_a_cut(lab: Lab, cloud: Cloud) -> None:
    guest, _ = boot(lab)
    stream = Flow(lab.client, "tcp", guest.public, STREAM)
    flow = Flow(lab.client, "udp", guest.public, STREAM_UDP, talk=True)
    port, stream_port = port_of(lab, STREAM_UDP), port_of(lab, STREAM)
    cloud.revoke("alice", "web", permit_tcp(STREAM), permit_udp(STREAM_UDP))
    flow.assert_cut()
    stream.assert_cut()
    assert "CLOSE " in entries(lab, STREAM)
    # The instance knows that nobody is there any more.
    eventually("the guest's connection ends", lambda: not connections(guest, stream_port))
    # An ICMP error from anywhere, about a packet that the guest sent.
    sent = ip_header(guest.address, CLIENT, 17) + struct.pack("!4H", STREAM_UDP, port, 72, 0)
    lab.client.call(
        "send_icmp", address=guest.address, kind=3, code=1, token=sent.hex(), source=CLIENT
    )
    # Somebody writes whole marks.
    shell(lab, "iptables-legacy -t mangle -A PREROUTING -j CONNMARK --set-mark 0x1")
    try:
        eventually("the mark is theirs", lambda: "mark=1 " in entries(lab, STREAM_UDP))
        flow.assert_cut()
    finally:
        shell(lab, "iptables-legacy -t mangle -D PREROUTING -j CONNMARK --set-mark 0x1")
    pause(4 * SILENCE)
    flow.assert_cut()
    # For a former version, which knows cut flows by their mark.
    cloud.rpc("system.reconcile")
    assert "mark=8388609 " in entries(lab, STREAM_UDP)


def test_what_is_not_tracked_is_not_let_in(lab: Lab, cloud: Cloud) -> None:
    """Nothing could cut it, neither what is permitted now nor what was revoked."""
    guest, _ = boot(lab)
    revoked = Flow(lab.client, "tcp", guest.address, STREAM)
    cloud.revoke("alice", "web", permit_tcp(STREAM))
    revoked.assert_cut()
    may = tcp(guest.address, 22, server=guest.name), tcp(guest.public, 22, server=guest.name)
    expect(lab.client, *may)
    rules = [f"PREROUTING -{side} {guest.address} -j CT --notrack" for side in "sd"]
    shell(lab, *(f"iptables-legacy -t raw -I {rule}" for rule in rules))
    try:
        expect(lab.client, silent(tcp(guest.address, 22)), silent(tcp(guest.address, CLOSED)))
        expect(guest, silent(tcp(CLIENT, 80)))
        revoked.assert_cut()

        def is_named() -> bool:
            problems = cloud.rpc("system.status")["problems"]
            return any("NOTRACK" in problem["what"] for problem in problems)

        eventually("the rule is named", is_named, within=15, every=0.3)
    finally:
        shell(lab, *(f"iptables-legacy -t raw -D {rule}" for rule in rules))
    expect(lab.client, *may)


def test_what_came_in_while_nothing_stood_is_cut(lab: Lab, cloud: Cloud) -> None:
    """And what is legal, and what was kept, lives."""
    guest, _ = boot(lab)
    kept = Flow(lab.client, "udp", guest.public, STREAM_UDP, talk=True)
    cloud.revoke("alice", "web", permit_udp(STREAM_UDP), keep_flows=True)
    admitted = Flow(lab.client, "tcp", guest.public, STREAM)
    with without_netctld(lab):
        shell(lab, "iptables-legacy -F", "nft flush ruleset")
        legal = Flow(lab.client, "tcp", guest.address, STREAM)
        illegal = Flow(lab.client, "tcp", guest.address, CLOSED)
    illegal.assert_cut()
    for flow in (legal, admitted, kept):
        flow.assert_lives()
    # By a rule of ours that is not ours.
    shell(lab, f"ipset add nc_open {guest.address},tcp:{CLOSED}")
    by_member = Flow(lab.client, "tcp", guest.public, CLOSED)
    cloud.rpc("system.reconcile")
    by_member.assert_cut()
    for flow in (legal, admitted, kept):
        flow.assert_lives()
    cuts = [event for event in cloud.rpc("events.list")["events"] if event["object"] == "flows"]
    assert len(cuts) == 1


def test_what_a_helper_expects_is_let_in(lab: Lab, cloud: Cloud) -> None:
    """FTP's data connection, to a port without a permission."""
    guest, _ = boot(lab)
    cloud.authorize("alice", "web", permit_tcp(21))
    code = (
        "import socket\n"
        "s = socket.create_server(('', 21))\n"
        "c, _ = s.accept()\n"
        # The helper takes an answer for one only behind another line.
        "c.send(b'220 \\r\\n')\n"
        "c.recv(100)\n"
        f"c.send(b'227 Entering Passive Mode ({guest.address.replace('.', ',')},{CLOSED // 256},{CLOSED % 256})\\r\\n')\n"
        "c.recv(100)\n"
    )
    guest.call("spawn", argv=["python3", "-c", code], log=str(lab.directory / "ftp"), env={})
    helper = "-t raw {} PREROUTING -p tcp --dport 21 -j CT --helper ftp"
    shell(lab, "iptables-legacy " + helper.format("-A"))
    try:
        eventually("the server listens", lambda: ":21 " in guest.run("ss", "-ltn"))
        expect(lab.client, silent(tcp(guest.address, CLOSED)))
        control = lab.client.call("flow", kind="tcp", address=guest.address, port=21, source=CLIENT, talk=False)
        eventually("the greeting comes", lambda: lab.client.call("flow_status", number=control)["received"] > 0)
        assert lab.client.call("flow_say", number=control) == "sent"
        eventually("the helper expects it", lambda: "dport=" in lab.host.run("conntrack", "-L", "expect"))
        Flow(lab.client, "tcp", guest.address, CLOSED).assert_lives()
    finally:
        shell(lab, "iptables-legacy " + helper.format("-D"))


def entries(lab: Lab, port: int) -> str:
    """The conntrack entries to that port."""
    lines = lab.host.run("sh", "-c", "conntrack -L 2>/dev/null").splitlines()
    return "\n".join(f"{line} " for line in lines if f"dport={port} " in line)


def port_of(lab: Lab, port: int) -> int:
    """The client's port of its flow to that port."""
    found = re.search(r"sport=(\d+)", entries(lab, port))
    assert found
    return int(found[1])


def connections(guest: Guest, port: int) -> list[str]:
    """With that port: of the guest's machine, which may still be ending those of an earlier test."""
    return [line for line in guest.run("ss", "-tn").splitlines() if f":{port} " in line]


def ip_header(source: str, destination: str, protocol: int) -> bytes:
    packed = [bytes(int(part) for part in address.split(".")) for address in (source, destination)]
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 92, 1, 0, 63, protocol, 0, *packed)
