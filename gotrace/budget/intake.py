"""Files → evidence: each is told by its content, and one that no budget can be about is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gotrace import pipeline
from gotrace.analyses.budget.evidence import Evidence, MeasuredCollector
from gotrace.analyses.budget.from_log import LogBudgets
from gotrace.budget.collector_logs import read_collector_log
from gotrace.errors import InputError, UnrecognisedError, UsageError
from gotrace.pipeline import Peeked
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

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
        _add_trace(peeked, name, lists)
    elif peeked.is_gc_log:
        for recording in read_collector_log(peeked, limits):
            _sort(recording, name, lists)
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
        lists.collectors.append(_of_log(recording))
    elif recording.kind == "trace":
        _add_trace(recording, name, lists)
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


def _add_trace(source: Peeked | Recording, name: str, lists: _Lists) -> None:
    # Most checks have no trace, and reading one takes longer to load than all the rest.
    from gotrace.budget.traces import of_tables, of_trace  # noqa: PLC0415

    collector, notes = of_trace(source) if isinstance(source, Peeked) else of_tables(source)
    _refuse_losses(notes, name)
    lists.notes += notes
    lists.collectors.append(collector)


def _of_log(recording: Recording) -> MeasuredCollector:
    digest = recording.origin.sha256
    digests = (digest,) if digest else ()
    return MeasuredCollector(LogBudgets(recording), False, recording.origin.paths, digests)
