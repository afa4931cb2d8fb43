"""The compiled replay of go1.0 to go1.14 and tcmalloc is the readable one, row by row."""

from __future__ import annotations

import random

import pytest

from gotrace.model import compiled_replay
from gotrace.model.legacy_policies import LEGACY_POLICIES, TCMALLOC_POLICIES
from gotrace.model.policies import policy_for
from gotrace.model.policy import Policy
from gotrace.model.stream import Step, StepKind, Stream
from gotrace.model.versions import KNOWN, GoVersion
from tests.model.both_replays import random_steps, replayed

POLICIES = (*LEGACY_POLICIES, *TCMALLOC_POLICIES)
ALLOC, FREE, BEGIN, END, FLUSH, STACK, UNSTACK, PROCS = StepKind

SIZES = (
    (8, 16, 24, 100, 1000, 5000, 33000),
    (2048, 4096, 9000, 30000, 100_000),
    (16, 64, 300_000, 2_000_000),
    (1000, 9472, 32768, 70000, 262_144, 1_200_000),
)


def waves(seed: int, rows: int, caches: int, is_marking: bool) -> list[Step]:
    """A program that fills its heap and empties it again, over many caches."""
    choices = random.Random(seed)
    sizes = SIZES[seed % len(SIZES)]
    live: list[int] = []
    steps: list[Step] = []
    for row in range(rows):
        cache, chance = choices.randrange(caches), choices.random()
        grows = 0.7 if row * 5 // rows % 2 == 0 else 0.3
        if chance < 0.004 and is_marking:
            steps += [Step(BEGIN), Step(END)]
        elif chance > 0.998:
            steps.append(Step(FLUSH, cache))
        elif live and choices.random() > grows:
            place = choices.randrange(len(live))
            live[place], live[-1] = live[-1], live[place]
            steps.append(Step(FREE, cache, live.pop()))
        else:
            live.append(row)
            steps.append(Step(ALLOC, cache, row, choices.choice(sizes), row % 2 == 0))
    return steps


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_both_replays_agree_when_heaps_fill_and_empty(policy: Policy) -> None:
    for seed in range(4):
        replayed(Stream.of(waves(seed, 1500, (1, 4, 40, 3)[seed], seed % 2 == 0)), policy)


@pytest.mark.parametrize("policy", TCMALLOC_POLICIES, ids=lambda policy: policy.name)
def test_threads_take_from_each_other_in_both_replays(policy: Policy) -> None:
    """More threads than there is for all of them, and lists long enough to be shortened."""
    replayed(Stream.of(waves(0, 6000, 700, False)), policy)
    one = [Step(ALLOC, 0, number, 64) for number in range(6000)]
    one += [Step(FREE, number % 2, number) for number in range(6000)]
    replayed(Stream.of([*one, Step(FLUSH, 1)]), policy)


@pytest.mark.parametrize("policy", TCMALLOC_POLICIES, ids=lambda policy: policy.name)
def test_tcmalloc_gives_pages_back_and_joins_them_alike(policy: Policy) -> None:
    """Every GiB or so that is freed pays for a release; growing past 128 MiB may force them all."""
    choices = random.Random(1)
    steps: list[Step] = []
    live: list[int] = []
    for number in range(1200):
        size = choices.choice([8192, 300_000, 1_100_000, 40 << 20, 90 << 20])
        steps.append(Step(ALLOC, 0, number, size))
        live.append(number)
        if len(live) > 60 + number // 10:
            steps.append(Step(FREE, 0, live.pop(choices.randrange(len(live)))))
    assert replayed(Stream.of(steps), policy).statistics.released_bytes > 0


def test_go1_12_releases_as_much_as_its_heap_grows_by() -> None:
    steps = [Step(ALLOC, 0, number, 3 << 20) for number in range(40)]
    steps += [Step(FREE, 0, number) for number in range(0, 40, 2)]
    steps += [Step(BEGIN), Step(END), Step(BEGIN)]
    steps += [Step(ALLOC, 0, 100 + number, 9 << 20) for number in range(10)]
    assert replayed(Stream.of(steps), policy_for("go1.12")).statistics.released_bytes > 0


def test_a_reservation_that_is_used_up_refuses_alike() -> None:
    steps = [Step(ALLOC, 0, number, 3 << 30) for number in range(7)]
    steps += [Step(ALLOC, 1, 10 + number, 1 << 10) for number in range(20)]
    steps += [Step(ALLOC, 1, 40, 100 << 20), Step(BEGIN), Step(FREE, 0, 2), Step(END)]
    done = replayed(Stream.of([*steps, Step(ALLOC, 0, 50, 2 << 30)]), policy_for("go1.0"))
    assert [note.slug for note in done.notes] == ["stream-too-much-memory"]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_tables_grow_while_a_heap_does(policy: Policy) -> None:
    """More spans, slots and pages than the first tables have."""
    steps = [Step(ALLOC, number % 3, number, 30000, True) for number in range(1300)]
    steps += [Step(ALLOC, 0, 2000, 300 << 20), Step(ALLOC, 0, 2001, 5 << 30)]
    steps += [Step(FREE, 0, number) for number in (*range(0, 1300, 2), 2000)]
    steps += [Step(BEGIN), Step(END), *(Step(ALLOC, 1, 3000 + n, 40000) for n in range(200))]
    replayed(Stream.of(steps), policy)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_a_heap_may_begin_anywhere(policy: Policy) -> None:
    start = policy.first_address + (77 << 20) + 5 * 8192
    done = replayed(Stream.of(waves(1, 300, 2, True)), policy, start)
    assert done.placements.address[0] >= start


@pytest.mark.parametrize("version", KNOWN, ids=str)
def test_every_version_is_compiled(version: GoVersion) -> None:
    policy = policy_for(str(version))
    assert compiled_replay.is_built(policy)
    replayed(Stream.of(random_steps(11, 300)), policy)
