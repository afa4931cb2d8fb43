"""Block and mutex profiles as text: cycles to nanoseconds."""

from __future__ import annotations

import pytest

from gotrace.readers.draft import ProfileDraft
from gotrace.readers.legacy import read_text
from gotrace.readers.recognise import Format


def read(*lines: str) -> ProfileDraft:
    return read_text("".join(line + "\n" for line in lines).encode(), Format.CONTENTION_TEXT)


@pytest.mark.parametrize(
    ("title", "form"),
    [
        ("--- contention:", "block text (debug=1)"),
        ("--- mutex:", "mutex text (debug=1)"),
        ("--- contentionz 7 ---", "contentionz text"),
    ],
)
def test_the_title_names_the_form(title, form) -> None:
    draft = read(title)
    assert (draft.kind, draft.origin.format) == ("contention", form)
    assert draft.sample_types == [("contentions", "count"), ("delay", "nanoseconds")]
    assert (draft.origin.period_type, draft.origin.period_unit) == ("contentions", "count")


def test_cycles_become_nanoseconds() -> None:
    draft = read("--- contention:", "cycles/second=2000000000", "3000 5 @ 0x101")
    assert draft.values.tolist() == [[5], [1500]]


def test_without_a_clock_cycles_stay_cycles() -> None:
    assert read("--- contention:", "3000 5 @ 0x101").values.tolist() == [[5], [3000]]


def test_a_mutex_period_is_applied_as_pprof_does_and_doubted() -> None:
    """Go since 1.17 has applied it already."""
    lines = ("cycles/second=1000000000", "sampling period=4", "3000 5 @ 0x101")
    draft = read("--- mutex:", *lines)
    assert draft.values.tolist() == [[20], [12000]]
    assert draft.origin.period == 4
    assert [note.slug for note in draft.notes] == ["mutex-text-scaled-twice"]


def test_a_mutex_period_of_1_is_no_doubt() -> None:
    lines = ("cycles/second=1000000000", "sampling period=1", "3000 5 @ 0x101")
    assert read("--- mutex:", *lines).notes == []


def test_cpp_profiles_tell_how_long_they_ran() -> None:
    draft = read("--- contentionz 1 ---", "ms since reset = 1500")
    assert draft.origin.duration_ns == 1_500_000_000
