"""Why a cycle starts: the heap reached the trigger, two minutes passed, or somebody wanted it.

Sources: `gcTrigger.test` in `runtime/mgc.go`, `forcegcperiod` in `runtime/proc.go`; before go1.5
`MHeap_Scavenger` in `runtime/mheap.c`.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["FORCE_PERIOD_NS", "StartReason", "is_periodic_due", "start_reason"]

FORCE_PERIOD_NS = 2 * 60 * 10**9
"""After how long without a collection one is made (`forcegcperiod`)."""


class StartReason(Enum):
    """What started a cycle; the names are those of the runtime's triggers."""

    HEAP = "heap"
    """`heap_live` reached the trigger (`gcTriggerHeap`)."""
    PERIODIC = "periodic"
    """Nothing was collected for two minutes (`gcTriggerTime`)."""
    FORCED = "forced"
    """`runtime.GC`, `debug.FreeOSMemory` and the like (`gcTriggerCycle`)."""


def is_periodic_due(now_ns: int, last_end_ns: int | None, gogc: int = 100) -> bool:
    """Whether it has been too long since the last mark ended (None: there was none yet).

    Never before the first cycle, and never with GOGC=off.
    """
    return last_end_ns is not None and gogc >= 0 and now_ns - last_end_ns > FORCE_PERIOD_NS


def start_reason(
    heap_live_bytes: int,
    trigger_bytes: int,
    now_ns: int,
    last_end_ns: int | None,
    *,
    gogc: int = 100,
    is_forced: bool = False,
) -> StartReason | None:
    """Why a cycle would start now; None if none would."""
    if is_forced:
        return StartReason.FORCED
    if heap_live_bytes >= trigger_bytes:
        return StartReason.HEAP
    return StartReason.PERIODIC if is_periodic_due(now_ns, last_end_ns, gogc) else None
