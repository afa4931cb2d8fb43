"""One value as the text of one cell: units, percentages, errors, bounds."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from gotrace.pprof_units import binary_name, scale
from gotrace.units import format_bytes, format_count, format_duration
from gotrace.views.safety import safe_text

__all__ = [
    "format_amount",
    "format_error",
    "format_ratio",
    "format_value",
    "nanoseconds_in",
    "number_of",
    "python_value",
]

_ABSENT = "-"
_UNKNOWN = "?"
_TIME_UNITS = frozenset({"ns", "us", "ms", "s", "hrs"})
_BYTES = frozenset({"B", "byte", "bytes"})
_EXACT_BYTES = "exact_bytes"
_NAME_THEMSELVES = frozenset({"ratio", "text", "count", "", _EXACT_BYTES})
_LEAST_PERCENT = 0.01
"""Errors below are all the same to people."""
_LARGEST_PLAIN = 1e21
"""Counts from here on print with an exponent: no eye counts more than seven groups of digits."""


@lru_cache(maxsize=64)
def nanoseconds_in(unit: str) -> float | None:
    """How many nanoseconds `unit` has, by any of pprof's spellings; None if it is no time."""
    if unit == "ns":
        return 1.0
    is_time = scale(1, unit, "auto")[1] in _TIME_UNITS
    return scale(1, unit, "ns")[0] if is_time else None


def python_value(value: Any) -> Any:
    """A NumPy scalar as the Python value it stands for (without importing NumPy); others as is."""
    return value.item() if hasattr(value, "item") else value


def number_of(value: Any) -> int | float | None:
    """`value` as a Python number; None for text, None, NaN and infinities."""
    value = python_value(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    return None


def format_value(value: Any, unit: str) -> str:
    """`value` of a column in `unit` (see `ResultColumn.unit`) as text.

    None (there is no such value) is `-`; what is no finite number is `?`.

    The unit of a bare count stands in the heading, so it is not repeated here.
    """
    value = python_value(value)
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = number_of(value)
    if number is None:
        return _ABSENT if value is None else _UNKNOWN
    return _format_number(number, unit)


def _format_number(number: int | float, unit: str) -> str:
    if unit == "ratio":
        return format_ratio(number)
    if unit in _BYTES:
        return format_bytes(number)
    if unit == _EXACT_BYTES:
        return f"{int(number):,} B" if number == int(number) else f"{number:,.1f} B"
    if (size := nanoseconds_in(unit)) is not None:
        return format_duration(number * size)
    if abs(number) >= _LARGEST_PLAIN:
        return f"{number:.3e}"
    if isinstance(number, float) and not number.is_integer():
        return f"{number:,.2f}"
    return format_count(number) if abs(number) < 2**53 else f"{int(number):,}"


def format_amount(value: Any, unit: str) -> str:
    """`value` where no heading names its unit: `12,345 objects`, `1.50 MiB`, `12.34%`."""
    text = format_value(value, unit)
    names_itself = unit in _BYTES or nanoseconds_in(unit) is not None or unit in _NAME_THEMSELVES
    return (
        text
        if names_itself or number_of(value) is None
        else f"{text} {safe_text(binary_name(unit))}"
    )


def format_ratio(ratio: float) -> str:
    """1.0 as `100%`, with pprof's digits (`12.34%`, `0.12%`, `0.0012%`) and the sign kept."""
    percent = abs(ratio) * 100
    sign = "-" if ratio < 0 and percent else ""
    if 99.95 <= percent <= 100.05:
        return f"{sign}100%"
    if percent >= 1e6:
        return f"{sign}{percent:.1e}%"
    digits = f"{percent:,.2f}" if percent >= 1 else f"{percent:.2g}"
    return f"{sign}{digits}%"


def format_error(value: Any, error: Any, unit: str) -> str:
    """The standard error of `value` behind it: `±4%`, `±1.2 KiB` beside a zero, or `exact`.

    Relative, because that is what tells whether to trust a number, and short.
    """
    amount, deviation = number_of(value), number_of(error)
    if deviation is None:
        return ""
    if deviation == 0:
        return "exact" if amount else ""
    if not amount:
        return f"±{_format_number(abs(deviation), unit)}"
    percent = abs(deviation / amount) * 100
    if percent >= 1000:
        return "±>999%"
    if percent < _LEAST_PERCENT:
        return f"±<{_LEAST_PERCENT}%"
    return f"±{percent:.0f}%" if percent >= 1 else f"±{percent:.1g}%"
