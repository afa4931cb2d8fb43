"""What folds events into rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gotrace.readers.trace.derive.chunk import Chunk
from gotrace.tables.columns import Coded, Columns
from gotrace.tables.notes import Note

__all__ = ["Block", "Folder", "Noteless", "constant", "duration"]

Times = npt.NDArray[np.int64]
Block = tuple[str, Columns]
"""Rows of a table: its name, and its columns."""


class Folder(Protocol):
    """Takes all chunks of a trace in their order; hands out blocks whenever it has some."""

    @property
    def tables(self) -> Sequence[str]:
        """The tables that it makes."""

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """Take a chunk."""

    def finish(self, end_ns: int) -> Iterable[Block]:
        """The trace is over: what is still open."""

    def notes(self) -> Sequence[Note]:
        """Losses and doubts; complete when the trace is over."""


class Noteless:
    """Of a folder that takes every event as it is."""

    def notes(self) -> Sequence[Note]:
        """None."""
        return ()


def constant(text: str, rows: int) -> Coded:
    """A column of one text."""
    return Coded(np.zeros(rows, np.int32), [text])


def duration(begin: Times, end: Times) -> Times:
    """`end - begin`, null (-1) where one is."""
    return np.where((begin < 0) | (end < 0), -1, end - begin)
