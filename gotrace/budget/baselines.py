"""Which baseline belongs to a check: that of its platform, as far as the recordings tell it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gotrace.analyses.budget.verdicts import Before
from gotrace.readers.budget_file import BudgetFile
from gotrace.tables.budget import Measurement
from gotrace.tables.budget_baseline import baseline_key, baseline_keys, read_baseline

__all__ = ["before", "folder"]

_UNKNOWN = "unknown"


def folder(file: BudgetFile, asked: str | Path | None) -> Path:
    """The folder that was asked for, else the one that the file names, beside it."""
    return Path(file.path).parent / file.baseline if asked is None else Path(asked)


def before(directory: Path, measures: Iterable[Measurement]) -> Before:
    """The baseline of the platforms of `measures`.

    A platform that is not all known (a log of benchmarks does not tell the Go version) takes the
    only file that may be its own; of several none is taken. Raises InputError for corrupt files.
    """
    entries: dict[str, Measurement] = {}
    missing = []
    present = baseline_keys(directory)
    for key in sorted({baseline_key(measure.conditions) for measure in measures}):
        fitting = [key] if key in present else [other for other in present if _may_be(key, other)]
        if len(fitting) == 1:
            entries.update(read_baseline(directory, fitting[0]))
        else:
            missing.append(_why(directory, key, fitting, present))
    return Before(entries, "; ".join(missing) if not entries else "")


def _may_be(key: str, other: str) -> bool:
    """Whether two platforms differ only in what one of them does not know."""
    pairs = list(zip(key.split("-"), other.split("-"), strict=False))
    return len(pairs) == 3 and all(a == b or _UNKNOWN in (a, b) for a, b in pairs)


def _why(directory: Path, key: str, fitting: list[str], present: list[str]) -> str:
    where = f"there is no baseline for {key} in `{directory}`"
    if fitting:
        return f"{where}, and several may be meant: {', '.join(fitting)}"
    others = f" (there is one for {', '.join(present[:5])})" if present else ""
    return f"{where}{others}: `gotrace budget bless` writes one"
