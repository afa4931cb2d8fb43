"""Steps: what a runtime did to its memory, one at a time, as `Replay` takes them.

A step has a number of `KINDS`, up to three numbers of its own (-1 for none), the number of its
event in the recording, its time, and the thread, P and goroutine it happened on (-1 for none).
Addresses count from the lowest of the heap: pages of 8 KiB, and units of 8 bytes for objects.
"""

from __future__ import annotations

__all__ = ["KINDS"]

KINDS = (
    "span",  # page, pages, kind: was there when the recording began
    "span_alloc",  # page, pages, kind: twice the span class, or 1 where it holds no objects
    "span_free",  # page
    "object",  # unit: was there when the recording began
    "object_alloc",  # unit, bytes of the type or -1, whether it has pointers or -1
    "object_free",  # unit: the sweeper found it dead
    "sweep_begin",  # an allocation begins to sweep
    "sweep_end",  # bytes swept
    "heap_alloc",  # heapLive
    "gc_begin",
    "gc_end",  # the mark has ended, the world still stands
    "stw_begin",  # 1 for ReadMemStats
    "stw_end",
    "proc_start",  # proc
    "proc_stop",  # proc
    "sweeper_yield",  # the background sweeper gives way after ten spans
    "sweeper_done",  # it has nothing left to sweep
)
"""Kinds of steps; a kind's number is its place here. Comments name the numbers of its own."""
