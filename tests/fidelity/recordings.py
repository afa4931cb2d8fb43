"""Traces of the programs in `programs/`, recorded with any Go toolchain, held against the model.

From Go 1.24 on, recording alloc/free events can damage a trace or kill the program (see
docs/fidelity.md): then it is recorded again.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gotrace.model.versions import GoVersion
from gotrace.verify_pipeline import Verified, verify_trace
from tests.goroots import GOROOTS, GoRoot

__all__ = ["FIRST", "PROGRAMS", "ROOTS", "Held", "hold", "record"]

PROGRAMS = {"churn": 1, "fixed": 1, "words": 1, "source": 4}
"""Program → Ps it runs on."""
FIRST = GoVersion(23)
"""The first version that records such events."""
ROOTS = [root for root in GOROOTS if root.version >= FIRST]
"""Toolchains that can record."""

_FOLDER = Path(__file__).parent / "programs"
_ATTEMPTS = 5
_SECONDS = 120
_CLASSES = 61
"""Size classes that MemStats.BySize counts, 0 included."""
_ALL_CLASSES = 68


@dataclass(frozen=True)
class Held:
    """A recording, and what became of it."""

    program: str
    version: str
    """As the toolchain names itself: `go1.27.3`."""
    verified: Verified
    classes_equal: int
    """Size classes of which the trace and MemStats.BySize count the same allocations and frees."""
    classes: int
    attempts: int


def hold(program: str, root: GoRoot, folder: Path) -> Held:
    """Record `program` and verify the trace; again if the recording failed or was damaged."""
    for attempt in range(1, _ATTEMPTS + 1):
        trace, counted = folder / f"{program}.trace", folder / f"{program}.json"
        if not record(program, root, trace, counted):
            continue
        verified = verify_trace(trace)
        if verified.notes:
            continue
        equal = _equal_classes(verified, json.loads(counted.read_text()))
        name = (root.path / "VERSION").read_text().split()[0]
        return Held(program, name, verified, equal, _CLASSES - 1, attempt)
    raise RuntimeError(f"{program} could not be recorded with {root.version}")


def record(program: str, root: GoRoot, trace: Path, counted: Path) -> bool:
    """Whether the program wrote a trace and what MemStats counted meanwhile."""
    environment = {
        "GODEBUG": "traceallocfree=1",
        "GOMAXPROCS": str(PROGRAMS[program]),
        "PATH": os.defpath,
    }
    try:
        done = subprocess.run(
            [_binary(program, root), trace, counted], env=environment, timeout=_SECONDS,
            capture_output=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _equal_classes(verified: Verified, counted: dict[str, list[int]]) -> int:
    before, after = verified.outcome["snapshots"][:2]
    return sum(
        after[number] - before[number] == counted["Mallocs"][number]
        and after[_ALL_CLASSES + number] - before[_ALL_CLASSES + number] == counted["Frees"][number]
        for number in range(1, _CLASSES)
    )


def _binary(program: str, root: GoRoot) -> Path:
    """Built once a machine, toolchain and source."""
    files = [_FOLDER / f"{program}.go", _FOLDER / "window.go"]
    changed = max(int(file.stat().st_mtime) for file in files)
    name = (root.path / "VERSION").read_text().split()[0]
    with _kept() as folder:
        binary = folder / f"fidelity-{program}-{name}-{changed}"
        if not binary.exists():
            made = binary.with_suffix(".new")
            settings = {"GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"}
            subprocess.run(
                [root.go, "build", "-o", made, *files],
                cwd=_FOLDER, env={**os.environ, **settings}, check=True,
            )  # fmt: skip
            made.rename(binary)
    return binary


@contextmanager
def _kept() -> Iterator[Path]:
    """The folder of what is built, for one process at a time."""
    folder = Path(tempfile.gettempdir()) / f"gotrace-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "fidelity.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
