"""What goes back to the system, by version, and the goals that decide how much.

To go1.12 age decides: free runs unused for 5 minutes are released, at fixed times. (A comment of
go1.0 said that memory is never given back; its own source has the scavenger.) From go1.13 on a
background scavenger works towards a goal, highest addresses first.

The page heaps do the releasing: `release_unused` of `gotrace.model.pages.lists` and `two_trees`,
`release` of `first_fit`, `gotrace.model.pages.scavenged` from go1.14 on. `gotrace.model.returns`
says when, for a stream. Sources: `MHeap_Scavenger` in `runtime/mheap.c`, `sysmon` in
`runtime/proc.go`, `gcPaceScavenger` in `runtime/mgcscavenge.go`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gotrace.model.versions import GoVersion

__all__ = [
    "SCAVENGERS",
    "UNUSED_LIMIT_NS",
    "AgeScavenger",
    "ReleasesUnused",
    "ScavengerRule",
    "memory_limit_goal_bytes",
    "retained_goal_bytes",
    "scavenger_of",
]

UNUSED_LIMIT_NS = 300 * 10**9
"""Runs unused for longer are released (`scavengelimit`, to go1.12)."""

_MINUTE_NS = 60 * 10**9


@dataclass(frozen=True)
class ScavengerRule:
    """How the versions `first` to `last` give memory back."""

    first: GoVersion
    last: GoVersion
    wake_ns: int
    """How often age is looked at; 0: a goal decides."""
    has_growth_release: bool
    """Whether a growing heap releases as much as it grows, or what it goes over its goal."""
    has_memory_limit: bool
    keeps_dense: bool
    """Whether chunks that are nearly full are left alone."""
    releases_after_taking: bool
    """Whether a growth pays after its pages were taken; before, what is given back may be those."""
    quantum_bytes: int
    """What the background scavenger gives back at a time; 0: it goes by age."""
    advice: str
    """What Linux is told of released pages (`madvise`)."""

    @property
    def is_by_age(self) -> bool:
        """Whether age decides, not a goal."""
        return self.wake_ns > 0


def _by_age(
    first: int, last: int, wake_ns: int, advice: str, growth: bool = False
) -> ScavengerRule:
    rule = (wake_ns, growth, False, False, False, 0, advice)
    return ScavengerRule(GoVersion(first), GoVersion(last), *rule)


def _by_goal(first: int, last: int, advice: str, *, dense: bool = False) -> ScavengerRule:
    is_unlocked = first >= 18  # it runs without the heap's lock, so when pages have been taken
    quantum = 64 << 10 if is_unlocked else 4 << 10
    rule = (0, True, first >= 19, dense, is_unlocked, quantum, advice)
    return ScavengerRule(GoVersion(first), GoVersion(last), *rule)


SCAVENGERS = (
    _by_age(0, 4, _MINUTE_NS, "MADV_DONTNEED"),  # a goroutine of its own
    _by_age(5, 11, UNUSED_LIMIT_NS // 2, "MADV_DONTNEED"),  # the monitor thread
    _by_age(12, 12, UNUSED_LIMIT_NS // 2, "MADV_FREE", growth=True),
    _by_goal(13, 15, "MADV_FREE"),  # in the background, 1 % of one CPU
    _by_goal(16, 17, "MADV_DONTNEED"),
    _by_goal(18, 18, "MADV_DONTNEED"),
    _by_goal(19, 20, "MADV_DONTNEED"),
    _by_goal(21, 27, "MADV_DONTNEED", dense=True),
)
"""Oldest first; together they cover every known version."""


def scavenger_of(version: GoVersion) -> ScavengerRule:
    """The rule of `version`."""
    return next(rule for rule in SCAVENGERS if rule.first <= version <= rule.last)


class ReleasesUnused(Protocol):
    """What `AgeScavenger` needs of a page heap."""

    now_ns: int

    def release_unused(self, limit_ns: int) -> int:
        """Release what was unused for longer; gives the bytes."""
        ...


class AgeScavenger:
    """The scavenger of go1.0 to go1.12 over one page heap: `tick` it with the time."""

    def __init__(self, rule: ScavengerRule, pages: ReleasesUnused) -> None:
        self.rule = rule
        self.pages = pages
        self._woke_ns = pages.now_ns

    def tick(self, now_ns: int) -> int:
        """Move the heap's clock on to `now_ns`; gives the bytes released, if it was time to.

        A clock that goes back stands still. If it was time more than once, the last one counts:
        nothing happened between.
        """
        now_ns = max(now_ns, self.pages.now_ns)
        released = 0
        wakes = (now_ns - self._woke_ns) // self.rule.wake_ns if self.rule.is_by_age else 0
        if wakes:
            self._woke_ns += wakes * self.rule.wake_ns
            self.pages.now_ns = self._woke_ns
            released = self.pages.release_unused(UNUSED_LIMIT_NS)
        self.pages.now_ns = now_ns
        return released


def retained_goal_bytes(
    in_use_bytes: int, goal_bytes: int, last_goal_bytes: int, physical_page_bytes: int = 4096
) -> int | None:
    """How much a heap of go1.13 on wants to keep from the system: `gcPercentGoal`.

    What was in use at the end of the last mark, scaled as the goal changed, and a tenth more, in
    whole physical pages. None before the first collection: no limit.
    """
    if last_goal_bytes == 0:
        return None
    scaled = int(float(in_use_bytes) * (float(goal_bytes) / float(last_goal_bytes)))
    wanted = scaled + scaled // 10
    return -(-wanted // physical_page_bytes) * physical_page_bytes


def memory_limit_goal_bytes(version: GoVersion, limit_bytes: int) -> int | None:
    """Above how much the scavenger works for GOMEMLIMIT; None where it never does.

    95 % of the limit. go1.19 to go1.21 multiply by 95 instead of 0.95, so that the background
    scavenger never sees the limit: that is their behaviour, and so ours.
    """
    if not scavenger_of(version).has_memory_limit:
        return None
    factor = 95.0 if version < GoVersion(22) else 1 - 5 / 100.0
    return int(float(limit_bytes) * factor)
