"""Recordings of one program put together: what is predicted, and which do not go together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gotrace.analyses.whatif.loop import Run
from gotrace.analyses.whatif.overhead import Overhead
from gotrace.analyses.whatif.prediction import Band, Prediction, SelfCheck, together
from gotrace.analyses.whatif.settings import NO_LIMIT, Setting
from gotrace.analyses.whatif.take import Take, check_alike, notes_on
from gotrace.errors import UsageError
from gotrace.model.versions import GoVersion
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin
from tests.analyses.whatif.programs import MIB, Steady, calibration, cycles

NEW = GoVersion(27)
SETTING = Setting(50, NO_LIMIT, NEW)


def prediction(
    cycles_count: float, peak_mib: float, reason: str = "chance", **more: bool
) -> Prediction:
    return Prediction(
        SETTING, Band(cycles_count, cycles_count - 5, cycles_count + 10),
        Band(peak_mib * MIB, (peak_mib - 2) * MIB, (peak_mib + 2) * MIB), Band(0, 0, 0),
        cycles_count, peak_mib, 0.0, more.get("is_given_up", False),
        more.get("is_thrashing", False), reason, Run([cycles_count]), peak_mib,
    )  # fmt: skip


def take(name: str, end: float = 1000 * MIB, gogc: int = 100, version: GoVersion = NEW) -> Take:
    known = replace(calibration(live=20 * MIB), gogc=gogc)
    return Take(
        "trace", Origin((name,), sha256=name), version, cycles([MIB] * 4, [2 * MIB] * 4), known,
        SelfCheck(10, 10, 1.0, 1), False, (), Steady(end, 20 * MIB),
        {version: Overhead(2 * MIB, MIB, 0, 0, 0)}, {},
    )  # fmt: skip


def test_one_recording_says_what_it_says() -> None:
    one = prediction(40, 20)
    assert together([one]) is one


def test_several_say_the_mean_and_bounds_hold_what_each_expects() -> None:
    found = together([prediction(40, 20), prediction(42, 21), prediction(44, 25)])
    assert found.cycles == Band(42, 37, 52)
    assert found.peak_bytes == Band(22 * MIB, 20 * MIB, 25 * MIB)
    assert found.survivor_bytes == 42
    assert found.run.position == [42]
    assert found.reason == "recordings that tell otherwise"


def test_the_reason_is_that_of_most() -> None:
    names = ["chance", "slack", "slack"]
    assert together([prediction(40, 20, name) for name in names]).reason == "slack"


def test_what_one_recording_cannot_tell_all_cannot() -> None:
    assert together([prediction(40, 20), prediction(40, 20, is_thrashing=True)]).is_thrashing
    assert together([prediction(40, 20), prediction(40, 20, is_given_up=True)]).is_given_up


def test_the_mean_of_takes_is_predicted() -> None:
    takes = [take("a", 1000 * MIB), take("b", 1200 * MIB)]
    alone = [each.predict(SETTING).cycles.value for each in takes]
    assert together([each.predict(SETTING) for each in takes]).cycles.value == np.mean(alone)
    assert alone[1] / alone[0] == pytest.approx(1.2, rel=0.03)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (take("b", gogc=200), "GOGC=200"),
        (take("b", version=GoVersion(26)), r"go1\.26"),
        (replace(take("b"), is_coarse=True), "cycles alone"),
        (replace(take("b"), cycles=replace(take("b").cycles, procs=4)), "GOMAXPROCS=4"),
        (take("a"), "the same recording"),
    ],
)
def test_recordings_that_differ_are_not_put_together(other: Take, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_alike([take("a"), other])


def test_recordings_of_the_same_go_together() -> None:
    check_alike([take("a"), take("b"), take("c")])


def test_notes_are_told_once_and_lengths_that_differ_are_told() -> None:
    early = Note(Severity.INFO, "whatif-early-cycles", "early", 2)
    takes = [replace(take(name), notes=(early,)) for name in "ab"]
    assert notes_on(takes) == (replace(early, count=4),)
    (note,) = notes_on([take("a"), take("b", 1300 * MIB)])
    assert note.slug == "whatif-lengths"
    assert "1000.0 MiB to 1.27 GiB" in note.message
