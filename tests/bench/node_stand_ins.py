"""Many node hosts in one process: DIRECTORY HOST PORT NAME...

Each has a link of its own, with its own certificate, DIRECTORY/NAME, and speaks on it as netctld does in the role of a
node. None has a kernel: what it is told of is in force at once. For every line of standard input it prints what each
has received so far, as JSON.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import socket
import ssl
import struct
import sys
import termios
from pathlib import Path
from typing import Any

PROTOCOL = 3
HEARTBEAT = 5.0
UPGRADE = b"GET /node HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: netctl-node\r\n\r\n"
# struct tcp_info of linux/tcp.h: tcpi_bytes_received.
BYTES_RECEIVED, TCP_INFO_SIZE = 128, 136


class StandIn(asyncio.Protocol):
    """One node."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.buffer = b""
        self.upgraded = False
        self.heartbeats = 0
        self.messages = 0
        self.revision = 0
        self.instances: set[str] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(UPGRADE)

    def connection_lost(self, exc: Exception | None) -> None:
        sys.exit(f"{self.name}: the link has ended: {exc}")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded:
            header, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert header.startswith(b"HTTP/1.1 101 "), header
            self.upgraded, self.buffer = True, rest
            nothing = {"cluster": "", "epoch": "", "revision": 0}
            self.say(type="hello", protocol=PROTOCOL, node=self.name, **nothing)
            self.beat()
        while len(self.buffer) >= 4:
            (size,) = struct.unpack_from("!I", self.buffer)
            if len(self.buffer) < 4 + size:
                return
            text, self.buffer = self.buffer[4 : 4 + size], self.buffer[4 + size :]
            if size == 0:
                self.heartbeats += 1
            else:
                self.take(json.loads(text))

    def take(self, message: dict[str, Any]) -> None:
        self.messages += 1
        if message["type"] == "part":
            self.instances.clear()
            instances = message["part"]["instances"]
        else:
            assert message["type"] == "change" and message["base"] == self.revision, message
            instances = message["difference"]["instances"]
        for id, instance in instances.items():
            here = instance is not None and instance["device"] is not None
            (self.instances.add if here else self.instances.discard)(id)
        self.revision = message["revision"]
        open_port = {"state": "open", "reason": "", "address": None}
        ports = dict.fromkeys(sorted(self.instances), open_port)
        carried_out = {"epoch": message["epoch"], "revision": self.revision}
        self.say(type="report", **carried_out, not_in_force=[], ports=ports)

    def say(self, **message: Any) -> None:
        text = json.dumps(message).encode()
        self.transport.write(struct.pack("!I", len(text)) + text)

    def beat(self) -> None:
        self.transport.write(bytes(4))
        asyncio.get_running_loop().call_later(HEARTBEAT, self.beat)

    @property
    def socket(self) -> socket.socket:
        return self.transport.get_extra_info("socket")

    def unread(self) -> bool:
        """Whether bytes have come that are not counted as messages yet."""
        waiting = fcntl.ioctl(self.socket.fileno(), termios.FIONREAD, bytes(4))
        return waiting != bytes(4) or self.buffer != b""

    def wire_bytes(self) -> int:
        """What the kernel has received on the connection, all told."""
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
        return int(struct.unpack_from("=Q", info, BYTES_RECEIVED)[0])


async def received(nodes: list[StandIn]) -> dict[str, dict[str, int]]:
    counts = {}
    for node in nodes:
        wire = node.wire_bytes()
        while node.unread():
            await asyncio.sleep(0.01)
            wire = node.wire_bytes()
        counts[node.name] = {
            "wire_bytes": wire,
            "heartbeats": node.heartbeats,
            "messages": node.messages,
            "revision": node.revision,
        }
    return counts


async def main() -> None:
    directory, host, port, *names = sys.argv[1:]
    loop = asyncio.get_running_loop()

    async def connect(name: str) -> StandIn:
        pki = Path(directory) / name
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "host.crt", pki / "host.key")
        _, node = await loop.create_connection(
            lambda: StandIn(name), host, int(port), ssl=context, server_hostname=host
        )
        return node

    # All at once, as when the cluster host has been started again.
    nodes = await asyncio.gather(*map(connect, names))
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await received(nodes)), flush=True)


asyncio.run(main())
