"""The size-class table of heap profiles: classes, spans, shares and errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.heap_values import heap_values
from gotrace.analyses.result import ResultTable
from gotrace.analyses.size_classes import size_classes
from gotrace.errors import UsageError
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import RATE, Sample, recording


def table_of(made: Recording, version: str = "go1.27") -> ResultTable:
    return size_classes(HeapPicture(made, version)).tables[0]


def row_of(made: Recording, size_class: str, version: str = "go1.27") -> dict[str, object]:
    table = table_of(made, version)
    index = list(table.column("size_class").values).index(size_class)
    return {column.name: column.values[index] for column in table.columns}


def test_samples_of_one_slot_size_make_one_row() -> None:
    row = row_of(recording(Sample(48, 10, 4), Sample(48, 7, 1), Sample(64, 1)), "5")
    assert row["slot_bytes"] == 48
    assert (row["alloc_objects_count"], row["alloc_bytes"]) == (17, 17 * 48)
    assert (row["inuse_objects_count"], row["inuse_bytes"]) == (5, 5 * 48)


def test_rows_come_in_the_order_of_the_classes_and_shares_add_up() -> None:
    made = recording(Sample(65536, 1, 1), Sample(64, 3, 3), Sample(8, 5, 2), Sample(48, 2, 0))
    table = table_of(made)
    assert list(table.column("size_class").values) == ["1", "5", "6", "large"]
    assert sum(table.column("alloc_ratio").values) == pytest.approx(1)
    assert sum(table.column("inuse_ratio").values) == pytest.approx(1)


def test_spans_are_as_few_as_the_objects_in_use_allow() -> None:
    """In go1.27 a span of 48-byte slots holds 168 pointer-free objects, 165 with pointers."""
    row = row_of(recording(Sample(48, 1000, 337)), "5")
    assert row["spans_at_least_count"] == 3
    assert row["span_waste_at_least_bytes"] == 3 * (8192 - 168 * 48)


def test_spans_of_an_unknown_version_are_bounded_by_the_roomiest() -> None:
    """Until go1.25 170 objects without pointers fitted."""
    made = recording(Sample(48, 1000, 170), Sample(24, 1, 1))
    assert row_of(made, "5", version="")["spans_at_least_count"] == 1
    assert row_of(made, "5", version="go1.26")["spans_at_least_count"] == 2


def test_a_large_object_needs_a_span_of_its_own() -> None:
    row = row_of(recording(Sample(40960, 5, 3), Sample(106496, 2, 2)), "large")
    assert row["spans_at_least_count"] == 5
    assert row["span_waste_at_least_bytes"] == 0
    assert row["slot_bytes"] is None


def test_the_go_version_follows_from_the_slots_where_nothing_names_it() -> None:
    facts = {f.name: f.value for f in size_classes(HeapPicture(recording(Sample(24, 1)))).facts}
    assert facts["size_class_versions"] == "go1.16 to go1.27"
    made = recording(Sample(24, 1), go_version="go1.22.3")
    facts = {f.name: f.value for f in size_classes(HeapPicture(made)).facts}
    assert facts["size_class_versions"] == "go1.22"


def test_a_slot_of_another_go_version_is_kept_apart_and_told() -> None:
    result = size_classes(HeapPicture(recording(Sample(832, 3), Sample(48, 2)), "go1.27"))
    assert list(result.tables[0].column("size_class").values) == ["5", "other"]
    (note,) = result.notes
    assert note.slug == "slot-not-a-size-class"
    assert "go1.0 to go1.2" in note.message


def test_a_sample_without_label_has_its_slot_from_objects_and_bytes() -> None:
    assert row_of(recording(Sample(48, 3, is_labelled=False)), "5")["alloc_objects_count"] == 3


def test_a_slot_that_cannot_be_known_is_kept_apart_and_told() -> None:
    made = recording(Sample(48, 3, is_labelled=False, alloc_bytes=145))
    result = size_classes(HeapPicture(made))
    assert list(result.tables[0].column("size_class").values) == ["other"]
    assert [(n.slug, n.count) for n in result.notes] == [("slot-unknown", 1)]


@pytest.mark.parametrize("slot", [-48, -(2**63), 2**63 - 1, 2**63 - 8192, 0])
def test_impossible_slots_neither_fail_nor_count_as_a_class(slot: int) -> None:
    made = recording(Sample(slot, 1, alloc_bytes=5, inuse_bytes=3), rate=RATE)
    table = table_of(made)
    assert set(table.column("size_class").values) <= {"large", "other"}
    assert all(math.isfinite(value) for value in table.column("alloc_bytes_error").values)


def test_what_a_profile_does_not_record_has_no_columns() -> None:
    made = recording(Sample(48, 1, 1), types=("inuse_objects", "inuse_space"))
    names = [column.name for column in table_of(made).columns]
    assert "inuse_bytes" in names
    assert "alloc_bytes" not in names


def test_a_profile_that_is_not_of_the_heap_is_refused() -> None:
    with pytest.raises(UsageError, match="heap profile"):
        size_classes(HeapPicture(recording(kind="cpu", types=("samples", "cpu"))))


def test_an_empty_profile_has_an_empty_table() -> None:
    assert table_of(recording(), "").row_count == 0


def test_a_profile_of_every_object_is_exact() -> None:
    for rate in (0, 1):
        row = row_of(recording(Sample(48, 10, 4), rate=rate), "5")
        assert row["alloc_bytes_error"] == row["inuse_bytes_error"] == 0


def test_the_error_is_what_the_measured_recordings_show() -> None:
    """Recorded programs: 89 raw samples of 48 B have a σ of 10.5 %, those of 100 KiB 6.7 %."""
    odds = -math.expm1(-48 / RATE)
    row = row_of(recording(Sample(48, round(89 / odds)), rate=RATE), "5")
    assert row["alloc_bytes_error"] / row["alloc_bytes"] == pytest.approx(0.106, abs=0.001)  # type: ignore[operator]
    odds = -math.expm1(-106496 / RATE)
    row = row_of(recording(Sample(106496, round(181 / odds)), rate=RATE), "large")
    assert row["alloc_bytes_error"] / row["alloc_bytes"] == pytest.approx(0.067, abs=0.001)  # type: ignore[operator]


@pytest.mark.parametrize("slot", [48, 5376, 106496, 4194304])
def test_the_error_is_the_spread_of_simulated_recordings(slot: int) -> None:
    """Thousands of profiles of one program: their spread is the mean of the errors they claim."""
    random = np.random.default_rng(20180828)
    rate, objects, runs = 65536, 40000, 4000
    odds = -np.expm1(-slot / rate)
    raw = random.binomial(objects, odds, runs)
    estimates = (raw / odds).astype(np.int64)
    made = recording(*(Sample(slot, int(n)) for n in estimates), rate=rate)
    claimed = heap_values(made).measures["alloc"].object_variance
    spread = np.var(estimates)
    assert np.mean(claimed) == pytest.approx(spread, rel=0.08, abs=1e-6)
    inside = np.abs(estimates - objects) <= 2 * np.sqrt(claimed) + 1
    assert np.mean(inside) > 0.93


def test_the_simulated_countdown_of_the_runtime_gives_that_binomial() -> None:
    """The runtime counts down exponential gaps over mixed sizes; each size alone is binomial."""
    random = np.random.default_rng(7)
    rate, runs = 4096, 400
    sizes = np.tile(np.array([16, 512, 4096, 48]), 500)
    ends = np.cumsum(sizes)
    hits = np.zeros((runs, len(sizes)), bool)
    for run in range(runs):
        points = np.cumsum(random.exponential(rate, int(ends[-1] / rate * 2)))
        hits[run, np.searchsorted(ends, points[points < ends[-1]], side="right")] = True
    for slot in (16, 512, 4096, 48):
        raw = hits[:, sizes == slot].sum(axis=1)
        odds = -math.expm1(-slot / rate)
        estimates = raw / odds
        claimed = raw * (1 - odds) / odds**2
        assert np.mean(estimates) == pytest.approx(500, rel=4 / math.sqrt(runs * 500 * odds))
        assert np.mean(claimed) == pytest.approx(np.var(estimates), rel=0.25)
