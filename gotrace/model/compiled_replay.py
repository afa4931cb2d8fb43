"""The compiled replay: columns in, columns out, a chunk of rows at a time.

The kernels are those of `KERNELS`; what they do is said by the readable replay
(`gotrace.model.player`) and the readable heaps. Between chunks Python has its turn, so that a long
replay can be interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from gotrace import kernels
from gotrace.model import compiled_heaps, compiled_list_heaps
from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.breaches import Breach, Breaches
from gotrace.model.compiled_memory import CompiledHeap
from gotrace.model.policy import Policy
from gotrace.model.replayed import MAX_HEAP_BYTES, MIN_GOAL_BYTES, Placements, Replayed, Stop
from gotrace.model.sizes import MAX_REQUEST_BYTES
from gotrace.model.stream import StepKind, Stream
from gotrace.tables.notes import Note

__all__ = ["is_built", "new_player", "play"]

_CHUNK_ROWS = 1 << 18

_MOST_GAPS = 2
"""Numbers up to so many times the rows are taken as they are."""

_NUMBERED = (
    ("records", (StepKind.ALLOC, StepKind.FREE)),
    ("stacks", (StepKind.STACK_ALLOC, StepKind.STACK_FREE)),
)
"""Columns of the player, and the kinds of rows whose objects have a place in them."""


_KERNELS: tuple[tuple[str, Callable[[Policy], bool], type[CompiledHeap]], ...] = (
    ("heap_replay", compiled_heaps.is_known, compiled_heaps.CompiledBitmapHeap),
    ("list_heap_replay", compiled_list_heaps.is_list_heap, compiled_list_heaps.CompiledListHeap),
)
"""Kernel, which policies it has all parts of, and their heap."""


def is_built(policy: Policy) -> bool:
    """Whether there is a compiled heap for `policy` here."""
    return any(is_known(policy) and kernels.is_built(name) for name, is_known, _ in _KERNELS)


def play(
    stream: Stream,
    policy: Policy,
    first_address: int,
    stops: Sequence[int] = (),
    progress: Callable[[int], None] | None = None,
) -> Replayed:
    """As `gotrace.model.replay.replay`. Raises ModelError if an invariant of the heap breaks."""
    name, _, compiled = next(row for row in _KERNELS if row[1](policy))
    kernel = kernels.load(name)
    heap = compiled(kernel, policy, first_address)
    player, placements = new_player(kernel, heap, stream, policy)
    wanted, seen = frozenset(stops), list[Stop]()
    for end in sorted({*_chunks(len(stream)), *wanted}):
        while (status := player.play(end)) != 0:
            heap.grow(status)
        if end in wanted:
            seen.append(Stop(end, int(player.marks_count), heap.statistics()))
        if progress is not None:
            progress(end)
    marks_count = int(player.marks_count)
    return Replayed(heap.statistics(), placements, marks_count, _breaches(player), tuple(seen))


def new_player(
    kernel: ModuleType, heap: CompiledHeap, stream: Stream, policy: Policy
) -> tuple[Any, Placements]:
    """The kernel's player before the first row, and what it will fill in."""
    player = kernel.Player(heap.heap)
    placements = Placements.empty(len(stream))
    for column, values in placements._asdict().items():
        setattr(player, f"to_{column}", values)
    player.breach_counts, player.breach_rows = np.zeros((2, len(Breach)), np.int64)
    _feed(player, stream, policy)
    begin = 0
    for end in _chunks(len(stream)):
        player.expect(begin, end)
        begin = end
    return player, placements


def _chunks(rows: int) -> Iterator[int]:
    """Where each chunk of rows ends."""
    for begin in range(0, rows, _CHUNK_ROWS):
        yield min(begin + _CHUNK_ROWS, rows)


def _feed(player: Any, stream: Stream, policy: Policy) -> None:
    """Give the player the stream's columns, objects numbered from 0 on, and its limits."""
    kinds = np.ascontiguousarray(stream.kind, np.uint8)
    objects = given = np.ascontiguousarray(stream.object, np.int64)
    for name, (begin, end) in _NUMBERED:
        is_meant = (kinds == begin) | (kinds == end)
        lowest = objects.min(where=is_meant, initial=0)
        highest = objects.max(where=is_meant, initial=0)
        if lowest < 0 or highest > _MOST_GAPS * len(objects):
            objects = objects.copy() if objects is given else objects
            _, objects[is_meant] = np.unique(objects[is_meant], return_inverse=True)
            highest = objects.max(where=is_meant, initial=0)
        setattr(player, name, np.zeros(int(highest) + 1, np.int64))
    player.kinds, player.objects = kinds, objects
    player.caches = np.ascontiguousarray(stream.cache, np.int32)
    player.sizes = np.ascontiguousarray(stream.size, np.int64)
    player.pointers = np.ascontiguousarray(stream.has_pointers, np.bool_).view(np.uint8)
    player.has_marks = bool((kinds == StepKind.MARK_END).any())
    player.is_swept = stream.is_swept
    player.has_stacks = isinstance(policy.heap, type) and issubclass(policy.heap, BitmapHeap)
    player.frees_at_once = policy.frees_at_once
    player.max_heap_bytes = MAX_HEAP_BYTES
    player.max_request_bytes = MAX_REQUEST_BYTES
    player.min_goal_bytes = player.goal_bytes = MIN_GOAL_BYTES


def _breaches(player: Any) -> tuple[Note, ...]:
    """The notes of what the player counted."""
    found = Breaches()
    counts, rows = np.asarray(player.breach_counts), np.asarray(player.breach_rows)
    for number, breach in enumerate(Breach):
        if counts[number]:
            found.counts[breach] = int(counts[number])
            found.first_rows[breach] = int(rows[number])
    return found.notes()
