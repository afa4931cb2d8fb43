"""A trace's `gc_cycles`, `gc_assists`, `gc_pauses` and `utilisation`, from what the folds know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from gotrace.analyses.gc.background import Births, Sweeps, Workers
from gotrace.analyses.gc.cycles import Cycle, Cycles
from gotrace.analyses.gc.payers import Payers
from gotrace.analyses.gc.reasons import reason_of, stack_functions
from gotrace.analyses.gc.starts import goal_with_runway
from gotrace.analyses.gc.steps import Steps
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Coded, Column, Columns
from gotrace.tables.gc_schema import GC_ASSISTS, GC_CYCLES

__all__ = ["assist_table", "columns_of", "cycle_table", "utilisation_table"]

_Row = dict[str, Any]


def cycle_table(
    cycles: Cycles, workers: Workers, sweeps: Sweeps, births: Births, payers: Payers,
    code: dict[str, Columns], version: GoVersion | None,
) -> Columns:  # fmt: skip
    """`gc_cycles`: what a cycle under way at either end of the trace lacks is null."""
    counts, assists = workers.counts(), _assists(payers)
    ends, debts = sweeps.ends(), sweeps.debts(code)
    reasons: dict[int, str | None] = {}
    rows: list[_Row] = []
    for place, cycle in enumerate(cycles.rows):
        following = cycles.rows[place + 1] if place + 1 < len(cycles.rows) else None
        if cycle.stack not in reasons:
            reasons[cycle.stack] = reason_of(stack_functions(code, cycle.stack))
        row = _phases(cycle) | _heap(cycle, cycles.rows[place - 1] if place else None, version)
        row["reason"] = reasons[cycle.stack]
        row["sweep_end_time_ns"] = _sweep_end(cycle, following, ends)
        row |= _workers(cycle, workers, counts)
        row["assist_cpu_ns"] = assists.get(cycle.number, 0)
        row |= _swept(cycle, sweeps, debts)
        if births.is_told:
            row |= _objects(cycle, births, following is not None or row["sweep_end_time_ns"] >= 0)
        rows.append(row)
    return columns_of(GC_CYCLES.columns, rows)


def _phases(cycle: Cycle) -> _Row:
    begin = cycle.stop_begin if cycle.stop_begin >= 0 else cycle.begin
    stopped = _between(cycle.stop_begin, cycle.stop_end)
    ended = _between(cycle.termination_begin, cycle.termination_end)
    paused = cycle.paused if stopped >= 0 and ended >= 0 else -1
    end = cycle.termination_end if cycle.termination_end >= 0 else cycle.end
    return {
        "gc_cycle": cycle.number,
        "run": 0,
        "time_ns": begin,
        "end_time_ns": end if cycle.end >= 0 else -1,
        "gomaxprocs": cycle.procs,
        "paused_ns": paused,
        "sweep_termination_ns": stopped,
        "mark_ns": _between(cycle.stop_end, cycle.termination_begin) if cycle.end >= 0 else -1,
        "mark_termination_ns": ended if cycle.end >= 0 else -1,
        "stw_cpu_ns": paused * cycle.procs if paused >= 0 and cycle.procs > 0 else -1,
    }


def _heap(cycle: Cycle, before: Cycle | None, version: GoVersion | None) -> _Row:
    marked = before.marked if before is not None else -1
    goal = goal_with_runway(cycle.goal, cycle.live_start, version, marked)
    return {
        "heap_live_start_bytes": cycle.live_start,
        "heap_live_end_bytes": cycle.live_end,
        "marked_bytes": cycle.marked,
        "goal_bytes": goal if goal > 0 else -1,
        "allocated_mark_bytes": _between(cycle.live_start, cycle.live_end),
        "resolution_bytes": 1,
    }


def _workers(cycle: Cycle, workers: Workers, counts: dict[str, dict[int, int]]) -> _Row:
    found: _Row = {}
    for mode, by_cycle in counts.items():
        found[f"{mode}_cpu_ns"] = workers.cpu_ns(mode, cycle.number)
        found[f"{mode}_workers_count"] = by_cycle.get(cycle.number, 0)
    return found


def _swept(cycle: Cycle, sweeps: Sweeps, debts: dict[int, tuple[int, int]]) -> _Row:
    sums = sweeps.sums
    if cycle.end < 0:
        return {}
    names = {"swept_bytes": "swept", "reclaimed_bytes": "reclaimed", "sweep_cpu_ns": "time"}
    is_told = cycle.number < sums.count
    row = {name: int(sums[kind][cycle.number]) if is_told else 0 for name, kind in names.items()}
    is_swept = is_told and sums["count"][cycle.number] > 0
    debt = debts.get(cycle.number, (-1, -1) if is_swept else (0, 0))
    return {**row, "sweep_debt_bytes": debt[0], "sweep_debt_ns": debt[1]}


def _objects(cycle: Cycle, births: Births, is_swept: bool) -> _Row:
    found: _Row = {}
    if cycle.number > 1:
        found["born_bytes"] = births.of("born_bytes", cycle.number)
        found["born_objects_count"] = births.of("born_objects", cycle.number)
    if is_swept and cycle.end >= 0:
        found["freed_bytes"] = births.of("freed_bytes", cycle.number)
        found["freed_objects_count"] = births.of("freed_objects", cycle.number)
    return found


def _sweep_end(cycle: Cycle, following: Cycle | None, ends: Any) -> int:
    """When the background sweeper rests first after the cycle, unless the next one began before."""
    if cycle.end < 0:
        return -1
    place = int(np.searchsorted(ends, cycle.end))
    if place == len(ends) or (following is not None and ends[place] > following.begin >= 0):
        return -1
    return int(ends[place])


def _assists(payers: Payers) -> dict[int, int]:
    found: dict[int, int] = {}
    for (cycle, *_), (taken, waited, _) in zip(payers.groups, payers.taken(), strict=True):
        found[cycle] = found.get(cycle, 0) + max(taken - waited, 0)
    return found


def _between(begin: int, end: int) -> int:
    return end - begin if begin >= 0 and end >= 0 else -1


def assist_table(payers: Payers) -> Columns:
    """`gc_assists`, those who paid most first within each cycle."""
    rows = [
        {
            "gc_cycle": cycle, "goroutine": goroutine, "task": task, "stack_id": stack,
            "assist_ns": max(taken - waited, 0), "waited_ns": waited, "assists_count": assists,
        }
        for (cycle, goroutine, task, stack), (taken, waited, assists) in zip(
            payers.groups, payers.taken(), strict=True
        )
        if assists
    ]  # fmt: skip
    rows.sort(key=lambda row: (row["gc_cycle"], -row["assist_ns"]))
    return columns_of(GC_ASSISTS.columns, rows)


def utilisation_table(series: Sequence[Steps]) -> Columns:
    """`utilisation`; empty without GOMAXPROCS in the trace."""
    if not series:
        return Columns(0, {"time_ns": np.zeros(0, np.int64), "utilisation_ratio": np.zeros(0)})
    steps = series[0]
    return Columns(len(steps), {"time_ns": steps.time_ns, "utilisation_ratio": steps.ratio})


_EMPTY: dict[str, Any] = {"double": np.nan, "coded": None, "bool": False}
_DTYPES: dict[str, Any] = {"int64": np.int64, "int32": np.int32, "double": np.float64}


def columns_of(declared: Iterable[Any], rows: list[_Row]) -> Columns:
    """Rows as the columns of a table; what a row does not have is null."""
    entries: dict[str, Column | Callable[[], Column]] = {}
    for column in declared:
        empty = _EMPTY.get(column.kind, -1)
        values = [row.get(column.name, empty) for row in rows]
        if column.kind == "coded":
            entries[column.name] = Coded.from_strings(values)
        else:
            entries[column.name] = np.array(values, _DTYPES[column.kind])
    return Columns(len(rows), entries)
