"""What the recording itself says of the figures that a model is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gotrace.analyses.replay.batch import CLASS_ROWS
from gotrace.analyses.replay.heap import HeapReplay
from gotrace.analyses.replay.heap_tables import composition
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.pairs import states
from gotrace.analyses.replay.requests import span_class_at
from gotrace.analyses.replay.runs import Given
from gotrace.model.stream import Stream

__all__ = ["Recorded", "recorded"]


@dataclass(frozen=True)
class Recorded:
    """The recorded heap at moments: columns of equal length, by time. Dead objects that are not
    swept yet count, as in `gotrace.analyses.replay.runs.Look`."""

    version: str
    time_ns: Numbers
    cycle: Numbers
    """Whose end it is; 0 for moments between."""
    objects_count: Numbers
    object_bytes: Numbers
    span_bytes: Numbers
    tail_bytes: Numbers
    free_slot_bytes: Numbers
    given: dict[int, Given]
    """Slot size (0: large) → what was given out, what was there before included."""
    peak_class_bytes: dict[int, int]
    """Slot size (0: large) → bytes of spans at the tick of most."""

    @property
    def peak(self) -> int:
        """The moment at which spans were largest."""
        return int(np.argmax(self.span_bytes)) if len(self.span_bytes) else 0

    def rows(self, stream: Stream) -> Numbers:
        """How many rows of `stream` (with times) had happened at each moment."""
        if stream.time_ns is None:
            return np.zeros(len(self.time_ns), np.int64)
        return np.searchsorted(stream.time_ns, self.time_ns, side="right")


def recorded(heap: HeapReplay) -> Recorded:
    """The moments of a heap that is closed, in the order of their times."""
    ticks, cycles = composition(heap, by_cycle=False), composition(heap, by_cycle=True)
    joined = {name: np.concatenate([ticks[name], cycles[name]]) for name in _NAMES}
    between = np.zeros(len(ticks["time_ns"]), np.int64)
    cycle = np.concatenate([between, heap.cycle_ends.cycles])
    order = np.argsort(joined["time_ns"], kind="stable")
    return Recorded(
        str(heap.version),
        cycle=cycle[order],
        **{name: values[order] for name, values in joined.items()},
        given=_given(heap),
        peak_class_bytes=_peak_class_bytes(heap, ticks["span_bytes"]),
    )


_NAMES = (
    "time_ns", "objects_count", "object_bytes", "span_bytes", "tail_bytes", "free_slot_bytes"
)  # fmt: skip


def _slot(heap: HeapReplay, row: int) -> int:
    found = span_class_at(heap.version, row)
    return found.slot_bytes if found is not None and found.size_class else 0


def _given(heap: HeapReplay) -> dict[int, Given]:
    pairs = heap.pairs
    found: dict[int, Given] = {}
    objects, size = (values[:, states(0)].sum(axis=1) for values in (pairs.objects, pairs.bytes))
    for pair, row in enumerate(pairs.class_row.tolist()):
        slot = _slot(heap, row)
        before = found.get(slot, Given(0, 0))
        found[slot] = Given(before[0] + int(objects[pair]), before[1] + int(size[pair]))
    return found


def _peak_class_bytes(heap: HeapReplay, span_bytes: Numbers) -> dict[int, int]:
    size = heap.census.span_bytes_at(len(span_bytes))[:, int(np.argmax(span_bytes))]
    found: dict[int, int] = {}
    for row in range(CLASS_ROWS):
        if size[row]:
            slot = _slot(heap, row)
            found[slot] = found.get(slot, 0) + int(size[row])
    return found
