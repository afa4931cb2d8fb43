"""The table of the runtime's functions, and the runtimes that are installed."""

from __future__ import annotations

import re
from functools import cache

import pytest

from gotrace.analyses.gc_cost.functions import (
    GROUPS,
    NEWEST_MINOR,
    OLDEST_MINOR,
    RuntimeFunction,
    pattern_of,
)
from gotrace.model.versions import NEWEST
from tests.goroots import GOROOTS, GoRoot

OLDEST_INSTALLED = 21
FUNCTIONS = [function for group in GROUPS.values() for function in group]

_GO = re.compile(r"^func (?:\((?:\w+ )?(\*?)(\w+)(?:\[\w+\])?\) )?(\w+)[\[(]", re.MULTILINE)
_ASSEMBLY = re.compile(r"^TEXT\s+(runtime)?(·?)(\w+)(<>|<ABI\w+>)?", re.MULTILINE)


@cache
def declared(root: GoRoot) -> frozenset[str]:
    """The functions of package runtime, on any system; those of assembly alone behind a `=`."""
    folder = root.path / "src" / "runtime"
    names: set[str] = set()
    for path in [*folder.glob("*.go"), *folder.glob("*.s")]:
        if path.name.endswith("_test.go"):
            continue
        text = path.read_text(errors="replace")
        for star, receiver, name in _GO.findall(text):
            typed = f"({star}{receiver})." if star else f"{receiver}." if receiver else ""
            names.add(typed + name)
        for _, dot, name, _ in _ASSEMBLY.findall(text):
            names.add(name if dot else f"={name}")
    return frozenset(names)


def is_in(root: GoRoot, function: RuntimeFunction) -> bool:
    pattern = ("=" if function.is_bare else "") + re.escape(function.name).replace(r"\#", "[0-9]+")
    return any(re.fullmatch(pattern, name) for name in declared(root))


@pytest.mark.parametrize("root", GOROOTS, ids=lambda root: str(root.version))
def test_a_runtime_has_exactly_the_functions_of_its_version(root: GoRoot) -> None:
    minor = root.version.minor
    wrong = [
        f"{function.name}: 1.{function.since} to 1.{function.until}"
        for function in FUNCTIONS
        if is_in(root, function) != (function.since <= minor <= function.until)
    ]
    assert not wrong


def test_ranges_lie_within_the_versions_that_are_known() -> None:
    assert NEWEST.minor == NEWEST_MINOR
    assert all(
        OLDEST_MINOR <= function.since <= function.until <= NEWEST_MINOR for function in FUNCTIONS
    )


def test_every_version_can_tell_every_group_that_all_versions_have() -> None:
    since = {group: min(f.since for f in functions) for group, functions in GROUPS.items()}
    until = {group: max(f.until for f in functions) for group, functions in GROUPS.items()}
    for group, functions in GROUPS.items():
        for minor in range(since[group], until[group] + 1):
            assert any(f.since <= minor <= f.until for f in functions), (group, minor)
    assert min(until.values()) >= OLDEST_INSTALLED


def test_a_function_is_in_one_group() -> None:
    keys = [(function.name, function.since) for function in FUNCTIONS]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("group", "name", "matches"),
    [
        ("mark_worker", "runtime.gcBgMarkWorker.func2", True),
        ("mark_worker", "runtime.gcDrain", True),
        ("mark_worker", "runtime.gcDrainN", False),
        ("mark_worker", "main.runtime.gcDrain", False),
        ("sweep", "runtime.(*sweepLocked).sweep", True),
        ("sweep", "runtime.(*sweepLocked).sweep.(*mheap).freeSpan.func3", True),
        ("write_barrier", "gcWriteBarrier", True),
        ("write_barrier", "runtime.gcWriteBarrier", True),
        ("write_barrier", "runtime.gcWriteBarrier3", True),
        ("write_barrier", "mygcWriteBarrier", False),
        ("small_scan", "runtime.mallocgcSmallScanNoHeaderSC17", True),
        ("small_scan", "runtime.mallocgcSmallScanHeader", False),
        ("stack_growth", "runtime.morestack.abi0", True),
        ("malloc", "runtime.mallocgcTiny", False),
    ],
)
def test_a_pattern_takes_closures_and_numbers_but_no_other_names(
    group: str, name: str, matches: bool
) -> None:
    assert (re.match(pattern_of([group]), name) is not None) == matches
