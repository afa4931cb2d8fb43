"""What is alive behind the last cycle that looked, from programs whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gotrace.analyses.whatif.births import ALIVE, BEFORE, Sums
from gotrace.analyses.whatif.program import ObjectProgram, object_program
from tests.analyses.whatif.programs import MIB, cycles

BYTES = 1000
TICKS, PERIOD, COUNT = 1900, 100, 15
"""The recording ends four periods behind the last cycle."""


def program_of(lives: np.ndarray) -> ObjectProgram:
    """Twenty objects are born at each tick; a cycle begins at every hundredth until the 1,500th."""
    born_at = np.repeat(np.arange(TICKS), len(lives) // TICKS)
    begins = PERIOD * np.arange(1, COUNT + 1)
    born = np.searchsorted(begins, born_at, side="right")
    died = np.searchsorted(begins, born_at + lives) + 1
    keys = (born_at << 42) | ((born - BEFORE) << 21) | np.where(died > COUNT, ALIVE, died)
    made = replace(cycles([MIB] * COUNT, [2 * MIB] * COUNT), end_ns=begins + 1)
    sums = np.full((2, len(keys)), float(BYTES))
    order = np.argsort(keys)
    return object_program(made, Sums(keys[order], sums[:, order]), 1, 0)


def alive_at_the_end(lives: np.ndarray) -> float:
    born_at = np.repeat(np.arange(TICKS), len(lives) // TICKS)
    return float(BYTES * np.count_nonzero(born_at + lives > TICKS))


@pytest.mark.parametrize("mean_life", [30, 150, 600])
def test_a_steady_heap_stays_what_it_is(mean_life: int) -> None:
    lives = np.random.default_rng(mean_life).exponential(mean_life, 20 * TICKS)
    found = program_of(lives)
    expected = alive_at_the_end(lives)
    assert found.live(found.end).bytes == pytest.approx(expected, rel=0.06)


def test_so_does_one_of_a_few_that_stay_and_many_that_die_young() -> None:
    chance = np.random.default_rng(5)
    lives = np.where(chance.random(20 * TICKS) < 0.1, chance.exponential(200, 20 * TICKS), 8)
    found = program_of(lives)
    for share in (0.85, 0.9, 1.0):
        assert found.live(share * found.end).bytes == pytest.approx(
            alive_at_the_end(lives), rel=0.12
        )


def test_where_nobody_died_all_are_alive() -> None:
    lives = np.full(20 * TICKS, 1e6)
    found = program_of(lives)
    assert found.live(found.end).bytes == pytest.approx(found.end)
