"""Numbers as Go reads them (`strconv.ParseFloat`, `strconv.Atoi`)."""

from __future__ import annotations

import math
import re

__all__ = ["NumberError", "parse_count", "parse_float"]

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_HEXADECIMAL = re.compile(
    r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+\Z"
)
_INFINITY = re.compile(r"[+-]?inf(?:inity)?\Z", re.IGNORECASE)
_COUNT = re.compile(r"[+-]?[0-9]+\Z")
_LARGEST = (1 << 63) - 1
_MOST_DIGITS = 400
"""Longer numbers overflow, or have digits that change nothing."""


class NumberError(ValueError):
    """Go would not read this number: `invalid syntax` or `value out of range`."""


def parse_count(text: str) -> int:
    """A whole number of 64 bits. Raises NumberError."""
    if not _COUNT.match(text):
        raise NumberError("invalid syntax")
    if len(text) > _MOST_DIGITS or not -_LARGEST - 1 <= (value := int(text)) <= _LARGEST:
        raise NumberError("value out of range")
    return value


def parse_float(text: str) -> float:
    """A float64: decimal, hexadecimal with `p`, `inf` or `nan`. Raises NumberError."""
    if _DECIMAL.match(text):
        value = float(text)
    elif _HEXADECIMAL.match(text):
        try:
            value = float.fromhex(text)
        except OverflowError:
            value = math.inf
    elif _INFINITY.match(text):
        return -math.inf if text.startswith("-") else math.inf
    elif text.lower() == "nan":
        return math.nan
    else:
        raise NumberError("invalid syntax")
    if math.isinf(value):
        raise NumberError("value out of range")
    return value
