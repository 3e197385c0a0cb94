"""Administration from elsewhere: by TLS, with a client's certificate and with no other."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab.cloud import permit_tcp
from lab.daemon import NETCTL
from lab.events import Events
from lab.lab import OFFICE
from lab.machine import Ran
from lab.nodes import CLUSTER, PORT, NodeLab
from lab.probes import expect, silent, tcp

pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)

REFUSED, USAGE, NO_DAEMON = 1, 2, 3
CREATE = '{"jsonrpc": "2.0", "id": 1, "method": "account.create", "params": {"name": "mallory"}}'

URL = f"https://{CLUSTER}:{PORT}"

_names = itertools.count(1)


@pytest.fixture
def lab(node_lab: NodeLab) -> NodeLab:
    return node_lab


class Administrator:
    """Somebody at the office, who has no more than the files of a directory."""

    def __init__(self, lab: NodeLab, kind: str, state: Path | None = None) -> None:
        """With a new certificate of that kind, by the cluster host's authority or that in `state`."""
        self.lab = lab
        self.name = f"{kind}{next(_names)}"
        state = state or lab.daemon.state
        lab.host.run(str(NETCTL), "pki", kind, self.name, "--state-dir", str(state))
        self.directory = lab.directory / f"office-{self.name}"
        shutil.copytree(state / "pki" / self.name, self.directory)
        self.authority = self.directory / "ca.crt"
        self.certificate = next(self.directory.glob("[hc]*t.crt"))
        self.key = self.certificate.with_suffix(".key")

    def netctl(self, *words: str) -> Ran:
        files = ("--ca", self.authority, "--cert", self.certificate, "--key", self.key)
        return self.lab.office.try_run(str(NETCTL), "--url", URL, *map(str, files), *words)

    def curl(self, path: str, *words: str, anonymous: bool = False) -> Ran:
        own = [] if anonymous else ["--cert", str(self.certificate), "--key", str(self.key)]
        shown = ["-sS", "--max-time", "10", "--cacert", str(self.authority), *own]
        return self.lab.office.try_run("curl", *shown, *words, URL + path)

    def call(self, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """JSON-RPC as any program makes it: all calls in one request."""
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            for number, (method, parameters) in enumerate(calls)
        ]
        return list(json.loads(self.curl("/rpc", "-d", json.dumps(body)).out))


def another_authority(lab: NodeLab) -> Path:
    """The state directory of a cluster host that has nothing to do with the lab's."""
    state = lab.directory / f"other{next(_names)}"
    lab.host.run(str(NETCTL), "pki", "init", "--host", CLUSTER, "--state-dir", str(state))
    return state


def test_a_client_administers_from_another_machine(lab: NodeLab) -> None:
    carol = Administrator(lab, "client")
    for command in (
        "account create alice",
        "group create web --owner alice --description web",
        "group authorize web --owner alice --protocol tcp --port 22 --cidr 0.0.0.0/0",
    ):
        done = carol.netctl(*command.split())
        assert done.code == 0, done
    guest = lab.boot_on(lab.node_hosts[0], "alice", "web")
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 80)))
    shown = json.loads(carol.netctl("--json", "instance", "describe").out)
    assert [each["instance_id"] for each in shown["instances"]] == [guest.id]
    refused = carol.netctl("group", "describe", "--owner", "nobody")
    assert refused.code == REFUSED and "nobody" in refused.err
    # Instances are no administrators, whatever they hold.
    expect(guest, silent(tcp(CLUSTER, PORT)))


def test_a_client_speaks_plain_json_rpc(lab: NodeLab) -> None:
    carol = Administrator(lab, "client")
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot_on(lab.node_hosts[1], "alice", "web")
    change = {"owner": "alice", "group": "web"}
    revoked, authorised, described = carol.call(
        ("group.revoke", change | {"permissions": [permit_tcp(22)]}),
        ("group.authorize", change | {"permissions": [permit_tcp(80)]}),
        ("group.describe", {"owner": "alice"}),
    )
    assert revoked["result"]["in_force"] and authorised["result"]["in_force"]
    assert described["result"] == lab.cloud.rpc("group.describe", owner="alice")
    expect(lab.client, tcp(guest.public, 80, server=guest.name), silent(tcp(guest.public, 22)))
    (wrong,) = carol.call(("group.authorize", change | {"permissions": [{"protocol": "gopher"}]}))
    assert "gopher" in wrong["error"]["message"]
    assert carol.curl("/healthz").out == "ok\n"
    assert "netctl_rpc_requests_total" in carol.curl("/metrics").out


def nodes_own(lab: NodeLab) -> Administrator:
    return Administrator(lab, "node")


def cluster_hosts(lab: NodeLab) -> Administrator:
    mallory = Administrator(lab, "client")
    for file, former in (("host.crt", mallory.certificate), ("host.key", mallory.key)):
        shutil.copy(lab.daemon.state / "pki" / file, former)
    return mallory


def of_another_authority(lab: NodeLab) -> Administrator:
    mallory = Administrator(lab, "client", another_authority(lab))
    # It would not even trust the cluster host.
    shutil.copy(lab.daemon.state / "pki" / "ca.crt", mallory.authority)
    return mallory


def expired(lab: NodeLab) -> Administrator:
    """The same name and key, signed anew to end yesterday."""
    mallory = Administrator(lab, "client")
    request = mallory.directory / "client.csr"
    pki = lab.daemon.state / "pki"
    asked = f"-new -key {mallory.key} -subj /O=netctl/OU=client/CN={mallory.name} -out {request}"
    signed = f"-in {request} -CA {pki / 'ca.crt'} -CAkey {pki / 'ca.key'} -days -1"
    lab.host.run("openssl", "req", *asked.split())
    lab.host.run("openssl", "x509", "-req", *signed.split(), "-out", str(mallory.certificate))
    return mallory


@pytest.mark.parametrize(
    ("holder", "told", "noted"),
    [
        (nodes_own, "opens only the node link", "opens only the node link"),
        (cluster_hosts, "alert unsupported certificate", "purpose"),
        (of_another_authority, "alert unknown ca", "unable to get local issuer certificate"),
        (expired, "alert certificate expired", "certificate has expired"),
    ],
)
def test_any_other_certificate_is_refused(
    lab: NodeLab, holder: Callable[[NodeLab], Administrator], told: str, noted: str
) -> None:
    mallory = holder(lab)
    events = Events(lab.cloud.rpc)
    refused = mallory.netctl("account", "create", "mallory")
    assert refused.code == NO_DAEMON and told in refused.err, refused
    assert refused.err.count("\n") == 1
    events.expect(f"connection from {OFFICE}", noted)
    # Nor by any other program and path.
    for path in ("/rpc", "/healthz", "/metrics", "/elsewhere"):
        answer = mallory.curl(path, "--fail", "-d", CREATE)
        assert answer.code != 0 and answer.out == "", answer
    assert lab.cloud.rpc("account.describe")["accounts"] == []


def test_no_certificate_is_refused(lab: NodeLab) -> None:
    carol = Administrator(lab, "client")
    events = Events(lab.cloud.rpc)
    refused = carol.curl("/rpc", "-d", CREATE, anonymous=True)
    assert refused.code != 0 and "certificate required" in refused.err, refused
    events.expect(f"connection from {OFFICE}", "peer did not return a certificate")
    without = lab.office.try_run(str(NETCTL), "--url", URL, "--ca", str(carol.authority), "status")
    assert without.code == USAGE and "--cert" in without.err
    assert lab.cloud.rpc("account.describe")["accounts"] == []


def test_a_client_speaks_to_no_cluster_host_but_its_own(lab: NodeLab) -> None:
    """Whoever stands in the cluster host's place gets to read nothing."""
    carol = Administrator(lab, "client", another_authority(lab))
    refused = carol.netctl("account", "create", "alice")
    assert refused.code == NO_DAEMON and "certificate is refused" in refused.err, refused
    assert lab.cloud.rpc("account.describe")["accounts"] == []
