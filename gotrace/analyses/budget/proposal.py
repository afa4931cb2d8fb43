"""A first budget file: what was measured, with as much headroom as its noise asks for.

What is counted exactly and was the same in every repeat gets none: one allocation more is what a
budget is for. What is estimated gets two standard errors and a tenth, everything else a margin on
the worst that was seen.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gotrace.analyses.budget.amounts import amount
from gotrace.analyses.budget.evidence import Evidence, measures
from gotrace.analyses.budget.from_benchmarks import benchmark_names
from gotrace.tables.budget import Measurement, Scope
from gotrace.tables.budget_metrics import METRICS, Combine, Metric, Source, benchmark_metric

__all__ = ["proposed"]

_HEAD = """\
# Memory budgets, proposed by `gotrace budget init`: every limit is a guess from what was measured.
# Tighten them, and remove what does not matter. After `gotrace budget bless` a limit can also be
# relative: max_increase = "5%", with floor = the change that is too small to matter.
"""
_OF_PROFILES = ("inuse_space", "inuse_objects", "goroutines")
_OF_COLLECTOR = ("peak_heap_live", "survivors", "gc_cycles", "mmu", "span_waste")
_WINDOW_NS = 10_000_000
_COUNTED, _ESTIMATED, _SEEN = 0.05, 0.10, 0.20
_MOST_BENCHMARKS = 200


@dataclass(frozen=True)
class _Limit:
    """A limit in the metric's unit, and why it is that."""

    value: float
    why: str


def proposed(evidence: Evidence) -> str:
    """The text of the file; empty where nothing was measured."""
    used: set[str] = set()
    tables = [*_benchmarks(evidence, used), *_others(evidence, used)]
    return "\n".join([_HEAD, *tables]) if tables else ""


def _benchmarks(evidence: Evidence, used: set[str]) -> Iterator[str]:
    names = benchmark_names(evidence.benchmarks)
    for name in list(names)[:_MOST_BENCHMARKS]:
        scope = {"benchmark": f"^{_quoted(name)}$"}
        for unit in sorted(names[name]):
            metric = benchmark_metric(unit)
            if metric.is_time:
                continue
            found = measures(evidence, metric, Scope(benchmark=scope["benchmark"])).measures
            if found:
                yield _table(f"{name.removeprefix('Benchmark')} {unit}", metric, found, scope, used)


def _others(evidence: Evidence, used: set[str]) -> Iterator[str]:
    for name in (*_OF_PROFILES, *_OF_COLLECTOR):
        metric = METRICS[name]
        if metric.source is Source.TRACE and name == "mmu":
            found = measures(evidence, metric, Scope(window_ns=_WINDOW_NS)).measures
            scope = {"window": "10 ms"}
        else:
            found, scope = measures(evidence, metric, Scope()).measures, {}
        if found:
            yield _table(name, metric, found, scope, used)


def _table(
    name: str,
    metric: Metric,
    found: Mapping[str, Measurement],
    scope: Mapping[str, str],
    used: set[str],
) -> str:
    """One budget as TOML, for the worst of what its scope matches."""
    key, number = name, 2
    while key in used:
        key, number = f"{name} {number}", number + 1
    used.add(key)
    better = min if metric.is_better_higher else max
    worst = better(found.values(), key=lambda measure: measure.value)
    limit = _limit(metric, worst)
    bound = "min" if metric.is_better_higher else "max"
    seen = amount(worst.value, metric.unit)
    header = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)
    lines = [
        f"# {_one_line(f'{seen}: {worst.rule}' if worst.rule else seen)}; {limit.why}",
        f"[budget.{header}]",
        f"metric = {_text(metric.name)}",
        *(f"{name} = {_text(value)}" for name, value in scope.items()),
        f"{bound} = {_amount(limit.value, metric)}",
        "",
    ]
    return "\n".join(lines)


def _limit(metric: Metric, measure: Measurement) -> _Limit:
    if metric.is_better_higher:
        return _Limit(measure.low * (1 - _SEEN), "a fifth less may be")
    values = measure.values or (measure.value,)
    if metric.combine is Combine.MINIMUM and len(values) > 1 and min(values) == max(values):
        return _Limit(measure.value, "the same in every repeat: no headroom")
    if metric.combine is Combine.MINIMUM or (measure.is_exact and measure.is_noise_known):
        top = measure.high * (1 + _COUNTED)
        return _Limit(max(top, measure.high + 1), "counted, so 5 % more (or one) may be")
    if measure.is_noise_known:
        top = measure.high * (1 + _ESTIMATED)
        return _Limit(top, f"at most {amount(measure.high, metric.unit)} by noise, and 10 % more")
    return _Limit(max(*values, measure.high) * (1 + _SEEN), "a fifth more than the most seen")


def _amount(value: float, metric: Metric) -> str:
    """The limit as people write it, never tighter than the number."""
    if metric.is_bytes and metric.combine is not Combine.MINIMUM:
        return _bytes(value)
    if metric.unit == "ratio":
        down = metric.is_better_higher
        digits = (math.floor if down else math.ceil)(value * 1000) / 10
        return _text(f"{digits:g}%")
    if metric.unit == "count" or metric.combine is Combine.MINIMUM:
        return str(math.ceil(value) if value > 100 or value != int(value) else int(value))
    return repr(float(f"{value:.6g}") if not metric.is_better_higher else value)


def _bytes(value: float) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if value >= size:
            number = f"{math.ceil(value / size * 100) / 100:.2f}".rstrip("0").rstrip(".")
            return _text(f"{number} {unit}")
    return str(math.ceil(value))


def _quoted(name: str) -> str:
    """The name as a pattern of Go's that matches just it."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", name)


def _text(value: str) -> str:
    """A TOML string: a literal one where that reads better."""
    if "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
