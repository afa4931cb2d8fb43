"""Cycles of traces: against the gctrace lines of the same run, and event by event."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gotrace.analyses.gc import background
from gotrace.analyses.gc.background import Births, Sweeps, Workers
from gotrace.analyses.gc.cycles import Cycles
from gotrace.analyses.gc.result_tables import nullable
from tests.analyses.gc.traces import SAMPLES, gc_tables
from tests.analyses.trace.blocks import block, fed, recorded
from tests.goroots import GOROOTS

TRACES = sorted(path for path in SAMPLES.glob("*/*/trace*.out"))
SIZES = ("heap_live_start_bytes", "heap_live_end_bytes", "marked_bytes", "goal_bytes")
_LINE = re.compile(
    r"gc \d+ @.*?: ([\d.]+)\+([\d.]+)\+[\d.]+ ms clock, .*? (\d+)->(\d+)->(\d+) MB, (\d+) MB goal"
)


def rows_of(path: Path) -> list[dict[str, Any]]:
    columns = gc_tables(path).columns["gc_cycles"]
    values = {name: nullable(columns, name) for name in columns}
    return [{name: column[row] for name, column in values.items()} for row in range(columns.rows)]


def lines_of(path: Path) -> list[tuple[str, ...]]:
    text = Path(str(path).replace(".out", ".gctrace.txt")).read_text()
    return [match.groups() for match in _LINE.finditer(text)]


@pytest.mark.parametrize("path", TRACES, ids=lambda path: "-".join(path.parts[-3:]))
def test_sizes_and_clocks_are_those_of_the_gctrace_of_that_run(path: Path) -> None:
    rows, lines = rows_of(path), lines_of(path)
    whole = [row for row in rows if row["time_ns"] is not None and row["end_time_ns"] is not None]
    # The log goes on from start to end of the program; the trace begins later.
    first = next(
        shift
        for shift in range(len(lines))
        if [int(text) for text in lines[shift][2:5]] == [whole[0][name] >> 20 for name in SIZES[:3]]
    )
    assert len(whole) >= 2
    for row, line in zip(whole, lines[first:], strict=False):
        assert [row[name] >> 20 for name in SIZES] == [int(text) for text in line[2:]]
        # Both read the clock, a moment apart, and gctrace prints two digits.
        for name, text in (("sweep_termination_ns", line[0]), ("mark_ns", line[1])):
            assert row[name] == pytest.approx(float(text) * 1e6, rel=0.1, abs=60_000)
        assert row["reason"] == "heap"
        assert row["heap_live_start_bytes"] <= row["heap_live_end_bytes"]


def test_a_cycle_under_way_at_the_begin_has_nulls_and_its_end() -> None:
    row = rows_of(SAMPLES / "service" / "go1.27" / "trace.out")[0]
    assert row["gc_cycle"] == 0
    unknown = ("time_ns", "mark_ns", "paused_ns", "goal_bytes", "heap_live_start_bytes", "reason")
    assert [row[name] for name in unknown] == [None] * len(unknown)
    assert row["end_time_ns"] == 15943808
    assert row["marked_bytes"] == 25691344
    assert row["fractional_cpu_ns"] > 0


def test_objects_are_born_and_freed_by_cycle() -> None:
    path = SAMPLES / "batch" / "go1.27" / "trace.allocfree.p2.out"
    rows = rows_of(path)
    objects = recorded(path).columns["objects"]
    size, born, freed = (objects.array(name) for name in ("slot_bytes", "gc_cycle", "end_gc_cycle"))
    assert rows[0]["born_bytes"] is None  # of what came before the trace nothing is known
    assert rows[1]["born_bytes"] == int(size[born == 1].sum())
    assert rows[1]["born_objects_count"] == int((born == 1).sum()) > 1000
    for row in rows:
        assert row["sweep_end_time_ns"] > row["end_time_ns"]  # else its frees were not all there
        assert row["freed_bytes"] == int(size[freed == row["gc_cycle"]].sum()) > 100_000


OLD = sorted(
    {
        path.name: path
        for root in GOROOTS
        for folder in ("testdata", "internal/tracev1/testdata")
        for path in (root.path / "src/internal/trace" / folder).glob("*_1_*_good")
        if path.name.startswith(("http", "stress"))
    }.values()
)
"""Traces from Go 1.5 on (1.11, where only the newest toolchain is at hand)."""


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_traces_of_every_format_give_cycles_in_order(path: Path) -> None:
    rows = rows_of(path)
    ends = [row["end_time_ns"] for row in rows if row["end_time_ns"] is not None]
    assert ends == sorted(ends)
    for row in rows:
        assert row["reason"] in ("heap", "forced", None)
        if row["time_ns"] is not None and row["end_time_ns"] is not None:
            assert row["time_ns"] < row["end_time_ns"]
            assert row["marked_bytes"] is None or row["marked_bytes"] > 10_000
            assert row["gc_cycle"] > 0


def cycles_of(*events: dict[str, Any], cut: int = 0) -> list[Any]:
    fold = Cycles()
    for part in (events[:cut], events[cut:]):
        if part:
            fed(fold, [block("events", *part)])
    return fold.rows


EVENTS = [
    {"time_ns": 1, "event": "ProcsChange", "arg_1": 4},
    {"time_ns": 5, "event": "HeapGoal", "arg_1": 100},
    {"time_ns": 80, "event": "HeapAlloc", "arg_1": 70},
    {"time_ns": 90, "event": "GCBegin", "arg_1": 1},
    {"time_ns": 95, "event": "HeapAlloc", "arg_1": 80},
    {"time_ns": 100, "event": "STWBegin", "text": "GC sweep termination"},
    {"time_ns": 110, "event": "STWEnd", "text": "GC sweep termination"},
    {"time_ns": 150, "event": "HeapAlloc", "arg_1": 95},
    {"time_ns": 190, "event": "STWBegin", "text": "GC mark termination"},
    {"time_ns": 192, "event": "STWEnd", "text": "GC mark termination"},
    {"time_ns": 195, "event": "STWBegin", "text": "GC mark termination"},
    {"time_ns": 197, "event": "HeapAlloc", "arg_1": 40},
    {"time_ns": 200, "event": "GCEnd", "arg_1": 2},
    {"time_ns": 201, "event": "HeapGoal", "arg_1": 90},
    {"time_ns": 205, "event": "STWEnd", "text": "GC mark termination"},
    {"time_ns": 300, "event": "STWBegin", "text": "read mem stats"},
    {"time_ns": 309, "event": "STWEnd", "text": "read mem stats"},
]


@pytest.mark.parametrize("cut", range(len(EVENTS)))
def test_a_cycle_is_the_same_wherever_the_blocks_are_cut(cut: int) -> None:
    (row,) = cycles_of(*EVENTS, cut=cut)
    assert (row.number, row.begin, row.stop_begin, row.stop_end, row.end) == (1, 90, 100, 110, 200)
    # Mark termination began twice, for more was found to mark: the last one counts, both stopped.
    assert (row.termination_begin, row.termination_end, row.paused) == (195, 205, 22)
    assert (row.live_start, row.live_end, row.marked) == (80, 95, 40)
    assert (row.goal, row.next_goal, row.procs) == (100, 90, 4)


def test_a_cycle_aims_at_the_goal_that_gogc_was_set_to_while_it_marked() -> None:
    changed = {"time_ns": 160, "event": "HeapGoal", "arg_1": 300}
    (row,) = cycles_of(*EVENTS[:8], changed, *EVENTS[8:])
    assert (row.goal, row.next_goal) == (300, 90)


def test_a_heap_that_nothing_was_added_to_ends_as_it_started() -> None:
    (row,) = cycles_of(
        {"time_ns": 1, "event": "HeapAlloc", "arg_1": 90},
        {"time_ns": 2, "event": "GCBegin"},
        {"time_ns": 3, "event": "HeapAlloc", "arg_1": 40},
        {"time_ns": 4, "event": "HeapAlloc", "arg_1": 40},
        {"time_ns": 5, "event": "GCEnd"},
    )
    assert (row.live_start, row.live_end, row.marked) == (90, 90, 40)


def test_events_in_any_order_make_rows_and_no_errors() -> None:
    for shift in range(len(EVENTS)):
        rows = cycles_of(*EVENTS[shift:], *EVENTS[:shift])
        assert all(row.number in (0, 1) for row in rows)
    assert cycles_of(*reversed(EVENTS))


def test_dedicated_workers_count_at_once_and_others_by_goroutine() -> None:
    def turn(mode: str, begin: int, end: int, goroutine: int, cycle: int = 1) -> dict[str, Any]:
        return {
            "kind": "gc_mark_worker", "name": f"GC ({mode})", "time_ns": begin, "end_time_ns": end,
            "duration_ns": end - begin if end >= 0 else -1, "goroutine": goroutine,
            "gc_cycle": cycle,
        }  # fmt: skip

    fold = Workers()
    fed(fold, [block(
        "ranges",
        turn("dedicated", 0, 10, 1), turn("dedicated", 5, 20, 2), turn("dedicated", 10, 30, 3),
        turn("dedicated", 40, -1, 4, cycle=2), turn("dedicated", 50, 60, 5, cycle=2),
        turn("idle", 0, 1, 7), turn("idle", 2, 4, 7), turn("fractional", 0, 9, 8),
    )])  # fmt: skip
    assert fold.counts() == {"dedicated": {1: 2, 2: 2}, "fractional": {1: 1}, "idle": {1: 1}}
    told = [fold.cpu_ns(mode, 1) for mode in ("dedicated", "fractional", "idle")]
    assert told == [45, 9, 3]
    assert fold.cpu_ns("dedicated", 2) == 10


def test_sweeps_and_objects_are_summed_by_cycle() -> None:
    sweeps = Sweeps()
    fed(sweeps, [block("ranges", *(
        {"kind": "gc_sweep", "gc_cycle": 3, "swept_bytes": 8192, "reclaimed_bytes": freed,
         "duration_ns": 5}
        for freed in (0, 96)
    ))])  # fmt: skip
    assert [int(sweeps.sums[name][3]) for name in ("swept", "reclaimed", "time")] == [16384, 96, 10]
    births = Births()
    fed(births, [block(
        "objects",
        {"slot_bytes": 48, "gc_cycle": 1, "end_gc_cycle": 2},
        {"slot_bytes": 16, "gc_cycle": 1},
        {"slot_bytes": 32, "end_gc_cycle": 2},
    )])  # fmt: skip
    assert (births.of("born_bytes", 2), births.of("born_objects", 2)) == (64, 2)
    assert (births.of("freed_bytes", 2), births.of("freed_objects", 2)) == (80, 2)
    assert births.of("freed_bytes", 99) == 0


def test_what_is_swept_to_be_allowed_to_allocate_is_told_as_debt() -> None:
    path = SAMPLES / "batch" / "go1.25" / "trace.out"
    tables = recorded(path).columns
    names, frames = tables["functions"].array("name"), tables["frames"].array("function_id")
    stacks = tables["stacks"].lists("frame_ids")
    owed = [
        any(names[frames[stacks[row]]] == "runtime.deductSweepCredit")
        for row in range(tables["stacks"].rows)
    ]
    ranges = tables["ranges"]
    kind = ranges.coded("kind")
    told = ("gc_cycle", "stack_id", "swept_bytes", "duration_ns")
    sums: dict[int, list[int]] = {}
    for row, values in enumerate(zip(*(ranges.array(n).tolist() for n in told), strict=True)):
        cycle, stack, swept, time = values
        if kind[row] == "gc_sweep" and owed[stack]:
            found = sums.setdefault(cycle, [0, 0])
            found[:] = found[0] + swept, found[1] + max(time, 0)
    rows = rows_of(path)
    debts = {row["gc_cycle"]: [row["sweep_debt_bytes"], row["sweep_debt_ns"]] for row in rows}
    assert {cycle: sums.get(cycle, [0, 0]) for cycle in debts} == debts
    assert sum(debt for debt, _ in debts.values()) > 1 << 20
    assert all(row["sweep_debt_bytes"] <= row["swept_bytes"] for row in rows)
    assert all(row["sweep_debt_ns"] <= row["sweep_cpu_ns"] for row in rows)


def test_of_sweeps_whose_stacks_do_not_tell_no_debt_is_told() -> None:
    sweep = {"kind": "gc_sweep", "swept_bytes": 8192, "reclaimed_bytes": 0, "duration_ns": 5}
    code = recorded(SAMPLES / "service" / "go1.27" / "trace.out").columns
    sweeps = Sweeps()
    fed(sweeps, [block("ranges", sweep | {"gc_cycle": 3, "stack_id": -1})])
    assert sweeps.debts(dict(code)) == {}
    # Go 1.11 swept on the system stack: only mallocgc is told.
    old = GOROOTS[0].path / "src/internal/trace/internal/tracev1/testdata/stress_1_11_good"
    rows = rows_of(old)
    assert sum(row["swept_bytes"] for row in rows) > 1 << 20
    debts = [row["sweep_debt_bytes"] for row in rows if row["swept_bytes"]]
    assert set(debts) <= {None, 0}  # 0 where only the collector swept
    assert debts.count(None) > 0.9 * len(debts)


def test_of_cycles_whose_stacks_are_too_many_to_be_kept_no_debt_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "_MOST_PLACES", 2)
    tables = recorded(SAMPLES / "batch" / "go1.25" / "trace.out").columns
    ranges = tables["ranges"]
    kinds, stacks = ranges.coded("kind"), ranges.array("stack_id").tolist()
    swept = sorted({stacks[row] for row in range(ranges.rows) if kinds[row] == "gc_sweep"})
    full = Sweeps()
    fed(full, [block("ranges", *(
        {"kind": "gc_sweep", "gc_cycle": cycle, "stack_id": stack, "swept_bytes": 8192}
        for cycle, stack in ((1, swept[0]), (2, swept[0]), (2, swept[1]), (3, swept[0]))
    ))])  # fmt: skip
    assert set(full.debts(dict(tables))) == {1}
    assert full.sums["swept"].tolist() == [0, 8192, 16384, 8192]
