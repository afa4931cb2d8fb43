"""Recordings to disk while they are read: blocks of rows become row groups of Parquet files.

The folder is the same as that of `gotrace.tables.store`, whose `load` reads it back. Memory is
bounded: small blocks are gathered to row groups of some size, large ones are written as they come,
by threads of their own (encoding and compression run beside the reading of the next events).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from gotrace.errors import InputError
from gotrace.tables.arrow import arrow_arrays, arrow_schema
from gotrace.tables.columns import Columns
from gotrace.tables.declaration import Column, Table
from gotrace.tables.gathering import gather
from gotrace.tables.schema import TABLES

__all__ = ["StreamStore"]

Keys = Mapping[str, npt.NDArray[np.uint64]]

_GROUP_ROWS = 1 << 16
"""Rows that are worth a row group of their own."""
_WAITING_BLOCKS = 4
"""Blocks that may wait for a writer: more would only take memory."""
_END = None


class StreamStore:
    """Writes blocks into the Parquet files of a folder; `with` closes them.

    Every one of `tables` gets a file, with or without rows.
    """

    def __init__(self, folder: Path, tables: Iterable[str], *, threads: int = 1) -> None:
        self._files = {name: _File(folder, TABLES[name]) for name in tables}
        self._writers = [_Writer() for _ in range(threads)]
        self._turn = {name: i % threads for i, name in enumerate(self._files)}

    def __enter__(self) -> StreamStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for writer in self._writers:
            writer.stop()
        try:
            if kind is None:
                self._raise()
                for file in self._files.values():
                    file.flush()
        finally:
            for file in self._files.values():
                file.close()

    def write(self, table: str, block: Columns, keys: Keys) -> None:
        """Take a block; what its row numbers refer to is in `keys` by now.

        Raises InputError when the disk does not take it.
        """
        self._raise()
        file = self._files[table]
        ids = {name: keys[name] for name in file.references}
        self._writers[self._turn[table]].put(file, block, ids)

    def _raise(self) -> None:
        for writer in self._writers:
            if writer.error is not None:
                raise writer.error


class _File:
    """The file of one table, and the rows that do not fill a row group yet."""

    def __init__(self, folder: Path, table: Table) -> None:
        self._table = table
        self._schema = arrow_schema(table)
        self.references = sorted({c.refers_to for c in table.columns if c.refers_to})
        self._waiting: list[Columns] = []
        self._keys: Keys = {}
        self._writer = pq.ParquetWriter(
            folder / f"{table.name}.parquet", self._schema, **_options(table)
        )

    def write(self, block: Columns, keys: Keys) -> None:
        """Take rows; ids only ever grow, so those of the last block do for all."""
        self._waiting.append(block)
        self._keys = keys
        if sum(waiting.rows for waiting in self._waiting) >= _GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting as a row group."""
        if self._waiting:
            block = gather(self._table.name, self._waiting)
            arrays = arrow_arrays(self._table, block, self._keys)
            table = pa.Table.from_arrays(arrays, schema=self._schema)
            self._writer.write_table(table, row_group_size=max(block.rows, 1))
            self._waiting = []

    def close(self) -> None:
        """End the file."""
        self._writer.close()


class _Writer:
    """A thread that writes; after an error it only takes blocks away."""

    def __init__(self) -> None:
        self.error: InputError | None = None
        self._blocks: Queue[tuple[_File, Columns, Keys] | None] = Queue(_WAITING_BLOCKS)
        self._thread = threading.Thread(target=self._run, name="gotrace-writer", daemon=True)
        self._thread.start()

    def put(self, file: _File, block: Columns, keys: Keys) -> None:
        """Wait for room, then leave the block."""
        self._blocks.put((file, block, keys))

    def stop(self) -> None:
        """Wait until everything is written."""
        self._blocks.put(_END)
        self._thread.join()

    def _run(self) -> None:
        while (taken := self._blocks.get()) is not _END:
            if self.error is None:
                self._write(*taken)

    def _write(self, file: _File, block: Columns, keys: Keys) -> None:
        try:
            file.write(block, keys)
        except OSError as error:
            self.error = InputError(f"cannot be written: {error.strerror or error}")


def _options(table: Table) -> dict[str, Any]:
    """Encodings by what columns hold: differences for what grows, a dictionary for the rest."""
    growing = [column.name for column in table.columns if _grows(column)]
    others = [column.name for column in table.columns if column.name not in growing]
    return {
        "compression": "lz4",
        "use_dictionary": others,
        "column_encoding": dict.fromkeys(growing, "DELTA_BINARY_PACKED"),
        "write_statistics": [name for name in growing if name.endswith("time_ns")],
    }


def _grows(column: Column) -> bool:
    """Numbers: most are near the one before, and differences are faster than a dictionary."""
    return column.kind in ("int32", "int64", "uint64") and not column.refers_to
