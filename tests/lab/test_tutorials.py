"""The tutorials, typed as they stand there, each on a machine of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from lab.daemon import NETCTLD, ROOT
from lab.lab import Lab
from lab.libvirt import HOOK, Domain, Libvirt
from lab.probes import expect, ping, silent, tcp
from lab.room import Room
from lab.timing import eventually, seconds

TUTORIALS = ROOT / "docs" / "tutorials"
BOX = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A network, and places for files, that are the page's alone. /etc is a copy.
MACHINE = """set -e
cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc
rm -rf /etc/netctl /etc/eucalyptus
for place in /run /tmp /var/lib; do mount -t tmpfs none "$place"; done
chmod 755 /var/lib && mount -t sysfs none /sys && ip link set lo up
"""
MARK = "=== box"


def boxes(page: Path) -> list[tuple[str, list[str]]]:
    """What is typed, and the pieces of what is shown for it."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in BOX.findall(page.read_text()):
        if kind == "sh":
            found.append((text, []))
        else:
            found[-1][1].extend(line.strip() for line in text.splitlines())
    return found


def script_of(typed: list[tuple[str, list[str]]]) -> str:
    return "".join(f"echo '{MARK} {number}'\n{text}" for number, (text, _) in enumerate(typed))


def expect_shown(typed: list[tuple[str, list[str]]], output: str) -> None:
    shown = re.split(rf"^{MARK} \d+$", output, flags=re.MULTILINE)[1:]
    for (text, pieces), found in zip(typed, shown, strict=True):
        missing = [piece for piece in pieces if piece not in found]
        assert not missing, f"{text}shows no {missing}:\n{found}"


@pytest.mark.parametrize("page", ["laptop", "cluster", "eucalyptus"])
def test_it_does_what_it_says(page: str, directory: Path) -> None:
    typed = boxes(TUTORIALS / f"{page}.md")
    (directory / "page").write_text(MACHINE + script_of(typed))
    words = ["unshare", "--net", "--mount", "bash", str(directory / "page"), str(directory)]
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds(60),
        env={"PATH": f"{NETCTLD.parent}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"},
        check=False,
    )
    assert done.returncode == 0, done.stdout
    expect_shown(typed, done.stdout)


ROUTER, MACHINE_HAS = "203.0.113.17", "203.0.113.25"


def give_provider(lab: Lab) -> None:
    """The lab's client as the router of a provider; the host has no bridge yet."""
    lab.host.ip("link", "del", "br0")
    for machine, device, address in (
        (lab.client, "wire", f"{ROUTER}/28"),
        (lab.host, "eth1", "203.0.113.18/28"),
    ):
        machine.ip("address", "flush", "dev", device)
        machine.ip("address", "add", address, "dev", device)
    lab.host.ip("route", "replace", "default", "via", ROUTER)


def test_a_libvirt_host_does_what_it_says() -> None:
    """Beside the real libvirtd, with a machine that it knows."""
    typed = boxes(TUTORIALS / "libvirt.md")
    with Lab() as lab, Room(lab.host, lab.directory) as room:
        give_provider(lab)
        room.run("rm", "-rf", "/etc/netctl", "/etc/eucalyptus")
        room.start_bus()
        libvirt = Libvirt(room)
        libvirt.install("libvirt", HOOK)
        libvirt.start()
        machine = Domain("web1", 1, lab.directory)
        libvirt.define(machine)
        path = f"PATH={NETCTLD.parent}:/usr/sbin:/usr/bin:/sbin:/bin\n"
        done = room.try_run("bash", "-e", "-c", path + script_of(typed), timeout=seconds(90))
        assert done.code == 0, done.out + done.err
        expect_shown(typed, done.out)
        eventually("it has booted", lambda: machine.booted_with("172.16.0.9"), within=60)
        expect(lab.client, ping(MACHINE_HAS), tcp(MACHINE_HAS, 22))
        expect(lab.client, silent(tcp(MACHINE_HAS, 23)))
