"""The real pprof, to compare with: a bare binary, built once from the Go toolchain of this machine.

`go tool pprof` would build it on each machine too (since Go 1.25), but starts seven times slower.
`GOTRACE_PPROF` names a binary that is there already.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.goroots import GOROOTS

__all__ = ["pprof", "pprof_binary"]


@cache
def pprof_binary() -> Path:
    """The path of the binary; builds it (up to a minute, once a machine) where there is none."""
    if named := os.environ.get("GOTRACE_PPROF"):
        return Path(named)
    root = GOROOTS[0]
    folder = Path(tempfile.gettempdir()) / f"gotrace-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    binary = folder / f"pprof-{(root.path / 'VERSION').read_text().split()[0]}"
    # pytest-xdist: the first worker builds, the others wait.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            made = binary.with_suffix(".new")
            subprocess.run(
                [root.go, "build", "-o", made, "cmd/pprof"],
                cwd=root.path / "src",
                env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=vendor"},
                check=True,
            )
            made.rename(binary)
    return binary


def pprof(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run pprof without network, browser or configuration of the user."""
    environment = {"HOME": tempfile.gettempdir(), "PATH": "", "PPROF_TMPDIR": tempfile.gettempdir()}
    return subprocess.run(
        [pprof_binary(), *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        check=False,
    )
