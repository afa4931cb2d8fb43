"""What tables of comparisons have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gotrace.analyses.result import ResultColumn, ResultTable

__all__ = ["NOT_COMPARED", "comparison_table"]

NOT_COMPARED = "not compared"
"""What stands where one of the two does not tell; the detail says why."""
_KEYS = ("package", "function", "benchmark", "slug", "site")
_ENDINGS = {"_bytes": "", "_ratio": " share", "_objects": " objects"}


def comparison_table(
    name: str, title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]],
    footnotes: tuple[str, ...] = (),
) -> ResultTable:  # fmt: skip
    """A table of rows; `columns` are names and units."""
    return ResultTable(
        name, title,
        tuple(
            ResultColumn(column, unit, [row[at] for row in rows], _title(column),
                         is_key=column in _KEYS)
            for at, (column, unit) in enumerate(columns)
        ),
        footnotes,
    )  # fmt: skip


def _title(column: str) -> str:
    for ending, words in _ENDINGS.items():
        if column.endswith(ending):
            return column.removesuffix(ending) + words
    return column
