"""What was recorded together, and which of several recordings a loose file completes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from gotrace.errors import UsageError
from gotrace.readers.peek import Peeked
from gotrace.tables.manifest import (
    ALLOCATIONS,
    ALLOCS,
    BENCH,
    CPU,
    ESCAPES,
    HEAP,
    LAYOUTS,
    TRACE,
    Manifest,
)  # fmt: skip
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

__all__ = [
    "GC_LOG",
    "SHARED",
    "Group",
    "Item",
    "check_apart",
    "completed",
    "folder_name",
    "named",
    "with_layouts",
    "without_twins",
]

GC_LOG = "gclog"
"""Beside the roles of the manifest: a log of GODEBUG=gctrace=1."""
SHARED = (BENCH, ESCAPES, LAYOUTS)
"""What may be of several packages at once."""
_NO_NAME = re.compile(r"[^\w.-]")


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
class Group:
    """What was recorded together: a folder with its manifest, or all loose files."""

    items: tuple[Item, ...]
    folder: Path | None = None
    manifest: Manifest | None = None

    def of(self, *roles: str, package: str | None = None) -> list[Item]:
        """The items of some roles, and of a package if one is named."""
        return [
            item
            for item in self.items
            if item.role in roles and (package is None or item.package == package)
        ]

    @property
    def packages(self) -> tuple[str, ...]:
        """Every package that has recordings of its own, as they were recorded; at least one.

        Where there are but benchmarks, those that the manifest names.
        """
        own = self.of(CPU, HEAP, ALLOCS, TRACE, ALLOCATIONS, GC_LOG)
        named = self.manifest.packages if self.manifest is not None else ()
        return tuple(dict.fromkeys(item.package for item in own)) or named or ("",)


def named(groups: Sequence[Group]) -> list[Group]:
    """A service has no packages: beside other recorded folders it goes by its address."""
    if len(groups) == 1:
        return list(groups)
    made = []
    for group in groups:
        if group.manifest is not None and group.manifest.address:
            name = _host(group.manifest.address)
            items = (replace(i, package=i.package or name) for i in group.items)
            group = replace(group, items=tuple(items))
        made.append(group)
    return made


def _host(address: str) -> str:
    """Host and port, without a password; the whole address where it is none."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2] or address
    except ValueError:
        return address


def folder_name(package: str) -> str:
    """A package as the name of a folder of ours, which never leads out; a service's is its address.

    Empty for what has no name.
    """
    return _NO_NAME.sub("-", package.replace("/", ".")).lstrip(".")


def check_apart(groups: Sequence[Group]) -> None:
    """Raises UsageError for a package that two recorded folders have, and says what to do."""
    seen: dict[str, Path | None] = {}
    for group in groups:
        for package in group.packages:
            if package not in seen:
                seen[package] = group.folder
            elif seen[package] == group.folder:
                raise UsageError(f"{group.folder} is named twice")
            else:
                raise UsageError(
                    f"{package or 'the same'} was recorded in {seen[package]} and in "
                    f"{group.folder}: report on one of them; `gotrace wrestle --from "
                    f"{group.folder} --base {seen[package]}` compares them"
                )


def with_layouts(loose: Sequence[Item]) -> list[Item]:
    """`layouts/a.b.json` is of the package whose profiles are in `profiles/a.b`."""
    packages = {item.package for item in loose} - {""}
    made = []
    for item in loose:
        stem = PurePath(item.path).stem
        is_named = item.role == LAYOUTS and stem in packages
        made.append(replace(item, package=stem) if is_named else item)
    return made


def without_twins(loose: Sequence[Item], notes: list[Note]) -> list[Item]:
    """`/debug/pprof/allocs` serves what `heap` does: of a package that has both, `heap` counts.

    They differ in the sample type that is shown (`writeHeapInternal` in `runtime/pprof/pprof.go`);
    `go test -memprofile` writes the former.
    """
    with_heap = {item.package for item in loose if item.role == HEAP and not _is_allocs(item)}
    kept = []
    for item in loose:
        if item.role == HEAP and _is_allocs(item) and item.package in with_heap:
            message = f"{item.path} was left out: it tells what the heap profile does"
            notes.append(Note(Severity.INFO, "wrestle-file-unused", message))
        else:
            kept.append(item)
    return kept


def _is_allocs(item: Item) -> bool:
    recording = item.recording
    return recording is not None and recording.origin.default_sample_type == "alloc_space"


def completed(groups: Sequence[Group], loose: Sequence[Item], notes: list[Note]) -> list[Group]:
    """Recorded folders with the loose files that are theirs, and a group of those that are not.

    Profiles and traces are of the only package there is; beside several they stand alone, with all
    that is loose. What several packages may share is of each folder that has none, too; benchmarks
    are further rounds of the only folder's.
    """
    if not groups or not loose:
        return [*groups, Group(tuple(loose))] if loose else list(groups)
    packages = [package for group in groups for package in group.packages]
    own = [item for item in loose if item.role not in SHARED]
    shared = [item for item in loose if item.role in SHARED]
    is_theirs = len(packages) == 1 and not any(item.package for item in own)
    alone = Group(() if is_theirs or not own else tuple(loose))
    made = []
    for group in groups:
        more = [replace(item, package=packages[0]) for item in own] if is_theirs else []
        more += [item for item in shared if _lacks(group, item, is_only=len(groups) == 1)]
        made.append(replace(group, items=(*group.items, *more)))
    taken = {id(item) for group in (*made, alone) for item in group.items}
    for item in shared:
        if id(item) not in taken:
            message = f"{item.path} was left out: {item.role} were recorded with the rest"
            notes.append(Note(Severity.LOSS, "wrestle-file-unused", message))
    return [*made, alone] if alone.items else made


def _lacks(group: Group, item: Item, *, is_only: bool) -> bool:
    if item.role == BENCH:
        return is_only or not [own for own in group.of(BENCH) if own.arm == item.arm]
    return not group.of(item.role)
