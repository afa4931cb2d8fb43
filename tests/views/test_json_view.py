"""JSON: a stable schema with raw numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.views.json_view import JSON_SCHEMA, render_json
from gotrace.views.report import Report
from tests.views.reports import HOSTILE_NAMES, heap_report, hostile_report, huge_report


def test_a_heap_report_is_this_json(golden: Callable[[str, str], None]) -> None:
    golden("gotrace.report.heap.format-json.json", render_json(heap_report()))


def test_the_schema_is_named() -> None:
    assert json.loads(render_json(heap_report()))["schema"] == JSON_SCHEMA == "gotrace.report/1"


def test_every_key_of_version_1_is_there() -> None:
    """Keys may be added to this list, never taken away."""
    page = json.loads(render_json(heap_report()))
    table = page["results"][3]["tables"][0]
    assert page.keys() >= {"recording_kind", "title", "source", "findings", "notes", "results"}
    assert page["results"][0].keys() >= {"name", "title", "facts", "tables"}
    assert page["results"][0]["facts"][0].keys() >= {"name", "title", "value", "unit", "detail"}
    assert table.keys() >= {"name", "title", "columns", "rows", "footnotes"}
    assert table["columns"][0].keys() >= {"name", "title", "unit", "error_of", "doc"}
    finding = {"slug", "what", "where", "amount", "unit", "certainty", "error", "weight", "advice"}
    assert page["findings"][0].keys() >= finding
    assert page["notes"][0].keys() >= {"severity", "slug", "message", "count", "where", "advice"}


def table_of(*values: Any) -> Report:
    table = ResultTable("t", "T", (ResultColumn("v", "bytes", values),))
    return Report("heap", "t", "s", (Result("r", "R", (Fact("f", values[0]),), (table,)),))


def values_in(text: str) -> list[Any]:
    return [row["v"] for row in json.loads(text)["results"][0]["tables"][0]["rows"]]


def test_numbers_are_raw_and_whole_ones_stay_whole() -> None:
    values = (np.int64(2**63 - 1), 1.0, 1.5, np.float64(2.0), np.True_, None, np.str_("x"))
    text = render_json(table_of(*values))
    assert values_in(text) == [2**63 - 1, 1, 1.5, 2, True, None, "x"]
    assert '"v": true' in text


def test_what_is_no_number_is_null() -> None:
    text = render_json(table_of(math.nan, math.inf, -math.inf, np.float64("nan")))
    assert values_in(text) == [None] * 4
    assert "NaN" not in text
    assert "Infinity" not in text


def test_names_arrive_exactly_and_harmlessly() -> None:
    text = render_json(hostile_report())
    names = [row["name"] for row in json.loads(text)["results"][1]["tables"][0]["rows"]]
    assert names == HOSTILE_NAMES
    assert text.isascii()
    assert text.replace("\n", "").isprintable()


def test_two_runs_give_the_same_text() -> None:
    assert render_json(heap_report()) == render_json(heap_report())


def test_huge_values_are_exact() -> None:
    assert str(2**63 - 1) in render_json(huge_report())
