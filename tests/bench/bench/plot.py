"""Cost against size, a curve for each way, as SVG by gnuplot."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from bench.measure import Measurement

#: Size and milliseconds, by the way's name.
Curves = dict[str, list[tuple[int, float]]]


def plot(measurements: Iterable[Measurement], directory: Path) -> list[Path]:
    """One picture for each thing that was measured at several sizes."""
    named: dict[str, list[Measurement]] = {}
    for measured in measurements:
        if measured.scale:
            named.setdefault(measured.name, []).append(measured)
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, sizes in named.items():
        if len({measured.scale for measured in sizes}) < 2:
            continue
        curves: Curves = {}
        for measured in sorted(sizes, key=lambda measured: measured.scale.number):
            for way in measured.ways:
                curves.setdefault(way.name, []).append((measured.scale.number, way.median * 1000))
        paths.append(directory / f"{name.replace(',', '').replace(' ', '-')}.svg")
        script = script_of(name, sizes[0].scale.of, curves, paths[-1])
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return paths


def script_of(title: str, size: str, curves: Curves, path: Path) -> str:
    drawn = ", ".join(f"'-' title '{way}' with linespoints pointtype 7" for way in curves)
    return "\n".join(
        [
            "set terminal svg size 700,450 noenhanced background 'white'",
            f"set output '{path}'",
            f"set title '{title}'",
            f"set xlabel '{size}'",
            "set ylabel 'ms, median'",
            "set logscale xy",
            "set grid",
            "set key left top",
            f"plot {drawn}",
            *("\n".join(f"{x} {y}" for x, y in points) + "\ne" for points in curves.values()),
            "",
        ]
    )
