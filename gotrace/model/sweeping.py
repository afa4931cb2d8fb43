"""Sweeping: how what the last mark found dead becomes free, span by span.

A span is swept when a cache is refilled with it, when the background sweeper comes to it, when the
allocator owes sweeping for what it takes (proportional sweeping), when pages are taken and whole
spans may be reclaimed, and at the latest before the next mark.

How far the background sweeper comes before a program needs a span is a matter of time, and so is
where the next collection starts, without which nothing is owed. A replay that runs free therefore
sweeps what a refill or a large object asks for, and the rest before the next mark; a guided one
sweeps when the trace says so (`gotrace.model.guided`). Sources: `runtime/mgcsweep.go`,
`mheap.reclaim` in `runtime/mheap.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gotrace.model.central import Central
from gotrace.model.span import UNSWEPT, Span

__all__ = ["RECLAIM_CHUNK_PAGES", "SpanHome", "Sweeper", "reclaim_by_size"]

RECLAIM_CHUNK_PAGES = 512
"""The page reclaimer looks at so many pages at a time (`pagesPerReclaimerChunk`)."""

_MARGIN_BYTES = 1 << 20
"""`gcPaceSweeper` plans to be done so much before the next collection."""


def reclaim_by_size(
    npages: int,
    largest: int,
    reclaim_list: Callable[[int, int], int],
    sweep_one: Callable[[], int | None],
) -> None:
    """Sweep until `npages` are free, large objects first (`mheap.reclaim`, go1.3 to go1.11).

    First objects of at least as many pages, by rising size: one is enough. Then smaller ones until
    they are enough together, then everything that is left. `reclaim_list` sweeps the list of a
    size, of which `largest` is the last, until so many pages are free, and gives how many are;
    `sweep_one` sweeps any span, and gives None if there is none left.
    """
    for size in range(min(npages, largest), largest + 1):
        if reclaim_list(size, npages):
            return
    found = 0
    for size in range(min(npages, largest)):
        found += reclaim_list(size, npages - found)
        if found >= npages:
            return
    while found < npages and (freed := sweep_one()) is not None:
        found += freed


class SpanHome(Protocol):
    """Where spans live: what the sweeper needs of the heap."""

    @property
    def in_use_pages(self) -> int:
        """Pages of all spans of objects (`pagesInUse`)."""
        ...

    def span_at_page(self, page: int) -> Span | None:
        """The span of objects that begins at this page, if there is one."""
        ...

    def arena_chunks(self) -> Sequence[range]:
        """The pages of all arenas, oldest arena first, in chunks for the page reclaimer."""
        ...

    def slots_freed(self, span: Span, count: int) -> None:
        """Sweeping freed `count` slots of `span`."""
        ...

    def free_span(self, span: Span) -> None:
        """An empty span gives its pages back."""
        ...


class Sweeper:
    """The sweep between one mark and the next."""

    def __init__(self, central: Central, home: SpanHome) -> None:
        self._central = central
        self._home = home
        self.is_done = True
        """Whether nothing is left to sweep."""
        self.pages_swept = 0
        self.pages_per_byte = 0.0
        """How many pages must have been swept for each byte allocated; 0 if nothing is owed."""
        self._live_basis = 0
        self._pages_basis = 0
        self._chunks: Sequence[range] = ()
        self._next_chunk = 0
        """`reclaimIndex`, in chunks."""
        self._credit_pages = 0
        """`reclaimCredit`: pages freed beyond what was asked for."""

    def start(self) -> None:
        """A mark ended (`gcSweep`): everything is to be swept."""
        self._central.start_cycle()
        self.is_done = False
        self.pages_swept = 0
        self.pages_per_byte = 0.0
        self._chunks = self._home.arena_chunks()
        self._next_chunk = 0
        self._credit_pages = 0

    def pace(self, heap_live_bytes: int, trigger_bytes: int) -> None:
        """Plan proportional sweeping (`gcPaceSweeper`): done 1 MiB before the trigger."""
        distance = max(trigger_bytes - heap_live_bytes - _MARGIN_BYTES, 8192)
        pages = self._home.in_use_pages - self.pages_swept
        self.pages_per_byte = 0.0 if self.is_done or pages <= 0 else pages / distance
        self._live_basis = heap_live_bytes
        self._pages_basis = self.pages_swept

    def pay(self, heap_live_bytes: int, span_bytes: int, caller_pages: int = 0) -> None:
        """Sweep what is owed before `span_bytes` are taken (`deductSweepCredit`).

        `caller_pages` will be reclaimed by the caller itself.
        """
        if self.pages_per_byte == 0:
            return
        grown_bytes = span_bytes + max(0, heap_live_bytes - self._live_basis)
        target = int(self.pages_per_byte * grown_bytes) - caller_pages
        while target > self.pages_swept - self._pages_basis:
            if self.sweep_one() is None:
                self.pages_per_byte = 0.0
                return

    def sweep_one(self) -> int | None:
        """Sweep the next span in the background's order (`sweepone`).

        Gives the pages that became free; None if there was nothing left to sweep.
        """
        if self.is_done:
            return None
        while (span := self._central.pop_unswept()) is not None:
            if self._is_unswept(span):
                if self.sweep(span):
                    self._credit_pages += span.npages
                    return span.npages
                return 0
        self.is_done = True
        return None

    def finish(self) -> None:
        """Sweep all that is left (`finishsweep_m`, before a mark)."""
        while self.sweep_one() is not None:
            pass

    def sweep(self, span: Span) -> bool:
        """Sweep `span` and put it where it belongs; True if it was empty and its pages are free."""
        self.sweep_for_cache(span)
        if span.allocated == 0:
            self._home.free_span(span)
            return True
        self._central.put_swept(span)
        return False

    def sweep_for_cache(self, span: Span) -> None:
        """Sweep `span`, but leave it with the caller, even if nothing in it is left."""
        self.pages_swept += span.npages
        freed = span.sweep()
        span.sweep_generation = self._central.generation
        if freed:
            self._home.slots_freed(span, freed)

    def reclaim(self, npages: int) -> None:
        """Free whole dead spans of at least `npages` before so many are taken (`mheap.reclaim`).

        Goes through the arenas page by page, once a cycle; what is found beyond the need is
        credit for later.
        """
        while npages > 0 and not self.is_done:
            if self._credit_pages:
                used = min(self._credit_pages, npages)
                self._credit_pages -= used
                npages -= used
                continue
            if self._next_chunk >= len(self._chunks):
                return
            found = self._reclaim_chunk(self._chunks[self._next_chunk])
            self._next_chunk += 1
            self._credit_pages += max(0, found - npages)
            npages -= min(found, npages)

    def _reclaim_chunk(self, pages: range) -> int:
        """Sweep the unswept spans that begin in `pages` and have no marked object."""
        freed = 0
        for page in pages:
            span = self._home.span_at_page(page)
            if span is not None and self._is_unswept(span) and span.survivors_count == 0:
                freed += span.npages if self.sweep(span) else 0
        return freed

    def _is_unswept(self, span: Span) -> bool:
        """`tryAcquire`: a span that needs sweeping, and that no cache holds."""
        return span.sweep_generation == self._central.generation + UNSWEPT
