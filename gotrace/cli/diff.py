"""`gotrace diff`: what changed between two profiles, or two logs of benchmarks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
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
from gotrace.cli.printing import check_table, emit, is_for_people, with_page_of_rows
from gotrace.errors import UsageError

__all__ = ["Meaning", "diff"]

_ALPHA = 0.05


class Meaning(StrEnum):
    """What percentages refer to; pprof's `-diff_base` and `-base`."""

    DIFF_BASE = "diff_base"
    BASE = "base"


@takes_top_options
def diff(
    before: Annotated[str, typer.Argument(metavar="BASE", help="The earlier one.")],
    after: Annotated[str, typer.Argument(metavar="HEAD", help="The later one.")],
    options: TopOptions,
    meaning: Annotated[
        Meaning,
        typer.Option(
            "--as",
            help="`diff_base`: two independent runs, percentages of BASE. "
            "`base`: BASE is an earlier snapshot of the same run, percentages of the difference.",
        ),
    ] = Meaning.DIFF_BASE,
    alpha: Annotated[
        float,
        typer.Option(help="Of benchmarks: a change is one if chance alone makes it so rarely."),
    ] = _ALPHA,
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    output: Output = None,
    table: Table = "",
    runtime: Runtime = "",
    normalize: Normalize = False,
    max_size: MaxSize = "",
) -> None:
    """Say what changed from BASE to HEAD: grown and shrunk sites, by size class too.

    Of two logs of `go test -bench -count=10`: each benchmark's change with its p-value, as
    benchstat does; ~ is a change no larger than noise.

    Examples:

        gotrace diff before.pb.gz after.pb.gz

        gotrace diff --as base -inuse_space -lines heap.1.pb.gz heap.2.pb.gz

        gotrace diff old.txt new.txt
    """
    from gotrace import pipeline

    check_table(table, format)
    limits = pipeline.limits(max_size)
    head = pipeline.read(after, limits=limits)
    is_benchmarks = head.kind == pipeline.BENCHMARKS
    has_flags = options != TopOptions() or bool(runtime) or normalize
    _check_flags(is_benchmarks, has_flags, alpha, charts)
    if is_benchmarks:
        base = pipeline.read(before, limits=limits)
        found = pipeline.compare_benchmarks(base, head, alpha=alpha, is_page=is_for_people(format))
        emit(found, format, None, output, table)
        return
    recording = pipeline.compare(
        head,
        base=[before] if meaning is Meaning.BASE else [],
        diff_base=[before] if meaning is Meaning.DIFF_BASE else [],
        normalize=normalize,
        limits=limits,
    )
    shown = with_page_of_rows(options, format)
    emit(pipeline.report(recording, shown, runtime=runtime), format, charts, output, table)


def _check_flags(is_benchmarks: bool, has_flags: bool, alpha: float, charts: Path | None) -> None:
    """Refuse what would be passed over."""
    if is_benchmarks and charts is not None:
        raise UsageError("there are no charts of benchmarks")
    if is_benchmarks and has_flags:
        raise UsageError("pprof's flags are for profiles; these are logs of benchmarks")
    if not is_benchmarks and alpha != _ALPHA:
        raise UsageError("--alpha is for logs of benchmarks; these are profiles")
