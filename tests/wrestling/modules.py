"""The modules of `sample_traces/programs/wrestle`: in each one thing is wrong, in HEALTHY none.

What is wrong stands in the source, in a comment at the end of the line: `// planted:` and the
remedies that are right, of which one is enough; behind the first line of a function it means any
line of it. With the build tag `fixed` it is gone.

The rules were written with the packages of FIRST at hand. SECOND was written afterwards by somebody
else, in other shapes; what was said of it at first sight is told in docs/wrestle.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FIRST", "FOLDER", "HEALTHY", "PLANTED", "SECOND", "Planted"]

FOLDER = Path(__file__).parents[2] / "sample_traces" / "programs" / "wrestle"
FIRST = (
    "boxing", "buffers", "duplicates", "growth", "header", "pointerheavy", "smallmaps",
    "timestamps",
)  # fmt: skip
SECOND = ("headers", "keys", "lines", "orders", "ordered", "queries", "replies", "sessions")
HEALTHY = ("healthy", "compress", "expressions", "series")
_MARK = re.compile(r"// planted: ([\w -]+)$")


@dataclass(frozen=True)
class Planted:
    """Lines that something is wrong with, and the remedies that are right."""

    module: str
    file: str
    """Its base name."""
    lines: range
    slugs: tuple[str, ...]


def _planted(module: str) -> Planted:
    """The one that the package's sources tell. Raises ValueError where there is not exactly one."""
    (found,) = (
        Planted(module, path.name, _lines(texts, number), tuple(mark[1].split()))
        for path in sorted((FOLDER / module).glob("*.go"))
        for texts in [path.read_text(encoding="utf-8").splitlines()]
        for number, text in enumerate(texts, 1)
        if (mark := _MARK.search(text))
    )
    return found


def _lines(texts: list[str], number: int) -> range:
    if not texts[number - 1].startswith("func "):
        return range(number, number + 1)
    return range(number, texts.index("}", number) + 2)


PLANTED = {module: _planted(module) for module in (*FIRST, *SECOND)}
"""Module → what is wrong with it."""
