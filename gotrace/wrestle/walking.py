"""The files below folders, in order; folders that are one recording, or were recorded by us, whole.

Names decide nothing but which package loose files are of: files of one folder below `profiles/`
and `traces/` belong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from gotrace.errors import InputError
from gotrace.readers.escapes.recognise import is_escape_json, is_escape_text
from gotrace.tables.manifest import MANIFEST_NAME

__all__ = ["TABLES", "Found", "files_of"]

TABLES = "recording.json"
"""Is in every folder of converted tables."""
_OWN = ("tables", "charts", "work")
"""Folders of ours in a recorded one, which hold no recordings."""
_TOLD = ("report.md", "report.json")
_MOST_FILES = 5_000
_LOOKED_INTO = 20
_HEAD_BYTES = 4096


class Found(NamedTuple):
    """A file, or a folder that is read as a whole; `is_recorded` of one with a manifest."""

    path: str
    package: str = ""
    is_recorded: bool = False


def files_of(sources: Iterable[str], *, skipped: Iterable[Path] = ()) -> Iterator[Found]:
    """Every file with its package. Folders in `skipped` have manifests that nobody can read.

    Raises InputError for a folder of far too many files.
    """
    broken = set(skipped)
    for source in sources:
        place = Path(source)
        if source in ("", "-"):
            yield Found(source)
        elif place.name == MANIFEST_NAME and place.is_file() and place.parent not in broken:
            yield Found(str(place.parent), is_recorded=True)
        elif not place.is_dir():
            yield Found(source)
        elif _is_recorded(place, broken):
            yield Found(source, is_recorded=True)
        elif _is_one(place):
            yield Found(source)
        else:
            yield from _below(place, broken)


def _is_recorded(folder: Path, broken: set[Path]) -> bool:
    return folder not in broken and (folder / MANIFEST_NAME).is_file()


def _below(folder: Path, broken: set[Path]) -> Iterator[Found]:
    """Breadth first, in order of names."""
    found = 0
    waiting = [folder]
    while waiting:
        for path in sorted(waiting.pop(0).iterdir()):
            found += 1
            if found > _MOST_FILES:
                raise InputError(f"holds more than {_MOST_FILES:,} files", source=str(folder))
            if path.name.startswith(".") or path.is_symlink():
                continue
            inner = path.relative_to(folder).parts
            package = inner[-2] if len(inner) > 2 else ""
            if path.is_dir():
                if _is_recorded(path, broken):
                    yield Found(str(path), is_recorded=True)
                elif _is_one(path):
                    yield Found(str(path), package)
                elif path.parent != folder or path.name not in _OWN:
                    waiting.append(path)
            elif path.is_file() and path.name not in (*_TOLD, MANIFEST_NAME):
                yield Found(str(path), package)


def _is_one(folder: Path) -> bool:
    """Whether a folder is one recording: converted tables, or what the compiler wrote of escapes.

    The compiler makes a folder for each package: the first file of each of them must be its.
    """
    if (folder / TABLES).is_file():
        return True
    inner = sorted(islice((path for path in folder.iterdir() if path.is_dir()), _LOOKED_INTO))
    heads = [head for place in (folder, *inner) if (head := _first_head(place)) is not None]
    return bool(heads) and all(is_escape_json(head) or is_escape_text(head) for head in heads)


def _first_head(folder: Path) -> bytes | None:
    """The first bytes of the first file in a folder; None without files."""
    file = min((path for path in islice(folder.iterdir(), _MOST_FILES) if path.is_file()),
               default=None)  # fmt: skip
    if file is None:
        return None
    try:
        with file.open("rb") as content:
            return content.read(_HEAD_BYTES)
    except OSError:
        return b""
