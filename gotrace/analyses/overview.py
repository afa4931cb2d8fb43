"""What was read: the recording's own data about itself, and all its sample types side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from gotrace.analyses.estimates import estimate_columns
from gotrace.analyses.go_version import version_evidence
from gotrace.analyses.heap_values import RATE_UNKNOWN, heap_values, is_heap
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.slots import fitting_evidence
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Origin, Recording
from gotrace.units import format_bytes, format_count

__all__ = ["overview", "time_facts"]

_LAST_DAY_NS = 253_370_764_800 * 10**9
"""Start of the year 9999: `datetime` ends soon after."""


def overview(recording: Recording) -> Result:
    """Kind, format, Go version, time, sampling rate and counts; the totals of every sample type.

    Works for every kind of recording. Totals of sampled heap profiles carry their standard error.
    """
    origin = recording.origin
    facts = [Fact("kind", recording.kind, title="kind")]
    if origin.format:
        size = f"{format_bytes(origin.size_bytes)} as read" if origin.size_bytes else ""
        facts.append(Fact("format", origin.format, title="format", detail=size))
    facts.append(_version(recording))
    facts += time_facts(recording.origin)
    facts += _period(recording)
    facts += _counts(recording)
    if origin.comments:
        facts.append(Fact("comments", "; ".join(origin.comments), title="comments"))
    tables = (_sample_types(recording),) if recording.sample_types else ()
    is_doubtful = is_heap(recording) and origin.period <= 0 and recording.sample_count > 0
    notes = (_NO_RATE,) if is_doubtful else ()
    return Result("overview", "What was read", tuple(facts), tables, notes=notes)


_NO_RATE = Note(
    Severity.LOSS,
    "sampling-rate-unknown",
    "the profile does not say how its objects were sampled: no errors can be told, and a change "
    "or a site may be noise",
    advice="keep the profile as Go writes it: its period is runtime.MemProfileRate",
)


def _version(recording: Recording) -> Fact:
    """The Go version, or what is known of it: by names and lines, for a heap also by slots."""
    evidence = version_evidence(recording)
    if evidence.is_open and is_heap(recording):
        fitting = fitting_evidence(heap_values(recording), evidence)
        if fitting:
            evidence = replace(evidence, first=fitting[0], last=fitting[-1])
        if not evidence.is_open:
            evidence = replace(evidence, reason="by slot sizes")
    return Fact("go_version", str(evidence), title="Go", detail=evidence.reason)


def time_facts(origin: Origin) -> list[Fact]:
    """When it was recorded and for how long, as far as it is known."""
    facts = []
    if 0 < origin.time_ns < _LAST_DAY_NS:
        moment = datetime.fromtimestamp(origin.time_ns // 10**9, UTC)
        text = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        facts.append(Fact("recorded_at", text, title="recorded"))
    if origin.duration_ns > 0:
        facts.append(Fact("duration_ns", origin.duration_ns, "ns", "duration"))
    return facts


def _period(recording: Recording) -> list[Fact]:
    origin = recording.origin
    if not origin.period_type and origin.period <= 0:
        return []
    if is_heap(recording):
        exact = origin.period == 1
        detail = "every object" if exact else "on average one object recorded for so many bytes"
        if origin.period <= 0:
            return [Fact("period_bytes", None, "bytes", "sampling rate", RATE_UNKNOWN)]
        return [Fact("period_bytes", origin.period, "bytes", "sampling rate", detail)]
    kind = origin.period_type
    counted = f"many {kind.removesuffix('s')}s" if origin.period_unit == "count" else f"much {kind}"
    detail = f"one sample for so {counted}" if kind else ""
    return [Fact("period", origin.period, origin.period_unit or "count", "sampling period", detail)]


def _counts(recording: Recording) -> list[Fact]:
    columns = recording.columns
    if "sample_locations" not in columns:
        return []
    depth = columns["sample_locations"].lists("location_ids").lengths
    entries = int(depth.sum())
    longest = format_count(depth.max(initial=0))
    detail = f"with {format_count(entries)} stack entries, {longest} at most"
    return [
        Fact("samples_count", recording.sample_count, "count", "samples", detail),
        Fact("functions_count", columns["functions"].rows, "count", "functions"),
    ]


def _sample_types(recording: Recording) -> ResultTable:
    """The total of every sample type in a column of its own; heap totals with standard errors."""
    errors = _heap_errors(recording)
    columns = []
    for row, (name, unit) in enumerate(recording.sample_types):
        total = np.array([np.sum(recording.values(row))])
        if name in errors:
            columns += estimate_columns(name, unit, total, np.array([errors[name]]), name)
        else:
            columns.append(ResultColumn(name, unit or "count", total.tolist(), name))
    return ResultTable("sample_types", "Sample types, totals", tuple(columns))


def _heap_errors(recording: Recording) -> dict[str, float]:
    """Sample type → the standard error of its total, for sampled heap profiles."""
    if not is_heap(recording):
        return {}
    values = heap_values(recording)
    errors = {}
    everything = np.zeros(len(values.slot_bytes), np.int64)
    for name, measure in values.recorded.items():
        total = measure.totals(everything, 1)
        errors[f"{name}_objects"] = float(total.object_errors[0])
        errors[f"{name}_space"] = float(total.byte_errors[0])
    return errors if values.is_sampled else {}
