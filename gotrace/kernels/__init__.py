"""The only compiled code of gotrace: Cython functions over memoryviews, columns in, columns out.

Every kernel `NAME` exists twice under the same contract: `gotrace/kernels/NAME.pyx`, and
`gotrace/kernels/plain/NAME.py`, plain Python that specifies it and stands in where no compiler was
found at installation. `load(NAME)` returns the compiled one if it was built. Nothing is silent:
`gotrace --version` names the flavour, every report on the plain flavour carries a note, and a test
fails when a kernel is missing. Kernels of the heap model (`MODELLED`) have no file in `plain/`:
what specifies them, and stands in for them, is the readable model itself, `gotrace/model/`.

`GOTRACE_KERNELS=plain` asks for the plain flavour.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

__all__ = ["KERNELS", "MODELLED", "flavour", "is_built", "load", "missing"]

KERNELS = (
    "call_graph",
    "column_pages",
    "heap_census",
    "heap_objects",
    "heap_replay",
    "heap_verify",
    "list_heap_replay",
    "profile_wire",
    "trace_order",
    "trace_rows",
    "trace_v1",
)

MODELLED = ("heap_replay", "heap_verify", "list_heap_replay")
"""Kernels whose plain twin is the readable model, `gotrace/model/`, which asks `is_built` first."""


def load(name: str) -> ModuleType:
    """The kernel `name`, compiled where possible; ImportError when a built kernel does not load."""
    if not _wants_plain():
        try:
            return import_module(f"gotrace.kernels.{name}")
        except ModuleNotFoundError as error:
            # Only a kernel that was never built is forgiven; one that fails to load is a fault.
            if error.name != f"gotrace.kernels.{name}":
                raise
    return import_module(f"gotrace.kernels.plain.{name}")


def is_built(name: str) -> bool:
    """Whether `load` gives the compiled kernel `name`."""
    return not _wants_plain() and find_spec(f"gotrace.kernels.{name}") is not None


def missing() -> list[str]:
    """The kernels that run as plain Python here."""
    # Looked for, not loaded: a report loads only the kernels that it needs.
    return [name for name in KERNELS if not is_built(name)]


def _wants_plain() -> bool:
    return os.environ.get("GOTRACE_KERNELS") == "plain"


def flavour() -> str:
    """`compiled`, `plain`, or `mixed` when only some kernels were built."""
    absent = missing()
    if not absent:
        return "compiled"
    return "plain" if len(absent) == len(KERNELS) else "mixed"
