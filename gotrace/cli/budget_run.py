"""`gotrace budget run`: `go test` with the flags that measure memory, and then the check."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.budget_options import (
    BaselineOption,
    BudgetsOption,
    Formats,
    Only,
    find_budget_file,
    parse_targets,
    show,
)
from gotrace.cli.options import MaxSize
from gotrace.errors import UsageError

if TYPE_CHECKING:
    from gotrace.capture.go_recording import GoRecording

__all__ = ["run"]

_MARK = ".gotrace-budget-run"
"""The file by which `-o DIR --force` knows a folder of its own."""

Folder = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="Keep what was recorded there."),
]
Count = Annotated[
    int,
    typer.Option("--count", metavar="N", min=1, max=1000, help="`-count` where it is absent."),
]
Benchtime = Annotated[
    str,
    typer.Option("--benchtime", metavar="Nx", help="`-benchtime` where it is absent."),
]
Force = Annotated[
    bool, typer.Option("--force", help="Replace a folder that `run -o` wrote before.")
]
RecordOnly = Annotated[
    bool, typer.Option("--record-only", help="Record (with -o DIR), but check nothing.")
]
Memprofile = Annotated[
    bool, typer.Option(help="Profile every allocation, which names call sites and slows down.")
]
Timeout = Annotated[
    str,
    typer.Option("--timeout", metavar="TIME", help="Stop everything after so long, as `20m`."),
]


def run(
    command: Annotated[
        list[str],
        typer.Argument(metavar="-- go test ...", help="The command, with its packages."),
    ],
    budgets: BudgetsOption = None,
    baseline: BaselineOption = None,
    format: Formats = None,
    only: Only = None,
    output: Folder = None,
    force: Force = False,
    record_only: RecordOnly = False,
    count: Count = 6,
    benchtime: Benchtime = "100x",
    memprofile: Memprofile = True,
    timeout: Timeout = "",
    max_size: MaxSize = "",
) -> None:
    """Run `go test` package by package with the flags that measure memory, and check the budgets.

    Added where absent: `-benchmem`, a fixed `-benchtime`, `-count`, and for each package
    `-memprofile` with `-memprofilerate=1`. Tests may write profiles into the folder that
    `GOTRACE_PROFILES` names; they count instead of the package's own. Output of `go test` goes to
    stderr as it comes; where it fails nothing is checked, and the exit code is 1.

    Examples:

        gotrace budget run -- go test -bench . ./...

        gotrace budget run -o recorded --record-only -- go test -run Heap ./...
    """
    if record_only and output is None:
        raise UsageError("--record-only needs -o DIR: nothing would be left")
    targets = parse_targets(format)
    file = None if record_only else find_budget_file(budgets)
    with _folder(output, force) as folder:
        recording = _recorded(command, folder, (count, benchtime, memprofile), timeout)
        for remark in recording.remarks:
            print(f"gotrace: {remark}", file=sys.stderr)
        if file is None:
            print(f"gotrace: wrote {len(recording.files)} files into {folder}", file=sys.stderr)
            return
        from gotrace import budget, pipeline
        from gotrace.budget.naming import without_folder

        checked = budget.check(
            recording.files,
            file,
            baseline,
            only=only or (),
            conditions=recording.conditions,
            limits=pipeline.limits(max_size),
        )
        if output is None:
            checked = without_folder(checked, folder)
        show(checked, targets)
    if checked.is_failure:
        raise typer.Exit(1)


def _recorded(
    command: list[str], folder: Path, wished: tuple[int, str, bool], timeout: str
) -> GoRecording:
    from gotrace.capture.go_recording import Wishes, record_go_test
    from gotrace.capture.go_test import parse_go_test
    from gotrace.units import parse_duration

    seconds = parse_duration(timeout) / 1e9 if timeout else None
    wishes = Wishes(*wished, seconds)
    return record_go_test(parse_go_test(command), folder, wishes, sys.stderr.buffer)


@contextmanager
def _folder(output: Path | None, force: bool) -> Iterator[Path]:
    """An empty folder: that of `-o`, else one that goes away again."""
    if output is None:
        with tempfile.TemporaryDirectory(prefix="gotrace-budget-") as name:
            yield Path(name).resolve()
        return
    try:
        if output.exists() and not output.is_dir():
            raise UsageError(f"{output} is no folder")
        if output.is_dir() and any(output.iterdir()):
            if not force or not (output / _MARK).is_file():
                hint = "--force replaces what `run -o` wrote" if not force else "not by `run -o`"
                raise UsageError(f"{output} has files in it: {hint}")
            shutil.rmtree(output)
        output.mkdir(parents=True, exist_ok=True)
        (output / _MARK).touch()
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from error
    yield output.resolve()
