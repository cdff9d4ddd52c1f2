"""Draws a comparison: both sides in one small SVG, the same bytes for the same samples.

Plots hold curves on a fixed grid and never a row of the real data. Needs matplotlib
(requirements-dev.txt).
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sesame.simulate.shapes_measure import Compared, Values, plan

# Blue and vermilion of Okabe and Ito, told apart by the colour-blind; dashes do so in print.
_SIMULATED: dict[str, Any] = {"color": "#0072b2", "linestyle": "-"}
_REAL: dict[str, Any] = {"color": "#d55e00", "linestyle": (0, (4, 1.5))}
_GRID_POINTS = 120
# A curve's far end would draw single persons and squeeze the rest: what an axis leaves out at each
# end, and with how few members a tail stops.
_LEFT_OUT_RATIO = {"log": 0.005, "linear": 0.02}
_FEWEST_IN_TAIL = 5
# Up to so many bars are wide enough to bear their share.
_MOST_LABELLED = 8

_STYLE: dict[Any, Any] = {
    # Text stays text: smaller, and found by a search.
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "path.simplify": False,
}


def draw(compared: Compared) -> Figure:
    """Both sides in one figure: as measured and, beside it, each in units of its own median."""
    comparison = compared.comparison
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 2.7), layout="constrained")
        if comparison.categories:
            measured = figure.subplots(1, 1)
            _bars(measured, compared)
        elif compared.shape_distance is None:
            measured = figure.subplots(1, 1)
            _curves(measured, compared, (1.0, 1.0))
            measured.set_xlabel(comparison.unit)
        else:
            measured, scaled = figure.subplots(1, 2, sharey=True)
            _curves(measured, compared, (1.0, 1.0))
            measured.set_xlabel(comparison.unit)
            medians = float(np.median(compared.simulated)), float(np.median(compared.real))
            _curves(scaled, compared, medians)
            scaled.set_xlabel("shape alone: divided by own median")
        if not comparison.categories:
            is_tail = comparison.axis == "tail"
            measured.set_ylabel("share with as many or more" if is_tail else "share up to here")
        real = f"real: {plan().data_sets[comparison.data_set]}"
        measured.set_title("simulated", loc="left", color=_SIMULATED["color"], weight="bold")
        measured.set_title(real, loc="right", color=_REAL["color"], weight="bold")
    return figure


def save(figure: Figure, path: Path) -> None:
    """As SVG, the same bytes for the same figure."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": path.stem}):
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _curves(axes: Axes, compared: Compared, divisors: tuple[float, float]) -> None:
    axis = compared.comparison.axis
    simulated, real = compared.simulated, compared.real
    grid = _grid(axis, simulated / divisors[0], real / divisors[1])
    if axis in ("log", "tail"):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(_plain)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    for sample, divisor, style in (
        (real, divisors[1], _REAL),
        (simulated, divisors[0], _SIMULATED),
    ):
        points = grid * divisor
        is_count = bool(np.all(sample == np.round(sample)))
        if is_count:  # there is nothing between one and two
            points = np.unique(np.round(points))
        if axis == "tail":
            points = points[points >= sample[0]]
            counts = sample.size - np.searchsorted(sample, points, side="left")
            is_shown = counts >= _FEWEST_IN_TAIL
            axes.plot(points[is_shown] / divisor, counts[is_shown] / sample.size, **style)
        else:
            shares = np.searchsorted(sample, points, side="right") / sample.size
            steps = "steps-post" if is_count else "default"
            axes.plot(points / divisor, shares, drawstyle=steps, **style)
    if axis == "tail":
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(_plain)
    else:
        axes.set_ylim(0, 1)
    axes.set_xlim(grid[0], grid[-1])


def _plain(value: float, _position: object) -> str:
    """A tick of a log axis: 0.01, 1, 1,000."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _grid(axis: str, simulated: Values, real: Values) -> Values:
    """Where curves are read off, between round ends: no value of the data shows in it."""
    samples = [simulated, real]
    if axis == "tail":
        low = min(float(sample[0]) for sample in samples)
        high = max(float(sample[-min(_FEWEST_IN_TAIL, sample.size)]) for sample in samples)
    else:
        if axis == "log":
            samples = [sample[sample > 0] for sample in samples]
        left_out = _LEFT_OUT_RATIO[axis]
        low = min(float(np.quantile(sample, left_out)) for sample in samples)
        high = max(float(np.quantile(sample, 1 - left_out)) for sample in samples)
    if axis == "linear":
        step = 10.0 ** math.floor(math.log10(max(high - low, 1e-9))) / 5
        ends = math.floor(low / step) * step, math.ceil(high / step) * step
        return np.linspace(*ends, _GRID_POINTS)
    # A single value would make an axis without length.
    high = max(high, low * 2)
    return np.geomspace(_round(low, math.floor), _round(high, math.ceil), _GRID_POINTS)


def _round(value: float, rounding: Callable[[float], int]) -> float:
    """To one significant digit, down or up as `rounding` does."""
    scale = 10.0 ** math.floor(math.log10(value))
    return rounding(value / scale) * scale


def _bars(axes: Axes, compared: Compared) -> None:
    categories = compared.comparison.categories
    places = np.arange(len(categories))
    for sample, style, shift in (
        (compared.simulated, _SIMULATED, -0.2),
        (compared.real, _REAL, 0.2),
    ):
        shares = sample / sample.sum()
        bars = axes.bar(places + shift, shares, width=0.38, color=style["color"])
        if len(categories) <= _MOST_LABELLED:
            labels = [f"{share:.1%}" for share in shares]
            axes.bar_label(bars, labels=labels, color=style["color"], padding=2)
    axes.set_xticks(places, categories)
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.12)
    axes.set_ylabel(compared.comparison.unit)
