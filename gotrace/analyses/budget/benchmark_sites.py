"""Which lines a benchmark's allocations come from: a heap profile of the same run tells.

`go test -bench . -memprofile` counts what all rounds of a benchmark allocate; a line has the same
share of that as of one iteration. A profile sums up the sub-benchmarks of a benchmark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gotrace.analyses.budget.from_heap import measure_heap
from gotrace.tables.budget import Measurement, Scope, Site
from gotrace.tables.budget_metrics import METRICS, Metric
from gotrace.tables.recording import Recording

__all__ = ["with_sites"]

_OF_PROFILE = {"allocs/op": "alloc_objects", "B/op": "alloc_space"}


def with_sites(measure: Measurement, metric: Metric, heaps: Sequence[Recording]) -> Measurement:
    """The measure with the sites of its benchmark, each with its share of the value.

    As it is where no profile has the benchmark on its stacks.
    """
    told = _OF_PROFILE.get(metric.name)
    name = measure.conditions.get("benchmark", "")
    if told is None or not name or not heaps:
        return measure
    scope = Scope(function=_pattern(name))
    for heap in heaps:
        found = measure_heap(heap, METRICS[told], scope)
        if found is not None and found.value > 0:
            return replace(
                measure,
                sites=tuple(
                    Site(s.function, s.file, s.line, s.value / found.value * measure.value)
                    for s in found.sites
                ),
            )
    return measure


def _pattern(name: str) -> str:
    """The benchmark's function and its closures, in its package or the test package beside it."""
    package, _, function = name.rpartition(".Benchmark")
    function = re.escape(f"Benchmark{function.partition('/')[0]}" if package else name)
    place = f"{re.escape(package)}(_test)?" if package else ".*"
    return rf"^{place}\.{function}(\.func[0-9.]+)*$"
