"""The compiled replay: the same as the readable model, row by row, and sound in its tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gotrace import kernels
from gotrace.errors import ModelError
from gotrace.kernels import heap_replay as kernel
from gotrace.model import compiled_replay
from gotrace.model.compiled_heaps import CompiledBitmapHeap
from gotrace.model.policies import RUNTIMES, policy_for
from gotrace.model.policy import Policy
from gotrace.model.replay import replay
from gotrace.model.stream import Step, StepKind, Stream
from tests.model.both_replays import random_steps, replayed

ALLOC, FREE, BEGIN, END, FLUSH, STACK, UNSTACK, PROCS = StepKind
POLICIES = pytest.mark.parametrize("policy", RUNTIMES.values(), ids=lambda policy: policy.name)
BASE = 0xC0_0000_0000


def first_address(policy: Policy, seed: int) -> int:
    """Where the heap begins: any page of an arena where the base is random."""
    return policy.first_address + (seed * 911 % 8192 * 8192 if policy.has_random_base else 0)


@POLICIES
@pytest.mark.parametrize("seed", range(4))
def test_random_streams_go_as_in_the_readable_model(policy: Policy, seed: int) -> None:
    seed += 100 * list(RUNTIMES).index(policy.name)
    stream = Stream.of(random_steps(seed, 1200), is_swept=seed % 3 == 0)
    replayed(stream, policy, first_address(policy, seed))


@POLICIES
def test_streams_end_alike_wherever_they_end(policy: Policy) -> None:
    steps = random_steps(7, 120)
    for rows in range(0, len(steps), 7):
        replayed(Stream.of(steps[:rows]), policy)


@pytest.mark.parametrize("runtime", ["go1.15", "go1.22", "go1.27"])
def test_tables_grow_while_a_heap_lives(runtime: str) -> None:
    steps = [Step(ALLOC, 0, number, 8000 + number % 600, number % 2 == 0) for number in range(3000)]
    steps += [Step(FREE, 0, number) for number in range(0, 3000, 2)]
    steps += [Step(BEGIN), Step(END)]
    steps += [Step(ALLOC, 1, 3000 + number, 1 + number % 9) for number in range(2000)]
    replayed(Stream.of(steps), policy_for(runtime))


def test_a_heap_larger_than_an_entry_of_the_roots_is_first_fit_all_the_same() -> None:
    gib = 1 << 30
    steps = [Step(ALLOC, 0, 1, 10 * gib), Step(ALLOC, 0, 2, 9 * gib), Step(ALLOC, 0, 3, 33 * gib)]
    steps += [
        Step(FREE, 0, 2),
        Step(BEGIN),
        Step(END),
        Step(ALLOC, 0, 4, 8 * gib),
        Step(ALLOC, 0, 5, 9),
    ]
    placed = replayed(Stream.of(steps), policy_for("go1.27")).placements
    assert placed.address[6] == BASE + 10 * gib, "the 9 GiB that died, across the border at 16 GiB"


def test_chunks_of_rows_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_replay, "_CHUNK_ROWS", 7)
    for is_swept in (False, True):
        replayed(Stream.of(random_steps(21, 600), is_swept), policy_for("go1.25"))


@pytest.mark.parametrize("number", [-(1 << 63), -1, 10**6, (1 << 63) - 2])
def test_numbers_of_objects_may_be_any(number: int) -> None:
    steps = [
        Step(ALLOC, 0, number, 64),
        Step(ALLOC, 0, number + 1, 64),
        Step(STACK, 0, number, 2048),
    ]
    steps += [Step(FREE, 0, number), Step(UNSTACK, 0, number), Step(FREE, 0, 5)]
    done = replayed(Stream.of(steps), policy_for("go1.22"))
    assert [note.slug for note in done.notes] == ["stream-free-of-unknown-object"]


def test_without_kernels_the_readable_model_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream.of(random_steps(5, 200))
    compiled = replay(stream, policy_for("go1.27"))
    monkeypatch.setenv("GOTRACE_KERNELS", "plain")
    assert "heap_replay" in kernels.missing()
    assert not compiled_replay.is_built(policy_for("go1.27"))
    plain = replay(stream, policy_for("go1.27"))
    assert plain.statistics == compiled.statistics
    assert np.array_equal(plain.placements.address, compiled.placements.address)


def half_played(rows: int) -> tuple[CompiledBitmapHeap, Any]:
    """A heap at whose beginning so many rows were played, and its player, which has rows left."""
    steps = [Step(ALLOC, 0, number, 9000) for number in range(40)]
    steps += [Step(FREE, 0, number) for number in range(40)]
    steps += [Step(BEGIN), Step(END), Step(BEGIN)]
    stream, policy = Stream.of(steps), policy_for("go1.27")
    heap = CompiledBitmapHeap(kernel, policy, policy.first_address)
    player, _ = compiled_replay.new_player(kernel, heap, stream, policy)
    assert player.play(rows) == 0
    return heap, player


def test_a_page_that_is_free_twice_is_a_fault_of_ours() -> None:
    heap, player = half_played(80)
    np.asarray(heap.page_tables.pages.bitmap.free)[:] = ~np.uint64(0)
    with pytest.raises(ModelError, match="not in use"):
        player.play(83)


def test_a_summary_that_promises_too_much_is_a_fault_of_ours() -> None:
    heap, player = half_played(3)
    np.asarray(heap.page_tables.pages.bitmap.free)[:] = 0
    np.asarray(heap.page_tables.pages.caches)[:] = 0
    with pytest.raises(ModelError, match=r"not free|promises"):
        player.play(40)


def test_a_table_that_is_too_short_is_an_index_error_never_a_crash() -> None:
    heap, player = half_played(3)
    heap.heap.m.class_of = np.zeros(4, np.uint8)
    with pytest.raises(IndexError):
        player.play(40)
