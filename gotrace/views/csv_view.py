"""CSV for spreadsheets and scripts: one table, raw values, the unit in the column's name.

RFC 4180: commas, CRLF, quotes where needed, one header line. Two decisions:

- A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in
  front, since spreadsheets would run it as a formula, and names can come from strangers.
- Characters that do not print are spelled out (`gotrace.views.safety`); JSON has the exact names.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from gotrace.analyses.result import ResultColumn, ResultTable
from gotrace.errors import UsageError
from gotrace.views.cells import number_of, python_value
from gotrace.views.report import Report
from gotrace.views.safety import safe_text

__all__ = ["render_csv"]

_DEFAULT = "top"
_UNIT_NAMES = {"nanoseconds": "ns", "exact_bytes": "bytes"}
_UNITLESS = frozenset({"line", "address"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_csv(report: Report, table: str | None = None) -> str:
    """The table called `table` (by default `top`, else the first there is) as CSV.

    Unknown values are empty cells. Raises UsageError if the report has no such table.
    """
    chosen = _choose(report.tables(), table)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_guarded(_heading(column)) for column in chosen.columns])
    writer.writerows(zip(*(map(_cell, c.values) for c in chosen.columns), strict=True))
    return out.getvalue()


def _choose(tables: dict[str, ResultTable], name: str | None) -> ResultTable:
    if name is None and tables:
        return tables.get(_DEFAULT) or next(iter(tables.values()))
    if name not in tables:
        known = ", ".join(f"`{safe_text(known)}`" for known in tables) or "none"
        raise UsageError(f"there is no table `{safe_text(name or '')}` here; tables: {known}")
    return tables[name]


def _heading(column: ResultColumn) -> str:
    """`inuse_bytes`, `flat_bytes`, `flat_ratio`, `name`: the unit is in the name, once."""
    unit = _UNIT_NAMES.get(column.unit, column.unit)
    is_named = unit in ("", "text") or unit in column.name.split("_")
    return column.name if is_named or column.name in _UNITLESS else f"{column.name}_{unit}"


def _cell(value: Any) -> Any:
    value = python_value(value)
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, str):
        return _guarded(value)
    number = number_of(value)
    if isinstance(number, float) and number.is_integer():
        return int(number)
    return "" if number is None else number


def _guarded(text: str) -> str:
    return ("'" if text.startswith(_FORMULA) else "") + safe_text(text)
