"""Markdown for pull requests: names cannot break out of their cells, and it fits."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gotrace.analyses.result import Certainty, Finding, Result, ResultColumn, ResultTable
from gotrace.views.markdown import render_markdown
from gotrace.views.report import Report
from tests.views.reports import empty_report, heap_report, hostile_report

Golden = Callable[[str, str], None]


def test_a_heap_report_is_this_markdown(golden: Golden) -> None:
    golden("gotrace.report.heap.format-markdown.md", render_markdown(heap_report()))


def test_a_hostile_report_is_this_markdown(golden: Golden) -> None:
    golden("gotrace.report.hostile.format-markdown.md", render_markdown(hostile_report()))


def named(name: str) -> str:
    """The table row of a report on one function called `name`."""
    names = ["a name that is long enough to be a column of names", name]
    columns = (ResultColumn("flat", "bytes", [1, 2]), ResultColumn("name", "text", names))
    table = ResultTable("top", "Top", columns)
    text = render_markdown(Report("cpu", "t", "s", (Result("top", "Top", (), (table,)),)))
    return next(line for line in text.splitlines() if line.startswith("| 2 B |"))


@pytest.mark.parametrize(
    "name",
    ["a|b", r"a\|b", r"a\\|b", "a`|`b", "``|``", "a\n| evil | row |", "<b>|</b>", "|", "\\", "`"],
)
def test_no_name_adds_a_cell_or_a_row(name: str) -> None:
    row = named(name)
    assert re.fullmatch(r"\| 2 B \| (`[^`|\\]*`|<code>[^`|\\<>]*</code>) \|", row)


@pytest.mark.parametrize(
    "sentence",
    [
        "<script>alert(1)</script>",
        "</details><h1>x",
        "@everyone look",
        "fixes #12",
        "![x](https://evil.example/x.png)",
        "[x]: https://evil.example",
        "**bold** ~~gone~~ $x$",
        "| a | b |",
        "one ` tick",
        "www.evil.example",
    ],
)
def test_sentences_hold_no_markup(sentence: str) -> None:
    finding = Finding("x", sentence, "", 1, "count", Certainty.EXACT)
    text = render_markdown(Report("heap", "t", "s", (), (finding,)))
    line = next(line for line in text.splitlines() if line.startswith("1. "))
    bare = line.removeprefix("1. ").replace("<!-- -->", "\0")
    assert not re.search(r"[<>`*~\[\]$|]|[@#](?!\0)(?!\d+;)|://|www\.", bare)


def test_code_in_our_own_sentences_stays_code() -> None:
    finding = Finding("x", "set `GOGC=off` now", "", 1, "count", Certainty.EXACT)
    assert "set `GOGC=off` now" in render_markdown(Report("heap", "t", "s", (), (finding,)))


def test_code_that_could_leave_its_cell_is_code_nevertheless() -> None:
    told = '`f(a | b)` is called by `Split(x, "\\n")`, then `g`'
    text = render_markdown(
        Report("heap", "t", "s", (), (Finding("x", told, "", 1, "count", Certainty.EXACT),))
    )
    assert (
        "<code>f(a &#124; b)</code> is called by <code>Split(x, &#34;&#92;n&#34;)</code>, then `g`"
    ) in text


def test_headings_start_at_the_third_level() -> None:
    headings = re.findall(r"^#+", render_markdown(heap_report()), re.MULTILINE)
    assert headings
    assert min(map(len, headings)) == 3


def test_details_open_and_close_in_pairs() -> None:
    text = render_markdown(heap_report())
    assert text.count("<details>") == text.count("</details>") > 0


@pytest.mark.parametrize("longest", [1500, 3000, 65_536])
def test_a_comment_never_grows_too_long(longest: int) -> None:
    text = render_markdown(heap_report(), longest)
    assert len(text) <= longest
    assert ("Left out to fit" in text) == (longest < 10_000)


def test_a_very_long_name_is_cut_in_the_middle() -> None:
    assert len(named("x" * 100_000)) < 300


def test_an_empty_table_says_so() -> None:
    assert "(no rows)" in render_markdown(empty_report())


def test_a_long_table_ends_after_70_rows() -> None:
    columns = (ResultColumn("flat", "bytes", range(5000)),)
    table = ResultTable("top", "Top", columns)
    text = render_markdown(Report("cpu", "t", "s", (Result("top", "Top", (), (table,)),)))
    assert "(4,930 more rows)" in text
    assert "| 69 B |\n\n(" in text
