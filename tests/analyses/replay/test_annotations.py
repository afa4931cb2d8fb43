"""Objects by region and task, looked up by goroutine and time."""

from __future__ import annotations

import numpy as np
import pytest

from gotrace.analyses.replay.annotations import Annotations
from gotrace.tables.columns import Coded, Columns

NAMES = ["parse", "report", "digest"]
Change = tuple[int, int, int, int]
"""Time, goroutine, region, task."""


def marks(*changes: Change) -> Columns:
    time, goroutine, region, task = np.array(changes, np.int64).reshape(-1, 4).T
    return Columns(len(time), {
        "time_ns": time,
        "goroutine": goroutine,
        "region": Coded(region.astype(np.int32), NAMES),
        "task": Coded(task.astype(np.int32), NAMES),
    })  # fmt: skip


def found(annotations: Annotations, *asked: tuple[int, int]) -> list[tuple[int, int]]:
    goroutine, time = np.array(asked, np.int64).reshape(-1, 2).T
    region, task = annotations.rows(goroutine, time)
    return list(zip((region - 1).tolist(), (task - 1).tolist(), strict=True))


def test_a_goroutine_is_where_its_last_change_says() -> None:
    annotations = Annotations()
    annotations.add_marks(marks((10, 1, 0, 2), (15, 2, 1, -1), (20, 1, -1, -1)))
    asked = [(1, 9), (1, 10), (1, 19), (1, 20), (2, 14), (2, 99), (3, 99)]
    assert found(annotations, *asked) == [
        (-1, -1), (0, 2), (0, 2), (-1, -1), (-1, -1), (1, -1), (-1, -1)
    ]  # fmt: skip


def test_changes_may_come_in_any_number_of_blocks() -> None:
    rng = np.random.default_rng(3)
    changes: list[Change] = [
        (time, int(rng.integers(5)), int(rng.integers(-1, 2)), int(rng.integers(-1, 3)))
        for time in range(1, 400)
    ]
    whole, cut = Annotations(), Annotations()
    whole.add_marks(marks(*changes))
    for start in range(0, len(changes), 7):
        cut.add_marks(marks(*changes[start : start + 7]))
    asked = [(goroutine, time) for goroutine in range(6) for time in range(0, 420, 3)]
    expected = []
    for goroutine, time in asked:
        past = [c for c in changes if c[0] <= time and c[1] == goroutine]
        expected.append((past[-1][2], past[-1][3]) if past else (-1, -1))
    assert found(whole, *asked) == found(cut, *asked) == expected


def test_changes_beyond_the_most_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gotrace.analyses.replay.annotations._MOST_CHANGES", 2)
    annotations = Annotations()
    annotations.add_marks(marks((1, 1, 0, -1), (2, 1, 1, -1), (3, 1, 0, -1)))
    assert annotations.left_out_count == 1
    assert found(annotations, (1, 5)) == [(1, -1)]
