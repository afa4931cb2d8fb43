"""The heap of go1.7 to go1.14: allocation bits in the spans, linked lists of spans.

What differs from later versions, beside the parts that a policy chooses:

* a span whose pages go back leaves its list at once (`ListsHeap`, go1.12 to go1.14);
* caches are flushed while the world stands still at the end of a mark, before sweeping starts, and
  pages are reclaimed by the busy lists of large objects (`StoppedFlushHeap`, to go1.11);
* there is one span class for each size class, pointers or not (`UnsplitHeap`, to go1.8).

Sources: `runtime/mcentral.go`, `mheap.reclaim` in `runtime/mheap.go` (to go1.11), `gcMark` and
`markroot` in `runtime/mgc.go` and `runtime/mgcmark.go`.
"""

from __future__ import annotations

from collections.abc import Iterable

from gotrace.errors import ModelError
from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.central_lists import LARGE_LIST_PAGES, CentralLists
from gotrace.model.policy import Policy
from gotrace.model.span import UNSWEPT, Span
from gotrace.model.sweeping import SpanHome, Sweeper, reclaim_by_size

__all__ = ["BusyListSweeper", "ListsHeap", "StoppedFlushHeap", "UnsplitHeap", "UnsplitSpan"]


class ListsHeap(BitmapHeap):
    """go1.12 to go1.14."""

    def free_span(self, span: Span) -> None:
        """Out of the lists, then as everywhere."""
        self._lists.remove(span)
        super().free_span(span)

    @property
    def _lists(self) -> CentralLists:
        if not isinstance(self.central, CentralLists):
            raise ModelError(f"{self.policy.name} needs central lists")
        return self.central


class BusyListSweeper(Sweeper):
    """Sweeping to go1.11: pages are reclaimed by sweeping large objects, whose size is known."""

    def __init__(self, central: CentralLists, home: SpanHome) -> None:
        super().__init__(central, home)
        self._lists = central

    def reclaim(self, npages: int) -> None:
        """`mheap.reclaim`, before `npages` are taken while sweeping is unfinished."""
        if not self.is_done:
            reclaim_by_size(npages, LARGE_LIST_PAGES, self._reclaim_list, self.sweep_one)

    def _reclaim_list(self, size: int, npages: int) -> int:
        """Sweep a busy list until `npages` are free; gives how many are (`reclaimList`)."""
        busy = self._lists.busy_of(size)
        found = 0
        while busy and found < npages:
            span = next(iter(busy))
            if span.sweep_generation != self._lists.generation + UNSWEPT:
                break  # swept ones stand at the end
            busy.move_to_end(span)
            found += span.npages if self.sweep(span) else 0
        return found


class StoppedFlushHeap(ListsHeap):
    """go1.9 to go1.11."""

    def __init__(self, policy: Policy, first_address: int) -> None:
        super().__init__(policy, first_address)
        self.sweeper = BusyListSweeper(self._lists, self)

    def end_mark(self, dead: Iterable[int], trigger_bytes: int | None = None) -> None:
        """As everywhere, but what caches hold is in the lists when sweeping starts."""
        for cache in sorted(self.caches):
            self.flush(cache)
        super().end_mark(dead, trigger_bytes)


class UnsplitSpan(Span):
    """A span of go1.7 and go1.8: its span class is its size class."""

    @property
    def size_class(self) -> int:
        """0 stands for a large object that has the span to itself."""
        return self.span_class


class UnsplitHeap(StoppedFlushHeap):
    """go1.7 and go1.8."""

    span_type = UnsplitSpan
