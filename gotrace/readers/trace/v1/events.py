"""The event table of Go's first trace format, Go 1.5 to 1.21: data, no code paths by version.

Numbers, names and arguments follow `internal/trace/parser.go` of Go 1.21 (which still knows 1.5 to
1.10) and `internal/trace/internal/tracev1/parser.go` of Go 1.27. A version is a prefix in time:
every event says since when it exists and since when it carries its last arguments.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BUILTIN_STRINGS",
    "EVENTS",
    "FAKE_PROCS",
    "UNKNOWN",
    "VERSIONS",
    "Event",
    "argument_counts",
    "is_sequenced",
]

VERSIONS = (5, 7, 8, 9, 10, 11, 19, 21)
"""Minor Go versions that headers of this format name: `go 1.<version> trace`."""

UNKNOWN = 255
"""In `argument_counts`: the version has no such event."""

FAKE_PROCS = {
    1_000_001: "timers",
    1_000_002: "network poller",
    1_000_003: "system calls",
    1_000_004: "garbage collector",
}
"""Procs that are none: where Go's reader puts unblocks by timers and by the network poller, returns
from system calls, and the start of a GC cycle (`TimerP` and so on in `tracev1/parser.go`)."""


@dataclass(frozen=True)
class Event:
    """One type of event.

    `arguments` come behind the time (and, before 1.7, the sequence number); a stack id follows them
    if `has_stack`. `since` is the minor Go version that introduced the event. Before version
    `grown_since` the last `grown` arguments were absent.
    """

    number: int
    name: str
    arguments: tuple[str, ...] = ()
    has_stack: bool = False
    since: int = 5
    grown: int = 0
    grown_since: int = 5
    has_time: bool = True


EVENTS: tuple[Event, ...] = (
    Event(1, "Batch", ("p", "ticks"), has_time=False),  # 1.5: p, seq, ticks
    Event(2, "Frequency", ("freq",), has_time=False),  # 1.5: one more, unused
    Event(3, "Stack", ("id", "siz"), has_time=False),
    Event(4, "Gomaxprocs", ("procs",), has_stack=True),
    Event(5, "ProcStart", ("thread",)),
    Event(6, "ProcStop"),
    Event(7, "GCStart", ("seq",), has_stack=True, grown=1, grown_since=7),
    Event(8, "GCDone"),
    Event(9, "STWStart", ("kindid",), grown=1, grown_since=10),
    Event(10, "STWDone"),
    Event(11, "GCSweepStart", has_stack=True),
    Event(12, "GCSweepDone", ("swept", "reclaimed"), grown=2, grown_since=9),
    Event(13, "GoCreate", ("g", "stack"), has_stack=True),
    Event(14, "GoStart", ("g", "seq"), grown=1, grown_since=7),
    Event(15, "GoEnd"),
    Event(16, "GoStop", has_stack=True),
    Event(17, "GoSched", has_stack=True),
    Event(18, "GoPreempt", has_stack=True),
    Event(19, "GoSleep", has_stack=True),
    Event(20, "GoBlock", has_stack=True),
    Event(21, "GoUnblock", ("g", "seq"), has_stack=True, grown=1, grown_since=7),
    Event(22, "GoBlockSend", has_stack=True),
    Event(23, "GoBlockRecv", has_stack=True),
    Event(24, "GoBlockSelect", has_stack=True),
    Event(25, "GoBlockSync", has_stack=True),
    Event(26, "GoBlockCond", has_stack=True),
    Event(27, "GoBlockNet", has_stack=True),
    Event(28, "GoSysCall", has_stack=True),
    Event(29, "GoSysExit", ("g", "seq", "ts")),
    Event(30, "GoSysBlock"),
    Event(31, "GoWaiting", ("g",)),
    Event(32, "GoInSyscall", ("g",)),
    Event(33, "HeapAlloc", ("mem",)),
    Event(34, "HeapGoal", ("mem",)),
    Event(35, "TimerGoroutine", ("g",), has_time=False),  # 1.5: one more, unused
    Event(36, "FutileWakeup"),
    Event(37, "String", since=7, has_time=False),
    Event(38, "GoStartLocal", ("g",), since=7),
    Event(39, "GoUnblockLocal", ("g",), has_stack=True, since=7),
    Event(40, "GoSysExitLocal", ("g", "ts"), since=7),
    Event(41, "GoStartLabel", ("g", "seq", "labelid"), since=8),
    Event(42, "GoBlockGC", has_stack=True, since=8),
    Event(43, "GCMarkAssistStart", has_stack=True, since=9),
    Event(44, "GCMarkAssistDone", since=9),
    Event(45, "UserTaskCreate", ("taskid", "pid", "typeid"), has_stack=True, since=11),
    Event(46, "UserTaskEnd", ("taskid",), has_stack=True, since=11),
    Event(47, "UserRegion", ("taskid", "mode", "typeid"), has_stack=True, since=11),
    Event(48, "UserLog", ("id", "keyid"), has_stack=True, since=11),
    Event(49, "CPUSample", ("ts", "p", "g"), has_stack=True, since=19),
)
"""Every event in the order of its number; number 0 is none."""

BUILTIN_STRINGS: tuple[str, ...] = (
    # Why a goroutine stopped or blocked, in the words of the later format.
    "forever",
    "preempted",
    "runtime.Gosched",
    "sleep",
    "chan send",
    "chan receive",
    "network",
    "sync",
    "sync.(*Cond).Wait",
    "select",
    "",
    "GC mark assist wait for work",
    # Why the world was stopped; the entry of kind k of Go 1.21 is `STOPPED + k`.
    "",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutine stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
)
"""Texts the later format writes out and this one implies (`internal/trace/tracev1.go`)."""


def is_sequenced(version: int) -> bool:
    """Before Go 1.7 events carried global sequence numbers, and frames were bare addresses."""
    return version < 7


def argument_counts(version: int) -> bytes:
    """For each event number (64 of them): numbers on the wire, time and stack included.

    Stack (3) counts its fixed part, id and size; `UNKNOWN` where the version has no such event.
    """
    counts = bytearray([UNKNOWN]) * 64
    sequence = int(is_sequenced(version))
    for event in EVENTS:
        if event.since > version:
            continue
        count = len(event.arguments) + event.has_stack
        if event.has_time:
            count += 1 + sequence
        elif event.name in ("Batch", "Frequency", "TimerGoroutine"):
            count += sequence
        counts[event.number] = count - (event.grown if version < event.grown_since else 0)
    return bytes(counts)
