"""What was predicted and what came: counts, and the first disagreements of each prediction."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "COUNTERS",
    "EARLY_SPANS",
    "EXAMPLES",
    "MOST_SNAPSHOTS",
    "PREDICTIONS",
    "Disagreement",
    "Tally",
]

PREDICTIONS = (
    "size_class",  # pages of a span; place of an object in its slot; n of its type fit
    "span_class",  # with or without pointers, as the object's type says
    "objects_per_span",  # a span is given back when exactly so many slots are taken
    "slot",
    "refill",  # the span that a cache takes next
    "sweep",  # each span is swept once a cycle, in the order of the central lists
    "early_page",  # the first spans, while what page caches hold is not yet known
    "page",
    "heap_live",
)
"""What is predicted; a prediction's number is its place here."""

COUNTERS = (
    "tiny",  # objects that joined a tiny block
    "adopted",  # spans that were in caches when the recording began
    "moved",  # objects told of from another P than the one that has the span
    "late_alloc",  # objects told of when their goroutine ran again, and others had allocated
    "guessed",  # refills inferred from heapLive alone
    "replaced",  # objects in slots whose free came later, or never
    "late_free",  # frees in spans that were thought to be swept
    "unknown_free",
    "unknown_span",  # objects in no span
    "unknown_span_free",
    "overlap",  # spans whose free is not in the trace
    "left_out",  # spans too large, too far away, or of no class
    "unmatched_heap_alloc",
    "untold_refill",  # refills without a step of heapLive
)
"""What else is counted."""

EARLY_SPANS = 32
"""Spans after which page caches are believed to be known."""

MOST_SNAPSHOTS = 64
"""Calls of ReadMemStats that are remembered."""

EXAMPLES = 8
"""Disagreements kept of each prediction."""


class Disagreement(NamedTuple):
    """One prediction that did not come true; what the numbers are depends on the prediction."""

    prediction: int
    number: int
    """Of the event."""
    time_ns: int
    proc: int
    place: int
    """Page of the span."""
    predicted: int
    happened: int


class Tally:
    """Counts for each of `PREDICTIONS`."""

    def __init__(self) -> None:
        self.agreed = [0] * len(PREDICTIONS)
        self.disagreed = [0] * len(PREDICTIONS)
        self.examples: list[Disagreement] = []
        self.number = self.time_ns = 0
        self.proc = -1

    def at(self, number: int, time_ns: int, proc: int) -> None:
        """What follows belongs to this event."""
        self.number, self.time_ns, self.proc = number, time_ns, proc

    def agree(self, prediction: int, count: int) -> None:
        """Count agreements."""
        self.agreed[prediction] += count

    def compare(self, prediction: int, place: int, predicted: int, happened: int) -> None:
        """Count an agreement or a disagreement; -1 stands for none, or a fresh span."""
        if predicted == happened:
            self.agreed[prediction] += 1
            return
        self.disagreed[prediction] += 1
        if self.disagreed[prediction] <= EXAMPLES:
            self.examples.append(
                Disagreement(
                    prediction, self.number, self.time_ns, self.proc, place, predicted, happened
                )
            )
