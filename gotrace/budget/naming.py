"""Names of recordings that are the same in every run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gotrace.tables.budget import Checked, Measurement, Verdict

__all__ = ["without_folder"]


def without_folder(checked: Checked, folder: Path) -> Checked:
    """The check with the names of its sources as they are below `folder`, a temporary one."""
    prefix = f"{folder}/"

    def short(sources: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(source.removeprefix(prefix) for source in sources)

    def measure(found: Measurement | None) -> Measurement | None:
        return None if found is None else replace(found, sources=short(found.sources))

    def verdict(one: Verdict) -> Verdict:
        return replace(one, measure=measure(one.measure))

    return replace(
        checked, sources=short(checked.sources), verdicts=tuple(map(verdict, checked.verdicts))
    )
