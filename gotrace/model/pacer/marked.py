"""What a mark counts: `heapMarked`, the base of the next goal.

Sources: `bytesMarked` in `runtime/mgcmark.go` (`greyobject`, `scanobject`, `markrootSpans`) and
`runtime/mgcmark_greenteagc.go`. From go1.5 on; before, the heap is what was not freed.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["marked_bytes"]


def marked_bytes(slots_bytes: Iterable[int], finalized_slots_bytes: Iterable[int] = ()) -> int:
    """Bytes marked by a cycle.

    `slots_bytes`: the slots of everything that was reached or allocated while the mark ran; a tiny
    block counts as one slot of 16 bytes, a header is part of its slot, a large object counts its
    pages. `finalized_slots_bytes`: once more those with pointers that have a finalizer, for they
    are scanned as roots beside being marked.
    """
    return sum(slots_bytes) + sum(finalized_slots_bytes)
