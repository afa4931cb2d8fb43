"""CSV: one table, raw values, units in the names, formulas defused."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable

import pytest

from gotrace.analyses.result import Result, ResultColumn, ResultTable
from gotrace.errors import UsageError
from gotrace.views.csv_view import render_csv
from gotrace.views.report import Report
from tests.views.reports import cpu_report, empty_report, heap_report, hostile_report

Golden = Callable[[str, str], None]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_top_table_is_the_default(golden: Golden) -> None:
    text = render_csv(heap_report())
    golden("gotrace.report.heap.format-csv.csv", text)
    assert text == render_csv(heap_report(), "top")


def test_another_table_is_asked_for_by_name(golden: Golden) -> None:
    text = render_csv(heap_report(), "size_classes")
    golden("gotrace.report.heap.format-csv.table-size_classes.csv", text)


def test_an_unknown_table_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="`lifetimes`"):
        render_csv(heap_report(), "nonsense")


def test_a_report_without_tables_has_none_to_print() -> None:
    with pytest.raises(UsageError, match="none"):
        render_csv(Report("heap", "t", "s"))


def test_an_empty_table_is_its_header() -> None:
    assert len(rows_of(render_csv(empty_report()))) == 1


def test_units_are_in_the_names_once() -> None:
    header = rows_of(render_csv(cpu_report()))[0]
    assert header[:5] == ["flat_ns", "flat_ratio", "sum_ratio", "cum_ns", "cum_ratio"]
    assert "line" in header


def test_formulas_are_defused() -> None:
    cells = [cell for row in rows_of(render_csv(hostile_report())) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_negative_numbers_are_no_formulas() -> None:
    table = ResultTable("top", "T", (ResultColumn("flat", "bytes", [-5, 1.5, math.nan, None]),))
    text = render_csv(Report("heap", "t", "s", (Result("top", "T", (), (table,)),)))
    assert text == 'flat_bytes\r\n-5\r\n1.5\r\n""\r\n""\r\n'


def test_every_record_is_one_line() -> None:
    text = render_csv(hostile_report())
    assert text.count("\r\n") == len(rows_of(text))
    assert text.replace("\r\n", "").isprintable()
