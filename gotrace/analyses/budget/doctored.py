"""Copies of evidence that are worse than it, or empty: what a gate must not let pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gotrace.analyses.budget.evidence import Collector, Evidence
from gotrace.tables.budget import Measurement
from gotrace.tables.columns import Coded, Column, Columns
from gotrace.tables.recording import Recording

__all__ = ["emptied", "worsened"]


def worsened(evidence: Evidence, change: Callable[[float], float]) -> Evidence:
    """The same recordings with every value changed: those of samples, benchmarks and cycles."""
    return replace(
        evidence,
        heaps=tuple(_heap(recording, change) for recording in evidence.heaps),
        goroutines=tuple(_samples(recording, change) for recording in evidence.goroutines),
        benchmarks=tuple(_benchmarks(recording, change) for recording in evidence.benchmarks),
        collectors=tuple(
            replace(told, collector=_Changed(told.collector, change))
            for told in evidence.collectors
        ),
    )


def emptied(evidence: Evidence) -> Evidence:
    """The same recordings with nothing in them: no samples, results or cycles."""
    return replace(
        evidence,
        heaps=tuple(
            _heap(recording, lambda _: 0.0, no_fields=True) for recording in evidence.heaps
        ),
        goroutines=tuple(_samples(recording, lambda _: 0.0) for recording in evidence.goroutines),
        benchmarks=tuple(_no_results(recording) for recording in evidence.benchmarks),
        collectors=tuple(replace(told, collector=_Nothing()) for told in evidence.collectors),
    )


@dataclass(frozen=True)
class _Changed:
    collector: Collector
    change: Callable[[float], float]

    def measure(self, name: str, window_ns: int) -> list[Measurement]:
        """As the collector says it, changed."""
        change = self.change
        return [
            replace(
                told,
                value=change(told.value),
                low=change(told.low),
                high=change(told.high),
                values=tuple(change(value) for value in told.values),
            )
            for told in self.collector.measure(name, window_ns)
        ]


class _Nothing:
    def measure(self, name: str, window_ns: int) -> list[Measurement]:
        """Nothing."""
        return []


def _with(recording: Recording, table: str, columns: Columns) -> Recording:
    return replace(recording, columns=recording.columns.replaced({table: columns}))


def _changed(values: Any, change: Callable[[float], float]) -> Any:
    """The values changed, in their own type; as far as it goes."""
    made = np.array([change(float(value)) for value in values], np.float64)
    if values.dtype.kind != "i":
        return made
    return np.clip(np.rint(made), 0, 2.0**62).astype(values.dtype)


def _samples(recording: Recording, change: Callable[[float], float]) -> Recording:
    table = recording.columns["samples"]
    value = _changed(table.array("value"), change)
    return _with(recording, "samples", table.replaced({"value": value}))


def _heap(
    recording: Recording, change: Callable[[float], float], *, no_fields: bool = False
) -> Recording:
    recording = _samples(recording, change)
    if "mem_stats" not in recording.columns:
        return recording
    table = recording.columns["mem_stats"]
    if no_fields:
        return _with(recording, "mem_stats", _rows(table, 0))
    value = _changed(table.array("value"), change)
    return _with(recording, "mem_stats", table.replaced({"value": value}))


def _benchmarks(recording: Recording, change: Callable[[float], float]) -> Recording:
    table = recording.columns["benchmark_values"]
    names = ("value", "original_value")
    values = {name: _changed(table.array(name), change) for name in names}
    return _with(recording, "benchmark_values", table.replaced(values))


def _no_results(recording: Recording) -> Recording:
    for name in ("benchmarks", "benchmark_values"):
        recording = _with(recording, name, _rows(recording.columns[name], 0))
    return recording


def _rows(table: Columns, count: int) -> Columns:
    """The first rows of a table."""
    cut: dict[str, Column] = {}
    for name in table:
        column = table[name]
        if isinstance(column, Coded):
            cut[name] = Coded(column.codes[:count], column.values)
        elif isinstance(column, np.ndarray):
            cut[name] = column[:count]
    return Columns(count, dict(cut))
