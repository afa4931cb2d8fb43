"""The line that `GODEBUG=gctrace=1` prints at the end of every cycle, in the layouts since Go 1.5.

From `runtime/mgc.go` (gc in 1.5, gcMarkTermination since)::

    1.5    gc 8 @0.049s 3%: 0.02+0.33+0.01+0.22+0.06 ms clock, 0.1+0.3+0+0.2/0.4/0.9+0.2 ms cpu,
           4->4->1 MB, 4 MB goal, 8 P
    1.6    gc 8 @0.049s 3%: 0.02+0.55+0.06 ms clock, 0.1+0.2/0.4/0.9+0.2 ms cpu,
           4->4->1 MB, 4 MB goal, 8 P
    1.18   ... 4->4->1 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 8 P
    1.26   gc 8 @0.049s 3% (checking for goroutine leaks): 0.02+...

each on one line, with ` (forced)` behind it for `runtime.GC`. Clocks are sweep termination, mark
(1.5: scan, synchronise, mark) and mark termination; CPU times are the same, with those of mark as
assists/background/idle. Builds of Go 1.6 before its release still have five clocks, the second and
third of them 0 (issue golang/go#13536).
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["MIB", "CycleLine", "layout", "narrowed", "parse_cycle"]

MIB = 1 << 20
"""What gctrace calls MB."""

_LAYOUTS = ("Go 1.5 or 1.6", "Go 1.6 to 1.17", "Go 1.18 or later", "Go 1.26 or later")

_UNKNOWN = -1
_LARGEST_BYTES = 1 << 62
_LONGEST_NS = 1 << 60
"""Sums of a few such times still fit 64 bits; negative ones are printed as more."""

_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000
_FORCED = b" (forced)"

_CYCLE = re.compile(
    rb"gc (\d{1,18}) @(-?[\d.]{1,24})s (-?\d{1,18})%( \(checking for goroutine leaks\))?: "
    rb"([-+\d.]{1,200}) ms clock, ([-+/\d.]{1,300}) ms cpu, "
    rb"(\d{1,20})->(\d{1,20})->(\d{1,20}) MB, (\d{1,20}) MB goal, "
    rb"(?:(\d{1,20}) MB stacks, (\d{1,20}) MB globals, )?(\d{1,9}) P( \(forced\))?"
)


class CycleLine(NamedTuple):
    """One cycle as printed: sizes in bytes (multiples of 1 MiB), times in nanoseconds, -1 unknown.

    `cpu_percent` is a whole number. `is_odd` says that a clock went backwards: the runtime prints
    a negative time as a huge one, and here it is -1.
    """

    number: int
    time_ns: int
    cpu_percent: int
    sweep_termination_ns: int
    mark_ns: int
    mark_termination_ns: int
    stw_cpu_ns: int
    assist_cpu_ns: int
    background_cpu_ns: int
    idle_cpu_ns: int
    heap_live_start_bytes: int
    heap_live_end_bytes: int
    marked_bytes: int
    goal_bytes: int
    stacks_bytes: int
    globals_bytes: int
    gomaxprocs: int
    phases_count: int
    is_forced: bool
    is_leak_check: bool
    is_odd: bool
    length: int

    @property
    def paused_ns(self) -> int:
        """World stopped: both stops; -1 if one is unknown."""
        return _sum(self.sweep_termination_ns, self.mark_termination_ns)

    @property
    def end_time_ns(self) -> int:
        """Start and clocks added up; -1 if one is unknown."""
        return _sum(self.time_ns, self.sweep_termination_ns, self.mark_ns, self.mark_termination_ns)


def parse_cycle(text: bytes) -> CycleLine | None:
    """The cycle that `text` begins with; None if it is cut or written into.

    `length` of the result is how much of `text` it is.
    """
    match = _CYCLE.match(text)
    if match is None:
        return None
    clocks = _times(match[5].split(b"+"))
    parts = match[6].split(b"+")
    if clocks is None or len(clocks) not in (3, 5) or len(parts) != (3 if len(clocks) == 3 else 5):
        return None
    marking = _times(parts[-2].split(b"/"))
    stops = _times([parts[0], *parts[1:-2], parts[-1]])
    start = _time(match[2], _NS_PER_S)
    if marking is None or stops is None or start is None or len(marking) != 3:
        return None
    mark = _sum(*clocks[1:-1])
    is_forced = match[14] is not None or _is_cut_mark(text[match.end() :])
    if is_forced and mark == 0:
        # Up to Go 1.8 a forced cycle marks in a stopped world, and the controller still holds the
        # times of the cycle before (`runtime/mgc.go`, gcStart calls startCycle for others only).
        marking = [_UNKNOWN] * 3
    assists, background, idle = marking
    start_heap, end_heap, marked, goal, stacks, globals_ = (
        _size(match[group]) for group in range(7, 13)
    )
    return CycleLine(
        number=int(match[1]),
        time_ns=start,
        cpu_percent=int(match[3]),
        sweep_termination_ns=clocks[0],
        mark_ns=mark,
        mark_termination_ns=clocks[-1],
        stw_cpu_ns=_sum(stops[0], stops[-1]),
        assist_cpu_ns=assists,
        background_cpu_ns=background,
        idle_cpu_ns=idle,
        heap_live_start_bytes=start_heap,
        heap_live_end_bytes=end_heap,
        marked_bytes=marked,
        goal_bytes=goal,
        stacks_bytes=stacks,
        globals_bytes=globals_,
        gomaxprocs=int(match[13]),
        phases_count=len(clocks),
        is_forced=is_forced,
        is_leak_check=match[4] is not None,
        is_odd=_UNKNOWN in (start, *clocks, *stops) or (not is_forced and _UNKNOWN in marking),
        length=match.end(),
    )


def layout(cycle: CycleLine) -> str:
    """The Go versions that print such a line."""
    if cycle.is_leak_check:
        return _LAYOUTS[3]
    if cycle.stacks_bytes >= 0:
        return _LAYOUTS[2]
    return _LAYOUTS[0] if cycle.phases_count == 5 else _LAYOUTS[1]


def narrowed(layouts: set[str]) -> list[str]:
    """The layouts of one log, oldest first; few lines of a new version look different."""
    found = [layout for layout in _LAYOUTS if layout in layouts]
    return [layout for layout in found if layout != _LAYOUTS[2] or _LAYOUTS[3] not in found]


def _is_cut_mark(rest: bytes) -> bool:
    """Whether what follows is the mark of a forced cycle, cut off within."""
    return len(rest) > 1 and _FORCED.startswith(rest)


def _times(texts: list[bytes]) -> list[int] | None:
    """Milliseconds → nanoseconds, -1 for negative ones; None if one is no number."""
    times = [_time(text) for text in texts]
    known = [time for time in times if time is not None]
    return known if len(known) == len(times) else None


def _time(text: bytes, unit: int = _NS_PER_MS) -> int | None:
    """A decimal of so many nanoseconds → nanoseconds; -1 for what was negative."""
    try:
        value = round(float(text) * unit)
    except ValueError:
        return None
    # `uint64(ns)` of a negative time is at least 2^63.
    return value if 0 <= value < _LONGEST_NS else _UNKNOWN


def _size(text: bytes | None) -> int:
    """MiB → bytes. Without a goal (`GOGC=off`) the runtime prints one of exabytes: unknown."""
    size = _UNKNOWN if text is None else int(text) * MIB
    return size if size < _LARGEST_BYTES else _UNKNOWN


def _sum(*times: int) -> int:
    return _UNKNOWN if _UNKNOWN in times else sum(times)
