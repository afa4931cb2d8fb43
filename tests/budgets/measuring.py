"""The module `sample_traces/programs/budgeted`, measured with a real toolchain and checked.

A/A: the same code again and again, against its own baseline. A/B: the same module with a build tag
that makes one thing worse.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gotrace import budget
from gotrace.capture.go_recording import Wishes, record_go_test
from gotrace.capture.go_test import parse_go_test
from gotrace.tables.budget import Checked, Mode, Outcome
from tests.goroots import GOROOTS, GoRoot

__all__ = ["CHANGES", "MODULE", "NEWEST", "Bench", "Change", "is_caught", "overruns"]

MODULE = Path(__file__).parents[2] / "sample_traces" / "programs" / "budgeted"
NEWEST = max(GOROOTS, key=lambda root: root.version)


@dataclass(frozen=True)
class Change:
    """A build tag, what it makes worse, and the budgets that must be over."""

    tag: str
    what: str
    over: frozenset[str]


CHANGES = (
    Change("one_more_alloc", "+1 alloc/op", frozenset({"find-allocs", "find-bytes"})),
    Change("next_size_class", "+1 size class (64 to 80 bytes)", frozenset({"find-bytes"})),
    Change("more_in_use", "+10 % in use (1152 to 1280 bytes)", frozenset({"store-in-use"})),
    Change("goroutine_leak", "+1 goroutine leak", frozenset({"feed-goroutines"})),
)


class Bench:
    """A copy of the module, a toolchain, and a folder for recordings."""

    def __init__(self, folder: Path, root: GoRoot = NEWEST, iterations: int = 20) -> None:
        self.module = folder / "budgeted"
        shutil.copytree(MODULE, self.module, ignore=shutil.ignore_patterns("budgets", "recorded"))
        self._recordings = folder / "recordings"
        self._root = root
        self._wishes = Wishes(benchtime=f"{iterations}x")
        self._number = 0

    def bless(self) -> None:
        """Measure, and make that the baseline."""
        files, conditions = self._record(())
        budget.bless(files, self.module / "gotrace.toml", conditions=conditions)

    def check(self, *tags: str) -> Checked:
        """Measure, perhaps with build tags, and check."""
        files, conditions = self._record(tags)
        return budget.check(files, self.module / "gotrace.toml", conditions=conditions)

    def _record(self, tags: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
        self._number += 1
        folder = self._recordings / str(self._number)
        folder.mkdir(parents=True)
        tagged = ["-tags", ",".join(tags)] if tags else []
        command = [str(self._root.go), "test", "-C", str(self.module), *tagged]
        test = parse_go_test([*command, "-vet=off", "-trimpath", "-bench", ".", "./..."])
        with _plain_go():
            recording = record_go_test(test, folder, self._wishes, io.BytesIO())
        return recording.files, recording.conditions


def overruns(checked: Checked) -> set[str]:
    """The gates that are over."""
    return {
        verdict.budget.name
        for verdict in checked.verdicts
        if verdict.outcome is Outcome.OVER and verdict.budget.mode is Mode.GATE
    }


def is_caught(checked: Checked, change: Change) -> bool:
    """Whether exactly the budgets that the change is about are over, and the build fails."""
    return checked.is_failure and overruns(checked) == change.over


@contextmanager
def _plain_go() -> Iterator[None]:
    """No downloads and no settings of the user."""
    settings = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "on", "GOENV": "off"}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
