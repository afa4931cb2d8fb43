"""Drawing the charts of a replay: `gotrace.views.charts` gives the figure, and saves it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from gotrace.views.replay_chart_data import Composition, HeatMap, ReplayChart, WasteByClass

__all__ = ["draw_replay"]

# Okabe and Ito's colours, which the colour-blind can tell apart; hatches say the same in grey.
_BLUE, _SKY, _ORANGE, _GREEN, _GREY = "#0072B2", "#56B4E9", "#E69F00", "#009E73", "#d9d9d9"
_INK, _RED, _PURPLE = "#222222", "#D55E00", "#CC79A7"
_FULL = "cividis"
"""Dark for empty, bright for full; the same order in grey, and for the colour-blind."""
_LAYERS = (
    (_BLUE, ""), (_SKY, "..."), (_ORANGE, "///"), (_GREEN, "\\\\\\"), (_GREY, ""),
)  # fmt: skip
_WASTE = ((_BLUE, ""), (_SKY, "..."), (_ORANGE, "///"), (_GREY, ""))
_MOST_ADDRESS_TICKS = 9
_MOST_MARKS = 60
"""More cycles would only make a line of marks."""


def draw_replay(chart: ReplayChart, figure: Figure) -> None:
    """Draw one of the charts into an empty figure with its heading."""
    axes = figure.add_subplot()
    if isinstance(chart, Composition):
        _composition(chart, axes)
    elif isinstance(chart, WasteByClass):
        _waste(chart, axes)
    elif isinstance(chart, HeatMap):
        _heat(chart, axes, figure)


def _composition(chart: Composition, axes: Axes) -> None:
    below = np.zeros(len(chart.times))
    for layer, (colour, hatch) in zip(chart.layers, _LAYERS, strict=False):
        above = below + np.array(layer.values)
        axes.fill_between(
            chart.times, below, above, facecolor=colour, edgecolor="white", linewidth=0,
            hatch=hatch, label=layer.title, step="post",
        )  # fmt: skip
        below = above
    _mark_cycles(chart.cycles, axes)
    axes.set_xlim(0, chart.times[-1] or 1)
    axes.set_ylim(0, float(below.max(initial=0)) * 1.06 or 1)
    axes.set_ylabel(chart.unit)
    axes.set_xlabel(f"{chart.time_unit} since the trace began")
    axes.grid(axis="y")
    _plain_numbers(axes)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=6, frameon=False,
        fontsize=11.5, borderaxespad=0.2, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip


def _waste(chart: WasteByClass, axes: Axes) -> None:
    count = len(chart.labels)
    places = np.arange(count)
    below = np.zeros(count)
    for layer, (colour, hatch) in zip(chart.layers, _WASTE, strict=True):
        axes.bar(
            places, layer.values, 0.8, bottom=below, color=colour, edgecolor="white",
            linewidth=0, hatch=hatch, label=layer.title,
        )  # fmt: skip
        below = below + np.array(layer.values)
    axes.set_xticks(places, chart.labels, rotation=90 if count > 12 else 0, fontsize=11)
    axes.set_xlim(-0.7, max(count, 6) - 0.3)
    axes.set_ylim(0, float(below.max(initial=0)) * 1.14 or 1)
    axes.set_ylabel(chart.unit)
    axes.set_xlabel("size of one slot")
    axes.grid(axis="y")
    axes.yaxis.set_major_formatter(_amount)
    axes.legend(loc="upper right", ncols=4, frameon=False, borderaxespad=0.2)


def _heat(chart: HeatMap, axes: Axes, figure: Figure) -> None:
    times = [*chart.times, chart.times[-1] + _step(chart.times)]
    rows = np.arange(len(chart.addresses) + 1)
    # As a picture: thousands of little rectangles would make an SVG of megabytes.
    stacks = np.where(chart.is_stack, 1.0, np.nan)
    axes.pcolormesh(times, rows, stacks, cmap=ListedColormap([_PURPLE]), rasterized=True)
    mesh = axes.pcolormesh(times, rows, chart.full * 100, cmap=_FULL, vmin=0, vmax=100,
                           rasterized=True)  # fmt: skip
    _draw_gaps(chart, axes)
    _mark_cycles(chart.cycles, axes)
    axes.set_xlim(0, times[-1])
    axes.set_ylim(0, len(chart.addresses))
    places = np.unique(np.linspace(0, len(chart.addresses) - 1, _MOST_ADDRESS_TICKS).astype(int))
    texts = [f"{chart.addresses[place]:#x}" for place in places.tolist()]
    axes.set_yticks(places, texts, fontsize=11)
    axes.set_xlabel(f"{chart.time_unit} since the trace began")
    axes.set_ylabel(f"address, {_size(chart.piece_bytes)} a row")
    axes.xaxis.set_major_formatter(_amount)
    bar = figure.colorbar(mesh, ax=axes, pad=0.015, fraction=0.05)
    bar.set_label("% of span bytes in objects")
    bar.outline.set_visible(False)
    handles = [
        Patch(facecolor=_PURPLE, label="stacks, work buffers"),
        Patch(facecolor="white", edgecolor="#bbbbbb", label="no span"),
    ]
    marks, labels = axes.get_legend_handles_labels()
    axes.legend(
        [*handles, *marks], [*(str(h.get_label()) for h in handles), *labels],
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, frameon=False, fontsize=12,
        borderaxespad=0.2,
    )  # fmt: skip


def _draw_gaps(chart: HeatMap, axes: Axes) -> None:
    """A line where addresses that no span used were left out."""
    for row, (low, high) in enumerate(
        zip(chart.addresses, chart.addresses[1:], strict=False), start=1
    ):
        if high - low > chart.piece_bytes:
            axes.axhline(row, color=_RED, linewidth=0.8, linestyle=(0, (6, 3)))


def _mark_cycles(cycles: list[float], axes: Axes) -> None:
    if 0 < len(cycles) <= _MOST_MARKS:
        axes.plot(
            cycles, [0.985] * len(cycles), "v", transform=axes.get_xaxis_transform(), color=_INK,
            markersize=7, markeredgecolor="white", markeredgewidth=0.5,
            linestyle="none", label="a GC cycle ends", clip_on=False,
        )  # fmt: skip


def _step(times: list[float]) -> float:
    return times[1] - times[0] if len(times) > 1 else 1.0


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"


def _plain_numbers(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(_amount)
    axes.yaxis.set_major_formatter(_amount)


def _amount(value: float, _position: float = 0.0) -> str:
    return f"{value:,.10g}"
