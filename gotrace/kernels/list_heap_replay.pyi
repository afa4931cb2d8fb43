"""Contract: the readable model, `free_list_heap.py`, `object_list_heap.py`, `tcmalloc_heap.py`.

`Memory`, `Player` and `ListPages` are those of `heap_replay.pyi`. Tables are made and made larger
by `gotrace.model.compiled_list_heaps` and `compiled_runs`.
"""

from typing import Any

from numpy.typing import NDArray

from gotrace.kernels.heap_replay import ListPages as ListPages
from gotrace.kernels.heap_replay import Memory as Memory
from gotrace.kernels.heap_replay import Player as Player
from gotrace.kernels.heap_replay import RunPages

class TcmallocPages(RunPages):
    lists: Any
    is_classic: bool
    longest_list: int
    release_index: int

class ListHeap:
    m: Memory
    pages: RunPages
    lists: Any
    class_count: int
    has_short_links: bool
    def __init__(self, m: Memory, pages: RunPages, lists: NDArray[Any]) -> None: ...

class FreeListHeap(ListHeap):
    cache_spans: Any
    tiny: Any
    busy: Any
    keeps_swept: bool
    is_page_counting: bool

class ObjectListHeap(ListHeap):
    caches: Any
    cache_bytes: Any
    order: Any
    has_cache: Any

class TcmallocHeap(ListHeap):
    caches: Any
    threads: Any
    batches: Any
    batch_counts: Any
    least_bytes: int
    unclaimed_bytes: int
    is_classic: bool
