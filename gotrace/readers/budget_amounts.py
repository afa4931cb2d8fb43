"""Limits as people write them, in the unit of a metric: `12`, `"12 MiB"`, `"5 ms"`, `"3%"`."""

from __future__ import annotations

import re
from typing import Any

from gotrace.errors import UsageError
from gotrace.tables.budget_metrics import Metric
from gotrace.units import parse_bytes, parse_duration

__all__ = ["parse_amount", "parse_ratio"]

_PERCENT = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*%\s*", re.ASCII)
_NUMBER = re.compile(r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*", re.ASCII)
_LARGEST = 2.0**63
_TIMES = ("ns", "ns/op")
_EXAMPLES = {"ns": '`"5 ms"`', "ns/op": '`"250ns"`', "ratio": '`"3%"`'}


def parse_amount(key: str, value: Any, metric: Metric) -> float:
    """A number in the metric's unit; a text may name the unit in another size.

    Raises UsageError for what is no amount, is negative or not finite, and for units that do not
    fit: a number without unit is no time, and no text in milliseconds is bytes.
    """
    example = _example(metric)
    if isinstance(value, str):
        return _of_text(key, value, metric, example)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"`{key}` is a number or a text such as {example}")
    if not 0 <= value < _LARGEST:  # false for NaN, too
        raise UsageError(f"`{key}` is a finite number, not below 0")
    if metric.unit in _TIMES and value:
        raise UsageError(f"`{key}` is a time: name its unit, such as {example}")
    return float(value)


def parse_ratio(key: str, value: Any) -> float:
    """0.05 of `"5%"`. Raises UsageError for anything else."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UsageError(f'`{key}` is a percentage in quotes, such as `"5%"`')
    return float(match[1]) / 100


def _of_text(key: str, value: str, metric: Metric, example: str) -> float:
    if metric.unit == "ratio":
        return parse_ratio(key, value)
    if metric.is_bytes:
        return float(parse_bytes(value.removesuffix("/op")))
    if metric.unit in _TIMES:
        return float(parse_duration(value.removesuffix("/op")))
    match = _NUMBER.fullmatch(value.removesuffix(metric.unit).replace(",", ""))
    if match is None:
        raise UsageError(
            f"`{value[:80]}` is no amount of {metric.unit}; write for example {example}"
        )
    return float(match[1])


def _example(metric: Metric) -> str:
    return '`"12 MiB"`' if metric.is_bytes else _EXAMPLES.get(metric.unit, "`12`")
