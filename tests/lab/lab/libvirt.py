"""libvirtd of the distribution on a host of the lab, with netctl's hook, and its machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .daemon import NETCTL, ROOT, Daemon
from .machine import Ran
from .room import Room, Service
from .timing import eventually
from .virtual_machine import COMMAND_LINE, KERNEL, make_initrd

HOOK = "/etc/libvirt/hooks/qemu.d/netctl"
# Without what the lab's namespaces do not have: cgroups, security modules, virtlogd.
QEMU_CONF = """user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
remember_owner = 0
"""
DOMAIN = """<domain type='qemu'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <metadata>{metadata}</metadata>
  <memory unit='MiB'>128</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernel}/kernel</kernel><initrd>{initrd}</initrd><cmdline>{command_line}</cmdline></os>
  <features><acpi/></features>
  <cpu mode='maximum'><feature policy='disable' name='smap'/>
    <feature policy='disable' name='smep'/><feature policy='disable' name='la57'/></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <interface type='bridge'><mac address='{mac}'/><source bridge='{bridge}'/>
      <model type='virtio'/><rom enabled='no'/></interface>
    <serial type='file'><source path='{console}' append='on'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
"""


@dataclass
class Domain:
    """A machine as an administrator writes it."""

    name: str
    number: int
    directory: Path
    bridge: str = "br0"
    metadata: str = ""
    console: Path = field(init=False)

    def __post_init__(self) -> None:
        self.console = self.directory / f"{self.name}.console"

    @property
    def id(self) -> str:
        """What netctl makes of its UUID."""
        return f"i-08{self.number:015d}"

    @property
    def mac(self) -> str:
        return f"52:54:00:00:00:{self.number:02x}"

    def xml(self) -> str:
        initrd = self.directory / "initrd.made"
        return DOMAIN.format(
            name=self.name,
            uuid=f"00000000-0000-4000-8000-{self.number:012d}",
            metadata=self.metadata,
            kernel=KERNEL,
            initrd=initrd / "initrd" if initrd.exists() else make_initrd(initrd),
            command_line=COMMAND_LINE,
            mac=self.mac,
            bridge=self.bridge,
            console=self.console,
        )

    def booted_with(self, address: str) -> bool:
        return self.console.exists() and f"lease: {address}" in self.console.read_text()


def ours(owner: str, *groups: str, more: str = "") -> str:
    names = "".join(f"<netctl:group>{group}</netctl:group>" for group in groups)
    space = "xmlns:netctl='urn:netctl:instance'"
    return f"<netctl:instance {space} owner='{owner}' {more}>{names}</netctl:instance>"


class Libvirt:
    """In a room, which ends it."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.service: Service | None = None
        self.options: list[str] = []
        room.write("/etc/libvirt/qemu.conf", QEMU_CONF)

    def install(self, hook: str, place: str) -> None:
        """As the package does, with the program that is built here."""
        text = (ROOT / "packaging" / "hooks" / hook).read_text()
        self.room.write(place, text.replace("/usr/bin/netctl", str(NETCTL)))
        self.room.run("chmod", "755", place)

    def listen(self, number: int) -> None:
        """As another host's libvirt calls it, to migrate machines."""
        self.options = ["--listen"]
        self.room.write(
            "/etc/libvirt/libvirtd.conf",
            'listen_tls = 0\nlisten_tcp = 1\nauth_tcp = "none"\n'
            f'host_uuid = "00000000-0000-4000-9000-{number:012d}"\n',
        )

    def install_hook(self, daemon: Daemon, more: dict[str, str] | None = None) -> None:
        """With the lab's configuration, and what the hook's has besides."""
        self.install("libvirt", HOOK)
        local = daemon.local.read_text()
        local += "".join(f'{key}="{value}"\n' for key, value in (more or {}).items())
        self.room.run("rm", "-rf", "/etc/netctl")
        self.room.write("/etc/eucalyptus/eucalyptus.conf", daemon.config.read_text())
        self.room.write("/etc/eucalyptus/eucalyptus.local.conf", local)

    def start(self) -> None:
        self.service = self.room.start("libvirtd", *self.options)
        eventually(
            "libvirtd serves", lambda: self.try_virsh("list").code == 0, within=30, every=0.1
        )

    def stop(self) -> None:
        assert self.service
        self.service.end()

    def define(self, domain: Domain) -> None:
        path = f"/etc/{domain.name}.xml"
        self.room.write(path, domain.xml())
        self.virsh("define", path)

    def try_virsh(self, *words: str, timeout: float = 60) -> Ran:
        return self.room.try_run("virsh", "-q", *words, timeout=timeout)

    def virsh(self, *words: str, timeout: float = 60) -> str:
        return self.room.run("virsh", "-q", *words, timeout=timeout)

    def netctl(self, *words: str) -> str:
        return self.room.run(str(NETCTL), *words)

    def state(self, domain: Domain) -> str:
        return self.virsh("domstate", domain.name).strip()

