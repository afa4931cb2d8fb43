"""Program and pacer in closed loop, where the answer can be computed by hand."""

from __future__ import annotations

import pytest

from gotrace.analyses.whatif.loop import Guess, Run, simulate
from gotrace.analyses.whatif.overhead import Beside, Overhead
from gotrace.analyses.whatif.prediction import SelfCheck, predict
from gotrace.analyses.whatif.settings import GOGC_OFF, NO_LIMIT, Setting
from gotrace.analyses.whatif.suggestion import suggest
from gotrace.model.versions import GoVersion
from tests.analyses.whatif.programs import MIB, Steady, calibration

NEW = GoVersion(27)
LIVE = 20 * MIB
PROGRAM = Steady(2000 * MIB, LIVE)
KNOWN = calibration(live=LIVE)
CHECK = SelfCheck(10, 10, 1.0, 1)
OVERHEAD = Overhead(2 * MIB, MIB, 0, 0, 0)


def cycles(gogc: int, limit: int = NO_LIMIT, version: GoVersion = NEW) -> Run:
    guess = Guess(beside=Beside(2 * MIB if limit else 0))
    return simulate(PROGRAM, KNOWN, Setting(gogc, limit, version), guess)


@pytest.mark.parametrize("gogc", [50, 100, 200, 400])
def test_a_steady_heap_is_collected_once_for_what_the_upper_bound_lets_it_grow(gogc: int) -> None:
    # Nothing to scan: no runway. The trigger stands 4 MiB before the goal, or at 61/64 of the way.
    way = LIVE * gogc // 100
    growth = max(way - 4 * MIB, way * 61 // 64)
    run = cycles(gogc)
    assert run.cycles_count == pytest.approx(2000 * MIB / growth, abs=1)
    assert run.peak_bytes == pytest.approx(LIVE + growth, rel=0.001)
    assert run.marked_bytes[-1] == pytest.approx(LIVE, abs=10)


def test_what_is_allocated_while_marking_survives() -> None:
    program, known = Steady(2000 * MIB, LIVE, 0.1), calibration(2 * MIB, LIVE)
    run = simulate(program, known, Setting(100, NO_LIMIT, NEW), Guess())
    marking = run.end_bytes[-1] - run.begin_bytes[-1]
    assert MIB < marking <= 2 * MIB
    assert run.marked_bytes[-1] == pytest.approx(LIVE + marking, rel=0.001)


def test_without_gogc_and_limit_nothing_is_collected() -> None:
    run = cycles(GOGC_OFF)
    assert (run.cycles_count, run.peak_bytes) == (0, LIVE + 2000 * MIB)


def test_a_limit_lowers_the_goal_by_what_is_not_heap() -> None:
    run = cycles(400, 64 * MIB)
    goal = (64 - 2) * MIB
    assert run.limited_count == run.cycles_count > 40
    assert run.goal_bytes[-1] == pytest.approx(goal - goal // 100 * 3, abs=1)
    assert run.peak_bytes < 64 * MIB


def test_spans_that_stay_in_use_after_a_sweep_count_against_a_limit() -> None:
    setting = Setting(400, 64 * MIB, NEW)
    empty, sparse = (
        simulate(PROGRAM, KNOWN, setting, Guess(beside=Beside(2 * MIB, 0.05, kept)))
        for kept in (0.0, 1.0)
    )
    assert not sparse.is_given_up
    assert sparse.cycles_count >= empty.cycles_count
    spans = Beside(2 * MIB, 0.05, 0.5)
    assert spans.spans_bytes(50, 40) == 50  # free slots are filled first
    assert spans.spans_bytes(50, 100) == pytest.approx(105)
    assert spans.kept_bytes(100, 55) == pytest.approx(77.5)


def test_a_limit_below_what_is_alive_is_given_up() -> None:
    run = cycles(100, 16 * MIB)
    assert run.is_given_up
    assert run.cycles_count < 100


@pytest.mark.parametrize("minor", [4, 5, 9, 14, 17, 18, 19, 20])
def test_every_pacer_collects_a_steady_heap_about_as_often(minor: int) -> None:
    run = cycles(100, version=GoVersion(minor))
    assert 90 <= run.cycles_count <= 180


def test_bounds_hold_the_value_and_give_a_reason() -> None:
    found = predict(PROGRAM, KNOWN, Setting(100, NO_LIMIT, NEW), OVERHEAD, CHECK)
    for band in (found.cycles, found.peak_bytes, found.marked_bytes):
        assert band.least <= band.value <= band.most
    assert found.reason == "when objects died between two recorded cycles"
    assert found.total_bytes == pytest.approx(found.peak_bytes.value)  # nothing is beside it


def test_what_is_mapped_stays_so() -> None:
    beside = Beside(3 * MIB, 0.05, 0.5)
    run = simulate(PROGRAM, KNOWN, Setting(100, NO_LIMIT, NEW), Guess(beside=beside))
    assert run.mapped_bytes == pytest.approx(1.05 * run.peak_bytes + 3 * MIB)


@pytest.mark.parametrize(("limit_mib", "is_thrashing"), [(40, False), (28, False), (22, True)])
def test_a_limit_near_what_is_alive_cannot_be_told(limit_mib: int, is_thrashing: bool) -> None:
    # Short: where it thrashes, a cycle comes every few bytes.
    program = Steady(20 * MIB if is_thrashing else 2000 * MIB, LIVE)
    found = predict(program, KNOWN, Setting(400, limit_mib * MIB, NEW), OVERHEAD, CHECK)
    assert found.is_thrashing == is_thrashing


def test_the_suggestion_fits_with_fewest_cycles() -> None:
    made = suggest(
        128 * MIB, NEW, lambda setting: predict(PROGRAM, KNOWN, setting, OVERHEAD, CHECK)
    )
    assert made.best is not None
    assert made.best.setting.memory_limit_bytes == int(128 * MIB * 0.95)
    assert made.best.total_bytes <= 128 * MIB
    fitting = [one for one in made.tried if made.fits(one)]
    assert made.best.cycles.value <= min(one.cycles.value for one in fitting) + 0.5
    assert made.best_without_limit is not None
    assert made.best_without_limit.setting.gogc == 400


def test_nothing_is_suggested_for_a_budget_below_what_is_alive() -> None:
    made = suggest(16 * MIB, NEW, lambda setting: predict(PROGRAM, KNOWN, setting, OVERHEAD, CHECK))
    assert made.best is None
