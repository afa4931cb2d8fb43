"""`heap_live`: how many bytes the pacer believes to be in use, on which it starts collections.

A span counts as if all its free slots were taken when a cache gets it; a flush corrects that.
Sources: `refill`, `allocLarge` and `releaseAll` in `runtime/mcache.go` (go1.14: `cacheSpan` and
`uncacheSpan` in `runtime/mcentral.go`), `resetLive` in `runtime/mgcpacer.go`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.span import Span

__all__ = ["Accounting"]


@dataclass
class Accounting:
    """Counts `heap_live` and what was allocated and freed; all bytes are those of slots."""

    page_bytes: int
    heap_live_bytes: int = 0
    mallocs_count: int = 0
    frees_count: int = 0
    tiny_count: int = 0
    marked_bytes: int = 0
    """What the last mark found in use."""

    def refill(self, span: Span) -> None:
        """A cache takes `span`: all of it but its used slots, so tail and reserve count, too."""
        used_bytes = span.allocated_count * span.slot_bytes
        self.heap_live_bytes += span.npages * self.page_bytes - used_bytes
        span.allocated_when_cached = span.allocated_count

    def large(self, span: Span) -> None:
        """A large object: its whole pages."""
        self.heap_live_bytes += span.npages * self.page_bytes

    def flush(self, span: Span, is_stale: bool) -> None:
        """A cache gives `span` back: unused slots do not count any longer.

        A stale span counts nothing: `heap_live` was set anew after it had been cached.
        """
        if not is_stale:
            unused = span.slot_count - span.allocated_count
            self.heap_live_bytes -= unused * span.slot_bytes
        span.allocated_when_cached = 0

    def mark_end(self, marked_bytes: int) -> None:
        """The mark found `marked_bytes` in use: only these count."""
        self.marked_bytes = marked_bytes
        self.heap_live_bytes = marked_bytes
