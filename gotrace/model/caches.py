"""The cache of a P: for each span class the span it hands out slots from, and the tiny block.

A cache is flushed once a cycle, after the mark and before its first allocation, and by
`ReadMemStats`. Sources: `runtime/mcache.go`, and for the tiny allocator `mallocgc` in
`runtime/malloc.go`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gotrace.model.sizes import TINY_BYTES
from gotrace.model.span import Span

__all__ = ["TINY_SPAN_CLASS", "Cache", "TinyBlock"]

TINY_SPAN_CLASS = 5
"""Slots of 16 bytes without pointers (`tinySpanClass`)."""


@dataclass
class TinyBlock:
    """The 16 bytes that small objects without pointers share until the next does not fit."""

    span: Span | None = None
    slot: int = 0
    offset: int = 0
    """Where the free part of the block begins."""

    def place(self, size: int) -> int:
        """Where in the block `size` bytes would begin; -1 if they do not fit, or there is none.

        They are aligned to 8, 4 or 2 bytes if their size is a multiple of it.
        """
        if self.span is None:
            return -1
        alignment = next(a for a in (8, 4, 2, 1) if size % a == 0)
        start = -(-self.offset // alignment) * alignment
        return start if start + size <= TINY_BYTES else -1

    def replaces(self, size: int) -> bool:
        """Whether a new block of which `size` bytes are used leaves more free than this one."""
        return self.span is None or size < self.offset


@dataclass
class Cache:
    """What one P holds; `flush_generation` is the sweep generation of its last flush."""

    flush_generation: int = 0
    spans: dict[int, Span] = field(default_factory=dict)
    """Span class → span; none at first and after a flush."""
    tiny: TinyBlock = field(default_factory=TinyBlock)

    def next_slot(self, span_class: int) -> tuple[Span, int] | None:
        """The span and slot of the next allocation; None if a refill is needed first."""
        span = self.spans.get(span_class)
        if span is None or span.is_full:
            return None
        return span, span.next_free()
