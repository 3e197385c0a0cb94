"""Where conntrack knows a flow no more, or a packet does not fit: nothing hangs, nothing dies of it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.cloud import Cloud, from_group, permit_tcp
from lab.frames import checksum
from lab.guest import Guest
from lab.lab import CLIENT, Lab
from lab.machine import Machine
from lab.probes import Flow, Sniff, expect, silent, tcp
from lab.timing import SILENCE, eventually, pause

STREAM, RANGED, FROM_GROUP, QUIET, OUTSIDE = 7000, 7500, 7001, 7002, 7003


def boot(lab: Lab) -> Guest:
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(STREAM), permit_tcp(QUIET))
    guest = lab.boot("alice", "web")
    guest.serve_stream(tcp=[STREAM, RANGED, FROM_GROUP])
    return guest


def flush(lab: Lab) -> None:
    lab.host.run("sh", "-c", "conntrack -F 2>/dev/null")


@contextmanager
def without_healing(lab: Lab) -> Iterator[None]:
    """While nobody sees that the table is flushed."""
    lab.daemon.kill()
    lab.host.run("nft", "flush", "set", "ip", "netctl", "healing")
    try:
        yield
    finally:
        lab.daemon.start()


def flush_and_wait(lab: Lab) -> None:
    """Until netctld has seen it."""

    def seen() -> int:
        events = lab.cloud.rpc("events.list")["events"]
        return sum(e["count"] for e in events if "emptied conntrack" in json.dumps(e))

    before = seen()
    flush(lab)
    eventually("the flush is seen", lambda: seen() > before)


def connections(guest: Guest, port: int) -> list[str]:
    return [line for line in guest.run("ss", "-tn").splitlines() if f":{port} " in line]


def connect(machine: Machine, address: str, port: int, talk: bool = False) -> int:
    number = machine.call("flow", kind="tcp", address=address, port=port, source="0.0.0.0", talk=talk)
    return int(number)


def status(machine: Machine, number: int) -> dict[str, Any]:
    return dict(machine.call("flow_status", number=number))


def test_the_end_of_a_lost_flow_is_answered(lab: Lab, cloud: Cloud) -> None:
    """A FIN begins no flow, so nothing could let it through; the guest would send it for minutes."""
    guest = boot(lab)
    guest.serve(tcp=[QUIET])
    connect(lab.client, guest.public, QUIET)
    eventually("they are connected", lambda: connections(guest, QUIET))
    flush(lab)
    guest.call("reset_services")
    eventually("the guest's connection ends", lambda: not connections(guest, QUIET))


def test_a_packet_outside_the_window_ends_no_flow(lab: Lab, cloud: Cloud) -> None:
    """It is invalid to conntrack, as are packets without a flow, and those alone are answered."""
    guest = boot(lab)
    flow = Flow(lab.client, "tcp", guest.public, STREAM)
    with Sniff(guest, "eth0") as sniff:
        sent = eventually("the guest sends", lambda: [f for f in sniff.frames(True) if len(f) > 66])
    invalid = invalid_packets(lab)
    guest.call("send_frame", interface="eth0", frame=beyond(sent[0]).hex())
    eventually("it counts as invalid", lambda: invalid_packets(lab) > invalid)
    pause(SILENCE)
    flow.assert_lives()
    assert connections(guest, STREAM)


def test_what_a_permission_lets_in_survives_a_flush(lab: Lab, cloud: Cloud) -> None:
    """Whoever speaks first: by a port, by a range of ports, from a group."""
    guest = boot(lab)
    cloud.authorize("alice", "web", permit_tcp(7400, 7600))
    cloud.group("alice", "asking")
    asked = permit_tcp(FROM_GROUP, groups=from_group("alice", "asking"))
    cloud.authorize("alice", "web", asked)
    asking = lab.boot("alice", "asking")
    flows = [
        Flow(lab.client, "tcp", guest.public, STREAM),
        Flow(lab.client, "tcp", guest.public, RANGED),
        Flow(asking, "tcp", guest.address, FROM_GROUP),
        Flow(asking, "tcp", guest.public, FROM_GROUP),
    ]
    with without_healing(lab):
        for _ in range(3):
            flush(lab)
            for flow in flows:
                flow.assert_lives()
    # They are known for what they were, whichever side spoke first.
    cloud.revoke("alice", "web", permit_tcp(STREAM), permit_tcp(7400, 7600), asked)
    for flow in flows:
        flow.assert_cut()
    flush_and_wait(lab)
    pause(4 * SILENCE)
    for flow in flows:
        flow.assert_cut()


def test_what_no_permission_lets_in_ends_at_once(lab: Lab, cloud: Cloud) -> None:
    """The guest's own flow: by egress alone nobody can tell it from one that was revoked."""
    guest = boot(lab)
    lab.client.serve(tcp=[OUTSIDE])
    flow = connect(guest, CLIENT, OUTSIDE)
    eventually("it is greeted", lambda: status(guest, flow)["received"] > 0)
    with without_healing(lab):
        flush(lab)
        assert guest.call("flow_say", number=flow) == "sent"
        eventually("it is reset", lambda: "reset" in status(guest, flow)["ended"])
    expect(guest, tcp(CLIENT, OUTSIDE))


def test_a_flush_that_is_seen_lets_the_guests_flows_heal(lab: Lab, cloud: Cloud) -> None:
    """For as long as the kernel counts, whatever becomes of netctld."""
    guest = boot(lab)
    lab.client.serve(tcp=[OUTSIDE])
    flow = connect(guest, CLIENT, OUTSIDE)
    greeting = eventually("it is greeted", lambda: status(guest, flow)["received"])
    flush_and_wait(lab)
    assert guest.call("flow_say", number=flow) == "sent"
    eventually("it is answered", lambda: status(guest, flow)["received"] > greeting)
    shown = json.loads(lab.host.run("nft", "-j", "list", "set", "ip", "netctl", "healing"))
    (element,) = [entry["set"]["elem"] for entry in shown["nftables"] if "set" in entry][0]
    assert 60 < element["elem"]["expires"] <= element["elem"]["timeout"] == 120
    # Nothing comes in by it.
    expect(lab.client, silent(tcp(guest.public, OUTSIDE)))


def test_what_was_revoked_does_not_come_back(lab: Lab, cloud: Cloud) -> None:
    """Also where both sides were silent, so that the guest was not told, and it speaks first."""
    guest = boot(lab)
    word = lab.directory / "word"
    word.unlink(missing_ok=True)
    code = (
        "import os, socket, time\n"
        f"c, _ = socket.create_server(('', {QUIET})).accept()\n"
        f"while not os.path.exists({str(word)!r}): time.sleep(0.01)\n"
        "c.send(b'again')\n"
        "time.sleep(60)\n"
    )
    guest.call("spawn", argv=["python3", "-c", code], log=str(lab.directory / "quiet"), env={})
    eventually("it listens", lambda: f":{QUIET} " in guest.run("ss", "-ltn"))
    flow = connect(lab.client, guest.public, QUIET)
    eventually("they are connected", lambda: connections(guest, QUIET))
    cloud.revoke("alice", "web", permit_tcp(QUIET))
    assert connections(guest, QUIET), "nobody has told the guest"
    flush_and_wait(lab)
    word.touch()
    eventually("the guest's connection ends", lambda: not connections(guest, QUIET))
    assert status(lab.client, flow)["received"] == 0


def invalid_packets(lab: Lab) -> int:
    words = lab.host.run("conntrack", "-S").split()
    return sum(int(word[8:]) for word in words if word.startswith("invalid="))


def beyond(frame: bytes) -> bytes:
    """The same segment of TCP, from far beyond the window. Since Linux 6.0 conntrack takes one from
    long before it for a packet of the flow."""
    head, segment = frame[:34], bytearray(frame[34 : 14 + int.from_bytes(frame[16:18])])
    (sequence,) = struct.unpack_from("!I", segment, 4)
    struct.pack_into("!I", segment, 4, (sequence + 100_000_000) % 2**32)
    struct.pack_into("!H", segment, 16, 0)
    pseudo = head[26:34] + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(segment))
    struct.pack_into("!H", segment, 16, checksum(pseudo + bytes(segment)))
    return head + bytes(segment)
