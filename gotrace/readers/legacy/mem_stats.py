"""The `runtime.MemStats` trailer of a heap profile's text form.

Written by `runtime/pprof/pprof.go` (writeHeapInternal) as comments, one field a line::

    # runtime.MemStats
    # Alloc = 6494736
    # Stack = 393216 / 393216
    # PauseNs = [22600 21600 0 0 ...]
"""

from __future__ import annotations

import math
import re

from gotrace.readers.legacy.gc_history import RING_LENGTH, gc_history
from gotrace.tables.columns import Columns

__all__ = ["MemStatsTrailer"]

_HEADING = b"# runtime.MemStats"
_FIELD = rb"# ([A-Z][A-Za-z]{0,30}) = (\S.*)"
_WHOLE = rb"[0-9]{1,20}"
_MAX_FIELDS = 64


class MemStatsTrailer:
    """Collects the fields; `fields` maps Go's names to numbers.

    Pairs such as `Stack = a / b` become `StackInuse` and `StackSys`. The two rings of the last 256
    pauses become `PauseNsSum` (all of them while `NumGC` is at most 256, for Go's `PauseTotalNs` is
    not printed), `PauseNsMax`, `PauseNsLast` and `PauseEndLast`. `DebugGC` is 0 or 1.
    `history` has the rings themselves as tables.
    """

    def __init__(self) -> None:
        """Start before the heading."""
        self.fields: dict[str, float] = {}
        self._has_begun = False
        self._rings: dict[str, list[int]] = {}

    def history(self) -> dict[str, Columns]:
        """`gc_cycles` and `gc_pauses` of the last 256 cycles; empty without rings or cycles."""
        rings = self._rings
        return gc_history(rings.get("PauseNs", ()), rings.get("PauseEnd", ()), self.fields)

    def take(self, line: bytes) -> bool:
        """Whether the comment `line` belongs to the trailer; keeps what it says."""
        if line.startswith(_HEADING):
            self._has_begun = True
            return True
        match = re.fullmatch(_FIELD, line) if self._has_begun else None
        if match is None or len(self.fields) >= _MAX_FIELDS:
            return False
        self._keep(match[1].decode("ascii"), match[2].rstrip())
        return True

    def _keep(self, name: str, text: bytes) -> None:
        if text.startswith(b"["):
            self._keep_ring(name, text)
        elif b" / " in text:
            inuse, _, system = text.partition(b" / ")
            self._set(f"{name}Inuse", inuse)
            self._set(f"{name}Sys", system)
        else:
            self._set(name, {b"true": b"1", b"false": b"0"}.get(text, text))
        if name == "NumGC":
            self._keep_last_pause()

    def _keep_ring(self, name: str, text: bytes) -> None:
        words = text.strip(b"[]").split()
        known = [int(word) for word in words if re.fullmatch(_WHOLE, word)]
        if len(known) != RING_LENGTH or len(words) != RING_LENGTH:
            return
        self._rings[name] = known
        if name == "PauseNs":
            self.fields["PauseNsSum"] = sum(known)
            self.fields["PauseNsMax"] = max(known)

    def _keep_last_pause(self) -> None:
        cycles = self.fields.get("NumGC", 0)
        if cycles >= 1:
            for name, ring in self._rings.items():
                self.fields[f"{name}Last"] = ring[int(cycles - 1) % RING_LENGTH]

    def _set(self, name: str, text: bytes) -> None:
        number = _number(text)
        if number is not None:
            self.fields[name] = number


def _number(text: bytes) -> float | None:
    """A finite number of at most 40 characters, or None: people read this trailer, Go does not."""
    try:
        number = float(text) if len(text) <= 40 else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
