"""`gotrace verify`: how often the model of Go's allocator is right about a trace."""

from __future__ import annotations

from typing import Annotated

import typer

from gotrace.cli.options import Format, FormatOption, MaxSize, Output, Table
from gotrace.cli.printing import PAGE_ROWS, emit, is_for_people

__all__ = ["verify"]

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A trace with alloc/free events: a path, `-` for standard input, or an http(s) "
        "address.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Exit with 1 if a size class or span class is not as predicted; what is cut off or "
        "damaged is an error.",
    ),
]


def verify(
    source: Source,
    format: FormatOption = Format.TERMINAL,
    strict: Strict = False,
    output: Output = None,
    table: Table = "",
    max_size: MaxSize = "",
) -> None:
    """Hold the model of Go's allocator against a trace: what it predicts, and what happened.

    FILE is an execution trace that was recorded with `GODEBUG=traceallocfree=1` (Go 1.23 or
    later). Size class, slot, span, page and heapLive of every allocation are predicted from all
    that came before.

    Examples:

        gotrace verify trace.out

        gotrace verify trace.out --format json | jq .
    """
    from gotrace import pipeline
    from gotrace.verify_pipeline import verify_trace

    verified = verify_trace(source, strict=strict, limits=pipeline.limits(max_size))
    rows = PAGE_ROWS if is_for_people(format) else 0
    emit(verified.report(rows), format, None, output, table)
    if strict and verified.contradictions_count:
        raise typer.Exit(1)
