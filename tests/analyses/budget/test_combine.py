"""Repeats of one measurement."""

from __future__ import annotations

import random

import pytest

from gotrace.analyses.budget.combine import FEWEST_REPEATS, combined
from gotrace.analyses.budget.judge import judge
from gotrace.tables.budget import Budget, Limit, Measurement, Outcome
from gotrace.tables.budget_metrics import METRICS, Combine


def once(value: float, known: bool = False, **conditions: str) -> Measurement:
    return Measurement(
        value, value, value, "", (value,), (), (f"{value}.txt",), conditions, ("d",), known
    )


def exact(*values: float) -> list[Measurement]:
    return [once(value, True) for value in values]


def noisy(*values: float) -> list[Measurement]:
    return [once(value) for value in values]


def test_a_minimum_that_most_repeats_have_is_exact() -> None:
    found = combined(exact(11, 12, 11, 11), Combine.MINIMUM)
    assert (found.value, found.low, found.high) == (11, 11, 11)
    assert found.is_noise_known
    assert found.values == (11, 12, 11, 11)
    assert found.rule == "minimum of 4 repeats"
    assert found.sources == ("11.txt", "12.txt")
    assert found.digests == ("d",)


def test_a_minimum_that_few_repeats_have_goes_as_far_as_all_of_them() -> None:
    found = combined(exact(12, 11, 13, 11, 12, 11), Combine.MINIMUM)
    assert (found.value, found.low, found.high) == (11, 11, 13)
    assert found.is_noise_known


def test_of_code_that_varies_six_repeats_are_hardly_ever_over_six_others() -> None:
    generator = random.Random(1)
    budget = Budget("encode", METRICS["B/op"], Limit(change_ratio=0.0))

    def run() -> Measurement:
        return combined(exact(*(generator.gauss(3200, 15) for _ in range(6))), Combine.MINIMUM)

    outcomes = [judge(budget, run(), run()).outcome for _ in range(1000)]
    assert outcomes.count(Outcome.OVER) <= 5


def test_the_median_of_enough_repeats_has_an_interval() -> None:
    found = combined(noisy(6, 1, 5, 2, 4, 3), Combine.MEDIAN)
    assert FEWEST_REPEATS == 6
    assert (found.value, found.low, found.high) == (3.5, 1, 6)
    assert found.is_noise_known


def test_of_ten_repeats_the_extremes_are_noise() -> None:
    found = combined(noisy(*range(10)), Combine.MEDIAN)
    assert (found.value, found.low, found.high) == (4.5, 1, 8)


def test_the_median_of_few_repeats_tells_no_noise() -> None:
    found = combined(noisy(1, 2, 9), Combine.MEDIAN)
    assert (found.value, found.low, found.high) == (2, 1, 9)
    assert not found.is_noise_known
    assert "3 repeats, fewer than the 6" in found.rule


def test_one_measurement_of_unknown_noise_says_so() -> None:
    found = combined(noisy(5), Combine.MEDIAN)
    assert (found.value, found.low, found.high) == (5, 5, 5)
    assert not found.is_noise_known
    assert "measured once" in found.rule


def test_one_measurement_of_known_noise_stays_as_it_is() -> None:
    sampled = Measurement(5, 3, 7, "estimated", (5,))
    assert combined([sampled], Combine.MEDIAN) is sampled


def test_sampling_noise_is_no_less_for_repeats_that_happen_to_agree() -> None:
    found = combined([Measurement(5, 3, 7, "estimated", (5,))] * 2, Combine.MEDIAN)
    assert (found.value, found.low, found.high) == (5, 3, 7)
    assert found.is_noise_known


@pytest.mark.parametrize("combine", Combine)
def test_what_is_assumed_exact_and_is_the_same_is_exact(combine: Combine) -> None:
    found = combined(noisy(7, 7), combine, is_assumed_exact=True)
    assert (found.low, found.value, found.high, found.is_noise_known) == (7, 7, 7, True)
    assert "as assumed" in found.rule


@pytest.mark.parametrize("combine", Combine)
def test_what_is_assumed_exact_and_differs_is_told(combine: Combine) -> None:
    found = combined(exact(7, 9), combine, is_assumed_exact=True)
    assert (found.low, found.high, found.is_noise_known) == (7, 9, False)
    assert "from 7 to 9 in 2 repeats, though assumed exact" in found.rule


def test_conditions_that_differ_between_repeats_are_all_kept() -> None:
    repeats = [
        once(1, iterations="100", cpu="A", goos="linux"),
        once(2, iterations="90 to 120", cpu="B", goos="linux"),
    ]
    assert combined(repeats, Combine.MEDIAN).conditions == {
        "iterations": "90 to 120",
        "cpu": "A and B",
        "goos": "linux",
    }
