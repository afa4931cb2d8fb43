"""A module wrestled with by a real toolchain: what it is told, and what the fix really saves.

`GOTRACE_WRESTLE_RUNS=DIR` keeps recordings in DIR, and takes those that are there and were made of
the same sources: so that a change of the findings is held against the same runs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from gotrace.capture.module_recording import record_module
from gotrace.capture.module_request import ModuleRequest
from gotrace.trace_pipeline import damage_of_trace
from gotrace.wrestle.report import wrestle
from tests.goroots import GoRoot
from tests.wrestling.modules import FOLDER, Planted

__all__ = ["METRICS", "Bench", "Found", "Judged", "Wrestling", "judge"]

METRICS = {"bytes": "B/op", "objects": "allocs/op", "scan-bytes": "scan-bytes",
           "marked-bytes": "marked-bytes"}  # fmt: skip
"""What a remedy saves → the figure of the benchmark that says how much it was."""

_KEPT = Path(os.environ["GOTRACE_WRESTLE_RUNS"]) if "GOTRACE_WRESTLE_RUNS" in os.environ else None
_VALUE = re.compile(r"([0-9.e+]+)\s+(B/op|allocs/op|scan-bytes)(?=\s|$)")


@dataclass(frozen=True)
class Found:
    """One remedy; the savings are shares of what the run has of the unit."""

    slug: str
    file: str
    line: int
    weight: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Wrestling:
    """A recording of one module, read anew whenever it is asked."""

    folder: Path

    @cached_property
    def remedies(self) -> list[Found]:
        """First the one that is told first."""
        answers = {one.name: one for one in wrestle([str(self.folder)]).answers}
        table = next(t for t in answers["what_to_try"].tables if t.name == "remedies")
        columns = {column.name: column.values for column in table.columns}
        return [_found({name: values[row] for name, values in columns.items()})
                for row in range(table.row_count)]  # fmt: skip

    def metric(self, unit: str) -> float | None:
        """The median of the rounds, None where the benchmark does not tell."""
        log = (self.folder / "bench" / "default.txt").read_text(encoding="utf-8")
        told = [float(value) for value, name in _VALUE.findall(log) if name == METRICS[unit]]
        return median(told) if told else None


@dataclass(frozen=True)
class Judged:
    """One planted problem: whether it was found, whether it is gone, and what its fix saved."""

    planted: Planted
    top: Found | None
    before: float | None
    after: float | None
    above_low_after: tuple[Found, ...]
    """What the fixed module is still told, above low."""

    @property
    def is_named(self) -> bool:
        """The first finding is of the right line, with a right remedy."""
        top, planted = self.top, self.planted
        return (
            top is not None
            and top.file == planted.file
            and top.line in planted.lines
            and top.slug in planted.slugs
            and top.weight != "low"
        )

    @property
    def is_gone(self) -> bool:
        """Nothing above low advises the same of the fixed module."""
        return not {found.slug for found in self.above_low_after} & set(self.planted.slugs)

    @property
    def saved(self) -> float | None:
        """The share that the fix took away of what the finding is about."""
        if self.before is None or self.after is None or not self.before:
            return None
        return 1 - self.after / self.before

    @property
    def is_within(self) -> bool:
        """The finding is of the planted problem, and foretold what was saved, to 0.1 %."""
        if self.top is None or self.saved is None or not self.is_named:
            return False
        return round(self.top.low, 3) <= round(self.saved, 3) <= round(self.top.high, 3)


class Bench:
    """The module, a toolchain, and a folder for recordings."""

    def __init__(
        self, folder: Path, root: GoRoot, count: int = 4, benchtime: str = "200ms"
    ) -> None:
        self._recordings = _KEPT or folder / "recordings"
        self._root = root
        self._count, self._benchtime = count, benchtime

    def wrestle(self, name: str, tags: str = "") -> Wrestling:
        """Record one package, as `gotrace wrestle ./NAME -o DIR` does."""
        of = f"{name}+{tags}" if tags else name
        folder = self._recordings / f"{of}-{self._root.version}-{_digest(name)}"
        if not (folder / "manifest.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            partial = folder.with_name(f"{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            request = ModuleRequest(
                FOLDER, (f"./{name}",), go=str(self._root.go), tags=tags, count=self._count,
                benchtime=self._benchtime, validate=damage_of_trace,
            )  # fmt: skip
            record_module(request, partial, lambda step: None)
            partial.rename(folder)
        return Wrestling(folder)


def judge(planted: Planted, before: Wrestling, after: Wrestling) -> Judged:
    """Hold a recording as it is against one of the fixed module."""
    top = before.remedies[0] if before.remedies else None
    still = tuple(found for found in after.remedies if found.weight != "low")
    if top is None:
        return Judged(planted, None, None, None, still)
    return Judged(planted, top, before.metric(top.unit), after.metric(top.unit), still)


def _found(row: dict[str, Any]) -> Found:
    return Found(
        str(row["slug"]), Path(str(row["file"])).name, int(row["line"] or 0),
        str(row["weight"]), str(row["saved_unit"]),
        float(row["saved_low_ratio"] or 0), float(row["saved_high_ratio"] or 0),
    )  # fmt: skip


def _digest(name: str) -> str:
    digest = hashlib.sha256()
    for path in sorted([*FOLDER.glob(f"{name}/*.go"), *FOLDER.glob("bench/*.go")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
