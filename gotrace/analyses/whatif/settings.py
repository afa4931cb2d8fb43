"""What is asked: a setting of the collector."""

from __future__ import annotations

from dataclasses import dataclass

from gotrace.model.versions import GoVersion
from gotrace.units import format_bytes

__all__ = ["GOGC_OFF", "NO_LIMIT", "Setting"]

GOGC_OFF = -1
"""`GOGC=off`."""
NO_LIMIT = 0
"""No GOMEMLIMIT."""


@dataclass(frozen=True)
class Setting:
    """GOGC in percent (`GOGC_OFF`), GOMEMLIMIT in bytes (`NO_LIMIT`), and whose rules hold."""

    gogc: int
    memory_limit_bytes: int
    version: GoVersion

    @property
    def gogc_text(self) -> str:
        """As the environment variable has it."""
        return "off" if self.gogc < 0 else str(self.gogc)

    @property
    def limit_text(self) -> str:
        """The same of GOMEMLIMIT; `none` without."""
        limit = self.memory_limit_bytes
        return format_bytes(limit) if limit else "none"

    def __str__(self) -> str:
        limit = f" GOMEMLIMIT={self.limit_text}" if self.memory_limit_bytes else ""
        return f"GOGC={self.gogc_text}{limit} {self.version}"
