"""How program and collector race: from cycles whose times are made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gotrace.analyses.whatif.pace import Pace, pace_of, stretched, tracing_ratio
from gotrace.analyses.whatif.recorded import RecordedCycles
from tests.analyses.whatif.programs import MIB, Steady, cycles

COUNT = 10
MARK_NS = 1_000_000


def one_cycle(
    natural: float, held: float = 1.0, seen: float = 0.0, way: float = 1.0, goal: float = 1e9,
    stalled: float = 0.0,
) -> Pace:  # fmt: skip
    values = (1, way, goal, seen or natural, natural, natural, held, stalled, 1)
    return Pace(*(np.array([float(value)]) for value in values))


def raced(
    marking: float, way: float, procs: int = 4, assist: float = 0.0, waited: float = 0.0,
    worker: float = 0.25,
) -> RecordedCycles:  # fmt: skip
    """Ten equal cycles of a millisecond; times are shares of all Ps."""
    begin, whole = np.arange(COUNT, dtype=np.int64) * 10 * MARK_NS, MARK_NS * procs
    made = cycles([10 * MIB] * COUNT, [40 * MIB] * COUNT)

    def each(value: float) -> np.ndarray:
        return np.full(COUNT, round(value), np.int64)

    return replace(
        made, begin_ns=begin, end_ns=begin + MARK_NS, procs=procs,
        begin_bytes=each(40 * MIB - way), end_bytes=each(40 * MIB - way + marking),
        assist_ns=each(assist * whole), assist_waited_ns=each(waited * whole),
        worker_ns=each(worker * whole),
    )  # fmt: skip


def paces(found: RecordedCycles) -> Pace:
    begins = np.arange(1.0, COUNT + 1)
    program = Steady(1e9, 10 * MIB)
    program.begins, program.ends = begins, begins
    return pace_of(found, program, 0, 100)


def natural(found: RecordedCycles) -> float:
    return float(np.median(paces(found).natural_bytes))


def test_a_cycle_ends_where_its_way_does_or_where_marking_is_done() -> None:
    pace = one_cycle(natural=100)
    assert pace.marking(0, 5, 9, 1, 1) == pytest.approx(5, rel=0.01)
    assert pace.marking(0, 1000, 2000, 1, 1) == pytest.approx(100, rel=0.01)
    assert 80 < pace.marking(0, 100, 200, 1, 1) < 100  # assists have begun
    assert pace.marking(0, 1000, 2000, 2, 1) == pytest.approx(200, rel=0.01)
    assert pace.marking(0, 1000, 2000, 1, 3) == pytest.approx(300, rel=0.01)


def test_one_that_ran_beyond_its_goal_would_run_beyond_others() -> None:
    assert one_cycle(1e6, held=1.2).marking(0, 50, 100, 1, 1) == pytest.approx(60, rel=0.01)


def test_the_nearer_to_a_tenth_of_its_goal_it_ran_the_more_others_do_so_by_their_goals() -> None:
    far = one_cycle(1e6, held=2.0, way=10, goal=100)  # 10 beyond a goal of 100
    assert far.marking(0, 5, 100, 1, 1) == pytest.approx(15, rel=0.01)
    assert far.marking(0, 5, 50, 1, 1) == pytest.approx(10, rel=0.01)
    some = one_cycle(1e6, held=1.5, way=10, goal=100)  # 5 beyond: half by its way, half by its goal
    assert some.marking(0, 5, 100, 1, 1) == pytest.approx(5 + 0.5 * 2.5 + 0.5 * 5, rel=0.01)


def test_a_stall_is_as_long_whatever_the_goal() -> None:
    pace = one_cycle(1e6, held=1.5, way=10, goal=100, stalled=5)
    assert pace.marking(0, 5, 50, 1, 1) == pytest.approx(10, rel=0.01)
    assert pace.marking(0, 40, 400, 1, 1) == pytest.approx(45, rel=0.01)


@pytest.mark.parametrize(("beyond", "is_stalled"), [(1, True), (2, True), (3, False), (10, False)])
def test_few_cycles_beyond_their_goals_are_stalled_and_many_are_not(
    beyond: int, is_stalled: bool
) -> None:
    way = 4 * MIB
    found = raced(2 * MIB, way)
    ends = found.end_bytes.copy()
    ends[:beyond] = 41 * MIB  # 1 MiB beyond
    stalled = paces(replace(found, end_bytes=ends)).stalled_bytes
    assert stalled.tolist() == [MIB * is_stalled] * beyond + [0] * (COUNT - beyond)


def test_without_a_way_assists_give_a_tenth_of_the_goal() -> None:
    assert one_cycle(1e6).marking(0, 0, 1000, 1, 1) == pytest.approx(100, rel=0.01)


def test_where_nobody_assisted_cycles_ended_by_themselves() -> None:
    assert natural(raced(MIB, 10 * MIB)) == pytest.approx(MIB, rel=0.01)


def test_what_assists_marked_the_background_would_have_marked_later() -> None:
    # A quarter of the Ps assisted: alone the workers need twice as long, and half as many Ps more
    # allocate meanwhile.
    found = raced(4 * MIB, 4 * MIB - 1, assist=0.25)
    assert natural(found) == pytest.approx(4 * MIB * 2 * 0.75 / 0.5, rel=0.01)


def test_waiting_for_an_assist_marks_nothing() -> None:
    found = raced(4 * MIB, 4 * MIB - 1, assist=0.25, waited=0.25)
    assert natural(found) == pytest.approx(4 * MIB * 0.75 / 0.5, rel=0.01)


def test_on_a_way_as_long_a_cycle_ends_where_it_was_seen_to() -> None:
    assisted = paces(raced(MIB, 10 * MIB, assist=0.25))
    assert assisted.marking(0, 10 * MIB, 99 * MIB, 1, 1) == pytest.approx(MIB, rel=0.01)
    assert assisted.marking(0, 40 * MIB, 99 * MIB, 1, 1) == pytest.approx(3 * MIB, rel=0.01)


def test_the_longer_the_way_the_less_assists_help() -> None:
    pace = one_cycle(natural=400, seen=100, way=1000)
    found = [pace.marking(0, way, 1e6, 1, 1) for way in (500, 1000, 2000, 4000, 8000)]
    assert found == pytest.approx([100, 100, 200, 400, 400], rel=0.01)


def test_the_pacer_reckons_with_what_assists_took() -> None:
    quiet, assisted = (paces(raced(MIB, 10 * MIB, assist=share)) for share in (0.0, 0.25))
    assert float(quiet.paced_bytes[0]) == pytest.approx(MIB, rel=0.01)
    # Half of the time marked as much: three times the quarter that is meant to, over the rest.
    assert float(assisted.paced_bytes[0]) == pytest.approx(3 * MIB, rel=0.01)


def test_recording_slows_down_by_its_events() -> None:
    found = raced(MIB, 10 * MIB, procs=1)
    running_ns = 0.75 * MARK_NS
    objects = running_ns / 4 / 140  # a quarter of the time in which the program runs
    each = objects / MIB
    assert tracing_ratio(found, each, 1) == pytest.approx(1 / (1 - 0.25), rel=0.01)
    assert tracing_ratio(found, 0.0, 1) == 1
    assert tracing_ratio(found, 100 * each, 1) == pytest.approx(2)


def test_assists_reckon_with_the_work_of_the_cycle_before() -> None:
    assert stretched(10.0, 100.0, 50.0, 50.0, 100) == 10
    assert stretched(10.0, 100.0, 60.0, 50.0, 100) == 12  # more to do: the goal moves on
    assert stretched(10.0, 100.0, 25.0, 50.0, 100) == 5  # less: marking ends before
    assert stretched(10.0, 100.0, 5000.0, 50.0, 100) == 110  # to twice the goal at most
    assert stretched(10.0, 100.0, 5000.0, 50.0, 50) == 60


def test_recorded_ways_are_those_that_assists_reckoned_with() -> None:
    steady = raced(3 * MIB, 4 * MIB)
    assert paces(steady).way_bytes.tolist() == [4 * MIB] * COUNT
