"""Changes of a large cloud, from the call to being in force and durable, beside the programs that others run."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from tempfile import TemporaryDirectory

from bench.measure import PRODUCT, Act, Measurement, Scale, Way, in_turns
from bench.road import PROGRAMS
from bench.scale import (
    MOST_PORTS,
    SETTINGS,
    BigCloud,
    batch,
    instance_id,
    linear_rules,
    resident,
    shell,
)
from lab.cloud import Cloud, permit_tcp
from lab.daemon import BUILD
from lab.guest import Guest
from lab.lab import HOST_PUBLIC, Lab
from lab.machine import Machine
from lab.probes import expect, silent, tcp
from lab.rpc import Rpc

ROUNDS = 15
#: Calls of ours, and runs of a peer's programs, in each round.
CALLS, RUNS = 20, 4
CLIENTS = 64
ELASTIC = 2000
AUDIT_PERIOD = 30.0


class Peer:
    """A machine with as many rules in the form that Eucalyptus gives them."""

    def __init__(self, groups: int, permissions: int, elastic: int) -> None:
        self.machine = Machine("peer")
        networks = [f"10.{128 + n // 4096}.{n // 16 % 256}.{n % 16 * 16}/28" for n in range(groups)]
        each = range(permissions // groups)
        ports = [f"-p tcp -m tcp --dport {1000 + port}" for port in each]
        pairs = [(public(n), private(n)) for n in range(elastic)]
        batch(self.machine, "iptables", linear_rules(networks, ports, pairs))
        self.machine.run("ipset", "create", "members", "hash:ip", "maxelem", "100000")
        self.machine.run("nft", "add table bridge guards")
        self.machine.run(
            "nft", "add set bridge guards ports { typeof iifname . ether saddr . ip saddr ; }"
        )
        self.machine.ip("link", "add", "br0", "type", "bridge")

    def close(self) -> None:
        self.machine.close()


def public(number: int) -> str:
    return f"198.18.{16 + number // 250}.{number % 250 + 1}"


def private(number: int) -> str:
    return f"10.128.{number // 250}.{number % 250 + 1}"


class Bench:
    """A large cloud with one real guest in a group of its own, `probe`, and the peer."""

    def __init__(self, groups: int, permissions: int, instances: int) -> None:
        self.size = f"{groups} groups, {permissions} permissions, {instances} instances"
        self.scale = Scale(permissions, "permissions")
        self.elastic = min(ELASTIC, instances // 2)
        # On the disk: what a change costs has to be durable.
        self.disk = TemporaryDirectory(dir=BUILD, prefix="bench-state-")
        self.lab = Lab(SETTINGS | {"NETCTL_STATE_DIR": self.disk.name})
        try:
            self.lab.client.ip("route", "add", "198.18.0.0/16", "via", HOST_PUBLIC)
            self.lab.daemon.start()
            self.big = BigCloud(self.lab, groups, permissions, instances)
            self.cloud: Cloud = self.lab.cloud
            self.cloud.group("alice", "probe")
            self.guest: Guest = self.lab.boot("alice", "probe")
            self.peer = Peer(groups, permissions, self.elastic)
        except BaseException:
            self.lab.close()
            raise
        self.ports = itertools.count(20000)
        self.peer_ports = itertools.count(20000)

    def close(self) -> None:
        self.peer.close()
        self.lab.close()
        self.disk.cleanup()

    def authorise(self) -> Measurement:
        last = 0

        def ours(_: int) -> None:
            nonlocal last
            for last in itertools.islice(self.ports, CALLS):
                self.cloud.authorize("alice", "probe", permit_tcp(last))

        def undo(_: int) -> None:
            """Each answer tells all of the group's permissions: a group has some, not hundreds."""
            ports = range(last - CALLS + 1, last)
            self.cloud.revoke("alice", "probe", *(permit_tcp(port) for port in ports))

        def theirs(_: int) -> None:
            ports = " ".join(str(port) for port in itertools.islice(self.peer_ports, RUNS))
            rule = "-A g0 -d 10.128.0.0/28 -p tcp --dport $port -j ACCEPT"
            shell(self.peer.machine, f"for port in {ports}; do iptables-legacy {rule}; done")

        acts = {PRODUCT: Act(ours, CALLS, undo), "iptables -A": Act(theirs, RUNS, bar="<= 0.15")}
        measured = in_turns("authorise", self.size, ROUNDS, acts, self.scale)
        self.guest.serve(tcp=[last, last + 1])
        client, public_address = self.lab.client, self.guest.public
        expect(client, tcp(public_address, last), silent(tcp(public_address, last + 1)))
        return measured

    def by_many(self, calls: Callable[[Cloud, int], None]) -> None:
        """Each client by a connection of its own."""

        def client(number: int) -> None:
            cloud = Cloud(Rpc(self.lab.daemon.socket))
            calls(cloud, number)
            cloud.rpc.close()

        threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def authorise_by_many(self) -> Measurement:
        each = 20

        def client(cloud: Cloud, number: int) -> None:
            group = f"g{number}"
            for port in range(40000, 40000 + each // 2):
                cloud.authorize("alice", group, permit_tcp(port))
                cloud.revoke("alice", group, permit_tcp(port))

        def ours(_: int) -> None:
            self.by_many(client)

        def theirs(_: int) -> None:
            rule = "g1 -d 10.128.0.16/28 -p tcp --dport $port -j ACCEPT"
            add_and_delete = f"iptables-legacy -A {rule}; iptables-legacy -D {rule}"
            shell(self.peer.machine, f"for port in 7 8; do {add_and_delete}; done")

        acts = {
            f"{PRODUCT}, {CLIENTS} clients": Act(ours, CLIENTS * each),
            "iptables -A, -D": Act(theirs, 4, bar="<= 0.02"),
        }
        return in_turns("authorise and revoke", self.size, 3, acts, self.scale)

    def authorise_wide(self, among: str = "", first: int = 30000) -> Measurement:
        """A range that no set holds: the table is committed."""
        last = 0

        def ours(number: int) -> None:
            nonlocal last
            for call in range(5):
                last = first + (number * 5 + call) * 100
                self.cloud.authorize("alice", "probe", permit_tcp(last, last + 99))

        def undo(_: int) -> None:
            ranges = (permit_tcp(last - call * 100, last - call * 100 + 99) for call in range(1, 5))
            self.cloud.revoke("alice", "probe", *ranges)

        def theirs(_: int) -> None:
            shell(self.lab.host, "iptables-legacy -A BENCH -p tcp --dport 9 -j ACCEPT")

        def plain(_: int) -> float:
            return float(self.lab.host.run(str(PROGRAMS / "commit"), "BENCH", str(CALLS))) / 1e9

        self.lab.host.run("iptables-legacy", "-N", "BENCH")
        acts = {
            PRODUCT: Act(ours, 5, undo),
            "libiptc, same table": Act(plain, bar="<= 1.5"),
            "iptables -A, same table": Act(theirs),
        }
        measured = in_turns(f"authorise a range{among}", self.size, ROUNDS, acts, self.scale)
        self.guest.serve(tcp=[last + 99, last + 100])
        expect(
            self.lab.client,
            tcp(self.guest.public, last + 99),
            silent(tcp(self.guest.public, last + 100)),
        )
        self.lab.host.run("iptables-legacy", "-F", "BENCH")
        self.lab.host.run("iptables-legacy", "-X", "BENCH")
        return measured

    @staticmethod
    def pair(public: str, private: str) -> str:
        """Two rules that come and go."""
        rules = [
            f"PREROUTING -d {public} -j DNAT --to {private}",
            f"POSTROUTING -s {private} -j SNAT --to {public}",
        ]
        return "; ".join(f"iptables-legacy -t nat -{act} {rule}" for act in "AD" for rule in rules)

    def associate(self) -> Measurement:
        """An address is given and taken back. An instance that has one of its own loses it, and gets
        another one then: two addresses move."""
        self.big.many("address.allocate", ({"address": public(n)} for n in range(self.elastic)))
        self.big.many(
            "address.associate",
            ({"address": public(n), "instance_id": instance_id(n)} for n in range(self.elastic)),
        )
        address = self.cloud.allocate("alice")
        # Behind those of associate_by_many.
        without = instance_id(self.elastic + CLIENTS)

        def to_and_fro(instance: str) -> Callable[[int], None]:
            def ours(_: int) -> None:
                for _ in range(5):
                    self.cloud.associate("alice", address, instance)
                    self.cloud.change("address.disassociate", owner="alice", address=address)

            return ours

        def theirs(_: int) -> None:
            shell(self.peer.machine, self.pair(address, "10.200.0.1"))

        acts = {
            PRODUCT: Act(to_and_fro(without), 10),
            "two iptables": Act(theirs, 2, bar="<= 0.6"),
            f"{PRODUCT}, in place of an own": Act(to_and_fro(self.guest.id), 10),
        }
        measured = in_turns(
            "associate, disassociate",
            f"{self.elastic} addresses",
            ROUNDS,
            acts,
            Scale(self.elastic, "elastic addresses"),
        )
        self.cloud.authorize("alice", "probe", permit_tcp(22))
        self.cloud.associate("alice", address, self.guest.id)
        expect(self.lab.client, tcp(address, 22, server=self.guest.name))
        return measured

    def associate_by_many(self) -> Measurement:
        """Each client has an address and an instance that has none. Runs behind `associate`."""
        each = 10
        addresses = [self.cloud.allocate("alice") for _ in range(CLIENTS)]
        # Behind those that have one, and not those that attach() lets go.
        instances = [instance_id(self.elastic + n) for n in range(CLIENTS)]

        def client(cloud: Cloud, number: int) -> None:
            for _ in range(each // 2):
                cloud.associate("alice", addresses[number], instances[number])
                cloud.change("address.disassociate", owner="alice", address=addresses[number])

        def ours(_: int) -> None:
            self.by_many(client)

        def theirs(_: int) -> None:
            shell(self.peer.machine, self.pair("198.18.255.1", "10.200.0.2"))

        acts = {
            f"{PRODUCT}, {CLIENTS} clients": Act(ours, CLIENTS * each),
            "two iptables": Act(theirs, 2, bar="<= 0.1"),
        }
        size = f"{self.elastic} addresses"
        return in_turns("associate, disassociate by many", size, 3, acts)

    def authorise_wide_among_many(self) -> Measurement:
        """The same where every group has a range, and so a chain in the table."""
        wide = permit_tcp(20000, 20999)
        names = [f"g{n}" for n in range(self.big.groups)]
        self.big.many("group.authorize", ({"group": name, "permissions": [wide]} for name in names))
        measured = self.authorise_wide(", each group has one", 45000)
        self.big.many("group.revoke", ({"group": name, "permissions": [wide]} for name in names))
        return measured

    def attach(self) -> Measurement:
        """To an open port: the device is there. Detaching does not count."""
        each = 4
        # The bridge is full: these make room.
        for n in range(each):
            self.cloud.change("instance.detach", instance_id=instance_id(n))
        self.big.make_devices("tap", each, self.peer.machine)

        def ours(_: int) -> None:
            for n in range(each):
                self.cloud.change(
                    "instance.attach", instance_id=instance_id(100000 + n), owner="alice",
                    groups=[f"g{n}"], device=f"tap{n}", addressing="private",
                )  # fmt: skip

        def detach(_: int) -> None:
            for n in range(each):
                self.cloud.change("instance.detach", instance_id=instance_id(100000 + n))

        def theirs(_: int) -> None:
            for n in range(each):
                guard = f"tap{n} . d0:0d:00:00:00:0{n} . 10.1.0.{n}"
                shell(
                    self.peer.machine,
                    f"ip link set tap{n} master br0;"
                    f"nft add element bridge guards ports '{{ {guard} }}';"
                    f"ipset add members 10.1.0.{n}",
                )

        def undo(_: int) -> None:
            for n in range(each):
                self.peer.machine.ip("link", "set", f"tap{n}", "nomaster")
            self.peer.machine.run("nft", "flush set bridge guards ports")
            self.peer.machine.run("ipset", "flush", "members")

        acts = {PRODUCT: Act(ours, each, detach), "ip, nft, ipset": Act(theirs, each, undo, "<= 1.0")}
        return in_turns("attach to an open port", self.size, 8, acts, self.scale)

    def restart(self) -> Measurement:
        """Killed and started again, till it serves, and then nothing is left to do; beside what
        loads the same rules and sets into an empty kernel."""
        host, other = self.lab.host, Machine("cold")
        rules = host.run("iptables-legacy-save", timeout=60)
        sets = host.run("ipset", "save", timeout=60)
        other.ip("link", "add", "br0", "type", "bridge")
        count = min(self.big.instances, MOST_PORTS)
        self.big.make_devices("tap", count, other)
        ports = "".join(f"link set tap{n} master br0\n" for n in range(count))

        def ours(_: int) -> None:
            self.lab.daemon.start()

        def kill(_: int) -> None:
            assert self.cloud.plan() == []
            self.lab.daemon.kill()

        def theirs(_: int) -> None:
            batch(other, "ipset", sets)
            batch(other, "iptables", rules)
            batch(other, "ip", ports)

        def undo(_: int) -> None:
            for table in ("filter", "nat"):
                other.run("iptables-legacy", "-t", table, "-F")
                other.run("iptables-legacy", "-t", table, "-X")
            other.run("ipset", "destroy")
            batch(other, "ip", ports.replace(" master br0", " nomaster"))

        self.lab.daemon.kill()
        try:
            acts = {PRODUCT: Act(ours, undo=kill), "restore programs, cold": Act(theirs, undo=undo, bar="<= 0.2")}
            return in_turns("restart", self.size, 3, acts, self.scale)
        finally:
            self.lab.daemon.start()
            other.close()

    def audit(self) -> Measurement:
        """A look at everything and its difference to what is desired, beside its period."""

        def look(_: int) -> None:
            assert self.cloud.plan() == []

        measured = in_turns("audit", self.size, 5, {PRODUCT: Act(look)}, self.scale)
        measured.ways.append(Way("the default period", [AUDIT_PERIOD], "<= 0.1"))
        measured.note = self.memory()
        return measured

    def memory(self) -> str:
        return f"netctld has {resident(self.lab.daemon) / 1024:.0f} MiB resident"


def run(quick: bool) -> Iterator[Measurement]:
    sizes = [(100, 1000, 200)]
    if not quick:
        sizes += [(1000, 10000, 5000), (1000, 100000, 5000)]
    for size in sizes:
        with closing(Bench(*size)) as bench:
            yield bench.authorise()
            yield bench.authorise_by_many()
            yield bench.authorise_wide()
            yield bench.authorise_wide_among_many()
            # Before there are elastic addresses, which the peers' programs would not load.
            yield bench.restart()
            yield bench.audit()
            yield bench.associate()
            yield bench.associate_by_many()
            yield bench.attach()
