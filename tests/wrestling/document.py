"""The tables of docs/wrestle.md that are measured, between two lines that keep their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tests.wrestling.measuring import METRICS, Found, Judged

__all__ = ["DOCUMENT", "healthy_row", "planted_row", "read_rows", "write_rows"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "wrestle.md"
_FIRST, _LAST = "<!-- planted -->\n", "\n<!-- end of planted -->"
_HEAD = (
    "| Go | package | first finding | the planted line | foretold | measured | in the band "
    "| gone when fixed |\n"
    "|---|---|---|---|---:|---:|---|---|"
)
_ROW = re.compile(r"^\| (go1\.\d+\.\d+) \| `(\w+)` \| (.*) \|$", re.M)


def planted_row(version: str, judged: Judged) -> str:
    """One planted problem with one toolchain."""
    top, saved = judged.top, judged.saved
    first = f"`{top.slug}`, `{top.file}:{top.line}`, {top.weight}" if top else "none"
    foretold = f"{top.low:.1%} to {top.high:.1%} of {METRICS[top.unit]}" if top else ""
    cells = (
        version, f"`{judged.planted.module}`", first, _answer(judged.is_named), foretold,
        "not told" if saved is None else f"{saved:.1%}",
        _answer(judged.is_within), _answer(judged.is_gone),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def healthy_row(version: str, module: str, above_low: Sequence[Found]) -> str:
    """The module that nothing is wrong with: what it is told above low."""
    told = ", ".join(f"`{found.slug}`, `{found.file}:{found.line}`" for found in above_low)
    right = _answer(not above_low)
    return f"| {version} | `{module}` | {told or 'none above low'} | {right} | | | | |"


def read_rows(text: str) -> dict[tuple[str, str], list[str]]:
    """Version and package → the other cells of its row."""
    return {(row[1], row[2]): [cell.strip() for cell in row[3].split("|")]
            for row in _ROW.finditer(_part(text))}  # fmt: skip


def write_rows(rows: dict[tuple[str, str], str]) -> None:
    """Put rows where the document has their place, each behind or instead of the one before."""
    text = DOCUMENT.read_text(encoding="utf-8")
    kept = {(row[1], row[2]): row[0] for row in _ROW.finditer(_part(text))} | rows
    ordered = [kept[key] for key in sorted(kept, key=_order)]
    before, _, rest = text.partition(_FIRST)
    after = rest.partition(_LAST)[2]
    table = "\n".join([_HEAD, *ordered])
    DOCUMENT.write_text(f"{before}{_FIRST}\n{table}\n{_LAST}{after}", encoding="utf-8")


def _order(key: tuple[str, str]) -> tuple[list[int], str]:
    version, module = key
    return [-int(part) for part in version.removeprefix("go").split(".")], module


def _part(text: str) -> str:
    return text.partition(_FIRST)[2].partition(_LAST)[0]


def _answer(is_so: bool) -> str:
    return "yes" if is_so else "NO"
