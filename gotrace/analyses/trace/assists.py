"""How long goroutines waited inside their mark assists, rather than mark.

An assist that finds no work left queues up or gives up its P until there is some
(`runtime/mgcmark.go`, gcAssistAlloc, gcParkAssist): the goroutine's range goes on, but it does not
run. Go's goroutine analysis (`internal/trace`, Summarizer) counts the whole range, and so does
`assist_ns`; here is what of it was no running.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gotrace.analyses.trace.fold import Numbers, Tally
from gotrace.tables.columns import Columns

__all__ = ["AssistWaits"]

_BEGIN, _END, _CYCLE = "GCMarkAssistBegin", "GCMarkAssistEnd", "GCBegin"
_RUNNING = "running"
_FAR = (1 << 63) - 1


@dataclass(eq=False)
class _Assist:
    goroutine: int
    begin_ns: int
    cycle: int
    end_ns: int = _FAR
    waited_ns: int = 0
    """Told in chunks before the one that it ends in."""


class AssistWaits:
    """Waiting by cycle: nanoseconds of stays that are not `running`, within assists.

    A goroutine runs when its assist begins and when it ends, so what it waits lies wholly inside,
    and ends before the assist does. Of an assist whose begin or end is not in the trace nothing
    counts.
    """

    tables = ("events", "goroutine_transitions")

    def __init__(self, most: int) -> None:
        self.waited = Tally("waited_ns", most=most)
        self._cycle = 0
        self._open: dict[int, _Assist] = {}  # by goroutine
        self._ended: list[_Assist] = []

    def feed(self, table: str, columns: Columns) -> None:
        """Take a block: the events of a chunk come before its transitions."""
        if table == "events":
            self._events(columns)
        else:
            self._transitions(columns)

    def _events(self, columns: Columns) -> None:
        event = columns.coded("event")
        kinds = [name in (_BEGIN, _END, _CYCLE) for name in event.values]
        rows = np.flatnonzero(np.array([*kinds, False])[event.codes])
        times, goroutines = (
            columns.array(name)[rows].tolist() for name in ("time_ns", "goroutine")
        )
        self._ended = []
        for row, time, goroutine in zip(rows.tolist(), times, goroutines, strict=True):
            name = event[row]
            if name == _CYCLE:
                self._cycle += 1
            elif name == _BEGIN:
                self._open[goroutine] = _Assist(goroutine, time, self._group(columns, row))
            elif goroutine in self._open:
                assist = self._open.pop(goroutine)
                assist.end_ns = time
                self._add([assist.cycle], [assist.waited_ns])
                self._over(assist.cycle, time - assist.begin_ns)
                self._ended.append(assist)

    def _group(self, columns: Columns, row: int) -> int:
        """What the assist that begins in this row of `events` is counted for: its cycle."""
        return self._cycle

    def _over(self, group: int, duration_ns: int) -> None:
        """An assist of that group is over."""

    def _transitions(self, columns: Columns) -> None:
        assists = [*self._ended, *self._open.values()]
        told = [(a.goroutine, a.begin_ns, a.end_ns, a.cycle) for a in assists]
        table = np.array(told, np.int64).reshape(-1, 4).T
        state, duration = columns.coded("from_state"), columns.array("duration_ns")
        is_waiting = np.array([value != _RUNNING for value in state.values] + [False])
        is_meant = is_waiting[state.codes] & np.isin(columns.array("goroutine"), table[0])
        stays = np.flatnonzero(is_meant & (duration > 0))
        goroutine, end = (columns.array(name)[stays] for name in ("goroutine", "end_time_ns"))
        place, waited = _within(table, goroutine, end), duration[stays]
        is_over = (place >= 0) & (place < len(self._ended))
        self._add(table[3][place[is_over]], waited[is_over])
        # What is under way may never end: it counts when it does.
        rows = np.flatnonzero(place >= len(self._ended))
        for row, length in zip(place[rows].tolist(), waited[rows].tolist(), strict=True):
            assists[row].waited_ns += length

    def _add(self, cycles: npt.ArrayLike, waited_ns: npt.ArrayLike) -> None:
        self.waited.add(np.array(cycles, np.int64), waited_ns=np.array(waited_ns, np.int64))


def _within(assists: Numbers, goroutine: Numbers, time: Numbers) -> Numbers:
    """For each (goroutine, time) the column of the assist around it; -1 for none."""
    if not assists.shape[1]:
        return np.full(len(time), -1, np.int64)
    # One number for goroutine and time, by their ranks: the numbers themselves could be any.
    _, who = np.unique(np.concatenate([assists[0], goroutine]), return_inverse=True)
    _, when = np.unique(np.concatenate([assists[1], time]), return_inverse=True)
    key = who.astype(np.int64) * len(when) + when
    begins, asked = key[: assists.shape[1]], key[assists.shape[1] :]
    order = np.argsort(begins, kind="stable")
    place = order[np.maximum(np.searchsorted(begins[order], asked) - 1, 0)]
    is_around = (assists[0][place] == goroutine) & (assists[1][place] < time)
    return np.where(is_around & (time <= assists[2][place]), place, -1)
