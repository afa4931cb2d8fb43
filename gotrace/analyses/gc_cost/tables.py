"""The tables of sites, and of the lines of chosen functions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import estimate_columns, largest, share
from gotrace.analyses.gc_cost.lines import allocated_below, matching_lines, time_below
from gotrace.analyses.gc_cost.sites import SiteCosts, allocated_bytes
from gotrace.analyses.gc_cost.split import Split
from gotrace.analyses.result import ResultColumn, ResultTable
from gotrace.tables.recording import Recording

__all__ = ["line_table", "site_table"]

Numbers = npt.NDArray[np.int64]

_OTHER_TIME = (
    "Bytes are those since the program started, CPU time is that of the profile: where they cover "
    "different work, so does the charge."
)
_FAVOURS = (
    "Samples of mallocgc favour many small objects; the collector's work grows with bytes and "
    "pointers. A heap profile of the same run charges by bytes."
)


def site_table(sites: SiteCosts, split: Split, rule: str, rows: int) -> ResultTable:
    """The sites that pay most: own malloc and assists, what they are charged, and the sum."""
    total = sites.total_ns
    order = largest(total, rows)
    columns = [
        ResultColumn("function", "text", [sites.places[row][0] for row in order], "function",
                     is_key=True),
        ResultColumn("place", "text", [sites.places[row][1] for row in order], "file:line",
                     is_key=True),
        ResultColumn("malloc_ns", "ns", sites.malloc_ns[order].tolist(), "malloc"),
        ResultColumn("assist_ns", "ns", sites.assist_ns[order].tolist(), "assists"),
        ResultColumn("charged_ns", "ns", sites.charge.time_ns[order].tolist(), "charged GC",
                     doc=f"The collector's other work, {rule}."),
        *estimate_columns("total_ns", "ns", total[order], sites.errors[order], "total"),
        ResultColumn("share", "ratio", [share(int(total[row]), split.values.total_ns)
                                        for row in order], "share"),
    ]  # fmt: skip
    if sites.bytes is not None:
        columns.append(ResultColumn("allocated_bytes", "bytes", sites.bytes[order].tolist(),
                                    "allocated"))  # fmt: skip
    notes = [f"Malloc and assists are the site's own samples; the rest is charged {rule}."]
    notes.append(_FAVOURS if sites.bytes is None else _OTHER_TIME)
    if hidden := int(np.count_nonzero(total)) - len(order):
        notes.append(f"{hidden:,} more sites that pay less are not shown.")
    return ResultTable("sites", "Call sites that pay for memory", tuple(columns), tuple(notes))


def line_table(
    profile: Recording, allocations: Recording | None, split: Split, focus: str, rows: int
) -> ResultTable:
    """The same below each line of the functions that `focus` chooses. Raises UsageError."""
    lines = matching_lines(profile, focus)
    malloc, assist = (time_below(profile, lines, samples, split.values.time_ns[samples])
                      for samples in split.direct)  # fmt: skip
    if allocations is None:
        weights, whole = malloc, int(split.values.time_ns[split.direct[0]].sum())
    else:
        weights = allocated_below(allocations, focus)
        whole = sum(allocated_bytes(allocations).amounts.values())
    places = sorted(malloc.keys() | assist.keys() | weights.keys())
    amount = split.to_charge[0]
    shared = [amount * weights.get(place, 0) // whole if whole else 0 for place in places]
    total = np.array([malloc.get(place, 0) + assist.get(place, 0) + part
                      for place, part in zip(places, shared, strict=True)], np.int64)  # fmt: skip
    order = largest(total, rows)
    columns = (
        ResultColumn("function", "text", [places[row][0] for row in order], "function",
                     is_key=True),
        ResultColumn("place", "text", [places[row][1] for row in order], "file:line", is_key=True),
        ResultColumn("malloc_ns", "ns", [malloc.get(places[row], 0) for row in order], "malloc"),
        ResultColumn("assist_ns", "ns", [assist.get(places[row], 0) for row in order], "assists"),
        ResultColumn("charged_ns", "ns", [shared[row] for row in order], "charged GC"),
        ResultColumn("total_ns", "ns", total[order].tolist(), "total"),
        ResultColumn("share", "ratio", [share(int(total[row]), split.values.total_ns)
                                        for row in order], "share"),
    )  # fmt: skip
    notes = ("A line has what it and all it called allocated, so lines are not to be added up.",)
    return ResultTable("lines", f"Lines of functions that match {focus}", columns, notes)
