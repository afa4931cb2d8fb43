"""How much an allocation has to sweep, so that all is swept before the next cycle.

Source: `gcPaceSweeper` in `runtime/mgcsweep.go` (go1.5: `gcSweep` in `runtime/mgc.go`).
"""

from __future__ import annotations

__all__ = ["SWEEP_MIN_HEAP_DISTANCE_BYTES", "proportional_pages_per_byte"]

SWEEP_MIN_HEAP_DISTANCE_BYTES = 1 << 20
"""How far the trigger lies above the heap at least while spans wait for the sweeper."""

_MARGIN_BYTES = 1 << 20
_PAGE_BYTES = 8192


def proportional_pages_per_byte(
    trigger_bytes: int, heap_live_bytes: int, pages_in_use_count: int, pages_swept_count: int
) -> float:
    """Pages still to sweep over the bytes to the trigger, less 1 MiB; 0 if all is swept."""
    distance = max(trigger_bytes - heap_live_bytes - _MARGIN_BYTES, _PAGE_BYTES)
    pages = pages_in_use_count - pages_swept_count
    return float(pages) / float(distance) if pages > 0 else 0.0
