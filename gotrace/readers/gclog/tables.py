"""The tables of a log while it is read: cycles as they come, pacer lines waiting for theirs.

A cycle's line comes last: what the pacer printed for it stands before it, and `GC forced` (printed
when two minutes went by, `runtime/proc.go`, forcegchelper) before that. Only the end of sweeping
may come before or behind the line of its cycle.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gotrace.readers.gclog.cycle_lines import MIB, CycleLine
from gotrace.readers.gclog.losses import Losses
from gotrace.readers.gclog.pauses import pauses
from gotrace.readers.gclog.refine import Refinement
from gotrace.readers.gclog.rows import Rows
from gotrace.readers.gclog.runs import Program, Programs
from gotrace.tables.columns import Columns, Lazy
from gotrace.tables.filling import filled
from gotrace.tables.gc_schema import GC_CYCLES, GC_PACING, GC_PAUSES, SCAVENGES

__all__ = ["LogTables"]

Values = dict[str, int | float | str]

_CYCLE_COLUMNS = (
    "gc_cycle", "run", "line", "time_ns", "end_time_ns", "reason", "gomaxprocs", "paused_ns",
    "sweep_termination_ns", "mark_ns", "mark_termination_ns", "stw_cpu_ns", "assist_cpu_ns",
    "dedicated_cpu_ns", "idle_cpu_ns", "gc_cpu_ratio", "heap_live_start_bytes",
    "heap_live_end_bytes", "marked_bytes", "goal_bytes", "trigger_bytes", "stacks_bytes",
    "globals_bytes", "dedicated_workers_count", "resolution_bytes", "exact_sizes",
)  # fmt: skip
_AS_PRINTED = (
    "time_ns", "end_time_ns", "gomaxprocs", "paused_ns", "sweep_termination_ns", "mark_ns",
    "mark_termination_ns", "stw_cpu_ns", "assist_cpu_ns", "idle_cpu_ns", "heap_live_start_bytes",
    "heap_live_end_bytes", "marked_bytes", "goal_bytes", "stacks_bytes", "globals_bytes",
)  # fmt: skip
_MOST_WAITING = 64
_MOST_LABELS = 4096


class LogTables:
    """Takes what the lines say; `tables` and `programs` when all are taken."""

    def __init__(self, losses: Losses, check: Callable[[int], None]) -> None:
        """`check` is told how many rows there are, and raises if they are too many."""
        self.programs = Programs()
        self.cycles = Rows(GC_CYCLES, _CYCLE_COLUMNS)
        self._pacing = Rows(GC_PACING, (column.name for column in GC_PACING.columns))
        self._scavenges = Rows(SCAVENGES, (column.name for column in SCAVENGES.columns))
        self._refinement = Refinement(self.cycles)
        self._losses = losses
        self._check = check
        self._waiting: dict[bytes, list[tuple[int, Values]]] = {}
        self._is_periodic: set[bytes] = set()

    def periodic(self, label: bytes) -> None:
        """Two minutes went by: the next cycle is for that."""
        if len(self._is_periodic) < _MOST_LABELS:
            self._is_periodic.add(label)

    def cycle(self, line: int, label: bytes, cycle: CycleLine, text: bytes) -> None:
        """A cycle ended."""
        place = self.programs.place(label, cycle, text)
        if place.is_repeat:
            self._losses.add("gc-lines-repeated", line)
            return
        if place.is_new and cycle.number > 1:
            self._losses.add("gc-log-begins-late", line)
        if place.missing:
            self._losses.add("gc-lines-missing", line, place.missing)
        if cycle.is_odd:
            self._losses.add("negative-clocks", line)
        program = place.program
        previous = -1 if place.missing or place.is_new else program.row
        program.row = self._add(line, program, cycle, self._reason(label, cycle))
        self._assign(label, program, cycle, previous)

    def pacer(self, line: int, label: bytes, values: Values) -> None:
        """A pacer line; it waits for the line of its cycle, or belongs to the last one."""
        self._check(self._pacing.count)
        last = self.programs.last(label)
        row = self._pacing.add({**values, "line": line, "run": last.run if last else 0})
        waiting = self._waiting.setdefault(label, [])
        if values["kind"] == "sweep" and not waiting and last is not None:
            self._pacing.set(row, "gc_cycle", last.number)
            return
        waiting.append((row, values))
        if len(waiting) > _MOST_WAITING:
            self._losses.add("gc-pacer-lines-alone", self._pacing.get(waiting[0][0], "line"))
            del waiting[0]
        if len(self._waiting) > _MOST_LABELS:
            del self._waiting[next(iter(self._waiting))]

    def scavenge(
        self, line: int, label: bytes, values: dict[str, int | float | str | bool]
    ) -> None:
        """A line of the scavenger."""
        self._check(self._scavenges.count)
        last = self.programs.last(label)
        self._scavenges.add({**values, "line": line, "run": last.run if last else 0})

    def finish(self) -> Lazy[Columns]:
        """All tables."""
        for waiting in self._waiting.values():
            for row, _ in waiting:
                self._losses.add("gc-pacer-lines-alone", self._pacing.get(row, "line"))
        self._refinement.finish()
        if self.programs.count > 1:
            self._losses.add("several-programs", text=f"{self.programs.count:,}")
        if self.cycles.count:
            self._losses.add("sizes-in-whole-mib")
        cycles = self._complete(self.cycles.columns())
        return Lazy(
            {
                "gc_cycles": cycles,
                "gc_pauses": filled(GC_PAUSES, *pauses(cycles)),
                "gc_pacing": self._pacing.columns(),
                "scavenges": self._scavenges.columns(),
            }
        )

    def _add(self, line: int, program: Program, cycle: CycleLine, reason: str) -> int:
        self._check(self.cycles.count)
        printed: dict[str, int] = {name: getattr(cycle, name) for name in _AS_PRINTED}
        return self.cycles.add(
            {
                **printed,
                "gc_cycle": cycle.number,
                "run": program.run,
                "line": line,
                "reason": reason,
                "dedicated_cpu_ns": cycle.background_cpu_ns,
                "gc_cpu_ratio": cycle.cpu_percent / 100,
                "resolution_bytes": MIB,
            }
        )

    def _reason(self, label: bytes, cycle: CycleLine) -> str:
        if cycle.is_forced:
            return "forced"
        if label in self._is_periodic:
            self._is_periodic.discard(label)
            return "periodic"
        return "heap"

    def _assign(self, label: bytes, program: Program, cycle: CycleLine, previous: int) -> None:
        """Give the pacer lines that wait to the cycle, those of cycles that got lost to nobody."""
        waiting = self._waiting.pop(label, [])
        begin = next(
            (at for at in range(len(waiting) - 1, -1, -1) if waiting[at][1]["kind"] == "start"), 0
        )
        mine = [(row, values) for row, values in waiting[begin:] if _fits(values, cycle)]
        for row, _ in waiting:
            self._pacing.set(row, "run", program.run)
        for row, values in mine:
            self._pacing.set(row, "gc_cycle", cycle.number)
            if values["kind"] == "start":
                workers = values.get("dedicated_workers_count", -1)
                self.cycles.set(program.row, "dedicated_workers_count", int(workers))
        if len(waiting) > len(mine):
            kept = {row for row, _ in mine}
            for row, _ in waiting:
                if row not in kept:
                    self._losses.add("gc-pacer-lines-alone", self._pacing.get(row, "line"))
        self._refinement.take(program.row, previous, [values for _, values in mine])

    @staticmethod
    def _complete(cycles: Columns) -> Columns:
        """With what follows from two columns."""
        start, end = (
            cycles.array(name) for name in ("heap_live_start_bytes", "heap_live_end_bytes")
        )
        is_known = (start >= 0) & (end >= start)
        allocated = np.where(is_known, end - start, -1)
        return cycles.replaced({"allocated_mark_bytes": allocated})


def _fits(values: Values, cycle: CycleLine) -> bool:
    """Whether a pacer line does not contradict the cycle, in whole MiB, as to its end."""
    end = values.get("heap_live_end_bytes", -1)
    if values["kind"] != "end" or not isinstance(end, int) or end < 0:
        return True
    return end >> 20 == cycle.heap_live_end_bytes >> 20
