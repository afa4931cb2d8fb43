"""Student's t: against printed tables, and Welch's test against x/perf's."""

from __future__ import annotations

import math

import pytest

from gotrace.analyses.benchmath.students import mean_margin, t_quantile, t_tails, welch_test


@pytest.mark.parametrize(
    ("tail", "freedom", "t"),
    [(0.025, 1, 12.706), (0.025, 2, 4.303), (0.025, 5, 2.571), (0.025, 9, 2.262),
     (0.005, 10, 3.169), (0.05, 30, 1.697), (0.025, 120, 1.980), (0.001, 4, 7.173)],
)  # fmt: skip
def test_quantiles_are_those_of_printed_tables(tail: float, freedom: int, t: float) -> None:
    found = t_quantile(tail, freedom)
    assert round(found, 3) == t
    assert t_tails(found, freedom) == pytest.approx(2 * tail, rel=1e-12)


def test_tails_with_one_and_two_degrees_are_known_in_closed_form() -> None:
    for t in (0.1, 0.5, 1.0, 3.0, 40.0):
        assert t_tails(t, 1) == pytest.approx(1 - 2 * math.atan(t) / math.pi, rel=1e-9)
        assert t_tails(t, 2) == pytest.approx(1 - t / math.sqrt(2 + t * t), rel=1e-9)


def test_tails_shrink_to_nothing_and_grow_to_one() -> None:
    assert t_tails(0.0, 3) == 1.0
    assert t_tails(math.inf, 3) == 0.0
    assert t_tails(1.96, 1e6) == pytest.approx(0.05, abs=1e-4)


def test_the_interval_of_a_mean_is_that_of_benchmath() -> None:
    values = [-8, 2, 3, 4, 5, 6]
    assert 2 + mean_margin(values, 0.95) == pytest.approx(7.351092806089359, rel=1e-12)
    assert mean_margin(values, 0.0) == 0.0
    assert mean_margin(values, 1.0) == math.inf
    assert mean_margin([1.0], 0.95) == math.inf


def test_welchs_test_gives_the_p_of_benchmath() -> None:
    first = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7,
             21.4]  # fmt: skip
    second = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.4,
              23.1]  # fmt: skip
    assert welch_test(first, second) == pytest.approx(0.009849525328320174, rel=1e-12)


def test_welchs_test_needs_two_values_and_some_variance() -> None:
    assert welch_test([1.0], [1.0, 2.0]) is None
    assert welch_test([1.0, 1.0], [2.0, 2.0]) is None
