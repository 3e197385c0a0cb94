"""A namespace with a worker in it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .timing import seconds

WORKER = Path(__file__).with_name("worker.py")


def ip(*arguments: str) -> None:
    """`ip` in the lab's own outer namespace."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@dataclass
class Ran:
    """What a program printed and gave back."""

    code: int
    out: str
    err: str


class Machine:
    """One namespace, made by the constructor and gone after `close`. The worker does the work."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.make_namespace()
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-I", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.call("name", name=name)

    def make_namespace(self) -> None:
        ip("netns", "add", self.name)
        ip("-n", self.name, "link", "set", "lo", "up")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        ip("netns", "del", self.name)

    def call(self, op: str, **arguments: Any) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"op": op, "args": arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: the worker is gone")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {op}: {answer['error']}")
        return answer["ok"]

    def try_run(self, *argv: str, timeout: float = 30, env: dict[str, str] | None = None) -> Ran:
        return Ran(**self.call("run", argv=list(argv), timeout=seconds(timeout), env=env or {}))

    def run(self, *argv: str, timeout: float = 30, env: dict[str, str] | None = None) -> str:
        """Standard output of a program; one that fails is an error."""
        done = self.try_run(*argv, timeout=timeout, env=env)
        if done.code != 0:
            raise RuntimeError(f"{self.name}: {' '.join(argv)}: {done.code}: {done.err}{done.out}")
        return done.out

    def links(self) -> list[str]:
        words = self.run("ip", "-o", "link", "show").splitlines()
        return [line.split(":")[1].split("@")[0].strip() for line in words]

    def ip(self, *arguments: str) -> str:
        return self.run("ip", *arguments)

    def sysctl(self, name: str) -> str:
        return str(self.call("read", path="/proc/sys/" + name.replace(".", "/"))).strip()

    def set_sysctl(self, name: str, value: str) -> None:
        self.call("write", path="/proc/sys/" + name.replace(".", "/"), text=value)

    def serve(self, tcp: list[int] | None = None, udp: list[int] | None = None) -> None:
        self.call("listen", kind="tcp", ports=tcp or [], stream=False)
        self.call("listen", kind="udp", ports=udp or [], stream=False)

    def serve_stream(self, tcp: list[int] | None = None, udp: list[int] | None = None) -> None:
        """Servers that keep talking to whoever spoke to them once."""
        self.call("listen", kind="tcp", ports=tcp or [], stream=True)
        self.call("listen", kind="udp", ports=udp or [], stream=True)
