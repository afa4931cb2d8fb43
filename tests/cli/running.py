"""Runs `gotrace` as a user would: a process of its own, from any folder."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_traces"
HEAP = SAMPLES / "service" / "go1.27" / "heap.pb.gz"


def gotrace(
    *arguments: str | Path, stdin: bytes = b"", cwd: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    """The finished process of `gotrace ARGUMENTS`, its output captured."""
    command = [sys.executable, "-P", "-m", "gotrace", *map(str, arguments)]
    # typer colours its messages when one of these is set, whatever its value.
    colouring = ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS")
    environment = {key: value for key, value in os.environ.items() if key not in colouring}
    return subprocess.run(
        command, input=stdin, capture_output=True, cwd=cwd, env=environment, check=False
    )
