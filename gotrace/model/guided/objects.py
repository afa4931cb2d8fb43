"""Objects in the guided replay: allocated in the slots of cached spans, freed by the sweeper."""

from __future__ import annotations

from gotrace.model.guided.collector import Collector
from gotrace.model.guided.parts import MOST_LATE, UNITS_PER_PAGE, GuidedSpan, Proc, Region
from gotrace.model.guided.tally import PREDICTIONS
from gotrace.model.span import CACHED_STALE, CACHED_SWEPT, SWEPT

__all__ = ["Objects"]

_SIZE_CLASS, _SPAN_CLASS, _SLOTS, _SLOT, _REFILL, _SWEEP = map(
    PREDICTIONS.index,
    ("size_class", "span_class", "objects_per_span", "slot", "refill", "sweep"),
)
_TINY_CLASS = 5
_TINY_BYTES = 16
_LARGEST_WITHOUT_HEADER = 512
_HEADER_BYTES = 8
_PAGE_BYTES = 8192


class Objects(Collector):
    """Steps about objects."""

    def _object(self, proc: Proc, unit: int, _: int, __: int) -> None:
        span = self.span_of(unit)
        slot = -1 if span is None else self._slot(span, unit)
        if span is not None and 0 <= slot < span.slot_count:
            span.allocated |= 1 << slot

    def span_of(self, unit: int) -> GuidedSpan | None:
        """The span of objects at this address; None if there is none."""
        span = self.sweeps.by_page.get(unit // UNITS_PER_PAGE)
        return None if span is None or span.is_manual else span

    def _slot(self, span: GuidedSpan, unit: int) -> int:
        return (unit * 8 - span.address) // span.slot_bytes if span.size_class else 0

    def _object_alloc(self, proc: Proc, unit: int, type_bytes: int, has_pointers: int) -> None:
        self.sweeps.close(proc)
        self.flush(proc)
        span = self.span_of(unit)
        if span is None:
            self.count("unknown_span")
            return
        slot = self._slot(span, unit)
        if slot >= span.slot_count:
            self.tally.compare(_SLOTS, span.page, span.slot_count, slot)
            return
        bit = 1 << slot
        if span.span_class == _TINY_CLASS and span.allocated & ~span.dead & bit:
            self.count("tiny")
            return
        self._check_type(span, unit * 8 - span.address - slot * span.slot_bytes, type_bytes)
        is_noscan = int(type_bytes < 0 or has_pointers <= 0)
        self.tally.compare(_SPAN_CLASS, span.page, is_noscan, span.span_class % 2)
        self.allocs[span.size_class] += 1
        if span.size_class == 0:
            self._allocate_large(proc, span)
        else:
            self._allocate_small(proc, span, slot)

    def _check_type(self, span: GuidedSpan, offset: int, type_bytes: int) -> None:
        """The object begins where it should, and n of its type need exactly this class."""
        header = 0
        if span.size_class and span.span_class % 2 == 0 and self.classes.has_headers:
            header = _HEADER_BYTES if span.slot_bytes > _LARGEST_WITHOUT_HEADER else 0
        is_right = offset == header or span.span_class == _TINY_CLASS
        if type_bytes >= 0:
            if span.size_class:
                less = self.classes.slot_bytes[span.size_class - 1]
            else:
                less = span.slot_bytes - _PAGE_BYTES
            room = span.slot_bytes - header
            most = room // type_bytes * type_bytes + header if type_bytes else 0
            is_tiny = span.span_class == _TINY_CLASS and type_bytes < _TINY_BYTES
            is_right = is_right and (most > less or is_tiny)
        self.tally.compare(_SIZE_CLASS, span.page, 1, int(is_right))

    def _allocate_large(self, proc: Proc, span: GuidedSpan) -> None:
        if self.is_late():  # what heapLive rose by was settled when it was not told
            self.count("late_alloc")
        elif span.is_new:
            self.step_heap_live(proc, span.npages * _PAGE_BYTES)
        span.is_new = False
        if span.allocated:
            self.count("replaced")
        span.allocated = 1

    def _allocate_small(self, proc: Proc, span: GuidedSpan, slot: int) -> None:
        is_late = self.is_late()
        if proc.cached.get(span.span_class) is not span:
            if is_late or self._is_behind(span, slot):
                self.count("late_alloc")
                span.allocated |= 1 << slot
                span.is_new = False
                if self.sweeps.central.state(span) == SWEPT:  # it may be full now
                    self.sweeps.central.take(span)
                    self.sweeps.put(span)
                return
            self.catch_up(proc)
            self._cache(proc, span)
        if span.is_new:
            span.is_new = False
            self._step_refill(proc, span)
        self.tally.compare(_SLOT, span.page, span.next_free(), slot)
        if span.allocated >> slot & 1:
            self.count("replaced")
        span.allocated |= 1 << slot
        span.free_index = slot + 1  # also back, behind an object that was told of too late
        if self.is_marking:
            span.marked_in = self.sweeps.mark

    def _is_behind(self, span: GuidedSpan, slot: int) -> bool:
        """Whether no cache hands this slot out any more: its object is told of too late."""
        is_left_open = slot < span.free_index and not span.allocated >> slot & 1
        return is_left_open and self.sweeps.central.state(span) == SWEPT

    def _cache(self, proc: Proc, span: GuidedSpan) -> None:
        """`proc` allocates in a span that it did not have: it took it over."""
        if self.sweeps.central.state(span) == CACHED_STALE:
            for other in self.procs():
                if other.cached.get(span.span_class) is span:
                    self.flush(other)
        if self.sweeps.central.state(span) == CACHED_SWEPT:
            self.count("moved")  # the goroutine went to another P before it told of the object
            return
        is_first = not proc.is_known and span.span_class not in proc.cached
        if is_first and proc.heap_alloc is None:
            self.count("adopted")  # cached since before the recording began
            self.sweeps.central.take(span)
            self._keep(proc, span)
            return
        if self.refill(proc, span):
            self._step_refill(proc, span)

    def refill(self, proc: Proc, span: GuidedSpan) -> bool:
        """`mcache.refill` with a span that was there before; False if another P had it already.

        That comes out when the sweeps of others are settled: one of them ended with this span.
        """
        sweeps = self.sweeps
        self.give_back(proc, span.span_class)
        self._settle_others(proc, span)
        if sweeps.central.state(span) == CACHED_SWEPT:
            self.count("moved")
            return False
        last: Region | None = None
        regions, proc.regions = proc.regions, []
        if regions and sweeps.is_refill(regions[-1], span):
            last = regions.pop()
        for region in regions:
            sweeps.settle_region(region)
        self.predict_refill(span, span.page)
        if last is not None and sweeps.central.is_unswept(span):
            sweeps.settle_refill(last, span)
        else:
            is_unswept = sweeps.central.is_unswept(span)
            sweeps.central.take(span)
            if is_unswept:
                sweeps.sweep(span)
        self._keep(proc, span)
        return True

    def _settle_others(self, proc: Proc, span: GuidedSpan) -> None:
        """What other Ps have swept may have come into the lists."""
        for other in self.procs():
            if other is not proc:
                self.sweeps.close(other)
                if span.in_region and any(span in region.spans for region in other.regions):
                    self.settle(other)

    def _keep(self, proc: Proc, span: GuidedSpan) -> None:
        span.sweep_generation = self.sweeps.central.generation + CACHED_SWEPT
        proc.cached[span.span_class] = span

    def predict_refill(self, span: GuidedSpan, happened: int) -> None:
        """Compare the span that the lists would give with what `happened`; -1 for a fresh one."""
        found = self.sweeps.central.next_span(span.span_class)
        predicted = -1 if found is None else found.address // _PAGE_BYTES
        self.tally.compare(_REFILL, span.page, predicted, happened)

    def give_back(self, proc: Proc, span_class: int) -> None:
        """A cache gives its span back because it is full."""
        old = proc.cached.pop(span_class, None)
        if old is not None:
            self.tally.compare(_SLOTS, old.page, old.slot_count, old.allocated_count)
            self.sweeps.uncache(old)

    def _step_refill(self, proc: Proc, span: GuidedSpan) -> None:
        self.step_heap_live(proc, self._room(span))

    def _object_free(self, proc: Proc, unit: int, _: int, __: int) -> None:
        span = self.span_of(unit)
        slot = -1 if span is None else self._slot(span, unit)
        if span is None or slot >= span.slot_count or not (span.allocated & ~span.dead) >> slot & 1:
            self.count("unknown_free")
            return
        self.frees[span.size_class] += 1
        if proc.sweeping is not None and proc.sweeping is not span:
            self.sweeps.close(proc)
        central = self.sweeps.central
        if proc.must_flush and central.state(span) != CACHED_STALE:
            if self.is_stopped and central.is_unswept(span) and not span.in_region:
                self._was_cached(proc, span)
            else:
                self.flush(proc)
        if central.state(span) == CACHED_STALE:
            span.dead |= 1 << slot
        elif central.is_unswept(span):
            span.dead |= 1 << slot
            if not span.is_sweeping and not span.in_region:
                self._begin_sweep(proc, span)
        else:
            self._free_late(span, slot)

    def catch_up(self, proc: Proc) -> None:
        """Another goroutine on `proc` took a span over, and has not yet told of its object."""
        if proc.busy == self.goroutine or (proc.heap_alloc is None and not proc.regions):
            return
        is_refill = proc.heap_alloc is not None
        busy = proc.busy
        self.settle(proc)
        if proc.heap_alloc is not None:
            self._guess(proc)
        if is_refill:
            self.be_late(busy)

    def be_late(self, goroutine: int) -> None:
        """The next object of this goroutine was allocated some time ago."""
        if len(self.late) < MOST_LATE and goroutine not in self.late:
            self.late.append(goroutine)

    def is_late(self) -> bool:
        """Whether this goroutine owes an object; it does no more."""
        if self.goroutine not in self.late:
            return False
        self.late.remove(self.goroutine)
        return True

    def _guess(self, proc: Proc) -> None:
        """heapLive rose, so `proc` took a swept span over: one whose room is just that."""
        if proc.heap_alloc is None:
            return
        before, after = proc.heap_alloc
        proc.heap_alloc = None
        for span_class in range(2, len(self.classes.slot_counts)):
            old = proc.cached.get(span_class)
            if old is not None and old.is_new and self._room(old) == after - before:
                old.is_new = False
                return
            if old is not None and not old.is_full:
                continue
            found = self.sweeps.central.next_span(span_class)
            if not isinstance(found, GuidedSpan) or self._room(found) != after - before:
                continue
            if self.sweeps.central.has_partial_swept(span_class) and before >= 0:
                self.count("guessed")
                self.give_back(proc, span_class)
                self.sweeps.central.take(found)
                self._keep(proc, found)
                return

    def _room(self, span: GuidedSpan) -> int:
        return span.npages * _PAGE_BYTES - span.allocated_count * span.slot_bytes

    def _was_cached(self, proc: Proc, span: GuidedSpan) -> None:
        """The mcache is being flushed and had this span, which was taken over unseen."""
        self.count("guessed")
        old = proc.cached.pop(span.span_class, None)
        if old is not None:
            self.sweeps.uncache(old)
        self.sweeps.central.take(span)
        span.sweep_generation = self.sweeps.central.generation + CACHED_STALE
        proc.cached[span.span_class] = span

    def _begin_sweep(self, proc: Proc, span: GuidedSpan) -> None:
        if proc.open is not None:
            span.in_region = True
            proc.open.spans.append(span)
            return
        self.settle(proc)
        if self.sweeps.central.is_unswept(span):
            self.sweeps.begin_in_order(proc, span, self.goroutine)

    def _free_late(self, span: GuidedSpan, slot: int) -> None:
        """Something died in a span that was thought to be swept."""
        span.allocated &= ~(1 << slot)
        span.free_index = 0
        self.count("late_free")
        central = self.sweeps.central
        if central.state(span) != SWEPT:
            return
        if span.swept_at == central.generation and span.blamed_at != central.generation:
            span.blamed_at = central.generation
            self.tally.compare(_SWEEP, span.page, 0, 1)
        central.take(span)
        self.sweeps.put(span)

    def settle(self, proc: Proc) -> None:
        """Tell apart what `proc` swept, when no allocation has told.

        If heapLive rose by the room of the span swept last, that was a refill whose object is told
        of later.
        """
        span = proc.regions[-1].spans[-1] if proc.regions and proc.regions[-1].spans else None
        if span is not None and span.size_class and proc.heap_alloc is not None:
            before, after = proc.heap_alloc
            room = span.npages * _PAGE_BYTES - span.survivors_count * span.slot_bytes
            if before >= 0 and after - before == room and self.sweeps.central.is_unswept(span):
                if self.refill(proc, span):
                    self._step_refill(proc, span)
                return
        self.sweeps.settle(proc)
