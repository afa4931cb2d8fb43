"""Remedies as people read them."""

from __future__ import annotations

from typing import Any

from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.views.json_view import render_json
from gotrace.views.markdown import render_markdown
from gotrace.views.plain import render_plain
from gotrace.views.remedies import told_remedies
from gotrace.views.report import Report

ROW: dict[str, Any] = {
    "slug": "presize-slice", "site": "index.Add", "file": "index/index.go", "line": 12,
    "what": "the slice grows 9 times", "evidence": "arrays of 9 sizes, each twice the last",
    "saved_unit": "bytes", "saved_low": 1 << 20, "saved_high": 3 << 19, "saved_low_ratio": 0.12,
    "saved_high_ratio": 0.183, "weight": "high", "certainty": "sampled",
    "advice": "make it with its capacity", "check": "B/op of BenchmarkAdd",
}  # fmt: skip


def remedies(*rows: dict[str, Any]) -> ResultTable:
    columns = tuple(ResultColumn(name, "", [row[name] for row in rows]) for name in ROW)
    return ResultTable("remedies", "Remedies", columns)


def report(*rows: dict[str, Any]) -> Report:
    told = Result("what_to_try", "What to try", tables=(remedies(*rows),))
    return Report("wrestle", "Allocator wrestling", "wrestle-1", (told,))


def test_a_remedy_tells_site_saving_band_certainty_and_check() -> None:
    (told,) = told_remedies(remedies(ROW))
    assert told.text == "[high] presize-slice: the slice grows 9 times"
    assert told.where == "index.Add (index/index.go:12)"
    assert told.details == (
        "saves: 12% to 18.3% of the bytes allocated (1.00 MiB to 1.50 MiB), estimated from samples",
        "because: arrays of 9 sizes, each twice the last",
        "try: make it with its capacity",
        "check: B/op of BenchmarkAdd",
    )
    assert told.is_grave


def test_an_upper_bound_has_no_lower_end() -> None:
    unknown = dict.fromkeys(("saved_low", "saved_low_ratio"))
    known = {"saved_unit": "objects", "saved_high": 1200, "saved_high_ratio": 0.5}
    row = {**ROW, **unknown, **known, "certainty": "upper", "weight": "low"}
    (told,) = told_remedies(remedies(row))
    assert told.details[0] == (
        "saves: 50% of the objects allocated (1,200 objects), at most so much"
    )
    assert not told.is_grave


def test_remedies_stand_where_their_answer_is_and_nowhere_else() -> None:
    text = render_plain(report(ROW, {**ROW, "slug": "pool-objects"}))
    assert text.index("What to try") < text.index("1. [high] presize-slice")
    assert text.index("1. [high]") < text.index("2. [high] pool-objects")
    assert "Findings" not in text
    assert text.count("presize-slice") == 1


def test_a_hostile_name_cannot_steer_a_terminal_or_a_page() -> None:
    row = {**ROW, "site": "evil\x1b[2J", "what": "<script>@everyone"}
    assert "\x1b" not in render_plain(report(row))
    page = render_markdown(report(row))
    assert "<script>" not in page
    assert "@everyone" not in page
    assert "\x1b" not in render_json(report(row))
