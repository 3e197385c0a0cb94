"""Cost against size, a curve for each way, as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bench.measure import Measurement


def plot(measurements: Iterable[Measurement], directory: Path) -> list[Path]:
    """One picture for each thing that was measured at several sizes."""
    import matplotlib  # the only one who needs it

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "netctl"  # the same picture from the same numbers
    from matplotlib import pyplot

    named: dict[str, list[Measurement]] = {}
    for measured in measurements:
        if measured.scale:
            named.setdefault(measured.name, []).append(measured)
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, sizes in named.items():
        if len({measured.scale for measured in sizes}) < 2:
            continue
        curves: dict[str, list[tuple[int, float]]] = {}
        for measured in sorted(sizes, key=lambda measured: measured.scale.number):
            for way in measured.ways:
                curves.setdefault(way.name, []).append((measured.scale.number, way.median * 1000))
        figure, axes = pyplot.subplots(figsize=(7, 4.5))
        for way_name, points in curves.items():
            axes.loglog(*zip(*points, strict=True), marker="o", label=way_name)
        axes.set(title=name, xlabel=sizes[0].scale.of, ylabel="ms, median")
        axes.grid(True, which="major", alpha=0.3)
        axes.legend()
        figure.tight_layout()
        paths.append(directory / f"{name.replace(',', '').replace(' ', '-')}.svg")
        figure.savefig(paths[-1], metadata={"Date": None})
        pyplot.close(figure)
    return paths
