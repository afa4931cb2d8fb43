"""OpenMetrics text as Prometheus' own client reads it."""

from __future__ import annotations

from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families

__all__ = ["families_of"]


def families_of(text: str) -> dict[str, Any]:
    """Family by name. Raises ValueError for text that breaks the format."""
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    return {family.name: family for family in families}
