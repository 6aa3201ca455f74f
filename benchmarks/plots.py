"""Draws the plots of docs/performance.md from the figures. Needs an interpreter with matplotlib."""

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from . import pack, program, start
from .authorizer import REFERENCE
from .measure import Figures, read

OURS, OTHERS = "#0b6e4f", ("#c8553d", "#e09f3e", "#7a5195", "#5b6c8f", "#a3a3a3")
mpl.rcParams.update(
    {
        "svg.hashsalt": "secure-gateway",  # so that the same figures produce the same file
        "svg.fonttype": "none",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.3,
        "figure.facecolor": "white",
    }
)


def pack_plot(found: Figures) -> Any:
    """Seconds and memory by the number of resources."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.2), layout="constrained")
    names = (pack.CHECK, pack.CONFIGURATION, pack.PLAN, pack.SERVICE, pack.EMPTY, pack.STOCK)
    _curves(left, found["sizes"], names, lambda each: read(each).shortest)
    _curves(right, found["sizes"], names[:3], lambda each: each["megabytes"])
    left.set(xlabel="resources", ylabel="seconds (shortest run)", title="time")
    right.set(xlabel="resources", ylabel="MB (peak)", title="memory of the whole commands")
    _below(left)
    return figure


def program_plot(found: Figures) -> Any:
    """Seconds and resources by the number of routes."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    names = (program.GATEWAY, program.LAYERED, program.BARE)
    _curves(left, found["routes"], names, lambda each: read(each).shortest)
    _curves(right, found["routes"], names, lambda each: each["resources"])
    left.set(xlabel="routes", ylabel="processor seconds (shortest run)", title="time of the program")
    right.set(xlabel="routes", ylabel="resources", title="resources registered")
    _below(left)
    return figure


def start_plot(found: Figures) -> Any:
    """Where the time of a cold check goes."""
    figure, axes = plt.subplots(figsize=(9.5, 1.9), layout="constrained")
    steps = start.steps(found)
    colours = ("#a3a3a3", "#c9c9c9", "#dcdcdc", "#2e9e77", OURS, "#74c3a4", "#e09f3e")
    begun = 0.0
    for (name, took), colour in zip(steps.items(), colours, strict=True):
        axes.barh(0, max(took, 0), left=begun, color=colour, edgecolor="white", label=f"{name}: {max(took, 0):.2f} s")
        begun += max(took, 0)
    axes.set(xlabel="processor seconds", yticks=[])
    axes.spines["left"].set_visible(False)
    axes.legend(fontsize=7, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    return figure


def authorizer_plot(found: Figures) -> Any:
    """Warm decisions and cold starts."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.2), layout="constrained")
    rows = sorted(found["warm"], key=lambda row: -row["p50"])
    names = [row["name"].replace(": ", ":\n").replace(", with", ",\nwith") for row in rows]
    reference = next(row["p50"] for row in rows if row["name"] == REFERENCE)
    bars = left.barh(names, [row["p50"] for row in rows], color=[_colour(row["name"]) for row in rows])
    left.bar_label(bars, [f" {row['p50'] / reference:.2f}x" for row in rows], fontsize=7)
    left.set(xlabel="microseconds (median)", title=f"warm decision (x: relative to {REFERENCE.partition(':')[0]})")
    cold = {
        name: [statistics.median(each) for each in zip(*runs, strict=True)]
        for name, runs in found["cold"]["bytecode"].items()
    }
    ready, decided = zip(*cold.values(), strict=True)
    labels = [name.replace(", ", ",\n").replace(" with ", "\nwith ").replace(" and ", "\nand ") for name in cold]
    right.barh(labels, decided, color="#c9c9c9", label="first decision, with keys fetched")
    right.barh(labels, ready, color=[_colour(name) for name in cold], label="import")
    right.set(xlabel="processor milliseconds (median)", title="cold start")
    for axes in (left, right):
        axes.tick_params(axis="y", labelsize=7)
        axes.grid(visible=False, axis="y")
    _below(right, columns=2)
    return figure


def _below(axes: Axes, columns: int = 3) -> None:
    """Put the legend below the plot, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(handles, labels, loc="outside lower center", fontsize=8, ncols=columns, frameon=False)


def _colour(name: str) -> str:
    return OURS if name.startswith("built-in") else OTHERS[3]


def _curves(axes: Axes, by_count: Figures, names: tuple[str, ...], value: Callable[[Figures], float]) -> None:
    """A curve for each name, on logarithmic axes; ours are thicker."""
    others = iter(OTHERS)
    for name in names:
        points = [(int(count), value(each[name])) for count, each in by_count.items() if name in each]
        ours = name in (pack.CHECK, pack.SERVICE, program.GATEWAY)
        colour, dashes = (OURS, "--" if name == pack.SERVICE else "-") if ours else (next(others), "-")
        axes.plot(
            *zip(*points, strict=True), dashes, marker="o", ms=4, lw=2.4 if ours else 1.4, color=colour, label=name
        )
    axes.set(xscale="log", yscale="log")
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,g}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())


PLOTS: Final = {"pack": pack_plot, "program": program_plot, "start": start_plot, "authorizer": authorizer_plot}


def main() -> None:
    """Draw every section that has figures: `python -m benchmarks.plots FIGURES FOLDER [FORMAT]`."""
    figures, folder, form = Path(sys.argv[1]), Path(sys.argv[2]), (*sys.argv[3:], "svg")[0]
    found = json.loads(figures.read_text())
    for section, draw in PLOTS.items():
        if section in found:
            metadata = {"Date": None} if form == "svg" else None
            draw(found[section]).savefig(folder / f"{section}.{form}", metadata=metadata, dpi=110)


if __name__ == "__main__":
    main()
