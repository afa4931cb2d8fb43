"""Short-lived against long-lived bytes."""

from __future__ import annotations

import pytest

from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.lifetimes import lifetimes
from tests.analyses.heap_recordings import RATE, Sample, recording


def test_freed_and_live_bytes_make_up_all_that_was_allocated() -> None:
    made = recording(Sample(48, 10, 4), Sample(64, 5, 5, stack=("main.keep:1",)))
    facts = {fact.name: fact.value for fact in lifetimes(HeapPicture(made)).facts}
    assert facts == {"alloc_bytes": 800, "freed_bytes": 288, "inuse_bytes": 512}


def test_sites_come_with_what_they_freed_and_kept() -> None:
    made = recording(
        Sample(64, 5, 5, stack=("main.keep:1",)),
        Sample(48, 10, 4, stack=("runtime.mallocgc:1", "main.churn:2")),
        Sample(96, 10, 1, stack=("main.churn:2",)),
    )
    (table,) = lifetimes(HeapPicture(made)).tables
    assert list(table.column("site").values) == ["main.churn (churn.go:2)", "main.keep (keep.go:1)"]
    assert list(table.column("alloc_bytes").values) == [1440, 320]
    assert list(table.column("freed_bytes").values) == [1152, 0]
    assert list(table.column("inuse_bytes").values) == [288, 320]
    assert list(table.column("lasting_ratio").values) == pytest.approx([0.2, 1.0])


def test_errors_of_parts_are_smaller_than_the_whole_but_add_up_in_squares() -> None:
    made = recording(Sample(4096, 1000, 300), rate=RATE)
    (table,) = lifetimes(HeapPicture(made)).tables
    alloc, freed, inuse = (
        table.column(f"{name}_bytes_error").values[0] for name in ("alloc", "freed", "inuse")
    )
    assert alloc**2 == pytest.approx(freed**2 + inuse**2)


def test_what_is_left_out_is_said() -> None:
    made = recording(*(Sample(48, n + 1, stack=(f"main.f{n}:1",)) for n in range(30)))
    (table,) = lifetimes(HeapPicture(made), limit=10).tables
    assert table.row_count == 10
    assert "20 more sites" in table.footnotes[-1]
    (table,) = lifetimes(HeapPicture(made), limit=0).tables
    assert table.row_count == 30


def test_a_profile_without_allocations_says_nothing() -> None:
    made = recording(Sample(48, 1, 1), types=("inuse_objects", "inuse_space"))
    result = lifetimes(HeapPicture(made))
    assert (result.facts, result.tables) == ((), ())
