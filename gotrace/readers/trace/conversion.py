"""A trace to Parquet, generation by generation: memory does not grow with the file.

Threads, so that no core has to wait: one orders events, one makes the tables of the heap of them
and one all other tables, and those of the store write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.peek import Peeked
from gotrace.readers.trace.ahead import ahead, aside
from gotrace.readers.trace.derive.chunk import Chunk
from gotrace.readers.trace.derive.folder import Block
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import Derivation, Progress
from gotrace.tables.notes import Note
from gotrace.tables.store import replaced_folder, write_manifest
from gotrace.tables.stream_store import StreamStore, give_back_memory

__all__ = ["Conversion", "convert_trace"]

_CHUNK_ROWS = 1 << 18
"""Twice what others read at a time: each chunk makes five threads wait for one another."""
_KEPT_CHUNKS = 64
"""Chunks after which memory that nothing lies in is given back; 100 MB of trace."""


@dataclass(frozen=True)
class Conversion:
    """What a conversion wrote: how many rows of each table, and what was lost or is in doubt."""

    rows: dict[str, int]
    notes: tuple[Note, ...]


def convert_trace(
    source: str | Path | Peeked,
    directory: str | Path,
    *,
    tables: Collection[str] | None = None,
    strict: bool = False,
    force: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Conversion:
    """Write the tables of a trace into a new folder; returns what is in it.

    `gotrace.tables.store.load` reads the folder. The other arguments are those of `read_trace` and
    of `gotrace.tables.store.save`. Raises InputError and UsageError as they do.
    """
    derivation = Derivation(tables)
    rows = dict.fromkeys(derivation.tables, 0)
    with replaced_folder(directory, force=force) as folder, open_bytes(source, limits) as content:
        stream = open_stream(
            content, strict=strict, limits=limits, chunk_rows=_CHUNK_ROWS, helped=False
        )
        with StreamStore(folder, derivation.tables) as store:

            def write(blocks: Iterable[Block]) -> None:
                for table, block in blocks:
                    rows[table] += block.rows
                    store.write(table, block, derivation.keys)

            def fold_heap(chunk: Chunk) -> None:
                write(derivation.fold(chunk, heap))

            others, heap = derivation.lanes
            with closing(ahead(stream)) as ordered, aside(fold_heap) as hand_over:
                found = derivation.chunks(stream, content, progress, ordered)
                for number, chunk in enumerate(found, 1):
                    hand_over(chunk)
                    write(derivation.fold(chunk, others))
                    if number % _KEPT_CHUNKS == 0:
                        give_back_memory()
            write(derivation.finish())
        origin = derivation.origin(str(source), stream, content)
        notes = derivation.notes(stream)
        write_manifest(folder, "trace", origin, notes)
    return Conversion(rows, notes)
