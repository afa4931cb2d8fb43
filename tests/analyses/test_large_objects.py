"""Large objects by pages."""

from __future__ import annotations

from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.large_objects import large_objects
from tests.analyses.heap_recordings import RATE, Sample, recording


def test_large_objects_are_counted_by_pages() -> None:
    made = recording(
        Sample(40960, 7, 2),
        Sample(40960, 1, 0, stack=("main.other:5",)),
        Sample(106496, 3, 3),
        Sample(32768, 100, 100),
    )
    (table,) = large_objects(HeapPicture(made)).tables
    assert list(table.column("pages_count").values) == [13, 5]
    assert list(table.column("object_bytes").values) == [106496, 40960]
    assert list(table.column("alloc_objects_count").values) == [3, 8]
    assert list(table.column("inuse_bytes").values) == [319488, 81920]
    assert list(table.column("sites_count").values) == [1, 2]
    assert table.column("main_site").values[1] == "main.work (work.go:7)"


def test_the_main_site_is_the_one_that_holds_most() -> None:
    made = recording(
        Sample(40960, 70, 1, stack=("main.churn:1",)), Sample(40960, 4, 4, stack=("main.keep:1",))
    )
    (table,) = large_objects(HeapPicture(made)).tables
    assert table.column("main_site").values[0] == "main.keep (keep.go:1)"


def test_what_was_freed_is_listed_behind_what_is_in_use() -> None:
    made = recording(Sample(40960, 900, 0), Sample(49152, 1, 1))
    (table,) = large_objects(HeapPicture(made)).tables
    assert list(table.column("pages_count").values) == [6, 5]


def test_large_objects_are_sampled_too() -> None:
    (table,) = large_objects(HeapPicture(recording(Sample(40960, 100, 10), rate=RATE))).tables
    assert table.column("alloc_bytes_error").values[0] > 0


def test_many_sizes_are_cut_and_the_rest_is_told() -> None:
    made = recording(*(Sample(8192 * (5 + n), 1, 1) for n in range(30)))
    (table,) = large_objects(HeapPicture(made), limit=20).tables
    assert table.row_count == 20
    assert "10 more sizes" in table.footnotes[-1]


def test_without_large_objects_there_is_no_table() -> None:
    assert large_objects(HeapPicture(recording(Sample(48, 1, 1)))).tables == ()
