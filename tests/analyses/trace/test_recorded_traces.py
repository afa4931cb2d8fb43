"""Reports of real traces: the same from a stream and from tables, and as the runtime tells it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from gotrace.analyses.trace.overview import EventCounts
from gotrace.trace_pipeline import analyse_recording, analyse_trace
from gotrace.views.json_view import render_json
from tests.analyses.trace.blocks import TRACES, recorded, values

GCTRACE = re.compile(r"(\d+)->(\d+)->(\d+) MB, (\d+) MB goal")


def name_of(path: Path) -> str:
    return "-".join(path.parts[-3:])


@pytest.mark.parametrize("path", TRACES, ids=name_of)
def test_a_stream_and_whole_tables_give_the_same_report(path: Path) -> None:
    streamed = render_json(analyse_trace(str(path)).report())
    assert streamed == render_json(analyse_recording(recorded(path)).report())


@pytest.mark.parametrize("path", TRACES, ids=name_of)
def test_every_goroutine_is_counted_once(path: Path) -> None:
    counts = EventCounts()
    counts.feed("events", recorded(path).columns["events"])
    met = recorded(path).columns["goroutine_transitions"].array("goroutine")
    assert counts.goroutines_count == len(np.unique(met))
    assert counts.generations_count == 1


def log_of(path: Path) -> list[tuple[int, ...]]:
    """Heap at the begin and end of each cycle, kept, goal: MiB, as gctrace rounds them."""
    log = path.with_name(path.name.removesuffix(".out") + ".gctrace.txt")
    return [tuple(map(int, found)) for found in GCTRACE.findall(log.read_text())]


@pytest.mark.parametrize(
    "path",
    [p for p in TRACES if p.with_name(p.name.removesuffix(".out") + ".gctrace.txt").exists()],
    ids=name_of,
)
def test_cycles_have_the_numbers_of_gctrace(path: Path) -> None:
    """The traced cycles are a run of those that the whole program logged.

    The first goal is left out: the runtime tells it when tracing starts, and may raise it until the
    cycle begins (`runtime/mgcpacer.go`, heapGoalInternal).
    """
    table = analyse_trace(str(path)).report().tables()["gc_cycles"]
    names = ("live_begin_bytes", "live_end_bytes", "kept_bytes", "goal_bytes")
    rows = zip(*(values(table, name) for name in names), strict=True)
    ours = [tuple(value >> 20 for value in row) for row in rows if None not in row]
    theirs = log_of(path)
    count = len(ours)
    assert count >= 3
    assert any(
        [row[:3] for row in theirs[at : at + count]] == [row[:3] for row in ours]
        and [row[3] for row in theirs[at + 1 : at + count]] == [row[3] for row in ours[1:]]
        for at in range(len(theirs) - count + 1)
    ), f"{ours} is no run of {theirs}"
