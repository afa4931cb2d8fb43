"""Losses and doubts as data: they travel with the recording and every view shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Note", "Severity"]


class Severity(StrEnum):
    """How much a note weakens the numbers."""

    INFO = "info"
    """Worth knowing; no number is affected."""
    LOSS = "loss"
    """Something that was recorded is missing from the tables."""
    FAULT = "fault"
    """Something is wrong, with the input or with this installation."""


@dataclass(frozen=True)
class Note:
    """One loss or doubt.

    `slug` names the situation for machines (stable, kebab-case), `message` tells it in one
    sentence, `count` how often it happened, `where` the place (a file, an offset, a line) and
    `advice` what the user can do about it.
    """

    severity: Severity
    slug: str
    message: str
    count: int = 1
    where: str = ""
    advice: str = ""
