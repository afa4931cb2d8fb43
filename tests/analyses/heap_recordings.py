"""Hand-made heap recordings: a few samples, written where they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gotrace.tables.columns import Coded, Columns, Lists
from gotrace.tables.recording import Origin, Recording

__all__ = ["RATE", "Sample", "recording"]

RATE = 524288
HEAP = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")
BYTES = {"alloc_space", "inuse_space", "space"}


@dataclass(frozen=True)
class Sample:
    """Objects of `slot` bytes allocated and in use at `stack` (leaf first, `a.F` or `a.F:12`).

    `bytes` stand for themselves where they are not objects times slot.
    """

    slot: int
    alloc: int
    inuse: int = 0
    stack: Sequence[str] = ("main.work:7", "main.main:3")
    is_labelled: bool = True
    alloc_bytes: int | None = None
    inuse_bytes: int | None = None

    def values(self) -> list[int]:
        alloc = self.alloc * self.slot if self.alloc_bytes is None else self.alloc_bytes
        inuse = self.inuse * self.slot if self.inuse_bytes is None else self.inuse_bytes
        return [self.alloc, alloc, self.inuse, inuse]


def recording(
    *samples: Sample,
    rate: int = 1,
    go_version: str = "",
    mem_stats: Mapping[str, float] | None = None,
    kind: str = "heap",
    types: Sequence[str] = HEAP,
) -> Recording:
    """A recording of `samples`; one location holds one frame; files are `FUNCTION.go`."""
    names = list(dict.fromkeys(name for s in samples for name in s.stack))
    functions = [name.partition(":")[0] for name in names]
    labelled = [row for row, s in enumerate(samples) if s.is_labelled]
    values = np.array([s.values() for s in samples], np.int64).reshape(len(samples), 4)
    picked = [HEAP.index(t) for t in types] if set(types) <= set(HEAP) else range(len(types))
    count = len(samples)
    stats = dict(mem_stats or {})
    tables = {
        "sample_types": Columns(
            len(types),
            {
                "sample_type": np.array(types, object),
                "unit": np.array(["bytes" if t in BYTES else "count" for t in types], object),
            },
        ),
        "functions": Columns(
            len(functions),
            {
                "name": np.array(functions, object),
                "start_line": np.zeros(len(names), np.int64),
                "filename": np.array([f"{f.split('.')[-1]}.go" for f in functions], object),
            },
        ),
        "frames": Columns(
            len(names),
            {
                "function_id": np.arange(len(names), dtype=np.int32),
                "line": np.array([int(n.partition(":")[2] or 0) for n in names], np.int64),
                "address": np.zeros(len(names), np.uint64),
            },
        ),
        "locations": Columns(
            len(names), {"frame_ids": Lists.from_rows([[row] for row in range(len(names))])}
        ),
        "samples": Columns(
            count * len(types), {"value": values[:, list(picked)].T.reshape(-1).copy()}
        ),
        "sample_locations": Columns(
            count,
            {"location_ids": Lists.from_rows([[names.index(n) for n in s.stack] for s in samples])},
        ),
        "labels": Columns(
            len(labelled),
            {
                "sample_id": np.array(labelled, np.int64),
                "key": Coded(np.zeros(len(labelled), np.int32), ["bytes"]),
                "text": Coded(np.full(len(labelled), -1, np.int32), ["bytes"]),
                "number": np.array([samples[row].slot for row in labelled], np.int64),
                "unit": Coded(np.zeros(len(labelled), np.int32), [""]),
            },
        ),
        "mem_stats": Columns(
            len(stats),
            {"field": np.array(list(stats), object), "value": np.array(list(stats.values()))},
        ),
    }
    origin = Origin(go_version=go_version, period=rate, period_type="space", period_unit="bytes")
    return Recording(kind, origin, tables)
