"""Reachable bytes between cycles: the mean, and what chance a recorded cycle had."""

from __future__ import annotations

import numpy as np
import pytest

from gotrace.analyses.whatif.live_table import LiveTable
from gotrace.analyses.whatif.program import Live
from gotrace.analyses.whatif.survival import Values
from tests.analyses.whatif.programs import MIB


class Phases:
    """10 MiB, and at every second of ten cycles 4 MiB more; between two on a line."""

    begins: Values = np.arange(1.0, 11.0) * 100
    ends: Values = begins + 10
    end = 1100.0

    def next_allocation(self, position: float) -> float:
        return position

    def live(self, position: float) -> Live:
        seen = np.where(np.arange(10) % 2, 14.0, 10.0) * MIB
        return Live(float(np.interp(position, self.begins, seen)), 9 * MIB, 15 * MIB, 0.5)


TABLE = LiveTable(Phases())


def test_where_a_cycle_began_its_own_chance_is_what_it_saw() -> None:
    for cycle in range(2, 8):
        seen = (14 if cycle % 2 else 10) * MIB
        assert TABLE.live_as(float(Phases.begins[cycle]), cycle).bytes == pytest.approx(seen)


def test_between_cycles_chance_keeps_what_comes_and_goes() -> None:
    middle = [TABLE.live_as(450.0, cycle).bytes / MIB for cycle in (4, 5)]
    assert TABLE.live(450.0).bytes / MIB == pytest.approx(12, abs=0.1)
    assert middle == pytest.approx([10, 14], abs=0.1)


def test_chance_stays_within_what_is_certain() -> None:
    for cycle in range(10):
        for position in np.linspace(0, 1100, 50):
            assert 9 * MIB <= TABLE.live_as(float(position), cycle).bytes <= 15 * MIB


def test_without_a_cycle_it_is_the_mean() -> None:
    assert TABLE.live_as(450.0, -1) == TABLE.live(450.0)
