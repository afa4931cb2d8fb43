"""Who swept what: sweeps that leave no event are inferred from those that do.

An object's free names the span that is being swept. Spans in which nothing died are swept without
an event; what tells of them is the order of the central lists (`nextSpanForSweep`), the bytes at
the end of an allocation's sweep (`GCSweepEnd`), and that the background sweeper gives way after ten
spans (`bgsweep`). An allocation sweeps for one of three reasons, and this module tells them apart:

- to pay its debt (`deductSweepCredit`), in the order of all central lists;
- to find a span with room (`mcentral.cacheSpan`), in the lists of its span class;
- to find pages (`mheap.reclaim`), spans without marks in 4 MiB of address space.

Source: `runtime/mgcsweep.go`, `runtime/mcentral.go`, `runtime/mheap.go`.
"""

from __future__ import annotations

from gotrace.model.central import SPAN_BUDGET
from gotrace.model.guided.parts import (
    PAGE_BYTES,
    Classes,
    GuidedCentral,
    GuidedSpan,
    Proc,
    Region,
)
from gotrace.model.guided.tally import PREDICTIONS, Tally
from gotrace.model.span import Span

__all__ = ["Sweeps"]

_SWEEP = PREDICTIONS.index("sweep")
_CHUNK_PAGES = 512
"""What the page reclaimer looks at in one go (`pagesPerReclaimerChunk`)."""
_CHUNK_BYTES = _CHUNK_PAGES * PAGE_BYTES
_BATCH = 10
"""Spans that the background sweeper takes before it gives way (`sweepBatchSize`)."""
_CREDIT = 64
"""Spans that may be looked at in vain for each step: what bounds the work on any input."""


class Sweeps:
    """The central lists, and the evidence about their sweep."""

    def __init__(self, classes: Classes, arena_page: int, tally: Tally) -> None:
        self.central = GuidedCentral()
        self._classes = classes
        self._arena_page = arena_page
        """How far into its 64 MiB arena page 0 is."""
        self._tally = tally
        self._reclaimed = 0
        """Pages that the reclaimer has looked at in this cycle (`reclaimIndex`)."""
        self._stale: dict[int, int] = {}
        """Span class → spans that the reclaimer swept and that the runtime's lists still have."""
        self._batch = 0
        """Spans that the background sweeper took since it gave way."""
        self._sweeper = -1
        """Its goroutine, once known."""
        self.top_page = 0
        """Behind the last span so far."""
        self.by_page: dict[int, GuidedSpan] = {}
        """Every page of every span."""
        self.credit = 0
        self.mark = 0
        """Number of the last mark."""

    def sweep(self, span: Span) -> None:
        """Free what is dead."""
        assert isinstance(span, GuidedSpan)
        span.sweep()
        span.sweep_generation = span.swept_at = self.central.generation

    def put(self, span: Span) -> None:
        """To the swept lists, unless its pages were freed."""
        assert isinstance(span, GuidedSpan)
        if span.is_gone:
            return
        if span.size_class == 0:
            self.central.add_fresh(span)
        else:
            self.central.put_swept(span)

    def pop(self) -> Span | None:
        """Take the span that is next in the order of all lists, and sweep it."""
        span = self.central.pop_unswept()
        if span is not None:
            self.sweep(span)
            self.put(span)
        return span

    def sweep_out_of_order(self, span: Span) -> None:
        """Sweep a span wherever it is in its list."""
        self.central.take(span)
        self.sweep(span)
        self.put(span)

    def uncache(self, span: Span) -> None:
        """A cache gives `span` back, which is swept then if it is stale."""
        if self.central.uncache(span):
            self.sweep(span)
            self.put(span)

    def close(self, proc: Proc) -> None:
        """The span that `proc` was sweeping is done."""
        span, proc.sweeping = proc.sweeping, None
        if span is None:
            return
        span.is_sweeping = False
        if self.central.is_unswept(span):
            self.sweep(span)
            self.put(span)

    def begin_in_order(self, proc: Proc, span: GuidedSpan, goroutine: int) -> None:
        """Something died in `span`, which comes next but for spans in which nothing did."""
        while True:
            found = self.central.pop_unswept()
            if self._sweeper in (-1, goroutine):
                self._batch += 1
            if found is span or found is None:
                break
            self.sweep(found)
            self.put(found)
        proc.sweeping = span
        span.is_sweeping = True

    def give_way(self, goroutine: int) -> None:
        """The background sweeper has swept a batch."""
        self._sweeper = goroutine
        while self._batch == 0 or self._batch % _BATCH:
            if self.pop() is None:
                break
            self._batch += 1
        self._batch = 0

    def finish(self, goroutine: int) -> None:
        """The background sweeper has found nothing more."""
        self._sweeper = goroutine
        self._batch = 0
        self.drain()

    def drain(self) -> None:
        """Everything is swept (`finishsweep_m`)."""
        while self.pop() is not None:
            pass

    def start_cycle(self) -> None:
        """A mark has ended."""
        self.central.start_cycle()
        self._reclaimed = 0
        self._stale = {}

    def settle(self, proc: Proc, span_class: int = -1) -> None:
        """Sweep what `proc` swept; if `span_class` is given, before it took a fresh span of it."""
        regions, proc.regions = proc.regions, []
        for region in regions:
            self.settle_region(region, span_class)

    def settle_region(self, region: Region, span_class: int = -1) -> None:
        """Sweep what one region swept."""
        spans = [span for span in region.spans if self.central.is_unswept(span)]
        for span in region.spans:
            span.in_region = False
        if self._is_reclaim(region):
            self._reclaim(region, spans)
        elif span_class >= 0 and not region.spans and (count := self._in_vain(region, span_class)):
            for found in list(self.central.chain(span_class))[:count]:
                self.sweep_out_of_order(found)
            self._stale.pop(span_class, None)
        elif self._is_debt(region, spans):
            swept = 0
            while swept < region.swept_bytes and (popped := self.pop()) is not None:
                swept += popped.npages * PAGE_BYTES
            self._tally.agree(_SWEEP, len(spans))
        else:
            for span in spans:
                self._tally.compare(_SWEEP, span.page, 0, 1)
                self.sweep_out_of_order(span)

    def is_refill(self, region: Region, span: GuidedSpan) -> bool:
        """Whether `region` ended with `span`, the first of its class in which something died."""
        if region.spans not in ([span], []) or not self.central.is_unswept(span):
            return False
        if not region.spans and self.central.has_partial_swept(span.span_class):
            return False
        count = self._place_in_chain(span, region.swept_bytes // (span.npages * PAGE_BYTES))
        if count * span.npages * PAGE_BYTES == region.swept_bytes:
            return True
        is_multiple = region.swept_bytes % (span.npages * PAGE_BYTES) == 0
        return bool(region.spans) and is_multiple and not self._is_debt(region, [span])

    def settle_refill(self, region: Region, span: GuidedSpan) -> None:
        """Sweep as `cacheSpan` did until it came to `span`, which it keeps."""
        if region.spans:
            span.in_region = False
        left = region.swept_bytes // (span.npages * PAGE_BYTES)
        for found in self.central.chain(span.span_class):
            left -= 1
            if found is span or left <= 0:
                break
            self.sweep_out_of_order(found)
        self.central.take(span)
        self.sweep(span)

    def _is_reclaim(self, region: Region) -> bool:
        """The reclaimer counts all pages it looks at, and finds few spans among them."""
        if region.swept_bytes < _CHUNK_BYTES:
            return False
        return 2 * PAGE_BYTES * sum(span.npages for span in region.spans) < region.swept_bytes

    def _reclaim(self, region: Region, spans: list[GuidedSpan]) -> None:
        """Spans without marks; since go1.26 those of small noscan objects look so, too.

        `tryDeferToSpanScan` marks such objects in the span only and never in `pageMarks`.
        """
        first = max(self._reclaimed - self._arena_page, 0)
        self._reclaimed += region.swept_bytes // _CHUNK_BYTES * _CHUNK_PAGES
        last = min(self._reclaimed - self._arena_page, self.top_page)
        rest = region.swept_bytes % _CHUNK_BYTES // PAGE_BYTES
        for span in spans:
            rest -= 0 if span.is_gone else span.npages
        for span in [*self._unmarked(first, last, spans, rest), *spans]:
            if self.central.is_unswept(span):
                self._stale[span.span_class] = self._stale.get(span.span_class, 0) + 1
                self.sweep_out_of_order(span)
        self._tally.agree(_SWEEP, len(spans))

    def _unmarked(
        self, first: int, last: int, spans: list[GuidedSpan], rest: int
    ) -> list[GuidedSpan]:
        """What looks unmarked between two pages, and those of `spans` there, by address.

        Nothing unless the former have `rest` pages together, which the reclaimer has counted.
        """
        if not self._classes.has_inline_marks or last <= first or self.credit * 8 < last - first:
            return []
        self.credit -= (last - first) // 8
        found = []
        for page in range(first, last):
            span = self.by_page.get(page)
            if span is None or span.page != page or span.is_manual:
                continue
            if not self.central.is_unswept(span):
                continue
            if span in spans:
                found.append(span)
            elif self._looks_unmarked(span):
                found.append(span)
                rest -= span.npages
        return [] if rest else found

    def _looks_unmarked(self, span: GuidedSpan) -> bool:
        is_noscan = span.span_class % 2 == 1 and 16 <= span.slot_bytes <= 512
        return is_noscan and span.marked_in != self.mark

    def _place_in_chain(self, span: GuidedSpan, most: int) -> int:
        """How many spans a refill sweeps to come to `span`; `most` at most, 0 for more."""
        for count, found in enumerate(self.central.chain(span.span_class), 1):
            if found is span:
                return count
            if count >= most or self.credit <= 0:
                break
            self.credit -= 1
        return 0

    def _in_vain(self, region: Region, span_class: int) -> int:
        """How many spans of the class were swept if none had room: all, or the whole budget.

        What the reclaimer has swept stays in the runtime's lists and counts; 0 if it does not fit.
        """
        if self.central.has_partial_swept(span_class):
            return 0
        length = len(list(self.central.chain(span_class)))
        self.credit -= length
        pages = self._classes.span_pages[span_class // 2]
        for budget in (SPAN_BUDGET + 1, SPAN_BUDGET + 1 - self._stale.get(span_class, 0)):
            count = min(length, budget)
            if count > 0 and count * pages * PAGE_BYTES == region.swept_bytes:
                return count
        return 0

    def _is_debt(self, region: Region, spans: list[GuidedSpan]) -> bool:
        """The spans come next in the order of all lists, and so many bytes are exactly theirs."""
        swept, met = 0, 0
        for found in self.central.unswept():
            if swept >= region.swept_bytes or self.credit <= 0:
                break
            self.credit -= 1
            swept += found.npages * PAGE_BYTES
            met += found in spans
        return swept == region.swept_bytes and met == len(spans)

    def step(self) -> None:
        """Something happened: more may be looked at."""
        self.credit += _CREDIT
