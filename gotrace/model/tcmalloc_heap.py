"""The heap of tcmalloc: thread caches, central lists with transfer batches, a page heap.

A thread has a list of free objects for each size class, last freed first, and a length up to which
the list may grow, 1 at first:

* an empty list fetches as many objects as it may have, at most one batch (64 KiB of objects, 2 to
  32), and may have one more from then on; once it reached a batch, a whole batch more, up to 8192;
* a list that is longer than it may be gives one batch back; below a batch it may then have one more
  all the same; above, the fourth time makes it a batch shorter;
* a thread with more bytes than it may have gives back half of each list's low-water mark, and may
  then have 64 KiB more: from what all threads together may have, or from another thread.

The central list of a class keeps up to 64 whole batches as they came (the transfer cache), and
spans with their free objects. An empty span goes back to the page heap at once.

`tcmalloc-classic` is google-perftools 1.5 with the size classes of tcmalloc's design document,
`tcmalloc-2x` gperftools 2.7 with those of 2.5. Frees name their object; a collector's `dead` are
freed one by one by the thread that allocated last, in the order given.

Sources: `src/thread_cache.cc`, `src/central_freelist.cc`, `src/common.cc` of google-perftools 1.5
and gperftools 2.7. Left out: shrinking one class's transfer cache for another (each class may have
all its batches from the start), sampling, memory limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gotrace.errors import ModelError
from gotrace.model.heap import Allocation, Statistics
from gotrace.model.list_spans import ListSpan, ListSpans, TwoLists
from gotrace.model.object_list_heap import transfer_count
from gotrace.model.pages.tcmalloc import TcmallocPages
from gotrace.model.policy import Policy
from gotrace.model.sizes import Kind, Request

__all__ = ["CLASSIC_CACHES", "GPERFTOOLS_2_CACHES", "CacheLimits", "TcmallocHeap"]

_STEAL_BYTES = 64 << 10
_MAX_OVERAGES = 3
_MAX_LIST_LENGTH = 8192
_TRANSFER_SLOTS = 64
_TRANSFER_BYTES = 1 << 20
_STEAL_ATTEMPTS = 10


@dataclass(frozen=True)
class CacheLimits:
    """What thread caches may hold, in bytes."""

    overall_bytes: int
    least_bytes: int
    """What a thread may keep whatever others want (`kMinThreadCacheSize`)."""


CLASSIC_CACHES = CacheLimits(16 << 20, 64 << 10)
GPERFTOOLS_2_CACHES = CacheLimits(32 << 20, 512 << 10)


@dataclass
class _List:
    """Free objects of one class, by address; the last one is the head."""

    free: list[int] = field(default_factory=list)
    low_water: int = 0
    max_length: int = 1
    overages: int = 0

    def pop(self, count: int) -> list[int]:
        """The first `count` objects, head first."""
        gone = self.free[len(self.free) - count :][::-1]
        del self.free[len(self.free) - count :]
        self.low_water = min(self.low_water, len(self.free))
        return gone


@dataclass
class _Thread:
    """One thread's cache."""

    lists: dict[int, _List] = field(default_factory=dict)
    size_bytes: int = 0
    max_bytes: int = 0


@dataclass
class _Central:
    """The central list of one class."""

    request: Request
    spans: TwoLists[ListSpan] = field(default_factory=TwoLists)
    batches: list[list[int]] = field(default_factory=list)
    """The transfer cache; batches head first, the last one came last."""

    @property
    def batch(self) -> int:
        """Objects that move at once."""
        return transfer_count(self.request.slot_bytes)

    @property
    def most_batches(self) -> int:
        """64, but no more than 1 MiB of objects."""
        batch_bytes = self.request.slot_bytes * self.batch
        return min(_TRANSFER_SLOTS, max(1, _TRANSFER_BYTES // batch_bytes))


class TcmallocHeap:
    """See the module and `gotrace.model.heap.Heap`."""

    def __init__(self, policy: Policy, first_address: int) -> None:
        pages = policy.pages(first_address)
        if not isinstance(pages, TcmallocPages):
            raise ModelError(f"{policy.name} needs tcmalloc's page heap")
        self.sizes = policy.sizes
        self.pages = pages
        self.limits = limits = CLASSIC_CACHES if pages.is_classic else GPERFTOOLS_2_CACHES
        self._spans = ListSpans(pages)
        self._central: dict[int, _Central] = {}
        self._threads: dict[int, _Thread] = {}
        self._unclaimed_bytes = limits.overall_bytes
        self._next_victim: int | None = None
        """The thread whose limit is lowered next; None: the newest."""
        self._last_cache = 0

    # -- the Heap interface

    def allocate(self, cache: int, size: int, has_pointers: bool) -> Allocation:
        """From the thread's list; large objects from the page heap. No bytes count as one."""
        request = self.sizes.request(max(size, 1) if size >= 0 else size, has_pointers)
        self._last_cache = cache
        if request.kind is Kind.LARGE:
            span = self._spans.new(request, cache)
            self._spans.give(span, span.free.pop())
            return self._allocation(span, 0, is_new_span=True)
        thread = self._thread(cache)
        found = thread.lists.setdefault(request.size_class, _List())
        is_new_span = False
        if found.free:
            address = found.pop(1)[0]
            thread.size_bytes -= request.slot_bytes
        else:
            address, is_new_span = self._fetch(thread, found, request, cache)
        span = self._span_of(address)
        slot = span.slot_of(address)
        self._spans.give(span, slot)
        return self._allocation(span, slot, is_new_span=is_new_span)

    def begin_mark(self) -> None:
        """There is no collector."""

    def end_mark(self, dead: Iterable[int]) -> None:
        """What a collector found dead is freed at once; what is no object is passed over."""
        for address in dead:
            span = self._spans.of(address)
            if span is not None and span.has(span.slot_of(address)):
                self.free(address, self._last_cache)

    def free(self, address: int, cache: int) -> None:
        """To the list of thread `cache`. Raises ValueError if no object is there."""
        span, slot = self._spans.holding(address)
        self._spans.drop(span, slot)
        if span.size_class == 0:
            span.free.append(slot)
            self._spans.release(span)
            return
        thread = self._thread(cache)
        found = thread.lists.setdefault(span.size_class, _List())
        found.free.append(span.slot_address(slot))
        thread.size_bytes += span.slot_bytes
        if len(found.free) > found.max_length:
            self._list_too_long(thread, found, span.size_class)
        # 1.x compares with `>=`, 2.x with `>`.
        if thread.size_bytes > thread.max_bytes - self.pages.is_classic:
            self._scavenge(cache, thread)

    def flush(self, cache: int) -> None:
        """The thread ends: all its objects go back, and what it was allowed to have."""
        thread = self._threads.get(cache)
        if thread is None:
            return
        if self._next_victim == cache:
            self._next_victim = self._older(cache)
        del self._threads[cache]
        for size_class in sorted(thread.lists):
            self._release(thread, size_class, len(thread.lists[size_class].free))
        self._unclaimed_bytes += thread.max_bytes

    def statistics(self) -> Statistics:
        """The heap in numbers; objects in caches are not in use."""
        return self._spans.statistics()

    def check(self) -> None:
        """Every slot is the program's, in a thread's list, in a batch, or in its span's list."""
        self._spans.check()
        held: dict[int, int] = {}
        for thread in self._threads.values():
            lists = thread.lists.items()
            size = sum(len(found.free) * self._slot_bytes(number) for number, found in lists)
            if size != thread.size_bytes:
                raise ModelError(f"a thread holds {size} bytes and counts {thread.size_bytes}")
            for found in thread.lists.values():
                held.update((address, held.get(address, 0) + 1) for address in found.free)
        for central in self._central.values():
            for batch in central.batches:
                held.update((address, held.get(address, 0) + 1) for address in batch)
        if any(count > 1 for count in held.values()):
            raise ModelError("an object is in two lists")
        for span in self._spans:
            self._check_span(span, held)
        allowed = sum(thread.max_bytes for thread in self._threads.values())
        if allowed + self._unclaimed_bytes != self.limits.overall_bytes:
            raise ModelError("what threads may have does not add up")

    def _check_span(self, span: ListSpan, held: dict[int, int]) -> None:
        inside = sum(span.slot_address(slot) in held for slot in range(span.slot_count))
        if span.ref != span.allocated.bit_count() + inside:
            raise ModelError(f"the span at {span.address:#x} lost slots")
        if span.size_class == 0:
            return
        lists = self._central[span.size_class].spans
        if (span in lists.nonempty) != bool(span.free) or (span in lists.empty) == bool(span.free):
            raise ModelError(f"the span at {span.address:#x} is in the wrong list")
        if span.ref == 0:
            raise ModelError(f"the span at {span.address:#x} is empty and was not returned")

    # -- threads

    def _thread(self, cache: int) -> _Thread:
        thread = self._threads.get(cache)
        if thread is None:
            thread = self._threads[cache] = _Thread()
            self._allow_more(cache, thread)
            if thread.max_bytes == 0:
                # Nothing unclaimed, nobody to take it from: claim it all the same.
                thread.max_bytes = self.limits.least_bytes
                self._unclaimed_bytes -= self.limits.least_bytes
        return thread

    def _fetch(
        self, thread: _Thread, found: _List, request: Request, cache: int
    ) -> tuple[int, bool]:
        """`FetchFromCentralCache`: the first object is handed out, the others fill the list."""
        central = self._central.setdefault(request.size_class, _Central(request))
        batch = central.batch
        objects, is_new_span = self._remove_range(central, min(found.max_length, batch), cache)
        found.free = objects[:0:-1]
        thread.size_bytes += len(found.free) * request.slot_bytes
        if found.max_length < batch:
            found.max_length += 1
        else:
            longer = min(found.max_length + batch, _MAX_LIST_LENGTH)
            found.max_length = longer - longer % batch
        return objects[0], is_new_span

    def _list_too_long(self, thread: _Thread, found: _List, size_class: int) -> None:
        batch = self._central[size_class].batch
        self._release(thread, size_class, batch)
        if found.max_length < batch:
            found.max_length += 1
        elif found.max_length > batch:
            found.overages += 1
            if found.overages > _MAX_OVERAGES:
                found.max_length -= batch
                found.overages = 0

    def _scavenge(self, cache: int, thread: _Thread) -> None:
        """Half of what each list never needed goes back; lists above a batch may have less."""
        for size_class in sorted(thread.lists):
            found = thread.lists[size_class]
            if found.low_water > 0:
                self._release(thread, size_class, max(found.low_water // 2, 1))
                batch = self._central[size_class].batch
                if found.max_length > batch:
                    found.max_length = max(found.max_length - batch, batch)
            found.low_water = len(found.free)
        self._allow_more(cache, thread)

    def _allow_more(self, cache: int, thread: _Thread) -> None:
        """64 KiB more, from what is unclaimed or from another thread (`IncreaseCacheLimit`)."""
        if self._unclaimed_bytes > 0:
            self._unclaimed_bytes -= _STEAL_BYTES
            thread.max_bytes += _STEAL_BYTES
            return
        for _ in range(_STEAL_ATTEMPTS):
            victim = self._next_victim
            if victim is None:
                victim = next(reversed(self._threads))
            self._next_victim = self._older(victim)
            if victim != cache and self._threads[victim].max_bytes > self.limits.least_bytes:
                self._threads[victim].max_bytes -= _STEAL_BYTES
                thread.max_bytes += _STEAL_BYTES
                return

    def _older(self, cache: int) -> int | None:
        """The thread that came before `cache`; None if it is the oldest."""
        oldest_first = list(self._threads)
        index = oldest_first.index(cache)
        return oldest_first[index - 1] if index else None

    def _release(self, thread: _Thread, size_class: int, count: int) -> None:
        """`ReleaseToCentralCache`: the head of the list, in batches."""
        found = thread.lists[size_class]
        central = self._central[size_class]
        count = min(count, len(found.free))
        thread.size_bytes -= count * central.request.slot_bytes
        while count > 0:
            moved = min(count, central.batch)
            self._insert_range(central, found.pop(moved))
            count -= moved

    # -- the central lists

    def _insert_range(self, central: _Central, objects: list[int]) -> None:
        """A whole batch is kept as it is if there is room; else objects go to their spans."""
        if len(objects) == central.batch and len(central.batches) < central.most_batches:
            central.batches.append(objects)
            return
        for address in objects:
            span = self._span_of(address)
            if not span.free:
                central.spans.nonempty_first(span)
            span.free.append(span.slot_of(address))
            if span.ref == 0:
                central.spans.remove(span)
                self._spans.release(span)

    def _remove_range(self, central: _Central, count: int, cache: int) -> tuple[list[int], bool]:
        """A batch as it came, or objects of spans, in the order in which they are handed out.

        2.x takes what the first span has; 1.x goes on to the next ones, and what it took last is
        handed out first. Gives also whether pages were taken.
        """
        if count == central.batch and central.batches:
            return central.batches.pop(), False
        spans = central.spans
        is_new_span = not spans.nonempty
        if is_new_span:
            spans.nonempty_first(self._spans.new(central.request, cache))
        objects: list[int] = []
        while len(objects) < count and spans.nonempty:
            span = next(iter(spans.nonempty))
            if objects and not self.pages.is_classic and self._span_of(objects[0]) is not span:
                break
            objects.append(span.slot_address(span.free.pop()))
            if not span.free:
                spans.empty_first(span)
        return (objects[::-1] if self.pages.is_classic else objects), is_new_span

    def _slot_bytes(self, size_class: int) -> int:
        return self._central[size_class].request.slot_bytes

    def _span_of(self, address: int) -> ListSpan:
        span = self._spans.of(address)
        if span is None:
            raise ModelError(f"the cached object at {address:#x} is in no span")
        return span

    @staticmethod
    def _allocation(span: ListSpan, slot: int, *, is_new_span: bool) -> Allocation:
        return Allocation(
            span.slot_address(slot),
            span.address,
            slot,
            span.size_class,
            span.size_class,
            span.slot_bytes,
            is_new_span=is_new_span,
        )
