"""`gotrace replay`: what the heap looked like."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.options import Charts, Format, FormatOption, MaxSize, Strict, Table
from gotrace.cli.printing import PAGE_ROWS, check_table, emit, is_for_people
from gotrace.cli.progress import progress_bar, steps_bar
from gotrace.errors import UsageError

if TYPE_CHECKING:
    from gotrace.comparison_pipeline import ComparisonAnswers
    from gotrace.pipeline import Peeked
    from gotrace.replay_pipeline import ReplayAnswers

__all__ = ["replay"]

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A trace with alloc/free events: a path, `-` for standard input, an http(s) address, "
        "or a folder that `gotrace convert` wrote. Or a table of allocations (CSV, Parquet), or a "
        "heap profile.",
    ),
]
Runtimes = Annotated[
    list[str] | None,
    typer.Option(
        "--runtime",
        metavar="NAME",
        help="An allocator to replay on, such as `go1.15` or `tcmalloc-2x`; several are compared. "
        "Of a trace the recorded one if not given, else the newest.",
    ),
]
Procs = Annotated[
    int,
    typer.Option(
        "--procs", metavar="N", min=0, max=1024, help="Fold the Ps to so many; as recorded if 0."
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Also write all tables there, as Parquet."),
]


def replay(
    source: Source,
    runtime: Runtimes = None,
    procs: Procs = 0,
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    output: Folder = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that `replay -o` wrote before.")
    ] = False,
    table: Table = "",
    strict: Strict = False,
    max_size: MaxSize = "",
) -> None:
    """Say what the heap of a Go program looked like, or would have with another allocator.

    FILE is an execution trace that was recorded with `GODEBUG=traceallocfree=1` (Go 1.23 or later):
    every object is attributed by its address to its span, class, type, goroutine and GC cycle.
    With `--runtime` models of other allocators replay the same allocations.

    Examples:

        gotrace replay trace.out

        gotrace replay trace.out --runtime go1.15 --runtime tcmalloc-2x

        gotrace replay allocations.csv --runtime go1.27

        gotrace replay trace.out --charts charts/ -o heap-tables
    """
    check_table(table, format)
    if charts is not None and len(runtime or ()) > 1:
        raise UsageError("--charts draws one allocator: name one --runtime")
    answers = _answers(source, runtime or [], procs, strict, max_size)
    everything = answers.report() if charts is not None or output is not None else None
    shown = answers.report(PAGE_ROWS) if is_for_people(format) else everything or answers.report()
    emit(shown, format, charts, None, table, drawn=everything)
    if output is not None and everything is not None:
        from gotrace.replay_pipeline import save_answers

        rows = save_answers(everything, output, force=force)
        for name, count in rows.items():
            print(f"gotrace: wrote {output / name}.parquet ({count} rows)", file=sys.stderr)


def _answers(
    source: str, runtimes: list[str], procs: int, strict: bool, max_size: str
) -> ComparisonAnswers | ReplayAnswers:
    """Whoever knows what to make of FILE."""
    from gotrace import comparison_pipeline, pipeline

    if source not in ("", "-") and Path(source).is_dir():  # that was converted
        recording = pipeline.read(source)
        with steps_bar(sys.stderr) as replaying:
            ask = comparison_pipeline.compare_recording
            if recording.kind == "heap":
                ask = comparison_pipeline.compare_profile
            return ask(recording, runtimes, procs=procs, replaying=replaying)
    if comparison_pipeline.is_table(source):
        with steps_bar(sys.stderr) as replaying:
            return comparison_pipeline.compare_allocations(
                source, runtimes, procs=procs, limits=pipeline.limits(max_size), replaying=replaying
            )
    (peeked,) = pipeline.peek(source, limits=pipeline.limits(max_size))
    if not peeked.is_trace:
        recording = pipeline.read(peeked, limits=pipeline.limits(max_size))
        with steps_bar(sys.stderr) as replaying:
            return comparison_pipeline.compare_profile(
                recording, runtimes, procs=procs, replaying=replaying
            )
    return _of_trace(peeked, runtimes, procs, strict, max_size)


def _of_trace(
    source: Peeked, runtimes: list[str], procs: int, strict: bool, max_size: str
) -> ComparisonAnswers | ReplayAnswers:
    """Two bars, one after the other: reading, and replaying."""
    from gotrace import comparison_pipeline, pipeline, replay_pipeline

    with progress_bar(str(source), sys.stderr) as progress:
        if not runtimes and not procs:
            return replay_pipeline.replay_trace(
                source, strict=strict, limits=pipeline.limits(max_size), progress=progress
            )
        comparison_pipeline.check(runtimes)
        read = comparison_pipeline.read_to_compare(
            source, strict=strict, limits=pipeline.limits(max_size), progress=progress
        )
    with steps_bar(sys.stderr) as replaying:
        return comparison_pipeline.compare_read(read, runtimes, procs=procs, replaying=replaying)
