"""The functions of Go's runtime that work for memory, by the versions that have them.

Grouped by what a sample with such a function on its stack was doing; `rules.py` beside says which
group wins. Every range is that of the runtime's sources (`runtime/*.go` and its
assembly), release by release from Go 1.5 to 1.27; a test holds the installed toolchains to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["GROUPS", "NEWEST_MINOR", "OLDEST_MINOR", "RuntimeFunction", "pattern_of"]

OLDEST_MINOR = 5
NEWEST_MINOR = 27


@dataclass(frozen=True)
class RuntimeFunction:
    """A function of package `runtime` that Go 1.`since` to 1.`until` have.

    `name` is what follows `runtime.`; a `#` in it stands for a number. A symbol that assembly keeps
    to its own file has no package in front (`is_bare`).
    """

    name: str
    since: int = OLDEST_MINOR
    until: int = NEWEST_MINOR
    is_bare: bool = False

    @property
    def expression(self) -> str:
        """A regular expression for the name as a profile has it, without anchors."""
        text = re.escape(self.name).replace(r"\#", "[0-9]+")
        return text if self.is_bare else rf"runtime\.{text}"


def pattern_of(groups: Iterable[str]) -> str:
    """A regular expression, for Python and for `go tool pprof`, of all functions in these groups.

    Closures count as the function they stand in: `runtime.gcBgMarkWorker.func2`.
    """
    names = [function.expression for group in groups for function in GROUPS[group]]
    return rf"^(?:{'|'.join(names)})(?:\..*)?$"


_F = RuntimeFunction


def _all(*names: str) -> tuple[RuntimeFunction, ...]:
    """Functions that every version has."""
    return tuple(map(RuntimeFunction, names))


GROUPS: dict[str, tuple[RuntimeFunction, ...]] = {
    "background_sweep": (*_all("bgsweep"), _F("gosweepone", until=11)),
    "sweep_credit": (*_all("deductSweepCredit"), _F("reimburseSweepCredit", 6, 8)),
    "sweep": (
        *_all("sweepone", "finishsweep_m"),
        _F("(*mspan).sweep", 6, 16),
        _F("(*sweepLocked).sweep", 17),
        _F("(*mheap).reclaim", 6),
        _F("(*mheap).reclaimChunk", 12),
        _F("(*mheap).reclaimList", 6, 11),
        _F("mSpan_Sweep", until=5),
        _F("mHeap_Reclaim", until=5),
        _F("mHeap_ReclaimList", until=5),
    ),
    "background_scavenge": (_F("bgscavenge", 13), _F("(*mheap).scavenge", 6, 12),
                            _F("mHeap_Scavenge", until=5)),
    "scavenge": (
        _F("(*mheap).scavengeAll", 12),
        _F("(*mheap).scavengeLargest", 12, 12),
        _F("(*mheap).scavengeIfNeededLocked", 13, 13),
        _F("(*mheap).scavengeLocked", 13, 13),
        _F("(*pageAlloc).scavenge", 14),
        _F("(*pageAlloc).scavengeOne", 14),
        _F("scavengelist", until=11),
    ),
    "start": (
        *_all("gcBgMarkStartWorkers", "gcBgMarkPrepare", "gcResetMarkState", "clearpools"),
        _F("gcStart", 6),
        _F("startGC", until=5),
        _F("backgroundgc", until=5),
        _F("gc", until=5),
        _F("gcMarkRootPrepare", 6, 24),
        _F("gcPrepareMarkRoots", 25),
        _F("gcMarkTinyAllocs", 8),
    ),
    "finish": (
        *_all("gcMark", "gcSweep"),
        _F("gcMarkDone", 6),
        _F("gcMarkTermination", 6),
        _F("gcWakeAllAssists", 6),
        _F("gchelper", until=11),
        _F("gcCopySpans", until=7),
    ),
    "forced": (*_all("GC"), _F("gcWaitOnMark", 11)),
    "stop_the_world": (
        *_all("stopTheWorld", "stopTheWorldWithSema", "startTheWorld", "startTheWorldWithSema"),
        _F("stopTheWorldGC", 15),
        _F("startTheWorldGC", 15),
    ),
    "worker_scheduling": _all("(*gcControllerState).findRunnableGCWorker"),
    "assist": (
        *_all("gcAssistAlloc", "gcDrainN"),
        _F("gcAssistAlloc1", 8),
        _F("gcParkAssist", 8),
        _F("deductAssistCredit", 20),
    ),
    "stack_scan": (*_all("scanstack"), _F("gcscan_m", until=5)),
    "dedicated_worker": (_F("gcDrainMarkWorkerDedicated", 22),),
    "fractional_worker": (_F("gcDrainMarkWorkerFractional", 22),),
    "idle_worker": (_F("gcDrainMarkWorkerIdle", 22),),
    "mark_worker": (
        *_all("gcBgMarkWorker", "gcDrain"),
        _F("gcDrainUntilPreempt", until=5),
        _F("gcFlushBgCredit", 6),
    ),
    "preemption": (*_all("gopreempt_m", "goschedImpl"), _F("preemptPark", 14)),
    "stack_growth": _all("morestack", "morestack_noctxt", "morestackc", "newstack", "copystack"),
    "write_barrier": (
        *_all("shade", "typeBitsBulkBarrier"),
        _F("gcWriteBarrier", 10, 20),
        _F("gcWriteBarrier", 21, is_bare=True),
        _F("gcWriteBarrier#", 21),
        *(_F(f"gcWriteBarrier{register}", 15)
          for register in ("BP", "BX", "CX", "DX", "R8", "R9", "SI")),
        _F("wbBufFlush", 10),
        _F("wbBufFlush1", 10),
        _F("(*wbBuf).putFast", 10, 20),
        _F("(*wbBuf).get1", 21),
        _F("(*wbBuf).get2", 21),
        _F("bulkBarrierPreWrite", 8),
        _F("bulkBarrierPreWriteSrcOnly", 12),
        _F("bulkBarrierBitmap", 7),
        _F("wbMove", 21),
        _F("wbZero", 21),
        _F("heapBitsBulkBarrier", until=7),
        _F("gcmarkwb_m", until=10),
        _F("writebarrierptr", until=10),
        _F("writebarrierptr_nostore", until=7),
        _F("writebarrierptr_nostore1", until=7),
        _F("writebarrierptr_prewrite", 8, 10),
        _F("writebarrierptr_prewrite1", 8, 10),
        _F("writebarrierstring", until=6),
        _F("writebarrierslice", until=6),
        _F("writebarrieriface", until=6),
        _F("writebarrierfat#", until=6),
    ),
    "malloc_profiling": _all("profilealloc", "mProf_Malloc"),
    "allocate_black": (_F("gcmarknewobject", 7), _F("gcmarknewobject_m", until=6)),
    "type_bits": (
        _F("heapBitsSetType", until=22),
        _F("heapBitsSetTypeGCProg", until=19),
        _F("heapBitsSetTypeNoScan", 7, 8),
        _F("heapSetType", 22, 23),
        _F("heapSetTypeNoHeader", 24),
        _F("heapSetTypeSmallHeader", 24),
        _F("heapSetTypeLarge", 24),
        _F("(*mspan).writeHeapBitsSmall", 22),
        _F("(*mspan).initHeapBits", 20),
        _F("newMarkBits", 7),
        _F("newAllocBits", 7),
    ),
    "clearing": (
        _F("memclr", until=7),
        _F("memclrNoHeapPointers", 8),
        _F("memclrNoHeapPointersChunked", 17),
    ),
    "growing": (
        *_all("growslice", "rawbyteslice", "rawruneslice"),
        _F("growslice_n", until=6),
        _F("growsliceBuf", 26),
        _F("growsliceBufNoAlias", 26),
        _F("growsliceNoAlias", 26),
    ),
    "refill": (
        _F("(*mcache).nextFree", 7),
        _F("(*mcache).refill", 6),
        _F("mCache_Refill", until=5),
    ),
    "large": (
        _F("largeAlloc", until=15),
        _F("(*mcache).allocLarge", 16),
        _F("mallocgcLarge", 24),
    ),
    "tiny": (
        _F("mallocgcTiny", 24),
        _F("mallocgcTinySize#", 26, 26),
        _F("mallocgcTinySC#", 27),
        _F("mallocgcTinySlowPath", 27),
    ),
    "small_noscan": (
        _F("mallocgcSmallNoscan", 24),
        _F("mallocgcSmallNoscanReuse", 26),
        _F("mallocgcSmallNoScanSC#", 26),
        _F("mallocgcSmallNoScanSlowPath", 27),
    ),
    "small_header": (_F("mallocgcSmallScanHeader", 24),),
    "small_scan": (
        _F("mallocgcSmallScanNoHeader", 24),
        _F("mallocgcSmallScanNoHeaderSC#", 26),
        _F("mallocgcSmallScanSlowPath", 27),
    ),
    "free": (_F("freegc", 26),),
    "malloc": (
        *_all("mallocgc", "newobject", "newarray", "makeslice"),
        _F("makeslice64", 8),
        _F("makeslicecopy", 15),
        _F("postMallocgc", 27),
    ),
}  # fmt: skip
"""Group → functions. Ranges were read from the sources of every release, Go 1.5 to 1.27."""
