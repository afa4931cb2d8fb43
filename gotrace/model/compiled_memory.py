"""Tables that all compiled heaps have in common: spans, sets of slots, size rules.

The kernels take nothing from the system: when a table is full they come back before the next row of
the stream, and the table is doubled here. Columns: `gotrace/kernels/heap_replay_parts/memory.pxi`.
"""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gotrace.model.heap import Statistics
from gotrace.model.policy import Policy
from gotrace.model.sizes import Kind, size_rules

__all__ = [
    "CLASS_COLUMNS",
    "FULL_OTHER",
    "FULL_PAGES",
    "FULL_ROWS",
    "FULL_WORDS",
    "ClassTables",
    "CompiledHeap",
    "SpanColumns",
    "class_tables",
    "grow_memory",
    "larger",
    "new_memory",
    "span_columns",
    "sums_by",
]

FULL_ROWS, FULL_WORDS, FULL_PAGES, FULL_OTHER = 1, 2, 3, 5
"""What `Player.play` comes back with when a table is full."""

_ROWS = 1024
_ROW_COLUMNS = 16
_WORDS = 1 << 14
_SETS = 4

CLASS_COLUMNS = 8
"""Columns of `ClassTables.classes` (`C_SIZE_CLASS` and so on)."""


class CompiledHeap(Protocol):
    """A heap of a kernel, with its tables."""

    heap: Any
    """What the kernel's `Player` plays with."""

    def __init__(self, kernel: ModuleType, policy: Policy, first_address: int) -> None: ...

    def grow(self, status: int) -> None:
        """Make room in the table that `status` names."""
        ...

    def statistics(self) -> Statistics:
        """The heap in numbers, now."""
        ...


class ClassTables(NamedTuple):
    """The size rules as a kernel wants them."""

    classes: NDArray[np.int32]
    class_of: NDArray[np.uint8]
    tiny_class: int
    """Span class of the tiny allocator; -1 where there is none."""
    has_zero_base: bool
    """Whether no bytes are no object."""
    is_split: bool
    """Whether span classes tell objects without pointers apart."""


@lru_cache
def class_tables(name: str) -> ClassTables:
    """The size rules of runtime `name`: every span class, and the class of every 8 bytes."""
    rules = size_rules(name)
    requests = [
        [rules.request(8 * step, has_pointers) for has_pointers in (False, True)]
        for step in range(rules.max_small_bytes // 8 + 1)
    ]
    known = {request.span_class: request for both in requests[1:] for request in both}
    tiny = rules.request(8, False)
    tiny_class = tiny.span_class if tiny.kind is Kind.TINY else -1
    classes = np.zeros((max(known) + 1, CLASS_COLUMNS), np.int32)
    for number, request in known.items():
        words = -(-request.objects_per_span // 64) * _SETS
        if number == tiny_class:
            words *= 3  # what lives in a slot is counted in a byte beside its bits
        classes[number, :6] = (
            request.size_class,
            request.slot_bytes,
            request.header_bytes,
            request.npages,
            request.objects_per_span,
            words,
        )
    class_of = np.array([[one.span_class for one in both] for both in requests], np.uint8)
    is_split = rules.request(64, True).span_class != rules.request(64, False).span_class
    has_zero_base = rules.request(0).kind is Kind.ZERO
    return ClassTables(
        classes.reshape(-1), class_of.reshape(-1), tiny_class, has_zero_base, is_split
    )


def new_memory(kernel: ModuleType, policy: Policy, base_page: int) -> Any:
    """The tables of an empty heap, without any page; pages are counted from `base_page` on."""
    memory, tables = kernel.Memory(), class_tables(policy.name)
    memory.page_bytes = policy.sizes.page_bytes
    memory.max_small_bytes = policy.sizes.max_small_bytes
    memory.base_page = base_page
    memory.rows = np.zeros(_ROWS * _ROW_COLUMNS, np.int32)
    memory.page_map = np.zeros(0, np.int32)
    memory.classes = tables.classes
    memory.class_of = tables.class_of
    memory.tiny_class = tables.tiny_class
    memory.has_zero_base = tables.has_zero_base
    memory.is_split = tables.is_split
    _set_words(memory, np.zeros(_WORDS, np.uint64))
    return memory


def grow_memory(memory: Any, status: int) -> None:
    """Double the rows or the words."""
    if status == FULL_ROWS:
        memory.rows = larger(memory.rows)
    else:
        _set_words(memory, larger(memory.words))


def larger(table: Any, size: int = 0, used: int | None = None) -> NDArray[Any]:
    """A copy of `table`, twice as large or of `size`; what is new is 0.

    Only the first `used` places are copied, so that those never touched cost no memory.
    """
    old = np.asarray(table)[:used]
    new = np.zeros(size or 2 * len(table), old.dtype)
    new[: len(old)] = old
    return new


class SpanColumns(NamedTuple):
    """All spans of objects."""

    size_class: NDArray[np.int64]
    span_class: NDArray[np.int64]
    allocated_count: NDArray[np.int64]
    slot_bytes: NDArray[np.int64]


def span_columns(memory: Any) -> SpanColumns:
    """All spans of objects, in no order that means anything."""
    rows = np.asarray(memory.rows).reshape(-1, _ROW_COLUMNS)[1 : memory.last_row + 1]
    rows = rows[rows[:, 2] >= 0].astype(np.int64)
    slot_bytes = np.where(rows[:, 5] > 0, rows[:, 5], rows[:, 1] * memory.page_bytes)
    return SpanColumns(rows[:, 3], rows[:, 2], rows[:, 9], slot_bytes)


def sums_by(keys: NDArray[np.int64], amounts: NDArray[np.int64]) -> dict[int, int]:
    """Key → sum of its amounts, keys in rising order."""
    sums = np.zeros(int(keys.max(initial=-1)) + 1, np.int64)
    np.add.at(sums, keys, amounts)
    return {key: int(sums[key]) for key in np.unique(keys).tolist()}


def _set_words(memory: Any, words: NDArray[np.uint64]) -> None:
    memory.words, memory.words_as_bytes = words, words.view(np.uint8)
