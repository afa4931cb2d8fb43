"""Stays of goroutines in states: `goroutine_transitions`.

Which event takes a goroutine from which state to which is that of Go's own reader
(`internal/trace/event.go`, StateTransition). A row is a stay that ended, so that it can be written
as soon as it is known; the stays that outlast the trace come at its end. The work is done by the
kernel `trace_rows`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.kernels import load
from gotrace.readers.trace.derive.chunk import Chunk, numbers
from gotrace.readers.trace.derive.folder import Block, Noteless
from gotrace.readers.trace.derive.names import Names
from gotrace.readers.trace.derive.views import views
from gotrace.readers.trace.events import argument_counts
from gotrace.readers.trace.generation import GenerationTables
from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["GoroutineFolder"]

_STATES = ("undetermined", "runnable", "running", "syscall", "waiting", "notexist")
_UNDETERMINED, _RUNNABLE, _RUNNING, _SYSCALL, _WAITING, _NOT_EXIST = range(6)

_BY_ARGUMENT = {
    "GoCreate": (_NOT_EXIST, _RUNNABLE),
    "GoCreateBlocked": (_NOT_EXIST, _WAITING),
    "GoCreateSyscall": (_NOT_EXIST, _SYSCALL),
    "GoStart": (_RUNNABLE, _RUNNING),
    "GoUnblock": (_WAITING, _RUNNABLE),
    "GoSwitch": (_WAITING, _RUNNABLE),
    "GoSwitchDestroy": (_WAITING, _RUNNABLE),
    "GoStatus": (_UNDETERMINED, _UNDETERMINED),
    "GoStatusStack": (_UNDETERMINED, _UNDETERMINED),
}
"""Events whose first argument is the goroutine: its states before and after."""
_BY_CONTEXT = {
    "GoDestroy": (_RUNNING, _NOT_EXIST),
    "GoDestroySyscall": (_SYSCALL, _NOT_EXIST),
    "GoStop": (_RUNNING, _RUNNABLE),
    "GoBlock": (_RUNNING, _WAITING),
    "GoSyscallBegin": (_RUNNING, _SYSCALL),
    "GoSyscallEnd": (_SYSCALL, _RUNNING),
    "GoSyscallEndBlocked": (_SYSCALL, _RUNNABLE),
}
"""Events of the goroutine that runs."""
_STANDS = ("GoStop", "GoBlock", "GoSyscallBegin", "GoStatusStack")
"""Events whose stack is that of the goroutine which changes its state."""
_STATUS_PLACE, _REASON_PLACE, _START_STACK_PLACE = 2, 0, 1
_COUNTS = argument_counts()
_UNNAMED = -2
_ROWS_AT_FIRST = 1 << 12


def _rules() -> npt.NDArray[np.int8]:
    """What the kernel has to know of each type; see there."""
    rules = np.zeros((256, 8), np.int8)
    rules[:, [4, 5, 7]] = -1
    for names, is_named in ((_BY_ARGUMENT, True), (_BY_CONTEXT, False)):
        for name, (old, new) in names.items():
            rules[numbers(name)[0], :4] = 1, old, new, is_named
    rules[list(numbers("GoStatus", "GoStatusStack")), 4] = _STATUS_PLACE
    rules[list(numbers("GoStop", "GoBlock")), 5] = _REASON_PLACE
    rules[list(numbers(*_STANDS)), 6] = 1
    rules[list(numbers("GoCreate", "GoCreateBlocked")), 7] = _START_STACK_PLACE
    return rules


_RULES = _rules()
_GO_EVENTS = numbers(*_BY_ARGUMENT, *_BY_CONTEXT)


class GoroutineFolder(Noteless):
    """What goroutines did, one row a stay in a state."""

    tables = ("goroutine_transitions",)

    def __init__(self, names: Names) -> None:
        self._kernel: Any = load("trace_rows")
        self._places = {name: i for i, name in enumerate(self._kernel.STATE)}
        self._state: npt.NDArray[np.int64] = np.zeros(len(self._places), np.int64)
        self._state[self._places["seed"]] = secrets.randbits(63)
        self._table: npt.NDArray[np.int64] = np.zeros((_ROWS_AT_FIRST, 5), np.int64)
        self._names = names
        self._generation: GenerationTables | None = None
        self._known: npt.NDArray[np.int32] = np.zeros(0, np.int32)

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """The stays that end in the chunk."""
        self._enter(chunk)
        room = int(chunk.counts[list(_GO_EVENTS)].sum())
        out = _Stays(room)
        self._set("out", 0)
        self._run(chunk, views(out.wide, out.small))
        rows = self._get("out")
        if rows:
            yield "goroutine_transitions", out.columns(rows, self._names)

    def finish(self, end_ns: int) -> Iterable[Block]:
        """The stays that the end of the trace cut short."""
        left = self._table[self._table[:, 0] != 0]
        left = left[np.argsort(left[:, 0])]
        out = _Stays(len(left))
        key, since, state, why, where = left.T
        out.wide[:], out.small[:] = -1, -1
        out.wide[:3] = np.full(len(left), end_ns), end_ns - since, key - 1
        out.small[[0, 2, 3]] = state, why, where
        if len(left):
            yield "goroutine_transitions", out.columns(len(left), self._names)

    def _enter(self, chunk: Chunk) -> None:
        generation = chunk.events.generation
        if generation is not self._generation:
            self._generation = generation
            self._known = np.full(1, -1, np.int32)
        more = len(generation.strings) + 1 - len(self._known)
        if more:
            new = np.full(more + 1, _UNNAMED, np.int32)
            new[-1] = -1
            self._known = np.append(self._known[:-1], new)
        for name, value in (("row", 0), ("argument", 0), ("start", chunk.start_ns)):
            self._set(name, value)

    def _run(self, chunk: Chunk, out: list[memoryview]) -> None:
        events = chunk.events
        columns = (
            events.type, events.time_ns, events.thread, events.proc, events.goroutine,
            events.stack, events.args, _COUNTS, _RULES,
        )  # fmt: skip
        fixed, kernel = views(*columns), self._kernel
        while True:
            tables = views(self._known, chunk.stack_rows, self._table, self._state)
            status = kernel.stays(*fixed, *tables, *out)
            if status == kernel.DONE:
                return
            if status == kernel.FULL_TABLE:
                table: npt.NDArray[np.int64] = np.zeros((2 * len(self._table), 5), np.int64)
                kernel.rehash(*views(self._table, table), self._get("seed"))
                self._table = table
            else:
                string = self._get("name")
                self._known[string] = self._names.code_or_none(events.generation.strings[string])

    def _get(self, name: str) -> int:
        return int(self._state[self._places[name]])

    def _set(self, name: str, value: int) -> None:
        self._state[self._places[name]] = value


class _Stays:
    """Memory for rows of the table."""

    def __init__(self, rows: int) -> None:
        self.wide = np.empty((5, rows), np.int64)
        self.small = np.empty((6, rows), np.int32)

    def columns(self, rows: int, names: Names) -> Columns:
        """The first `rows` of them."""
        states: list[str] = list(_STATES)
        end, duration, goroutine, src_thread, src_goroutine = self.wide[:, :rows]
        before, after, reason, stack, src_stack, src_proc = self.small[:, :rows]
        columns: dict[str, Column] = {
            "end_time_ns": end,
            "duration_ns": duration,
            "goroutine": goroutine,
            "from_state": Coded(before, states),
            "to_state": Coded(after, states),
            "reason": names.column(reason),
            "stack_id": stack,
            "src_stack_id": src_stack,
            "src_m": src_thread,
            "src_p": src_proc,
            "src_g": src_goroutine,
        }
        return Columns(rows, columns)
