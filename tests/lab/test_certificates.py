"""Certificates are renewed without a pause, and count no more at once when they are revoked."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.daemon import NETCTL
from lab.events import Events
from lab.machine import Ran
from lab.nodes import CLUSTER, PORT, NodeLab
from lab.probes import expect, silent, tcp
from lab.timing import eventually, seconds

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

URL = f"https://{CLUSTER}:{PORT}"
REFUSED, NO_DAEMON = 1, 3
SERVED = (0, 4)  # 4: not all is in force at this moment

# Asks once, and then says nothing until somebody ends the connection.
STAY = """
import socket, ssl, sys
host, port, files = sys.argv[1:]
context = ssl.create_default_context(cafile=files + "/ca.crt")
context.load_cert_chain(files + "/client.crt", files + "/client.key")
link = context.wrap_socket(socket.create_connection((host, int(port)), 5), server_hostname=host)
link.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
print("served" if link.recv(4096).startswith(b"HTTP/1.1 ") else "refused", flush=True)
link.settimeout(40)
try:
    link.recv(1)
    print("ended", flush=True)
except TimeoutError:
    print("stays", flush=True)
except OSError:
    print("ended", flush=True)
"""


@pytest.fixture
def lab(node_lab: NodeLab) -> NodeLab:
    return node_lab


class Holder:
    """Somebody at the office with a copy of a certificate's files."""

    def __init__(self, lab: NodeLab, kind: str, name: str) -> None:
        self.lab, self.name = lab, name
        lab.pki(kind, name)
        self.made = lab.daemon.state / "pki" / name
        self.files = lab.directory / f"office-{name}"
        shutil.rmtree(self.files, ignore_errors=True)
        shutil.copytree(self.made, self.files)

    def netctl(self, *words: str) -> Ran:
        shown = f"--ca {self.files}/ca.crt --cert {self.files}/client.crt"
        key = f"--key {self.files}/client.key"
        return self.lab.office.try_run(str(NETCTL), "--url", URL, *shown.split(), *key.split(), *words)

    def call(self, method: str, parameters: str = "{}") -> Ran:
        """As any program calls."""
        body = f'{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {parameters}}}'
        shown = f"--cacert {self.files}/ca.crt --cert {self.files}/client.crt"
        key = f"--key {self.files}/client.key"
        words = [*shown.split(), *key.split(), "-d", body, f"{URL}/rpc"]
        return self.lab.office.try_run("curl", "-sS", "--max-time", "10", *words)


class Stayer:
    """A connection that stands, and what has become of it."""

    def __init__(self, holder: Holder) -> None:
        self.machine = holder.lab.office
        self.log = holder.lab.directory / f"stay-{holder.name}"
        self.log.unlink(missing_ok=True)
        argv = ["/usr/bin/python3", "-c", STAY, CLUSTER, str(PORT), str(holder.files)]
        self.pid = self.machine.call("spawn", argv=argv, log=str(self.log), env={})
        eventually("the connection stands", lambda: self.said() == ["served"])

    def said(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def end(self) -> None:
        self.machine.call("signal", pid=self.pid, number=9)
        self.machine.call("wait", pid=self.pid, timeout=seconds(20))


@pytest.fixture
def stayers() -> Iterator[list[Stayer]]:
    standing: list[Stayer] = []
    yield standing
    for one in standing:
        one.end()


def test_a_reader_reads_and_changes_nothing(lab: NodeLab) -> None:
    lab.cloud.account("alice")
    rita = Holder(lab, "reader", "rita")
    shown = json.loads(rita.netctl("--json", "account", "describe").out)
    assert [account["name"] for account in shown["accounts"]] == ["alice"]
    assert rita.netctl("status").code in SERVED
    assert "in_force" in json.loads(rita.call("system.status").out)["result"]
    for words in (
        "account create mallory",
        "account create-key alice",
        "group create web --owner alice --description web",
        "reload",
        "pause 1m",
        f"backup {lab.directory}/stolen",
    ):
        refused = rita.netctl(*words.split())
        assert refused.code == REFUSED and "OU=reader" in refused.err, refused
    assert not (lab.directory / "stolen").exists()
    error = json.loads(rita.call("account.create", '{"name": "mallory"}').out)["error"]
    assert error["data"]["reason"] == "UnauthorizedOperation", error
    assert [each["name"] for each in lab.cloud.rpc("account.describe")["accounts"]] == ["alice"]
    groups = lab.cloud.rpc("group.describe", owner="alice")["groups"]
    assert [each["name"] for each in groups] == ["default"]
    # The same holder's successor may.
    lab.pki("revoke", "rita")
    assert Holder(lab, "client", "rita").netctl("account", "create", "bob").code == 0


def test_a_revoked_client_is_cut_at_once_and_no_other(lab: NodeLab, stayers: list[Stayer]) -> None:
    carol, dora = Holder(lab, "client", "carol"), Holder(lab, "client", "dora")
    stayers += [Stayer(carol), Stayer(dora)]
    events = Events(lab.cloud.rpc)
    lab.pki("renew", "carol")  # whose former certificate must go, too
    said = lab.pki("revoke", "carol")
    eventually("its connection is ended", lambda: stayers[0].said() == ["served", "ended"], within=3)
    assert len(re.findall(r"\b[0-9A-F]{32}\b", said)) == 2, said
    events.expect("connection from", "certificate revoked")
    refused = carol.netctl("account", "create", "mallory")
    assert refused.code == NO_DAEMON and "revoked" in refused.err, refused
    assert carol.call("account.create", '{"name": "mallory"}').code != 0
    assert stayers[1].said() == ["served"]
    assert dora.netctl("account", "create", "alice").code == 0
    # It stays so, whatever becomes of netctld.
    lab.daemon.kill()
    lab.daemon.start()
    lab.wait_connected(*lab.node_hosts)
    assert "revoked" in carol.netctl("status").err
    assert dora.netctl("status").code in SERVED
    assert Holder(lab, "client", "carol").netctl("status").code in SERVED


def link_certificate(state: Path) -> str:
    return (state / "pki" / "host.crt").read_text()


def test_a_revoked_node_is_away_until_it_has_another_certificate(lab: NodeLab) -> None:
    node, other = lab.node_hosts
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", {"protocol": "tcp", "from_port": 22, "to_port": 22,
                                     "cidrs": ["0.0.0.0/0"]})  # fmt: skip
    guest = lab.boot_on(node, "alice", "web")
    reached = (tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))

    # Renewed, and in its place by a copy: the link stays, and the next one is by the new one.
    since = next(each["since"] for each in lab.cloud.rpc("node.describe")["nodes"]
                 if each["name"] == node.name)  # fmt: skip
    former = link_certificate(node.daemon.state)
    lab.pki("renew", node.name)
    made = lab.daemon.state / "pki" / node.name
    shutil.copytree(made, node.daemon.state / "pki", dirs_exist_ok=True)
    assert link_certificate(node.daemon.state) != former
    node.daemon.cli("reload")
    assert lab.states()[node.name] == "connected"
    assert since in json.dumps(lab.cloud.rpc("node.describe"))

    lab.pki("revoke", node.name)
    eventually("the node is away", lambda: lab.states()[node.name] == "away", within=3)
    assert lab.states()[other.name] == "connected"
    # What it has stays in force: only the link is gone.
    expect(lab.client, *reached)
    node.daemon.stop()
    node.daemon.start()
    eventually(
        "it is told why",
        lambda: "revoked" in json.dumps(node.daemon.rpc("events.list")["events"]),
    )
    assert lab.states()[node.name] == "away"

    node.daemon.stop()
    lab.pki("node", node.name)
    shutil.copytree(made, node.daemon.state / "pki", dirs_exist_ok=True)
    node.daemon.start()
    lab.wait_connected(node)
    expect(lab.client, *reached)


def test_the_cluster_hosts_renewed_certificate_is_served_at_once(
    lab: NodeLab, stayers: list[Stayer]
) -> None:
    dora = Holder(lab, "client", "erin")
    stayers.append(Stayer(dora))

    def shown() -> str:
        asked = ["s_client", "-connect", f"{CLUSTER}:{PORT}", "-showcerts"]
        said = lab.office.try_run("openssl", *asked, "-CAfile", str(dora.files / "ca.crt"))
        (certificate,) = re.findall("-----BEGIN.*?-----END CERTIFICATE-----", said.out, re.DOTALL)[:1]
        return str(certificate) + "\n"

    assert shown() == link_certificate(lab.daemon.state)
    former = shown()
    lab.pki("renew")
    assert link_certificate(lab.daemon.state) != former
    eventually("it serves the renewed one", lambda: shown() == link_certificate(lab.daemon.state))
    assert stayers[0].said() == ["served"]
    # By the authority's former certificate, until they get the renewed one.
    assert dora.netctl("status").code in SERVED
    assert set(lab.states().values()) == {"connected"}
    assert Holder(lab, "client", "frank").netctl("status").code in SERVED
