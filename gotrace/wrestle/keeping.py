"""What is kept beside the recordings: reports, and everything as Parquet.

`tables/answers` holds the tables of the report, `tables/ROLE.PACKAGE` those of a recording.
"""

from __future__ import annotations

from pathlib import Path

from gotrace.errors import GotraceError, InputError, UsageError
from gotrace.readers.manifest import read_manifest
from gotrace.readers.trace.conversion import convert_trace
from gotrace.replay_pipeline import save_answers
from gotrace.tables.manifest import ALLOCATIONS, BENCH, ESCAPES, MANIFEST_NAME, TRACE
from gotrace.tables.notes import Note, Severity
from gotrace.tables.store import save
from gotrace.tables.whole_file import write_whole
from gotrace.views.json_view import render_json
from gotrace.views.markdown import render_markdown
from gotrace.views.report import Report
from gotrace.wrestle.grouping import Item, folder_name
from gotrace.wrestle.report import Wrestled

__all__ = ["has_recordings", "keep"]

_PAGE, _ALL = "report.md", "report.json"


def keep(wrestled: Wrestled, page: Report, everything: Report, folder: Path) -> list[Note]:
    """Write reports and tables below `folder`; notes on what could not be converted.

    Raises InputError where the folder cannot be written to, and UsageError where it holds somebody
    else's files of these names.
    """
    _check_ours(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / _PAGE, render_markdown(page).encode("utf-8"))
        write_whole(folder / _ALL, render_json(everything).encode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(folder)) from error
    tables = folder / "tables"
    save_answers(everything, tables / "answers", force=True)
    taken: set[str] = set()
    for item, recording in wrestled.opened.recordings:
        save(recording, tables / _name(item, taken), force=True)
    notes = []
    for item in wrestled.collection.items:
        if item.role in (TRACE, ALLOCATIONS) and _is_there(item):
            try:
                convert_trace(item.path, tables / _name(item, taken), force=True)
            except GotraceError as error:
                message = f"{item.path} has no tables: {error}"
                notes.append(Note(Severity.LOSS, "wrestle-not-converted", message))
    return notes


def _is_there(trace: Item) -> bool:
    """Not for what has its tables already, nor for a stream, which was read once."""
    return trace.recording is None and (trace.peeked is None or trace.peeked.chunks is None)


def _check_ours(folder: Path) -> None:
    """Ours has a manifest, or the tables of an earlier report."""
    if (folder / MANIFEST_NAME).is_file() or (folder / "tables" / "answers").is_dir():
        return
    for name in (_PAGE, _ALL, "tables"):
        if (folder / name).exists():
            raise UsageError(
                f"{folder} holds a {name} that gotrace did not write: name another folder (-o)"
            )


def has_recordings(folder: Path) -> bool:
    """Whether there is anything to report on: more than what a failed build said of escapes."""
    if not (folder / MANIFEST_NAME).is_file():
        return False
    if read_manifest(folder / MANIFEST_NAME).recordings:
        return True
    below = {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}
    return bool(below - {MANIFEST_NAME, ESCAPES})


def _name(item: Item, taken: set[str]) -> str:
    """`cpu.feed`, `bench.default`, `escapes`; numbered where two files are alike."""
    below = item.arm if item.role == BENCH else folder_name(item.package)
    name = first = f"{item.role}.{below}" if below else item.role
    number = 2
    while name in taken:
        name, number = f"{first}.{number}", number + 1
    taken.add(name)
    return name
