"""The survival curve, from programs whose curve is known."""

from __future__ import annotations

import numpy as np
import pytest

from gotrace.analyses.whatif.survival import Survival

AGES = np.linspace(0, 100, 5001)


def curve(alive: np.ndarray) -> Survival:
    born = np.ones(len(AGES))
    return Survival(AGES, born, alive)


def test_the_curve_is_what_cycles_found_at_each_age() -> None:
    found = curve(np.exp(-AGES / 20)).at(np.array([0.0, 10.0, 40.0]))
    assert found == pytest.approx(np.exp([0, -0.5, -2]), abs=0.01)


def test_noise_does_not_bring_anybody_back() -> None:
    noisy = np.clip(np.exp(-AGES / 20) + np.random.default_rng(1).normal(0, 0.2, len(AGES)), 0, 1)
    found = curve(noisy).at(AGES)
    assert np.all(np.diff(found) <= 0)


def test_noise_does_not_kill_anybody_either() -> None:
    noisy = (np.random.default_rng(2).random(len(AGES)) < np.exp(-AGES / 20)).astype(float)
    at = np.linspace(1, 80, 40)
    assert np.abs(curve(noisy).at(at) - np.exp(-at / 20)).mean() < 0.03


def test_who_was_found_dead_lived_as_the_curve_says() -> None:
    sudden = curve((AGES < 30).astype(float))  # everybody dies at the age of 30
    seen, dead = np.array([10.0]), np.array([60.0])
    assert sudden.still_alive(seen, np.array([25.0]), dead) == pytest.approx(1, abs=0.05)
    assert sudden.still_alive(seen, np.array([35.0]), dead) == pytest.approx(0, abs=0.05)


def test_where_the_curve_is_flat_all_moments_are_as_likely() -> None:
    flat = curve(np.ones(len(AGES)))
    share = flat.still_alive(np.array([10.0]), np.array([20.0]), np.array([50.0]))
    assert share == pytest.approx(0.75)


def test_who_was_alive_lives_on_as_the_curve_says_and_beyond_it_by_the_hazard() -> None:
    dying = curve(np.exp(-AGES / 20))
    assert dying.kept_on(np.array([10.0, 40.0]), 20, 0) == pytest.approx(np.exp(-1), rel=0.03)
    old = dying.kept_on(np.array([150.0, np.inf]), 10, 0.02)
    assert old == pytest.approx(np.exp(-0.2))
    told = dying.oldest - 10  # ten on the curve, ten behind its end
    both = dying.kept_on(np.array([told]), 20, 0.02)
    assert both == pytest.approx(np.exp(-10 / 20 - 0.2), rel=0.05)
    gone = curve((AGES < 30).astype(float))
    assert gone.kept_on(np.array([50.0]), 10, 0.01) == pytest.approx(np.exp(-0.1))


def test_nothing_seen_means_alive() -> None:
    nothing = Survival(np.zeros(0), np.zeros(0), np.zeros(0))
    assert nothing.at(np.array([5.0])).tolist() == [1.0]
