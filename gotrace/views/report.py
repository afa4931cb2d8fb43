"""`Report`: everything one answer page says, before anybody decides how it looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from gotrace.analyses.result import Finding, Result, ResultTable, Weight
from gotrace.tables.notes import Note, Severity

__all__ = ["Report"]

_T = TypeVar("_T")

_WEIGHTS = {Weight.HIGH: 0, Weight.MEDIUM: 1, Weight.LOW: 2}
_SEVERITIES = {Severity.FAULT: 0, Severity.LOSS: 1, Severity.INFO: 2}


@dataclass(frozen=True)
class Report:
    """The results of all analyses of one recording (or of the difference of two).

    `recording_kind` is `Recording.kind` (`heap`, `cpu`, ...), `title` one line such as `Heap
    profile`, `source` the file as the user named it. `results` may come in any order: views sort
    them by `Result.name`, as `gotrace.views.sections` says. `findings` and `notes` are those that
    belong to the whole report; the ones inside `results` are shown with them.
    """

    recording_kind: str
    title: str
    source: str
    results: tuple[Result, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()

    def all_findings(self) -> list[Finding]:
        """Every finding once, the heaviest first, otherwise in the order they were made."""
        inner = (finding for result in self.results for finding in result.findings)
        found = _distinct([*self.findings, *inner])
        return sorted(found, key=lambda finding: _WEIGHTS[finding.weight])

    def all_notes(self) -> list[Note]:
        """Every note once: faults, then losses, then what is only worth knowing."""
        inner = (note for result in self.results for note in result.notes)
        noted = _distinct([*self.notes, *inner])
        return sorted(noted, key=lambda note: _SEVERITIES[note.severity])

    def result(self, name: str) -> Result | None:
        """The result called `name`, or None."""
        return next((result for result in self.results if result.name == name), None)

    def tables(self) -> dict[str, ResultTable]:
        """Every table by its name; of two tables with one name, the first."""
        tables: dict[str, ResultTable] = {}
        for result in self.results:
            for table in result.tables:
                tables.setdefault(table.name, table)
        return tables


def _distinct(items: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(items))
