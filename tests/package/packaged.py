"""netctl from its Debian packages, on the machine itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from lab.daemon import ROOT
from lab.lab import Lab
from lab.unit import SystemdLab, Unit

PACKAGES = ROOT / "build" / "package"


def apt(*words: str) -> str:
    """What apt says; without a network, so that only what the machine has can satisfy a Depends."""
    done = subprocess.run(
        ("apt-get", "-y", "-q", *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def install(folder: Path = PACKAGES) -> str:
    return apt("install", *(str(file) for file in sorted(folder.glob("*.deb"))))


class PackagedUnit(Unit):
    """The unit of the package, with the lab's configuration where one of Eucalyptus' is."""

    def install(self) -> None:
        pass  # a test does, and another writes the configuration


class PackagedLab(SystemdLab):
    def unit_with(self, settings: dict[str, str]) -> Unit:
        self.unit = PackagedUnit(self.host, self.directory, settings)
        return self.unit

    def close(self) -> None:
        # At the end nothing of netctl is there any more.
        self.host.try_run("systemctl", "stop", "netctld")
        Lab.close(self)

