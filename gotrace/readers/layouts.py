"""How types lie in memory: the JSON that `gotrace/capture/layouts/main.go` prints of a binary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gotrace.errors import InputError, LimitError, MalformedError, UnrecognisedError
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.sources import open_source
from gotrace.tables.columns import Coded, Column, Columns, Lazy
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin, Recording

__all__ = ["MOST_FIELDS", "MOST_TYPES", "read_layouts"]

MOST_TYPES = 200_000
"""Types of one binary; Go's own compiler has 8,000."""
MOST_FIELDS = 2_000_000
_VERSION = 1
_MOST = 1 << 62
_SIZES = ("size_bytes", "pointer_bytes", "pointers_count")
_ADVICE = "`gotrace wrestle` makes it; see gotrace/capture/layouts/main.go"


@dataclass
class _Rows:
    """Values of the columns of a table, by name."""

    numbers: dict[str, list[int]]
    texts: dict[str, list[str]]
    count: int = 0


@dataclass
class _Tables:
    """Both tables, row by row."""

    types: _Rows = field(
        default_factory=lambda: _Rows(
            {name: [] for name in (*_SIZES, "length", "address")},
            {name: [] for name in ("name", "full_name", "package", "kind", "element")},
        )
    )
    fields: _Rows = field(
        default_factory=lambda: _Rows(
            {name: [] for name in ("layout_id", "index", "offset_bytes", "is_embedded", *_SIZES)},
            {name: [] for name in ("name", "type")},
        )
    )
    unread: int = 0


def read_layouts(source: str | Path | Peeked, limits: Limits = DEFAULT) -> Recording:
    """Read layouts at a path, `-`, or an http(s) address, as a recording of kind `layouts`.

    The tables are those of `gotrace.tables.layout_schema`. A type or field that says no sensible
    size is left out, and told in a note.

    Raises InputError: UnrecognisedError for anything else, MalformedError for JSON that is damaged,
    LimitError for more than `MOST_TYPES` types or `MOST_FIELDS` fields.
    """
    taken = source if isinstance(source, Peeked) else str(source)
    opened = open_source(taken, limits)
    try:
        page = _page(bytes(opened.data))
        tables = _Tables()
        for value in page["types"]:
            _take(value, tables)
    except InputError as error:
        raise error.at(opened.name) from None
    origin = Origin(
        paths=(opened.name,),
        format="layouts of types (JSON)",
        sha256=opened.sha256,
        size_bytes=opened.size_bytes,
        go_version=_text(page.get("go_version")) or "",
    )
    columns = {
        "type_layouts": _type_layouts(tables.types),
        "type_fields": _type_fields(tables.fields),
    }
    return Recording("layouts", origin, Lazy(columns), _notes(tables))


def _page(data: bytes) -> dict[str, Any]:
    try:
        page = json.loads(data)
    except (ValueError, RecursionError):
        if b'"layouts"' in data[:200]:
            raise MalformedError("the JSON of type layouts is damaged or cut") from None
        raise UnrecognisedError("these are no layouts of types", advice=_ADVICE) from None
    if not isinstance(page, dict) or page.get("gotrace") != "layouts":
        raise UnrecognisedError("these are no layouts of types", advice=_ADVICE)
    if page.get("version") != _VERSION:
        raise UnrecognisedError(
            f"these layouts are not of version {_VERSION}", advice="record them again"
        )
    if not isinstance(page.get("types"), list):
        raise MalformedError("the JSON of type layouts has no list of types")
    return page


def _take(value: Any, tables: _Tables) -> None:
    """A type and its fields, or one more that cannot be read."""
    rows = tables.types
    sizes = [_number(value, name) for name in _SIZES]
    name, full_name, kind = (_member(value, key) for key in ("name", "full_name", "kind"))
    if None in sizes or not (full_name and kind):
        tables.unread += 1
        return
    if rows.count >= MOST_TYPES:
        raise LimitError(f"more than {MOST_TYPES:,} types")
    number, rows.count = rows.count, rows.count + 1
    for key, size in zip(_SIZES, sizes, strict=True):
        rows.numbers[key].append(size or 0)
    length = _number(value, "length")
    rows.numbers["length"].append(-1 if length is None else length)
    rows.numbers["address"].append(_number(value, "address") or 0)
    rows.texts["name"].append(name or full_name)
    rows.texts["full_name"].append(full_name)
    rows.texts["kind"].append(kind)
    rows.texts["package"].append(_member(value, "package") or "")
    rows.texts["element"].append(_member(value, "element") or "")
    found = value.get("fields")
    for index, item in enumerate(found if isinstance(found, list) else ()):
        _take_field(item, number, index, tables)


def _take_field(value: Any, number: int, index: int, tables: _Tables) -> None:
    rows = tables.fields
    sizes = [_number(value, name) for name in ("offset_bytes", *_SIZES)]
    name = _member(value, "name")
    if None in sizes or name is None:
        tables.unread += 1
        return
    if rows.count >= MOST_FIELDS:
        raise LimitError(f"more than {MOST_FIELDS:,} fields")
    rows.count += 1
    for key, size in zip(("offset_bytes", *_SIZES), sizes, strict=True):
        rows.numbers[key].append(size or 0)
    rows.numbers["layout_id"].append(number)
    rows.numbers["index"].append(index)
    rows.numbers["is_embedded"].append(value.get("is_embedded") is True)
    rows.texts["name"].append(name)
    rows.texts["type"].append(_member(value, "type") or "")


def _member(value: Any, name: str) -> str | None:
    return _text(value.get(name)) if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any, name: str) -> int | None:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if 0 <= found < _MOST else None


def _numbers(rows: _Rows, name: str) -> Column:
    return np.array(rows.numbers[name], np.int64)


def _strings(values: list[str]) -> Column:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _type_layouts(rows: _Rows) -> Columns:
    texts = rows.texts
    return Columns(
        rows.count,
        {
            "layout_id": np.arange(rows.count),
            "name": _strings(texts["name"]),
            "full_name": _strings(texts["full_name"]),
            "package": Coded.from_strings([text or None for text in texts["package"]]),
            "kind": Coded.from_strings(list(texts["kind"])),
            **{name: _numbers(rows, name) for name in _SIZES},
            "element": _strings(texts["element"]),
            "length": _numbers(rows, "length"),
            "address": np.array(rows.numbers["address"], np.uint64),
        },
    )


def _type_fields(rows: _Rows) -> Columns:
    return Columns(
        rows.count,
        {
            "layout_id": _numbers(rows, "layout_id"),
            "index": _numbers(rows, "index"),
            "name": _strings(rows.texts["name"]),
            "type": _strings(rows.texts["type"]),
            "is_embedded": np.array(rows.numbers["is_embedded"], bool),
            "offset_bytes": _numbers(rows, "offset_bytes"),
            **{name: _numbers(rows, name) for name in _SIZES},
        },
    )


def _notes(tables: _Tables) -> tuple[Note, ...]:
    if not tables.unread:
        return ()
    told = f"{tables.unread:,} types or fields say no sensible name or size"
    return (Note(Severity.LOSS, "layouts-unread", told, tables.unread, advice="record them again"),)
