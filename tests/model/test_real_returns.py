"""What goes back to the system, beside the runtime itself: every installed toolchain."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from gotrace.model.policies import policy_for
from gotrace.model.scavenged_heap import ReturnSettings, ScavengedHeap, scavenged
from tests.goroots import GOROOTS, GoRoot

PROGRAMS = Path(__file__).parent / "go_programs"
MIB = 1 << 20
PAGE_CACHE_BYTES = 64 * 8192
"""What one P may hold of free pages: they are idle, and nobody gives them back."""

OWN_BYTES = 8 * 32768
"""Spans that come and go in the process beside its objects: stacks, work buffers."""

each_goroot = pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))


class Moment(NamedTuple):
    """A line that the program prints."""

    mapped: int
    idle: int
    in_use: int
    released: int


def printed(root: GoRoot, name: str) -> list[list[str]]:
    """The words of each line that a program prints."""
    return [line.split() for line in root.run(PROGRAMS / name).splitlines()]


@cache
def real(root: GoRoot) -> dict[str, Moment]:
    rows = printed(root, "returned.go")
    return {name: Moment(*map(int, numbers)) for name, *numbers in rows}


@cache
def modelled(root: GoRoot) -> dict[str, Moment]:
    """The same program, its large objects alone."""
    policy = scavenged(policy_for(str(root.version)), ReturnSettings(has_background=False))
    heap = policy.heap(policy, policy.first_address)
    assert isinstance(heap, ScavengedHeap)
    found: dict[str, Moment] = {}

    def look(name: str) -> None:
        heap.check()
        now = heap.statistics()
        found[name] = Moment(now.mapped_bytes, now.idle_bytes, now.in_use_bytes, now.released_bytes)

    kept = [heap.allocate(0, MIB, False).address for _ in range(96)]
    look("full")
    for dead in ([at for i, at in enumerate(kept) if i % 3], []):
        heap.begin_mark()
        heap.end_mark(dead)
        heap.sweeper.finish()
        if dead:
            look("dropped")
    heap.free_os_memory()
    look("freed")
    for size in [MIB] * 8 + [5 * MIB]:
        heap.allocate(0, size, False)
    look("again")
    return found


def gone(found: dict[str, Moment], before: str, after: str) -> int:
    """How much less of the heap the process has."""
    kept = [found[name].mapped - found[name].released for name in (before, after)]
    return kept[0] - kept[1]


@each_goroot
def test_free_os_memory_leaves_nothing_but_what_a_p_holds(root: GoRoot) -> None:
    for moment in (real(root)["freed"], modelled(root)["freed"]):
        assert 0 <= moment.idle - moment.released <= PAGE_CACHE_BYTES
    assert modelled(root)["freed"].released == modelled(root)["freed"].idle == 64 * MIB


@each_goroot
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("full", "dropped", 0), ("dropped", "freed", 64 * MIB), ("freed", "again", -13 * MIB)],
)
def test_what_goes_and_comes_back_is_the_same(
    root: GoRoot, before: str, after: str, expected: int
) -> None:
    assert gone(modelled(root), before, after) == expected
    assert abs(gone(real(root), before, after) - expected) <= OWN_BYTES


def kept_by_the_model(root: GoRoot) -> list[int]:
    """The program `background.go`: what stays after each collection and all scavenging."""
    policy = scavenged(policy_for(str(root.version)))
    heap = policy.heap(policy, policy.first_address)
    assert isinstance(heap, ScavengedHeap)
    objects = [heap.allocate(0, MIB, False).address for _ in range(64)]
    kept: list[int] = []
    for dead in ([], [at for i, at in enumerate(objects) if i % 8], [], []):
        heap.begin_mark()
        heap.end_mark(dead)
        heap.sweeper.finish()
        heap.returning.run_background()
        kept.append(heap.returning.ready_bytes)
    return kept


@each_goroot
def test_the_background_scavenger_comes_as_far_and_as_late_as_the_model_says(root: GoRoot) -> None:
    real_kept = [int(number) for _, number in printed(root, "background.go")]
    kept = kept_by_the_model(root)
    # What was dropped lies above where the search of that cycle begins; in the process, most of it.
    assert kept[0] == kept[1] == 64 * MIB
    assert real_kept[1] > 56 * MIB
    assert abs(real_kept[2] - kept[2]) < MIB
    assert abs(real_kept[3] - kept[3]) < MIB
    assert kept[2] == kept[3] < 9 * MIB
