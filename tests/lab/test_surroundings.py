"""What others have on the host beside what is netctl's is named, with a remedy that helps."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from lab.cloud import Cloud, permit_tcp
from lab.lab import HOST_OFFICE, OFFICE, Lab
from lab.probes import expect, silent, tcp
from lab.timing import eventually

_nudges = itertools.count(1)


@pytest.fixture
def bridge_netfilter() -> int:
    """One value will do: all of it is named alike."""
    return 0


@pytest.fixture
def host_as_it_was(lab: Lab) -> Iterator[None]:
    before = lab.host.sysctl("net.ipv4.conf.eth1.rp_filter")
    default = lab.host.ip("route", "show", "default").split()
    yield
    lab.host.run("iptables-nft", "-P", "FORWARD", "ACCEPT")
    lab.host.run("iptables-nft", "-F", "FORWARD")
    lab.host.run("iptables-legacy", "-P", "INPUT", "ACCEPT")
    lab.host.run("iptables-nft", "-P", "INPUT", "ACCEPT")
    lab.host.run("iptables-nft", "-F", "INPUT")
    lab.host.set_sysctl("net.ipv4.conf.eth1.rp_filter", before)
    lab.host.ip("route", "replace", *default)
    if lab.mode != "MANAGED":
        lab.host.ip("link", "set", "br0", "type", "bridge", "stp_state", "0")


def nudge(lab: Lab) -> None:
    """netctld looks each ten seconds; a change of the network has it look at once."""
    name = f"nudge{next(_nudges)}"
    lab.host.ip("link", "add", name, "type", "bridge")
    lab.host.ip("link", "del", name)


def named(lab: Lab, thing: str) -> dict[str, Any] | None:
    nudge(lab)
    problems = lab.cloud.rpc("system.status")["problems"]
    found = [problem for problem in problems if problem["object"] == thing]
    return dict(found[0]) if found else None


def becomes_named(lab: Lab, thing: str, *words: str) -> dict[str, Any]:
    found = eventually(f"{thing} is named", lambda: named(lab, thing), within=15, every=0.3)
    assert found and all(word in json.dumps(found) for word in words), found
    return found


def becomes_well(lab: Lab, thing: str) -> None:
    eventually(f"{thing} is well", lambda: named(lab, thing) is None, within=15, every=0.3)


def test_a_drop_of_nft_is_named_and_its_remedy_helps(
    lab: Lab, cloud: Cloud, host_as_it_was: None
) -> None:
    """As Docker and ufw have it."""
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    lab.host.run("iptables-nft", "-P", "FORWARD", "DROP")
    expect(lab.client, silent(tcp(guest.public, 22)))
    problem = becomes_named(lab, "nft chain ip filter FORWARD", "both directions")
    assert not any(other["severity"] == "error" for other in cloud.rpc("system.status")["problems"])
    commands = re.findall(r"iptables-nft -I FORWARD -[sd] \S+ -j ACCEPT", problem["remedy"])
    assert len(commands) == 2
    for command in commands:
        lab.host.run(*command.split())
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))
    becomes_well(lab, "nft chain ip filter FORWARD")


def test_a_drop_of_what_comes_to_the_host_is_named_and_its_remedy_helps(
    lab: Lab, cloud: Cloud, host_as_it_was: None
) -> None:
    """By its effect: of iptables-legacy, where netctl's jump comes first, it has none."""
    chain = "nft chain ip filter INPUT"
    cloud.account("alice")
    cloud.group("alice", "web")
    guest = lab.boot("alice", "web")
    ask = "busybox udhcpc -n -q -f -t 2 -T 1 -i eth0 -s /bin/true".split()
    fetch = "curl -sf -m 2 -o /dev/null http://169.254.169.254/latest/meta-data/".split()

    def served() -> list[bool]:
        asked = (ask, fetch, ["ping", "-c", "1", "-W", "1", guest.gateway])
        return [guest.try_run(*words).code == 0 for words in asked]

    lab.host.run("iptables-legacy", "-P", "INPUT", "DROP")
    assert served() == [True, True, True]
    lab.host.run("iptables-nft", "-P", "INPUT", "DROP")
    assert served() == [False, False, False]
    problem = becomes_named(lab, chain, "DHCP, metadata, pings of their gateway")
    commands = re.findall(r"iptables-nft -I INPUT [^;(]+ -j ACCEPT", problem["remedy"])
    assert len(commands) == 2
    for command in commands:
        lab.host.run(*command.split())
    assert served() == [True, True, True]
    becomes_well(lab, chain)
    lab.host.serve(tcp=[2222])
    expect(guest, silent(tcp(guest.gateway, 2222)))


def test_what_others_do_at_prerouting_is_named(lab: Lab, cloud: Cloud) -> None:
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22))
    guest = lab.boot("alice", "web")
    drops, diverts = "iptables chain PREROUTING of raw", "nft chain ip site early"
    drop = "iptables-legacy -t raw {} PREROUTING -i eth1 -j DROP"
    lab.host.run(*drop.format("-A").split())
    lab.host.run("nft", "add table ip site; add chain ip site early { type nat hook prerouting priority -150; }")
    lab.host.run("nft", f"add rule ip site early iifname {guest.bridge} tcp dport 80 redirect to 3128")
    try:
        expect(lab.client, silent(tcp(guest.public, 22)))
        becomes_named(lab, drops, "drops", "what comes for public addresses")
        becomes_named(lab, diverts, "diverts", "metadata")
    finally:
        lab.host.run(*drop.format("-D").split())
        lab.host.run("nft", "delete table ip site")
    expect(lab.client, tcp(guest.public, 22, server=guest.name))
    becomes_well(lab, drops)
    becomes_well(lab, diverts)


def test_routes_filters_and_bridges_are_named_before_and_after_the_start(
    lab: Lab, cloud: Cloud, host_as_it_was: None
) -> None:
    lab.host.set_sysctl("net.ipv4.conf.eth1.rp_filter", "1")
    lab.host.ip("route", "replace", "default", "via", OFFICE)
    becomes_named(lab, "default route", "leaves by eth2, and VNET_PUBINTERFACE is eth1")
    becomes_named(lab, "interface eth1", "rp_filter")
    if lab.mode != "MANAGED":
        lab.host.ip(*"link set br0 type bridge stp_state 1 forward_delay 1500".split())
        becomes_named(lab, "bridge br0", "for its first 30 s")
    assert cloud.rpc("system.plan")["problems"] == cloud.rpc("system.status")["problems"]

    check = [str(lab.daemon.netctl), "config", "check", str(lab.daemon.config), "--host"]
    shown = lab.host.run(*check)
    assert "VNET_PUBINTERFACE is eth1" in shown and HOST_OFFICE not in shown
    told = {problem["object"] for problem in json.loads(lab.host.run(*check, "--json"))["host"]["problems"]}
    assert {"default route", "interface eth1"} <= told
    lab.host.ip("address", "add", "172.16.200.1/24", "dev", "eth2")
    refused = lab.host.try_run(*check)
    lab.host.ip("address", "del", "172.16.200.1/24", "dev", "eth2")
    assert refused.code == 1 and "172.16.200.1 on eth2" in refused.out
    assert "--accept-overlap" in refused.out
