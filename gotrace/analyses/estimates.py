"""Estimated numbers in tables and sentences: the value, and its standard error beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gotrace.analyses.result import ResultColumn
from gotrace.units import format_bytes, format_count

__all__ = ["estimate_columns", "is_clear", "largest", "share", "with_error"]

_SIGMAS = 2.0
"""How many standard errors noise may explain: beyond two lies 1 of 20."""


def estimate_columns(
    name: str, unit: str, values: npt.NDArray[Any], errors: npt.NDArray[Any], title: str
) -> list[ResultColumn]:
    """The column `name` (which ends in its unit) and the column of its standard errors."""
    error_name = f"{name.removesuffix('_count')}_error"
    return [
        ResultColumn(name, unit, values.tolist(), title),
        ResultColumn(error_name, unit, errors.tolist(), "±", error_of=name),
    ]


def share(part: float, whole: float) -> float:
    """`part / whole`; 0 where there is no whole, as in files that contradict themselves."""
    return part / whole if whole else 0.0


def is_clear(amount: float, error: float, threshold: float) -> bool:
    """Whether `amount` reaches `threshold` even if it is two standard errors too high."""
    return amount > 0 and amount - _SIGMAS * error >= threshold


def with_error(amount: float, error: float, unit: str = "bytes") -> str:
    """`12.3 MiB ± 0.40 MiB`, `1,024 ± 12`; without ± where the error is 0."""
    show = format_bytes if unit == "bytes" else format_count
    return f"{show(amount)} ± {show(error)}" if error else show(amount)


def largest(values: npt.NDArray[Any], limit: int) -> list[int]:
    """The positions of the `limit` largest values (0: all), largest first; never of zeros.

    Values count by their size, whatever their sign; of equals the first comes first.
    """
    rows = np.flatnonzero(values)
    keys = -np.abs(values[rows])
    if 0 < limit < len(rows):
        is_candidate = keys <= np.partition(keys, limit - 1)[limit - 1]
        rows, keys = rows[is_candidate], keys[is_candidate]
    found: list[int] = rows[np.argsort(keys, kind="stable")[: limit or None]].tolist()
    return found
