"""The rules of what lasts: collections, sweeping, assisting, stopping the world.

A collection begins and ends on different threads, so both are numbered. Sweeping belongs to a proc,
assisting and stopping the world to a goroutine.
"""

from __future__ import annotations

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.context import Context, Event
from gotrace.kernels.plain.trace_order.cursors import Broken
from gotrace.kernels.plain.trace_order.records import MASK, signed
from gotrace.kernels.plain.trace_order.state import GC_SEQUENCE, GC_STATE

__all__ = ["Ranges"]


class Ranges(Context):
    """Events that begin, end and confirm ranges of time."""

    def gc_active(self, event: Event) -> bool:
        """Once a generation: a collection is under way."""
        scalars = self.state.scalars
        sequence = event.arguments[0]
        if self.state.is_first_generation:
            if scalars[GC_STATE] != n.GC_UNDETERMINED:
                raise Broken(n.GC_ACTIVE_LATE)
            scalars[GC_STATE] = n.GC_RUNNING
        else:
            if not self.is_next_gc(sequence):
                return False
            if scalars[GC_STATE] != n.GC_RUNNING:
                raise Broken(n.GC_ACTIVE_NOT_RUNNING)
            self.user_goroutine()
        scalars[GC_SEQUENCE] = sequence
        return self.emit(event)

    def gc_begin(self, event: Event) -> bool:
        """A collection begins to mark."""
        scalars = self.state.scalars
        sequence = event.arguments[0]
        if scalars[GC_STATE] != n.GC_UNDETERMINED:
            if not self.is_next_gc(sequence):
                return False
            if scalars[GC_STATE] == n.GC_RUNNING:
                raise Broken(n.GC_BEGIN_RUNNING)
            self.user_goroutine()
        scalars[GC_STATE] = n.GC_RUNNING
        scalars[GC_SEQUENCE] = sequence
        return self.emit(event)

    def gc_end(self, event: Event) -> bool:
        """A collection has marked all."""
        scalars = self.state.scalars
        sequence = event.arguments[0]
        if not self.is_next_gc(sequence):
            return False
        if scalars[GC_STATE] == n.GC_NOT_RUNNING:
            raise Broken(n.GC_END_NOT_RUNNING)
        if scalars[GC_STATE] == n.GC_UNDETERMINED:
            raise Broken(n.GC_END_UNDETERMINED)
        self.user_goroutine()
        scalars[GC_STATE] = n.GC_NOT_RUNNING
        scalars[GC_SEQUENCE] = sequence
        return self.emit(event)

    def is_next_gc(self, sequence: int) -> bool:
        """Whether this is the next step of the collector."""
        return bool((self.state.scalars[GC_SEQUENCE] + 1) & MASK == sequence)

    def sweep_begin(self, event: Event) -> bool:
        """A proc begins to sweep."""
        self.require(proc=True)
        proc = self.current_proc()
        if proc.sweeping:
            raise Broken(n.RANGE_BEGUN)
        proc.sweeping = 1
        return self.emit(event)

    def sweep_active(self, event: Event) -> bool:
        """Once a generation: a proc, not always this thread's, is sweeping."""
        proc = self.state.proc(event.arguments[0])
        if proc is None:
            raise Broken(n.PROC_UNKNOWN)
        self.check_active(bool(proc.sweeping))
        proc.sweeping = 1
        return self.emit(event)

    def sweep_end(self, event: Event) -> bool:
        """A proc has swept."""
        self.require(proc=True)
        proc = self.current_proc()
        if not proc.sweeping:
            raise Broken(n.RANGE_NOT_BEGUN)
        proc.sweeping = 0
        return self.emit(event)

    def check_active(self, begun: bool) -> None:
        """In the first generation "active" is how we learn of it; later it must have begun."""
        if begun and self.state.is_first_generation:
            raise Broken(n.RANGE_BEGUN)
        if not begun and not self.state.is_first_generation:
            raise Broken(n.RANGE_NOT_ACTIVE)

    def assist_begin(self, event: Event) -> bool:
        """A goroutine begins to help marking."""
        self.user_goroutine()
        goroutine = self.current()
        if goroutine.assisting:
            raise Broken(n.RANGE_BEGUN)
        goroutine.assisting = 1
        return self.emit(event)

    def assist_active(self, event: Event) -> bool:
        """Once a generation: a goroutine, running or not, is helping."""
        goroutine = self.state.goroutine(event.arguments[0])
        if goroutine is None:
            raise Broken(n.GOROUTINE_UNKNOWN)
        self.check_active(bool(goroutine.assisting))
        goroutine.assisting = 1
        return self.emit(event)

    def assist_end(self, event: Event) -> bool:
        """A goroutine has helped."""
        self.user_goroutine()
        goroutine = self.current()
        if not goroutine.assisting:
            raise Broken(n.RANGE_NOT_BEGUN)
        goroutine.assisting = 0
        return self.emit(event)

    def stw_begin(self, event: Event) -> bool:
        """A goroutine stops the world."""
        self.user_goroutine()
        goroutine = self.current()
        if goroutine.stop_the_world:
            raise Broken(n.RANGE_BEGUN)
        goroutine.stop_the_world = signed(event.arguments[0]) + 2
        return self.emit(event)

    def stw_end(self, event: Event) -> bool:
        """A goroutine starts the world; the event says why it had stopped, as the begin did."""
        self.user_goroutine()
        goroutine = self.current()
        if not goroutine.stop_the_world:
            raise Broken(n.RANGE_NOT_BEGUN)
        name = goroutine.stop_the_world - 2
        goroutine.stop_the_world = 0
        return self.emit(event, name & MASK)
