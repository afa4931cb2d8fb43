"""A trace to Parquet, generation by generation: memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from gotrace.readers.trace.batches import TraceLimits
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import Derivation, Progress
from gotrace.tables.store import replaced_folder, write_manifest
from gotrace.tables.stream_store import StreamStore

__all__ = ["convert_trace"]


def convert_trace(
    source: str | Path,
    directory: str | Path,
    *,
    tables: Collection[str] | None = None,
    strict: bool = False,
    force: bool = False,
    limits: TraceLimits | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Write the tables of a trace into a new folder; returns how many rows each has.

    `gotrace.tables.store.load` reads the folder. The other arguments are those of `read_trace` and
    of `gotrace.tables.store.save`. Raises InputError and UsageError as they do.
    """
    derivation = Derivation(tables)
    rows = dict.fromkeys(derivation.tables, 0)
    with replaced_folder(directory, force=force) as folder, open_bytes(source) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        with StreamStore(folder, derivation.tables) as store:
            for table, block in derivation.blocks(stream, content, progress):
                rows[table] += block.rows
                store.write(table, block, derivation.keys)
        origin = derivation.origin(str(source), stream, content)
        write_manifest(folder, "trace", origin, derivation.notes(stream))
    return rows
