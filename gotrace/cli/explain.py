"""`gotrace explain`: what Go makes of an allocation of some size."""

from __future__ import annotations

from typing import Annotated

import typer

from gotrace.cli.options import Format, FormatOption, Output, Table
from gotrace.cli.printing import check_table, emit, is_for_people

__all__ = ["explain"]


def explain(
    context: typer.Context,
    sizes: Annotated[
        list[str] | None,
        typer.Argument(metavar="SIZE...", help="Bytes: `33`, `4KiB`, `1MiB`; one or more."),
    ] = None,
    pointers: Annotated[
        bool,
        typer.Option("--pointers/--no-pointers", help="The type has pointers in it."),
    ] = False,
    runtime: Annotated[
        str,
        typer.Option(
            "--runtime",
            metavar="NAME",
            help="`go1.0` to `go1.27`, `tcmalloc-classic`, `tcmalloc-2x`; if none, the newest Go.",
        ),
    ] = "",
    format: FormatOption = Format.TERMINAL,
    output: Output = None,
    table: Table = "",
) -> None:
    """Explain an allocation: its size class, slot, waste and span, and what would change them.

    SIZE is what the program asks for: `unsafe.Sizeof` of a type, or length times element size.

    Examples:

        gotrace explain 33

        gotrace explain 1KiB --pointers

        gotrace explain 24 48 4KiB 32KiB --runtime go1.15

        gotrace explain 33 --format csv --table versions
    """
    if not sizes:
        typer.echo(context.get_help())
        return
    check_table(table, format)
    from gotrace.analyses.explain.sizes import explain_sizes, explain_title
    from gotrace.units import parse_bytes
    from gotrace.views.report import Report

    asked = list(dict.fromkeys(map(parse_bytes, sizes)))
    results = explain_sizes(asked, pointers, runtime, is_page=is_for_people(format))
    title = explain_title(asked, pointers, runtime)
    emit(Report("explain", title, "", results), format, None, output, table)
