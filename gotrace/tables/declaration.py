"""What a table and a column are: the words in which `gotrace.tables.schema` declares them all."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Column", "Table"]

KINDS = frozenset({"bool", "int32", "int64", "uint64", "double", "string", "coded", "list"})


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `kind` is the type: `bool`, `int32`, `int64`, `uint64`, `double`, `string` (any text), `coded`
    (text with few distinct values, dictionary-encoded outside) or `list` (a list of references).
    `refers_to` is `table.column` when the column holds another table's ids. A nullable whole number
    is -1 in memory where it is null, a nullable `double` NaN.
    """

    name: str
    kind: str
    doc: str
    unit: str = ""
    nullable: bool = False
    refers_to: str = ""

    def __post_init__(self) -> None:
        if not self.doc.strip():
            raise ValueError(f"column {self.name} has no documentation")
        if self.kind not in KINDS:
            raise ValueError(f"column {self.name} has an unknown kind {self.kind}")


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, and the column (if any) whose values are unique."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: str = ""

    def __post_init__(self) -> None:
        if not self.doc.strip():
            raise ValueError(f"table {self.name} has no documentation")

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")
