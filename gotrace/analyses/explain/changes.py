"""What would change the answer: a byte less or more, no pointers, the next smaller slot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from gotrace.model.sizes import MAX_REQUEST_BYTES, Kind, Request, SizeRules

__all__ = ["WORD_BYTES", "Change", "changes"]

WORD_BYTES = 8
"""A type with pointers has a size that is a multiple of this, on 64-bit platforms."""


class Change(NamedTuple):
    """One other request, and what makes it another."""

    what: str
    request: Request


def changes(rules: SizeRules, size: int, has_pointers: bool) -> tuple[Change, ...]:
    """The request itself, then its neighbours; each request once."""
    seen: dict[tuple[int, bool], Change] = {}
    for what, other, pointers in _neighbours(rules, size, has_pointers):
        if 0 <= other <= MAX_REQUEST_BYTES:
            seen.setdefault((other, pointers), Change(what, rules.request(other, pointers)))
    return tuple(seen.values())


def _neighbours(rules: SizeRules, size: int, pointers: bool) -> Iterator[tuple[str, int, bool]]:
    yield "as asked", size, pointers
    if pointers:
        yield "one word less", (size - 1) // WORD_BYTES * WORD_BYTES, True
        yield "one word more", (size // WORD_BYTES + 1) * WORD_BYTES, True
    else:
        yield "one byte less", size - 1, False
        yield "one byte more", size + 1, False
    smaller = _next_smaller(rules, size, pointers)
    if smaller is not None:
        yield f"{size - smaller:,} less: smaller slot", smaller, pointers
    full = _fullest(rules, size, pointers)
    yield f"{full - size:,} more: full slot", full, pointers
    if rules.is_illustrative:  # C and C++: nobody asks
        return
    if pointers:
        yield "without pointers", size, False
        return
    whole = -(-size // WORD_BYTES) * WORD_BYTES
    yield "with pointers" if whole == size else "with pointers, padded", whole, True


def _next_smaller(rules: SizeRules, size: int, pointers: bool) -> int | None:
    """The most bytes that take less than `size` do; None if nothing does, or only no bytes.

    Tiny objects take less when more of them share a block.
    """
    least = _taken(rules.request(size, pointers))

    def takes_less(other: int) -> bool:
        return _taken(rules.request(other, pointers)) < least

    found = _last(takes_less, 0, size) if size and takes_less(0) else 0
    found = _whole(found, pointers)
    return found or None


def _fullest(rules: SizeRules, size: int, pointers: bool) -> int:
    """The most bytes that go the same way and take no more than `size` do."""
    asked = rules.request(size, pointers)

    def takes_no_more(other: int) -> bool:
        request = rules.request(other, pointers)
        return request.kind is asked.kind and _taken(request) <= _taken(asked)

    end = min(max(size, asked.slot_bytes), MAX_REQUEST_BYTES) + 1
    found = _last(takes_no_more, size, end)
    return max(_whole(found, pointers), size)


def _taken(request: Request) -> float:
    """Bytes of slot for one object: grows with the size, for tiny objects too."""
    if request.kind is Kind.ZERO:
        return 0.0
    return request.slot_bytes / request.per_slot_count


def _whole(size: int, pointers: bool) -> int:
    return size // WORD_BYTES * WORD_BYTES if pointers else size


def _last(holds: Callable[[int], bool], first: int, end: int) -> int:
    """The last number for which `holds`, true at `first` and then false for good before `end`."""
    while end - first > 1:
        middle = (first + end) // 2
        if holds(middle):
            first = middle
        else:
            end = middle
    return first
