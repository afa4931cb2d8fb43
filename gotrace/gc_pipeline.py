"""What a recording says of the garbage collector: traces, gctrace logs, MemStats, CPU profiles.

Beside `gotrace.pipeline`, and used only by `gotrace gc` and `gotrace.read_gc`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gotrace.analyses.gc.results import (
    cycle_results,
    observed_ns,
    payer_result,
    utilisation_result,
)
from gotrace.analyses.gc.trace_folds import GcFolds
from gotrace.analyses.gc.utilisation import DEFAULT, Counted
from gotrace.analyses.gc_cost.analysis import analyse_gc_cost
from gotrace.analyses.go_version import version_evidence
from gotrace.analyses.overview import overview, time_facts
from gotrace.analyses.result import Fact, Result
from gotrace.errors import InputError, UsageError
from gotrace.model.versions import GoVersion, resolve
from gotrace.pipeline import Peeked, kernel_notes, peek, read
from gotrace.readers.gclog.reader import read_gc_log as read_log
from gotrace.readers.limits import DEFAULT as DEFAULT_LIMITS
from gotrace.readers.limits import Limits
from gotrace.readers.trace.opening import open_bytes, open_stream
from gotrace.readers.trace.recording import TABLES, Derivation, Progress
from gotrace.tables.columns import Columns, Lazy
from gotrace.tables.notes import Note
from gotrace.tables.recording import Origin, Recording
from gotrace.views.report import Report

__all__ = ["GcAnswers", "counted_by", "gc_of_recording", "gc_of_source", "read_gc"]

_COUNTED = {
    "stw": Counted.STW,
    "background": Counted.BACKGROUND,
    "assist": Counted.ASSIST,
    "sweep": Counted.SWEEP,
}
_ADVICE = (
    "give it an execution trace, a log of GODEBUG=gctrace=1, a heap profile as text (debug=1) or a "
    "CPU profile"
)
_TITLE = "Garbage collection"


class GcAnswers:
    """What is known of one recording's collector; ask for a `report`."""

    def __init__(
        self,
        recording: Recording,
        version: GoVersion | None,
        folds: GcFolds | None = None,
        allocations: Recording | None = None,
    ) -> None:
        self.recording = recording
        """With the tables of `gotrace.tables.gc_schema` that it can fill."""
        self._version = version
        self._folds = folds
        self._allocations = allocations

    def report(self, rows: int = 0, windows: Sequence[int] = (), focus: str = "") -> Report:
        """Everything there is to say; tables of at most `rows` rows, 0 for all.

        `windows` (ns) are those of mutator utilisation, the usual ones if none is named; `focus`
        names the functions whose lines are listed with what they cost, as pprof's `-focus` does.
        Raises UsageError for windows, a focus or allocations where there is no such answer.
        """
        recording = self.recording
        if windows and self._folds is None:
            raise UsageError(
                f"--window goes with traces; this ({recording.kind}) does not tell who ran when"
            )
        for name, value in (("--focus", focus), ("--allocations", self._allocations)):
            if value and not _has_samples(recording):
                message = f"{name} goes with CPU samples, and this ({recording.kind}) has none"
                raise UsageError(message)
        results = [self._overview()]
        if "gc_cycles" in recording.columns:
            results += cycle_results(
                recording.columns, observed_ns(self.recording), self._version, rows
            )
        if self._folds is not None:
            results += self._of_trace(self._folds, rows, windows)
        if _has_samples(recording):
            scanned = self._folds.scanned if self._folds is not None else None
            results.append(
                analyse_gc_cost(
                    recording, self._allocations, focus=focus, rows=rows, scanned=scanned
                )
            )
        return Report(
            recording_kind=recording.kind,
            title=_TITLE,
            source=" + ".join(recording.origin.paths),
            results=tuple(results),
            notes=(*recording.notes, *kernel_notes()),
        )

    def _of_trace(self, folds: GcFolds, rows: int, windows: Sequence[int]) -> list[Result]:
        columns = self.recording.columns
        procs = int(columns["gc_cycles"].array("gomaxprocs").max(initial=1))
        code = {name: columns[name] for name in ("functions", "frames", "stacks")}
        found = (
            utilisation_result(folds.series(), windows, rows),
            payer_result(
                columns["gc_assists"], code, folds.starts.functions,
                max(procs, 1) * observed_ns(self.recording), rows,
            ),
        )  # fmt: skip
        return [result for result in found if result is not None]

    def _overview(self) -> Result:
        recording = self.recording
        if recording.kind not in ("trace", "gclog"):
            return overview(recording)
        origin = recording.origin
        facts = [
            Fact("kind", recording.kind, title="kind"),
            Fact("format", origin.format, title="format"),
            *time_facts(origin),
        ]
        if recording.kind == "trace":
            version = version_evidence(recording)
            facts.insert(2, Fact("go_version", str(version), title="Go", detail=version.reason))
        return Result("overview", "What was read", tuple(facts))


def read_gc(
    source: str | Path | Peeked, *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Recording:
    """The tables of the collector (`gc_cycles`, `gc_pauses`, ...) of any recording that has them.

    A trace, a log of `GODEBUG=gctrace=1`, a heap profile as text, or a folder that
    `gotrace convert` wrote: a path, `-` or an http(s) address. Raises InputError, also
    for what says nothing of the collector.
    """
    recording = gc_of_source(source, strict=strict, limits=limits).recording
    if "gc_cycles" not in recording.columns:
        raise _no_cycles(recording)
    return recording


def gc_of_source(
    source: str | Path | Peeked,
    *,
    runtime: str = "",
    counted: Counted = DEFAULT,
    allocations: str = "",
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> GcAnswers:
    """Read any recording (path, `-` or address) for what it says of the collector.

    `runtime` is the Go version that wrote it, where it does not tell itself; `counted` what mutator
    utilisation takes off; `allocations` a heap profile to charge the collector's CPU time by.
    Raises InputError, and UsageError for a version that there is not.
    """
    if not isinstance(source, Peeked):
        name = str(source)
        if name not in ("", "-") and Path(name).is_dir():
            return gc_of_recording(
                read(name), runtime=runtime, counted=counted, allocations=_read(allocations, limits)
            )
        (source,) = peek(name, limits=limits)
    if source.is_trace:
        return _of_trace(
            source, runtime, counted, _read(allocations, limits), strict, limits, progress
        )
    recording = read_log(source, limits, strict=strict) if source.may_be_gc_log else read(
        source, limits=limits
    )  # fmt: skip
    return gc_of_recording(
        recording, runtime=runtime, counted=counted, allocations=_read(allocations, limits)
    )


def gc_of_recording(
    recording: Recording,
    *,
    runtime: str = "",
    counted: Counted = DEFAULT,
    allocations: Recording | None = None,
) -> GcAnswers:
    """The same of a recording that is there as tables, such as a folder that was converted."""
    if recording.kind == "trace":
        folds = GcFolds(counted)
        wanted = folds.wanted
        names = (name for name in TABLES if name in wanted and name in recording.columns)
        folds.feed((name, recording.columns[name]) for name in names)
        return _answers(folds, recording.origin, recording.notes, runtime, allocations)
    if recording.kind != "cpu" and not _has_cycles(recording):
        raise _no_cycles(recording)
    return GcAnswers(recording, _version_of_log(recording, runtime), None, allocations)


def counted_by(include: str, per_proc: bool) -> Counted:
    """`stw,background,assist,sweep` → what mutator utilisation takes off. Raises UsageError."""
    counted = Counted.PER_PROC if per_proc else Counted(0)
    for word in include.split(","):
        if word.strip() not in _COUNTED:
            names = ", ".join(_COUNTED)
            raise UsageError(f"--include takes {names}, with commas; not `{word.strip()}`")
        counted |= _COUNTED[word.strip()]
    return counted


def _of_trace(
    source: Peeked,
    runtime: str,
    counted: Counted,
    allocations: Recording | None,
    strict: bool,
    limits: Limits,
    progress: Progress | None,
) -> GcAnswers:
    folds = GcFolds(counted)
    derivation = Derivation(folds.wanted)
    with open_bytes(source, limits) as content:
        stream = open_stream(content, strict=strict, limits=limits)
        folds.feed(derivation.blocks(stream, content, progress))
        origin = derivation.origin(str(source), stream, content)
    return _answers(folds, origin, derivation.notes(stream), runtime, allocations)


def _answers(
    folds: GcFolds,
    origin: Origin,
    notes: tuple[Note, ...],
    runtime: str,
    allocations: Recording | None,
) -> GcAnswers:
    coded = Recording("trace", origin, Lazy(folds.starts.code()), notes)
    version = resolve(runtime) if runtime else version_evidence(coded).first
    tables: Mapping[str, Columns] = folds.tables(version)
    recording = replace(coded, columns=Lazy(tables)).with_notes(*folds.notes())
    return GcAnswers(recording, version, folds, allocations)


def _version_of_log(recording: Recording, runtime: str) -> GoVersion | None:
    """As told; else 1.19 for lines that tell stacks: 1.18 wrote such too, later ones all do."""
    if runtime:
        return resolve(runtime)
    if (
        recording.kind == "gclog"
        and (recording.columns["gc_cycles"].array("stacks_bytes") >= 0).any()
    ):
        return GoVersion(19)
    return None


def _read(allocations: str, limits: Limits) -> Recording | None:
    return read(allocations, limits=limits) if allocations else None


def _has_cycles(recording: Recording) -> bool:
    return "gc_cycles" in recording.columns and recording.columns["gc_cycles"].rows > 0


def _has_samples(recording: Recording) -> bool:
    if recording.kind == "cpu":
        return True
    return "cpu_samples" in recording.columns and recording.columns["cpu_samples"].rows > 0


def _no_cycles(recording: Recording) -> InputError:
    source = " + ".join(recording.origin.paths)
    reason = f"says nothing of garbage collections ({recording.kind})"
    return InputError(reason, source=source, advice=_ADVICE)
