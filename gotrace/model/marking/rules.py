"""What a collector does, as data: its barrier, what it scans when, in which order, what it stops.

The rules of a Go version are a row of `milestones`; tests also put rules together that no version
had, to show what each of them is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Assists", "Barrier", "Invariant", "Order", "Rules"]


class Barrier(StrEnum):
    """What a pointer write to the heap shades while marking (`runtime/mbarrier.go`)."""

    NONE = "none"
    DIJKSTRA = "dijkstra"
    """Insertion: the new pointer (go1.5 to go1.7)."""
    YUASA = "yuasa"
    """Deletion: the pointer that is overwritten (no version of Go alone)."""
    HYBRID = "hybrid"
    """The overwritten pointer; the new one too while the writer's stack is grey (go1.8 on)."""


class Order(StrEnum):
    """Which grey object is scanned next."""

    WORKBUFS = "objects"
    """The one that became grey last (work buffers are stacks: `runtime/mgcwork.go`)."""
    SPANS = "spans"
    """Green Tea: small objects wait on their span, spans stand in a queue; others as before."""
    ANY = "any"
    """Whichever: what several workers together may do. For searches."""


class Invariant(StrEnum):
    """What the barrier keeps true between any two steps of marking."""

    NONE = "none"
    STRONG = "strong"
    """No scanned slot of an object points to a white object."""
    WEAK = "weak"
    """A white object that scanned slots or stacks point to also hangs on a grey object, by a
    chain of white ones: the collector will come to it."""


@dataclass(frozen=True)
class Assists:
    """Who allocates while the collector marks pays with marking (`gcAssistAlloc`)."""

    work_per_byte: float = 1.0
    """Bytes of slots to scan for each byte allocated; the pacer sets it in every cycle."""
    least_work_bytes: int = 64 << 10
    """`gcOverAssistWork`: nobody assists for less."""


@dataclass(frozen=True)
class Rules:
    """One collector. The defaults are the plain collector of go1.8."""

    barrier: Barrier = Barrier.HYBRID
    is_new_black: bool = True
    """Objects allocated while marking are black (`gcmarknewobject`); else white."""
    order: Order = Order.WORKBUFS
    stops_to_mark: bool = False
    """The world stands still from the first root to the last object (to go1.4)."""
    stops_to_sweep: bool = False
    """And until everything is swept (to go1.2)."""
    stops_to_scan_stacks: bool = False
    """All stacks are scanned in the first stop: the snapshot that a deletion barrier asks for."""
    rescans_stacks: bool = False
    """Mark termination scans the stacks once more, with the world stopped (go1.5 to go1.7)."""
    rescans_globals: bool = False
    """And the globals (go1.5, go1.6)."""
    guards_globals: bool = True
    """Writes to globals have the barrier, too (go1.7 on)."""
    shades_new_always: bool = False
    """The hybrid barrier does not ask for the colour of the stack. So is the code of every
    version (`runtime/mwbbuf.go` takes both pointers); the condition is its proof's."""
    buffer_entries: int = 0
    """The barrier writes pointers down, so many, and shades them later (go1.10 on); 0: at once."""
    marks_in_termination: bool = True
    """What barriers left over is marked with the world stopped; else marking goes on (go1.12)."""
    has_precise_heap: bool = True
    """Types say which words of an object are pointers (go1.1 on)."""
    has_precise_stacks: bool = True
    """And which words of a stack (go1.3 on)."""
    assists: Assists | None = None

    @property
    def promise(self) -> Invariant:
        """The invariant that the barrier keeps under these rules."""
        if self.stops_to_mark:
            return Invariant.NONE
        if self.barrier is Barrier.DIJKSTRA:
            return Invariant.STRONG
        if self.barrier is Barrier.HYBRID:
            return Invariant.WEAK if self.is_new_black else Invariant.NONE
        is_snapshot = self.stops_to_scan_stacks and self.is_new_black
        return Invariant.WEAK if self.barrier is Barrier.YUASA and is_snapshot else Invariant.NONE
