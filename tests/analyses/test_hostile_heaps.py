"""Heap analyses on numbers that no program would record: always an answer, never a warning."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from gotrace.analyses.heap import analyse_heap
from gotrace.analyses.overview import overview
from gotrace.analyses.result import Result
from tests.analyses.heap_recordings import Sample, recording

INT64 = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.one_of(INT64, st.integers(0, 70000), st.sampled_from([0, 1, 8, 48, 40960, 2**62]))
NAMES = st.sampled_from(["runtime.mallocgc:1", "main.a:2", "main.b:3", "runtime.main:267", "x:0"])
SAMPLES = st.builds(
    Sample,
    slot=NUMBERS,
    alloc=NUMBERS,
    inuse=NUMBERS,
    stack=st.lists(NAMES, max_size=4).map(tuple),
    is_labelled=st.booleans(),
    alloc_bytes=NUMBERS,
    inuse_bytes=NUMBERS,
)
FIELDS = [
    *("Sys", "HeapAlloc", "HeapInuse", "HeapIdle", "HeapReleased", "StackSys", "StackInuse"),
    *("MaxRSS", "NextGC", "NumGC", "GCCPUFraction", "OtherSys"),
]
STATS = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(st.integers(0, 2**64).map(float), st.floats(0, 1e9))
)


def is_sane(result: Result) -> bool:
    """All columns of a table as long as each other, all errors numbers and not negative."""
    for table in result.tables:
        if len({len(column.values) for column in table.columns}) > 1:
            return False
        errors = [v for column in table.columns if column.error_of for v in column.values]
        if not all(math.isfinite(error) and error >= 0 for error in errors):
            return False
    return all(f.what and math.isfinite(f.amount) and f.error >= 0 for f in result.findings)


@settings(max_examples=120, deadline=None)
@given(st.lists(SAMPLES, max_size=6), st.one_of(NUMBERS, st.just(524288)), STATS)
def test_any_numbers_give_an_answer(
    samples: list[Sample], rate: int, stats: dict[str, float]
) -> None:
    made = recording(*samples, rate=rate, mem_stats=stats)
    for result in [overview(made), *analyse_heap(made)]:
        assert is_sane(result)


def test_a_heap_profile_of_another_language_gives_a_note_instead() -> None:
    foreign = [
        recording(types=("retained", "shallow")),
        recording(Sample(48, 1), types=("objects", "space")),
        recording(Sample(50, 1, 1), types=("inuse_objects", "inuse_space")),
    ]
    for made in foreign:
        (result,) = analyse_heap(made)
        assert [note.slug for note in result.notes] == ["no-go-heap"]


def test_gos_runtime_or_its_slots_tell_a_heap_of_go() -> None:
    native = [
        recording(Sample(48, 1, stack=("a", "runtime.main:1")), types=("objects", "space")),
        recording(Sample(50, 1, stack=("a", "runtime.main:1"))),
        recording(Sample(48, 1)),
    ]
    for made in native:
        assert analyse_heap(made)[0].name == "size_classes"
