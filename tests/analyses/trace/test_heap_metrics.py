"""The heap over time: few points, no peak lost."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from gotrace.analyses.result import Result
from gotrace.analyses.trace.heap_metrics import MOST_POINTS, HeapMetrics
from tests.analyses.trace.blocks import fed, metrics, values

STEPS = st.lists(
    st.tuples(
        st.integers(1, 10**9), st.sampled_from(["live", "live", "goal"]), st.integers(1, 1 << 40)
    ),
    min_size=1,
    max_size=600,
)


def points_of(steps: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
    times = accumulate(step[0] for step in steps)
    return [(time, name, value) for time, (_, name, value) in zip(times, steps, strict=True)]


def result_of(points: list[tuple[int, str, int]], size: int, rows: int = 0) -> Result:
    fold = HeapMetrics()
    fed(fold, (metrics(*points[i : i + size]) for i in range(0, len(points), size)))
    return fold.result(rows)


@given(STEPS, st.integers(1, 700))
def test_the_points_do_not_depend_on_how_the_trace_was_cut(
    steps: list[tuple[int, str, int]], size: int
) -> None:
    points = points_of(steps)
    assert result_of(points, size) == result_of(points, len(points))


@given(STEPS, st.sampled_from([0, 8, 25]))
def test_few_points_are_kept_and_among_them_the_least_and_the_most(
    steps: list[tuple[int, str, int]], rows: int
) -> None:
    points = points_of(steps)
    lives = [value for _, name, value in points if name == "live"]
    result = result_of(points, 100, rows)
    if not lives:
        assert result.tables == ()
        return
    (table,) = result.tables
    shown = values(table, "live_bytes")
    assert table.row_count <= (rows or MOST_POINTS)
    assert (min(shown), max(shown)) == (min(lives), max(lives))
    assert values(table, "time_ns") == sorted(values(table, "time_ns"))


@given(STEPS)
def test_a_point_has_the_goal_in_force_at_its_time(steps: list[tuple[int, str, int]]) -> None:
    points = points_of(steps)
    result = result_of(points, 50)
    for table in result.tables:
        for time, goal in zip(values(table, "time_ns"), values(table, "goal_bytes"), strict=True):
            told = [value for at, name, value in points if name == "goal" and at < time]
            assert goal == (told[-1] if told else None)


def test_peaks_come_with_the_time_when_they_were_reached_first() -> None:
    points = [(5, "live", 10), (7, "live", 30), (8, "goal", 64), (9, "live", 30), (11, "goal", 64)]
    facts = {fact.name: (fact.value, fact.detail) for fact in result_of(points, 2).facts}
    assert facts["peak_live_bytes"] == (30, "at 7 ns")
    assert facts["peak_goal_bytes"] == (64, "at 8 ns")


def test_a_goal_without_limit_is_none() -> None:
    (table,) = result_of([(1, "goal", 0), (2, "live", 10)], 5).tables
    assert values(table, "goal_bytes") == [None]


def test_a_trace_without_values_has_nothing_to_say() -> None:
    assert HeapMetrics().result().tables == ()
