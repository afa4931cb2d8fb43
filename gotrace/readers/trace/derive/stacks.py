"""Functions, frames and stacks of a trace, each content once: with the ids that profiles give them.

`gotrace.readers.assemble` says how ids are made; a stack of a heap profile and the same stack in a
trace of that program have the same id, so that tables of both can be joined.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from gotrace.readers.trace.derive.known import Known
from gotrace.readers.trace.generation import Frames, GenerationTables
from gotrace.tables.columns import Column, Columns, Lists
from gotrace.tables.identity import fold_lists, hash_strings, mix

__all__ = ["StackTable"]

Rows = npt.NDArray[np.int32]
Ids = npt.NDArray[np.uint64]


class StackTable:
    """The tables `functions`, `frames` and `stacks`, which grow from generation to generation.

    They hold each content once, so that they are as large as the traced program's code is rich, not
    as its trace is long.
    """

    def __init__(self) -> None:
        self.functions = Known()
        self.frames = Known()
        self.stacks = Known()
        self._hashes: dict[tuple[str, str], int] = {}
        self._generation: GenerationTables | None = None
        self._rows = np.full(1, -1, np.int32)
        self._new: list[tuple[str, Columns]] = []

    def rows_of(self, generation: GenerationTables) -> Rows:
        """For each stack of the generation its row of `stacks`, and -1 at the end (for row -1)."""
        if generation is not self._generation:
            self._generation = generation
            self._rows = np.append(self._add(generation), np.int32(-1))
        return self._rows

    def take(self) -> Iterator[tuple[str, Columns]]:
        """The rows that came since the last call: table and columns."""
        new, self._new = self._new, []
        yield from new

    def _add(self, generation: GenerationTables) -> Rows:
        functions = self._functions(generation)
        frames = self._frames(generation.frames, functions)
        stacks = generation.stacks
        known = self.frames.ids
        chains = Lists(stacks.offsets, frames[stacks.values])
        ids = fold_lists(chains.offsets, known[chains.values])
        rows, first = self.stacks.add(ids)
        if len(first):
            columns: dict[str, Column] = {"stack_id": ids[first], "frame_ids": chains.take(first)}
            self._new.append(("stacks", Columns(len(first), columns)))
        return rows

    def _functions(self, generation: GenerationTables) -> Rows:
        """For each frame its row of `functions`, -1 where the trace names none."""
        frames, strings = generation.frames, [*generation.strings, ""]
        pairs = np.stack([frames.function, frames.file]).astype(np.int64)
        pairs, places = np.unique(pairs, axis=1, return_inverse=True)
        texts = [(strings[name], strings[file]) for name, file in pairs.T.tolist()]
        is_known = np.array([bool(name or file) for name, file in texts], np.bool_)
        ids = self._function_ids(texts)
        wanted = np.flatnonzero(is_known)
        rows = np.full(len(texts), -1, np.int32)
        rows[wanted], first = self.functions.add(ids[wanted])
        if len(first):
            self._new.append(("functions", _function_columns(ids, texts, wanted[first].tolist())))
        found: Rows = rows[places.reshape(-1)]
        return found

    def _function_ids(self, texts: list[tuple[str, str]]) -> Ids:
        unknown = [pair for pair in texts if pair not in self._hashes]
        if unknown:
            names, files = zip(*unknown, strict=True)
            hashes = hash_strings(names, files, [""] * len(unknown)).tolist()
            self._hashes.update(zip(unknown, hashes, strict=True))
        return np.array([self._hashes[pair] for pair in texts], np.uint64)

    def _frames(self, frames: Frames, functions: Rows) -> Rows:
        """For each frame its row of `frames`; without a name its address tells it apart."""
        is_named = functions >= 0
        known = np.append(self.functions.ids, np.uint64(0))
        line = np.where(is_named, frames.line, 0)
        ids = mix(known[functions], np.where(is_named, line.astype(np.uint64), frames.pc))
        rows, first = self.frames.add(ids)
        if len(first):
            columns: dict[str, Column] = {
                "frame_id": ids[first],
                "function_id": functions[first],
                "line": line[first],
                "column": np.zeros(len(first), np.int64),
                "address": np.where(is_named, np.uint64(0), frames.pc)[first],
            }
            self._new.append(("frames", Columns(len(first), columns)))
        return rows


def _function_columns(ids: Ids, texts: list[tuple[str, str]], rows: list[int]) -> Columns:
    names = np.array([texts[row][0] for row in rows], object)
    columns = {
        "function_id": ids[rows],
        "name": names,
        "system_name": names,
        "filename": np.array([texts[row][1] for row in rows], object),
        "start_line": np.zeros(len(rows), np.int64),
    }
    return Columns(len(rows), columns)
