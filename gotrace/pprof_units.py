"""Amounts as `go tool pprof` prints them: which unit, how many digits, what percentage.

`gotrace.units` prints for people; this module prints for people who compare with pprof: the same
unit and the same rounding for every amount. One thing differs unless `go_names` is asked for:
pprof calls 1024 bytes "kB", we call them KiB (and MiB, GiB, ...).

The rules are those of pprof's `internal/measurement`: a unit belongs to a family (bytes, time,
GCU); inside a family amounts convert, `minimum` and `auto` choose the largest unit that leaves at
least 1, and a unit that is in no family stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "binary_name",
    "go_unit",
    "label",
    "magnitude",
    "percentage",
    "scale",
    "whole",
    "wrapped",
]

_INT64_MIN = -(1 << 63)
_INT64_END = float(1 << 63)
_AUTOMATIC = frozenset({"minimum", "auto"})
_UNINTERESTING = frozenset({"count", "sample", "unit"}) | _AUTOMATIC
"""Target units that are not printed behind an amount of no known family."""


@dataclass(frozen=True, eq=False)
class _Family:
    """Units that convert into each other; `base` is the one used when the target is not one."""

    units: tuple[tuple[str, float], ...]
    """(pprof's name, size in the family's smallest counting unit), ascending."""
    aliases: dict[str, int]
    """Lower-case singular spelling → index into `units`."""
    base: tuple[str, float]

    def find(self, spelling: str) -> tuple[str, float] | None:
        """The unit spelt so: any case, and without its plural `s` where it is longer than that."""
        spelling = spelling.lower()
        # Three UTF-8 bytes, not characters: so does pprof, which is why `μs` is no unit to it.
        if len(spelling.encode("utf-8", "surrogatepass")) > 2:
            spelling = spelling.removesuffix("s")
        index = self.aliases.get(spelling)
        return None if index is None else self.units[index]

    def largest_below(self, amount: float) -> tuple[str, float]:
        """The largest unit of which `amount` is at least one; the base unit if there is none."""
        fitting = [unit for unit in self.units if amount / unit[1] >= 1.0]
        return fitting[-1] if fitting else self.base


_BYTES = _Family(
    tuple((n, 1024.0**power) for power, n in enumerate(("B", "kB", "MB", "GB", "TB", "PB"))),
    {"b": 0, "byte": 0}
    | {
        spelling: power + 1
        for power, prefix in enumerate(("kilo", "mega", "giga", "tera", "peta"))
        for spelling in (f"{prefix[0]}b", f"{prefix[0]}byte", f"{prefix}byte")
    },
    ("B", 1.0),
)
_TIME = _Family(
    (("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("hrs", 3600e9)),
    {
        "ns": 0,
        "nanosecond": 0,
        "us": 1,
        "microsecond": 1,
        "ms": 2,
        "millisecond": 2,
        "s": 3,
        "sec": 3,
        "second": 3,
        "hour": 4,
        "hr": 4,
    },
    ("s", 1e9),
)
_GCU_PREFIXES = ("nano", "micro", "milli", "", "kilo", "mega", "giga", "tera", "peta")
_GCU = _Family(
    (
        ("n*GCU", 1e-9),
        ("u*GCU", 1e-6),
        ("m*GCU", 1e-3),
        ("GCU", 1.0),
        ("k*GCU", 1e3),
        ("M*GCU", 1e6),
        ("G*GCU", 1e9),
        ("T*GCU", 1e12),
        ("P*GCU", 1e15),
    ),
    {f"{prefix}gcu": index for index, prefix in enumerate(_GCU_PREFIXES)},
    ("GCU", 1.0),
)
_FAMILIES = (_BYTES, _TIME, _GCU)
_BINARY_NAMES = {f"{prefix}B": f"{prefix.upper()}iB" for prefix in "kMGTP"}


@lru_cache(maxsize=256)
def _find(spelling: str) -> tuple[_Family, tuple[str, float]] | None:
    for family in _FAMILIES:
        unit = family.find(spelling)
        if unit is not None:
            return family, unit
    return None


@lru_cache(maxsize=256)
def _target(family: _Family, spelling: str) -> tuple[str, float]:
    """The unit of `family` a user asks for; also by the names we print, such as `MiB`."""
    return family.find(go_unit(spelling)) or family.base


def scale(value: int, from_unit: str, to_unit: str) -> tuple[float, str]:
    """The amount in `to_unit` and pprof's name of that unit (empty where it goes without saying).

    `to_unit` may be `minimum` or `auto`: the largest unit of which there is at least one. A target
    of another family means the family's base unit (bytes, seconds, GCU).
    """
    if value < 0 and value != _INT64_MIN:
        scaled, unit = scale(-value, from_unit, to_unit)
        return -scaled, unit
    source = _find(from_unit)
    if source is None:
        return float(value), "" if to_unit in _UNINTERESTING else to_unit
    family, (_, size) = source
    amount = float(value) * size
    if to_unit in _AUTOMATIC:
        name, target_size = family.largest_below(amount)
    else:
        name, target_size = _target(family, to_unit)
    return amount / target_size, name


def label(value: int, from_unit: str, to_unit: str = "auto", *, go_names: bool = False) -> str:
    """`1.50KiB`, `512B`, `0`, `12.05s`: at most two decimals, none where they are zeros."""
    scaled, unit = scale(value, from_unit, to_unit)
    digits = f"{scaled:.2f}".removesuffix(".00")
    if digits in ("0", "-0"):
        return "0"
    return digits + (unit if go_names else binary_name(unit))


def binary_name(unit: str) -> str:
    """`KiB` for pprof's `kB` and so on; any other unit as it is."""
    return _BINARY_NAMES.get(unit, unit)


def go_unit(spelling: str) -> str:
    """pprof's `kb` for `KiB` in any case and so on; any other spelling as it is."""
    lowered = spelling.lower()
    return f"{lowered[0]}b" if re.fullmatch("[kmgtp]ib", lowered) else spelling


def whole(amount: float) -> int:
    """`amount` cut to a 64-bit number as Go does it: what does not fit becomes the smallest one."""
    return int(amount) if -_INT64_END <= amount < _INT64_END else _INT64_MIN


def wrapped(value: int) -> int:
    """`value` as 64-bit two's complement."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def magnitude(value: int) -> int:
    """`value` without its sign as Go's 64-bit numbers have it: the smallest one keeps it."""
    return value if value == _INT64_MIN else abs(value)


def percentage(value: int, total: int) -> str:
    """The share of `value` in `total` as pprof aligns it: at least two digits, never a sign."""
    ratio = abs(float(value) / float(total)) * 100 if total else 0.0
    if 99.95 <= ratio <= 100.05:
        return "  100%"
    return f"{ratio:5.2f}%" if ratio >= 1.0 else f"{ratio:5.2g}%"
