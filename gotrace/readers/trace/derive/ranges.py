"""Stretches of time: `ranges`.

Events that begin, continue (at the start of a trace) and end a range are paired by what they belong
to: a collection to the program, an assist to its goroutine, a region to its
goroutine (the innermost first), a task to its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from operator import attrgetter

import numpy as np

from gotrace.readers.trace.derive.chunk import Chunk, numbers
from gotrace.readers.trace.derive.folder import Block, Noteless, duration
from gotrace.readers.trace.derive.names import Names
from gotrace.readers.trace.derive.sweeps import Sweeps
from gotrace.readers.trace.events import argument_counts
from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["RangesFolder"]

_WORKER_LABEL = "GC ("
"""What labels of mark workers start with (`runtime/traceruntime.go`)."""
_GC, _ASSIST, _WORKER, _STW, _TASK, _REGION = range(6)
_KINDS = ["gc", "gc_mark_assist", "gc_mark_worker", "stw", "task", "region"]
_UNKNOWN = -1


@dataclass(slots=True)
class _Range:
    kind: int
    begin: int = _UNKNOWN
    end: int = _UNKNOWN
    name: int = -1
    thread: int = -1
    proc: int = -1
    goroutine: int = -1
    stack: int = -1
    end_stack: int = -1
    task: int = -1
    parent: int = -1
    cycle: int = 0


_VALUES = attrgetter(*(field.name for field in fields(_Range)))
"""All of a range, in the order above."""


@dataclass(slots=True)
class _Event:
    arguments: list[int]
    kind: int
    time: int
    thread: int
    proc: int
    goroutine: int
    stack: int
    name: int


class RangesFolder(Noteless):
    """Ranges, in the order in which they end; those that stay open come last."""

    tables = ("ranges",)

    def __init__(self, names: Names) -> None:
        self._names = names
        self._open: dict[tuple[int, int], list[_Range]] = {}
        self._done: list[_Range] = []
        self._cycles = 0
        self._sweeps = Sweeps()

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """The ranges that end in the chunk."""
        begun = self._cycles
        for event in _events(chunk, self._workers()):
            _HANDLERS[event.kind](self, event)
        yield from self._take()
        yield from self._sweeps.fold(chunk, begun)

    def finish(self, end_ns: int) -> Iterable[Block]:
        """The ranges that are still open."""
        left = [found for stack in self._open.values() for found in stack]
        self._done += sorted(left, key=lambda found: found.begin)
        yield from self._take()
        yield from self._sweeps.finish()

    def _workers(self) -> list[int]:
        return [scope for kind, scope in self._open if kind == _WORKER]

    def _take(self) -> Iterable[Block]:
        done, self._done = self._done, []
        if not done:
            return

        rows = np.array([_VALUES(found) for found in done], np.int64)
        kind, begin, end, name, thread, proc, goroutine, stack, end_stack, *others = rows.T
        task, parent, cycle = others
        none = np.full(len(done), -1, np.int64)
        columns: dict[str, Column] = {
            "kind": Coded(kind.astype(np.int32), list(_KINDS)),
            "name": self._names.column(name.astype(np.int32)),
            "time_ns": begin,
            "end_time_ns": end,
            "duration_ns": duration(begin, end),
            "thread": thread,
            "proc": proc.astype(np.int32),
            "goroutine": goroutine,
            "stack_id": stack.astype(np.int32),
            "end_stack_id": end_stack.astype(np.int32),
            "task": task,
            "parent_task": parent,
            "gc_cycle": cycle,
            "swept_bytes": none,
            "reclaimed_bytes": none,
        }
        yield "ranges", Columns(len(done), columns)

    def _begin(self, kind: int, scope: int, event: _Event) -> _Range:
        found = _Range(
            kind, event.time, name=event.name, thread=event.thread, proc=event.proc,
            goroutine=event.goroutine, stack=event.stack, cycle=self._cycles,
        )  # fmt: skip
        self._open.setdefault((kind, scope), []).append(found)
        return found

    def _end(self, kind: int, scope: int, event: _Event) -> _Range:
        """End the innermost range of that kind and scope; one that began before the trace else."""
        stack = self._open.get((kind, scope))
        if stack:
            found = stack.pop()
            if not stack:
                del self._open[kind, scope]
        else:
            found = _Range(kind, name=event.name, proc=event.proc, goroutine=event.goroutine)
        found.end, found.end_stack = event.time, event.stack
        self._done.append(found)
        return found

    def _active(self, kind: int, scope: int) -> _Range | None:
        """A range that is under way: from before the trace, unless we saw it begin."""
        if (kind, scope) in self._open:
            return None
        found = _Range(kind, cycle=self._cycles)
        self._open[kind, scope] = [found]
        return found

    def gc_begin(self, event: _Event) -> None:
        """The next cycle begins: counted."""
        self._cycles += 1
        self._begin(_GC, 0, event)

    def gc_active(self, event: _Event) -> None:
        """The trace began within a cycle, which counts as number 0."""
        self._active(_GC, 0)

    def gc_end(self, event: _Event) -> None:
        """Mark termination."""
        self._end(_GC, 0, event)

    def assist_active(self, event: _Event) -> None:
        """A goroutine was assisting when the trace began."""
        found = self._active(_ASSIST, event.arguments[0])
        if found is not None:
            found.goroutine = event.arguments[0]

    def assist_begin(self, event: _Event) -> None:
        """A goroutine marks, to pay for what it allocates."""
        self._begin(_ASSIST, event.goroutine, event)

    def assist_end(self, event: _Event) -> None:
        """And has paid."""
        self._end(_ASSIST, event.goroutine, event)

    def stw_begin(self, event: _Event) -> None:
        """The world stops."""
        self._begin(_STW, event.goroutine, event)

    def stw_end(self, event: _Event) -> None:
        """The world goes on; in old traces as told by another goroutine."""
        scope = event.goroutine
        if (_STW, scope) not in self._open:
            scope = next((scope for kind, scope in self._open if kind == _STW), scope)
        self._end(_STW, scope, event)

    def task_begin(self, event: _Event) -> None:
        """A task of the program."""
        found = self._begin(_TASK, event.arguments[0], event)
        found.task, found.parent = event.arguments[0], event.arguments[1] or -1

    def task_end(self, event: _Event) -> None:
        """A task ends."""
        found = self._end(_TASK, event.arguments[0], event)
        found.task = event.arguments[0]
        if found.parent < 0:
            found.parent = event.arguments[1] or -1

    def region_begin(self, event: _Event) -> None:
        """A region of the program."""
        found = self._begin(_REGION, event.goroutine, event)
        found.task = event.arguments[0] or -1

    def region_end(self, event: _Event) -> None:
        """A region ends."""
        found = self._end(_REGION, event.goroutine, event)
        found.task = event.arguments[0] or -1

    def label(self, event: _Event) -> None:
        """The runtime labels a goroutine that starts to mark."""
        if event.name < 0 or not self._names.text(event.name).startswith(_WORKER_LABEL):
            return
        self.worker_stop(event)
        self._begin(_WORKER, event.goroutine, event)

    def worker_stop(self, event: _Event) -> None:
        """A goroutine stops: if it was a mark worker, its turn is over."""
        if (_WORKER, event.goroutine) in self._open:
            self._end(_WORKER, event.goroutine, event)


_NAMED = {"STWBegin": 0, "STWEnd": 0, "GoLabel": 0, "UserTaskBegin": 2, "UserTaskEnd": 2,
          "UserRegionBegin": 1, "UserRegionEnd": 1}  # fmt: skip
"""Where the argument stands that names the range."""
_STOPS = ("GoStop", "GoBlock", "GoDestroy", "GoSyscallBegin")
_METHODS = {
    "GCActive": RangesFolder.gc_active,
    "GCBegin": RangesFolder.gc_begin,
    "GCEnd": RangesFolder.gc_end,
    "GCMarkAssistActive": RangesFolder.assist_active,
    "GCMarkAssistBegin": RangesFolder.assist_begin,
    "GCMarkAssistEnd": RangesFolder.assist_end,
    "STWBegin": RangesFolder.stw_begin,
    "STWEnd": RangesFolder.stw_end,
    "UserTaskBegin": RangesFolder.task_begin,
    "UserTaskEnd": RangesFolder.task_end,
    "UserRegionBegin": RangesFolder.region_begin,
    "UserRegionEnd": RangesFolder.region_end,
    "GoLabel": RangesFolder.label,
    **dict.fromkeys(_STOPS, RangesFolder.worker_stop),
}
_HANDLERS: dict[int, Callable[[RangesFolder, _Event], None]] = dict(
    zip(numbers(*_METHODS), _METHODS.values(), strict=True)
)
_STOP_NUMBERS = numbers(*_STOPS)
_EVENTS = tuple(number for number in _HANDLERS if number not in _STOP_NUMBERS)
_NAME_PLACES = np.full(256, -1, np.int64)
_NAME_PLACES[list(numbers(*_NAMED))] = list(_NAMED.values())
_LABEL = numbers("GoLabel")
_COUNTS = argument_counts()


def _events(chunk: Chunk, workers: list[int]) -> Iterable[_Event]:
    """The chunk's events that begin, continue or end ranges, in their order."""
    rows = chunk.rows(_EVENTS)
    labelled = chunk.rows(_LABEL)
    if len(labelled) or workers:
        marking = np.append(chunk.events.goroutine[labelled], np.array(workers, np.int64))
        stops = chunk.rows(_STOP_NUMBERS)
        rows = np.append(rows, stops[np.isin(chunk.events.goroutine[stops], marking)])
        rows.sort()
    if not len(rows):
        return
    events = chunk.events
    kinds = events.type[rows]
    places = _NAME_PLACES[kinds]
    names = np.full(len(rows), -1, np.int32)
    named = np.flatnonzero(places >= 0)
    arguments = events.args.view(np.int64)
    begin = chunk.starts(rows)
    names[named] = chunk.names(arguments[begin[named] + places[named]])
    starts, ends = begin.tolist(), (begin + _COUNTS[kinds]).tolist()
    columns = (
        kinds, chunk.time_ns[rows], events.thread[rows], events.proc[rows],
        events.goroutine[rows], chunk.stack(rows), names,
    )  # fmt: skip
    values = np.stack([column.astype(np.int64) for column in columns], axis=1).tolist()
    for plain, start, end in zip(values, starts, ends, strict=True):
        yield _Event(arguments[start:end].tolist(), *plain)
