"""Numbers as Go writes them."""

from __future__ import annotations

import math

__all__ = ["format_float"]

_LEAST_EXPONENT, _MOST_EXPONENT = -4, 6


def format_float(value: float) -> str:
    """The shortest text that reads back the same, as `%v` prints it: `1e+06` is `1e+06`.

    An exponent stands where it is below -4 or from 6 on (`strconv`, shortest `g`).
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    mantissa, _, exponent_text = f"{value!r}e0".partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, part = mantissa.lstrip("-").partition(".")
    exponent = int(exponent_text.removesuffix("e0")) + len(whole) - 1
    digits = (whole + ("" if part == "0" else part)).rstrip("0")
    stripped = digits.lstrip("0")
    if not stripped:
        return f"{sign}0"
    exponent -= len(digits) - len(stripped)
    if exponent < _LEAST_EXPONENT or exponent >= _MOST_EXPONENT:
        fraction = f".{stripped[1:]}" if len(stripped) > 1 else ""
        return f"{sign}{stripped[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{stripped}"
    if len(stripped) <= exponent + 1:
        return sign + stripped.ljust(exponent + 1, "0")
    return f"{sign}{stripped[: exponent + 1]}.{stripped[exponent + 1 :]}"
