"""All pacers by version: `PACERS` is the table, `pacer_for` the door."""

from __future__ import annotations

from dataclasses import replace

from gotrace.model.pacer.cons_mark import largest_of_five, smoothed
from gotrace.model.pacer.feedback import FeedbackPacer
from gotrace.model.pacer.feedback_assists import (
    whole_heap,
    whole_heap_at_start,
    within_soft_goal,
    within_work,
)
from gotrace.model.pacer.heap_goal import HeapGoalPacer
from gotrace.model.pacer.pi_1_18 import PI118Pacer
from gotrace.model.pacer.rules import Pacer
from gotrace.model.pacer.stop_the_world import StopTheWorldPacer
from gotrace.model.pacer.trigger_ratio import RatioRules
from gotrace.model.versions import GoVersion, resolve

__all__ = ["PACERS", "pacer_for"]

_GO15 = FeedbackPacer(
    GoVersion(5), RatioRules(0.25), whole_heap_at_start, counts_reachable=True, moves_goal=False
)
_GO16 = replace(
    _GO15,
    version=GoVersion(6),
    ratios=RatioRules(0.25, caps_start=True),
    assists=whole_heap,
    moves_goal=True,
)
_GO18 = replace(_GO16, version=GoVersion(8), counts_reachable=False)
_GO19 = replace(
    _GO18,
    version=GoVersion(9),
    ratios=RatioRules(0.25, bounds_start=True, keeps_when_forced=True),
)
_GO110 = replace(
    _GO19,
    version=GoVersion(10),
    ratios=replace(_GO19.ratios, goal_utilisation=0.30),
    assists=within_soft_goal,
    has_rounded_workers=True,
)
_GO113 = replace(
    _GO110,
    version=GoVersion(13),
    ratios=replace(_GO110.ratios, has_effective_goal=True),
    scales_sweep_distance=False,
    fakes_small_heaps=False,
)
_GO114 = replace(
    _GO113,
    version=GoVersion(14),
    ratios=replace(_GO113.ratios, min_ratio=0.6, is_min_first=True),
    assists=within_work,
)
_GO115 = replace(
    _GO114,
    version=GoVersion(15),
    ratios=replace(_GO114.ratios, is_min_first=False, is_min_scaled=True),
)

PACERS = (
    StopTheWorldPacer(GoVersion(0), 4, False),
    StopTheWorldPacer(GoVersion(1), 8, False),
    StopTheWorldPacer(GoVersion(3), 8, True),
    StopTheWorldPacer(GoVersion(4), 32, True),
    _GO15,
    _GO16,
    _GO18,
    _GO19,
    _GO110,
    _GO113,
    _GO114,
    _GO115,
    PI118Pacer(GoVersion(18)),
    HeapGoalPacer(GoVersion(19), 0, smoothed),
    HeapGoalPacer(GoVersion(20), 0, largest_of_five),
    HeapGoalPacer(GoVersion(21), 3, largest_of_five),
)
"""Oldest first: each row holds until the next one."""


def pacer_for(version: str | GoVersion) -> Pacer:
    """The pacer of `go1.22`, `1.5.1` or a `GoVersion`.

    Raises UsageError for names that are none.
    """
    wanted = resolve(version) if isinstance(version, str) else version
    row = max((row for row in PACERS if row.version <= wanted), key=lambda row: row.version)
    return replace(row, version=wanted)
