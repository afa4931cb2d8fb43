"""Go programs that the tests of derived tables compare with, built from the machine's toolchain."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.goroots import GOROOTS

__all__ = ["FOLDER", "goroutine_summary", "record_memstats"]

FOLDER = Path(__file__).parent


def goroutine_summary(trace: Path) -> dict[str, Any]:
    """Goroutine → Exec, Wait, Syscall, SyscallBlock, Block by reason, Range by name: as Go says."""
    text = subprocess.run([_summary(), trace], capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(text)
    return found


def record_memstats(folder: Path) -> tuple[Path, list[dict[str, Any]]]:
    """A fresh trace with alloc/free events, and the MemStats at its two logs."""
    trace, stats = folder / "trace.out", folder / "memstats.json"
    environment = {"GODEBUG": "traceallocfree=1", "GOMAXPROCS": "1"}
    subprocess.run([_memstats(), trace, stats], env=environment, check=True)
    return trace, json.loads(stats.read_text())


@cache
def _summary() -> Path:
    root = GOROOTS[0].path
    home = root / "src/cmd/gotracesummary/main.go"
    overlay = {"Replace": {str(home): str(FOLDER / "go_summary/main.go")}}
    return _build("go_summary", ["cmd/gotracesummary"], root / "src", overlay)


@cache
def _memstats() -> Path:
    return _build("go_memstats", [str(FOLDER / "go_memstats/main.go")], FOLDER, {})


def _build(name: str, what: list[str], where: Path, overlay: dict[str, Any]) -> Path:
    """Build once a machine and toolchain."""
    root = GOROOTS[0].path
    folder = Path(tempfile.gettempdir()) / f"gotrace-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    changed = int((FOLDER / name / "main.go").stat().st_mtime)
    binary = folder / f"{name}-{(root / 'VERSION').read_text().split()[0]}-{changed}"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            description = folder / f"{name}.json"
            description.write_text(json.dumps(overlay))
            made = binary.with_suffix(".new")
            subprocess.run(
                [root / "bin/go", "build", "-overlay", description, "-o", made, *what],
                cwd=where,
                env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GO111MODULE": "auto"},
                check=True,
            )
            made.rename(binary)
    return binary
