"""netctld does all its work with no more than its unit leaves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.cloud import Cloud, permit_tcp
from lab.daemon import NETCTLD
from lab.ec2 import Ec2
from lab.lab import Lab
from lab.probes import expect, silent, tcp
from lab.timing import eventually
from lab.unit import FILE

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

# As systemd does by ProtectSystem=strict, ProtectKernelTunables, ReadWritePaths, UMask,
# CapabilityBoundingSet and NoNewPrivileges.
CONFINED = """#!/bin/sh
exec unshare --mount --propagation private sh -ec '
    for place in /run {directory} /proc/sys /proc/sys/net; do mount --bind $place $place; done
    mount -o remount,bind,ro /proc/sys
    mount -o remount,bind,ro /
    umask 077
    exec setpriv --bounding-set={capabilities} --inh-caps=-all --no-new-privs {program} "$@"
' netctld "$@"
"""


def allowed() -> list[str]:
    """The capabilities that the unit leaves, as setpriv has them."""
    lines = re.findall(r"^CapabilityBoundingSet=(.+)$", FILE.read_text(), re.MULTILINE)
    return [word.removeprefix("CAP_").lower() for line in lines for word in line.split()]


@pytest.fixture
def confined(lab: Lab) -> Iterator[Lab]:
    capabilities = ",".join(["-all", *(f"+{name}" for name in allowed())])
    program = lab.directory / "netctld-confined"
    program.write_text(
        CONFINED.format(directory=lab.directory, capabilities=capabilities, program=NETCTLD)
    )
    program.chmod(0o755)
    # The servers that it starts are to be confined, too.
    lab.daemon.stop()
    lab.daemon.purge()
    lab.daemon.program = program
    lab.daemon.start()
    yield lab
    lab.daemon.stop()
    lab.daemon.program = NETCTLD
    lab.daemon.start()


def held_by(lab: Lab, pid: int) -> dict[str, str]:
    """What the kernel says that a process may do."""
    lines = str(lab.host.call("read", path=f"/proc/{pid}/status")).splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_without_a_unit_it_gives_up_the_same_by_itself(lab: Lab, cloud: Cloud) -> None:
    assert lab.daemon.program == NETCTLD
    netctld = held_by(lab, lab.daemon.pid)
    for capabilities in ("CapEff", "CapPrm", "CapBnd"):
        assert bin(int(netctld[capabilities], 16)).count("1") == len(allowed()), netctld
    assert (netctld["NoNewPrivs"], netctld["Seccomp"]) == ("1", "2")
    limits = str(lab.host.call("read", path=f"/proc/{lab.daemon.pid}/limits"))
    assert re.search(r"^Max core file size\s+0\s+0", limits, re.MULTILINE), limits
    metadata = held_by(lab, status(lab)["metadata"]["pid"])
    assert int(metadata["CapBnd"], 16) == int(metadata["CapPrm"], 16) == 0
    assert (metadata["NoNewPrivs"], metadata["Seccomp"]) == ("1", "2")
    dhcp = held_by(lab, status(lab)["dhcp"]["pid"])
    assert (dhcp["NoNewPrivs"], dhcp["Seccomp"]) == ("1", "2")


def web_pid(lab: Lab) -> int:
    """Of the netctl-web that this netctld has started; 0 where it has none."""
    found = lab.host.try_run("pgrep", "-P", str(lab.daemon.pid), "-x", "netctl-web").out.split()
    return int(found[0]) if found else 0


def test_who_reads_what_strangers_send_has_sockets_and_nothing_else(lab: Lab, cloud: Cloud) -> None:
    """What it could do beside that `unit_web` tries, call by call."""
    alice = Ec2(lab, "alice")
    alice.aws("create-security-group --group-name web --description web")
    pid = web_pid(lab)
    held = held_by(lab, pid)
    for capabilities in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert int(held[capabilities], 16) == 0, held
    assert (held["NoNewPrivs"], held["Seccomp"], held["Threads"]) == ("1", "2", "1")
    listed = lab.host.run("find", f"/proc/{pid}/fd", "-type", "l", "-printf", r"%f %l\n")
    opened = dict(line.split(" ", 1) for line in listed.splitlines())
    log = opened.pop("2")
    assert log == lab.host.run("readlink", f"/proc/{lab.daemon.pid}/fd/2").strip()
    kinds = {where.split(":")[0] for where in opened.values()}
    assert kinds <= {"socket", "anon_inode", "/dev/null"}, opened
    netlink = str(lab.host.call("read", path="/proc/net/netlink")).splitlines()[1:]
    sockets = {where[len("socket:[") : -1] for where in opened.values() if where[0] == "s"}
    assert not sockets & {line.split()[-1] for line in netlink}, "it has none to the kernel"

    # Whoever ends it by what he sends takes it from others for a second.
    lab.host.run("kill", "-9", str(pid))
    eventually("another one", lambda: web_pid(lab) not in (0, pid))
    pid = web_pid(lab)
    shown = alice.aws("describe-security-groups --group-names web")
    assert len(shown["SecurityGroups"]) == 1
    eventually("no problem is left", lambda: status(lab)["healthy"])

    lab.daemon.kill()
    # What is not its parent's any more may still be listed; it has nothing open then.
    eventually("it ends with netctld", lambda: not Path(f"/proc/{pid}/fd/2").exists())
    lab.daemon.start()
    alice.aws("describe-security-groups --group-names web")


def status(lab: Lab) -> dict[str, Any]:
    return dict(lab.daemon.rpc("system.status"))


def test_all_is_done_with_the_rights_of_the_unit(confined: Lab, cloud: Cloud) -> None:
    lab = confined
    held = str(lab.host.call("read", path=f"/proc/{lab.daemon.pid}/status"))
    effective = re.search(r"^CapEff:\s+(\w+)$", held, re.MULTILINE)
    assert effective and bin(int(effective[1], 16)).count("1") == len(allowed())
    assert re.search(r"^NoNewPrivs:\s+1$", held, re.MULTILINE)
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))
    assert status(lab)["metadata"]["running"]

    lab.host.run("iptables-legacy", "-F")
    lab.host.run("sysctl", "-qw", "net.ipv4.ip_forward=0")
    server = status(lab)["dhcp"]["pid"]
    lab.host.run("kill", "-9", str(server))
    eventually("another DHCP server", lambda: status(lab)["dhcp"]["pid"] not in (0, server))
    eventually("nothing is left to repair", lambda: cloud.plan() == [])
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))

    # It knows again what it has started, and ends it.
    servers = [status(lab)[name]["pid"] for name in ("dhcp", "metadata")]
    lab.daemon.kill()
    lab.daemon.start()
    assert [status(lab)[name]["pid"] for name in ("dhcp", "metadata")] == servers
    for name in ("dhcp", "metadata"):
        lab.daemon.cli("restart", name)
    after = [status(lab)[name]["pid"] for name in ("dhcp", "metadata")]
    assert all(pid not in (0, *servers) for pid in after)
    lab.boot("alice", "web")
    assert status(lab)["healthy"], status(lab)["problems"]
