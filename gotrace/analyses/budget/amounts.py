"""Amounts of a metric as people read them."""

from __future__ import annotations

from gotrace.tables.budget_metrics import is_bytes
from gotrace.units import format_bytes, format_duration

__all__ = ["amount"]


def amount(value: float, unit: str) -> str:
    """`12.0 MiB`, `5 ms`, `3%`, `1,234 allocs/op`: a value in the unit of a metric."""
    if is_bytes(unit):
        return format_bytes(value) + ("/op" if unit == "B/op" else "")
    if unit in ("ns", "ns/op"):
        return format_duration(value) + ("/op" if unit == "ns/op" else "")
    if unit == "ratio":
        return f"{value * 100:.4g}%"
    is_plain = value == int(value) or abs(value) >= 1000
    number = f"{value:,.0f}" if is_plain and abs(value) < 1e15 else f"{value:,.4g}"
    return number if unit == "count" else f"{number} {unit}"
