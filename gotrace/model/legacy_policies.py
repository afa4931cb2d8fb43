"""The allocators before go1.15, and tcmalloc, as choices of parts.

================  ==========================  =======================  ========================
name              small objects               page heap                address space
================  ==========================  =======================  ========================
go1.0             objects in lists, M caches  lists and large list     one reservation, 4 KiB
go1.3, 1.4, 1.5   lists in spans, P caches    lists and large list     one reservation, 8 KiB
go1.7, go1.8      bits in spans               lists and large list     one reservation
go1.9             span classes                lists and treap          one reservation
go1.11            span classes                lists and treap          arenas of 64 MiB
go1.12            span classes                two trees                arenas
go1.13            span classes                first fit by address     arenas
go1.14            span classes                page bitmap              arenas
tcmalloc-classic  thread caches               lists and large list     what the system gives
tcmalloc-2x       thread caches               lists and ordered set    what the system gives
================  ==========================  =======================  ========================
"""

from __future__ import annotations

from collections.abc import Callable

from gotrace.errors import ModelError
from gotrace.model.central import Central
from gotrace.model.central_lists import CentralLists
from gotrace.model.free_list_heap import FreeListHeap, KeepingFreeListHeap, PageCountingHeap
from gotrace.model.layout import FIRST_HINT, linear_layout
from gotrace.model.lists_heap import ListsHeap, StoppedFlushHeap, UnsplitHeap
from gotrace.model.object_list_heap import ObjectListHeap
from gotrace.model.pages import PageHeap
from gotrace.model.pages.bitmap import BitmapPages
from gotrace.model.pages.first_fit import FirstFitPages
from gotrace.model.pages.lists import ListPages
from gotrace.model.pages.sources import ArenaSource, LinearSource, SystemSource
from gotrace.model.pages.tcmalloc import TcmallocPages
from gotrace.model.pages.two_trees import TwoTreesPages
from gotrace.model.policy import Policy
from gotrace.model.tcmalloc_heap import TcmallocHeap
from gotrace.model.versions import GoVersion

__all__ = ["LEGACY_POLICIES", "TCMALLOC_POLICIES"]

_SYSTEM_ADDRESS = 1 << 32
"""Where tcmalloc's memory begins here; the real address depends on the system."""


def _linear_pages(minor: int, *, is_treap: bool = False) -> Callable[[int], PageHeap]:
    """Lists over the one reservation of go1.`minor`."""

    def make(first_address: int) -> PageHeap:
        source = LinearSource(linear_layout(GoVersion(minor)), first_address)
        return ListPages(source, is_treap=is_treap)

    return make


def _arena_lists(first_address: int) -> PageHeap:
    return ListPages(ArenaSource(first_address), is_treap=True)


def _two_trees(first_address: int) -> PageHeap:
    return TwoTreesPages(ArenaSource(first_address))


def _first_fit(first_address: int) -> PageHeap:
    return FirstFitPages(ArenaSource(first_address))


def _classic_pages(first_address: int) -> PageHeap:
    return TcmallocPages(SystemSource(first_address, 4096), is_classic=True)


def _gperftools_2_pages(first_address: int) -> PageHeap:
    return TcmallocPages(SystemSource(first_address, 8192), is_classic=False)


def _own_central() -> Central:
    """For heaps whose central lists are their own. Raises ModelError."""
    raise ModelError("this heap has central lists of its own")


def _arena_start(minor: int) -> int:
    return linear_layout(GoVersion(minor)).arena_start


LEGACY_POLICIES = (
    Policy("go1.0", ObjectListHeap, _linear_pages(0), _own_central, _arena_start(0)),
    Policy("go1.3", FreeListHeap, _linear_pages(3), _own_central, _arena_start(3)),
    Policy("go1.4", KeepingFreeListHeap, _linear_pages(4), _own_central, _arena_start(4)),
    Policy("go1.5", PageCountingHeap, _linear_pages(5), _own_central, _arena_start(5)),
    Policy("go1.7", UnsplitHeap, _linear_pages(7), CentralLists, _arena_start(7)),
    Policy("go1.8", UnsplitHeap, _linear_pages(8), CentralLists, _arena_start(8)),
    Policy(
        "go1.9",
        StoppedFlushHeap,
        _linear_pages(9, is_treap=True),
        CentralLists,
        _arena_start(9),
    ),
    Policy("go1.11", StoppedFlushHeap, _arena_lists, CentralLists, FIRST_HINT),
    Policy("go1.12", ListsHeap, _two_trees, CentralLists, FIRST_HINT),
    Policy("go1.13", ListsHeap, _first_fit, CentralLists, FIRST_HINT),
    Policy("go1.14", ListsHeap, BitmapPages, CentralLists, FIRST_HINT),
)
"""Oldest first. Versions between two rows are close to the row before them; docs/models.md says
where they are not."""

TCMALLOC_POLICIES = (
    Policy(
        "tcmalloc-classic",
        TcmallocHeap,
        _classic_pages,
        _own_central,
        _SYSTEM_ADDRESS,
        frees_at_once=True,
    ),
    Policy(
        "tcmalloc-2x",
        TcmallocHeap,
        _gperftools_2_pages,
        _own_central,
        _SYSTEM_ADDRESS,
        frees_at_once=True,
    ),
)
