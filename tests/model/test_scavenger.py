"""What goes back to the system, by version."""

from __future__ import annotations

import re

import pytest

from gotrace.model.layout import linear_layout
from gotrace.model.pages.lists import ListPages
from gotrace.model.pages.sources import ArenaSource, LinearSource
from gotrace.model.pages.two_trees import TwoTreesPages
from gotrace.model.scavenger import (
    SCAVENGERS,
    AgeScavenger,
    memory_limit_goal_bytes,
    retained_goal_bytes,
    scavenger_of,
)
from gotrace.model.versions import KNOWN, GoVersion
from tests.goroots import GOROOTS, GoRoot

SECOND_NS = 10**9
MIB = 1 << 20


def test_every_version_has_one_rule() -> None:
    assert [
        version for rule in SCAVENGERS for version in KNOWN if rule.first <= version <= rule.last
    ] == list(KNOWN)


def test_go10_looks_every_minute_and_releases_what_was_unused_for_five() -> None:
    pages = ListPages(LinearSource(linear_layout(GoVersion(0))))
    address = pages.allocate(256)
    pages.allocate(256)
    scavenger = AgeScavenger(scavenger_of(GoVersion(0)), pages)
    scavenger.tick(30 * SECOND_NS)
    pages.free(address, 256)
    released = [scavenger.tick(second * SECOND_NS) for second in range(60, 400, 10)]
    # Freed at 30 s. It looks at 60 s, 120 s, ... 300 s (unused for 270 s), 360 s (330 s).
    assert released.index(MIB) == (360 - 60) // 10
    assert sum(released) == MIB == pages.released_bytes


def test_the_monitor_thread_looks_every_two_and_a_half_minutes() -> None:
    pages = TwoTreesPages(ArenaSource())
    pages.allocate(1)
    scavenger = AgeScavenger(scavenger_of(GoVersion(12)), pages)
    released = [scavenger.tick(second * SECOND_NS) for second in range(10, 600, 10)]
    # At 300 s the run has been unused for exactly the limit: not longer.
    assert released.index(8191 * 8192) == 450 // 10 - 1


def test_from_go113_on_age_does_not_matter() -> None:
    pages = ListPages(ArenaSource(), is_treap=True)
    pages.allocate(1)
    assert AgeScavenger(scavenger_of(GoVersion(13)), pages).tick(3600 * SECOND_NS) == 0


def test_linux_was_told_free_instead_of_dontneed_from_go112_to_go115() -> None:
    lazily = [v for v in KNOWN if scavenger_of(v).advice == "MADV_FREE"]
    assert lazily == [GoVersion(minor) for minor in (12, 13, 14, 15)]


def test_the_goal_is_what_was_in_use_scaled_and_a_tenth_more_in_whole_pages() -> None:
    assert retained_goal_bytes(10 * MIB, 8 * MIB, 4 * MIB) == 22 * MIB
    assert retained_goal_bytes(4097, 100, 100) == 8192
    assert retained_goal_bytes(10 * MIB, 8 * MIB, 0) is None, "before the first collection"


def test_the_memory_limit_is_kept_at_95_percent_except_where_go_meant_it_only() -> None:
    assert memory_limit_goal_bytes(GoVersion(18), 100 * MIB) is None
    assert memory_limit_goal_bytes(GoVersion(21), 100 * MIB) == 9500 * MIB
    assert memory_limit_goal_bytes(GoVersion(22), 100 * MIB) == 95 * MIB


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_the_constants_are_those_of_the_runtimes_source(root: GoRoot) -> None:
    source = root.source("runtime/mgcscavenge.go")
    assert re.search(r"^\tretainExtraPercent = 10$", source, re.M)
    assert re.search(r"^\treduceExtraPercent = 5$", source, re.M)
    is_right = "(1 - reduceExtraPercent/100.0)" in source
    assert is_right == (memory_limit_goal_bytes(root.version, 1000) == 950)
