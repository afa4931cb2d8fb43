"""Benchmark logs put one behind the other: the results of all, as one recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from gotrace.tables.columns import Coded, Column, Columns, Lazy
from gotrace.tables.recording import Origin, Recording

__all__ = ["merge_benchmarks"]

_SHIFTED = {
    ("benchmarks", "benchmark_id"): "benchmarks",
    ("benchmark_values", "benchmark_id"): "benchmarks",
    ("benchmarks", "configuration_id"): "",
    ("benchmark_configuration", "configuration_id"): "",
}
"""Columns of numbers that begin anew in each log, and the table whose rows they number."""


def merge_benchmarks(recordings: Sequence[Recording]) -> Recording:
    """Repeats from several logs, as if one log had them all; numbers of lines stay each log's own.

    Of what `Unit` lines say of a unit, the first log that says it is believed, as by benchstat.
    """
    first = recordings[0]
    if len(recordings) == 1:
        return first
    shifts: dict[str, list[int]] = {"benchmarks": [], "": []}
    rows = sets = 0
    for recording in recordings:
        shifts["benchmarks"].append(rows)
        shifts[""].append(sets)
        rows += recording.columns["benchmarks"].rows
        sets += _sets(recording)
    tables: dict[str, Callable[[], Columns]] = {
        name: partial(_table, name, recordings, shifts) for name in first.columns
    }
    origins = [recording.origin for recording in recordings]
    origin = Origin(
        paths=tuple(path for origin in origins for path in origin.paths),
        format=first.origin.format,
        size_bytes=sum(origin.size_bytes for origin in origins),
    )
    notes = tuple(note for recording in recordings for note in recording.notes)
    return Recording(first.kind, origin, Lazy(tables), notes)


def _sets(recording: Recording) -> int:
    """How many sets of configuration lines there are; one without lines has no rows."""
    numbers = recording.columns["benchmarks"].array("configuration_id")
    told = recording.columns["benchmark_configuration"].array("configuration_id")
    return int(max(numbers.max(initial=-1), told.max(initial=-1))) + 1


def _table(name: str, recordings: Sequence[Recording], shifts: dict[str, list[int]]) -> Columns:
    parts = [recording.columns[name] for recording in recordings]
    made: dict[str, Column] = {}
    for column in parts[0]:
        values = [part[column] for part in parts]
        shift = shifts.get(_SHIFTED.get((name, column), "none"))
        if isinstance(values[0], Coded):
            made[column] = _coded([part.coded(column) for part in parts])
        else:
            arrays = [part.array(column) for part in parts]
            if shift is not None:
                arrays = [array + by for array, by in zip(arrays, shift, strict=True)]
            made[column] = np.concatenate(arrays)
    return Columns(sum(part.rows for part in parts), made)


def _coded(parts: Sequence[Coded]) -> Coded:
    known: dict[str, int] = {}
    codes: list[npt.NDArray[np.int32]] = []
    for part in parts:
        new = [known.setdefault(text, len(known)) for text in part.values]
        codes.append(np.array([*new, -1], np.int32)[part.codes])  # -1 stays -1: the last entry
    return Coded(np.concatenate(codes), list(known))
