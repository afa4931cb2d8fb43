"""What the collector's tables say of a budget (`gotrace.tables.gc_schema`): traces and logs.

Sizes in a log are whole MiB and its share of the CPU whole percent: an interval reaches from what
is told to just below the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import numpy as np
import numpy.typing as npt

from gotrace.tables.budget import Measurement
from gotrace.tables.columns import Columns

__all__ = ["measure_gc"]

_TAKEN = ("assist_cpu_ns", "dedicated_cpu_ns", "fractional_cpu_ns", "stw_cpu_ns")
_PERCENT = 0.01

Numbers = npt.NDArray[np.int64]


def measure_gc(tables: Mapping[str, Columns], name: str, duration_ns: int) -> list[Measurement]:
    """The metric `name` for every run of the program that the tables know.

    `duration_ns` is that of a trace, 0 for a log. Empty where the tables do not say it. Conditions
    and sources are the caller's.
    """
    cycles = tables["gc_cycles"]
    runs = sorted(set(cycles.array("run").tolist())) or [0]
    found = []
    for run in runs:
        rows = np.flatnonzero(cycles.array("run") == run)
        measure = _MEASURES[name](tables, rows, run, duration_ns)
        if measure is not None:
            found.append(measure)
    return found


def _known(columns: Columns, name: str, rows: Numbers) -> Numbers:
    values: Numbers = columns.array(name)[rows]
    return values[values >= 0]


def _resolution(cycles: Columns, rows: Numbers) -> float:
    """How much larger than told a size may be."""
    return float(max(int(cycles.array("resolution_bytes")[rows].max(initial=1)), 1) - 1)


def _once(value: float, more: float, rule: str) -> Measurement:
    return Measurement(value, value, value + more, rule, (value,), is_noise_known=False)


def _peak(tables: Mapping[str, Columns], rows: Numbers, run: int, ns: int) -> Measurement | None:
    cycles = tables["gc_cycles"]
    sizes = np.concatenate(
        [_known(cycles, f"heap_live_{end}_bytes", rows) for end in ("start", "end")]
    )
    if not len(sizes):
        return None
    rule = "heapLive at the start and end of marking, the largest"
    return _once(float(sizes.max()), _resolution(cycles, rows), rule)


def _cycles(tables: Mapping[str, Columns], rows: Numbers, run: int, ns: int) -> Measurement | None:
    begun = int(np.count_nonzero(tables["gc_cycles"].array("time_ns")[rows] >= 0))
    return _once(float(begun), 0.0, "cycles that began")


def _cpu(tables: Mapping[str, Columns], rows: Numbers, run: int, ns: int) -> Measurement | None:
    cycles = tables["gc_cycles"]
    told = cycles.array("gc_cpu_ratio")[rows]
    told = told[np.isfinite(told)]
    if len(told):
        return _once(float(told[-1]), _PERCENT, "as the log's last line has it, in whole percent")
    procs = int(cycles.array("gomaxprocs")[rows].max(initial=0))
    if not ns or (len(rows) and procs <= 0):
        return None
    taken = sum(float(_known(cycles, name, rows).sum()) for name in _TAKEN)
    rule = "assists, workers and stops, of what the procs had"
    return _once(taken / (ns * max(procs, 1)), 0.0, rule)


def _pause(tables: Mapping[str, Columns], rows: Numbers, run: int, ns: int) -> Measurement | None:
    pauses = tables["gc_pauses"]
    own = np.flatnonzero(pauses.array("run") == run)
    lengths = _known(pauses, "duration_ns", own)
    if not len(lengths) and not ns:
        return None
    return _once(float(lengths.max(initial=0)), 0.0, f"the longest of {len(lengths)} stops")


def _survivors(
    tables: Mapping[str, Columns], rows: Numbers, run: int, ns: int
) -> Measurement | None:
    marked = _known(tables["gc_cycles"], "marked_bytes", rows)
    if not len(marked):
        return None
    rule = f"what the median of {len(marked)} collections found alive"
    return _once(float(median(marked.tolist())), _resolution(tables["gc_cycles"], rows), rule)


_MEASURES = {
    "peak_heap_live": _peak,
    "gc_cycles": _cycles,
    "gc_cpu_ratio": _cpu,
    "worst_pause": _pause,
    "survivors": _survivors,
}
