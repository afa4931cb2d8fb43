"""`gotrace export`: recordings in other tools' formats."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gotrace.cli.options import Base, DiffBase, MaxSize, Normalize, Sources

__all__ = ["Target", "export"]


class Target(StrEnum):
    """Formats that can be written."""

    PPROF = "pprof"


def export(
    sources: Sources,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write; `-`: stdout.")
    ],
    format: Annotated[Target, typer.Option("--format", help="The format.")] = Target.PPROF,
    base: Base = None,
    diff_base: DiffBase = None,
    normalize: Normalize = False,
    max_size: MaxSize = "",
) -> None:
    """Write profiles as one gzipped pprof profile: merged, subtracted, symbolised from text.

    Examples:

        gotrace export heap.debug1.txt -o heap.pb.gz

        gotrace export monday.pb.gz tuesday.pb.gz -o both.pb.gz
    """
    from gotrace import pipeline
    from gotrace.cli.printing import write_bytes

    limits = pipeline.limits(max_size)
    recording = pipeline.compare(
        pipeline.read(*sources, limits=limits),
        base=base or [],
        diff_base=diff_base or [],
        normalize=normalize,
        limits=limits,
    )
    write_bytes(pipeline.encode(recording), output)
