"""Bytes, nanoseconds and counts: parse what people write, print what people read.

Inside gotrace everything is bytes and nanoseconds; prettiness happens here only. We print binary
units by their right names (MiB = 1024 x 1024 bytes); `go tool pprof` prints the same amounts as
"MB".
"""

from __future__ import annotations

import math
import re

from gotrace.errors import UsageError

__all__ = ["format_bytes", "format_count", "format_duration", "parse_bytes", "parse_duration"]

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_SIZE = re.compile(r"\s*([0-9]{1,200}(?:\.[0-9]+)?)\s*(?:([kmgtpe])(i?b)?|b)?\s*", re.IGNORECASE)
_DURATION = re.compile(r"\s*([0-9]{1,200}(?:\.[0-9]+)?)\s*(ns|us|µs|ms|s|m|h)\s*")
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}


def parse_bytes(text: str) -> int:
    """Bytes of `512`, `64KiB`, `64kb`, `1.5 MB`, `2G`: every suffix is binary, as in pprof and Go.

    Raises UsageError for anything else.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UsageError(f"`{text}` is not a size; write for example `64MiB`")
    power = "bkmgtpe".index((match[2] or "b").lower())
    return round(float(match[1]) * 1024.0**power)


def parse_duration(text: str) -> int:
    """Nanoseconds of `250ns`, `1.5ms`, `10s`, `2m`. Raises UsageError for anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"`{text}` is not a duration; write for example `1.5ms`")
    return round(float(match[1]) * _NANOSECONDS[match[2]])


def format_bytes(count: float) -> str:
    """`0 B`, `512 B`, `1.5 KiB`, `-3.2 MiB`: three significant digits, whole below 1 KiB."""
    size = float(count)
    if abs(size) < 1024:
        return f"{size:.0f} B"
    power = 0
    while abs(size) >= 1023.95 and power < len(_BINARY) - 1:
        size /= 1024
        power += 1
    return f"{size:.2f} {_BINARY[power]}" if abs(size) < 9.995 else f"{size:.1f} {_BINARY[power]}"


def format_duration(nanoseconds: float) -> str:
    """`0 s`, `480 ns`, `1.5 µs`, `12.3 ms`, `2.05 s`, `3m 20s`, `1h 5m`."""
    value = float(nanoseconds)
    if value == 0:
        return "0 s"
    if not math.isfinite(value):
        return f"{value:g} s"
    if abs(value) >= 100e9:
        seconds = round(abs(value) / 1e9)
        sign = "-" if value < 0 else ""
        hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
        return sign + (f"{hours}h {minutes}m" if hours else f"{minutes}m {seconds}s")
    for unit, scale in (("ns", 1.0), ("µs", 1e3), ("ms", 1e6)):
        if abs(value) < 999.5 * scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e9:.3g} s"


def format_count(count: float) -> str:
    """`12,345`: whole, with separators."""
    return f"{count:,.0f}"
