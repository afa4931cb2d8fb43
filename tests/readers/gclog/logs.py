"""Lines as the runtime prints them, made up, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gotrace.readers.gclog.reader import read_gc_log
from gotrace.tables.notes import Note
from gotrace.tables.recording import Recording

__all__ = ["MIB", "cycle", "note", "read", "rows", "slugs"]

MIB = 1 << 20


def cycle(
    number: int,
    time: str = "",
    *,
    clock: str = "0.010+0.50+0.020",
    cpu: str = "0.080+0.10/0.20/0.30+0.16",
    sizes: str = "4->5->2",
    goal: int = 6,
    extra: str = ", 0 MB stacks, 0 MB globals",
    end: str = "",
) -> bytes:
    """A line of Go 1.18 and later without its end; cycle n begins n tenths of a second after."""
    return (
        f"gc {number} @{time or f'{number / 10:.3f}'}s 3%: {clock} ms clock, {cpu} ms cpu, "
        f"{sizes} MB, {goal} MB goal{extra}, 8 P{end}"
    ).encode()


def read(log: bytes, folder: Path, *, strict: bool = False) -> Recording:
    """The recording of a log."""
    (folder / "gc.log").write_bytes(log)
    return read_gc_log(str(folder / "gc.log"), strict=strict)


def rows(recording: Recording, table: str = "gc_cycles") -> list[dict[str, Any]]:
    """The rows of a table, null as None."""
    found: list[dict[str, Any]] = recording.tables[table].to_pylist()
    return found


def slugs(recording: Recording) -> set[str]:
    """The slugs of the notes, without those of every log."""
    return {note.slug for note in recording.notes} - {"sizes-in-whole-mib", "foreign-lines"}


def note(recording: Recording, slug: str) -> Note:
    """The note of a slug, which must be there."""
    return next(note for note in recording.notes if note.slug == slug)
