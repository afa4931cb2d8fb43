"""Large objects: those above 32 KiB, each in a span of its own, by the pages they take.

A large object is rounded up to whole pages (`allocLarge` in `runtime/mcache.go`), so the `bytes`
label of a heap profile is exactly what it takes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.estimates import estimate_columns
from gotrace.analyses.heap_picture import HeapPicture
from gotrace.analyses.heap_values import Totals
from gotrace.analyses.result import Result, ResultColumn, ResultTable

__all__ = ["large_objects"]

_TITLES = {"alloc": "alloc", "inuse": "in use"}
_LIMIT = 20

Rows = npt.NDArray[Any]


def large_objects(heap: HeapPicture, limit: int = _LIMIT) -> Result:
    """Objects above 32 KiB by pages: objects, bytes, sampling errors, sites; most bytes first.

    At most `limit` rows (0: all). Without large objects the result has no table.
    """
    is_large = (heap.rows.of_sample == heap.rows.large) & ~heap.values.is_empty
    tables: tuple[ResultTable, ...] = ()
    if is_large.any():
        tables = (_table(heap, is_large, limit),)
    return Result("large_objects", "Large objects", tables=tables)


def _table(heap: HeapPicture, is_large: npt.NDArray[np.bool_], limit: int) -> ResultTable:
    samples = np.flatnonzero(is_large)
    sizes, groups = np.unique(heap.values.slot_bytes[samples], return_inverse=True)
    totals = {
        name: measure.at(samples).totals(groups, len(sizes))
        for name, measure in heap.values.recorded.items()
    }
    # What is in use counts first, then what was allocated.
    order = np.lexsort([-np.abs(total.bytes) for total in totals.values()])
    kept = order[: limit or None]
    pages = sizes // heap.rows.table.page_bytes
    columns = [
        ResultColumn("pages_count", "count", pages[kept].tolist(), "pages", is_key=True),
        ResultColumn("object_bytes", "bytes", sizes[kept].tolist(), "object"),
    ]
    for name, total in totals.items():
        columns += _measure_columns(name, total, kept)
    columns += _site_columns(heap, samples, groups, kept)
    return ResultTable(
        "large_objects", "Large objects", tuple(columns), _footnotes(len(order) - len(kept))
    )


def _measure_columns(name: str, total: Totals, kept: Rows) -> list[ResultColumn]:
    title = _TITLES[name]
    objects = total.objects[kept].tolist()
    sizes = total.bytes[kept], total.byte_errors[kept]
    return [
        ResultColumn(f"{name}_objects_count", "count", objects, f"{title} objects"),
        *estimate_columns(f"{name}_bytes", "bytes", *sizes, title),
    ]


def _site_columns(heap: HeapPicture, samples: Rows, groups: Rows, kept: Rows) -> list[ResultColumn]:
    """How many sites there are for each size, and the one with most bytes.

    `samples` are the rows of large samples, `groups` the number of each one's size.
    """
    measures = list(heap.values.recorded.values())
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(int(groups.max()) + 2))
    counts, names = [], []
    for group in kept:
        members = samples[order[bounds[group] : bounds[group + 1]]]
        where, index = np.unique(heap.sites.of_sample[members], return_inverse=True)
        weights = [np.abs(np.bincount(index, m.bytes[members], len(where))) for m in measures]
        counts.append(len(where))
        names.append(heap.sites.where(int(where[np.lexsort(weights)[-1]])))
    return [
        ResultColumn("sites_count", "count", counts, "sites"),
        ResultColumn("main_site", "text", names, "site with most bytes"),
    ]


def _footnotes(hidden: int) -> tuple[str, ...]:
    notes = ["Large objects are rounded up to whole pages; how much they asked for is not known."]
    if hidden:
        notes.append(f"{hidden} more sizes with fewer bytes are not shown.")
    return tuple(notes)
