"""Who paid for marking: assists by cycle, goroutine, task and stack.

An assist counts while its goroutine runs; what it waits inside (for work, for its turn) is told
beside, as in `gotrace.analyses.trace.assists`. The task is the innermost one that the goroutine
works on: that it began, or in whose region it is.
"""

from __future__ import annotations

import numpy as np

from gotrace.analyses.gc.cycles import MOST_CYCLES
from gotrace.analyses.trace.assists import AssistWaits
from gotrace.tables.columns import Columns

__all__ = ["MOST_PAYERS", "Payers", "Tasks"]

MOST_PAYERS = 1 << 18
"""Combinations of cycle, goroutine, task and stack; the rest of a cycle is one row of nobody."""

_NOBODY = -1
_TASKS = ("UserTaskBegin", "UserTaskEnd", "UserRegionBegin", "UserRegionEnd")


class Tasks:
    """Which task every goroutine works on, as annotations come."""

    def __init__(self) -> None:
        self._works: dict[int, list[tuple[bool, int]]] = {}
        """Goroutine → (is a region, task), the innermost last."""
        self._owner: dict[int, int] = {}

    def take(self, name: str, goroutine: int, task: int) -> None:
        """An annotation; a region of no task has task 0 or less."""
        if name == "UserTaskBegin":
            self._owner[task] = goroutine
            self._works.setdefault(goroutine, []).append((False, task))
        elif name == "UserTaskEnd":
            self._leave(self._owner.pop(task, _NOBODY), (False, task))
        elif name == "UserRegionBegin":
            self._works.setdefault(goroutine, []).append((True, task))
        else:
            regions = [work for work in self._works.get(goroutine, []) if work[0]]
            if regions:
                self._leave(goroutine, regions[-1])

    def of(self, goroutine: int) -> int:
        """The innermost task; -1 for none."""
        works = self._works.get(goroutine, [])
        return next((task for _, task in reversed(works) if task > 0), _NOBODY)

    def _leave(self, goroutine: int, work: tuple[bool, int]) -> None:
        works = self._works.get(goroutine, [])
        if work in works:
            del works[len(works) - 1 - works[::-1].index(work)]
        if not works:
            self._works.pop(goroutine, None)


class Payers(AssistWaits):
    """Groups of assists, with how long they took and what of that was waiting."""

    def __init__(self) -> None:
        super().__init__(MOST_PAYERS + MOST_CYCLES)
        self._sums: list[list[int]] = []
        self._groups: dict[tuple[int, int, int, int], int] = {}
        self._tasks = Tasks()
        self._marks = _no_rows()
        self._next_mark = 0

    @property
    def groups(self) -> list[tuple[int, int, int, int]]:
        """Cycle, goroutine, task and stack of each group; -1 for nobody and none."""
        return list(self._groups)

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block: the events of a chunk come before its transitions."""
        if table == "events":
            self._marks, self._next_mark = _marks(columns), 0
        super().feed(table, columns)
        if table == "events":
            self._annotate(columns.rows)

    def taken(self) -> list[tuple[int, int, int]]:
        """Of each group: nanoseconds from begin to end, of that waited, assists."""
        count = len(self._groups)
        waited = np.zeros(count, np.int64)
        waited[: min(count, self.waited.count)] = self.waited["waited_ns"][:count]
        return [
            (taken, wait, assists)
            for (taken, assists), wait in zip(self._sums, waited.tolist(), strict=True)
        ]

    def _group(self, columns: Columns, row: int) -> int:
        self._annotate(row)
        goroutine = int(columns.array("goroutine")[row])
        key = (
            min(self._cycle, MOST_CYCLES), goroutine, self._tasks.of(goroutine),
            int(columns.array("stack_id")[row]),
        )  # fmt: skip
        if key not in self._groups and len(self._groups) >= MOST_PAYERS:
            key = (key[0], _NOBODY, _NOBODY, _NOBODY)
        group = self._groups.setdefault(key, len(self._groups))
        if group == len(self._sums):
            self._sums.append([0, 0])
        return group

    def _over(self, group: int, duration_ns: int) -> None:
        self._sums[group][0] += duration_ns
        self._sums[group][1] += 1

    def _annotate(self, end: int) -> None:
        """Take the annotations before row `end`."""
        while self._next_mark < len(self._marks) and self._marks[self._next_mark][0] < end:
            _, name, goroutine, task = self._marks[self._next_mark]
            self._tasks.take(name, goroutine, task)
            self._next_mark += 1


def _no_rows() -> list[tuple[int, str, int, int]]:
    return []


def _marks(columns: Columns) -> list[tuple[int, str, int, int]]:
    """Row, event, goroutine and task of every annotation."""
    event = columns.coded("event")
    wanted = np.array([*(name in _TASKS for name in event.values), False])
    rows = np.flatnonzero(wanted[event.codes])
    goroutine, task = (columns.array(name)[rows].tolist() for name in ("goroutine", "arg_1"))
    return [
        (row, event[row] or "", g, t)
        for row, g, t in zip(rows.tolist(), goroutine, task, strict=True)
    ]
