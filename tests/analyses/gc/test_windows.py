"""Minimum and distribution over windows, against hand-made functions and plain sampling."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gotrace.analyses.gc.distribution import quantiles
from gotrace.analyses.gc.minimum import minimum_utilisation, worst_windows
from gotrace.analyses.gc.steps import GrowingSteps, Steps

SECOND = 10**9


def steps(*points: tuple[int, float]) -> Steps:
    times, ratios = zip(*points, strict=True)
    return Steps(np.array(times, np.int64), np.array(ratios, np.float64))


SQUARE = steps(*((second * SECOND, float(1 - second % 2)) for second in range(6)))
"""1, 0, 1, 0, 1 for a second each."""


@pytest.mark.parametrize(
    ("window", "least"),
    [(0, 0), (0.001, 0), (1, 0), (2, 0.5), (3, 1 / 3), (4, 0.5), (5, 3 / 5), (6, 3 / 5)],
)
def test_the_minimum_of_a_square_wave_is_known(window: float, least: float) -> None:
    assert minimum_utilisation([SQUARE], int(window * SECOND)) == pytest.approx(least, abs=1e-15)


def test_quantiles_of_a_square_wave_are_known() -> None:
    # Windows of a second slide evenly between all and nothing.
    found = quantiles([SQUARE], SECOND, [0, 0.25, 0.5, 1])
    assert found == pytest.approx([0, 0.25, 0.5, 1], abs=1e-12)
    assert quantiles([SQUARE], 5 * SECOND, [0, 0.5]) == pytest.approx([0.6, 0.6])


def test_the_worst_windows_of_a_square_wave_are_its_holes() -> None:
    found = worst_windows([SQUARE], SECOND, 9)
    assert [(w.time_ns, w.ratio) for w in found[:2]] == [(SECOND, 0), (3 * SECOND, 0)]
    assert len(found) <= 5


@pytest.mark.parametrize("seed", range(8))
def test_random_steps_agree_with_plain_sampling(seed: int) -> None:
    made = random.Random(seed)
    times = sorted(made.sample(range(1, 10_000), 60))
    function = steps((0, 1.0), *((t, made.choice((0, 0.25, 0.5, 1))) for t in times), (10_000, 0))
    window = made.choice((7, 130, 900, 4_000))
    starts = np.linspace(0, 10_000 - window, 400_001)
    means = (
        np.interp(starts + window, function.times, function.integral)
        - np.interp(starts, function.times, function.integral)
    ) / window
    assert minimum_utilisation([function], window) <= means.min() + 1e-12
    assert minimum_utilisation([function], window) == pytest.approx(means.min(), abs=0.03 / window)
    for ratio, found in zip((0.1, 0.5, 0.9), quantiles([function], window, (0.1, 0.5, 0.9)),
                            strict=True):  # fmt: skip
        assert found == pytest.approx(np.quantile(means, ratio), abs=2e-3)


def test_of_several_functions_the_worst_counts() -> None:
    calm = steps((0, 1.0), (5 * SECOND, 0))
    assert minimum_utilisation([calm, SQUARE], SECOND) == 0
    assert minimum_utilisation([calm], SECOND) == 1
    assert quantiles([calm, SQUARE], SECOND, [0.5])[0] == pytest.approx(1)


def test_equal_neighbours_are_one_step_and_the_lower_share_holds_at_one_time() -> None:
    growing = GrowingSteps(0, 1.0)
    growing.add(np.array([1, 2, 3]), np.array([1.0, 0.5, 0.5]))
    growing.add_one(2, 0.75)
    growing.add_one(4, 0.5)
    growing.add_one(4, 0.25)
    done = growing.finish(9)
    assert done.time_ns.tolist() == [0, 2, 4, 9]
    assert done.ratio.tolist() == [1, 0.5, 0.25, 0]
