"""What the scavenger prints: with `gctrace=1` up to Go 1.14, with `scavtrace=1` since Go 1.15.

From `runtime/mheap.go` (scavenge) and `runtime/mgcscavenge.go` (printScavTrace)::

    1.5    scvg3: 12 MB released
           scvg3: inuse: 3, idle: 60, sys: 63, released: 57, consumed: 6 (MB)
    1.13   scvg: 12 MB released                        (1.14: KB)
           forced scvg: 12 MB released
    1.15   scav 4 1024 KiB work, 2048 KiB total, 90% util (forced)
    1.16   scav 1024 KiB work, 2048 KiB total, 90% util
    1.21   scav 0 KiB work (bg), 0 KiB work (eager), 2896 KiB now, 83% util

`scvg-1` is `debug.FreeOSMemory`, as `forced scvg` is.
"""

from __future__ import annotations

import re

__all__ = ["parse_scavenger"]

Values = dict[str, int | float | str | bool]

_INT = rb"(\d{1,18})"
_HEAD = rb"(forced )?scvg(-?\d{0,10}): "
_RELEASED = re.compile(_HEAD + _INT + rb" (KB|MB) released")
_HEAP = re.compile(
    _HEAD + rb"inuse: " + _INT + rb", idle: " + _INT + rb", sys: " + _INT + rb", released: " + _INT
    + rb", consumed: " + _INT + rb" \(MB\)"
)  # fmt: skip
_TRACE = re.compile(
    rb"scav (?:\d{1,10} )?" + _INT + rb" KiB work(?: \(bg\), " + _INT + rb" KiB work \(eager\))?, "
    + _INT + rb" KiB (?:total|now), " + _INT + rb"% util( \(forced\))?"
)  # fmt: skip

_KIB, _MIB = 1 << 10, 1 << 20
_LARGEST = 1 << 62


def parse_scavenger(text: bytes) -> Values | None:
    """Column of `scavenges` → value, of the line that `text` begins with; None for any other."""
    for pattern, read in ((_RELEASED, _released), (_HEAP, _heap), (_TRACE, _trace)):
        match = pattern.match(text)
        if match is not None:
            found = read(match)
            return {k: v for k, v in found.items() if isinstance(v, str) or 0 <= v < _LARGEST}
    return None


def _released(match: re.Match[bytes]) -> Values:
    unit = _KIB if match[4] == b"KB" else _MIB
    return {
        "kind": "released",
        "released_bytes": int(match[3]) * unit,
        "is_forced": _is_forced(match),
        "resolution_bytes": unit,
    }


def _heap(match: re.Match[bytes]) -> Values:
    inuse, idle, sys, released, consumed = (int(match[group]) * _MIB for group in range(3, 8))
    return {
        "kind": "heap",
        "inuse_bytes": inuse,
        "idle_bytes": idle,
        "sys_bytes": sys,
        "heap_released_bytes": released,
        "consumed_bytes": consumed,
        "is_forced": _is_forced(match),
        "resolution_bytes": _MIB,
    }


def _trace(match: re.Match[bytes]) -> Values:
    work, eager, total, percent = match[1], match[2], match[3], match[4]
    found: Values = {
        "kind": "scavtrace",
        "released_bytes": (int(work) + int(eager or 0)) * _KIB,
        "heap_released_bytes": int(total) * _KIB,
        "utilisation_ratio": int(percent) / 100,
        "is_forced": match[5] is not None,
        "resolution_bytes": _KIB,
    }
    if eager is not None:
        found |= {"background_bytes": int(work) * _KIB, "eager_bytes": int(eager) * _KIB}
    return found


def _is_forced(match: re.Match[bytes]) -> bool:
    return match[1] is not None or match[2] == b"-1"
