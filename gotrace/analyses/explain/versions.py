"""One request in every version: runs of versions that treat it the same, and what divides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from itertools import groupby
from typing import NamedTuple

from gotrace.model.sizes import Request, SizeRules, size_rules
from gotrace.model.tcmalloc_classes import TCMALLOC_TABLES
from gotrace.model.versions import KNOWN

__all__ = ["Run", "Slots", "runs", "slots_by_version"]


class Run(NamedTuple):
    """Neighbouring versions (or one tcmalloc) in which a request becomes the same."""

    versions: str
    rules: SizeRules
    request: Request
    reason: str
    """Why it differs from the versions before."""


def runs(size: int, has_pointers: bool) -> tuple[Run, ...]:
    """Every known version, oldest first, then the tcmallocs."""
    every = [size_rules(version) for version in KNOWN]
    found: list[Run] = []
    for _, group in groupby(every, lambda rules: _answer(rules, size, has_pointers)):
        members = list(group)
        rules = members[0]
        request = rules.request(size, has_pointers)
        reason = _reason(found[-1].request, request, rules) if found else ""
        found.append(Run(_span(members), rules, request, reason))
    for name in TCMALLOC_TABLES:
        rules = size_rules(name)
        found.append(Run(name, rules, rules.request(size, has_pointers), "illustrative"))
    return tuple(found)


class Slots(NamedTuple):
    """Neighbouring versions (or one tcmalloc) in which several sizes take the same slots."""

    versions: str
    slots: tuple[int, ...]
    """Bytes, one for each size."""


def slots_by_version(sizes: Sequence[int], has_pointers: bool) -> tuple[Slots, ...]:
    """The slots of `sizes` in every known version, oldest first, then in the tcmallocs."""

    def slots(rules: SizeRules) -> tuple[int, ...]:
        return tuple(rules.request(size, has_pointers).slot_bytes for size in sizes)

    found = [
        Slots(_span(list(group)), taken) for taken, group in groupby(map(size_rules, KNOWN), slots)
    ]
    tcmallocs = [Slots(name, slots(size_rules(name))) for name in TCMALLOC_TABLES]
    return (*found, *tcmallocs)


def _answer(rules: SizeRules, size: int, has_pointers: bool) -> tuple[object, ...]:
    request = rules.request(size, has_pointers)
    return (rules.page_bytes * request.npages, *astuple(request))


def _span(members: list[SizeRules]) -> str:
    first, last = members[0].name, members[-1].name
    return first if first == last else f"{first} to {last.removeprefix('go')}"


def _reason(old: Request, new: Request, rules: SizeRules) -> str:
    """What the first version of a run changed, of the things that changed this request."""
    said = [text for text, is_so in _rules_that_changed(old, new, rules) if is_so]
    return "; ".join(said)


def _rules_that_changed(
    old: Request, new: Request, rules: SizeRules
) -> tuple[tuple[str, bool], ...]:
    minor = rules.version.minor if rules.version else -1
    is_other_slot = old.slot_bytes != new.slot_bytes
    fewer = new.objects_per_span < old.objects_per_span and not is_other_slot
    is_other_way = old.kind != new.kind
    return (
        ("no bytes are no object", minor == 1 and is_other_way),
        ("pages of 8 KiB", minor == 3 and new.npages > 0),
        ("tiny allocator", minor == 3 and is_other_way),
        ("classes grow into the tails of spans", minor == 8),
        ("spans with and without pointers apart", minor == 9),
        ("a class of 24 bytes", minor == 16 and is_other_slot),
        ("a class of 24 bytes below: numbers move up", minor == 16 and not is_other_slot),
        ("8-byte header above 512 bytes", new.header_bytes > old.header_bytes),
        ("small ends at 32,760 bytes", minor == 22 and is_other_way),
        ("heap bits in the span", minor == 22 and fewer),
        ("mark bits in the span (Green Tea)", minor == 26 and fewer),
    )
