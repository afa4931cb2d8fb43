"""Drawing the charts of wrestling: `gotrace.views.charts` gives the figure, and saves it."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gotrace.views.wrestle_chart_data import GroupedBars, Parts, SiteClasses, WrestleChart

__all__ = ["draw_wrestle"]

# Okabe and Ito's colours, which the colour-blind can tell apart; hatches say the same.
_COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999",
    "#444444",
)  # fmt: skip
_HATCHES = ("", "///", "...", "\\\\\\", "xx", "--", "oo", "++", "")
_INK = "#222222"
_BOUNDED = "whiskers: the interval of the median"
_TOO_FEW = "too few rounds for an interval of the median: 6 or more have one"
_WHISKERS = {"ecolor": _INK, "elinewidth": 1.2, "capsize": 2.5}
_WIDTH = 0.8
_HEADROOM = 1.12
_AXES_POINTS = 840
_LEAST_FOR_UPRIGHT, _LEAST_FOR_NUMBERS = 28, 10
"""Points of a bar that its number fits on; on narrower ones it lies, and then there is none."""
_LEGEND_CELLS, _KEY_CELLS, _MOST_COLUMNS = 120, 9, 6
_LEAST_ROWS = 6
_UPRIGHT_LETTERS = 80


def draw_wrestle(chart: WrestleChart, figure: Figure) -> None:
    """Draw one of the charts into an empty figure with its heading."""
    axes = figure.add_subplot()
    if isinstance(chart, GroupedBars):
        _grouped(chart, axes)
    elif isinstance(chart, Parts):
        _parts(chart, axes)
    elif isinstance(chart, SiteClasses):
        _sites(chart, axes)


def _grouped(chart: GroupedBars, axes: Axes) -> None:
    width = _WIDTH / len(chart.bars)
    points = _AXES_POINTS * width / max(len(chart.groups), 2)
    for number, (label, bars) in enumerate(chart.bars.items()):
        shift = (number - (len(chart.bars) - 1) / 2) * width
        places = [at + shift for at, bar in enumerate(bars) if bar is not None]
        known = [bar for bar in bars if bar is not None]
        heights = [bar.centre for bar in known]
        whiskers = [
            [math.nan if bar.low is None else max(bar.centre - bar.low, 0.0) for bar in known],
            [math.nan if bar.high is None else max(bar.high - bar.centre, 0.0) for bar in known],
        ]
        axes.bar(
            places, heights, width * 0.94, edgecolor="white", linewidth=0, label=label,
            **_look(number), yerr=whiskers, error_kw=_WHISKERS,
        )  # fmt: skip
        if points >= _LEAST_FOR_NUMBERS:
            is_narrow = points < _LEAST_FOR_UPRIGHT
            for place, bar in zip(places, known, strict=True):
                axes.annotate(
                    f"{bar.centre:.2f}", (place, max(bar.centre, bar.high or 0.0)), xytext=(0, 3),
                    textcoords="offset points", ha="center", fontsize=9 if is_narrow else 11,
                    rotation=90 if is_narrow else 0,
                )  # fmt: skip
    axes.axhline(1, color=_INK, linewidth=0.8, linestyle=":")
    letters = sum(map(len, chart.groups))
    few = letters <= _UPRIGHT_LETTERS
    axes.set_xticks(range(len(chart.groups)), chart.groups, fontsize=13 if few else 11,
                    rotation=0 if few else 20, ha="center" if few else "right")  # fmt: skip
    margin = 0.6 if len(chart.groups) > 1 else 1.0
    axes.set_xlim(-margin, len(chart.groups) - 1 + margin)
    more = f" ({chart.left_out_count} more benchmarks in the table)" if chart.left_out_count else ""
    axes.set_ylabel(chart.axis)
    drawn = [bar for bars in chart.bars.values() for bar in bars if bar is not None]
    axes.set_ylim(0, _HEADROOM * max(1, *(max(bar.centre, bar.high or 0.0) for bar in drawn)))
    is_bounded = any(bar.low is not None for bar in drawn)
    axes.set_xlabel(f"{_BOUNDED if is_bounded else _TOO_FEW}{more}")
    axes.grid(axis="y")
    _legend(axes)


def _parts(chart: Parts, axes: Axes) -> None:
    names = [name for name, _ in chart.parts]
    shares = [share for _, share in chart.parts]
    left = 0.0
    for number, share in enumerate(shares):
        axes.barh(
            [number], [share], 0.72, left=[left], edgecolor="white", linewidth=0, **_look(number)
        )  # fmt: skip
        is_late = left + share > 80
        axes.annotate(
            f"{share:.1f} %", (left if is_late else left + share, number),
            xytext=(-6 if is_late else 6, 0), textcoords="offset points",
            ha="right" if is_late else "left", va="center", fontsize=13,
        )  # fmt: skip
        left += share
    axes.set_yticks(range(len(names)), names, fontsize=13)
    axes.set_ylim(max(len(names), _LEAST_ROWS) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of all CPU samples; bars begin where the one above ends")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)


def _sites(chart: SiteClasses, axes: Axes) -> None:
    ends = [0.0] * len(chart.sites)
    places = range(len(chart.sites))
    for number, (label, amounts) in enumerate(chart.classes.items()):
        axes.barh(
            places, amounts, 0.72, left=ends, edgecolor="white", linewidth=0, label=label,
            **_look(number),
        )  # fmt: skip
        ends = [end + amount for end, amount in zip(ends, amounts, strict=True)]
    axes.set_yticks(list(places), chart.sites, fontsize=11 if len(chart.sites) > 8 else 13)
    axes.set_ylim(max(len(chart.sites), _LEAST_ROWS) - 0.5, -0.5)
    more = f" ({chart.left_out_count} more sites in the table)" if chart.left_out_count else ""
    axes.set_xlabel(f"{chart.unit} allocated while recorded{more}")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    _legend(axes)


def _look(number: int) -> dict[str, Any]:
    """Colour and hatch; after all colours the same ones with other hatches."""
    turn = number // len(_COLOURS)
    hatch = _HATCHES[(number + 3 * turn) % len(_HATCHES)]
    return {"color": _COLOURS[number % len(_COLOURS)], "hatch": hatch}


def _legend(axes: Axes) -> None:
    """Above the chart, where it covers nothing, in as many columns as fit."""
    longest = max((len(label) for label in axes.get_legend_handles_labels()[1]), default=0)
    columns = max(min(_LEGEND_CELLS // (longest + _KEY_CELLS), _MOST_COLUMNS), 1)
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=columns, frameon=False, fontsize=12,
        borderaxespad=0.2,
    )  # fmt: skip
