"""What benchstat publishes as its examples: numbers only, and what it prints of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gotrace.analyses.benchmath.scaling import common_scale
from gotrace.analyses.benchmath.tables import Row, UnitTable, unit_tables
from gotrace.analyses.benchmath.words import comparison_text, delta_text, range_text, ratio_text
from gotrace.readers.benchmarks.reader import read_benchmarks
from gotrace.tables.recording import Recording

__all__ = ["CRC", "Published", "log_of", "printed", "recorded", "tables_of"]

_NUMBERS = Path(__file__).with_name("crc_numbers.txt")


@dataclass(frozen=True)
class Published:
    """A row of an example: the values before and after, and what is printed of them."""

    name: str
    unit: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    printed: tuple[str, ...]


def _crc() -> list[Published]:
    found = []
    for line in _NUMBERS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, unit, before, after, *printed = (part.strip() for part in line.split("|"))
            found.append(
                Published(name, unit, tuple(before.split()), tuple(after.split()), tuple(printed))
            )
    return found


CRC = _crc()


def log_of(values: dict[tuple[str, str], tuple[str, ...]], head: str = "") -> str:
    """A benchmark log: (name, unit) → values."""
    lines = [
        f"Benchmark{name} 100 {value} {unit}"
        for (name, unit), repeats in values.items()
        for value in repeats
    ]
    return head + "\n".join(lines) + "\n"


def recorded(folder: Path, *logs: str) -> list[Recording]:
    """The recordings of logs."""
    found = []
    for number, log in enumerate(logs):
        path = folder / f"{number}.txt"
        path.write_text(log, encoding="utf-8")
        found.append(read_benchmarks(str(path)))
    return found


def tables_of(folder: Path, *logs: str) -> list[UnitTable]:
    """The tables of logs, compared with the first."""
    return unit_tables(recorded(folder, *logs))


def printed(table: UnitTable) -> dict[str, tuple[str, ...]]:
    """Each row of two logs as benchstat prints it, geomean included: before, after, change."""
    found = {row.name: _row(row, table.unit) for row in table.rows}
    totals = [
        "" if total.center is None else common_scale([total.center], table.unit).text(total.center)
        for total in table.totals
    ]
    found["geomean"] = (*totals, *(ratio_text(total.ratio) for total in table.totals[1:]))
    return found


def _row(row: Row, unit: str) -> tuple[str, ...]:
    scale = common_scale((summary.center for summary in row.summaries if summary), unit)
    cells = [
        f"{scale.text(summary.center)} ± {range_text(summary)}" if summary else ""
        for summary in row.summaries
    ]
    base, head, test = row.summaries[0], row.summaries[-1], row.comparisons[-1]
    if base and head and test:
        cells.append(f"{delta_text(test, base.center, head.center)} {comparison_text(test)}")
    return tuple(cells)
