"""Files → `Evidence`, a package at a time: open everything, and leave out what cannot be read.

Every file is read under the reader's limits; one that is broken becomes a note of severity fault,
and its question is answered as if it had not been recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from gotrace import pipeline
from gotrace.analyses.benchmath.cells import configurations
from gotrace.analyses.gc.trace_folds import GcFolds
from gotrace.analyses.go_version import version_evidence
from gotrace.analyses.wrestle.allocated import AllocatedSites
from gotrace.analyses.wrestle.evidence import Evidence
from gotrace.errors import GotraceError, InputError, UsageError
from gotrace.model.versions import GoVersion, known_or_none
from gotrace.readers.escapes.reader import read_escapes
from gotrace.readers.layouts import read_layouts
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import Derivation
from gotrace.tables.benchmark_merging import merge_benchmarks
from gotrace.tables.columns import Columns, Lazy
from gotrace.tables.manifest import ALLOCATIONS, ALLOCS, BENCH, CPU, ESCAPES, HEAP, LAYOUTS, TRACE
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording
from gotrace.wrestle.benchmark_logs import only_package
from gotrace.wrestle.collection import Collection
from gotrace.wrestle.grouping import GC_LOG, Group, Item
from gotrace.wrestle.sources import source_reader
from gotrace.wrestle.what_ifs import what_ifs

__all__ = ["Opened", "Tell", "open_evidence"]

Tell = Callable[[str, int, int], None]
"""Called with what is read now, how many files were read, and how many there are."""


@dataclass
class Opened:
    """The evidence of every package in order, and what to say of the files."""

    packages: list[Evidence] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    benchmarks: dict[str, Recording] = field(default_factory=dict)
    """Logs of all packages together, by arm."""
    recordings: list[tuple[Item, Recording]] = field(default_factory=list)
    """Everything that was read into memory, to be kept as tables."""


@dataclass
class _Trace:
    """What one pass over a trace tells."""

    gc: Recording
    folds: GcFolds
    objects: AllocatedSites | None


class _Opening:
    """Reads file by file, and tells how far it is."""

    def __init__(self, collection: Collection, limits: Limits, tell: Tell | None) -> None:
        self.collection = collection
        self.limits = limits
        self.opened = Opened(notes=list(collection.notes))
        self._tell = tell
        self._done = 0
        self._kept: set[tuple[str, str]] = set()

    @contextmanager
    def _step(self, item: Item) -> Iterator[None]:
        """A file that cannot be read is a note, not the end."""
        if self._tell is not None:
            self._tell(item.path, self._done, len(self.collection.items))
        self._done += 1
        try:
            yield
        except (InputError, UsageError) as error:
            message = f"{item.path} was left out: {_reason(error)}"
            self.opened.notes.append(Note(Severity.FAULT, "wrestle-file-unread", message))

    def recording(self, items: Iterable[Item]) -> Recording | None:
        """All files of a role as one recording; None where there is none that can be read."""
        found: list[Recording] = []
        for item in items:
            with self._step(item):
                one = item.recording or self._read(item)
                found.append(one)
                # A loose file may complete several recorded folders.
                if (item.role, item.path) not in self._kept:
                    self._kept.add((item.role, item.path))
                    self.opened.recordings.append((item, one))
                    self.opened.notes += _placed(one.notes, item)
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        if found[0].kind in (ESCAPES, LAYOUTS):
            self._unused(len(found) - 1, found[0].kind)
            return found[0]
        try:
            if found[0].kind == pipeline.BENCHMARKS:
                return merge_benchmarks(found)
            return pipeline.merge(found)
        except UsageError as error:
            self._unused(len(found) - 1, f"{found[0].kind} recordings ({error})")
            return found[0]

    def _unused(self, count: int, what: str) -> None:
        message = f"only the first of several {what} is used: they do not add up"
        advice = "put the files into one folder and name that" if what == ESCAPES else ""
        self.opened.notes.append(
            Note(Severity.LOSS, "wrestle-files-unused", message, count, advice=advice)
        )

    def _read(self, item: Item) -> Recording:
        if item.role == ESCAPES:
            return read_escapes(item.path, self.limits)
        if item.role == LAYOUTS:
            return read_layouts(item.path, self.limits)
        return pipeline.read(item.path, limits=self.limits)

    def trace(self, item: Item) -> _Trace | None:
        """What one trace tells; None where it cannot be read."""
        with self._step(item):
            found = _folded(item, self.limits)
            self.opened.notes += _placed(found.gc.notes, item)
            return found
        return None


def open_evidence(
    collection: Collection, limits: Limits = DEFAULT, tell: Tell | None = None
) -> Opened:
    """Read everything. Raises InputError where nothing at all could be read."""
    opening = _Opening(collection, limits, tell)
    logs: dict[str, list[Recording]] = {}
    for group in collection.groups:
        shared = _shared(opening, group)
        for arm, log in shared.benchmarks.items():
            logs.setdefault(arm, []).append(log)
        for package in group.packages:
            opening.opened.packages.append(_of_package(opening, group, package, shared))
    opening.opened.benchmarks = {arm: merge_benchmarks(found) for arm, found in logs.items()}
    if all(map(_is_empty, opening.opened.packages)):
        faults = [note.message for note in opening.opened.notes if note.severity is Severity.FAULT]
        reason = f"nothing of it can be read: {faults[0]}" if faults else "holds no recordings"
        if {item.role for item in collection.items} == {LAYOUTS}:
            reason = "layouts alone answer nothing: add the heap profile of the same program"
        raise InputError(reason, source=collection.source)
    return opening.opened


def _shared(opening: _Opening, group: Group) -> Evidence:
    """What belongs to the module as a whole: benchmarks by arm, escapes, layouts."""
    logs = group.of(BENCH)
    arms = dict.fromkeys(item.arm for item in logs)
    read = {arm: opening.recording([i for i in logs if i.arm == arm]) for arm in arms}
    manifest = group.manifest
    return Evidence(
        escapes=opening.recording(group.of(ESCAPES)),
        layouts=opening.recording(group.of(LAYOUTS, package="")),
        benchmarks={arm: log for arm, log in read.items() if log is not None},
        version=known_or_none(manifest.toolchain.go_version) if manifest else None,
        module=manifest.module if manifest else "",
        source=source_reader(manifest.module_folder, manifest.module)
        if manifest
        else source_reader(),
    )


def _of_package(opening: _Opening, group: Group, package: str, shared: Evidence) -> Evidence:
    heap = opening.recording(_preferred(group, package))
    cpu = opening.recording(group.of(CPU, package=package))
    layouts = opening.recording(group.of(LAYOUTS, package=package)) if package else None
    evidence = replace(
        shared, package=package, heap=heap, cpu=cpu, layouts=layouts or shared.layouts,
        benchmarks=_of_this(shared, package, len(group.packages)),
        iterations=_iterations(group, package), missing=_missing(group, package),
    )  # fmt: skip
    evidence = _with_traces(opening, group, evidence)
    return replace(evidence, version=evidence.version or _version_of(evidence))


def _preferred(group: Group, package: str) -> list[Item]:
    """Heap profiles; of a service that gave only `allocs`, those."""
    return group.of(HEAP, package=package) or group.of(ALLOCS, package=package)


def _with_traces(opening: _Opening, group: Group, evidence: Evidence) -> Evidence:
    """The collector from the plain trace if there is one, objects from that with their events."""
    items = group.of(TRACE, ALLOCATIONS, package=evidence.package)
    read = [(item, found) for item in items if (found := opening.trace(item)) is not None]
    plain = [one for one in read if one[1].objects is None]
    full = [one for one in read if one[1].objects is not None]
    if full:
        evidence = replace(evidence, objects=full[0][1].objects)
    if plain or full:
        found = (plain or full)[0][1]
        evidence = replace(evidence, gc=found.gc, gc_folds=found.folds)
    logs = group.of(GC_LOG, package=evidence.package)
    log = opening.recording(logs[:1])
    if log is not None and evidence.gc is None:
        evidence = replace(evidence, gc=log)
    return replace(evidence, whatif=what_ifs([item for item, _ in full + plain], log))


def _folded(item: Item, limits: Limits) -> _Trace:
    """One pass over a trace, for everything that is asked of it."""
    folds, objects = GcFolds(), _Beside()
    if item.recording is not None:  # a folder that was converted
        wanted = folds.wanted | set(AllocatedSites.tables)
        columns = item.recording.columns
        blocks = ((name, columns[name]) for name in columns if name in wanted)
        folds.feed(objects.watch(blocks))
        origin, notes = item.recording.origin, item.recording.notes
    else:
        derivation = Derivation(folds.wanted | set(AllocatedSites.tables))
        source = item.peeked or item.path
        with open_bytes(source) as content:
            stream = open_stream(content, limits=limits)
            folds.feed(objects.watch(derivation.blocks(stream, content, None)))
            origin = derivation.origin(str(source), stream, content)
            notes = derivation.notes(stream)
    coded = Recording("trace", origin, Lazy(folds.starts.code()), notes)
    version = version_evidence(coded).first
    gc = replace(coded, columns=Lazy(folds.tables(version)))
    return _Trace(gc.with_notes(*folds.notes()), folds, objects.found())


class _Beside:
    """Objects, seen as the blocks go by to another fold."""

    def __init__(self) -> None:
        self._objects = AllocatedSites()
        self._count = 0

    def watch(self, blocks: Iterable[tuple[str, Columns]]) -> Iterator[tuple[str, Columns]]:
        """The same blocks."""
        for table, columns in blocks:
            if table in AllocatedSites.tables:
                self._objects.feed(table, columns)
                self._count += columns.rows * (table == "objects")
            yield table, columns

    def found(self) -> AllocatedSites | None:
        """None for a trace without alloc/free events."""
        return self._objects if self._count else None


def _of_this(shared: Evidence, package: str, packages: int) -> dict[str, Recording]:
    """The benchmarks of this package: logs name it; all of them if there is only one."""
    if packages == 1:
        return dict(shared.benchmarks)
    found = {arm: only_package(log, package) for arm, log in shared.benchmarks.items()}
    return {arm: log for arm, log in found.items() if log.columns["benchmarks"].rows}


def _iterations(group: Group, package: str) -> dict[str, int]:
    """How often each benchmark ran under the heap profile; unknown where other files add to it."""
    if group.manifest is None or len(_preferred(group, package)) != 1:
        return {}
    entries = group.manifest.recordings
    return next((dict(e.iterations) for e in entries if (e.role, e.package) == (HEAP, package)), {})


def _missing(group: Group, package: str) -> dict[str, str]:
    if group.manifest is None:
        return {}
    skipped = group.manifest.skipped
    return {one.role: one.why for one in skipped if one.package in ("", package)}


def _version_of(evidence: Evidence) -> GoVersion | None:
    """As the compiler or the log says; else what the recordings leave, the newest of it."""
    told = [evidence.escapes.origin.go_version] if evidence.escapes is not None else []
    told += [configurations(log).constant.get("goversion", "")
             for log in evidence.benchmarks.values()]  # fmt: skip
    for text in told:
        if text and (version := known_or_none(text)) is not None:
            return version
    found = [version_evidence(one) for one in (evidence.heap, evidence.cpu) if one is not None]
    left = [one.versions() for one in found if one.versions()]
    if evidence.gc is not None and (writer := re.findall(r"1\.(\d+)", evidence.gc.origin.format)):
        newest = known_or_none(f"go1.{writer[-1]}")
        left += [(newest,)] if newest is not None else []
    return min((versions[-1] for versions in left), default=None)


def _is_empty(evidence: Evidence) -> bool:
    return not evidence.benchmarks and all(
        found is None
        for found in (evidence.heap, evidence.cpu, evidence.escapes, evidence.gc, evidence.objects)
    )


def _placed(notes: Iterable[Note], item: Item) -> list[Note]:
    """What weakens the numbers, with the file's name."""
    return [
        replace(note, where=": ".join(filter(None, (item.path, note.where))))
        for note in notes
        if note.severity is not Severity.INFO
    ]


def _reason(error: GotraceError) -> str:
    return str(error)
