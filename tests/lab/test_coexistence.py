"""What is not ours is never touched, and after --purge the host is as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lab.cloud import permit_tcp
from lab.guest import Guest
from lab.lab import Lab
from lab.machine import Machine
from lab.probes import expect, silent, tcp

TABLES = ["filter", "nat", "mangle"]

FOREIGN_BEFORE = [
    "iptables-legacy -N SITE",
    "iptables-legacy -A SITE -s 10.11.0.0/16 -m comment --comment site -j DROP",
    "iptables-legacy -A FORWARD -j SITE",
    "iptables-legacy -A INPUT -s 10.12.0.0/16 -p tcp --dport 25 -j REJECT",
    "iptables-legacy -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
    "iptables-legacy -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
    "iptables-nft -N SITE-NFT",
    "iptables-nft -A FORWARD -s 10.13.0.0/16 -j SITE-NFT",
    "iptables-nft -t nat -A POSTROUTING -s 10.14.0.0/16 -j MASQUERADE",
    "iptables-nft -t mangle -A OUTPUT -d 10.19.0.0/16 -j MARK --set-mark 7",
    "nft add table inet site",
    "nft add set inet site blocked { type ipv4_addr; elements = { 10.15.0.1, 10.15.0.2 }; }",
    "nft add chain inet site guard { type filter hook forward priority 10; policy accept; }",
    "nft add rule inet site guard ip saddr @blocked counter drop",
    "ipset create site hash:net",
    "ipset add site 10.16.0.0/16",
    "iptables-legacy -A FORWARD -m set --match-set site src -j DROP",
    "ip address add 10.17.0.1/24 dev eth2",
    "ip address add 203.0.113.3/32 dev eth1",
    "ip route add 10.18.0.0/24 via 203.0.113.1",
]
FOREIGN_AFTER = [
    "iptables-legacy -A SITE -s 10.21.0.0/16 -j DROP",
    "iptables-legacy -A FORWARD -s 10.22.0.0/16 -j DROP",
    "iptables-legacy -A OUTPUT -d 10.23.0.0/16 -j DROP",
    "iptables-legacy -t nat -A PREROUTING -p tcp --dport 8443 -d 203.0.113.2 -j DNAT --to 10.99.0.2:443",
    "iptables-nft -A SITE-NFT -s 10.24.0.0/16 -j DROP",
    "iptables-nft -t mangle -I OUTPUT -d 10.26.0.0/16 -j MARK --set-mark 8",
    "nft add element inet site blocked { 10.15.0.3 }",
    "ipset add site 10.25.0.0/16",
]


@pytest.fixture
def lab(bridge_netfilter: int) -> Iterator[Lab]:
    """A host of its own: these tests look at all of it."""
    with Lab(bridge_netfilter=bridge_netfilter) as lab:
        yield lab


def run_all(machine: Machine, lines: list[str]) -> None:
    for line in lines:
        machine.run(*line.split())


def legacy_rules(host: Machine) -> str:
    """All three tables; comments carry the time and chains their counters, which pass by themselves."""
    dump = "".join(host.run("iptables-legacy-save", "-t", table) for table in TABLES)
    lines = [line for line in dump.splitlines() if not line.startswith("#")]
    return "\n".join(re.sub(r" \[\d+:\d+\]$", "", line) for line in lines)


def nft_rules(host: Machine) -> str:
    return re.sub(r"packets \d+ bytes \d+", "", host.run("nft", "list", "ruleset"))


def foreign(text: str) -> str:
    """The lines, and of nft the tables, that are not ours by name."""
    text = re.sub(r"table (?:bridge|ip) netctl(?:_lock)? \{.*?^\}\n?", "", text, flags=re.DOTALL | re.MULTILINE)
    return "\n".join(line for line in text.splitlines() if not re.search(r"NC_|\bnc_|netctl", line))


def firewall(host: Machine) -> dict[str, str]:
    return {
        "legacy": legacy_rules(host),
        "nft": nft_rules(host),
        "ipset": host.run("ipset", "save"),
    }


def everything(host: Machine) -> dict[str, str]:
    """The whole host as an administrator would compare it."""
    sysctls = host.run("sysctl", "-a", "--pattern", r"^net\.(ipv4|bridge|netfilter)\.")
    moving = r"nf_conntrack_count|fib_|tcp_mem|udp_mem|random|route\.|neigh\.default|nf_conntrack_max|buckets"
    return firewall(host) | {
        "addresses": host.ip("-o", "-4", "address", "show"),
        "links": host.ip("-o", "link", "show"),
        "routes": host.ip("-4", "route", "show", "table", "all"),
        "sysctls": "\n".join(line for line in sysctls.splitlines() if not re.search(moving, line)),
        "processes": "dnsmasq" * host.run("ip", "netns", "pids", host.name).count("\n"),
    }


def use(lab: Lab) -> Guest:
    """A cloud with a bit of everything."""
    cloud = lab.cloud
    cloud.account("alice")
    cloud.group("alice", "web", permit_tcp(22), permit_tcp(1000, 9000))
    cloud.group("alice", "db")
    guest = lab.boot("alice", "web")
    lab.boot("alice", "db", addressing="private")
    address = cloud.allocate("alice")
    cloud.associate("alice", address, guest.id)
    guest.instance["public_ip"] = address
    return guest


def test_foreign_rules_survive_byte_for_byte(lab: Lab) -> None:
    host = lab.host
    run_all(host, FOREIGN_BEFORE)
    before = {name: foreign(text) for name, text in firewall(host).items()}
    lab.daemon.start()
    guest = use(lab)
    assert {name: foreign(text) for name, text in firewall(host).items()} == before
    run_all(host, FOREIGN_AFTER)
    after = {name: foreign(text) for name, text in firewall(host).items()}
    assert after != before
    lab.cloud.rpc("system.reconcile")
    lab.daemon.kill()
    lab.daemon.start()
    lab.cloud.revoke("alice", "web", permit_tcp(1000, 9000))
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 8080)))
    lab.detach(guest)
    assert {name: foreign(text) for name, text in firewall(host).items()} == after
    assert lab.cloud.plan() == []


def test_a_rule_that_somebody_puts_before_ours_stays_and_counts_on(lab: Lab) -> None:
    """Somebody's first rule is passed over, never removed; its counters go on through our commits."""
    lab.daemon.start()
    guest = use(lab)
    lab.host.run(*"iptables-legacy -I FORWARD 1 -p tcp --dport 22 -d 0.0.0.0/0".split())
    expect(lab.client, tcp(guest.public, 22))
    counted = count_of(lab.host)
    assert counted > 0
    lab.cloud.rpc("system.reconcile")
    lab.cloud.group("alice", "later", permit_tcp(2000, 3000))
    lab.boot("alice", "later")
    assert count_of(lab.host) >= counted
    assert lab.cloud.plan() == []


def count_of(host: Machine) -> int:
    text = host.run("iptables-legacy-save", "-c", "-t", "filter")
    line = next(
        line for line in text.splitlines() if line.endswith("-A FORWARD -p tcp -m tcp --dport 22")
    )
    return int(line[1 : line.index(":")])


def test_purge_leaves_the_host_as_it_was(lab: Lab) -> None:
    host = lab.host
    for table in TABLES:
        host.run("iptables-legacy", "-t", table, "-L", "-n")
    run_all(host, FOREIGN_BEFORE)
    # The guests' devices are there before and after; what is in the bridge is compared.
    guests = [lab.new_guest() for _ in range(2)]
    for guest in guests:
        guest.plug()
        # A closed port is down, so that what the instance sends does not reach the host itself.
        host.run("ip", "link", "set", guest.device, "down")
    before = everything(host)
    lab.daemon.start()
    lab.cloud.account("alice")
    lab.cloud.group("alice", "web", permit_tcp(22), permit_tcp(1000, 9000))
    for guest in guests:
        lab.cloud.change(
            "instance.attach",
            instance_id=lab.new_id(),
            owner="alice",
            groups=["web"],
            device=guest.device,
        )
    during = everything(host)
    for part in ("legacy", "ipset", "addresses", "links"):
        assert during[part] != before[part], f"{part}: there is nothing to purge"
    lab.daemon.stop()
    lab.daemon.purge()
    assert lab.daemon.state.exists(), "what was stored stays"
    assert str(lab.directory) not in host.run("ps", "-eo", "args"), "a process is left"
    assert not list(lab.daemon.run_dir.iterdir()), "a file of run time is left"
    after = everything(host)
    for part, text in before.items():
        assert after[part] == text, f"{part} differ after --purge"
    lab.daemon.purge()
    assert everything(host) == after, "a second purge changes something"


def test_after_a_purge_the_cloud_comes_back(lab: Lab) -> None:
    lab.daemon.start()
    guest = use(lab)
    lab.daemon.stop()
    lab.daemon.purge()
    expect(lab.client, silent(tcp(guest.public, 22)))
    # The client has asked for the address in vain, and holds on to that for a while.
    lab.client.ip("neigh", "flush", "nud", "all", "dev", "wire")
    lab.daemon.start()
    expect(lab.client, tcp(guest.public, 22, server=guest.name), silent(tcp(guest.public, 23)))


def test_built_in_policies_are_left_alone(lab: Lab) -> None:
    """A site whose policy is DROP keeps it, and instances work all the same."""
    run_all(lab.host, ["iptables-legacy -P FORWARD DROP"])
    lab.daemon.start()
    guest = use(lab)
    expect(lab.client, tcp(guest.public, 22), silent(tcp(guest.public, 23)))
    assert "-P FORWARD DROP" in lab.host.run("iptables-legacy", "-S", "FORWARD")
    run_all(lab.host, ["iptables-legacy -P FORWARD ACCEPT"])
    assert lab.cloud.plan() == []
