"""The heap of go1.0: objects in lists, one cache for each thread, reference-counted spans.

A cache (`MCache`, one for each M) has a list of free objects for each size class, last freed first.
An empty list is filled with one transfer batch from the central list, which takes objects one by
one from its first span that has some; each object handed out raises the span's reference count.
Freed objects go to the list of the M that frees them:

* a list of 256 objects gives one transfer batch back to the central list;
* a cache of 2 MiB gives back half of what each list never needed since the last time: of its
  low-water mark;
* a span whose count falls to 0 goes back to the page heap at once.

The collector stops the world and frees what it did not mark into the cache of its own M, newest
span structure first, slots upwards; then all caches give everything back.

Sources: `runtime/mcache.c`, `runtime/mcentral.c`, `runtime/mgc0.c`, `runtime/malloc.goc` of go1.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gotrace.errors import ModelError
from gotrace.model.heap import ZERO_BASE, Allocation, Statistics
from gotrace.model.list_spans import ListSpan, ListSpans, TwoLists, run_pages
from gotrace.model.policy import Policy
from gotrace.model.sizes import Kind, Request

__all__ = ["ObjectListHeap", "transfer_count"]

MAX_LIST_LENGTH = 256
"""`MaxMCacheListLen`."""
MAX_CACHE_BYTES = 2 << 20
"""`MaxMCacheSize`."""


def transfer_count(slot_bytes: int) -> int:
    """How many objects move at once: 64 KiB of them, but 2 to 32 (`class_to_transfercount`)."""
    return min(max((64 << 10) // slot_bytes, 2), 32)


@dataclass
class _List:
    """Free objects of one class, by address; the last one is the head."""

    free: list[int] = field(default_factory=list)
    low_water: int = 0
    """The shortest it was since the last scavenge (`nlistmin`)."""


@dataclass
class _Cache:
    """What one M holds."""

    lists: dict[int, _List] = field(default_factory=dict)
    size_bytes: int = 0


class ObjectListHeap:
    """go1.0; see `gotrace.model.heap.Heap`."""

    def __init__(self, policy: Policy, first_address: int) -> None:
        self.sizes = policy.sizes
        self.pages = run_pages(policy, first_address)
        self._spans = ListSpans(self.pages)
        self._central: dict[int, TwoLists[ListSpan]] = {}
        self._caches: dict[int, _Cache] = {}
        self._requests: dict[int, Request] = {}
        """Size class → what its spans are like."""
        self._last_cache = 0
        """The M that allocated last: it runs the collector."""

    def allocate(self, cache: int, size: int, has_pointers: bool) -> Allocation:
        """From the list of the M; large objects from the page heap.

        No bytes count as one byte; from go1.1 on they are no object.
        """
        request = self.sizes.request(size, has_pointers)
        if request.kind is Kind.ZERO:
            return ZERO_BASE
        self._last_cache = cache
        if request.kind is Kind.LARGE:
            span = self._spans.new(request, cache)
            self._spans.give(span, span.free.pop())
            return self._allocation(span, 0, is_new_span=True)
        address, is_new_span = self._pop(cache, request)
        span = self._span_of(address)
        slot = span.slot_of(address)
        self._spans.give(span, slot)
        return self._allocation(span, slot, is_new_span)

    def begin_mark(self) -> None:
        """The world stops; everything is swept since the last collection."""

    def end_mark(self, dead: Iterable[int]) -> None:
        """Sweep all at once, newest span structure first; then all caches are emptied."""
        for span, slots in self._dead_by_span(dead):
            for slot in slots:
                self._free(span, slot, self._last_cache)
        for cache in reversed(list(self._caches)):
            self.flush(cache)

    def free(self, address: int, cache: int) -> None:
        """`runtime·free`. Raises ValueError if no object is there."""
        span, slot = self._spans.holding(address)
        self._free(span, slot, cache)

    def flush(self, cache: int) -> None:
        """`MCache_ReleaseAll`: all lists to the central lists."""
        held = self._caches.get(cache, _Cache())
        for size_class in sorted(held.lists):
            found = held.lists[size_class]
            self._release(held, size_class, len(found.free))
            found.low_water = 0

    def statistics(self) -> Statistics:
        """The heap in numbers; objects in caches are not in use."""
        return self._spans.statistics()

    def check(self) -> None:
        """Every slot is the program's, or in one list: of its span, or of a cache."""
        self._spans.check()
        cached: dict[int, int] = {}
        for held in self._caches.values():
            size_bytes = 0
            for size_class, found in held.lists.items():
                size_bytes += len(found.free) * self._requests[size_class].slot_bytes
                for address in found.free:
                    cached[address] = cached.get(address, 0) + 1
            if size_bytes != held.size_bytes:
                raise ModelError(f"a cache holds {size_bytes} bytes and counts {held.size_bytes}")
        if any(count > 1 for count in cached.values()):
            raise ModelError("an object is in two caches")
        for span in self._spans:
            out = span.ref - span.allocated.bit_count()
            for slot in range(span.slot_count):
                out -= span.slot_address(slot) in cached
            if out:
                raise ModelError(f"the span at {span.address:#x} lost {out} slots")
            self._check_lists(span)

    def _check_lists(self, span: ListSpan) -> None:
        if span.size_class == 0:
            return
        lists = self._central[span.size_class]
        if (span in lists.nonempty) != bool(span.free) or (span in lists.empty) == bool(span.free):
            raise ModelError(f"the span at {span.address:#x} is in the wrong list")
        if span.ref == 0:
            raise ModelError(f"the span at {span.address:#x} is empty and was not returned")

    # -- caches

    def _pop(self, cache: int, request: Request) -> tuple[int, bool]:
        """The head of the list, filled if it was empty; and whether that took pages."""
        held = self._caches.setdefault(cache, _Cache())
        found = held.lists.setdefault(request.size_class, _List())
        self._requests[request.size_class] = request
        is_new_span = False
        if not found.free:
            objects, is_new_span = self._take_batch(request, cache)
            found.free = objects[::-1]
            held.size_bytes += len(objects) * request.slot_bytes
        address = found.free.pop()
        found.low_water = min(found.low_water, len(found.free))
        held.size_bytes -= request.slot_bytes
        return address, is_new_span

    def _free(self, span: ListSpan, slot: int, cache: int) -> None:
        self._spans.drop(span, slot)
        if span.size_class == 0:
            span.free.append(slot)
            self._spans.release(span)
            return
        held = self._caches.setdefault(cache, _Cache())
        found = held.lists.setdefault(span.size_class, _List())
        found.free.append(span.slot_address(slot))
        held.size_bytes += span.slot_bytes
        if len(found.free) >= MAX_LIST_LENGTH:
            self._release(held, span.size_class, transfer_count(span.slot_bytes))
        if held.size_bytes >= MAX_CACHE_BYTES:
            self._scavenge(held)

    def _scavenge(self, held: _Cache) -> None:
        """Half of what each list never needed since the last time goes back."""
        for size_class in sorted(held.lists):
            found = held.lists[size_class]
            if found.low_water > 0:
                self._release(held, size_class, max(found.low_water // 2, 1))
            found.low_water = len(found.free)

    def _release(self, held: _Cache, size_class: int, count: int) -> None:
        """`ReleaseN`: the first `count` objects of the list, the last freed first."""
        found = held.lists[size_class]
        gone = found.free[len(found.free) - count :]
        del found.free[len(found.free) - count :]
        found.low_water = min(found.low_water, len(found.free))
        held.size_bytes -= count * self._requests[size_class].slot_bytes
        for address in reversed(gone):
            self._return(address)

    # -- the central lists

    def _take_batch(self, request: Request, cache: int) -> tuple[list[int], bool]:
        """`MCentral_AllocList`: objects in the order in which spans give them."""
        lists = self._central_of(request)
        is_new_span = not lists.nonempty
        if is_new_span:
            lists.nonempty_first(self._spans.new(request, cache))
        objects: list[int] = []
        wanted = transfer_count(request.slot_bytes)
        while len(objects) < wanted and lists.nonempty:
            span = next(iter(lists.nonempty))
            objects.append(span.slot_address(span.free.pop()))
            if not span.free:
                lists.empty_first(span)
        return objects, is_new_span

    def _return(self, address: int) -> None:
        """`MCentral_Free`: to the head of its span's list; an empty span leaves."""
        span = self._span_of(address)
        lists = self._central[span.size_class]
        if not span.free:
            lists.nonempty_first(span)
        span.free.append(span.slot_of(address))
        if span.ref == 0:
            lists.remove(span)
            self._spans.release(span)

    def _central_of(self, request: Request) -> TwoLists[ListSpan]:
        return self._central.setdefault(request.size_class, TwoLists())

    def _span_of(self, address: int) -> ListSpan:
        span = self._spans.of(address)
        if span is None:
            raise ModelError(f"the cached object at {address:#x} is in no span")
        return span

    def _dead_by_span(self, dead: Iterable[int]) -> list[tuple[ListSpan, list[int]]]:
        slots: dict[ListSpan, set[int]] = {}
        for address in dead:
            span = self._spans.of(address)
            if span is not None and span.has(span.slot_of(address)):
                slots.setdefault(span, set()).add(span.slot_of(address))
        newest = sorted(slots, key=lambda span: -span.record)
        return [(span, sorted(slots[span])) for span in newest]

    @staticmethod
    def _allocation(span: ListSpan, slot: int, is_new_span: bool) -> Allocation:
        return Allocation(
            span.slot_address(slot),
            span.address,
            slot,
            span.size_class,
            span.size_class,
            span.slot_bytes,
            is_new_span=is_new_span,
        )
