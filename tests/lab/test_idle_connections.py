"""Connections that say nothing keep nobody out, however many they are."""

from __future__ import annotations

import json

import pytest
from lab.cloud import permit_tcp
from lab.ec2 import Ec2
from lab.ec2 import PORT as EC2_PORT
from lab.events import Events
from lab.lab import HOST_PUBLIC, OFFICE, Lab
from lab.machine import Machine
from lab.nodes import CLUSTER, PORT, NodeLab
from lab.timing import eventually, seconds

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

# Opens connections, and those that are ended anew: so the listener never has a free place.
HOLD = """
import resource, select, socket, sys, time
address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
poll = select.epoll()
held = {}
def connect():
    one = socket.create_connection((address, port), timeout=10)
    held[one.fileno()] = one
    poll.register(one, select.EPOLLIN | select.EPOLLHUP)
for _ in range(count):
    connect()
print("holds", flush=True)
while True:
    for number, _ in poll.poll(1, 4):
        poll.unregister(number)
        held.pop(number).close()
        connect()
    time.sleep(0.02)
"""


@pytest.fixture
def lab(node_lab: NodeLab) -> NodeLab:
    return node_lab


def hold(lab: Lab, machine: Machine, address: str, port: int, count: int) -> int:
    log = lab.directory / f"hold-{port}"
    log.unlink(missing_ok=True)
    argv = ["/usr/bin/python3", "-c", HOLD, address, str(port), str(count)]
    pid = int(machine.call("spawn", argv=argv, log=str(log), env={}))
    eventually("the connections stand", lambda: "holds" in log.read_text(), within=30)
    return pid


def test_everybody_is_served_beside_idle_connections(lab: NodeLab) -> None:
    alice = Ec2(lab, "alice")
    lab.pki("client", "dora")
    dora = lab.daemon.state / "pki" / "dora"
    events = Events(lab.cloud.rpc)
    logged = lab.daemon.log_text().count("\n")
    pids = [
        (lab.office, hold(lab, lab.office, CLUSTER, PORT, 2200)),
        (lab.client, hold(lab, lab.client, HOST_PUBLIC, EC2_PORT, 1100)),
    ]
    try:
        for port in range(1, 21):
            assert lab.daemon.try_cli("status").code in (0, 4)
            lab.cloud.group("alice", f"web{port}", permit_tcp(port))
        # From the same machine as those connections, and so from the same address.
        files = f"--cacert {dora}/ca.crt --cert {dora}/client.crt --key {dora}/client.key"
        for _ in range(5):
            health = lab.office.try_run(
                *f"curl -s --max-time 5 {files} https://{CLUSTER}:{PORT}/healthz".split()
            )
            assert health.code == 0, health
            assert len(alice.aws("describe-security-groups")["SecurityGroups"]) == 21
        assert set(lab.states().values()) == {"connected"}
        guest = lab.boot_on(lab.node_hosts[0], "alice", "web1")
        assert guest.instance["port"] == "open"
    finally:
        for machine, pid in pids:
            machine.call("signal", pid=pid, number=9)
            machine.call("wait", pid=pid, timeout=seconds(20))
    events.expect(f"connection from {OFFICE}", "connections", "waited longest")
    lines = lab.daemon.log_text().splitlines()[logged:]
    refused = [line for line in lines if " http refused " in line]
    assert 1 <= len(refused) < 10, refused
    told = lab.cloud.rpc("events.list", since=events.since)["events"]
    assert sum(event["object"].startswith("connection from") for event in told) < 10, json.dumps(told)
