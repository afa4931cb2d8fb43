"""Short-lived against long-lived bytes: what was freed again, and what is still in use.

A heap profile counts allocations and frees by call site since the program started. It has no times:
"freed" means freed before the last finished garbage collection, "in use" alive (or not yet found
dead) then. Both numbers are as of that collection (`mProf_NextCycle` in `runtime/mprof.go`), so
that what was allocated since is in neither.
"""

from __future__ import annotations

import numpy as np

from gotrace.analyses.estimates import estimate_columns, largest, with_error
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.heap_values import Totals
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.units import format_bytes

__all__ = ["lifetimes"]

_LIMIT = 15
_TITLES = {"alloc": "allocated", "freed": "freed", "inuse": "in use"}
_CYCLE = "Counted up to the last finished garbage collection; what was allocated since is missing."
_SITE = "A site is the first call outside Go's runtime, seen from the allocation."


def lifetimes(heap: HeapPicture, limit: int = _LIMIT) -> Result:
    """Allocated, freed and live bytes, over all and for the `limit` sites that allocate most.

    Without facts and tables where the profile lacks allocations or what is in use.
    """
    if "freed" not in heap.values.measures:
        return Result("lifetimes", "Short-lived and long-lived")
    return Result(
        "lifetimes",
        "Short-lived and long-lived",
        facts=_facts(heap.whole),
        tables=(_table(heap, limit),),
    )


def _facts(whole: dict[str, Totals]) -> tuple[Fact, ...]:
    allocated = int(whole["alloc"].bytes[0])
    facts = []
    for name, total in whole.items():
        size, error = int(total.bytes[0]), float(total.byte_errors[0])
        objects = with_error(int(total.objects[0]), float(total.object_errors[0]), "count")
        detail = f"± {format_bytes(error)}, {objects} objects" if error else f"{objects} objects"
        if allocated and name != "alloc":
            detail += f"; {size / allocated:.1%} of what was allocated"
        facts.append(Fact(f"{name}_bytes", size, "bytes", _TITLES[name], detail))
    return tuple(facts)


def _table(heap: HeapPicture, limit: int) -> ResultTable:
    totals = heap.by_site
    allocated = totals["alloc"]
    rows = np.array(largest(allocated.bytes, limit), np.int64)
    names = [heap.sites.where(int(row)) for row in rows]
    columns = [ResultColumn("site", "text", names, "site")]
    for name, total in totals.items():
        sizes = total.bytes[rows], total.byte_errors[rows]
        columns += estimate_columns(f"{name}_bytes", "bytes", *sizes, _TITLES[name])
    lasting = totals["inuse"].bytes[rows] / allocated.bytes[rows]
    columns.append(ResultColumn("lasting_ratio", "ratio", lasting.tolist(), "still in use %"))
    hidden = np.count_nonzero(allocated.bytes) - len(rows)
    more = (f"{hidden} more sites that allocated less are not shown.",) if hidden else ()
    return ResultTable(
        "lifetimes", "Short-lived and long-lived", tuple(columns), (_CYCLE, _SITE, *more)
    )
