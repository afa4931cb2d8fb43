"""Where output goes: stdout, or a file that appears whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gotrace.analyses.top_options import TopOptions
from gotrace.cli.options import Format
from gotrace.errors import InputError, UsageError
from gotrace.tables.notes import Note
from gotrace.tables.whole_file import write_whole
from gotrace.views.safety import safe_text

if TYPE_CHECKING:
    from gotrace.views.report import Report

__all__ = [
    "PAGE_ROWS",
    "check_table",
    "emit",
    "is_for_people",
    "tell_notes",
    "while_someone_reads",
    "with_page_of_rows",
    "write_bytes",
]


PAGE_ROWS = 25
"""Rows of a table that may be long, on a page for people."""


def is_for_people(format: Format) -> bool:
    """Whether people read it, who want a page; programs want everything."""
    return format in (Format.TERMINAL, Format.MARKDOWN)


def with_page_of_rows(options: TopOptions, format: Format) -> TopOptions:
    """For people: 25 rows of the top table unless they asked for another number; all for programs.

    The one default that differs from `pprof -top`, which prints all rows, for this table is only
    one part of the page.
    """
    if is_for_people(format) and options.nodecount < 0:
        return replace(options, nodecount=PAGE_ROWS)
    return options


def check_table(table: str, format: Format) -> None:
    """Refuse `--table` where it would be passed over. Raises UsageError."""
    if table and format is not Format.CSV:
        raise UsageError("--table goes with --format csv: the other formats print every table")


def emit(
    report: Report,
    format: Format,
    charts: Path | None,
    output: Path | None,
    table: str,
    drawn: Report | None = None,
) -> None:
    """Print `report` as `format` to stdout or `output`, and draw `charts` (of `drawn` if given)."""
    if output is None and format is Format.TERMINAL:
        from gotrace.views.terminal import print_report

        with while_someone_reads():
            print_report(report, sys.stdout)
    else:
        text = _text(report, format, table).encode("utf-8")
        write_bytes(text, output or Path("-"))
    if charts is not None:
        from gotrace.views.charts import save_charts

        for path in save_charts(drawn or report, charts):
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
    """Print; a reader that has seen enough (`gotrace report … | head`) is no error.

    Raises InputError where there is no standard output, or no room behind it.
    """
    if sys.stdout is None:  # `>&-`
        raise InputError("standard output is closed")
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_the_rest()
    except OSError as error:
        _discard_the_rest()
        raise _unwritable("standard output", error) from error


def _discard_the_rest() -> None:
    # The interpreter flushes once more at exit: let that go nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell_notes(notes: Iterable[Note]) -> None:
    """Losses and doubts on stderr, a line each: beside what has no place for them."""
    for note in notes:
        where = f" ({note.where})" if note.where else ""
        print(f"gotrace: {note.severity}: {safe_text(note.message + where)}", file=sys.stderr)


def write_bytes(data: bytes, path: Path) -> None:
    """Write `data` to stdout (`-`), or to `path`, where it appears whole or not at all.

    What is not a file (a device, a named pipe) is written to as it stands: putting a file in its
    place would take `/dev/null` away from everybody.
    """
    if str(path) == "-":
        with while_someone_reads():
            sys.stdout.buffer.write(data)
        return
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            path.write_bytes(data)
        else:
            write_whole(path.resolve(), data)  # a link keeps pointing where it does
    except OSError as error:
        raise _unwritable(str(path), error) from error


def _unwritable(target: str, error: OSError) -> InputError:
    return InputError(f"cannot be written: {error.strerror}", source=target)
