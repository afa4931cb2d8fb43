"""`gotrace convert`: recordings to Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gotrace.cli.options import MaxSize, Sources
from gotrace.cli.printing import while_someone_reads

__all__ = ["convert"]


def convert(
    sources: Sources,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to make.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that `convert` wrote before.")
    ] = False,
    max_size: MaxSize = "",
) -> None:
    """Write a recording's tables as Parquet files, for notebooks, DuckDB and polars.

    The folder appears when it is complete. `gotrace.load(DIR)` and `gotrace report DIR` read it
    back; `schemas/tables.md` documents every column.

    Example:

        gotrace convert heap.pb.gz -o heap-tables
    """
    from gotrace import pipeline
    from gotrace.tables.store import save

    recording = pipeline.read(*sources, limits=pipeline.limits(max_size))
    folder = save(recording, output, force=force)
    with while_someone_reads():
        for name, columns in recording.columns.items():
            typer.echo(f"{folder / name}.parquet\t{columns.rows}")
