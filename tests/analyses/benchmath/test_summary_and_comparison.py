"""Samples summarised and compared: assumptions, doubts, and values that are no numbers."""

from __future__ import annotations

import math

import pytest

from gotrace.analyses.benchmath.comparison import Comparison, compare, ratio_of
from gotrace.analyses.benchmath.geomean import geomean
from gotrace.analyses.benchmath.summary import Assumption, Summary, summarise
from gotrace.analyses.benchmath.words import comparison_text, delta_text, range_text, ratio_text

_INF = math.inf


def test_nothing_assumed_gives_the_median_and_its_neighbours() -> None:
    assert summarise([6, 5, -10, 4, 2, 3]) == Summary(3.5, -10, 6, 0.96875, 6)
    assert not summarise([1.0]).is_bounded
    assert summarise([1.0] * 6).is_bounded


def test_too_few_values_are_told_with_how_many_are_needed() -> None:
    assert summarise([1, 2], confidence=0.99).doubts == (
        "an interval of 99 % takes 8 or more results",
    )
    assert summarise([1, 2], confidence=1).doubts == (
        "an interval of 100 % takes more than 50 results",
    )


def test_exact_gives_the_most_frequent_value_and_doubts_others() -> None:
    assert summarise([1, 1, 1], Assumption.EXACT) == Summary(1, 1, 1, 1.0, 3)
    assert summarise([1], Assumption.EXACT) == Summary(1, 1, 1, 1.0, 1)
    found = summarise([3, 2, 1, 2], Assumption.EXACT)
    assert (found.center, found.low, found.high) == (2, 1, 3)
    assert found.doubts == ("assumed exact, but values range from 1 to 3",)


def test_normal_gives_the_mean_and_students_interval() -> None:
    found = summarise([-8, 2, 3, 4, 5, 6], Assumption.NORMAL)
    assert (found.center, found.confidence) == (2.0, 0.95)
    assert (found.low, found.high) == pytest.approx((-3.351092806089359, 7.351092806089359))


def test_no_values_are_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        summarise([])
    with pytest.raises(ValueError, match="no values"):
        compare([], [1.0])


@pytest.mark.parametrize("assumption", Assumption)
def test_nan_is_never_a_number_nor_a_difference(assumption: Assumption) -> None:
    found = summarise([1.0, math.nan, 2.0] * 4, assumption)
    assert math.isnan(found.center)
    assert not found.is_bounded
    assert found.doubts
    test = compare([1.0] * 9, [9.0] * 8 + [math.nan], assumption)
    assert not test.is_significant
    assert test.doubts


@pytest.mark.parametrize("assumption", Assumption)
def test_infinite_values_are_compared_by_their_order(assumption: Assumption) -> None:
    found = summarise([1.0, _INF], assumption)
    assert not math.isnan(found.center)
    assert compare([1.0] * 9, [_INF] * 9, assumption).is_significant


def test_values_apart_differ_and_mixed_ones_do_not() -> None:
    assert compare([-1] * 4, [1] * 4) == Comparison(2 / 70, 4, 4, 0.05)
    assert not compare([1, -1, -1, -1], [-1, 1, 1, 1]).is_significant
    assert compare([1, 1], [1, 1]).doubts == ("all values are equal",)
    assert compare([-1] * 3, [1] * 3, alpha=0.001).doubts == (
        "a difference at alpha 0.001 takes 7 or more results",
    )
    assert compare([1, 2, 3], [1, 2, 3], alpha=0).doubts == (
        "a difference at alpha 0 takes more than 10 results",
    )


def test_normal_values_are_compared_by_their_means() -> None:
    assert compare([1, 2, 3], [101, 102, 103], Assumption.NORMAL).is_significant
    test = compare([1], [2], Assumption.NORMAL)
    assert (test.p, len(test.doubts)) == (1.0, 1)


@pytest.mark.parametrize(
    ("center", "low", "high", "text"),
    [(1, 0.5, 1.1, "50%"), (1, 0.9, 1.5, "50%"), (1, 1, 1, "0%"), (-1, -1.1, -0.5, "50%"),
     (1, -_INF, 1, "∞"), (1, 1, _INF, "∞"), (1, -1, 1, "?"), (-1, 1, -1, "?"), (0, -1, 1, "?"),
     (0, 0, 0, "0%")],
)  # fmt: skip
def test_ranges_are_percents_of_the_middle(
    center: float, low: float, high: float, text: str
) -> None:
    assert range_text(Summary(center, low, high, 0.95, 9)) == text


@pytest.mark.parametrize(
    ("p", "base", "head", "text"),
    [(0.5, 0, 0, "~"), (0.05, 1, 2, "+100.00%"), (0.01, 0, 0, "0.00%"), (0.01, 1, 1, "0.00%"),
     (0.01, 0, 1, "?"), (0.01, 1, 1.5, "+50.00%"), (0.01, 1, 0.5, "-50.00%"),
     (0.01, 1, _INF, "?")],
)  # fmt: skip
def test_changes_are_percents_of_the_base(p: float, base: float, head: float, text: str) -> None:
    assert delta_text(Comparison(p, 1, 1, 0.05), base, head) == text


def test_tests_are_told_by_p_and_the_numbers_of_results() -> None:
    told = [comparison_text(Comparison(p, 1, n, 0.05)) for p in (0.5, 0) for n in (1, 2)]
    assert told == ["p=0.500 n=1", "p=0.500 n=1+2", "n=1", "n=1+2"]


def test_ratios_know_zeros() -> None:
    assert (ratio_of(0, 0), ratio_of(0, 5), ratio_of(2, 3)) == (1.0, None, 1.5)
    assert (ratio_text(None), ratio_text(1.05)) == ("?", "+5.00%")


def test_a_geometric_mean_takes_values_above_zero() -> None:
    assert geomean([1, 100]) == pytest.approx(10)
    assert geomean([]) is geomean([1, 0]) is geomean([1, -1]) is geomean([math.nan]) is None
