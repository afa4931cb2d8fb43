"""Our events against those of Go's own reader: count, order, time, context, arguments, stacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.readers.trace.stream import TraceStream
from tests.readers.trace.real_reader import differences, record

TRACES = Path(__file__).parents[3] / "sample_traces"
SHIPPED = [path for path in sorted(TRACES.glob("*/*/trace*.out")) if path.parent.name != "go1.21"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: "-".join(p.parts[-3:]))
def test_events_of_a_shipped_trace_are_those_of_gos_reader(path: Path, tmp_path: Path) -> None:
    with path.open("rb") as file:
        stream = TraceStream(file, strict=True)
        chunks = list(stream)
    assert differences(path, chunks, tmp_path) == []
    assert stream.notes == []


PROGRAMS = ["annotations", "iter-pull", "gc-stress", "wait-on-pipe"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_events_of_a_fresh_trace_are_those_of_gos_reader(program: str, tmp_path: Path) -> None:
    """Recorded now, by a program of Go's own tests."""
    path = record(program, tmp_path)
    with path.open("rb") as file:
        chunks = list(TraceStream(file, strict=True))
    assert sum(map(len, chunks)) > 30
    assert differences(path, chunks, tmp_path) == []
