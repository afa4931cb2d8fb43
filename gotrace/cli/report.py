"""`gotrace report`: where a program's memory goes."""

from __future__ import annotations

from gotrace.analyses.top_options import TopOptions
from gotrace.cli.flags import takes_top_options
from gotrace.cli.options import (
    Base,
    Charts,
    DiffBase,
    Format,
    FormatOption,
    MaxSize,
    Normalize,
    Output,
    Runtime,
    Sources,
    Table,
)
from gotrace.cli.printing import emit, with_page_of_rows

__all__ = ["report"]


@takes_top_options
def report(
    sources: Sources,
    options: TopOptions,
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    output: Output = None,
    table: Table = "",
    runtime: Runtime = "",
    base: Base = None,
    diff_base: DiffBase = None,
    normalize: Normalize = False,
    max_size: MaxSize = "",
) -> None:
    """Say where a Go program's memory (or time) goes, by call site and by size class.

    FILE is any pprof profile: protobuf or Go's text form, of heap, allocs, CPU, goroutines, block,
    mutex, threadcreate. Every flag of `go tool pprof -top` works, with one dash or two.

    Examples:

        gotrace report heap.pb.gz

        gotrace report -sample_index=alloc_objects -lines -focus=encoding/json heap.pb.gz

        gotrace report http://localhost:6060/debug/pprof/heap --format markdown

        curl -s localhost:6060/debug/pprof/heap | gotrace report - --charts charts/
    """
    from gotrace import pipeline

    recording = pipeline.compare(
        pipeline.read(*sources, limits=pipeline.limits(max_size)),
        base=base or [],
        diff_base=diff_base or [],
        normalize=normalize,
        limits=pipeline.limits(max_size),
    )
    shown = with_page_of_rows(options, format)
    emit(pipeline.report(recording, shown, runtime=runtime), format, charts, output, table)
