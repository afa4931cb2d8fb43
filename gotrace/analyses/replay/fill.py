"""How full every span was at some moments: which spans a few objects keep.

A span goes back to the page heap only when it is empty (`runtime/mgcsweep.go`, sweep): one object
that stays keeps all of it. Here each live span has its own changes of occupancy, two bytes a
moment; when it ends they are added to a histogram, and forgotten.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.batch import CLASS_ROWS, Objects, Spans, views
from gotrace.analyses.replay.moments import Numbers, Ticks
from gotrace.analyses.replay.requests import span_class_at
from gotrace.kernels import load
from gotrace.model.versions import GoVersion

__all__ = ["BUCKETS", "Fill"]

BUCKETS = ("empty", "under 25 %", "25 to 50 %", "50 to 75 %", "75 % and more")
_MOMENTS = 32
_SPANS, _OBJECTS = range(2)


class Fill:
    """Spans of small objects by how full they were."""

    def __init__(self, version: GoVersion) -> None:
        self._kernel = load("heap_census")
        self.ticks = Ticks(_MOMENTS)
        self.ticks.follow(self._thin)
        classes = [span_class_at(version, row) for row in range(CLASS_ROWS)]
        slots = [found.slots_count if found is not None else 1 for found in classes]
        self._slots: Numbers = np.array(slots, np.int64)
        self._rows: dict[int, int] = {}
        self._free: list[int] = []
        self._changes: npt.NDArray[np.int16] = np.zeros((256, _MOMENTS + 2), np.int16)
        self._histogram: Numbers = np.zeros((2, _MOMENTS + 2, CLASS_ROWS, len(BUCKETS)), np.int64)

    def add_objects(self, objects: Objects) -> None:
        """Rows of `objects`: those of a span come before the span's own row."""
        rows = np.empty(len(objects), np.int64)
        found = self._kernel.crossing(
            *objects.life, *views(objects.span), self.ticks.shift, *views(rows)
        )
        here = rows[:found]
        if not found:
            return
        ids, which = np.unique(objects.span[here], return_inverse=True)
        row = np.array([self._row(number) for number in ids.tolist()], np.int64)[which]
        end = objects.end_ns[here]
        first, gone = self.ticks.place(objects.begin_ns[here]), self.ticks.place(end)
        width = self._changes.shape[1]
        flat = self._changes.reshape(-1)
        left = end >= 0
        # Ones of the same type: NumPy adds a plain 1 thirty times slower.
        np.add.at(flat, row * width + first, np.ones(len(row), np.int16))
        gone_at = row[left] * width + gone[left]
        np.subtract.at(flat, gone_at, np.ones(len(gone_at), np.int16))

    def add_spans(self, spans: Spans) -> None:
        """Rows of `spans`."""
        first, gone = spans.places(self.ticks)
        row = spans.class_row
        here = np.flatnonzero((first != gone) & spans.is_heap & (row > 2))
        if not len(here):
            return
        ids = spans.columns.array("span_id")[here].tolist()
        known = [self._rows.pop(number, -1) for number in ids]
        at = np.array(known, np.int64)
        used = np.where(at[:, None] >= 0, self._changes[at], 0).cumsum(axis=1, dtype=np.int64)
        # A free that came late makes a slot count twice: a span holds no more than it does.
        slots = self._slots[row[here]]
        used = np.clip(used, 0, slots[:, None])
        moment = np.arange(used.shape[1])
        there = (first[here][:, None] <= moment) & (moment < gone[here][:, None])
        which, when = np.nonzero(there)
        objects = used[which, when]
        bucket = np.where(objects > 0, 1 + np.minimum(4 * objects // slots[which], 3), 0)
        place = (when, row[here][which], bucket)
        np.add.at(self._histogram[_SPANS], place, 1)
        np.add.at(self._histogram[_OBJECTS], place, objects)
        freed = [number for number in known if number >= 0]
        self._changes[freed] = 0
        self._free += freed

    def at(self, time_ns: int) -> tuple[int, Numbers, Numbers]:
        """Spans and objects (by row of span class and bucket) at the last moment until then."""
        moment = max(time_ns, 0) // self.ticks.width_ns
        moment = min(moment, _MOMENTS)
        spans, objects = self._histogram[:, moment]
        return moment * self.ticks.width_ns, spans, objects

    def _row(self, span: int) -> int:
        row = self._rows.get(span)
        if row is None:
            if not self._free:
                size = len(self._changes)
                in_use = len(self._rows)
                if in_use >= size:
                    self._changes = np.concatenate([self._changes, np.zeros_like(self._changes)])
                    size = len(self._changes)
                self._free = list(range(size - 1, in_use - 1, -1))
            row = self._rows[span] = self._free.pop()
        return row

    def _thin(self, to: Numbers) -> None:
        changes = np.zeros_like(self._changes)
        histogram = np.zeros_like(self._histogram)
        for old, new in enumerate(to.tolist()):
            changes[:, new] += self._changes[:, old]
            if old == 2 * new:  # a sum that is there at a moment, not a change: the others go
                histogram[:, new] = self._histogram[:, old]
        self._changes, self._histogram = changes, histogram
