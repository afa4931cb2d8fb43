"""One allocator's replay in numbers: what it gave out, and its heap at chosen moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gotrace.analyses.replay.bounds import StreamBounds, is_decided
from gotrace.analyses.replay.moments import Numbers
from gotrace.model.heap import Statistics
from gotrace.model.policy import Policy
from gotrace.model.replay import replay
from gotrace.model.replayed import Replayed, Stop
from gotrace.model.sizes import Kind, size_rules
from gotrace.model.stream import StepKind, Stream
from gotrace.tables.notes import Note

__all__ = ["Given", "Look", "Progress", "Run", "Runs", "joins_tiny", "moments_of", "run_all"]

Progress = Callable[[str, int, int], None]
"""Called with the allocator's name, the rows played and all rows."""

_MOST_MARKS = 256
_MOST_BETWEEN = 128


class Given(NamedTuple):
    """What was given out of one size class in the whole stream."""

    slots_count: int
    slots_bytes: int


class Look(NamedTuple):
    """The heap after `row` rows. Dead objects count until they are swept."""

    row: int
    marks_count: int
    objects_count: int
    object_bytes: int
    """Of slots."""
    span_bytes: int
    """Spans of objects: all that follow here, and the slots."""
    spans_count: int
    tail_bytes: int
    """Ends of spans that no slot fits, and the runtime's bits."""
    free_slot_bytes: int
    manual_bytes: int
    """Spans of stacks."""
    idle_bytes: int
    released_bytes: int
    class_bytes: dict[int, int]
    """Slot size (0: large) → bytes of spans."""


@dataclass(frozen=True)
class Run:
    """One replay."""

    name: str
    page_bytes: int
    given: dict[int, Given]
    """Slot size (0: large) → what was given out."""
    looks: tuple[Look, ...]
    marks_count: int
    notes: tuple[Note, ...]

    @property
    def peak(self) -> Look:
        """Where spans were largest, of the moments looked at."""
        return max(self.looks, key=lambda look: look.span_bytes)

    @property
    def slots_bytes(self) -> int:
        """Given out in the whole stream."""
        return sum(given.slots_bytes for given in self.given.values())


@dataclass(frozen=True)
class Runs:
    """One allocator: the replay of the smallest and of the largest sizes, which may be one."""

    name: str
    least: Run
    most: Run
    least_asked_bytes: int
    """Of the rows that were placed in a slot."""
    most_asked_bytes: int

    @property
    def is_one(self) -> bool:
        """Whether the sizes that are not known make no difference to this allocator."""
        return self.least is self.most

    @property
    def both(self) -> tuple[Run, ...]:
        """Each replay once."""
        return (self.least,) if self.is_one else (self.least, self.most)


def joins_tiny(policy: Policy) -> bool:
    """Whether tiny objects share slots."""
    return policy.sizes.request(1).kind is Kind.TINY


def moments_of(stream: Stream, extra: Sequence[int] = ()) -> list[int]:
    """Numbers of rows after which to look: mark ends, evenly between them, `extra`, and the end."""
    marks = np.flatnonzero(stream.kind == StepKind.MARK_END) + 1
    between = np.linspace(0, len(stream), _MOST_BETWEEN + 1).astype(np.int64)[1:]
    wanted = {*_evenly(marks, _MOST_MARKS).tolist(), *between.tolist(), *extra}
    return sorted(row for row in wanted if row > 0)


def _evenly(rows: Numbers, most: int) -> Numbers:
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def run_all(
    bounds: StreamBounds,
    policy: Policy,
    stops: Sequence[int],
    progress: Progress | None = None,
) -> Runs:
    """Replay the bounds on `policy`: once where the unknown sizes make no difference, else twice.

    Raises ModelError as `gotrace.model.replay.replay`.
    """
    is_one = is_decided(bounds, policy)
    told = _told(policy.name, len(bounds), 1 if is_one else 2, progress)
    most, placed = _run(bounds.most, policy, stops, told(0))
    least = most if is_one else _run(bounds.least, policy, stops, told(1))[0]
    return Runs(
        policy.name,
        least,
        most,
        int(bounds.least_asked_bytes[placed].sum()),
        int(bounds.most_asked_bytes[placed].sum()),
    )


def _told(
    name: str, rows: int, replays: int, progress: Progress | None
) -> Callable[[int], Callable[[int], None] | None]:
    """For each replay what tells how far all of them are."""

    def of(number: int) -> Callable[[int], None] | None:
        if progress is None:
            return None
        return lambda row: progress(name, number * rows + row, replays * rows)

    return of


def _run(
    stream: Stream,
    policy: Policy,
    stops: Sequence[int],
    progress: Callable[[int], None] | None,
) -> tuple[Run, Numbers]:
    """The replay, and the rows that were placed."""
    replayed = replay(stream, policy, stops=stops, progress=progress)
    placed = np.flatnonzero(replayed.placements.slot >= 0)
    looks = tuple(_look(policy.name, stop) for stop in replayed.stops)
    run = Run(
        policy.name,
        policy.sizes.page_bytes,
        _given(replayed),
        looks,
        replayed.marks_count,
        replayed.notes,
    )
    return run, placed


def _given(replayed: Replayed) -> dict[int, Given]:
    placements = replayed.placements
    is_new = placements.is_new_slot > 0
    classes = placements.size_class[is_new].astype(np.int64)
    sizes = placements.slot_bytes[is_new]
    counts = np.bincount(classes)
    found: dict[int, Given] = {}
    for number in np.flatnonzero(counts).tolist():
        size = sizes[classes == number]
        found[int(size[0]) if number else 0] = Given(int(counts[number]), int(size.sum()))
    return dict(sorted(found.items(), key=lambda item: item[0] or 1 << 62))


class _SpanClass(NamedTuple):
    slot_bytes: int
    span_bytes: int
    tail_bytes: int


@lru_cache
def _span_classes(name: str) -> dict[int, _SpanClass]:
    """Span class → what its spans look like; large objects have none."""
    rules = size_rules(name)
    found = {}
    for size_class in rules.classes:
        for size in (size_class.size_bytes, size_class.size_bytes - 8):
            for has_pointers in (False, True):
                if not 0 < size <= rules.max_small_bytes:
                    continue
                request = rules.request(size, has_pointers)
                whole = request.npages * rules.page_bytes
                tail = whole - request.objects_per_span * request.slot_bytes
                found[request.span_class] = _SpanClass(request.slot_bytes, whole, tail)
    return found


def _look(name: str, stop: Stop) -> Look:
    statistics = stop.statistics
    known = _span_classes(name)
    class_bytes: dict[int, int] = {}
    tail = 0
    for span_class, spans in statistics.spans_by_class.items():
        shape = known.get(span_class)
        if shape is not None:
            slot = shape.slot_bytes
            class_bytes[slot] = class_bytes.get(slot, 0) + spans * shape.span_bytes
            tail += spans * shape.tail_bytes
    large = statistics.in_use_bytes - sum(class_bytes.values())
    if large:
        class_bytes[0] = large
    return Look(
        stop.row,
        stop.marks_count,
        sum(statistics.objects_by_class.values()),
        sum(statistics.bytes_by_class.values()),
        statistics.in_use_bytes,
        sum(statistics.spans_by_class.values()),
        tail,
        _free_slots(statistics, tail),
        statistics.manual_bytes,
        statistics.idle_bytes,
        statistics.released_bytes,
        class_bytes,
    )


def _free_slots(statistics: Statistics, tail: int) -> int:
    """What is left of the spans."""
    return statistics.in_use_bytes - sum(statistics.bytes_by_class.values()) - tail
