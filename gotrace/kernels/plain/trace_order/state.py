"""What the emulation knows between two events: goroutines, procs, threads, tasks, regions."""

from __future__ import annotations

from typing import Any

from gotrace.kernels.plain.trace_order.records import (
    NOBODY,
    Goroutine,
    Proc,
    Region,
    Table,
    Task,
    Thread,
    free_row,
    take_row,
)

__all__ = ["GC_SEQUENCE", "GC_STATE", "LAST_TIME", "SCALARS", "Names", "State"]

SCALARS = (
    "generation",
    "first_generation",  # the one in which everything is new: the trace's first
    "gc_sequence",
    "gc_state",
    "last_time",  # of the event put out last; times grow strictly
)
"""What the entries of the vector of scalars (uint64) are."""
GENERATION, FIRST_GENERATION, GC_SEQUENCE, GC_STATE, LAST_TIME = range(len(SCALARS))


class Names:
    """Ids of the wire (strings, stacks) to rows: a dense part by index, the rest by search."""

    def __init__(self, dense: memoryview, ids: memoryview, rows: memoryview) -> None:
        self.dense = dense
        self.ids = ids
        self.rows = rows

    def row(self, key: int) -> int:
        """The row of an id, or -1."""
        if key < len(self.dense):
            return int(self.dense[key])
        low, high = 0, len(self.ids)
        while low < high:
            middle = (low + high) // 2
            if self.ids[middle] < key:
                low = middle + 1
            else:
                high = middle
        return int(self.rows[low]) if low < len(self.ids) and self.ids[low] == key else -1


class State:
    """The tables of the emulation, over the caller's memory."""

    def __init__(
        self,
        scalars: memoryview,
        goroutines: memoryview,
        goroutine_index: memoryview,
        threads: memoryview,
        thread_index: memoryview,
        tasks: memoryview,
        task_index: memoryview,
        procs: memoryview,
        regions: memoryview,
    ) -> None:
        self.scalars = scalars
        self.goroutines = Table(goroutines, goroutine_index)
        self.threads = Table(threads, thread_index)
        self.tasks = Table(tasks, task_index)
        self.procs: Any = procs
        self.regions: Any = regions

    @property
    def is_first_generation(self) -> bool:
        """Whether statuses announce what we have never seen, instead of confirming it."""
        return bool(self.scalars[GENERATION] == self.scalars[FIRST_GENERATION])

    def goroutine(self, key: int) -> Goroutine | None:
        """The goroutine of this id."""
        row = self.goroutines.find(key)
        return Goroutine(self.goroutines.rows, row) if row else None

    def add_goroutine(self, key: int, status: int) -> Goroutine:
        """A new goroutine; its steps are counted from here."""
        goroutine = Goroutine(self.goroutines.rows, self.goroutines.insert(key))
        goroutine.status = status
        self.restart(goroutine)
        return goroutine

    def remove_goroutine(self, goroutine: Goroutine) -> None:
        """Forget a goroutine and the regions it is in."""
        while goroutine.region:
            self.pop_region(goroutine)
        self.goroutines.remove(goroutine.row)

    def thread(self, key: int) -> Thread | None:
        """The thread of this id, if it was ever seen."""
        row = self.threads.find(key)
        thread = Thread(self.threads.rows, row)
        return thread if row and thread.seen else None

    def add_thread(self, key: int) -> Thread:
        """The thread of this id, seen from now on; free of goroutine and proc if it is new."""
        row = self.threads.find(key)
        if not row:
            row = self.threads.insert(key)
        thread = Thread(self.threads.rows, row)
        if not thread.seen:
            thread.seen, thread.goroutine, thread.proc = 1, NOBODY, NOBODY
        return thread

    def holder(self, proc: int) -> Thread | None:
        """The thread that has this proc."""
        for row in range(1, self.threads.rows[0, 0] + 1):
            thread = Thread(self.threads.rows, row)
            if thread.seen and thread.proc == proc:
                return thread
        return None

    def proc(self, key: int) -> Proc | None:
        """The proc of this id."""
        if key >= self.procs.shape[0]:
            return None
        proc = Proc(self.procs, key)
        return proc if proc.exists else None

    def restart(self, resource: Goroutine | Proc) -> None:
        """Count the steps of a goroutine or proc from 0 in this generation."""
        self.step(resource, 0)

    def step(self, resource: Goroutine | Proc, sequence: int) -> None:
        """Note the number of the step that a goroutine or proc is at in this generation."""
        resource.generation = self.scalars[GENERATION]
        resource.sequence = sequence

    def is_next(self, resource: Goroutine | Proc, sequence: int) -> bool:
        """Whether `sequence` is the next step of this generation."""
        return (
            resource.generation == self.scalars[GENERATION]
            and (resource.sequence - sequence + 1) % (1 << 64) == 0
        )

    def task(self, key: int) -> Task | None:
        """The active task of this id."""
        row = self.tasks.find(key)
        return Task(self.tasks.rows, row) if row else None

    def add_task(self, key: int, parent: int, name: int) -> None:
        """Begin a task."""
        task = Task(self.tasks.rows, self.tasks.insert(key))
        task.parent, task.name = parent, name

    def push_region(self, goroutine: Goroutine, task: int, name: int) -> None:
        """Enter a region."""
        region = Region(self.regions, take_row(self.regions))
        region.task, region.name, region.outer = task, name, goroutine.region
        goroutine.region = region.row

    def innermost(self, goroutine: Goroutine) -> tuple[int, int]:
        """Task and name of the region that a goroutine is in."""
        region = Region(self.regions, goroutine.region)
        return region.task, region.name

    def pop_region(self, goroutine: Goroutine) -> None:
        """Leave the innermost region."""
        region = Region(self.regions, goroutine.region)
        goroutine.region = region.outer
        free_row(self.regions, region.row)

    @property
    def has_region_room(self) -> bool:
        """Whether one more region fits."""
        rows = self.regions
        return bool(rows[0, 1]) or rows[0, 0] + 1 < rows.shape[0]
