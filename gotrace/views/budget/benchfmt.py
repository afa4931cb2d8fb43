"""The measures of a check in Go's benchmark format, so that benchstat compares them over time.

A budget is a benchmark, each of its repeats a line (golang.org/design/14313-benchmark-format). A
name has no spaces there, so those of budgets are written with `_`; other metrics than those of
benchmarks get a unit that says what they are and that benchstat knows how to scale
(`inuse_space-bytes`, `worst_pause-ns`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gotrace.tables.budget import Checked, Measurement, Verdict
from gotrace.tables.budget_metrics import Source
from gotrace.views.budget.words import cut, distinct_names, safe
from gotrace.views.go_numbers import format_float

__all__ = ["benchfmt"]

_LONGEST_NAME = 500
_BLANK = re.compile(r"\s+")
_KEYS = (("goos", "goos"), ("goarch", "goarch"), ("cpu", "cpu"), ("go", "go_version"))
"""Configuration key → condition of a measure."""


def benchfmt(checked: Checked) -> str:
    """Unit lines, then configuration and results; empty if nothing was measured."""
    measured = [
        (name, verdict, verdict.measure)
        for name, verdict in distinct_names(checked, _LONGEST_NAME)
        if verdict.measure is not None
    ]
    lines = list(dict.fromkeys(_unit_line(verdict) for _, verdict, _ in measured))
    current: dict[str, str] = {}
    for name, verdict, measure in measured:
        wanted = _configuration(measure)
        lines += _changes(current, wanted)
        current = wanted
        lines += _results(name, verdict, measure)
    return "".join(f"{line}\n" for line in lines)


def _unit(verdict: Verdict) -> str:
    metric = verdict.budget.metric
    if metric.source is Source.BENCHMARKS:
        return _word(metric.unit) or "?"
    kind = "" if metric.unit == "count" else f"-{metric.unit}"
    return _word(f"{metric.name}{kind}")


def _unit_line(verdict: Verdict) -> str:
    better = "higher" if verdict.budget.metric.is_better_higher else "lower"
    return f"Unit {_unit(verdict)} better={better}"


def _configuration(measure: Measurement) -> dict[str, str]:
    values = ((key, measure.conditions.get(condition, "")) for key, condition in _KEYS)
    return {key: cut(safe(value).strip(), _LONGEST_NAME) for key, value in values if value}


def _changes(current: dict[str, str], wanted: dict[str, str]) -> Iterator[str]:
    yield from (f"{key}:" for key in current if key not in wanted)
    yield from (f"{key}: {text}" for key, text in wanted.items() if current.get(key) != text)


def _results(name: str, verdict: Verdict, measure: Measurement) -> Iterator[str]:
    procs = measure.conditions.get("gomaxprocs", "")
    # Names of Go's benchmarks go on with a capital or a slash.
    named = f"BenchmarkBudget/name={_word(name)}"
    if procs.isascii() and procs.isdigit() and procs != "1":
        named += f"-{procs[:9]}"
    count = measure.conditions.get("iterations", "")
    times = count[:18] if count.isascii() and count.isdigit() and count.strip("0") else "1"
    for value in measure.values or (measure.value,):
        yield f"{named} {times} {format_float(value)} {_unit(verdict)}"


def _word(text: str) -> str:
    """Without spaces; a name's end that reads as GOMAXPROCS is none."""
    word = _BLANK.sub("_", cut(safe(text), _LONGEST_NAME))
    return re.sub(r"-(?=[0-9]+\Z)", "_", word)
