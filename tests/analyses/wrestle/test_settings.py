"""Other settings of the collector: what they would save and cost, and when nobody can tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gotrace.analyses.result import Weight
from gotrace.analyses.whatif.prediction import Band, Prediction
from gotrace.analyses.whatif.settings import GOGC_OFF, Setting
from gotrace.analyses.wrestle.answers import answer
from gotrace.analyses.wrestle.findings.remedy import Remedy
from gotrace.analyses.wrestle.findings.settings import (
    find_settings,
    limit_of,
    limited_settings,
    stop_of,
)
from gotrace.model.versions import GoVersion
from tests.analyses.gc_cost.profiles import cpu
from tests.analyses.heap_recordings import Sample
from tests.analyses.wrestle.programs import evidence, joined, stack

MIB = 1 << 20
HEAP = Sample(64, 100, stack=stack(7))
SITES = joined(evidence(HEAP))


def predicted(
    gogc: int, cycles: float, marked: float, peak: float, limit: int = 0, *, doubt: float = 0.1,
    version: int = 27, **more: Any,
) -> Prediction:  # fmt: skip
    """In MiB; 4 MiB are mapped beside the peak."""

    def band(value: float) -> Band:
        return Band(value, (1 - doubt) * value, (1 + doubt) * value)

    found = SimpleNamespace(
        setting=Setting(gogc, limit * MIB, GoVersion(version)), cycles=band(cycles),
        peak_bytes=band(peak * MIB), marked_bytes=band(marked * MIB),
        total_bytes=(peak + 4) * MIB, **{"is_given_up": False, "is_thrashing": False, **more},
    )  # fmt: skip
    return cast("Prediction", found)


NOW, MORE, FAR = (
    predicted(100, 40, 400, 8),
    predicted(200, 20, 200, 14),
    predicted(800, 4, 40, 64),
)


def only(*predictions: Prediction) -> Remedy:
    (one,) = find_settings(predictions, SITES)
    return one


def test_another_gogc_is_a_trade_and_never_weighs_more_than_low() -> None:
    one = only(NOW, MORE, FAR)
    assert (one.slug, one.site, one.weight) == ("set-gogc", "whole program", Weight.LOW)
    assert one.what == (
        "GOGC=200 instead of 100: about 20 cycles instead of 40, with a peak heap of 14.0 MiB "
        "(12.6 MiB to 15.4 MiB) instead of 8.00 MiB"
    )
    assert "18 to 22 cycles, 180.0 MiB to 220.0 MiB marked instead of 400.0 MiB" in one.evidence
    assert one.saved_unit == "marked-bytes"
    assert one.saved_low_ratio == pytest.approx(0.45)
    assert one.saved_high_ratio == pytest.approx(0.55)
    assert one.check.startswith("`GOGC=200` in front of the benchmark")


def test_the_limit_to_stop_it_at_is_one_that_the_run_would_not_reach() -> None:
    assert stop_of(MORE) == 20 * MIB  # 14 + 4 MiB, and 1.4 of doubt
    stopped = predicted(200, 20, 200, 14, 20)
    assert "GOMEMLIMIT=20MiB as a stop" in only(NOW, MORE, stopped).advice
    for other in (
        predicted(200, 30, 300, 14, 20),
        predicted(200, 20, 200, 14, 20, is_thrashing=True),
        predicted(200, 20, 200, 14, 19),
    ):
        assert "MiB as a stop" not in only(NOW, MORE, other).advice


def test_the_memory_of_today_as_a_limit_is_told_where_there_surely_are_fewer_cycles() -> None:
    assert limit_of(NOW) == 12 * MIB
    limited = predicted(GOGC_OFF, 25, 250, 8, 12)
    one = only(NOW, limited)
    assert (one.slug, one.site, one.weight) == ("set-memory-limit", "whole program", Weight.LOW)
    assert one.what.startswith("GOGC=off GOMEMLIMIT=12MiB instead of GOGC=100: about 25 cycles")
    assert one.check.startswith("`GOGC=off GOMEMLIMIT=12MiB`")
    level = predicted(GOGC_OFF, 39, 390, 8, 12)
    vague = predicted(GOGC_OFF, 25, 250, 8, 12, doubt=0.7)
    larger = predicted(GOGC_OFF, 25, 250, 9, 12)
    for other in (level, vague, larger):
        assert find_settings((NOW, other), SITES) == []


def test_nothing_is_told_where_the_what_if_cannot_tell() -> None:
    assert find_settings((), SITES) == []
    assert find_settings((NOW,), SITES) == []
    assert find_settings((predicted(100, 3, 400, 8), MORE), SITES) == []
    assert find_settings((predicted(100, 40, 0, 8), MORE), SITES) == []
    for odd in ({"is_given_up": True}, {"is_thrashing": True}, {"doubt": 1.1}):
        assert find_settings((NOW, predicted(200, 20, 200, 14, **odd)), SITES) == []


def test_the_share_of_the_cpu_that_goes_is_told_from_the_profile() -> None:
    marking = ["runtime.gcDrain:1", "runtime.gcBgMarkWorker:2"]
    profile = cpu((marking, 200), (list(stack(7)), 800))
    (one,) = find_settings((NOW, MORE), joined(evidence(HEAP, cpu=profile)))
    assert "marking and assists take 20.0% of the CPU time, and would take about 10.0%" in (
        one.evidence
    )
    assert "CPU time" not in only(NOW, MORE).evidence


def test_limits_are_asked_for_only_where_go_has_them() -> None:
    asked = limited_settings((NOW, MORE))
    assert [(one.gogc, one.memory_limit_bytes // MIB) for one in asked] == [
        (200, 20), (GOGC_OFF, 12), (800, 12),
    ]  # fmt: skip
    assert limited_settings((predicted(100, 40, 400, 8, version=18),)) == []
    assert limited_settings(()) == []


def test_settings_are_findings_of_the_whole_program() -> None:
    found = answer(evidence(HEAP, whatif=(NOW, MORE)))[4].findings
    (one,) = [finding for finding in found if finding.slug == "set-gogc"]
    assert one.where == "whole program"
    assert "of what all collections mark" in one.what
