"""What the collector did to the program, in sentences to act on; numbers of the recording alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gotrace.analyses.gc.result_tables import nullable
from gotrace.analyses.gc.starts import Start, told_early
from gotrace.analyses.gc.stops import is_of_collector
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.tables.columns import Columns
from gotrace.units import format_bytes, format_count, format_duration

__all__ = [
    "cpu_finding", "forced_findings", "minimum_finding", "overshoot_findings", "pause_findings",
    "payer_findings", "start_findings",
]  # fmt: skip

_NOTABLE_PAUSE_NS = 1_000_000
_NOTABLE_PAYER = 0.01
"""Of all the time that the procs had."""
_NOTABLE_SHARE = 0.25
_LOW_MMU = 0.5
_TOLD = 3
_MANY_LIMITED = 10


def start_findings(found: Sequence[Start], certainty: Certainty) -> list[Finding]:
    """The earliest starts, and how many cycles were forced or periodic."""
    findings = []
    own = [s for s in found if s.reason in ("heap", None) and s.early_ns is not None]
    own = [s for s in own if s.early_ns is not None and s.early_ns > 0 and s.why]
    own = [s for s in own if not s.moved_its_goal and not s.by_limit]  # late; their goal moves
    for start in sorted(own, key=lambda s: (-(s.early_ns or 0), s.row))[:_TOLD]:
        findings.append(_early(start, certainty))
    for reason, words in (("forced", "forced by the program"), ("periodic", "periodic")):
        count = sum(start.reason == reason for start in found)
        if count:
            findings.append(_counted(reason, words, count, len(found)))
    limited = sum(start.by_limit for start in found)
    return [*findings, *([_limited(limited, len(found))] if limited else [])]


def _limited(count: int, total: int) -> Finding:
    what = (
        f"{format_count(count)} of {format_count(total)} cycles had a goal of GOMEMLIMIT less than "
        "1 MiB above what the last one marked: the next begins almost at once"
    )
    advice = "raise GOMEMLIMIT or keep less alive: so close to it the collector hardly rests"
    is_most = count >= _MANY_LIMITED and 2 * count >= total
    weight = Weight.HIGH if is_most else Weight.MEDIUM
    return _finding("gc-limit", what, count, "count", weight, advice)


def forced_findings(forced: int, total: int) -> list[Finding]:
    """How many cycles were forced, as `runtime.MemStats` counts them."""
    if not 0 < forced <= total:
        return []
    return [_counted("forced", "forced by the program", forced, total)]


def _early(start: Start, certainty: Certainty) -> Finding:
    what = (
        f"cycle {start.cycle} started {told_early(start)}, {format_bytes(start.early_bytes or 0)} "
        f"below its goal of {format_bytes(start.goal or 0)}: {start.why}"
    )
    advice = (
        "early starts cost cycles, late ones assists: less pointers to mark, or a higher GOGC, "
        "moves them"
    )
    finding = _finding("gc-start", what, start.early_ns or 0, "ns", Weight.LOW, advice)
    return replace(finding, certainty=certainty)


def _counted(reason: str, words: str, count: int, total: int) -> Finding:
    what = f"{format_count(count)} of {format_count(total)} cycles were {words}"
    advice = ""
    weight = Weight.LOW
    if reason == "forced":
        weight = Weight.MEDIUM if 2 * count >= total else Weight.LOW
        advice = "look for calls of runtime.GC and debug.FreeOSMemory: the pacer needs neither"
    return _finding(f"gc-{reason}", what, count, "count", weight, advice)


def overshoot_findings(
    cycles: Columns, goals: Sequence[int | None], certainty: Certainty
) -> list[Finding]:
    """Cycles that ended above the goal they aimed at."""
    number, live = nullable(cycles, "gc_cycle"), nullable(cycles, "heap_live_end_bytes")
    resolution = cycles.array("resolution_bytes").tolist()
    over = [
        (end - goal, row)
        for row, (end, goal) in enumerate(zip(live, goals, strict=True))
        if end is not None and goal is not None and end - goal >= max(resolution[row], 1)
    ]
    if not over:
        return []
    most, row = max(over, key=lambda item: (item[0], -item[1]))
    what = (
        f"{format_count(len(over))} of {format_count(cycles.rows)} cycles ended above their goal, "
        f"cycle {number[row]} by most: {format_bytes(most)} over {format_bytes(goals[row] or 0)}"
    )
    advice = "allocation outran marking: peak memory is what they ended at, not the goal"
    weight = Weight.MEDIUM if 10 * most >= (goals[row] or 1) else Weight.LOW
    return [
        replace(_finding("gc-overshoot", what, most, "bytes", weight, advice), certainty=certainty)
    ]


def pause_findings(pauses: Columns) -> list[Finding]:
    """The longest stop by the collector."""
    reason = pauses.coded("reason")
    own = np.array([is_of_collector(text) for text in reason.values] + [not reason.values])
    duration = np.where(own[reason.codes], pauses.array("duration_ns"), -1)
    if not len(duration) or duration.max() < _NOTABLE_PAUSE_NS:
        return []
    row = int(np.argmax(duration))
    longest, at = int(duration[row]), int(pauses.array("time_ns")[row])
    where = f", {format_duration(at)} after the start" if at >= 0 else ""
    name = f" ({reason[row]})" if reason[row] else ""
    what = f"the world stood still for {format_duration(longest)}{name}{where}"
    advice = "too few CPUs for the procs, or a goroutine that could not be stopped"
    return [_finding("gc-pause", what, longest, "ns", Weight.MEDIUM, advice)]


def payer_findings(payers: Sequence[dict[str, Any]], capacity_ns: int) -> list[Finding]:
    """The site that paid most with assists."""
    sums: dict[str, int] = {}
    for row in payers:
        sums[row["site"]] = sums.get(row["site"], 0) + row["assist_ns"]
    total = sum(sums.values())
    if not total or total < _NOTABLE_PAYER * capacity_ns:
        return []
    site, most = max(sums.items(), key=lambda item: (item[1], item[0]))
    what = (
        f"{most / total:.0%} of the mark assists were paid by allocations in "
        f"{site or 'unknown code'}: {format_duration(most)} of {format_duration(total)}"
    )
    advice = "allocate less there, or leave collections more room (GOGC, GOMEMLIMIT)"
    return [
        Finding("gc-payer", what, site, most, "ns", Certainty.EXACT, weight=Weight.MEDIUM,
                advice=advice)
    ]  # fmt: skip


def cpu_finding(taken_ns: int, idle_ns: int, capacity_ns: int) -> list[Finding]:
    """The share of the procs that collecting took from the program."""
    if capacity_ns <= 0 or taken_ns < _NOTABLE_SHARE * capacity_ns:
        return []
    what = (
        f"collecting took {taken_ns / capacity_ns:.0%} of what the procs had, and "
        f"{idle_ns / capacity_ns:.0%} more that was idle"
    )
    advice = "fewer cycles (a higher GOGC) or a smaller live heap with fewer pointers"
    return [_finding("gc-cpu", what, taken_ns, "ns", Weight.HIGH, advice)]


def minimum_finding(window_ns: int, ratio: float, time_ns: int | None) -> list[Finding]:
    """A window in which the program had less than half of its procs."""
    if ratio >= _LOW_MMU:
        return []
    where = f", {format_duration(time_ns)} into the trace" if time_ns is not None else ""
    what = (
        f"in the worst {format_duration(window_ns)} the program had {ratio:.0%} of its procs"
        f"{where}; the collector had the rest"
    )
    advice = "a request that falls there waits so much longer: see the pauses and payers"
    return [_finding("gc-mmu", what, window_ns * (1 - ratio), "ns", Weight.MEDIUM, advice)]


def _finding(
    slug: str, what: str, amount: float, unit: str, weight: Weight, advice: str
) -> Finding:
    return Finding(slug, what, "", amount, unit, Certainty.EXACT, weight=weight, advice=advice)
