"""Everything that was given to be checked, by what it can tell, and the measures in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from gotrace.analyses.budget.benchmark_sites import with_sites
from gotrace.analyses.budget.combine import combined
from gotrace.analyses.budget.from_benchmarks import configurations, measure_benchmarks
from gotrace.analyses.budget.from_goroutines import measure_goroutines
from gotrace.analyses.budget.from_heap import measure_heap
from gotrace.analyses.budget.from_memstats import measure_memstats
from gotrace.analyses.budget.sampled_scope import profile_conditions
from gotrace.tables.budget import Measurement, Scope
from gotrace.tables.budget_metrics import Metric, Source
from gotrace.tables.recording import Recording

__all__ = ["Collector", "Evidence", "Found", "MeasuredCollector", "measures"]

_PLATFORM = ("go_version", "goos", "goarch", "race")
"""What one recording knows and all share: they were made together."""


class Collector(Protocol):
    """What a trace or a log knows of metrics: its name decides what there is."""

    def measure(self, name: str, window_ns: int) -> list[Measurement]:
        """The metric, once for each run of the program; empty where it is not told."""


@dataclass(frozen=True)
class MeasuredCollector:
    """A trace or a log of the collector, and where it comes from."""

    collector: Collector
    is_trace: bool
    sources: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """The recordings of one check, by kind. `conditions` are told by whoever made them."""

    heaps: tuple[Recording, ...] = ()
    goroutines: tuple[Recording, ...] = ()
    benchmarks: tuple[Recording, ...] = ()
    collectors: tuple[MeasuredCollector, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def platform(self) -> dict[str, str]:
        """What some recording tells and none denies; what was given wins."""
        found: dict[str, set[str]] = {}
        for condition, value in _told(self):
            found.setdefault(condition, set()).add(value)
        shared = {name: values.pop() for name, values in found.items() if len(values) == 1}
        return {**shared, **self.conditions}


@dataclass(frozen=True)
class Found:
    """Measures by what they are of (a benchmark, a program); `unusable` is what was no measure."""

    measures: Mapping[str, Measurement]
    unusable: Sequence[str] = ()


def measures(evidence: Evidence, metric: Metric, scope: Scope) -> Found:
    """The metric in the scope, once for each benchmark or program that has it.

    Repeats are combined; every measure knows the conditions that the recordings share. Raises
    UsageError for a bad pattern.
    """
    found = _found(evidence, metric, scope)
    return Found(
        {
            label: replace(measure, conditions={**evidence.platform, **measure.conditions})
            for label, measure in found.measures.items()
        },
        found.unusable,
    )


def _found(evidence: Evidence, metric: Metric, scope: Scope) -> Found:
    if metric.source is Source.BENCHMARKS:
        told = measure_benchmarks(evidence.benchmarks, metric, scope)
        return Found(
            {
                label: with_sites(measure, metric, evidence.heaps)
                for label, measure in told.measures.items()
            },
            told.unusable,
        )
    if metric.source is Source.HEAP:
        each = [measure_heap(recording, metric, scope) for recording in evidence.heaps]
    elif metric.source is Source.GOROUTINES:
        each = [measure_goroutines(recording, scope) for recording in evidence.goroutines]
    elif metric.source is Source.MEMSTATS:
        each = [measure_memstats(recording, metric) for recording in evidence.heaps]
    else:
        each = _of_collectors(evidence, metric, scope)
    return Found(_by_program([one for one in each if one is not None], metric))


def _of_collectors(evidence: Evidence, metric: Metric, scope: Scope) -> list[Measurement | None]:
    return [
        replace(
            measure,
            sources=told.sources,
            digests=told.digests,
            conditions={**told.conditions, **measure.conditions},
        )
        for told in evidence.collectors
        if told.is_trace or metric.source is Source.GC
        for measure in told.collector.measure(metric.name, scope.window_ns)
    ]


def _by_program(each: Sequence[Measurement], metric: Metric) -> dict[str, Measurement]:
    """Recordings of one program are repeats; each other program is measured by itself."""
    groups: dict[str, list[Measurement]] = {}
    for measure in each:
        groups.setdefault(measure.conditions.get("program", ""), []).append(measure)
    if len(groups) == 2 and "" in groups:
        # Profiles in text form name no program: of the only one that is named they are repeats.
        groups = {"": [measure for group in groups.values() for measure in group]}
    return {name: combined(group, metric.combine) for name, group in groups.items()}


def _told(evidence: Evidence) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    for recording in evidence.benchmarks:
        for conditions in configurations(recording).values():
            told += conditions.items()
    for recording in (*evidence.heaps, *evidence.goroutines):
        told += profile_conditions(recording).items()
    for collector in evidence.collectors:
        told += collector.conditions.items()
    return [pair for pair in told if pair[0] in _PLATFORM]
