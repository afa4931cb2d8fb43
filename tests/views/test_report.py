"""A report collects what its results found, each once and in order of weight."""

from __future__ import annotations

from gotrace.analyses.result import Certainty, Finding, Result, Weight
from gotrace.tables.notes import Note, Severity
from gotrace.views.report import Report
from gotrace.views.sections import sections
from tests.views.reports import cpu_report, heap_report, hostile_report


def finding(slug: str, weight: Weight, advice: str = "") -> Finding:
    return Finding(slug, slug, "", 1, "count", Certainty.EXACT, weight=weight, advice=advice)


def test_findings_are_shown_once_and_the_heaviest_first() -> None:
    low, high = finding("low", Weight.LOW), finding("high", Weight.HIGH)
    report = Report("heap", "t", "s", (Result("r", "R", findings=(low, high)),), (low,))
    assert report.all_findings() == [high, low]


def test_notes_are_shown_once_and_faults_first() -> None:
    info, fault = Note(Severity.INFO, "i", "i"), Note(Severity.FAULT, "f", "f")
    report = Report("heap", "t", "s", (Result("r", "R", notes=(info,)),), (), (info, fault))
    assert report.all_notes() == [fault, info]


def test_sections_stand_in_reading_order() -> None:
    names = [section.name for section in sections(heap_report())]
    assert names == [
        "head",
        "findings",
        "sample_types",
        "top",
        "size_classes",
        "large_objects",
        "lifetimes",
        "memory_bridge",
        "notes",
        "legend",
    ]


def test_only_a_heap_profile_without_findings_says_that_nothing_stands_out() -> None:
    heap = sections(Report("heap", "t", "s"))
    assert [section.lines for section in heap if section.name == "findings"] == [
        ("Nothing stands out.",)
    ]
    assert "findings" not in [section.name for section in sections(cpu_report())]


def test_the_same_advice_is_told_once() -> None:
    twice = tuple(finding(slug, Weight.LOW, "do this.") for slug in ("a", "b"))
    items = sections(Report("heap", "t", "s", (), twice))[1].items
    assert [item.details[-1] for item in items] == ["Try: do this.", "Try: as for 1."]


def test_no_section_holds_a_character_that_does_not_print() -> None:
    for section in sections(hostile_report()):
        texts = [section.title, *section.lines, *(item.text for item in section.items)]
        texts += [part for fact in section.facts for part in fact]
        texts += [cell for grid in section.grids for c in grid.columns for cell in c.cells]
        assert all(text.isprintable() for text in texts)


def test_only_signs_that_occur_are_explained() -> None:
    legend = sections(cpu_report())[-1]
    assert legend.name != "legend"
    assert len(sections(heap_report())[-1].lines) == 3
