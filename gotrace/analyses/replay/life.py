"""How long spans live, and how often they come and go, by span class."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.replay.batch import CLASS_ROWS, Spans
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.trace.fold import Tally

__all__ = ["LIFE_LABELS", "MANUAL_ROW", "SpanLife"]

MANUAL_ROW = CLASS_ROWS
"""Row of spans off the heap: stacks and work buffers."""
_EDGES = (1, 2, 3, 5, 9, 17, 33)
"""First number of cycles of each group of lives."""
LIFE_LABELS = ("0", "1", "2", "3 to 4", "5 to 8", "9 to 16", "17 to 32", "33 or more")


class SpanLife:
    """Sums over `spans` by row of span class (and `MANUAL_ROW`)."""

    def __init__(self) -> None:
        self.sums = Tally(
            "new", "freed", "alive", "existed", "bytes", "freed_ns", "ended_new", "cycles"
        )
        self.sums.places(np.array([MANUAL_ROW]))
        self.lives = Tally("spans", "bytes")
        """By group of `LIFE_LABELS`: heap spans that were allocated and freed in the trace."""
        self.lives.places(np.array([len(LIFE_LABELS) - 1]))
        self._begins: list[Numbers] = []

    def add_cycles(self, begins_ns: Numbers) -> None:
        """Collections that began, later than all before."""
        self._begins.append(begins_ns)

    def add_spans(self, spans: Spans) -> None:
        """Rows of `spans`."""
        if len(self._begins) > 1:
            self._begins = [np.concatenate(self._begins)]
        begins = self._begins[0] if self._begins else np.zeros(0, np.int64)
        row = np.where(spans.is_heap, spans.class_row, MANUAL_ROW)
        ended = spans.is_new & ~spans.is_alive
        born, died = (np.searchsorted(begins, t) for t in (spans.begin_ns, spans.end_ns))
        cycles = np.where(ended, died - born, 0)
        self.sums.add(
            row, new=spans.is_new, freed=~spans.is_alive, alive=spans.is_alive,
            existed=~spans.is_new, bytes=spans.size_bytes, ended_new=ended, cycles=cycles,
            freed_ns=np.where(ended, spans.end_ns - spans.begin_ns, 0),
        )  # fmt: skip
        heap = np.flatnonzero(ended & spans.is_heap)
        group = np.searchsorted(np.array(_EDGES), cycles[heap], side="right")
        self.lives.add(group, spans=1, bytes=spans.size_bytes[heap])
