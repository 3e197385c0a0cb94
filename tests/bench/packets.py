"""What a packet costs on its way through the rules of a large cloud, beside a small one and others' layouts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from ipaddress import ip_network

from bench.measure import PRODUCT, Act, Measurement, Scale, in_turns
from bench.road import PINNED, PORT, PROGRAMS, ClusterLab, Peer, Road, mac_of, permission
from bench.scale import SETTINGS, BigCloud, batch, instance_id, linear_rules
from lab.lab import Lab

ROUNDS = 7
FLOWS = 60000
PACKETS = 200000
CONNECTIONS = 10000
PERMISSIONS = 10
#: Addresses of a network, and how many of them no instance gets.
SMALLEST, LARGEST, RESERVED = 32, 2048, 11
ESTABLISHED = "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"

#: Pairs of an elastic address and the instance's own.
Pairs = list[tuple[str, str]]


class Product:
    """netctl on a cluster host, with so many groups of ten permissions and instances."""

    def __init__(self, groups: int, instances: int) -> None:
        size = 2 ** (-(-instances // groups) + RESERVED - 1).bit_length()
        self.lab = ClusterLab(SETTINGS | {"VNET_ADDRSPERNET": str(max(SMALLEST, size))})
        try:
            self.big = BigCloud(
                self.lab, groups, groups * PERMISSIONS, instances, permission, away=True
            )
            self.road = self.lab.road
            self.addresses = self.big.addresses
            self.road.lead_to(self.addresses)
            self.elastic: Pairs = []
        except BaseException:
            self.lab.close()
            raise

    def associate(self, count: int) -> None:
        """So many instances have elastic addresses from now on."""
        numbers = range(len(self.elastic), count)
        allocated = self.big.many("address.allocate", ({} for _ in numbers))
        public = [str(result["address"]) for result in allocated]
        self.big.many(
            "address.associate",
            (
                {"address": address, "instance_id": instance_id(number)}
                for number, address in zip(numbers, public, strict=True)
            ),
        )
        self.elastic += zip(public, (self.addresses[n] for n in numbers), strict=True)

    def close(self) -> None:
        self.lab.close()


def networks_of(addresses: list[str]) -> list[str]:
    """The groups' networks."""
    return sorted({str(ip_network(f"{address}/27", strict=False)) for address in addresses})


def addresses_alone(road: Road, networks: list[str], elastic: Pairs) -> None:
    """What stands on a cluster host, whatever the rules are: gateways and elastic addresses."""
    gateways = [f"{ip_network(network).network_address + 1}/27" for network in networks]
    lines = [f"address add {gateway} dev eth0\n" for gateway in gateways]
    lines += [f"address add {public}/32 dev eth1\n" for public, _ in elastic]
    batch(road.router, "ip", "".join(lines))


def conntrack_alone(road: Road, _: list[str], __: Pairs) -> None:
    rules = [
        "*filter",
        ":FORWARD ACCEPT [0:0]",
        ESTABLISHED,
        "COMMIT\n",
    ]
    batch(road.router, "iptables", "\n".join(rules))


def nat_alone(road: Road, networks: list[str], elastic: Pairs) -> None:
    """What the table costs that NAT needs, before any rule."""
    conntrack_alone(road, networks, elastic)
    road.router.run("iptables-legacy", "-t", "nat", "-S")


def linear(road: Road, networks: list[str], elastic: Pairs) -> None:
    """As Eucalyptus has it, and established flows first."""
    ports = [f"-p udp -m udp --dport {PORT - 9 + n}" for n in range(1, PERMISSIONS)]
    ports.insert(0, f"-p tcp -m tcp --dport {PORT}")
    batch(road.router, "iptables", linear_rules(networks, ports, elastic, ESTABLISHED))


def nft_maps(road: Road, networks: list[str], elastic: Pairs) -> None:
    """A verdict map from the network to its group's chain; maps for the elastic addresses."""
    lines = ["table ip filter {"]
    for n, _ in enumerate(networks):
        lines += [f" chain g{n} {{", f"  tcp dport {PORT} accept"]
        lines += [f"  udp dport {PORT - 9 + p} accept" for p in range(1, PERMISSIONS)]
        lines.append(" }")
    verdicts = ", ".join(
        f"{ip_network(network).network_address} : jump g{n}" for n, network in enumerate(networks)
    )
    to = ", ".join(f"{public} : {private}" for public, private in elastic)
    back = ", ".join(f"{private} : {public}" for public, private in elastic)
    lines += [
        f" map groups {{ type ipv4_addr : verdict; elements = {{ {verdicts} }} }}",
        " chain forward {",
        "  type filter hook forward priority 0; policy drop;",
        "  ct state established,related accept",
        "  ip daddr and 255.255.255.224 vmap @groups",
        " }",
        "}",
        "table ip nat {",
        f" map to {{ type ipv4_addr : ipv4_addr; elements = {{ {to} }} }}",
        f" map back {{ type ipv4_addr : ipv4_addr; elements = {{ {back} }} }}",
        " chain prerouting {",
        "  type nat hook prerouting priority -100;",
        "  dnat to ip daddr map @to",
        " }",
        " chain postrouting {",
        "  type nat hook postrouting priority 100;",
        "  snat to ip saddr map @back",
        " }",
        "}",
        "",
    ]
    batch(road.router, "nft", "\n".join(lines))


def nft_walled(road: Road, networks: list[str], elastic: Pairs) -> None:
    """The same with netctl's two walls in nft's words: what a rule lets in bears a label, established
    packets pass by it, and a chain behind drops the first packet of what bears none."""
    nft_maps(road, networks, elastic)
    private = "10.128.0.0/9"
    lines = ["flush chain ip filter forward"]
    lines += [
        "add chain ip filter admit",
        "add rule ip filter admit ct label set 7 accept",
        "add rule ip filter forward ct state established,related ct label 7 accept",
        "add rule ip filter forward ct state established,related drop",
        "add rule ip filter forward ip daddr and 255.255.255.224 vmap @groups",
        "add chain ip nat wall { type nat hook postrouting priority -199; }",
        "add rule ip nat wall ct label 7 accept",
        "add rule ip nat wall meta iif 0 accept",
        f"add rule ip nat wall ip daddr {private} drop",
        f"add rule ip nat wall ip saddr {private} drop",
    ]
    for n, _ in enumerate(networks):
        lines += [f"flush chain ip filter g{n}", f"add rule ip filter g{n} tcp dport {PORT} goto admit"]
        lines += [
            f"add rule ip filter g{n} udp dport {PORT - 9 + p} goto admit" for p in range(1, PERMISSIONS)
        ]
    batch(road.router, "nft", "\n".join([*lines, ""]))


Layout = Callable[[Road, list[str], Pairs], None]


class Bench:
    """The large cloud, one with as many instances in few groups, the smallest, and the peers with as
    many groups as the large one."""

    def __init__(self, ends: ExitStack, groups: int, instances: int, elastic: int) -> None:
        self.large = ends.enter_context(closing(Product(groups, instances)))
        self.few = -(-instances // (LARGEST - RESERVED))
        self.dense = ends.enter_context(closing(Product(self.few, instances)))
        self.small = ends.enter_context(closing(Product(1, 1)))
        self.large.associate(elastic)
        self.small.associate(1)
        self.groups = groups
        self.scale = Scale(groups, "groups")
        self.size = f"{groups} groups, {groups * PERMISSIONS} permissions, {instances} instances"
        networks = networks_of(self.large.addresses)
        assert len(networks) == groups

        def peer(name: str, layout: Layout) -> Road:
            road = ends.enter_context(closing(Peer(name))).road
            road.lead_to(self.large.addresses)
            addresses_alone(road, networks, self.large.elastic)
            layout(road, networks, self.large.elastic)
            return road

        self.conntrack = peer("conntrack", conntrack_alone)
        self.nat = peer("nat", nat_alone)
        self.linear = peer("linear", linear)
        self.nft = peer("nft", nft_maps)
        self.walled = peer("walled", nft_walled)
        for road, addresses in (
            (self.large.road, self.large.addresses),
            (self.dense.road, self.dense.addresses),
            (self.small.road, self.small.addresses),
            (self.linear, self.large.addresses),
            (self.nft, self.large.addresses),
            (self.walled, self.large.addresses),
        ):
            road.flood("new", addresses, 1000, port=PORT + 1)  # nothing comes through
            road.forget()
            road.serve()

    def new_flows(self) -> Measurement:
        addresses = self.large.addresses

        def through(road: Road, targets: list[str]) -> Callable[[int], float]:
            return lambda _: road.new_flows(targets, FLOWS)

        acts = {
            PRODUCT: Act(through(self.large.road, addresses)),
            f"{PRODUCT}, as few groups as hold them ({self.few})": Act(
                through(self.dense.road, self.dense.addresses), bar="<= 1.06"
            ),
            f"{PRODUCT}, 1 group, 1 instance": Act(
                through(self.small.road, self.small.addresses), bar="<= 1.06"
            ),
            "nft verdict map": Act(through(self.nft, addresses)),
            "nft verdict map, two walls": Act(through(self.walled, addresses), bar="<= 1.10"),
            "linear": Act(through(self.linear, addresses), bar="<= 0.13"),
            "conntrack alone": Act(through(self.conntrack, addresses)),
            "conntrack alone, 1 address": Act(through(self.conntrack, addresses[:1])),
            "conntrack, empty nat": Act(through(self.nat, addresses)),
        }
        return in_turns("packet, new flow", self.size, ROUNDS, acts, self.scale)

    def established(self) -> Measurement:
        addresses = self.large.addresses

        def through(road: Road) -> Callable[[int], float]:
            return lambda _: road.established(addresses, PACKETS)

        acts = {
            PRODUCT: Act(through(self.large.road)),
            "conntrack alone": Act(through(self.conntrack)),
            "conntrack, empty nat": Act(through(self.nat), bar="<= 1.06"),
            "nft verdict map": Act(through(self.nft)),
            "nft verdict map, two walls": Act(through(self.walled)),
            "linear": Act(through(self.linear)),
        }
        return in_turns("packet, established flow", self.size, ROUNDS, acts, self.scale)

    def connections(self) -> Measurement:
        """To elastic addresses, by TCP."""
        targets = [public for public, _ in self.large.elastic]
        small = [public for public, _ in self.small.elastic]

        def through(road: Road, addresses: list[str]) -> Callable[[int], float]:
            return lambda _: road.connections(addresses, CONNECTIONS)

        acts = {
            PRODUCT: Act(through(self.large.road, targets)),
            f"{PRODUCT}, 1 and 1": Act(through(self.small.road, small), bar="<= 1.05"),
            "linear": Act(through(self.linear, targets), bar="<= 0.59"),
            "nft maps": Act(through(self.nft, targets)),
        }
        size = f"{self.groups} groups, {len(targets)} elastic addresses"
        return in_turns("new connection", size, ROUNDS, acts, self.scale)


def elastic(groups: int, count: int) -> Measurement:
    """So many elastic addresses, each of an instance, beside a single one."""
    with closing(Product(groups, count)) as large, closing(Product(1, 1)) as small:
        acts = {}
        for name, product, bar in ((PRODUCT, large, ""), (f"{PRODUCT}, 1 address", small, "<= 1.2")):
            product.associate(len(product.addresses))
            targets = [public for public, _ in product.elastic]
            road = product.road
            acts[name] = Act(lambda _, r=road, t=targets: r.new_flows(t, FLOWS), bar=bar)
        return in_turns(
            "packet, new flow to an elastic address",
            f"{count} elastic addresses",
            ROUNDS,
            acts,
            Scale(count, "elastic addresses"),
        )


class Bridge:
    """Two instances of one network on one host, among so many guarded ports."""

    def __init__(self, ends: ExitStack, ports: int) -> None:
        settings = SETTINGS | {"VNET_ADDRSPERNET": "1024"}
        self.lab = ends.enter_context(Lab(settings, bridge_netfilter=0))
        self.lab.daemon.start()
        BigCloud(self.lab, 1, 1, ports - 2)
        self.source, self.target = (self.lab.boot("alice", "g0") for _ in range(2))
        self.drop = f"PREROUTING -p udp --dport {PORT} -j DROP"
        self.target.run(*f"iptables-legacy -t raw -A {self.drop}".split())
        forged = self.flood("10.128.200.1", 1000)
        assert forged[1] == 0, forged

    def flood(self, source: str, packets: int) -> tuple[float, int]:
        """Seconds for each packet, and how many came."""
        before = self.came()
        targets = self.lab.directory / "targets"
        targets.write_text(self.target.address + "\n")
        out = self.source.run(
            *PINNED, str(PROGRAMS / "flood"), "eth0", mac_of(self.target, "eth0"), "established",
            str(targets), str(PORT), str(packets), source, timeout=120,
        )  # fmt: skip
        return float(out) / 1e9, self.came() - before

    def came(self) -> int:
        """How many of the flood's packets have come to the target, and no others."""
        rules = self.target.run(*"iptables-legacy -t raw -vnxL PREROUTING".split())
        return int(next(line.split()[0] for line in rules.splitlines() if "DROP" in line))

    def cost(self) -> float:
        taken, came = self.flood(self.source.address, PACKETS)
        assert came == PACKETS, came
        return taken


def guards(ports: int) -> Measurement:
    """From one instance to another of its network on the same host."""
    with ExitStack() as ends:
        many, few = Bridge(ends, ports), Bridge(ends, 2)
        acts = {
            PRODUCT: Act(lambda _: many.cost()),
            f"{PRODUCT}, 2 ports": Act(lambda _: few.cost(), bar="<= 1.03"),
        }
        return in_turns(
            "packet between ports", f"{ports} guarded ports", ROUNDS, acts, Scale(ports, "ports")
        )


def run(quick: bool) -> Iterator[Measurement]:
    sizes = [(50, 100)] if quick else [(100, 1000), (1000, 5000)]
    for groups, instances in sizes:
        with ExitStack() as ends:
            bench = Bench(ends, groups, instances, elastic=groups)
            yield bench.new_flows()
            yield bench.established()
            yield bench.connections()
    for groups, addresses in [(50, 100)] if quick else [(100, 1000), (1000, 10000)]:
        yield elastic(groups, addresses)
    for ports in (50,) if quick else (50, 500):
        yield guards(ports)
