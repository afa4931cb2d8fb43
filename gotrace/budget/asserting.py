"""`assert_within`: budgets in tests of people who drive Go binaries from Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from gotrace.budget.checking import check
from gotrace.pipeline import Peeked
from gotrace.tables.budget import Checked
from gotrace.views.budget.terminal import terminal

__all__ = ["assert_within"]


def assert_within(
    *files: str | Path | Peeked,
    budgets: str | Path = "gotrace.toml",
    baseline: str | Path | None = None,
    only: Collection[str] = (),
    conditions: Mapping[str, str] | None = None,
) -> Checked:
    """Check the files as `check` does; AssertionError, with the text of the terminal, if it fails.

    Returns the verdicts, for what passes may still be worth printing. No plugin is needed: it is an
    assertion like any other. Raises UsageError and InputError as `check` does.
    """
    # pytest leaves frames with this name out of its traceback.
    __tracebackhide__ = True
    checked = check(files, budgets, baseline, only=only, conditions=conditions)
    if checked.is_failure:
        raise AssertionError(f"the memory budgets are not kept\n\n{terminal(checked, 0)}")
    return checked
