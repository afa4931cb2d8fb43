"""What traces and logs of the collector say of a budget."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import numpy as np
import pytest

import gotrace
from gotrace import budget
from gotrace.analyses.budget.from_log import LogBudgets
from gotrace.analyses.budget.from_trace import SpanWaste, TraceBudgets
from gotrace.gc_pipeline import gc_of_source
from gotrace.readers.gclog.reader import read_gc_log
from gotrace.readers.trace.recording import TABLES, read_trace
from gotrace.tables.columns import Columns
from gotrace.tables.recording import Recording

SAMPLES = Path(__file__).parents[3] / "sample_traces"
TRACE = SAMPLES / "batch/go1.27/trace.allocfree.out"
LOG = SAMPLES / "batch/go1.27/gctrace.txt"
MIB = 1 << 20


@pytest.fixture(scope="module")
def trace() -> Recording:
    return read_trace(TRACE)


@pytest.fixture(scope="module")
def of_trace(trace: Recording) -> TraceBudgets:
    return fed(trace)


def fed(recording: Recording) -> TraceBudgets:
    found = TraceBudgets()
    found.feed((name, recording.columns[name]) for name in TABLES if name in found.wanted)
    found.close(recording.origin.duration_ns)
    return found


def log(tmp_path: Path, text: str) -> LogBudgets:
    path = tmp_path / "gc.log"
    path.write_text(text)
    return LogBudgets(read_gc_log(str(path)))


def line(cycle: int, end: int, marked: int, percent: int = 3, at: float = 0.0) -> str:
    at = at or cycle / 10
    return (
        f"gc {cycle} @{at:.3f}s {percent}%: 0.010+1.0+0.020 ms clock, "
        f"0.040+0.1/0.2/0.3+0.080 ms cpu, 4->{end}->{marked} MB, 5 MB goal, 0 MB stacks, "
        "0 MB globals, 4 P\n"
    )


def test_a_log_tells_sizes_to_the_mib_and_its_share_to_the_percent(tmp_path: Path) -> None:
    found = log(tmp_path, line(1, 9, 3) + line(2, 12, 6, 7) + line(3, 8, 5, 6))
    (peak,) = found.measure("peak_heap_live", 0)
    assert (peak.low, peak.value, peak.high) == (12 * MIB, 12 * MIB, 13 * MIB - 1)
    (share,) = found.measure("gc_cpu_ratio", 0)
    assert share.low == pytest.approx(0.06)
    assert share.high == pytest.approx(0.07)
    (survivors,) = found.measure("survivors", 0)
    assert survivors.value == 5 * MIB
    (cycles,) = found.measure("gc_cycles", 0)
    assert cycles.value == 3
    (pause,) = found.measure("worst_pause", 0)
    assert pause.value == pytest.approx(20_000)
    assert not pause.is_noise_known


def test_each_run_in_a_log_is_a_repeat(tmp_path: Path) -> None:
    text = line(1, 9, 3) + line(2, 12, 6) + line(1, 20, 6, at=0.05)
    found = log(tmp_path, text)
    assert [measure.value for measure in found.measure("gc_cycles", 0)] == [2, 1]
    peaks = [measure.value for measure in found.measure("peak_heap_live", 0)]
    assert peaks == [12 * MIB, 20 * MIB]


def test_a_trace_tells_what_its_tables_say(trace: Recording, of_trace: TraceBudgets) -> None:
    gc = gotrace.read_gc(TRACE)
    cycles, pauses = gc.columns["gc_cycles"], gc.columns["gc_pauses"]
    assert value(of_trace, "gc_cycles") == np.count_nonzero(cycles.array("time_ns") >= 0) > 2
    assert value(of_trace, "worst_pause") == pauses.array("duration_ns").max() > 0
    marked = cycles.array("marked_bytes")
    assert value(of_trace, "survivors") == median(marked[marked >= 0].tolist())
    metrics = trace.columns["metrics"]
    names, sizes = metrics.coded("name"), metrics.array("value")
    live = names.values.index("/memory/classes/heap/objects:bytes")
    assert value(of_trace, "peak_heap_live") == sizes[names.codes == live].max()
    taken = sum(
        np.maximum(cycles.array(name), 0).sum()
        for name in ("assist_cpu_ns", "dedicated_cpu_ns", "fractional_cpu_ns", "stw_cpu_ns")
    )
    had = trace.origin.duration_ns * cycles.array("gomaxprocs").max()
    assert value(of_trace, "gc_cpu_ratio") == pytest.approx(taken / had)
    assert of_trace.gomaxprocs() == cycles.array("gomaxprocs").max()


def value(found: TraceBudgets, name: str, window_ns: int = 0) -> float:
    (measure,) = found.measure(name, window_ns)
    return measure.value


def test_the_utilisation_is_that_of_the_report(of_trace: TraceBudgets) -> None:
    report = gc_of_source(TRACE).report(windows=[1_000_000])
    tables = {table.name: table for result in report.results for table in result.tables}
    mmu = next(t for t in tables.values() if any(c.name == "mmu_ratio" for c in t.columns))
    shown = next(column for column in mmu.columns if column.name == "mmu_ratio")
    assert value(of_trace, "mmu", 1_000_000) == pytest.approx(shown.values[0])
    assert value(of_trace, "mmu", 1_000_000) <= value(of_trace, "mmu", 50_000_000)


def test_span_waste_is_what_a_slow_count_says(trace: Recording, of_trace: TraceBudgets) -> None:
    changes: dict[int, int] = {}
    spans, objects = trace.columns["spans"], trace.columns["objects"]
    for table, column, sign in ((spans, "size_bytes", 1), (objects, "slot_bytes", -1)):
        for row in range(table.rows):
            if table is spans and not table.array("is_heap")[row]:
                continue
            if table is objects and table.array("span_id")[row] < 0:
                continue
            size = sign * int(table.array(column)[row])
            begin, end = int(table.array("time_ns")[row]), int(table.array("end_time_ns")[row])
            changes[max(begin, 0)] = changes.get(max(begin, 0), 0) + size
            if end >= 0:
                changes[end] = changes.get(end, 0) - size
    running = most = 0
    for time in sorted(changes):
        running += changes[time]
        most = max(most, running)
    assert value(of_trace, "span_waste") == most > 0


def test_span_waste_does_not_depend_on_how_a_trace_was_cut(trace: Recording) -> None:
    whole, cut = SpanWaste(), SpanWaste()
    for name in ("spans", "objects"):
        columns = trace.columns[name]
        whole.feed(name, columns)
        for begin in range(0, columns.rows, 1000):
            cut.feed(name, rows(columns, begin, begin + 1000))
    assert cut.most_bytes() == whole.most_bytes()
    assert SpanWaste().most_bytes() is None


def rows(columns: Columns, begin: int, end: int) -> Columns:
    names = ("is_heap", "size_bytes", "span_id", "slot_bytes", "time_ns", "end_time_ns")
    kept = {name: columns.array(name)[begin:end] for name in names if name in columns}
    return Columns(min(end, columns.rows) - begin, dict(kept))


def test_a_trace_without_alloc_events_says_nothing_of_spans() -> None:
    recording = read_trace(SAMPLES / "batch/go1.27/trace.out")
    assert fed(recording).measure("span_waste", 0) == []


def test_repeats_of_a_trace_are_combined(tmp_path: Path) -> None:
    budgets = tmp_path / "gotrace.toml"
    budgets.write_text('[budget.c]\nmetric = "gc_cycles"\nmax = 1000\n')
    (verdict,) = budget.check([TRACE, LOG, TRACE], budgets).verdicts
    assert verdict.measure is not None
    assert len(verdict.measure.values) == 3
    assert len(verdict.measure.digests) == 2
    assert not verdict.measure.is_noise_known
