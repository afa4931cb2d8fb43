"""The heap of go1.7 on, put together: caches, central lists, sweeper and page heap.

`mallocgc` in `runtime/malloc.go` is `allocate`; `refill` and `allocLarge` in `runtime/mcache.go`
are `_refill` and `_large`; `mheap.alloc` is `_new_span`. Versions differ by their policy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from gotrace.errors import ModelError
from gotrace.model.accounting import Accounting
from gotrace.model.caches import Cache
from gotrace.model.heap import ZERO_BASE, Allocation, Statistics, check_pages
from gotrace.model.policy import Policy
from gotrace.model.sizes import Kind, Request
from gotrace.model.span import CACHED_STALE, CACHED_SWEPT, SWEPT, Span
from gotrace.model.stacks import Stacks
from gotrace.model.sweeping import RECLAIM_CHUNK_PAGES, Sweeper
from gotrace.model.zeroing import ZeroedArenas

__all__ = ["BitmapHeap"]

_ARENA_BYTES = 64 << 20


class BitmapHeap:
    """A heap with allocation bits in its spans; see `gotrace.model.heap.Heap`.

    It stands still unless asked: the background sweeper runs in `sweep_one`, if the caller calls
    it, and whatever is left is swept before the next mark.
    """

    span_type: type[Span] = Span
    """What spans of objects are made of; before go1.9 they know no span classes."""

    def __init__(self, policy: Policy, first_address: int) -> None:
        self.policy = policy
        self.pages = policy.pages(first_address)
        self.central = policy.central()
        self.sweeper = Sweeper(self.central, self)
        self.accounting = Accounting(self.pages.page_bytes)
        self.caches: dict[int, Cache] = {}
        self.spans: dict[int, Span] = {}
        """Address → span of objects."""
        self.manual: dict[int, Span] = {}
        """Address → span of stacks or other memory managed by hand."""
        self.stacks = Stacks(self, self.pages.page_bytes)
        self.is_marking = False
        self._sizes = policy.sizes
        self._by_page: dict[int, Span] = {}
        """Page → span of objects: all pages of small objects' spans, the first of large ones."""
        self._in_use_pages = 0
        self._late_dead: set[int] = set()
        """Addresses that died while a mark kept them."""
        self._zeroed = ZeroedArenas(_ARENA_BYTES // self.pages.page_bytes)

    # What programs do.

    def allocate(self, cache: int, size: int, has_pointers: bool) -> Allocation:
        """One object of `size` bytes on P `cache`. Raises ValueError as `SizeRules.request`."""
        request = self._sizes.request(size, has_pointers)
        if request.kind is Kind.ZERO:
            return ZERO_BASE
        self.accounting.mallocs_count += 1
        if request.kind is Kind.LARGE:
            return self._large(cache, request)
        held = self._cache(cache)
        if request.kind is Kind.TINY:
            return self._tiny(held, cache, request)
        return self._small(held, cache, request)

    def begin_mark(self) -> None:
        """Sweep what is left; from here on allocations survive, and so do the tiny blocks in use.

        `finishsweep_m`, `gcMarkTinyAllocs`. Raises ModelError during a mark.
        """
        if self.is_marking:
            raise ModelError("a mark began during a mark")
        self.sweeper.finish()
        self.is_marking = True
        for held in self.caches.values():
            if held.tiny.span is not None:
                held.tiny.span.fresh |= 1 << held.tiny.slot

    def end_mark(self, dead: Iterable[int], trigger_bytes: int | None = None) -> None:
        """The mark ends, sweeping starts, all caches are flushed; see `Heap.end_mark`.

        With `trigger_bytes`, the `heap_live` that starts the next collection, allocations pay
        their share of sweeping (`gcPaceSweeper`); without it nothing is owed.
        """
        if not self.is_marking:
            raise ModelError("a mark ended that had not begun")
        late, self._late_dead = self._late_dead, set()
        for address in sorted(late.union(dead)):
            span, slot = self.locate(address)
            if span.fresh >> slot & 1:
                self._late_dead.add(address)
            else:
                span.dead |= 1 << slot
        self.is_marking = False
        for span in self.spans.values():
            span.fresh = 0
        marked = sum(span.survivors_count * span.slot_bytes for span in self.spans.values())
        self.accounting.mark_end(marked)
        self._marked()
        self.sweeper.start()
        if trigger_bytes is not None:
            self.sweeper.pace(self.accounting.heap_live_bytes, trigger_bytes)
        for cache in sorted(self.caches):
            self.flush(cache)
        self.stacks.free_spans()

    def free(self, address: int, cache: int) -> None:
        """Go frees nothing by hand since go1.1. Raises ValueError."""
        raise ValueError(f"{self.policy.name} frees objects only by collecting them")

    def flush(self, cache: int) -> None:
        """The cache gives spans, stacks and tiny block back (`releaseAll`, `stackcache_clear`)."""
        self.stacks.clear(cache)
        held = self.caches.get(cache)
        if held is None:
            return
        for _, span in sorted(held.spans.items()):
            is_stale = self._state(span) == CACHED_STALE
            self.accounting.flush(span, is_stale)
            if self.central.uncache(span):
                self.sweeper.sweep(span)
        self.caches[cache] = Cache(self.central.generation)

    def set_procs(self, count: int) -> None:
        """`GOMAXPROCS(count)`: Ps from `count` on give up their caches, of spans and of pages."""
        for cache in [cache for cache in sorted(self.caches) if cache >= count]:
            self.flush(cache)
            self.pages.flush(cache)
            del self.caches[cache]

    def allocate_manual(self, npages: int, cache: int | None) -> int:
        """Pages for stacks and others (`mheap.allocManual`): nothing is swept for them."""
        address = self.pages.allocate(npages, cache)
        needs_zero = self._zeroed.take(address // self.pages.page_bytes, npages)
        self.manual[address] = Span(address, npages, 0, 0, 0, needs_zero=needs_zero)
        return address

    def free_manual(self, address: int) -> None:
        """Give such pages back. Raises ModelError if there is no such span."""
        span = self.manual.pop(address, None)
        if span is None:
            raise ModelError(f"no span is managed by hand at {address:#x}")
        self.pages.free(address, span.npages, None)

    # What is where.

    def locate(self, address: int) -> tuple[Span, int]:
        """The span and slot of an object at an address that `allocate` gave.

        Raises ValueError if no object is there.
        """
        span = self._by_page.get(address // self.pages.page_bytes)
        slot = -1 if span is None else span.slot_of(address)
        if span is None or not span.allocated >> slot & 1 or span.dead >> slot & 1:
            raise ValueError(f"no object is at {address:#x}")
        return span, slot

    def statistics(self) -> Statistics:
        """The heap in numbers; slots that caches still hold are not in use."""
        objects: Counter[int] = Counter()
        sizes: Counter[int] = Counter()
        for span in self.spans.values():
            objects[span.size_class] += span.allocated_count
            sizes[span.size_class] += span.allocated_count * span.slot_bytes
        counts, page_bytes = self.accounting, self.pages.page_bytes
        return Statistics(
            heap_live_bytes=counts.heap_live_bytes,
            mallocs_count=counts.mallocs_count,
            frees_count=counts.frees_count,
            tiny_count=counts.tiny_count,
            in_use_bytes=self._in_use_pages * page_bytes,
            manual_bytes=sum(span.npages for span in self.manual.values()) * page_bytes,
            idle_bytes=self.pages.mapped_bytes - self.pages.used_pages * page_bytes,
            released_bytes=self.pages.released_bytes,
            objects_by_class=dict(sorted(objects.items())),
            bytes_by_class=dict(sorted(sizes.items())),
            spans_by_class=dict(sorted(Counter(s.span_class for s in self.spans.values()).items())),
        )

    def check(self) -> None:
        """Raise ModelError if an invariant broke; see also `gotrace.model.heap.check_pages`."""
        check_pages(self.pages, [*self.spans.values(), *self.manual.values()])
        self.central.check(self.spans.values())
        cached = {id(span) for held in self.caches.values() for span in held.spans.values()}
        for address, span in self.spans.items():
            span.check(self.pages.page_bytes)
            is_cached = self._state(span) in (CACHED_STALE, CACHED_SWEPT)
            if span.address != address or is_cached != (id(span) in cached):
                raise ModelError(f"the span at {address:#x} is lost, or in a cache and not")
            if self._state(span) == SWEPT and span.allocated == 0:
                raise ModelError(f"the span at {address:#x} is swept and empty, and still there")
        self._check_counts()

    # What the sweeper asks for (`gotrace.model.sweeping.SpanHome`).

    @property
    def in_use_pages(self) -> int:
        """Pages of all spans of objects (`pagesInUse`)."""
        return self._in_use_pages

    def span_at_page(self, page: int) -> Span | None:
        """The span of objects that begins at this page."""
        return self.spans.get(page * self.pages.page_bytes)

    def arena_chunks(self) -> Sequence[range]:
        """The pages of all arenas with spans in them, in chunks for the page reclaimer."""
        per_arena = _ARENA_BYTES // self.pages.page_bytes
        arenas = sorted({page // per_arena for page in self._by_page})
        return [
            range(first, first + RECLAIM_CHUNK_PAGES)
            for arena in arenas
            for first in range(arena * per_arena, (arena + 1) * per_arena, RECLAIM_CHUNK_PAGES)
        ]

    def slots_freed(self, span: Span, count: int) -> None:
        """Sweeping freed `count` slots."""
        self.accounting.frees_count += count

    def free_span(self, span: Span) -> None:
        """An empty span gives its pages back (`mheap.freeSpan`)."""
        del self.spans[span.address]
        for page in self._mapped_pages(span):
            del self._by_page[page]
        self._in_use_pages -= span.npages
        self.pages.free(span.address, span.npages, None)

    # How.

    def _marked(self) -> None:
        """Called when a mark is over and nothing is swept yet; see `scavenged_heap`."""
        return

    def _cache(self, cache: int) -> Cache:
        """The cache of P `cache`, which may be new."""
        return self.caches.setdefault(cache, Cache(self.central.generation))

    def _tiny(self, held: Cache, cache: int, request: Request) -> Allocation:
        """Into the tiny block if it fits, else a new block, which is kept if more of it is free."""
        block = held.tiny
        start = block.place(request.size_bytes)
        if start >= 0 and block.span is not None:
            block.offset = start + request.size_bytes
            self.accounting.tiny_count += 1
            return self._allocation(block.span, block.slot, start, is_tiny=True, is_new_slot=False)
        made = self._small(held, cache, request)._replace(is_tiny=True)
        if block.replaces(request.size_bytes):
            block.span, block.slot = self.spans[made.span], made.slot
            block.offset = request.size_bytes
        return made

    def _small(self, held: Cache, cache: int, request: Request) -> Allocation:
        """The next free slot of the cached span, after a refill if it has none."""
        found = held.next_slot(request.span_class)
        is_new_span = False
        if found is None:
            is_new_span = self._refill(held, cache, request)
            found = held.next_slot(request.span_class)
        if found is None:
            raise ModelError(f"a refill of span class {request.span_class} brought no free slot")
        span, slot = found
        self._occupy(span, slot)
        return self._allocation(span, slot, request.header_bytes, is_new_span=is_new_span)

    def _refill(self, held: Cache, cache: int, request: Request) -> bool:
        """A span with a free slot from the central lists, or fresh from the page heap."""
        full = held.spans.pop(request.span_class, None)
        if full is not None:
            self.central.uncache(full)
        span_bytes = request.npages * self.pages.page_bytes
        self.sweeper.pay(self.accounting.heap_live_bytes, span_bytes)
        sweep = None if self.sweeper.is_done else self.sweeper.sweep_for_cache
        span = self.central.cache_span(request.span_class, sweep)
        is_new = span is None
        if span is None:
            span = self._new_span(cache, request)
            self.central.add_fresh(span)
        span.sweep_generation = self.central.generation + CACHED_SWEPT
        self.accounting.refill(span)
        held.spans[request.span_class] = span
        return is_new

    def _large(self, cache: int, request: Request) -> Allocation:
        """A span of its own; it pays for sweeping and reclaims as many pages as it takes."""
        self.sweeper.pay(self.accounting.heap_live_bytes, request.slot_bytes, request.npages)
        span = self._new_span(cache, request)
        self._occupy(span, 0)
        self.accounting.large(span)
        self.central.add_fresh(span)
        return self._allocation(span, 0, 0, is_new_span=True)

    def _new_span(self, cache: int, request: Request) -> Span:
        """`mheap.alloc`: reclaim as many pages while sweeping is unfinished, then take them."""
        self.sweeper.reclaim(request.npages)
        address = self.pages.allocate(request.npages, cache)
        span = self.span_type(
            address,
            request.npages,
            request.span_class,
            request.slot_bytes,
            request.objects_per_span,
            sweep_generation=self.central.generation,
            needs_zero=self._zeroed.take(address // self.pages.page_bytes, request.npages),
        )
        self.spans[address] = span
        for page in self._mapped_pages(span):
            self._by_page[page] = span
        self._in_use_pages += span.npages
        return span

    def _occupy(self, span: Span, slot: int) -> None:
        span.take(slot)
        if self.is_marking:
            span.fresh |= 1 << slot

    def _allocation(
        self,
        span: Span,
        slot: int,
        offset: int,
        is_tiny: bool = False,
        is_new_span: bool = False,
        is_new_slot: bool = True,
    ) -> Allocation:
        return Allocation(
            span.slot_address(slot) + offset,
            span.address,
            slot,
            span.size_class,
            span.span_class,
            span.slot_bytes,
            is_tiny,
            is_new_span,
            is_new_slot,
        )

    def _mapped_pages(self, span: Span) -> range:
        first = span.address // self.pages.page_bytes
        return range(first, first + (1 if span.size_class == 0 else span.npages))

    def _state(self, span: Span) -> int:
        return span.sweep_generation - self.central.generation

    def _check_counts(self) -> None:
        counts = self.accounting
        slots = sum(span.allocated_count for span in self.spans.values())
        counted = counts.mallocs_count - counts.tiny_count - counts.frees_count
        if slots != counted:
            raise ModelError(f"{slots} slots are in use, {counted} were counted")
        pages = sum(span.npages for span in self.spans.values())
        if pages != self._in_use_pages:
            raise ModelError(f"spans have {pages} pages, {self._in_use_pages} were counted")
