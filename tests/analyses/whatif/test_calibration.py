"""What is read off recorded cycles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gotrace.analyses.whatif.calibration import calibrate, inferred_gogc
from gotrace.analyses.whatif.program import seen_program
from gotrace.analyses.whatif.survival import Values
from tests.analyses.whatif.programs import MIB, Steady, cycles

ROOTS = 150_000
GROWING = [MIB * size + 4321 * size for size in range(6, 30)]
STEADY = [10 * MIB + 977 * (i % 7) for i in range(20)]


def followed(marked: list[int], gogc: int) -> list[int]:
    goals = [size + (size + ROOTS) * gogc // 100 for size in marked]
    return [4 * MIB, *goals[:-1]]


@pytest.mark.parametrize("gogc", [30, 50, 100, 137, 200, 400])
def test_the_goals_of_a_growing_heap_tell_any_gogc(gogc: int) -> None:
    assert inferred_gogc(cycles(GROWING, followed(GROWING, gogc))) == gogc


@pytest.mark.parametrize("gogc", [50, 100, 200, 400])
def test_those_of_a_steady_heap_tell_the_usual_ones(gogc: int) -> None:
    assert inferred_gogc(cycles(STEADY, followed(STEADY, gogc))) == gogc


@pytest.mark.parametrize("gogc", [50, 100, 200])
def test_whole_mebibytes_of_a_log_are_enough(gogc: int) -> None:
    half = MIB // 2
    rounded = [size // MIB * MIB + half for size in GROWING]
    goals = [goal // MIB * MIB + half for goal in followed(GROWING, gogc)]
    assert inferred_gogc(cycles(rounded, goals)) == gogc


def test_too_few_cycles_mean_the_default() -> None:
    assert inferred_gogc(cycles(GROWING[:3], followed(GROWING[:3], 200))) == 100


def test_roots_are_what_goals_count_beside_what_was_marked() -> None:
    recorded = cycles(GROWING, followed(GROWING, 200))
    known = calibrate(recorded, seen_program(recorded, 0), 0)
    assert known.gogc == 200
    assert known.roots_bytes == pytest.approx(ROOTS, abs=1)
    told = calibrate(recorded, seen_program(recorded, 0), 0, gogc=100)
    assert (told.gogc, told.is_gogc_told) == (100, True)


def test_tails_come_with_every_byte_and_cached_slots_with_every_cycle() -> None:
    growth = np.linspace(2, 30, 28) * MIB
    marking = growth / 4
    begin = np.cumsum(growth + marking) - marking
    program = Seen(begin, begin + marking)
    live = 10 * MIB
    heap = live + 1.05 * growth + 0.3 * MIB
    seen = replace(
        cycles([live] * 28, [80 * MIB] * 28), begin_bytes=heap.astype(np.int64),
        end_bytes=(heap + 1.05 * marking).astype(np.int64),
    )  # fmt: skip
    known = calibrate(seen, program, 0)
    assert known.waste_ratio == pytest.approx(0.05, abs=0.001)
    assert known.slack_bytes == pytest.approx(0.3 * MIB, rel=0.01)


class Seen(Steady):
    def __init__(self, begins: Values, ends: Values) -> None:
        super().__init__(float(ends[-1]), 10 * MIB)
        self.begins, self.ends = begins, ends
