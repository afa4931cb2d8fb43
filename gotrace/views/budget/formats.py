"""Formats by name, and several of them to files at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from gotrace.errors import InputError, UsageError
from gotrace.tables.budget import Checked
from gotrace.tables.whole_file import partial_file
from gotrace.views.budget.action_benchmark import bigger_is_better, smaller_is_better
from gotrace.views.budget.benchfmt import benchfmt
from gotrace.views.budget.github import github
from gotrace.views.budget.json_page import json_page
from gotrace.views.budget.junit import junit
from gotrace.views.budget.markdown import LONGEST_SUMMARY, markdown, step_summary
from gotrace.views.budget.openmetrics import openmetrics
from gotrace.views.budget.paths import UNKNOWN, Project
from gotrace.views.budget.sarif import sarif
from gotrace.views.budget.terminal import terminal

__all__ = [
    "BudgetFormat",
    "append_step_summary",
    "parse_target",
    "render",
    "write_all",
]


class BudgetFormat(StrEnum):
    """How a check is printed."""

    TERMINAL = "terminal"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    GITHUB_SUMMARY = "github-summary"
    OPENMETRICS = "openmetrics"
    BENCHFMT = "benchfmt"
    SMALLER_IS_BETTER = "customSmallerIsBetter"
    BIGGER_IS_BETTER = "customBiggerIsBetter"


_PURE: Mapping[BudgetFormat, Callable[[Checked], str]] = {
    BudgetFormat.TERMINAL: terminal,
    BudgetFormat.JSON: json_page,
    BudgetFormat.MARKDOWN: markdown,
    BudgetFormat.JUNIT: junit,
    BudgetFormat.GITHUB_SUMMARY: step_summary,
    BudgetFormat.OPENMETRICS: openmetrics,
    BudgetFormat.BENCHFMT: benchfmt,
    BudgetFormat.SMALLER_IS_BETTER: smaller_is_better,
    BudgetFormat.BIGGER_IS_BETTER: bigger_is_better,
}
_PLACED: Mapping[BudgetFormat, Callable[[Checked, Project], str]] = {
    BudgetFormat.SARIF: sarif,
    BudgetFormat.GITHUB: github,
}
"""Formats that point at files of the repository."""


def parse_target(text: str) -> tuple[BudgetFormat, Path | None]:
    """`junit=report.xml` → the format and its file; None (standard output) without one.

    Raises UsageError for an unknown format or an empty file name.
    """
    name, sign, file = text.partition("=")
    known = {format.value.lower(): format for format in BudgetFormat}
    if name.lower() not in known:
        raise UsageError(f"no format `{name}`; there are {', '.join(BudgetFormat)}")
    if sign and not file:
        raise UsageError(f"`{text}` names no file; write for example `{name}=budgets.out`")
    return known[name.lower()], Path(file) if sign else None


def render(checked: Checked, format: BudgetFormat, project: Project = UNKNOWN) -> str:
    """The check in one format; `project` (`gotrace.views.budget.repository`) is where sites are."""
    placed = _PLACED.get(format)
    return _PURE[format](checked) if placed is None else placed(checked, project)


def write_all(
    checked: Checked, targets: Iterable[tuple[BudgetFormat, Path]], project: Project = UNKNOWN
) -> None:
    """Write every format to its file: all appear whole, or none does.

    What is not a file (a device, a named pipe) is written to as it stands, after the files. Raises
    InputError for what cannot be written, UsageError for a file that is named twice.
    """
    pages = [(path, _bytes(render(checked, format, project))) for format, path in targets]
    _check_distinct([path for path, _ in pages])
    partial: list[tuple[Path, Path]] = []
    streams: list[tuple[Path, bytes]] = []
    path = Path()
    try:
        for path, data in pages:
            if path.exists() and not (path.is_file() or path.is_dir()):
                streams.append((path, data))
            else:
                target = path.resolve()  # a link keeps pointing where it does
                if target.is_dir():
                    raise IsADirectoryError(0, "it is a folder")
                partial.append((partial_file(target, data), target))
        for temporary, path in partial:
            temporary.replace(path)
        for path, data in streams:
            path.write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from error
    finally:
        for temporary, _ in partial:
            temporary.unlink(missing_ok=True)


def append_step_summary(checked: Checked, path: Path) -> None:
    """Append the summary to the file that `GITHUB_STEP_SUMMARY` names, within GitHub's limit.

    Raises InputError where it cannot be written.
    """
    try:
        taken = path.stat().st_size if path.exists() else 0
        text = step_summary(checked, max(LONGEST_SUMMARY - taken - 1, 0))
        with path.open("ab") as file:
            file.write(_bytes(f"\n{text}" if taken else text))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from error


def _check_distinct(paths: list[Path]) -> None:
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise UsageError(f"two formats cannot go to one file: {path}")
        seen.add(path.resolve())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
