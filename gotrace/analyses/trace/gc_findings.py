"""What garbage collections cost, in sentences to act on; numbers of the recording alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.analyses.trace.fold import share
from gotrace.units import format_bytes, format_count, format_duration

__all__ = ["COLLECTOR", "Costs", "Pause", "gc_findings"]

COLLECTOR = "GC "
"""What the reasons of the collector's own stops begin with (`runtime/runtime2.go`, stwReason)."""

_NOTABLE_ASSIST = 0.1
"""Goroutines held up at a time, for each proc."""
_GRAVE_ASSIST = 0.5
_NOTABLE_MARKING = 0.25
_NOTABLE_PAUSE_NS = 1_000_000
_ENOUGH_CYCLES = 4


@dataclass
class Pause:
    """Stops of the world for one reason."""

    count: int = 0
    total_ns: int = 0
    longest_ns: int = 0
    longest_at_ns: int = 0


@dataclass(frozen=True)
class Costs:
    """What findings are made of."""

    duration_ns: int
    """Of the trace."""
    procs_count: int
    cycles_count: int
    marking_ns: int
    """Within cycles."""
    assist_ns: int
    """From begin to end of mark assists."""
    assist_waited_ns: int
    """What of that goroutines did not run."""
    pauses: Mapping[str, Pause]
    """By reason."""
    kept_bytes: list[int]
    """What each cycle found alive."""


def gc_findings(costs: Costs) -> list[Finding]:
    """Assists, share of time, the longest pause, and a heap that grows."""
    return [*_assists(costs), *_marking(costs), *_pause(costs), *_growth(costs)]


def _assists(costs: Costs) -> list[Finding]:
    at_a_time = share(costs.assist_ns, costs.duration_ns)
    by_proc = share(at_a_time, costs.procs_count)
    if by_proc < _NOTABLE_ASSIST:
        return []
    what = (
        f"goroutines were held up by mark assists for {format_duration(costs.assist_ns)} in all, "
        f"{format_duration(costs.assist_waited_ns)} of it waiting: {at_a_time:.2g} of "
        "them at any time of the trace, on average"
    )
    advice = (
        "allocate less, or leave collections more room (a higher GOGC, or GOMEMLIMIT), and compare "
        "`mark assists` again"
    )
    weight = Weight.HIGH if by_proc >= _GRAVE_ASSIST else Weight.MEDIUM
    return [_finding("gc-assists", what, costs.assist_ns, "ns", weight, advice)]


def _marking(costs: Costs) -> list[Finding]:
    ratio = share(costs.marking_ns, costs.duration_ns)
    if ratio < _NOTABLE_MARKING or costs.cycles_count < _ENOUGH_CYCLES:
        return []
    what = (
        f"a collection was under way {ratio:.0%} of the time: {format_count(costs.cycles_count)} "
        f"cycles in {format_duration(costs.duration_ns)}"
    )
    advice = "see which types are allocated most and die first; a higher GOGC trades memory for it"
    return [_finding("gc-share", what, costs.marking_ns, "ns", Weight.MEDIUM, advice)]


def _pause(costs: Costs) -> list[Finding]:
    own = [(p.longest_ns, name) for name, p in costs.pauses.items() if name.startswith(COLLECTOR)]
    longest, name = max(own, default=(0, ""))
    if longest < _NOTABLE_PAUSE_NS:
        return []
    at = costs.pauses[name].longest_at_ns
    what = (
        f"the world stood still for {format_duration(longest)} ({name}), "
        f"{format_duration(at)} into the trace"
    )
    begin, end = at // 1_000_000, (at + longest) // 1_000_000 + 1
    advice = (
        f"look there with `gotrace events --from {begin}ms --to {end}ms`: too few CPUs, or a "
        "goroutine that could not be stopped"
    )
    return [_finding("gc-pause", what, longest, "ns", Weight.MEDIUM, advice)]


def _growth(costs: Costs) -> list[Finding]:
    """What collections kept, if every one kept more than the one before."""
    kept = costs.kept_bytes
    if len(kept) < _ENOUGH_CYCLES or not all(before < after for before, after in pairwise(kept)):
        return []
    what = (
        f"every collection kept more than the one before: {format_bytes(kept[0])} grew to "
        f"{format_bytes(kept[-1])} in {len(kept)} cycles"
    )
    advice = (
        "a program that fills its caches does so at first; record later, or compare two heap "
        "profiles with `gotrace diff`"
    )
    return [_finding("heap-grows", what, kept[-1] - kept[0], "bytes", Weight.MEDIUM, advice)]


def _finding(
    slug: str, what: str, amount: float, unit: str, weight: Weight, advice: str
) -> Finding:
    return Finding(slug, what, "", amount, unit, Certainty.EXACT, weight=weight, advice=advice)
