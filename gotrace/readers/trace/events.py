"""The event types of Go execution traces since Go 1.22, as a table.

The table is append-only: what a version of the format has is a prefix of it, and the experimental
events, whose numbers start at 128 (`internal/trace/tracev2/events.go`, `version/version.go`).

An argument is written `name:meaning`. The time that the arguments of a timed event start with is
left out. Meanings: `string` and `stack` are ids that the generation's tables resolve (our columns
hold rows of these tables), `main` is the stack of the goroutine to which the event happened (the
column `stack`), and the others say what a number names. `adds` are arguments that reading adds:
what the order of events tells and a single event does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gotrace.kernels.plain.trace_order.numbers import CPU_SAMPLE

__all__ = [
    "CPU_SAMPLE",
    "EVENTS",
    "FORMAT_VERSIONS",
    "SYNC",
    "Argument",
    "EventType",
    "argument_counts",
    "specs",
]

SYNC = 255
"""Our number (and that of Go's own reader) for the start of a generation, and the trace's end."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name and what it means (`count`, `bytes`, `string`, `goroutine`, ...)."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the table."""

    number: int
    name: str
    arguments: tuple[Argument, ...] = ()
    """Of the wire, without the time."""
    adds: tuple[Argument, ...] = ()
    is_timed: bool = True
    """Whether it is an event of a thread; the others frame the tables of a generation."""
    opens: int = 0
    """The type that opens the range of time which this event is in, or ends; 0 for none."""
    columns: tuple[Argument, ...] = field(default=(), init=False)
    """The arguments in our columns: all but the main stack, and what reading adds."""

    def __post_init__(self) -> None:
        kept = (a for a in self.arguments if a.meaning != "main")
        object.__setattr__(self, "columns", (*kept, *self.adds))

    @property
    def has_main_stack(self) -> bool:
        """Whether the event says where its goroutine was."""
        return any(argument.meaning == "main" for argument in self.arguments)


def _arguments(text: str) -> tuple[Argument, ...]:
    return tuple(Argument(*word.split(":")) for word in text.split())


def _timed(
    number: int, name: str, arguments: str = "", adds: str = "", opens: int = 0
) -> EventType:
    return EventType(number, name, _arguments(arguments), _arguments(adds), True, opens)


def _structural(number: int, name: str, arguments: str = "") -> EventType:
    return EventType(number, name, _arguments(arguments), (), False)


_TABLE = (
    # What frames the tables of a generation.
    _structural(1, "EventBatch", "generation:count thread:thread time:ticks size:bytes"),
    _structural(2, "Stacks"),
    _structural(3, "Stack", "id:id frames:count"),
    _structural(4, "Strings"),
    _structural(5, "String", "id:id"),
    _structural(6, "CPUSamples"),
    _structural(
        7, "CPUSample", "time:ticks thread:thread proc:proc goroutine:goroutine stack:main"
    ),
    _structural(8, "Frequency", "frequency:hertz"),
    # Procs.
    _timed(9, "ProcsChange", "procs:count stack:main"),
    _timed(10, "ProcStart", "proc:proc sequence:sequence"),
    _timed(11, "ProcStop"),
    _timed(12, "ProcSteal", "proc:proc sequence:sequence thread:thread", "old_status:proc_status"),
    _timed(13, "ProcStatus", "proc:proc status:proc_status", "old_status:proc_status"),
    # Goroutines.
    _timed(14, "GoCreate", "goroutine:goroutine start_stack:stack stack:main"),
    _timed(15, "GoCreateSyscall", "goroutine:goroutine"),
    _timed(16, "GoStart", "goroutine:goroutine sequence:sequence"),
    _timed(17, "GoDestroy"),
    _timed(18, "GoDestroySyscall"),
    _timed(19, "GoStop", "reason:string stack:main"),
    _timed(20, "GoBlock", "reason:string stack:main"),
    _timed(21, "GoUnblock", "goroutine:goroutine sequence:sequence stack:main"),
    _timed(22, "GoSyscallBegin", "proc_sequence:sequence stack:main"),
    _timed(23, "GoSyscallEnd", opens=22),
    _timed(24, "GoSyscallEndBlocked", opens=22),
    _timed(
        25,
        "GoStatus",
        "goroutine:goroutine thread:thread status:goroutine_status",
        "old_status:goroutine_status",
    ),
    # Stopping the world.
    _timed(26, "STWBegin", "kind:string stack:main"),
    _timed(27, "STWEnd", "", "kind:string", opens=26),
    # The garbage collector, and the heap.
    _timed(28, "GCActive", "sequence:sequence", opens=29),
    _timed(29, "GCBegin", "sequence:sequence stack:main"),
    _timed(30, "GCEnd", "sequence:sequence", opens=29),
    _timed(31, "GCSweepActive", "proc:proc", opens=32),
    _timed(32, "GCSweepBegin", "stack:main"),
    _timed(33, "GCSweepEnd", "swept:bytes reclaimed:bytes", opens=32),
    _timed(34, "GCMarkAssistActive", "goroutine:goroutine", opens=35),
    _timed(35, "GCMarkAssistBegin", "stack:main"),
    _timed(36, "GCMarkAssistEnd", opens=35),
    _timed(37, "HeapAlloc", "heap_live:bytes"),
    _timed(38, "HeapGoal", "heap_goal:bytes"),
    # What the program says about itself.
    _timed(39, "GoLabel", "label:string"),
    _timed(40, "UserTaskBegin", "task:task parent:task name:string stack:main"),
    _timed(41, "UserTaskEnd", "task:task stack:main", "parent:task name:string", opens=40),
    _timed(42, "UserRegionBegin", "task:task name:string stack:main"),
    _timed(43, "UserRegionEnd", "task:task name:string stack:main", opens=42),
    _timed(44, "UserLog", "task:task key:string value:string stack:main"),
    # Go 1.23: coroutines, status with a stack, experiments.
    _timed(45, "GoSwitch", "goroutine:goroutine sequence:sequence"),
    _timed(46, "GoSwitchDestroy", "goroutine:goroutine sequence:sequence"),
    _timed(47, "GoCreateBlocked", "goroutine:goroutine start_stack:stack stack:main"),
    _timed(
        48,
        "GoStatusStack",
        "goroutine:goroutine thread:thread status:goroutine_status stack:main",
        "old_status:goroutine_status",
    ),
    _structural(
        49,
        "ExperimentalBatch",
        "experiment:id generation:count thread:thread time:ticks size:bytes",
    ),
    # Go 1.25: frequency and clocks in a batch of their own.
    _structural(50, "Sync"),
    _structural(51, "ClockSnapshot", "time:ticks monotonic:ns seconds:seconds nanoseconds:ns"),
    # Go 1.26: a generation says where it ends.
    _structural(52, "EndOfGeneration"),
)

_ALLOC_FREE = (
    # GODEBUG=traceallocfree=1, Go 1.23. Ids are addresses: see `generation.py`.
    _timed(128, "Span", "span:span pages:count kind_class:kind_class"),
    _timed(129, "SpanAlloc", "span:span pages:count kind_class:kind_class"),
    _timed(130, "SpanFree", "span:span"),
    _timed(131, "HeapObject", "object:object type:type"),
    _timed(132, "HeapObjectAlloc", "object:object type:type"),
    _timed(133, "HeapObjectFree", "object:object"),
    _timed(134, "GoroutineStack", "stack_memory:stack_memory order:order"),
    _timed(135, "GoroutineStackAlloc", "stack_memory:stack_memory order:order"),
    _timed(136, "GoroutineStackFree", "stack_memory:stack_memory"),
)

_OURS = (EventType(SYNC, "Sync", (), _arguments("number:count")),)

EVENTS = {event.number: event for event in (*_TABLE, *_ALLOC_FREE, *_OURS)}
"""Every event type by number; `Sync` names both a framing event and ours."""

FORMAT_VERSIONS = {22: 44, 23: 49, 25: 51, 26: 52}
"""Minor number of the Go version in the header → the last type of its prefix of the table.

Go 1.24 writes the format of 1.23, Go 1.27 that of 1.26.
"""

_MEANINGS = {"string": 1, "stack": 2, "main": 3}
_FIRST_WITH_EXPERIMENTS = 23


def specs(version: int) -> npt.NDArray[np.uint8]:
    """The table as the kernel `trace_order` wants it (256 x 5), for a format version."""
    table = np.zeros((256, 5), np.uint8)
    experiments = _ALLOC_FREE if version >= _FIRST_WITH_EXPERIMENTS else ()
    prefix = (event for event in _TABLE if event.number <= FORMAT_VERSIONS[version])
    for event in (*prefix, *experiments):
        if event.is_timed:
            table[event.number, 0] = 1 + len(event.arguments)
            meanings = [_MEANINGS.get(argument.meaning, 0) for argument in event.arguments]
            table[event.number, 1 : 1 + len(meanings)] = meanings
    return table


def argument_counts() -> npt.NDArray[np.uint8]:
    """How many entries of the column of arguments an event of each type (0 to 255) has.

    A sample of the CPU profiler has none: all it says is in the other columns.
    """
    counts = np.zeros(256, np.uint8)
    for event in EVENTS.values():
        counts[event.number] = len(event.columns) if event.is_timed else 0
    return counts
