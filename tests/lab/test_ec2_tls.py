"""EC2 over TLS: clients that trust the certificate, those that do not, and those without TLS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.ec2 import PORT, PYTHON, TLS_URL, Ec2
from lab.lab import HOST_PUBLIC, Lab
from lab.timing import eventually

# It makes no difference to a protocol.
pytestmark = pytest.mark.parametrize("bridge_netfilter", [1], ids=["bridge-nf-on"], indirect=True)


def make_authority(lab: Lab, directory: Path, name: str) -> Path:
    """The certificate of a new authority; its key is beside it."""
    certificate = directory / f"{name}.crt"
    key = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    files = ("-keyout", str(directory / f"{name}.key"), "-out", str(certificate))
    lab.client.run("openssl", "req", *key.split(), *files, "-subj", f"/CN={name}")
    return certificate


def make_certificate(lab: Lab, directory: Path, authority: Path) -> tuple[Path, Path]:
    """The endpoint's, for its address, and its key."""
    certificate, key = directory / "ec2.crt", directory / "ec2.key"
    request, extensions = directory / "ec2.csr", directory / "ec2.ext"
    extensions.write_text(f"subjectAltName=IP:{HOST_PUBLIC}\n")
    new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ec2"
    openssl = ("openssl", "req", *new.split(), "-keyout", str(key), "-out", str(request))
    lab.client.run(*openssl)
    by = ("-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")), "-CAcreateserial")
    what = ("-in", str(request), "-extfile", str(extensions), "-out", str(certificate))
    lab.client.run("openssl", "x509", "-req", "-days", "2", *by, *what)
    return certificate, key


@pytest.fixture
def authority(lab: Lab, directory: Path) -> Iterator[Path]:
    """The endpoint speaks TLS, with a certificate of this authority."""
    authority = make_authority(lab, directory, "authority")
    certificate, key = make_certificate(lab, directory, authority)
    with lab.daemon.restarted(NETCTL_EC2_CERT=str(certificate), NETCTL_EC2_KEY=str(key)):
        yield authority


def trusting(lab: Lab, authority: Path) -> Ec2:
    """A user whose clients trust that authority, each as it is told."""
    alice = Ec2(lab, "alice", TLS_URL)
    alice.environment |= {"AWS_CA_BUNDLE": str(authority), "SSL_CERT_FILE": str(authority)}
    return alice


def test_all_clients_speak_tls(lab: Lab, authority: Path) -> None:
    alice = trusting(lab, authority)
    alice.aws("create-security-group --group-name web --description web")
    (shown,) = alice.boto(("describe_security_groups", {"GroupNames": ["web"]}))
    assert shown["SecurityGroups"][0]["Description"] == "web"
    assert "\tweb\t" in alice.euca("euca-describe-groups web")


def test_a_renewed_certificate_is_shown_after_a_reload(
    lab: Lab, authority: Path, directory: Path
) -> None:
    """Of another authority here, so that clients can tell; one that is wrong changes nothing."""
    former = trusting(lab, authority)
    renewed = make_authority(lab, directory, "renewed")
    certificate, key = make_certificate(lab, directory, renewed)
    lab.daemon.rpc("system.reload")
    by_former = former.try_aws("describe-security-groups")
    assert by_former.code != 0 and "certificate verify failed" in by_former.err, by_former
    now = Ec2(lab, "bob", TLS_URL)
    now.environment |= {"AWS_CA_BUNDLE": str(renewed)}
    now.aws("describe-security-groups")
    certificate.write_text("none\n")
    lab.daemon.rpc("system.reload")
    now.aws("describe-security-groups")
    assert "goes on with the former certificate" in lab.daemon.log_text()
    assert key.exists()


def test_clients_refuse_a_certificate_of_another_authority(
    lab: Lab, authority: Path, directory: Path
) -> None:
    alice = trusting(lab, make_authority(lab, directory, "mallory"))
    by_aws = alice.try_aws("create-security-group --group-name web --description web")
    assert by_aws.code != 0 and "certificate verify failed" in by_aws.err, by_aws
    by_euca = alice.euca("euca-create-group -d web web", code=3)
    assert "certificate verify failed" in by_euca, by_euca
    assert lab.cloud.groups() == []


HOLD = f"""
import socket, time
ones = [socket.create_connection(({HOST_PUBLIC!r}, {PORT})) for _ in range(30)]
# Ten speak HTTP without TLS, ten begin a handshake and leave it at that, and ten say nothing.
for one in ones[:10]: one.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
for one in ones[10:20]: one.sendall(b"\\x16\\x03\\x01\\x02\\x00")
# Those without TLS are told so by the end of the connection.
for one in ones[:10]:
    one.settimeout(10)
    answer = one.recv(65536)
    assert not answer.startswith(b"HTTP"), answer
    while answer: answer = one.recv(65536)
print("held", flush=True)
time.sleep(60)
"""


def test_clients_without_tls_hold_nobody_up(lab: Lab, authority: Path, directory: Path) -> None:
    alice = trusting(lab, authority)
    log = directory / "held"
    pid = lab.client.call("spawn", argv=[PYTHON, "-c", HOLD], log=str(log), env={})
    try:
        eventually("they are told", lambda: log.read_text() == "held\n")
        alice.boto(("describe_security_groups", {}))
        plain = Ec2(lab, "bob")
        refused = plain.try_aws("describe-security-groups")
        assert refused.code != 0 and "Connection was closed" in refused.err, refused
    finally:
        lab.client.call("signal", pid=pid, number=9)
        lab.client.call("wait", pid=pid, timeout=5)
