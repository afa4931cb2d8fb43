"""What the commands of `gotrace budget` share: options, the file they find, and how they print."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gotrace.cli.printing import while_someone_reads, write_bytes
from gotrace.errors import UsageError

if TYPE_CHECKING:
    from gotrace.tables.budget import Checked
    from gotrace.views.budget.formats import BudgetFormat

__all__ = [
    "FILE_NAME",
    "BaselineOption",
    "BudgetsOption",
    "ConditionOption",
    "Files",
    "Formats",
    "Only",
    "Targets",
    "conditions_of",
    "find_budget_file",
    "module_root",
    "parse_targets",
    "show",
]

FILE_NAME = "gotrace.toml"
_CONDITIONS = ("go_version", "goos", "goarch", "race", "cpu", "gomaxprocs")

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="Output of `go test -bench`, heap and goroutine profiles, execution traces, logs of "
        "`GODEBUG=gctrace=1`: paths, `-` for standard input, http(s) addresses, or folders that "
        "`gotrace convert` wrote. Several of one program or benchmark are repeats.",
    ),
]
BudgetsOption = Annotated[
    Path | None,
    typer.Option(
        "--budgets",
        metavar="FILE",
        help="The budget file. If not given `gotrace.toml` of this folder, or of one above it up "
        "to the root of the Go module.",
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="DIR",
        help="The folder of the baseline; if not given the one that the budget file names.",
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[=FILE]",
        help="`terminal`, `json`, `markdown`, `junit`, `sarif`, `github`, `github-summary`, "
        "`openmetrics`, `benchfmt`, `customSmallerIsBetter` or `customBiggerIsBetter`; may be "
        "repeated. With `=FILE` there, else to standard output, which takes one.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="This budget only; may be repeated."),
]
ConditionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--condition",
        metavar="KEY=VALUE",
        help="What you know and the recordings may not tell: `go_version`, `goos`, `goarch`, "
        "`race`, `cpu` or `gomaxprocs`; may be repeated.",
    ),
]

Targets = tuple["tuple[BudgetFormat, Path | None]", ...]


def find_budget_file(asked: Path | None) -> Path:
    """The file that was asked for, else the nearest one up to the root of the Go module.

    Raises UsageError where there is none.
    """
    if asked is not None:
        return asked
    for folder in _up_to_module():
        if (folder / FILE_NAME).is_file():
            return _short(folder / FILE_NAME)
    raise UsageError(
        f"no {FILE_NAME} here or above, up to the root of the Go module: `gotrace budget init` "
        "proposes one, --budgets names another"
    )


def module_root() -> Path:
    """The root of the Go module around the working directory, else that directory."""
    folders = _up_to_module()
    is_module = (folders[-1] / "go.mod").is_file()
    return _short(folders[-1]) if is_module else Path()


def _up_to_module() -> list[Path]:
    """The working directory and those above it, the first with a go.mod the last."""
    found: list[Path] = []
    here = Path.cwd()
    for folder in (here, *here.parents):
        found.append(folder)
        if (folder / "go.mod").is_file():
            break
    return found


def _short(path: Path) -> Path:
    """Relative to the working directory: messages and annotations show it."""
    return Path(os.path.relpath(path))


def conditions_of(texts: list[str] | None) -> dict[str, str]:
    """`go_version=go1.27.3` → a condition. Raises UsageError for another key."""
    found = {}
    for text in texts or []:
        name, sign, value = text.partition("=")
        if name not in _CONDITIONS or not sign or not value:
            raise UsageError(f"`{text}` is no condition: write KEY=VALUE, KEY one of "
                             f"{', '.join(_CONDITIONS)}")  # fmt: skip
        found[name] = value
    return found


def parse_targets(texts: list[str] | None) -> Targets:
    """The formats and their files; the terminal's goes to standard output if no other does.

    Raises UsageError for an unknown format, and for two to standard output.
    """
    from gotrace.views.budget.formats import BudgetFormat, parse_target

    targets = [parse_target(text) for text in texts or []]
    printed = [format for format, path in targets if path is None]
    if len(printed) > 1:
        raise UsageError(
            f"`{printed[0]}` and `{printed[1]}` cannot both go to standard output: "
            f"write --format {printed[1]}=FILE"
        )
    return tuple(targets) if printed else ((BudgetFormat.TERMINAL, None), *targets)


def show(checked: Checked, targets: Targets) -> None:
    """Write what goes to files, then print the rest."""
    from gotrace.views.budget.formats import (
        BudgetFormat,
        append_step_summary,
        render,
        write_all,
    )
    from gotrace.views.budget.printing import print_checked
    from gotrace.views.budget.repository import project_of

    project = project_of(checked.file)
    appended = os.environ.get("GITHUB_STEP_SUMMARY")
    files = []
    for format, path in targets:
        if format is BudgetFormat.GITHUB_SUMMARY and appended and str(path) == appended:
            append_step_summary(checked, Path(appended))  # other steps write there too
        elif path is not None:
            files.append((format, path))
    write_all(checked, files, project)
    (printed,) = (format for format, path in targets if path is None)
    if printed is BudgetFormat.TERMINAL:
        with while_someone_reads():
            print_checked(checked, sys.stdout)
    else:
        text = render(checked, printed, project)
        write_bytes(text.encode("utf-8", "backslashreplace"), Path("-"))
