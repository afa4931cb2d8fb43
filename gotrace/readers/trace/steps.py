"""What a traced runtime did to its memory, as steps: columns for the guided replay.

Of all events only those of the allocator, the sweeper, heapLive, the collector's cycle and the Ps
remain, with the arguments that count: see `gotrace.model.guided.steps`, whose names of kinds are
`STEP_KINDS` (a test compares).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gotrace.readers.trace.derive.experiment import Layout, decode
from gotrace.readers.trace.events import EVENTS, argument_counts
from gotrace.readers.trace.generation import GenerationTables
from gotrace.readers.trace.ordering import OrderedEvents
from gotrace.readers.trace.stream import TraceStream

__all__ = ["STEP_KINDS", "StepBlock", "StepReader"]

STEP_KINDS = (
    "span", "span_alloc", "span_free", "object", "object_alloc", "object_free", "sweep_begin",
    "sweep_end", "heap_alloc", "gc_begin", "gc_end", "stw_begin", "stw_end", "proc_start",
    "proc_stop", "sweeper_yield", "sweeper_done",
)  # fmt: skip
"""Names of steps; a step's number is its place here."""

_KIND_OF_EVENT = {
    "Span": "span", "SpanAlloc": "span_alloc", "SpanFree": "span_free", "HeapObject": "object",
    "HeapObjectAlloc": "object_alloc", "HeapObjectFree": "object_free",
    "GCSweepBegin": "sweep_begin", "GCSweepEnd": "sweep_end", "HeapAlloc": "heap_alloc",
    "GCBegin": "gc_begin", "GCEnd": "gc_end", "STWBegin": "stw_begin", "STWEnd": "stw_end",
    "ProcStart": "proc_start", "ProcStop": "proc_stop", "ProcSteal": "proc_stop",
    "ProcStatus": "proc_start", "GoStop": "sweeper_yield", "GoBlock": "sweeper_done",
}  # fmt: skip
_HEAP = ("span", "span_alloc", "object", "object_alloc")
_NO_STEP = 255
_NUMBERS = {event.name: event.number for event in EVENTS.values() if event.is_timed}
_IDLE = 2
"""Status of a P in ProcStatus (`internal/trace/tracev2`)."""
_READS_STATISTICS = "read mem stats"
_SWEEPER = "runtime.bgsweep"
_GIVES_WAY = "runtime.Gosched"
"""Why it stops after each batch; where it is preempted it has not finished one."""
_COUNTS = argument_counts()
_STACK_FRAMES = 16


def _kinds() -> npt.NDArray[np.uint8]:
    kinds = np.full(256, _NO_STEP, np.uint8)
    for event, kind in _KIND_OF_EVENT.items():
        kinds[_NUMBERS[event]] = STEP_KINDS.index(kind)
    return kinds


_KINDS = _kinds()

Column = npt.NDArray[Any]


class StepBlock(NamedTuple):
    """Some steps, in the order that the replay takes columns in."""

    number: Column
    time_ns: Column
    kind: Column
    thread: Column
    proc: Column
    goroutine: Column
    first: Column
    second: Column
    third: Column


class StepReader:
    """Iterate once over the steps of a trace; `layout` and `has_heap` are known afterwards.

    `layout` is None where the trace has lost it; then addresses count from the lowest of the heap.
    """

    def __init__(self, stream: TraceStream) -> None:
        self.layout: Layout | None = None
        self.has_heap = False
        """Whether there are events of the allocator."""
        self.procs_count = 0
        self._stream = stream
        self._seen = 0
        self._generation: GenerationTables | None = None

    def __iter__(self) -> Iterator[StepBlock]:
        for events in self._stream:
            if events.generation is not self._generation:
                self._enter(events.generation)
            yield self._block(events)
            self._seen += len(events)

    def _enter(self, generation: GenerationTables) -> None:
        self._generation = generation
        layout, types, _ = decode(generation)
        self.layout = self.layout or layout
        ids, first = np.unique(np.array(types.ids, np.uint64), return_index=True)
        self._type_ids = ids.view(np.int64)
        self._order = np.argsort(self._type_ids)
        self._type_ids = self._type_ids[self._order]
        rows = first[self._order]
        self._type_bytes = np.array(types.sizes_bytes, np.int64)[rows]
        self._pointers = (np.array(types.pointer_bytes, np.int64)[rows] > 0).astype(np.int64)
        reads = [text == _READS_STATISTICS for text in generation.strings]
        self._reads_statistics = np.array([*reads, False])
        self._of_sweeper = _stacks_with(generation, _SWEEPER)
        self._gives_way = np.array([*(text == _GIVES_WAY for text in generation.strings), False])

    def _block(self, events: OrderedEvents) -> StepBlock:
        kind = _KINDS[events.type]
        self._tell_sweeper(events, kind)
        rows = np.flatnonzero(kind != _NO_STEP)
        kind, proc = kind[rows], events.proc[rows]
        arguments = np.append(events.args.view(np.int64), [-1, -1, -1])
        at, count = events.arg_offsets[rows], _COUNTS[events.type[rows]]
        first, second, third = (
            np.where(count > place, arguments[at + place], -1) for place in range(3)
        )
        self._tell_types(kind, second, third)
        self._tell_procs(events.type[rows], kind, proc, first, second)
        is_stop = kind == STEP_KINDS.index("stw_begin")
        text = np.clip(first[is_stop], -1, len(self._reads_statistics) - 1)
        first[is_stop] = self._reads_statistics[text]
        if not self.has_heap:
            self.has_heap = bool(np.isin(kind, [STEP_KINDS.index(name) for name in _HEAP]).any())
        return StepBlock(
            rows + self._seen, events.time_ns[rows] - self._stream.start_ns, kind,
            events.thread[rows], proc, events.goroutine[rows], first, second, third,
        )  # fmt: skip

    def _tell_sweeper(self, events: OrderedEvents, kind: Column) -> None:
        """Of goroutines that stop or block only the background sweeper is of interest."""
        rows = np.flatnonzero((kind == _YIELD) | (kind == _DONE))
        stack = np.minimum(events.stack[rows], len(self._of_sweeper) - 1)
        is_wanted = self._of_sweeper[stack]
        reason = events.args.view(np.int64)[events.arg_offsets[rows]]
        reason = np.clip(reason, -1, len(self._gives_way) - 1)
        is_wanted &= (kind[rows] == _DONE) | self._gives_way[reason]
        kind[rows[~is_wanted]] = _NO_STEP

    def _tell_types(self, kind: Column, second: Column, third: Column) -> None:
        """Ids of types become their bytes, and whether they have pointers; -1 where unknown."""
        rows = np.flatnonzero(kind == STEP_KINDS.index("object_alloc"))
        wanted = second[rows]
        second[rows] = third[rows] = -1
        if len(self._type_ids):
            found = np.searchsorted(self._type_ids, wanted)
            found = np.minimum(found, len(self._type_ids) - 1)
            is_known = (self._type_ids[found] == wanted) & (wanted != 0)
            second[rows] = np.where(is_known, self._type_bytes[found], -1)
            third[rows] = np.where(is_known, self._pointers[found], -1)

    def _tell_procs(
        self, event: Column, kind: Column, proc: Column, first: Column, second: Column
    ) -> None:
        """ProcStop is of the P it is on; ProcStatus says whether the P is idle."""
        is_stop = event == _NUMBERS["ProcStop"]
        first[is_stop] = proc[is_stop]
        is_idle = (event == _NUMBERS["ProcStatus"]) & (second == _IDLE)
        kind[is_idle] = STEP_KINDS.index("proc_stop")
        if len(proc):
            self.procs_count = max(self.procs_count, int(proc.max()) + 1)


_YIELD = STEP_KINDS.index("sweeper_yield")
_DONE = STEP_KINDS.index("sweeper_done")


def _stacks_with(generation: GenerationTables, function: str) -> npt.NDArray[np.bool_]:
    """Which stacks of the generation have a frame of `function`; False at the end, for none."""
    strings, frames = generation.strings, generation.frames.function
    names = {row for row, text in enumerate(strings) if text == function}
    return np.array(
        [
            any(int(frames[frame]) in names for frame in stack[:_STACK_FRAMES].tolist())
            for stack in (generation.stacks[row] for row in range(len(generation.stacks)))
        ]
        + [False],
        np.bool_,
    )
