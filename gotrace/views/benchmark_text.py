"""Benchmark results in Go's format, which benchstat and other tools read, and so does gotrace."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gotrace.tables.recording import Recording
from gotrace.views.go_numbers import format_float

__all__ = ["benchmark_text"]


def benchmark_text(recording: Recording) -> str:
    """The text of a recording of kind `benchmarks`: units, configuration, results as written.

    Reading it again gives the same tables, but for the numbers of lines.
    """
    return "".join(f"{line}\n" for line in _lines(recording))


def _lines(recording: Recording) -> Iterator[str]:
    units = recording.columns["benchmark_units"]
    for row in range(units.rows):
        unit, key = units.coded("original_unit")[row], units.coded("key")[row]
        yield f"Unit {unit} {key}={units.array('value')[row]}"
    benchmarks, values = recording.columns["benchmarks"], recording.columns["benchmark_values"]
    configurations = _configurations(recording)
    begin = np.searchsorted(values.array("benchmark_id"), np.arange(benchmarks.rows + 1))
    names, written = benchmarks.coded("name"), values.coded("original_unit")
    current: dict[str, str] = {}
    for row in range(benchmarks.rows):
        wanted = configurations.get(int(benchmarks.array("configuration_id")[row]), {})
        if list(current.items()) != list(wanted.items()):
            yield from _changes(current, wanted, is_first=row == 0)
            current = wanted
        count = benchmarks.array("iterations_count")[row]
        measured = (
            f"{format_float(float(values.array('original_value')[at]))} {written[at]}"
            for at in range(begin[row], begin[row + 1])
        )
        yield f"Benchmark{names[row]} {count} {' '.join(measured)}"


def _configurations(recording: Recording) -> dict[int, dict[str, str]]:
    table = recording.columns["benchmark_configuration"]
    found: dict[int, dict[str, str]] = {}
    for row, number in enumerate(table.array("configuration_id").tolist()):
        found.setdefault(number, {})[table.coded("key")[row] or ""] = table.array("value")[row]
    return found


def _changes(current: dict[str, str], wanted: dict[str, str], *, is_first: bool) -> Iterator[str]:
    """Configuration lines that lead from one to the other, so that keys come in the same order."""
    kept = 0
    for one, other in zip(current.items(), wanted.items(), strict=False):
        if one != other:
            break
        kept += 1
    if not is_first:
        yield ""
    yield from (f"{key}:" for key in list(current)[kept:])
    yield from (f"{key}: {value}" for key, value in list(wanted.items())[kept:])
    yield ""
