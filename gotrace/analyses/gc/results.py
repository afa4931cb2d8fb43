"""The answers of `gotrace gc`: from the collector's tables, whatever the recording was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gotrace.analyses.gc import findings as told
from gotrace.analyses.gc.minimum import minimum_utilisation, worst_windows
from gotrace.analyses.gc.result_tables import (
    cycles_table,
    nullable,
    pauses_table,
    payer_rows,
    payers_table,
    starts_table,
)
from gotrace.analyses.gc.starts import Start, median_way, starts
from gotrace.analyses.gc.utilisation_tables import (
    Series,
    curve_table,
    distribution_table,
    minimum_table,
    windows_for,
    worst_table,
)
from gotrace.analyses.result import Certainty, Fact, Result, ResultTable
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Columns
from gotrace.tables.recording import Recording
from gotrace.units import format_count, format_duration

__all__ = ["cycle_results", "observed_ns", "payer_result", "utilisation_result"]

_WORST_PAUSES = 10
_LARGEST = 1 << 62
_TELLING_NS = 10_000_000
"""The window that the finding and the table of worst windows are about, unless another is asked."""


def observed_ns(recording: Recording) -> int:
    """How long was recorded; of a log, which does not tell, up to the end of its last cycle."""
    if recording.origin.duration_ns or recording.kind != "gclog":
        return recording.origin.duration_ns
    return int(recording.columns["gc_cycles"].array("end_time_ns").max(initial=0))


def cycle_results(
    tables: Mapping[str, Columns], duration_ns: int, version: GoVersion | None, rows: int = 0
) -> list[Result]:
    """Cycles, why they started, and pauses; tables of at most `rows` rows, 0 for all."""
    cycles, pauses = tables["gc_cycles"], tables["gc_pauses"]
    stats = _mem_stats(tables)
    found = starts(cycles, version)
    goals = [start.goal for start in found]
    is_rounded = int(cycles.array("resolution_bytes").max(initial=0)) > 1
    certainty = Certainty.ROUNDED if is_rounded else Certainty.EXACT
    taken, idle, capacity = _cpu(cycles, duration_ns)
    heard = [
        *told.cpu_finding(taken, idle, capacity),
        *told.start_findings(found, certainty),
        *told.overshoot_findings(cycles, goals, certainty),
        *told.pause_findings(pauses),
        *told.forced_findings(stats.get("NumForcedGC", 0), stats.get("NumGC", 0)),
    ]
    made: list[ResultTable] = []
    if cycles.rows:
        made.append(cycles_table(cycles, rows))
    results = [
        Result("gc", "Garbage collection", _facts(cycles, duration_ns, found, stats), tuple(made),
               tuple(heard)),
    ]  # fmt: skip
    why = starts_table(found, rows)
    if why.row_count:
        results.append(Result("gc_starts", why.title, tables=(why,)))
    if pauses.rows:
        table = pauses_table(pauses, _WORST_PAUSES if rows else 0)
        results.append(Result("gc_pauses", table.title, tables=(table,)))
    return results


def payer_result(
    assists: Columns, code: dict[str, Columns], first_functions: Any, capacity_ns: int,
    rows: int = 0,
) -> Result | None:  # fmt: skip
    """Who paid with mark assists; None for nobody."""
    payers = payer_rows(assists, code, by_stack=not rows)
    if not payers:
        return None
    shown = payers[:rows] if rows else payers
    numbers = np.array([-1 if r["goroutine"] is None else r["goroutine"] for r in shown], np.int64)
    table = payers_table(payers, first_functions(numbers), rows)
    heard = told.payer_findings(payers, capacity_ns)
    return Result("gc_assists", table.title, tables=(table,), findings=tuple(heard))


def utilisation_result(series: Series, asked: Sequence[int] = (), rows: int = 0) -> Result | None:
    """Minimum, distribution and worst windows; None where GOMAXPROCS is not told."""
    if not series.duration_ns:
        return None
    windows = windows_for(series, asked)
    telling = windows[0] if asked else min(_TELLING_NS, series.duration_ns)
    facts = []
    if len(series.counted) == 1:
        mean = series.counted[0].mean
        facts.append(Fact("mean_utilisation_ratio", mean, "ratio", "the program had",
                          "of its procs, on average"))  # fmt: skip
    made = [
        minimum_table(series, windows),
        distribution_table(series, windows),
        worst_table(series, telling),
    ]
    if not rows:
        made.append(curve_table(series))
    lowest = minimum_utilisation(series.counted, telling)
    worst = worst_windows(series.counted, telling, 1)
    heard = told.minimum_finding(telling, lowest, worst[0].time_ns if worst else None)
    title = "Mutator utilisation"
    return Result("mutator_utilisation", title, tuple(facts), tuple(made), tuple(heard))


def _cpu(cycles: Columns, duration_ns: int) -> tuple[int, int, int]:
    """CPU time that collecting took, what of the procs' idle time, and what the procs had."""
    taken = sum(
        _sum(cycles, name)
        for name in ("assist_cpu_ns", "dedicated_cpu_ns", "fractional_cpu_ns", "stw_cpu_ns")
    )
    procs = int(cycles.array("gomaxprocs").max(initial=0))
    return taken, _sum(cycles, "idle_cpu_ns"), duration_ns * max(procs, 0)


def _sum(columns: Columns, name: str) -> int:
    return int(np.maximum(columns.array(name), 0).sum())


def _mem_stats(tables: Mapping[str, Columns]) -> dict[str, int]:
    """Fields of `runtime.MemStats`, of a text profile; without those that no heap reaches, such as
    NextGC where there is no goal (`GOGC=off`). Empty of anything else."""
    if "mem_stats" not in tables:
        return {}
    columns = tables["mem_stats"]
    names, values = (columns.array(name).tolist() for name in ("field", "value"))
    fields = zip(names, values, strict=True)
    return {name: int(value) for name, value in fields if 0 <= value < _LARGEST}


def _facts(
    cycles: Columns, duration_ns: int, found: Sequence[Start], stats: Mapping[str, int]
) -> tuple[Fact, ...]:
    begun = int(np.count_nonzero(cycles.array("time_ns") >= 0)) or cycles.rows
    runs = len(set(cycles.array("run").tolist()))
    detail = f"of {format_count(runs)} runs of the program" if runs > 1 else ""
    every = "all cycles"
    if begun < stats.get("NumGC", 0) == int(cycles.array("gc_cycle")[-1]):
        every = detail = f"the last {format_count(begun)} are told of"
        begun = stats["NumGC"]
    facts = [Fact("gc_cycles_count", begun, "count", "cycles", detail)]
    marking = _sum(cycles, "mark_ns")
    if duration_ns and marking:
        facts.append(
            Fact("gc_ratio", marking / duration_ns, "ratio", "time spent marking",
                 f"{format_duration(marking)} of {format_duration(duration_ns)}")
        )  # fmt: skip
    for name, column, title, text in (
        ("gc_paused_ns", "paused_ns", "world stopped", f"by the collector, {every}"),
        ("gc_assist_ns", "assist_cpu_ns", "mark assists", "goroutines that had to mark, running"),
        ("gc_dedicated_ns", "dedicated_cpu_ns", "dedicated workers", ""),
        ("gc_fractional_ns", "fractional_cpu_ns", "fractional workers", ""),
        ("gc_idle_ns", "idle_cpu_ns", "idle workers", "of time that nobody else used"),
        ("gc_sweep_ns", "sweep_cpu_ns", "sweeping", "by goroutines that needed a span"),
        ("gc_sweep_debt_ns", "sweep_debt_ns", "of it debt", "sweeping was behind their allocation"),
    ):
        if any(value is not None for value in nullable(cycles, column)) and _sum(cycles, column):
            facts.append(Fact(name, _sum(cycles, column), "ns", title, text))
    shares = [ratio for ratio in nullable(cycles, "gc_cpu_ratio") if ratio is not None]
    if shares:
        facts.append(
            Fact("gc_cpu_ratio", shares[-1], "ratio", "of the CPU, in the end",
                 "as the runtime counts it from the program's start")
        )  # fmt: skip
    for name, field, title, text in (
        ("heap_alloc_bytes", "HeapAlloc", "heap in use", "what is not yet swept included"),
        ("next_goal_bytes", "NextGC", "goal", "of the next cycle"),
    ):
        if stats.get(field, 0) > 0:
            facts.append(Fact(name, stats[field], "bytes", title, text))
    way = median_way(found, cycles)
    if way is not None:
        facts.append(
            Fact("gc_start_ratio", way, "ratio", "started at",
                 "of the way from the last mark to the goal, in the middle; 70% to 95% is possible")
        )  # fmt: skip
    return tuple(facts)
