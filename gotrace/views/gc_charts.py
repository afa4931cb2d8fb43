"""Drawing the charts of the collector: `gotrace.views.charts` gives the figure, and saves it."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gotrace.views.gc_chart_data import GcChart, HeapByCycle, Pauses, UtilisationCurve

__all__ = ["draw_gc"]

# Okabe and Ito's colours, which the colour-blind can tell apart; markers and dashes say the same.
_BLUE, _ORANGE, _GREEN, _RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
_PURPLE, _SKY, _INK, _SHADE = "#CC79A7", "#56B4E9", "#222222", "#e6e6e6"
_MARKS = (("v", _RED), ("^", _BLUE), ("o", _ORANGE), ("s", _GREEN), ("D", _PURPLE), ("x", _SKY))
_OTHERS = "others"
_DASHES = (("--", _ORANGE), ("-.", _GREEN), (":", _INK))
_TICKS = (
    (1e4, "10 µs"), (1e5, "100 µs"), (1e6, "1 ms"), (1e7, "10 ms"), (1e8, "100 ms"), (1e9, "1 s"),
    (1e10, "10 s"), (1e11, "100 s"), (1e12, "1000 s"),
)  # fmt: skip


def draw_gc(chart: GcChart, figure: Figure) -> None:
    """Draw one of the charts into an empty figure with its heading."""
    axes = figure.add_subplot()
    if isinstance(chart, HeapByCycle):
        _heap(chart, axes)
    elif isinstance(chart, UtilisationCurve):
        _curve(chart, axes)
    elif isinstance(chart, Pauses):
        _pauses(chart, axes)


def _heap(chart: HeapByCycle, axes: Axes) -> None:
    times, live = zip(*chart.saw, strict=True)
    axes.fill_between(times, live, color=_BLUE, alpha=0.16, linewidth=0)
    axes.plot(times, live, color=_BLUE, linewidth=2, label="live, then found alive")
    most = max(live)
    if chart.goal:
        starts, goals = zip(*chart.goal, strict=True)
        axes.step(starts, goals, where="post", color=_ORANGE, linewidth=2, linestyle="--",
                  label="goal")  # fmt: skip
        most = max(most, *goals)
    if chart.marking:
        axes.broken_barh(
            chart.marking, (0, 1), transform=axes.get_xaxis_transform(), color=_SHADE, linewidth=0,
            zorder=0, label="GC cycle",
        )  # fmt: skip
    axes.set_ylim(0, most * 1.12 or 1)
    axes.set_ylabel(chart.unit)
    axes.set_xlabel(f"{chart.time_unit} since the start")
    _finish(axes)


def _curve(chart: UtilisationCurve, axes: Axes) -> None:
    axes.plot(chart.windows, [100 * ratio for ratio in chart.minimum], color=_BLUE, linewidth=2.5,
              label="in the worst window")  # fmt: skip
    for (title, ratios), (dash, colour) in zip(chart.shares.items(), _DASHES, strict=False):
        axes.plot(chart.windows, [100 * ratio for ratio in ratios], linestyle=dash, color=colour,
                  linewidth=1.8, label=f"at most, in {title} of all windows")  # fmt: skip
    axes.set_xscale("log")
    low, high = min(chart.windows), max(chart.windows)
    ticks = [(at, text) for at, text in _TICKS if low <= at <= high]
    axes.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
    axes.minorticks_off()
    axes.set_ylim(0, 102)
    axes.set_ylabel("% of its procs that the program had")
    axes.set_xlabel("length of the window")
    axes.grid()
    axes.legend(loc="lower right", frameon=False)


def _pauses(chart: Pauses, axes: Axes) -> None:
    most = sorted(chart.stops, key=lambda name: (-len(chart.stops[name]), name))
    for place, name in enumerate(most):
        marker, colour = _MARKS[min(place, len(_MARKS) - 1)]
        label = name if place < len(_MARKS) - 1 else _OTHERS if place == len(_MARKS) - 1 else None
        times, lengths = zip(*chart.stops[name], strict=True)
        axes.plot(times, lengths, marker, color=colour, markersize=6, linestyle="none",
                  label=label, alpha=0.8)  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"length, {chart.unit}")
    axes.set_xlabel(f"{chart.time_unit} since the start")
    _finish(axes)


def _finish(axes: Axes) -> None:
    axes.set_xlim(left=0)
    axes.grid(axis="y")
    axes.xaxis.set_major_formatter(_amount)
    axes.yaxis.set_major_formatter(_amount)
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, frameon=False, fontsize=12,
        borderaxespad=0.2,
    )  # fmt: skip


def _amount(value: float, _position: float = 0.0) -> str:
    return f"{value:,.10g}"
