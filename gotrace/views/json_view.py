"""JSON for programs: raw bytes and nanoseconds, every unit named, a schema that only grows.

`"schema": "gotrace.report/1"`. Within version 1 keys may be added, never renamed or removed, and
numbers keep their meaning. Numbers are never NaN or infinite (unknown is `null`), whole numbers
are written as such whatever their size, and text is ASCII with `\\u` escapes, so that names from
hostile recordings arrive exactly as recorded and yet cannot harm a terminal.
"""

from __future__ import annotations

import json
from typing import Any

from gotrace.analyses.result import Fact, Finding, Result, ResultColumn, ResultTable
from gotrace.tables.notes import Note
from gotrace.views.cells import number_of, python_value
from gotrace.views.report import Report

__all__ = ["JSON_SCHEMA", "render_json"]

JSON_SCHEMA = "gotrace.report/1"


def render_json(report: Report) -> str:
    """The whole report as one indented JSON object, keys sorted, ending in a newline.

    Rows are objects by column name; `columns` keeps their order, units and documentation, and
    names the column an error belongs to. `results` keeps the order of `Report.results`.
    """
    page = {
        "schema": JSON_SCHEMA,
        "recording_kind": report.recording_kind,
        "title": report.title,
        "source": report.source,
        "findings": [_finding(finding) for finding in report.all_findings()],
        "notes": [_note(note) for note in report.all_notes()],
        "results": [_result(result) for result in report.results],
    }
    return json.dumps(page, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _value(value: Any) -> Any:
    value = python_value(value)
    if value is None or isinstance(value, str | bool):
        return value
    number = number_of(value)
    if isinstance(number, float) and number.is_integer():
        return int(number)
    return number


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "slug": finding.slug,
        "what": finding.what,
        "where": finding.where,
        "amount": _value(finding.amount),
        "unit": finding.unit,
        "certainty": finding.certainty.value,
        "error": _value(finding.error),
        "weight": finding.weight.value,
        "advice": finding.advice,
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "severity": note.severity.value,
        "slug": note.slug,
        "message": note.message,
        "count": _value(note.count),
        "where": note.where,
        "advice": note.advice,
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "title": result.title,
        "facts": [_fact(fact) for fact in result.facts],
        "tables": [_table(table) for table in result.tables],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "name": fact.name,
        "title": fact.title,
        "value": _value(fact.value),
        "unit": fact.unit,
        "detail": fact.detail,
    }


def _table(table: ResultTable) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    columns = [map(_value, column.values) for column in table.columns]
    return {
        "name": table.name,
        "title": table.title,
        "columns": [_column(column) for column in table.columns],
        "rows": [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)],
        "footnotes": list(table.footnotes),
    }


def _column(column: ResultColumn) -> dict[str, Any]:
    return {
        "name": column.name,
        "title": column.title,
        "unit": column.unit,
        "error_of": column.error_of,
        "doc": column.doc,
        "bound": column.bound.value if column.bound else "",
    }
