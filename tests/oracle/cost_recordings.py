"""A program of known costs, run by a real Go: its CPU profile, its allocations and its trace."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.goroots import GOROOTS, GoRoot

__all__ = ["ROOTS", "CostRecording", "recorded"]

PROGRAM = Path(__file__).parent / "go_programs" / "costs.go"
_ASKED = (21, 23, 27)

_BY_MINOR = {root.version.minor: root for root in GOROOTS}
ROOTS = [_BY_MINOR[minor] for minor in _ASKED if minor in _BY_MINOR] or GOROOTS[:1]
"""The toolchains that are asked: an old, a middle and the newest, as far as they are installed."""


class CostRecording(NamedTuple):
    """Three files of one run, in a folder that goes when the process ends."""

    folder: tempfile.TemporaryDirectory[str]
    cpu: Path
    allocations: Path
    trace: Path


@cache
def recorded(root: GoRoot) -> CostRecording:
    """Run once a test process and toolchain: about 1.5 s of CPU time."""
    kept = tempfile.TemporaryDirectory(prefix="gotrace-costs-")
    folder = Path(kept.name)
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    environment |= {"GOTOOLCHAIN": "local", "GO111MODULE": "auto", "GOFLAGS": ""}
    subprocess.run([root.go, "run", PROGRAM, folder], env=environment, check=True)
    return CostRecording(kept, folder / "cpu.pb.gz", folder / "allocs.pb.gz", folder / "trace.out")
