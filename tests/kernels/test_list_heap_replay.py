"""Compiled heaps of linked lists find what is wrong in their tables, and never crash.

That they do what the readable model does is in `tests/model/test_legacy_replays.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gotrace.errors import ModelError
from gotrace.kernels import list_heap_replay as kernel
from gotrace.model import compiled_list_heaps, compiled_replay
from gotrace.model.compiled_list_heaps import CompiledListHeap
from gotrace.model.policies import policy_for
from gotrace.model.stream import Step, StepKind, Stream

ALLOC, FREE, BEGIN, END, FLUSH, STACK, UNSTACK, PROCS = StepKind
RUNTIMES = ("go1.0", "go1.3", "go1.4", "go1.5", "tcmalloc-classic", "tcmalloc-2x")
ROW_COLUMNS = 16
SLOT_COUNT, WORDS, ALLOCATED_COUNT = 4, 7, 9


def half_played(runtime: str, rows: int) -> tuple[Any, Any]:
    """A heap at whose beginning so many rows were played, and its player, which has rows left."""
    steps = [Step(ALLOC, 0, number, 3000, True) for number in range(200)]
    steps += [Step(FREE, 0, number) for number in range(200)]
    steps += [Step(BEGIN), Step(END), Step(BEGIN), Step(FLUSH), Step(END)]
    stream, policy = Stream.of(steps), policy_for(runtime)
    heap = CompiledListHeap(kernel, policy, policy.first_address)
    player, _ = compiled_replay.new_player(kernel, heap, stream, policy)
    assert player.play(rows) == 0
    return heap.heap, player


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_slot_that_is_given_out_twice_is_a_fault_of_ours(runtime: str) -> None:
    heap, player = half_played(runtime, 102)
    rows = np.asarray(heap.m.rows).reshape(-1, ROW_COLUMNS)
    np.asarray(heap.m.words)[rows[rows[:, SLOT_COUNT] > 0, WORDS]] = 0xFFFF
    with pytest.raises(ModelError, match="not free"):
        player.play(200)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_span_that_goes_back_with_objects_in_it_is_a_fault_of_ours(runtime: str) -> None:
    heap, player = half_played(runtime, 200)
    np.asarray(heap.m.rows).reshape(-1, ROW_COLUMNS)[1:, ALLOCATED_COUNT] += 1
    with pytest.raises(ModelError, match="not empty"):
        player.play(405)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("table", ["lists", "classes", "class_of", "page_map", "rows", "words"])
def test_a_table_that_is_too_short_is_an_index_error_never_a_crash(
    runtime: str, table: str
) -> None:
    heap, player = half_played(runtime, 100)
    owner = heap if table == "lists" else heap.m
    setattr(owner, table, np.zeros(1, np.asarray(getattr(owner, table)).dtype))
    with pytest.raises(IndexError):
        while player.play(405) == 0 and player.row < 405:
            pass
        raise AssertionError("the table was asked for and not used")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_links_that_lead_nowhere_end_in_an_error(runtime: str) -> None:
    errors = []
    for rows in range(150, 160):
        heap, player = half_played(runtime, rows)
        np.asarray(heap.m.words)[:] = ~np.uint64(0)
        try:
            player.play(405)
        except (ModelError, IndexError) as error:
            errors.append(error)
    assert errors, "no list was in use at any row"


def test_spans_with_more_slots_than_links_can_tell_apart_are_refused() -> None:
    classes = np.zeros(16, np.int32)
    classes[12] = 1025
    with pytest.raises(ModelError, match="1025 slots"):
        compiled_list_heaps._with_links(classes, 1)
