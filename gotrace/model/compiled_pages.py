"""The tables of compiled page heaps, by the type of the readable one."""

from __future__ import annotations

from types import MappingProxyType, ModuleType
from typing import Any, Protocol

import numpy as np

from gotrace.model.compiled_memory import larger, new_memory
from gotrace.model.compiled_runs import RunPageTables
from gotrace.model.pages import PageHeap
from gotrace.model.pages.bitmap import BitmapPages
from gotrace.model.pages.first_fit import FirstFitPages
from gotrace.model.pages.lists import ListPages
from gotrace.model.pages.two_trees import TwoTreesPages
from gotrace.model.policy import Policy
from gotrace.model.replayed import MAX_CACHES

__all__ = ["PAGE_TABLES", "BitmapPageTables", "PageTables"]


class PageTables(Protocol):
    """A page heap of a kernel with its tables. `memory` has a page map when it is made."""

    pages: Any
    memory: Any

    def __init__(
        self, kernel: ModuleType, policy: Policy, readable: PageHeap, first_address: int
    ) -> None: ...

    def grow(self) -> None:
        """Make room for `memory.wanted_pages` pages, in the page map, too."""
        ...

    @property
    def mapped_bytes(self) -> int:
        """Everything taken from the system, used or free."""
        ...

    @property
    def released_bytes(self) -> int:
        """What of the free memory the system has back, or never gave."""
        ...


class BitmapPageTables:
    """The page heap of go1.14 on."""

    _ROOT_PAGES = 4096 * 512
    """An entry of the tree's root: 16 GiB."""
    _LEVELS = (4096, 512, 64, 8, 1)
    """Chunks of an entry, root first."""
    _SUMMARY_COLUMNS = 3
    _CACHE_COLUMNS = 3

    def __init__(
        self, kernel: ModuleType, policy: Policy, readable: PageHeap, first_address: int
    ) -> None:
        first_page = first_address // readable.page_bytes
        base_page = first_page // self._ROOT_PAGES * self._ROOT_PAGES
        self.memory = new_memory(kernel, policy, base_page)
        self.bitmap = kernel.PageBitmap()
        self.pages = kernel.BitmapPages(self.memory, self.bitmap, first_page - base_page)
        self.pages.caches = np.zeros(MAX_CACHES * self._CACHE_COLUMNS, np.uint64)
        self._fit(self._ROOT_PAGES)

    def grow(self) -> None:
        """Twice the pages, at least those wanted, in whole entries of the root."""
        wanted = max(self.memory.wanted_pages, 2 * len(self.memory.page_map))
        self._fit(-(-wanted // self._ROOT_PAGES) * self._ROOT_PAGES)

    @property
    def mapped_bytes(self) -> int:
        """Whole chunks, the padding included."""
        pages = self.pages
        return int(pages.next_page - pages.first_chunk * 512) * int(self.memory.page_bytes)

    @property
    def released_bytes(self) -> int:
        """Scavenged and free, in the bitmap and in page caches, and the padding."""
        caches = np.asarray(self.pages.caches).reshape(-1, self._CACHE_COLUMNS)
        used = slice(self.pages.first_chunk * 8, self.pages.next_page // 64)
        inside = np.asarray(self.bitmap.free)[used] & np.asarray(self.bitmap.scavenged)[used]
        cached = caches[:, 1] & caches[:, 2]
        count = int(np.bitwise_count(inside).sum()) + int(np.bitwise_count(cached).sum())
        if self.pages.growths:
            count += int(self.pages.padding_pages)
        return count * int(self.memory.page_bytes)

    def _fit(self, npages: int) -> None:
        """Make room for so many pages."""
        bitmap, chunks = self.bitmap, npages // 512
        tree = [
            np.zeros(chunks // entry * self._SUMMARY_COLUMNS, np.int32) for entry in self._LEVELS
        ]
        if len(self.memory.page_map) == 0:
            free, scavenged = np.zeros(npages // 64, np.uint64), np.zeros(npages // 64, np.uint64)
        else:
            used = -(-int(self.pages.next_page) // 64)
            free = larger(bitmap.free, npages // 64, used)
            scavenged = larger(bitmap.scavenged, npages // 64, used)
            old, begin = np.asarray(bitmap.tree), 0
            for level, entry in zip(tree, self._LEVELS, strict=True):
                count = len(self.memory.page_map) // 512 // entry * self._SUMMARY_COLUMNS
                level[:count] = old[begin : begin + count]
                begin += count
        bitmap.attach(free, scavenged, np.concatenate(tree))
        self.memory.page_map = larger(self.memory.page_map, npages, int(self.pages.next_page))


PAGE_TABLES: MappingProxyType[type, type[PageTables]] = MappingProxyType(
    {
        BitmapPages: BitmapPageTables,
        ListPages: RunPageTables,
        TwoTreesPages: RunPageTables,
        FirstFitPages: RunPageTables,
    }
)
"""Readable page heap → the tables of the compiled one."""
