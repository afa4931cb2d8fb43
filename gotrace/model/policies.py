"""All allocators by name: `RUNTIMES` is the table, `new_heap` makes one.

A Go version without a row has the parts of the newest one before it, and size rules of its own.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from gotrace.errors import UsageError
from gotrace.model.bitmap_heap import BitmapHeap
from gotrace.model.central import CentralSets
from gotrace.model.heap import Heap
from gotrace.model.layout import FIRST_HINT
from gotrace.model.legacy_policies import LEGACY_POLICIES, TCMALLOC_POLICIES
from gotrace.model.pages.bitmap import BitmapPages
from gotrace.model.policy import Policy
from gotrace.model.versions import resolve

__all__ = ["RUNTIMES", "new_heap", "policy_for"]


def _bitmap(name: str, has_random_base: bool = False) -> Policy:
    """go1.15 on: central sets, page bitmap."""
    return Policy(
        name=name,
        heap=BitmapHeap,
        pages=BitmapPages,
        central=CentralSets,
        first_address=FIRST_HINT,
        has_random_base=has_random_base,
    )


_POLICIES = (
    *LEGACY_POLICIES,
    _bitmap("go1.15"),
    _bitmap("go1.16"),  # a size class of 24 bytes
    _bitmap("go1.18"),
    _bitmap("go1.19"),  # stacks start as large as stacks are on average
    _bitmap("go1.22"),  # headers, heap bits in spans
    _bitmap("go1.25"),
    _bitmap("go1.26", has_random_base=True),  # mark bits in spans
    _bitmap("go1.27", has_random_base=True),
    *TCMALLOC_POLICIES,
)

RUNTIMES = MappingProxyType({policy.name: policy for policy in _POLICIES})
"""Name → policy, oldest first."""


def policy_for(name: str) -> Policy:
    """The policy of `go1.22`, `1.23.4` or `tcmalloc-2x`.

    A Go version without a row gets the newest row before it under its own name, by which size
    rules are found. Raises UsageError for names that are none.
    """
    if name in RUNTIMES:
        return RUNTIMES[name]
    try:
        version = resolve(name)
    except UsageError as error:
        raise UsageError(f"{error}; runtimes: {', '.join(RUNTIMES)}") from None
    known = [name for name in RUNTIMES if name.startswith("go") and resolve(name) <= version]
    return replace(RUNTIMES[max(known, key=resolve)], name=str(version))


def new_heap(name: str, first_address: int | None = None) -> Heap:
    """An empty heap of the runtime `name`. Raises UsageError for names that are none."""
    policy = policy_for(name)
    return policy.heap(policy, policy.first_address if first_address is None else first_address)
