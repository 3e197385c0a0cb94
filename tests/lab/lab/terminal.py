"""A program at a terminal of its own, as a person has it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from types import TracebackType
from typing import Self

from .timing import seconds

ROWS, COLUMNS = 24, 100


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """Its standard streams are the terminal. A context manager: the program ends with it."""

    def __init__(self, *argv: str, env: dict[str, str] | None = None) -> None:
        self.shown = ""
        self.master, end = os.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            argv,
            stdin=end,
            stdout=end,
            stderr=end,
            env=os.environ | {"TERM": "vt100"} | (env or {}),
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def until(self, pattern: str, within: float = 10) -> str:
        """What comes until the pattern, and the pattern; later calls go on behind it."""
        deadline = time.monotonic() + seconds(within)
        while not (found := re.search(pattern, self.shown, re.DOTALL)):
            left = deadline - time.monotonic()
            ready = select.select([self.master], [], [], max(left, 0))[0]
            piece = self._read() if ready else b""
            assert piece, f"{pattern!r} does not come; there is {self.shown!r}"
            self.shown += piece.decode(errors="replace")
        text, self.shown = self.shown[: found.end()], self.shown[found.end() :]
        return text

    def forget(self) -> None:
        """What was shown until it is quiet."""
        while select.select([self.master], [], [], 0.2)[0] and self._read():
            pass
        self.shown = ""

    def end(self, within: float = 20) -> tuple[int, str]:
        """Its exit code, and what came at last."""
        deadline = time.monotonic() + seconds(within)
        while time.monotonic() < deadline:
            has_more = select.select([self.master], [], [], 0.1)[0]
            piece = self._read() if has_more else b""
            self.shown += piece.decode(errors="replace")
            if not piece and self.process.poll() is not None:
                return self.process.returncode, self.shown
        raise AssertionError(f"it does not end; there is {self.shown!r}")

    def _read(self) -> bytes:
        try:
            return os.read(self.master, 65536)
        except OSError:  # EIO: nobody has the other end any more
            return b""
