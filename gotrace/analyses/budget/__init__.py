"""Budgets: what the recordings say of a metric, and whether that is within what was allowed."""

__all__: list[str] = []
