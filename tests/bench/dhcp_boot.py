"""dhcp_boot.py DEVICE COUNT MAC...: boots these machines by DHCP, COUNT of them at a time, from behind one device.

Each asks as a client does (RFC 2131, section 4.1): where nobody answers, again after 4 s, 8 s and so on, give or take
up to a second by chance. Prints the seconds till the last has its lease, and each one's address, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "lab"))

from lab.frames import ALL, BROADCAST, IPV4, UDP, DhcpMessage, ethernet, ipv4, mac_bytes, udp  # noqa: E402

DISCOVER, OFFER, REQUEST, ACKNOWLEDGEMENT = 1, 2, 3, 5
COOKIE = b"\x63\x82\x53\x63"
ETH_P_ALL = 3
BOUND = 60.0


@dataclass
class Client:
    """One machine that boots."""

    mac: str
    transaction: bytes
    sent: bytes = b""  # waits for an answer
    again_at: float = 0.0
    patience: float = 4.0
    address: str = ""

    def message(self, kind: int, *options: bytes) -> bytes:
        head = struct.pack("!BBBB4sHH16x", 1, 1, 6, 0, self.transaction, 0, 0)
        body = head + mac_bytes(self.mac).ljust(16, b"\0") + bytes(192) + COOKIE
        body += bytes((53, 1, kind)) + b"".join(options) + b"\xff"
        payload = udp(68, 67, body.ljust(300, b"\0"))
        return ethernet(ALL, self.mac, IPV4, ipv4("0.0.0.0", BROADCAST, payload, UDP))

    def hear(self, frame: bytes, message: DhcpMessage) -> bytes | None:
        """What to send next."""
        body = frame[42:]
        offered = socket.inet_ntoa(body[16:20])
        if message.kind == OFFER and not self.address:
            server = option(body, 54)
            self.patience = 4.0
            return self.message(
                REQUEST, bytes((50, 4)) + body[16:20], bytes((54, len(server))) + server
            )
        if message.kind == ACKNOWLEDGEMENT:
            self.address = offered
        return None


def option(body: bytes, code: int) -> bytes:
    options = body[240:]
    while options[0] != code:
        options = options[1:] if options[0] == 0 else options[2 + options[1] :]
    return options[2 : 2 + options[1]]


def boot(wire: socket.socket, clients: dict[bytes, Client], at_a_time: int) -> float:
    def send(client: Client, frame: bytes) -> None:
        client.sent, client.again_at = frame, time.monotonic() + client.patience + random.uniform(-1, 1)
        client.patience *= 2
        wire.send(frame)

    began = time.monotonic()
    off = list(clients.values())
    waiting: set[bytes] = set()
    while off or waiting:
        while off and len(waiting) < at_a_time:
            client = off.pop()
            waiting.add(client.transaction)
            send(client, client.message(DISCOVER))
        now = time.monotonic()
        if now - began > BOUND:
            raise RuntimeError(f"{len(waiting)} of {len(clients)} have no lease after {BOUND} s")
        for key in waiting:
            if clients[key].again_at < now:
                send(clients[key], clients[key].sent)
        if not select.select([wire], [], [], 0.1)[0]:
            continue
        frame = wire.recv(2048)
        message = DhcpMessage.parse(frame)
        asker = clients.get(message.transaction) if message else None
        if message is None or asker is None or message.hardware != mac_bytes(asker.mac):
            continue
        if reply := asker.hear(frame, message):
            send(asker, reply)
        if asker.address:
            waiting.discard(asker.transaction)
    return time.monotonic() - began


def main() -> None:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
    wire.bind((sys.argv[1], 0))
    made = (Client(mac, os.urandom(4)) for mac in sys.argv[3:])
    clients = {client.transaction: client for client in made}
    taken = boot(wire, clients, int(sys.argv[2]))
    leases = {client.mac: client.address for client in clients.values()}
    print(json.dumps({"seconds": taken, "leases": leases}))


main()
