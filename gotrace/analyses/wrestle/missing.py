"""What is said where a recording is not there."""

from __future__ import annotations

from gotrace.analyses.result import Fact
from gotrace.analyses.wrestle.evidence import Evidence

__all__ = ["missing"]


def missing(evidence: Evidence, role: str, what: str, command: str) -> Fact:
    """That a recording of this role is missing, why if that is known, and how to get it."""
    why = evidence.missing.get(role, "")
    told = f"{what} ({why})" if why else what
    return Fact(f"missing_{role}", told, title="missing", detail=f"`{command}`")
