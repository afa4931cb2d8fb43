"""The readable replay: a stream lived through by a readable heap, row by row.

It says what the compiled replay does, and stands in where no kernel was built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.breaches import Breach, Breaches
from gotrace.model.heap import Heap
from gotrace.model.policy import Policy
from gotrace.model.replayed import (
    MAX_CACHES,
    MAX_HEAP_BYTES,
    MIN_GOAL_BYTES,
    Placements,
    Replayed,
)
from gotrace.model.sizes import MAX_REQUEST_BYTES
from gotrace.model.stacks import is_stack_size
from gotrace.model.stream import StepKind, Stream

__all__ = ["Player"]

_NOWHERE = (-1,) * len(Placements._fields)


@dataclass
class _Slot:
    """A slot in use; objects of a tiny block share one."""

    address: int
    slot_bytes: int
    live_count: int = 0
    is_listed: bool = False
    """Whether it stands among what the next mark may find dead."""


class Player:
    """The replay of one stream, row by row."""

    def __init__(self, stream: Stream, policy: Policy, heap: Heap) -> None:
        self.heap = heap
        self.rows: list[tuple[int, ...]] = []
        self.marks_count = 0
        self.breaches = Breaches()
        self._stream = stream
        self._frees_at_once = policy.frees_at_once
        self._kinds: list[int] = stream.kind.tolist()
        self._has_marks = StepKind.MARK_END in self._kinds
        self._numbers = set(stream.object[stream.kind == StepKind.ALLOC].tolist())
        """Objects that are allocated anywhere in the stream."""
        self._objects: dict[int, _Slot] = {}
        """Object → its slot, while it lives."""
        self._slots: dict[tuple[int, int], _Slot] = {}
        """(Span, slot) → what lives there."""
        self._gone: set[int] = set()
        self._swept: set[int] = set()
        """Objects that a mark found dead before their `FREE` row came."""
        self._stacks: dict[int, tuple[int, int]] = {}
        """Stack → address and size."""
        self._dead: list[_Slot] = []
        """What the next mark finds dead, unless a tiny object has joined it since."""
        self._in_use_bytes = 0
        self._goal_bytes = MIN_GOAL_BYTES
        self._is_marking = False

    def play(self, before_row: Callable[[int], None] | None = None) -> None:
        """All rows. `before_row` is called before each, with its number: a clock, a watcher."""
        sweeps = self._frees_by_mark() if self._stream.is_swept else {}
        rows = zip(
            self._kinds,
            self._stream.cache.tolist(),
            self._stream.object.tolist(),
            self._stream.size.tolist(),
            self._stream.has_pointers.tolist(),
            strict=True,
        )
        for row, (kind, cache, number, size, has_pointers) in enumerate(rows):
            placed = _NOWHERE
            if before_row is not None:
                before_row(row)
            if kind == StepKind.ALLOC:
                placed = self._allocate(row, cache, number, size, has_pointers)
            elif kind == StepKind.FREE:
                self._free(row, cache, number)
            elif kind == StepKind.MARK_BEGIN:
                self._mark_begin(row)
            elif kind == StepKind.MARK_END:
                self._mark_end(row, sweeps.get(row, []))
            elif kind == StepKind.STACK_ALLOC:
                self._stack_allocate(row, cache, number, size)
            elif kind == StepKind.STACK_FREE:
                self._stack_free(row, cache, number)
            elif kind == StepKind.FLUSH:
                self._flush(row, cache)
            elif kind == StepKind.PROCS:
                self._procs(row, size)
            else:
                self.breaches.add(Breach.UNKNOWN_KIND, row)
            self.rows.append(placed)

    def replayed(self) -> Replayed:
        """What became of the rows played."""
        placements = Placements.empty(len(self.rows))
        columns: tuple[NDArray[Any], ...] = placements
        for number, column in enumerate(columns):
            column[:] = [row[number] for row in self.rows]
        statistics = self.heap.statistics()
        return Replayed(statistics, placements, self.marks_count, self.breaches.notes())

    def _frees_by_mark(self) -> dict[int, list[int]]:
        """Row of each `MARK_END` → the objects freed from there to the next mark."""
        found: dict[int, list[int]] = {}
        current: list[int] = []
        rows = zip(self._kinds, self._stream.object.tolist(), strict=True)
        for row, (kind, number) in enumerate(rows):
            if kind == StepKind.MARK_END:
                current = found.setdefault(row, [])
            elif kind == StepKind.MARK_BEGIN:
                current = []
            elif kind == StepKind.FREE:
                current.append(number)
        return found

    def _allocate(
        self, row: int, cache: int, number: int, size: int, has_pointers: bool
    ) -> tuple[int, ...]:
        breach = self._refusal(cache, size)
        if breach is None and (number in self._objects or number in self._gone):
            breach = Breach.ALLOCATED_TWICE
        if breach is not None:
            self.breaches.add(breach, row)
            return _NOWHERE
        try:
            made = self.heap.allocate(cache, size, has_pointers)
        except ValueError:  # the one reservation of an old version is used up
            self.breaches.add(Breach.TOO_MUCH_MEMORY, row)
            return _NOWHERE
        key = made.span, made.slot
        slot = self._slots.get(key)
        if slot is None or made.is_new_slot:
            slot = self._slots[key] = _Slot(made.address, made.slot_bytes)
            self._in_use_bytes += made.slot_bytes
        slot.live_count += 1
        self._objects[number] = slot
        if not self._has_marks and self._in_use_bytes >= self._goal_bytes:
            self._collect()
        return tuple(made)

    def _refusal(self, cache: int, size: int) -> Breach | None:
        """Why no memory is given out, if so."""
        if not 0 <= cache < MAX_CACHES:
            return Breach.IMPOSSIBLE_CACHE
        if not 0 <= size < MAX_REQUEST_BYTES:
            return Breach.IMPOSSIBLE_SIZE
        return Breach.TOO_MUCH_MEMORY if self._in_use_bytes + size > MAX_HEAP_BYTES else None

    def _free(self, row: int, cache: int, number: int) -> None:
        if number in self._swept:
            self._swept.remove(number)
        elif number in self._objects:
            slot = self._drop(number)
            if self._frees_at_once:
                self._free_at_once(slot, max(0, min(cache, MAX_CACHES - 1)))
            elif not slot.live_count and not slot.is_listed:
                slot.is_listed = True
                self._dead.append(slot)
        elif number in self._gone:
            self.breaches.add(Breach.DOUBLE_FREE, row)
        else:
            is_early = number in self._numbers
            self.breaches.add(Breach.EARLY_FREE if is_early else Breach.UNKNOWN_OBJECT, row)

    def _free_at_once(self, slot: _Slot, cache: int) -> None:
        if not slot.live_count and slot.slot_bytes:
            self._in_use_bytes -= slot.slot_bytes
            self.heap.free(slot.address, cache)

    def _drop(self, number: int) -> _Slot:
        """Object `number` is not used any longer; gives its slot."""
        slot = self._objects.pop(number)
        self._gone.add(number)
        slot.live_count -= 1
        return slot

    def _mark_begin(self, row: int) -> None:
        if self._is_marking:
            self.breaches.add(Breach.MARK_ORDER, row)
        elif not self._frees_at_once:
            self._is_marking = True
            self.heap.begin_mark()

    def _mark_end(self, row: int, swept: list[int]) -> None:
        if self._frees_at_once:
            return
        if not self._is_marking:
            self.breaches.add(Breach.MARK_ORDER, row)
            return
        for number in swept:
            if number in self._objects:
                self._free(row, 0, number)
                self._swept.add(number)
        dead = [slot for slot in self._dead if not slot.live_count and slot.slot_bytes]
        for slot in self._dead:
            slot.is_listed = False
        self._dead = []
        self._in_use_bytes -= sum(slot.slot_bytes for slot in dead)
        self._is_marking = False
        self.marks_count += 1
        self.heap.end_mark([slot.address for slot in dead])

    def _collect(self) -> None:
        """A mark that takes no time; the next one when twice as much is in use."""
        self._mark_begin(0)
        self._mark_end(0, [])
        self._goal_bytes = max(MIN_GOAL_BYTES, 2 * self._in_use_bytes)

    def _flush(self, row: int, cache: int) -> None:
        if 0 <= cache < MAX_CACHES:
            self.heap.flush(cache)
        else:
            self.breaches.add(Breach.IMPOSSIBLE_CACHE, row)

    def _stack_allocate(self, row: int, cache: int, number: int, size: int) -> None:
        if not isinstance(self.heap, BitmapHeap):
            self.breaches.add(Breach.NO_STACKS, row)
        elif not -1 <= cache < MAX_CACHES:
            self.breaches.add(Breach.IMPOSSIBLE_CACHE, row)
        elif number in self._stacks:
            self.breaches.add(Breach.ALLOCATED_TWICE, row)
        elif self._in_use_bytes + size > MAX_HEAP_BYTES:
            self.breaches.add(Breach.TOO_MUCH_MEMORY, row)
        elif not is_stack_size(size):
            self.breaches.add(Breach.IMPOSSIBLE_SIZE, row)
        else:
            try:
                address = self.heap.stacks.allocate(size, None if cache < 0 else cache)
            except ValueError:  # as for objects
                self.breaches.add(Breach.TOO_MUCH_MEMORY, row)
                return
            self._stacks[number] = address, size
            self._in_use_bytes += size

    def _stack_free(self, row: int, cache: int, number: int) -> None:
        if not isinstance(self.heap, BitmapHeap):
            self.breaches.add(Breach.NO_STACKS, row)
        elif not -1 <= cache < MAX_CACHES:
            self.breaches.add(Breach.IMPOSSIBLE_CACHE, row)
        elif number not in self._stacks:
            self.breaches.add(Breach.UNKNOWN_OBJECT, row)
        else:
            address, size = self._stacks.pop(number)
            self.heap.stacks.free(address, size, None if cache < 0 else cache)
            self._in_use_bytes -= size

    def _procs(self, row: int, count: int) -> None:
        if not 0 < count <= MAX_CACHES:
            self.breaches.add(Breach.IMPOSSIBLE_CACHE, row)
        elif isinstance(self.heap, BitmapHeap):
            self.heap.set_procs(count)
