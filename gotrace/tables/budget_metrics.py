"""What a budget can be about: every metric once, with its unit and the recordings that tell it.

The schema of the budget file, its messages and docs/budgets.md come from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["METRICS", "Combine", "Metric", "Source", "benchmark_metric", "is_bytes"]


class Source(StrEnum):
    """The kind of recording that tells a metric."""

    HEAP = "heap profile"
    BENCHMARKS = "benchmark results"
    TRACE = "execution trace"
    GC = "execution trace or gctrace log"
    MEMSTATS = "heap profile in text form (debug=1)"
    GOROUTINES = "goroutine profile"


class Combine(StrEnum):
    """How repeats of one measurement become one number."""

    MINIMUM = "minimum"
    """What is never measured too low: other work of the process only adds to it."""
    MEDIAN = "median"
    """The middle one, with an exact interval from the order of the values, as in benchstat."""


@dataclass(frozen=True)
class Metric:
    """`unit` is `bytes`, `count`, `ns`, `ratio`, or of a benchmark its own.

    `scopes` names the fields of `Scope` that may narrow it.
    """

    name: str
    unit: str
    source: Source
    doc: str
    combine: Combine = Combine.MEDIAN
    scopes: tuple[str, ...] = ()
    is_better_higher: bool = False
    is_time: bool = False
    """Measured in time: advice unless the budget says `mode = "gate"`."""

    @property
    def is_bytes(self) -> bool:
        """Whether its values are bytes: `12 MiB` is one."""
        return is_bytes(self.unit)


_TIMES = ("ns/", "us/", "ms/", "s/", "sec/")
_TIME_ENDS = ("-ns", "-us", "-ms", "-s", "-sec")
_OF_HEAP = ("function", "package", "call_site", "label", "size_class")
_OF_GOROUTINES = ("function", "package", "call_site", "label")
_OF_BENCHMARKS = ("benchmark", "package")


def is_bytes(unit: str) -> bool:
    """Whether a unit counts bytes: `bytes`, `B/op`, or one like `max-heap-bytes`."""
    return unit in ("bytes", "B", "B/op") or unit.endswith(("-bytes", "_bytes", "-B"))


def _heap(name: str, unit: str, doc: str) -> Metric:
    return Metric(name, unit, Source.HEAP, doc, Combine.MEDIAN, _OF_HEAP)


def benchmark_metric(unit: str) -> Metric:
    """The metric of a benchmark's unit, such as one of `testing.B.ReportMetric`."""
    known = METRICS.get(unit)
    if known is not None and known.source is Source.BENCHMARKS:
        return known
    is_rate = unit.endswith("/s")
    is_time = is_rate or unit.startswith(_TIMES) or unit.endswith(_TIME_ENDS)
    return Metric(
        unit, unit, Source.BENCHMARKS, f"`{unit}`, as the benchmark reports it.", Combine.MEDIAN,
        _OF_BENCHMARKS, is_better_higher=is_rate, is_time=is_time,
    )  # fmt: skip


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        _heap("alloc_space", "bytes", "Bytes allocated, freed ones too."),
        _heap("alloc_objects", "count", "Objects allocated, freed ones too."),
        _heap("inuse_space", "bytes", "Bytes alive at the last garbage collection."),
        _heap("inuse_objects", "count", "Objects alive at the last garbage collection."),
        Metric(
            "allocs/op", "allocs/op", Source.BENCHMARKS, "Allocations of one iteration.",
            Combine.MINIMUM, _OF_BENCHMARKS,
        ),
        Metric(
            "B/op", "B/op", Source.BENCHMARKS, "Bytes allocated by one iteration.",
            Combine.MINIMUM, _OF_BENCHMARKS,
        ),
        Metric(
            "ns/op", "ns/op", Source.BENCHMARKS, "Time of one iteration.", Combine.MEDIAN,
            _OF_BENCHMARKS, is_time=True,
        ),
        Metric("peak_heap_live", "bytes", Source.GC, "The largest live heap (heapLive)."),
        Metric("gc_cycles", "count", Source.GC, "Garbage collections."),
        Metric(
            "gc_cpu_ratio", "ratio", Source.GC, "CPU time that the collector took, of all.",
            is_time=True,
        ),
        Metric("worst_pause", "ns", Source.GC, "The longest time the world stood.", is_time=True),
        Metric(
            "mmu", "ratio", Source.TRACE, "Minimum mutator utilisation over `window`.",
            scopes=("window_ns",), is_better_higher=True, is_time=True,
        ),
        Metric("survivors", "bytes", Source.GC, "Bytes marked by the median collection."),
        Metric(
            "span_waste", "bytes", Source.TRACE,
            "The most bytes of heap spans that no object used, with `GODEBUG=traceallocfree=1`.",
        ),
        Metric("heap_sys", "bytes", Source.MEMSTATS, "HeapSys: address space of the heap."),
        Metric("heap_inuse", "bytes", Source.MEMSTATS, "HeapInuse: bytes of spans in use."),
        Metric("sys", "bytes", Source.MEMSTATS, "Sys: all memory from the operating system."),
        Metric("num_gc", "count", Source.MEMSTATS, "NumGC: garbage collections so far."),
        Metric(
            "goroutines", "count", Source.GOROUTINES, "Goroutines that are there.",
            scopes=_OF_GOROUTINES,
        ),
    )
}  # fmt: skip
"""Name → metric; any other unit of a benchmark is one too (`benchmark_metric`)."""
