"""pprof's filters, each on stacks one can read."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from gotrace.analyses.top import top
from gotrace.analyses.top_options import TopOptions
from gotrace.errors import UsageError
from gotrace.tables.notes import Severity
from gotrace.tables.recording import Origin, Recording
from tests.builders import Sample, recording_from

STACKS = recording_from(
    Sample(["alloc", "decode", "serve", "main"], [1]),
    Sample(["alloc", "cache", "main"], [10]),
    Sample(["wait", "main"], [100]),
    program="/build/app",
)
INLINED = recording_from(Sample([("inner", "middle", "outer"), "main"], [1]))
TAGGED = recording_from(
    Sample(["small"], [1], {"bytes": 512, "handler": "/index"}),
    Sample(["large"], [10], {"bytes": 4096, "handler": "/upload", "tenant": "b"}),
    Sample(["timed"], [100], {"wait": (3, "milliseconds"), "tenant": "a"}),
    Sample(["bare"], [1000]),
)


def flat(recording: Recording, **options: Any) -> dict[str, int]:
    """Function → flat, for rows that have any."""
    rows = top(recording, TopOptions(trim=False, **options)).rows
    return {row.name: row.flat for row in rows if row.flat}


def cum(recording: Recording, **options: Any) -> dict[str, int]:
    """Function → cum."""
    rows = top(recording, TopOptions(trim=False, **options)).rows
    return {row.name: row.cum for row in rows}


def messages(recording: Recording, **options: Any) -> list[str]:
    return [note.message for note in top(recording, TopOptions(**options)).notes]


def test_focus_keeps_stacks_with_a_match_anywhere() -> None:
    assert flat(STACKS, focus="decode|cache") == {"alloc": 11}


def test_ignore_beats_focus() -> None:
    assert flat(STACKS, focus="alloc", ignore="cache") == {"alloc": 1}


def test_focus_also_looks_at_files_and_programs() -> None:
    assert flat(STACKS, focus=r"wait\.go") == {"wait": 100}
    assert flat(STACKS, focus="^/build/app$") == {"alloc": 11, "wait": 100}


def test_hidden_frames_give_their_weight_to_their_callers() -> None:
    assert flat(STACKS, hide="alloc|wait") == {"decode": 1, "cache": 10, "main": 100}


def test_a_stack_whose_frames_are_all_hidden_is_gone() -> None:
    assert flat(STACKS, hide="wait|main") == {"alloc": 11}


def test_show_hides_everything_else() -> None:
    assert cum(STACKS, show="main|cache") == {"main": 111, "cache": 10}


def test_show_hides_unknown_addresses() -> None:
    assert flat(recording_from(Sample(["0x10@/lib/c.so", "f"], [1])), show="f|c.so") == {"f": 1}


def test_show_from_cuts_off_the_callers_of_the_outermost_match() -> None:
    assert cum(STACKS, show_from="decode|cache") == {"alloc": 11, "decode": 1, "cache": 10}
    assert cum(INLINED, show_from="middle") == {"inner": 1, "middle": 1}


def test_prune_from_cuts_off_what_the_innermost_match_called() -> None:
    assert flat(STACKS, prune_from="decode|cache") == {"decode": 1, "cache": 10, "wait": 100}
    assert flat(INLINED, prune_from="middle") == {"middle": 1}


def test_the_recordings_own_uninteresting_frames_are_pruned() -> None:
    origin = Origin(drop_frames="alloc|decode", keep_frames="decode")
    recording = recording_from(
        Sample(["make", "alloc", "decode", "main"], [1]),
        Sample([("make", "alloc", "decode"), "main"], [10]),
        Sample(["make", "alloc"], [100]),
        origin=origin,
    )
    assert flat(recording) == {"decode": 11, "make": 100}
    assert flat(recording, all_frames=True) == {"make": 111}


def test_names_are_pruned_without_their_arguments() -> None:
    origin = Origin(drop_frames=r"std::sort|main\.")
    recording = recording_from(
        Sample(["less", "std..sort(int, int)", "f"], [1]),
        Sample(["less", "main.(*T).Len", "f"], [10]),
        origin=origin,
    )
    assert flat(recording) == {"less": 1, "f": 10}


def test_a_bad_list_of_uninteresting_frames_is_noted_and_left_out() -> None:
    recording = recording_from(Sample(["f"], [1]), origin=Origin(drop_frames="("))
    table = top(recording)
    assert [row.flat for row in table.rows] == [1]
    assert [note.severity for note in table.notes] == [Severity.FAULT]


def test_an_exponential_list_of_uninteresting_frames_is_applied_in_time() -> None:
    names = ["a" * 60 + "b", "a" * 60]
    origin = Origin(drop_frames="(a+)+")
    recording = recording_from(*(Sample([name, "main"], [1]) for name in names), origin=origin)
    assert flat(recording) == {names[0]: 1, "main": 1}


def test_a_list_of_uninteresting_frames_that_takes_too_long_is_noted_and_left_out() -> None:
    # Every state of the automaton is new: it remembers where the last 900 letters were an `a`.
    letters = Random(1)
    names = ["".join(letters.choices("ab", k=5000)) for _ in range(40)]
    origin = Origin(drop_frames=".*a(a|b){900}c")
    recording = recording_from(*(Sample([name], [1]) for name in names), origin=origin)
    table = top(recording)
    assert sum(row.flat for row in table.rows) == 40
    assert [note.slug for note in table.notes] == ["bad-drop-frames"]
    assert "too long" in table.notes[0].message


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("512b", {"small": 1}),
        ("1kb:", {"large": 10}),
        ("1KiB:", {"large": 10}),
        (":1kb", {"small": 1}),
        ("bytes=512b:4kb", {"small": 1, "large": 10}),
        ("other=512b:4kb", {}),
        ("2ms:4ms", {"timed": 100}),
        ("3000us", {"timed": 100}),
        ("5kb:1kb", {}),
        ("index", {"small": 1}),
        ("handler:/", {"small": 1, "large": 10}),
        ("handler:,tenant:b", {"large": 10}),
        ("handler=index,up", {"small": 1, "large": 10}),
        ("tenant=^a$", {"timed": 100}),
        ("=tenant:a", {"timed": 100}),
    ],
)
def test_tagfocus_takes_ranges_and_regular_expressions(value: str, kept: dict[str, int]) -> None:
    assert flat(TAGGED, tagfocus=value) == kept


def test_tagignore_drops_what_tagfocus_would_keep() -> None:
    assert flat(TAGGED, tagignore="bytes=1b:1kb") == {"large": 10, "timed": 100, "bare": 1000}
    assert flat(TAGGED, tagfocus="handler:", tagignore="tenant=b") == {"small": 1}


def test_tagroot_and_tagleaf_put_labels_on_the_ends_of_stacks() -> None:
    assert cum(TAGGED, tagroot="tenant,handler", focus="/upload")["b"] == 10
    assert flat(TAGGED, tagleaf="wait", focus="timed") == {"3ms": 100}


def test_relative_percentages_are_shares_of_what_is_left() -> None:
    table = top(STACKS, TopOptions(focus="alloc", relative_percentages=True))
    assert (table.total, table.rows[0].flat_ratio) == (11, 1.0)


def test_filters_that_match_nothing_are_reported() -> None:
    assert messages(STACKS, focus="x", hide="y", tagfocus="z") == [
        "Focus expression matched no samples",
        "Hide expression matched no samples",
        "TagFocus expression matched no samples",
    ]
    assert messages(STACKS, focus="main", tagroot="nothing") == [
        "TagRoot expression matched no samples"
    ]
    assert messages(TAGGED, tagshow="bytes", taghide="nothing") == [
        "TagHide expression matched no samples"
    ]


def test_a_range_is_reported_to_be_one() -> None:
    assert messages(TAGGED, tagfocus="1kb:") == [
        "tagfocus: interpreted `1kb:` as range, not regexp"
    ]


def test_labels_in_several_units_are_reported() -> None:
    recording = recording_from(
        Sample(["f"], [1], {"wait": (1, "ms")}),
        Sample(["f"], [1], {"wait": (1, "s")}),
    )
    assert messages(recording) == ["For tag wait used unit ms, also encountered unit(s) s"]


@pytest.mark.parametrize("name", ["focus", "show_from", "tagfocus", "taghide", "prune_from"])
def test_a_bad_regular_expression_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match=f"-{name}: error parsing regexp"):
        top(STACKS, TopOptions(**{name: "("}))


def test_a_range_beyond_64_bits_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="64 bits"):
        top(TAGGED, TopOptions(tagfocus=f"{'9' * 5000}b"))
