"""Stays of procs in states: `proc_transitions`.

Which event takes a proc from which state to which is that of Go's own reader
(`internal/trace/event.go`, StateTransition). A row is a stay that ended; the stays that outlast the
trace come at its end.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from gotrace.readers.trace.derive.chunk import SYNC, Chunk, Rows, numbers
from gotrace.readers.trace.derive.folder import Block, Noteless
from gotrace.readers.trace.derive.stays import Stays
from gotrace.tables.columns import Coded, Column, Columns

__all__ = ["ProcFolder"]

_STATES = ("undetermined", "running", "idle", "", "", "notexist")
_UNDETERMINED, _RUNNING, _IDLE, _NOT_EXIST = 0, 1, 2, 5
_SINCE, _STATE = 0, 1
_MEANINGS = np.array([0, 1, 2, 1, 2, 5], np.int32)
"""In a system call a proc still runs; abandoned there, it is idle."""
_EVENTS = _START, _STOP, _STEAL, _STATUS = numbers(
    "ProcStart", "ProcStop", "ProcSteal", "ProcStatus"
)


class ProcFolder(Noteless):
    """What procs did, one row a stay in a state."""

    tables = ("proc_transitions",)

    def __init__(self) -> None:
        self._stays = Stays(2)
        self._sync_ns = 0

    def fold(self, chunk: Chunk) -> Iterable[Block]:
        """The stays that end in the chunk."""
        if chunk.has((SYNC,)):
            # What is first met in a generation has been so since it began.
            self._sync_ns = int(chunk.time_ns[chunk.rows((SYNC,))[0]])
        rows = chunk.rows(_EVENTS)
        before, after = self._states(chunk, rows)
        is_change = before != after
        rows, before, after = rows[is_change], before[is_change], after[is_change]
        if not len(rows):
            return
        proc = chunk.events.proc[rows].astype(np.int64)
        named = np.flatnonzero(chunk.events.type[rows] != _STOP)
        proc[named] = chunk.argument(rows[named], 0)
        time = chunk.time_ns[rows]
        is_met = before == _UNDETERMINED
        values = np.stack([np.where(is_met, self._sync_ns, time), after], 1)
        last = self._stays.advance(proc, values, np.zeros(len(rows), np.bool_))
        stays = np.flatnonzero(~is_met)
        begin = np.where(before[stays] == _NOT_EXIST, -1, last[stays, _SINCE])
        columns = {
            "end_time_ns": time[stays],
            "duration_ns": np.where(begin < 0, -1, time[stays] - begin),
            "proc": proc[stays].astype(np.int32),
            "from_state": Coded(before[stays], list(_STATES)),
            "to_state": Coded(after[stays], list(_STATES)),
            **_source(chunk, rows[stays]),
        }
        yield "proc_transitions", Columns(len(stays), columns)

    def finish(self, end_ns: int) -> Iterable[Block]:
        """The stays that the end of the trace cut short."""
        proc, last = self._stays.rest()
        count = len(proc)
        columns = {
            "end_time_ns": np.full(count, end_ns, np.int64),
            "duration_ns": end_ns - last[:, _SINCE],
            "proc": proc.astype(np.int32),
            "from_state": Coded(last[:, _STATE].astype(np.int32), list(_STATES)),
            "to_state": Coded(np.full(count, -1, np.int32), []),
            **_nobody(count),
        }
        yield "proc_transitions", Columns(count, columns)

    @staticmethod
    def _states(chunk: Chunk, rows: Rows) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        kinds = chunk.events.type[rows]
        before = np.where(kinds == _START, _IDLE, _RUNNING)
        after = np.where(kinds == _START, _RUNNING, _IDLE)
        stolen = np.flatnonzero(kinds == _STEAL)
        before[stolen] = _MEANINGS[_clamped(chunk.argument(rows[stolen], 3))]
        told = np.flatnonzero(kinds == _STATUS)
        before[told] = _MEANINGS[_clamped(chunk.argument(rows[told], 2))]
        after[told] = _MEANINGS[_clamped(chunk.argument(rows[told], 1))]
        return before.astype(np.int32), after.astype(np.int32)


def _clamped(states: Rows) -> npt.NDArray[np.int32]:
    """States as a trace out of order may have them: anything else is undetermined."""
    return np.where((states < 0) | (states > _NOT_EXIST), _UNDETERMINED, states).astype(np.int32)


def _source(chunk: Chunk, rows: Rows) -> dict[str, Column]:
    events = chunk.events
    return {
        "src_m": events.thread[rows],
        "src_p": events.proc[rows],
        "src_g": events.goroutine[rows],
    }


def _nobody(count: int) -> dict[str, Column]:
    none = np.full(count, -1, np.int64)
    return {"src_m": none, "src_p": none.astype(np.int32), "src_g": none}
