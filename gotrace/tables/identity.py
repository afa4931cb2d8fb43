"""Ids by content: the same function, frame, location or stack has the same id in every file.

An id is a 64-bit hash. Strings go through BLAKE2b; numbers are mixed by two rounds of the
splitmix64 finaliser, vectorised. With n distinct items the chance that any two share an id is
about n² / 2⁶⁵: 3 in 10⁸ for a million stacks.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["fold_lists", "hash_strings", "mix", "told_apart", "unique_rows"]

Hashes = npt.NDArray[np.uint64]


def hash_strings(*columns: Iterable[str]) -> Hashes:
    """One hash for each row of parallel string columns; the parts of a row are kept apart."""
    rows: list[int] = []
    for row in zip(*columns, strict=True):
        joined = "\x00".join(row).encode("utf-8", "surrogatepass")
        rows.append(int.from_bytes(blake2b(joined, digest_size=8).digest(), "little"))
    return np.array(rows, np.uint64)


def mix(seed: Hashes, *columns: npt.NDArray[Any]) -> Hashes:
    """Fold integer columns (any width, as 64-bit two's complement) into a column of hashes."""
    result = seed.astype(np.uint64, copy=True)
    for column in columns:
        result = _scramble(result ^ _scramble(column.astype(np.uint64) + np.uint64(_GOLDEN)))
    return result


_GOLDEN = 0x9E3779B97F4A7C15


def _scramble(x: Hashes) -> Hashes:
    """The splitmix64 finaliser: every input bit reaches every output bit."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    scrambled: Hashes = x ^ (x >> np.uint64(31))
    return scrambled


def fold_lists(offsets: npt.NDArray[np.int64], hashes: Hashes) -> Hashes:
    """One hash for each list of hashes, sensitive to order and length.

    List i holds `hashes[offsets[i]:offsets[i + 1]]`; its hash is a polynomial in a fixed odd base
    modulo 2⁶⁴ over the (already well mixed) hashes, mixed once more with the length. Works through
    the lists in blocks, so that temporary memory stays bounded.
    """
    count = len(offsets) - 1
    result = np.empty(count, np.uint64)
    start = 0
    while start < count:
        limit = int(offsets[start]) + _FOLD_BLOCK
        end = max(start + 1, int(np.searchsorted(offsets, limit, side="right")) - 1)
        result[start:end] = _fold_block(offsets[start : end + 1], hashes)
        start = end
    return mix(result, np.diff(offsets))


_FOLD_BLOCK = 1 << 19
_FOLD_BASE = 0xD6E8FEB86659FD93


def _fold_block(offsets: npt.NDArray[np.int64], hashes: Hashes) -> Hashes:
    lengths = np.diff(offsets)
    first, last = int(offsets[0]), int(offsets[-1])
    longest = int(lengths.max(initial=0))
    powers = np.full(longest + 1, _FOLD_BASE, np.uint64)
    powers[0] = 1
    np.multiply.accumulate(powers, out=powers)
    depth = np.arange(last - first) - np.repeat(offsets[:-1] - first, lengths)
    sums = np.zeros(last - first + 1, np.uint64)
    np.cumsum(hashes[first:last] * powers[depth], out=sums[1:])
    folded: Hashes = sums[offsets[1:] - first] - sums[offsets[:-1] - first]
    return folded


def told_apart(ids: Hashes, *extras: npt.NDArray[Any]) -> Hashes:
    """The same ids, except where rows with one id differ in `extras`: there `extras` are mixed in.

    Keeps an id free of incidental attributes (a start line, a load address) for all inputs but
    those in which only these attributes tell two rows apart.
    """
    full = mix(ids, *extras)
    _, group, size = np.unique(ids, return_inverse=True, return_counts=True)
    if len(size) == len(ids):
        return ids
    pairs = np.unique(np.stack([group.astype(np.uint64), full]), axis=1)
    variants = np.bincount(pairs[0].astype(np.int64), minlength=len(size))
    return np.where(variants[group] > 1, full, ids)


def unique_rows(ids: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """First row of each distinct id (in order of appearance), and for every row its new number."""
    _, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return first[order], rank[inverse]
