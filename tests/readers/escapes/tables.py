"""Tables of escapes as plain Python, for comparing."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from gotrace.tables.columns import Coded
from gotrace.tables.recording import Recording

__all__ = ["Row", "counts", "rows", "slugs", "steps"]


class Row(NamedTuple):
    """A row of `escapes`; the file's name without its folders."""

    id: int
    kind: str
    file: str
    line: int
    column: int
    what: str
    function: str | None
    leaks_to: str | None
    level: int
    detail: str
    package: str | None
    cost: int

    @property
    def place(self) -> tuple[str, int, int]:
        return self.file, self.line, self.column


def rows(recording: Recording, *kinds: str) -> list[Row]:
    """The rows of these kinds, or all."""
    table = recording.columns["escapes"]
    listed = {name: table.array(name).tolist() for name in _NUMBERS}
    texts = {name: _texts(table.coded(name)) for name in _CODED}
    columns = {**listed, **texts, "what": table.array("what"), "detail": table.array("detail")}
    columns["id"], columns["file"] = listed["escape_id"], [_base(str(f)) for f in texts["file"]]
    ordered = [columns[name] for name in Row._fields]
    found = map(Row._make, zip(*ordered, strict=True))
    return [row for row in found if not kinds or row.kind in kinds]


_NUMBERS = ("escape_id", "line", "column", "level", "cost")
_CODED = ("kind", "file", "function", "leaks_to", "package")


def _texts(column: Coded) -> list[str | None]:
    values = [*column.values, None]
    return [values[code] for code in column.codes.tolist()]


def counts(recording: Recording) -> Counter[str]:
    """Rows by kind."""
    return Counter(row.kind for row in rows(recording))


def steps(recording: Recording) -> dict[int, list[tuple[Any, ...]]]:
    """Row → its steps that say how: to, from, expression, line, column, how, file."""
    table = recording.columns["escape_flows"]
    names = ("escape_id", "flows_to", "flows_from", "expression", "line", "column")
    columns = [table.array(name).tolist() for name in names]
    how, files = (_texts(table.coded(name)) for name in ("how", "file"))
    found: dict[int, list[tuple[Any, ...]]] = {}
    for said, file, (number, *step) in zip(how, files, zip(*columns, strict=True), strict=True):
        if said is not None:
            found.setdefault(number, []).append((*step, said, _base(file or "")))
    return found


def slugs(recording: Recording) -> list[str]:
    """What the recording notes."""
    return [note.slug for note in recording.notes]


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
