"""The interval of a median: by definition, by tables, and how wide it is."""

from __future__ import annotations

import math
from math import comb

import pytest

from gotrace.analyses.benchmath.median import median, median_ranks, values_needed


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_an_interval_holds_the_median_as_surely_as_it_says(confidence: float) -> None:
    for count in range(1, 31):
        ranks = median_ranks(count, confidence)
        odds = sum(comb(count, below) for below in range(ranks.low, ranks.high)) / 2**count
        assert ranks.confidence == odds >= confidence


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_intervals_of_many_values_are_no_narrower_than_asked(confidence: float) -> None:
    for count in range(31, 300):
        ranks = median_ranks(count, confidence)
        odds = sum(comb(count, below) for below in range(ranks.low, ranks.high)) / 2**count
        assert odds >= confidence
        assert ranks.confidence == pytest.approx(odds, abs=0.01)


@pytest.mark.parametrize(
    ("count", "ranks"),
    [(1, (0, 2)), (5, (0, 5)), (6, (1, 6)), (8, (1, 7)), (10, (2, 9)), (20, (6, 15)),
     (30, (10, 21)), (31, (10, 22)), (43, (15, 29)), (100, (40, 60))],
)  # fmt: skip
def test_ranks_are_those_of_benchstat(count: int, ranks: tuple[int, int]) -> None:
    found = median_ranks(count, 0.95)
    assert (found.low, found.high) == ranks


def test_certainty_needs_more_values_than_there_are() -> None:
    assert median_ranks(40, 1.0) == median_ranks(40, 2.0)
    assert (median_ranks(40, 1.0).low, median_ranks(40, 1.0).high) == (0, 41)


def test_no_confidence_needs_no_interval_and_no_error() -> None:
    assert (median_ranks(2, 0.0).low, median_ranks(2, 0.0).high) == (1, 2)
    assert median_ranks(40, 0.0).low == median_ranks(40, 0.0).high == 20


def test_the_fewest_values_that_bound_a_median() -> None:
    needed = {confidence: values_needed(confidence) for confidence in (0.0, 0.95, 0.99, 1.0)}
    assert needed == {0.0: 2, 0.95: 6, 0.99: 8, 1.0: None}


def test_the_median_is_the_middle_or_between_the_two() -> None:
    assert median([3.0]) == 3.0
    assert median([1.0, 2.0, 9.0]) == pytest.approx(2.0, rel=1e-15)
    assert median([1.0, 2.0]) == 1.5
    assert median([-math.inf, math.inf, math.inf, math.inf]) == math.inf
    assert math.isnan(median([]))
