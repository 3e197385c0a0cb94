"""The lab's own tools, without netctl: what they call open is open, and silent is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.lab import CLIENT, CLIENT_OTHER, HOST_PUBLIC, Lab
from lab.probes import Flow, Hammer, Packet, Probe, Sniff, arrivals, expect, ping, silent, tcp, udp

DNSMASQ = """\
dnsmasq --conf-file=/dev/null --port=0 --interface={device} --bind-dynamic --no-daemon
--dhcp-range=10.9.0.0,static,255.255.255.0,120 --dhcp-host={mac},10.9.0.9
--dhcp-option=option:router,10.9.0.1 --dhcp-leasefile={directory}/leases
"""


@pytest.fixture
def bare() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


def test_probes_tell_open_from_refused_and_silent(bare: Lab) -> None:
    bare.host.serve(tcp=[22], udp=[53])
    bare.host.run("iptables-legacy", "-A", "INPUT", "-p", "tcp", "--dport", "23", "-j", "DROP")
    bare.host.run("iptables-legacy", "-A", "INPUT", "-p", "udp", "--dport", "54", "-j", "DROP")
    expect(
        bare.client,
        tcp(HOST_PUBLIC, 22, server=bare.host.name, seen_as=CLIENT),
        tcp(HOST_PUBLIC, 22, source=CLIENT_OTHER, seen_as=CLIENT_OTHER),
        udp(HOST_PUBLIC, 53, server=bare.host.name, seen_as=CLIENT),
        ping(HOST_PUBLIC),
        silent(tcp(HOST_PUBLIC, 23)),
        silent(udp(HOST_PUBLIC, 54)),
        Probe("tcp", HOST_PUBLIC, 24, "refused"),
        Probe("udp", HOST_PUBLIC, 55, "refused"),
    )
    with pytest.raises(AssertionError):
        expect(bare.client, silent(tcp(HOST_PUBLIC, 24)))
    with pytest.raises(AssertionError):
        expect(bare.client, tcp(HOST_PUBLIC, 22, server="somebody"))


def test_raw_packets_arrive_or_do_not(bare: Lab) -> None:
    sctp, unreachable, echo = Packet(132), Packet(1, 3, 1), Packet(1, 8, 0)
    seen = arrivals(
        bare.client,
        HOST_PUBLIC,
        bare.host,
        [sctp, unreachable, echo],
        [sctp, unreachable, echo],
        interface="eth1",
    )
    assert seen == {sctp, unreachable, echo}
    with Sniff(bare.host, "eth0") as sniff:
        assert sniff.frames(outgoing=False) == []


def test_flows_live_until_they_are_cut(bare: Lab) -> None:
    bare.host.serve_stream(tcp=[7000], udp=[7001])
    bare.host.serve(tcp=[22])
    flow = Flow(bare.client, "tcp", HOST_PUBLIC, 7000)
    talk = Flow(bare.client, "udp", HOST_PUBLIC, 7001, talk=True)
    hammer = Hammer(bare.client, HOST_PUBLIC, 22)
    flow.assert_lives()
    talk.assert_lives()
    bare.host.run("iptables-legacy", "-A", "OUTPUT", "-p", "tcp", "--sport", "7000", "-j", "DROP")
    flow.assert_cut()
    talk.assert_lives()
    counts = hammer.stop()
    assert list(counts) == [f"open {bare.host.name}"] and sum(counts.values()) > 20


@pytest.mark.parametrize("client", ["udhcpc", "dhclient"])
def test_guests_boot_with_a_real_dhcp_client(bare: Lab, client: str) -> None:
    guest = bare.new_guest()
    guest.plug()
    guest.set_mac("d0:0d:00:00:00:01")
    guest.plug_into("br0")
    bare.host.ip("address", "add", "10.9.0.1/24", "dev", "br0")
    options = DNSMASQ.format(device="br0", mac="d0:0d:00:00:00:01", directory=bare.directory)
    log = str(bare.directory / "dnsmasq.log")
    bare.host.call("spawn", argv=options.split(), log=log, env={})
    lease = guest.boot(client)
    assert (lease.ip, lease.mask, lease.router) == ("10.9.0.9", "24", "10.9.0.1")
    assert lease.lease == "120" and lease.server == "10.9.0.1"
    expect(bare.host, tcp("10.9.0.9", 22, server=guest.name, seen_as="10.9.0.1"))


def test_the_tests_that_the_threat_model_names_exist() -> None:
    here = Path(__file__).parent
    page = (here.parents[1] / "docs" / "threat-model.md").read_text()
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", page)
    assert len(named) > 40
    for file, test in named:
        assert re.search(rf"^def {test}\(", (here / file).read_text(), re.M), f"{file}::{test}"
