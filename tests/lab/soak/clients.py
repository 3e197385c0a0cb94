"""Clients that change the cloud at random, at once, and note what they were answered."""

from __future__ import annotations

import http.client
import random
import threading
import time
from dataclasses import dataclass, field

from lab.cloud import permit_tcp
from lab.daemon import Daemon
from lab.rpc import Rpc, RpcError

from .history import BUSY, CHANGED, UNCHANGED, History
from .serial import UNANSWERED, Call

OWNERS = ("alice", "bob")
PORTS = (22, 80, 443, 8080)  # of the group `web`, which the guests are in
ADDRESSES = tuple(f"203.0.113.{number}" for number in range(50, 55))
INSTANCES = tuple(f"i-5000000{number}" for number in range(6))


@dataclass
class Gate:
    """Clients and troublemakers work while it is open."""

    opened: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    busy: int = 0

    def enter(self) -> bool:
        """Waits until it is open; false at the end."""
        while not self.ended.is_set():
            if self.opened.wait(0.1):
                with self.lock:
                    if self.opened.is_set():
                        self.busy += 1
                        return True
        return False

    def leave(self) -> None:
        with self.lock:
            self.busy -= 1

    def close(self) -> None:
        """Returns when nobody is inside."""
        with self.lock:
            self.opened.clear()
        while self.busy:
            time.sleep(0.01)


class Client(threading.Thread):
    """Calls over the Unix socket, one after the other; others do the same at once."""

    def __init__(self, daemon: Daemon, gate: Gate, history: History, seed: int) -> None:
        super().__init__()
        self.daemon = daemon
        self.rpc = Rpc(daemon.socket, timeout=30)
        self.gate = gate
        self.history = history
        self.random = random.Random(seed)

    def run(self) -> None:
        while self.gate.enter():
            try:
                self.act()
            finally:
                self.gate.leave()
            time.sleep(self.random.expovariate(40))

    def act(self) -> None:
        choice = self.random.random()
        if choice < 0.5:
            port = self.random.choice(PORTS)
            name = self.random.choice(("authorize", "revoke"))
            self.call(
                f"permission {port}", name, f"group.{name}",
                owner="alice", group="web", permissions=[permit_tcp(port)],
            )  # fmt: skip
        elif choice < 0.75:
            address, owner = self.random.choice(ADDRESSES), self.random.choice(OWNERS)
            name = self.random.choice(("allocate", "release"))
            self.call(
                f"address {address}", f"{name} {owner}", f"address.{name}",
                owner=owner, address=address,
            )  # fmt: skip
        else:
            instance = self.random.choice(INSTANCES)
            if self.random.random() < 0.5:
                self.call(
                    f"instance {instance}", "attach", "instance.attach",
                    instance_id=instance, owner="bob", groups=["default"], addressing="private",
                )  # fmt: skip
            else:
                self.call(
                    f"instance {instance}", "detach", "instance.detach", instance_id=instance
                )

    def call(self, thing: str, name: str, method: str, **parameters: object) -> None:
        begin = time.monotonic()
        server = 0
        try:
            answer = CHANGED if self.rpc(method, **parameters)["changed"] else UNCHANGED
        except RpcError as error:
            answer = BUSY if error.code == -32001 else error.reason or error.message
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.02)
            return  # netctld is not there, and has heard nothing
        except RuntimeError:
            answer = BUSY  # turned away by HTTP, as where the kernel does not say who calls
        except (OSError, http.client.HTTPException):
            # The connection has failed, and what was asked may happen yet, until netctld ends.
            answer, server = UNANSWERED, self.daemon.pid
        self.history.note(thing, Call(begin, time.monotonic(), name, answer), server)
