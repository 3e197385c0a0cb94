"""A cloud of many, in the lab, and the peers' machine beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lab.cloud import Cloud, Permission, permit_tcp
from lab.daemon import Daemon
from lab.lab import Lab
from lab.machine import Machine

#: Calls of a batch, and bytes of its body: netctld takes 1 MiB.
PER_BATCH, BODY = 500, 1_000_000
#: Linux gives a bridge 1023 ports, and one is the uplink.
MOST_PORTS = 1000
SETTINGS = {
    "VNET_SUBNET": "10.128.0.0",
    "VNET_NETMASK": "255.128.0.0",
    "VNET_ADDRSPERNET": "16",
    "VNET_PUBLICIPS": "198.18.0.0/16",
    "NETCTL_USAGE": "no",
}


def instance_id(number: int) -> str:
    return f"i-{number + 1:08x}"


def usual(number: int) -> Permission:
    """A group's permission of that number."""
    return permit_tcp(1000 + number)


class BigCloud:
    """`groups` of one account, with so many permissions and instances in all. The first instances
    have devices, and so open ports; the others' have not appeared yet. With `away` they are all on a
    node that is not there: what is the cluster host's is in force."""

    def __init__(
        self,
        lab: Lab,
        groups: int,
        permissions: int,
        instances: int,
        permission: Callable[[int], Permission] = usual,
        away: bool = False,
    ) -> None:
        self.lab = lab
        self.groups = groups
        self.instances = instances
        self.cloud = lab.cloud
        self.cloud.account("alice")
        self.cloud.change(
            "account.modify", name="alice", addresses=10**6, groups=10**6, permissions=10**6
        )
        self.many("group.create", ({"name": f"g{n}", "description": "g"} for n in range(groups)))
        each = permissions // groups
        self.many(
            "group.authorize",
            (
                {"group": f"g{n}", "permissions": [permission(p) for p in range(each)]}
                for n in range(groups)
            ),
        )
        ports = 0 if away else min(instances, MOST_PORTS)
        self.make_devices("tap", ports)
        attached = self.many(
            "instance.attach",
            (
                {
                    "instance_id": instance_id(n),
                    "groups": [f"g{n % groups}"],
                    "addressing": "private",
                    **({"device": f"tap{n}"} if n < ports else {}),
                    **({"node": "away"} if away else {}),
                }
                for n in range(instances)
            ),
            in_force=not away,
        )
        self.addresses = [str(result["private_ip"]) for result in attached]
        self.macs = [str(result["mac"]) for result in attached]

    def make_devices(self, prefix: str, count: int, machine: Machine | None = None) -> None:
        lines = "".join(
            f"tuntap add dev {prefix}{n} mode tap\nlink set {prefix}{n} up\n" for n in range(count)
        )
        batch(machine or self.lab.host, "ip", lines)

    def many(
        self, method: str, parameters: Iterator[dict[str, Any]], in_force: bool = True
    ) -> list[dict[str, Any]]:
        return many(self.cloud, method, parameters, in_force)


def many(
    cloud: Cloud, method: str, parameters: Iterator[dict[str, Any]], in_force: bool = True
) -> list[dict[str, Any]]:
    """The same call for alice with each of these parameters; all must be in force, or not."""
    results = []
    calls = [
        json.dumps(
            {"jsonrpc": "2.0", "id": n, "method": method, "params": {"owner": "alice", **each}}
        )
        for n, each in enumerate(parameters)
    ]
    size = min(PER_BATCH, BODY // max(map(len, calls), default=1))
    for first in range(0, len(calls), size):
        body = f"[{','.join(calls[first : first + size])}]".encode()
        status, content = cloud.rpc.http("POST", "/rpc", body)
        assert status == 200, content
        for answer in json.loads(content):
            assert "result" in answer, answer
            assert answer["result"]["in_force"] == in_force, answer["result"]
            results.append(answer["result"])
    return results


def batch(machine: Machine, program: str, lines: str) -> None:
    """Runs ip, iptables-legacy-restore, ipset or nft on many lines at once."""
    path = f"/run/bench-{machine.name}"
    machine.call("write", path=path, text=lines)
    commands = {
        "ip": ("ip", "-batch", path),
        "ipset": ("ipset", "restore", "-file", path),
        "iptables": ("iptables-legacy-restore", path),
        "nft": ("nft", "-f", path),
    }
    machine.run(*commands[program], timeout=600)
    machine.run("rm", path)


def resident(daemon: Daemon) -> int:
    """What a netctld has in memory, in KiB."""
    status = daemon.host.run("cat", f"/proc/{daemon.pid}/status")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def linear_rules(
    networks: Iterable[str],
    ports: Iterable[str],
    elastic: Iterable[tuple[str, str]],
    *before: str,
) -> str:
    """For iptables-legacy-restore, as Eucalyptus has it: a jump to each group's chain in a row, which
    all packets walk through, with a rule in it for each of the ports, and a rule for what stays in the
    group's network, behind the rules `before`; and a rule each way for every pair of an elastic address
    and the instance's own."""
    filter_rules, chains = [*before], []
    for n, network in enumerate(networks):
        chains.append(f":g{n} - [0:0]")
        filter_rules.append(f"-A FORWARD -j g{n}")
        filter_rules.append(f"-A FORWARD -s {network} -d {network} -j ACCEPT")
        filter_rules += [f"-A g{n} -d {network} {port} -j ACCEPT" for port in ports]
    nat_rules = []
    for public, private in elastic:
        nat_rules.append(f"-A PREROUTING -d {public} -j DNAT --to {private}")
        nat_rules.append(f"-A POSTROUTING -s {private} -j SNAT --to {public}")
    lines = ["*filter", ":FORWARD DROP [0:0]", *chains, *filter_rules, "COMMIT"]
    return "\n".join([*lines, "*nat", *nat_rules, "COMMIT", ""])


def shell(machine: Machine, script: str) -> None:
    """A shell's loop over programs: what a controller pays that runs them."""
    machine.run("sh", "-ec", script, timeout=600)
