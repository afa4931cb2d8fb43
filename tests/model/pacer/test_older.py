"""The pacers before go1.19, by cases worked out by hand from their sources."""

from __future__ import annotations

import pytest

from gotrace.model.pacer.feedback import FeedbackPacer, reachable
from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.pacer.rules import EndedCycle, MarkProgress, PacerState
from gotrace.model.pacer.stop_the_world import StopTheWorldPacer

MIB = 1 << 20


def feedback(version: str) -> FeedbackPacer:
    pacer = pacer_for(version)
    assert isinstance(pacer, FeedbackPacer)
    return pacer


def ended(live_mib: int, assists: float = 0.0, forced: bool = False, gogc: int = 100) -> EndedCycle:
    """A cycle of 1 s on 4 Ps: 10 MiB were live, 20 MiB was the goal."""
    return EndedCycle(
        gogc,
        4,
        live_mib * MIB,
        15 * MIB,
        MIB,
        10**9,
        int(4 * 10**9 * assists),
        is_forced=forced,
        marked_before_bytes=10 * MIB,
        goal_bytes=20 * MIB,
    )


def test_go13_and_go14_lower_the_trigger_as_the_sweeper_frees() -> None:
    pacer = pacer_for("go1.4")
    assert isinstance(pacer, StopTheWorldPacer) and pacer.sweeps_later
    next_gc = pacer.goal_limits(30 * MIB, 0, 0, 100).goal_bytes
    assert next_gc == 60 * MIB
    for freed in (5 * MIB, 15 * MIB):
        next_gc = pacer.lowered(next_gc, freed, 100)
    assert next_gc == pacer.goal_limits(10 * MIB, 0, 0, 100).goal_bytes, (
        "as if what lives had been known"
    )


def test_to_go17_a_goal_counts_what_was_reachable_when_the_mark_began() -> None:
    assert [feedback(f"go1.{minor}").counts_reachable for minor in (5, 7, 8)] == [True, True, False]
    assert reachable(12 * MIB, 15 * MIB, 19 * MIB) == 8 * MIB
    assert reachable(2 * MIB, 15 * MIB, 19 * MIB) == 0


def test_the_ratio_moves_by_half_of_its_error() -> None:
    pacer = feedback("go1.17")
    # Grown to 1.9 with 25 % of the CPU where 30 % were the aim: 25/30 of the way counts.
    error = 1.0 - 0.7 - 0.25 / 0.3 * (0.9 - 0.7)
    moved = pacer.end_of_cycle(PacerState(0.7), ended(19))
    assert moved.trigger_ratio == pytest.approx(0.7 + 0.5 * error)
    busy = pacer.end_of_cycle(PacerState(0.7), ended(19, assists=0.35))
    assert busy.trigger_ratio == pytest.approx(0.7 + 0.5 * (0.3 - 2 * 0.2))


def test_the_ratio_stays_below_95_percent_of_gogc_and_above_its_minimum() -> None:
    assert feedback("go1.17").end_of_cycle(PacerState(0.94), ended(10)).trigger_ratio == 0.95
    sunk = [feedback(f"go1.{minor}").end_of_cycle(PacerState(0.0), ended(40, 0.7)).trigger_ratio
            for minor in (5, 9, 13, 14, 17)]  # fmt: skip
    assert sunk == [0, 0, 0, 0.6, 0.6]
    assert feedback("go1.17").end_of_cycle(
        PacerState(0.3), ended(40, 0.7, gogc=50)
    ).trigger_ratio == pytest.approx(0.3)


def test_the_minimum_of_go114_forgets_gogc_so_that_triggers_pass_the_goal() -> None:
    pacer = feedback("go1.14")
    state = pacer.end_of_cycle(PacerState(0.475), ended(40, 0.7, gogc=50))
    assert state.trigger_ratio == 0.6
    assert pacer.trigger(state, 10 * MIB, 15 * MIB, 0, 50) == 16 * MIB
    assert pacer.trigger_bounds(10 * MIB, 15 * MIB, 50) == (int(10 * MIB * 1.475), 16 * MIB)


def test_forced_cycles_leave_the_ratio_alone_since_go19() -> None:
    forced = ended(12, forced=True)
    assert feedback("go1.9").end_of_cycle(PacerState(0.7), forced).trigger_ratio == 0.7
    assert feedback("go1.8").end_of_cycle(PacerState(0.7), forced).trigger_ratio > 0.7


def test_small_heaps_are_taken_for_larger_ones_to_go112() -> None:
    pacer = feedback("go1.12")
    assert pacer.fakes_small_heaps and not feedback("go1.13").fakes_small_heaps
    assert pacer.faked_marked(PacerState(0.6), 4 * MIB) == int(4 * MIB / 1.6)


def test_the_sweepers_mib_is_multiplied_with_gogc_to_go112() -> None:
    def least(version: str) -> int:
        limits = pacer_for(version).goal_limits(9 * MIB, 0, 0, 300, unswept_live_bytes=9 * MIB)
        return limits.min_trigger_bytes

    assert least("go1.12") == 12 * MIB == 4 * MIB * 300 // 100
    assert (
        pacer_for("go1.12")
        .goal_limits(20 * MIB, 0, 0, 300, unswept_live_bytes=20 * MIB)
        .min_trigger_bytes
        == 23 * MIB
    )
    assert (
        pacer_for("go1.13")
        .goal_limits(20 * MIB, 0, 0, 300, unswept_live_bytes=20 * MIB)
        .min_trigger_bytes
        == 21 * MIB
    )


@pytest.mark.parametrize(
    ("minor", "ratio"),
    [(5, 20 / 5), (6, 16 / 4), (9, 16 / 4), (10, 6 / 4), (13, 6 / 4), (14, 6 / 4)],
)
def test_assists_owe_the_whole_heap_to_go19_and_half_of_it_later(minor: int, ratio: float) -> None:
    progress = MarkProgress(100, 16 * MIB, 20 * MIB, 20 * MIB, 15 * MIB, 4 * MIB)
    assert pacer_for(f"go1.{minor}").assist_ratio(progress) == ratio


def test_past_the_goal_or_the_expected_work_all_is_owed_by_a_tenth_more() -> None:
    past_goal = MarkProgress(100, 20 * MIB + 1, 20 * MIB, 20 * MIB, 15 * MIB, 4 * MIB)
    left = int(20 * MIB * 1.1) - 20 * MIB - 1
    assert pacer_for("go1.13").assist_ratio(past_goal) == 16 * MIB / left
    past_work = MarkProgress(100, 16 * MIB, 20 * MIB, 20 * MIB, 15 * MIB, 12 * MIB)
    assert pacer_for("go1.13").assist_ratio(past_work) == 1000 / (4 * MIB)
    assert pacer_for("go1.14").assist_ratio(past_work) == 8 * MIB / (22 * MIB - 16 * MIB)


def test_go118_bounds_a_large_heap_by_its_goal_alone() -> None:
    pacer = pacer_for("go1.18")
    assert pacer.trigger_bounds(2 * MIB, 5 * MIB) == (
        int(0.7 * 3 * MIB) + 2 * MIB,
        int(0.95 * 3 * MIB) + 2 * MIB,
    )
    assert pacer.trigger_bounds(100 * MIB, 200 * MIB).upper_bytes == 200 * MIB
    assert pacer_for("go1.19").trigger_bounds(100 * MIB, 200 * MIB).upper_bytes == 196 * MIB


def test_the_minimum_is_one_of_the_trigger_in_go118_and_of_the_goal_since() -> None:
    old = pacer_for("go1.18").goal_limits(MIB, 0, 0, 100)
    assert old.goal_bytes == old.min_trigger_bytes == 4 * MIB
    new = pacer_for("go1.19").goal_limits(MIB, 0, 0, 100)
    assert (new.goal_bytes, new.min_trigger_bytes) == (4 * MIB, 0)
