"""Which file is what: by the manifest of a recorded folder, else by each file's content.

Several recorded folders are one report, a package after the other. A package stands in one of them
only: its code may have changed between two recordings, so that lines, sizes and escapes of the two
do not add up; `--base` compares them. Loose files beside recorded folders complete these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gotrace import pipeline
from gotrace.errors import InputError, UsageError
from gotrace.readers.escapes.reader import read_escapes
from gotrace.readers.layouts import read_layouts
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.manifest import read_manifest
from gotrace.tables.manifest import (
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
from gotrace.wrestle.grouping import (
    GC_LOG,
    SHARED,
    Group,
    Item,
    check_apart,
    completed,
    named,
    with_layouts,
    without_twins,
)
from gotrace.wrestle.walking import TABLES, Found, files_of

__all__ = ["Collection", "collect"]

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


@dataclass(frozen=True)
class Collection:
    """Everything that was given, sorted."""

    sources: tuple[str, ...]
    groups: tuple[Group, ...]
    notes: tuple[Note, ...] = field(default=())

    @property
    def source(self) -> str:
        """As it was named."""
        return " + ".join(self.sources)

    @property
    def items(self) -> tuple[Item, ...]:
        """Those of all groups."""
        return tuple(item for group in self.groups for item in group.items)

    @property
    def packages(self) -> tuple[str, ...]:
        """Those of all groups."""
        return tuple(package for group in self.groups for package in group.packages)

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """Those of recorded folders."""
        return tuple(group.manifest for group in self.groups if group.manifest is not None)


def collect(sources: Sequence[str], limits: Limits = DEFAULT) -> Collection:
    """Sort recorded folders, and loose files and folders of any kind that gotrace reads.

    Raises UsageError for nothing and for a package that was recorded in two of the folders,
    InputError where none of it can be read.
    """
    if not sources:
        raise UsageError("name a folder that `gotrace wrestle` wrote, or recordings")
    if list(sources).count("-") > 1:
        raise UsageError("standard input (`-`) can be read only once")
    groups: list[Group] = []
    loose: list[Item] = []
    notes: list[Note] = []
    errors: list[InputError] = []
    for found in _opened(list(files_of(sources)), sources, groups, notes):
        try:
            loose += _told(found.path, found.package, notes, limits)
        except InputError as error:
            errors.append(error)
            notes.append(_unread(found.path, error))
    if not groups and not loose:
        if errors:
            raise errors[0].at(sources[0]) if len(sources) == 1 else errors[0]
        is_report = (Path(sources[0]) / "tables" / "answers").is_dir()
        reason = "holds a report, and no recordings" if is_report else "holds no recordings"
        raise InputError(reason, source=sources[0], advice=_ADVICE)
    groups = named(groups)
    check_apart(groups)
    loose = without_twins(with_layouts(loose), notes)
    sorted_out = completed(groups, loose, notes)
    return Collection(tuple(sources), tuple(sorted_out), tuple(notes))


_ADVICE = (
    "give it what `gotrace wrestle -o DIR` recorded, or CPU and heap profiles, execution traces, "
    "output of `go test -bench` and of `go build -gcflags=-m=2`"
)


def _opened(
    found: Sequence[Found], sources: Sequence[str], groups: list[Group], notes: list[Note]
) -> Iterator[Found]:
    """Loose files; recorded folders become groups, those of a broken manifest loose files.

    Raises InputError where the only folder's manifest is broken.
    """
    for one in found:
        if not one.is_recorded:
            yield one
            continue
        folder = Path(one.path)
        try:
            groups.append(_recorded(folder, notes))
        except InputError as error:
            if len(sources) == 1 and folder in (Path(sources[0]), Path(sources[0]).parent):
                raise
            notes.append(_unread(str(folder / MANIFEST_NAME), error))
            yield from _opened(list(files_of([one.path], skipped=[folder])), sources, groups, notes)


def _recorded(folder: Path, notes: list[Note]) -> Group:
    """By the manifest; what it names and is not there becomes a note."""
    manifest = read_manifest(folder / MANIFEST_NAME)
    items = []
    home = folder.resolve()
    for entry in manifest.recordings:
        path = folder / entry.path
        if not path.resolve().is_relative_to(home):
            message = f"the manifest names {entry.path}, a link out of the folder: not followed"
            notes.append(Note(Severity.LOSS, "wrestle-file-outside", message, where=str(folder)))
        elif path.exists():
            items.append(Item(entry.role, str(path), entry.package, entry.arm))
        else:
            message = f"the manifest names {entry.path}, which is not there"
            notes.append(Note(Severity.LOSS, "wrestle-file-missing", message, where=str(folder)))
    return Group(tuple(items), folder, manifest)


def _told(source: str, package: str, notes: list[Note], limits: Limits) -> list[Item]:
    """What one file is, by its content."""
    if source not in ("", "-") and Path(source).is_dir():
        is_converted = (Path(source) / TABLES).is_file()
        read = (
            pipeline.read(source, limits=limits) if is_converted else read_escapes(source, limits)
        )
        return _by_kind(read, source, package, notes)
    (peeked,) = pipeline.peek(source, limits=limits)
    if peeked.is_trace:
        return [Item(TRACE, source, package, peeked=peeked)]
    if peeked.is_layouts:
        return _by_kind(read_layouts(peeked, limits), source, package, notes)
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
    return [Item(role, source, "" if role in SHARED else package, arm, recording)]


def _unread(source: str, error: InputError) -> Note:
    return Note(Severity.FAULT, "wrestle-file-unread", f"{source} was left out: {error.at('')}")
