"""`gotrace diff`: what changed between two profiles."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gotrace.analyses.top_options import TopOptions
from gotrace.cli.flags import takes_top_options
from gotrace.cli.options import (
    Charts,
    Format,
    FormatOption,
    MaxSize,
    Normalize,
    Output,
    Runtime,
    Table,
)
from gotrace.cli.printing import check_table, emit, with_page_of_rows

__all__ = ["Meaning", "diff"]


class Meaning(StrEnum):
    """What percentages refer to; pprof's `-diff_base` and `-base`."""

    DIFF_BASE = "diff_base"
    BASE = "base"


@takes_top_options
def diff(
    before: Annotated[str, typer.Argument(metavar="BASE", help="The earlier profile.")],
    after: Annotated[str, typer.Argument(metavar="HEAD", help="The later profile.")],
    options: TopOptions,
    meaning: Annotated[
        Meaning,
        typer.Option(
            "--as",
            help="`diff_base`: two independent runs, percentages of BASE. "
            "`base`: BASE is an earlier snapshot of the same run, percentages of the difference.",
        ),
    ] = Meaning.DIFF_BASE,
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    output: Output = None,
    table: Table = "",
    runtime: Runtime = "",
    normalize: Normalize = False,
    max_size: MaxSize = "",
) -> None:
    """Say what changed from BASE to HEAD: grown and shrunk sites, by size class too.

    Examples:

        gotrace diff before.pb.gz after.pb.gz

        gotrace diff --as base -inuse_space -lines heap.1.pb.gz heap.2.pb.gz
    """
    from gotrace import pipeline

    check_table(table, format)
    limits = pipeline.limits(max_size)
    recording = pipeline.compare(
        pipeline.read(after, limits=limits),
        base=[before] if meaning is Meaning.BASE else [],
        diff_base=[before] if meaning is Meaning.DIFF_BASE else [],
        normalize=normalize,
        limits=limits,
    )
    shown = with_page_of_rows(options, format)
    emit(pipeline.report(recording, shown, runtime=runtime), format, charts, output, table)
