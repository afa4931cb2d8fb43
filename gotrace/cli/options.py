"""Options and arguments that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Base",
    "Charts",
    "DiffBase",
    "Format",
    "FormatOption",
    "MaxSize",
    "Normalize",
    "Output",
    "Runtime",
    "Sources",
    "Strict",
    "Table",
]


class Format(StrEnum):
    """How a report is printed."""

    TERMINAL = "terminal"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="Profiles, or one trace: paths, `-` for standard input, or http(s) addresses; several "
        "profiles are added up.",
    ),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="How to print.", case_sensitive=False)
]
Charts = Annotated[
    Path | None,
    typer.Option("--charts", metavar="DIR", help="Also draw charts (PNG and SVG) into DIR."),
]
Runtime = Annotated[
    str,
    typer.Option(
        "--runtime",
        metavar="VERSION",
        help="Go version that recorded it, such as `go1.21`; for the size class table.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write there instead of to stdout."),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Traces: what is cut off or damaged is an error, not a note."),
]
Table = Annotated[
    str,
    typer.Option("--table", metavar="NAME", help="Which table `--format csv` prints."),
]
MaxSize = Annotated[
    str,
    typer.Option(
        "--max-size",
        metavar="SIZE",
        help="Refuse inputs that are larger than this when unpacked, such as `2GiB`. "
        "Of traces: one generation, about a second.",
    ),
]
Base = Annotated[
    list[str] | None,
    typer.Option(
        "--base",
        metavar="FILE",
        help="Subtract this profile; repeated, all of them (pprof takes the last).",
    ),
]
DiffBase = Annotated[
    list[str] | None,
    typer.Option(
        "--diff_base",
        metavar="FILE",
        help="Subtract this profile; percentages are of its total (may be repeated).",
    ),
]
Normalize = Annotated[
    bool,
    typer.Option("--normalize", help="Scale to the base's totals before subtracting."),
]
