"""hostile_node.py DIRECTORY HOST PORT NAME SEED

A node host that somebody else has taken over: it has its certificate, DIRECTORY, and says on the node link what it
likes: reports of instances that are not on it, messages that are none, lengths that are none. It comes again and
again until it is ended.
"""

from __future__ import annotations

import json
import random
import socket
import ssl
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

UPGRADE = b"GET /node HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: netctl-node\r\n\r\n"
OF_OTHERS = [f"i-5000000{number}" for number in range(6)] + ["i-10000000", "i-10000001"]


def frame(text: bytes) -> bytes:
    return struct.pack("!I", len(text)) + text


def message(**members: object) -> bytes:
    return frame(json.dumps(members).encode())


def lies(name: str, chance: random.Random) -> Iterator[bytes]:
    """What it says after it has been let in."""
    states = ["open", "waiting", "failed", "?", None, 7]
    while True:
        port = {"state": chance.choice(states), "reason": "x" * 9, "address": "203.0.113.50"}
        yield chance.choice(
            [
                message(
                    type="report",
                    epoch=chance.choice(["", "1", "x" * 4000]),
                    revision=chance.choice([0, 1, 2**40, -1]),
                    not_in_force=["instance i-10000000"] * chance.choice([0, 1, 5000]),
                    ports={one: port for one in chance.sample(OF_OTHERS, 3)},
                ),
                message(type="hello", protocol=3, node="another", cluster="", epoch="", revision=0),
                message(type="part", node=name),
                frame(chance.randbytes(chance.choice([1, 64, 5000]))),
                frame(b"[" * 5000),
                struct.pack("!I", 2**31 + 5),
                frame(b'{"type": "report"')[:-3],
                bytes(4) * 500,
            ]
        )


def visit(directory: Path, host: str, port: int, name: str, chance: random.Random) -> None:
    context = ssl.create_default_context(cafile=str(directory / "ca.crt"))
    context.check_hostname = False
    context.load_cert_chain(directory / "node.crt", directory / "node.key")
    with (
        socket.create_connection((host, port), timeout=2) as plain,
        context.wrap_socket(plain) as link,
    ):
        link.sendall(UPGRADE)
        link.recv(4096)
        hello = {"cluster": "", "epoch": "", "revision": 0}
        link.sendall(message(type="hello", protocol=3, node=name, **hello))
        for number, lie in enumerate(lies(name, chance)):
            link.sendall(lie)
            time.sleep(0.05)
            if number == 20:
                return


def main() -> None:
    directory, host, port, name, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    visits = 0
    while True:
        try:
            visit(Path(directory), host, int(port), name, chance)
        except OSError:  # it was thrown out, or netctld is not there
            time.sleep(0.1)
        visits += 1
        print(f"visits {visits}", flush=True)


main()
