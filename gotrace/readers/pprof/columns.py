"""Bytes → columns: allocates what the kernel `profile_wire` counted, within limits; fills it."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from gotrace.errors import LimitError, MalformedError
from gotrace.kernels.plain.profile_wire import COUNTS
from gotrace.readers.limits import Limits
from gotrace.readers.pprof.ids import IdIndex

__all__ = [
    "SampleColumns",
    "TableColumns",
    "count",
    "decode_samples",
    "decode_tables",
    "uneven_sample",
]

Integers = npt.NDArray[np.int64]
Unsigned = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int32]

LIMITED = {
    "samples": "samples",
    "stack_entries": "stack_entries",
    "labels": "samples",
    "locations": "locations",
    "lines": "locations",
    "functions": "locations",
    "strings": "locations",
    "messages": "header_messages",
    "comments": "header_messages",
}
"""What the kernel counts → the field of `Limits` that bounds it."""

UNBOUNDED = (1 << 63) - 1

COSTS = {
    "samples": 16,
    "stack_entries": 4,
    "values": 8,
    "labels": 70,
    "locations": 64,
    "lines": 36,
    "functions": 88,
    "strings": 24,
}
"""What the kernel counts → bytes that reading one takes, working arrays included (measured)."""


@dataclass(frozen=True)
class TableColumns:
    """What the kernel's `fill_tables` fills; its docstring names the rows of each array."""

    locations: Unsigned
    line_offsets: Integers
    lines: Unsigned
    functions: Unsigned
    strings: Integers
    messages: Integers


@dataclass(frozen=True)
class SampleColumns:
    """What the kernel's `fill_samples` fills: S samples, K sample types, B labels."""

    offsets: Integers
    locations: Rows
    values: Integers
    label_samples: Integers
    labels: Unsigned


def count(wire: ModuleType, raw: memoryview, limits: Limits) -> dict[str, int]:
    """Check the structure of the input and count its parts (`COUNTS`).

    Raises TruncatedError, MalformedError and LimitError.
    """
    counts = np.zeros(len(COUNTS), np.int64)
    bounds = [getattr(limits, LIMITED[name]) if name in LIMITED else UNBOUNDED for name in COUNTS]
    wire.count(raw, counts.data, np.array(bounds, np.int64).data)
    sizes = dict(zip(COUNTS, counts.tolist(), strict=True))
    for name, bound in zip(COUNTS, bounds, strict=True):
        if sizes[name] > bound:
            more = f"more than {bound:,} {name.replace('_', ' ')}"
            raise LimitError(more, advice=f"the limit is `{LIMITED[name]}`")
    needed = len(raw) + sum(sizes[name] * cost for name, cost in COSTS.items())
    if needed > limits.decompressed_bytes:
        reason = f"its tables need {needed} bytes, more than {limits.decompressed_bytes}"
        raise LimitError(reason, advice="raise it with --max-size (limit `decompressed_bytes`)")
    if sizes["strings"] == 0:
        raise MalformedError("the profile has no string table")
    return sizes


def decode_tables(wire: ModuleType, raw: memoryview, sizes: dict[str, int]) -> TableColumns:
    """Decode everything but samples, into columns of the counted sizes."""
    tables = TableColumns(
        locations=np.empty((4, sizes["locations"]), np.uint64),
        line_offsets=np.empty(sizes["locations"] + 1, np.int64),
        lines=np.empty((3, sizes["lines"]), np.uint64),
        functions=np.empty((5, sizes["functions"]), np.uint64),
        strings=np.empty((2, sizes["strings"]), np.int64),
        messages=np.empty((3, sizes["messages"]), np.int64),
    )
    wire.fill_tables(raw, *(column.data for column in vars(tables).values()))
    return tables


def decode_samples(
    wire: ModuleType, raw: memoryview, sizes: dict[str, int], locations: IdIndex, type_count: int
) -> SampleColumns:
    """Decode the samples; where their numbers of values differ, all of them are left empty.

    `check_valid` refuses such a profile. Nothing can be allocated for it: what its header announces
    is not what its samples hold.
    """
    if uneven_sample(sizes, type_count) is not None:
        sizes = dict.fromkeys(sizes, 0)
    samples = SampleColumns(
        offsets=np.zeros(sizes["samples"] + 1, np.int64),
        locations=np.empty(sizes["stack_entries"], np.int32),
        values=np.empty((type_count, sizes["samples"]), np.int64),
        label_samples=np.empty(sizes["labels"], np.int64),
        labels=np.empty((4, sizes["labels"]), np.uint64),
    )
    if sizes["samples"]:
        index = (locations.near_rows, locations.far_ids, locations.far_rows)
        filled = (*index, *vars(samples).values())
        wire.fill_samples(raw, *(column.data for column in filled))
    return samples


def uneven_sample(sizes: dict[str, int], type_count: int) -> tuple[int, int] | None:
    """The first sample that has not one value for each sample type, and how many it has."""
    if sizes["samples"] and sizes["values_per_sample"] != type_count:
        return 0, sizes["values_per_sample"]
    if sizes["uneven_sample"] >= 0:
        return sizes["uneven_sample"], sizes["uneven_values"]
    return None
