"""The tables of execution traces; `gotrace.tables.schema` registers them beside those of profiles.

Times are nanoseconds since the start of the trace. A nullable whole number is -1 in memory and null
in Arrow and Parquet. Where sqlprof, the DuckDB-based Go tool, has a name for a column
(`end_time_ns`, `duration_ns`, `stack_id`, `src_g`, ...), it is used here.
"""

from __future__ import annotations

from gotrace.tables.declaration import Column, Table

__all__ = ["TRACE_TABLES", "TRACE_TIMES"]


def _stack(name: str, doc: str) -> Column:
    return Column(name, "int32", doc, nullable=True, refers_to="stacks.stack_id")


def _time(name: str, doc: str, *, nullable: bool = False) -> Column:
    return Column(name, "int64", doc, "ns", nullable)


def _context(what: str) -> tuple[Column, ...]:
    return (
        Column("thread", "int64", f"The thread (M) {what}; null for none.", nullable=True),
        Column("proc", "int32", f"The proc (P) {what}; null for none.", nullable=True),
        Column("goroutine", "int64", f"The goroutine (G) {what}; null for none.", nullable=True),
    )


_SOURCE = (
    Column("src_m", "int64", "The thread whose event this was; null for none.", nullable=True),
    Column("src_p", "int32", "The proc of that event; null for none.", nullable=True),
    Column("src_g", "int64", "The goroutine of that event; null for none.", nullable=True),
)

EVENT_TYPES = Table(
    "event_types",
    "What the columns `arg_1` to `arg_4`, `text` and `stack_id` of `events` mean, type by type.",
    (
        Column("event", "string", "Name of the event, as in Go's `internal/trace`."),
        Column("number", "int32", "Its number in the trace format."),
        Column("arguments", "string", "Names of `arg_1`, `arg_2`, ..., separated by commas."),
        Column("text", "string", "What `text` is; empty for nothing."),
        Column("has_stack", "bool", "Whether `stack_id` says where the event happened."),
    ),
    key="event",
)

EVENTS = Table(
    "events",
    "Every event in causal order, as the trace has it; `event_types` names the arguments.",
    (
        _time("time_ns", "When; no two events have the same time."),
        Column("event", "coded", "What happened, such as `GoCreate`."),
        *_context("it happened on"),
        _stack("stack_id", "Where the goroutine was; null where the trace does not say."),
        *(
            Column(f"arg_{i}", "int64", f"Number {i} among the numeric arguments.", nullable=True)
            for i in range(1, 5)
        ),
        Column(
            "text", "coded", "The argument that is a text; of a log the message.", nullable=True
        ),
    ),
)

GOROUTINE_TRANSITIONS = Table(
    "goroutine_transitions",
    "One row for each stay of a goroutine in a state: how long, why, and what ended it.",
    (
        _time("end_time_ns", "When the goroutine left `from_state`, or the trace ended."),
        Column(
            "duration_ns",
            "int64",
            "How long it was in `from_state`; null where that is no stay (`notexist`).",
            "ns",
            nullable=True,
        ),
        Column("goroutine", "int64", "The goroutine."),
        Column(
            "from_state",
            "coded",
            "`notexist`, `runnable`, `running`, `waiting` or `syscall`.",
        ),
        Column("to_state", "coded", "The next state; null when the trace ended.", nullable=True),
        Column("reason", "coded", "Why it was in `from_state`; null if unknown.", nullable=True),
        _stack("stack_id", "Where it stood while in `from_state`; null while running."),
        _stack("src_stack_id", "Where the event that ended the stay happened."),
        *_SOURCE,
    ),
)

PROC_TRANSITIONS = Table(
    "proc_transitions",
    "One row for each stay of a proc (P) in a state.",
    (
        _time("end_time_ns", "When the proc left `from_state`, or the trace ended."),
        Column(
            "duration_ns", "int64", "How long it was in `from_state`; null if unknown.", "ns", True
        ),
        Column("proc", "int32", "The proc."),
        Column("from_state", "coded", "`notexist`, `running` or `idle`."),
        Column("to_state", "coded", "The next state; null when the trace ended.", nullable=True),
        *_SOURCE,
    ),
)

RANGES = Table(
    "ranges",
    "Stretches of time: garbage collection, stopped world, tasks and regions of the program.",
    (
        Column(
            "kind",
            "coded",
            "`gc`, `gc_sweep`, `gc_mark_assist`, `gc_mark_worker`, `stw`, `task` or `region`.",
        ),
        Column("name", "coded", "Reason of `stw`, name of task, region or worker.", nullable=True),
        _time("time_ns", "Start; null if it was under way when the trace began.", nullable=True),
        _time("end_time_ns", "End; null if it was under way when the trace ended.", nullable=True),
        Column("duration_ns", "int64", "End minus start; null if one is.", "ns", nullable=True),
        *_context("that it began on"),
        _stack("stack_id", "Where it began."),
        _stack("end_stack_id", "Where it ended."),
        Column("task", "int64", "The task, or that of a region; null for none.", nullable=True),
        Column("parent_task", "int64", "The task that a task belongs to.", nullable=True),
        Column("gc_cycle", "int64", "Cycles begun in this trace until its start (`gc`: its own)."),
        Column("swept_bytes", "int64", "Of a sweep: bytes looked at.", "bytes", nullable=True),
        Column("reclaimed_bytes", "int64", "Of a sweep: bytes freed.", "bytes", nullable=True),
    ),
)

METRICS = Table(
    "metrics",
    "Values over time, under the names of `runtime/metrics`.",
    (
        _time("time_ns", "When the value changed."),
        Column(
            "name",
            "coded",
            "`/memory/classes/heap/objects:bytes` (the collector's heapLive), "
            "`/gc/heap/goal:bytes` or `/sched/gomaxprocs:threads`.",
        ),
        Column("value", "int64", "The value, in the unit behind the colon."),
    ),
)

CPU_SAMPLES = Table(
    "cpu_samples",
    "Samples of the CPU profiler that ran beside the trace.",
    (
        _time("time_ns", "When."),
        *_context("that ran"),
        _stack("stack_id", "Where it ran."),
    ),
)

LOGS = Table(
    "logs",
    "Messages of `trace.Log`.",
    (
        _time("time_ns", "When."),
        *_context("that logged"),
        Column("task", "int64", "The task; null for none.", nullable=True),
        Column("category", "coded", "The category."),
        Column("message", "string", "The message."),
        _stack("stack_id", "Where."),
    ),
)

TYPES = Table(
    "types",
    "Go types of heap objects, from traces with `GODEBUG=traceallocfree=1`.",
    (
        Column("type_id", "uint64", "Hash of name, sizes and address."),
        Column("name", "string", "As Go prints it."),
        Column("size_bytes", "int64", "Size of one value.", "bytes"),
        Column("pointer_bytes", "int64", "Bytes up to the end of the last pointer.", "bytes"),
        Column("address", "uint64", "Where the type's descriptor lies in the program.", "address"),
    ),
    key="type_id",
)

_LIFE = (
    _time("time_ns", "Allocated when; null if it existed when the trace began.", nullable=True),
    _time("end_time_ns", "Freed when; null if it existed when the trace ended.", nullable=True),
    Column("duration_ns", "int64", "End minus start; null if one is.", "ns", nullable=True),
)

SPANS = Table(
    "spans",
    "Spans of the page heap (`runtime/mheap.go`), from traces with `GODEBUG=traceallocfree=1`.",
    (
        Column("span_id", "int64", "Number of the span in this trace, by time of allocation."),
        *_LIFE,
        Column("address", "uint64", "Its first byte.", "address"),
        Column("pages_count", "int64", "Pages of 8 KiB."),
        Column("size_bytes", "int64", "Pages in bytes.", "bytes"),
        Column("is_heap", "bool", "Holds heap objects; others are stacks and work buffers."),
        Column("span_class", "int32", "Size class times two, plus noscan; null off the heap.",
               nullable=True),
        Column("size_class", "int32", "0 for a large object; null off the heap.", nullable=True),
        Column("slot_bytes", "int64", "Size of its slots; null off the heap.", "bytes", True),
        Column("is_noscan", "bool", "Its objects have no pointers."),
        *_context("that allocated it"),
    ),
    key="span_id",
)  # fmt: skip

OBJECTS = Table(
    "objects",
    "Heap objects (occupied slots), from traces with `GODEBUG=traceallocfree=1`. Frees come when "
    "the sweeper finds an object dead, not when it was dropped.",
    (
        *_LIFE,
        Column("address", "uint64", "First byte of the slot.", "address"),
        Column("span_id", "int64", "Joins `spans.span_id`; null if unknown.", nullable=True),
        Column("span_class", "int32", "Of the span; null if unknown.", nullable=True),
        Column("size_class", "int32", "Of the span: 0 for large objects.", nullable=True),
        Column("slot_bytes", "int64", "Bytes it occupies; null if unknown.", "bytes", True),
        Column("is_noscan", "bool", "It has no pointers."),
        Column(
            "type_id",
            "int32",
            "Type of its value or elements; null if untyped or lost.",
            nullable=True,
            refers_to="types.type_id",
        ),
        Column(
            "allocations_count",
            "int32",
            "How many allocations share the slot: more than 1 only for tiny objects.",
        ),
        Column("proc", "int32", "The proc that allocated it; null if unknown.", nullable=True),
        Column("goroutine", "int64", "The goroutine that did; null if unknown.", nullable=True),
        Column(
            "gc_cycle",
            "int64",
            "GC cycles begun in this trace before the allocation; null if it was there before.",
            nullable=True,
        ),
        Column(
            "end_gc_cycle",
            "int64",
            "GC cycles begun before it was freed; null if alive at the end.",
            nullable=True,
        ),
    ),
)

GOROUTINE_STACKS = Table(
    "goroutine_stacks",
    "Memory of goroutine stacks, from traces with `GODEBUG=traceallocfree=1`.",
    (
        *_LIFE,
        Column("address", "uint64", "Its first byte.", "address"),
        Column("size_bytes", "int64", "Its size, a power of two.", "bytes"),
        *_context("that allocated it"),
    ),
)

TRACE_TABLES = (
    EVENT_TYPES,
    EVENTS,
    GOROUTINE_TRANSITIONS,
    PROC_TRANSITIONS,
    RANGES,
    METRICS,
    CPU_SAMPLES,
    LOGS,
    TYPES,
    SPANS,
    OBJECTS,
    GOROUTINE_STACKS,
)
"""All tables that only traces have; `functions`, `frames` and `stacks` are those of profiles."""

TRACE_TIMES: dict[str, tuple[str, str]] = {
    "events": ("time_ns", "time_ns"),
    "goroutine_transitions": ("", "end_time_ns"),
    "proc_transitions": ("", "end_time_ns"),
    "ranges": ("time_ns", "end_time_ns"),
    "metrics": ("time_ns", "time_ns"),
    "cpu_samples": ("time_ns", "time_ns"),
    "logs": ("time_ns", "time_ns"),
    "spans": ("time_ns", "end_time_ns"),
    "objects": ("time_ns", "end_time_ns"),
    "goroutine_stacks": ("time_ns", "end_time_ns"),
}
"""Table → the columns of its rows' start and end; rows of the other tables have no time."""
