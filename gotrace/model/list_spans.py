"""Spans whose free slots are linked lists, and the table of them: go1.0 to go1.6, and tcmalloc.

The link is in the free object itself, so the last slot freed is the first one used again. `ref`
counts the slots that are not in the span's list: in use, or in some cache's list.

Sources: `MSpan` in `runtime/malloc.h`, `MHeap_LookupMaybe` in `runtime/mheap.c`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Generic, TypeVar

from gotrace.errors import ModelError
from gotrace.model.heap import Statistics
from gotrace.model.pages.free_runs import FreeRunPages
from gotrace.model.policy import Policy
from gotrace.model.sizes import Request

__all__ = ["ListSpan", "ListSpans", "TwoLists", "run_pages"]

S = TypeVar("S")


@dataclass(eq=False)
class ListSpan:
    """One span. The next slot handed out is the last of `free`. Equal only to itself."""

    address: int
    npages: int
    size_class: int
    """0: one large object has the span."""
    slot_bytes: int
    slot_count: int
    record: int
    """Number of the structure, in the order of creation: the sweeper's order."""
    free: list[int] = field(default_factory=list)
    allocated: int = 0
    """Slots that the program has, as bits."""
    dead: int = 0
    """Of these, the ones the last mark found unreachable."""
    sweep_generation: int = 0

    @property
    def ref(self) -> int:
        """Slots that are not in the span's own list."""
        return self.slot_count - len(self.free)

    @property
    def slots_bytes(self) -> int:
        """What the program's slots take."""
        return self.allocated.bit_count() * self.slot_bytes

    def slot_address(self, slot: int) -> int:
        """Where `slot` begins."""
        return self.address + slot * self.slot_bytes

    def slot_of(self, address: int) -> int:
        """The slot in which `address` lies; `slot_count` or more in the tail."""
        return (address - self.address) // self.slot_bytes

    def has(self, slot: int) -> bool:
        """Whether the program has `slot`."""
        return 0 <= slot < self.slot_count and bool(self.allocated >> slot & 1)

    def give(self, slot: int) -> None:
        """The program gets `slot`. Raises ModelError if it has it already."""
        if self.has(slot) or not 0 <= slot < self.slot_count:
            raise ModelError(f"slot {slot} of the span at {self.address:#x} is not free")
        self.allocated |= 1 << slot

    def check(self) -> None:
        """Raise ModelError if a slot is in the list twice, or free and in use."""
        listed = set(self.free)
        where = f"the span at {self.address:#x}"
        if len(listed) != len(self.free):
            raise ModelError(f"{where} has a slot in its list twice")
        if any(self.has(slot) or not 0 <= slot < self.slot_count for slot in listed):
            raise ModelError(f"{where} has a slot in its list that is no free slot of it")
        if self.dead & ~self.allocated or self.allocated >> self.slot_count:
            raise ModelError(f"{where} has slots in use that it does not have")


class TwoLists(Generic[S]):
    """`nonempty` and `empty`: the spans of one class with free slots, and those without.

    A span is in one of them at most. Both are doubly linked lists in Go.
    """

    def __init__(self) -> None:
        self.nonempty: OrderedDict[S, None] = OrderedDict()
        self.empty: OrderedDict[S, None] = OrderedDict()

    def remove(self, span: S) -> None:
        """Out of the list that it is in, if any."""
        self.nonempty.pop(span, None)
        self.empty.pop(span, None)

    def nonempty_first(self, span: S) -> None:
        """To the front of `nonempty`: it is used next."""
        self.remove(span)
        self.nonempty[span] = None
        self.nonempty.move_to_end(span, last=False)

    def empty_first(self, span: S) -> None:
        """To the front of `empty`."""
        self.remove(span)
        self.empty[span] = None
        self.empty.move_to_end(span, last=False)

    def empty_last(self, span: S) -> None:
        """To the end of `empty`, where the swept ones are."""
        self.remove(span)
        self.empty[span] = None


def run_pages(policy: Policy, first_address: int) -> FreeRunPages:
    """The page heap of `policy`. Raises ModelError if it is not one of whole runs."""
    pages = policy.pages(first_address)
    if not isinstance(pages, FreeRunPages):
        raise ModelError(f"{policy.name} needs a page heap of whole runs")
    return pages


class ListSpans:
    """All spans in use, by the page: what finds the span of an object, and what is counted."""

    def __init__(self, pages: FreeRunPages) -> None:
        self.pages = pages
        self._spans: dict[int, ListSpan] = {}
        self._by_page: dict[int, ListSpan] = {}
        self.mallocs_count = 0
        self.frees_count = 0
        self.tiny_count = 0

    def __iter__(self) -> Iterator[ListSpan]:
        """In the order of their records."""
        return iter(sorted(self._spans.values(), key=attrgetter("record")))

    def new(self, request: Request, cache: int) -> ListSpan:
        """A span with pages from the heap, its slots in rising order."""
        address = self.pages.allocate(request.npages, cache)
        span = ListSpan(
            address,
            request.npages,
            request.size_class,
            request.slot_bytes,
            request.objects_per_span,
            self.pages.record_of(address),
            list(range(request.objects_per_span - 1, -1, -1)),
        )
        self._spans[address] = span
        self._by_page.update(dict.fromkeys(self._mapped_pages(span), span))
        return span

    def release(self, span: ListSpan) -> None:
        """Back to the page heap. Raises ModelError if it has slots that are not in its list."""
        if span.ref or span.allocated:
            raise ModelError(f"the span at {span.address:#x} is not empty")
        del self._spans[span.address]
        for page in self._mapped_pages(span):
            del self._by_page[page]
        self.pages.free(span.address, span.npages)

    def of(self, address: int) -> ListSpan | None:
        """The span in use that `address` points into."""
        return self._by_page.get(address // self.pages.page_bytes)

    def holding(self, address: int) -> tuple[ListSpan, int]:
        """The span and slot of the object at `address`. Raises ValueError if there is none."""
        span = self.of(address)
        slot = -1 if span is None else span.slot_of(address)
        if span is None or not span.has(slot):
            raise ValueError(f"no object is at {address:#x}")
        return span, slot

    def give(self, span: ListSpan, slot: int) -> None:
        """The program gets `slot`. Raises ModelError if it has it already."""
        span.give(slot)
        self.mallocs_count += 1

    def drop(self, span: ListSpan, slot: int) -> None:
        """The program no longer has `slot`; the caller puts it into some list."""
        span.allocated &= ~(1 << slot)
        span.dead &= ~(1 << slot)
        self.frees_count += 1

    def statistics(self) -> Statistics:
        """The heap in numbers; what is live are the slots that the program has."""
        objects: dict[int, int] = {}
        sizes: dict[int, int] = {}
        spans: dict[int, int] = {}
        for span in self:
            index = span.size_class
            spans[index] = spans.get(index, 0) + 1
            if span.allocated:
                objects[index] = objects.get(index, 0) + span.allocated.bit_count()
                sizes[index] = sizes.get(index, 0) + span.slots_bytes
        in_use = self.pages.used_pages * self.pages.page_bytes
        return Statistics(
            heap_live_bytes=sum(sizes.values()),
            mallocs_count=self.mallocs_count,
            frees_count=self.frees_count,
            tiny_count=self.tiny_count,
            in_use_bytes=in_use,
            manual_bytes=0,
            idle_bytes=self.pages.mapped_bytes - in_use,
            released_bytes=self.pages.released_bytes,
            objects_by_class=objects,
            bytes_by_class=sizes,
            spans_by_class=spans,
        )

    def _mapped_pages(self, span: ListSpan) -> range:
        """All its pages; of a large object's span the first, so that size costs no memory here."""
        page = span.address // self.pages.page_bytes
        return range(page, page + (span.npages if span.size_class else 1))

    def check(self) -> None:
        """Raise ModelError if spans overlap, pages are lost or the counts disagree."""
        self.pages.check()
        page_bytes = self.pages.page_bytes
        for span in self:
            span.check()
            if any(self._by_page.get(page) is not span for page in self._mapped_pages(span)):
                raise ModelError(f"the span at {span.address:#x} does not have all its pages")
            if span.slot_count * span.slot_bytes > span.npages * page_bytes:
                raise ModelError(f"the span at {span.address:#x} is smaller than its slots")
            if self.pages.record_of(span.address) != span.record:
                raise ModelError(f"the span at {span.address:#x} has another's record")
        if sum(span.npages for span in self) != self.pages.used_pages:
            raise ModelError(f"{self.pages.used_pages} pages are used, not all by spans")
        live = sum(span.allocated.bit_count() for span in self)
        if live != self.mallocs_count - self.tiny_count - self.frees_count:
            raise ModelError(f"{live} slots are in use: the counts say otherwise")
