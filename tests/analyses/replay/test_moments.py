"""Moments that thin out, and sums that stay exact."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.analyses.replay.moments import NEVER, CycleEnds, Steps, Ticks

Lives = list[tuple[int, int]]
LIVES = st.lists(
    st.tuples(st.integers(-1, 1 << 22), st.integers(0, 1 << 22)).map(
        lambda life: (life[0], max(life[0], 0) + life[1] - 1 if life[1] else -1)
    ),
    max_size=30,
)


def there(lives: Lives, time: int) -> int:
    """How many there are at a time."""
    return sum(begin <= time and (end < 0 or time < end) for begin, end in lives)


@settings(max_examples=100, deadline=None)
@given(LIVES)
def test_ticks_count_what_is_there_however_often_they_double(lives: Lives) -> None:
    ticks = Ticks(16)
    steps = Steps(ticks, 1)
    for begin, end in lives:
        ticks.reach(max(begin, end))
        first = ticks.place(np.array([begin]))
        gone = ticks.place(np.array([end])) if end >= 0 else np.array([NEVER])
        steps.add(np.zeros(1, np.int64), first, gone)
    times = ticks.times(1 << 23)[:17]
    assert len(times) <= 17
    assert steps.values(len(times))[0].tolist() == [there(lives, int(t)) for t in times]


@settings(max_examples=100, deadline=None)
@given(LIVES, st.lists(st.integers(0, 1 << 23), unique=True, max_size=60))
def test_cycle_ends_count_what_is_there_however_many_are_dropped(
    lives: Lives, ends: list[int]
) -> None:
    """Cycles end as time goes by, and each life is told when it is over."""
    cycles = CycleEnds(8)
    steps = Steps(cycles, 1)
    events = sorted([(end, 0, (0, 0)) for end in ends] + [
        (end if end >= 0 else 1 << 24, 1, (begin, end)) for begin, end in lives
    ])  # fmt: skip
    number = 0
    for time, kind, (begin, end) in events:
        if kind == 0:
            number += 1
            cycles.add(time, number)
        else:
            first = cycles.place(np.array([begin]))
            gone = cycles.place(np.array([end])) if end >= 0 else np.array([NEVER])
            steps.add(np.zeros(1, np.int64), first, gone)
    times = cycles.times(1 << 24)
    assert len(times) == len(cycles.cycles) <= 8
    assert [sorted(ends)[n - 1] for n in cycles.cycles.tolist()] == times.tolist()
    assert steps.values(len(times))[0].tolist() == [there(lives, int(t)) for t in times]


def test_rows_can_be_added_up() -> None:
    ticks = Ticks(16)
    steps = Steps(ticks, 3)
    row = np.arange(3)
    steps.add(row, np.zeros(3, np.int64), np.full(3, NEVER), np.array([1, 10, 100]))
    steps.regroup(np.array([0, 0, 1]), 2)
    assert steps.values(2)[:, 0].tolist() == [11, 100]
    steps.resize(4)
    assert steps.values(1)[:, 0].tolist() == [11, 100, 0, 0]
