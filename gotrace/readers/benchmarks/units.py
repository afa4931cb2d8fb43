"""Units without scale: seconds for nanoseconds, bytes for megabytes, as x/perf's `benchunit`.

A unit is a product and quotient of words, parted by `*`, `/`, `-` and spaces. `ns` and `MB` (a
million bytes) are replaced where they stand above the line, never below: `op/ns` stays.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["SPACES", "tidied"]

SPACES = "\\t\\n\\v\\f\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
"""What Go's `unicode.IsSpace` takes for a space, for a class of `re`; Python takes more."""

_SCALES = {"ns": ("sec", 1e-9), "MB": ("B", 1e6)}
_WORDS = re.compile(f"[*/{SPACES}-]|[^*/{SPACES}-]+")


@lru_cache(maxsize=1024)
def tidied(unit: str) -> tuple[str, float]:
    """The unit without scale, and the factor that a value in `unit` is to be multiplied with."""
    if "ns" not in unit and "MB" not in unit:
        return unit, 1.0
    factor, is_below = 1.0, False
    words = []
    for word in _WORDS.findall(unit):
        if word in "*/":
            is_below = word == "/"
        elif not is_below and word in _SCALES:
            word, scale = _SCALES[word]
            # As benchunit: dividing twice is not multiplying with 1e-9 twice, to the last bit.
            factor = factor / 1e9 if scale < 1 else factor * scale
        words.append(word)
    return "".join(words), factor
