"""Drawing the charts of what-ifs: `gotrace.views.charts` gives the figure, and saves it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from gotrace.views.whatif_chart_data import Option, Saw, TradeOff, WhatIfChart

__all__ = ["draw_whatif"]

# Okabe and Ito's colours, which the colour-blind can tell apart; dashes and markers say the same.
_INK, _GREEN = "#222222", "#009E73"
_BLUE, _ORANGE, _RED, _GREY = "#0072B2", "#E69F00", "#D55E00", "#bbbbbb"
_LINES = ((_INK, "-"), (_BLUE, "--"), (_ORANGE, "-."), (_GREEN, ":"), (_RED, (0, (6, 2))))
_NAMED = 14


def draw_whatif(chart: WhatIfChart, figure: Figure) -> None:
    """Draw one of the charts into an empty figure with its heading."""
    axes = figure.add_subplot()
    if isinstance(chart, Saw):
        _saw(chart, axes)
    elif isinstance(chart, TradeOff):
        _trade_off(chart, axes)


def _saw(chart: Saw, axes: Axes) -> None:
    for (label, points), (colour, dash) in zip(chart.lines.items(), _LINES, strict=False):
        at, live = zip(*points, strict=True)
        axes.plot(at, live, color=colour, linestyle=dash, linewidth=1.8, label=label)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"heapLive, {chart.unit}")
    more = f"; {chart.left_out_count} more settings in the table" if chart.left_out_count else ""
    axes.set_xlabel(f"{chart.allocated_unit} allocated since the recording began{more}")
    _finish(axes)


def _trade_off(chart: TradeOff, axes: Axes) -> None:
    for is_limited, marker, colour, label in (
        (False, "o", _BLUE, "GOGC alone"), (True, "^", _ORANGE, "with a memory limit"),
    ):  # fmt: skip
        some = [option for option in chart.options if option.is_limited == is_limited]
        if some:
            axes.plot(
                [option.size for option in some], [max(option.cycles, 0.5) for option in some],
                marker=marker, color=colour, markersize=9, linewidth=1.5, label=label,
            )  # fmt: skip
    _name(chart.options[:_NAMED], axes)
    if chart.budget:
        axes.axvline(chart.budget, color=_RED, linestyle="--", linewidth=2, label="budget")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(_amount)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(left=0)
    axes.set_ylabel("GC cycles")
    axes.set_xlabel(f"peak heap and what is mapped beside it, {chart.unit}")
    _finish(axes)


def _name(options: list[Option], axes: Axes) -> None:
    for option in options:
        if not option.is_limited:
            axes.annotate(
                option.label, (option.size, max(option.cycles, 0.5)), xytext=(8, 6),
                textcoords="offset points", fontsize=11,
            )  # fmt: skip


def _finish(axes: Axes) -> None:
    axes.grid(axis="y", color=_GREY, linewidth=0.5)
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, frameon=False, fontsize=12,
        borderaxespad=0.2,
    )  # fmt: skip


def _amount(value: float, _position: float = 0.0) -> str:
    return f"{value:,.10g}"
