"""The bridge from the heap profile to what the operating system sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from gotrace.analyses.memory_bridge import memory_bridge, read_bridge
from gotrace.analyses.memory_findings import memory_findings
from gotrace.readers.profile import read_profile
from tests.analyses.heap_recordings import RATE, Sample, recording

MIB = 1 << 20
STATS: dict[str, float] = {
    "Sys": 200 * MIB,
    "HeapAlloc": 60 * MIB,
    "HeapInuse": 64 * MIB,
    "HeapIdle": 100 * MIB,
    "HeapReleased": 90 * MIB,
    "StackInuse": 7 * MIB,
    "StackSys": 8 * MIB,
    "MSpanSys": 1 * MIB,
    "MCacheSys": 1 * MIB,
    "BuckHashSys": 2 * MIB,
    "GCSys": 10 * MIB,
    "OtherSys": 14 * MIB,
    "MaxRSS": 120 * MIB,
    "NextGC": 100 * MIB,
    "NumGC": 50,
    "GCCPUFraction": 0.02,
}
LIVE = Sample(MIB, 50, 40)
TEXTS = sorted(
    (Path(__file__).resolve().parents[2] / "sample_traces").glob("*/go*/heap.debug1.txt")
)


def slugs(rate: int = 1, **changes: float) -> list[str]:
    bridge = read_bridge(recording(LIVE, rate=rate, mem_stats={**STATS, **changes}))
    assert bridge is not None
    return [finding.slug for finding in memory_findings(bridge)]


def test_the_parts_go_from_live_objects_to_the_last_byte_of_sys() -> None:
    bridge = read_bridge(recording(LIVE, mem_stats=STATS))
    assert bridge is not None
    sizes = {part.name: part.bytes / MIB for part in bridge.parts}
    assert sizes == {
        "live objects": 40,
        "other objects": 20,
        "span slack": 4,
        "free spans": 10,
        "released": 90,
        "stacks": 8,
        "span records": 1,
        "per-P caches": 1,
        "profile records": 2,
        "garbage collector": 10,
        "other runtime": 14,
    }
    assert bridge.physical_bytes == 110 * MIB


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: "/".join(p.parts[-3:]))
def test_the_parts_of_a_real_recording_add_up_to_sys(path: Path) -> None:
    recorded = read_profile(str(path))
    bridge = read_bridge(recorded)
    assert bridge is not None
    assert sum(part.bytes for part in bridge.parts) == bridge.stats["Sys"]
    assert memory_bridge(recorded).notes == ()
    held = sum(part.bytes for part in bridge.parts if part.is_held)
    assert held == bridge.physical_bytes


def test_there_are_real_recordings_with_memstats() -> None:
    assert TEXTS


def test_the_live_part_carries_the_profiles_error() -> None:
    result = memory_bridge(recording(LIVE, rate=RATE, mem_stats=STATS))
    errors = result.tables[0].column("part_error").values
    assert errors[0] == errors[1] > 0
    assert set(errors[2:]) == {0}


def test_memstats_that_do_not_add_up_are_told() -> None:
    result = memory_bridge(recording(LIVE, mem_stats={**STATS, "Sys": 201 * MIB}))
    assert [note.slug for note in result.notes] == ["mem-stats-disagree"]
    assert result.tables[0].column("part").values[-1] == "unexplained"
    assert result.tables[0].column("part_bytes").values[-1] == MIB


@pytest.mark.parametrize(
    ("changes", "part"),
    [({"HeapReleased": 110 * MIB}, "free spans"), ({"HeapInuse": 50 * MIB}, "span slack")],
)
def test_memstats_that_cannot_be_are_told(changes: dict[str, float], part: str) -> None:
    stats = {**STATS, **changes}
    stats["Sys"] = STATS["Sys"] + stats["HeapInuse"] - STATS["HeapInuse"]
    (note,) = memory_bridge(recording(LIVE, mem_stats=stats)).notes
    assert (note.severity, note.slug) == ("fault", "mem-stats-negative")
    assert part in note.message


def test_a_profile_that_errs_makes_no_memstats_impossible() -> None:
    many = Sample(MIB, 70, 70)
    assert memory_bridge(recording(many, rate=RATE, mem_stats=STATS)).notes == ()


def test_without_memstats_there_is_advice_instead() -> None:
    result = memory_bridge(recording(LIVE))
    assert result.tables == ()
    assert "debug=1" in result.notes[0].advice


def test_an_unremarkable_program_has_no_findings() -> None:
    assert slugs() == []


@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        ("free-not-returned", {"HeapReleased": 40 * MIB}),
        ("span-slack", {"HeapInuse": 90 * MIB}),
        ("mostly-not-live", {"HeapAlloc": 160 * MIB, "HeapInuse": 164 * MIB, "Sys": 300 * MIB}),
        ("large-stacks", {"StackInuse": 40 * MIB}),
        ("peak-above-now", {"MaxRSS": 400 * MIB}),
        ("gc-cpu", {"GCCPUFraction": 0.3}),
    ],
)
def test_each_remarkable_thing_is_found_alone(slug: str, changes: dict[str, float]) -> None:
    assert slugs(**changes) == [slug]


def test_noise_of_the_profile_is_no_finding() -> None:
    """The same heap, but with a profile so coarse that all of it may be live after all."""
    changes = {"HeapAlloc": 160 * MIB, "HeapInuse": 164 * MIB, "Sys": 300 * MIB}
    assert slugs(rate=1 << 30, **changes) == []
    assert slugs(rate=65536, **changes) == ["mostly-not-live"]


def test_small_amounts_are_no_findings_whatever_their_share() -> None:
    small = {name: value / 100 for name, value in STATS.items() if name != "NumGC"}
    assert slugs(**{**small, "HeapReleased": 0, "StackInuse": 2e5}) == []
