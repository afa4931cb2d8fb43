"""Each sample's rule and its site, from the functions on its stack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from gotrace.analyses.gc_cost.functions import GROUPS, pattern_of
from gotrace.analyses.gc_cost.rules import ASSIST, MALLOC, RULES
from gotrace.analyses.sites import Sites
from gotrace.analyses.stacks import VISITED_LINES
from gotrace.errors import LimitError
from gotrace.tables.columns import Lists
from gotrace.tables.recording import Recording

__all__ = ["allocation_sites", "rule_of_samples"]

Numbers = npt.NDArray[np.int64]
Masks = npt.NDArray[np.uint64]

_OWN = ("runtime.", "internal/runtime/", "runtime/internal/")
"""How the names of the runtime's packages begin; the last until Go 1.22."""


@dataclass(frozen=True)
class _Patterns:
    """Every pattern of the rules once; a rule knows its patterns by their bits."""

    any: re.Pattern[str]
    """Matches what one of them matches: most names match none."""
    compiled: tuple[re.Pattern[str], ...]
    rules: tuple[tuple[int, int], ...]
    """For each rule the bits of its functions and of `within`; 0 for none."""
    allocating: int
    """The bits of what belongs to an allocation: malloc and assists."""

    def mask(self, name: str) -> int:
        """The bits of the patterns that match a function's name."""
        if self.any.match(name) is None:
            return 0
        return sum(1 << bit for bit, pattern in enumerate(self.compiled) if pattern.match(name))


@cache
def _patterns() -> _Patterns:
    bits: dict[str, int] = {}

    def bit(text: str) -> int:
        return 1 << bits.setdefault(text, len(bits)) if text else 0

    rules = tuple((bit(rule.pattern if rule.groups else ""), bit(rule.within_pattern))
                  for rule in RULES)  # fmt: skip
    allocating = 0
    for rule, (own, within) in zip(RULES, rules, strict=True):
        if rule.category in (MALLOC, ASSIST):
            allocating |= within or own
    every = re.compile(pattern_of(GROUPS))
    return _Patterns(every, tuple(re.compile(text) for text in bits), rules, allocating)


def rule_of_samples(recording: Recording) -> Numbers:
    """For every sample of a CPU profile the row of `RULES` that it falls under."""
    of_frame = _frame_masks(recording)
    of_location = _joined(recording.columns["locations"].lists("frame_ids"), of_frame)
    of_sample = _joined(recording.columns["sample_locations"].lists("location_ids"), of_location)
    result = np.full(len(of_sample), len(RULES) - 1, np.int64)
    is_open = np.ones(len(of_sample), np.bool_)
    for row, (own, within) in enumerate(_patterns().rules):
        fits = is_open & ((of_sample & np.uint64(own)) != 0) if own else is_open
        if within:
            fits = fits & ((of_sample & np.uint64(within)) != 0)
        result[fits] = row
        is_open &= ~fits
    return result


def allocation_sites(recording: Recording, samples: Numbers) -> Sites:
    """Who asked for the memory, for each of these `samples`, which are allocations or assists.

    The first frame outside the runtime that called the outermost function of the allocation; a
    stack without one (the runtime allocates for itself) has the frame that called the allocation.
    Raises LimitError when inlined calls multiply the stacks beyond all reason.
    """
    columns = recording.columns
    frames = columns["frames"]
    stacks = columns["sample_locations"].lists("location_ids").take(samples)
    inner = columns["locations"].lists("frame_ids")
    visited = int(inner.lengths[stacks.values].sum())
    if visited > VISITED_LINES:
        raise LimitError(f"its stacks hold {visited} frames, more than {VISITED_LINES}")
    every = Lists(_running(inner.lengths[stacks.values])[stacks.offsets],
                  inner.take(stacks.values).values)  # fmt: skip
    is_allocating = (_frame_masks(recording) & np.uint64(_patterns().allocating)) != 0
    is_own = _by_frame(recording, [name.startswith(_OWN) for name in _names(recording)], False)
    position = np.arange(len(every.values), dtype=np.int64)
    end = len(position)
    allocation = _extreme(every, np.where(is_allocating[every.values], position, -1), np.maximum)
    behind = position > np.repeat(allocation, every.lengths)
    caller = _extreme(every, np.where(behind, position, end), np.minimum)
    outside = behind & ~is_own[every.values]
    site = _extreme(every, np.where(outside, position, end), np.minimum)
    chosen = np.where(site < end, site, caller)
    rows = np.append(every.values, np.int32(frames.rows))[np.clip(chosen, 0, end)]
    return Sites(rows.astype(np.int32), frames.rows + 1, recording)


def _names(recording: Recording) -> list[str]:
    names: list[str] = recording.columns["functions"].array("name").tolist()
    return names


def _frame_masks(recording: Recording) -> Masks:
    patterns = _patterns()
    return _by_frame(recording, [patterns.mask(name) for name in _names(recording)], 0, np.uint64)


def _by_frame(
    recording: Recording, of_function: list[int], unknown: int, dtype: npt.DTypeLike = np.bool_
) -> npt.NDArray[np.uint64]:
    """What holds for each function, for each frame; `unknown` for bare addresses."""
    rows = recording.columns["frames"].array("function_id").astype(np.int64)
    result: npt.NDArray[np.uint64] = np.array([*of_function, unknown], dtype)[rows]
    return result


def _joined(lists: Lists, masks: Masks) -> Masks:
    """For every list the masks of its values, joined."""
    result = np.zeros(len(lists), np.uint64)
    filled = np.flatnonzero(lists.lengths > 0)
    if len(filled):
        starts = lists.offsets[:-1][filled]
        result[filled] = np.bitwise_or.reduceat(masks[lists.values], starts)
    return result


def _extreme(lists: Lists, numbers: Numbers, choose: np.ufunc) -> Numbers:
    """For every list the least or greatest of `numbers`, which lie beside its values."""
    result = np.full(len(lists), -1 if choose is np.maximum else len(numbers), np.int64)
    filled = np.flatnonzero(lists.lengths > 0)
    if len(filled):
        result[filled] = choose.reduceat(numbers, lists.offsets[:-1][filled])
    return result


def _running(lengths: Numbers) -> Numbers:
    before = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=before[1:])
    return before
