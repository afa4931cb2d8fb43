"""Spans, heapLive and the collector's cycle in the guided replay."""

from __future__ import annotations

from gotrace.model.guided.parts import (
    LARGEST_SPAN_PAGES,
    MOST_BYTES,
    MOST_PAGES,
    MOST_PROCS,
    MOST_REGIONS,
    PAGE_BYTES,
    Classes,
    GuidedSpan,
    Proc,
    Region,
)
from gotrace.model.guided.placement import Placement
from gotrace.model.guided.sweeping import Sweeps
from gotrace.model.guided.tally import COUNTERS, EARLY_SPANS, MOST_SNAPSHOTS, PREDICTIONS, Tally
from gotrace.model.span import CACHED_SWEPT, SWEPT

__all__ = ["Collector"]

_SIZE_CLASS, _EARLY_PAGE, _PAGE, _HEAP_LIVE = map(
    PREDICTIONS.index, ("size_class", "early_page", "page", "heap_live")
)
_CLASSES = 68
_NONE = -1


class Collector:
    """Steps about spans and the collector."""

    def __init__(self, classes: Classes, arena_page: int) -> None:
        self.tally = Tally()
        self.classes = classes
        self.sweeps = Sweeps(self.classes, arena_page, self.tally)
        self.thread = self.proc = self.goroutine = _NONE
        self.has_begun = False
        self.has_flush_due = False
        self.collector = _NONE
        """The thread that ended the last mark, until the caches of idle Ps are flushed."""
        self.is_marking = False
        self.allocs = [0] * _CLASSES
        self.frees = [0] * _CLASSES
        self.counts = [0] * len(COUNTERS)
        self.snapshots: list[list[int]] = []
        self._procs: dict[int, Proc] = {}
        self._pages: Placement | None = None
        self._existing: list[GuidedSpan] = []
        self._spans_count = 0
        self._heap_live = _NONE
        self.is_stopped = False
        self.late: list[int] = []
        """Goroutines that owe an object."""
        self._flushes: list[int] = []
        """What ReadMemStats will take off heapLive, P by P."""

    def count(self, what: str) -> None:
        """Count something of `COUNTERS`."""
        self.counts[COUNTERS.index(what)] += 1

    def proc_of(self, number: int) -> Proc:
        """The P of this number; one for all that have none."""
        number = number if 0 <= number < MOST_PROCS else _NONE
        if number not in self._procs:
            self._procs[number] = Proc()
            self._procs = dict(sorted(self._procs.items()))
        return self._procs[number]

    def procs(self) -> list[Proc]:
        """All Ps, in the order of their numbers."""
        return list(self._procs.values())

    def begin(self) -> None:
        """All that existed is known: now the heap lives."""
        self.has_begun = True
        spans = [span for span in self._existing if not span.is_gone]
        self._existing = []
        lowest = min((span.page for span in spans), default=0)
        self._pages = Placement(lowest if self.classes.has_inline_marks else 0)
        for span in spans:
            self._pages.take(span.page, span.npages, None)
        for span in spans:
            if not span.is_manual:
                self.sweeps.put(span)

    # Spans.

    def _span(self, _: Proc, page: int, npages: int, kind: int) -> None:
        if self.has_begun:
            return
        span = self._new_span(page, npages, kind)
        if span is not None:
            self._existing.append(span)

    def _new_span(self, page: int, npages: int, kind: int) -> GuidedSpan | None:
        """A span, in the place of all that were there; None where there can be none."""
        is_manual = kind % 2 == 1
        span_class = 0 if is_manual else kind // 2
        is_known = kind >= 0 and span_class < len(self.classes.slot_counts)
        if not (is_known and 0 <= page < MOST_PAGES and 0 < npages <= LARGEST_SPAN_PAGES):
            self.count("left_out")
            return None
        size_class = span_class // 2
        slots_bytes = self.classes.slot_bytes[size_class] * self.classes.slot_counts[span_class]
        if slots_bytes > npages * PAGE_BYTES:
            self.count("left_out")
            return None
        for number in range(page, page + npages):
            old = self.sweeps.by_page.get(number)
            if old is not None:
                self.count("overlap")
                self._remove(old)
        span = GuidedSpan(
            address=page * PAGE_BYTES,
            npages=npages,
            span_class=span_class,
            slot_bytes=self.classes.slot_bytes[size_class] or npages * PAGE_BYTES,
            slot_count=0 if is_manual else self.classes.slot_counts[span_class],
            sweep_generation=self.sweeps.central.generation,
            is_manual=is_manual,
            marked_in=self.sweeps.mark if self.is_marking else _NONE,
        )
        self.sweeps.by_page.update(dict.fromkeys(range(page, page + npages), span))
        self.sweeps.top_page = max(self.sweeps.top_page, page + npages)
        return span

    def _remove(self, span: GuidedSpan) -> None:
        """Its pages are free."""
        for number in range(span.page, span.page + span.npages):
            del self.sweeps.by_page[number]
        span.is_gone = True
        if self._pages is not None:
            self._pages.free(span.page, span.npages)
        if span.is_manual:
            return
        state = self.sweeps.central.state(span)
        if state == SWEPT and self.has_begun:
            self.sweeps.central.take(span)
        if state == CACHED_SWEPT:
            for proc in self._procs.values():
                if proc.cached.get(span.span_class) is span:
                    del proc.cached[span.span_class]

    def _span_alloc(self, proc: Proc, page: int, npages: int, kind: int) -> None:
        self.sweeps.close(proc)
        self.flush(proc)
        span = self._new_span(page, npages, kind)
        if span is None or self._pages is None:
            return
        cache = self.proc if 0 <= self.proc < MOST_PROCS else None
        predicted = self._pages.predict(npages, cache)
        which = _EARLY_PAGE if self._spans_count < EARLY_SPANS else _PAGE
        self._spans_count += 1
        self.tally.compare(which, page, predicted, page)
        self._pages.place(page, npages, cache, predicted)
        if span.is_manual:
            return
        expected = self.classes.span_pages[span.size_class] or npages
        self.tally.compare(_SIZE_CLASS, page, expected, npages)
        span.is_new = True
        if span.size_class == 0:
            self.sweeps.settle(proc)
            self.sweeps.central.add_fresh(span)
            return
        self.catch_up(proc)
        self.give_back(proc, span.span_class)
        self.sweeps.settle(proc, span.span_class)
        self.predict_refill(span, _NONE)
        span.sweep_generation += CACHED_SWEPT
        proc.cached[span.span_class] = span

    def give_back(self, proc: Proc, span_class: int) -> None:
        """See `Objects`."""
        raise NotImplementedError

    def predict_refill(self, span: GuidedSpan, happened: int) -> None:
        """See `Objects`."""
        raise NotImplementedError

    def settle(self, proc: Proc) -> None:
        """See `Objects`."""
        raise NotImplementedError

    def catch_up(self, proc: Proc) -> None:
        """See `Objects`."""
        raise NotImplementedError

    def _span_free(self, _: Proc, page: int, __: int, ___: int) -> None:
        span = self.sweeps.by_page.get(page)
        if span is None or span.page != page:
            self.count("unknown_span_free")
            if self._pages is not None:
                self._pages.found(page)
            return
        self._remove(span)

    # Sweeps of allocations.

    def _sweep_begin(self, proc: Proc, _: int, __: int, ___: int) -> None:
        self.sweeps.close(proc)
        self.flush(proc)
        self._close_region(proc, 0)
        self.catch_up(proc)
        proc.busy = self.goroutine
        proc.open = Region()

    def _sweep_end(self, proc: Proc, swept_bytes: int, _: int, __: int) -> None:
        self._close_region(proc, min(max(swept_bytes, 0), MOST_BYTES))

    def _close_region(self, proc: Proc, swept_bytes: int) -> None:
        if proc.open is None:
            return
        if len(proc.regions) >= MOST_REGIONS:
            self.settle(proc)
        proc.open.swept_bytes = swept_bytes
        proc.regions.append(proc.open)
        proc.open = None

    def _sweeper_yield(self, proc: Proc, _: int, __: int, ___: int) -> None:
        self.sweeps.close(proc)
        self.settle(proc)
        self.sweeps.give_way(self.goroutine)

    def _sweeper_done(self, proc: Proc, _: int, __: int, ___: int) -> None:
        self.sweeps.close(proc)
        self.settle(proc)
        self.sweeps.finish(self.goroutine)

    # heapLive.

    def _heap_alloc(self, proc: Proc, heap_live: int, _: int, __: int) -> None:
        heap_live = heap_live if 0 <= heap_live < MOST_BYTES else _NONE
        if self.is_stopped:
            if self._flushes and self._heap_live >= 0:
                expected = self._heap_live + self._flushes.pop(0)
                self.tally.compare(_HEAP_LIVE, _NONE, expected, heap_live)
        else:
            self.catch_up(proc)
            if proc.heap_alloc is not None:
                self.count("unmatched_heap_alloc")
            proc.busy = self.goroutine
            proc.heap_alloc = (self._heap_live, heap_live)
        self._heap_live = heap_live

    def step_heap_live(self, proc: Proc, room_bytes: int) -> None:
        """A refill, or a large object, has added `room_bytes` to heapLive."""
        told, proc.heap_alloc = proc.heap_alloc, None
        if told is None or told[0] < 0:
            self.count("untold_refill")
            return
        self.tally.compare(_HEAP_LIVE, _NONE, told[0] + room_bytes, told[1])

    # Cycles.

    def flush(self, proc: Proc) -> None:
        """`prepareForSweep`: before its first allocation after a mark `proc` gives all back."""
        if not proc.must_flush:
            return
        proc.must_flush = False
        self._release_all(proc)

    def _release_all(self, proc: Proc) -> None:
        for span_class in sorted(proc.cached):
            self.sweeps.uncache(proc.cached[span_class])
        proc.cached = {}
        proc.is_known = True

    def flush_idle(self) -> None:
        """`gcMarkTermination`: idle Ps are flushed by the collector, their page caches, too."""
        self.has_flush_due = False
        self.collector = _NONE
        for number, proc in self._procs.items():
            if proc.is_idle and 0 <= number != self.proc:
                self.flush(proc)
                if self._pages is not None:
                    self._pages.flush(number)

    def _drain(self) -> None:
        for proc in self._procs.values():
            self.sweeps.close(proc)
            self.flush(proc)
            self._close_region(proc, 0)
            self.settle(proc)
        self.sweeps.drain()

    def _gc_begin(self, _: Proc, __: int, ___: int, ____: int) -> None:
        self._drain()
        self.is_marking = True
        self.sweeps.mark += 1

    def _gc_end(self, _: Proc, __: int, ___: int, ____: int) -> None:
        self._drain()
        self.goroutine = _NONE
        for proc in self._procs.values():
            self.catch_up(proc)
        self.sweeps.start_cycle()
        self.is_marking = False
        for proc in self._procs.values():
            proc.must_flush = True
        self.collector = self.thread
        self.has_flush_due = False

    def _stw_begin(self, _: Proc, reads_memory_statistics: int, __: int, ___: int) -> None:
        self.is_stopped = True
        self._flushes = []
        if reads_memory_statistics == 1 and self.has_begun:
            self._read_memory_statistics()

    def _read_memory_statistics(self) -> None:
        """`flushallmcaches`."""
        if len(self.snapshots) < MOST_SNAPSHOTS:
            self.snapshots.append([*self.allocs, *self.frees])
        for proc in self._procs.values():
            self.sweeps.close(proc)
            self.flush(proc)
            unused = sum(
                (span.slot_count - span.allocated_count) * span.slot_bytes
                for span in proc.cached.values()
            )
            if not proc.is_known:
                self._heap_live = _NONE  # what it had cached is not known
            self._release_all(proc)
            if unused:
                self._flushes.append(-unused)

    def _stw_end(self, _: Proc, __: int, ___: int, ____: int) -> None:
        self.is_stopped = False
        self._flushes = []
        self.has_flush_due = self.collector == self.thread

    def _proc_start(self, _: Proc, number: int, __: int, ___: int) -> None:
        self.proc_of(number).is_idle = False

    def _proc_stop(self, _: Proc, number: int, __: int, ___: int) -> None:
        self.proc_of(number).is_idle = True
