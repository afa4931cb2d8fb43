"""Compiled heaps whose free slots are linked lists: go1.0 to go1.6, and tcmalloc."""

from __future__ import annotations

from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gotrace.errors import ModelError
from gotrace.model.compiled_memory import (
    CLASS_COLUMNS,
    FULL_PAGES,
    grow_memory,
    span_columns,
    sums_by,
)
from gotrace.model.compiled_runs import RUN_PAGES, RunPageTables
from gotrace.model.free_list_heap import FreeListHeap, KeepingFreeListHeap, PageCountingHeap
from gotrace.model.heap import Statistics
from gotrace.model.object_list_heap import ObjectListHeap
from gotrace.model.pages.tcmalloc import TcmallocPages
from gotrace.model.policy import Policy
from gotrace.model.replayed import MAX_CACHES
from gotrace.model.tcmalloc_heap import CLASSIC_CACHES, GPERFTOOLS_2_CACHES, TcmallocHeap

__all__ = ["LIST_HEAPS", "CompiledListHeap", "is_list_heap"]

_LIST_COLUMNS, _THREAD_LIST_COLUMNS, _THREAD_COLUMNS = 4, 5, 5
_TINY_COLUMNS = 4
_TRANSFER_SLOTS = 64
_BUSY_LISTS = 129
_MOST_SLOTS = 1024
"""Slots of a span that a link can tell apart (`SLOT_MASK`)."""

LIST_HEAPS: MappingProxyType[object, str] = MappingProxyType(
    {
        ObjectListHeap: "ObjectListHeap",
        FreeListHeap: "FreeListHeap",
        KeepingFreeListHeap: "FreeListHeap",
        PageCountingHeap: "FreeListHeap",
        TcmallocHeap: "TcmallocHeap",
    }
)
"""Readable heap → name of the compiled one."""


def is_list_heap(policy: Policy) -> bool:
    """Whether all parts of `policy` are compiled."""
    return policy.heap in LIST_HEAPS and type(policy.pages(policy.first_address)) in RUN_PAGES


class CompiledListHeap:
    """A heap of `gotrace.kernels.list_heap_replay`, with its tables."""

    def __init__(self, kernel: ModuleType, policy: Policy, first_address: int) -> None:
        readable = policy.pages(first_address)
        self._pages = RunPageTables(kernel, policy, readable, first_address)
        self._pages.pages.keeps_rows = True
        memory = self._memory = self._pages.memory
        has_short_links = LIST_HEAPS[policy.heap] == "FreeListHeap"
        memory.classes = _with_links(np.asarray(memory.classes), 4 if has_short_links else 1)
        count = len(memory.classes) // CLASS_COLUMNS
        kind = getattr(kernel, LIST_HEAPS[policy.heap])
        self.heap = kind(memory, self._pages.pages, np.zeros(count * 4, np.int32))
        self.heap.has_short_links = has_short_links
        if policy.heap is ObjectListHeap:
            _object_lists(self.heap, count)
        elif isinstance(readable, TcmallocPages):
            _threads(self.heap, count, readable.is_classic)
        else:
            _free_lists(self.heap, count, policy)

    def grow(self, status: int) -> None:
        """Make room in the table that `status` names."""
        if status == FULL_PAGES:
            self._pages.grow()
        else:
            grow_memory(self._memory, status)

    def statistics(self) -> Statistics:
        """The heap in numbers, now; what is live are the slots that the program has."""
        memory, spans = self._memory, span_columns(self._memory)
        in_use_bytes = int(self._pages.pages.used_pages) * int(memory.page_bytes)
        is_used = spans.allocated_count > 0
        classes, objects = spans.size_class[is_used], spans.allocated_count[is_used]
        sizes = objects * spans.slot_bytes[is_used]
        return Statistics(
            heap_live_bytes=int(sizes.sum()),
            mallocs_count=int(memory.mallocs_count),
            frees_count=int(memory.frees_count),
            tiny_count=int(memory.tiny_count),
            in_use_bytes=in_use_bytes,
            manual_bytes=0,
            idle_bytes=self._pages.mapped_bytes - in_use_bytes,
            released_bytes=self._pages.released_bytes,
            objects_by_class=sums_by(classes, objects),
            bytes_by_class=sums_by(classes, sizes),
            spans_by_class=sums_by(spans.size_class, np.ones_like(spans.size_class)),
        )


def _with_links(classes: NDArray[np.int32], links_per_word: int) -> NDArray[np.int32]:
    """The classes with words for the links of their slots: of the lists that slots are in."""
    table = classes.copy().reshape(-1, CLASS_COLUMNS)
    if table[:, 4].max() > _MOST_SLOTS:
        raise ModelError(f"a span with {table[:, 4].max()} slots has no links here")
    table[:, 5] += -(-table[:, 4] // links_per_word)
    return table.reshape(-1)


def _free_lists(heap: Any, class_count: int, policy: Policy) -> None:
    heap.cache_spans = np.zeros(MAX_CACHES * class_count, np.int32)
    heap.tiny = np.zeros(MAX_CACHES * _TINY_COLUMNS, np.int32)
    heap.busy = np.zeros(2 * _BUSY_LISTS, np.int32)
    heap.keeps_swept = policy.heap is not FreeListHeap
    heap.is_page_counting = policy.heap is PageCountingHeap


def _object_lists(heap: Any, class_count: int) -> None:
    heap.caches = np.zeros(MAX_CACHES * class_count * _LIST_COLUMNS, np.int64)
    heap.cache_bytes = np.zeros(MAX_CACHES, np.int64)
    heap.order = np.zeros(MAX_CACHES, np.int32)
    heap.has_cache = np.zeros(MAX_CACHES, np.uint8)


def _threads(heap: Any, class_count: int, is_classic: bool) -> None:
    limits = CLASSIC_CACHES if is_classic else GPERFTOOLS_2_CACHES
    heap.caches = np.zeros(MAX_CACHES * class_count * _THREAD_LIST_COLUMNS, np.int64)
    heap.threads = np.zeros((MAX_CACHES + 1) * _THREAD_COLUMNS, np.int64)
    heap.batches = np.zeros(class_count * _TRANSFER_SLOTS, np.int64)
    heap.batch_counts = np.zeros(class_count, np.int32)
    heap.least_bytes = limits.least_bytes
    heap.unclaimed_bytes = limits.overall_bytes
    heap.is_classic = is_classic
