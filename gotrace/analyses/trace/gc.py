"""Garbage collections: when, how long, what they cost, and how far the heap was by then."""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.trace.assists import AssistWaits
from gotrace.analyses.trace.fold import Numbers, Tally, share
from gotrace.analyses.trace.gc_cycles import MOST_CYCLES, CycleRows
from gotrace.analyses.trace.gc_findings import COLLECTOR, Costs, Pause, gc_findings
from gotrace.tables.columns import Coded, Columns
from gotrace.units import format_count, format_duration

__all__ = ["MOST_STOPS", "Collections"]

MOST_STOPS = 200
"""Stops of the world that get a row of their own, the longest."""

_COSTS = {"gc_mark_assist": "assist_ns", "gc_mark_worker": "worker_ns", "stw": "paused_ns"}
"""Kind of range → the counter of its cycle."""


class Collections:
    """The cycles, what goroutines and the world paid for them, and the sweeping after them."""

    tables = ("events", "goroutine_transitions", "metrics", "ranges")

    def __init__(self) -> None:
        self._cycles = CycleRows()
        self._waits = AssistWaits(MOST_CYCLES + 1)
        self._costs = Tally(
            "assist_ns", "worker_ns", "paused_ns", "longest_pause_ns", "duration_ns", "assists",
            "reclaimed_bytes", most=MOST_CYCLES + 1,
        )  # fmt: skip
        self._pauses: dict[str, Pause] = {}
        self._longest: list[tuple[int, int, str]] = []  # a heap: duration, time, reason

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block."""
        if table == "ranges":
            self._ranges(columns)
            return
        if table in self._waits.tables:
            self._waits.feed(table, columns)
        if table in self._cycles.tables:
            self._cycles.feed(table, columns)

    def _ranges(self, columns: Columns) -> None:
        kind, name = columns.coded("kind"), columns.coded("name")
        cycle, duration = columns.array("gc_cycle"), columns.array("duration_ns")
        is_whole = duration >= 0
        for text, counter in _COSTS.items():
            rows = np.flatnonzero(_is(kind, text) & is_whole)
            if text == "stw":
                self._stops(columns, rows)
                told = np.array([value.startswith(COLLECTOR) for value in name.values] + [False])
                rows = rows[told[name.codes[rows]]]
                self._costs.raise_to(cycle[rows], "longest_pause_ns", duration[rows])
            self._costs.add(cycle[rows], **{counter: duration[rows]})
        rows = np.flatnonzero(_is(kind, "gc_mark_assist"))
        self._costs.add(cycle[rows], assists=1)
        rows = np.flatnonzero(_is(kind, "gc") & is_whole)
        self._costs.add(cycle[rows], duration_ns=duration[rows])
        reclaimed = columns.array("reclaimed_bytes")
        rows = np.flatnonzero(_is(kind, "gc_sweep") & (reclaimed > 0))
        self._costs.add(cycle[rows], reclaimed_bytes=reclaimed[rows])

    def _stops(self, columns: Columns, rows: Numbers) -> None:
        name = columns.coded("name")
        starts, lengths = columns.array("time_ns")[rows], columns.array("duration_ns")[rows]
        for row, start, length in zip(
            rows.tolist(), starts.tolist(), lengths.tolist(), strict=True
        ):
            pause = self._pauses.setdefault(name[row] or "(unknown)", Pause())
            _keep_longest(self._longest, (length, start, name[row] or "(unknown)"))
            pause.count += 1
            pause.total_ns += length
            if length > pause.longest_ns:
                pause.longest_ns, pause.longest_at_ns = length, start

    def result(self, duration_ns: int, procs_count: int, rows: int = 0) -> Result:
        """Cycles, pauses and findings; `rows` of the cycles, those that took longest (0: all)."""
        cycles = self._cycles.finish()
        tables = []
        if cycles:
            tables.append(self._cycle_table(cycles, rows))
        if self._pauses:
            tables.append(_pause_table(self._pauses))
            if not rows:
                tables.append(_stop_table(self._longest))
        facts = self._facts(duration_ns, procs_count) if cycles or self._cycles.count else []
        kept = [row["kept"] for row in cycles if row["kept"] >= 0]
        costs = Costs(
            duration_ns, procs_count, self._cycles.count, int(self._costs["duration_ns"].sum()),
            int(self._costs["assist_ns"].sum()), self._waited_ns, self._pauses, kept,
        )  # fmt: skip
        findings = gc_findings(costs)
        return Result("gc", "Garbage collection", tuple(facts), tuple(tables), tuple(findings))

    @property
    def _waited_ns(self) -> int:
        return int(self._waits.waited["waited_ns"].sum())

    def _facts(self, duration_ns: int, procs_count: int) -> list[Fact]:
        marking, paused, assist, worker, reclaimed = (
            int(self._costs[name].sum())
            for name in ("duration_ns", "paused_ns", "assist_ns", "worker_ns", "reclaimed_bytes")
        )
        assists = format_count(self._costs["assists"].sum())
        capacity = duration_ns * procs_count
        facts = [
            Fact("gc_cycles_count", self._cycles.count, "count", "cycles", "begun in the trace"),
            Fact("gc_ratio", share(marking, duration_ns), "ratio", "time within cycles",
                 f"{format_duration(marking)} of {format_duration(duration_ns)}"),
            Fact("gc_paused_ns", paused, "ns", "world stopped", "by the collector, all cycles"),
            Fact("gc_assist_ns", assist, "ns", "mark assists",
                 f"{assists} times a goroutine had to mark before it could allocate"),
            Fact("gc_assist_waited_ns", self._waited_ns, "ns", "of it waited",
                 f"for its turn; it ran {format_duration(max(assist - self._waited_ns, 0))}"),
        ]  # fmt: skip
        if worker:
            told = f"{share(worker, capacity):.1%} of what the procs had"
            facts.append(Fact("gc_worker_ns", worker, "ns", "mark workers", told))
        if reclaimed:
            facts.append(Fact("gc_reclaimed_bytes", reclaimed, "bytes", "swept free"))
        return facts

    def _cycle_table(self, cycles: list[dict[str, int]], rows: int) -> ResultTable:
        shown = cycles
        if rows and len(cycles) > rows:
            longest = sorted(cycles, key=lambda row: row["begin"] - row["end"])[:rows]
            shown = sorted(longest, key=lambda row: row["cycle"])

        def costs(name: str) -> list[int]:
            sums = (self._waits.waited if name == "waited_ns" else self._costs)[name]
            numbers = (row["cycle"] for row in shown)
            return [int(sums[number]) if number < len(sums) else 0 for number in numbers]

        columns = (
            ResultColumn("cycle", "count", [row["cycle"] for row in shown], "gc",
                         doc="By its begin, from 1; 0 began before the trace."),
            ResultColumn("begin_ns", "ns", _told(shown, "begin"), "begin"),
            ResultColumn("end_ns", "ns", _told(shown, "end"), "end"),
            ResultColumn("duration_ns", "ns", _durations(shown), "took",
                         doc="From the start of marking to its termination."),
            ResultColumn("paused_ns", "ns", costs("paused_ns"), "STW",
                         doc="The world was stopped for it."),
            ResultColumn("longest_pause_ns", "ns", costs("longest_pause_ns"), "longest STW"),
            ResultColumn("assist_ns", "ns", costs("assist_ns"), "assists",
                         doc="Goroutines that had to mark first, waiting included, added up."),
            ResultColumn("assist_waited_ns", "ns", costs("waited_ns"), "assists waited",
                         doc="What of the assists was waiting, not running."),
            ResultColumn("goal_bytes", "bytes", _told(shown, "goal", 1), "goal",
                         doc="In force when it began."),
            ResultColumn("live_begin_bytes", "bytes", _told(shown, "live_begin"), "live at begin"),
            ResultColumn("live_end_bytes", "bytes", _told(shown, "live_end"), "at end",
                         doc="Live just before it was found what is alive."),
            ResultColumn("kept_bytes", "bytes", _told(shown, "kept"), "kept",
                         doc="Found alive by the cycle."),
        )  # fmt: skip
        notes = []
        if len(shown) < self._cycles.count:
            notes.append(
                f"{len(shown):,} of {self._cycles.count:,} cycles, those that took longest."
            )
        return ResultTable("gc_cycles", "Cycles", columns, tuple(notes))


def _is(column: Coded, text: str) -> npt.NDArray[np.bool_]:
    place = column.values.index(text) if text in column.values else -2
    found: npt.NDArray[np.bool_] = column.codes == place
    return found


def _told(rows: list[dict[str, int]], name: str, least: int = 0) -> list[int | None]:
    return [row[name] if row[name] >= least else None for row in rows]


def _durations(rows: list[dict[str, int]]) -> list[int | None]:
    return [
        row["end"] - row["begin"] if row["begin"] >= 0 and row["end"] >= 0 else None for row in rows
    ]


def _keep_longest(heap: list[tuple[int, int, str]], stop: tuple[int, int, str]) -> None:
    if len(heap) < MOST_STOPS:
        heapq.heappush(heap, stop)
    else:
        heapq.heappushpop(heap, stop)


def _stop_table(stops: list[tuple[int, int, str]]) -> ResultTable:
    every = sorted((time, duration, reason) for duration, time, reason in stops)
    columns = (
        ResultColumn("time_ns", "ns", [time for time, _, _ in every], "time"),
        ResultColumn("duration_ns", "ns", [duration for _, duration, _ in every], "took"),
        ResultColumn("reason", "text", [reason for _, _, reason in every], "reason"),
    )
    notes = (f"The longest {MOST_STOPS}.",) if len(stops) == MOST_STOPS else ()
    return ResultTable("stops", "Stops of the world, one by one", columns, notes)


def _pause_table(pauses: dict[str, Pause]) -> ResultTable:
    every = sorted(pauses.items(), key=lambda item: (-item[1].total_ns, item[0]))
    columns = (
        ResultColumn("reason", "text", [name for name, _ in every], "reason"),
        ResultColumn("stops_count", "count", [p.count for _, p in every], "stops"),
        ResultColumn("total_ns", "ns", [p.total_ns for _, p in every], "total"),
        ResultColumn("longest_ns", "ns", [p.longest_ns for _, p in every], "longest"),
        ResultColumn("longest_at_ns", "ns", [p.longest_at_ns for _, p in every], "at"),
    )
    return ResultTable("stw", "Stops of the world", columns)
