"""Tables of allocations, and heap profiles, as streams to replay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gotrace
from gotrace.analyses.allocation_stream import allocation_stream
from gotrace.analyses.heap_values import heap_values
from gotrace.analyses.synthesised import ILLUSTRATIVE, Synthesised, mean_lifetimes, synthesise
from gotrace.errors import UsageError
from gotrace.model.policies import policy_for
from gotrace.model.replay import replay
from gotrace.model.sizes import size_rules
from gotrace.model.stream import StepKind, Stream
from gotrace.readers.allocations import read_allocations
from gotrace.tables.columns import Columns
from gotrace.tables.notes import Severity
from tests.cli.running import HEAP, SAMPLES

ALLOC, FREE = StepKind.ALLOC, StepKind.FREE
Row = tuple[int, int, int, bool, int | None]


def stream_of(rows: Sequence[Row]) -> Stream:
    never = np.array([row[4] is None for row in rows], np.bool_)
    columns = Columns(
        len(rows),
        {
            "time_ns": np.array([row[0] for row in rows], np.int64),
            "proc": np.array([row[1] for row in rows], np.int32),
            "size_bytes": np.array([row[2] for row in rows], np.int64),
            "has_pointers": np.array([row[3] for row in rows], np.bool_),
            "free_time_ns": np.array([-1 if row[4] is None else row[4] for row in rows], np.int64),
        },
    )
    return allocation_stream(columns, never)


def steps(stream: Stream) -> list[tuple[StepKind, int]]:
    pairs = zip(stream.kind.tolist(), stream.object.tolist(), strict=True)
    return [(StepKind(kind), number) for kind, number in pairs]


def test_births_and_deaths_come_in_the_order_of_their_times() -> None:
    stream = stream_of([(10, 1, 33, True, 30), (0, 0, 5, False, None), (20, 2, 8, False, 25)])
    assert steps(stream) == [(ALLOC, 1), (ALLOC, 0), (ALLOC, 2), (FREE, 2), (FREE, 0)]
    assert stream.cache.tolist() == [0, 1, 2, 2, 1]
    assert stream.size.tolist() == [5, 33, 8, 0, 0]
    assert stream.has_pointers.tolist() == [False, True, False, False, False]
    assert stream.is_exact.tolist() == [True, True, True, False, False]
    assert stream.time_ns is not None and stream.time_ns.tolist() == [0, 10, 20, 25, 30]
    assert not stream.is_swept


def test_at_one_time_the_old_die_first_and_the_short_lived_last() -> None:
    stream = stream_of([(5, 0, 8, False, 5), (5, 0, 16, False, 6), (1, 0, 24, False, 5)])
    assert steps(stream) == [
        *((ALLOC, 2), (FREE, 2), (ALLOC, 0), (ALLOC, 1), (FREE, 0)),
        (FREE, 1),
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(-20, 20),
            st.integers(0, 3),
            st.integers(0, 40000),
            st.booleans(),
            st.none() | st.integers(0, 30),
        ),
        max_size=30,
    )
)
def test_every_object_is_born_once_and_dies_at_most_once_after_that(drawn: list[Row]) -> None:
    rows = [(t, p, s, h, None if life is None else t + life) for t, p, s, h, life in drawn]
    seen = steps(stream_of(rows))
    born = [number for kind, number in seen if kind is ALLOC]
    assert sorted(born) == list(range(len(rows)))
    assert sum(kind is FREE for kind, _ in seen) == sum(row[4] is not None for row in rows)
    for place, (kind, number) in enumerate(seen):
        assert kind is ALLOC or seen.index((ALLOC, number)) < place


def test_an_empty_table_is_an_empty_stream() -> None:
    assert len(stream_of([])) == 0


@pytest.mark.parametrize("name", ["go1.19", "go1.27"])
def test_a_users_table_is_replayed_from_the_file_to_the_heap(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    lines = (
        f"{i},{i % 2},{1000 + i % 50},{'true' if i % 3 else 'false'},{i + 99}\n"
        for i in range(20_000)
    )
    path.write_text("time_ns,proc,size_bytes,has_pointers,free_time_ns\n" + "".join(lines))
    table = read_allocations(path)
    stream = allocation_stream(table.columns, table.never_freed)
    played = replay(stream, policy_for(name))
    assert played.notes == ()
    is_alloc = stream.kind == ALLOC
    rules = size_rules(name)
    sizes = zip(stream.size[is_alloc].tolist(), stream.has_pointers[is_alloc].tolist(), strict=True)
    slots = [rules.request(size, pointers).slot_bytes for size, pointers in sizes]
    assert played.placements.slot_bytes[is_alloc].tolist() == slots
    assert played.marks_count >= 3  # about 22 MB went through a heap that collects at 4 MiB


def test_a_synthesised_stream_is_replayed() -> None:
    played = replay(made(allocations=3000).stream, policy_for("go1.27"))
    assert played.notes == ()
    assert (played.placements.slot_bytes >= 0).sum() == 3000


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_the_mean_lifetime_leaves_the_share_in_use(share: float) -> None:
    mean = mean_lifetimes(np.array([share]))[0]
    assert mean * (1 - np.exp(-1 / mean)) == pytest.approx(share, rel=1e-9)


def test_nothing_in_use_lives_for_no_time_and_all_of_it_for_ever() -> None:
    assert mean_lifetimes(np.array([0.0, 1.0])).tolist() == [0.0, np.inf]


def made(**how: int) -> Synthesised:
    return synthesise(heap_values(gotrace.read(str(HEAP))), **how)


def test_a_synthesised_stream_has_the_profiles_sizes_and_shares_and_says_what_it_is() -> None:
    heap = heap_values(gotrace.read(str(HEAP)))
    found = made(allocations=50_000)
    stream = found.stream
    is_alloc = stream.kind == ALLOC
    assert int(is_alloc.sum()) == 50_000
    assert set(stream.size[is_alloc].tolist()) <= set(heap.slot_bytes.tolist())
    assert not stream.is_exact.any()
    drawn = np.bincount(found.of_sample, minlength=len(heap.slot_bytes)) / 50_000
    born = heap.measures["alloc"].objects
    assert np.abs(drawn - born / born.sum()).max() < 0.01
    alive = 50_000 - int((stream.kind == FREE).sum())
    share = heap.measures["inuse"].objects.sum() / born.sum()
    assert alive / 50_000 == pytest.approx(share, abs=0.01)
    note = found.notes[0]
    assert note.severity is Severity.LOSS  # so that every report says so in its head
    assert note.message.startswith(ILLUSTRATIVE)


def test_a_seed_makes_the_same_stream_again_and_another_seed_another() -> None:
    one, again, other = (
        made(allocations=1000),
        made(allocations=1000),
        made(allocations=1000, seed=2),
    )
    assert all(map(np.array_equal, one.stream.columns(), again.stream.columns()))
    assert not np.array_equal(one.stream.size, other.stream.size)


def test_a_difference_and_a_profile_without_slots_have_no_stream() -> None:
    early = str(SAMPLES / "leak/go1.27/heap.early.pb.gz")
    late = gotrace.read(str(SAMPLES / "leak/go1.27/heap.pb.gz"))
    backwards = gotrace.compare(gotrace.read(early), base=[str(SAMPLES / "leak/go1.27/heap.pb.gz")])
    with pytest.raises(UsageError, match="difference"):
        synthesise(heap_values(backwards))
    values = heap_values(late)
    unknown = type(values)(np.zeros_like(values.slot_bytes), values.measures, values.rate_bytes)
    with pytest.raises(UsageError, match="slot is known"):
        synthesise(unknown)
    half = np.where(np.arange(len(values.slot_bytes)) % 2, values.slot_bytes, 0)
    notes = synthesise(type(values)(half, values.measures, values.rate_bytes)).notes
    assert [note.slug for note in notes] == ["stream-is-synthesised", "slot-unknown"]
