"""The central lists of go1.4 to go1.14: for each span class `nonempty` and `empty`.

`nonempty` has the spans with free slots, `empty` those without and those that caches hold. A cache
gets the first span of `nonempty`, swept on the way if it must be; else the first of `empty` that
still needs sweeping, if sweeping frees something; else a fresh one. Whatever a cache gets goes to
the end of `empty`, so that swept spans stand there; what comes back with free slots goes to the
front of `nonempty`, so the last span given back is the first one used again.

All spans in use also stand on two stacks, swept and not yet swept (`sweepSpans`): the background
sweeper takes the span that was swept or allocated last. Spans of large objects stand on the busy
lists of the page heap, by number of pages, from which go1.3 to go1.11 reclaim: `busy`.

Sources: `runtime/mcentral.go`, `sweepone` and `mspan.sweep` in `runtime/mgcsweep.go`,
`mheap.reclaimList` in `runtime/mheap.go`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from gotrace.errors import ModelError
from gotrace.model.central import Sweep
from gotrace.model.list_spans import TwoLists
from gotrace.model.span import CACHED_STALE, CACHED_SWEPT, SWEEPING, UNSWEPT, Span

__all__ = ["LARGE_LIST_PAGES", "CentralLists"]

LARGE_LIST_PAGES = 128
"""Spans of so many pages and more share one busy list (`_MaxMHeapList`)."""


class CentralLists:
    """`nonempty` and `empty`; see `gotrace.model.central.Central`."""

    def __init__(self) -> None:
        self.generation = 0
        self.busy: dict[int, OrderedDict[Span, None]] = {}
        """Pages (at most `LARGE_LIST_PAGES`) → spans of large objects, swept ones at the end."""
        self._lists: dict[int, TwoLists[Span]] = {}
        self._swept: list[Span] = []
        self._unswept: list[Span] = []

    def next_span(self, span_class: int) -> Span | None:
        """The first nonempty; else the first empty one in which something died."""
        lists = self._lists.get(span_class, TwoLists())
        for span in lists.nonempty:
            return span
        for span in lists.empty:
            if not self._is_unswept(span):
                break
            if span.survivors_count < span.slot_count:
                return span
        return None

    def cache_span(self, span_class: int, sweep: Sweep | None) -> Span | None:
        """As `next_span`; empty spans in which nothing died are swept on the way."""
        lists = self._of(span_class)
        for span in lists.nonempty:
            lists.empty_last(span)
            if self._is_unswept(span):
                self._sweep(span, sweep)
            return span
        while lists.empty and self._is_unswept(span := next(iter(lists.empty))):
            lists.empty_last(span)
            self._sweep(span, sweep)
            if not span.is_full:
                return span
        return None

    def take(self, span: Span) -> None:
        """As if the lists had chosen `span`. Raises ModelError if a cache has it."""
        if self._state(span) in (CACHED_STALE, CACHED_SWEPT):
            raise ModelError(f"the span at {span.address:#x} is in a cache")
        self._of(span.span_class).empty_last(span)

    def add_fresh(self, span: Span) -> None:
        """Swept; at the end of `empty`, for a cache has it, or of its busy list."""
        self._swept.append(span)
        if span.size_class == 0:
            self.busy_of(span.npages)[span] = None
        else:
            self._of(span.span_class).empty_last(span)

    def uncache(self, span: Span) -> bool:
        """With free slots to the front of `nonempty`; a full span stays where it is."""
        is_stale = self._state(span) == CACHED_STALE
        span.sweep_generation = self.generation + (SWEEPING if is_stale else 0)
        if span.allocated_count < span.slot_count:
            self._of(span.span_class).nonempty_first(span)
        return is_stale

    def put_swept(self, span: Span) -> None:
        """To the front of `nonempty` if it was full and is not any longer (`freeSpan`)."""
        self._swept.append(span)
        if span.size_class == 0:
            return
        lists = self._of(span.span_class)
        if span in lists.empty and span.allocated_count < span.slot_count:
            lists.nonempty_first(span)

    def remove(self, span: Span) -> None:
        """Its pages go back: out of all lists. The stacks forget it when they come to it."""
        if span.size_class == 0:
            self.busy_of(span.npages).pop(span, None)
        else:
            self._of(span.span_class).remove(span)
        # A generation that no list waits for.
        span.sweep_generation = self.generation

    def pop_unswept(self) -> Span | None:
        """The top of the stack of unswept spans; others than refills may have swept it since."""
        return self._unswept.pop() if self._unswept else None

    def start_cycle(self) -> None:
        """What was swept is unswept now. Raises ModelError if some was unswept still."""
        if any(self._is_unswept(span) for span in self._unswept):
            raise ModelError("a mark ended before the sweep of the one before it")
        self.generation += 2
        self._unswept, self._swept = self._swept, []

    def busy_of(self, npages: int) -> OrderedDict[Span, None]:
        """The busy list for large objects of so many pages."""
        return self.busy.setdefault(min(npages, LARGE_LIST_PAGES), OrderedDict())

    def check(self, spans: Iterable[Span]) -> None:
        """Every span in use is in the one list that fits its slots, and on the right stack."""
        swept, unswept = set(self._swept), set(self._unswept)
        for span in spans:
            state = self._state(span)
            if not self._is_well_placed(span):
                raise ModelError(f"the span at {span.address:#x}, state {state:+}, is misplaced")
            if state == UNSWEPT and span not in unswept:
                raise ModelError(f"the span at {span.address:#x} will not be swept")
            if state not in (UNSWEPT, SWEEPING, CACHED_STALE) and span not in swept:
                raise ModelError(f"the span at {span.address:#x} is swept and on no stack")

    def _is_well_placed(self, span: Span) -> bool:
        if span.size_class == 0:
            return span in self.busy_of(span.npages)
        lists = self._of(span.span_class)
        is_cached = self._state(span) in (CACHED_STALE, CACHED_SWEPT)
        is_full = span.allocated_count == span.slot_count
        is_empty_list = is_cached or is_full
        return (span in lists.empty) == is_empty_list != (span in lists.nonempty)

    def _sweep(self, span: Span, sweep: Sweep | None) -> None:
        """For a cache, which keeps the span whatever is found (`preserve`)."""
        if sweep is None:
            raise ModelError(f"the span at {span.address:#x} is unswept after all was swept")
        sweep(span)
        self._swept.append(span)

    def _of(self, span_class: int) -> TwoLists[Span]:
        return self._lists.setdefault(span_class, TwoLists())

    def _is_unswept(self, span: Span) -> bool:
        return self._state(span) == UNSWEPT

    def _state(self, span: Span) -> int:
        return span.sweep_generation - self.generation
