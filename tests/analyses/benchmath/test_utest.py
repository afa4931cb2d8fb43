"""The U test against its own definition: every way of choosing the first sample, counted."""

from __future__ import annotations

import random
from itertools import combinations
from math import comb

import pytest

from gotrace.analyses.benchmath.utest import Effort, u_test, values_to_differ


def counted(first: list[int], second: list[int]) -> float:
    """p by going through all choices."""

    def u(one: list[int], other: list[int]) -> float:
        return sum((a > b) + (a == b) / 2 for a in one for b in other)

    pooled = first + second
    least = most = 0
    for chosen in combinations(range(len(pooled)), len(first)):
        ours = [pooled[at] for at in chosen]
        theirs = [value for at, value in enumerate(pooled) if at not in chosen]
        least += u(ours, theirs) <= u(first, second)
        most += u(ours, theirs) >= u(first, second)
    return min(2 * min(least, most) / comb(len(pooled), len(first)), 1.0)


@pytest.mark.parametrize("distinct", [2, 3, 5, 100])
def test_p_is_the_share_of_choices_as_far_apart(distinct: int) -> None:
    dice = random.Random(distinct)
    tried = 0
    while tried < 60:
        first = [dice.randrange(distinct) for _ in range(dice.randrange(1, 6))]
        second = [dice.randrange(distinct) for _ in range(dice.randrange(1, 6))]
        if len({*first, *second}) > 1:
            assert u_test(first, second) == counted(first, second)
            tried += 1


def test_equal_values_tell_nothing() -> None:
    assert u_test([1.0] * 4, [1.0] * 4) is None
    assert u_test([1.0] * 60, [1.0] * 60) is None


def test_values_apart_have_the_least_p_there_is() -> None:
    for count in range(1, 10):
        least = min(2 / comb(2 * count, count), 1.0)
        assert u_test(range(count), range(count, 2 * count)) == least


def test_one_value_beside_equal_ones_is_no_difference() -> None:
    # benchstat prints a change here, without p: it takes the tail of the other sample's U.
    assert u_test([5.0] * 10, [1.0]) == pytest.approx(2 / 11)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        # As benchstat prints them: p of the exact distribution, and of the approximation.
        ([1, -1, -1, -1], [-1, 1, 1, 1], "0.486"),
        (range(50), range(20, 70), "0.000"),
        (range(30), range(3, 33), "0.209"),
        (range(51), range(5, 56), "0.105"),
        ([value // 4 for value in range(26)], [value // 4 for value in range(3, 29)], "0.199"),
    ],
)
def test_p_is_printed_as_by_benchstat(first: list[int], second: list[int], p: str) -> None:
    found = u_test(first, second)
    assert found is not None
    assert f"{found:.3f}" == p


def test_both_ways_of_asking_give_the_same() -> None:
    dice = random.Random(1)
    for sizes in ((3, 9), (10, 10), (26, 12), (60, 51)):
        first, second = ([dice.randrange(40) for _ in range(size)] for size in sizes)
        assert u_test(first, second) == pytest.approx(u_test(second, first), rel=1e-12)


def test_the_fewest_values_that_can_differ() -> None:
    needed = {alpha: values_to_differ(alpha) for alpha in (1, 0.05, 0.01, 1e-50, 0)}
    assert needed == {1: 1, 0.05: 4, 0.01: 5, 1e-50: None, 0: None}


def test_exact_tests_of_ties_end_with_the_effort_and_then_p_is_close() -> None:
    dice = random.Random(1)
    first, second = ([dice.randrange(8) for _ in range(20)] for _ in range(2))
    effort = Effort(pairs_left=700)
    exact = u_test(first, second, effort)
    assert (effort.pairs_left, effort.refused_count) == (300, 0)
    close = u_test(first, second, effort)
    assert effort.refused_count == 1
    assert exact != close
    assert close == pytest.approx(exact, abs=0.02)


def test_tests_without_ties_take_no_effort_however_many() -> None:
    effort = Effort(pairs_left=0)
    dice = random.Random(2)
    for _ in range(2000):  # as many counts anew would take a minute
        u_test([dice.random() for _ in range(50)], [dice.random() for _ in range(50)], effort)
    assert effort.refused_count == 0
