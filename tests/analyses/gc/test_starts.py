"""How far before its goal a cycle started, and the words for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gotrace.analyses.gc.findings import overshoot_findings, pause_findings, start_findings
from gotrace.analyses.gc.starts import (
    goal_with_runway,
    is_limited,
    median_way,
    starts,
    told_early,
)
from gotrace.analyses.gc.tables import columns_of
from gotrace.analyses.result import Certainty, Weight
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.gc_schema import GC_CYCLES

MIB, MS = 1 << 20, 10**6
GO_1_27 = GoVersion(27)


def cycles(*rows: dict[str, Any]) -> Columns:
    told = {"run": 0, "gomaxprocs": 1, "resolution_bytes": 1, "reason": "heap"}
    numbered = [{"gc_cycle": number, **told, **row} for number, row in enumerate(rows, 1)]
    return columns_of(GC_CYCLES.columns, numbered)


FIRST = {"time_ns": 0, "end_time_ns": 10 * MS, "marked_bytes": 36 * MIB}


def second(live: int, **more: Any) -> dict[str, Any]:
    return {"time_ns": 60 * MS, "heap_live_start_bytes": live, "goal_bytes": 100 * MIB, **more}


def test_a_start_is_early_by_the_time_to_its_goal_at_the_pace_so_far() -> None:
    found = starts(cycles(FIRST, second(86 * MIB)), GO_1_27)[1]
    # 50 MiB in 50 ms, and 14 MiB to go.
    assert (found.early_ns, found.early_bytes) == (14 * MS, 14 * MIB)
    assert told_early(found) == "14 ms early"
    # 64 MiB of way: 45/64 and 61/64 of it, but the last 4 MiB before the goal count more.
    assert (found.lower, found.upper) == (81 * MIB, 97 * MIB)


@pytest.mark.parametrize(
    ("live", "words"),
    [
        (81 * MIB, "the earliest possible trigger"),
        (90 * MIB, "between the bounds: room for 10.0 MiB"),
        (97 * MIB, "the latest possible trigger"),
        (99 * MIB, "jumped 2.00 MiB over the latest"),
        (110 * MIB, "10.0 MiB past it"),
        (60 * MIB, "21.0 MiB below the earliest trigger"),
    ],
)
def test_the_words_follow_the_bounds(live: int, words: str) -> None:
    assert words in starts(cycles(FIRST, second(live)), GO_1_27)[1].why


def test_forced_and_periodic_cycles_say_so_whatever_the_heap() -> None:
    table = cycles(FIRST, second(50 * MIB, reason="forced"), {"reason": "periodic"})
    assert ["asked for it" in s.why for s in starts(table, GO_1_27)] == [False, True, False]
    assert "two minutes" in starts(table, GO_1_27)[2].why
    slugs = [f.slug for f in start_findings(starts(table, GO_1_27), Certainty.EXACT)]
    assert slugs == ["gc-forced", "gc-periodic"]


def test_without_the_cycle_before_there_is_no_pace_and_no_bound() -> None:
    for table in (
        cycles(second(86 * MIB)),
        cycles({**FIRST, "run": 1}, second(86 * MIB)),  # of another program
        cycles({**FIRST, "gc_cycle": 7}, {**second(86 * MIB), "gc_cycle": 9}),
    ):
        last = starts(table, GO_1_27)[-1]
        assert (last.early_ns, last.lower) == (None, None)
    old = starts(cycles(FIRST, second(86 * MIB)), GoVersion(17))[1]
    assert (old.early_ns, old.lower) == (14 * MS, None)
    assert old.why == "live heap reached the trigger"


def test_the_goal_moves_along_with_a_late_start_since_go_1_19() -> None:
    assert goal_with_runway(100, 200, GoVersion(19)) == 200 + (64 << 10)
    assert goal_with_runway(100, 200, GoVersion(18)) == 100
    assert goal_with_runway(1 << 30, 200, GO_1_27) == 1 << 30
    assert goal_with_runway(-1, 200, GO_1_27) == -1
    jumped = second(120 * MIB, goal_bytes=120 * MIB + (64 << 10))
    assert "the goal moved along" in starts(cycles(FIRST, jumped), GO_1_27)[1].why


def test_a_goal_of_the_memory_limit_has_no_room_to_sweep_and_does_not_move_along() -> None:
    marked, goal = 36 * MIB, 36 * MIB + 700_000
    assert goal_with_runway(goal, goal - 100, GO_1_27, marked) == goal
    assert goal_with_runway(goal, goal - 100, GO_1_27, 35 * MIB) == goal - 100 + (64 << 10)
    near = starts(cycles(FIRST, second(36 * MIB + 500_000, goal_bytes=goal)), GO_1_27)[1]
    assert near.lower == marked + 700_000 // 64 * 45
    assert near.why.startswith("GOMEMLIMIT left 683.6 KiB between the last mark and the goal")
    assert not is_limited(goal, marked, GoVersion(18))
    (told,) = start_findings([near] * 12, Certainty.EXACT)
    assert (told.slug, told.weight) == ("gc-limit", Weight.HIGH)
    assert told.what.startswith("12 of 12 cycles had a goal of GOMEMLIMIT less than 1 MiB above")
    # A log tells the goal in whole MiB: this one may be 1 MiB above the mark.
    log = {"goal_bytes": 37 * MIB, "resolution_bytes": MIB}
    for marked, limited in ((36 * MIB + 1000, False), (37 * MIB, True)):
        first = {**FIRST, "marked_bytes": marked}
        assert starts(cycles(first, second(37 * MIB, **log)), GO_1_27)[1].by_limit == limited
    forced = second(goal, goal_bytes=goal, reason="forced")
    assert "asked for it" in starts(cycles(FIRST, forced), GO_1_27)[1].why


def test_a_small_heap_starts_no_sooner_than_sweeping_allows() -> None:
    small = {**FIRST, "marked_bytes": 4 * MIB}
    live = 5 * MIB + 4096
    found = starts(cycles(small, second(live, goal_bytes=5 * MIB + 300_000)), GO_1_27)[1]
    assert found.lower == 5 * MIB
    assert found.why.endswith("1 MiB is kept for sweeping")


def test_findings_tell_the_earliest_start_in_words() -> None:
    table = cycles(FIRST, second(81 * MIB))
    (found,) = start_findings(starts(table, GO_1_27), Certainty.EXACT)
    assert found.what.startswith(
        "cycle 2 started 21.1 ms early, 19.0 MiB below its goal of 100.0 MiB: the earliest"
    )
    assert median_way(starts(table, GO_1_27), table) == pytest.approx(45 / 64)


def test_a_start_that_moved_its_goal_is_no_early_one() -> None:
    late = second(81 * MIB, goal_bytes=81 * MIB + (64 << 10))
    (_, found) = starts(cycles(FIRST, late), GO_1_27)
    assert found.early_ns is not None
    assert found.early_ns > 0
    assert start_findings([found], Certainty.EXACT) == []


def test_findings_tell_cycles_that_ended_above_their_goal() -> None:
    table = cycles(
        {"heap_live_end_bytes": 12 * MIB, "goal_bytes": 10 * MIB},
        {"heap_live_end_bytes": 9 * MIB, "goal_bytes": 10 * MIB},
    )
    (found,) = overshoot_findings(table, [10 * MIB, 10 * MIB], Certainty.EXACT)
    assert found.what.startswith("1 of 2 cycles ended above their goal, cycle 1 by most: 2.00 MiB")
    assert overshoot_findings(table, [None, None], Certainty.EXACT) == []


def test_only_the_collectors_own_pauses_are_found() -> None:
    def pauses(*rows: tuple[str | None, int]) -> Columns:
        times = np.array([5] * len(rows), np.int64)
        return Columns(len(rows), {
            "time_ns": times, "duration_ns": np.array([r[1] for r in rows], np.int64),
            "reason": Coded.from_strings([r[0] for r in rows]),
        })  # fmt: skip

    (found,) = pause_findings(pauses(("read mem stats", 9 * MS), ("GC mark termination", 3 * MS)))
    assert "3 ms (GC mark termination)" in found.what
    assert pause_findings(pauses(("read mem stats", 9 * MS))) == []
    assert pause_findings(pauses((None, 2 * MS)))[0].amount == 2 * MS  # MemStats name none
    assert pause_findings(pauses()) == []
