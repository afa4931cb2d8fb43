"""Running Go: the toolchain, its commands, and the recordings that they leave behind."""

from __future__ import annotations

__all__: list[str] = []
