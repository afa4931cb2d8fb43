"""What the runtime's own test of its pacer plays, and what it expects, as numbers.

Sources: `runtime/mgcpacer_test.go` of go1.18 (whose expectations for the pacer of go1.17 are those
called `FEEDBACK`) and of go1.19 to go1.27. Random numbers are our own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from gotrace.model.versions import GoVersion
from tests.model.pacer.simulation import Ended, World
from tests.model.pacer.streams import (
    constant,
    delayed,
    jitter,
    oscillating,
    ramp,
    total,
    unit,
)

__all__ = ["LIMITED", "WORLDS", "Check", "expected"]

MIB = 1 << 20
_LIMIT = 512 * MIB
_HEAP_MINIMUM = 4 * MIB
_ALL = 10**6

_STEADY = World(
    alloc_rate=constant(33.0),
    scan_rate=constant(1024.0),
    growth=total(constant(2.0), ramp(-1.0, 12)),
    scannable=constant(1.0),
    stack_bytes=constant(8192),
)


def _slow(growth: tuple[float, float, int]) -> World:
    first, height, cycles = growth
    return replace(
        _STEADY,
        alloc_rate=constant(1.0),
        scan_rate=constant(2048.0),
        growth=total(constant(first), ramp(height, cycles)),
        scannable=constant(0.01),
    )


def _limited(gogc: int, growth: float = 2.0) -> World:
    return replace(
        _STEADY,
        gogc=gogc,
        limit_bytes=_LIMIT,
        growth=total(constant(growth), ramp(1.0 - growth, 12)),
    )


WORLDS = {
    "steady": _STEADY,
    "big stacks": replace(
        _STEADY,
        alloc_rate=constant(132.0),
        stack_bytes=total(constant(2048), ramp(128 * MIB, 8)),
    ),
    "big globals": replace(_STEADY, alloc_rate=constant(132.0), globals_bytes=128 * MIB),
    "allocation steps up": replace(
        _STEADY, alloc_rate=total(constant(33.0), delayed(ramp(66.0, 1), 50)), cycles=100
    ),
    "allocation leaps up": replace(
        _STEADY, alloc_rate=total(constant(33.0), delayed(ramp(330.0, 1), 50)), cycles=100
    ),
    "scannable part jumps": replace(
        _STEADY,
        alloc_rate=constant(128.0),
        scannable=total(constant(0.2), delayed(unit(0.5), 50)),
        cycles=100,
    ),
    "high GOGC": replace(
        _STEADY,
        gogc=1500,
        alloc_rate=total(constant(165.0), jitter(7.0, 0x53)),
        growth=total(constant(2.0), ramp(-1.0, 12), jitter(0.01, 1), delayed(unit(14), 25)),
    ),
    "allocation swings": replace(_STEADY, alloc_rate=total(constant(67.0), oscillating(13.0, 8))),
    "allocation jitters": replace(
        _STEADY,
        alloc_rate=total(constant(132.0), jitter(13.0, 0xF)),
        growth=total(constant(2.0), ramp(-1.0, 12), jitter(0.01, 0xE)),
    ),
    "much allocation jitters": replace(
        _STEADY,
        alloc_rate=total(constant(330.0), jitter(33.0, 0)),
        growth=total(constant(2.0), ramp(-1.0, 12), jitter(0.01, 0x152)),
    ),
    "small slow heap": _slow((2.0, -1.0, 3)),
    "medium slow heap": _slow((2.0, -1.0, 8)),
    "large slow heap": _slow((4.0, -3.0, 12)),
}
"""Name → program, for every pacer; the last three from go1.19 on."""

LIMITED = {
    "limit far off": _limited(100),
    "limit far off, no GOGC": _limited(-1),
    "over the limit": _limited(100, 3.5),
    "over the limit, no GOGC": _limited(-1, 3.5),
    "at the limit": _limited(100, 3.0),
    "at the limit, no GOGC": _limited(-1, 3.0),
}
"""Programs with a memory limit of 512 MiB."""


class Check(NamedTuple):
    """From cycle `first` to `last` (from 1 on), a number lies between two others.

    A bound may be a number or depend on all cycles and the number of this one.
    """

    what: str
    middle: float | str
    """A number, `previous` for that of the cycle before, `twelfth` for that of cycle 12."""
    below: float
    above: float
    first: int
    last: int = _ALL

    def fails(self, ended: list[Ended]) -> list[str]:
        """Each cycle that breaks it, in words."""
        told = []
        for number in range(self.first, min(self.last, len(ended)) + 1):
            value = _number(ended[number - 1], self.what)
            middle = self.middle
            if middle == "previous":
                middle = _number(ended[number - 2], self.what)
            elif middle == "twelfth":
                middle = _number(ended[11], self.what)
            elif middle == "live":
                middle = float(ended[number - 1].live_bytes)
            if not float(middle) - self.below <= value <= float(middle) + self.above:
                told.append(f"cycle {number}: {self.what} {value} is not near {middle}")
        return told


def _number(ended: Ended, what: str) -> float:
    return float(getattr(ended, what))


def _at(what: str, value: float, by: float, first: int, last: int = _ALL) -> Check:
    return Check(what, value, by, by, first, last)


def _like(which: str, by: float, first: int, last: int = _ALL) -> Check:
    return Check("utilisation", which, by, by, first, last)


def _in(what: str, low: float, high: float, first: int, last: int = _ALL) -> Check:
    return Check(what, low, 0.0, high - low, first, last)


_GOOD_GOAL = _in("goal_ratio", 0.95, 1.05, 25)
_SETTLED = (_like("previous", 0.005, 25), _GOOD_GOAL)
_GOAL_CPU = _at("utilisation", 0.25, 0.005, 25)
_TWICE = (
    _like("previous", 0.005, 25, 49),
    _like("previous", 0.005, 75),
    _in("goal_ratio", 0.95, 1.05, 25, 49),
    _in("goal_ratio", 0.95, 1.05, 75),
)


def _slowly(first: int) -> tuple[Check, ...]:
    return (
        _in("goal_ratio", 0.925, 1.025, first),
        _in("trigger_ratio", 0.925, 0.975, first),
        _at("utilisation", 0.25, 0.005, 26),
        _like("previous", 0.05, 26),
        _like("twelfth", 0.05, 26),
    )


_NEW: dict[str, tuple[Check, ...]] = {
    "steady": (_GOAL_CPU, *_SETTLED),
    "big stacks": (_GOAL_CPU, *_SETTLED),
    "big globals": (_GOAL_CPU, *_SETTLED),
    "allocation steps up": _TWICE,
    "allocation leaps up": _TWICE,
    "scannable part jumps": _TWICE,
    "high GOGC": (
        _in("goal_ratio", 0.90, 1.05, 13, 25),
        _in("goal_ratio", 0.90, 15.0, 26, 26),
        _in("goal_ratio", 0.90, 1.05, 27),
        _at("utilisation", 0.25, 0.28, 13),
        _like("previous", 0.03, 13),
    ),
    "allocation swings": (
        _in("goal_ratio", 0.95, 1.05, 13),
        _in("utilisation", 0.25, 0.3, 13),
    ),
    "allocation jitters": (
        _in("goal_ratio", 0.95, 1.025, 13),
        _in("utilisation", 0.25, 0.275, 13),
    ),
    "much allocation jitters": (
        _in("goal_ratio", 0.95, 1.05, 14),
        _like("previous", 0.05, 14),
        _like("twelfth", 0.05, 14),
    ),
    "small slow heap": _slowly(5),
    "medium slow heap": _slowly(10),
    "large slow heap": (
        _in("goal_ratio", 0.95, 1.05, 14),
        _at("runway_bytes", _HEAP_MINIMUM, 64 << 10, 14),
        *_slowly(5)[2:],
    ),
}
"""What is expected of go1.20 and later."""

_CONTROLLED = {
    **_NEW,
    "allocation jitters": (
        _in("goal_ratio", 0.95, 1.05, 13),
        _in("utilisation", 0.25, 0.3, 13),
    ),
}
"""What is expected of go1.18 and go1.19."""


def _limits(goal_bytes: int) -> dict[str, tuple[Check, ...]]:
    """Where the memory limit can give no larger goal than this."""
    return {
        "limit far off": (
            _in("peak_bytes", 0, goal_bytes - 1, 1),
            _GOAL_CPU,
            *_SETTLED,
        ),
        "limit far off, no GOGC": (
            _at("goal_bytes", goal_bytes, 0, 1),
            _GOAL_CPU,
            *_SETTLED,
        ),
        "over the limit": (
            Check("goal_bytes", "live", 0, 0, 13),
            _at("utilisation", 1.0, 0.005, 25),
            _like("previous", 0.005, 25),
        ),
        "over the limit, no GOGC": (
            _at("goal_bytes", goal_bytes, 0, 1, 9),
            Check("goal_bytes", "live", 0, 0, 13),
            _at("utilisation", 1.0, 0.005, 25),
            _like("previous", 0.005, 25),
        ),
        "at the limit": (
            _at("goal_bytes", goal_bytes, 0, 13),
            _GOAL_CPU,
            *_SETTLED,
        ),
        "at the limit, no GOGC": (
            _at("goal_bytes", goal_bytes, 0, 1),
            _GOAL_CPU,
            *_SETTLED,
        ),
    }


_FEEDBACK: dict[str, tuple[Check, ...]] = {
    "steady": _SETTLED,
    "big stacks": _SETTLED[:1],
    "big globals": _SETTLED[:1],
    "allocation steps up": _TWICE,
    "allocation leaps up": _TWICE,
    "scannable part jumps": _TWICE,
    "allocation swings": (
        _in("goal_ratio", 0.95, 1.05, 13),
        _in("utilisation", 0.25, 0.4, 13),
    ),
    "allocation jitters": (
        _in("goal_ratio", 0.95, 1.05, 13),
        _in("utilisation", 0.25, 0.4, 13),
    ),
    "much allocation jitters": (
        _in("goal_ratio", 0.95, 1.05, 14),
        _like("previous", 0.05, 14),
        _like("twelfth", 0.07, 14),
    ),
}
"""What is expected of the trigger ratio of go1.17."""


def expected(version: GoVersion) -> dict[str, tuple[Check, ...]]:
    """Scenario → what the runtime's test expects of this version."""
    if version < GoVersion(18):
        return _FEEDBACK
    checks = _CONTROLLED if version < GoVersion(20) else _NEW
    if version == GoVersion(18):
        return {name: checks[name] for name in checks if "slow" not in name}
    headroom = _LIMIT // 100 * 3 if version > GoVersion(20) else MIB
    return {**checks, **_limits(_LIMIT - headroom)}
