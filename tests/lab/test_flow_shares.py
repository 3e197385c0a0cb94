"""One instance does not take conntrack's table from the others.

The table is the whole machine's, and of the size that the machine gave it. So the cluster host is
told another size, by a file over the one that it reads; the kernel would take more.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import metadata
from lab.cloud import Cloud, permit_tcp
from lab.guest import Guest
from lab.lab import CLIENT, Lab
from lab.machine import Machine
from lab.probes import Flow, expect, silent, tcp
from lab.timing import eventually, seconds

OPEN, OUTSIDE, STREAM = 7100, 7101, 7102
TABLE = 4000
LIMIT = "/proc/sys/net/netfilter/nf_conntrack_max"

# Takes every connection and keeps it.
KEEPER = f"""
import resource, socket
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("", {OPEN}))
server.listen(4096)
kept = []
while True:
    kept.append(server.accept())
"""
# Opens connections for as long as it lives, and keeps them.
OPENER = """
import resource, socket, sys, time
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
kept = []
for number in range(50000):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex((sys.argv[1], int(sys.argv[2])))
    kept.append(one)
    if number % 50 == 0:
        time.sleep(0.02)
    if number > 4500:
        time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def small_table(shared_lab: Lab) -> Iterator[None]:
    size = shared_lab.directory / "nf_conntrack_max"
    size.write_text(f"{TABLE}\n")
    shared_lab.host.run("mount", "--bind", "-o", "ro", str(size), LIMIT)
    yield
    shared_lab.host.run("umount", LIMIT)


def entries(lab: Lab, *words: str) -> int:
    """Of conntrack on the cluster host, those with all of these words."""
    lines = lab.host.run("conntrack", "-L").splitlines()
    return sum(all(word in line.split() for word in words) for line in lines)


def run_python(machine: Machine, directory: Path, code: str, *arguments: str) -> int:
    argv = ["python3", "-c", code, *arguments]
    return int(machine.call("spawn", argv=argv, log=str(directory / "flood"), env={}))


def problem(lab: Lab, guest: Guest) -> dict[str, Any]:
    shown = lab.cloud.rpc("system.status")["problems"]
    found = [one for one in shown if one["object"] == f"instance {guest.id}"]
    return found[0] if found else {}


def connections(machine: Machine, address: str, port: int, many: int) -> list[str]:
    """The verdicts of so many new connections."""
    request = {"kind": "tcp", "address": address, "port": port, "source": "0.0.0.0"}
    probes = [request | {"timeout": seconds(5)}] * 50
    verdicts: list[str] = []
    while len(verdicts) < many:
        verdicts += [answer["verdict"] for answer in machine.call("probe", probes=probes)]
    return verdicts


@pytest.mark.parametrize("bridge_netfilter", [1], indirect=True)
def test_who_floods_is_held_to_its_share_and_the_others_are_served(lab: Lab, cloud: Cloud) -> None:
    cloud.account("mallory")
    cloud.group("mallory", "open", permit_tcp(OPEN), permit_tcp(STREAM))
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(OPEN))
    greedy = lab.boot("mallory", "open")
    beside = lab.boot("alice", "web")
    beside.serve(tcp=[OPEN])
    lab.client.serve(tcp=[OUTSIDE])
    greedy.serve_stream(tcp=[STREAM])
    lives = Flow(lab.client, "tcp", greedy.public, STREAM)
    run_python(greedy, lab.directory, KEEPER)
    eventually("it listens", lambda: f":{OPEN} " in greedy.run("ss", "-ltn"))
    flood = run_python(lab.client, lab.directory, OPENER, greedy.public, str(OPEN))
    found = eventually("the problem names it", lambda: problem(lab, greedy), within=20)
    assert found["what"] == "fills the conntrack table", found
    # What it had beyond its share goes, and no new flow of it comes.
    eventually("its share", lambda: entries(lab, f"src={greedy.address}") < 0.8 * TABLE)
    expect(lab.client, silent(tcp(greedy.public, STREAM)))
    expect(greedy, silent(tcp(CLIENT, OUTSIDE)))
    lives.assert_lives()
    # The others notice nothing, nor does itself of DHCP and metadata.
    assert set(connections(lab.client, beside.public, OPEN, 500)) == {"open"}
    assert set(connections(beside, CLIENT, OUTSIDE, 500)) == {"open"}
    late = lab.boot("alice", "web")
    for guest in (late, greedy):
        assert metadata.read(guest, "instance-id") == guest.id
    assert problem(lab, greedy)
    # With its end all of it ends.
    cloud.change("instance.detach", instance_id=greedy.id)
    assert entries(lab, f"src={greedy.address}") == 0
    eventually("the problem ends", lambda: not problem(lab, greedy))
    lab.client.call("signal", pid=flood, number=9)
    lab.discard(greedy)


@pytest.mark.parametrize("bridge_netfilter", [0], indirect=True)
def test_cut_flows_leave_the_table_soon(lab: Lab, cloud: Cloud) -> None:
    """Also where nobody sends any more: they would have stayed for five days."""
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(OPEN))
    guest = lab.boot("alice", "web")
    run_python(guest, lab.directory, KEEPER)
    eventually("it listens", lambda: f":{OPEN} " in guest.run("ss", "-ltn"))
    flood = run_python(lab.client, lab.directory, OPENER, guest.public, str(OPEN))
    eventually("many flows", lambda: entries(lab, "ESTABLISHED", f"src={guest.address}") > 300)
    lab.client.call("signal", pid=flood, number=19)
    cloud.revoke("alice", "web", permit_tcp(OPEN))
    lines = [line for line in lab.host.run("conntrack", "-L").splitlines() if guest.address in line]
    cut = [line for line in lines if "CLOSE" in line.split()]
    assert len(cut) > 300
    assert max(int(line.split()[2]) for line in cut) <= 10
    lab.client.call("signal", pid=flood, number=9)
