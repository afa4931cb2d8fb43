"""Benchmark logs as bytes, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.tables.recording import Recording

__all__ = ["measured", "read", "rows", "slugs"]


def read(log: str | bytes, folder: Path) -> Recording:
    """The recording of a log."""
    path = folder / "bench.txt"
    path.write_bytes(log.encode() if isinstance(log, str) else log)
    return read_benchmarks(str(path))


def rows(recording: Recording, table: str) -> list[dict[str, Any]]:
    """The rows of a table, null as None."""
    found: list[dict[str, Any]] = recording.tables[table].to_pylist()
    return found


def measured(recording: Recording) -> list[tuple[str, int, list[tuple[float, str]]]]:
    """(name, iterations, (value, unit) as written) of every result."""
    found: list[tuple[str, int, list[tuple[float, str]]]] = [
        (row["name"], row["iterations_count"], []) for row in rows(recording, "benchmarks")
    ]
    for row in rows(recording, "benchmark_values"):
        found[row["benchmark_id"]][2].append((row["original_value"], row["original_unit"]))
    return found


def slugs(recording: Recording) -> dict[str, int]:
    """Slug → count of every note."""
    return {note.slug: note.count for note in recording.notes}
