"""How a memory limit makes goals, where the answer can be computed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gotrace.analyses.whatif.births import Births
from gotrace.analyses.whatif.calibration import Calibration
from gotrace.analyses.whatif.loop import Guess, Run, simulate
from gotrace.analyses.whatif.overhead import Beside, guessed_overhead, recorded_overhead
from gotrace.analyses.whatif.settings import NO_LIMIT, Setting
from gotrace.model.versions import GoVersion
from tests.analyses.whatif.programs import MIB, Steady, calibration, cycles

NEW = GoVersion(27)
LIVE, LIMIT, FIXED = 20 * MIB, 64 * MIB, 2 * MIB
SETTING = Setting(400, LIMIT, NEW)
KNOWN = calibration(live=LIVE)


def limited(known: Calibration, kept_ratio: float = 0.0, scan_ratio: float = 0.0) -> Run:
    guess = Guess(beside=Beside(FIXED, 0.0, kept_ratio))
    return simulate(Steady(2000 * MIB, LIVE, scan_ratio), known, SETTING, guess)


def of_limit(beside: float) -> float:
    """The goal where so much is mapped beside objects: 3 % stay free (`runtime/mgcpacer.go`)."""
    return (LIMIT - beside) * 0.97


def test_what_ps_have_allocated_in_spans_they_hold_is_not_heap_to_a_limit() -> None:
    # heapLive counts 1 MiB of free slots, totalAlloc does not know of 1 MiB that was allocated.
    known = replace(KNOWN, slack_bytes=float(MIB))
    assert limited(known).goal_bytes[-1] == pytest.approx(of_limit(FIXED + 2 * MIB), rel=0.001)


def test_tails_of_spans_are_not_heap_to_a_limit() -> None:
    known = replace(KNOWN, waste_ratio=0.1, dead_ratio=0.5)
    run = limited(known)
    goal, dead = run.goal_bytes[-1], 1 - LIVE / run.end_bytes[-1]
    waste = 1 + 0.1 * 0.5 / dead
    tails = (run.begin_bytes[-1] - LIVE) * (1 - 1 / waste)
    assert goal == pytest.approx(of_limit(FIXED + tails), rel=0.005)


def test_a_limits_goal_moves_on_while_a_cycle_fills_free_slots() -> None:
    run = limited(calibration(4 * MIB, LIVE), kept_ratio=1.0, scan_ratio=0.2)
    spans = max(run.end_bytes)
    assert run.end_bytes[-1] - run.begin_bytes[-1] > MIB
    free = spans - run.end_bytes[-1]
    assert free > MIB
    assert run.goal_bytes[-1] == pytest.approx(of_limit(FIXED + free), rel=0.01)


def test_what_was_mapped_beyond_a_limit_is_given_back_before_the_next_goal() -> None:
    known = calibration(20 * MIB, LIVE)
    pace = replace(known.pace, held_ratio=np.array([8.0]), paced_bytes=np.array([1.0]))
    run = limited(replace(known, pace=pace), scan_ratio=1.0)
    assert run.mapped_bytes > LIMIT + MIB
    assert run.goal_bytes == pytest.approx([of_limit(FIXED)] * run.cycles_count)


def test_the_less_a_cycle_frees_the_more_tails_come_with_each_byte() -> None:
    known = replace(KNOWN, waste_ratio=0.05, dead_ratio=0.5)
    program = Steady(2000 * MIB, LIVE)
    often = simulate(program, known, Setting(50, NO_LIMIT, NEW), Guess())
    growth = often.end_bytes[-1] - LIVE
    waste = 1 + 0.05 * 0.5 / (growth / often.end_bytes[-1])
    assert waste > 1.07
    assert often.cycles_count == pytest.approx(2000 * MIB * waste / growth, rel=0.01)


def test_structures_of_the_runtime_grow_with_ps_and_with_the_memory_profile_of_go_1_25() -> None:
    one, four = (guessed_overhead(NEW, procs, 0.0).structure_bytes for procs in (1, 4))
    assert four - one == 3 * 119 << 10
    old = guessed_overhead(GoVersion(24), 1, 0.0).structure_bytes
    assert one - old == pytest.approx(1.35 * MIB)


def test_without_spans_in_the_recording_nothing_is_counted_for_them() -> None:
    recorded = cycles([LIVE] * 3, [2 * LIVE] * 3)
    found = recorded_overhead(Births(), recorded, NEW)
    usual_sets = 55 * 3.3 * (2048 + 4608)
    guessed = guessed_overhead(NEW, 1, 0.0).structure_bytes
    assert found.structure_bytes == pytest.approx(guessed - usual_sets)
