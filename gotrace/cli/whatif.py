"""`gotrace whatif`: what another GOGC, GOMEMLIMIT or Go version would have done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.options import Charts, Format, FormatOption, MaxSize, Strict, Table
from gotrace.cli.printing import PAGE_ROWS, check_table, emit, is_for_people
from gotrace.cli.progress import progress_bar
from gotrace.errors import UsageError

if TYPE_CHECKING:
    from gotrace.whatif_pipeline import Take

__all__ = ["whatif"]

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="A trace, best one with alloc/free events, or a log of `GODEBUG=gctrace=1`: a path, "
        "`-` for standard input, an http(s) address, or a folder that `gotrace convert` wrote. "
        "Several are recordings of the same program doing the same: predictions are their mean.",
    ),
]
Gogc = Annotated[
    str, typer.Option("--gogc", metavar="LIST", help="GOGC in percent, or `off`, with commas.")
]
MemoryLimit = Annotated[
    str,
    typer.Option(
        "--memlimit", metavar="LIST", help="GOMEMLIMIT such as `256MiB`, or `none`, with commas."
    ),
]
Runtimes = Annotated[
    list[str] | None,
    typer.Option(
        "--runtime",
        metavar="VERSION",
        help="Another Go version's pacer and size classes, such as `go1.22`; several are compared.",
    ),
]
RecordedGogc = Annotated[
    int,
    typer.Option(
        "--recorded-gogc", metavar="N", min=0, max=999_999,
        help="GOGC of the recorded run, where it cannot be inferred.",
    ),
]  # fmt: skip
Budget = Annotated[
    str,
    typer.Option("--budget", metavar="SIZE", help="With `--suggest`: memory that Go may map."),
]
Folder = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Also write all tables there, as Parquet."),
]


def whatif(
    sources: Sources,
    gogc: Gogc = "50,100,200,400",
    memlimit: MemoryLimit = "",
    runtime: Runtimes = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Also look for the setting with fewest cycles.")
    ] = False,
    budget: Budget = "",
    recorded_gogc: RecordedGogc = 0,
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    output: Folder = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a folder that `whatif -o` wrote before.")
    ] = False,
    table: Table = "",
    strict: Strict = False,
    max_size: MaxSize = "",
) -> None:
    """Predict cycles and heap of a program under other settings of the collector.

    Best from three to five traces of the same that were recorded with `GODEBUG=traceallocfree=1`
    (Go 1.23 or later): one alone has the luck of its cycles. Other traces and logs give coarser
    answers. Every number comes with bounds, and with how well the recorded setting is predicted.

    Examples:

        gotrace whatif trace.out --gogc 50,100,200,400 --memlimit 256MiB

        gotrace whatif first.out second.out third.out --gogc 50,200

        gotrace whatif trace.out --suggest --budget 512MiB --charts charts/

        gotrace whatif gc.log --gogc 200
    """
    from gotrace.pipeline import check_names
    from gotrace.units import parse_bytes
    from gotrace.whatif_pipeline import parse_settings, what_if

    check_table(table, format)
    if suggest != bool(budget):
        raise UsageError("--suggest goes with --budget: write `--suggest --budget 512MiB`")
    budget_bytes = parse_bytes(budget) if budget else 0
    check_names(sources)
    takes = [_take(name, runtime or [], recorded_gogc, strict, max_size) for name in sources]
    asked = what_if(takes)
    settings = parse_settings(gogc, memlimit, runtime or [], asked.version)
    everything = None
    if charts is not None or output is not None or not is_for_people(format):
        everything = asked.report(settings, budget_bytes)
    shown = asked.report(settings, budget_bytes, PAGE_ROWS) if is_for_people(format) else everything
    if shown is not None:
        emit(shown, format, charts, None, table, drawn=everything)
    if output is not None and everything is not None:
        from gotrace.replay_pipeline import save_answers

        rows = save_answers(everything, output, force=force)
        for name, count in rows.items():
            print(f"gotrace: wrote {output / name}.parquet ({count} rows)", file=sys.stderr)


def _take(
    source: str, runtimes: list[str], recorded_gogc: int, strict: bool, max_size: str
) -> Take:
    """Whoever knows what to make of FILE."""
    from gotrace import pipeline, whatif_pipeline

    if source not in ("", "-") and Path(source).is_dir():  # that was converted
        return whatif_pipeline.take_of_recording(
            pipeline.read(source), runtimes, recorded_gogc=recorded_gogc
        )
    (peeked,) = pipeline.peek(source, limits=pipeline.limits(max_size))
    if peeked.is_gc_log:
        return whatif_pipeline.take_of_log(
            peeked, runtimes, recorded_gogc=recorded_gogc, strict=strict,
            limits=pipeline.limits(max_size),
        )  # fmt: skip
    if not peeked.is_trace:
        return whatif_pipeline.take_of_recording(
            pipeline.read(peeked, limits=pipeline.limits(max_size))
        )
    with progress_bar(str(peeked), sys.stderr) as progress:
        return whatif_pipeline.take_of_trace(
            peeked, runtimes, recorded_gogc=recorded_gogc, strict=strict,
            limits=pipeline.limits(max_size), progress=progress,
        )  # fmt: skip
