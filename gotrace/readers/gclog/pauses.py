"""The two stops of every cycle of a log, as rows of `gc_pauses`."""

from __future__ import annotations

import numpy as np

from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["pauses"]

_REASONS = ["GC sweep termination", "GC mark termination"]
"""As execution traces name them."""


def pauses(cycles: Columns) -> tuple[int, dict[str, Column]]:
    """How many stops of known length there are, and their columns; two in a row are of one cycle.

    A stop's time is that of the cycle, of which the log prints milliseconds, and the clocks before
    it added up.
    """
    start, first, mark, last = (
        cycles.array(name)
        for name in ("time_ns", "sweep_termination_ns", "mark_ns", "mark_termination_ns")
    )
    is_told = (start >= 0) & (first >= 0) & (mark >= 0)
    begins = np.stack([start, np.where(is_told, start + first + mark, -1)], axis=1).reshape(-1)
    lengths = np.stack([first, last], axis=1).reshape(-1)
    rows = np.flatnonzero(lengths >= 0)
    begin, length = begins[rows], lengths[rows]
    columns: dict[str, Column] = {
        "time_ns": begin,
        "end_time_ns": np.where(begin >= 0, begin + length, -1),
        "duration_ns": length,
        "reason": Coded((rows % 2).astype(np.int32), list(_REASONS)),
        "gc_cycle": cycles.array("gc_cycle")[rows // 2],
        "run": cycles.array("run")[rows // 2],
    }
    return len(rows), columns
