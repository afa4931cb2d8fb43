"""The collector's work, shared out."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotrace.analyses.gc_cost.charging import apportioned, charged

weights = st.lists(st.integers(0, 1 << 50), min_size=1, max_size=30)


@given(st.integers(0, 1 << 50), weights)
def test_parts_add_up_and_are_right_to_one(amount: int, shares: list[int]) -> None:
    parts = apportioned(amount, np.array(shares, np.int64))
    total = sum(shares)
    assert parts.sum() == (amount if total else 0)
    if total:
        for part, share in zip(parts.tolist(), shares, strict=True):
            assert abs(part - Fraction(amount * share, total)) < 1


def test_what_is_left_goes_to_the_largest_fractions() -> None:
    assert apportioned(10, np.array([1, 1, 1])).tolist() == [4, 3, 3]
    assert apportioned(7, np.array([2, 9, 0])).tolist() == [1, 6, 0]


def test_nothing_is_charged_where_nobody_has_a_weight() -> None:
    charge = charged(1000, 10.0, np.array([0, -5]), np.array([1.0, 1.0]))
    assert charge.time_ns.tolist() == [0, 0]
    assert charge.errors.tolist() == [0.0, 0.0]


def test_the_error_of_a_charge_has_that_of_the_amount_and_that_of_the_share() -> None:
    exact = charged(1000, 100.0, np.array([1, 3]), np.zeros(2))
    assert exact.errors.tolist() == pytest.approx([25.0, 75.0])
    sampled = charged(1000, 0.0, np.array([100, 300]), np.array([40.0, 0.0]))
    assert sampled.errors.tolist() == pytest.approx([1000 * 0.75 * 40 / 400, 0.0])
