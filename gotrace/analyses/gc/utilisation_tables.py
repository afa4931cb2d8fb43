"""Mutator utilisation as tables: the minimum by window, its distribution, and the worst windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gotrace.analyses.gc.distribution import quantiles
from gotrace.analyses.gc.minimum import minimum_utilisation, worst_windows
from gotrace.analyses.gc.steps import Steps
from gotrace.analyses.gc.utilisation import Counted
from gotrace.analyses.result import ResultColumn, ResultTable

__all__ = [
    "CAUSES", "WINDOWS", "Series", "curve_table", "distribution_table", "minimum_table",
    "windows_for", "worst_table",
]  # fmt: skip

_MS = 1_000_000
WINDOWS = tuple(
    ms * _MS for ms in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000)
)
"""Windows that are asked for when nobody names others."""

CAUSES = (
    (Counted.STW, "stw_ratio", "stops alone"),
    (Counted.BACKGROUND, "background_ratio", "workers alone"),
    (Counted.ASSIST, "assist_ratio", "assists alone"),
    (Counted.SWEEP, "sweep_ratio", "sweeping alone"),
)
"""What the collector takes, each alone; column and title."""

_QUANTILES = ((0.0, "min"), (0.001, "0.1%"), (0.01, "1%"), (0.05, "5%"), (0.25, "25%"),
              (0.5, "50%"))  # fmt: skip
_DRAWN = ((0.01, "1%"), (0.05, "5%"), (0.5, "50%"))
_CURVE_POINTS = 64
_MOST_STEPS = 100_000
"""Of more steps the curve of the distribution would take minutes."""
_SHORTEST_NS = 10_000
_WORST = 10
_SAME = 1e-9


@dataclass(frozen=True)
class Series:
    """Functions of one trace, each with what was taken off."""

    counted: Sequence[Steps]
    """What the user asked for: usually stops, workers and assists."""
    alone: Mapping[Counted, Sequence[Steps]]
    as_go: Sequence[Steps]
    """As `counted`, with the numbers that Go's tools show."""

    @property
    def duration_ns(self) -> int:
        """Of the longest function."""
        return max((steps.duration_ns for steps in self.counted), default=0)


def windows_for(series: Series, asked: Sequence[int] = ()) -> list[int]:
    """The windows asked for, else the standard ones that fit."""
    if asked:
        return sorted(set(asked))
    duration = series.duration_ns
    return [window for window in WINDOWS if window <= duration] or ([duration] if duration else [])


def minimum_table(series: Series, windows: Sequence[int]) -> ResultTable:
    """The minimum mutator utilisation by window."""
    own = [minimum_utilisation(series.counted, window) for window in windows]
    go = [minimum_utilisation(series.as_go, window) for window in windows]
    columns = [
        ResultColumn("window_ns", "ns", list(windows), "window", is_key=True),
        ResultColumn("mmu_ratio", "ratio", own, "MMU",
                     doc="The least share of its procs that the program had in any such window."),
    ]  # fmt: skip
    for cause, name, title in CAUSES:
        steps = series.alone.get(cause, ())
        if steps:
            values = [minimum_utilisation(steps, window) for window in windows]
            columns.append(ResultColumn(name, "ratio", values, title))
    notes: tuple[str, ...] = ()
    if any(abs(a - b) > _SAME for a, b in zip(own, go, strict=True)):
        columns.append(
            ResultColumn("go_ratio", "ratio", go, "go tool trace", doc="What Go's own page shows.")
        )
        notes = (
            "`go tool trace` counts a mark worker twice from its second start on (Go 1.22 to 1.27) "
            "and, in traces to Go 1.21, no stops: its numbers stand beside.",
        )
    return ResultTable("mmu", "Minimum mutator utilisation", tuple(columns), notes)


def curve_table(series: Series) -> ResultTable:
    """The same as a curve over many windows."""
    longest = max(series.duration_ns, _SHORTEST_NS + 1)
    points = np.geomspace(_SHORTEST_NS, longest, _CURVE_POINTS)
    windows = sorted({round(point) for point in points.tolist()})
    values = [minimum_utilisation(series.counted, window) for window in windows]
    columns = [
        ResultColumn("window_ns", "ns", windows, "window", is_key=True),
        ResultColumn("mmu_ratio", "ratio", values, "MMU"),
    ]
    if sum(len(steps) for steps in series.counted) <= _MOST_STEPS:
        ratios = [ratio for ratio, _ in _DRAWN]
        found = [quantiles(series.counted, window, ratios) for window in windows]
        for place, (ratio, title) in enumerate(_DRAWN):
            quantile = [row[place] for row in found]
            columns.append(ResultColumn(_name(ratio), "ratio", quantile, title))
    return ResultTable("mmu_curve", "Mutator utilisation by window, as curves", tuple(columns))


def distribution_table(series: Series, windows: Sequence[int]) -> ResultTable:
    """In which share of all windows the program had how little."""
    ratios = [ratio for ratio, _ in _QUANTILES]
    found = [quantiles(series.counted, window, ratios) for window in windows]
    columns = [ResultColumn("window_ns", "ns", list(windows), "window", is_key=True)]
    for place, (ratio, title) in enumerate(_QUANTILES):
        values = [row[place] for row in found]
        doc = f"Utilisation that {ratio:.1%} of all windows are at or below."
        columns.append(ResultColumn(_name(ratio), "ratio", values, title, doc=doc))
    note = "Of all windows of that length, so many have at most the utilisation below."
    return ResultTable(
        "mutator_utilisation", "Mutator utilisation, distribution", tuple(columns), (note,)
    )


def _name(ratio: float) -> str:
    return f"p{ratio * 100:g}_ratio".replace(".", "_")


def worst_table(series: Series, window: int, rows: int = 0) -> ResultTable:
    """The windows in which the program had least."""
    found = worst_windows(series.counted, window, rows or _WORST)
    columns = (
        ResultColumn("time_ns", "ns", [w.time_ns for w in found], "from"),
        ResultColumn("window_ns", "ns", [w.duration_ns for w in found], "window"),
        ResultColumn("utilisation_ratio", "ratio", [w.ratio for w in found], "program had"),
    )
    return ResultTable("worst_windows", "Worst windows", columns)
