"""The bridge from the heap profile to what the operating system sees.

Go's text form of the heap profile (`/debug/pprof/heap?debug=1`) ends in `runtime.MemStats`, taken
at the same time. All memory that Go got from the operating system is `Sys`, and Sys falls apart
without rest (`runtime/mstats.go`)::

    Sys = HeapInuse + HeapIdle + StackSys + MSpanSys + MCacheSys + BuckHashSys + GCSys + OtherSys

The heap is told apart further with HeapAlloc (objects, the unreachable that are not yet swept
included), HeapReleased (given back, address space only) and the profile (objects in use at the last
finished garbage collection). What Go holds of physical memory is at most Sys - HeapReleased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gotrace.analyses.estimates import with_error
from gotrace.analyses.heap_values import heap_values, is_heap
from gotrace.analyses.result import Fact, Result, ResultColumn, ResultTable
from gotrace.tables.notes import Note, Severity
from gotrace.tables.recording import Recording

__all__ = ["Bridge", "Part", "memory_bridge", "read_bridge"]

_NEEDED = ("Sys", "HeapAlloc", "HeapInuse", "HeapIdle", "HeapReleased")
_RUNTIME = (
    ("stacks", "StackSys", "goroutine stacks, and those of threads that Go made"),
    ("span records", "MSpanSys", "the runtime's records of spans"),
    ("per-P caches", "MCacheSys", "the allocator's caches"),
    ("profile records", "BuckHashSys", "the profiler's own stacks and counts"),
    ("garbage collector", "GCSys", "mark bits and other metadata"),
    ("other runtime", "OtherSys", "everything else of the runtime"),
)
_FOOTNOTES = (
    "The parts add up to Sys, all that Go got from the operating system.",
    "Not in Sys: the program's code and data, memory of C code and of mmap calls.",
    "Inside live objects, the room between what was asked for and its slot cannot be told.",
    "Resident memory can be less than these parts: pages never touched are not resident.",
)


@dataclass(frozen=True)
class Part:
    """One part of Sys; `is_held` tells whether it may be in physical memory."""

    name: str
    bytes: float
    error_bytes: float
    is_held: bool
    meaning: str


@dataclass(frozen=True)
class Bridge:
    """The parts of Sys in order, from the program's objects outwards, and MemStats itself."""

    parts: tuple[Part, ...]
    stats: Mapping[str, float]

    @property
    def physical_bytes(self) -> float:
        """At most so much of Sys is in physical memory."""
        return self.stats["Sys"] - self.stats["HeapReleased"]

    def part(self, name: str) -> Part:
        """The part called `name`; KeyError if there is none."""
        return {part.name: part for part in self.parts}[name]


def read_bridge(recording: Recording) -> Bridge | None:
    """The bridge of a recording; None where it carries no (or not enough of) MemStats."""
    table = recording.columns["mem_stats"]
    stats = dict(zip(table.array("field"), table.array("value").tolist(), strict=True))
    if not all(name in stats for name in _NEEDED):
        return None
    parts = [*_heap_parts(recording, stats)]
    parts += [Part(name, stats.get(key, 0), 0, True, doc) for name, key, doc in _RUNTIME]
    rest = stats["Sys"] - sum(part.bytes for part in parts)
    if rest:
        parts.append(Part("unexplained", rest, 0, True, "Sys and its parts do not agree"))
    return Bridge(tuple(parts), stats)


def memory_bridge(recording: Recording) -> Result:
    """From live objects to Sys, part by part, for a heap recording with MemStats.

    Without MemStats the result is empty except for a note that says how to get them.
    """
    bridge = read_bridge(recording)
    if bridge is None:
        return Result("memory_bridge", "From the heap to the system", notes=(_MISSING,))
    return Result(
        "memory_bridge",
        "From the heap to the system",
        facts=_facts(bridge),
        tables=(_table(bridge),),
        notes=tuple(_doubts(bridge)),
    )


def _doubts(bridge: Bridge) -> Iterator[Note]:
    """Numbers of MemStats that cannot all be true."""
    if any(part.name == "unexplained" for part in bridge.parts):
        yield _DISAGREES
    # Objects are told apart by the profile, whose own error may make them negative.
    told = [part for part in bridge.parts if part.name not in ("live objects", "other objects")]
    negative = [part.name for part in told if part.bytes < 0]
    if negative:
        yield Note(
            Severity.FAULT,
            "mem-stats-negative",
            f"by the recording's MemStats there are less than 0 bytes of {', '.join(negative)}",
            len(negative),
            advice="runtime.MemStats never says so: was the file changed, or put together of two?",
        )


_MISSING = Note(
    Severity.INFO,
    "no-mem-stats",
    "this recording does not say what the operating system gave to the program",
    advice="the text form does: save /debug/pprof/heap?debug=1",
)
_DISAGREES = Note(
    Severity.FAULT,
    "mem-stats-disagree",
    "the parts of Sys in the recording's MemStats do not add up to it",
    advice="see the row `unexplained`",
)


def _heap_parts(recording: Recording, stats: Mapping[str, float]) -> list[Part]:
    """Live objects, other objects, slack of spans, free spans, released spans."""
    allocated, used = stats["HeapAlloc"], stats["HeapInuse"]
    live, error = _live_bytes(recording)
    kept = stats["HeapIdle"] - stats["HeapReleased"]
    rest = "garbage not yet swept, objects since the last collection, less the profile's error"
    return [
        Part("live objects", live, error, True, "in use in the profile"),
        Part("other objects", allocated - live, error, True, rest),
        Part("span slack", used - allocated, 0, True, "free slots and tails of spans in use"),
        Part("free spans", kept, 0, True, "kept for later, not yet given back"),
        Part("released", stats["HeapReleased"], 0, False, "given back; address space only"),
    ]


def _live_bytes(recording: Recording) -> tuple[int, float]:
    if not is_heap(recording):
        return 0, 0.0
    values = heap_values(recording)
    if "inuse" not in values.measures:
        return 0, 0.0
    total = values.measures["inuse"].totals(np.zeros(len(values.slot_bytes), np.int64), 1)
    return int(total.bytes[0]), float(total.byte_errors[0])


def _table(bridge: Bridge) -> ResultTable:
    parts, whole = bridge.parts, bridge.stats["Sys"]
    columns = (
        ResultColumn("part", "text", [part.name for part in parts], "part"),
        ResultColumn("part_bytes", "bytes", [part.bytes for part in parts], "size"),
        ResultColumn(
            "part_error", "bytes", [part.error_bytes for part in parts], "±", error_of="part_bytes"
        ),
        ResultColumn(
            "sys_share_ratio",
            "ratio",
            [part.bytes / whole if whole else 0.0 for part in parts],
            "of Sys",
        ),
        ResultColumn(
            "is_held", "text", ["yes" if part.is_held else "no" for part in parts], "held"
        ),
        ResultColumn("meaning", "text", [part.meaning for part in parts], "what it is"),
    )
    return ResultTable("memory_bridge", "From the heap to the system", columns, _FOOTNOTES)


def _facts(bridge: Bridge) -> tuple[Fact, ...]:
    stats = bridge.stats
    live = bridge.part("live objects")
    held = f"Sys - HeapReleased; {with_error(live.bytes, live.error_bytes)} of it live objects"
    facts = [
        Fact("sys_bytes", stats["Sys"], "bytes", "Sys", "all that Go got from the system"),
        Fact(
            "physical_bytes",
            bridge.physical_bytes,
            "bytes",
            "held at most",
            held,
        ),
    ]
    for key, name, unit, title, detail in (
        ("MaxRSS", "max_rss_bytes", "bytes", "MaxRSS", "the process's peak, C and code included"),
        ("NextGC", "next_gc_bytes", "bytes", "heap goal", "the heap size the next GC aims at"),
        ("NumGC", "gc_cycles_count", "count", "GC cycles", "finished since the start"),
        ("GCCPUFraction", "gc_cpu_ratio", "ratio", "GC CPU", "of all CPU time since the start"),
    ):
        if key in stats:
            facts.append(Fact(name, stats[key], unit, title, detail))
    return tuple(facts)
