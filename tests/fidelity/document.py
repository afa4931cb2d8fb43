"""docs/fidelity.md: the text around the tables, which are measured."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from gotrace.model.guided.tally import PREDICTIONS
from tests.fidelity.recordings import PROGRAMS, Held

__all__ = ["DOCUMENT", "read_document", "written"]

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "fidelity.md"
_TEXT = Path(__file__).parent / "fidelity.md.in"
_HERE = "{tables}"
_ROW = re.compile(r"^\| (go1\.\d+\.\d+) \| (\w+) \|")


def written(held: Iterable[Held]) -> str:
    """The document with these measurements."""
    tables = "\n\n".join(_table(prediction, list(held)) for prediction in [*PREDICTIONS, "classes"])
    return _TEXT.read_text(encoding="utf-8").replace(_HERE, tables)


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
