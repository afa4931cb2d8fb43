"""What the charts of what-ifs show, taken from the result tables; no drawing here."""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.analyses.result import ResultTable
from gotrace.units import format_bytes
from gotrace.views.cells import number_of
from gotrace.views.chart_data import axis_unit, source_line
from gotrace.views.report import Report
from gotrace.views.safety import safe_text

__all__ = ["Option", "Saw", "TradeOff", "WhatIfChart", "whatif_charts"]

_MOST_SAWS = 5


@dataclass(frozen=True)
class WhatIfChart:
    """A chart: `name` is its file's stem."""

    name: str
    heading: str
    source: str
    unit: str


@dataclass(frozen=True)
class Saw(WhatIfChart):
    """heapLive by setting: grown until a cycle's end, then what was marked."""

    allocated_unit: str
    lines: dict[str, list[tuple[float, float]]]
    left_out_count: int


@dataclass(frozen=True)
class Option:
    """One setting: cycles, and peak heap with what is mapped beside it."""

    label: str
    is_limited: bool
    size: float
    cycles: float
    fits: bool


@dataclass(frozen=True)
class TradeOff(WhatIfChart):
    """Cycles against memory."""

    options: list[Option]
    budget: float


def whatif_charts(report: Report) -> list[WhatIfChart]:
    """The charts that the report of `gotrace whatif` has tables for."""
    tables = report.tables()
    made: list[WhatIfChart] = []
    if "whatif_cycles" in tables and tables["whatif_cycles"].row_count:
        made.append(_saw(tables["whatif_cycles"], report))
    if "whatif_tradeoff" in tables:
        made.append(_trade_off(tables["whatif_tradeoff"], report))
    return made


def _labels(table: ResultTable) -> list[str]:
    """Each row's setting in few words."""
    gogcs, limits, runtimes = (
        table.column(name).values for name in ("gogc", "memory_limit_bytes", "runtime")
    )
    several = len(set(runtimes)) > 1
    labels = []
    for gogc, limit, runtime in zip(gogcs, limits, runtimes, strict=True):
        text = f"GOGC={gogc}"
        if limit:
            text += f", limit {format_bytes(limit)}"
        labels.append(safe_text(f"{text}, {runtime}" if several else text))
    return labels


def _numbers(table: ResultTable, name: str) -> list[float]:
    return [float(number_of(value) or 0) for value in table.column(name).values]


def _saw(table: ResultTable, report: Report) -> Saw:
    names = ("allocated_bytes", "live_begin_bytes", "live_end_bytes", "marked_bytes")
    allocated, begin, end, marked = (_numbers(table, name) for name in names)
    unit, size = axis_unit("bytes", end)
    allocated_unit, step = axis_unit("bytes", allocated)
    lines: dict[str, list[tuple[float, float]]] = {}
    for row, label in enumerate(_labels(table)):
        line = lines.setdefault(label, [])
        at = allocated[row]
        line += [
            ((at - max(end[row] - begin[row], 0)) / step, begin[row] / size),
            (at / step, end[row] / size),
            (at / step, marked[row] / size),
        ]
    shown = dict(list(lines.items())[:_MOST_SAWS])
    return Saw(
        "whatif-heap", "The heap under other settings", source_line(report), unit, allocated_unit,
        shown, len(lines) - len(shown),
    )  # fmt: skip


def _trade_off(table: ResultTable, report: Report) -> TradeOff:
    total, cycles = _numbers(table, "total_bytes"), _numbers(table, "cycles_count")
    result = report.result("whatif_suggestion")
    budget = float(number_of(result.facts[0].value) or 0) if result and result.facts else 0.0
    unit, size = axis_unit("bytes", [*total, budget])
    limits, fits = table.column("memory_limit_bytes").values, table.column("fits").values
    options = [
        Option(label, bool(limit), total[row] / size, cycles[row], fit == "yes")
        for row, (label, limit, fit) in enumerate(zip(_labels(table), limits, fits, strict=True))
    ]
    return TradeOff(
        "whatif-tradeoff", "Cycles against memory", source_line(report), unit, options,
        budget / size,
    )  # fmt: skip
