"""How far before its goal every cycle started, and why there.

From Go 1.19 on the pacer may start a cycle between two bounds, 45/64 and 61/64 of the way from what
the last cycle marked to the goal; where between follows from how much it expects to be allocated
while marking (`runtime/mgcpacer.go`, trigger). Bounds and goal are computed by `model.pacer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gotrace.model.pacer.pacers import pacer_for
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Columns
from gotrace.units import format_bytes, format_duration

__all__ = [
    "FIRST_BOUNDED", "Start", "goal_with_runway", "is_limited", "median_way", "starts",
    "told_early",
]  # fmt: skip

FIRST_BOUNDED = GoVersion(19)
"""The first version whose bounds follow from what a recording says."""

_SWEEP_DISTANCE = 1 << 20
"""Least distance from the last mark, to leave room to sweep (`sweepMinHeapDistance`)."""
_EARLIEST = "the earliest possible trigger"
_RUNWAY = 64 << 10
"""A goal is at least so far above the heap at the start."""
_REFILL = 80 << 10
"""The largest span of small objects: heapLive moves in steps of up to one for each proc."""


@dataclass(frozen=True)
class Start:
    """Where one cycle started; None for what is unknown."""

    row: int
    cycle: int
    reason: str | None
    live: int | None
    goal: int | None
    lower: int | None
    upper: int | None
    early_ns: int | None
    """How much later the heap would have reached the goal, at the pace of the time since the last
    cycle; negative when it was past the goal."""
    why: str
    by_limit: bool = False
    """GOMEMLIMIT surely set the goal."""

    @property
    def early_bytes(self) -> int | None:
        """How far below the goal."""
        return None if self.goal is None or self.live is None else self.goal - self.live

    @property
    def moved_its_goal(self) -> bool:
        """Whether it came so late that the goal moved along."""
        return self.early_bytes == _RUNWAY


def is_limited(goal: int, marked: int, version: GoVersion | None) -> bool:
    """Whether a goal is surely one of GOMEMLIMIT: nearer to the last mark than GOGC sets any.

    The goal of GOGC leaves 1 MiB to sweep in; one of the limit has no such room, and does not move
    along with a late start (`heapGoalInternal`). Those that are further off look like any other.
    """
    if version is None or version < FIRST_BOUNDED:
        return False
    return 0 < goal < marked + _SWEEP_DISTANCE and marked >= 0


def goal_with_runway(
    goal: int, live_start: int, version: GoVersion | None, marked: int = -1
) -> int:
    """The goal while a cycle that started at `live_start` ran: at least 64 KiB more (1.19+).

    `marked` by the cycle before, -1 if unknown; a goal of GOMEMLIMIT stays.
    """
    if goal <= 0 or live_start < 0 or version is None or version < FIRST_BOUNDED:
        return goal
    return goal if is_limited(goal, marked, version) else max(goal, live_start + _RUNWAY)


def starts(cycles: Columns, version: GoVersion | None) -> list[Start]:
    """One for each row of `gc_cycles`; bounds where `version` is 1.19 or later and sizes known."""
    names = (
        "gc_cycle", "run", "time_ns", "end_time_ns", "heap_live_start_bytes", "marked_bytes",
        "goal_bytes", "gomaxprocs", "resolution_bytes",
    )  # fmt: skip
    reason = cycles.coded("reason")
    rows = list(zip(*(cycles.array(name).tolist() for name in names), strict=True))
    found, before = [], None
    for row, now in enumerate(rows):
        follows = before is not None and before[1] == now[1] and now[0] == before[0] + 1
        found.append(_start(row, reason[row], now, before if follows else None, version))
        before = now
    return found


def _start(
    row: int, reason: str | None, now: tuple[int, ...], before: tuple[int, ...] | None,
    version: GoVersion | None,
) -> Start:  # fmt: skip
    cycle, _, _, _, live, _, goal, procs, resolution = now
    marked = before[5] if before is not None else -1
    lower = upper = None
    by_limit = goal >= 0 and is_limited(goal + max(resolution, 1) - 1, marked, version)
    if version is not None and version >= FIRST_BOUNDED and min(marked, goal) >= 0:
        # While spans are left to sweep, as when the goal was set, there must be room for that.
        least = 0 if by_limit else min(marked + _SWEEP_DISTANCE, goal)
        lower, upper = pacer_for(version).trigger_bounds(marked, goal, min_trigger_bytes=least)
    early = _early(now, before)
    slack = max(resolution, _REFILL * max(procs, 1))
    why = _why(reason, live, goal, lower, upper, slack)
    if by_limit and reason not in ("forced", "periodic"):
        why = (
            f"GOMEMLIMIT left {format_bytes(max(goal - marked, 0))} between the last mark and the "
            "goal, which moves with what else is mapped"
        )
    if why.startswith(_EARLIEST) and lower == marked + _SWEEP_DISTANCE:
        why = f"{_EARLIEST}: so soon after the last mark 1 MiB is kept for sweeping"
    return Start(
        row, cycle, reason, live if live >= 0 else None, goal if goal >= 0 else None, lower, upper,
        early, why, by_limit,
    )  # fmt: skip


def _early(now: tuple[int, ...], before: tuple[int, ...] | None) -> int | None:
    """(goal - live) at the pace since the last cycle ended."""
    if before is None or min(now[2], now[4], now[6], before[3], before[5]) < 0:
        return None
    grown, took = now[4] - before[5], now[2] - before[3]
    if grown <= 0 or took <= 0:
        return None
    return round((now[6] - now[4]) * took / grown)


def _why(
    reason: str | None, live: int, goal: int, lower: int | None, upper: int | None, slack: int
) -> str:
    if reason == "forced":
        return "the program asked for it (runtime.GC or debug.FreeOSMemory)"
    if reason == "periodic":
        return "two minutes had passed since the last one"
    if live < 0 or goal < 0:
        return ""
    if goal == live + _RUNWAY:  # as in Start.moved_its_goal
        return "the heap was past its goal or within 64 KiB of it: the goal moved along"
    if lower is None or upper is None:
        return "live heap reached the trigger" if reason == "heap" else ""
    if live > goal:
        return f"allocations jumped over trigger and goal, {format_bytes(live - goal)} past it"
    if live > upper + slack:
        return f"allocations jumped {format_bytes(live - upper)} over the latest possible trigger"
    if live < lower - slack:
        return (
            f"{format_bytes(lower - live)} below the earliest trigger of that goal: goal or limit "
            "had changed meanwhile"
        )
    is_lower = live - lower <= upper - live
    if is_lower and live <= lower + slack:
        return f"{_EARLIEST}: marking was expected to need all the room there is"
    if not is_lower and live >= upper - slack:
        return "the latest possible trigger: marking was expected to be quick"
    return f"between the bounds: room for {format_bytes(goal - live)} while marking"


def told_early(start: Start) -> str:
    """`12 ms early`, in words, of a start whose pace is known."""
    if start.early_ns is None:
        return ""
    return f"{format_duration(abs(start.early_ns))} {'early' if start.early_ns >= 0 else 'late'}"


def median_way(found: Sequence[Start], cycles: Columns) -> float | None:
    """How far on the way from the last mark to the goal cycles started, in the middle."""
    marked = cycles.array("marked_bytes").tolist()
    ways = [
        (s.live - marked[s.row - 1]) / (s.goal - marked[s.row - 1])
        for s in found
        if s.lower is not None and s.live is not None and s.goal is not None
        and s.reason in ("heap", None) and s.goal > marked[s.row - 1] >= 0
    ]  # fmt: skip
    return float(np.median(ways)) if ways else None
