"""Arrays as kernels take them."""

from __future__ import annotations

from typing import Any

__all__ = ["views"]


def views(*arrays: Any) -> list[memoryview]:
    """The memory of arrays."""
    return [memoryview(array) for array in arrays]
