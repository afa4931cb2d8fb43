"""The files of a folder that `-gcflags=-json=0,file:///DIR` wrote, a folder for each package.

A folder is somebody else's: links are not followed, what is no plain file is passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gotrace.errors import InputError, LimitError
from gotrace.readers.escapes.recognise import is_escape_json, is_escape_text

__all__ = ["MOST_FILES", "files_of", "head_of", "holds_escapes"]

MOST_FILES = 100_000
"""Entries of a folder; the compiler writes one file for each source file."""
_MOST_DEPTH = 3
_SEEN_DEPTH = 2
_MANIFEST = "manifest.json"
_LOOKED_AT = 20
_HEAD_BYTES = 64 << 10


def files_of(folder: Path, most_depth: int = _MOST_DEPTH) -> Iterator[Path]:
    """The plain files, at most `most_depth` folders below. Raises InputError, LimitError."""
    seen = 0

    def below(place: Path, depth: int) -> Iterator[Path]:
        nonlocal seen
        try:
            with os.scandir(place) as entries:
                found = []
                for entry in entries:
                    seen += 1
                    if seen > MOST_FILES:
                        raise LimitError(f"the folder has more than {MOST_FILES:,} entries")
                    found.append(entry)
        except OSError as error:
            raise InputError(f"cannot be read: {(error.strerror or str(error)).lower()}") from None
        for entry in sorted(found, key=lambda entry: entry.name):
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
            elif entry.is_dir(follow_symlinks=False) and depth < most_depth:
                yield from below(Path(entry.path), depth + 1)

    return below(folder, 0)


def holds_escapes(folder: str | Path) -> bool:
    """Whether one of the folder's first files is the compiler's, and not of a recording in it.

    A folder of `gotrace wrestle` has its escapes deeper, and other recordings beside.
    """
    try:
        if (Path(folder) / _MANIFEST).exists():
            return False
        for number, path in enumerate(files_of(Path(folder), _SEEN_DEPTH)):
            if number == _LOOKED_AT:
                return False
            head = head_of(path)
            if is_escape_json(head) or is_escape_text(head):
                return True
    except InputError:
        return False
    return False


def head_of(path: Path) -> bytes:
    """A file's first bytes; none of what cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""
