"""What all heaps have in common: the interface, what an allocation becomes, and the invariants.

A heap is fed with what a program does (allocate, mark, free) and decides, as its version would,
to which size class, span and page each object goes. `gotrace.model.policies.new_heap` makes one by
name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from gotrace.errors import ModelError
from gotrace.model.pages import PageHeap
from gotrace.model.span import Span

__all__ = ["ZERO_BASE", "Allocation", "Heap", "Statistics", "check_pages"]


class Allocation(NamedTuple):
    """What one request became; all numbers, as a compiled heap gives them, too."""

    address: int
    """What `mallocgc` returns: behind the header, inside the tiny block."""
    span: int
    """Address of the span."""
    slot: int
    """Number of the slot in the span, from 0."""
    size_class: int
    """0 for a large object."""
    span_class: int
    slot_bytes: int
    is_tiny: bool = False
    """Whether the object shares a block of 16 bytes."""
    is_new_span: bool = False
    """Whether pages were taken for it."""
    is_new_slot: bool = True
    """False if the object joined others in a tiny block, and for no bytes at all."""


ZERO_BASE = Allocation(0, 0, -1, 0, 0, 0, is_new_slot=False)
"""No bytes: every such request gets the address of `runtime.zerobase`, which is no heap."""


@dataclass(frozen=True)
class Statistics:
    """The heap in numbers, as `runtime.MemStats` and `runtime/metrics` count.

    Dead objects count until they are swept. Counts by class have only classes that occur.
    """

    heap_live_bytes: int
    """What the pacer believes: `/gc/heap/live:bytes` plus the slots that caches may still fill."""
    mallocs_count: int
    frees_count: int
    tiny_count: int
    """Objects that joined a tiny block; in `mallocs_count`, too."""
    in_use_bytes: int
    """Spans of objects (`HeapInuse`)."""
    manual_bytes: int
    """Spans of stacks and others that are managed by hand (`StackInuse` and others)."""
    idle_bytes: int
    """Mapped and in no span (`HeapIdle`)."""
    released_bytes: int
    """Of these, what the system has (`HeapReleased`)."""
    objects_by_class: Mapping[int, int] = field(default_factory=dict)
    """Size class → slots in use."""
    bytes_by_class: Mapping[int, int] = field(default_factory=dict)
    """Size class → bytes of those slots."""
    spans_by_class: Mapping[int, int] = field(default_factory=dict)
    """Span class → spans."""

    @property
    def mapped_bytes(self) -> int:
        """Everything taken from the system."""
        return self.in_use_bytes + self.manual_bytes + self.idle_bytes


class Heap(Protocol):
    """One allocator. `cache` numbers the P (the M in go1.0, the thread in tcmalloc)."""

    def allocate(self, cache: int, size: int, has_pointers: bool) -> Allocation:
        """One object of `size` bytes. Raises ValueError for sizes no allocator serves."""
        ...

    def begin_mark(self) -> None:
        """A collection begins: all is swept first; what is allocated from here on survives it."""
        ...

    def end_mark(self, dead: Iterable[int]) -> None:
        """The mark ends; `dead` are the addresses in whose slots nothing was reached.

        The slots become free when their spans are swept. What was allocated during the mark
        survives it and is dead at the next one. Raises ValueError where no object is.
        """
        ...

    def free(self, address: int, cache: int) -> None:
        """Free one object at once, as tcmalloc and `runtime·free` of go1.0 do.

        Raises ValueError if no object is there, or the allocator knows no such thing.
        """
        ...

    def flush(self, cache: int) -> None:
        """The cache gives everything back: `ReadMemStats`, the end of a mark, a P that goes."""
        ...

    def statistics(self) -> Statistics:
        """The heap in numbers, now."""
        ...

    def check(self) -> None:
        """Raise ModelError if an invariant broke: overlap, lost pages, counts that disagree."""
        ...


def check_pages(pages: PageHeap, spans: Iterable[Span]) -> None:
    """Raise ModelError unless the used pages of `pages` are those of `spans`, each once."""
    pages.check()
    claimed = sorted((span.address, span.npages) for span in spans)
    end = 0
    for address, npages in claimed:
        if address < end:
            raise ModelError(f"the span at {address:#x} begins inside another")
        end = address + npages * pages.page_bytes
    inside = {(run.address, run.npages) for run in _joined(claimed, pages.page_bytes)}
    used = {(run.address, run.npages) for run in pages.runs() if not run.is_free}
    for address, npages in sorted(inside ^ used):
        owner = "no span" if (address, npages) in used else "no used pages"
        raise ModelError(f"{npages} pages at {address:#x} have {owner}")
    if pages.used_pages != sum(npages for _, npages in claimed):
        raise ModelError(f"{pages.used_pages} pages are counted as used")


class _Claim(NamedTuple):
    address: int
    npages: int


def _joined(claimed: list[tuple[int, int]], page_bytes: int) -> list[_Claim]:
    """Neighbouring spans as one run, as a page heap shows them."""
    joined: list[_Claim] = []
    for address, npages in claimed:
        last = joined[-1] if joined else None
        if last is not None and last.address + last.npages * page_bytes == address:
            joined[-1] = _Claim(last.address, last.npages + npages)
        else:
            joined.append(_Claim(address, npages))
    return joined
