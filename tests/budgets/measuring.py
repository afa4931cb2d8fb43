"""The module `sample_traces/programs/budgeted`, measured with a real toolchain and checked.

A/A: the same code again and again, against its own baseline. A/B: the same module with a build tag
that makes one thing worse.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
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

_MEASURED = shutil.ignore_patterns("budgets", "recorded")


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
    """A copy of the module, a toolchain, and a folder for recordings.

    A folder that has a copy already, perhaps with a baseline, is used as it is.
    """

    def __init__(self, folder: Path, root: GoRoot = NEWEST, iterations: int = 20) -> None:
        self.module = folder / "budgeted"
        if not self.module.exists():
            shutil.copytree(MODULE, self.module, ignore=_MEASURED)
        self._folder = folder
        self._root = root
        self._wishes = Wishes(benchtime=f"{iterations}x")

    @property
    def is_blessed(self) -> bool:
        """Whether there is a baseline."""
        return any((self.module / "budgets").glob("*.json"))

    def keep(self, folder: Path, *tags: str) -> None:
        """Measure, and keep what was recorded in `folder`; no path in it is this machine's."""
        with self._record(tags, "-trimpath") as (files, _):
            for path in map(Path, files):
                kept = folder / path.relative_to(Path(files[0]).parent)
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, kept)

    def bless(self) -> None:
        """Measure, and make that the baseline."""
        with self._record(()) as (files, conditions):
            budget.bless(files, self.module / "gotrace.toml", conditions=conditions)

    def check(self, *tags: str) -> Checked:
        """Measure, perhaps with build tags, and check."""
        with self._record(tags) as (files, conditions):
            return budget.check(files, self.module / "gotrace.toml", conditions=conditions)

    @contextmanager
    def _record(
        self, tags: tuple[str, ...], *flags: str
    ) -> Iterator[tuple[list[str], dict[str, str]]]:
        """What was recorded and under which conditions; it is there as long as it is used."""
        tagged = ["-tags", ",".join(tags)] if tags else []
        command = [str(self._root.go), "test", "-C", str(self.module), *tagged]
        test = parse_go_test([*command, "-vet=off", *flags, "-bench", ".", "./..."])
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            with _plain_go():
                recording = record_go_test(test, Path(place), self._wishes, io.BytesIO())
            yield recording.files, recording.conditions


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
