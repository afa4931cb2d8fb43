"""docs/fidelity.md: the text around the tables, which are measured.

The text has a place `{NAME}` for each part that is measured; what a command does not measure again
stays as the document has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from gotrace.model.guided.tally import PREDICTIONS
from tests.fidelity.recordings import PROGRAMS, Held

__all__ = ["DOCUMENT", "allocator_tables", "read_document", "written"]

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "fidelity.md"
_TEXT = Path(__file__).parent / "fidelity.md.in"
_PLACE = re.compile(r"\{(\w+)\}")
_ROW = re.compile(r"^\| (go1\.\d+\.\d+) \| (\w+) \|")


def written(parts: Mapping[str, str]) -> str:
    """The document with these parts, by name; others are kept."""
    old = DOCUMENT.read_text(encoding="utf-8")

    def part(place: re.Match[str]) -> str:
        first, last = f"<!-- {place[1]} -->\n", f"\n<!-- end of {place[1]} -->"
        kept = old.partition(first)[2].partition(last)[0]
        return first + parts.get(place[1], kept) + last

    return _PLACE.sub(part, _TEXT.read_text(encoding="utf-8"))


def allocator_tables(held: Iterable[Held]) -> str:
    """How often the model of the allocator was right, a table for each prediction."""
    held = list(held)
    return "\n\n".join(_table(prediction, held) for prediction in [*PREDICTIONS, "classes"])


def read_document() -> set[tuple[str, str]]:
    """Version and program of every measurement that the document shows."""
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    return {(found[1], found[2]) for line in lines if (found := _ROW.match(line))}


def _table(prediction: str, held: list[Held]) -> str:
    lines = [f"### {prediction}", "", "| Go | program | Ps | agreed | not | % |"]
    lines.append("|---|---|---:|---:|---:|---:|")
    lines += [_row(prediction, one) for one in held]
    return "\n".join(lines)


def _row(prediction: str, held: Held) -> str:
    if prediction == "classes":
        agreed, not_ = held.classes_equal, held.classes - held.classes_equal
    else:
        place = PREDICTIONS.index(prediction)
        agreed = held.verified.outcome["agreed"][place]
        not_ = held.verified.outcome["disagreed"][place]
    percent = agreed * 1_000_000 // (agreed + not_) / 10_000 if agreed + not_ else 0
    procs = PROGRAMS[held.program]
    return f"| {held.version} | {held.program} | {procs} | {agreed:,} | {not_:,} | {percent:.4f} |"
