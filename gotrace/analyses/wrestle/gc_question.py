"""How the program suffers while it is collected: mutator utilisation, assists, pauses."""

from __future__ import annotations

import numpy as np

from gotrace.analyses.gc.minimum import minimum_utilisation
from gotrace.analyses.gc.results import (
    cycle_results,
    observed_ns,
    payer_result,
    utilisation_result,
)
from gotrace.analyses.result import Fact, Result
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.analyses.wrestle.missing import missing
from gotrace.tables.columns import Columns
from gotrace.units import format_duration

__all__ = ["during_gc"]

_WINDOWS_NS = (1_000_000, 10_000_000)
_FINE, _FAIR = 0.9, 0.75
_MOMENTS = "the worst moment costs latency; throughput goes by the mean, and by GOGC=off"
_TESTING = "; package testing asks for some of them between runs"


def during_gc(evidence: Evidence) -> Result:
    """Facts in the order of the talk; tables as of `gotrace gc`."""
    title = "What happens during a collection?"
    gc = evidence.gc
    if gc is None or "gc_cycles" not in gc.columns:
        fact = missing(
            evidence,
            "trace",
            "no execution trace (nor a log of gctrace)",
            "go test -bench . -trace trace.out",
        )
        return Result("during_gc", title, (fact,))
    cycles = gc.columns["gc_cycles"]
    duration = observed_ns(gc)
    found = cycle_results(gc.columns, duration, evidence.version)
    folds = evidence.gc_folds
    windows: list[Fact] = []
    mean: tuple[Fact, ...] = ()
    if folds is not None:
        series = folds.series()
        told = utilisation_result(series)
        if told is not None:
            found.append(told)
            windows, mean = _utilisation(evidence, told), told.facts
        code = {name: gc.columns[name] for name in ("functions", "frames", "stacks")}
        procs = max(int(cycles.array("gomaxprocs").max(initial=1)), 1)
        paid = payer_result(
            gc.columns["gc_assists"], code, folds.starts.functions, procs * duration
        )
        if paid is not None:
            found.append(paid)
    count, *assists = _cycle_facts(gc.columns["gc_cycles"], duration, bool(evidence.benchmarks))
    facts = [*windows, *assists, *_pause_facts(gc.columns["gc_pauses"]), count, *mean]
    tables = tuple(table for one in found for table in one.tables)
    findings = tuple(finding for one in found for finding in one.findings)
    # A screen shows the first six lines: how the program suffers, then how often.
    return Result("during_gc", title, tuple(facts), tables, findings)


def _utilisation(evidence: Evidence, told: Result) -> list[Fact]:
    """The least share of its procs that the program had, in windows that people know."""
    assert evidence.gc_folds is not None
    series = evidence.gc_folds.series()
    found = []
    for window in _WINDOWS_NS:
        if window > series.duration_ns:
            continue
        ratio = minimum_utilisation(series.counted, window)
        word = "fine" if ratio >= _FINE else "fair" if ratio >= _FAIR else "bad"
        detail = f"{word}: the least the program had of its procs"
        found.append(Fact("mmu_ratio", ratio, "ratio", f"MMU, {format_duration(window)}", detail))
    mean = next((f.value for f in told.facts if f.name == "mean_utilisation_ratio"), 0.0)
    if mean >= _FAIR and any(fact.value < _FAIR for fact in found):
        found.append(
            Fact("moments", "a bad moment, not a bad run", title="which means", detail=_MOMENTS)
        )
    return found


def _cycle_facts(cycles: Columns, duration: int, is_tested: bool) -> list[Fact]:
    marking = _sum(cycles, "mark_ns")
    detail = f"marking {marking / duration:.0%} of the time" if duration else ""
    if detail and is_tested:
        detail += _TESTING
    facts = [Fact("gc_cycles_count", cycles.rows, "count", "cycles", detail)]
    assists = _sum(cycles, "assist_cpu_ns")
    procs = max(int(cycles.array("gomaxprocs").max(initial=1)), 1)
    if assists and duration:
        facts.append(
            Fact("gc_assist_ns", assists, "ns", "mark assists",
                 f"{assists / (duration * procs):.1%} of all CPU time, by goroutines that allocate")
        )  # fmt: skip
    return facts


def _pause_facts(pauses: Columns) -> list[Fact]:
    if not pauses.rows:
        return []
    times = np.maximum(pauses.array("duration_ns"), 0)
    detail = f"of {pauses.rows:,} stops of the world, {format_duration(int(times.sum()))} in all"
    return [Fact("longest_pause_ns", int(times.max()), "ns", "longest pause", detail)]


def _sum(columns: Columns, name: str) -> int:
    return int(np.maximum(columns.array(name), 0).sum())
