"""Findings about sites and size classes."""

from __future__ import annotations

from gotrace.analyses.class_findings import class_findings
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.analyses.site_findings import site_findings
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import RATE, Sample, recording

MIB = 1 << 20


def others(count: int = 40, slot: int = 2048) -> list[Sample]:
    """A program in which nothing stands out: many sites of equal weight."""
    sizes = [1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384]
    return [
        Sample(s := sizes[n % 8], 64 * MIB // count // s, 32 * MIB // count // s, (f"main.f{n}:1",))
        for n in range(count)
    ]


def found(made: Recording, version: str = "go1.27") -> dict[str, Finding]:
    heap = HeapPicture(made, version)
    return {finding.slug: finding for finding in [*site_findings(heap), *class_findings(heap)]}


def test_a_program_in_which_nothing_stands_out_has_no_findings() -> None:
    assert found(recording(*others())) == {}


def test_a_site_that_holds_most_of_the_heap_is_found() -> None:
    made = recording(*others(), Sample(8192, 8000, 8000, ("runtime.newobject:1", "main.cache:9")))
    finding = found(made)["live-site"]
    assert finding.where == "main.cache (cache.go:9)"
    assert finding.amount == 8000 * 8192
    assert (finding.certainty, finding.error, finding.weight) == (Certainty.EXACT, 0, Weight.HIGH)
    assert "62.5 MiB" in finding.what
    assert "100% of all it allocated is still there" in finding.what


def test_a_site_that_allocates_and_frees_is_found_with_objects_and_their_size() -> None:
    made = recording(*others(), Sample(512, 400000, 100, ("main.parse:4",)))
    finding = found(made)["churn-site"]
    assert finding.where == "main.parse (parse.go:4)"
    assert finding.amount == 399900 * 512
    assert "399,900 objects of 512 B" in finding.what


def test_a_site_that_keeps_what_it_allocates_is_no_churn() -> None:
    assert "churn-site" not in found(recording(*others(), Sample(512, 400000, 200000)))


def test_many_small_objects_are_found_by_count() -> None:
    made = recording(*others(), Sample(16, 300000, 100, ("main.box:4",)))
    findings = found(made)
    assert findings["many-objects"].amount == 300000
    assert findings["tiny-objects"].where == "main.box (box.go:4)"


def test_a_class_that_holds_most_is_found_with_what_a_smaller_one_would_save() -> None:
    samples = [Sample(1152, 1000, 900, (f"main.g{n}:1",)) for n in range(100)]
    finding = found(recording(*others(), *samples))["dominant-class"]
    assert finding.amount == 100 * 900 * 1152
    assert "size class 33" in finding.what
    assert "one that fits in 1024 bytes" in finding.advice
    assert "11.0 MiB" in finding.advice


def test_wasteful_span_tails_are_found() -> None:
    """Spans of 6784-byte slots have 256 bytes left in 5 pages, those of 1408 have 896 in 16 KiB."""
    samples = [Sample(1408, 2000, 2000, (f"main.g{n}:1",)) for n in range(30)]
    finding = found(recording(*samples))["span-waste"]
    spans = -(-60000 // 11)
    assert finding.amount == spans * 896
    assert finding.certainty == Certainty.LOWER


def test_large_objects_just_above_a_power_of_two_are_found_as_a_bound() -> None:
    made = recording(*others(), Sample(40960, 2000, 0, ("main.buffer:4",)))
    finding = found(made)["just-above-boundary"]
    assert finding.where == "main.buffer (buffer.go:4)"
    assert finding.amount == 2000 * 8191
    assert finding.certainty == Certainty.UPPER
    assert "just-above-boundary" not in found(recording(*others(), Sample(49152, 2000, 0)))


def test_noise_is_never_a_finding() -> None:
    """One lucky sample of 48 bytes stands for half a megabyte; two of them for no finding."""
    quiet = [Sample(1024, 5000, 512, (f"main.f{n}:1",)) for n in range(4)]
    lucky = Sample(48, 60000, 60000, ("main.lucky:1",))
    exact = found(recording(*quiet, lucky, rate=1))
    sampled = found(recording(*quiet, lucky, rate=RATE))
    assert exact["live-site"].where == "main.lucky (lucky.go:1)"
    assert "live-site" not in sampled


def test_a_sampled_finding_says_its_error() -> None:
    made = recording(*others(), Sample(8192, 80000, 80000, ("main.cache:9",)), rate=RATE)
    finding = found(made)["live-site"]
    assert finding.certainty == Certainty.SAMPLED
    assert 0 < finding.error < 0.1 * finding.amount
    assert "±" in finding.what


def test_a_difference_of_profiles_has_no_findings() -> None:
    made = recording(Sample(8192, 80000, 80000), Sample(512, -5, -3))
    assert found(made) == {}


def test_an_empty_profile_has_no_findings() -> None:
    assert found(recording()) == {}
