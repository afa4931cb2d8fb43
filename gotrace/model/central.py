"""The central lists: for each span class the spans that no cache holds, since go1.15.

Each span class has two sets, of spans with free slots (*partial*) and without (*full*), each of
them twice: swept and not yet swept. The two trade places when a mark ends, so that everything swept
becomes unswept at once. All are queues: first in, first out. Sources: `runtime/mcentral.go`,
`runtime/mspanset.go`, `nextSpanForSweep` in `runtime/mgcsweep.go`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from gotrace.errors import ModelError
from gotrace.model.span import CACHED_STALE, CACHED_SWEPT, SWEEPING, SWEPT, UNSWEPT, Span

__all__ = ["SPAN_BUDGET", "Central", "CentralSets", "Sweep"]

Sweep = Callable[[Span], None]
"""Sweeps an unswept span for the central lists, which keep it whatever is found."""

SPAN_BUDGET = 100
"""`spanBudget`: after one more than so many unswept spans a fresh one is cheaper."""


class Central(Protocol):
    """The central lists of one version. `generation` is the heap's sweep generation."""

    generation: int

    def next_span(self, span_class: int) -> Span | None:
        """The span that a cache would get, without doing it; None: it would get a fresh one."""
        ...

    def cache_span(self, span_class: int, sweep: Sweep | None) -> Span | None:
        """The same, done (`mcentral.cacheSpan`); `sweep` is None when all is swept."""
        ...

    def take(self, span: Span) -> None:
        """Give out this span although the lists would have chosen another (guided replay)."""
        ...

    def add_fresh(self, span: Span) -> None:
        """A new span of small objects goes to a cache, or one of a large object comes to stay."""
        ...

    def uncache(self, span: Span) -> bool:
        """A cache gives `span` back; True if it is stale: the caller must sweep it now."""
        ...

    def put_swept(self, span: Span) -> None:
        """A span was swept and is still in use: to the list where it belongs now."""
        ...

    def pop_unswept(self) -> Span | None:
        """The span that the background sweeper takes next; None when there is no more."""
        ...

    def start_cycle(self) -> None:
        """A mark ended: two generations on, and everything needs sweeping."""
        ...

    def check(self, spans: Iterable[Span]) -> None:
        """Raise ModelError if one of all `spans` in use is not where it must be."""
        ...


class _Sets:
    """The four sets of one span class."""

    def __init__(self) -> None:
        self.partial_swept: deque[Span] = deque()
        self.partial_unswept: deque[Span] = deque()
        self.full_swept: deque[Span] = deque()
        self.full_unswept: deque[Span] = deque()

    def all(self) -> tuple[deque[Span], ...]:
        return self.partial_swept, self.partial_unswept, self.full_swept, self.full_unswept


class CentralSets:
    """The central lists of go1.15 on; see `Central`."""

    def __init__(self) -> None:
        self.generation = 0
        self._sets: dict[int, _Sets] = {}
        self._sweep_class = 0
        """`sweep.centralIndex`: twice the span class, plus one for its partial set."""

    def next_span(self, span_class: int) -> Span | None:
        """Partial swept; partial unswept; the first full unswept in which something died."""
        sets = self._sets.get(span_class, _Sets())
        if sets.partial_swept:
            return sets.partial_swept[0]
        budget = SPAN_BUDGET + 1
        for span in [*sets.partial_unswept, *sets.full_unswept][:budget]:
            if self._state(span) == UNSWEPT and span.survivors_count < span.slot_count:
                return span
        return None

    def cache_span(self, span_class: int, sweep: Sweep | None) -> Span | None:
        """As `next_span`; full spans in which nothing died are swept on the way."""
        sets = self._of(span_class)
        if sets.partial_swept:
            return sets.partial_swept.popleft()
        budget = SPAN_BUDGET
        while sweep is not None and budget >= 0 and sets.partial_unswept:
            span = sets.partial_unswept.popleft()
            if self._state(span) == UNSWEPT:
                sweep(span)
                return span
            budget -= 1  # swept by the page reclaimer, which cannot remove it from here
        while sweep is not None and budget >= 0 and sets.full_unswept:
            span = sets.full_unswept.popleft()
            if self._state(span) == UNSWEPT:
                sweep(span)
                if not span.is_full:
                    return span
                sets.full_swept.append(span)
            budget -= 1
        return None

    def take(self, span: Span) -> None:
        """Remove `span` from the set it is in. Raises ModelError if a cache has it."""
        if self._state(span) in (CACHED_STALE, CACHED_SWEPT):
            raise ModelError(f"the span at {span.address:#x} is in a cache")
        for spans in self._of(span.span_class).all():
            if span in spans:
                spans.remove(span)

    def add_fresh(self, span: Span) -> None:
        """Spans in caches are in no set; a large object's is full and swept."""
        if span.size_class == 0:
            self._of(span.span_class).full_swept.append(span)

    def uncache(self, span: Span) -> bool:
        """To the swept sets, unless it was cached before this sweep began."""
        if self._state(span) == CACHED_STALE:
            span.sweep_generation = self.generation + SWEEPING
            return True
        span.sweep_generation = self.generation
        self.put_swept(span)
        return False

    def put_swept(self, span: Span) -> None:
        """Full or partial by its free slots."""
        sets = self._of(span.span_class)
        is_full = span.allocated_count == span.slot_count
        (sets.full_swept if is_full else sets.partial_swept).append(span)

    def pop_unswept(self) -> Span | None:
        """Span classes in rising order, in each the full set before the partial one."""
        last = max(self._sets, default=-1)
        while self._sweep_class // 2 <= last:
            sets = self._of(self._sweep_class // 2)
            spans = sets.partial_unswept if self._sweep_class % 2 else sets.full_unswept
            if spans:
                return spans.popleft()
            self._sweep_class += 1
        return None

    def start_cycle(self) -> None:
        """`gcSweep`: what was swept is unswept now. Raises ModelError if some was unswept still."""
        self.generation += 2
        self._sweep_class = 0
        for sets in self._sets.values():
            if sets.partial_unswept or sets.full_unswept:
                raise ModelError("a mark ended before the sweep of the one before it")
            sets.partial_swept, sets.partial_unswept = sets.partial_unswept, sets.partial_swept
            sets.full_swept, sets.full_unswept = sets.full_unswept, sets.full_swept

    def check(self, spans: Iterable[Span]) -> None:
        """Every span in use is in a cache or in the one set that fits its slots and generation."""
        where: dict[Span, list[str]] = {}
        for sets in self._sets.values():
            for name, members in vars(sets).items():
                for span in members:
                    where.setdefault(span, []).append(name)
        for span in spans:
            state, found = self._state(span), where.get(span, [])
            swept = [name for name in found if not name.endswith("unswept")]
            full = "full" if span.allocated_count == span.slot_count else "partial"
            if state in (CACHED_STALE, CACHED_SWEPT):
                is_right = not swept
            elif state == UNSWEPT:
                is_right = len(found) == 1 and found[0].endswith("unswept")
            else:  # the page reclaimer may have left it in an unswept set, too
                is_right = state == SWEPT and swept == [f"{full}_swept"]
            if not is_right:
                raise ModelError(
                    f"the span at {span.address:#x}, {full}, generation {state:+}, is in {found}"
                )

    def _of(self, span_class: int) -> _Sets:
        return self._sets.setdefault(span_class, _Sets())

    def _state(self, span: Span) -> int:
        return span.sweep_generation - self.generation
