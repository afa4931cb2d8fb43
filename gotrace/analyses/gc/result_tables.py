"""Cycles, pauses and payers of any recording as tables for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gotrace.analyses.gc.reasons import stack_functions
from gotrace.analyses.gc.starts import Start
from gotrace.analyses.result import ResultColumn, ResultTable
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.gc_schema import GC_CYCLES

__all__ = ["cycles_table", "nullable", "pauses_table", "payer_rows", "payers_table", "starts_table"]

_SHOWN = {
    "gc_cycle": "gc", "run": "run", "line": "line", "time_ns": "at", "reason": "why",
    "heap_live_start_bytes": "live at start", "heap_live_end_bytes": "at end",
    "marked_bytes": "marked", "goal_bytes": "goal", "paused_ns": "STW", "mark_ns": "marked for",
    "assist_cpu_ns": "assists", "dedicated_cpu_ns": "dedicated",
    "fractional_cpu_ns": "fractional", "idle_cpu_ns": "idle",
}  # fmt: skip
"""Columns of `gc_cycles` on a page for people; the rest is for programs."""

_CALLED_BY = " < "
_RUNTIME = ("runtime.", "runtime/", "internal/runtime/")


def nullable(columns: Columns, name: str) -> list[Any]:
    """A column's values with None for null."""
    column = columns[name]
    if isinstance(column, Coded):
        return [column[row] for row in range(columns.rows)]
    values = columns.array(name)
    if values.dtype.kind == "f":
        return [None if np.isnan(value) else value for value in values.tolist()]
    return [None if value == -1 else value for value in values.tolist()]


def cycles_table(cycles: Columns, rows: int = 0) -> ResultTable:
    """All that is known of every cycle; with `rows`, what people look at of the longest ones."""
    chosen = list(range(cycles.rows))
    notes: tuple[str, ...] = ()
    if rows and cycles.rows > rows:
        name, did = "mark_ns", "marked"
        if int(cycles.array(name).max()) < 0:  # MemStats
            name, did = "paused_ns", "stopped the world"
        longest = np.argsort(-cycles.array(name), kind="stable")[:rows]
        chosen = sorted(longest.tolist())
        notes = (f"{rows:,} of {cycles.rows:,} cycles, those that {did} longest.",)
    if rows and int(cycles.array("resolution_bytes").max(initial=0)) > 1:
        notes = (*notes, "Sizes of a log are whole MiB: the true ones are up to 1 MiB more.")
    made = []
    declared = {column.name: column for column in GC_CYCLES.columns}
    for column in [declared[name] for name in _SHOWN] if rows else GC_CYCLES.columns:
        every = nullable(cycles, column.name)
        values = [every[row] for row in chosen]
        if rows and (all(value is None for value in values) or _is_dull(column.name, values)):
            continue
        unit = column.unit or ("text" if column.kind in ("coded", "string") else "count")
        unit = "count" if unit == "line" else unit
        title = _SHOWN.get(column.name, column.name)
        made.append(
            ResultColumn(column.name, unit, values, title, doc=column.doc,
                         is_key=column.name == "gc_cycle")
        )  # fmt: skip
    return ResultTable("gc_cycles", "Cycles", tuple(made), notes)


def _is_dull(name: str, values: list[Any]) -> bool:
    """What says nothing to people: one run, no worker of a kind."""
    return name in ("run", "line", "dedicated_cpu_ns", "fractional_cpu_ns") and not any(values)


def _earliest(start: Start) -> int:
    return -(start.early_ns or 0)


def starts_table(found: Sequence[Start], rows: int = 0) -> ResultTable:
    """Why each cycle started where it did; with `rows`, of those that started earliest."""
    chosen = [start for start in found if start.why]
    notes: tuple[str, ...] = ()
    if rows and len(chosen) > rows:
        chosen = sorted(chosen, key=_earliest)[:rows]
        chosen.sort(key=lambda s: s.row)
        notes = (f"{rows:,} of {len(found):,} cycles, those that started earliest.",)
    columns = (
        ResultColumn("gc_cycle", "count", [s.cycle for s in chosen], "gc", is_key=True),
        ResultColumn("live_bytes", "bytes", [s.live for s in chosen], "live"),
        ResultColumn("goal_bytes", "bytes", [s.goal for s in chosen], "goal"),
        ResultColumn("lower_trigger_bytes", "bytes", [s.lower for s in chosen], "earliest",
                     doc="The least heap at which the pacer may start it."),
        ResultColumn("upper_trigger_bytes", "bytes", [s.upper for s in chosen], "latest"),
        ResultColumn("early_ns", "ns", [s.early_ns for s in chosen], "early by",
                     doc="Until the goal, at the pace since the last cycle."),
        ResultColumn("why", "text", [s.why for s in chosen], "it started because"),
    )  # fmt: skip
    return ResultTable("gc_starts", "Why cycles started when they did", columns, notes)


def pauses_table(pauses: Columns, rows: int = 0) -> ResultTable:
    """Stops of the world: all by time, or the worst `rows`."""
    order = np.arange(pauses.rows)
    title = "Pauses"
    if rows:
        order = np.argsort(-pauses.array("duration_ns"), kind="stable")[:rows]
        title = "Worst pauses"
    columns = [
        ResultColumn(name, unit, [nullable(pauses, name)[row] for row in order.tolist()], heading)
        for name, unit, heading in (
            ("time_ns", "ns", "at"), ("duration_ns", "ns", "took"), ("reason", "text", "reason"),
            ("gc_cycle", "count", "gc"), ("run", "count", "run"),
        )
    ]  # fmt: skip
    if rows:
        columns = [c for c in columns if c.name != "run" or any(c.values)]
        columns = [c for c in columns if any(value is not None for value in c.values)]
    return ResultTable("gc_pauses", title, tuple(columns))


def payer_rows(
    assists: Columns, code: dict[str, Columns], *, by_stack: bool = False
) -> list[dict[str, Any]]:
    """Assists by goroutine, task and function that allocated; those who paid most first.

    `by_stack` keeps apart what came on different stacks, and tells these: `leaf < caller < ...`.
    """
    sums: dict[tuple[int, int, str, str], list[int]] = {}
    places: dict[int, tuple[str, str]] = {}
    names = ("goroutine", "task", "stack_id", "assist_ns", "waited_ns", "assists_count")
    for goroutine, task, stack, *amounts in zip(
        *(assists.array(name).tolist() for name in names), strict=True
    ):
        if stack not in places:
            functions = stack_functions(code, stack)
            places[stack] = _site(functions), _CALLED_BY.join(functions) if by_stack else ""
        found = sums.setdefault((goroutine, task, *places[stack]), [0, 0, 0])
        for place, amount in enumerate(amounts):
            found[place] += max(amount, 0)
    rows: list[dict[str, Any]] = []
    for (goroutine, task, site, called), (ran, waited, count) in sums.items():
        rows.append({
            "goroutine": goroutine if goroutine >= 0 else None, "task": task if task >= 0 else None,
            "site": site, "stack": called, "assist_ns": ran, "waited_ns": waited,
            "assists_count": count,
        })  # fmt: skip
    rows.sort(key=lambda row: (-row["assist_ns"], -row["assists_count"], row["site"]))
    return rows


def _site(functions: Sequence[str]) -> str:
    """The innermost function outside the runtime."""
    return next((name for name in functions if not name.startswith(_RUNTIME)), "") or (
        functions[-1] if functions else ""
    )


def payers_table(payers: Sequence[dict[str, Any]], starts: Sequence[str], rows: int) -> ResultTable:
    """The table of payers; `starts` are the first functions of their goroutines."""
    shown = payers[:rows] if rows else payers
    total = sum(row["assist_ns"] for row in payers) or 1
    columns = [
        ResultColumn("goroutine", "count", [r["goroutine"] for r in shown], "goroutine"),
        ResultColumn("started_as", "text", list(starts[: len(shown)]), "started as"),
        ResultColumn("task", "count", [r["task"] for r in shown], "task"),
        ResultColumn("site", "text", [r["site"] for r in shown], "allocated in"),
        ResultColumn("assists_count", "count", [r["assists_count"] for r in shown], "assists"),
        ResultColumn("assist_ns", "ns", [r["assist_ns"] for r in shown], "marked for"),
        ResultColumn("waited_ns", "ns", [r["waited_ns"] for r in shown], "and waited"),
        ResultColumn("share", "ratio", [r["assist_ns"] / total for r in shown], "share"),
    ]
    if rows and all(value is None for value in columns[2].values):
        del columns[2]
    if not rows:
        stacks = [row["stack"] for row in shown]
        columns.append(ResultColumn("stack", "text", stacks, "stack", doc="leaf < caller < ..."))
    notes = (f"{rows:,} of {len(payers):,}.",) if rows and len(payers) > rows else ()
    return ResultTable("gc_assists", "Who paid with mark assists", tuple(columns), notes)
