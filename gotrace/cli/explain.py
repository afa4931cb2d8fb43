"""`gotrace explain`: what Go makes of an allocation of some size, and how its collector works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.options import Format, FormatOption, Output, Table
from gotrace.cli.printing import check_table, emit, is_for_people
from gotrace.errors import UsageError

if TYPE_CHECKING:
    from gotrace.views.report import Report

__all__ = ["explain"]

_GC = "gc"
_Topics = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SIZE...|gc",
        help="Bytes: `33`, `4KiB`, `1MiB`; one or more. Or `gc`: a collection step by step.",
    ),
]
_Pointers = Annotated[
    bool, typer.Option("--pointers/--no-pointers", help="The type has pointers in it.")
]
_Runtime = Annotated[
    str,
    typer.Option(
        "--runtime",
        metavar="NAME",
        help="`go1.0` to `go1.27`; for sizes also `tcmalloc-classic`, `tcmalloc-2x`; if none, the "
        "newest Go.",
    ),
]
_Barrier = Annotated[
    str,
    typer.Option(
        "--barrier",
        metavar="NAME",
        help="gc: `none`, `dijkstra`, `yuasa` or `hybrid`; if none is named, the version's own.",
    ),
]
_Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="gc: which story to tell; if none, 1.")
]
_Steps = Annotated[
    int | None,
    typer.Option("--steps", metavar="N", min=1, help="gc: show the first N steps, not all."),
]


def explain(
    context: typer.Context,
    sizes: _Topics = None,
    pointers: _Pointers = False,
    runtime: _Runtime = "",
    barrier: _Barrier = "",
    seed: _Seed = None,
    steps: _Steps = None,
    format: FormatOption = Format.TERMINAL,
    output: Output = None,
    table: Table = "",
) -> None:
    """Explain an allocation: its size class, slot, waste and span, and what would change them.

    SIZE is what the program asks for: `unsafe.Sizeof` of a type, or length times element size.

    `gc` in its place shows a collection step by step: what is white, grey and black.

    Examples:

        gotrace explain 33

        gotrace explain 1KiB --pointers

        gotrace explain 24 48 4KiB 32KiB --runtime go1.15

        gotrace explain 33 --format csv --table versions

        gotrace explain gc --runtime go1.8 --barrier none
    """
    if not sizes:
        typer.echo(context.get_help())
        return
    check_table(table, format)
    if sizes == [_GC]:
        if pointers:
            raise UsageError("--pointers goes with sizes, not with `gc`")
        report = _gc(runtime, barrier, seed, steps)
    else:
        if barrier or seed is not None or steps is not None:
            raise UsageError("--barrier, --seed and --steps go with `gotrace explain gc`")
        report = _sizes(sizes, pointers, runtime, is_page=is_for_people(format))
    emit(report, format, None, output, table)


def _sizes(sizes: list[str], pointers: bool, runtime: str, *, is_page: bool) -> Report:
    from gotrace.analyses.explain.sizes import explain_sizes, explain_title
    from gotrace.units import parse_bytes
    from gotrace.views.report import Report

    asked = list(dict.fromkeys(map(parse_bytes, sizes)))
    results = explain_sizes(asked, pointers, runtime, is_page=is_page)
    return Report("explain", explain_title(asked, pointers, runtime), "", results)


def _gc(runtime: str, barrier: str, seed: int | None, steps: int | None) -> Report:
    from gotrace.analyses.explain.gc import explain_gc, explain_gc_title
    from gotrace.views.report import Report

    results = explain_gc(runtime, barrier, 1 if seed is None else seed, steps or 0)
    return Report("explain", explain_gc_title(runtime, barrier), "", results)
