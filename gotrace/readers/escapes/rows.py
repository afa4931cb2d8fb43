"""The tables of `gotrace.tables.escape_schema`, row by row."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from gotrace.errors import LimitError
from gotrace.readers.escapes.flows import Place, Step
from gotrace.readers.escapes.messages import Said
from gotrace.tables.columns import Coded, Column, Columns, Lazy

__all__ = ["MOST_ESCAPES", "MOST_STEPS", "EscapeRows", "RowSink"]

MOST_ESCAPES = 1_000_000
"""Rows of `escapes`; net/http of Go 1.27 makes 7,000."""
MOST_STEPS = 4_000_000
"""Rows of `escape_flows`, and of `escape_inlines`."""


class _Texts:
    """Few distinct texts, numbered as they come."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._codes = array("i")

    def add(self, text: str | None) -> None:
        """The next row."""
        code = -1 if text is None else self._known.setdefault(text, len(self._known))
        self._codes.append(code)

    def column(self) -> Coded:
        """All rows."""
        return Coded(np.array(self._codes, np.int32), list(self._known))


class _Rows:
    """Columns of whole numbers, of coded texts, and of free texts, by name."""

    def __init__(self, numbers: str, coded: str, texts: str, most: int, what: str) -> None:
        self.count = 0
        self._numbers = {name: array("q") for name in numbers.split()}
        self._coded = {name: _Texts() for name in coded.split()}
        self._texts: dict[str, list[str]] = {name: [] for name in texts.split()}
        self._most, self._what = most, what

    def add(
        self, numbers: Sequence[int], coded: Sequence[str | None], texts: Sequence[str] = ()
    ) -> None:
        """A row: values in the order of the names. Raises LimitError."""
        if self.count >= self._most:
            raise LimitError(
                f"more than {self._most:,} {self._what}", advice="pass fewer packages at once"
            )
        self.count += 1
        for number, into in zip(numbers, self._numbers.values(), strict=True):
            into.append(number)
        for text, codes in zip(coded, self._coded.values(), strict=True):
            codes.add(text)
        for text, free in zip(texts, self._texts.values(), strict=True):
            free.append(text)

    def columns(self, order: str) -> Columns:
        """The table, its columns in `order`."""
        made: dict[str, Column] = {
            **{name: np.array(values, np.int64) for name, values in self._numbers.items()},
            **{name: texts.column() for name, texts in self._coded.items()},
            **{name: _objects(values) for name, values in self._texts.items()},
        }
        return Columns(self.count, {name: made[name] for name in order.split()})


def _objects(values: list[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    made = np.empty(len(values), object)
    made[:] = values
    return made


_ESCAPES = (
    "escape_id package file line column function kind what detail leaks_to level cost source_line"
)
_FLOWS = "escape_id step flows_to flows_from expression how file line column"
_INLINES = "escape_id depth file line column"


class RowSink(Protocol):
    """What takes rows of `escapes`."""

    def add(
        self,
        said: Said,
        place: Place,
        source_line: int,
        package: str | None,
        steps: Sequence[Step] = (),
        inlined: Sequence[Place] = (),
    ) -> None:
        """A row of `escapes` with its flow and the places it is inlined from."""


class EscapeRows:
    """What was read so far."""

    def __init__(self) -> None:
        self._escapes = _Rows(
            "escape_id line column level cost source_line",
            "package file function kind leaks_to",
            "what detail",
            MOST_ESCAPES,
            "messages of the compiler",
        )
        self._flows = _Rows(
            "escape_id step line column", "how file", "flows_to flows_from expression",
            MOST_STEPS, "steps of flows",
        )  # fmt: skip
        self._inlines = _Rows(
            "escape_id depth line column", "file", "", MOST_STEPS, "inlined places"
        )

    @property
    def count(self) -> int:
        """Rows of `escapes` so far."""
        return self._escapes.count

    def add(
        self,
        said: Said,
        place: Place,
        source_line: int,
        package: str | None,
        steps: Sequence[Step] = (),
        inlined: Sequence[Place] = (),
    ) -> None:
        """A row of `escapes` with its flow and the places it is inlined from."""
        number = self._escapes.count
        self._escapes.add(
            (number, place.line, place.column, said.level, said.cost, source_line),
            (package, place.file, said.function, said.kind, said.leaks_to),
            (said.what, said.detail),
        )
        for at, step in enumerate(steps):
            where = step.place
            self._flows.add(
                (number, at, where.line if where else -1, where.column if where else -1),
                (step.how, where.file if where else None),
                (step.to, step.source, step.expression),
            )
        for depth, where in enumerate(inlined, 1):
            self._inlines.add((number, depth, where.line, where.column), (where.file,))

    def tables(self) -> Lazy[Columns]:
        """The tables by name."""
        return Lazy(
            {
                "escapes": self._escapes.columns(_ESCAPES),
                "escape_flows": self._flows.columns(_FLOWS),
                "escape_inlines": self._inlines.columns(_INLINES),
            }
        )
