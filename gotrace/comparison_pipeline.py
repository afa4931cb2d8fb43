"""`gotrace replay` on other allocators, of traces, tables of allocations and heap profiles.

The model decides where everything goes; what a recording says itself stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gotrace.analyses.allocation_stream import allocation_stream
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.heap_values import is_heap
from gotrace.analyses.replay.bounds import StreamBounds, exact_bounds, folded
from gotrace.analyses.replay.comparison import comparison_results
from gotrace.analyses.replay.figures import Comparison
from gotrace.analyses.replay.model_facts import model_facts
from gotrace.analyses.replay.recorded import Recorded, recorded
from gotrace.analyses.replay.returned import returned_result
from gotrace.analyses.replay.run_notes import comparison_notes
from gotrace.analyses.replay.runs import Progress as Replaying
from gotrace.analyses.replay.runs import joins_tiny, moments_of, run_all
from gotrace.analyses.replay.trace_stream import STREAM_TABLES, trace_bounds
from gotrace.analyses.result import Fact, Result
from gotrace.analyses.size_classes import size_classes
from gotrace.analyses.synthesised import ILLUSTRATIVE, synthesise
from gotrace.errors import InputError
from gotrace.model.policies import policy_for
from gotrace.model.policy import Policy
from gotrace.model.versions import NEWEST
from gotrace.pipeline import Peeked, kernel_notes
from gotrace.readers.allocations import is_allocation_table, read_allocations
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.readers.trace.recording import Progress
from gotrace.replay_pipeline import (
    HeapRead,
    ReplayAnswers,
    heap_of_recording,
    is_recorded,
    read_heap,
)
from gotrace.tables.notes import Note
from gotrace.tables.recording import Recording
from gotrace.views.report import Report

__all__ = [
    "ComparisonAnswers",
    "ReadToCompare",
    "check",
    "compare_allocations",
    "compare_profile",
    "compare_read",
    "compare_recording",
    "is_table",
    "read_to_compare",
]


@dataclass(frozen=True)
class ComparisonAnswers:
    """The same stream on several allocators; ask for a `report`."""

    kind: str
    title: str
    source: str
    facts: tuple[Fact, ...]
    comparison: Comparison
    bounds: StreamBounds
    results: tuple[Result, ...] = ()
    """Shown behind the comparison."""
    notes: tuple[Note, ...] = ()

    def report(self, rows: int = 0) -> Report:
        """Everything there is to say; tables of at most `rows` rows, 0 for all."""
        facts = (*self.facts, *model_facts(self.comparison, self.bounds))
        return Report(
            recording_kind=self.kind,
            title=self.title,
            source=self.source,
            results=(
                Result("overview", "What was read", facts),
                *comparison_results(self.comparison, self.bounds.most, rows),
                *self.results,
            ),
            notes=(*self.notes, *comparison_notes(self.comparison, self.bounds), *kernel_notes()),
        )


def check(runtimes: Sequence[str]) -> None:
    """Raise UsageError for names of no allocator, before anything is read."""
    _policies(runtimes)


@dataclass(frozen=True)
class ReadToCompare:
    """A trace that was read, and its stream."""

    read: HeapRead
    bounds: StreamBounds


def read_to_compare(
    source: str | Peeked,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> ReadToCompare:
    """Read a trace (path, `-` or address) for `compare_read`. Raises InputError."""
    read = read_heap(source, also=STREAM_TABLES, strict=strict, limits=limits, progress=progress)
    # The tables are large, and are not needed behind the stream.
    return ReadToCompare(replace(read, tables={}), trace_bounds(read.tables, read.version))


def compare_recording(
    recording: Recording,
    runtimes: Sequence[str] = (),
    *,
    procs: int = 0,
    replaying: Replaying | None = None,
) -> ComparisonAnswers | ReplayAnswers:
    """As `compare_read`, of a trace that is there as tables: a folder that was converted."""
    check(runtimes)
    read = heap_of_recording(recording)
    if not procs and all(is_recorded(read.version, name) for name in runtimes):
        return read.answers()
    ready = ReadToCompare(read, trace_bounds(read.tables, read.version))
    return compare_read(ready, runtimes, procs=procs, replaying=replaying)


def compare_read(
    ready: ReadToCompare,
    runtimes: Sequence[str] = (),
    *,
    procs: int = 0,
    replaying: Replaying | None = None,
) -> ComparisonAnswers | ReplayAnswers:
    """Replay the allocations of a trace on `runtimes` and, to compare, on the recorded allocator.

    `procs` folds its Ps to so many (0: as recorded). If only the recorded allocator is asked for
    the recording itself answers. Raises UsageError for unknown allocators.
    """
    read, bounds = ready.read, ready.bounds
    asked = _policies(runtimes)
    others = [policy for policy in asked if not is_recorded(read.version, policy.name)]
    if not others and not procs:
        return read.answers()
    told = recorded(read.heap)
    policies = [policy_for(str(read.version)), *others]
    comparison = _runs(bounds, policies, procs, replaying, told)
    return ComparisonAnswers(
        "trace",
        "The same allocations on other allocators",
        " + ".join(read.origin.paths),
        (
            Fact("kind", "replay of a trace", title="kind"),
            Fact("format", read.origin.format, title="format"),
            Fact("duration_ns", read.origin.duration_ns, "ns", "duration"),
        ),
        comparison[0],
        comparison[1],
        notes=read.notes,
    )


def compare_allocations(
    source: str,
    runtimes: Sequence[str] = (),
    *,
    procs: int = 0,
    limits: Limits = DEFAULT,
    replaying: Replaying | None = None,
) -> ComparisonAnswers:
    """Replay a user's table of allocations on `runtimes`, on the newest Go if there are none.

    Raises UsageError for unknown allocators, InputError for what is no such table.
    """
    policies = _policies(runtimes) or [policy_for(str(NEWEST))]
    table = read_allocations(source, limits)
    if not table.columns.rows:
        raise InputError("holds no allocations", source=source)
    bounds = exact_bounds(allocation_stream(table.columns, table.never_freed))
    comparison, played = _runs(bounds, policies, procs, replaying, None)
    returned, notes = returned_result(played.most, policies, replaying)
    return ComparisonAnswers(
        "allocations",
        "Replay of a table of allocations",
        source,
        (Fact("kind", "table of allocations", title="kind"),),
        comparison,
        played,
        (returned,) if returned is not None else (),
        (*table.notes, *notes),
    )


def compare_profile(
    recording: Recording,
    runtimes: Sequence[str] = (),
    *,
    procs: int = 0,
    replaying: Replaying | None = None,
) -> ComparisonAnswers:
    """Replay a stream that is made up from a heap profile: illustrative, and labelled so.

    The class histogram is the profile's own. Raises UsageError for unknown allocators and for
    profiles without slots, InputError for other kinds.
    """
    policies = _policies(runtimes) or [policy_for(str(NEWEST))]
    source = " + ".join(recording.origin.paths)
    if not is_heap(recording):
        raise InputError(
            f"is a profile of kind `{recording.kind}`, which holds no allocations",
            source=source,
            advice="replay takes heap profiles, tables of allocations, and traces recorded with "
            "GODEBUG=traceallocfree=1",
        )
    picture = HeapPicture(recording)
    made = synthesise(picture.values)
    comparison, bounds = _runs(exact_bounds(made.stream), policies, procs, replaying, None)
    histogram = size_classes(picture)
    return ComparisonAnswers(
        "heap",
        f"Replay made up from a heap profile ({ILLUSTRATIVE})",
        source,
        (
            Fact("kind", "heap profile", title="kind"),
            Fact("stream", ILLUSTRATIVE, title="stream", detail="made up: see the notes"),
        ),
        replace(comparison, is_illustrative=True, is_of_program=False),
        bounds,
        (replace(histogram, title=f"{histogram.title}, as the profile has them"),),
        (*recording.notes, *made.notes),
    )


def is_table(source: str) -> bool:
    """Whether a path may be a user's table of allocations."""
    return source not in ("", "-") and is_allocation_table(Path(source))


def _policies(runtimes: Sequence[str]) -> list[Policy]:
    """Each allocator once, in the order given."""
    found = {policy.name: policy for name in runtimes for policy in [_policy(name)]}
    return list(found.values())


def _policy(name: str) -> Policy:
    return policy_for(name.strip().lower())


def _runs(
    bounds: StreamBounds,
    policies: Sequence[Policy],
    procs: int,
    replaying: Replaying | None,
    told: Recorded | None,
) -> tuple[Comparison, StreamBounds]:
    """The comparison, and the stream as it was played."""
    played = folded(bounds, procs) if procs else bounds
    stops = moments_of(played.most, told.rows(played.most).tolist() if told is not None else ())
    runs = tuple(run_all(played, policy, stops, replaying) for policy in policies)
    shares = played.shared_count > 0
    tinyless = frozenset(p.name for p in policies if shares and not joins_tiny(p))
    return Comparison(runs, told, procs > 0, tinyless, procs=procs), played
