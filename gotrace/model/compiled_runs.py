"""The tables of compiled page heaps of whole free runs, by the type of the readable one."""

from __future__ import annotations

import secrets
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from gotrace.model.compiled_memory import larger, new_memory
from gotrace.model.pages import PageHeap
from gotrace.model.pages.first_fit import FirstFitPages
from gotrace.model.pages.free_runs import FreeRunPages
from gotrace.model.pages.lists import ListPages
from gotrace.model.pages.tcmalloc import TcmallocPages
from gotrace.model.pages.two_trees import TwoTreesPages
from gotrace.model.policy import Policy

__all__ = ["RUN_PAGES", "RunPageTables"]

_ARENA_BYTES = 64 << 20
_FIRST_PAGES = 1 << 15
_KIND_LISTS = 320
"""Lists of one state in tcmalloc's page heap (`KIND_LISTS`)."""

_FREE_RUN = -4
"""What the column SPAN_CLASS says of a free run; its column 3 is what went back to the system."""


def _lists(pages: Any, readable: FreeRunPages) -> None:
    if isinstance(readable, ListPages):
        pages.is_by_size = True
        pages.exact_lists = readable.exact_lists
        pages.lists = np.zeros(2 * readable.exact_lists, np.int32)


def _two_trees(pages: Any, readable: FreeRunPages) -> None:
    pages.is_by_size = True


def _first_fit(pages: Any, readable: FreeRunPages) -> None:
    pages.is_by_size = False


def _tcmalloc(pages: Any, readable: FreeRunPages) -> None:
    if isinstance(readable, TcmallocPages):
        pages.is_by_size = True
        pages.is_classic = readable.is_classic
        pages.longest_list = readable.longest_list
        pages.release_index = readable.longest_list + 1
        pages.lists = np.zeros(2 * 2 * _KIND_LISTS, np.int32)


_MAKERS = MappingProxyType(
    {
        ListPages: ("ListPages", _lists),
        TwoTreesPages: ("TwoTreesPages", _two_trees),
        FirstFitPages: ("FirstFitPages", _first_fit),
        TcmallocPages: ("TcmallocPages", _tcmalloc),
    }
)
"""Readable page heap → name of the compiled one, and what it needs beside."""

RUN_PAGES = (ListPages, TwoTreesPages, FirstFitPages, TcmallocPages)
"""The page heaps that `RunPageTables` knows."""


class RunPageTables:
    """A page heap of go1.0 to go1.13 or of tcmalloc, with its tables.

    Raises TypeError for any other.
    """

    def __init__(
        self, kernel: ModuleType, policy: Policy, readable: PageHeap, first_address: int
    ) -> None:
        if not isinstance(readable, FreeRunPages):
            raise TypeError(f"{policy.name} has no page heap of whole runs")
        name, add_tables = _MAKERS[type(readable)]
        page_bytes, source = readable.page_bytes, readable.source
        # Whole arenas, for the page reclaimer goes by them.
        base = first_address // _ARENA_BYTES * _ARENA_BYTES
        self.memory = new_memory(kernel, policy, base // page_bytes)
        pages = self.pages = getattr(kernel, name)(self.memory)
        pages.seed = secrets.randbits(64)
        pages.first_page = pages.next_page = (first_address - base) // page_bytes
        pages.end_page = pages.first_page + (source.end - first_address) // page_bytes
        pages.unit_pages = source.unit_bytes // page_bytes
        pages.least_pages = source.least_bytes // page_bytes
        pages.is_new_memory_released = readable.is_new_memory_released
        add_tables(pages, readable)
        self.memory.page_map = np.zeros(_FIRST_PAGES, np.int32)

    def grow(self) -> None:
        """Twice the pages, at least those wanted."""
        wanted = max(int(self.memory.wanted_pages), 2 * len(self.memory.page_map))
        self.memory.page_map = larger(self.memory.page_map, wanted)

    @property
    def mapped_bytes(self) -> int:
        """Everything taken from the system so far."""
        return int(self.pages.next_page - self.pages.first_page) * int(self.memory.page_bytes)

    @property
    def released_bytes(self) -> int:
        """Free memory that went back to the system, or never was used."""
        rows = np.asarray(self.memory.rows).reshape(-1, 16)[1 : self.memory.last_row + 1]
        released = rows[rows[:, 2] == _FREE_RUN, 3].sum(dtype=np.int64)
        return int(released) * int(self.memory.page_bytes)
