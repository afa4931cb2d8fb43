"""How long and how finely to record, from what one short run of the benchmarks told.

Each rule aims at so many samples or events, for a recording is of use by what is in it and costs
by what is in it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from gotrace.capture.result_lines import Measured

__all__ = ["HeapPlan", "Plan", "arm_benchtime", "nanoseconds", "plan_of"]

EXACT_OBJECTS = 250_000
"""Objects that a heap profile may name one by one (rate 1): at some µs each, a second."""
SAMPLES = 200_000
"""What a heap profile of more objects aims at: the error of a site with 1 % of them is 2 %."""
TRACED_OBJECTS = 1_000_000
"""Allocations of an alloc/free trace: with their frees about 15 MB."""
TRACED_LEAST = 10_000
"""Below that even a retry makes no sense: the trace's own cost outweighs them."""
HEAP_NS = 1_000_000_000
TRACE_NS = 500_000_000
CPU_NS = 3_000_000_000
"""Of all benchmarks of a package together; 100 samples a second."""
LEAST_CPU_NS = 500_000_000
ALIKE = 4.0
"""Ratio of the iterations of two benchmarks up to which one number does for both."""

_TIME = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_UNIT_NS = {"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 6e10, "h": 3.6e12}


@dataclass(frozen=True)
class HeapPlan:
    """`-benchtime` and `-memprofilerate` of the heap profile, and the rule in words."""

    benchtime: str
    rate: int
    why: str


@dataclass(frozen=True)
class Plan:
    """The `-benchtime` of each run of one package."""

    cpu: str
    heap: HeapPlan
    trace: str
    allocations: tuple[str, ...]
    """One for each attempt, each a quarter of the one before."""


def plan_of(benchmarks: Iterable[Measured], benchtime: str) -> Plan:
    """The plan for a package; `benchtime` is that of the rounds, and if `Nx` holds for all runs."""
    measured = list(benchmarks)
    if benchtime.endswith("x"):
        times = int(benchtime[:-1])
        return Plan(
            benchtime, _heap_plan(measured, benchtime, times), benchtime,
            tuple(f"{max(times // part, 1)}x" for part in _parts(times)),
        )  # fmt: skip
    count = max(len(measured), 1)
    cpu_ns = max(CPU_NS / count, LEAST_CPU_NS)
    heap = _limited(measured, HEAP_NS / count, EXACT_OBJECTS / count)
    heap_times = _common(heap)
    most_times = heap_times or max(heap, default=1)
    trace = _limited(measured, TRACE_NS / count, float("inf"))
    traced = _limited(measured, TRACE_NS / count, TRACED_OBJECTS / count)
    times = min(traced, default=1)
    return Plan(
        f"{cpu_ns / 1e6:.0f}ms",
        _heap_plan(measured, _said(heap_times, HEAP_NS / count), most_times),
        _said(_common(trace), TRACE_NS / count),
        tuple(f"{max(times // part, 1)}x" for part in _parts(times)),
    )


def arm_benchtime(benchmarks: Iterable[Measured], benchtime: str, memory_bytes: int) -> str:
    """The time of a round without a collector: as asked for, or what fits into half the memory.

    Between two benchmarks the package `testing` collects even then, so that one run of one
    benchmark is what has to fit; Go overshoots the time it is given by up to a fifth.
    """
    rates = [
        (one.allocated_bytes / one.ns, one.allocated_bytes) for one in benchmarks if one.ns > 0
    ]
    asked_ns = nanoseconds(benchtime)
    if not rates or not memory_bytes or asked_ns is None:
        return benchtime
    room = memory_bytes / 2
    fastest = max(rate for rate, _ in rates)
    if fastest * asked_ns * 1.2 <= room:
        return benchtime
    return f"{max(int(room / fastest / 1.2 / 1e6), 1)}ms"


def _heap_plan(measured: list[Measured], benchtime: str, times: int) -> HeapPlan:
    objects = sum(one.allocations for one in measured) * times
    allocated = sum(one.allocated_bytes for one in measured) * times
    if objects <= 2 * EXACT_OBJECTS:
        return HeapPlan(benchtime, 1, "rate 1: every object of the run is in the profile")
    rate = max(ceil(allocated / SAMPLES), 1)
    return HeapPlan(
        benchtime, rate, f"rate {rate}: aims at {SAMPLES:,} samples of {objects:,.0f} objects"
    )


def _limited(measured: list[Measured], time_ns: float, objects: float) -> list[int]:
    """The iterations of each benchmark that fit into both, at least one."""
    return [
        max(int(min(time_ns / max(one.ns, 1.0), objects / max(one.allocations, 1e-6), 1e8)), 1)
        for one in measured
    ]


def _common(times: list[int]) -> int:
    """One number of iterations that does for all; 0 where they differ too much."""
    if not times or max(times) > ALIKE * min(times):
        return 0
    return min(times)


def _said(times: int, time_ns: float) -> str:
    return f"{times}x" if times else f"{max(time_ns / 1e6, 1):.0f}ms"


def _parts(times: int) -> list[int]:
    """1, 4 and 16, unless a quarter is no less."""
    return [1, 4, 16] if times > 1 else [1, 1, 1]


def nanoseconds(benchtime: str) -> float | None:
    """A duration as Go writes it, of one or more parts; None for a number of iterations."""
    parts = _TIME.findall(benchtime)
    if not parts or "".join(number + unit for number, unit in parts) != benchtime:
        return None
    return sum(float(number) * _UNIT_NS[unit] for number, unit in parts)
