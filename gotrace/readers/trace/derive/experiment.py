"""What the alloc/free experiment defines besides its events: the layout of the heap, and types.

Batches of the experiment (`runtime/traceallocfree.go`, `runtime/tracetype.go`) start with a byte:
1 for the layout (lowest heap address, page size, units of objects and stacks; in the first
generation only), 0 for types (id, address, size, pointer bytes, name). Ids of types start again
with every generation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gotrace.readers.trace.generation import GenerationTables, Ids

__all__ = ["Layout", "TypeBatch", "decode"]

ALLOC_FREE = 1
"""Number of the experiment (`tracev2.AllocFree`)."""
_TYPES, _LAYOUT = 0, 1
_MOST = (1 << 64) - 1


@dataclass(frozen=True)
class Layout:
    """What ids of spans, objects and stacks count in."""

    lowest_address: int
    page_bytes: int
    object_unit_bytes: int
    stack_unit_bytes: int


@dataclass
class TypeBatch:
    """Types of a generation, one a row of the parallel lists."""

    ids: list[int] = field(default_factory=list)
    addresses: list[int] = field(default_factory=list)
    sizes_bytes: list[int] = field(default_factory=list)
    pointer_bytes: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def row_of_id(self, rows: npt.NDArray[np.int32]) -> Ids:
        """Ids to `rows`, one for each type of this batch."""
        ids, first = np.unique(np.array(self.ids, np.uint64), return_index=True)
        return Ids.of(ids, rows[first])


def decode(generation: GenerationTables) -> tuple[Layout | None, TypeBatch, int]:
    """Layout, types, and how many batches could not be read to their end."""
    layout, types, damaged = None, TypeBatch(), 0
    for experiment, _, content in generation.experimental:
        if experiment != ALLOC_FREE or not content:
            continue
        try:
            if content[0] == _LAYOUT:
                layout = _layout(content)
            elif content[0] == _TYPES:
                _add_types(content, types)
            else:
                damaged += 1
        except _Damaged:
            damaged += 1
    return layout, types, damaged


class _Damaged(Exception):  # noqa: N818  (never leaves this module)
    """A batch ends too early, or a number has more than 64 bits."""


def _layout(content: bytes) -> Layout:
    at, values = 1, []
    for _ in range(4):
        value, at = _number(content, at)
        values.append(value)
    return Layout(*values)


def _add_types(content: bytes, types: TypeBatch) -> None:
    at = 1
    while at < len(content):
        values = []
        for _ in range(5):
            value, at = _number(content, at)
            values.append(value)
        key, address, size, pointers, length = values
        if at + length > len(content):
            raise _Damaged
        types.ids.append(key)
        types.addresses.append(address)
        types.sizes_bytes.append(min(size, (1 << 63) - 1))
        types.pointer_bytes.append(min(pointers, (1 << 63) - 1))
        types.names.append(content[at : at + length].decode("utf-8", "replace"))
        at += length


def _number(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(content) and shift < 70:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80 and value <= _MOST:
            return value, at
        shift += 7
    raise _Damaged
