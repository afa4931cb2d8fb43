"""What memory costs: tables that add up, the sites that pay, and what is said about it."""

from __future__ import annotations

import pytest

from gotrace.analyses.gc_cost import analyse_gc_cost
from gotrace.analyses.gc_cost.rules import CATEGORIES
from gotrace.analyses.result import Certainty
from gotrace.errors import UsageError
from gotrace.tables.recording import Origin, Recording
from tests.analyses.gc_cost.profiles import (
    ASSIST,
    CPU,
    MALLOC,
    PERIOD,
    PROFILE,
    WORKER,
    cpu,
    heap,
    rows,
    table,
)
from tests.builders import Sample, recording_from


def test_every_category_has_a_row_and_they_add_up() -> None:
    result = analyse_gc_cost(PROFILE)
    found = dict(rows(result, "split", "category", "time_ns"))
    assert found == dict.fromkeys(CATEGORIES, 0) | {
        "malloc": 8 * PERIOD,
        "assist": 4 * PERIOD,
        "background_mark": 7 * PERIOD,
        "sweep": PERIOD,
        "mutator": 20 * PERIOD,
    }
    assert sum(found.values()) == 40 * PERIOD
    assert sum(table(result, "split").column("samples_count").values) == 40
    assert sum(table(result, "split").column("share").values) == pytest.approx(1)
    assert sum(table(result, "parts").column("time_ns").values) == 40 * PERIOD


def test_the_error_is_that_of_counting_samples() -> None:
    errors = dict(rows(analyse_gc_cost(PROFILE), "split", "category", "time_ns_error"))
    assert errors["malloc"] == pytest.approx(PERIOD * (8 * 32 / 40) ** 0.5)
    assert errors["scavenger"] == 0


def test_without_allocations_sites_are_charged_by_their_own_samples_of_malloc() -> None:
    result = analyse_gc_cost(PROFILE)
    assert rows(result, "sites", "function", "malloc_ns", "assist_ns", "charged_ns") == [
        ("main.small", 6 * PERIOD, 0, 6 * PERIOD),
        ("main.large", 2 * PERIOD, 4 * PERIOD, 2 * PERIOD),
    ]
    assert "samples of mallocgc" in table(result, "sites").footnotes[0]


def test_with_allocations_they_are_charged_by_bytes() -> None:
    allocations = heap((["main.small:3"], 1 << 20), (["main.large:9"], 7 << 20), (["main.b:1"], 64))
    result = analyse_gc_cost(PROFILE, allocations)
    charged = {
        function: (own, part)
        for function, own, part in rows(result, "sites", "function", "malloc_ns", "charged_ns")
    }
    assert sum(part for _, part in charged.values()) == 8 * PERIOD
    assert charged["main.small"] == (6 * PERIOD, pytest.approx(PERIOD, rel=1e-4))
    assert charged["main.large"] == (2 * PERIOD, pytest.approx(7 * PERIOD, rel=1e-4))
    assert charged["main.b"][0] == 0
    assert charged["main.b"][1] > 0
    assert "bytes" in table(result, "sites").footnotes[0]


def test_sampled_allocations_widen_the_error() -> None:
    stacks = ((["main.small:3"], 64 * 100), (["main.large:9"], 64 * 300))
    exact = analyse_gc_cost(PROFILE, heap(*stacks))
    sampled = analyse_gc_cost(PROFILE, heap(*stacks, period=512))
    narrow = dict(rows(exact, "sites", "function", "total_ns_error"))
    wide = dict(rows(sampled, "sites", "function", "total_ns_error"))
    assert all(wide[name] > narrow[name] for name in narrow)


def test_a_site_is_the_caller_and_not_the_runtime_around_it() -> None:
    profile = cpu((["runtime.memclrNoHeapPointers", "runtime.growslice", "main.add:5"], 1))
    assert rows(analyse_gc_cost(profile), "sites", "function", "place", "malloc_ns") == [
        ("main.add", "main.add.go:5", PERIOD)
    ]


def test_few_rows_say_how_many_are_left_out() -> None:
    result = analyse_gc_cost(PROFILE, rows=1)
    assert table(result, "sites").row_count == 1
    assert "1 more sites" in table(result, "sites").footnotes[-1]


def test_work_that_nobody_can_be_charged_for_is_told() -> None:
    result = analyse_gc_cost(cpu((WORKER, 3), (["main.work"], 1)))
    assert table(result, "sites").row_count == 0
    assert [note.slug for note in result.notes] == ["gc-cost-not-charged"]
    assert "30 ms of the collector" in result.notes[0].message
    (charged,) = (fact for fact in result.facts if fact.name == "charged_ns")
    assert (charged.value, charged.detail) == (0, "nothing tells who allocates")


def test_an_empty_profile_is_an_answer() -> None:
    result = analyse_gc_cost(recording_from(types=CPU, kind="cpu"))
    assert sum(table(result, "split").column("time_ns").values) == 0
    assert not result.findings
    assert [note.slug for note in result.notes] == ["no-cpu-samples"]


def test_a_difference_of_profiles_adds_up_too() -> None:
    result = analyse_gc_cost(
        cpu(([*MALLOC, "main.f"], -3), (WORKER, -2), (["main.f"], 4), (["main.g"], -9))
    )
    assert sum(table(result, "split").column("time_ns").values) == -10 * PERIOD


def test_findings_say_what_memory_takes_and_who_pays() -> None:
    profile = cpu(
        ([*MALLOC, "main.f:3"], 60), ([*ASSIST, "main.f:3"], 40), (WORKER, 100), (["main.g"], 200)
    )
    found = {finding.slug: finding for finding in analyse_gc_cost(profile).findings}
    assert found.keys() == {"memory-cost", "assist-cost", "site-cost"}
    whole = found["memory-cost"]
    assert whole.what == (
        "50% of CPU pays for memory: background marking 25%, allocating (mallocgc) 15%, "
        "mark assists 10%"
    )
    assert whole.amount == 200 * PERIOD
    assert whole.error == pytest.approx(PERIOD * 10.0)
    assert whole.certainty is Certainty.SAMPLED
    assert found["site-cost"].where == "main.f (main.f.go:3)"


def test_zeroing_and_stacks_are_found_where_they_are_large() -> None:
    profile = cpu(
        (["runtime.memclrNoHeapPointers", "runtime.mallocgc", "main.f"], 50),
        (["runtime.copystack", "runtime.newstack", "runtime.morestack", "main.f"], 50),
        (["main.f"], 100),
    )
    slugs = {finding.slug for finding in analyse_gc_cost(profile).findings}
    assert {"zeroing-cost", "stack-growth-cost"} <= slugs


def test_noise_is_no_finding() -> None:
    profile = cpu(([*ASSIST, "main.f"], 2), (["main.f"], 20))
    slugs = [finding.slug for finding in analyse_gc_cost(profile).findings]
    assert slugs == ["memory-cost"]


def test_lines_have_all_that_was_allocated_below_them_once() -> None:
    profile = cpu(
        ([*MALLOC, "main.leaf:3", "main.walk:7", "main.walk:7"], 4),
        ([*ASSIST, "main.leaf:3", "main.walk:8", "main.walk:7"], 2),
        ([*MALLOC, "main.other:1"], 4),
        (WORKER, 10),
    )
    columns = ("function", "place", "malloc_ns", "assist_ns", "charged_ns")
    assert rows(analyse_gc_cost(profile, focus=r"^main\.walk$"), "lines", *columns) == [
        ("main.walk", "main.walk.go:7", 4 * PERIOD, 2 * PERIOD, 5 * PERIOD),
        ("main.walk", "main.walk.go:8", 0, 2 * PERIOD, 0),
    ]
    allocations = heap((["main.leaf:3", "main.walk:8"], 640), (["main.other:1"], 1920))
    by_bytes = rows(analyse_gc_cost(profile, allocations, focus="walk"), "lines", *columns)
    assert ("main.walk", "main.walk.go:8", 0, 2 * PERIOD, 10 * PERIOD // 4) in by_bytes


def test_a_focus_that_matches_nothing_has_no_lines() -> None:
    assert table(analyse_gc_cost(PROFILE, focus="nowhere"), "lines").row_count == 0


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        (heap((["main.f"], 64)), "needs a CPU profile"),
        (recording_from(Sample(["main.f"], (1,)), kind="cpu"), "needs a CPU profile"),
        (Recording("trace", Origin(), PROFILE.columns), "no CPU samples"),
    ],
)
def test_other_recordings_are_refused(recording: Recording, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        analyse_gc_cost(recording)


def test_allocations_must_be_allocations() -> None:
    with pytest.raises(UsageError, match="needs a heap profile"):
        analyse_gc_cost(PROFILE, PROFILE)
    in_use = recording_from(
        Sample(["main.f"], (1, 64)),
        types=(("inuse_objects", "count"), ("inuse_space", "bytes")),
        kind="heap",
    )
    with pytest.raises(UsageError, match="no `alloc_space`"):
        analyse_gc_cost(PROFILE, in_use)


def test_a_bad_expression_is_refused() -> None:
    with pytest.raises(UsageError, match="-focus"):
        analyse_gc_cost(PROFILE, focus="(")
