"""What a trace recorded: version, duration, who ran, and how many events of each kind."""

from __future__ import annotations

from collections import Counter

import numpy as np

from gotrace.analyses.go_version import VersionEvidence
from gotrace.analyses.overview import time_facts
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.analyses.trace.fold import runs, share
from gotrace.tables.columns import Columns, distinct
from gotrace.tables.recording import Origin
from gotrace.units import format_bytes, format_count

__all__ = ["EventCounts", "events_table", "trace_overview"]

_CREATES = ("GoCreate", "GoCreateBlocked", "GoCreateSyscall")
_STATUSES = ("GoStatus", "GoStatusStack")
_UNDETERMINED = 0
"""The state before, of a goroutine that the trace meets for the first time."""
_PSEUDO_PROCS = 1_000_000
"""Until Go 1.21 events of timers, poller and system calls had procs from here on."""


class EventCounts:
    """Counts events by kind, and threads, procs and goroutines by what their events tell."""

    tables = ("events",)

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.threads: set[int] = set()
        self.procs: set[int] = set()
        self.goroutines_count = 0
        """Created in the trace, or there when it began."""
        self.gomaxprocs: set[int] = set()

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block of `events`."""
        event = columns.coded("event")
        counts = np.bincount(event.codes, minlength=len(event.values)).tolist()
        found = {name: count for name, count in zip(event.values, counts, strict=True) if count}
        self.counts.update(found)
        self.threads.update(_known(columns, "thread"))
        self.procs.update(proc for proc in _known(columns, "proc") if proc <= _PSEUDO_PROCS)
        self.goroutines_count += sum(found.get(name, 0) for name in _CREATES)
        for name in _STATUSES:
            if name in found:
                rows = event.codes == event.values.index(name)
                old = columns.array("arg_4")[rows]
                self.goroutines_count += int(np.count_nonzero(old == _UNDETERMINED))
        if "ProcsChange" in found:
            rows = event.codes == event.values.index("ProcsChange")
            self.gomaxprocs.update(distinct(columns.array("arg_1")[rows]).tolist())

    @property
    def generations_count(self) -> int:
        """There is a `Sync` at the start of each generation, and one at the end of the trace."""
        return max(self.counts["Sync"] - 1, 0)

    @property
    def events_count(self) -> int:
        """All events."""
        return self.counts.total()


def _known(columns: Columns, name: str) -> list[int]:
    values = distinct(runs(columns.array(name))).tolist()
    return [value for value in values if value >= 0]


def trace_overview(counts: EventCounts, origin: Origin, version: VersionEvidence) -> Result:
    """What was recorded, and the table of events by kind."""
    size = f"{format_bytes(origin.size_bytes)} as read" if origin.size_bytes else ""
    facts = [
        Fact("kind", "trace", title="kind"),
        Fact("format", origin.format, title="format", detail=size),
        Fact("go_version", str(version), title="Go", detail=version.reason),
        *time_facts(origin),
        Fact("procs_count", len(counts.procs), "count", "procs (P)", _gomaxprocs(counts)),
        Fact("threads_count", len(counts.threads), "count", "threads (M)"),
        Fact("goroutines_count", counts.goroutines_count, "count", "goroutines", _created(counts)),
        Fact("generations_count", counts.generations_count, "count", "generations"),
        Fact("events_count", counts.events_count, "count", "events", _rate(counts, origin)),
    ]
    return Result("overview", "What was read", tuple(facts))


def _gomaxprocs(counts: EventCounts) -> str:
    told = sorted(counts.gomaxprocs)
    if not told:
        return "that ran"
    span = format_count(told[0]) if len(told) == 1 else f"{told[0]:,} to {told[-1]:,}"
    return f"that ran; GOMAXPROCS {span}"


def _created(counts: EventCounts) -> str:
    created = sum(counts.counts[name] for name in _CREATES)
    return f"{format_count(created)} of them created in the trace"


def _rate(counts: EventCounts, origin: Origin) -> str:
    if origin.duration_ns <= 0:
        return ""
    return f"{format_count(counts.events_count / origin.duration_ns * 1e9)} a second"


def events_table(counts: EventCounts, rows: int = 0) -> ResultTable:
    """Events by kind, most first; only the first `rows` kinds unless it is 0."""
    every = sorted(counts.counts.items(), key=lambda item: (-item[1], item[0]))
    shown = every[:rows] if rows else every
    total = counts.events_count
    columns = (
        ResultColumn("event", "text", [name for name, _ in shown], "event"),
        ResultColumn("events_count", "count", [count for _, count in shown], "events"),
        ResultColumn(
            "share", "ratio", [share(count, total) for _, count in shown], "share",
            doc="Of all events.",
        ),
    )  # fmt: skip
    return ResultTable("events", "Events by kind", columns)
