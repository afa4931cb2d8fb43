"""Types of heap objects, each content once: `types`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gotrace.readers.trace.derive.experiment import TypeBatch
from gotrace.readers.trace.derive.known import Known
from gotrace.readers.trace.generation import Ids
from gotrace.tables.columns import Columns
from gotrace.tables.identity import hash_strings, mix

__all__ = ["TypeTable"]


class TypeTable:
    """The table `types`, which grows from generation to generation."""

    def __init__(self) -> None:
        self.types = Known()
        self._new: list[tuple[str, Columns]] = []

    def add(self, batch: TypeBatch) -> Ids:
        """Ids of a generation's types to rows of `types`."""
        sizes = np.array(batch.sizes_bytes, np.int64)
        pointers = np.array(batch.pointer_bytes, np.int64)
        addresses = np.array(batch.addresses, np.uint64)
        ids = mix(hash_strings(batch.names), sizes, pointers, addresses)
        rows, first = self.types.add(ids)
        if len(first):
            columns = {
                "type_id": ids[first],
                "name": np.array([batch.names[row] for row in first.tolist()], object),
                "size_bytes": sizes[first],
                "pointer_bytes": pointers[first],
                "address": addresses[first],
            }
            self._new.append(("types", Columns(len(first), columns)))
        return batch.row_of_id(rows)

    def take(self) -> Iterator[tuple[str, Columns]]:
        """The rows that came since the last call: table and columns."""
        new, self._new = self._new, []
        yield from new
