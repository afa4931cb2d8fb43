"""A span: a run of pages cut into slots of one size, and which of the slots are taken.

Slots are handed out lowest first from the free index on; what the collector frees becomes usable
when the span is swept, which sets the free index back to 0. Sources: `mspan` in `runtime/mheap.go`,
`nextFreeIndex` in `runtime/mbitmap.go`, `mspan.sweep` in `runtime/mgcsweep.go` (go1.7 on).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gotrace.errors import ModelError
from gotrace.model.pages import bits

__all__ = ["CACHED_STALE", "CACHED_SWEPT", "SWEEPING", "SWEPT", "UNSWEPT", "Span", "span_class_of"]

UNSWEPT, SWEEPING, SWEPT, CACHED_STALE, CACHED_SWEPT = -2, -1, 0, 1, 3
"""A span's sweep generation minus the heap's: what `mspan.sweepgen` means.

It needs sweeping; is being swept; is swept; was cached before this sweep began and is still cached,
so that it needs sweeping; was swept and then cached.
"""


def span_class_of(size_class: int, has_pointers: bool) -> int:
    """The span class: twice the size class, plus one where objects hold no pointers (go1.9 on)."""
    return size_class * 2 + (not has_pointers)


@dataclass(eq=False)
class Span:
    """One span of objects, or (`slot_count` 0) of stacks and other memory managed by hand.

    Sets of slots are whole numbers; bit 0 is the first slot. Spans are equal only to themselves.
    """

    address: int
    npages: int
    span_class: int
    slot_bytes: int
    slot_count: int
    sweep_generation: int = 0
    needs_zero: bool = False
    allocated: int = 0
    """Slots in use, or dead and not yet swept."""
    dead: int = 0
    """Slots that the last mark found unreachable: free once the span is swept."""
    fresh: int = 0
    """Slots taken since the current mark began: the collector keeps them (`gcmarknewobject`)."""
    free_index: int = 0
    """Slots below it are not looked at again before the next sweep."""
    allocated_when_cached: int = field(default=0, repr=False)
    """`allocCountBeforeCache`: slots in use when a cache took the span."""

    @property
    def size_class(self) -> int:
        """0 stands for a large object that has the span to itself."""
        return self.span_class // 2

    @property
    def allocated_count(self) -> int:
        """`allocCount`: slots in use, or dead and not yet swept."""
        return self.allocated.bit_count()

    @property
    def survivors_count(self) -> int:
        """How many slots will be in use once the span is swept."""
        return (self.allocated & ~self.dead).bit_count()

    @property
    def is_full(self) -> bool:
        """Whether no slot can be handed out before the next sweep."""
        return self.next_free() == self.slot_count

    def next_free(self) -> int:
        """The slot that the next allocation gets; `slot_count` if there is none."""
        return min(bits.lowest_clear(self.allocated, self.free_index), self.slot_count)

    def take(self, slot: int) -> None:
        """Hand out `slot`: the next free one, or in a guided replay the one the runtime took.

        Raises ModelError if it is in use or outside the span.
        """
        if not 0 <= slot < self.slot_count or self.allocated >> slot & 1:
            raise ModelError(f"slot {slot} of the span at {self.address:#x} is not free")
        self.allocated |= 1 << slot
        self.free_index = max(self.free_index, slot + 1)

    def slot_of(self, address: int) -> int:
        """The slot that `address` points into."""
        return (address - self.address) // self.slot_bytes

    def slot_address(self, slot: int) -> int:
        """Where `slot` begins."""
        return self.address + slot * self.slot_bytes

    def sweep(self) -> int:
        """Free the dead slots and look from the first slot on again; gives how many were freed."""
        freed = self.dead & self.allocated
        self.allocated &= ~freed
        self.dead = 0
        self.free_index = 0
        if freed:
            self.needs_zero = True
        return freed.bit_count()

    def check(self, page_bytes: int) -> None:
        """Raise ModelError if slots lie outside the span or sets of slots disagree."""
        where = f"the span at {self.address:#x}"
        if self.slot_count * self.slot_bytes > self.npages * page_bytes:
            raise ModelError(f"{where} is smaller than its slots")
        if self.allocated >> self.slot_count or not 0 <= self.free_index <= self.slot_count:
            raise ModelError(f"{where} has slots in use behind its end")
        if self.dead & ~self.allocated:
            raise ModelError(f"{where} has dead slots that were never in use")
