"""Where output goes: stdout, or a file that appears whole."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gotrace.analyses.top_options import TopOptions
from gotrace.cli.options import Format
from gotrace.errors import InputError

if TYPE_CHECKING:
    from gotrace.views.report import Report

__all__ = ["emit", "while_someone_reads", "with_page_of_rows", "write_bytes"]


_PAGE_ROWS = 25


def with_page_of_rows(options: TopOptions, format: Format) -> TopOptions:
    """For people: 25 rows of the top table unless they asked for another number; all for programs.

    The one default that differs from `pprof -top`, which prints all rows, for this table is only
    one part of the page.
    """
    for_people = format in (Format.TERMINAL, Format.MARKDOWN)
    if for_people and options.nodecount < 0:
        return replace(options, nodecount=_PAGE_ROWS)
    return options


def emit(
    report: Report, format: Format, charts: Path | None, output: Path | None, table: str
) -> None:
    """Print `report` as `format` to stdout or `output`, and draw `charts`."""
    if output is None and format is Format.TERMINAL:
        from gotrace.views.terminal import print_report

        with while_someone_reads():
            print_report(report, sys.stdout)
    else:
        text = _text(report, format, table).encode("utf-8")
        write_bytes(text, output or Path("-"))
    if charts is not None:
        from gotrace.views.charts import save_charts

        for path in save_charts(report, charts):
            print(f"gotrace: wrote {path}", file=sys.stderr)


def _text(report: Report, format: Format, table: str) -> str:
    if format is Format.JSON:
        from gotrace.views.json_view import render_json

        return render_json(report)
    if format is Format.MARKDOWN:
        from gotrace.views.markdown import render_markdown

        return render_markdown(report)
    if format is Format.CSV:
        from gotrace.views.csv_view import render_csv

        return render_csv(report, table or None)
    from gotrace.views.terminal import render_plain

    return render_plain(report)


@contextmanager
def while_someone_reads() -> Iterator[None]:
    """Print; a reader that has seen enough (`gotrace report … | head`) is no error."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_bytes(data: bytes, path: Path) -> None:
    """Write `data` to stdout (`-`) or to `path`, through a temporary file beside it."""
    if str(path) == "-":
        with while_someone_reads():
            sys.stdout.buffer.write(data)
        return
    try:
        handle, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(partial).chmod(0o644)
            Path(partial).replace(path)
        finally:
            Path(partial).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from error
