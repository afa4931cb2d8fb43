"""Goroutine stacks and the collector's work buffers: spans managed by hand.

Stacks of 2 to 16 KiB are cut from spans of 32 KiB and handed on through a cache of each P and a
pool for each size; larger ones are spans of their own. A stack that is too small is replaced by one
twice as large. Nothing goes back to the page heap while a mark runs. Sources: `stackalloc`,
`stackfree`, `freeStackSpans` in `runtime/stack.go`; `getempty`, `freeSomeWbufs` in
`runtime/mgcwork.go`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from gotrace.errors import ModelError

__all__ = [
    "GUARD_BYTES",
    "MIN_STACK_BYTES",
    "POOLED_SPAN_BYTES",
    "ManualPages",
    "Stacks",
    "WorkBuffers",
    "is_stack_size",
    "starting_stack_bytes",
]

MIN_STACK_BYTES = 2048
"""`fixedStack` on Unix: the smallest stack, go1.4 on."""

POOLED_SPAN_BYTES = 32 << 10
"""`_StackCacheSize`: stacks below it are cut from spans of this size; a P caches so much a size."""

GUARD_BYTES = 928
"""`stackGuard`: room at a stack's end for calls that do not check."""

_MAX_STACK_BYTES = 1 << 30


class ManualPages(Protocol):
    """What stacks need of the heap."""

    is_marking: bool

    def allocate_manual(self, npages: int, cache: int | None) -> int:
        """Pages for a span managed by hand; gives its address."""
        ...

    def free_manual(self, address: int) -> None:
        """Give such a span back."""
        ...


@dataclass(eq=False)
class _StackSpan:
    """32 KiB of stacks of one size; `free` is a stack of addresses, the last is handed out next."""

    address: int
    stack_bytes: int
    free: list[int] = field(default_factory=list)
    taken_count: int = 0


@dataclass
class Stacks:
    """All goroutine stacks of a heap."""

    heap: ManualPages
    page_bytes: int
    _pools: dict[int, deque[_StackSpan]] = field(default_factory=dict)
    """Size → spans with free stacks; the first is used next, newcomers come first."""
    _span_of: dict[int, _StackSpan] = field(default_factory=dict)
    """Page → span."""
    _caches: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """(P, size) → free stacks; the last is handed out next."""
    _large_free: dict[int, list[int]] = field(default_factory=dict)
    """Size → large stacks freed during a mark (`stackLarge`); the last is handed out next."""

    def allocate(self, size_bytes: int, cache: int | None) -> int:
        """A stack of `size_bytes`; gives its lowest address. `cache` is None without a P.

        Raises ValueError unless the size is a power of two from 2 KiB to 1 GiB.
        """
        _check_size(size_bytes)
        if size_bytes >= POOLED_SPAN_BYTES:
            if self._large_free.get(size_bytes):
                return self._large_free[size_bytes].pop()
            return self.heap.allocate_manual(size_bytes // self.page_bytes, cache)
        if cache is None:
            return self._from_pool(size_bytes, cache)
        cached = self._caches.setdefault((cache, size_bytes), [])
        if not cached:  # half of what it may hold, so that the next free finds room
            for _ in range(POOLED_SPAN_BYTES // 2 // size_bytes):
                cached.append(self._from_pool(size_bytes, cache))
        return cached.pop()

    def free(self, address: int, size_bytes: int, cache: int | None) -> None:
        """Give a stack back. Raises ValueError for sizes that `allocate` refuses."""
        _check_size(size_bytes)
        if size_bytes >= POOLED_SPAN_BYTES:
            if self.heap.is_marking:
                self._large_free.setdefault(size_bytes, []).append(address)
            else:
                self.heap.free_manual(address)
        elif cache is None:
            self._to_pool(address)
        else:
            cached = self._caches.setdefault((cache, size_bytes), [])
            if len(cached) * size_bytes >= POOLED_SPAN_BYTES:
                while len(cached) * size_bytes > POOLED_SPAN_BYTES // 2:
                    self._to_pool(cached.pop())
            cached.append(address)

    def clear(self, cache: int) -> None:
        """A P's cache is flushed: all its stacks go to the pools (`stackcache_clear`)."""
        for owner, size_bytes in sorted(self._caches):
            if owner == cache:
                cached = self._caches.pop((owner, size_bytes))
                while cached:
                    self._to_pool(cached.pop())

    def free_spans(self) -> None:
        """After a mark: what could not be given back while it ran (`freeStackSpans`)."""
        for _, pool in sorted(self._pools.items()):
            for span in [span for span in pool if span.taken_count == 0]:
                pool.remove(span)
                self._drop(span)
        for _, addresses in sorted(self._large_free.items()):
            while addresses:
                self.heap.free_manual(addresses.pop())

    def _from_pool(self, size_bytes: int, cache: int | None) -> int:
        """A stack from the first span that has one, or from a new span, highest address first."""
        pool = self._pools.setdefault(size_bytes, deque())
        if not pool:
            pages = POOLED_SPAN_BYTES // self.page_bytes
            address = self.heap.allocate_manual(pages, cache)
            stacks = list(range(address, address + POOLED_SPAN_BYTES, size_bytes))
            pool.appendleft(_StackSpan(address, size_bytes, stacks))
            for page in range(pages):
                self._span_of[address // self.page_bytes + page] = pool[0]
        span = pool[0]
        span.taken_count += 1
        stack = span.free.pop()
        if not span.free:
            pool.popleft()
        return stack

    def _to_pool(self, address: int) -> None:
        """Back into its span; an empty span goes back to the page heap unless a mark runs."""
        span = self._span_of.get(address // self.page_bytes)
        if span is None or address in span.free:
            raise ModelError(f"no stack is in use at {address:#x}")
        pool = self._pools[span.stack_bytes]
        if not span.free:
            pool.appendleft(span)
        span.free.append(address)
        span.taken_count -= 1
        if span.taken_count == 0 and not self.heap.is_marking:
            pool.remove(span)
            self._drop(span)

    def _drop(self, span: _StackSpan) -> None:
        for page in range(POOLED_SPAN_BYTES // self.page_bytes):
            del self._span_of[span.address // self.page_bytes + page]
        self.heap.free_manual(span.address)


@dataclass
class WorkBuffers:
    """The collector's lists of what to scan: spans of 32 KiB, kept until a mark is over."""

    heap: ManualPages
    page_bytes: int
    busy: list[int] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    """Kept from the last mark; the last is handed out, and freed, next."""

    def take(self, cache: int | None) -> int:
        """A mark needs 16 more buffers of 2 KiB: a span kept from before or a new one."""
        if self.free:
            address = self.free.pop()
        else:
            address = self.heap.allocate_manual(POOLED_SPAN_BYTES // self.page_bytes, cache)
        self.busy.append(address)
        return address

    def release(self) -> None:
        """The mark is over, nothing is busy (`prepareFreeWorkbufs`)."""
        self.free = [*self.free, *self.busy]
        self.busy = []

    def free_some(self, count: int = 64) -> bool:
        """The background sweeper frees a batch once all is swept; whether there are more."""
        for _ in range(min(count, len(self.free))):
            self.heap.free_manual(self.free.pop())
        return bool(self.free)


def starting_stack_bytes(scanned_bytes: int, stacks_count: int) -> int:
    """How large a new goroutine's stack is after a mark that scanned so much, go1.19 on.

    The power of two that holds an average stack and its guard; 2 KiB at least, and before
    (`gcComputeStartingStackSize` in `runtime/stack.go`).
    """
    if stacks_count == 0:
        return MIN_STACK_BYTES
    average = scanned_bytes // stacks_count + GUARD_BYTES
    return 1 << (max(MIN_STACK_BYTES, min(average, _MAX_STACK_BYTES)) - 1).bit_length()


def is_stack_size(size_bytes: int) -> bool:
    """Whether stacks can have so many bytes: a power of two from 2 KiB to 1 GiB."""
    is_power = size_bytes > 0 and size_bytes & (size_bytes - 1) == 0
    return is_power and MIN_STACK_BYTES <= size_bytes <= _MAX_STACK_BYTES


def _check_size(size_bytes: int) -> None:
    if not is_stack_size(size_bytes):
        raise ValueError(f"no stack has {size_bytes} bytes")
