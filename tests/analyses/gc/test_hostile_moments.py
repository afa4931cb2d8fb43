"""Mutator utilisation of traces that cannot be: numbers between 0 and 1, and no errors."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from gotrace.analyses.gc.minimum import minimum_utilisation
from gotrace.analyses.gc.utilisation import Counted
from tests.analyses.gc.traces import folds_of, steps_of_events
from tests.analyses.trace.blocks import block

NAMES = (
    "Sync", "ProcsChange", "STWBegin", "STWEnd", "GoStart", "GoStop", "GoBlock", "GoStatus",
    "GCMarkAssistActive", "GCMarkAssistBegin", "GCMarkAssistEnd", "GCSweepActive", "GCSweepBegin",
    "GCSweepEnd", "GoLabel", "GCBegin", "GCEnd", "GCActive", "HeapAlloc", "HeapGoal", "GoDestroy",
    "UserTaskBegin", "UserTaskEnd", "UserRegionBegin", "UserRegionEnd", "GoSyscallEndBlocked",
)  # fmt: skip
TEXTS = ("GC sweep termination", "GC mark termination", "GC (dedicated)", "GC (idle)",
         "GC (fractional)", "x", None)  # fmt: skip


def any_events(made: random.Random, count: int) -> list[dict[str, Any]]:
    huge = (1 << 62, -1, 0, 1, 2, 3, 3, 2)
    return [
        {
            "time_ns": time, "event": made.choice(NAMES), "text": made.choice(TEXTS),
            "proc": made.choice((-1, 0, 1, 2, 1_000_004)), "goroutine": made.choice(huge),
            "stack_id": made.choice((-1, 0, 99)),
            **{f"arg_{i}": made.choice(huge) for i in range(1, 5)},
        }
        for time in range(1, count)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_any_events_give_shares_between_0_and_1(seed: int) -> None:
    made = random.Random(seed)
    events = any_events(made, 400)
    places = sorted(made.sample(range(1, 399), 3))
    parts = [events[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]
    blocks = [block("events", *part)[1] for part in parts]
    for counted in (1, 2, 4, 8, 15, 31):
        found = steps_of_events(*blocks, counted=counted)
        for steps in found:
            assert (np.diff(steps.time_ns) > 0).all()
            assert 0 <= steps.ratio.min() <= steps.ratio.max() <= 1
        assert 0 <= minimum_utilisation(found, 50) <= 1


@pytest.mark.parametrize("seed", range(6))
def test_where_blocks_are_cut_does_not_matter(seed: int) -> None:
    events = any_events(random.Random(seed), 300)
    for counted in (15, 31):
        whole = steps_of_events(block("events", *events)[1], counted=counted)
        cut = steps_of_events(
            *(block("events", *events[i : i + 7])[1] for i in range(0, len(events), 7)),
            counted=counted,
        )
        assert [s.time_ns.tolist() for s in cut] == [s.time_ns.tolist() for s in whole]
        assert [s.ratio.tolist() for s in cut] == [s.ratio.tolist() for s in whole]


def test_gomaxprocs_that_changes_without_end_is_followed_so_far() -> None:
    events = [
        {"time_ns": time, "event": "ProcsChange", "arg_1": 1 + time % 2} for time in range(1, 6_000)
    ]
    blocks = [block("events", *events)]
    (steps,) = steps_of_events(blocks[0][1], counted=int(Counted.STW))
    assert steps.ratio.tolist() == [1, 0]
    (note,) = folds_of(blocks).notes()
    assert note.slug == "gomaxprocs-changes-ignored"


@pytest.mark.parametrize("seed", range(6))
def test_any_events_make_tables(seed: int) -> None:
    events = any_events(random.Random(seed), 300)
    tables = folds_of([
        block("events", *events),
        block("goroutine_transitions", *(
            {"goroutine": 1 + time % 4, "from_state": "waiting", "end_time_ns": time,
             "duration_ns": time // 2, "reason": "GC background sweeper wait"}
            for time in range(1, 300, 7)
        )),
    ]).tables()  # fmt: skip
    assert tables["gc_cycles"].rows > 0
    assert (tables["gc_assists"].array("assist_ns") >= 0).all()


def test_a_trace_without_gomaxprocs_has_no_utilisation() -> None:
    events = [{"time_ns": 1, "event": "STWBegin", "text": "GC mark termination", "proc": 0}]
    assert steps_of_events(block("events", *events)[1]) == []
