"""What stands out on the bridge from the heap to the operating system, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gotrace.analyses.estimates import is_clear, share, with_error
from gotrace.analyses.memory_bridge import Bridge
from gotrace.analyses.result import Certainty, Finding, Weight
from gotrace.units import format_bytes

__all__ = ["memory_findings"]

_MIB = 1 << 20
_LEAST_BYTES = 8 * _MIB
_FREE_RATIO = 0.2
_SLACK_RATIO = 0.2
_DEAD_RATIO = 0.6
_STACK_RATIO = 0.2
_PEAK_RATIO = 1.5
_GC_CPU_RATIO = 0.1
_GC_CYCLES = 10


def memory_findings(bridge: Bridge) -> list[Finding]:
    """The findings about a recording with MemStats."""
    return [finding for rule in _RULES for finding in rule(bridge)]


def _free_spans(bridge: Bridge) -> Iterator[Finding]:
    """Free spans that are not given back."""
    size = bridge.part("free spans").bytes
    if size >= max(_FREE_RATIO * bridge.physical_bytes, _LEAST_BYTES):
        yield Finding(
            "free-not-returned",
            f"{format_bytes(size)} of heap is free but still held from the operating system "
            f"({share(size, bridge.physical_bytes):.0%} of what Go holds)",
            "",
            size,
            "bytes",
            Certainty.EXACT,
            advice="Usual after a peak: the runtime gives it back slowly. GOMEMLIMIT keeps it "
            "below a bound, debug.FreeOSMemory returns it at once (at the price of a collection).",
        )


def _span_slack(bridge: Bridge) -> Iterator[Finding]:
    """Spans in use that are partly empty."""
    used, size = bridge.stats["HeapInuse"], bridge.part("span slack").bytes
    if size >= max(_SLACK_RATIO * used, _LEAST_BYTES):
        yield Finding(
            "span-slack",
            f"{format_bytes(size)} of the {format_bytes(used)} in spans in use holds no objects "
            f"({share(size, used):.0%}): free slots between live ones, and tails",
            "",
            size,
            "bytes",
            Certainty.EXACT,
            advice="One live object keeps its whole span. It fills up again as the program "
            "allocates; if it stays, long-lived objects are spread among short-lived ones of the "
            "same size class: allocate them together.",
        )


def _dead_objects(bridge: Bridge) -> Iterator[Finding]:
    """Much of the heap that the profile does not show as live."""
    size, live = bridge.part("other objects").bytes, bridge.part("live objects")
    heap = bridge.stats["HeapAlloc"]
    if not live.bytes or not is_clear(
        size, live.error_bytes, max(_DEAD_RATIO * heap, _LEAST_BYTES)
    ):
        return
    goal = bridge.stats.get("NextGC", 0)
    until = (
        f" The next collection starts before the heap reaches {format_bytes(goal)}." if goal else ""
    )
    yield Finding(
        "mostly-not-live",
        f"of {format_bytes(heap)} in objects only {with_error(live.bytes, live.error_bytes)} was "
        "live at the last collection; the rest is garbage, or was allocated since",
        "",
        size,
        "bytes",
        Certainty.SAMPLED if live.error_bytes else Certainty.EXACT,
        live.error_bytes,
        Weight.LOW,
        f"With GOGC=100 about half is usual.{until} A smaller GOGC or a GOMEMLIMIT trades CPU time "
        "for memory; fewer allocations cost nothing.",
    )


def _stacks(bridge: Bridge) -> Iterator[Finding]:
    """Stacks that take much of the memory."""
    size = bridge.stats.get("StackInuse", bridge.part("stacks").bytes)
    if size >= max(_STACK_RATIO * bridge.physical_bytes, _LEAST_BYTES):
        yield Finding(
            "large-stacks",
            f"goroutine stacks take {format_bytes(size)} "
            f"({share(size, bridge.physical_bytes):.0%} of what Go holds)",
            "",
            size,
            "bytes",
            Certainty.EXACT,
            advice="Many goroutines, or deep ones: look at /debug/pprof/goroutine. Goroutines that "
            "never end are the most frequent leak in Go.",
        )


def _peak(bridge: Bridge) -> Iterator[Finding]:
    """A process that was much larger than what Go holds now."""
    peak = bridge.stats.get("MaxRSS", 0)
    beyond = peak - bridge.physical_bytes
    if peak >= _PEAK_RATIO * bridge.physical_bytes and beyond >= _LEAST_BYTES:
        yield Finding(
            "peak-above-now",
            f"the process once had {format_bytes(peak)} resident, {format_bytes(beyond)} more than "
            "Go holds now",
            "",
            beyond,
            "bytes",
            Certainty.LOWER,
            weight=Weight.LOW,
            advice="Either Go's heap was larger before, or the rest is not Go's: C code, mapped "
            "files, the program itself. Record at the peak to tell.",
        )


def _gc_cpu(bridge: Bridge) -> Iterator[Finding]:
    """A garbage collector that takes much of the CPU."""
    part = bridge.stats.get("GCCPUFraction", 0)
    if part >= _GC_CPU_RATIO and bridge.stats.get("NumGC", 0) >= _GC_CYCLES:
        yield Finding(
            "gc-cpu",
            f"the garbage collector took {part:.0%} of the CPU time available since the start",
            "",
            part,
            "ratio",
            Certainty.EXACT,
            weight=Weight.HIGH if part >= 2 * _GC_CPU_RATIO else Weight.MEDIUM,
            advice="Allocate less (see Short-lived and long-lived for the sites), or let the heap "
            "grow: a larger GOGC, bounded by GOMEMLIMIT.",
        )


_RULES: tuple[Callable[[Bridge], Iterator[Finding]], ...] = (
    _free_spans,
    _span_slack,
    _dead_objects,
    _stacks,
    _peak,
    _gc_cpu,
)
