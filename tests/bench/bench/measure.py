"""Ways to do one thing, timed in turns, and what came of it."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

PRODUCT = "netctl"


@dataclass
class Way:
    """What one way took, once for each round: seconds for each operation, or another unit."""

    name: str
    samples: list[float] = field(default_factory=list)
    bar: str = ""  # what ours to this is meant to be

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def p99(self) -> float:
        return sorted(self.samples)[min(len(self.samples) - 1, int(len(self.samples) * 0.99))]


@dataclass(frozen=True)
class Scale:
    """A size: how many of what."""

    number: int
    of: str


@dataclass
class Measurement:
    """One thing at one size: ours and its peers', measured in turns."""

    name: str
    size: str
    ways: list[Way]
    note: str = ""
    scale: Scale | None = None  # where the cost is drawn against it
    unit: str = "s"

    def ratio(self, peer: Way) -> float:
        """Ours to the peer's, by medians."""
        return self.ways[0].median / peer.median

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "size": self.size,
            "scale": self.scale and {self.scale.of: self.scale.number},
            "note": self.note,
            "unit": self.unit,
            "ways": [
                {
                    "name": way.name,
                    "bar": way.bar,
                    "median": way.median,
                    "p99": way.p99,
                    "samples": way.samples,
                }
                for way in self.ways
            ],
        }


def nothing(_: int) -> None:
    """What most ways have to undo."""


@dataclass
class Act:
    """One call of a way, with the round's number, which gives its own measure in seconds or is
    measured; how many operations it makes; what makes room for the next one, and does not count; and
    what ours to this is meant to be."""

    run: Callable[[int], float | None]
    operations: int = 1
    undo: Callable[[int], None] = nothing
    bar: str = ""


def in_turns(
    name: str,
    size: str,
    rounds: int,
    acts: dict[str, Act],
    scale: Scale | None = None,
    warm_up: int = 1,
) -> Measurement:
    """Each way once in each round. The first ones warm up and do not count."""
    ways = [Way(way, bar=act.bar) for way, act in acts.items()]
    measured = Measurement(name, size, ways, scale=scale)
    for number in range(warm_up + rounds):
        for way, act in zip(measured.ways, acts.values(), strict=True):
            began = time.perf_counter()
            own = act.run(number)
            taken = time.perf_counter() - began if own is None else own
            act.undo(number)
            if number >= warm_up:
                way.samples.append(taken / act.operations)
    return measured


def shown(value: float, unit: str) -> str:
    """Times in milliseconds, with three significant digits: a packet takes some thousandths."""
    if unit != "s":
        return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value * 1000:.0f} ms"


def table(measurements: Iterable[Measurement]) -> str:
    rows = [("what", "size", "way", "median", "p99", "netctl / it", "bar")]
    for measured in measurements:
        for way in measured.ways:
            ours = way is measured.ways[0]
            rows.append(
                (
                    measured.name if ours else "",
                    measured.size if ours else "",
                    way.name,
                    shown(way.median, measured.unit),
                    shown(way.p99, measured.unit),
                    "" if ours else f"{measured.ratio(way):.3f}",
                    way.bar,
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def write(measurements: Iterable[Measurement], path: Path) -> None:
    path.write_text(json.dumps([m.as_json() for m in measurements], indent=1) + "\n")


def read(path: Path) -> list[Measurement]:
    """What `write` wrote, of what is drawn against no size."""
    return [
        Measurement(
            each["name"],
            each["size"],
            [Way(way["name"], way["samples"], way["bar"]) for way in each["ways"]],
            each["note"],
            unit=each["unit"],
        )
        for each in json.loads(path.read_text())
    ]
