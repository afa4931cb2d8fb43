# cython: language_level=3, boundscheck=True, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Heaps with allocation bits in their spans, and the replay of a stream by them.

The contract is the readable model, `gotrace/model/`, which says what every rule means and why; the
files in `heap_replay_parts/` only do the same faster, function by function under the same names.
`gotrace.model.compiled_replay` makes the arrays in which a heap is kept, and makes them larger.
"""

cimport cython
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint64_t

from gotrace.errors import ModelError

__all__ = [
    "BitmapHeap",
    "BitmapPages",
    "CentralLists",
    "CentralSets",
    "FirstFitPages",
    "ListPages",
    "Memory",
    "PageBitmap",
    "Player",
    "StoppedFlushHeap",
    "TwoTreesPages",
]

include "heap_replay_parts/memory.pxi"
include "heap_replay_parts/spans.pxi"
include "heap_replay_parts/bases.pxi"
include "heap_replay_parts/player.pxi"
include "heap_replay_parts/page_bitmap.pxi"
include "heap_replay_parts/pages_bitmap.pxi"
include "heap_replay_parts/row_lists.pxi"
include "heap_replay_parts/pages_tree.pxi"
include "heap_replay_parts/pages_runs.pxi"
include "heap_replay_parts/pages_lists.pxi"
include "heap_replay_parts/central_sets.pxi"
include "heap_replay_parts/central_lists.pxi"
include "heap_replay_parts/stacks.pxi"
include "heap_replay_parts/bitmap_heap.pxi"
include "heap_replay_parts/lists_heap.pxi"
