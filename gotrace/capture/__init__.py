"""Running Go, and asking running services: toolchains, commands, and what they leave."""

from __future__ import annotations

__all__: list[str] = []
