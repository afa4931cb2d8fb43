"""A trace as the stream of allocations that a model of another allocator replays.

Objects get numbers in the order of their rows, stacks the numbers behind. What was there when the
trace began comes first, by address, as if P 0 had allocated it. Frees are what the sweeper found
(`Stream.is_swept`); the trace does not tell on which P. Where only bounds of the size are known it
is the largest that fits the slot, and not exact; tiny objects that share a slot are one object of
its size, for the tables tell no times of the later ones. `trace_bounds` has the smallest as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.replay.batch import MOST_BYTES, Objects
from gotrace.analyses.replay.bounds import StreamBounds
from gotrace.analyses.replay.moments import Numbers
from gotrace.analyses.replay.pairs import Pairs
from gotrace.analyses.replay.waste import Waste
from gotrace.model.sizes import TINY_BYTES
from gotrace.model.stream import StepKind, Stream
from gotrace.model.versions import GoVersion
from gotrace.tables.columns import Columns

__all__ = ["STREAM_TABLES", "trace_bounds", "trace_stream"]

STREAM_TABLES = ("objects", "types", "goroutine_stacks", "ranges", "metrics")
"""What `trace_stream` is made of."""
_PROCS = "/sched/gomaxprocs:threads"
_BEFORE = -1


_DTYPES: dict[str, npt.DTypeLike] = {
    "time": np.int64,
    "kind": np.uint8,
    "cache": np.int32,
    "object": np.int64,
    "size": np.int64,
    "least": np.int64,
    "is_tiny": np.bool_,
    "has_pointers": np.bool_,
    "is_exact": np.bool_,
    "address": np.int64,
}


class _Rows:
    """Rows of the stream, and the times that put them in order."""

    def __init__(self) -> None:
        self._parts: list[dict[str, npt.NDArray[Any]]] = []

    def add(self, kind: StepKind, time_ns: Numbers, **columns: Numbers | int) -> None:
        count = len(time_ns)
        given = {"is_exact": 1, **columns, "time": time_ns, "kind": int(kind)}
        self._parts.append(
            {
                # What is the same for all rows takes no room.
                name: np.broadcast_to(np.asarray(given.get(name, 0), dtype), count)
                for name, dtype in _DTYPES.items()
            }
        )

    def bounds(self) -> StreamBounds:
        """Everything in order, with the smallest and the largest sizes; takes the rows away."""
        # Times are all different, but for what was there before. The last key is the first.
        order = np.lexsort([self._joined(name) for name in ("address", "kind", "time")])
        every = {name: self._taken(name)[order] for name in _DTYPES if name != "address"}
        size, least, is_tiny = every["size"], every["least"], every["is_tiny"]
        most = Stream(
            kind=every["kind"],
            cache=every["cache"],
            object=every["object"],
            size=np.where(is_tiny, TINY_BYTES, size),
            has_pointers=every["has_pointers"],
            is_exact=every["is_exact"],
            is_swept=True,
            time_ns=every["time"],
        )
        return StreamBounds(
            least=replace(most, size=np.where(is_tiny, TINY_BYTES, least)),
            most=most,
            least_asked_bytes=least,
            most_asked_bytes=size,
            is_shared=is_tiny,
        )

    def _joined(self, name: str) -> npt.NDArray[Any]:
        return np.concatenate([part[name] for part in self._parts])

    def _taken(self, name: str) -> npt.NDArray[Any]:
        return np.concatenate([part.pop(name) for part in self._parts])


def trace_stream(tables: Mapping[str, Columns], version: GoVersion) -> Stream:
    """The stream of a trace's `STREAM_TABLES`; `version` is the one that recorded it."""
    bounds = trace_bounds(tables, version)
    return replace(bounds.most, size=bounds.most_asked_bytes)


def trace_bounds(tables: Mapping[str, Columns], version: GoVersion) -> StreamBounds:
    """The same twice: with the smallest sizes that the recording allows, and with the largest.

    Where slots of 16 bytes without pointers were given out, they are again: which tiny objects
    share one is a matter of their order, which is the same for every version that has tiny objects.
    """
    rows = _Rows()
    objects = Objects(tables["objects"])
    _add_objects(rows, objects, tables["types"], version)
    _add_stacks(rows, tables["goroutine_stacks"], len(objects))
    _add_marks(rows, tables["ranges"])
    metrics = tables["metrics"]
    name = metrics.coded("name")
    if _PROCS in name.values:
        changes = np.flatnonzero(name.codes == name.values.index(_PROCS))
        value = np.clip(metrics.array("value")[changes], 0, MOST_BYTES)
        rows.add(StepKind.PROCS, metrics.array("time_ns")[changes], size=value, least=value)
    return rows.bounds()


def _add_objects(rows: _Rows, objects: Objects, types: Columns, version: GoVersion) -> None:
    pairs = Pairs()
    pair = pairs.rows(objects)
    waste = Waste(version, pairs, types.array("size_bytes").tolist()).of(objects, pair)
    slot = np.clip(objects.slot_bytes, 0, MOST_BYTES)
    number = np.arange(len(objects))
    rows.add(
        StepKind.ALLOC,
        np.maximum(objects.begin_ns, _BEFORE),
        cache=np.maximum(objects.columns.array("proc"), 0),
        object=number,
        size=slot - waste[0],
        least=slot - waste[1],
        is_tiny=(slot == TINY_BYTES) & objects.columns.array("is_noscan"),
        has_pointers=~objects.columns.array("is_noscan"),
        is_exact=(waste[0] == waste[1]) & (slot > 0),
        address=(objects.address & np.uint64(MOST_BYTES - 1)).astype(np.int64),
    )
    freed = np.flatnonzero(objects.end_ns >= 0)
    rows.add(StepKind.FREE, objects.end_ns[freed], cache=-1, object=number[freed])


def _add_stacks(rows: _Rows, stacks: Columns, first: int) -> None:
    number = first + np.arange(stacks.rows)
    begin, end = stacks.array("time_ns"), stacks.array("end_time_ns")
    size = np.clip(stacks.array("size_bytes"), 0, MOST_BYTES)
    rows.add(
        StepKind.STACK_ALLOC, np.maximum(begin, _BEFORE), cache=np.maximum(stacks.array("proc"), 0),
        object=number, size=size, least=size,
        address=(stacks.array("address") & np.uint64(MOST_BYTES - 1)).astype(np.int64),
    )  # fmt: skip
    freed = np.flatnonzero(end >= 0)
    rows.add(StepKind.STACK_FREE, end[freed], cache=-1, object=number[freed])


def _add_marks(rows: _Rows, ranges: Columns) -> None:
    """Collections; one that was under way at first begins behind what was there before."""
    kind = ranges.coded("kind")
    if "gc" not in kind.values:
        return
    cycles = np.flatnonzero(kind.codes == kind.values.index("gc"))
    begin, end = ranges.array("time_ns")[cycles], ranges.array("end_time_ns")[cycles]
    rows.add(StepKind.MARK_BEGIN, np.maximum(begin, 0))
    rows.add(StepKind.MARK_END, end[end >= 0])
