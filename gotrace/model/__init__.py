"""The reference model of Go's memory: readable Python, Go versions as data.

An allocator is a row of `policies.RUNTIMES`: a choice of parts. All have the interface `heap.Heap`.

What becomes of a request
    `versions` (which releases are known), `size_classes` (tables A to D), `tcmalloc_classes`,
    `spans` (what versions keep for themselves inside spans), `sizes` (the questions of `mallocgc`).
The choice
    `policy` (what a row says), `policies` (all rows), `legacy_policies` (to go1.14, tcmalloc).
Heaps
    `heap` (the interface and what all must keep), `bitmap_heap` (go1.15 on), `lists_heap` (go1.7
    to go1.14), `free_list_heap` (go1.3 to go1.6), `object_list_heap` (go1.0), `tcmalloc_heap`; the
    last three on `list_spans`.
Parts of go1.7 on
    `span` (slots), `caches` (of a P), `central` (go1.15 on), `central_lists` (before), `sweeping`,
    `accounting` (`heap_live`), `stacks` (and work buffers), `goroutine_stack` (grows and shrinks),
    `zeroing`.
Pages
    `pages` (page heaps), `layout` (reservations, arenas).
What the system gets back
    `scavenger` (rules by version), `scavenged_heap` (a heap whose scavenger runs), `returns` (a
    replay in which it does).
Replay
    `stream` (what a program did), `replay` (a heap lives through it), `replayed` (what that gives),
    `player` (row by row, readable), `breaches` (rows that break the rules), `guided` (a replay that
    a trace corrects, to count how often the model is right).
The collector
    `marking` (three colours, write barriers, assists, by version; searched and shown), `pacer`
    (when a collection starts, and what it aims at).
Compiled
    `compiled_replay` (the same as `player`, by the kernels), `compiled_heaps`,
    `compiled_list_heaps`, `compiled_pages`, `compiled_runs` and `compiled_memory` (the tables that
    the kernels work on).
"""
