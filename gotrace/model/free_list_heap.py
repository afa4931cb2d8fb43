"""The heap of go1.3 to go1.6: a P caches whole spans; the free slots of a span are a list in it.

A P hands out the head of the list of its span for the size class. When the list is empty it gets
another span: the first of `nonempty`, after sweeping it if it must be (which may return it to the
page heap, then the next is tried); else the first of `empty` in which sweeping frees something;
else a fresh one. Sweeping puts freed slots in front of a span's list, the lowest first.

A mark stops the world and flushes all caches; what it found dead becomes free when its span is
swept: by a refill, by the background sweeper (in the order in which span structures were made),
when pages are wanted (`MHeap_Reclaim`), or before the next mark.

From go1.4 on (`KeepingFreeListHeap`) a span that is swept for a cache stays with it, even if
everything in it died; from go1.5 on (`PageCountingHeap`) reclaiming counts pages. Marks run beside
the program since go1.5; here they end at once.

Sources: `runtime/mcache.c`, `runtime/mcentral.c`, `runtime/mheap.c`, `MSpan_Sweep` and
`runtime·sweepone` in `runtime/mgc0.c`, `runtime·mallocgc` in `runtime/malloc.goc` of go1.3.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from gotrace.errors import ModelError
from gotrace.model.central_lists import LARGE_LIST_PAGES
from gotrace.model.heap import ZERO_BASE, Allocation, Statistics
from gotrace.model.list_spans import ListSpan, ListSpans, TwoLists, run_pages
from gotrace.model.policy import Policy
from gotrace.model.sizes import TINY_BYTES, Kind, Request
from gotrace.model.sweeping import reclaim_by_size

__all__ = ["FreeListHeap", "KeepingFreeListHeap", "PageCountingHeap"]


@dataclass
class _Cache:
    """What one P holds."""

    spans: dict[int, ListSpan] = field(default_factory=dict)
    """Size class → span."""
    tiny_block: int = 0
    """Address of the block that tiny objects share; 0: none."""
    tiny_offset: int = TINY_BYTES
    """Where the free part of it begins."""


class FreeListHeap:
    """go1.3; see `gotrace.model.heap.Heap`."""

    is_page_counting = False
    """Whether reclaiming counts the pages that a list freed; to go1.4 it counted its spans."""

    def __init__(self, policy: Policy, first_address: int) -> None:
        self.sizes = policy.sizes
        self.pages = run_pages(policy, first_address)
        self.generation = 0
        self._spans = ListSpans(self.pages)
        self._central: dict[int, TwoLists[ListSpan]] = {}
        self._caches: dict[int, _Cache] = {}
        self._busy: dict[int, OrderedDict[ListSpan, None]] = {}
        """Pages (at most 128) → spans of large objects, swept ones at the end."""
        self._to_sweep: list[ListSpan] = []
        """What the background sweeper will look at; the next one is the last."""

    # -- the Heap interface

    def allocate(self, cache: int, size: int, has_pointers: bool) -> Allocation:
        """One object; none for no bytes."""
        request = self.sizes.request(size, has_pointers)
        if request.kind is Kind.ZERO:
            return ZERO_BASE
        if request.kind is Kind.LARGE:
            return self._large(cache, request)
        held = self._caches.setdefault(cache, _Cache())
        if request.kind is Kind.TINY:
            return self._tiny(held, cache, request)
        return self._small(held, cache, request)

    def begin_mark(self) -> None:
        """The world stops; what is unswept still is swept first."""
        while self.sweep_one() is not None:
            pass

    def end_mark(self, dead: Iterable[int]) -> None:
        """Caches are flushed, and all spans need sweeping."""
        for cache in sorted(self._caches):
            self.flush(cache)
        for address in dead:
            span = self._spans.of(address)
            if span is not None and span.has(span.slot_of(address)):
                span.dead |= 1 << span.slot_of(address)
        self.generation += 2
        self._to_sweep = list(self._spans)[::-1]

    def free(self, address: int, cache: int) -> None:
        """Programs free nothing since go1.1. Raises ValueError."""
        raise ValueError("objects are freed only by collecting them, since go1.1")

    def flush(self, cache: int) -> None:
        """`MCache_ReleaseAll`: spans with free slots to the front of `nonempty`."""
        held = self._caches.pop(cache, _Cache())
        for size_class in sorted(held.spans):
            span = held.spans[size_class]
            if span.free:
                self._central[size_class].nonempty_first(span)

    def statistics(self) -> Statistics:
        """The heap in numbers; dead objects count until they are swept."""
        return self._spans.statistics()

    def check(self) -> None:
        """Raise ModelError if an invariant broke."""
        self._spans.check()
        cached = {span for held in self._caches.values() for span in held.spans.values()}
        for span in self._spans:
            if span.ref != span.allocated.bit_count():
                raise ModelError(f"the span at {span.address:#x} lost slots")
            if span.size_class == 0:
                is_right = span in self._busy_of(span.npages)
            else:
                lists = self._central[span.size_class]
                is_taken = span in cached or not span.free
                is_right = (span in lists.empty) == is_taken != (span in lists.nonempty)
            if not is_right:
                raise ModelError(f"the span at {span.address:#x} is in the wrong list")
            if span.ref == 0 and span not in cached and not self._is_unswept(span):
                raise ModelError(f"the span at {span.address:#x} is empty and still there")
            if span.dead and not self._is_unswept(span):
                raise ModelError(f"the span at {span.address:#x} is swept and has dead slots")

    # -- allocation

    def _small(self, held: _Cache, cache: int, request: Request) -> Allocation:
        span = held.spans.get(request.size_class)
        is_new_span = False
        if span is None or not span.free:
            span, is_new_span = self._cache_span(cache, request)
            held.spans[request.size_class] = span
        slot = span.free.pop()
        self._spans.give(span, slot)
        return self._allocation(span, slot, is_new_span=is_new_span)

    def _tiny(self, held: _Cache, cache: int, request: Request) -> Allocation:
        """Into the block if it fits; else a new one, kept if more of it is free."""
        size = request.size_bytes
        align = next(a for a in (8, 4, 2, 1) if size % a == 0)
        start = -(-held.tiny_offset // align) * align
        if held.tiny_block and start + size <= TINY_BYTES:
            held.tiny_offset = start + size
            self._spans.tiny_count += 1
            self._spans.mallocs_count += 1
            span, slot = self._spans.holding(held.tiny_block)
            made = self._allocation(span, slot, is_tiny=True)
            return made._replace(address=held.tiny_block + start, is_new_slot=False)
        made = self._small(held, cache, request)
        if not held.tiny_block or size < held.tiny_offset:
            held.tiny_block, held.tiny_offset = made.address, size
        return made._replace(is_tiny=True)

    def _large(self, cache: int, request: Request) -> Allocation:
        span = self._new_span(request, cache)
        self._spans.give(span, span.free.pop())
        self._busy_of(span.npages)[span] = None
        return self._allocation(span, 0, is_new_span=True)

    def _cache_span(self, cache: int, request: Request) -> tuple[ListSpan, bool]:
        """`MCentral_CacheSpan`; and whether pages were taken."""
        lists = self._central.setdefault(request.size_class, TwoLists())
        is_new_span = False
        while True:
            span = next(iter(lists.nonempty), None) or self._first_unswept(lists)
            if span is None:
                lists.nonempty_first(self._new_span(request, cache))
                is_new_span = True
            elif self._is_unswept(span):
                self._sweep(span)  # afterwards it may be elsewhere: look again
            else:
                lists.empty_last(span)
                return span, is_new_span

    def _first_unswept(self, lists: TwoLists[ListSpan]) -> ListSpan | None:
        """The first of `empty` if it needs sweeping; it goes to the end, where the swept are."""
        span = next(iter(lists.empty), None)
        if span is None or not self._is_unswept(span):
            return None
        lists.empty_last(span)
        return span

    def _new_span(self, request: Request, cache: int) -> ListSpan:
        self._reclaim(request.npages)
        span = self._spans.new(request, cache)
        span.sweep_generation = self.generation
        return span

    # -- sweeping

    def sweep_one(self) -> int | None:
        """Sweep the next span of the background's; gives the pages freed, None at the end."""
        while self._to_sweep:
            span = self._to_sweep.pop()
            if self._is_unswept(span):
                return span.npages if self._sweep(span) else 0
        return None

    def _sweep_slots(self, span: ListSpan) -> bool:
        """Dead slots to the front of the span's list; whether there were any."""
        span.sweep_generation = self.generation
        freed = [slot for slot in range(span.slot_count) if span.dead >> slot & 1]
        for slot in freed:
            self._spans.drop(span, slot)
        span.free.extend(reversed(freed))
        return bool(freed)

    def _sweep(self, span: ListSpan) -> bool:
        """`MSpan_Sweep`: True if the span went back to the page heap."""
        if not self._sweep_slots(span):
            return False
        if span.size_class == 0:
            del self._busy_of(span.npages)[span]
            self._spans.release(span)
            return True
        lists = self._central[span.size_class]
        if span.ref == 0:
            lists.remove(span)
            self._spans.release(span)
            return True
        if span in lists.empty:
            lists.nonempty_first(span)
        return False

    def _reclaim(self, npages: int) -> None:
        """`MHeap_Reclaim`: before pages are taken, try to free as many."""
        if self._to_sweep:
            reclaim_by_size(npages, LARGE_LIST_PAGES, self._reclaim_list, self.sweep_one)

    def _reclaim_list(self, size: int, npages: int) -> int:
        busy = self._busy.get(size)
        found = 0
        while busy and found < npages:
            span = next(iter(busy))
            if not self._is_unswept(span):
                break
            busy.move_to_end(span)
            is_freed = self._sweep(span)
            found += span.npages if is_freed and self.is_page_counting else is_freed
        return found

    def _busy_of(self, npages: int) -> OrderedDict[ListSpan, None]:
        return self._busy.setdefault(min(npages, LARGE_LIST_PAGES), OrderedDict())

    def _is_unswept(self, span: ListSpan) -> bool:
        return span.sweep_generation != self.generation

    @staticmethod
    def _allocation(
        span: ListSpan, slot: int, *, is_tiny: bool = False, is_new_span: bool = False
    ) -> Allocation:
        address = span.slot_address(slot)
        kind = span.size_class
        return Allocation(
            address, span.address, slot, kind, kind, span.slot_bytes, is_tiny, is_new_span
        )


class KeepingFreeListHeap(FreeListHeap):
    """go1.4: what is swept for a cache stays with it."""

    def _cache_span(self, cache: int, request: Request) -> tuple[ListSpan, bool]:
        lists = self._central.setdefault(request.size_class, TwoLists())
        while True:
            span = next(iter(lists.nonempty), None) or self._first_unswept(lists)
            if span is None:
                span = self._new_span(request, cache)
                lists.empty_last(span)
                return span, True
            lists.empty_last(span)
            if self._is_unswept(span):
                self._sweep_slots(span)
            if span.free:
                return span, False


class PageCountingHeap(KeepingFreeListHeap):
    """go1.5 and go1.6."""

    is_page_counting = True
