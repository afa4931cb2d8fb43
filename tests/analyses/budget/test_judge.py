"""Within, over, or cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gotrace.analyses.budget.changes import changed_sites
from gotrace.analyses.budget.judge import beyond, judge, nothing_measured
from gotrace.tables.budget import (
    MOST_SITES,
    Budget,
    Limit,
    Measurement,
    Mode,
    Outcome,
    Site,
    Verdict,
)
from gotrace.tables.budget_metrics import METRICS

WITHIN, OVER, CANNOT_TELL = Outcome.WITHIN, Outcome.OVER, Outcome.CANNOT_TELL


def measure(
    low: float,
    high: float | None = None,
    *,
    known: bool = True,
    conditions: Mapping[str, str] | None = None,
) -> Measurement:
    high = low if high is None else high
    middle = (low + high) / 2
    return Measurement(
        middle, low, high, "as seen", (middle,), conditions=conditions or {}, is_noise_known=known
    )


def budget(metric: str = "alloc_objects", **limit: Any) -> Budget:
    return Budget("b", METRICS[metric], Limit(**limit))


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0, 0, WITHIN),
        (10, 10, WITHIN),
        (8, 10, WITHIN),
        (8, 10.5, CANNOT_TELL),
        (10, 12, CANNOT_TELL),
        (10.5, 12, OVER),
        (11, 11, OVER),
    ],
)
def test_an_absolute_limit_is_judged_by_the_whole_interval(
    low: float, high: float, outcome: Outcome
) -> None:
    assert judge(budget(value=10), measure(low, high), None).outcome is outcome


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(0.8, 0.8, WITHIN), (0.7, 0.8, WITHIN), (0.6, 0.8, CANNOT_TELL), (0.5, 0.6, OVER)],
)
def test_where_more_is_better_the_limit_is_the_least(
    low: float, high: float, outcome: Outcome
) -> None:
    verdict = judge(budget("mmu", value=0.7), measure(low, high), None)
    assert verdict.outcome is outcome
    assert verdict.limits[0].text == "at least 70%"


@pytest.mark.parametrize(
    ("now", "before", "outcome"),
    [
        ((105, 105), (100, 100), WITHIN),
        ((106, 106), (100, 100), OVER),
        ((95, 105), (90, 110), CANNOT_TELL),
        ((80, 94), (90, 110), WITHIN),
        ((100, 116), (90, 110), CANNOT_TELL),
        ((116, 130), (90, 110), OVER),
        ((114, 130), (90, 110), CANNOT_TELL),
        ((0, 0), (0, 0), WITHIN),
    ],
)
def test_a_relative_limit_knows_the_noise_of_the_baseline(
    now: tuple[float, float], before: tuple[float, float], outcome: Outcome
) -> None:
    verdict = judge(budget(change_ratio=0.05), measure(*now), measure(*before))
    assert verdict.outcome is outcome
    middle = sum(before) / 2
    assert verdict.limits[0].allowed == pytest.approx(middle * 1.05)


def test_the_floor_allows_a_change_whatever_its_percentage() -> None:
    limited = budget(change_ratio=0.05, floor=3)
    assert judge(limited, measure(13), measure(10)).outcome is WITHIN
    assert judge(limited, measure(14), measure(10)).outcome is OVER
    assert judge(limited, measure(105), measure(100)).outcome is WITHIN
    assert "(or 3)" in judge(limited, measure(13), measure(10)).limits[0].text


def test_a_decrease_is_limited_where_more_is_better() -> None:
    limited = budget("mmu", change_ratio=0.10)
    assert judge(limited, measure(0.73), measure(0.8)).outcome is WITHIN
    assert judge(limited, measure(0.71), measure(0.8)).outcome is OVER
    assert judge(limited, measure(0.9), measure(0.8)).outcome is WITHIN
    assert judge(limited, measure(0.9), measure(0.8)).limits[0].allowed == pytest.approx(0.72)


def test_the_worst_limit_decides_and_gives_the_reasons() -> None:
    limited = budget(value=10, change_ratio=0.5)
    verdict = judge(limited, measure(9), measure(4))
    assert verdict.outcome is OVER
    assert [limit.outcome for limit in verdict.limits] == [WITHIN, OVER]
    assert verdict.reasons == ("9, as seen: not at most 50% above the baseline",)


def test_without_a_baseline_a_relative_limit_cannot_be_told() -> None:
    verdict = judge(budget(value=10, change_ratio=0.5), measure(1), None, "no file")
    assert verdict.outcome is CANNOT_TELL
    assert verdict.is_failure
    assert verdict.reasons == ("no file",)
    assert verdict.limits[1].allowed is None
    assert "gotrace budget bless" in judge(budget(change_ratio=0.5), measure(1), None).reasons[0]


@pytest.mark.parametrize(("now", "before"), [(False, True), (True, False)])
def test_too_few_repeats_cannot_be_compared_however_far_apart(now: bool, before: bool) -> None:
    verdict = judge(budget(change_ratio=0.05), measure(100, known=now), measure(1, known=before))
    assert verdict.outcome is CANNOT_TELL
    assert "as seen" in verdict.reasons[0]


def test_too_few_repeats_can_be_held_against_an_absolute_limit() -> None:
    assert judge(budget(value=10), measure(11, 12, known=False), None).outcome is OVER


VOID = [
    ("alloc_objects", {"race": "true"}, {}),
    ("alloc_objects", {"gomaxprocs": "8"}, {"gomaxprocs": "4"}),
    ("alloc_objects", {"goarch": "arm64"}, {"goarch": "amd64"}),
    ("alloc_objects", {"benchmark": "p.BenchmarkA"}, {"benchmark": "p.BenchmarkB"}),
    ("allocs/op", {"iterations": "100"}, {"iterations": "1000"}),
    ("allocs/op", {"iterations": "1 to 100"}, {"iterations": "100"}),
    ("ns/op", {"cpu": "fast"}, {"cpu": "slow"}),
]  # fmt: skip
ONLY_SAID = [
    ("alloc_objects", {"go_version": "go1.27"}, {"go_version": "go1.26"}),
    ("alloc_objects", {"cpu": "fast"}, {"cpu": "slow"}),
    ("alloc_objects", {"memprofilerate": "1"}, {"memprofilerate": "4096"}),
    ("allocs/op", {"iterations": "100"}, {"iterations": "150"}),
    ("allocs/op", {"iterations": "20000"}, {"iterations": "900000"}),
]
SAME = [
    ("alloc_objects", {"go_version": "go1.27"}, {"go_version": "go1.27.3"}),
    ("alloc_objects", {"race": "false"}, {}),
    ("alloc_objects", {"cpu": "fast"}, {}),
]


@pytest.mark.parametrize(("metric", "here", "there"), VOID)
def test_conditions_that_change_what_is_counted_void_a_comparison(
    metric: str, here: Mapping[str, str], there: Mapping[str, str]
) -> None:
    now, before = measure(99, conditions=here), measure(1, conditions=there)
    verdict = judge(budget(metric, change_ratio=0.05), now, before)
    assert verdict.outcome is CANNOT_TELL
    name = next(iter(here))
    assert verdict.reasons[0].startswith(f"not comparable with the baseline: {name} {here[name]} (")


@pytest.mark.parametrize(("metric", "here", "there"), ONLY_SAID)
def test_other_conditions_are_said(
    metric: str, here: Mapping[str, str], there: Mapping[str, str]
) -> None:
    now, before = measure(1, conditions=here), measure(1, conditions=there)
    verdict = judge(budget(metric, change_ratio=0.05), now, before)
    assert verdict.outcome is WITHIN
    assert verdict.reasons[-1].startswith("the baseline was measured with other conditions: ")


@pytest.mark.parametrize(("metric", "here", "there"), SAME)
def test_conditions_that_are_the_same_or_not_known_are_not_mentioned(
    metric: str, here: Mapping[str, str], there: Mapping[str, str]
) -> None:
    now, before = measure(1, conditions=here), measure(1, conditions=there)
    assert len(judge(budget(metric, change_ratio=0.05), now, before).reasons) == 1


def test_the_race_detector_is_said_without_a_baseline_too() -> None:
    verdict = judge(budget(value=10), measure(1, conditions={"race": "true"}), None)
    assert any("-race" in reason for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("mode", "outcome", "unclear_passes", "fails"),
    [
        (Mode.GATE, OVER, False, True),
        (Mode.GATE, OVER, True, True),
        (Mode.GATE, CANNOT_TELL, False, True),
        (Mode.GATE, CANNOT_TELL, True, False),
        (Mode.GATE, WITHIN, False, False),
        (Mode.ADVISE, OVER, False, False),
        (Mode.ADVISE, CANNOT_TELL, False, False),
    ],
)
def test_a_verdict_fails_the_build_as_the_budget_says(
    mode: Mode, outcome: Outcome, unclear_passes: bool, fails: bool
) -> None:
    asked = Budget("b", METRICS["sys"], Limit(1), mode=mode, passes_if_unclear=unclear_passes)
    assert Verdict(asked, outcome, measure(1)).is_failure is fails


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("unclear_passes", [False, True])
def test_nothing_measured_always_fails_unless_it_is_allowed(
    mode: Mode, unclear_passes: bool
) -> None:
    asked = Budget("b", METRICS["sys"], Limit(1), mode=mode, passes_if_unclear=unclear_passes)
    assert nothing_measured(asked, "nothing").outcome is CANNOT_TELL
    assert nothing_measured(asked, "nothing").is_failure
    allowed = Budget("b", METRICS["sys"], Limit(1), mode=mode, is_allowed_empty=True)
    assert not nothing_measured(allowed, "nothing").is_failure
    assert nothing_measured(allowed, "nothing").reasons == ("nothing; `allow_empty` is set",)


def test_what_is_beyond_all_limits_is_over() -> None:
    both = budget(value=100, change_ratio=0.5)
    assert beyond(both, measure(4, 6)) == 9
    assert beyond(both, None) == 100
    assert beyond(budget(change_ratio=0.5), None) is None
    assert beyond(budget("mmu", value=0.7, change_ratio=0.1), measure(0.9)) == pytest.approx(0.81)


def sites(**values: float) -> Measurement:
    listed = tuple(Site(name, f"{name}.go", 1, value) for name, value in values.items())
    return Measurement(sum(values.values()), 0, 0, "", (), listed)


def test_the_sites_that_changed_most_are_named() -> None:
    changes = changed_sites(
        sites(grew=50, same=30, shrank=10, new=25, tiny=2),
        sites(grew=20, same=30, shrank=15, gone=9),
    )
    assert [(site.function, change) for site, change in changes] == [
        ("grew", 30),
        ("new", 25),
        ("gone", -9),
    ]
    assert changes[2][0].value == 0


def test_a_small_site_counts_beside_many_large_ones_that_stayed() -> None:
    many = {f"f{number}": 100.0 + number for number in range(500)}
    ((site, change),) = changed_sites(sites(**many, small=3), sites(**many, small=1))
    assert (site.function, change) == ("small", 2)


def test_where_the_smallest_sites_were_left_out_a_site_as_small_is_not_new() -> None:
    many = {f"f{number}": 10.0 for number in range(MOST_SITES)}
    assert changed_sites(sites(**many, small=3), sites(**many)) == ()
    assert changed_sites(sites(**many), sites(**many, small=3)) == ()


def test_a_site_is_known_by_its_function_when_lines_move() -> None:
    now = Measurement(9, 9, 9, "", (), (Site("f", "f.go", 40, 6), Site("f", "f.go", 45, 3)))
    before = Measurement(8, 8, 8, "", (), (Site("f", "f.go", 12, 8),))
    assert changed_sites(now, before) == ((Site("f", "f.go", 40, 9), 1),)


def test_without_sites_on_both_sides_nothing_changed() -> None:
    assert changed_sites(sites(a=1), None) == ()
    assert changed_sites(sites(a=1), sites()) == ()
