"""netctld as a unit of the systemd that is this machine's first process (scripts/vm --systemd)."""

from __future__ import annotations

from pathlib import Path

from .daemon import NETCTL, NETCTLD, ROOT, Daemon
from .lab import Lab
from .machine import Machine, ip
from .rpc import Rpc
from .timing import eventually

UNIT = "netctld.service"
DHCP_UNIT = "netctl-dhcp.service"
METADATA_UNIT = "netctl-metadata.service"
METADATA_SOCKET = "netctl-metadata.socket"
WEB_UNIT = "netctl-web.service"
WEB_SOCKET = "netctl-web.socket"
ONLINE_TARGET = "netctld-online.target"
FILES = ROOT / "packaging" / "systemd"
FILE = FILES / UNIT


class FirstMachine(Machine):
    """The namespace that systemd itself is in, under a name as the lab's others have it."""

    def make_namespace(self) -> None:
        ip("netns", "attach", self.name, "1")


class Unit(Daemon):
    """netctld, installed as docs/install.md says."""

    def __init__(self, host: Machine, directory: Path, settings: dict[str, str]) -> None:
        super().__init__(host, directory, settings)
        # Where the unit lets it write; /tmp is not the same for it.
        self.state, self.run_dir = Path("/var/lib/netctl"), Path("/run/netctl")
        self.socket = self.run_dir / "netctl.sock"
        self.rpc = Rpc(self.socket)
        self.settings["NETCTL_STATE_DIR"] = str(self.state)
        self.settings["NETCTL_RUN_DIR"] = str(self.run_dir)
        self.config = Path("/etc/eucalyptus/eucalyptus.conf")
        self.local = Path("/etc/eucalyptus/eucalyptus.local.conf")
        self.install()

    def install(self) -> None:
        self.config.parent.mkdir()
        Path("/usr/bin", NETCTL.name).symlink_to(NETCTL)
        for name in (NETCTLD.name, "netctl-metadata", "netctl-web"):
            Path("/usr/sbin", name).symlink_to(NETCTLD.parent / name)
        for file in FILES.iterdir():
            Path("/etc/systemd/system", file.name).write_text(file.read_text())
        self.write_config()
        self.control("daemon-reload")

    def control(self, *words: str) -> str:
        return self.host.run("systemctl", *words, timeout=120)

    def show(self, what: str, unit: str = UNIT) -> str:
        return self.control("show", "--value", "--property", what, unit).strip()

    def start(self) -> None:
        self.control("start", UNIT)
        assert self.answers(), "it is started when it serves"

    def answers(self) -> bool:
        try:
            return self.rpc.http("GET", "/healthz")[0] in (200, 503)
        except OSError:
            self.rpc.close()
            return False

    def main_pid(self) -> int:
        return int(self.show("MainPID"))

    def wait_another(self, pid: int) -> int:
        """Until systemd has started it again; its pid."""
        eventually("another netctld", lambda: self.main_pid() not in (0, pid), 30, every=0.3)
        eventually("netctld answers", self.answers, 30, every=0.1)
        return self.main_pid()

    def log_text(self) -> str:
        return self.host.run("journalctl", "--unit", UNIT, "--no-pager", "--output", "cat")


class SystemdLab(Lab):
    """Its host is the machine itself, and netctld ends with the lab, so that its files can go."""

    def cluster_host(self) -> Machine:
        host = FirstMachine("cloud1")
        self.machines.append(host)
        return host

    def daemon_with(self, settings: dict[str, str]) -> Daemon:
        return self.unit_with(settings)

    def unit_with(self, settings: dict[str, str]) -> Unit:
        self.unit = Unit(self.host, self.directory, settings)
        return self.unit

    def close(self) -> None:
        self.unit.control("stop", UNIT)  # first: it would have the others started again
        self.unit.control(
            "stop", DHCP_UNIT, METADATA_SOCKET, METADATA_UNIT, WEB_SOCKET, WEB_UNIT
        )
        super().close()
