"""The tables of the garbage collector: what traces, gctrace logs and `runtime.MemStats` say of it.

The same tables whatever the recording was; each says less than the other two about something, so
nearly every quantity may be null. A nullable whole number is -1 in memory where it is null, a
nullable double is NaN.

Times are nanoseconds: since the start of the trace; in a log since the start of the program, of
which the log prints milliseconds; in MemStats since 1970.

Sizes in a log are whole MiB (gctrace prints `bytes >> 20` and calls it MB): the true size is up to
`resolution_bytes - 1` more. In a trace they are exact.
"""

from __future__ import annotations

from gotrace.tables.declaration import Column, Table

__all__ = [
    "GC_ASSISTS",
    "GC_CYCLES",
    "GC_PACING",
    "GC_PAUSES",
    "GC_TABLES",
    "GC_TIMES",
    "SCAVENGES",
    "UTILISATION",
]


def _count(name: str, doc: str) -> Column:
    return Column(name, "int64", doc, "count", nullable=True)


def _bytes(name: str, doc: str) -> Column:
    return Column(name, "int64", doc, "bytes", nullable=True)


def _ns(name: str, doc: str) -> Column:
    return Column(name, "int64", doc, "ns", nullable=True)


def _ratio(name: str, doc: str) -> Column:
    return Column(name, "double", doc, "ratio", nullable=True)


_CYCLE = Column(
    "gc_cycle",
    "int64",
    "Log: the number printed. MemStats: counted to `NumGC`. Trace: cycles begun in this trace, its "
    "own included; 0 was under way when the trace began. Null if unknown.",
    nullable=True,
)
_RUN = Column(
    "run",
    "int64",
    "0, 1, ... for the programs whose logs were appended or mixed; 0 in traces and profiles.",
)
_LINE = Column("line", "int64", "Line of the log, from 1; null elsewhere.", "line", nullable=True)

GC_CYCLES = Table(
    "gc_cycles",
    "One row for each garbage collection. What the recording does not say is null, such as the "
    "start or end of a cycle that was under way when a trace began or ended.",
    (
        _CYCLE,
        _RUN,
        _LINE,
        _ns("time_ns", "Start, which is the start of sweep termination; log: to 1 ms."),
        _ns("end_time_ns", "End of mark termination; log: start and clocks added up."),
        _ns("sweep_end_time_ns", "When the last span that it left unswept was swept."),
        Column(
            "reason",
            "coded",
            "Why it began: `heap` (live heap reached the trigger), `forced` (`runtime.GC`, "
            "`debug.FreeOSMemory`), `periodic` (two minutes without one); null if unknown. "
            "A log marks the last two; one without mark is `heap`.",
            nullable=True,
        ),
        _count("gomaxprocs", "Procs (Ps)."),
        _ns("paused_ns", "World stopped for it: both stops, wall time; log: until it stood, too."),
        _ns("sweep_termination_ns", "Wall time of the stop before marking."),
        _ns("mark_ns", "Wall time of concurrent marking; of Go 1.5 scan, barrier and mark."),
        _ns("mark_termination_ns", "Wall time of the stop after marking."),
        _ns("stw_cpu_ns", "CPU time of both stops: their wall time on every proc that stood."),
        _ns("assist_cpu_ns", "CPU time of mark assists."),
        _ns("dedicated_cpu_ns", "CPU time of dedicated workers; log: fractional ones included."),
        _ns("fractional_cpu_ns", "CPU time of fractional workers; null in logs."),
        _ns("idle_cpu_ns", "CPU time of idle workers."),
        _ratio(
            "gc_cpu_ratio",
            "Share of the CPU that collecting took from the program's start until then; log: whole "
            "percent; MemStats: `GCCPUFraction`, of the last cycle only.",
        ),
        _bytes("heap_live_start_bytes", "heapLive at the start."),
        _bytes("heap_live_end_bytes", "heapLive at the end of marking, before dead is told off."),
        _bytes("marked_bytes", "Found alive: heapLive after mark termination."),
        _bytes("goal_bytes", "Goal this cycle aimed at; null if none (`GOGC=off`)."),
        _bytes("trigger_bytes", "heapLive that the pacer wanted it to start at."),
        _bytes("stacks_bytes", "Stack bytes that may hold pointers, as scanned (1.18+)."),
        _bytes("globals_bytes", "Globals that may hold pointers (1.18+)."),
        _count("dedicated_workers_count", "Dedicated mark workers at once."),
        _count("fractional_workers_count", "Fractional mark workers that ran."),
        _count("idle_workers_count", "Idle mark workers that ran."),
        _bytes("swept_bytes", "Bytes of spans that were swept after it."),
        _bytes("reclaimed_bytes", "Bytes that sweeping freed after it."),
        _ns("sweep_cpu_ns", "Time that goroutines swept, to pay their debt or for a span; traces."),
        _bytes(
            "sweep_debt_bytes",
            "Of the swept bytes: spans that goroutines had to sweep to be allowed to allocate, for "
            "sweeping was behind (`deductSweepCredit`); traces. Null where stacks do not tell, as "
            "in Go 1.11, which swept on the system stack.",
        ),
        _ns("sweep_debt_ns", "Of the sweep's time: what that took."),
        _bytes("allocated_mark_bytes", "Allocated while it marked: end minus start."),
        _bytes("born_bytes", "Slots allocated since the cycle before began; alloc/free traces."),
        _count("born_objects_count", "Objects allocated since the cycle before began."),
        _bytes("freed_bytes", "Slots that sweeping freed after it; alloc/free traces."),
        _count("freed_objects_count", "Objects that sweeping freed after it."),
        _bytes(
            "resolution_bytes",
            "Step of the sizes: 1 if exact; in logs 1,048,576, and the true size is less than that "
            "above the one told. Null without sizes.",
        ),
        Column(
            "exact_sizes",
            "coded",
            "Sizes of this row that are exact although `resolution_bytes` is not 1, for a pacer "
            "line told them: `end`, `marked`, `goal`, `stacks`, with commas; else null.",
            nullable=True,
        ),
    ),
)

GC_ASSISTS = Table(
    "gc_assists",
    "Who paid for marking before it could allocate: assists by cycle, goroutine, task and stack.",
    (
        _CYCLE,
        Column("goroutine", "int64", "The goroutine; null if unknown.", nullable=True),
        Column("task", "int64", "The task it worked on; null for none.", nullable=True),
        Column(
            "stack_id",
            "int32",
            "Where it allocated.",
            nullable=True,
            refers_to="stacks.stack_id",
        ),
        _ns("assist_ns", "Time spent running in assists, waiting not counted."),
        _ns("waited_ns", "Time waited within assists, for work or for a proc."),
        Column("assists_count", "int64", "How many assists.", "count"),
    ),
)

GC_PAUSES = Table(
    "gc_pauses",
    "Stops of the world. MemStats has one row a cycle (the last 256), with both stops added up.",
    (
        _ns("time_ns", "Start; log: to 1 ms. Null if it was under way or is not told."),
        _ns("end_time_ns", "End; null if it was under way or is not told."),
        _ns("duration_ns", "How long the world stood."),
        Column(
            "reason",
            "coded",
            "As the trace names it; log: `GC sweep termination`, `GC mark termination`; null in "
            "MemStats.",
            nullable=True,
        ),
        _CYCLE,
        _RUN,
    ),
)

GC_PACING = Table(
    "gc_pacing",
    "What `GODEBUG=gcpacertrace=1` printed: one row for each line. Sizes are exact where the "
    "runtime prints bytes, else MiB in bytes, as `resolution_bytes` says.",
    (
        _LINE,
        _RUN,
        _CYCLE,
        Column(
            "kind",
            "coded",
            "`start` (assist ratio and workers), `end` (what the cycle needed), `sweep` (sweeping "
            "is done) or `revise` (the assist ratio anew).",
        ),
        _ratio("assist_ratio", "Bytes to scan for each byte allocated, while marking."),
        _bytes("heap_scan_bytes", "Scannable heap; what the assist ratio is made of."),
        _bytes(
            "heap_live_start_bytes",
            "heapLive at the start; `end`: when the world stood, a little later than in "
            "`gc_cycles`. Go 1.18 prints the trigger in its place.",
        ),
        _bytes("heap_live_end_bytes", "heapLive at the end of marking; `sweep`: of sweeping."),
        _bytes("goal_bytes", "The heap goal."),
        _bytes("trigger_bytes", "The heap trigger of the cycle."),
        _bytes("previous_marked_bytes", "Marked by the cycle before (H_m_prev; 1.5 to 1.17)."),
        _count("dedicated_workers_count", "Dedicated workers wanted."),
        _ratio("fractional_utilisation_ratio", "Share of a proc for fractional workers."),
        _ratio("utilisation_ratio", "Share of the CPU that marking took, assists included."),
        _ratio("goal_utilisation_ratio", "The share that it should have taken."),
        _bytes("heap_scan_work_bytes", "Scanned heap (1.18+); all scan work before."),
        _bytes("stack_scan_work_bytes", "Scanned stacks (1.18+)."),
        _bytes("globals_scan_work_bytes", "Scanned globals (1.18+)."),
        _bytes("expected_scan_work_bytes", "What the pacer expected to be scanned."),
        _ratio("cons_mark_ratio", "Bytes allocated for each byte marked (1.18+)."),
        _ratio("trigger_ratio", "h_t: heap growth at which the cycle was to begin (1.5 to 1.17)."),
        _ratio("actual_growth_ratio", "h_a: heap growth at its end (1.5 to 1.17)."),
        _ratio("goal_growth_ratio", "h_g: heap growth it aimed at (1.5 to 1.17)."),
        _bytes("allocated_bytes", "`sweep`: allocated while sweeping."),
        _count("swept_pages_count", "`sweep`: pages swept."),
        Column(
            "sweep_ratio",
            "double",
            "`sweep`: pages to sweep for each byte allocated.",
            "pages/byte",
            nullable=True,
        ),
        _bytes("resolution_bytes", "Step of the sizes that are printed as MB; null without."),
    ),
)

SCAVENGES = Table(
    "scavenges",
    "What the scavenger printed: `scvg` lines of gctrace (to Go 1.14), `scav` lines of scavtrace.",
    (
        _LINE,
        _RUN,
        Column("kind", "coded", "`released`, `heap` (the state of the heap) or `scavtrace`."),
        _bytes("released_bytes", "Returned by this pass or since the line before."),
        _bytes("background_bytes", "Of it in the background (scavtrace, 1.21+)."),
        _bytes("eager_bytes", "Of it for the memory limit (scavtrace, 1.21+)."),
        _bytes("inuse_bytes", "Heap in use."),
        _bytes("idle_bytes", "Heap not in use, returned or not."),
        _bytes("sys_bytes", "Heap taken from the operating system."),
        _bytes("heap_released_bytes", "Heap returned to it in all."),
        _bytes("consumed_bytes", "Heap that counts as used by it: sys minus released."),
        _ratio("utilisation_ratio", "Share of mapped pages that are in use (scavtrace)."),
        Column("is_forced", "bool", "By `debug.FreeOSMemory`."),
        Column("resolution_bytes", "int64", "Step of the sizes: KiB or MiB.", "bytes"),
    ),
)

UTILISATION = Table(
    "utilisation",
    "What share of its procs the program itself had, the collector's share taken off.",
    (
        Column("time_ns", "int64", "From when.", "ns"),
        Column("utilisation_ratio", "double", "Share from then on, 0 to 1.", "ratio"),
    ),
)

GC_TABLES = (GC_CYCLES, GC_ASSISTS, GC_PAUSES, GC_PACING, SCAVENGES, UTILISATION)
"""All tables of the collector; traces, logs and text profiles have those that they can fill."""

GC_TIMES: dict[str, tuple[str, str]] = {
    "gc_cycles": ("time_ns", "end_time_ns"),
    "gc_pauses": ("time_ns", "end_time_ns"),
    "utilisation": ("time_ns", "time_ns"),
}
"""Table → the columns of its rows' start and end."""
