"""Where in the address space the heap was: arenas, chunks, and how full each was over time.

Arenas have 64 MiB; the heap grows within them in chunks of 4 MiB (`runtime/malloc.go`,
heapArenaBytes; `runtime/mpagealloc.go`, pallocChunkBytes). A piece here is 64 KiB at first; pieces
are joined two by two when there are too many.
"""

from __future__ import annotations

import numpy as np

from gotrace.analyses.replay.batch import MOST_BYTES, Objects, Spans, views
from gotrace.analyses.replay.moments import NEVER, Numbers, Steps, Ticks
from gotrace.kernels import load
from gotrace.tables.columns import distinct

__all__ = ["ARENA_BYTES", "CHUNK_BYTES", "AddressMap"]

ARENA_BYTES = 64 << 20
CHUNK_BYTES = 4 << 20
_MOST_PIECES = 1 << 11
_MOST_RANGE = 1 << 20
"""Pieces between the lowest and the highest address: the table of their rows is so long."""
_FIRST_SHIFT = 16
_MOST_CHUNKS = 1 << 18
"""Chunks whose first use is remembered: 1 TiB."""
_AHEAD = 1 << 12
_MOST_PARTS = 1 << 20
"""Pieces that the spans of a block may lie in, added up."""
_MOST_LOOKS = 1 << 20
"""At chunks of spans that lie in several."""
_SPANS, _OBJECTS, _MANUAL = range(3)


class AddressMap:
    """Bytes of heap spans, of the objects in them, and of stacks, by piece and tick."""

    def __init__(self, ticks: Ticks) -> None:
        self._kernel = load("heap_census")
        self._ticks = ticks
        self.shift = _FIRST_SHIFT
        self._base = 0
        self._row_of: Numbers = np.full(0, -1, np.int64)
        self._pieces: list[int] = []
        self._steps = [Steps(ticks, 64) for _ in range(3)]
        self._chunks: dict[int, int] = {}
        self._looks = _MOST_LOOKS
        self.lost_chunks = False
        """There were more chunks than are remembered."""

    @property
    def piece_bytes(self) -> int:
        """The size of a piece."""
        return 1 << self.shift

    def add_objects(self, objects: Objects) -> None:
        """Rows of `objects`."""
        self._add_small(objects)
        large = objects.large
        if len(large):
            first = self._ticks.place(objects.begin_ns[large])
            end = objects.end_ns[large]
            gone = np.where(end < 0, NEVER, self._ticks.place(end))
            size = np.clip(objects.slot_bytes[large], 0, MOST_BYTES)
            address = (objects.address[large] & np.uint64(MOST_BYTES - 1)).astype(np.int64)
            self._add(_OBJECTS, address, size, first, gone)

    def _add_small(self, objects: Objects) -> None:
        row = 0
        while True:
            row = self._kernel.places(
                *objects.life, *views(objects.slot_bytes, objects.address), self._ticks.shift,
                self.shift, self._base, *views(self._row_of), self._steps[_OBJECTS].changes, row,
            )  # fmt: skip
            if row >= len(objects):
                return
            # One piece is missing; most likely those of the next objects are, too.
            ahead = objects.address[row : row + _AHEAD] & np.uint64(MOST_BYTES - 1)
            small = objects.span_class[row : row + _AHEAD] >= 2
            self._rows(ahead[small].astype(np.int64))

    def add_spans(self, spans: Spans) -> None:
        """Rows of `spans`."""
        self._grow(spans)
        first, gone = spans.places(self._ticks)
        for kind, wanted in ((_SPANS, spans.is_heap), (_MANUAL, ~spans.is_heap)):
            here = np.flatnonzero(wanted)
            places = (spans.address, spans.size_bytes, first, gone)
            self._add(kind, *(column[here] for column in places))

    def _add(
        self, kind: int, address: Numbers, size: Numbers, first: Numbers, gone: Numbers
    ) -> None:
        """Add memory that may lie in several pieces."""
        here = np.flatnonzero((first != gone) & (size > 0))
        if not len(here):
            return
        begin = address[here]
        end = begin + size[here]
        self._cover(int(begin.min()), int(end.max()) - 1)
        while int((size[here] >> self.shift).sum()) > _MOST_PARTS:
            self._join()
        which, piece, amount = self._split(begin, end)
        row = self._rows(piece << self.shift)
        self._steps[kind].add(row, first[here][which], gone[here][which], amount)

    def _split(self, begin: Numbers, end: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """For each part of a span in a piece: the span, the piece, the bytes."""
        low, high = begin >> self.shift, (end - 1) >> self.shift
        counts = high - low + 1
        which = np.repeat(np.arange(len(begin)), counts)
        piece = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        inner = np.maximum(begin[which], piece << self.shift)
        outer = np.minimum(end[which], (piece + 1) << self.shift)
        return which, piece, outer - inner

    def pieces(self, count: int) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Addresses in order; bytes of heap spans, objects and stacks: pieces x `count` ticks."""
        number = np.array(self._pieces, np.int64)
        order = np.argsort(number)
        spans, objects, manual = (steps.values(count)[order] for steps in self._steps)
        return number[order] << self.shift, spans, objects, manual

    def mapped_bytes(self, times_ns: Numbers) -> Numbers:
        """Of chunks that had been used until each time: the heap has mapped at least these."""
        since = np.sort(np.array(list(self._chunks.values()), np.int64))
        return np.searchsorted(since, times_ns, side="right") * CHUNK_BYTES

    def chunks(self) -> dict[int, int]:
        """Address of each chunk that was used, and the time of its first use (-1: before)."""
        return {number * CHUNK_BYTES: since for number, since in sorted(self._chunks.items())}

    def _grow(self, spans: Spans) -> None:
        low = spans.address // CHUNK_BYTES
        high = (spans.address + np.maximum(spans.size_bytes, 1) - 1) // CHUNK_BYTES
        order = np.argsort(spans.begin_ns, kind="stable")
        low, high, since = low[order], high[order], spans.begin_ns[order]
        # The first use of a chunk decides: the others need no look.
        first_uses = np.unique(low, return_index=True)[1]
        wide = np.flatnonzero(high > low)
        for row in distinct(np.concatenate([first_uses, wide])).tolist():
            self._use(int(low[row]), int(high[row]), int(since[row]))

    def _use(self, first: int, last: int, since: int) -> None:
        room = min(_MOST_CHUNKS - len(self._chunks), self._looks)
        self.lost_chunks |= last - first >= room
        self._looks -= min(last - first, room)
        for number in range(first, min(last, first + room) + 1):
            if since < self._chunks.get(number, since + 1):
                self._chunks[number] = since

    def _rows(self, addresses: Numbers) -> Numbers:
        """The row of the piece of each address, which there is from now on."""
        self._cover(int(addresses.min()), int(addresses.max()))
        while True:
            place = (addresses >> self.shift) - self._base
            row: Numbers = self._row_of[place]
            new = np.unique(place[row < 0], return_counts=True)[0]
            if len(self._pieces) + len(new) <= _MOST_PIECES:
                break
            self._join()
        if not len(new):
            return row
        self._row_of[new] = len(self._pieces) + np.arange(len(new))
        self._pieces += (new + self._base).tolist()
        if len(self._pieces) > self._steps[0].rows:
            size = 1 << (len(self._pieces) - 1).bit_length()
            for steps in self._steps:
                steps.resize(size)
        row = self._row_of[place]
        return row

    def _cover(self, low: int, high: int) -> None:
        """Make the table of rows reach from address `low` to `high`; joins pieces if it must."""
        if self._pieces:
            low = min(low, min(self._pieces) << self.shift)
            high = max(high, max(self._pieces) << self.shift)
        if not self._covers(low, high):
            while (high >> self.shift) - (low >> self.shift) >= _MOST_RANGE:
                self._join()
            self._index(low >> self.shift, high >> self.shift)

    def _covers(self, low: int, high: int) -> bool:
        first, last = low >> self.shift, high >> self.shift
        return self._base <= first and last - self._base < len(self._row_of)

    def _index(self, first: int, last: int) -> None:
        # Room on both sides: heaps grow.
        room = (last - first + 1) // 2 + 64
        self._base = max(first - room, 0)
        self._row_of = np.full(last + room - self._base + 1, -1, np.int64)
        number = np.array(self._pieces, np.int64)
        self._row_of[number - self._base] = np.arange(len(number))

    def _join(self) -> None:
        """Two neighbours become one."""
        self.shift += 1
        number = np.array(self._pieces, np.int64) >> 1
        first, to = np.unique(number, return_inverse=True)
        self._pieces = first.tolist()
        size = max(1 << max(len(first) - 1, 1).bit_length(), 64)
        for steps in self._steps:
            steps.regroup(to.astype(np.int64), size)
        low, high = self._base >> 1, (self._base + len(self._row_of)) >> 1
        self._index(min([low, *self._pieces]), max([high, *self._pieces]))
