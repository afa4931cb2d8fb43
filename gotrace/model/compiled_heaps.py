"""Compiled heaps with allocation bits in their spans, put together by the parts of a policy."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np

from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.central import CentralSets
from gotrace.model.central_lists import LARGE_LIST_PAGES, CentralLists
from gotrace.model.compiled_memory import (
    CLASS_COLUMNS,
    FULL_PAGES,
    grow_memory,
    larger,
    span_columns,
    sums_by,
)
from gotrace.model.compiled_pages import PAGE_TABLES
from gotrace.model.heap import Statistics
from gotrace.model.lists_heap import ListsHeap, StoppedFlushHeap, UnsplitHeap
from gotrace.model.policy import Policy
from gotrace.model.replayed import MAX_CACHES

__all__ = ["CENTRALS", "HEAPS", "CompiledBitmapHeap", "is_known"]

_ARENA_BYTES = 64 << 20
_STACK_ORDERS, _CACHED_STACKS = 4, 16
_TINY_COLUMNS = 4
_SET_COLUMNS = 8
_LIST_COLUMNS = 4


def _central_sets(kernel: ModuleType, memory: Any, class_count: int) -> Any:
    return kernel.CentralSets(memory, np.zeros(class_count * _SET_COLUMNS, np.int32))


def _central_lists(kernel: ModuleType, memory: Any, class_count: int) -> Any:
    lists = np.zeros(class_count * _LIST_COLUMNS, np.int32)
    return kernel.CentralLists(memory, lists, np.zeros(2 * (LARGE_LIST_PAGES + 1), np.int32))


CENTRALS: MappingProxyType[type, Callable[[ModuleType, Any, int], Any]] = MappingProxyType(
    {CentralSets: _central_sets, CentralLists: _central_lists}
)
"""Readable central lists → how the compiled ones are made."""

HEAPS: MappingProxyType[object, str] = MappingProxyType(
    {
        BitmapHeap: "BitmapHeap",
        ListsHeap: "BitmapHeap",
        StoppedFlushHeap: "StoppedFlushHeap",
        UnsplitHeap: "StoppedFlushHeap",
    }
)
"""Readable heap → name of the compiled one."""


def is_known(policy: Policy) -> bool:
    """Whether all parts of `policy` are compiled."""
    return (
        policy.heap in HEAPS
        and type(policy.central()) in CENTRALS
        and type(policy.pages(policy.first_address)) in PAGE_TABLES
    )


class CompiledBitmapHeap:
    """The heap of go1.7 on in `gotrace.kernels.heap_replay`, with its tables."""

    def __init__(self, kernel: ModuleType, policy: Policy, first_address: int) -> None:
        readable = policy.pages(first_address)
        self.page_tables = PAGE_TABLES[type(readable)](kernel, policy, readable, first_address)
        memory = self._memory = self.page_tables.memory
        class_count = len(memory.classes) // CLASS_COLUMNS
        stacks = kernel.Stacks(
            memory,
            self.page_tables.pages,
            np.zeros(MAX_CACHES * _STACK_ORDERS * _CACHED_STACKS, np.int64),
            np.zeros(MAX_CACHES * _STACK_ORDERS, np.int32),
        )
        held = (
            np.zeros(MAX_CACHES * class_count, np.int32),
            np.zeros(MAX_CACHES, np.uint8),
            np.zeros(MAX_CACHES * _TINY_COLUMNS, np.int32),
        )
        central = CENTRALS[type(policy.central())](kernel, memory, class_count)
        kind = getattr(kernel, HEAPS[policy.heap])
        self.heap = kind(memory, self.page_tables.pages, central, stacks, held)
        if isinstance(self.heap, kernel.StoppedFlushHeap):
            self.heap.lists = central
        self.heap.arena_spans = self.heap.reclaimed = np.zeros(0, np.int32)
        self._fit_arenas()

    def grow(self, status: int) -> None:
        """Make room in the table that `status` names."""
        if status == FULL_PAGES:
            self.page_tables.grow()
            self._fit_arenas()
        else:
            grow_memory(self._memory, status)

    def _fit_arenas(self) -> None:
        memory = self._memory
        count = -(-len(memory.page_map) * memory.page_bytes // _ARENA_BYTES)
        self.heap.arena_spans = larger(self.heap.arena_spans, count)
        self.heap.reclaimed = larger(self.heap.reclaimed, count)

    def statistics(self) -> Statistics:
        """The heap in numbers, now."""
        memory, spans = self._memory, span_columns(self._memory)
        page_bytes = int(memory.page_bytes)
        return Statistics(
            heap_live_bytes=int(memory.heap_live_bytes),
            mallocs_count=int(memory.mallocs_count),
            frees_count=int(memory.frees_count),
            tiny_count=int(memory.tiny_count),
            in_use_bytes=int(memory.in_use_pages) * page_bytes,
            manual_bytes=int(memory.manual_pages) * page_bytes,
            idle_bytes=self.page_tables.mapped_bytes
            - int(self.page_tables.pages.used_pages) * page_bytes,
            released_bytes=self.page_tables.released_bytes,
            objects_by_class=sums_by(spans.size_class, spans.allocated_count),
            bytes_by_class=sums_by(spans.size_class, spans.allocated_count * spans.slot_bytes),
            spans_by_class=sums_by(spans.span_class, np.ones_like(spans.span_class)),
        )
