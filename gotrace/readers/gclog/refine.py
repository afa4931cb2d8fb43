"""Exact sizes where a pacer line tells them: gctrace prints MiB, gcpacertrace bytes.

A size is taken only if it rounds to what gctrace printed, so that a line which came to stand in the
wrong place changes nothing.

heapLive at the start is not made exact: gctrace takes it before the world stops, the pacer when it
stands (`runtime/mgc.go`, gcStart). The stacks that gctrace prints are those just scanned since Go
1.19 only. Go 1.18 is known by the number before the arrow of its end line: it is the trigger, the
product of fractions and 4 MiB in the first cycle, where later versions print heapLive, a sum of
slots and so a multiple of 8 (`runtime/mgcpacer.go`, endCycle). One trigger tells it for the whole
program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gotrace.readers.gclog.cycle_lines import MIB
from gotrace.readers.gclog.rows import Rows

__all__ = ["Refinement"]

Values = Mapping[str, int | float | str]

_COLUMNS = {
    "end": "heap_live_end_bytes",
    "marked": "marked_bytes",
    "goal": "goal_bytes",
    "stacks": "stacks_bytes",
}
_SLOT_STEP = 8
_FIRST_TRIGGER = 4 * MIB
_UNKNOWN = -1


class Refinement:
    """Puts exact sizes into the rows of `gc_cycles`; `finish` when all rows are there."""

    def __init__(self, cycles: Rows) -> None:
        """`cycles` has the columns of sizes, `trigger_bytes`, `run` and `exact_sizes`."""
        self._cycles = cycles
        self._exact: dict[int, list[str]] = {}
        self._of_1_18: set[int] = set()

    def take(self, row: int, previous: int, lines: Sequence[Values]) -> None:
        """Use the pacer lines of the cycle in `row`; `previous` is the row before it, or -1."""
        for line in lines:
            if line["kind"] != "end":
                continue
            self._put(row, "end", line.get("heap_live_end_bytes"))
            if "previous_marked_bytes" in line:
                self._feedback(row, previous, line)
            else:
                self._since_1_18(row, line)

    def finish(self) -> None:
        """Take back what Go 1.18 does not mean, and say which sizes are exact."""
        for row, sizes in self._exact.items():
            if "stacks" in sizes and self._cycles.get(row, "run") in self._of_1_18:
                sizes = [name for name in sizes if name != "stacks"]
                stacks = self._cycles.get(row, _COLUMNS["stacks"])
                self._cycles.set(row, _COLUMNS["stacks"], stacks // MIB * MIB)
            told = ",".join(name for name in _COLUMNS if name in sizes)
            self._cycles.set(row, "exact_sizes", told or None)

    def _feedback(self, row: int, previous: int, line: Values) -> None:
        """Go 1.5 to 1.17; its goal is computed anew for the line and not the one in force."""
        if previous >= 0:
            self._put(previous, "marked", line["previous_marked_bytes"])
        self._cycles.set(row, "trigger_bytes", line.get("trigger_bytes"))

    def _since_1_18(self, row: int, line: Values) -> None:
        start = line.get("heap_live_start_bytes", _UNKNOWN)
        if int(start) % _SLOT_STEP or start == _FIRST_TRIGGER:
            self._of_1_18.add(self._cycles.get(row, "run"))
        self._put(row, "goal", line.get("goal_bytes"))
        self._put(row, "stacks", line.get("stack_scan_work_bytes"))

    def _put(self, row: int, name: str, size: int | float | str | None) -> None:
        column = _COLUMNS[name]
        if (
            isinstance(size, int)
            and size >> 20 == self._cycles.get(row, column) >> 20
            and size >= 0
        ):
            self._cycles.set(row, column, size)
            self._exact.setdefault(row, []).append(name)
