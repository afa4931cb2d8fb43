"""Why nothing was measured: what the recordings have instead, the closest first."""

from __future__ import annotations

import difflib
import re

from gotrace.analyses.budget.evidence import Evidence
from gotrace.analyses.budget.from_benchmarks import benchmark_names
from gotrace.analyses.sites import sites
from gotrace.tables.budget import Budget, Scope
from gotrace.tables.budget_metrics import Source
from gotrace.tables.function_names import package_of
from gotrace.tables.recording import Recording

__all__ = ["why_nothing"]

_MOST_NAMED = 5
_MOST_COMPARED = 2000


def why_nothing(evidence: Evidence, budget: Budget) -> str:
    """One sentence for people, with the line of the budget."""
    place = f"{budget.place}: " if budget.place.file else ""
    return f"{place}{_why(evidence, budget)}"


def _why(evidence: Evidence, budget: Budget) -> str:
    source, metric = budget.metric.source, budget.metric.name
    if source is Source.BENCHMARKS:
        return _no_benchmark(evidence, budget)
    if source in (Source.HEAP, Source.GOROUTINES):
        given = evidence.heaps if source is Source.HEAP else evidence.goroutines
        return _no_sample(given, budget) if given else f"no {source} was given for `{metric}`"
    if source is Source.MEMSTATS:
        return f"no {source} was given for `{metric}`"
    if metric == "span_waste" and any(told.is_trace for told in evidence.collectors):
        return "the trace tells of no spans; record it with GODEBUG=traceallocfree=1"
    if not any(told.is_trace or source is Source.GC for told in evidence.collectors):
        return f"no {source} was given for `{metric}`"
    return f"the {source} does not tell `{metric}`"


def _no_benchmark(evidence: Evidence, budget: Budget) -> str:
    if not evidence.benchmarks:
        return f"no benchmark results were given for `{budget.metric.name}`"
    units = benchmark_names(evidence.benchmarks)
    wanted = budget.scope.benchmark
    if not units:
        return "the benchmark results are empty"
    unit = budget.metric.name
    having = [name for name in units if unit in units[name]]
    if not having:
        known = sorted({other for each in units.values() for other in each})
        advice = "; run with -benchmem" if unit in ("allocs/op", "B/op") else ""
        return f"no benchmark reports `{unit}`{advice}; there are {_named(unit, known)}"
    if budget.scope.package:
        wanted = f"{wanted}` of package `{budget.scope.package}" if wanted else budget.scope.package
    return f"no benchmark with `{unit}` matches `{wanted}`; there are {_named(wanted, having)}"


def _no_sample(given: tuple[Recording, ...], budget: Budget) -> str:
    if not any(recording.sample_count for recording in given):
        return "the profile is empty"
    scope = budget.scope
    functions, packages, labels = set[str](), set[str](), set[str]()
    for recording in given:
        found = sites(recording)
        for site in set(found.of_sample.tolist()):
            functions.add(found.function(site))
            packages.add(package_of(found.function(site)))
        labels |= set(recording.columns["labels"].coded("key").values)
    wanted, known = _asked(scope, functions, packages, labels)
    if scope == Scope():
        return f"the profile tells no `{budget.metric.name}`"
    return f"no sample matches `{wanted}`; there are {_named(wanted, sorted(known))}"


def _asked(
    scope: Scope, functions: set[str], packages: set[str], labels: set[str]
) -> tuple[str, set[str]]:
    """What the scope asks for, and what there is of the kind."""
    if scope.label:
        return scope.label, labels or {"no labels"}
    if scope.package:
        return scope.package, packages - {""} or {"no packages"}
    if scope.size_class is not None:
        return f"size class {scope.size_class}", functions
    return scope.call_site or scope.function, functions


def _named(wanted: str, known: list[str]) -> str:
    """The closest names, and how many more there are."""
    plain = re.sub(r"[\\^$()|?*+\[\]]", "", wanted)
    some = sorted(known)[:_MOST_COMPARED]
    close = difflib.get_close_matches(plain, some, _MOST_NAMED, 0.0)
    shown = [f"`{name[:120]}`" for name in close or some[:_MOST_NAMED]]
    more = len(known) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
