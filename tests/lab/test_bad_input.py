"""Bad input gets a clear error and changes nothing."""

from __future__ import annotations

import json
import re
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from lab.cloud import Cloud, ingress, permit_tcp
from lab.daemon import NETCTL
from lab.lab import Lab
from lab.probes import expect, silent, tcp
from lab.rpc import Rpc, RpcError
from lab.timing import seconds

INVALID_PARAMETERS = -32602
REQUEST = {"jsonrpc": "2.0", "id": 1, "method": "system.status", "params": {}}


@pytest.fixture
def bridge_netfilter() -> int:
    """One value will do: no packet is in question here."""
    return 1


def post(lab: Lab, body: bytes) -> tuple[int, bytes]:
    rpc = Rpc(lab.daemon.socket)
    try:
        return rpc.http("POST", "/rpc", body)
    finally:
        rpc.close()


def attach(**changes: Any) -> dict[str, Any]:
    return {"instance_id": "i-00000001", "owner": "alice", "groups": ["web"]} | changes


def authorize(**changes: Any) -> dict[str, Any]:
    return {"owner": "alice", "group": "web", "permissions": [permit_tcp(80) | changes]}


WRONG_PARAMETERS = [
    ("instance.attach", attach(instance_id='i-"0000001')),
    ("instance.attach", attach(instance_id="i-0000000\n")),
    ("instance.attach", attach(instance_id="")),
    ("instance.attach", attach(instance_id="i-00000001; reboot")),
    ("instance.attach", attach(instance_id=7)),
    ("instance.attach", attach(device="../../etc/passwd")),
    ("instance.attach", attach(device="a/b")),
    ("instance.attach", attach(device="sixteen-letters-")),
    ("instance.attach", attach(device="with blank")),
    ("instance.attach", attach(mac="d0:0d:00")),
    ("instance.attach", attach(mac="01:00:5e:00:00:01")),
    ("instance.attach", attach(tag=1)),
    ("instance.attach", attach(tag=4095)),
    ("instance.attach", attach(tag="77")),
    ("instance.attach", attach(address_index=-1)),
    ("instance.attach", attach(addressing="elastic")),
    ("instance.attach", attach(groups="web")),
    ("instance.attach", attach(user_data="not base64!")),
    ("instance.attach", attach(surprise=True)),
    ("group.authorize", authorize(from_port=70000, to_port=70000)),
    ("group.authorize", authorize(from_port=90, to_port=80)),
    ("group.authorize", authorize(from_port=-1, to_port=80)),
    ("group.authorize", authorize(from_port=None)),
    ("group.authorize", authorize(cidrs=["10.0.0.0/99"])),
    ("group.authorize", authorize(cidrs=["10.0.0/8"])),
    ("group.authorize", authorize(cidrs=["::/129"])),
    ("group.authorize", authorize(cidrs=[])),
    ("group.authorize", authorize(protocol="tcpp")),
    ("group.authorize", authorize(protocol="256")),
    ("group.authorize", authorize(icmp_type=8)),
    ("group.authorize", {"owner": "alice", "group": "web", "permissions": []}),
    ("group.authorize", {"owner": "alice", "group": "web", "permissions": {}}),
    ("group.authorize", {"owner": "alice"}),
    ("group.create", {"owner": "alice", "name": "", "description": "x"}),
    ("group.create", {"owner": "alice", "name": "a\nb", "description": "x"}),
    ("group.create", {"owner": "alice", "name": "a" * 256, "description": "x"}),
    ("account.create", {"name": "a b"}),
    ("account.create", {"name": "'; DROP TABLE accounts; --"}),
    (
        "address.associate",
        {"owner": "alice", "address": "203.0.113.300", "instance_id": "i-00000001"},
    ),
    ("instance.describe", {"limit": 0}),
    ("instance.describe", {"limit": 1.5}),
]


@pytest.mark.parametrize(("method", "parameters"), WRONG_PARAMETERS)
def test_a_wrong_parameter_changes_nothing(
    lab: Lab, cloud: Cloud, method: str, parameters: dict[str, Any]
) -> None:
    cloud.account("alice")
    cloud.group("alice", "web")
    before = (cloud.groups(), cloud.instances(), cloud.rpc("account.describe"))
    with pytest.raises(RpcError) as refused:
        cloud.rpc(method, **parameters)
    assert refused.value.code == INVALID_PARAMETERS, refused.value
    assert refused.value.data["faults"]
    assert (cloud.groups(), cloud.instances(), cloud.rpc("account.describe")) == before
    assert cloud.plan() == []


def test_every_fault_is_named_not_the_first_alone(lab: Lab, cloud: Cloud) -> None:
    with pytest.raises(RpcError) as refused:
        cloud.rpc(
            "instance.attach", instance_id="x", owner="alice", tag=9999, mac="y", addressing="z"
        )
    text = json.dumps(refused.value.data["faults"])
    for name in ("instance_id", "tag", "mac", "addressing"):
        assert name in text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"noise \x00\xff\xfe", 400),
        (b"{", 400),
        (b'"text"', 400),
        (b"[]", 400),
        (b'{"method": "system.status"}', 400),
        (b"[" * 33 + b"]" * 33, 400),
        (b"[" * 500_000, 400),
        (b'{"a":' * 100_000, 400),
        (json.dumps(REQUEST | {"padding": "x" * (1 << 20)}).encode(), 413),
        (b" " * (3 << 20), 413),
    ],
    ids=[
        "empty",
        "noise",
        "cut",
        "text",
        "no call",
        "no version",
        "nested",
        "brackets",
        "deep",
        "1 MiB",
        "3 MiB",
    ],
)
def test_a_body_that_is_no_call_is_refused(lab: Lab, body: bytes, status: int) -> None:
    assert post(lab, body)[0] == status
    assert post(lab, json.dumps(REQUEST).encode())[0] == 200


def test_a_large_call_below_the_limit_is_read(lab: Lab) -> None:
    body = json.dumps(REQUEST | {"params": {"padding": "x" * ((1 << 20) - 200)}}).encode()
    status, answer = post(lab, body)
    assert status == 200 and json.loads(answer)["error"]["code"] == INVALID_PARAMETERS


def test_http_that_is_none_of_ours(lab: Lab) -> None:
    rpc = Rpc(lab.daemon.socket)
    assert rpc.http("GET", "/rpc")[0] == 405
    assert rpc.http("GET", "/elsewhere")[0] == 404
    assert rpc.http("POST", "/../rpc", b"{}")[0] in (400, 404)
    assert rpc.http("GET", "/healthz")[0] == 200
    assert b"netctl_" in rpc.http("GET", "/metrics")[1]


def test_an_unknown_method_is_named(lab: Lab, cloud: Cloud) -> None:
    with pytest.raises(RpcError, match="instance.atach") as refused:
        cloud.rpc("instance.atach")
    assert refused.value.code == -32601


@pytest.mark.parametrize(
    "start",
    [b"\x16\x03\x01\x02\x00", b"GET", b"POST /rpc HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"],
    ids=["TLS", "half a word", "half a body"],
)
def test_a_client_that_stops_in_the_middle_hurts_nobody(
    lab: Lab, cloud: Cloud, start: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(lab.daemon.socket))
        client.send(start)
        cloud.account("alice")


def test_300_clients_at_the_same_time(lab: Lab, cloud: Cloud) -> None:
    """All get an answer; where there are too many, a 503 and no wait."""
    cloud.account("alice")
    cloud.group("alice", "web")
    answers: list[str] = []

    def ask(number: int) -> None:
        rpc = Rpc(lab.daemon.socket, timeout=seconds(60))
        try:
            rpc(
                "group.authorize",
                owner="alice",
                group="web",
                permissions=[permit_tcp(1000 + number)],
            )
            answers.append("ok")
        except RuntimeError as error:
            answers.append("503" if "503" in str(error) else str(error))
        finally:
            rpc.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {"ok", "503"} and len(answers) == 300
    allowed = ingress(cloud.groups()[-1])
    assert len(allowed) == answers.count("ok") > 0


def test_packets_are_not_touched_by_refused_changes(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    for method, parameters in WRONG_PARAMETERS:
        with pytest.raises(RpcError):
            cloud.rpc(method, **parameters)
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 80)))


NOISE = bytes(range(256)) * 64


@pytest.mark.parametrize(
    "text",
    [
        NOISE,
        b'VNET_MODE="MANAGED-NOVLAN',
        b'VNET_MODE="EDGE"\n',
        b'VNET_MODE="MANAGED-NOVLAN"\nVNET_SUBNET="10.0.0.0/8"\n',
        b'VNET_MDOE="SYSTEM"\n',
        b'VNET_MODE="MANAGED-NOVLAN"\nVNET_SUBNET="172.16.0.1"\nVNET_NETMASK="255.255.0.0"\n',
        b"VNET_MODE=" + b"x" * 100_000,
    ],
    ids=["noise", "open quote", "EDGE", "no address", "misspelt", "not aligned", "long"],
)
def test_a_bad_configuration_is_refused_with_its_lines(
    directory: Path, text: bytes, lab: Lab
) -> None:
    path = directory / "eucalyptus.conf"
    path.write_bytes(text)
    checked = lab.host.try_run(str(NETCTL), "config", "check", str(path))
    assert checked.code == 1
    assert str(path) in checked.err + checked.out


def test_the_daemon_does_not_start_on_a_bad_configuration(lab: Lab, directory: Path) -> None:
    path = directory / "eucalyptus.conf"
    path.write_text('VNET_MODE="MANAGED-NOVLAN"\nVNET_NETMASK="255.0.255.0"\n')
    before = rules(lab)
    netctld = NETCTL.with_name("netctld")
    ended = lab.host.try_run(str(netctld), "--config", str(path), timeout=10)
    assert ended.code != 0
    assert "VNET_NETMASK" in ended.err and "255.0.255.0" in ended.err
    assert rules(lab) == before


def rules(lab: Lab) -> list[str]:
    """Without comments, which have the time, and counters, which go on."""
    lines = lab.host.run("iptables-legacy-save").splitlines()
    return [re.sub(r"\[\d+:\d+\]", "", line) for line in lines if not line.startswith("#")]
