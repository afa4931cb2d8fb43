"""The plain form: the same bytes in every pipe, and nothing cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gotrace.analyses.result import Certainty, Finding
from gotrace.views.plain import render_plain
from gotrace.views.report import Report
from gotrace.views.safety import text_width
from tests.views.reports import (
    NAMES,
    cpu_report,
    diff_report,
    empty_report,
    heap_report,
    hostile_report,
    huge_report,
)

Golden = Callable[[str, str], None]


def test_a_heap_report_reads_like_this_at_80_columns(golden: Golden) -> None:
    golden("gotrace.report.heap.txt", render_plain(heap_report(), 80))


def test_a_heap_report_reads_like_this_at_120_columns(golden: Golden) -> None:
    golden("gotrace.report.heap.columns-120.txt", render_plain(heap_report(), 120))


def test_a_cpu_report_reads_like_this(golden: Golden) -> None:
    golden("gotrace.report.cpu.txt", render_plain(cpu_report()))


def test_an_empty_report_reads_like_this(golden: Golden) -> None:
    golden("gotrace.report.empty.txt", render_plain(empty_report()))


def test_a_difference_reads_like_this(golden: Golden) -> None:
    golden("gotrace.diff.txt", render_plain(diff_report()))


def test_a_hostile_report_reads_like_this(golden: Golden) -> None:
    golden("gotrace.report.hostile.txt", render_plain(hostile_report()))


@pytest.mark.parametrize("width", [0, 1, 20, 40, 80, 500])
def test_names_are_never_cut_in_a_pipe(width: int) -> None:
    lines = render_plain(heap_report(), width).splitlines()
    for name in NAMES:
        assert any(name in line for line in lines)


def test_sentences_and_tables_of_numbers_fit_the_width() -> None:
    lines = render_plain(heap_report(), 80).splitlines()
    assert [line for line in lines if text_width(line) > 80 and "/" not in line] == []


def test_without_a_width_a_table_is_in_one_piece() -> None:
    text = render_plain(heap_report(), 0)
    assert text.count("\nclass ") == 1


def test_huge_values_print() -> None:
    text = render_plain(huge_report())
    assert "8.00 EiB" in text
    assert "9,223,372,036,854,775,807" in text


def test_nothing_but_newlines_controls_the_terminal() -> None:
    text = render_plain(hostile_report())
    assert text.replace("\n", "").isprintable()


def test_bounds_are_marked_and_explained() -> None:
    text = render_plain(heap_report())
    assert "spans ≥" in text
    assert "≥ heads columns of lower bounds" in text
    assert "≤" not in text


@pytest.mark.parametrize(
    ("certainty", "error", "text"),
    [
        (Certainty.LOWER, 0, "at least 4.00 KiB"),
        (Certainty.LOWER, 1024, "at least 4.00 KiB ±25%"),
        (Certainty.UPPER, 0, "at most 4.00 KiB"),
        (Certainty.SAMPLED, 0, "4.00 KiB (estimated from samples)"),
        (Certainty.SAMPLED, 1024, "4.00 KiB ±25% (estimated from samples)"),
        (Certainty.EXACT, 0, "4.00 KiB (exact)"),
    ],
)
def test_an_amount_says_how_sure_it_is(certainty: Certainty, error: float, text: str) -> None:
    advice = "look"
    finding = Finding("slug", "what", "", 4096, "bytes", certainty, error, advice=advice)
    report = Report("heap", "T", "f", findings=(finding,))
    assert f"\n   {text}\n   Try: look" in render_plain(report)


def test_a_fault_is_named_at_the_head_and_in_the_notes() -> None:
    head, _, rest = render_plain(hostile_report()).partition("Findings")
    assert "FAULT: 1 note weakens these numbers" in head
    assert "\nFAULT: " in rest
