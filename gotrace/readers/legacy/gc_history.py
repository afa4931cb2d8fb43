"""The last cycles of the collector, as `runtime.MemStats` keeps them in two rings of 256.

`PauseNs` and `PauseEnd` hold at `(n + 255) % 256` what cycle n was stopped for (both stops added
up) and when its last stop ended, in nanoseconds since 1970 (`runtime/mstats.go`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gotrace.tables.columns import Column, Columns
from gotrace.tables.filling import filled
from gotrace.tables.gc_schema import GC_CYCLES, GC_PAUSES

__all__ = ["RING_LENGTH", "gc_history"]

RING_LENGTH = 256
_LARGEST = 1 << 62


def gc_history(
    pauses: Sequence[int], ends: Sequence[int], fields: Mapping[str, float]
) -> dict[str, Columns]:
    """`gc_cycles` and `gc_pauses` of the rings (both of `RING_LENGTH`, or empty) and `NumGC`.

    No tables where the rings are not complete or nothing was collected; `GCCPUFraction` is the
    share of the last cycle.
    """
    collected = int(fields.get("NumGC", 0))
    if not 0 < collected < _LARGEST or {len(pauses), len(ends)} != {RING_LENGTH}:
        return {}
    numbers = np.arange(max(collected - RING_LENGTH, 0), collected, dtype=np.int64)
    places = numbers % RING_LENGTH
    told: dict[str, Column] = {
        "gc_cycle": numbers + 1,
        "run": np.zeros(len(numbers), np.int64),
        "end_time_ns": _known(ends)[places],
    }
    lengths = _known(pauses, least=0)[places]
    ratio = np.full(len(numbers), np.nan)
    ratio[-1] = fields.get("GCCPUFraction", np.nan)
    return {
        "gc_cycles": filled(
            GC_CYCLES, len(numbers), {**told, "paused_ns": lengths, "gc_cpu_ratio": ratio}
        ),
        "gc_pauses": filled(GC_PAUSES, len(numbers), {**told, "duration_ns": lengths}),
    }


def _known(numbers: Sequence[int], least: int = 1) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The numbers; -1 for those that cannot be."""
    return np.array([n if least <= n < _LARGEST else -1 for n in numbers], np.int64)
