"""Remedies in words: what to change where, what it saves, how sure that is, how to check it."""

from __future__ import annotations

from typing import Any, NamedTuple

from gotrace.analyses.result import ResultTable
from gotrace.views.cells import format_amount, number_of
from gotrace.views.safety import safe_text

__all__ = ["Told", "told_remedies"]

_NOTHING = "no numbers"
_OF_WHAT = {
    "bytes": "of the bytes allocated",
    "objects": "of the objects allocated",
    "scan-bytes": "of the bytes that a collection scans",
    "marked-bytes": "of the bytes that all collections mark",
}
_UNITS = {"bytes": "bytes", "objects": "objects", "scan-bytes": "bytes",
          "marked-bytes": "bytes"}  # fmt: skip
_SURE = {
    "exact": "exact",
    "rounded": "from rounded numbers",
    "sampled": "estimated from samples",
    "lower": "at least so much",
    "upper": "at most so much",
}


class Told(NamedTuple):
    """One remedy: a sentence, its site, and the lines below."""

    text: str
    where: str
    details: tuple[str, ...]
    is_grave: bool


def told_remedies(table: ResultTable) -> list[Told]:
    """The rows of a table `remedies`, in their order."""
    return [_told(row) for row in table.rows()]


def _told(row: dict[str, Any]) -> Told:
    weight, slug = _text(row, "weight"), _text(row, "slug")
    lines = [_saving(row)]
    for label, name in (("because", "evidence"), ("try", "advice"), ("check", "check")):
        if text := _text(row, name):
            lines.append(f"{label}: {text}")
    return Told(
        f"[{weight}] {slug}: {_text(row, 'what')}", _where(row), tuple(lines), weight == "high"
    )


def _where(row: dict[str, Any]) -> str:
    site, file = _text(row, "site"), _text(row, "file")
    line = number_of(row.get("line"))
    place = f"{file}:{line}" if file and line else file
    return f"{site} ({place})" if site and place and place not in site else site or place


def _saving(row: dict[str, Any]) -> str:
    """`saves 12% to 18% of the bytes allocated (1.2 MiB to 1.8 MiB), estimated from samples`."""
    unit = _text(row, "saved_unit")
    shares = _range([_ratio(row, name) for name in ("saved_low_ratio", "saved_high_ratio")])
    of_what = _OF_WHAT.get(unit, unit)
    amounts = _range([_amount(row, name, unit) for name in ("saved_low", "saved_high")])
    text = f"{shares} {of_what}" if shares else ""
    if amounts:
        text = f"{text} ({amounts})" if text else amounts
    certainty = _text(row, "certainty")
    sure = _SURE.get(certainty, certainty)
    return f"saves: {text or _NOTHING}{f', {sure}' if sure else ''}"


def _range(ends: list[str]) -> str:
    low, high = ends
    if low and high and low != high:
        return f"{low} to {high}"
    return high or low


def _ratio(row: dict[str, Any], name: str) -> str:
    value = number_of(row.get(name))
    return "" if value is None else f"{100 * value:.3g}%"


def _amount(row: dict[str, Any], name: str, unit: str) -> str:
    value = number_of(row.get(name))
    return "" if value is None else format_amount(round(value), _UNITS.get(unit, unit))


def _text(row: dict[str, Any], name: str) -> str:
    return safe_text(str(row.get(name) or ""))
