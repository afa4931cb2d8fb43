"""What goes back to the system in a replay, for every allocator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gotrace.model.legacy_policies import TCMALLOC_POLICIES
from gotrace.model.player import Player
from gotrace.model.policies import RUNTIMES, policy_for
from gotrace.model.returns import Returned, replay_returning
from gotrace.model.scavenged_heap import ReturnSettings, ScavengedHeap, scavenged
from gotrace.model.stream import Step, StepKind, Stream

ALLOC, FREE, BEGIN, END, *_ = StepKind
MIB = 1 << 20
SECOND_NS = 10**9
NO_BACKGROUND = ReturnSettings(has_background=False)

AGED = ["go1.0", "go1.3", "go1.4", "go1.5", "go1.7", "go1.8", "go1.9", "go1.11", "go1.12"]
BY_GOAL = [name for name in RUNTIMES if name.startswith("go") and name not in AGED]


def marks(count: int) -> list[Step]:
    return [Step(BEGIN), Step(END)] * count


def dropping(count: int = 64) -> list[Step]:
    """`count` objects of 1 MiB, of which every eighth stays; then marks with little to do."""
    steps = [Step(ALLOC, 0, number, MIB) for number in range(count)]
    steps += marks(1)
    steps += [Step(FREE, 0, number) for number in range(count) if number % 8]
    return steps + marks(4)


def timed(steps: list[Step], seconds: list[int]) -> Stream:
    return replace(Stream.of(steps), time_ns=np.array(seconds, np.int64) * SECOND_NS)


def released(done: Returned) -> list[int]:
    return [size // MIB for size in done.moments.released_bytes.tolist()]


def test_the_names_above_are_all_allocators() -> None:
    assert [*AGED, *BY_GOAL, *(policy.name for policy in TCMALLOC_POLICIES)] == list(RUNTIMES)


@pytest.mark.parametrize("name", AGED)
def test_to_go112_what_was_unused_for_five_minutes_goes(name: str) -> None:
    steps = [Step(ALLOC, 0, 1, 8 * MIB), Step(FREE, 0, 1), *marks(2)]
    steps += [Step(ALLOC, 0, number, 100) for number in range(2, 20)]
    seconds = [10, 20, 30, 30, 30, 30, *range(60, 60 + 18 * 30, 30)]
    done = replay_returning(timed(steps, seconds), policy_for(name))
    gone = done.moments.time_ns[done.moments.released_bytes > 7 * MIB]
    # Free since 30 s. From go1.5 on it looks 150, 300 and 450 s after the first row, before it
    # looked every minute: 310 s after it the run is unused for 290 s, 370 s after it for 350 s.
    expected = 390 if name in ("go1.0", "go1.3", "go1.4") else 480
    assert gone[0] == expected * SECOND_NS
    assert done.replayed.notes == ()


def test_a_stream_without_times_says_that_age_could_not_decide() -> None:
    done = replay_returning(Stream.of(dropping()), policy_for("go1.8"))
    assert [note.slug for note in done.replayed.notes] == ["no-clock"]
    assert not done.moments.released_bytes.any()
    assert replay_returning(Stream.of(dropping()), policy_for("go1.27")).replayed.notes == ()


def test_a_clock_that_jumps_or_goes_back_ends_in_the_same_heap() -> None:
    steps = [Step(ALLOC, 0, 1, 8 * MIB), Step(FREE, 0, 1), *marks(1), Step(ALLOC, 0, 2, 8)]
    steps += [Step(ALLOC, 0, 3, 8)]
    policy = policy_for("go1.11")
    years = 10**9
    for last in ([600, 601], [years, 0], [-years, 700]):
        done = replay_returning(timed(steps, [0, 1, 2, 2, *last]), policy)
        assert max(released(done)) >= 56, "the arena; it is used again as a whole"


@pytest.mark.parametrize("name", BY_GOAL)
def test_from_go113_on_the_background_brings_the_heap_down_to_its_goal(name: str) -> None:
    stream = Stream.of(dropping())
    done = replay_returning(stream, policy_for(name))
    without = replay_returning(stream, policy_for(name), NO_BACKGROUND)
    assert released(without)[-1] <= 4, "no growth, so only what was never used"
    # 8 MiB live, the goal as high as in the cycle before: 8.8 MiB may stay.
    last = done.moments
    kept = last.in_use_bytes[-1] + last.idle_bytes[-1] - last.released_bytes[-1]
    assert 8 * MIB <= kept <= 9 * MIB
    assert last.in_use_bytes[-1] == 8 * MIB


def test_go121_and_later_begin_one_cycle_later_than_go120() -> None:
    # What this cycle freed lies above the place where its search begins.
    ends = {
        name: released(replay_returning(Stream.of(dropping()), policy_for(name)))
        for name in ("go1.20", "go1.21")
    }
    first = {name: next(i for i, n in enumerate(gone) if n > 40) for name, gone in ends.items()}
    assert first["go1.21"] == first["go1.20"] + 1


@pytest.mark.parametrize("name", BY_GOAL)
def test_placements_are_those_of_a_replay_without_the_scavenger(name: str) -> None:
    if name == "go1.13":  # its runs are joined by their state: where things go depends on it
        return
    policy = policy_for(name)
    stream = Stream.of([*dropping(), *dropping(100)[64:], *marks(1)])
    plain = Player(stream, policy, policy.heap(policy, policy.first_address))
    plain.play()
    done = replay_returning(stream, policy)
    for ours, theirs in zip(done.replayed.placements, plain.replayed().placements, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", RUNTIMES)
def test_no_more_is_released_than_is_idle(name: str) -> None:
    stream = timed([*dropping()], list(range(0, 40 * len(dropping()), 40)))
    moments = replay_returning(stream, policy_for(name)).moments
    assert len(moments.row) >= 1
    assert (moments.released_bytes <= moments.idle_bytes).all()
    assert moments.row[-1] == len(stream)
    assert (np.diff(moments.row) >= 0).all()


@pytest.mark.parametrize("name", ["go1.19", "go1.22", "go1.27"])
def test_a_memory_limit_gives_back_before_more_is_used(name: str) -> None:
    steps = [*dropping(), *[Step(ALLOC, 0, 1000 + i, 9 * MIB) for i in range(2)]]
    limited = ReturnSettings(has_background=False, memory_limit_bytes=40 * MIB)
    policy = scavenged(policy_for(name), limited)
    player = Player(Stream.of(steps), policy, policy.heap(policy, policy.first_address))
    player.play()
    now = player.heap.statistics()
    player.heap.check()
    assert now.mapped_bytes > 70 * MIB
    assert now.mapped_bytes - now.released_bytes <= 40 * MIB
    free = replay_returning(Stream.of(steps), policy_for(name), NO_BACKGROUND).moments
    assert free.in_use_bytes[-1] + free.idle_bytes[-1] - free.released_bytes[-1] > 60 * MIB


def test_before_go119_nobody_looks_at_a_memory_limit() -> None:
    limited = ReturnSettings(has_background=False, memory_limit_bytes=MIB)
    stream = Stream.of(dropping())
    done = replay_returning(stream, policy_for("go1.18"), limited)
    assert released(done) == released(replay_returning(stream, policy_for("go1.18"), NO_BACKGROUND))


def test_stacks_are_no_memory_that_the_goal_counts() -> None:
    policy = scavenged(policy_for("go1.27"))
    heap = policy.heap(policy, policy.first_address)
    assert isinstance(heap, ScavengedHeap)
    heap.allocate(0, MIB, False)
    address = heap.stacks.allocate(1 << 20, 0)
    assert heap.returning.retained_bytes == MIB
    heap.stacks.free(address, 1 << 20, 0)
    assert heap.returning.retained_bytes == 2 * MIB
    assert heap.free_os_memory() == MIB
    heap.check()


@pytest.mark.parametrize("name", ["go1.12", "tcmalloc-2x"])
def test_there_are_no_goals_before_go113_and_in_tcmalloc(name: str) -> None:
    with pytest.raises(ValueError, match="no goal"):
        scavenged(policy_for(name))


def test_a_time_for_each_row_or_none() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        timed(dropping(), [1, 2])
