"""Traces in text form, and tables as rows that tests can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gotrace.readers.trace.recording import read_trace
from gotrace.tables.recording import Recording
from tests.readers.trace.text_form import encode

__all__ = ["SHIPPED", "TRACES", "read_text", "rows"]

TRACES = Path(__file__).parents[4] / "sample_traces"
SHIPPED = sorted(TRACES.glob("*/*/trace*.out"))


def read_text(folder: Path, text: str, **options: Any) -> Recording:
    """Read a trace that is written in Go's text form."""
    path = folder / "small.trace"
    path.write_bytes(encode(text))
    return read_trace(path, **options)


def rows(recording: Recording, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a table, row by row; null is None."""
    found = recording.tables[table].select(list(columns)).to_pydict()
    return list(zip(*found.values(), strict=True))
