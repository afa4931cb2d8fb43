"""Objects and spans of the heap, and memory of goroutine stacks.

Frees are joined to allocations by the kernel `heap_objects`; here is its memory, and what becomes
of the rows that it writes: `objects`, `spans`, `types`. `goroutine_stacks` are few.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.kernels import load
from gotrace.readers.trace.derive.chunk import Chunk, Rows, numbers
from gotrace.readers.trace.derive.experiment import Layout, decode
from gotrace.readers.trace.derive.folder import Block, Noteless, duration
from gotrace.readers.trace.derive.stays import Stays
from gotrace.readers.trace.derive.types import TypeTable
from gotrace.readers.trace.derive.views import views
from gotrace.readers.trace.events import argument_counts
from gotrace.readers.trace.generation import GenerationTables, Ids
from gotrace.tables.columns import Column, Columns
from gotrace.tables.notes import Note, Severity
from gotrace.units import format_duration

__all__ = ["SLOT_BYTES", "GoroutineStacksFolder", "HeapFolder"]

SLOT_BYTES = (
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320,
    352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048,
    2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240,
    10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
)  # fmt: skip
"""By size class; 0 are large objects. The same in all versions that write these events (table D of
`gotrace.model.size_classes`, which a test compares)."""

Small = npt.NDArray[np.int32]

_HEAP_EVENTS = numbers(
    "Span", "SpanAlloc", "SpanFree", "HeapObject", "HeapObjectAlloc", "HeapObjectFree"
)
_GC_BEGIN = numbers("GCBegin")
_COUNTS = argument_counts()
_CLASS_UNITS = np.array(SLOT_BYTES, np.int32) // 8
_NONE = Ids(np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(0, np.int32))
_USUAL = Layout(0, 8192, 8, 2048)
"""Where the trace has lost its layout: then addresses count from the lowest of the heap."""
MOST_SLOTS, MOST_PAGES = 10 << 10, 10
"""Of a span; see the kernel."""
_OUTPUT_ROWS = MOST_SLOTS * MOST_PAGES + (1 << 17) + 48
"""As many as one event can end, and those of some time; and no power of two, for the rows are
written to in turn, and must not lie in the same few lines of the cache."""
_ROWS_AT_FIRST = 1 << 12
_ALIVE_SLOTS = 1 << 16
"""Of what is alive at the end, made into rows at a time: there may be more than anything else."""

LOSSES = {
    "replaced": (
        Severity.INFO,
        "heap-slot-reused",
        "objects were allocated in a slot whose free was reported later; it counts as freed then",
    ),
    "unknown_frees": (
        Severity.LOSS,
        "heap-unknown-free",
        "frees of objects whose allocation is not in the trace; their types are unknown",
    ),
    "double_frees": (
        Severity.LOSS,
        "heap-double-free",
        "frees of slots that were freed already; the allocations between are not in the trace",
    ),
    "unknown_types": (
        Severity.LOSS,
        "heap-unknown-type",
        "allocations name types that the trace does not define; they are null",
    ),
    "without_span": (
        Severity.LOSS,
        "heap-unknown-span",
        "objects lie outside every span that the trace has; their sizes are unknown",
    ),
    "unknown_span_frees": (
        Severity.LOSS,
        "heap-unknown-span-free",
        "frees of spans whose allocation is not in the trace",
    ),
}
"""Counters of the kernel → severity, slug and message of their notes."""


class HeapFolder:
    """Objects and spans in the order in which they end; those alive at the end come last."""

    tables = ("objects", "spans", "types")

    def __init__(self, types: TypeTable) -> None:
        self._kernel: Any = load("heap_objects")
        self._types = types
        self._places = {name: i for i, name in enumerate(self._kernel.STATE)}
        self._state = np.zeros(len(self._places), np.int64)
        self._state[self._places["units_per_page"]] = _USUAL.page_bytes // _USUAL.object_unit_bytes
        self._state[self._places["seed"]] = secrets.randbits(63)
        self._pool = np.zeros((2 * MOST_SLOTS, 4), np.int64)
        self._free = np.zeros(MOST_SLOTS + 1, np.int64)
        self._pages = np.zeros((_ROWS_AT_FIRST, 2), np.int64)
        self._spans = np.zeros((_ROWS_AT_FIRST, 12), np.int64)
        self._objects_out = np.empty((5, 0), np.int64)
        self._small_out = np.empty((7, 0), np.int32)
        self._spans_out = np.empty((9, 0), np.int64)
        self._generation: GenerationTables | None = None
        self._type_ids = _NONE
        self._layout = _USUAL
        self._damaged = 0
        self._has_begun = False

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """What dies in the chunk."""
        if chunk.events.generation is not self._generation:
            self._generation = chunk.events.generation
            self._enter(self._generation)
        if chunk.has(_HEAP_EVENTS):
            self._begin()
            yield from self._pair(chunk)
        else:
            self._add("cycle", len(chunk.rows(_GC_BEGIN)))

    def finish(self, end_ns: int) -> Iterable[Block]:
        """What is alive when the trace ends."""
        if self._has_begun:
            for wide, small in self._alive():
                yield "objects", self._objects(wide, small, wide.shape[1])
            spans = self._spans[(self._spans[:, 8] != 0) & (self._spans[:, 7] >= 0)]
            spans = np.insert(spans[np.argsort(spans[:, 7]), :8], 4, -1, axis=1)
            yield "spans", self._span_columns(spans.T)

    def notes(self) -> list[Note]:
        """What did not fit together."""
        found = []
        for name, (severity, slug, message) in LOSSES.items():
            count = self._value(name)
            if count:
                first = f"first at {format_duration(self._value(f'first_{name}'))}"
                found.append(Note(severity, slug, message, count, first))
        if self._damaged:
            message = "batches of types that cannot be read to their end"
            found.append(Note(Severity.LOSS, "heap-damaged-types", message, self._damaged))
        return found

    def _alive(self) -> Iterator[tuple[Rows, Small]]:
        """What is alive as the kernel would write it; some spans at a time, by address."""
        spans = self._spans[self._spans[:, 8] != 0]
        spans = spans[np.argsort(spans[:, 0], kind="stable")]
        behind = np.cumsum(spans[:, 10])
        start = 0
        while start < len(spans):
            most = int(behind[start]) + _ALIVE_SLOTS
            stop = int(np.searchsorted(behind, most, side="right"))
            yield self._alive_in(spans[start:stop])
            start = stop

    def _alive_in(self, spans: npt.NDArray[np.int64]) -> tuple[Rows, Small]:
        """What is alive in these spans, oldest first."""
        counts = spans[:, 10]
        span = np.repeat(np.arange(len(spans)), counts)
        slot = np.arange(len(span)) - np.repeat(np.cumsum(counts) - counts, counts)
        row = spans[span, 9] + slot
        narrow = self._pool.view(np.int32)[:, 4:]
        used = np.flatnonzero(narrow[row, 3])
        span, slot, row = span[used], slot[used], row[used]
        page, kind, number, slots, size = spans[span][:, [0, 2, 7, 10, 11]].T
        is_known = kind >= 0
        per_page = self._value("units_per_page")
        address = page * per_page + np.where(slots > 1, slot * size, 0)
        begin, goroutine = self._pool[row, :2].T
        type_, proc, cycle, count = narrow[row].T
        none = np.full(len(row), -1, np.int64)
        class_, size = np.where(is_known, kind >> 1, -1), np.where(is_known, size, 0)
        oldest = np.lexsort((address, begin))
        wide = np.stack([address, begin, none, goroutine, number])
        small = [type_, proc, cycle, none, class_, size, np.abs(count)]
        narrow = np.stack([column.astype(np.int32)[oldest] for column in small])
        return np.ascontiguousarray(wide[:, oldest]), narrow

    def _begin(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._objects_out = np.empty((5, _OUTPUT_ROWS), np.int64)
            self._small_out = np.empty((7, _OUTPUT_ROWS), np.int32)
            self._spans_out = np.empty((9, 1 << 14), np.int64)

    def _value(self, name: str) -> int:
        return int(self._state[self._places[name]])

    def _add(self, name: str, amount: int) -> None:
        self._state[self._places[name]] += amount

    def _take(self, name: str) -> int:
        value = self._value(name)
        self._state[self._places[name]] = 0
        return value

    def _enter(self, generation: GenerationTables) -> None:
        layout, types, damaged = decode(generation)
        self._damaged += damaged
        self._type_ids = self._types.add(types) if types.ids else _NONE
        if layout is None:
            return
        per_page = layout.page_bytes // max(layout.object_unit_bytes, 1)
        if 1 <= per_page <= 1 << 10 and layout.object_unit_bytes:
            self._layout = layout
            self._state[self._places["units_per_page"]] = per_page

    def _pair(self, chunk: Chunk) -> Iterable[Block]:
        events, types = chunk.events, self._type_ids
        self._state[self._places["row"]] = self._state[self._places["argument"]] = 0
        self._state[self._places["start"]] = chunk.start_ns
        columns = (
            events.type, events.time_ns, events.thread, events.proc, events.goroutine, events.args,
            _COUNTS, types.dense, types.ids, types.rows, _CLASS_UNITS,
        )  # fmt: skip
        fixed = views(*columns)
        kernel = self._kernel
        while True:
            status = kernel.pair(*fixed, *views(*self._tables()))
            if status in (kernel.DONE, kernel.FULL_OUTPUT):
                yield from self._blocks()
            if status == kernel.DONE:
                return
            self._grow(status)

    def _tables(self) -> tuple[npt.NDArray[Any], ...]:
        return (
            self._pool, self._free, self._pages, self._spans, self._state, self._objects_out,
            self._small_out, self._spans_out,
        )  # fmt: skip

    def _grow(self, status: int) -> None:
        kernel, seed = self._kernel, self._value("seed")
        if status == kernel.FULL_OBJECTS:
            self._pool = _longer(self._pool)
        elif status == kernel.FULL_PAGES:
            pages = np.zeros((2 * len(self._pages), 2), np.int64)
            kernel.rehash_pages(*views(self._pages, pages), seed)
            self._pages = pages
        elif status == kernel.FULL_SPANS:
            self._spans = _longer(self._spans)

    def _blocks(self) -> Iterable[Block]:
        # Copies, for rows may wait long to be written, and the kernel's memory is large.
        count = self._take("objects_out")
        spans = self._spans_out[:, : self._take("spans_out")].copy()
        if count:
            yield "objects", self._objects(self._objects_out, self._small_out, count)
        if spans.shape[1]:
            yield "spans", self._span_columns(spans)

    def _objects(self, wide: Rows, small: Small, count: int) -> Columns:
        """The first rows of the kernel's columns (5 x n and 7 x n) as those of `objects`."""
        layout = self._layout
        wide_out, small_out = np.empty((9, count), np.int64), np.empty((5, count), np.int32)
        is_noscan = np.empty(count, np.bool_)
        units = (layout.lowest_address, layout.object_unit_bytes, layout.page_bytes)
        outputs = views(wide_out, small_out, is_noscan.view(np.uint8))
        self._kernel.table_rows(*views(wide, small), *units, *outputs)
        begin, end, duration_, address, span, size, goroutine, cycle, end_cycle = wide_out
        span_class, size_class, type_, allocations, proc = small_out
        columns: dict[str, Column] = {
            "time_ns": begin,
            "end_time_ns": end,
            "duration_ns": duration_,
            "address": address.view(np.uint64),
            "span_id": span,
            "span_class": span_class,
            "size_class": size_class,
            "slot_bytes": size,
            "is_noscan": is_noscan,
            "type_id": type_,
            "allocations_count": allocations,
            "proc": proc,
            "goroutine": goroutine,
            "gc_cycle": cycle,
            "end_gc_cycle": end_cycle,
        }
        return Columns(count, columns)

    def _span_columns(self, rows: npt.NDArray[np.int64]) -> Columns:
        page, pages, kind, begin, end, thread, proc, goroutine, number = rows
        page_bytes = self._layout.page_bytes
        is_heap = kind & 1 == 0
        class_ = np.where(is_heap, kind >> 1, -1)
        size_class = class_ >> 1
        known = np.minimum(size_class, len(SLOT_BYTES))
        slot = np.array([*SLOT_BYTES, -1, -1], np.int64)[known]
        size = pages * page_bytes
        columns: dict[str, Column] = {
            "span_id": number,
            "time_ns": begin,
            "end_time_ns": end,
            "duration_ns": duration(begin, end),
            "address": self._address(page, page_bytes),
            "pages_count": pages,
            "size_bytes": size,
            "is_heap": is_heap,
            "span_class": class_.astype(np.int32),
            "size_class": size_class.astype(np.int32),
            "slot_bytes": np.where(size_class == 0, size, slot),
            "is_noscan": is_heap & (kind >> 1 & 1 == 1),
            "thread": thread,
            "proc": proc.astype(np.int32),
            "goroutine": goroutine,
        }
        return Columns(rows.shape[1], columns)

    def _address(self, number: Rows, unit_bytes: int) -> npt.NDArray[np.uint64]:
        lowest = np.uint64(self._layout.lowest_address)
        return number.astype(np.uint64) * np.uint64(unit_bytes) + lowest


class GoroutineStacksFolder(Noteless):
    """Memory of goroutine stacks in the order in which it is freed."""

    tables = ("goroutine_stacks",)
    _existed, _alloc, _free = numbers("GoroutineStack", "GoroutineStackAlloc", "GoroutineStackFree")

    def __init__(self) -> None:
        self._stays = Stays(5)
        self._layout = _USUAL
        self._generation: GenerationTables | None = None

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """The stacks that are freed in the chunk."""
        if chunk.events.generation is not self._generation:
            self._generation = chunk.events.generation
            self._layout = decode(self._generation)[0] or self._layout
        rows = chunk.rows((self._existed, self._alloc, self._free))
        if not len(rows):
            return
        kinds = chunk.events.type[rows]
        is_free = kinds == self._free
        order = np.zeros(len(rows), np.int64)
        order[~is_free] = chunk.argument(rows[~is_free], 1)
        events = chunk.events
        proc = events.proc[rows].astype(np.int64)
        context = [events.thread[rows], proc, events.goroutine[rows]]
        values = np.stack([chunk.time_ns[rows], *context, order], axis=1)
        values[kinds == self._existed, :4] = -1
        memory = chunk.argument(rows, 0)
        last = self._stays.advance(memory, values, is_free)
        # Memory that is allocated again was freed, if the trace says so or not.
        ended = np.flatnonzero((last[:, 4] > 0) | is_free)
        if len(ended):
            yield self._block(memory[ended], last[ended], chunk.time_ns[rows[ended]])

    def finish(self, end_ns: int) -> Iterable[Block]:
        """The stacks that are there when the trace ends."""
        memory, last = self._stays.rest()
        if len(memory):
            yield self._block(memory, last, np.full(len(memory), -1, np.int64))

    def _block(self, memory: Rows, last: Rows, end: Rows) -> Block:
        begin, thread, proc, goroutine, order = last.T
        lowest = np.uint64(self._layout.lowest_address)
        unit = np.uint64(self._layout.stack_unit_bytes)
        columns: dict[str, Column] = {
            "time_ns": begin,
            "end_time_ns": end,
            "duration_ns": duration(begin, end),
            "address": memory.astype(np.uint64) * unit + lowest,
            "size_bytes": np.where(order > 0, 1 << np.clip(order - 1, 0, 62), -1),
            "thread": thread,
            "proc": proc.astype(np.int32),
            "goroutine": goroutine,
        }
        return "goroutine_stacks", Columns(len(memory), columns)


def _longer(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same rows, and room for a quarter more: in place, for two tables would not fit."""
    table.resize((len(table) + len(table) // 4, table.shape[1]), refcheck=False)
    return table
