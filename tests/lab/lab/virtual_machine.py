"""A virtual machine with a kernel of its own: QEMU without KVM, Debian's kernel, busybox."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .daemon import ROOT
from .machine import Machine

KERNEL = ROOT / "build" / "vm"  # made by scripts/vm-kernel
SCRIPTS = Path(__file__).resolve().parents[1] / "virtual_machine"
# What makes emulation slow, as scripts/vm has found.
CPU = "max,-smap,-smep,-la57"
COMMAND_LINE = (
    "console=ttyS0 quiet panic=-1 norandmaps nokaslr mitigations=off lsm= audit=0 "
    "cryptomgr.notests tsc=reliable no_timer_check random.trust_cpu=on"
)


def modules() -> list[Path]:
    """Those of a virtio network device, each after what it needs."""
    found: dict[Path, None] = {}
    (version,) = (KERNEL / "lib" / "modules").iterdir()
    for module in ("virtio_pci", "virtio_net"):
        command = ["modprobe", "-d", str(KERNEL), "-S", version.name, "--show-depends", module]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found |= dict.fromkeys(Path(line.split()[1]) for line in listed.splitlines())
    return list(found)


def make_initrd(directory: Path) -> Path:
    """An archive with busybox, the modules, and an init that gets a lease and serves."""
    root = directory / "root"
    for name in ("bin", "proc", "sys", "dev", "modules"):
        (root / name).mkdir(parents=True)
    busybox = subprocess.run(["which", "busybox"], capture_output=True, text=True, check=True)
    program = busybox.stdout.strip()
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    files = [word for word in libraries.stdout.split() if word.startswith("/")]
    subprocess.run(["cp", "-L", program, root / "bin"], check=True)
    if files:
        subprocess.run(["cp", "-L", "--parents", "-t", root, *files], check=True)
    order = modules()
    subprocess.run(["cp", "-t", root / "modules", *order], check=True)
    (root / "modules" / "order").write_text("".join(f"{module.name}\n" for module in order))
    subprocess.run(["cp", "-t", root, *SCRIPTS.iterdir()], check=True)
    archive = directory / "initrd"
    pack = f"cd {root} && find . | busybox cpio -o -H newc 2>/dev/null >{archive}"
    subprocess.run(["sh", "-c", pack], check=True)
    return archive


class VirtualMachine:
    """On a host's tap, from `start` to `stop`. It greets with its host name on TCP port 22."""

    def __init__(self, host: Machine, tap: str, mac: str, directory: Path) -> None:
        if not KERNEL.exists():
            raise RuntimeError(f"there is no {KERNEL}: run scripts/vm-kernel {KERNEL}")
        self.host = host
        self.tap = tap
        self.mac = mac
        self.console = directory / f"{tap}.console"
        self.log = directory / f"{tap}.qemu"
        self.initrd = make_initrd(directory / f"{tap}.initrd")
        self.pid = 0

    def start(self) -> None:
        """Makes the tap, as a hypervisor does, and switches the machine on."""
        self.host.ip("tuntap", "add", self.tap, "mode", "tap")
        argv = (
            f"qemu-system-x86_64 -machine q35,hpet=off,smbus=off -accel tcg -cpu {CPU} -smp 1 "
            "-m 128 -nodefaults -no-user-config -display none -no-reboot "
            f"-kernel {KERNEL}/kernel -initrd {self.initrd} -serial file:{self.console} "
            f"-netdev tap,id=net,ifname={self.tap},script=no,downscript=no "
            f"-device virtio-net-pci,netdev=net,mac={self.mac},romfile="
        ).split()
        argv += ["-append", COMMAND_LINE]
        self.pid = self.host.call("spawn", argv=argv, log=str(self.log), env=dict(os.environ))

    def stop(self) -> None:
        """With its power goes its tap."""
        self.host.call("signal", pid=self.pid, number=9)
        self.host.call("wait", pid=self.pid, timeout=10)
        self.host.ip("link", "del", self.tap)

    def console_text(self) -> str:
        texts = [
            path.read_text(errors="replace") for path in (self.log, self.console) if path.exists()
        ]
        return "\n".join(texts)
