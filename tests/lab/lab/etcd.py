"""Three members of etcd on a machine of the lab, on its loopback."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from .machine import Machine
from .timing import eventually

MEMBERS = ("one", "two", "three")
FIRST_PORT = 23790


class Etcd:
    def __init__(self, host: Machine, directory: Path) -> None:
        self.host = host
        self.directory = directory
        self.pids: dict[str, int] = {}

    def client_url(self, name: str) -> str:
        return f"http://127.0.0.1:{FIRST_PORT + 2 * MEMBERS.index(name)}"

    def peer_url(self, name: str) -> str:
        return f"http://127.0.0.1:{FIRST_PORT + 2 * MEMBERS.index(name) + 1}"

    @property
    def urls(self) -> str:
        """As NETCTL_ETCD."""
        return " ".join(self.client_url(name) for name in MEMBERS)

    def start(self, *names: str) -> None:
        """Those, or all; returns when there is a leader."""
        cluster = ",".join(f"{name}={self.peer_url(name)}" for name in MEMBERS)
        for name in names or MEMBERS:
            argv = [
                "etcd",
                f"--name={name}",
                f"--data-dir={self.directory / name}",
                f"--listen-client-urls={self.client_url(name)}",
                f"--advertise-client-urls={self.client_url(name)}",
                f"--listen-peer-urls={self.peer_url(name)}",
                f"--initial-advertise-peer-urls={self.peer_url(name)}",
                f"--initial-cluster={cluster}",
                # The machine may be busy, and a leader is not to change for that.
                "--heartbeat-interval=300",
                "--election-timeout=3000",
            ]
            log = str(self.directory / f"{name}.log")
            self.pids[name] = self.host.call("spawn", argv=argv, log=log, env={})
        eventually("etcd has a leader", lambda: self.control("get", "nothing"), within=60, every=0.2)

    def stop(self, *names: str, number: signal.Signals = signal.SIGKILL) -> None:
        for name in names or MEMBERS:
            if (pid := self.pids.pop(name, None)) is not None:
                self.host.call("signal", pid=pid, number=int(number))
                self.host.call("wait", pid=pid, timeout=20)

    def signal(self, name: str, number: signal.Signals) -> None:
        self.host.call("signal", pid=self.pids[name], number=int(number))

    def control(self, *words: str) -> bool:
        """True where etcdctl succeeded."""
        endpoints = ",".join(self.client_url(name) for name in MEMBERS)
        command = ("env", "ETCDCTL_API=3", "etcdctl", f"--endpoints={endpoints}", *words)
        return self.host.try_run(*command).code == 0

    def keys(self, prefix: str = "/netctl/") -> dict[str, Any]:
        """What is below it, by name: JSON values."""
        url = self.client_url(next(iter(self.pids)))
        run = ("env", "ETCDCTL_API=3", "etcdctl", f"--endpoints={url}", "get", "--prefix", prefix)
        lines = self.host.run(*run).splitlines()
        return {key: json.loads(value) for key, value in zip(lines[::2], lines[1::2], strict=True)}
