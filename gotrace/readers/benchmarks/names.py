"""The parts of a benchmark's name: `Encode/size=4/fast-8`."""

from __future__ import annotations

import re

__all__ = ["base_of", "parts_of", "procs_of"]

_PROCS = re.compile(r"-([0-9]+)\Z")
_MOST_DIGITS = 9


def procs_of(name: str) -> int | None:
    """GOMAXPROCS as the name's end tells it; None where it does not."""
    found = _PROCS.search(name)
    return int(found[1]) if found and len(found[1]) <= _MOST_DIGITS else None


def base_of(name: str) -> str:
    """The name up to the first sub-benchmark, without procs."""
    base, slash, _ = name.partition("/")
    return base if slash else _PROCS.sub("", base)


def parts_of(name: str) -> list[tuple[str, str]]:
    """(key, value) of every sub-benchmark: `/key=value`, or `/value` with an empty key.

    Procs are left out: `procs_of` has them.
    """
    _, *subs = _PROCS.sub("", name).split("/")
    pairs = (sub.partition("=") for sub in subs)
    return [(key, value) if sign else ("", key) for key, sign, value in pairs]
