"""The rules of what the program says about itself, and of plain facts."""

from __future__ import annotations

from gotrace.kernels.plain.trace_order import numbers as n
from gotrace.kernels.plain.trace_order.context import Context, Event
from gotrace.kernels.plain.trace_order.cursors import Broken
from gotrace.kernels.plain.trace_order.records import MASK

__all__ = ["NO_PARENT", "Annotations"]

NO_PARENT = MASK
"""The parent of a task without one (trace.NoTask)."""


class Annotations(Context):
    """Tasks, regions, logs, and events that change nothing."""

    def annotation(self, event: Event) -> bool:
        """A label, a log line, a new GOMAXPROCS."""
        self.user_goroutine()
        return self.emit(event)

    def heap_metric(self, event: Event) -> bool:
        """The heap's size or goal: needs a proc, not a goroutine."""
        self.require(proc=True)
        return self.emit(event)

    def alloc_free(self, event: Event) -> bool:
        """A span, an object or a stack: needs a thread only."""
        self.require()
        return self.emit(event)

    def task_begin(self, event: Event) -> bool:
        """A user task begins. Ids may be used again after the end; the parent is not checked."""
        self.user_goroutine()
        key, parent, name = event.arguments
        if self.state.task(key) is not None:
            raise Broken(n.TASK_EXISTS)
        event.arguments[1] = parent or NO_PARENT
        self.state.add_task(key, event.arguments[1], name)
        return self.emit(event)

    def task_end(self, event: Event) -> bool:
        """A user task ends, perhaps for the second time, or one that began before the trace.

        The event says what the beginning said: it may have been generations ago.
        """
        self.user_goroutine()
        task = self.state.task(event.arguments[0])
        if task is None:
            return self.emit(event, NO_PARENT, 0)
        parent, name = task.parent, task.name
        self.state.tasks.remove(task.row)
        return self.emit(event, parent, name)

    def region_begin(self, event: Event) -> bool:
        """A goroutine enters a region."""
        self.user_goroutine()
        task, name = event.arguments
        self.state.push_region(self.current(), task, name)
        return self.emit(event)

    def region_end(self, event: Event) -> bool:
        """A goroutine leaves its innermost region, or one it entered before the trace."""
        self.user_goroutine()
        goroutine = self.current()
        if goroutine.region:
            task, name = event.arguments
            inner_task, inner_name = self.state.innermost(goroutine)
            known = name != MASK and inner_name != MASK
            if inner_task != task or (known and inner_name != name):
                raise Broken(n.REGION_OTHER)
            self.state.pop_region(goroutine)
        return self.emit(event)
