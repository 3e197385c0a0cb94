"""netctld as a process in the cluster host's namespace."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .machine import Machine, Ran
from .rpc import Rpc
from .timing import eventually

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("NETCTL_BUILD_DIR", ROOT / "build" / "release"))
CONF = ROOT / "tests" / "lab" / "eucalyptus.conf"
NETCTLD = BUILD / "netctl" / "netctld"
NETCTL = BUILD / "netctl" / "netctl"


class Daemon:
    """One netctld and its configuration; may be started and stopped as often as a test wants."""

    def __init__(self, host: Machine, directory: Path, settings: dict[str, str]) -> None:
        self.host = host
        self.directory = directory
        self.config = directory / "eucalyptus.conf"
        self.local = directory / "eucalyptus.local.conf"
        self.log = directory / "netctld.log"
        self.state = directory / "state"
        self.run_dir = directory / "run"
        self.socket = self.run_dir / "netctl.sock"
        self.pid = 0
        self.program = NETCTLD
        self.main = CONF.read_text()
        self.settings = {
            "NETCTL_ROLE": "all",
            "NETCTL_STATE_DIR": str(self.state),
            "NETCTL_RUN_DIR": str(self.run_dir),
            **settings,
        }
        self.rpc = Rpc(self.socket)

    def write_config(self) -> None:
        """The file as Eucalyptus ships it, unchanged, and what is ours in the file beside it."""
        self.config.write_text(self.main)
        self.local.write_text("".join(f'{k}="{v}"\n' for k, v in self.settings.items()))

    def launch(self, *options: str) -> None:
        """Starts the process and does not wait for it."""
        assert self.pid == 0, "netctld runs already"
        self.write_config()
        argv = [str(self.program), "--config", str(self.config), *options]
        self.pid = self.host.call("spawn", argv=argv, log=str(self.log), env={})

    def start(self) -> None:
        """Starts the process; returns when it answers."""
        self.launch()
        self.wait_ready()

    def wait_ready(self, every: float = 0.005) -> None:
        eventually("netctld answers", self.answers, within=20, every=every)

    def answers(self) -> bool:
        if not self.host.call("alive", pid=self.pid):
            raise AssertionError(f"netctld ended: {self.log_text()[-2000:]}")
        try:
            # 503: it serves, and not all is in force.
            return self.rpc.http("GET", "/healthz")[0] in (200, 503)
        except OSError:
            return False

    def fails_to_start(self, *options: str) -> int:
        """Starts the process, which must end by itself; the exit code."""
        self.launch(*options)
        code: Any = self.host.call("wait", pid=self.pid, timeout=20)
        assert code is not None, "netctld serves"
        self.pid = 0
        return int(code)

    def end(self, number: signal.Signals) -> int:
        """Sends a signal and waits for the end; the exit code."""
        self.host.call("signal", pid=self.pid, number=int(number))
        code: Any = self.host.call("wait", pid=self.pid, timeout=20)
        assert code is not None, f"netctld did not end on {number.name}"
        self.pid = 0
        self.rpc.close()
        return int(code)

    def stop(self) -> int:
        return self.end(signal.SIGTERM)

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def replace_host(self, host: Machine) -> None:
        """After its host has lost its power: another one, with the same disk, where it is off."""
        self.host = host
        self.pid = 0
        self.rpc.close()
        shutil.rmtree(self.run_dir, ignore_errors=True)

    @contextmanager
    def restarted(self, **settings: str) -> Iterator[None]:
        """With these keys, which are read at a start."""
        before = self.settings
        self.stop()
        self.settings = before | settings
        self.start()
        try:
            yield
        finally:
            self.stop()
            self.settings = before
            self.start()

    @contextmanager
    def replaced(self, program: Path) -> Iterator[None]:
        """By another program, as one that starts the real one in its own way."""
        self.stop()
        self.program = program
        self.start()
        try:
            yield
        finally:
            self.program = NETCTLD
            self.stop()
            self.start()

    @contextmanager
    def reloaded(self, **settings: str) -> Iterator[None]:
        """With these keys, which can be changed at run time."""
        before = self.settings
        self.settings = before | settings
        self.write_config()
        assert set(settings) <= set(self.rpc("system.reload")["applied"])
        try:
            yield
        finally:
            self.settings = before
            self.write_config()
            self.rpc("system.reload")

    def purge(self) -> str:
        return self.host.run(str(NETCTLD), "--config", str(self.config), "--purge")

    def cli(self, *arguments: str) -> str:
        return self.host.run(str(NETCTL), "--socket", str(self.socket), *arguments)

    def try_cli(self, *arguments: str, timeout: float = 60) -> Ran:
        words = (str(NETCTL), "--socket", str(self.socket), *arguments)
        return self.host.try_run(*words, timeout=timeout)

    @property
    def netctl(self) -> Path:
        """The program that also bears the names of the euca commands."""
        return NETCTL

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""
