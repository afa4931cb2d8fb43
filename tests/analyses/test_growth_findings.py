"""What grew between two heap profiles."""

from __future__ import annotations

from pathlib import Path

from gotrace.analyses.growth_findings import growth_findings
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.result import Finding
from gotrace.analyses.size_classes import size_classes
from gotrace.readers.profile import read_profile
from gotrace.tables.columns import Coded
from gotrace.tables.merging import BASE_LABEL, subtract
from gotrace.tables.recording import Recording
from tests.analyses.heap_recordings import RATE, Sample, recording

LEAK = Path(__file__).resolve().parents[2] / "sample_traces" / "leak" / "go1.27"


def compared(*head: Sample, base: list[Sample], rate: int = 1) -> Recording:
    """`head` minus `base`, the base's samples labelled, as `-diff_base` makes it."""
    negated = [Sample(s.slot, -s.alloc, -s.inuse, s.stack) for s in base]
    made = recording(*head, *negated, rate=rate)
    labels = made.columns["labels"]
    key, count = labels.coded("key"), len(head)
    # One label a sample is enough here: the slots follow from objects and bytes.
    key.codes[count:] = 1
    labels._entries["key"] = Coded(key.codes, ["bytes", BASE_LABEL])
    return made


def found(made: Recording) -> dict[str, Finding]:
    return {finding.slug: finding for finding in growth_findings(HeapPicture(made, "go1.27"))}


def test_growth_is_told_with_before_and_after() -> None:
    made = compared(
        Sample(1024, 9000, 6000, ("main.cache:1",)),
        Sample(1024, 5000, 5000, ("main.still:2",)),
        base=[
            Sample(1024, 2000, 2000, ("main.cache:1",)),
            Sample(1024, 5000, 5000, ("main.still:2",)),
        ],
    )
    findings = found(made)
    assert findings["live-grew"].amount == 4000 * 1024
    assert "6.84 MiB became 10.7 MiB" in findings["live-grew"].what
    site = findings["site-grew"]
    assert site.where == "main.cache (cache.go:1)"
    assert site.amount == 4000 * 1024
    assert "3.0 times as much" in site.what


def test_a_new_site_grew_from_nothing() -> None:
    made = compared(Sample(1024, 9000, 6000, ("main.new:1",)), base=[Sample(1024, 10, 10)])
    assert "0 B became 5.86 MiB" in found(made)["site-grew"].what


def test_shrinking_is_no_finding() -> None:
    assert found(compared(Sample(1024, 9000, 10), base=[Sample(1024, 9000, 6000)])) == {}


def test_growth_that_noise_explains_is_no_finding() -> None:
    head, base = Sample(1024, 9000, 6000), [Sample(1024, 9000, 5000)]
    assert "live-grew" in found(compared(head, base=base))
    assert found(compared(head, base=base, rate=RATE)) == {}


def test_without_a_base_nothing_grew() -> None:
    assert found(recording(Sample(1024, 9000, 6000), Sample(48, -5, -3))) == {}


def test_the_leak_of_the_sample_program_is_found_between_two_of_its_profiles() -> None:
    early, late = (read_profile(str(LEAK / name)) for name in ("heap.early.pb.gz", "heap.pb.gz"))
    findings = found(subtract(late, early, label_base=True))
    assert findings["live-grew"].amount > 2 * findings["live-grew"].error > 0


def test_a_difference_has_no_spans() -> None:
    made = compared(Sample(48, 10, 6), base=[Sample(48, 10, 5)])
    names = [c.name for c in size_classes(HeapPicture(made, "go1.27")).tables[0].columns]
    assert "inuse_bytes" in names
    assert "spans_at_least_count" not in names
