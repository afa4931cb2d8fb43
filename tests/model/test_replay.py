"""Streams and their replay: what a stream means to a heap, and what becomes of broken ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.model.breaches import Breach
from gotrace.model.policies import policy_for
from gotrace.model.replay import MAX_HEAP_BYTES, Placements, Replayed
from gotrace.model.stream import Step, StepKind, Stream
from gotrace.tables.notes import Severity
from tests.model.both_replays import replayed

BASE = 0xC000000000
ALLOC, FREE, BEGIN, END, FLUSH, STACK, UNSTACK, PROCS = StepKind


def run(steps: list[Step], is_swept: bool = False, runtime: str = "go1.22") -> Replayed:
    return replayed(Stream.of(steps, is_swept), policy_for(runtime))


def alloc(number: int, size: int = 1024, cache: int = 0) -> Step:
    return Step(ALLOC, cache, number, size)


def free(number: int, cache: int = 0) -> Step:
    return Step(FREE, cache, number)


def offsets(done: Replayed) -> list[int]:
    """Offsets of the allocated addresses from the heap's beginning; other rows left out."""
    return [address - BASE for address in done.placements.address.tolist() if address >= 0]


def told(done: Replayed) -> list[tuple[str, int, str]]:
    return [(note.slug, note.count, note.where) for note in done.notes]


def test_each_row_says_where_its_object_went() -> None:
    done = run([alloc(1), alloc(2, 3), Step(FLUSH), alloc(3, 40000)])
    placed = done.placements
    assert placed.address.tolist() == [BASE, BASE + 8192, -1, BASE + 16384]
    assert placed.slot_bytes.tolist() == [1024, 16, -1, 40960]
    assert placed.span_class.tolist() == [65, 5, -1, 1]
    assert placed.is_tiny.tolist() == [0, 1, -1, 0]
    assert placed.is_new_span.tolist() == [1, 1, -1, 1]
    assert done.notes == ()


def test_what_died_before_a_mark_is_free_after_it() -> None:
    done = run([alloc(1), alloc(2), free(1), Step(BEGIN), Step(END), alloc(3)])
    assert offsets(done) == [0, 1024, 0]
    assert done.marks_count == 1


def test_in_a_swept_stream_a_free_row_tells_what_the_mark_before_it_found() -> None:
    steps = [alloc(1), alloc(2), Step(BEGIN), Step(END), alloc(3), free(1)]
    assert offsets(run(steps, is_swept=True)) == [0, 1024, 0]
    assert offsets(run(steps, is_swept=False)) == [0, 1024, 2048]
    assert run(steps, is_swept=True).notes == ()


def test_a_free_before_the_first_mark_of_a_swept_stream_waits_for_it() -> None:
    done = run([alloc(1), free(1), Step(BEGIN), Step(END), alloc(2)], is_swept=True)
    assert offsets(done) == [0, 0]


def test_a_tiny_block_dies_with_its_last_object() -> None:
    half = [alloc(1, 8), alloc(2, 8), alloc(3, 8), free(1), Step(BEGIN), Step(END), alloc(4, 16)]
    assert offsets(run(half)) == [0, 8, 16, 32]
    whole = [*half[:4], free(2), *half[4:]]
    assert offsets(run(whole)) == [0, 8, 16, 0]


def test_an_object_that_joins_a_dead_tiny_block_revives_it() -> None:
    steps = [alloc(1, 4), free(1), alloc(2, 8), alloc(3, 4), Step(BEGIN), Step(END), alloc(4, 16)]
    assert offsets(run(steps)) == [0, 8, 16, 32]


def test_a_stream_without_marks_is_collected_when_the_heap_has_doubled() -> None:
    rows = [[alloc(number, 65536), free(number)] for number in range(200)]
    done = run([step for pair in rows for step in pair])
    assert done.marks_count == 3, "after 4 MiB each time: 64 objects, of which the last survives"
    assert done.statistics.mapped_bytes == 4 << 20


def test_stacks_and_procs_reach_the_heap() -> None:
    done = run(
        [
            Step(STACK, 0, 7, 65536),
            Step(STACK, -1, 8, 2048),
            Step(UNSTACK, 0, 7),
            Step(PROCS, size=1),
        ]
    )
    assert done.statistics.manual_bytes == 32768
    assert done.notes == ()


BROKEN = [
    ([free(9)], Breach.UNKNOWN_OBJECT, 0),
    ([alloc(1), free(1), free(1)], Breach.DOUBLE_FREE, 2),
    ([free(1), alloc(1)], Breach.EARLY_FREE, 0),
    ([alloc(1), alloc(1)], Breach.ALLOCATED_TWICE, 1),
    ([alloc(1, 1 << 48)], Breach.IMPOSSIBLE_SIZE, 0),
    ([alloc(1, -5)], Breach.IMPOSSIBLE_SIZE, 0),
    ([alloc(1, MAX_HEAP_BYTES + 1)], Breach.TOO_MUCH_MEMORY, 0),
    ([alloc(1, 8, cache=5000)], Breach.IMPOSSIBLE_CACHE, 0),
    ([alloc(1, 8, cache=-1)], Breach.IMPOSSIBLE_CACHE, 0),
    ([Step(FLUSH, -1)], Breach.IMPOSSIBLE_CACHE, 0),
    ([Step(PROCS, size=0)], Breach.IMPOSSIBLE_CACHE, 0),
    ([Step(END)], Breach.MARK_ORDER, 0),
    ([Step(BEGIN), Step(BEGIN), Step(END)], Breach.MARK_ORDER, 1),
    ([Step(STACK, 0, 1, 3000)], Breach.IMPOSSIBLE_SIZE, 0),
    ([Step(STACK, 0, 1, 2048), Step(STACK, 0, 1, 2048)], Breach.ALLOCATED_TWICE, 1),
    ([Step(STACK, -2, 1, 2048)], Breach.IMPOSSIBLE_CACHE, 0),
    ([Step(UNSTACK, 0, 1)], Breach.UNKNOWN_OBJECT, 0),
]


@pytest.mark.parametrize(("steps", "breach", "row"), BROKEN)
def test_a_row_that_breaks_the_rules_is_a_note_and_the_replay_goes_on(
    steps: list[Step], breach: Breach, row: int
) -> None:
    done = run([*steps, alloc(100, 64)])
    assert told(done) == [(breach.value, 1, f"row {row}")]
    assert done.notes[0].severity is Severity.LOSS
    assert done.placements.slot_bytes[-1] == 64


def test_notes_count_and_name_the_first_place() -> None:
    done = run([alloc(1), free(8), free(9), free(10)])
    assert told(done) == [("stream-free-of-unknown-object", 3, "row 1")]


def test_a_kind_that_is_none_is_a_note() -> None:
    stream = Stream.of([alloc(1), alloc(2)])
    stream.kind[0] = 99
    done = replayed(stream, policy_for("go1.27"))
    assert told(done) == [("stream-unknown-kind", 1, "row 0")]
    assert offsets(done) == [0]


def test_columns_of_different_lengths_are_no_stream() -> None:
    columns = Stream.of([alloc(1)]).columns()
    with pytest.raises(ValueError, match="different lengths"):
        Stream(np.zeros(2, np.uint8), *columns[1:])  # type: ignore[arg-type]


def test_an_empty_stream_leaves_an_empty_heap() -> None:
    done = run([])
    assert [len(column) for column in done.placements] == [0] * len(Placements._fields)
    assert done.statistics.mapped_bytes == 0


STEPS = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from([ALLOC] * 5 + [FREE] * 3 + [BEGIN, END, FLUSH, STACK, UNSTACK, PROCS]),
        cache=st.sampled_from([0, 0, 1, 2, -1, 7000]),
        object=st.integers(0, 25),
        size=st.sampled_from([0, 1, 2, 8, 16, 100, 2048, 4096, 33000, -1, 1 << 48]),
        has_pointers=st.booleans(),
    ),
    max_size=60,
)


@pytest.mark.parametrize("runtime", ["go1.14", "go1.16", "go1.22", "go1.27"])
@settings(max_examples=40, deadline=None)
@given(steps=STEPS, is_swept=st.booleans())
def test_no_stream_breaks_the_heap_and_living_objects_never_overlap(
    runtime: str, steps: list[Step], is_swept: bool
) -> None:
    done = run(steps, is_swept, runtime)
    placed = done.placements
    living: dict[int, tuple[int, int]] = {}
    for row, step in enumerate(steps):
        if step.kind is ALLOC and placed.slot_bytes[row] > 0:
            start = int(placed.address[row])
            for begin, end in living.values():
                assert start + step.size <= begin or end <= start
            living[step.object] = start, start + step.size
        elif step.kind is FREE:
            living.pop(step.object, None)
        elif step.kind is END and is_swept:
            for later in steps[row:]:
                if later.kind is BEGIN:
                    break
                if later.kind is FREE:
                    living.pop(later.object, None)
