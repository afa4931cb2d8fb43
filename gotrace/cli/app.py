"""The `gotrace` application: its commands, its options, its version."""

from __future__ import annotations

from typing import Annotated

import typer

from gotrace.cli import (
    budget,
    capture,
    convert,
    diff,
    events,
    explain,
    export,
    gc,
    replay,
    report,
    verify,
    whatif,
    wrestle,
)

__all__ = ["run"]

app = typer.Typer(
    name="gotrace",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Explains the memory of Go programs: which line of code costs which size class, "
    "span and GC cycle.",
    epilog="Example: `gotrace report heap.pprof`",
)


def _version(wanted: bool) -> None:
    if not wanted:
        return
    from gotrace import __version__, kernels

    typer.echo(f"gotrace {__version__} ({kernels.flavour()} kernels)")
    if kernels.missing():
        typer.echo(f"not compiled: {', '.join(kernels.missing())}; reading is many times slower")
    raise typer.Exit


@app.callback()
def _gotrace(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Print the version and whether the kernels are compiled, and exit.",
        ),
    ] = False,
) -> None:
    pass


app.command(name="report")(report.report)
app.command(name="diff")(diff.diff)
app.command(name="events")(events.events)
app.command(name="convert")(convert.convert)
app.command(name="export")(export.export)
app.command(name="explain")(explain.explain)
app.command(name="replay")(replay.replay)
app.command(name="verify")(verify.verify)
app.command(name="gc")(gc.gc)
app.command(name="whatif")(whatif.whatif)
app.command(name="wrestle")(wrestle.wrestle)
app.command(name="capture")(capture.capture)
app.add_typer(budget.app, name="budget")


def run(arguments: list[str]) -> None:
    """Run the command line `arguments` (without the program's name); exits through SystemExit."""
    app(arguments, prog_name="gotrace")
