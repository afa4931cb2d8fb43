"""`propose`: a first budget file, from recordings of a program as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gotrace.analyses.budget.proposal import proposed
from gotrace.budget.intake import take
from gotrace.errors import InputError
from gotrace.pipeline import Peeked
from gotrace.readers.limits import DEFAULT, Limits

__all__ = ["propose"]


def propose(
    files: Sequence[str | Path | Peeked],
    *,
    conditions: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> str:
    """The text of a `gotrace.toml` that these recordings keep, with the reason of every limit.

    Raises InputError for files that cannot be read or that tell nothing to be limited.
    """
    taken = take(files, conditions=conditions, limits=limits)
    text = proposed(taken.evidence)
    if not text:
        sources = " + ".join(taken.sources)
        raise InputError("tells nothing that a budget could limit", source=sources)
    return text
