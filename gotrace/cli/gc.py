"""`gotrace gc`: what the garbage collector did, and what was left to the program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.options import Charts, Format, FormatOption, MaxSize, Runtime, Strict, Table
from gotrace.cli.printing import PAGE_ROWS, check_table, emit, is_for_people
from gotrace.cli.progress import progress_bar

if TYPE_CHECKING:
    from gotrace.gc_pipeline import GcAnswers

__all__ = ["gc"]

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="An execution trace, a log of `GODEBUG=gctrace=1`, a heap profile as text (debug=1) "
        "or a CPU profile: a path, `-` for standard input, an http(s) address, or a folder that "
        "`gotrace convert` wrote.",
    ),
]
Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window",
        metavar="TIME",
        help="A window of mutator utilisation, such as `10ms`; may be repeated. The usual ones, "
        "1 ms to 60 s, if not given.",
    ),
]
Include = Annotated[
    str,
    typer.Option(
        "--include",
        metavar="LIST",
        help="What mutator utilisation takes off: `stw`, `background`, `assist`, `sweep`.",
    ),
]
PerProc = Annotated[
    bool,
    typer.Option("--per-proc", help="Mutator utilisation of each P by itself, the worst counts."),
]
Allocations = Annotated[
    str,
    typer.Option(
        "--allocations",
        metavar="FILE",
        help="A heap profile of the same program, by whose bytes the collector's CPU time is "
        "charged to call sites.",
    ),
]
Focus = Annotated[
    str,
    typer.Option(
        "--focus",
        metavar="REGEX",
        help="Of CPU samples: what memory costs below each line of the functions that match, a "
        "regular expression as for `go tool pprof -focus`.",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Also write all tables there, as Parquet."),
]


def gc(
    source: Source,
    window: Windows = None,
    include: Include = "stw,background,assist",
    per_proc: PerProc = False,
    allocations: Allocations = "",
    focus: Focus = "",
    runtime: Runtime = "",
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    output: Folder = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that `gc -o` wrote before.")
    ] = False,
    table: Table = "",
    strict: Strict = False,
    max_size: MaxSize = "",
) -> None:
    """Say what garbage collections cost a Go program, why each began, and who paid.

    Of a trace: every cycle, minimum mutator utilisation and its distribution, the worst pauses, and
    the goroutines that paid with mark assists. Of a gctrace log or a heap profile as text: what
    they say of cycles and pauses. Of a CPU profile: what share of it memory costs, by call site.

    Examples:

        gotrace gc trace.out

        gotrace gc trace.out --window 10ms --include stw,assist --charts charts/

        gotrace gc gc.log --format markdown

        gotrace gc cpu.pb.gz --allocations allocs.pb.gz
    """
    from gotrace.units import parse_duration

    check_table(table, format)
    windows = [parse_duration(text) for text in window or []]
    answers = _answers(source, runtime, (include, per_proc), allocations, strict, max_size)
    is_page = is_for_people(format)
    everything = None
    if charts is not None or output is not None or not is_page:
        everything = answers.report(windows=windows, focus=focus)
    if is_page or everything is None:
        shown = answers.report(PAGE_ROWS, windows, focus)
    else:
        shown = everything
    emit(shown, format, charts, None, table, drawn=everything)
    if output is not None and everything is not None:
        from gotrace.replay_pipeline import save_answers

        for name, count in save_answers(everything, output, force=force).items():
            print(f"gotrace: wrote {output / name}.parquet ({count} rows)", file=sys.stderr)


def _answers(
    source: str,
    runtime: str,
    included: tuple[str, bool],
    allocations: str,
    strict: bool,
    max_size: str,
) -> GcAnswers:
    """Read it, with a bar where that takes a while."""
    from gotrace import gc_pipeline, pipeline

    counted = gc_pipeline.counted_by(*included)
    with progress_bar(source, sys.stderr) as progress:
        return gc_pipeline.gc_of_source(
            source,
            runtime=runtime,
            counted=counted,
            allocations=allocations,
            strict=strict,
            limits=pipeline.limits(max_size),
            progress=progress,
        )
