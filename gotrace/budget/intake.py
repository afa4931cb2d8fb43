"""Files → evidence: each is told by its content, and one that no budget can be about is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gotrace import pipeline
from gotrace.analyses.budget.evidence import Evidence, MeasuredCollector
from gotrace.analyses.budget.from_log import LogBudgets
from gotrace.analyses.budget.from_trace import TraceBudgets
from gotrace.analyses.go_version import version_evidence
from gotrace.errors import InputError, UnrecognisedError, UsageError
from gotrace.pipeline import Peeked
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import TABLES, Derivation
from gotrace.tables.columns import Lazy
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin, Recording

__all__ = ["Taken", "take"]

_ADVICE = (
    "give it heap or goroutine profiles, output of `go test -bench`, execution traces or logs of "
    "GODEBUG=gctrace=1"
)
_BROKEN_LOGS = (
    "packages-not-built", "packages-failed", "benchmarks-failed", "tests-failed",
    "program-crashed", "no-benchmarks",
)  # fmt: skip
"""Notes of a benchmark log whose missing benchmarks would be taken for none."""
_FORGIVEN = ("benchmark-lines-unread", "unit-lines-unread", "heap-")
"""How the losses begin that leave what budgets count: a benchmark that prints breaks its line, and
its other repeats are there; objects that a trace lost have an unknown type or size.
"""


@dataclass
class Taken:
    """What was read: evidence, the names of the files, and notes on them."""

    evidence: Evidence
    sources: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass
class _Lists:
    heaps: list[Recording] = field(default_factory=list)
    goroutines: list[Recording] = field(default_factory=list)
    benchmarks: list[Recording] = field(default_factory=list)
    collectors: list[MeasuredCollector] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def take(
    files: Sequence[str | Path | Peeked],
    *,
    conditions: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> Taken:
    """Read all files: paths, `-`, addresses, or folders that `gotrace convert` wrote.

    `conditions` are what the caller knows of the platform (`go_version`, `goos`, `goarch`, `race`).
    Raises InputError for what cannot be read, is cut off, or can be of no budget: a log of
    benchmarks that failed is so too. Raises UsageError for no file at all.
    """
    if not files:
        raise UsageError("name at least one recording to check")
    if [str(file) for file in files].count("-") > 1:
        raise UsageError("standard input (`-`) can be read only once")
    lists = _Lists()
    for file in files:
        try:
            _take_one(file, lists, limits)
        except InputError as error:
            raise error.at(str(file)) from None
    evidence = Evidence(
        tuple(lists.heaps), tuple(lists.goroutines), tuple(lists.benchmarks),
        tuple(lists.collectors), dict(conditions or {}),
    )  # fmt: skip
    notes = (*dict.fromkeys(lists.notes), *pipeline.kernel_notes())
    return Taken(evidence, tuple(str(file) for file in files), notes)


def _take_one(file: str | Path | Peeked, lists: _Lists, limits: Limits) -> None:
    name = str(file)
    if not isinstance(file, Peeked) and name not in ("", "-") and Path(name).is_dir():
        _sort(pipeline.read(name), name, lists)
        return
    peeked = file if isinstance(file, Peeked) else pipeline.peek(name, limits=limits)[0]
    if peeked.is_trace:
        _of_trace(peeked, lists)
    elif peeked.is_gc_log:
        _sort(pipeline.read_gc_log(peeked, limits=limits, strict=True), name, lists)
    elif peeked.may_be_gc_log:
        _sort(_of_text(peeked, limits), name, lists)
    else:
        _sort(pipeline.read(peeked, limits=limits), name, lists)


def _of_text(peeked: Peeked, limits: Limits) -> Recording:
    """A log of benchmarks; else one of the collector, whose first line comes late."""
    try:
        return read_benchmarks(peeked, limits)
    except UnrecognisedError as error:
        if peeked.chunks is not None:
            raise
        try:
            return pipeline.read_gc_log(peeked, limits=limits, strict=True)
        except UnrecognisedError:
            raise error from None


def _sort(recording: Recording, name: str, lists: _Lists) -> None:
    _refuse_losses(recording.notes, name)
    lists.notes += [replace(note, where=note.where or name) for note in recording.notes]
    if recording.kind == "heap":
        lists.heaps.append(recording)
    elif recording.kind == "goroutine":
        lists.goroutines.append(recording)
    elif recording.kind == "benchmarks":
        _refuse_broken(recording, name)
        lists.benchmarks.append(recording)
    elif recording.kind == "gclog":
        lists.collectors.append(_collector(LogBudgets(recording), recording, {}))
    elif recording.kind == "trace":
        budgets = TraceBudgets()
        wanted = budgets.wanted
        names = (table for table in TABLES if table in wanted and table in recording.columns)
        budgets.feed((table, recording.columns[table]) for table in names)
        _close(budgets, recording.origin, lists)
    else:
        what = f"is a {recording.kind} profile: no budget can be about it"
        raise InputError(what, source=name, advice=_ADVICE)


def _refuse_losses(notes: Iterable[Note], name: str) -> None:
    """What is missing from a recording would count as not being there."""
    for note in notes:
        if note.severity is Severity.LOSS and not note.slug.startswith(_FORGIVEN):
            where = f"{note.where}: " if note.where else ""
            reason = f"is not whole: {where}{note.message}"
            raise InputError(reason, source=name, advice=note.advice or None)


def _refuse_broken(recording: Recording, name: str) -> None:
    for note in recording.notes:
        if note.slug in _BROKEN_LOGS:
            where = f"{note.where}: " if note.where else ""
            raise InputError(f"{where}{note.message}", source=name, advice=note.advice or None)


def _of_trace(peeked: Peeked, lists: _Lists) -> None:
    budgets = TraceBudgets()
    derivation = Derivation(budgets.wanted)
    with open_bytes(peeked) as content:
        stream = open_stream(content, strict=True)
        budgets.feed(derivation.blocks(stream, content, None))
        origin = derivation.origin(str(peeked), stream, content)
        notes = derivation.notes(stream)
    _refuse_losses(notes, str(peeked))
    lists.notes += notes
    _close(budgets, origin, lists)


def _close(budgets: TraceBudgets, origin: Origin, lists: _Lists) -> None:
    budgets.close(origin.duration_ns)
    coded = Recording("trace", origin, Lazy(budgets.code))
    versions = version_evidence(coded).versions()
    conditions = {"go_version": str(versions[0])} if len(versions) == 1 else {}
    if budgets.gomaxprocs() > 0:
        conditions["gomaxprocs"] = str(budgets.gomaxprocs())
    _refuse_losses(budgets.notes(), " + ".join(origin.paths))
    lists.notes += budgets.notes()
    lists.collectors.append(_collector(budgets, coded, conditions))


def _collector(
    budgets: TraceBudgets | LogBudgets, recording: Recording, conditions: Mapping[str, str]
) -> MeasuredCollector:
    digest = recording.origin.sha256
    return MeasuredCollector(
        budgets, recording.kind == "trace", recording.origin.paths, (digest,) if digest else (),
        conditions,
    )  # fmt: skip
