"""Memory that counts against GOMEMLIMIT and is no object: what a limit leaves less for the heap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gotrace.analyses.whatif.births import Births
from gotrace.analyses.whatif.recorded import RecordedCycles
from gotrace.model.versions import GoVersion

__all__ = ["NOTHING", "Beside", "Overhead", "guessed_overhead", "recorded_overhead"]

_MIB = 1 << 20
_PROFILED = GoVersion(25)
_BASE_BYTES = {False: 9 * _MIB // 5, True: 63 * _MIB // 20}
"""Structures of the runtime of a small program on one P; from go1.25 on with the 1.4 MiB of the
memory profile's hash table, which programs of before have only if they ask for the profile.
A line through the sum of `/memory/classes/metadata/*`, `other`, `profiling` and `os-stacks` of
eight programs on 1 and 4 Ps (go1.27), which it meets to 0.1 MiB in the mean, 0.3 at most: 4.2 to
6.0 MiB at heaps of 11 to 27 MB in 1,000 to 3,000 spans. Of before: that less the hash table."""
_SPAN_BYTES, _P_BYTES = 295, 119 << 10
"""How they grow with spans (each has an mspan, mark and allocation bits) and with Ps."""
_SETS, _SET_BYTES = 3.3, 2048 + 4608
"""Each span class whose spans outlive sweeps has up to four sets of them, full and not, swept and
not: a spine and at least one block each, which are never given back (`runtime/mspanset.go`). It had
3.0 to 3.6 in five programs."""
_SWEEPS = 2
_USUAL_CLASSES = 55
"""As many had the programs of above: 36 to 92."""
_HEAP_RATIO = 0.025
"""How structures grow with a heap whose spans are not recorded: they were 14.0 MiB at 465 MB
(go1.23) and 16.4 at 483 MB (go1.27), of which this makes 14.0 and 15.8."""
_DOUBT_BYTES = 1.5 * _MIB
_GUESSED_RATIO = 0.10
"""Free slots and tails of spans, where no span was recorded."""
_USUAL_KEPT, _KEPT_DOUBT = 0.8, 0.2
"""A guess: recordings of five programs kept 0.33 to 0.99 of what a sweep freed in their spans."""
_FULL = 0.25
"""Spans are as full as they get at the ends of cycles with the least free: this share of all."""
_TAIL_DOUBT = 0.5


@dataclass(frozen=True)
class Beside:
    """What is mapped beside objects while a program runs: how spans follow the heap."""

    fixed_bytes: float = 0.0
    """Stacks, work buffers, structures of the runtime."""
    tail_ratio: float = 0.0
    """Free slots and tails where spans are as full as they get, as a share of the heap."""
    kept_ratio: float = 0.0
    """Of what a sweep frees, the share that stays in spans in which something else is alive."""

    def spans_bytes(self, before_bytes: float, heap_bytes: float) -> float:
        """Of a heap that was swept into spans of `before_bytes` and grew: free slots go first."""
        return max(before_bytes, heap_bytes * (1 + self.tail_ratio))

    def kept_bytes(self, before_bytes: float, marked_bytes: float) -> float:
        """Spans that a sweep leaves."""
        free = max(before_bytes - marked_bytes, 0.0)
        return marked_bytes + self.kept_ratio * free


NOTHING = Beside()


@dataclass(frozen=True)
class Overhead:
    """Expected, and how far off it may be."""

    bytes: float
    doubt_bytes: float
    manual_bytes: float
    """Of it: stacks and work buffers."""
    free_slot_bytes: float
    """Of it: free slots and tails of spans, when cycles began."""
    structure_bytes: float
    """Of it: the runtime's structures, which no recording tells."""
    tail_ratio: float = 0.0
    """As `Beside` has them."""
    kept_ratio: float = 0.0
    kept_doubt_ratio: float = 0.0

    def beside(self, side: int = 0) -> Beside:
        """Expected (0), at least (-1), at most (1)."""
        fixed = self.manual_bytes + self.structure_bytes + side * _DOUBT_BYTES
        tail = self.tail_ratio * (1 + side * _TAIL_DOUBT)
        kept = self.kept_ratio + side * self.kept_doubt_ratio
        return Beside(max(fixed, 0.0), tail, min(max(kept, 0.0), 1.0))


def recorded_overhead(births: Births, cycles: RecordedCycles, version: GoVersion) -> Overhead:
    """From the spans that were there when cycles began, ended, and were swept."""
    ticks, ends = births.ticks.place(cycles.begin_ns), births.ticks.place(cycles.end_ns)
    count = int(max(ticks.max(initial=0), ends.max(initial=0))) + 1
    in_use, spans, manual, spans_count = births.in_use(count)
    at = ticks if len(ticks) else np.zeros(1, np.int64)
    free = np.maximum(spans[at] - in_use[at], 0)
    classes = births.lasting_classes(cycles.begin_ns, cycles.end_ns, _SWEEPS)
    structures = _structures(version, cycles.procs, classes)
    structures += _SPAN_BYTES * float(np.median(spans_count[at]))
    found = float(np.median(free)), float(np.median(manual[at]))
    doubt = _DOUBT_BYTES + float(np.std(free))
    tail = spans[ends] / np.maximum(cycles.end_bytes, 1) - 1
    kept = [
        (int(spans[end : begin + 1].min()) - marked) / max(int(spans[end]) - marked, 1)
        for end, begin, marked in zip(
            ends[:-1].tolist(), ticks[1:].tolist(), cycles.marked_bytes[:-1].tolist(), strict=True
        )
    ]
    stayed = np.clip(kept if kept else [_USUAL_KEPT], 0.0, 1.0)
    return Overhead(
        sum(found) + structures, doubt, found[1], found[0], structures,
        float(np.clip(np.quantile(tail, _FULL), 0, 1)),
        float(np.mean(stayed)), float(np.std(stayed)),
    )  # fmt: skip


def guessed_overhead(version: GoVersion, procs: int, peak_bytes: float) -> Overhead:
    """Without spans: a share of the heap."""
    structures = _structures(version, procs, _USUAL_CLASSES) + _HEAP_RATIO * peak_bytes
    free = _GUESSED_RATIO * peak_bytes
    return Overhead(
        free + structures, free + _DOUBT_BYTES, 0.0, free, structures, _GUESSED_RATIO / 2,
        _USUAL_KEPT, _KEPT_DOUBT,
    )  # fmt: skip


def _structures(version: GoVersion, procs: int, classes: int) -> float:
    base = _BASE_BYTES[version >= _PROFILED]
    return base + _P_BYTES * (procs - 1) + _SETS * _SET_BYTES * classes
