"""`gotrace capture`: profiles and a trace of a running service, all at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gotrace.cli.printing import while_someone_reads
from gotrace.cli.progress import steps_bar
from gotrace.errors import UsageError
from gotrace.views.safety import safe_text

__all__ = ["capture"]

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="The service, such as `http://localhost:6060`; its handlers are at `/debug/pprof`.",
    ),
]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to make.")]
Seconds = Annotated[
    int,
    typer.Option("--seconds", metavar="N", help="How long to record CPU profile and trace."),
]
MaxSize = Annotated[
    str,
    typer.Option(
        "--max-size", metavar="SIZE", help="Give up an answer that is larger, such as `1GiB`."
    ),
]
Timeout = Annotated[
    str,
    typer.Option(
        "--timeout", metavar="TIME", help="Wait so long for each answer, beyond `--seconds`."
    ),
]


def capture(
    address: Address,
    output: Folder,
    seconds: Seconds = 5,
    timeout: Timeout = "30s",
    max_size: MaxSize = "256MiB",
) -> None:
    """Record a running service through its `net/http/pprof`.

    CPU profile and execution trace for `--seconds`, and at once what heap, allocs, goroutine, mutex
    and block say. What the service does not give is skipped and said; what came is kept, with a
    manifest, in DIR. No other host is talked to: no proxy, no redirect elsewhere.

    Example:

        gotrace capture http://localhost:6060 -o service --seconds 5

        gotrace wrestle --from service
    """
    from gotrace.capture.service import NOT_OF_A_SERVICE, ServiceRequest, record_service
    from gotrace.trace_pipeline import look_into_answer
    from gotrace.units import parse_bytes, parse_duration

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} is there already, with something in it")
    request = ServiceRequest(
        address,
        seconds,
        parse_duration(timeout) / 1e9,
        parse_bytes(max_size),
        look_into_answer,
    )
    with steps_bar(sys.stderr) as bar:
        what = f"recording {seconds} s"

        def progress(done: int, total: int) -> None:
            if bar is not None:
                bar(what, done, total)

        manifest = record_service(request, output, progress)
    for skipped in manifest.skipped:
        if skipped.role not in NOT_OF_A_SERVICE:
            print(f"gotrace: no {skipped.role}: {safe_text(skipped.why)}", file=sys.stderr)
    for entry in manifest.recordings:
        for note in entry.notes:
            print(f"gotrace: {entry.role}: {safe_text(note)}", file=sys.stderr)
    with while_someone_reads():
        for entry in manifest.recordings:
            path = output / entry.path
            typer.echo(f"{path}\t{path.stat().st_size}")
    print(f"gotrace: `gotrace wrestle --from {output}` reports on it", file=sys.stderr)
