"""When collections began and ended, and where every goroutine was: as it happens.

The table `ranges` tells a stretch of time when it ends. What is attributed to regions while the
trace is read must know them when they begin: `Marked` stands between a stream and those who read
its events, and hands out what it saw as two tables of its own, which no file holds:

- `cycle_marks`: `time_ns`, `cycle` (as `ranges.gc_cycle` counts; 0 was under way when the trace
  began), `is_end`;
- `annotation_marks`: from `time_ns` on, `goroutine` is in `region` and `task` (names; null for
  none). The innermost counts. A task is that of the innermost region that has one, or one that the
  goroutine began itself (`runtime/trace.NewTask`) and that has not ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gotrace.readers.trace.derive.chunk import numbers
from gotrace.readers.trace.memory import OrderedEvents
from gotrace.readers.trace.stream import TraceStream
from gotrace.readers.trace.v1.stream import V1Stream
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.notes import Note

__all__ = ["Marked", "Marks"]

_BEGIN, _END = numbers("GCBegin", "GCEnd")
_TASK_BEGIN, _TASK_END, _REGION_BEGIN, _REGION_END, _GONE = numbers(
    "UserTaskBegin", "UserTaskEnd", "UserRegionBegin", "UserRegionEnd", "GoDestroy"
)
_MARKS = (_BEGIN, _END, _TASK_BEGIN, _TASK_END, _REGION_BEGIN, _REGION_END)
_RANGES = ("gc", "task", "region")
"""Kinds of `ranges` that are marks."""
_MOST_NAMES = 1 << 16
"""Names of regions and tasks; others have none."""


class _Stay(NamedTuple):
    """A region (with a name) or a task (without) that a goroutine is in."""

    region: int
    task: int
    """Number of the task; 0 for none."""
    is_region: bool = True


class Marks:
    """Takes the events of a trace in their order; `blocks` hands out the marks since last time."""

    def __init__(self) -> None:
        self._cycle = 0
        self._names: list[str] = []
        self._codes: dict[str, int] = {}
        self._stays: dict[int, list[_Stay]] = {}
        self._tasks: dict[int, tuple[int, int]] = {}  # number → goroutine, name
        self._cycles: list[tuple[int, int, bool]] = []
        self._changes: list[tuple[int, int, int, int]] = []

    def take(self, events: OrderedEvents, start_ns: int) -> None:
        """Take a chunk of events; times count from `start_ns`."""
        is_mark = np.zeros(256, np.bool_)
        is_mark[list(_MARKS)] = True
        wanted = is_mark[events.type]
        if self._stays:
            gone = np.flatnonzero(events.type == _GONE)
            wanted[gone[np.isin(events.goroutine[gone], list(self._stays))]] = True
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return
        offsets, arguments = events.arg_offsets, events.args.view(np.int64)
        columns = (events.time_ns[rows] - start_ns, events.type[rows], events.goroutine[rows])
        for time, kind, goroutine, at in zip(
            *(column.tolist() for column in (*columns, offsets[rows])), strict=True
        ):
            told = arguments[at : at + 3].tolist()
            self._event(kind, time, goroutine, told, events.generation.strings)

    def take_ranges(self, ranges: Columns) -> None:
        """Take the table `ranges` of a whole trace instead of its events."""
        kind, name = ranges.coded("kind"), ranges.coded("name")
        wanted = np.array([*(value in _RANGES for value in kind.values), False])
        rows = np.flatnonzero(wanted[kind.codes])
        columns = ("time_ns", "end_time_ns", "goroutine", "task", "gc_cycle")
        moments: list[tuple[int, int, int, int, int, int, str]] = []
        for row, begin, end, *told in zip(
            rows.tolist(), *(ranges.array(c)[rows].tolist() for c in columns), strict=True
        ):
            order = _RANGES.index(kind[row] or "")
            moments.append((begin, 0, order, *told, name[row] or ""))
            if end >= 0:
                moments.append((end, 1, order, *told, name[row] or ""))
        for time, is_end, order, goroutine, task, cycle, text in sorted(moments):
            self._moment(order, bool(is_end), time, goroutine, max(task, 0), cycle, text)

    def _moment(
        self, order: int, is_end: bool, time: int, goroutine: int, task: int, cycle: int, name: str
    ) -> None:
        if _RANGES[order] == "gc":
            if is_end or time >= 0:
                self._cycles.append((time, cycle, is_end))
        elif _RANGES[order] == "region":
            if is_end:
                self._end_region(time, goroutine)
            else:
                self._begin_region(max(time, 0), goroutine, name, task)
        elif is_end:
            self._end_task(time, task)
        else:
            self._begin_task(max(time, 0), goroutine, name, task)

    def blocks(self) -> Iterator[tuple[str, Columns]]:
        """The marks that came since the last call."""
        if self._cycles:
            time, cycle, is_end = np.array(self._cycles, np.int64).T
            columns = {"time_ns": time, "cycle": cycle, "is_end": is_end > 0}
            yield "cycle_marks", Columns(len(time), columns)
        if self._changes:
            time, goroutine, region, task = np.array(self._changes, np.int64).T
            yield "annotation_marks", Columns(len(time), {
                "time_ns": time,
                "goroutine": goroutine,
                "region": Coded(region.astype(np.int32), self._names),
                "task": Coded(task.astype(np.int32), self._names),
            })  # fmt: skip
        self._cycles, self._changes = [], []

    def _event(
        self, kind: int, time: int, goroutine: int, told: list[int], strings: list[str]
    ) -> None:
        if kind == _BEGIN:
            self._cycle += 1
            self._cycles.append((time, self._cycle, False))
        elif kind == _END:
            self._cycles.append((time, self._cycle, True))
        elif kind == _REGION_BEGIN:
            self._begin_region(time, goroutine, _text(strings, told[1]), told[0])
        elif kind == _REGION_END:
            self._end_region(time, goroutine)
        elif kind == _TASK_BEGIN:
            self._begin_task(time, goroutine, _text(strings, told[2]), told[0])
        elif kind == _TASK_END:
            self._end_task(time, told[0])
        else:
            self._stays[goroutine] = []
            self._tell(time, goroutine)

    def _begin_region(self, time: int, goroutine: int, name: str, task: int) -> None:
        self._stays.setdefault(goroutine, []).append(_Stay(self._code(name), task))
        self._tell(time, goroutine)

    def _end_region(self, time: int, goroutine: int) -> None:
        """The last region, whatever its name: they nest."""
        stays = self._stays.setdefault(goroutine, [])
        last = next((i for i in reversed(range(len(stays))) if stays[i].is_region), -1)
        if last >= 0:
            del stays[last]
        self._tell(time, goroutine)

    def _begin_task(self, time: int, goroutine: int, name: str, task: int) -> None:
        self._tasks[task] = goroutine, self._code(name)
        self._stays.setdefault(goroutine, []).append(_Stay(-1, task, is_region=False))
        self._tell(time, goroutine)

    def _end_task(self, time: int, task: int) -> None:
        """Whoever ends it: the goroutine that began it is in it no longer."""
        goroutine, _ = self._tasks.pop(task, (-1, -1))
        stays = self._stays.get(goroutine, [])
        own = _Stay(-1, task, is_region=False)
        if own in stays:
            stays.remove(own)
            self._tell(time, goroutine)

    def _tell(self, time: int, goroutine: int) -> None:
        stays = self._stays[goroutine]
        region = next((stay.region for stay in reversed(stays) if stay.is_region), -1)
        named = (self._tasks[stay.task][1] for stay in reversed(stays) if stay.task in self._tasks)
        self._changes.append((time, goroutine, region, next(named, -1)))
        if not stays:
            del self._stays[goroutine]

    def _code(self, name: str) -> int:
        if name not in self._codes and len(self._codes) < _MOST_NAMES:
            self._codes[name] = len(self._names)
            self._names.append(name or "(no name)")
        return self._codes.get(name, -1)


def _text(strings: list[str], row: int) -> str:
    return strings[row] if 0 <= row < len(strings) else ""


class Marked:
    """A stream of events that can be read like `stream`, and tells `marks` what passes."""

    def __init__(self, stream: TraceStream | V1Stream, marks: Marks) -> None:
        self._stream = stream
        self._marks = marks

    def __iter__(self) -> Iterator[OrderedEvents]:
        for events in self._stream:
            self._marks.take(events, self._stream.start_ns)
            yield events

    @property
    def start_ns(self) -> int:
        """As that of the stream."""
        return self._stream.start_ns

    @property
    def version(self) -> int:
        """As that of the stream."""
        return self._stream.version

    @property
    def notes(self) -> list[Note]:
        """As those of the stream."""
        return self._stream.notes
