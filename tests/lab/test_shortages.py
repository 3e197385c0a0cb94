"""What netctld has too little of, or another program keeps from it, stops nothing that needs none of it."""

from __future__ import annotations

import fcntl
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lab.cloud import Cloud, permit_tcp
from lab.daemon import NETCTLD
from lab.ec2 import PORT as EC2_PORT
from lab.lab import HOST_PUBLIC, Lab
from lab.probes import expect, silent, tcp
from lab.rpc import Rpc
from lab.timing import eventually, seconds

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

WAIT = 4
# As many as systems have left to a process that is to have none to spare.
FEW = 64


@contextmanager
def xtables_lock() -> Iterator[None]:
    """As another program has it: until the end of the block."""
    with Path("/run/xtables.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Call(threading.Thread):
    """One that is made meanwhile, on a connection of its own."""

    def __init__(self, lab: Lab, method: str, **parameters: Any) -> None:
        super().__init__()
        self.rpc = Rpc(lab.daemon.socket)
        self.method, self.parameters = method, parameters
        self.answer: dict[str, Any] = {}
        self.took = 0.0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        self.answer = self.rpc(self.method, **self.parameters)
        self.took = time.monotonic() - began


def test_a_held_lock_of_iptables_blocks_no_status_and_no_longer_than_promised(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    cloud.group("alice", "db", permit_tcp(22))
    other = lab.boot("alice", "db")
    with lab.daemon.reloaded(NETCTL_WAIT=str(WAIT)):
        with xtables_lock():
            wide = Call(
                lab,
                "group.authorize",
                owner="alice",
                group="web",
                permissions=[permit_tcp(1000, 9000)],
            )
            # These need no table.
            for method, seen in (
                ("group.authorize", tcp(other.public, 80, server=other.name)),
                ("group.revoke", silent(tcp(other.public, 80))),
            ):
                narrow = Call(lab, method, owner="alice", group="db", permissions=[permit_tcp(80)])
                narrow.join()
                assert narrow.answer["in_force"], narrow.answer
                assert narrow.took < seconds(0.5)
                expect(lab.client, seen)
            slowest = 0.0
            while wide.is_alive():
                began = time.monotonic()
                lab.daemon.rpc("system.status")
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.02)
            assert not wide.answer["in_force"], wide.answer
            assert "xtables lock" in wide.answer["not_in_force"][0]["reason"]
            assert wide.took < WAIT + seconds(0.5)
            assert slowest < seconds(0.5)
        eventually("all is in force", lambda: cloud.rpc("system.status")["in_force"])
        expect(lab.client, tcp(guest.public, 8080, server=guest.name))


def with_descriptors(lab: Lab, number: int) -> Path:
    """netctld where nobody may have more, as systemd's unit leaves it."""
    program = lab.directory / "netctld-with-few-descriptors"
    kept = "setpriv --bounding-set=-sys_resource --inh-caps=-all"
    program.write_text(f'#!/bin/sh\nulimit -n {number}\nexec {kept} {NETCTLD} "$@"\n')
    program.chmod(0o755)
    return program


# Connections that stand there, by TCP or on the socket.
HOLD = """
import socket, sys, time
held = []
for _ in range(100):
    if sys.argv[1] == "unix":
        one = socket.socket(socket.AF_UNIX)
        one.connect(sys.argv[2])
    else:
        one = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    held.append(one)
print("holds", flush=True)
time.sleep(600)
"""


def test_all_goes_on_with_sixty_four_descriptors(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    open_port = tcp(guest.public, 22, server=guest.name)
    with lab.daemon.replaced(with_descriptors(lab, FEW)):
        problems = {each["object"]: each for each in lab.daemon.rpc("system.status")["problems"]}
        small = problems["limit of open files"]
        assert small["what"] == "is 64" and "LimitNOFILE=" in small["remedy"], small
        holders = []
        for machine, words in (
            (lab.client, [HOST_PUBLIC, str(EC2_PORT)]),
            (lab.host, ["unix", str(lab.daemon.socket)]),
        ):
            log = lab.directory / f"hold-{words[0]}"
            log.unlink(missing_ok=True)
            argv = ["/usr/bin/python3", "-c", HOLD, *words]
            holders.append((machine, machine.call("spawn", argv=argv, log=str(log), env={})))
            eventually("connections stand", lambda log=log: "holds" in log.read_text())
        try:
            lab.host.run("iptables-legacy", "-F")
            server = lab.daemon.rpc("system.status")["dhcp"]["pid"]
            lab.host.run("kill", "-9", str(server))
            lab.host.run("ip", "address", "del", f"{guest.public}/32", "dev", "eth1")

            def repaired() -> bool:
                status = lab.daemon.rpc("system.status")
                return bool(status["in_force"]) and status["dhcp"]["pid"] not in (0, server)

            eventually("all is in force, with another DHCP server", repaired, within=10)
            eventually("nothing is left to repair", lambda: cloud.plan() == [], within=10)
            expect(lab.client, open_port, silent(tcp(guest.public, 23)))
            lab.boot("alice", "web")
            cloud.authorize("alice", "web", permit_tcp(80))
            expect(lab.client, tcp(guest.public, 80, server=guest.name))
        finally:
            for machine, pid in holders:
                machine.call("signal", pid=pid, number=9)
                machine.call("wait", pid=pid, timeout=seconds(20))


def may_raise_limits(lab: Lab) -> bool:
    """What starts here has CAP_SYS_RESOURCE; containers often have not."""
    status = str(lab.host.call("read", path="/proc/self/status"))
    (held,) = re.findall(r"^CapBnd:\s+(\w+)$", status, re.MULTILINE)
    return bool(int(held, 16) >> 24 & 1)


def test_fewer_descriptors_are_raised_or_refused_by_name(lab: Lab) -> None:
    lab.daemon.stop()
    words = ("--config", str(lab.daemon.config))
    refused = lab.host.try_run(str(with_descriptors(lab, FEW - 1)), *words)
    assert refused.code == 78 and "open files is 63" in refused.err, refused
    if may_raise_limits(lab):
        # As a shell's ulimit leaves it to root: what is missing netctld takes.
        program = lab.directory / "netctld-of-a-shell"
        program.write_text(f'#!/bin/sh\nulimit -n 64\nexec {NETCTLD} "$@"\n')
        program.chmod(0o755)
        lab.daemon.program = program
    try:
        lab.daemon.start()
        limits = str(lab.host.call("read", path=f"/proc/{lab.daemon.pid}/limits"))
        (limit,) = re.findall(r"^Max open files\s+(\d+)", limits, re.MULTILINE)
        assert int(limit) >= 8192, limits
        assert lab.daemon.rpc("system.status")["in_force"]
    finally:
        lab.daemon.stop()
        lab.daemon.program = NETCTLD
        lab.daemon.start()
