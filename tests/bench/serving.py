"""Hundreds of clients at once, none of which may fail."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import PRODUCT, Act, Measurement, Way, in_turns
from bench.scale import SETTINGS, BigCloud
from lab.cloud import permit_tcp
from lab.ec2 import PORT, PYTHON
from lab.lab import HOST_PUBLIC, Lab
from lab.metadata import ADDRESS
from lab.rpc import Rpc

CLIENTS = 300
GUESTS = 5
LOAD = Path(__file__).with_name("ec2_load.py")
STRANGERS = Path(__file__).with_name("ec2_strangers.py")
STRANGE_CLIENTS = 200
#: Rounds, calls in each while nobody else calls, and seconds of the flood.
ROUNDS, CALLS, FLOOD = 3, 50, 5


def metadata(lab: Lab) -> Measurement:
    """Requests of some guests, each by as many connections as one may have."""
    guests = [lab.boot("alice", "g0") for _ in range(GUESTS)]
    each = CLIENTS // GUESTS
    urls = [f"http://{ADDRESS}/latest/meta-data/instance-id"] * each
    command = ("curl", "-sfZ", "--parallel-immediate", "--parallel-max", str(each))

    def ours(_: int) -> None:
        threads = [threading.Thread(target=guest.run, args=(*command, *urls)) for guest in guests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return in_turns("metadata", f"{CLIENTS} clients", 5, {PRODUCT: Act(ours, CLIENTS)})


def describe(lab: Lab, groups: int) -> Measurement:
    """All groups with all their permissions, by pages of the largest size."""
    rpc = Rpc(lab.daemon.socket)

    def ours(_: int) -> None:
        page = rpc("group.describe", owner="alice", limit=1000)
        seen = len(page["groups"])
        while page.get("next"):
            page = rpc("group.describe", owner="alice", limit=1000, next=page["next"])
            seen += len(page["groups"])
        assert seen >= groups, seen

    size = f"{groups} groups, {groups * 10} permissions"
    return in_turns("describe all groups", size, 10, {PRODUCT: Act(ours)})


def ec2(lab: Lab, groups: int) -> Iterator[Measurement]:
    """By an unmodified client; no request may fail."""
    key = lab.cloud.change("account.create_key", owner="alice")
    environment = {
        "AWS_ACCESS_KEY_ID": key["access_key"],
        "AWS_SECRET_ACCESS_KEY": key["secret_key"],
        "AWS_DEFAULT_REGION": "netctl",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(lab.directory),
    }
    command = (PYTHON, str(LOAD), f"{HOST_PUBLIC}:{PORT}")
    taken = json.loads(lab.client.run(*command, timeout=300, env=environment))
    size = f"{groups} groups, {groups * 10} permissions"
    yield Measurement("describe all groups by boto3", size, [Way(PRODUCT, taken["describe"])])
    yield Measurement("EC2 describe", f"{CLIENTS} clients", [Way(PRODUCT, taken["by_many"])])


def beside_strangers(lab: Lab) -> Measurement:
    """A change of rules while many send EC2 requests that nobody with the key has signed."""
    key = lab.cloud.change("account.create_key", owner="alice")
    environment = {"AWS_ACCESS_KEY_ID": key["access_key"]}
    command = (PYTHON, str(STRANGERS), f"{HOST_PUBLIC}:{PORT}", str(STRANGE_CLIENTS), str(FLOOD))
    ports = itertools.count(20000)
    refused: list[int] = []

    def flood() -> None:
        refused.append(int(lab.client.run(*command, timeout=60, env=environment)))

    def authorize() -> float:
        permission = permit_tcp(next(ports))
        began = time.perf_counter()
        lab.cloud.authorize("alice", "g0", permission)
        taken = time.perf_counter() - began
        lab.cloud.revoke("alice", "g0", permission)
        return taken

    beside, alone = Way(PRODUCT), Way("alone", bar="<= 1.3")
    for _ in range(ROUNDS):
        alone.samples += [authorize() for _ in range(CALLS)]
        clients = threading.Thread(target=flood)
        clients.start()
        time.sleep(1)  # all have connected
        ends = time.perf_counter() + FLOOD - 1.5
        while time.perf_counter() < ends:
            beside.samples.append(authorize())
        clients.join()
    assert min(refused) > STRANGE_CLIENTS, refused
    size = f"{STRANGE_CLIENTS} clients, {sum(refused) / ROUNDS / FLOOD:.0f} refused a second"
    return Measurement("authorize beside badly signed EC2", size, [beside, alone])


def run(quick: bool) -> Iterator[Measurement]:
    groups = 100 if quick else 1000
    with Lab(SETTINGS) as lab:
        lab.daemon.start()
        BigCloud(lab, groups, groups * 10, 0)
        yield describe(lab, groups)
        yield from ec2(lab, groups)
        yield metadata(lab)
        yield beside_strangers(lab)
