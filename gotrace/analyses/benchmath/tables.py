"""Benchmarks summarised, and two logs compared: the numbers of benchstat's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from gotrace.analyses.benchmath.cells import (
    CellKey,
    assumptions,
    configurations,
    samples_of,
    splitting_keys,
)
from gotrace.analyses.benchmath.comparison import ALPHA, Comparison, compare, ratio_of
from gotrace.analyses.benchmath.geomean import geomean
from gotrace.analyses.benchmath.summary import CONFIDENCE, Assumption, Summary, summarise
from gotrace.analyses.benchmath.utest import Effort
from gotrace.tables.recording import Recording

__all__ = ["Row", "Total", "UnitTable", "unit_tables"]

_NOT_POSITIVE = "a geometric mean takes values above zero"
_NO_RATIO = "a mean of changes takes ratios above zero"
_OTHER_SET = "the benchmarks are not those of the base, so the means are not of the same"


@dataclass(frozen=True)
class Row:
    """One benchmark: its summary in each log (None where the log has it not).

    `comparisons` are those with the base, which is the first log: None there, and where one of
    the two has no values.
    """

    name: str
    summaries: tuple[Summary | None, ...]
    comparisons: tuple[Comparison | None, ...]


@dataclass(frozen=True)
class Total:
    """All benchmarks of a log: the geometric mean of their values, and that of their changes."""

    center: float | None
    ratio: float | None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnitTable:
    """All benchmarks with one unit, under one configuration; `totals` and columns are by log."""

    configuration: tuple[tuple[str, str], ...]
    unit: str
    assumption: Assumption
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]


def unit_tables(
    recordings: Sequence[Recording],
    *,
    alpha: float = ALPHA,
    confidence: float = CONFIDENCE,
    normal: Iterable[str] = (),
) -> list[UnitTable]:
    """The tables of one or more logs, of kind `benchmarks`, compared with the first of them.

    In the order in which configurations, units and benchmarks are seen first. `normal` names units
    whose values are taken to be normally distributed, which no log can say.
    """
    keys = splitting_keys(map(configurations, recordings))
    samples = [samples_of(recording, keys) for recording in recordings]
    assumed = assumptions(recordings) | dict.fromkeys(normal, Assumption.NORMAL)
    names: dict[tuple[tuple[tuple[str, str], ...], str], dict[str, None]] = {}
    for found in samples:
        for key in found:
            names.setdefault((key.configuration, key.unit), {})[key.name] = None
    test = partial(compare, alpha=alpha, effort=Effort())
    order = {key: at for at, key in enumerate(dict.fromkeys(one for one, _ in names))}
    tables = []
    for one, unit in sorted(names, key=lambda key: order[key[0]]):
        assumption = assumed.get(unit, Assumption.NOTHING)
        rows = []
        for name in names[one, unit]:
            values = [found.get(CellKey(one, name, unit)) for found in samples]
            rows.append(_row(name, values, assumption, confidence, test))
        totals = tuple(_total(rows, column) for column in range(len(samples)))
        tables.append(UnitTable(one, unit, assumption, tuple(rows), totals))
    return tables


def _row(
    name: str,
    samples: Sequence[list[float] | None],
    assumption: Assumption,
    confidence: float,
    test: Callable[[list[float], list[float], Assumption], Comparison],
) -> Row:
    summaries = tuple(summarise(s, assumption, confidence) if s else None for s in samples)
    base = samples[0]
    compared = [test(base, s, assumption) if base and s else None for s in samples[1:]]
    return Row(name, summaries, (None, *compared))


def _total(rows: Sequence[Row], column: int) -> Total:
    """Means of ratios, not ratios of means: they are the same where both have all benchmarks."""
    centers = [summary.center for row in rows if (summary := row.summaries[column])]
    center = geomean(centers)
    doubts = () if center is not None or not centers else (_NOT_POSITIVE,)
    if column == 0:
        return Total(center, None, doubts)
    pairs = [(base.center, head.center) for row in rows
             if (base := row.summaries[0]) and (head := row.summaries[column])]  # fmt: skip
    if len(pairs) != sum(row.summaries[0] is not None for row in rows):
        doubts = (_OTHER_SET, *doubts)
    ratios = [ratio_of(base, head) for base, head in pairs]
    if None in ratios:
        return Total(center, None, doubts)
    ratio = geomean(ratio for ratio in ratios if ratio is not None)
    return Total(center, ratio, doubts if ratio is not None else (*doubts, _NO_RATIO))
