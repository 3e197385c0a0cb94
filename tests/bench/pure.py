"""Rendering and comparing without a kernel, beside a parser of the same rules."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

from bench.measure import PRODUCT, Measurement, Scale, Way
from bench.road import PROGRAMS
from control import Peer

ROUNDS = 10
PERMISSIONS = 10


def ours(groups: int) -> dict[str, list[float]]:
    """Seconds of each round, by the name of the benchmark."""
    command = [
        str(PROGRAMS / "pure"), f"--benchmark_filter=/{groups}$",
        f"--benchmark_repetitions={ROUNDS}", "--benchmark_min_time=0.1", "--benchmark_format=json",
    ]  # fmt: skip
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout
    taken: dict[str, list[float]] = {}
    for run in json.loads(out)["benchmarks"]:
        if run["run_type"] == "iteration":
            name = run["run_name"].split("/")[0]
            taken.setdefault(name, []).append(run["real_time"] / 1000)
    return taken


def parser(groups: int) -> list[float]:
    """iptables-legacy-restore reads a chain for each group and a rule for each permission, and
    commits nothing."""
    with closing(Peer(groups, groups * PERMISSIONS, 0)) as peer:
        rules = peer.machine.run("iptables-legacy-save", timeout=60)
        path = "/run/bench-rules"
        peer.machine.call("write", path=path, text=rules)
        seconds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            peer.machine.run("iptables-legacy-restore", "--test", path)
            seconds.append(time.perf_counter() - began)
        peer.machine.run("rm", path)
        return seconds


def run(quick: bool) -> Iterator[Measurement]:
    for groups in (10,) if quick else (10, 100, 1000):
        taken = ours(groups)
        size = f"{groups} groups, {groups * PERMISSIONS} permissions, {groups * 5} instances"
        scale = Scale(groups, "groups")
        ways = [
            Way(PRODUCT, taken["renderAndDiffFromNothing"]),
            Way("iptables-legacy-restore --test", parser(groups), "<= 2"),
        ]
        yield Measurement("render, and diff from nothing", size, ways, scale=scale)
        for name, benchmark in (
            ("render all", "renderAll"),
            ("diff of equal states", "diffOfEqualStates"),
            ("authorise and render, no kernel", "authoriseAndRender"),
            ("group.describe of all, no socket", "describeGroups"),
            ("DescribeSecurityGroups of all, no socket", "describeSecurityGroups"),
        ):
            yield Measurement(name, size, [Way(PRODUCT, taken[benchmark])], scale=scale)
