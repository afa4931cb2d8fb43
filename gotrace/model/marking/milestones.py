"""How Go marked and swept, version by version: `MILESTONES` is the table.

A version without a row has the rules of the row before it. The parts of `mgc.go`, `mgcmark.go` and
`mbarrier.go` that decide them were read for go1.5 to go1.8 and go1.27, and their constants compared
with go1.21 to go1.27; the rows of 1.1, 1.12 and 1.14 follow the release notes. What is left out
changes nothing about which objects survive: how many threads mark, that work buffers are emptied
in two rounds to go1.11 (in the second, go1.5 and go1.6 already allocate black), that 1.7 rescans
only stacks that ran since.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gotrace.errors import UsageError
from gotrace.model.marking.rules import Assists, Barrier, Order, Rules
from gotrace.model.versions import NEWEST, GoVersion, resolve

__all__ = ["MILESTONES", "Milestone", "milestone_for", "with_barrier"]


@dataclass(frozen=True)
class Milestone:
    """A version that marks or sweeps in another way than the one before."""

    version: GoVersion
    rules: Rules
    meaning: str
    """What changed."""
    source: str
    """Where the version says so."""


_STOPPED = Rules(
    barrier=Barrier.NONE,
    is_new_black=False,
    stops_to_mark=True,
    stops_to_sweep=True,
    guards_globals=False,
    has_precise_heap=False,
    has_precise_stacks=False,
)
_GO_1_1 = replace(_STOPPED, has_precise_heap=True)
_GO_1_3 = replace(_GO_1_1, stops_to_sweep=False, has_precise_stacks=True)
_GO_1_5 = replace(
    _GO_1_3,
    barrier=Barrier.DIJKSTRA,
    stops_to_mark=False,
    rescans_stacks=True,
    rescans_globals=True,
    assists=Assists(),
)
_GO_1_7 = replace(_GO_1_5, is_new_black=True, rescans_globals=False, guards_globals=True)
_GO_1_8 = replace(_GO_1_7, barrier=Barrier.HYBRID, rescans_stacks=False)
_GO_1_10 = replace(_GO_1_8, buffer_entries=512)
_GO_1_12 = replace(_GO_1_10, marks_in_termination=False)
_GO_1_26 = replace(_GO_1_12, order=Order.SPANS)

MILESTONES = tuple(
    Milestone(GoVersion(minor), rules, meaning, source)
    for minor, rules, meaning, source in (
        (
            0,
            _STOPPED,
            "mark and sweep while the world stands still; what looks like an address counts as a "
            "pointer, but in noscan objects",
            "runtime/mgc0.c",
        ),
        (
            1,
            _GO_1_1,
            "types tell the pointers of heap objects; stacks are still guessed at",
            "runtime/mgc0.c",
        ),
        (
            3,
            _GO_1_3,
            "stacks are precise too; sweeping runs beside the program",
            "runtime/mgc0.c",
        ),
        (
            5,
            _GO_1_5,
            "marking runs beside the program: three colours, a write barrier that shades new "
            "pointers, assists; stacks and globals are scanned again in mark termination",
            "runtime/mbarrier.go",
        ),
        (
            7,
            _GO_1_7,
            "new objects are black from the start; globals have the barrier and are scanned once",
            "runtime/malloc.go",
        ),
        (
            8,
            _GO_1_8,
            "the hybrid barrier: no stack is scanned twice, mark termination is short",
            "runtime/mbarrier.go",
        ),
        (9, _GO_1_8, "forced collections run beside the program too", "runtime/mgc.go"),
        (
            10,
            _GO_1_10,
            "the barrier takes pointers down in a buffer of its P, to shade them later",
            "runtime/mwbbuf.go",
        ),
        (
            12,
            _GO_1_12,
            "mark termination marks nothing: if a barrier left work, the world goes on first",
            "runtime/mgc.go",
        ),
        (
            14,
            _GO_1_12,
            "a goroutine can be stopped for its stack scan anywhere, not only in calls",
            "runtime/preempt.go",
        ),
        (
            26,
            _GO_1_26,
            "Green Tea: small objects are scanned span by span, in the order in which spans were "
            "met (go1.25: an experiment)",
            "runtime/mgcmark_greenteagc.go",
        ),
    )
)
"""Oldest first."""


def milestone_for(runtime: str = "") -> tuple[GoVersion, Milestone]:
    """The version that `go1.8`, `1.21.3` or nothing (the newest) means, and its row.

    Raises UsageError for what is no known version of Go.
    """
    version = resolve(runtime) if runtime else NEWEST
    return version, [row for row in MILESTONES if row.version <= version][-1]


def with_barrier(rules: Rules, barrier: Barrier) -> Rules:
    """`rules` with another barrier and with what that barrier asks for to be safe.

    Insertion asks for a second scan of stacks, deletion for one scan of all of them in the first
    stop, the hybrid for neither; both of the last for black new objects. No barrier asks for
    nothing, and is safe only while the world stands still. Raises UsageError where the rules have
    no use for a barrier.
    """
    if barrier is rules.barrier:
        return rules
    if rules.stops_to_mark:
        raise UsageError(f"marking stops the world here: there is no use for --barrier {barrier}")
    if barrier is Barrier.NONE:
        return replace(rules, barrier=barrier)
    if barrier is Barrier.DIJKSTRA:
        return replace(rules, barrier=barrier, rescans_stacks=True, marks_in_termination=True)
    return replace(
        rules,
        barrier=barrier,
        is_new_black=True,
        guards_globals=True,
        rescans_globals=False,
        rescans_stacks=False,
        stops_to_scan_stacks=barrier is Barrier.YUASA,
    )
