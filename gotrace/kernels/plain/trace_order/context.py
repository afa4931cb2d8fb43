"""The context of an event: which thread, with which proc and goroutine; and checks of it."""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.columns import Columns
from gotrace.kernels.plain.trace_order.cursors import Broken
from gotrace.kernels.plain.trace_order.records import NOBODY, Goroutine, Proc, Thread
from gotrace.kernels.plain.trace_order.state import State

__all__ = ["Context", "Event"]


@dataclass(slots=True)
class Event:
    """One event of one thread, decoded: arguments without time and main stack, ids as rows."""

    kind: int
    time: int
    arguments: list[int]
    stack: int


class Context:
    """The thread of the event at hand, what it has, and the columns to write to."""

    def __init__(self, state: State, columns: Columns) -> None:
        self.state = state
        self.columns = columns
        self.thread: Thread | None = None
        self.thread_id = NOBODY
        self.proc_id = NOBODY
        self.goroutine_id = NOBODY

    def enter(self, thread: Thread | None) -> None:
        """Take up the context of a thread."""
        self.thread = thread
        self.thread_id = self.proc_id = self.goroutine_id = NOBODY
        if thread is not None:
            thread = self.state.add_thread(thread.key)
            self.thread_id, self.proc_id = thread.key, thread.proc
            self.goroutine_id = thread.goroutine

    def emit(self, event: Event, *extra: int) -> bool:
        """Write the event out in the context of the moment."""
        self.write(event.kind, event.time, [*event.arguments, *extra], event.stack)
        return True

    def write(self, kind: int, time: int, arguments: list[int], stack: int = n.NONE) -> None:
        """Write out an event, or one that another event implies."""
        self.columns.write(
            kind, time, self.thread_id, self.proc_id, self.goroutine_id, arguments, stack
        )

    def bind(self, *, proc: int | None = None, goroutine: int | None = None) -> None:
        """What the thread has from now on."""
        if self.thread is not None:
            if proc is not None:
                self.thread.proc = proc
            if goroutine is not None:
                self.thread.goroutine = goroutine

    def require(
        self, *, proc: bool | None = None, goroutine: bool | None = None, thread: bool = True
    ) -> None:
        """Check the context: True must have, False must not, None may."""
        if thread and self.thread_id == NOBODY:
            raise Broken(n.NO_THREAD)
        if proc is not None and proc != (self.proc_id != NOBODY):
            raise Broken(n.NO_PROC if proc else n.HAS_PROC)
        if goroutine is not None and goroutine != (self.goroutine_id != NOBODY):
            raise Broken(n.NO_GOROUTINE if goroutine else n.HAS_GOROUTINE)

    def user_goroutine(self) -> None:
        """Check that a goroutine runs here, with all it needs."""
        self.require(proc=True, goroutine=True)

    def current(self) -> Goroutine:
        """The goroutine that the thread has."""
        goroutine = self.state.goroutine(self.goroutine_id)
        if goroutine is None:
            raise Broken(n.GOROUTINE_UNKNOWN)
        return goroutine

    def running(self) -> Goroutine:
        """The goroutine that runs here."""
        self.user_goroutine()
        goroutine = self.current()
        if goroutine.status != n.GO_RUNNING:
            raise Broken(n.GOROUTINE_NOT_RUNNING)
        return goroutine

    def current_proc(self) -> Proc:
        """The proc that the thread has."""
        proc = self.state.proc(self.proc_id)
        if proc is None:
            raise Broken(n.PROC_UNKNOWN)
        return proc
