"""Charts for slides and documents: PNG (1920 x 1080) and SVG of the same figure.

With `replay_charts.py`, `gc_charts.py`, `whatif_charts.py` and `wrestle_charts.py` the only module
that imports matplotlib. Colours are Okabe and Ito's, which the colour-blind can tell apart, and
hatches say the same once more in black and white. The same report gives the same bytes: no dates,
no random ids.
"""

from __future__ import annotations

import io
import math
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from gotrace.errors import InputError
from gotrace.tables.whole_file import write_whole
from gotrace.views.chart_data import Chart, Series, charts
from gotrace.views.gc_chart_data import GcChart, gc_charts
from gotrace.views.gc_charts import draw_gc
from gotrace.views.replay_chart_data import ReplayChart, replay_charts
from gotrace.views.replay_charts import draw_replay
from gotrace.views.report import Report
from gotrace.views.safety import shorten
from gotrace.views.trace_chart_data import Span, Timeline, trace_charts
from gotrace.views.whatif_chart_data import WhatIfChart, whatif_charts
from gotrace.views.whatif_charts import draw_whatif
from gotrace.views.wrestle_chart_data import WrestleChart, wrestle_charts
from gotrace.views.wrestle_charts import draw_wrestle

__all__ = ["save_charts"]

_Drawn = Chart | Timeline | ReplayChart | GcChart | WhatIfChart | WrestleChart

_INCHES = (12.8, 7.2)
_DOTS_PER_INCH = 150
_BLUE, _ORANGE, _INK, _GREY = "#0072B2", "#E69F00", "#222222", "#bbbbbb"
_RED, _SHADE = "#D55E00", "#e6e6e6"
_HATCH = "///"
_NAME_CELLS = 50
_HEAD_POINTS, _HEADING_POINTS, _SOURCE_POINTS = 865, 14.4, 7.4
"""Room above a chart, and what a letter of the heading and of the source takes of it."""
_LEAST_SOURCE_CELLS = 16
_LEAST_ROWS = 6
"""Fewer bars than this are drawn as thin as if there were so many."""
_SHORT_TEXT = 18
_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.unicode_minus": False,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 14,
    "grid.color": "#e4e4e4",
    "hatch.linewidth": 1.2,
    "svg.fonttype": "none",  # text stays text: searchable, and small
    "svg.hashsalt": "gotrace",
    "text.color": _INK,
    "text.parse_math": False,  # a `$` in a function's name is a `$`
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def save_charts(report: Report, directory: Path) -> list[Path]:
    """Draw the charts the report has tables for; the paths written, PNG and SVG of each.

    Files appear whole: each is written beside its place and moved there. Raises InputError if
    `directory` cannot be made or written to.
    """
    written = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        every = (charts, trace_charts, replay_charts, gc_charts, whatif_charts, wrestle_charts)
        for chart in [chart for made in every for chart in made(report)]:
            for suffix, data in _images(chart).items():
                path = directory / f"{chart.name}.{suffix}"
                write_whole(path, data)
                written.append(path)
    except OSError as error:
        reason = f"charts cannot be written: {error.strerror}"
        raise InputError(reason, source=str(directory)) from error
    return written


def _images(chart: _Drawn) -> dict[str, bytes]:
    """The figure as PNG and as SVG."""
    with matplotlib.rc_context(_STYLE):
        figure = _draw(chart)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once, for both
        images = {}
        for suffix, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, metadata=metadata)
            images[suffix] = buffer.getvalue()
    return images


def _draw(chart: _Drawn) -> Figure:
    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    # Room for the heading above, and a margin all around.
    figure.set_layout_engine("constrained", rect=(0.015, 0.015, 0.97, 0.895))
    figure.text(0.02, 0.965, _drawable(chart.heading), va="top", fontsize=24, fontweight="bold")
    room = int((_HEAD_POINTS - _HEADING_POINTS * len(chart.heading)) / _SOURCE_POINTS)
    source = _drawable(shorten(chart.source, max(min(_NAME_CELLS, room), _LEAST_SOURCE_CELLS)))
    figure.text(0.98, 0.955, source, ha="right", va="top", fontsize=14)
    if isinstance(chart, Timeline):
        _draw_timeline(chart, figure.add_subplot())
    elif isinstance(chart, ReplayChart):
        draw_replay(chart, figure)
    elif isinstance(chart, GcChart):
        draw_gc(chart, figure)
    elif isinstance(chart, WhatIfChart):
        draw_whatif(chart, figure)
    elif isinstance(chart, WrestleChart):
        draw_wrestle(chart, figure)
    elif chart.bars.is_empty:
        figure.text(0.5, 0.5, _drawable(chart.nothing), ha="center", va="center", fontsize=20)
    elif chart.form == "columns":
        _draw_columns(chart, figure)
    else:
        _draw_lying(chart, figure.add_subplot())
    return figure


def _draw_columns(chart: Chart, figure: Figure) -> None:
    """A panel for each series, one above the other: their sizes often differ a hundredfold."""
    count = len(chart.bars.series)
    panels = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    places = range(len(chart.bars.labels))
    for panel, series, colour, hatch in zip(
        panels, chart.bars.series, (_BLUE, _ORANGE), ("", _HATCH), strict=False
    ):
        panel.bar(
            places,
            series.values,
            0.8,
            yerr=_whiskers(series),
            color=colour,
            edgecolor="white",
            linewidth=0,
            hatch=hatch,
            error_kw={"ecolor": _INK, "elinewidth": 1.2, "capsize": 2.5},
        )
        panel.set_title(series.title, fontsize=15)
        panel.set_ylabel(chart.unit)
        panel.grid(axis="y")
        panel.yaxis.set_major_formatter(_amount)
        _keep_zero(panel, series.values)
    labels = [_drawable(label) for label in chart.bars.labels]
    panels[-1].set_xticks(places, labels, **_tick_style(len(labels)))
    panels[-1].set_xlim(-0.7, len(labels) - 0.3)
    panels[-1].set_xlabel("size of one slot; whiskers: ± one standard error")


def _tick_style(count: int) -> dict[str, float]:
    if count <= 14:
        return {"rotation": 0, "fontsize": 12}
    return {"rotation": 90, "fontsize": 12 if count <= 40 else 10}


def _draw_lying(chart: Chart, axes: Axes) -> None:
    count = len(chart.bars.labels)
    is_stack = chart.form == "stack"
    height = 0.72 if is_stack else 0.4
    ends = [0.0] * count
    for number, (series, colour, hatch) in enumerate(
        zip(chart.bars.series, (_BLUE, _ORANGE), ("", _HATCH), strict=False)
    ):
        shift = 0.0 if is_stack else (number - 0.5) * height
        places = [place + shift for place in range(count)]
        left = ends if is_stack else [0.0] * count
        axes.barh(
            places,
            series.values,
            height,
            left=left,
            color=colour,
            edgecolor="white",
            linewidth=0,
            hatch=hatch,
            label=series.title,
        )
        ends = [start + value for start, value in zip(left, series.values, strict=True)]
        _write_ends(axes, places, ends, series.texts, 10.5 if count > 8 else 13)
    names = [_drawable(shorten(label, _NAME_CELLS)) for label in chart.bars.labels]
    axes.set_yticks(range(count), names, fontsize=12 if count > 8 else 14)
    axes.set_ylim(max(count, _LEAST_ROWS) - 0.5, -0.5)
    axes.margins(x=0.16)
    if is_stack and max(ends, default=0) > 0:
        longest = max(len(text) for series in chart.bars.series for text in [*series.texts, ""])
        axes.set_xlim(0, max(ends) * (1.16 if longest <= _SHORT_TEXT else 1.34))
    axes.set_xlabel(chart.unit)
    axes.grid(axis="x")
    axes.xaxis.set_major_formatter(_amount)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.2)


def _write_ends(
    axes: Axes, places: list[float], ends: list[float], texts: list[str], size: float
) -> None:
    for place, end, text in zip(places, ends, texts, strict=False):
        axes.annotate(
            text,
            (end, place),
            xytext=(5 if end >= 0 else -5, 0),
            textcoords="offset points",
            ha="left" if end >= 0 else "right",
            va="center",
            fontsize=size,
        )


def _draw_timeline(chart: Timeline, axes: Axes) -> None:
    """Live bytes under the steps of the goal; collections shaded, stops of the world on top."""
    times, live = [step.time for step in chart.live], [step.value for step in chart.live]
    axes.fill_between(times, live, color=_BLUE, alpha=0.16, linewidth=0)
    axes.plot(times, live, color=_BLUE, linewidth=2, label="live")
    starts, goal = [step.time for step in chart.goal], [step.value for step in chart.goal]
    axes.step(
        [*starts, times[-1]], [*goal, *goal[-1:]], where="post",
        color=_ORANGE, linewidth=2, linestyle="--", label="goal",
    )  # fmt: skip
    whole = axes.get_xaxis_transform()
    if chart.cycles:
        spans = _lengths(chart.cycles)
        axes.broken_barh(
            spans, (0, 1), transform=whole, color=_SHADE, linewidth=0, zorder=0, label="GC cycle"
        )
    if chart.stops:
        middles = [(stop.begin + stop.end) / 2 for stop in chart.stops]
        label = f"world stopped ({chart.longest})"
        axes.plot(
            middles, [0.985] * len(middles), "v", transform=whole, color=_RED, markersize=8,
            markeredgewidth=0, linestyle="none", label=label, clip_on=False,
        )  # fmt: skip
    most = max(value for value in [*live, *goal] if not math.isnan(value))
    axes.set_ylim(0, most * 1.12 or 1)
    axes.set_xlim(0, times[-1] or 1)
    axes.set_ylabel(chart.unit)
    axes.set_xlabel(f"{chart.time_unit} since the trace began")
    axes.grid(axis="y")
    axes.xaxis.set_major_formatter(_amount)
    axes.yaxis.set_major_formatter(_amount)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False, borderaxespad=0.2)


def _lengths(spans: list[Span]) -> list[tuple[float, float]]:
    return [(span.begin, span.end - span.begin) for span in spans]


def _amount(value: float, _position: float = 0.0) -> str:
    return f"{value:,.10g}"


def _whiskers(series: Series) -> list[float] | None:
    """The standard errors, none where there is no bar to carry one."""
    if not series.errors:
        return None
    pairs = zip(series.values, series.errors, strict=True)
    return [error if value else math.nan for value, error in pairs]


def _keep_zero(axes: Axes, values: list[float]) -> None:
    """Whiskers below zero say nothing where no value is negative."""
    if min(values) >= 0:
        axes.set_ylim(bottom=0)


@cache
def _glyphs() -> frozenset[int]:
    """The characters that the font can draw."""
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _drawable(text: str) -> str:
    """`text` with what the font lacks spelled out: better than a row of empty boxes."""
    return "".join(
        char if ord(char) in _glyphs() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
