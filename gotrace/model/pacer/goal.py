"""The goal of GOGC alone, from go1.18 on: stacks and globals count beside the heap.

Sources: `commit` and `setGCPercent` in `runtime/mgcpacer.go`.
"""

from __future__ import annotations

from gotrace.model.pacer.integers import MAX_UINT64, uint64

__all__ = ["DEFAULT_HEAP_MINIMUM_BYTES", "gc_percent_goal", "heap_minimum"]

DEFAULT_HEAP_MINIMUM_BYTES = 4 << 20
"""The heap minimum at GOGC=100 (`defaultHeapMinimum`)."""


def heap_minimum(gogc: int) -> int:
    """4 MiB·GOGC/100 (`heapMinimum`)."""
    return uint64(DEFAULT_HEAP_MINIMUM_BYTES * uint64(max(gogc, -1))) // 100


def gc_percent_goal(marked_bytes: int, stack_bytes: int, globals_bytes: int, gogc: int) -> int:
    """What the heap may grow to, without any minimum; all ones if GOGC is off."""
    if gogc < 0:
        return MAX_UINT64
    scannable = uint64(marked_bytes + stack_bytes + globals_bytes)
    return uint64(marked_bytes + uint64(scannable * gogc) // 100)
