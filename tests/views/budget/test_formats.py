"""Every format: golden files, hostile names, and several at once to files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gotrace.errors import InputError, UsageError
from gotrace.tables.budget import Checked
from gotrace.views.budget.formats import (
    BudgetFormat,
    append_step_summary,
    parse_target,
    render,
    write_all,
)
from gotrace.views.budget.markdown import LONGEST_COMMENT, LONGEST_SUMMARY
from tests.readers.benchmarks.logs import read
from tests.views.budget.checks import (
    HOSTILE_TEXTS,
    PROJECT,
    hostile_check,
    many_failures,
    small_check,
)
from tests.views.budget.prometheus import families_of

SUFFIXES = {
    BudgetFormat.TERMINAL: "txt",
    BudgetFormat.JSON: "json",
    BudgetFormat.MARKDOWN: "md",
    BudgetFormat.JUNIT: "xml",
    BudgetFormat.SARIF: "sarif",
    BudgetFormat.GITHUB: "txt",
    BudgetFormat.GITHUB_SUMMARY: "md",
    BudgetFormat.OPENMETRICS: "txt",
    BudgetFormat.BENCHFMT: "txt",
    BudgetFormat.SMALLER_IS_BETTER: "json",
    BudgetFormat.BIGGER_IS_BETTER: "json",
}
ONE_LINE = {
    BudgetFormat.GITHUB: re.compile(r"::(?:error|warning|notice) |Memory budgets "),
    BudgetFormat.OPENMETRICS: re.compile(r"# |gotrace_budget_[a-z_]+\{"),
    BudgetFormat.BENCHFMT: re.compile(r"Unit |(?:goos|goarch|cpu|go):|BenchmarkBudget/name="),
}
"""What every line begins with: a name that broke out of its line would begin another."""


@pytest.mark.parametrize("format", BudgetFormat)
def test_a_format_prints_what_its_golden_file_has(
    format: BudgetFormat, golden: Callable[[str, str], None]
) -> None:
    name = f"gotrace.budget.check.format-{format}.{SUFFIXES[format]}"
    golden(name, render(small_check(), format, PROJECT))


def well_formed(format: BudgetFormat, text: str, folder: Path) -> bool:
    """Whether the reader of the format takes the page for one of three verdicts."""
    if format in (BudgetFormat.JSON, BudgetFormat.SARIF):
        return bool(json.loads(text))
    if format is BudgetFormat.SMALLER_IS_BETTER:
        return len(json.loads(text)) == 2
    if format is BudgetFormat.BIGGER_IS_BETTER:
        return len(json.loads(text)) == 1
    if format is BudgetFormat.JUNIT:
        return len(ElementTree.fromstring(text).findall("./testsuite/testcase")) == 3
    if format is BudgetFormat.OPENMETRICS:
        families = families_of(text)
        return len(families["gotrace_budget_failing"].samples) == 3
    if format is BudgetFormat.BENCHFMT:
        recording = read(text, folder)
        return recording.columns["benchmarks"].rows == 6 and not recording.notes
    return text.count("Memory budgets") >= 1


@pytest.mark.parametrize("format", BudgetFormat)
@pytest.mark.parametrize("hostile", HOSTILE_TEXTS)
def test_hostile_names_stay_names(format: BudgetFormat, hostile: str, tmp_path: Path) -> None:
    text = render(hostile_check(HOSTILE_TEXTS[hostile]), format, PROJECT)
    assert well_formed(format, text, tmp_path)
    encoded = text.encode("utf-8")  # a lone surrogate would not go
    if format is not BudgetFormat.JSON:  # which keeps names as they are
        assert len(encoded) < 200_000
    assert text.replace("\n", "").isprintable()
    pattern = ONE_LINE.get(format)
    assert pattern is None or all(map(pattern.match, text.splitlines()))


def test_a_hostile_name_is_no_markup_in_markdown() -> None:
    page = render(hostile_check(HOSTILE_TEXTS["comment"]), BudgetFormat.MARKDOWN)
    outside = re.sub(r"`[^`]*`", "", page)
    assert outside.count("<!-- gotrace-budget -->") == 1
    assert "<script" not in outside
    linked = render(hostile_check(HOSTILE_TEXTS["link"]), BudgetFormat.MARKDOWN)
    outside = re.sub(r"`[^`]*`", "", linked)
    assert "](" not in outside
    assert "@everyone" not in outside
    tabled = render(hostile_check(HOSTILE_TEXTS["table"]), BudgetFormat.MARKDOWN)
    rows = [line for line in tabled.splitlines() if line.startswith("| ")]
    assert {row.count("|") for row in rows} == {6}


@pytest.mark.parametrize("format", BudgetFormat)
def test_a_check_without_budgets_is_a_page_too(format: BudgetFormat) -> None:
    text = render(Checked((), "gotrace.toml"), format)
    assert text.endswith("\n") or (format is BudgetFormat.BENCHFMT and not text)


def test_a_format_is_the_same_every_time() -> None:
    pages = [[render(small_check(), format, PROJECT) for format in BudgetFormat] for _ in range(2)]
    assert pages[0] == pages[1]


def test_pages_for_github_keep_its_limits() -> None:
    checked = many_failures(1_500)
    comment = render(checked, BudgetFormat.MARKDOWN)
    summary = render(checked, BudgetFormat.GITHUB_SUMMARY)
    assert LONGEST_COMMENT // 2 < len(comment.encode()) <= LONGEST_COMMENT
    assert LONGEST_SUMMARY // 2 < len(summary.encode()) <= LONGEST_SUMMARY
    assert re.search(r"[0-9,]+ of 1,501 budgets are left out here to fit", comment)


def test_a_comment_has_nothing_of_the_run_in_it() -> None:
    comment = render(small_check(), BudgetFormat.MARKDOWN)
    assert comment.startswith("<!-- gotrace-budget -->\n### ")
    assert "/tmp/run-7" not in comment
    assert "`heap.pprof`" in comment


def test_a_target_is_a_format_and_a_file() -> None:
    assert parse_target("junit=out/report.xml") == (BudgetFormat.JUNIT, Path("out/report.xml"))
    assert parse_target("customsmallerisbetter") == (BudgetFormat.SMALLER_IS_BETTER, None)
    assert parse_target("json=a=b") == (BudgetFormat.JSON, Path("a=b"))
    for wrong in ("yaml", "", "junit="):
        with pytest.raises(UsageError):
            parse_target(wrong)


def test_several_formats_are_written_at_once(tmp_path: Path) -> None:
    (tmp_path / "old.sarif").write_text("old")
    targets = [
        (BudgetFormat.JUNIT, tmp_path / "report.xml"),
        (BudgetFormat.SARIF, tmp_path / "old.sarif"),
        (BudgetFormat.JSON, Path("/dev/null")),
    ]
    write_all(small_check(), targets, PROJECT)
    assert (tmp_path / "report.xml").read_text() == render(small_check(), BudgetFormat.JUNIT)
    assert json.loads((tmp_path / "old.sarif").read_text())["version"] == "2.1.0"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.sarif", "report.xml"]
    assert not Path("/dev/null").is_file()


def test_what_cannot_be_written_leaves_the_other_files_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text("old")
    for bad in (tmp_path / "none/out.json", tmp_path):
        with pytest.raises(InputError, match="cannot be written"):
            write_all(
                small_check(),
                [(BudgetFormat.JUNIT, tmp_path / "report.xml"), (BudgetFormat.JSON, bad)],
            )
        assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("report.xml", "old")]


def test_two_formats_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(UsageError, match="one file"):
        write_all(small_check(), [(BudgetFormat.JUNIT, path), (BudgetFormat.JSON, path)])
    assert not path.exists()


def test_a_summary_is_appended_within_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    append_step_summary(small_check(), path)
    assert path.read_text().startswith("### Memory budgets fail")
    path.write_text("x" * (LONGEST_SUMMARY - 100_000))
    append_step_summary(many_failures(1_500), path)
    assert LONGEST_SUMMARY - 50_000 < path.stat().st_size <= LONGEST_SUMMARY
    assert path.read_text().startswith("xxx")
    with pytest.raises(InputError):
        append_step_summary(small_check(), tmp_path / "none/summary")
