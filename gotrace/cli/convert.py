"""`gotrace convert`: recordings to Parquet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.options import MaxSize, Sources, Strict
from gotrace.cli.printing import tell_notes, while_someone_reads
from gotrace.cli.progress import progress_bar
from gotrace.errors import UsageError

if TYPE_CHECKING:
    from gotrace.pipeline import Peeked

__all__ = ["convert"]


def convert(
    sources: Sources,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to make.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that `convert` wrote before.")
    ] = False,
    strict: Strict = False,
    max_size: MaxSize = "",
) -> None:
    """Write a recording's tables as Parquet files, for notebooks, DuckDB and polars.

    Profiles are read whole; an execution trace is converted as it is read, in memory that does not
    grow with the file. A log of GODEBUG=gctrace=1 becomes the tables of its cycles, output of
    `go test -bench` those of its results.

    The folder appears when it is complete. `gotrace.load(DIR)` and `gotrace report DIR` read it
    back; `schemas/tables.md` documents every column.

    Example:

        gotrace convert heap.pb.gz -o heap-tables

        gotrace convert trace.out -o trace-tables
    """
    from gotrace import pipeline

    limits = pipeline.limits(max_size)
    inputs = pipeline.peek(*sources, limits=limits)
    if any(source.is_trace for source in inputs):
        if len(inputs) > 1:
            raise UsageError("a trace is converted alone; name one FILE")
        _convert_trace(inputs[0], output, force, strict, max_size)
        return
    from gotrace.tables.store import save

    if any(source.is_gc_log for source in inputs):
        recording = pipeline.read_gc_log(inputs[0], limits=limits, strict=strict)
        tell_notes(recording.notes)
    else:
        recording = pipeline.read(*inputs, limits=limits)
        if recording.kind == pipeline.BENCHMARKS:
            tell_notes(recording.notes)
    folder = save(recording, output, force=force)
    _tell(folder, {name: columns.rows for name, columns in recording.columns.items()})


def _convert_trace(source: Peeked, output: Path, force: bool, strict: bool, max_size: str) -> None:
    from gotrace import pipeline
    from gotrace.trace_pipeline import convert_trace

    with progress_bar(str(source), sys.stderr) as progress:
        found = convert_trace(
            source,
            output,
            force=force,
            strict=strict,
            limits=pipeline.limits(max_size),
            progress=progress,
        )
    tell_notes(found.notes)
    _tell(output, found.rows)


def _tell(folder: Path, rows: dict[str, int]) -> None:
    with while_someone_reads():
        for name, count in rows.items():
            typer.echo(f"{folder / name}.parquet\t{count}")
