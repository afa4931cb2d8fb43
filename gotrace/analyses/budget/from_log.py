"""What a log of the collector says of budgets."""

from __future__ import annotations

from gotrace.analyses.budget.from_gc import measure_gc
from gotrace.tables.budget import Measurement
from gotrace.tables.recording import Recording

__all__ = ["LogBudgets"]


class LogBudgets:
    """A recording of kind `gclog`: each run of the program in it is a repeat."""

    def __init__(self, recording: Recording) -> None:
        self._tables = {name: recording.columns[name] for name in ("gc_cycles", "gc_pauses")}

    def measure(self, name: str, window_ns: int) -> list[Measurement]:
        """The metric, once for each run; empty where the log does not tell it."""
        return measure_gc(self._tables, name, 0)
