"""Recordings to disk while they are read: blocks of rows become row groups of Parquet files.

The folder is the same as that of `gotrace.tables.store`, whose `load` reads it back. Memory is
bounded: small blocks are gathered to row groups of some size, large ones are written as they come,
by threads of their own (encoding and compression run beside the reading of the next events).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from queue import Queue

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from gotrace.errors import InputError
from gotrace.tables.arrow import arrow_arrays, arrow_schema
from gotrace.tables.columns import Columns
from gotrace.tables.declaration import Table
from gotrace.tables.gathering import gather
from gotrace.tables.parquet_file import PagesFile, is_plain
from gotrace.tables.parquet_pages import Desk
from gotrace.tables.schema import TABLES

__all__ = ["StreamStore", "give_back_memory"]

Keys = Mapping[str, npt.NDArray[np.uint64]]

_GROUP_ROWS = 1 << 15
"""Rows that are worth a row group of their own."""
_THREADS = 2
"""So that a large block of one table does not keep those of another waiting."""
_WAITING_BLOCKS = 1
"""Blocks that may wait for a writer: more would only take memory."""
_KEPT_BYTES = 31 << 20
"""Just below the highest value of glibc's threshold (`mallopt`, M_MMAP_THRESHOLD: 32 MiB)."""
_END = None


class StreamStore:
    """Writes blocks into the Parquet files of a folder; `with` closes them.

    Every one of `tables` gets a file, with or without rows.
    """

    def __init__(self, folder: Path, tables: Iterable[str], *, threads: int = _THREADS) -> None:
        _keep_freed_memory()
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
                desk = Desk()
                for file in self._files.values():
                    file.flush(desk)
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


def _keep_freed_memory() -> None:
    """Let the allocator keep what blocks leave: else each block's pages are asked for anew.

    glibc gives back free memory above a threshold that follows the largest array freed so far;
    that cost a million page faults, a fifth of the time, for 200 MB of trace. Elsewhere this does
    nothing.
    """
    np.empty(_KEPT_BYTES, np.uint8)


def give_back_memory() -> None:
    """Give back what the allocator keeps though nothing lies there.

    What threads leave to one another ends up in pieces: at 900 MB of trace that was 280 MB. Asking
    for the pages anew takes time, so this is for every now and then. Only glibc has it.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)


class _File:
    """The file of one table, and the rows that do not fill a row group yet."""

    def __init__(self, folder: Path, table: Table) -> None:
        self._table = table
        self.references = sorted({c.refers_to for c in table.columns if c.refers_to})
        self._waiting: list[Columns] = []
        self._rows = 0
        self._keys: Keys = {}
        path = folder / f"{table.name}.parquet"
        self._file = PagesFile(path, table) if is_plain(table) else _ArrowFile(path, table)

    def write(self, block: Columns, keys: Keys, desk: Desk) -> None:
        """Take rows; ids only ever grow, so those of the last block do for all."""
        self._waiting.append(block)
        self._rows += block.rows
        self._keys = keys
        if self._rows >= _GROUP_ROWS:
            self.flush(desk)

    def flush(self, desk: Desk) -> None:
        """Write what is waiting as a row group."""
        if self._waiting:
            block = gather(self._table.name, self._waiting)
            self._file.write(block, self._keys, desk)
            self._waiting, self._rows = [], 0

    def close(self) -> None:
        """End the file."""
        self._file.close()


class _ArrowFile:
    """A table with texts or lists, of which there are few: pyarrow writes it."""

    def __init__(self, path: Path, table: Table) -> None:
        self._table = table
        self._schema = arrow_schema(table)
        self._writer = pq.ParquetWriter(path, self._schema, compression="lz4")

    def write(self, block: Columns, keys: Keys, desk: Desk) -> None:
        """Write a row group."""
        arrays = arrow_arrays(self._table, block, keys)
        table = pa.Table.from_arrays(arrays, schema=self._schema)
        self._writer.write_table(table, row_group_size=max(block.rows, 1))

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


class _Writer:
    """A thread that writes; after an error it only takes blocks away."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._desk = Desk()
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
            file.write(block, keys, self._desk)
        except OSError as error:
            self.error = InputError(f"cannot be written: {error.strerror or error}")
        except Exception as error:  # noqa: BLE001  (raised again where blocks come from)
            self.error = error
