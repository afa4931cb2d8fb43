"""`check`: files and budgets → verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gotrace.analyses.budget.evidence import Evidence
from gotrace.analyses.budget.verdicts import Measured, check_patterns, measured, verdicts
from gotrace.budget.baselines import before, folder
from gotrace.budget.intake import Taken, take
from gotrace.errors import UsageError
from gotrace.pipeline import Peeked
from gotrace.readers.budget_file import BudgetFile, read_budget_file
from gotrace.readers.limits import DEFAULT, Limits
from gotrace.tables.budget import Budget, Checked, Measurement
from gotrace.tables.budget_metrics import Source
from gotrace.tables.notes import Note, Severity

__all__ = ["Question", "ask", "check", "measures_of"]


@dataclass(frozen=True)
class Question:
    """The budgets that are asked for, their file, and what was given to answer."""

    file: BudgetFile
    budgets: tuple[Budget, ...]
    taken: Taken
    baseline: Path


def check(
    files: Sequence[str | Path | Peeked],
    budgets: str | Path = "gotrace.toml",
    baseline: str | Path | None = None,
    *,
    only: Collection[str] = (),
    conditions: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> Checked:
    """Judge every budget of the file `budgets`, or those named by `only`.

    `files` are heap and goroutine profiles, benchmark logs, traces and gctrace logs; several of one
    program or benchmark are repeats. `baseline` is a folder, that of the file if None. `conditions`
    are what you know of the platform and the recordings may not tell: `go_version`, `goos`,
    `goarch`, `race` (`"true"`).

    Raises UsageError for a budget file that is wrong (with its line), InputError for files that
    cannot be read, that are broken, or that no budget can be about.
    """
    question = ask(files, budgets, baseline, only, conditions, limits)
    evidence = question.taken.evidence
    found = [measured(budget, evidence) for budget in question.budgets]
    known = before(question.baseline, measures_of(found))
    return Checked(
        verdicts(found, evidence, known),
        question.file.path,
        question.taken.sources,
        (*question.taken.notes, *_unused(question.budgets, evidence)),
    )


def ask(
    files: Sequence[str | Path | Peeked],
    budgets: str | Path,
    baseline: str | Path | None,
    only: Collection[str],
    conditions: Mapping[str, str] | None,
    limits: Limits,
) -> Question:
    """Read the budget file, and then the recordings."""
    file = read_budget_file(str(budgets))
    chosen = tuple(budget for budget in file.budgets if not only or budget.name in only)
    strangers = set(only) - {budget.name for budget in file.budgets}
    if strangers:
        there = ", ".join(f"`{budget.name}`" for budget in file.budgets)
        raise UsageError(f"{file.path}: no budget `{min(strangers)}`; there are {there}")
    check_patterns(chosen)
    return Question(
        file, chosen, take(files, conditions=conditions, limits=limits), folder(file, baseline)
    )


def measures_of(found: Iterable[Measured]) -> list[Measurement]:
    """All measures of all budgets."""
    return [measure for one in found for measure in one.measures.values()]


def _unused(budgets: Sequence[Budget], evidence: Evidence) -> list[Note]:
    """Recordings of a kind that no budget is about."""
    asked = {budget.metric.source for budget in budgets}
    given = (
        ("heap profiles", evidence.heaps, {Source.HEAP, Source.MEMSTATS}),
        ("goroutine profiles", evidence.goroutines, {Source.GOROUTINES}),
        ("benchmark results", evidence.benchmarks, {Source.BENCHMARKS}),
        ("traces and gctrace logs", evidence.collectors, {Source.GC, Source.TRACE}),
    )
    return [
        Note(Severity.INFO, "recordings-unused", f"no budget is about the {what}", len(files))
        for what, files, sources in given
        if files and not asked & sources
    ]
