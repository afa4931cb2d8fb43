"""Which file is what: by the manifest of a recorded folder, else by each file's content.

Names decide nothing about loose files but which package they are of: files of one folder below
`profiles/` and `traces/` belong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from gotrace import pipeline
from gotrace.errors import InputError, UsageError
from gotrace.readers.escapes.reader import read_escapes
from gotrace.readers.escapes.recognise import is_escape_json, is_escape_text
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.manifest import read_manifest
from gotrace.readers.peek import Peeked
from gotrace.tables.manifest import (
    ALLOCATIONS,
    ALLOCS,
    BENCH,
    CPU,
    DEFAULT_ARM,
    ESCAPES,
    GC_OFF_ARM,
    HEAP,
    LAYOUTS,
    MANIFEST_NAME,
    SBRK_ARM,
    TRACE,
    Manifest,
)  # fmt: skip
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

__all__ = ["GC_LOG", "Collection", "Item", "collect"]

GC_LOG = "gclog"
"""Beside the roles of the manifest: a log of GODEBUG=gctrace=1."""
_ARMS = {f"{arm}.txt": arm for arm in (DEFAULT_ARM, GC_OFF_ARM, SBRK_ARM)}
"""How a recorded folder names the logs of its arms: nothing in a log tells."""
_ROLES = {
    "cpu": CPU,
    "heap": HEAP,
    "escapes": ESCAPES,
    "layouts": LAYOUTS,
    "benchmarks": BENCH,
    "gclog": GC_LOG,
    "trace": TRACE,
}
"""Kind of a recording → its role; others answer nothing here."""
_OWN = ("tables", "charts", "work")
"""Folders of ours in a recorded one, which hold no recordings."""
_MOST_FILES = 5_000
_LOOKED_INTO = 20
_HEAD_BYTES = 4096
_TABLES = "recording.json"
_TOLD = ("report.md", "report.json")


@dataclass(frozen=True)
class Item:
    """One file (or folder) and its role: `cpu`, `heap`, `trace`, `allocations`, `escapes`,
    `layouts`, `bench` (with an `arm`), `gclog`.

    `package` is empty where nothing tells; `recording` is there if it had to be read to be told.
    """

    role: str
    path: str
    package: str = ""
    arm: str = ""
    recording: Recording | None = None
    peeked: Peeked | None = None


@dataclass(frozen=True)
class Collection:
    """Everything that was given, sorted. `folder` is None for loose files."""

    source: str
    items: tuple[Item, ...]
    folder: Path | None = None
    manifest: Manifest | None = None
    notes: tuple[Note, ...] = field(default=())

    def of(self, *roles: str, package: str | None = None) -> list[Item]:
        """The items of some roles, and of a package if one is named."""
        return [
            item
            for item in self.items
            if item.role in roles and (package is None or item.package == package)
        ]

    @property
    def packages(self) -> tuple[str, ...]:
        """Every package that has recordings of its own, as they were recorded; at least one."""
        own = self.of(CPU, HEAP, ALLOCS, TRACE, ALLOCATIONS, GC_LOG)
        return tuple(dict.fromkeys(item.package for item in own)) or ("",)


def collect(sources: Sequence[str], limits: Limits = DEFAULT) -> Collection:
    """Sort a recorded folder, or loose files and folders of any kind that gotrace reads.

    Raises UsageError for nothing, InputError where none of it can be read.
    """
    if not sources:
        raise UsageError("name a folder that `gotrace wrestle` wrote, or recordings")
    if list(sources).count("-") > 1:
        raise UsageError("standard input (`-`) can be read only once")
    folder = Path(sources[0])
    if len(sources) == 1 and (folder / MANIFEST_NAME).is_file():
        return _recorded(folder)
    found: list[Item] = []
    notes: list[Note] = []
    errors: list[InputError] = []
    for source, package in list(_files(sources)):
        try:
            found += _told(source, package, notes, limits)
        except InputError as error:
            errors.append(error)
            notes.append(_unread(source, error))
    if not found:
        if errors:
            raise errors[0].at(sources[0]) if len(sources) == 1 else errors[0]
        raise InputError("holds no recordings", source=sources[0], advice=_ADVICE)
    base = folder if len(sources) == 1 and folder.is_dir() else None
    return Collection(" ".join(sources), tuple(found), base, None, tuple(notes))


_ADVICE = (
    "give it what `gotrace wrestle -o DIR` recorded, or CPU and heap profiles, execution traces, "
    "output of `go test -bench` and of `go build -gcflags=-m=2`"
)


def _recorded(folder: Path) -> Collection:
    """By the manifest; what it names and is not there becomes a note."""
    manifest = read_manifest(folder / MANIFEST_NAME)
    items, notes = [], []
    home = folder.resolve()
    for entry in manifest.recordings:
        path = folder / entry.path
        if not path.resolve().is_relative_to(home):
            message = f"the manifest names {entry.path}, a link out of the folder: not followed"
            notes.append(Note(Severity.LOSS, "wrestle-file-outside", message))
        elif path.exists():
            items.append(Item(entry.role, str(path), entry.package, entry.arm))
        else:
            message = f"the manifest names {entry.path}, which is not there"
            notes.append(Note(Severity.LOSS, "wrestle-file-missing", message))
    return Collection(str(folder), tuple(items), folder, manifest, tuple(notes))


def _files(sources: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every file with its package; a folder that is one recording stays whole."""
    for source in sources:
        folder = Path(source)
        if source in ("", "-") or not folder.is_dir() or _is_one(folder):
            yield source, ""
            continue
        for path in _walk(folder):
            inner = path.relative_to(folder).parts
            yield str(path), inner[-2] if len(inner) > 2 else ""


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder in order, and folders that are one recording."""
    found = 0
    waiting = [folder]
    while waiting:
        for path in sorted(waiting.pop(0).iterdir()):
            found += 1
            if found > _MOST_FILES:
                raise InputError(f"holds more than {_MOST_FILES:,} files", source=str(folder))
            if path.name.startswith(".") or path.is_symlink():
                continue
            if path.is_dir():
                if _is_one(path):
                    yield path
                elif path.parent != folder or path.name not in _OWN:
                    waiting.append(path)
            elif path.is_file() and path.name not in _TOLD:
                yield path


def _is_one(folder: Path) -> bool:
    """Whether a folder is one recording: converted tables, or what the compiler wrote of escapes.

    The compiler makes a folder for each package: the first file of each of them must be its.
    """
    if (folder / _TABLES).is_file():
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


def _told(source: str, package: str, notes: list[Note], limits: Limits) -> list[Item]:
    """What one file is, by its content."""
    if source not in ("", "-") and Path(source).is_dir():
        is_converted = (Path(source) / _TABLES).is_file()
        read = (
            pipeline.read(source, limits=limits) if is_converted else read_escapes(source, limits)
        )
        return _by_kind(read, source, package, notes)
    (peeked,) = pipeline.peek(source, limits=limits)
    if peeked.is_trace:
        return [Item(TRACE, source, package, peeked=peeked)]
    if not peeked.is_gc_log:
        return _by_kind(pipeline.read(peeked, limits=limits), source, package, notes)
    # Under GODEBUG=gctrace=1 benchmarks print both; what was peeked at can be read once.
    found = pipeline.read_gc_log(peeked, limits=limits)
    items = _by_kind(found, source, package, notes)
    if peeked.is_benchmark_log and peeked.chunks is None:
        items += _by_kind(pipeline.read(source, limits=limits), source, package, notes)
    return items


def _by_kind(recording: Recording, source: str, package: str, notes: list[Note]) -> list[Item]:
    role = _ROLES.get(recording.kind)
    if role is None:
        message = f"{source} is a {recording.kind} profile, which answers none of the questions"
        notes.append(Note(Severity.INFO, "wrestle-file-unused", message))
        return []
    arm = _ARMS.get(Path(source).name, DEFAULT_ARM) if role == BENCH else ""
    shared = role in (BENCH, ESCAPES, LAYOUTS)
    return [Item(role, source, "" if shared else package, arm, recording)]


def _unread(source: str, error: InputError) -> Note:
    return Note(Severity.FAULT, "wrestle-file-unread", f"{source} was left out: {error.at('')}")
