"""Allocators by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gotrace.errors import UsageError
from gotrace.model.policies import RUNTIMES, new_heap, policy_for
from gotrace.model.sizes import size_rules
from gotrace.model.versions import KNOWN, GoVersion

NAMED = ["go1.14", "go1.16", "go1.18", "go1.19", "go1.22", "go1.25", "go1.26", "go1.27"]


@pytest.mark.parametrize("name", NAMED)
def test_a_named_runtime_has_a_row_and_makes_an_empty_heap(name: str) -> None:
    assert RUNTIMES[name].name == name
    heap = new_heap(name)
    heap.check()
    assert heap.statistics().mapped_bytes == 0
    assert heap.allocate(0, 100, False).slot_bytes == 112


@pytest.mark.parametrize(
    ("name", "version", "row"),
    [("go1.23", "go1.23", "go1.22"), ("1.21.13", "go1.21", "go1.19"), ("go1.6", "go1.6", "go1.5")],
)
def test_a_version_without_a_row_has_the_parts_of_the_newest_before_it(
    name: str, version: str, row: str
) -> None:
    assert policy_for(name) == replace(RUNTIMES[row], name=version)


@pytest.mark.parametrize("version", KNOWN, ids=str)
def test_every_version_makes_a_heap_with_its_own_size_rules(version: GoVersion) -> None:
    assert policy_for(str(version)).sizes == size_rules(version)
    new_heap(str(version)).check()


def test_the_heap_begins_where_the_caller_saw_it() -> None:
    assert new_heap("go1.27", 0xC000122000).allocate(0, 8, False).address == 0xC000122000
    assert new_heap("go1.25").allocate(0, 8, False).address == 0xC000000000
    assert RUNTIMES["go1.26"].has_random_base
    assert not RUNTIMES["go1.25"].has_random_base


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"`jemalloc` is not a Go version.*runtimes:.*go1\.16"):
        policy_for("jemalloc")
