"""The guided replay: a trace's own events drive the model, which predicts and is then corrected.

Fed with what a runtime did, in order, the model says at each step what should come: the slot of an
object in its span, the span that a cache takes, the pages of a new span, heapLive. Then it takes
what came instead, so that one wrong prediction is not followed by others. This is the plain twin of
the kernel `heap_verify`.

How many slots, bytes and pages there are is in the runtime's `mallocgc`, `mcache.refill`,
`mcache.releaseAll` and `mheap.allocSpan`; `sweeping` infers what leaves no event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gotrace.model.guided.objects import Objects
from gotrace.model.guided.parts import Classes, Proc
from gotrace.model.guided.steps import KINDS

__all__ = ["Replay"]

_BEFORE = {KINDS.index(name) for name in ("span", "object", "proc_start", "proc_stop")}
_BEFORE |= {KINDS.index(name) for name in ("stw_begin", "stw_end")}
"""Kinds of steps that may come before the first that changes the heap."""

Step = Callable[[Proc, int, int, int], None]


class Replay(Objects):
    """Feed it all steps of one trace in order, then ask for `outcome`.

    `classes` are those of the version; the lowest page of the heap is so many pages (`arena_page`)
    behind the beginning of its 64 MiB arena.
    """

    def __init__(self, classes: Classes, arena_page: int = 0) -> None:
        super().__init__(classes, arena_page)
        self._steps: list[Step] = [getattr(self, f"_{name}") for name in KINDS]

    def feed(
        self,
        number: Sequence[int],
        time_ns: Sequence[int],
        kind: Sequence[int],
        thread: Sequence[int],
        proc: Sequence[int],
        goroutine: Sequence[int],
        first: Sequence[int],
        second: Sequence[int],
        third: Sequence[int],
    ) -> None:
        """Take the next steps: columns of equal length, see `gotrace.model.guided.steps`."""
        for row in range(len(kind)):
            what = kind[row]
            if what >= len(self._steps):
                continue
            self.thread, self.proc, self.goroutine = thread[row], proc[row], goroutine[row]
            self.tally.at(number[row], time_ns[row], proc[row])
            self.sweeps.step()
            if not self.has_begun and what not in _BEFORE:
                self.begin()
            if self.has_flush_due and self.thread == self.collector:
                self.flush_idle()
            self._steps[what](self.proc_of(self.proc), first[row], second[row], third[row])

    def outcome(self) -> dict[str, list[int] | list[tuple[int, ...]]]:
        """What came of it; the kernel gives the same.

        `agreed` and `disagreed`: for each of `PREDICTIONS`. `examples`: tuples as `Disagreement`.
        `counts`: by `COUNTERS`. `snapshots`: at each ReadMemStats allocations by size class, then
        frees by size class.
        """
        return {
            "agreed": self.tally.agreed,
            "disagreed": self.tally.disagreed,
            "examples": [tuple(example) for example in self.tally.examples],
            "counts": self.counts,
            "snapshots": [tuple(row) for row in self.snapshots],
        }
