"""Whom the cluster host turns away from the node link, and that an event says so."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.daemon import NETCTL
from lab.events import Events
from lab.nodes import CLUSTER, PORT, NodeHost, NodeLab
from lab.probes import expect, tcp

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

_thirds = itertools.count(1)

# Says hello as told, and prints what the cluster host says.
SPEAK = """
import json, socket, ssl, struct, sys
host, port, pki, hello = sys.argv[1:]
context = ssl.create_default_context(cafile=pki + "/ca.crt")
context.load_cert_chain(pki + "/host.crt", pki + "/host.key")
link = context.wrap_socket(socket.create_connection((host, int(port)), 5), server_hostname=host)
link.sendall(b"GET /node HTTP/1.1\\r\\nHost: x\\r\\nConnection: Upgrade\\r\\n"
             b"Upgrade: netctl-node\\r\\n\\r\\n")
answer = b""
while not answer.endswith(b"\\r\\n\\r\\n"):
    answer += link.recv(1)
link.sendall(struct.pack("!I", len(hello)) + hello.encode())
size = 0
while size == 0:
    size = struct.unpack("!I", link.recv(4))[0]
print(link.recv(size).decode())
"""


@pytest.fixture
def lab(node_lab: NodeLab) -> NodeLab:
    return node_lab


@pytest.fixture
def third(lab: NodeLab) -> Iterator[NodeHost]:
    """A host that has not joined."""
    node = NodeHost(lab, f"third{next(_thirds)}", 3)
    node.daemon.state.mkdir()
    yield node
    if node.daemon.pid:
        node.daemon.stop()
    lab.remove(node)


def take_certificate(node: NodeHost, made: Path) -> None:
    shutil.copytree(made, node.daemon.state / "pki", dirs_exist_ok=True)


def test_a_second_node_of_the_same_name(lab: NodeLab, third: NodeHost) -> None:
    first = lab.node_hosts[0]
    lab.cloud.account("alice")
    guest = lab.boot_on(first, "alice", "default")
    events = Events(lab.daemon.rpc)
    third.daemon.settings["NETCTL_NODE_NAME"] = first.name
    take_certificate(third, first.daemon.state / "pki")
    third.daemon.start()
    events.expect(f"node {first.name}", "refused", "connected already")
    assert lab.states()[first.name] == "connected"
    assert third.daemon.rpc("instance.describe")["instances"] == []
    expect(guest, tcp(lab.boot_on(first, "alice", "default").address, 22))


def test_a_node_of_another_name_than_its_certificates(lab: NodeLab, third: NodeHost) -> None:
    lab.pki("node", third.name)
    take_certificate(third, lab.daemon.state / "pki" / third.name)
    events = Events(lab.daemon.rpc)
    third.daemon.settings["NETCTL_NODE_NAME"] = "somebody"
    third.daemon.start()
    events.expect(f"node {third.name}", "refused", "calls itself 'somebody'")


def test_a_certificate_of_another_authority(lab: NodeLab, third: NodeHost) -> None:
    other = lab.directory / "other"
    for words in ("init --host " + CLUSTER, f"node {third.name}"):
        lab.host.run(str(NETCTL), "pki", *words.split(), "--state-dir", str(other))
    take_certificate(third, other / "pki" / third.name)
    # It would not even trust the cluster host; somebody who does has no use of it either.
    shutil.copy(lab.daemon.state / "pki" / "ca.crt", third.daemon.state / "pki" / "ca.crt")
    events = Events(lab.daemon.rpc)
    third.daemon.start()
    events.expect(f"connection from {third.address}", "certificate")
    assert third.name not in lab.states()


def test_no_certificate_at_all(lab: NodeLab, third: NodeHost) -> None:
    events = Events(lab.daemon.rpc)
    words = f"curl -s -k --max-time 5 https://{CLUSTER}:{PORT}/rpc".split()
    assert third.machine.try_run(*words).code != 0
    events.expect(f"connection from {third.address}", "certificate")


def test_an_administrators_certificate_is_no_nodes(lab: NodeLab, third: NodeHost) -> None:
    lab.pki("client", "carol")
    made = lab.daemon.state / "pki" / "carol"
    (third.daemon.state / "pki").mkdir()
    for name, file in (
        ("ca.crt", "ca.crt"),
        ("host.crt", "client.crt"),
        ("host.key", "client.key"),
    ):
        shutil.copy(made / file, third.daemon.state / "pki" / name)
    events = Events(lab.daemon.rpc)
    third.daemon.start()
    events.expect(f"connection from {third.address}", "only a node's certificate")


def test_a_node_of_another_cluster(lab: NodeLab, third: NodeHost) -> None:
    third.join()
    lab.wait_connected(third)
    third.daemon.stop()
    memory = third.daemon.state / "node.json"
    document = json.loads(memory.read_text())
    document["cluster"] = "00000000-0000-4000-8000-000000000000"
    memory.write_text(json.dumps(document))
    events = Events(lab.daemon.rpc)
    third.daemon.start()
    events.expect(f"node {third.name}", "refused", "belongs to the cluster", "node.json")


def test_another_version(lab: NodeLab, third: NodeHost) -> None:
    lab.pki("node", third.name)
    made = lab.daemon.state / "pki" / third.name
    events = Events(lab.daemon.rpc)
    hello = json.dumps({"type": "hello", "protocol": 99, "from": "the future"})
    said = third.machine.run("/usr/bin/python3", "-c", SPEAK, CLUSTER, str(PORT), str(made), hello)
    assert "version 99" in json.loads(said)["reason"]
    events.expect(f"node {third.name}", "refused", "version 99")
