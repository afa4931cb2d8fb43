"""Allocators side by side: bounds, figures, findings."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gotrace.analyses.replay.bounds import StreamBounds, exact_bounds, folded, is_decided
from gotrace.analyses.replay.comparison import comparison_results
from gotrace.analyses.replay.comparison_findings import comparison_findings
from gotrace.analyses.replay.figures import FIGURES, Comparison, Sure
from gotrace.analyses.replay.runs import moments_of, run_all
from gotrace.analyses.result import Certainty
from gotrace.comparison_pipeline import ComparisonAnswers, compare_read, read_to_compare
from gotrace.errors import InputError
from gotrace.model.policies import RUNTIMES, policy_for
from gotrace.model.stream import Step, StepKind, Stream
from tests.cli.running import SAMPLES
from tests.model.both_replays import random_steps

ALLOC, FREE = StepKind.ALLOC, StepKind.FREE
OLD = SAMPLES / "batch" / "go1.23" / "trace.allocfree.out"


def allocated(*sizes: int, has_pointers: bool = True) -> Stream:
    return Stream.of(Step(ALLOC, 0, n, size, has_pointers) for n, size in enumerate(sizes))


def between(least: Stream, most: Stream) -> StreamBounds:
    nothing = np.zeros(len(most), np.bool_)
    return StreamBounds(least, most, least.size, most.size, nothing)


def compared(bounds: StreamBounds, *names: str) -> Comparison:
    stops = moments_of(bounds.most)
    return Comparison(tuple(run_all(bounds, policy_for(name), stops) for name in names))


@pytest.mark.parametrize("name", RUNTIMES)
def test_slots_tails_and_free_slots_make_up_the_spans_of_every_allocator(name: str) -> None:
    stream = Stream.of(random_steps(11, 1500))
    runs = run_all(exact_bounds(stream), policy_for(name), moments_of(stream))
    assert runs.is_one
    for look in runs.most.looks:
        assert look.free_slot_bytes >= 0
        assert sum(look.class_bytes.values()) == look.span_bytes
        assert look.class_bytes.get(0, 0) >= 0
    assert sum(given.slots_count for given in runs.most.given.values()) > 0


def test_sizes_that_make_no_difference_are_replayed_once() -> None:
    bounds = between(allocated(*[17] * 50), allocated(*[24] * 50))
    assert is_decided(bounds, policy_for("go1.27"))  # a class of 24
    assert is_decided(bounds, policy_for("go1.15"))  # 32
    wide = between(allocated(*[17] * 50), allocated(*[48] * 50))
    assert not is_decided(wide, policy_for("go1.27"))
    headed = between(allocated(505), allocated(512))
    assert is_decided(headed, policy_for("go1.27"))
    assert not is_decided(between(allocated(512), allocated(513)), policy_for("go1.27"))


def test_bounds_hold_for_every_size_between_them() -> None:
    rng = random.Random(5)
    least = [rng.randrange(1, 3000) for _ in range(4000)]
    most = [size + rng.randrange(0, 400) for size in least]
    bounds = between(allocated(*least), allocated(*most))
    told = compared(bounds, "go1.22")
    for _ in range(3):
        sizes = [rng.randrange(low, high + 1) for low, high in zip(least, most, strict=True)]
        true = compared(exact_bounds(allocated(*sizes)), "go1.22")
        for figure in FIGURES:
            value = told.value(figure, told.base)
            own = true.value(figure, true.base)
            if value.sure is Sure.BOUNDS and figure.unit == "bytes":
                assert value.least <= own.least <= value.most


def test_a_class_that_is_missing_is_named_as_the_reason() -> None:
    told = compared(exact_bounds(allocated(*[24] * 20_000)), "go1.27", "go1.15")
    pages, slots = comparison_findings(told)
    assert "more pages at the peak" in pages.what
    assert "go1.15 has no class of 24 bytes: 20,000 objects that go1.27 put there take 32" in (
        pages.what
    )
    assert pages.certainty is Certainty.EXACT
    assert slots.amount == 20_000 * 8
    (same,) = comparison_findings(compared(exact_bounds(allocated(*[64] * 900)), "go1.9", "go1.11"))
    assert "as many pages" in same.what


def test_what_bounds_leave_open_cannot_be_told() -> None:
    bounds = between(allocated(*[64] * 3000), allocated(*[96] * 3000))
    findings = list(comparison_findings(compared(bounds, "go1.16", "go1.15")))
    assert [finding.slug for finding in findings] == ["allocator-pages"]
    assert "cannot be told" in findings[0].what
    assert findings[0].amount == 0
    assert findings[0].certainty is Certainty.LOWER


def test_waste_and_free_slots_of_the_first_stand_out() -> None:
    steps = [Step(ALLOC, 0, n, 33, False) for n in range(60_000)]
    steps += [Step(StepKind.MARK_BEGIN), Step(StepKind.MARK_END)]
    told = compared(exact_bounds(Stream.of(steps)), "go1.27")
    (waste,) = comparison_findings(told)
    assert (waste.slug, waste.amount) == ("internal-waste", 60_000 * 15)
    frees = [Step(FREE, 0, n) for n in range(60_000) if n % 40]
    ends = [Step(StepKind.MARK_BEGIN), Step(StepKind.MARK_END)]
    more = [Step(ALLOC, 0, 60_000 + n, 8192, False) for n in range(300)]
    swept = Stream.of([*steps, *frees, *ends, *ends, *more])
    slugs = {found.slug for found in comparison_findings(compared(exact_bounds(swept), "go1.27"))}
    assert "free-slots" in slugs


def test_folding_gives_a_p_to_another() -> None:
    steps = [Step(StepKind.PROCS, size=8), Step(ALLOC, 5, 1, 24), Step(FREE, -1, 1)]
    done = folded(exact_bounds(Stream.of(steps)), 2).most
    assert done.cache.tolist() == [0, 1, -1]
    assert done.size.tolist() == [2, 24, 0]


def test_people_get_few_rows_and_programs_every_moment() -> None:
    told = compared(exact_bounds(allocated(*range(1, 3000))), "go1.27")
    stream = allocated(*range(1, 3000))
    page = [t for result in comparison_results(told, stream, 5) for t in result.tables]
    assert all(table.row_count <= 10 for table in page)
    every = {t.name: t for result in comparison_results(told, stream) for t in result.tables}
    assert every["replay_looks"].row_count == len(told.base.most.looks)
    assert every["replay_slot_objects"].row_count > 30


def test_flipped_bytes_never_break_a_comparison(tmp_path: Path) -> None:
    data, rng = OLD.read_bytes(), random.Random(8)
    path = tmp_path / "flipped.out"
    told = set()
    for _ in range(6):
        flipped = bytearray(data)
        for _ in range(rng.randrange(1, 60)):
            flipped[rng.randrange(16, len(data))] = rng.choice((0, 1, 127, 128, 255))
        path.write_bytes(flipped)
        try:
            answers = compare_read(read_to_compare(str(path)), ["go1.9"])
        except InputError:
            continue
        assert isinstance(answers, ComparisonAnswers)
        told |= {note.slug for note in answers.report(5).notes}
    assert told


def test_an_illustrative_comparison_makes_no_findings() -> None:
    told = replace(
        compared(exact_bounds(allocated(*[33] * 60_000)), "go1.27"), is_illustrative=True
    )
    results = comparison_results(told, allocated(*[33] * 60_000), 5)
    assert not any(result.findings for result in results)
    assert all("illustrative" in result.title for result in results)
    assert {value.sure for value in (told.value(f, told.base) for f in FIGURES)} == {
        Sure.ILLUSTRATIVE
    }
