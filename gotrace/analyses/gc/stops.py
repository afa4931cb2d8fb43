"""Stops of the world, one by one."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.gc.background import is_text
from gotrace.tables.columns import Coded, Columns

__all__ = ["MOST_STOPS", "Stops", "is_of_collector"]

MOST_STOPS = 1 << 18
"""Stops that are kept, the first ones; programs that profile themselves stop often."""
_COLLECTOR = "GC "
"""What the reasons of the collector's own stops begin with (`runtime/runtime2.go`, stwReason)."""


def is_of_collector(reason: str | None) -> bool:
    """Whether a stop for this reason is the collector's own."""
    return reason is not None and reason.startswith(_COLLECTOR)


class Stops:
    """The table `gc_pauses` of a trace."""

    tables = ("ranges",)

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[tuple[int, int, int, str | None, int]] = []

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block of `ranges`."""
        rows = np.flatnonzero(is_text(columns.coded("kind"), "stw"))
        self.count += len(rows)
        rows = rows[: max(MOST_STOPS - len(self._rows), 0)]
        name = columns.coded("name")
        told = (
            columns.array(c)[rows].tolist()
            for c in ("time_ns", "end_time_ns", "duration_ns", "gc_cycle")
        )
        for row, begin, end, duration, cycle in zip(rows.tolist(), *told, strict=True):
            own = cycle if is_of_collector(name[row]) else -1
            self._rows.append((begin, end, duration, name[row], own))

    def columns(self) -> Columns:
        """The table, by time."""
        rows = sorted(self._rows, key=lambda row: (row[0], row[1]))
        begin, end, duration, cycle = (
            np.array([row[place] for row in rows], np.int64) for place in (0, 1, 2, 4)
        )
        return Columns(len(rows), {
            "time_ns": begin,
            "end_time_ns": end,
            "duration_ns": duration,
            "reason": Coded.from_strings([row[3] for row in rows]),
            "gc_cycle": cycle,
            "run": np.zeros(len(rows), np.int64),
        })  # fmt: skip
