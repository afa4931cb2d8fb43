"""Tallies: sums by group."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gotrace.analyses.trace.fold import Tally, runs, share

PAIRS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, (1 << 60) - 1)), max_size=50)


@given(PAIRS, st.integers(1, 9))
def test_sums_are_exact_however_the_rows_are_cut(pairs: list[tuple[int, int]], size: int) -> None:
    tally = Tally("amount", "rows")
    expected: Counter[int] = Counter()
    for begin in range(0, len(pairs), size):
        piece = pairs[begin : begin + size]
        groups, amounts = (np.array(column, np.int64) for column in zip(*piece, strict=True))
        tally.add(groups, amount=amounts >> 6, rows=1)
    for group, amount in pairs:
        expected[group] += amount >> 6
    assert {g: n for g, n in enumerate(tally["amount"].tolist()) if n} == +expected
    assert tally["rows"].sum() == len(pairs)


def test_groups_beyond_the_most_share_the_last_row() -> None:
    tally = Tally("bytes", most=3)
    tally.add(np.array([0, 2, 9, 1000]), bytes=np.array([1, 2, 3, 4]))
    assert tally["bytes"].tolist() == [1, 0, 9]


def test_the_largest_value_of_a_group_is_kept() -> None:
    tally = Tally("longest")
    tally.raise_to(np.array([1, 1, 0]), "longest", np.array([5, 3, 2]))
    tally.raise_to(np.array([0]), "longest", np.array([9]))
    assert tally["longest"].tolist() == [9, 5]


@given(st.lists(st.integers(0, 3)))
def test_runs_keep_every_value_that_occurs(values: list[int]) -> None:
    kept = runs(np.array(values, np.int64)).tolist()
    assert set(kept) == set(values)
    assert all(a != b for a, b in pairwise(kept))


def test_a_share_of_nothing_is_nothing() -> None:
    assert share(3, 0) == 0.0
    assert share(1, 4) == 0.25
