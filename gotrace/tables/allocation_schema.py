"""The table of allocations that users bring themselves, to be replayed: one row an object."""

from __future__ import annotations

from gotrace.tables.declaration import Column, Table

__all__ = ["ALLOCATIONS", "OPTIONAL"]

ALLOCATIONS = Table(
    "allocations",
    "Objects that a program allocated, in any order: one row each.",
    (
        Column(
            "time_ns",
            "int64",
            "When it was allocated; rows of the same time keep their order. Any clock, any start.",
            "ns",
        ),
        Column(
            "proc",
            "int32",
            "The P (or thread) that allocated it, 0 to 1,023; without the column 0.",
        ),
        Column(
            "size_bytes", "int64", "What the program asked for, 0 or more, below 2^48.", "bytes"
        ),
        Column(
            "has_pointers",
            "bool",
            "The type of the object has pointers in it; without the column false.",
        ),
        Column(
            "free_time_ns",
            "int64",
            "When nothing referred to it any more, by the same clock; null (or an empty cell): "
            "never. Without the column nothing dies.",
            "ns",
            nullable=True,
        ),
    ),
)

OPTIONAL = frozenset({"proc", "has_pointers", "free_time_ns"})
"""Columns that may be missing."""
