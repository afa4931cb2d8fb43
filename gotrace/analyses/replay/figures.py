"""The figures in which allocators are compared, each with its bounds and how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from gotrace.analyses.replay.recorded import Recorded
from gotrace.analyses.replay.runs import Run, Runs
from gotrace.analyses.trace.fold import share

__all__ = ["FIGURES", "Comparison", "Figure", "Sure", "Value"]


class Sure(StrEnum):
    """How sure a figure of a model is, given the stream."""

    EXACT = "exact"
    """The model's figure whatever the sizes are that the recording does not tell."""
    BOUNDS = "bounds"
    """It lies between the two, whatever those sizes are."""
    REPLAYS = "two replays"
    """Of the smallest and of the largest sizes; as a rule it lies between."""
    ASSUMED = "assumed"
    """Tiny objects count as one of 16 bytes, which this allocator would not have joined."""
    ILLUSTRATIVE = "illustrative"
    """The stream is not one that any program made."""


class Value(NamedTuple):
    """A figure of an allocator."""

    least: float
    most: float
    sure: Sure


@dataclass(frozen=True)
class Comparison:
    """The same stream on several allocators; the first is what the others are compared with."""

    runs: tuple[Runs, ...]
    recorded: Recorded | None = None
    is_illustrative: bool = False
    """Whether the stream is synthesised, or folded to other Ps."""
    tinyless: frozenset[str] = frozenset()
    """Names of allocators that join no tiny objects, while the recording did."""
    is_of_program: bool = True
    """Whether a program made these allocations; else they are synthesised."""
    procs: int = 0
    """Ps that the stream was folded to; 0: as it came."""

    @property
    def base(self) -> Runs:
        """What the others are compared with."""
        return self.runs[0]

    def value(self, figure: Figure, runs: Runs) -> Value:
        """A figure of one of `runs`."""
        if figure.is_waste:
            sizes = [run.slots_bytes for run in runs.both]
            bounds: list[float] = [
                max(0, min(sizes) - runs.most_asked_bytes), max(sizes) - runs.least_asked_bytes
            ]  # fmt: skip
            if figure.unit == "ratio":
                bounds = [share(bound, max(sizes)) for bound in bounds]
        else:
            bounds = [figure.of(run) for run in runs.both]
        least, most = min(bounds), max(bounds)
        return Value(least, most, self._sure(figure, runs, least == most))

    def _sure(self, figure: Figure, runs: Runs, is_same: bool) -> Sure:
        if self.is_illustrative:
            return Sure.ILLUSTRATIVE
        if runs.name in self.tinyless:
            return Sure.ASSUMED
        if figure.is_waste or figure.is_of_slots:
            return Sure.EXACT if is_same else Sure.BOUNDS
        return Sure.EXACT if runs.is_one else Sure.REPLAYS


@dataclass(frozen=True)
class Figure:
    """One number of a replay."""

    name: str
    title: str
    unit: str
    of: Callable[[Run], float]
    told: Callable[[Recorded], float] | None = None
    """The recording's own number, if it has one."""
    is_of_slots: bool = False
    """Whether it follows from slots alone, which grow with sizes."""
    is_waste: bool = False
    """Slots less what was asked for."""


def _mean_span_bytes(run: Run) -> float:
    return sum(look.span_bytes for look in run.looks) / max(len(run.looks), 1)


def _told_slots(told: Recorded) -> tuple[int, int]:
    return (
        sum(given.slots_count for given in told.given.values()),
        sum(given.slots_bytes for given in told.given.values()),
    )


FIGURES = (
    Figure("slots_bytes", "given out, as slots", "bytes", lambda run: run.slots_bytes,
           lambda told: _told_slots(told)[1], is_of_slots=True),
    Figure("waste_bytes", "wasted in slots", "bytes", lambda run: 0, is_waste=True),
    Figure("peak_span_bytes", "heap spans at peak", "bytes", lambda run: run.peak.span_bytes,
           lambda told: int(told.span_bytes[told.peak])),
    Figure("peak_object_bytes", "in objects then", "bytes", lambda run: run.peak.object_bytes,
           lambda told: int(told.object_bytes[told.peak])),
    Figure("peak_free_slot_bytes", "free slots then", "bytes",
           lambda run: run.peak.free_slot_bytes,
           lambda told: int(told.free_slot_bytes[told.peak])),
    Figure("peak_tail_bytes", "span tails then", "bytes", lambda run: run.peak.tail_bytes,
           lambda told: int(told.tail_bytes[told.peak])),
    Figure("mean_span_bytes", "heap spans, mean", "bytes", _mean_span_bytes),
    Figure("end_span_bytes", "heap spans at end", "bytes", lambda run: run.looks[-1].span_bytes,
           lambda told: int(told.span_bytes[-1])),
    Figure("end_idle_bytes", "in no span at end", "bytes", lambda run: run.looks[-1].idle_bytes),
    Figure("slots_count", "slots given out", "count",
           lambda run: sum(given.slots_count for given in run.given.values()),
           lambda told: _told_slots(told)[0], is_of_slots=True),
    Figure("peak_spans_count", "spans at peak", "count", lambda run: run.peak.spans_count),
    Figure("peak_pages_count", "their pages", "count",
           lambda run: run.peak.span_bytes // run.page_bytes),
    Figure("page_bytes", "bytes of a page", "count", lambda run: run.page_bytes,
           is_of_slots=True),
    Figure("classes_count", "size classes used", "count",
           lambda run: sum(1 for slot in run.given if slot), is_of_slots=True,
           told=lambda told: sum(1 for slot in told.given if slot)),
    Figure("marks_count", "collections", "count", lambda run: run.marks_count,
           lambda told: int(told.cycle.max(initial=0))),
    Figure("waste_ratio", "wasted in slots", "ratio", lambda run: 0, is_waste=True),
    Figure("fragmentation_ratio", "in no object at peak", "ratio",
           lambda run: 1 - share(run.peak.object_bytes, run.peak.span_bytes),
           lambda told: 1 - share(
               int(told.object_bytes[told.peak]), int(told.span_bytes[told.peak])
           )),
    Figure("tail_ratio", "span tails at peak", "ratio",
           lambda run: share(run.peak.tail_bytes, run.peak.span_bytes),
           lambda told: share(
               int(told.tail_bytes[told.peak]), int(told.span_bytes[told.peak])
           )),
)  # fmt: skip
"""All, in the order in which they are shown."""
