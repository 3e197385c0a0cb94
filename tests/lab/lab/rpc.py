"""JSON-RPC over netctld's Unix socket."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any


class RpcError(Exception):
    """An error that the daemon answered with."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(json.dumps(error))
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: dict[str, Any] = error.get("data") or {}
        self.reason: str = self.data.get("reason", "")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Rpc:
    """One kept connection, made anew when the daemon has been restarted."""

    def __init__(self, path: Path, timeout: float = 60) -> None:
        self.path = path
        self.timeout = timeout
        self.connection: UnixConnection | None = None

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def connected(self) -> UnixConnection:
        if self.connection is None:
            self.connection = UnixConnection(self.path, self.timeout)
        return self.connection

    def http(self, verb: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of one HTTP request."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            try:
                self.connected().request(verb, target, body, headers)
            except BrokenPipeError:
                # The daemon has ended the idle connection, and read nothing of this.
                self.close()
                self.connected().request(verb, target, body, headers)
            response = self.connected().getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if response.will_close:
            self.close()
        return response.status, content

    def __call__(self, method: str, **parameters: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        status, content = self.http("POST", "/rpc", json.dumps(request).encode())
        if status != 200:
            raise RuntimeError(f"{method}: HTTP {status}: {content.decode(errors='replace')}")
        answer = json.loads(content)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]
