# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Heaps whose free slots are linked lists (go1.0 to go1.6, tcmalloc), and the replay by them.

The contract is the readable model, as in `heap_replay.pyx`; the two share their parts.
"""

cimport cython
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint64_t

from gotrace.errors import ModelError

__all__ = [
    "FreeListHeap",
    "ListPages",
    "Memory",
    "ObjectListHeap",
    "Player",
    "TcmallocHeap",
    "TcmallocPages",
]

include "heap_replay_parts/memory.pxi"
include "heap_replay_parts/spans.pxi"
include "heap_replay_parts/bases.pxi"
include "heap_replay_parts/player.pxi"
include "heap_replay_parts/row_lists.pxi"
include "heap_replay_parts/pages_tree.pxi"
include "heap_replay_parts/pages_runs.pxi"
include "heap_replay_parts/pages_lists.pxi"
include "heap_replay_parts/pages_tcmalloc.pxi"
include "heap_replay_parts/list_spans.pxi"
include "heap_replay_parts/free_list_heap.pxi"
include "heap_replay_parts/object_list_heap.pxi"
include "heap_replay_parts/tcmalloc_heap.pxi"
