"""A trace to Parquet, generation by generation: memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gotrace.readers.peek import Peeked
from gotrace.readers.trace.ahead import ahead
from gotrace.readers.trace.batches import TraceLimits
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import Derivation, Progress
from gotrace.tables.notes import Note
from gotrace.tables.store import replaced_folder, write_manifest
from gotrace.tables.stream_store import StreamStore

__all__ = ["Conversion", "convert_trace"]


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
    limits: TraceLimits | None = None,
    progress: Progress | None = None,
) -> Conversion:
    """Write the tables of a trace into a new folder; returns what is in it.

    `gotrace.tables.store.load` reads the folder. The other arguments are those of `read_trace` and
    of `gotrace.tables.store.save`. Raises InputError and UsageError as they do.
    """
    derivation = Derivation(tables)
    rows = dict.fromkeys(derivation.tables, 0)
    with replaced_folder(directory, force=force) as folder, open_bytes(source) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        with StreamStore(folder, derivation.tables) as store, closing(ahead(stream)) as chunks:
            for table, block in derivation.blocks(stream, content, progress, chunks):
                rows[table] += block.rows
                store.write(table, block, derivation.keys)
        origin = derivation.origin(str(source), stream, content)
        notes = derivation.notes(stream)
        write_manifest(folder, "trace", origin, notes)
    return Conversion(rows, notes)
