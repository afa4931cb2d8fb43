"""What benchmark logs say of a budget: one measure for every benchmark in its scope.

The lines of one benchmark, of all logs together, are its repeats (`-count`); the same name in
another package, or with another GOMAXPROCS (`-cpu`), is another benchmark. A unit may be given as
written (`ns/op`) or without scale (`sec/op`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from gotrace.analyses.budget.combine import combined
from gotrace.analyses.regexp import compile_go
from gotrace.tables.budget import Measurement, Scope
from gotrace.tables.budget_metrics import Combine, Metric
from gotrace.tables.columns import Coded
from gotrace.tables.recording import Recording

__all__ = ["BenchmarkMeasures", "benchmark_names", "configurations", "measure_benchmarks"]

_CONDITIONS = {
    "goos": "goos",
    "goarch": "goarch",
    "cpu": "cpu",
    "goversion": "go_version",
    "go": "go_version",
    "toolchain": "go_version",
    "race": "race",
}
"""Configuration key → condition; `go test` prints the first three, others people add."""

_ABOVE = frozenset({"ns/op", "B/op", "allocs/op"})
"""Units of which `go test` never prints less than zero."""

Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_Key = tuple[str, str]
"""Package, and name with its procs."""


@dataclass
class BenchmarkMeasures:
    """What was found: measures by label, and why there is none of some benchmarks."""

    measures: dict[str, Measurement] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """A result line in scope, with the value of the metric, if it has one."""

    key: _Key
    iterations: int
    number: int
    recording: Recording
    conditions: dict[str, str]
    value: float | None
    assumed_exact: bool


def measure_benchmarks(
    recordings: Sequence[Recording], metric: Metric, scope: Scope
) -> BenchmarkMeasures:
    """The metric of every benchmark in the scope. Raises UsageError for a bad pattern."""
    by_key: dict[_Key, list[_Line]] = {}
    for recording in recordings:
        for line in _lines(recording, metric, scope):
            by_key.setdefault(line.key, []).append(line)
    found = BenchmarkMeasures()
    labels = _labels(list(by_key))
    for key, lines in by_key.items():
        have = [line for line in lines if line.value is not None]
        bad = next((line for line in have if not _is_measure(line, metric)), None)
        if bad is not None:
            where = f"{' + '.join(bad.recording.origin.paths)}, line {bad.number}"
            told = f"{bad.value} {metric.name} of {bad.iterations} iterations"
            found.unusable.append(f"{where}: {told} is no measure")
        elif have:
            found.measures[labels[key]] = _measure(have, metric)
    return found


def _is_measure(line: _Line, metric: Metric) -> bool:
    """Whether the value can have been measured: custom units may be below zero."""
    value = line.value or 0.0
    return (
        math.isfinite(value) and line.iterations > 0 and (value >= 0 or metric.name not in _ABOVE)
    )


def benchmark_names(recordings: Sequence[Recording]) -> dict[str, set[str]]:
    """Every benchmark (with `Benchmark`, without procs) → the units that it reports."""
    found: dict[str, set[str]] = {}
    for recording in recordings:
        names = recording.columns["benchmarks"].coded("name")
        procs = recording.columns["benchmarks"].array("procs")
        values = recording.columns["benchmark_values"]
        units = values.coded("original_unit")
        for row, owner in enumerate(values.array("benchmark_id").tolist()):
            name = f"Benchmark{_bare(names[owner] or '', int(procs[owner]))}"
            found.setdefault(name, set()).add(units[row] or "")
    return found


def _lines(recording: Recording, metric: Metric, scope: Scope) -> Iterator[_Line]:
    """The result lines in scope."""
    benchmarks = recording.columns["benchmarks"]
    names, packages = benchmarks.coded("name"), benchmarks.coded("package")
    procs, iterations = benchmarks.array("procs"), benchmarks.array("iterations_count")
    sets, numbers = benchmarks.array("configuration_id"), benchmarks.array("line")
    told, exact = configurations(recording), _assumed_exact(recording, metric)
    values, is_told = _values(recording, metric)
    for row in np.flatnonzero(_in_scope(names, packages, procs, scope)).tolist():
        conditions = dict(told.get(int(sets[row]), {}))
        conditions["gomaxprocs"] = str(procs[row]) if procs[row] > 0 else "1"
        yield _Line(
            (packages[row] or "", names[row] or ""),
            int(iterations[row]),
            int(numbers[row]),
            recording,
            conditions,
            float(values[row]) if is_told[row] else None,
            exact,
        )


def _in_scope(names: Coded, packages: Coded, procs: Numbers, scope: Scope) -> Bools:
    """Which results match, by their names with and without `Benchmark` and procs."""
    chosen = np.ones(len(names), np.bool_)
    if scope.package:
        fits = compile_go(scope.package, "package").matches
        chosen &= np.array([*map(fits, packages.values), False], np.bool_)[packages.codes]
    if scope.benchmark:
        matches = compile_go(scope.benchmark, "benchmark").matches
        keys = names.codes.astype(np.int64) << 32 | (procs + 1)
        distinct, where = np.unique(keys, return_inverse=True)
        found = []
        for key in distinct.tolist():
            name, count = names.values[key >> 32], (key & 0xFFFFFFFF) - 1
            texts = {name, _bare(name, count)}
            found.append(any(matches(text) or matches(f"Benchmark{text}") for text in texts))
        chosen &= np.array(found, np.bool_)[where]
    return chosen


def _bare(name: str, procs: int) -> str:
    """The name without its procs."""
    return name.removesuffix(f"-{procs}") if procs > 0 else name


def _values(recording: Recording, metric: Metric) -> tuple[npt.NDArray[np.float64], Bools]:
    """The value of every result in the metric's unit, and whether it has one.

    The unit is the one that was written, else the one without scale.
    """
    count = recording.columns["benchmarks"].rows
    found, is_told = np.zeros(count), np.zeros(count, np.bool_)
    table = recording.columns["benchmark_values"]
    for unit, value in (("unit", "value"), ("original_unit", "original_value")):
        column = table.coded(unit)
        if metric.name in column.values:
            rows = np.flatnonzero(column.codes == column.values.index(metric.name))
            owners = table.array("benchmark_id")[rows]
            found[owners] = table.array(value)[rows]
            is_told[owners] = True
    return found, is_told


def _assumed_exact(recording: Recording, metric: Metric) -> bool:
    """Whether a `Unit` line says `assume=exact` of the metric's unit."""
    table = recording.columns["benchmark_units"]
    units, originals, keys = (table.coded(n) for n in ("unit", "original_unit", "key"))
    facts = table.array("value")
    return any(
        metric.name in (units[row], originals[row])
        and keys[row] == "assume"
        and facts[row] == "exact"
        for row in range(table.rows)
    )


def configurations(recording: Recording) -> dict[int, dict[str, str]]:
    """Number of a set of configuration lines → the conditions it tells."""
    table = recording.columns["benchmark_configuration"]
    keys, values = table.coded("key"), table.array("value")
    found: dict[int, dict[str, str]] = {}
    for row, number in enumerate(table.array("configuration_id").tolist()):
        name = _CONDITIONS.get(keys[row] or "")
        if name is not None:
            found.setdefault(number, {}).setdefault(name, str(values[row]))
    return found


def _labels(keys: list[_Key]) -> dict[_Key, str]:
    """The shortest text that tells the benchmarks apart: without procs and package if it does."""
    bare = {key: key[1].rpartition("-")[0] if _has_procs(key[1]) else key[1] for key in keys}
    for texts in (
        bare,
        {key: key[1] for key in keys},
        {key: f"{key[0]}.{bare[key]}" for key in keys},
    ):
        if len(set(texts.values())) == len(keys):
            return texts
    return {key: f"{key[0]}.{key[1]}" for key in keys}


def _has_procs(name: str) -> bool:
    base, dash, end = name.rpartition("-")
    return bool(base and dash and end.isascii() and end.isdigit())


def _measure(lines: list[_Line], metric: Metric) -> Measurement:
    package, name = lines[0].key
    repeats = [_repeat(line, metric) for line in lines]
    exact = all(line.assumed_exact for line in lines)
    measure = combined(repeats, metric.combine, is_assumed_exact=exact)
    shown = f"Benchmark{name.rpartition('-')[0] if _has_procs(name) else name}"
    whole = f"{package}.{shown}" if package else shown
    return replace(measure, conditions={**measure.conditions, "benchmark": whole})


def _repeat(line: _Line, metric: Metric) -> Measurement:
    """One line as a measure: of what only the minimum counts exact, else of unknown noise."""
    assert line.value is not None
    origin = line.recording.origin
    return Measurement(
        line.value, line.value, line.value, "", (line.value,), (), origin.paths,
        {**line.conditions, "iterations": str(line.iterations)},
        (origin.sha256,) if origin.sha256 else (),
        metric.combine is Combine.MINIMUM,
    )  # fmt: skip
