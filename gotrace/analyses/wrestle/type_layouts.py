"""How the program's types lie in memory, found by the names that trace and compiler print."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from gotrace.tables.columns import Coded
from gotrace.tables.recording import Recording

__all__ = ["Field", "Layout", "LayoutIndex", "bare"]

_QUALIFIER = re.compile(r"[\w~%/-]+\.(?=[A-Za-z_])")


def bare(name: str) -> str:
    """The name without packages: `*p.Node` → `*Node`, `[]example.com/m/p.T` → `[]T`."""
    return _QUALIFIER.sub("", name).replace("interface {}", "any").replace(" ", "")


@dataclass(frozen=True)
class Field:
    """A field of a struct; `type_name` in full."""

    name: str
    type_name: str
    offset_bytes: int
    size_bytes: int
    pointer_bytes: int
    pointers_count: int


@dataclass(frozen=True)
class Layout:
    """A type of the binary."""

    name: str
    full_name: str
    package: str
    kind: str
    size_bytes: int
    pointer_bytes: int
    pointers_count: int
    fields: tuple[Field, ...] = ()

    @property
    def padding_bytes(self) -> int:
        """Bytes of a struct that no field uses: what a better order may save, at most."""
        if not self.fields:
            return 0
        return max(self.size_bytes - sum(field.size_bytes for field in self.fields), 0)

    @property
    def packed_bytes(self) -> int:
        """The size if fields are ordered by size, largest first; fields of alignment 8 at most."""
        at = 0
        widest = 1
        for field in sorted(self.fields, key=lambda one: -_alignment(one)):
            align = _alignment(field)
            widest = max(widest, align)
            at = -(-at // align) * align + field.size_bytes
        return -(-at // widest) * widest if self.fields else self.size_bytes


def _alignment(field: Field) -> int:
    """What the offset and the size allow: 8 at most."""
    for align in (8, 4, 2):
        if field.offset_bytes % align == 0 and field.size_bytes % align == 0 and field.size_bytes:
            return align
    return 1


class LayoutIndex:
    """The layouts of a module's types, by name."""

    def __init__(self, recording: Recording | None) -> None:
        self._exact: dict[str, Layout] = {}
        self._bare: dict[str, Layout] = {}
        if recording is None or "type_layouts" not in recording.columns:
            return
        fields = _fields(recording)
        table = recording.columns["type_layouts"]
        names, full = table.array("name"), table.array("full_name")
        packages, kinds = table.coded("package"), table.coded("kind")
        ids = table.array("layout_id").tolist()
        sizes = [table.array(name).tolist()
                 for name in ("size_bytes", "pointer_bytes", "pointers_count")]  # fmt: skip
        for row in range(table.rows):
            layout = Layout(
                str(names[row]), str(full[row]), packages[row] or "", kinds[row] or "",
                sizes[0][row], sizes[1][row], sizes[2][row], tuple(fields.get(ids[row], ())),
            )  # fmt: skip
            self._exact.setdefault(layout.full_name, layout)
            self._exact.setdefault(layout.name, layout)
            self._bare.setdefault(bare(layout.name), layout)

    def find(self, name: str) -> Layout | None:
        """By the full name, the runtime's, or without packages."""
        return self._exact.get(name) or self._bare.get(bare(name))


def _fields(recording: Recording) -> dict[int, list[Field]]:
    table = recording.columns["type_fields"]
    found: dict[int, list[Field]] = {}
    names, types = table["name"], table["type"]
    numbers = [
        table.array(name).tolist()
        for name in ("offset_bytes", "size_bytes", "pointer_bytes", "pointers_count")
    ]
    ids = table.array("layout_id")
    for row in np.lexsort((table.array("index"), ids)).tolist():
        field = Field(_text(names, row), _text(types, row), *(column[row] for column in numbers))
        found.setdefault(int(ids[row]), []).append(field)
    return found


def _text(column: object, row: int) -> str:
    if isinstance(column, Coded):
        return column[row] or ""
    assert isinstance(column, np.ndarray)
    return str(column[row] or "")
