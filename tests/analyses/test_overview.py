"""What was read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.overview import overview
from gotrace.analyses.result import Certainty, Fact
from gotrace.analyses.size_classes import size_classes
from gotrace.readers.profile import read_profile
from gotrace.tables.recording import Origin, Recording
from tests.analyses.heap_recordings import RATE, Sample, recording

SAMPLES = Path(__file__).resolve().parents[2] / "sample_traces"
PROFILES = sorted(p for p in SAMPLES.glob("*/go*/*") if p.name.endswith((".pb.gz", ".debug1.txt")))


def facts_of(made: Recording) -> dict[str, Fact]:
    return {fact.name: fact for fact in overview(made).facts}


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: "/".join(p.parts[-3:]))
def test_every_kind_of_profile_has_an_overview(path: Path) -> None:
    recorded = read_profile(str(path))
    result = overview(recorded)
    (table,) = result.tables
    for row, (name, _) in enumerate(recorded.sample_types):
        assert table.column(name).values[0] == int(recorded.values(row).sum())
    facts = {fact.name: fact.value for fact in result.facts}
    assert facts["kind"] == recorded.kind
    assert facts["samples_count"] == recorded.sample_count


def test_sample_types_stand_side_by_side_with_their_units_and_errors() -> None:
    (table,) = overview(recording(Sample(48, 10, 4), rate=RATE)).tables
    assert [(c.name, c.unit, c.error_of) for c in table.columns][:4] == [
        ("alloc_objects", "count", ""),
        ("alloc_objects_error", "count", "alloc_objects"),
        ("alloc_space", "bytes", ""),
        ("alloc_space_error", "bytes", "alloc_space"),
    ]
    assert table.column("alloc_space").values == [480]
    assert table.column("alloc_space_error").values[0] > 480


def test_an_exact_profile_has_no_errors_beside_its_totals() -> None:
    (table,) = overview(recording(Sample(48, 10, 4))).tables
    assert [c.name for c in table.columns] == [
        *("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")
    ]


@pytest.mark.parametrize(
    ("kind", "unit", "told"),
    [
        ("cpu", "nanoseconds", "one sample for so much cpu"),
        ("goroutine", "count", "one sample for so many goroutines"),
        ("contentions", "count", "one sample for so many contentions"),
        ("", "", ""),
    ],
)
def test_a_period_is_told_in_words(kind: str, unit: str, told: str) -> None:
    made = recording(Sample(48, 1), kind="profile")
    origin = replace(made.origin, period_type=kind, period_unit=unit, period=1)
    assert facts_of(replace(made, origin=origin))["period"].detail == told


@pytest.mark.parametrize("rate", [0, -5])
def test_a_rate_that_nobody_told_is_not_taken_for_every_object(rate: int) -> None:
    made = recording(Sample(48, 10, 4), rate=rate)
    fact = facts_of(made)["period_bytes"]
    assert (fact.value, fact.detail.partition(":")[0]) == (None, "not told")
    assert [note.slug for note in overview(made).notes] == ["sampling-rate-unknown"]
    assert HeapPicture(made).certainty is Certainty.SAMPLED
    (rate_fact,) = (f for f in size_classes(HeapPicture(made)).facts if f.name == "rate_bytes")
    assert rate_fact.value is None


def test_a_profile_without_samples_need_not_tell_its_rate() -> None:
    assert overview(recording(rate=0)).notes == ()


def test_times_are_said_where_they_are_known() -> None:
    made = recording(Sample(48, 1))
    assert "recorded_at" not in facts_of(made)
    origin = replace(made.origin, time_ns=1_535_414_400 * 10**9, duration_ns=5 * 10**9)
    facts = facts_of(replace(made, origin=origin))
    assert facts["recorded_at"].value == "2018-08-28 00:00:00 UTC"
    assert (facts["duration_ns"].value, facts["duration_ns"].unit) == (5 * 10**9, "ns")


@pytest.mark.parametrize("time_ns", [-1, -(2**63), 2**63 - 1, 0])
def test_impossible_times_are_left_out_or_printed_but_never_fail(time_ns: int) -> None:
    made = replace(recording(Sample(48, 1)), origin=Origin(time_ns=time_ns, duration_ns=-5))
    facts = facts_of(made)
    assert "duration_ns" not in facts
    assert ("recorded_at" in facts) == (time_ns == 2**63 - 1)


def test_the_go_version_of_a_heap_is_bounded_by_its_slots() -> None:
    fact = facts_of(recording(Sample(24, 1)))["go_version"]
    assert (fact.value, fact.detail) == ("at least go1.16", "by slot sizes")
    fact = facts_of(recording(Sample(832, 1)))["go_version"]
    assert fact.value == "at most go1.2"
    assert facts_of(recording(Sample(64, 1)))["go_version"].value == "unknown"
